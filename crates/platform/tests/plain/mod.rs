//! Intake, ledger and rules without log or process: events in, findings out; and what the plain reading of
//! the domain says of the same events.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use sanzao::stage::{Contracts, Evaluator};
use sanzao::sweep::FindingMap;
use sanzao_intake::{Desk, Incoming, OrderKey, PseudonymKey, Pseudonyms, SealKey};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, Day, FactBatch, Feed, IdNumber, Instant, SubjectId};
use sanzao_tests::reference::{Reference, Subject};
use serde_json::Value;

pub const BUREAU: Bureau = Bureau(320614);

pub fn key() -> PseudonymKey {
    PseudonymKey::new([0x5a; 32])
}

pub fn ledger() -> Ledger {
    let order = OrderKey::derive(&key());
    Ledger::new(BUREAU, Box::new(move |event, sealed| order.open(event, sealed)))
}

/// Intake of events in the order given, one batch each.
pub fn batches(events: &[Value]) -> Vec<FactBatch> {
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
            notes: Vec::new(),
        });
    }
    batches
}

pub fn sweep(evaluator: &mut Evaluator, ledger: &Ledger, scopes: &[Scope], day: Day) -> FindingMap {
    let mut results = Vec::new();
    evaluator.evaluate(ledger, scopes, day, &mut |_, _, evaluation| results.push(evaluation));
    let mut map = FindingMap::new();
    results.into_iter().for_each(|evaluation| evaluator.collect(evaluation, &mut map).unwrap());
    map
}

/// What the reference finds, under the product's pseudonyms.
pub fn expected(reference: &Reference, day: jiff::civil::Date) -> BTreeSet<(String, SubjectId, String)> {
    let pseudonyms = Pseudonyms::new(&key());
    let subject = |subject: &Subject| match subject {
        Subject::Person(number) => SubjectId::Person(pseudonyms.person(&IdNumber::parse(number).unwrap())),
        Subject::Household(key) => SubjectId::Household(pseudonyms.household(key)),
    };
    let benefit = |id: &str| pseudonyms.household(&format!("program:{id}")).to_string();
    let findings = reference.findings(day).into_iter().map(|finding| {
        let occasion = match finding.rule.as_str() {
            "income-above-standard"
            | "home-care-recheck"
            | "dibao-recheck"
            | "tekun-recheck"
            | "rigid-spending-expiry" => {
                let (id, day) = finding.occasion.rsplit_once('/').unwrap();
                format!("{}/{day}", benefit(id))
            }
            "costly-hospital-stay" => {
                let key = format!("settlement:/320614/medical-insurance\n{}", finding.occasion);
                pseudonyms.household(&key).to_string()
            }
            _ => finding.occasion.clone(),
        };
        (finding.rule, subject(&finding.subject), occasion)
    });
    findings.collect()
}

/// Leaves out what the domain does not decide: of one event id with two contents of the same time "the
/// greater content" holds, which the reference takes from the text and the product from the keyed hash.
pub fn without_ties(events: Vec<Value>) -> Vec<Value> {
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
