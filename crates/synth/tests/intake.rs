//! What intake itself says of a district's lines: it takes and refuses the same, and a monthly re-delivery
//! states the same facts.

use std::collections::{HashMap, HashSet};

use sanzao_intake::{Contract, Desk, Incoming, PseudonymKey, SealKey};
use sanzao_model::{Bureau, Content, FactId};
use sanzao_synth::{District, Error, Feed, Line, generate};
use serde_json::Value;

fn contract(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}

/// Reads a district's lines, and hands over each that is valid with what it states.
fn read(district: &District, mut each: impl FnMut(Feed, &Value, &Content)) {
    let key = PseudonymKey::new([1; 32]);
    let desk = |feed| Desk::new(contract(feed), &key, &SealKey::new([2; 32]), [Bureau(320614)]);
    let desks = Feed::ALL.map(desk);
    let mut take = |line: Line| {
        let incoming = Incoming { headers: &[], value: line.json.as_bytes(), partition: 0, offset: 0 };
        let answer = desks[line.feed as usize].read(&incoming);
        assert_eq!(answer.is_ok(), line.valid, "seed {}: {}", district.seed, line.json);
        if let Ok(accepted) = answer {
            let event = serde_json::from_str(&line.json).expect("valid lines are JSON");
            each(line.feed, &event, &accepted.statement.content);
        }
        Ok::<(), Error>(())
    };
    generate(district, &mut take, &mut |_| ()).expect("a possible district");
}

#[test]
fn intake_takes_and_refuses_the_same() {
    let mut read_in_all = 0;
    for (seed, months) in [(21, 12), (22, 1), (23, 30)] {
        read(&District::new(2_500, months, seed), |_, _, _| read_in_all += 1);
    }
    assert!(read_in_all > 60_000, "{read_in_all} read");
}

#[test]
fn a_redelivery_states_the_same_facts_under_new_ids() {
    let mut facts: HashMap<String, FactId> = HashMap::new();
    let (mut again, mut months) = (Vec::new(), HashSet::new());
    let district = District { resent_percent: 100, ..District::new(3_000, 6, 5) };
    read(&district, |feed, event, content| {
        let id = event["id"].as_str().unwrap();
        let Content::Fact(fact) = content else { return };
        let key = format!("{}/{id}", feed.as_str());
        match id.split_once('m') {
            Some((first, number)) => {
                months.insert(number.to_owned());
                again.push((key.clone(), format!("{}/{first}", feed.as_str()), fact.id));
            }
            None => drop(facts.insert(key, fact.id)),
        }
    });
    assert!(again.len() > 3_000, "{} sent again", again.len());
    assert_eq!(months.len(), 6, "{months:?}");
    for (key, first, fact) in again {
        // What was wrong at first was stated right under this id.
        let right = facts.get(&format!("{first}c")).unwrap_or(&facts[&first]);
        assert_eq!(*right, fact, "{key} is another fact");
    }
    let mut none = 0;
    read(&District { resent_percent: 0, ..district }, |_, event, _| {
        none += u32::from(event["id"].as_str().unwrap().contains('m'));
    });
    assert_eq!(none, 0);
}
