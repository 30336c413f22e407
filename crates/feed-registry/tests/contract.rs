//! The contract of the assistance registry against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::{check, check_retraction, fact, named, person, pseudonyms, refusal};
use sanzao_feed_registry::CONTRACT;
use sanzao_model::{
    BenefitId, Body, Category, Disability, Fen, HomeCareCategory, Program, Subject, VisitKind,
};
use serde_json::{Value, json};

const OF_HOUSEHOLDS: &[&str] = &["dibao", "dibao-edge", "rigid-spending"];
fn benefit() -> BenefitId {
    BenefitId(pseudonyms().household("program:B-1").0)
}

fn grant(program: &str, more: Value) -> Value {
    let mut data =
        json!({"benefit_id": "B-1", "program": program, "monthly_amount": 820, "on": "2025-05-01"});
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
fn grants_name_a_person_or_members_as_the_program_takes_them() {
    let (one, list) = (json!({"person": person("001")}), json!({"members": [person("001"), person("002")]}));
    for program in Program::ALL {
        let name = program.as_str();
        assert_eq!(program.is_household(), OF_HOUSEHOLDS.contains(&name), "{name}");
        let (right, wrong) = if program.is_household() { (&list, &one) } else { (&one, &list) };
        let granted = fact(CONTRACT, "benefit.granted", grant(name, right.clone()));
        let expected = match right.get("members") {
            Some(_) => Subject::Members(vec![named(&person("001")), named(&person("002"))]),
            None => Subject::Person(named(&person("001"))),
        };
        assert_eq!(granted.subject, expected, "{name}");
        let body = Body::BenefitGranted {
            benefit: benefit(),
            program,
            monthly: Fen(82_000),
            category: None,
            verified_on: None,
        };
        assert_eq!(granted.body, body);
        let mut both = right.clone();
        both.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        for data in [wrong.clone(), both] {
            let answer = refusal(CONTRACT, "benefit.granted", grant(name, data));
            let field = if program.is_household() { "/data/person" } else { "/data/members" };
            assert_eq!(answer, ("subject.person-or-members".into(), field.into()), "{name}");
        }
    }
}

#[test]
fn somebody_listed_twice_is_once_on_the_list() {
    let other_name = json!({"id_number": person("001")["id_number"], "name": "钱"});
    let list = json!([person("001"), person("002"), person("001"), other_name]);
    let granted = fact(CONTRACT, "benefit.granted", grant("dibao", json!({"members": list})));
    let expected = [&person("001"), &other_name, &person("002")].map(named).to_vec();
    assert_eq!(granted.subject, Subject::Members(expected));
    let once = json!([person("002"), other_name, person("001")]);
    let again = fact(CONTRACT, "benefit.granted", grant("dibao", json!({"members": once})));
    assert_eq!(again.id, granted.id);
}

#[test]
fn categories() {
    let of = |text: &str| {
        let more = json!({"person": person("001"), "category": text, "verified_on": "2025-06-01"});
        let granted = fact(CONTRACT, "benefit.granted", grant("home-care", more)).body;
        let Body::BenefitGranted { category: Some(category), verified_on, .. } = granted else {
            panic!("none")
        };
        assert_eq!(verified_on, Some("2025-06-01".parse().unwrap()));
        let changed = json!({"benefit_id": "B-1", "category": text, "on": "2025-05-01"});
        let changed = fact(CONTRACT, "benefit.changed", changed);
        let (benefit, monthly) = (benefit(), None);
        assert_eq!(changed.body, Body::BenefitChanged { benefit, monthly, category: Some(category) });
        assert_eq!(changed.subject, Subject::Nobody);
        category
    };
    assert_eq!(of("disabled-elder"), Category::HomeCare(HomeCareCategory::DisabledElder));
    assert_eq!(of("low-income"), Category::HomeCare(HomeCareCategory::LowIncome));
    assert_eq!(of("living-alone"), Category::HomeCare(HomeCareCategory::LivingAlone));
    assert!(matches!(of("A类"), Category::Other(_)));
    assert_ne!(of("A类"), of("B类"));
}

#[test]
fn what_happens_to_a_benefit() {
    let benefit = benefit();
    let moved = json!({"benefit_id": "B-1", "reason": "复核", "on": "2025-05-02"});
    for (name, body) in [
        ("benefit.suspended", Body::BenefitSuspended { benefit }),
        ("benefit.resumed", Body::BenefitResumed { benefit }),
        ("benefit.ended", Body::BenefitEnded { benefit }),
    ] {
        let fact = fact(CONTRACT, name, moved.clone());
        assert_eq!((fact.subject, fact.body), (Subject::Nobody, body));
    }
    let verified = json!({"benefit_id": "B-1", "outcome": "ended", "on": "2025-05-02"});
    let verified = fact(CONTRACT, "verification.recorded", verified);
    assert_eq!((verified.subject, verified.body), (Subject::Nobody, Body::VerificationRecorded { benefit }));
    let changed =
        json!({"benefit_id": "B-1", "monthly_amount": 1, "members": [person("002")], "on": "2025-05-02"});
    let changed = fact(CONTRACT, "benefit.changed", changed);
    assert_eq!(changed.subject, Subject::Members(vec![named(&person("002"))]));
    assert_eq!(changed.body, Body::BenefitChanged { benefit, monthly: Some(Fen(100)), category: None });
}

#[test]
fn assessments_visits_and_cremations() {
    let income =
        json!({"members": [person("001")], "annual_income": 9000, "property_ok": false, "on": "2025-05-02"});
    let income = fact(CONTRACT, "income.assessed", income);
    assert_eq!(income.subject, Subject::Members(vec![named(&person("001"))]));
    assert_eq!(income.body, Body::IncomeAssessed { annual: Fen(900_000), property_ok: false });

    let visit = |id: &str, kind: &str| {
        let data = json!({"person": person("001"), "visit_id": id, "kind": kind, "on": "2025-05-02"});
        fact(CONTRACT, "visit.recorded", data)
    };
    assert!(matches!(visit("V-1", "child").body, Body::VisitRecorded { kind: VisitKind::Child, .. }));
    assert!(matches!(visit("V-1", "elder").body, Body::VisitRecorded { kind: VisitKind::Elder, .. }));
    assert_ne!(visit("V-1", "elder").id, visit("V-2", "elder").id);
    assert_ne!(visit("V-1", "elder").body, visit("V-2", "elder").body);

    let cremated = json!({"person": person("001"), "on": "2025-05-02"});
    assert_eq!(fact(CONTRACT, "cremation.recorded", cremated).body, Body::CremationRecorded);
}

#[test]
fn refusals_certificates_and_contacts() {
    let of = |name: &str, mut data: Value| {
        data["person"] = person("001");
        data["on"] = json!("2026-02-01");
        fact(CONTRACT, name, data).body
    };
    for program in Program::ALL {
        let refused = of("application.refused", json!({"program": program.as_str(), "reason": "收入超标"}));
        assert_eq!(refused, Body::ApplicationRefused { program });
    }
    for (word, category) in [
        ("visual", Disability::Visual),
        ("hearing", Disability::Hearing),
        ("speech", Disability::Speech),
        ("physical", Disability::Physical),
        ("intellectual", Disability::Intellectual),
        ("mental", Disability::Mental),
        ("multiple", Disability::Multiple),
    ] {
        let data = json!({"category": word, "grade": 3, "valid_until": "2030-01-31"});
        let valid_until = "2030-01-31".parse().unwrap();
        let certified = Body::DisabilityCertified { category, grade: 3, valid_until };
        assert_eq!(of("disability.certified", data), certified);
    }
    assert_eq!(of("contact.recorded", json!({"phone": "0513-1"})), Body::ContactRecorded);
}
