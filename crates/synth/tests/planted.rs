//! Every planted situation, on days of every awkward kind, has the outcome that its file says, by a plain
//! second reading of domain §3 and §4.

mod contract;
mod oracle;

use std::collections::{BTreeMap, HashMap};

use jiff::civil::date;
use sanzao_synth::{District, Error, generate};
use serde_json::Value;

#[test]
fn outcomes_follow_from_the_domain() {
    for (seed, people, months, end) in [
        (1, 200, 12, date(2026, 6, 30)),
        (2, 1, 1, date(2026, 7, 1)),
        (3, 1_500, 6, date(2027, 1, 1)),
        (4, 200, 12, date(2024, 2, 29)),
        (5, 200, 12, date(2028, 2, 28)),
        (6, 200, 3, date(2025, 3, 1)),
        (7, 20_000, 24, date(2026, 8, 31)),
        (8, 200, 120, date(2026, 12, 31)),
        (9, 200, 2, date(2026, 3, 30)),
        (10, 50, 1, date(2015, 1, 31)),
        (11, 50, 1, date(2035, 12, 31)),
    ] {
        check(&District { end, ..District::new(people, months, seed) });
    }
}

/// Scenes do not touch each other, so each is judged in a world of its own.
fn check(district: &District) {
    let mut scenes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut keep = |line: sanzao_synth::Line| {
        if line.valid {
            let event: Value = serde_json::from_str(&line.json).expect("valid lines are JSON");
            let unit = event["id"].as_str().expect("an id").split('-').next().expect("a unit").to_owned();
            if unit.starts_with('p') {
                scenes.entry(unit).or_default().push(event);
            }
        }
        Ok::<(), Error>(())
    };
    let summary = generate(district, &mut keep, &mut |_| ()).expect("a possible district");
    let mut scene_of: HashMap<String, &str> = HashMap::new();
    for (unit, events) in &scenes {
        for event in events {
            said(&event["data"], &mut |key| {
                let other = scene_of.insert(key.to_owned(), unit);
                assert!(other.is_none_or(|other| other == unit), "{key} is in two scenes");
            });
        }
    }
    let worlds: HashMap<&str, oracle::World> =
        scenes.iter().map(|(unit, events)| (&**unit, oracle::World::new(district.end, events))).collect();
    let mut wrong = Vec::new();
    for planted in &summary.planted {
        let subject = planted.person.as_ref().or(planted.household.as_ref()).expect("a subject");
        let key = subject.split_once(':').map_or(&**subject, |(_, key)| key);
        let world = &worlds[scene_of.get(key).expect("somebody or something of a scene")];
        if world.holds(&planted.rule, subject) != planted.expect {
            wrong.push(format!("{} (expected: {}): {}", planted.rule, planted.expect, planted.note));
        }
    }
    assert!(wrong.is_empty(), "{district:?}, {} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Calls `key` with every ID number (normalised), benefit id and household number.
fn said(data: &Value, key: &mut impl FnMut(&str)) {
    match data {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (&**name, value) {
                    ("id_number", Value::String(text)) => {
                        key(&contract::id_number(text, "9999-12-31").expect("valid numbers"));
                    }
                    ("benefit_id" | "household_no", Value::String(text)) => key(text),
                    _ => said(value, key),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| said(value, key)),
        _ => (),
    }
}
