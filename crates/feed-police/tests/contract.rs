//! The contract of the police against domain §2.

#[path = "../../intake/tests/contract/mod.rs"]
mod contract;

use contract::{check, check_retraction, fact, mention, named, person, pseudonyms};
use sanzao_feed_police::CONTRACT;
use sanzao_model::{Body, CustodyKind, Day, Feed, RelationKind, Sex, Subject, WithdrawalReason};
use serde_json::json;

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

#[test]
fn every_field_of_every_event_type() {
    check(CONTRACT);
    check_retraction(CONTRACT);
}

#[test]
fn registrations_say_household_and_division() {
    let somebody = person("001");
    let data = json!({"person": somebody, "sex": "1", "household_no": "H-7", "relation_to_head": "户主",
        "division_code": "320614102001", "on": "2020-01-02"});
    let registered = fact(CONTRACT, "person.registered", data.clone());
    assert_eq!((registered.feed, registered.on), (Feed::Police, day("2020-01-02")));
    assert_eq!(registered.subject, Subject::Person(named(&somebody)));
    let household = pseudonyms().household("police:H-7");
    let division = "320614102001".parse().unwrap();
    assert_eq!(registered.body, Body::PersonRegistered { household, division, sex: Sex::Male });

    let mut moved = data.clone();
    moved.as_object_mut().unwrap().remove("sex");
    assert_eq!(fact(CONTRACT, "household.moved", moved).body, Body::HouseholdMoved { household, division });

    let mut as_number = data;
    as_number["sex"] = json!(1);
    assert_eq!(fact(CONTRACT, "person.registered", as_number).id, registered.id);
}

#[test]
fn reasons_and_kinds() {
    let somebody = person("001");
    for (reason, meant) in [
        ("death", WithdrawalReason::Death),
        ("moved-out", WithdrawalReason::MovedOut),
        ("enlisted", WithdrawalReason::Enlisted),
        ("emigrated", WithdrawalReason::Emigrated),
        ("duplicate", WithdrawalReason::Duplicate),
    ] {
        let data = json!({"person": somebody, "reason": reason, "on": "2020-01-02"});
        let body = fact(CONTRACT, "registration.cancelled", data).body;
        assert_eq!(body, Body::RegistrationCancelled { reason: meant });
    }
    for (kind, meant) in [
        ("parent", RelationKind::Parent),
        ("spouse", RelationKind::Spouse),
        ("guardian", RelationKind::Guardian),
    ] {
        let data = json!({"person": somebody, "related": person("002"), "kind": kind, "on": "2020-01-02"});
        let body = fact(CONTRACT, "relation.recorded", data).body;
        assert_eq!(body, Body::RelationRecorded { related: named(&person("002")), kind: meant });
    }
    for (kind, meant) in [
        ("detention", CustodyKind::Detention),
        ("arrest", CustodyKind::Arrest),
        ("imprisonment", CustodyKind::Imprisonment),
        ("compulsory-rehabilitation", CustodyKind::CompulsoryRehabilitation),
    ] {
        let data =
            json!({"person": somebody, "kind": kind, "on": "2020-01-02", "expected_until": "2031-01-01"});
        let expected_until = Some(day("2031-01-01"));
        let body = fact(CONTRACT, "custody.started", data).body;
        assert_eq!(body, Body::CustodyStarted { kind: meant, expected_until });
    }
    let data = json!({"person": somebody, "on": "2020-01-02"});
    assert_eq!(fact(CONTRACT, "custody.ended", data.clone()).body, Body::CustodyEnded);
    assert_eq!(fact(CONTRACT, "missing.reported", data.clone()).body, Body::MissingReported);
    assert_eq!(fact(CONTRACT, "missing.closed", data).body, Body::MissingClosed);
}

#[test]
fn a_correction_names_the_former_number() {
    let data = json!({"person": person("001"), "former_id_number": "320684790101001", "on": "2020-01-02"});
    let body = fact(CONTRACT, "identity.corrected", data.clone()).body;
    assert_eq!(body, Body::IdentityCorrected { former: mention(&data["former_id_number"]) });
}
