//! The product against a plain reading of the domain, over random histories in which every clause meets
//! every other: the same findings on every interesting day, and incrementally the same as by a sweep.

use std::collections::{BTreeMap, BTreeSet};

use sanzao::stage::{Contracts, Evaluator};
use sanzao::sweep::{FindingMap, first_difference};
use sanzao_discovery::{Parameters, RuleSet};
use sanzao_intake::{Desk, Incoming, OrderKey, PseudonymKey, Pseudonyms, SealKey};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, Day, FactBatch, Feed, IdNumber, Instant, SubjectId};
use sanzao_tests::history::{Size, history};
use sanzao_tests::reference::{Reference, Subject};
use serde_json::Value;

const BUREAU: Bureau = Bureau(320614);

fn key() -> PseudonymKey {
    PseudonymKey::new([0x5a; 32])
}

fn ledger() -> Ledger {
    let order = OrderKey::derive(&key());
    Ledger::new(BUREAU, Box::new(move |event, sealed| order.open(event, sealed)))
}

/// Intake of events in the order given, one batch each.
fn batches(events: &[Value]) -> Vec<FactBatch> {
    let desks: Vec<(Feed, Desk)> = Feed::ALL
        .into_iter()
        .map(|feed| (feed, Desk::new(Contracts::of(feed), &key(), &SealKey::new([1; 32]), [BUREAU])))
        .collect();
    let mut batches = Vec::new();
    for (offset, event) in events.iter().enumerate() {
        let source = event["source"].as_str().expect("events name their source");
        let feed: Feed = source.rsplit('/').next().unwrap().parse().unwrap();
        let value = serde_json::to_vec(event).unwrap();
        let desk = &desks.iter().find(|(known, _)| *known == feed).unwrap().1;
        let incoming = Incoming { headers: &[], value: &value, partition: 0, offset: offset as u64 };
        let accepted = desk.read(&incoming).unwrap_or_else(|rejection| panic!("{rejection:?}: {event}"));
        batches.push(FactBatch {
            feed,
            partition: 0,
            upto: offset as u64 + 1,
            received: Instant(0),
            statements: vec![accepted.statement],
        });
    }
    batches
}

fn sweep(evaluator: &mut Evaluator, ledger: &Ledger, scopes: &[Scope], day: Day) -> FindingMap {
    let mut results = Vec::new();
    evaluator.evaluate(ledger, scopes, day, &mut |_, _, evaluation| results.push(evaluation));
    let mut map = FindingMap::new();
    results.into_iter().for_each(|evaluation| evaluator.collect(evaluation, &mut map).unwrap());
    map
}

/// What the reference finds, under the product's pseudonyms.
fn expected(reference: &Reference, day: jiff::civil::Date) -> BTreeSet<(String, SubjectId, String)> {
    let pseudonyms = Pseudonyms::new(&key());
    let subject = |subject: &Subject| match subject {
        Subject::Person(number) => SubjectId::Person(pseudonyms.person(&IdNumber::parse(number).unwrap())),
        Subject::Household(key) => SubjectId::Household(pseudonyms.household(key)),
    };
    let benefit = |id: &str| pseudonyms.household(&format!("program:{id}")).to_string();
    let findings = reference.findings(day).into_iter().map(|finding| {
        let occasion = match finding.rule.as_str() {
            "income-above-standard" => benefit(&finding.occasion),
            "home-care-recheck" => {
                let (id, due) = finding.occasion.rsplit_once('/').unwrap();
                format!("{}/{due}", benefit(id))
            }
            _ => finding.occasion.clone(),
        };
        (finding.rule, subject(&finding.subject), occasion)
    });
    findings.collect()
}

