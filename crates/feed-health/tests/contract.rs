//! The contract of health against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::Kind::*;
use contract::{Case, check, check_retraction, fact, named, person};
use sanzao_feed_health::CONTRACT;
use sanzao_model::{Body, Subject};
use serde_json::json;

const CASES: &[Case] = &[
    (
        "birth.certified",
        &[("person", Person), ("child", Object(&[("name", Name), ("id_number?", Number)])), ("on", Date)],
    ),
    ("death.certified", &[("person", Person), ("certificate_no", Text), ("on", Date)]),
    ("stay.admitted", &[("person", Person), ("facility", Text), ("icd10?", Text), ("on", Date)]),
    ("stay.discharged", &[("person", Person), ("facility", Text), ("admitted_on", Date), ("on", Date)]),
    (
        "diagnosis.recorded",
        &[
            ("person", Person),
            ("icd10", Text),
            (
                "category",
                Choice(&["major-illness", "severe-mental-disorder", "tuberculosis", "chronic", "other"]),
            ),
            ("on", Date),
        ],
    ),
    ("ability.assessed", &[("person", Person), ("level", Integer(0, 4)), ("on", Date)]),
];

#[test]
fn every_field_of_every_event_type() {
    check(CONTRACT, CASES);
    check_retraction(CONTRACT);
}

#[test]
fn a_death_is_a_signal_and_a_birth_is_the_mothers() {
    let death = json!({"person": person("001"), "certificate_no": "D-1", "on": "2026-02-01"});
    assert_eq!(fact(CONTRACT, "death.certified", death).body, Body::DeathCertified);
    let birth = json!({"person": person("001"), "child": {"name": "赵小"}, "on": "2026-02-01"});
    let birth = fact(CONTRACT, "birth.certified", birth);
    assert_eq!((birth.subject, birth.body), (Subject::Person(named(&person("001"))), Body::Other));
}
