//! The product against a plain reading of the domain, over random histories in which every clause meets
//! every other: the same findings on every interesting day, and incrementally the same as by a sweep.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod plain;

use std::collections::BTreeSet;

use plain::{batches, expected, key, ledger, sweep, without_ties};
use sanzao::stage::Evaluator;
use sanzao::sweep::{FindingMap, first_difference};
use sanzao_discovery::{Parameters, RuleSet};
use sanzao_intake::Pseudonyms;
use sanzao_ledger::Scope;
use sanzao_model::{Day, FactBatch, IdNumber, SubjectId};
use sanzao_tests::history::{Size, history};
use sanzao_tests::reference::Reference;
use serde_json::Value;

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
