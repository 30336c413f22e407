//! Procedure *entitlement*: each rule at, below and above its thresholds and days.

use serde_json::json;

use super::story::{Story, number, person};

#[test]
fn missed_old_age_allowance() {
    let rule = "missed-old-age-allowance";
    for (birth, from) in [("19450310", "2025-03-10"), ("19440229", "2024-02-29")] {
        let mut story = Story::default();
        story.registered(&person(birth), "H1", "2020-01-01");
        let day: jiff::civil::Date = from.parse().unwrap();
        assert!(!story.holds(&day.yesterday().unwrap().to_string(), rule), "{birth}");
        assert_eq!(story.occasions(from, rule), ["age-80"], "{birth}");
    }
    let (mut story, old) = (Story::default(), person("19400229"));
    assert!(!story.holds("2025-01-01", rule));
    let home = |division: &str, on: &str| {
        json!({"person": person("19400229"), "household_no": "H1", "relation_to_head": "head",
            "division_code": division, "on": on})
    };
    story.tell("police.household.moved", home("320684101200", "2025-01-01"));
    assert!(story.holds("2025-01-01", rule), "a former code of the district");
    story.tell("police.household.moved", home("320612101200", "2025-01-02"));
    assert!(!story.holds("2025-01-02", rule));
    story.tell("police.household.moved", home("329026101200", "2025-01-03"));
    let cancelled = json!({"person": old, "reason": "emigrated", "on": "2025-01-04"});
    story.tell("police.registration.cancelled", cancelled);
    assert!(story.holds("2025-01-03", rule));
    assert!(!story.holds("2025-01-04", rule), "not registered any more");
    story.granted(&old, "old-age-allowance", "B1", "2025-01-03");
    assert!(!story.holds("2025-01-03", rule));
}

#[test]
fn missed_disability_living() {
    let rule = "missed-disability-living";
    let (mut story, one) = (Story::default(), person("20150101"));
    story.certified(&one, ("visual", 4), "2025-01-01", "2025-12-31");
    story.expect(rule, &[("2025-02-01", false)]);
    story.dibao(&[&one, &person("19800101")], "D1", "2024-01-01");
    story.expect(
        rule,
        &[("2024-12-31", false), ("2025-01-01", true), ("2025-12-31", true), ("2026-01-01", false)],
    );
    assert_eq!(story.occasions("2025-01-01", rule), ["disability-living"]);
    assert_eq!(story.subjects("2025-01-01", rule), [number("20150101", 1)]);
    let shut_out = ["disability-living", "tekun", "orphan", "unattended-child"];
    for (nth, program) in
        shut_out.into_iter().chain(["disability-nursing", "child-in-difficulty"]).enumerate()
    {
        let mut story = Story { events: story.events.clone(), ..Story::default() };
        story.granted(&one, program, "B1", "2025-02-02");
        story.ended("B1", "2025-02-04");
        story.expect(rule, &[("2025-02-01", true), ("2025-02-03", nth > 3), ("2025-02-04", true)]);
    }
    let nursing = "social-security.injury-nursing";
    story.of(&format!("{nursing}.started"), &one, "2025-03-01", json!({"monthly_amount": 1}));
    story.of(&format!("{nursing}.stopped"), &one, "2025-03-03", json!({}));
    story.expect(rule, &[("2025-03-02", false), ("2025-03-03", true)]);
    story.ended("D1", "2025-04-01");
    story.granted_to(&[&one], "dibao-edge", "D2", "2025-04-01");
    story.expect(rule, &[("2025-03-31", true), ("2025-04-01", false)]);
}