/// The events that name a person, or all when it is about a household, for whoever reads a failure.
fn story(events: &[Value], subject: SubjectId) -> String {
    let pseudonyms = Pseudonyms::new(&key());
    let names = |event: &&Value| {
        let text = event["data"].to_string();
        if event["data"]["person"].is_null() && event["data"]["members"].is_null() {
            return true;
        }
        let mut words = text.split('"').filter_map(|word| IdNumber::parse(word).ok());
        !matches!(subject, SubjectId::Person(_))
            || words.any(|number| SubjectId::Person(pseudonyms.person(&number)) == subject)
    };
    let mut lines: Vec<String> = events
        .iter()
        .filter(names)
        .map(|event| format!("{} {} {} {}", event["type"], event["time"], event["id"], event["data"]))
        .collect();
    lines.sort();
    lines.dedup();
    lines.join("\n")
}

/// Leaves out what the domain does not decide: of one event id with two contents of the same time "the
/// greater content" holds, which the reference takes from the text and the product from the keyed hash.
fn without_ties(events: Vec<Value>) -> Vec<Value> {
    let mut first: BTreeMap<(String, String, Instant), (String, Value)> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut kept = Vec::new();
    for event in events {
        let time: Instant = text(&event["time"]).parse().expect("histories have valid times");
        let content = (text(&event["type"]), event["data"].clone());
        let key = (text(&event["source"]), text(&event["id"]), time);
        if *first.entry(key).or_insert_with(|| content.clone()) == content {
            kept.push(event);
        }
    }
    kept
}

fn compare(seed: u64, size: Size, evaluator: &mut Evaluator) -> usize {
    let mut history = history(seed, size);
    history.events = without_ties(history.events);
    let reference = Reference::new(&history.events);
    let batches = batches(&history.events);
    let mut whole = ledger();
    batches.iter().for_each(|batch| drop(whole.apply(batch)));
    let scopes: Vec<Scope> = whole.sweep(7).collect();
    let mut compared = 0;
    for day in &history.days {
        let found = sweep(evaluator, &whole, &scopes, Day::from(*day));
        let found: BTreeSet<_> = found
            .keys()
            .map(|(rule, subject, occasion)| (rule.0.clone(), *subject, occasion.clone()))
            .collect();
        let expected = expected(&reference, *day);
        compared += expected.len();
        let missing: Vec<_> = expected.difference(&found).collect();
        let extra: Vec<_> = found.difference(&expected).collect();
        if let Some((_, subject, _)) = missing.iter().chain(&extra).next() {
            let story = story(&history.events, *subject);
            panic!(
                "seed {seed}, {day}: missing {missing:?}, extra {extra:?}
{story}"
            );
        }
    }
    incremental(seed, &batches, Day::from(history.days[history.days.len() / 2]), evaluator);
    compared
}

/// Evaluates after every few events only whom they touched; the end must be what a sweep says.
fn incremental(seed: u64, batches: &[FactBatch], day: Day, evaluator: &mut Evaluator) {
    let mut ledger = ledger();
    let mut map = FindingMap::new();
    for few in batches.chunks(3) {
        let mut touched = sanzao_ledger::Touched::default();
        few.iter().for_each(|batch| touched.extend(ledger.apply(batch).touched));
        let scope = ledger.scope(&touched);
        evaluator.evaluate(&ledger, &[scope], day, &mut |_, tables, _| {
            map.retain(|(_, subject, _), _| !tables.subjects.contains(subject));
        });
        let scope = ledger.scope(&touched);
        map.extend(sweep(evaluator, &ledger, &[scope], day));
    }
    let scopes: Vec<Scope> = ledger.sweep(5).collect();
    let swept = sweep(evaluator, &ledger, &scopes, day);
    let difference = first_difference(("incremental", &map), ("sweep", &swept));
    assert_eq!(difference, None, "seed {seed}, {day}");
}

#[test]
fn the_product_finds_what_the_domain_says() {
    let mut evaluator = Evaluator::new(&RuleSet::built_in(), &Parameters::default_set()).unwrap();
    let seeds: u64 = std::env::var("SANZAO_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut compared = 0;
    for seed in 1..=seeds {
        let size = [Size::SMALL, Size::MEDIUM, Size::LARGE][(seed % 3) as usize];
        compared += compare(seed, size, &mut evaluator);
    }
    println!("{seeds} histories, {compared} findings compared");
    assert!(compared > 1_000, "the histories reach too little: {compared} findings");
}
