//! Facts: equal content, ids with two contents, retractions.

use sanzao_tests::document;
use sanzao_tests::reference::Reference;
use serde_json::json;

use super::story::{Story, number, person};

const DEAD: &str = "deceased-recipient";

/// Somebody with a benefit, and the death certificate that makes a finding.
fn a_dead_recipient() -> (Story, String) {
    let mut story = Story::default();
    story.granted(&person("19500101"), "tekun", "B1", "2024-01-01");
    let id = story.dies(&person("19500101"), "2025-01-01");
    (story, id)
}

fn death() -> serde_json::Value {
    json!({"person": person("19500101"), "certificate_no": "1", "on": "2025-01-01"})
}

#[test]
fn the_numbers_of_documents() {
    assert_eq!(document::check_character("11010519491231002"), 'X', "the example of GB 11643");
    assert_eq!(document::normalise("11010519491231002x"), "11010519491231002X");
    assert_eq!(document::normalise("110105491231002"), "11010519491231002X", "the old form of 15 digits");
    assert_eq!(document::normalise("CHN110549123100"), "CHN110549123100");
    assert_eq!(document::birth("11010519491231002X"), Some("1949-12-31".parse().unwrap()));
    assert_eq!(document::birth("CHN110549123100"), None);
}

#[test]
fn equal_content_is_one_fact() {
    let mut story = Story::default();
    let short = json!({"id_number": "110105491231002", "name": "甲"});
    let long = json!({"id_number": "11010519491231002x", "name": "甲"});
    story.settled(&short, "S1", 100.0, "2025-01-01");
    let mut whole = story.events[0]["data"].clone();
    (whole["person"], whole["psn_part_amt"]) = (long.clone(), json!(100));
    story.tell("medical-insurance.settlement.settled", whole);
    assert_eq!(Reference::new(&story.events).fact_count(), 1);
    let mut data =
        json!({"members": [long, short], "annual_income": 1, "property_ok": true, "on": "2025-01-01"});
    story.tell("registry.income.assessed", data.clone());
    data["members"].as_array_mut().unwrap().pop();
    story.tell("registry.income.assessed", data.clone());
    assert_eq!(Reference::new(&story.events).fact_count(), 2, "somebody listed twice is once on the list");
    data["members"][0]["name"] = json!("甲 ");
    story.tell("registry.income.assessed", data);
    assert_eq!(Reference::new(&story.events).fact_count(), 3, "names as written");
}

#[test]
fn a_retraction_voids_the_event_it_names_whatever_its_time() {
    let (mut story, id) = a_dead_recipient();
    assert!(story.holds("2025-01-01", DEAD));
    let data = json!({"retracts": id, "reason": "wrong"});
    story.tell_as("r", "2001-01-01T00:00:00Z", "health.record.retracted", data);
    assert!(!story.holds("2025-01-01", DEAD));
    story.retract("health", "r");
    assert!(!story.holds("2025-01-01", DEAD), "retractions cannot be retracted");
}

#[test]
fn a_retraction_is_of_its_source_only() {
    let (mut story, id) = a_dead_recipient();
    story.retract("police", &id);
    story.retract("health", "unheard-of");
    assert!(story.holds("2025-01-01", DEAD));
}

#[test]
fn a_retraction_voids_other_statements_up_to_its_time() {
    for (restated, retracted, holds) in [
        ("2030-02-01T00:00:00Z", "2030-02-01T00:00:00Z", false),
        ("2030-02-01T08:00:00+08:00", "2030-02-01T00:00:00Z", false),
        ("2030-02-01T00:00:00.001Z", "2030-02-01T00:00:00Z", true),
        ("2030-01-31T00:00:00Z", "2030-02-01T00:00:00Z", false),
    ] {
        let (mut story, id) = a_dead_recipient();
        story.tell_as("again", restated, "health.death.certified", death());
        let data = json!({"retracts": id, "reason": "wrong"});
        story.tell_as("r", retracted, "health.record.retracted", data);
        assert_eq!(story.holds("2025-01-01", DEAD), holds, "{restated} {retracted}");
    }
}

#[test]
fn one_id_with_two_contents() {
    let (mut story, id) = a_dead_recipient();
    let mut other = death();
    other["on"] = json!("2025-01-05");
    story.tell_as(&id, "2031-01-01T00:00:00Z", "health.death.certified", other.clone());
    assert!(!story.holds("2025-01-04", DEAD), "the later time holds");
    other["on"] = json!("2024-12-01");
    story.tell_as(&id, "2029-01-01T00:00:00Z", "health.death.certified", other.clone());
    assert!(!story.holds("2025-01-04", DEAD));
    other["on"] = json!("2025-01-07");
    story.tell_as(&id, "2031-01-01T08:00:00+08:00", "health.death.certified", other);
    assert!(!story.holds("2025-01-06", DEAD), "then the greater content");
    assert!(story.holds("2025-01-07", DEAD));
}

#[test]
fn newest_is_by_day_then_instant_then_id() {
    let grant = |program: &str, on: &str| json!({"benefit_id": "B1", "program": program, "person": person("20150101"), "monthly_amount": 1, "on": on});
    let kind = "registry.benefit.granted";
    let mut story = Story::default();
    story.tell_as("b", "2030-01-01T00:00:00Z", kind, grant("orphan", "2025-01-01"));
    story.tell_as("a", "2030-01-01T08:00:00+08:00", kind, grant("tekun", "2025-01-01"));
    assert!(story.holds("2025-01-01", "child-monthly-visit"), "the same instant: the greater id");
    story.tell_as("0", "2030-01-01T00:00:01Z", kind, grant("tekun", "2025-01-01"));
    assert!(!story.holds("2025-01-01", "child-monthly-visit"));
    story.tell_as("00", "2020-01-01T00:00:00Z", kind, grant("orphan", "2025-01-02"));
    assert!(!story.holds("2025-01-01", "child-monthly-visit"));
    assert!(story.holds("2025-01-02", "child-monthly-visit"));
}

#[test]
fn a_fact_stated_again_is_as_new_as_its_latest_statement() {
    let mut story = Story::default();
    story.granted(&person("20150101"), "orphan", "B1", "2025-01-01");
    story.granted(&person("20150101"), "tekun", "B1", "2025-01-01");
    assert!(!story.holds("2025-01-01", "child-monthly-visit"));
    let id = story.granted(&person("20150101"), "orphan", "B1", "2025-01-01");
    assert!(story.holds("2025-01-01", "child-monthly-visit"));
    let kept = story.events.pop().unwrap();
    assert!(!story.holds("2025-01-01", "child-monthly-visit"));
    story.events.push(kept);
    story.tell_as(
        "r",
        "2001-01-01T00:00:00Z",
        "registry.record.retracted",
        json!({"retracts": id, "reason": "x"}),
    );
    assert!(
        !story.holds("2025-01-01", "child-monthly-visit"),
        "one statement is void, the older one is left"
    );
    assert_eq!(story.subjects("2025-01-01", "missed-old-age-allowance"), Vec::<String>::new());
    assert_eq!(
        story.household("2025-01-01", &number("20150101", 1)),
        format!("person:{}", number("20150101", 1))
    );
}
