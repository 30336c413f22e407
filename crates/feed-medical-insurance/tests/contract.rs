//! The contract of medical insurance against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::{check, check_retraction, fact, named, person, refusal};
use sanzao_feed_medical_insurance::CONTRACT;
use sanzao_model::{Body, CareMode, Fen, Insutype, SettlementId, Subject};
use serde_json::{Value, json};

fn bill(more: Value) -> Value {
    let mut data = json!({"person": person("001"), "setl_id": "S-1", "insutype": "310", "med_type": "inpatient",
        "begin": "2026-01-05", "end": "2026-01-09", "medfee_sumamt": 1000, "fund_pay_sumamt": 899.99,
        "maf_pay": 0, "psn_part_amt": 100.01, "on": "2026-01-10"});
    for (key, value) in more.as_object().expect("an object") {
        data[key] = value.clone();
    }
    data
}

#[test]
fn every_field_of_every_event_type() {
    check(CONTRACT);
    check_retraction(CONTRACT);
}

#[test]
fn a_settlement_keeps_what_the_person_paid() {
    let settled = fact(CONTRACT, "settlement.settled", bill(json!({})));
    let Body::SettlementSettled { settlement, inpatient, self_paid, begin } = settled.body else {
        panic!("no settlement")
    };
    assert_eq!(settled.on, "2026-01-10".parse().unwrap());
    assert_eq!(settled.subject, Subject::Person(named(&person("001"))));
    assert_eq!((inpatient, self_paid, begin), (true, Fen(10_001), "2026-01-05".parse().unwrap()));

    let reversed = json!({"person": person("001"), "setl_id": "S-1", "on": "2026-02-01"});
    let reversed = fact(CONTRACT, "settlement.reversed", reversed).body;
    assert_eq!(reversed, Body::SettlementReversed { settlement });
    let key = contract::pseudonyms().household("settlement:/320614/medical-insurance\nS-1");
    assert_eq!(settlement, SettlementId(key.0));

    for med_type in ["outpatient", "special"] {
        let settled = fact(CONTRACT, "settlement.settled", bill(json!({"med_type": med_type})));
        assert!(matches!(settled.body, Body::SettlementSettled { inpatient: false, .. }));
    }
}

#[test]
fn sums_and_days_must_agree() {
    let sum = |place: &str| ("sum.disagrees".to_owned(), format!("/data/{place}"));
    for (more, answer) in [
        (json!({"medfee_sumamt": 1000.01}), sum("medfee_sumamt")),
        (json!({"psn_part_amt": 100}), sum("medfee_sumamt")),
        (json!({"fund_pay_sumamt": 900}), sum("medfee_sumamt")),
        (json!({"maf_pay": 900}), sum("maf_pay")),
    ] {
        assert_eq!(refusal(CONTRACT, "settlement.settled", bill(more.clone())), answer, "{more}");
    }
    for more in [json!({"maf_pay": 899.99}), json!({"end": "2026-01-04"}), json!({"on": "2025-01-01"})] {
        fact(CONTRACT, "settlement.settled", bill(more));
    }
}

#[test]
fn levels_as_numbers_or_texts() {
    let with = |level: Value| {
        let data = json!({"person": person("001"), "level": level, "mode": "home", "monthly_amount": 600,
            "on": "2026-01-10"});
        fact(CONTRACT, "long-term-care.approved", data).id
    };
    assert_eq!(with(json!(3)), with(json!("3")));
    assert_ne!(with(json!(3)), with(json!("重度三级")));
}

#[test]
fn enrolments_and_long_term_care() {
    let of = |name: &str, mut data: Value| {
        data["person"] = person("001");
        data["on"] = json!("2026-02-01");
        fact(CONTRACT, name, data).body
    };
    for (code, insutype) in [("310", Insutype::Employee), ("390", Insutype::Resident)] {
        assert_eq!(of("enrolment.started", json!({"insutype": code})), Body::EnrolmentStarted { insutype });
        assert_eq!(of("enrolment.stopped", json!({"insutype": code})), Body::EnrolmentStopped { insutype });
    }
    for (word, mode) in [("home", CareMode::Home), ("institution", CareMode::Institution)] {
        let care = json!({"level": 3, "mode": word, "monthly_amount": 900.5});
        let approved = Body::LongTermCareApproved { mode, monthly: Fen(90_050) };
        assert_eq!(of("long-term-care.approved", care), approved);
    }
    assert_eq!(of("long-term-care.ended", json!({})), Body::LongTermCareEnded);
}
