//! The contract of social security against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::{check, check_retraction, fact, named, person, refusal};
use sanzao_feed_social_security::CONTRACT;
use sanzao_model::{Body, Fen, InsuranceScheme, Subject, UnemploymentEnd};
use serde_json::{Value, json};

fn body(name: &str, more: Value) -> Body {
    let mut data = json!({"person": person("001"), "on": "2025-06-07"});
    for (key, value) in more.as_object().expect("an object") {
        data[key] = value.clone();
    }
    let fact = fact(CONTRACT, name, data);
    assert_eq!(fact.on, "2025-06-07".parse().expect("a day"));
    assert_eq!(fact.subject, Subject::Person(named(&person("001"))));
    fact.body
}

#[test]
fn every_field_of_every_event_type() {
    check(CONTRACT);
    check_retraction(CONTRACT);
}

#[test]
fn schemes() {
    for (name, scheme) in [
        ("employee", InsuranceScheme::Employee),
        ("flexible", InsuranceScheme::Flexible),
        ("resident", InsuranceScheme::Resident),
    ] {
        let with = |more: Value| {
            let mut data = more;
            data["scheme"] = json!(name);
            data
        };
        assert_eq!(body("insurance.started", with(json!({}))), Body::InsuranceStarted { scheme });
        let stopped = with(json!({"reason": "离职"}));
        assert_eq!(body("insurance.stopped", stopped.clone()), Body::InsuranceStopped { scheme });
        assert_eq!(body("pension.stopped", stopped), Body::PensionStopped { scheme });
        let (paid, monthly) = (with(json!({"monthly_amount": 12.3})), Fen(1230));
        assert_eq!(body("pension.started", paid.clone()), Body::PensionStarted { scheme, monthly });
        assert_eq!(body("pension.changed", paid), Body::PensionChanged { scheme, monthly });
    }
}

#[test]
fn a_wage_counts_from_the_first_of_its_month() {
    let data = json!({"person": person("001"), "month": "2025-06", "amount": 0.1});
    let wage = fact(CONTRACT, "wage.reported", data.clone());
    assert_eq!(wage.on, "2025-06-01".parse().unwrap());
    assert_eq!(wage.body, Body::WageReported { month: "2025-06".parse().unwrap(), amount: Fen(10) });
    let mut with_on = data;
    with_on["on"] = json!("2025-06-01");
    assert_eq!(refusal(CONTRACT, "wage.reported", with_on), ("field.unknown".into(), "/data".into()));
}

#[test]
fn unemployment_and_grants() {
    assert_eq!(body("unemployment.registered", json!({})), Body::UnemploymentRegistered);
    assert_eq!(body("unemployment.deregistered", json!({})), Body::UnemploymentDeregistered);
    let (monthly, until) = (Fen(180_000), "2026-06-06".parse().unwrap());
    let started = json!({"monthly_amount": 1800, "until": "2026-06-06"});
    assert_eq!(
        body("unemployment.benefit-started", started),
        Body::UnemploymentBenefitStarted { monthly, until }
    );
    for (name, reason) in [
        ("exhausted", UnemploymentEnd::Exhausted),
        ("re-employed", UnemploymentEnd::ReEmployed),
        ("pension", UnemploymentEnd::Pension),
        ("enlisted", UnemploymentEnd::Enlisted),
        ("emigrated", UnemploymentEnd::Emigrated),
        ("sentenced", UnemploymentEnd::Sentenced),
        ("refused-work", UnemploymentEnd::RefusedWork),
    ] {
        let ended = body("unemployment.benefit-ended", json!({"reason": name}));
        assert_eq!(ended, Body::UnemploymentBenefitEnded { reason });
    }
    let nursing = body("injury-nursing.started", json!({"monthly_amount": 1800}));
    assert_eq!(nursing, Body::InjuryNursingStarted { monthly });
    assert_eq!(body("injury-nursing.stopped", json!({})), Body::InjuryNursingStopped);
    let grant = body("funeral-grant.paid", json!({"amount": 1800}));
    assert_eq!(grant, Body::FuneralGrantPaid { amount: monthly });
}
