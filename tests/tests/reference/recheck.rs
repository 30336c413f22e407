//! Procedure *recheck*: each rule at, below and above its thresholds and days.

use serde_json::json;

use super::story::{Story, number, person};

#[test]
fn home_care_recheck() {
    let (mut story, old) = (Story::default(), person("19500101"));
    let rule = "home-care-recheck";
    story.granted(&old, "home-care", "B1", "2024-08-31");
    assert!(!story.holds("2025-01-28", rule));
    assert_eq!(
        story.occasions("2025-01-29", rule),
        ["B1/2024-08-31"],
        "the month's last, and 30 days before it"
    );
    assert_eq!(story.occasions("2027-01-01", rule), ["B1/2024-08-31"], "until verified");
    let verified = json!({"benefit_id": "B1", "outcome": "ended", "on": "2025-02-01"});
    story.tell("registry.verification.recorded", verified);
    assert!(story.holds("2025-01-31", rule));
    assert!(!story.holds("2025-02-01", rule));
    assert_eq!(story.occasions("2025-07-02", rule), ["B1/2025-02-01"]);
    let again = json!({"benefit_id": "B1", "program": "home-care", "person": old, "monthly_amount": 0,
        "on": "2024-08-31", "verified_on": "2025-07-10"});
    story.tell("registry.benefit.granted", again);
    assert!(story.holds("2025-07-09", rule), "verified later than this day");
    assert!(!story.holds("2025-07-10", rule));
}

#[test]
fn child_monthly_visit() {
    let (mut story, child) = (Story::default(), person("20150101"));
    let rule = "child-monthly-visit";
    let visit =
        |kind: &str, on: &str| json!({"person": person("20150101"), "visit_id": on, "kind": kind, "on": on});
    story.registered(&child, "H1", "2020-01-01");
    story.tell("registry.visit.recorded", visit("child", "2025-01-31"));
    story.granted(&child, "child-in-difficulty", "B1", "2025-01-15");
    assert!(!story.holds("2025-01-14", rule));
    assert_eq!(story.occasions("2025-01-30", rule), ["2025-01"]);
    assert!(!story.holds("2025-01-31", rule));
    story.tell("registry.visit.recorded", visit("elder", "2025-02-01"));
    assert_eq!(story.occasions("2025-02-01", rule), ["2025-02"]);
    story.tell("registry.visit.recorded", visit("child", "2025-02-01"));
    assert!(!story.holds("2025-02-28", rule));
}

#[test]
fn elder_weekly_visits() {
    let (mut story, old) = (Story::default(), person("19400101"));
    let rule = "elder-weekly-visits";
    let visit =
        |id: &str, on: &str| json!({"person": person("19400101"), "visit_id": id, "kind": "elder", "on": on});
    story.granted(&old, "care-visit", "B1", "2024-01-01");
    story.tell("registry.visit.recorded", visit("V0", "2024-12-29"));
    for (id, on) in [("V1", "2024-12-30"), ("V2", "2024-12-30"), ("V3", "2025-01-01")] {
        story.tell("registry.visit.recorded", visit(id, on));
    }
    assert_eq!(story.occasions("2024-12-29", rule), ["2024-W52"]);
    assert_eq!(story.occasions("2025-01-05", rule), ["2025-W01"], "the Sunday before was last week");
    story.tell("registry.visit.recorded", visit("V3", "2025-01-01"));
    assert!(story.holds("2025-01-05", rule), "the same visit stated twice");
    story.tell("registry.visit.recorded", visit("V4", "2025-01-05"));
    assert!(story.holds("2025-01-04", rule));
    assert!(!story.holds("2025-01-05", rule));
    assert_eq!(story.occasions("2025-01-06", rule), ["2025-W02"]);
    story.ended("B1", "2025-01-07");
    assert!(!story.holds("2025-01-07", rule));
}

