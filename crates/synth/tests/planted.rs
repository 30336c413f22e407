//! Every planted situation, on days of every awkward kind, has the outcome that its file says, by a plain
//! second reading of domain §3 and §4.

mod contract;
mod oracle;

use std::collections::HashMap;

use jiff::civil::date;
use sanzao_synth::{District, Error, generate};
use serde_json::Value;

#[test]
fn outcomes_follow_from_the_domain() {
    for (seed, months, end) in [
        (1, 12, date(2026, 6, 30)),
        (2, 1, date(2026, 7, 1)),
        (3, 6, date(2027, 1, 1)),
        (4, 12, date(2024, 2, 29)),
        (5, 12, date(2028, 2, 28)),
        (6, 3, date(2025, 3, 1)),
        (7, 24, date(2026, 8, 31)),
        (8, 120, date(2026, 12, 31)),
        (9, 2, date(2026, 3, 30)),
    ] {
        check(&District { end, ..District::new(200, months, seed) });
    }
}

/// Scenes do not touch each other, so each is judged in a world of its own.
fn check(district: &District) {
    let mut scenes: HashMap<String, Vec<Value>> = HashMap::new();
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
    let worlds: Vec<_> = scenes.values().map(|events| oracle::World::new(district.end, events)).collect();
    for planted in &summary.planted {
        let subject = planted.person.as_ref().or(planted.household.as_ref()).expect("a subject");
        let key = subject.trim_start_matches("program:");
        let mut own = worlds.iter().filter(|world| world.mentions(key));
        let world = own.next().expect("somebody of the scene");
        assert!(own.next().is_none(), "{subject} is in two scenes");
        let found = world.holds(&planted.rule, subject);
        assert_eq!(found, planted.expect, "{} {}: {}", district.end, planted.rule, planted.note);
    }
}
