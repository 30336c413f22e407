//! How quick each documented filter is. `cargo test --release -p sanzao-readmodel --test speed -- --ignored
//! --nocapture`; `SANZAO_ITEMS` sets the number of items, 200,000 unless told otherwise.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use std::time::{Duration, Instant};

use sample::{item, moved, record, spread};
use sanzao_model::{Act, Day, Deed, PersonId, Procedure, RuleId, WorkEvent};
use sanzao_readmodel::{DivisionFilter, Filter, Kind, Queue, Scope, StateName, open};

/// As a district has them: 45 rules, 30 towns of ten villages, a few people under a former county code, and
/// some of no known division.
fn events(number: u64) -> Vec<WorkEvent> {
    let (chance, mut item) = (spread(number ^ 0x77), item(number));
    let (county, town) = if chance % 1_000 == 0 { (320_684, 117) } else { (320_614, 100 + chance % 30) };
    item.rule = RuleId(format!("{}-{}", item.rule, (chance >> 40) % 9));
    let division = format!("{county}{town}{:03}", (chance >> 20) % 10).parse().unwrap();
    item.division = (!number.is_multiple_of(40)).then_some(division);
    item.due = Day(20_000 + ((chance >> 30) % 2_000) as i32);
    item.people = vec![PersonId(spread(number / 3).to_be_bytes().repeat(2).try_into().unwrap())];
    let id = item.id;
    // Two hundred people work here; one item in twenty waits for whoever supervises.
    let worker = Some(format!("worker-{}", (chance >> 50) % 200));
    let (at, reason) = (sanzao_model::Instant(0), String::new());
    let act = Box::new(Act { by: "chen".into(), at, what: Deed::Assigned, reason });
    let mut events = vec![WorkEvent::Opened(Box::new(item))];
    events.extend(moved(number).map(|to| WorkEvent::Moved { id, to }));
    if chance % 3 == 0 {
        events.push(WorkEvent::Assigned { id, act, to: worker });
    }
    if chance % 20 == 0 {
        events.push(WorkEvent::Escalated { id, on: Day(20_005) });
        events.push(WorkEvent::Drawn { id });
    }
    events
}

/// What people see of whom no more than some towns or villages concern.
fn scope(texts: &[&str]) -> Scope {
    let prefix = |text: &&str| match text.parse() {
        Ok(DivisionFilter::Within(prefix)) => prefix,
        other => panic!("{other:?}"),
    };
    Scope::Divisions(texts.iter().map(prefix).collect())
}

fn filters() -> Vec<(&'static str, Filter)> {
    let all = Filter::all(Kind::Alert);
    let prefix = |text: &str| Some(text.parse().unwrap());
    let rule = Some(RuleId("orphan-7".into()));
    let person = PersonId(spread(5).to_be_bytes().repeat(2).try_into().unwrap());
    vec![
        ("none", all.clone()),
        ("state", Filter { states: vec![StateName::Open, StateName::Claimed], ..all.clone() }),
        ("rule", Filter { rule: rule.clone(), ..all.clone() }),
        ("procedure", Filter { procedure: Some(Procedure::Help), ..all.clone() }),
        ("county", Filter { division: prefix("320614"), ..all.clone() }),
        ("nowhere", Filter { division: prefix("none"), ..all.clone() }),
        ("town", Filter { division: prefix("320614117"), ..all.clone() }),
        ("village", Filter { division: prefix("320614117002"), ..all.clone() }),
        (
            "village+procedure",
            Filter {
                division: prefix("320614117002"),
                procedure: Some(Procedure::Entitlement),
                ..all.clone()
            },
        ),
        ("town+rule", Filter { division: prefix("320614117"), rule: rule.clone(), ..all.clone() }),
        ("due", Filter { due_from: Some(Day(20_020)), due_to: Some(Day(20_020)), ..all.clone() }),
        (
            "village+rule+due",
            Filter {
                division: prefix("320684117002"),
                rule: rule.clone(),
                due_from: Some(Day(20_020)),
                due_to: Some(Day(20_021)),
                ..all.clone()
            },
        ),
        ("tasks", Filter::all(Kind::Task)),
        ("worker", Filter { worker: Some("worker-7".into()), ..all.clone() }),
        ("worker+rule", Filter { worker: Some("worker-7".into()), rule: rule.clone(), ..all.clone() }),
        ("escalated", Filter { queue: Some(Queue::Escalated), ..all.clone() }),
        ("escalated+rule", Filter { queue: Some(Queue::Escalated), rule: rule.clone(), ..all.clone() }),
        (
            "escalated+town+rule",
            Filter {
                queue: Some(Queue::Escalated),
                division: prefix("320614117"),
                rule: rule.clone(),
                ..all.clone()
            },
        ),
        ("second review", Filter { queue: Some(Queue::SecondReview), ..all.clone() }),
        ("of a person", Filter { person: Some(person), ..all.clone() }),
        ("scope of towns", Filter { scope: scope(&["320614117", "320614103"]), ..all.clone() }),
        ("scope of a village", Filter { scope: scope(&["320614117002"]), ..all.clone() }),
        (
            "scope+rule+state",
            Filter {
                scope: scope(&["320614117", "320614103"]),
                rule,
                states: vec![StateName::Open],
                ..all.clone()
            },
        ),
    ]
}

#[test]
#[ignore = "measures; run it by hand in release"]
fn pages_are_quick() {
    let items: u64 = std::env::var("SANZAO_ITEMS").map_or(200_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readmodel.db");
    let (mut projector, reader) = open(&path).unwrap();
    let begin = Instant::now();
    for from in (0..items).step_by(5_000) {
        let numbers = from..(from + 5_000).min(items);
        let records: Vec<_> = numbers.map(|number| (number, record(number + 1, events(number)))).collect();
        projector.project(from + 5_000, &records).unwrap();
    }
    let size = std::fs::metadata(&path).unwrap().len() / 1_000_000;
    println!("{items} items projected in {:?}, {size} MB", begin.elapsed());

    for (name, filter) in filters() {
        let (mut times, mut rows, mut cursor) = (Vec::<Duration>::new(), 0, None);
        for _ in 0..300 {
            let begin = Instant::now();
            let page = reader.list(&filter, 50, cursor.as_ref()).unwrap();
            times.push(begin.elapsed());
            rows += page.items.len();
            cursor = page.next;
        }
        times.sort();
        println!("{name:>18}: p50 {:>9.1?}, p99 {:>9.1?}, {rows} rows", times[150], times[297]);
        assert!(times[150] < Duration::from_millis(10), "no page of {name} is quick");
    }
    let begin = Instant::now();
    reader.statistics(&Scope::Everything).unwrap();
    println!("{:>18}: {:?}", "statistics", begin.elapsed());
}