#[test]
fn dibao_recheck() {
    let rule = "dibao-recheck";
    let (mut story, old, child) = (Story::default(), person("19600101"), person("20150101"));
    story.dibao(&[&old, &child], "D1", "2024-02-29");
    story.expect(rule, &[("2025-01-28", false), ("2025-01-29", true), ("2026-01-29", true)]);
    assert_eq!(story.occasions("2025-01-29", rule), ["D1/2024-02-29"]);
    assert_eq!(story.subjects("2025-01-29", rule), ["program:D1"]);
    story.verified("D1", "2025-01-31");
    story.expect(
        rule,
        &[("2025-01-30", true), ("2025-01-31", false), ("2025-12-31", false), ("2026-01-01", true)],
    );
    assert_eq!(story.occasions("2026-01-01", rule), ["D1/2025-01-31"]);
    story.ended("D1", "2026-01-02");
    story.expect(rule, &[("2026-01-02", false)]);
}

#[test]
fn dibao_recheck_of_who_can_work() {
    let rule = "dibao-recheck";
    let (mut story, adult, old) = (Story::default(), person("19651201"), person("19500101"));
    story.dibao(&[&adult, &old], "D1", "2025-01-31");
    story.expect(
        rule,
        &[("2025-06-30", false), ("2025-07-01", true), ("2025-11-30", true), ("2025-12-01", false)],
    );
    story.certified(&adult, ("visual", 4), "2025-07-10", "2025-07-12");
    story.expect(rule, &[("2025-07-09", true), ("2025-07-12", false), ("2025-07-13", true)]);
    story.dies(&adult, "2025-07-14");
    story.expect(rule, &[("2025-07-14", false), ("2025-12-31", false), ("2026-01-01", true)]);
    let suspended = json!({"benefit_id": "D1", "reason": "x", "on": "2026-01-02"});
    story.tell("registry.benefit.suspended", suspended);
    assert!(story.holds("2026-01-02", rule), "suspended is active");
}

#[test]
fn tekun_recheck() {
    let rule = "tekun-recheck";
    let (mut story, one) = (Story::default(), person("19800101"));
    story.granted(&one, "tekun", "B1", "2024-03-01");
    story.expect(rule, &[("2025-01-29", false), ("2025-01-30", true)]);
    assert_eq!(story.occasions("2025-01-30", rule), ["B1/2024-03-01"]);
    story.verified("B1", "2025-02-01");
    story.expect(
        rule,
        &[("2025-01-31", true), ("2025-02-01", false), ("2026-01-01", false), ("2026-01-02", true)],
    );
    story.ended("B1", "2026-01-03");
    story.expect(rule, &[("2026-01-03", false)]);
}

#[test]
fn rigid_spending_expiry() {
    let rule = "rigid-spending-expiry";
    let (mut story, one, other) = (Story::default(), person("19800101"), person("19810101"));
    story.granted_to(&[&one, &other], "rigid-spending", "D1", "2024-03-01");
    story.verified("D1", "2025-01-15");
    story.expect(rule, &[("2025-01-29", false), ("2025-01-30", true), ("2025-06-01", true)]);
    assert_eq!(
        story.occasions("2025-01-30", rule),
        ["D1/2024-03-01"],
        "the grant counts, not the verification"
    );
    assert_eq!(story.subjects("2025-01-30", rule), ["program:D1"]);
    story.granted_to(&[&one, &other], "rigid-spending", "D1", "2025-02-01");
    story.expect(rule, &[("2025-01-31", true), ("2025-02-01", false), ("2026-01-02", true)]);
    story.ended("D1", "2026-01-03");
    story.expect(rule, &[("2026-01-03", false)]);
}

#[test]
fn certificate_expiry() {
    let rule = "certificate-expiry";
    let (mut story, one) = (Story::default(), person("19800101"));
    story.certified(&one, ("visual", 4), "2020-01-01", "2025-06-30");
    story.expect(rule, &[("2025-01-01", false)]);
    story.granted(&one, "disability-living", "B1", "2020-01-01");
    story.expect(
        rule,
        &[("2024-12-31", false), ("2025-01-01", true), ("2025-06-30", true), ("2025-07-01", false)],
    );
    assert_eq!(story.occasions("2025-01-01", rule), ["2025-06-30"]);
    story.certified(&one, ("visual", 4), "2025-02-01", "2030-01-01");
    story.expect(rule, &[("2025-01-31", true), ("2025-02-01", false)]);
    story.ended("B1", "2025-01-15");
    story.granted(&one, "disability-nursing", "B2", "2025-01-17");
    story.expect(rule, &[("2025-01-16", false), ("2025-01-17", true)]);
}

