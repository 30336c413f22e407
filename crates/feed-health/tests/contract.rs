//! The contract of health against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::{check, check_retraction, fact, named, person};
use sanzao_feed_health::CONTRACT;
use sanzao_model::{Body, DiagnosisCategory, Subject};
use serde_json::json;

#[test]
fn every_field_of_every_event_type() {
    check(CONTRACT);
    check_retraction(CONTRACT);
}

#[test]
fn a_death_is_a_signal_and_a_birth_is_the_mothers() {
    let death = json!({"person": person("001"), "certificate_no": "D-1", "on": "2026-02-01"});
    assert_eq!(fact(CONTRACT, "death.certified", death).body, Body::DeathCertified);
    let birth = json!({"person": person("001"), "child": {"name": "赵小"}, "on": "2026-02-01"});
    let birth = fact(CONTRACT, "birth.certified", birth);
    assert_eq!(birth.subject, Subject::Person(named(&person("001"))));
    assert_eq!(birth.body, Body::BirthCertified { child: None });
    let child = person("002");
    let numbered = json!({"person": person("001"), "child": child, "on": "2026-02-01"});
    let body = fact(CONTRACT, "birth.certified", numbered).body;
    assert_eq!(body, Body::BirthCertified { child: Some(named(&child).who) });
}

#[test]
fn stays_diagnoses_and_abilities() {
    let of = |name: &str, mut data: serde_json::Value| {
        data["person"] = person("001");
        data["on"] = json!("2026-02-01");
        fact(CONTRACT, name, data).body
    };
    let admitted = of("stay.admitted", json!({"facility": "F1", "icd10": "I63"}));
    let Body::StayAdmitted { facility } = admitted else { panic!("{admitted:?}") };
    let discharged = of("stay.discharged", json!({"facility": "F1", "admitted_on": "2026-01-30"}));
    assert_eq!(discharged, Body::StayDischarged { facility, admitted_on: "2026-01-30".parse().unwrap() });
    let elsewhere = of("stay.admitted", json!({"facility": "F2"}));
    assert!(elsewhere != admitted && matches!(elsewhere, Body::StayAdmitted { .. }));
    for (category, read) in [
        ("major-illness", DiagnosisCategory::MajorIllness),
        ("severe-mental-disorder", DiagnosisCategory::SevereMentalDisorder),
        ("tuberculosis", DiagnosisCategory::Tuberculosis),
        ("chronic", DiagnosisCategory::Chronic),
        ("other", DiagnosisCategory::Other),
    ] {
        let diagnosed = of("diagnosis.recorded", json!({"icd10": "C34", "category": category}));
        assert_eq!(diagnosed, Body::DiagnosisRecorded { category: read });
    }
    assert_eq!(of("ability.assessed", json!({"level": 4})), Body::AbilityAssessed { level: 4 });
}