#[test]
fn missed_disability_nursing() {
    let rule = "missed-disability-nursing";
    for (grade, holds) in [(1, true), (2, true), (3, false)] {
        let (mut story, one) = (Story::default(), person("20150101"));
        story.certified(&one, ("visual", grade), "2025-01-01", "2025-12-31");
        story.expect(
            rule,
            &[("2024-12-31", false), ("2025-01-01", holds), ("2025-12-31", holds), ("2026-01-01", false)],
        );
        if holds {
            assert_eq!(story.occasions("2025-01-01", rule), ["disability-nursing"]);
        }
        for program in ["disability-nursing", "tekun", "disability-living", "orphan"] {
            let mut story = Story { events: story.events.clone(), ..Story::default() };
            story.granted(&one, program, "B1", "2025-02-02");
            let shut_out = ["disability-nursing", "tekun"].contains(&program);
            story.expect(rule, &[("2025-02-01", holds), ("2025-02-02", holds && !shut_out)]);
        }
        let more = json!({"monthly_amount": 1});
        story.of("social-security.injury-nursing.started", &one, "2025-03-01", more);
        story.expect(rule, &[("2025-02-28", holds), ("2025-03-01", false)]);
    }
}

#[test]
fn uninsured_recipient() {
    let rule = "uninsured-recipient";
    let (mut story, one, other) = (Story::default(), person("19800101"), person("19810101"));
    story.registered(&one, "H1", "2020-01-01");
    story.registered(&other, "H1", "2020-01-01");
    story.expect(rule, &[("2025-01-01", false)]);
    story.granted(&other, "tekun", "B1", "2025-01-01");
    story.expect(rule, &[("2024-12-31", false), ("2025-01-01", true)]);
    assert_eq!(story.occasions("2025-01-01", rule), ["insurance", "insurance"]);
    let (start, stop) = ("medical-insurance.enrolment.started", "medical-insurance.enrolment.stopped");
    story.of(start, &other, "2025-01-02", json!({"insutype": "390"}));
    assert_eq!(story.subjects("2025-01-02", rule), [number("19800101", 1)]);
    story.of(start, &one, "2025-01-03", json!({"insutype": "310"}));
    story.expect(rule, &[("2025-01-03", false)]);
    story.of(stop, &one, "2025-01-04", json!({"insutype": "390"}));
    story.expect(rule, &[("2025-01-04", false)]);
    story.of(stop, &one, "2025-01-05", json!({"insutype": "310"}));
    story.expect(rule, &[("2025-01-05", true)]);
    story.ended("B1", "2025-01-06");
    story.expect(rule, &[("2025-01-06", false)]);
}

#[test]
fn newborn_not_counted() {
    let rule = "newborn-not-counted";
    let (mut story, mother, father) = (Story::default(), person("19900101"), person("19880101"));
    story.dibao(&[&mother, &father], "D1", "2024-12-31");
    story.of("health.birth.certified", &mother, "2025-01-01", json!({"child": {"name": "小宝"}}));
    story.expect(
        rule,
        &[("2024-12-31", false), ("2025-01-01", true), ("2025-06-29", true), ("2025-06-30", false)],
    );
    assert_eq!(story.occasions("2025-01-01", rule), ["2025-01-01"]);
    assert_eq!(story.subjects("2025-01-01", rule), ["program:D1"]);
    story.dies(&mother, "2025-01-02");
    assert!(story.holds("2025-01-02", rule), "births include those of the dead");
    story.of("health.birth.certified", &father, "2025-01-05", json!({"child": {"name": "二宝"}}));
    assert_eq!(story.occasions("2025-01-05", rule), ["2025-01-01", "2025-01-05"]);
    let changed = json!({"benefit_id": "D1", "monthly_amount": 9, "on": "2025-01-06"});
    story.tell("registry.benefit.changed", changed);
    assert!(story.holds("2025-01-06", rule), "a change without a list");
    let changed = json!({"benefit_id": "D1", "members": [father], "on": "2025-01-01"});
    story.tell("registry.benefit.changed", changed);
    assert_eq!(
        story.occasions("2025-01-07", rule),
        ["2025-01-05"],
        "a list of the very day is not before it"
    );
    story.ended("D1", "2025-01-08");
    story.granted_to(&[&father], "dibao-edge", "D2", "2024-01-01");
    story.expect(rule, &[("2025-01-07", true), ("2025-01-08", false)]);
}