#[test]
fn quarters_and_half_years_of_a_child() {
    let (mut story, child) = (Story::default(), person("20150101"));
    story.granted(&child, "unattended-child", "B1", "2024-12-31");
    story.ended("B1", "2026-01-01");
    for (day, quarter, half) in [
        ("2024-12-31", "2024-Q4", "2024-H2"),
        ("2025-01-01", "2025-Q1", "2025-H1"),
        ("2025-03-31", "2025-Q1", "2025-H1"),
        ("2025-04-01", "2025-Q2", "2025-H1"),
        ("2025-06-30", "2025-Q2", "2025-H1"),
        ("2025-07-01", "2025-Q3", "2025-H2"),
        ("2025-10-01", "2025-Q4", "2025-H2"),
    ] {
        assert_eq!(story.occasions(day, "child-quarterly-comparison"), [quarter], "{day}");
        assert_eq!(story.occasions(day, "child-half-year-sweep"), [half], "{day}");
    }
    for rule in ["child-quarterly-comparison", "child-half-year-sweep"] {
        story.expect(rule, &[("2024-12-30", false), ("2026-01-01", false)]);
    }
    story.granted(&child, "tekun", "B2", "2026-01-01");
    story.expect("child-half-year-sweep", &[("2026-01-01", false)]);
    story.granted(&child, "orphan", "B3", "2026-01-02");
    story.granted(&child, "child-in-difficulty", "B4", "2026-01-02");
    assert_eq!(story.occasions("2026-01-02", "child-quarterly-comparison"), ["2026-Q1"]);
}

#[test]
fn long_silence() {
    let rule = "long-silence";
    let (mut story, old) = (Story::default(), person("19340615"));
    story.granted(&old, "care-visit", "B1", "2023-01-01");
    story.expect(rule, &[("2024-06-14", false), ("2024-06-15", true)]);
    assert_eq!(story.occasions("2024-06-15", rule), ["2023-01-01"]);
    let visit = json!({"visit_id": "V1", "kind": "elder"});
    story.of("registry.visit.recorded", &old, "2024-06-15", visit);
    story.expect(rule, &[("2024-06-15", false), ("2025-06-14", false), ("2025-06-15", true)]);
    assert_eq!(story.occasions("2025-06-15", rule), ["2024-06-15"]);
    let related = json!({"related": old, "kind": "parent"});
    story.of("police.relation.recorded", &person("19600101"), "2024-07-01", related);
    assert_eq!(story.occasions("2025-07-01", rule), ["2024-07-01"], "in any role");
    story.verified("B1", "2024-08-01");
    story.expect(rule, &[("2025-07-31", false), ("2025-08-01", true)]);
    let held = json!({"id_number": number("19340615", 1), "name": "乙"});
    story.of("registry.cremation.recorded", &held, "2024-09-01", json!({}));
    story.expect(rule, &[("2025-08-01", true)]);
    story.ended("B1", "2025-08-02");
    story.expect(rule, &[("2025-08-02", false)]);
}

#[test]
fn long_silence_and_a_verification_of_an_ended_benefit() {
    let rule = "long-silence";
    let (mut story, old) = (Story::default(), person("19300615"));
    story.granted(&old, "care-visit", "B1", "2023-01-01");
    story.granted(&old, "home-care", "B2", "2023-01-01");
    story.ended("B2", "2023-02-01");
    assert_eq!(story.occasions("2024-06-01", rule), ["2023-01-01"], "the end of a benefit names nobody");
    story.verified("B2", "2023-03-01");
    assert_eq!(story.occasions("2024-06-01", rule), ["2023-03-01"]);
    story.dibao(&[&old, &person("19600101")], "D1", "2022-01-01");
    let changed = json!({"benefit_id": "D1", "members": [person("19600101")], "on": "2022-02-01"});
    story.tell("registry.benefit.changed", changed);
    story.verified("D1", "2023-04-01");
    assert_eq!(story.occasions("2024-06-01", rule), ["2023-03-01"], "its newest list does not name them");
}
