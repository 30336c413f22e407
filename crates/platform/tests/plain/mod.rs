//! Intake, ledger and rules without log or process: events in, findings out; and what the plain reading of
//! the domain says of the same events.
#![allow(dead_code, unused_imports)]

use std::collections::{BTreeMap, BTreeSet};

pub use sanzao::cases::{key, ledger};
use sanzao::stage::Evaluator;
use sanzao::sweep::FindingMap;
use sanzao_intake::Pseudonyms;
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Day, FactBatch, IdNumber, Instant, SubjectId};
use sanzao_tests::reference::{Reference, Subject};
use serde_json::Value;

/// Intake of events in the order given, one batch each.
pub fn batches(events: &[Value]) -> Vec<FactBatch> {
    sanzao::cases::batches(events).unwrap_or_else(|error| panic!("{error}"))
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
