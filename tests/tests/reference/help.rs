//! Procedure *help*: each rule at, below and above its thresholds and days.

use serde_json::json;

use super::story::{Story, number, person};

#[test]
fn high_yearly_self_pay() {
    let (mut story, ill) = (Story::default(), person("19800101"));
    story.settled(&ill, "S0", 9_999.0, "2024-12-31");
    story.settled(&ill, "S1", 19_999.99, "2025-01-01");
    assert!(!story.holds("2025-03-01", "high-yearly-self-pay"));
    story.settled(&ill, "S2", 0.01, "2025-02-01");
    assert!(!story.holds("2025-01-31", "high-yearly-self-pay"));
    assert_eq!(story.occasions("2025-02-01", "high-yearly-self-pay"), ["2025"]);
    assert!(!story.holds("2026-01-01", "high-yearly-self-pay"));
    story.settled(&ill, "S1", 100.0, "2025-03-01");
    assert!(!story.holds("2025-03-01", "high-yearly-self-pay"), "the newest of one setl_id counts");
    assert!(story.holds("2025-02-28", "high-yearly-self-pay"));
    story.settled(&ill, "S3", 30_000.0, "2025-04-01");
    let reversal = json!({"person": ill, "setl_id": "S3", "on": "2025-04-03"});
    story.tell("medical-insurance.settlement.reversed", reversal);
    assert!(story.holds("2025-04-02", "high-yearly-self-pay"));
    assert!(!story.holds("2025-04-03", "high-yearly-self-pay"));
}

#[test]
fn high_yearly_self_pay_in_a_low_income_household() {
    let (mut story, ill, poor) = (Story::default(), person("19800101"), person("19800202"));
    story.registered(&ill, "H1", "2020-01-01");
    story.registered(&poor, "H1", "2020-01-01");
    story.settled(&ill, "S1", 5_000.0, "2025-01-01");
    assert!(!story.holds("2025-02-01", "high-yearly-self-pay"));
    story.granted(&poor, "tekun", "B1", "2025-02-02");
    assert!(!story.holds("2025-02-01", "high-yearly-self-pay"));
    assert!(story.holds("2025-02-02", "high-yearly-self-pay"), "a member has tekun");
    story.settled(&ill, "S1", 4_999.99, "2025-02-03");
    assert!(!story.holds("2025-02-03", "high-yearly-self-pay"));
    story.settled(&ill, "S1", 5_000.0, "2025-02-04");
    story.dies(&poor, "2025-02-05");
    assert!(story.holds("2025-02-04", "high-yearly-self-pay"));
    assert!(!story.holds("2025-02-05", "high-yearly-self-pay"), "it must be a living member");
}

#[test]
fn unemployment_benefit_exhausted() {
    let (mut story, jobless) = (Story::default(), person("19800101"));
    let end = |reason: &str, on: &str| json!({"person": person("19800101"), "reason": reason, "on": on});
    story.tell("social-security.unemployment.benefit-ended", end("exhausted", "2025-01-01"));
    let rule = "unemployment-benefit-exhausted";
    assert!(!story.holds("2025-01-30", rule));
    assert_eq!(story.occasions("2025-01-31", rule), ["2025-01-01"]);
    assert!(story.holds("2026-01-01", rule), "365 days ago");
    assert!(!story.holds("2026-01-02", rule));
    story.tell("social-security.wage.reported", json!({"person": jobless, "month": "2025-03", "amount": 0}));
    assert!(story.holds("2025-02-28", rule));
    assert!(!story.holds("2025-03-01", rule), "employed by a wage");
    assert!(!story.holds("2025-05-31", rule), "one of the 2 months before");
    assert!(story.holds("2025-06-01", rule));
    let id = story.pension(&jobless, 1.0, "2025-06-02");
    assert!(!story.holds("2025-06-02", rule));
    story.retract("social-security", &id);
    assert!(story.holds("2025-06-02", rule));
    let insured = json!({"person": jobless, "scheme": "flexible", "on": "2025-06-01"});
    story.tell("social-security.insurance.started", insured);
    assert!(story.holds("2025-06-02", rule), "flexible insurance is no employment");
    let insured = json!({"person": jobless, "scheme": "employee", "on": "2025-06-03"});
    story.tell("social-security.insurance.started", insured);
    assert!(!story.holds("2025-06-03", rule));
    let stopped = json!({"person": jobless, "scheme": "employee", "reason": "x", "on": "2025-06-03"});
    story.tell("social-security.insurance.stopped", stopped);
    assert!(story.holds("2025-06-03", rule), "stopped later on the same day");
    story.tell("social-security.unemployment.benefit-ended", end("re-employed", "2025-07-01"));
    story.expect(rule, &[("2025-06-30", true), ("2025-08-15", false)]);
    story.tell("social-security.unemployment.benefit-ended", end("exhausted", "2025-07-02"));
    assert!(story.holds("2025-08-15", rule), "the newest event is such an end again");
    let more = json!({"monthly_amount": 1, "until": "2025-07-04"});
    story.of("social-security.unemployment.benefit-started", &jobless, "2025-07-03", more);
    assert!(!story.holds("2025-08-15", rule), "the newest event is a start");
}

#[test]
fn unemployment_benefit_exhausted_at_working_age() {
    for (birth, is_true) in [("20090301", true), ("20090302", false), ("19650302", true), ("19650301", false)]
    {
        let mut story = Story::default();
        let data = json!({"person": person(birth), "reason": "exhausted", "on": "2025-01-01"});
        story.tell("social-security.unemployment.benefit-ended", data);
        assert_eq!(story.holds("2025-03-01", "unemployment-benefit-exhausted"), is_true, "{birth}");
    }
}

#[test]
fn orphan() {
    let (mut story, child) = (Story::default(), person("20070301"));
    let (father, mother) = (person("19700101"), person("19710101"));
    let parent = |parent, on: &str| json!({"person": person("20070301"), "related": parent, "kind": "parent", "on": on});
    story.registered(&child, "H1", "2010-01-01");
    assert!(!story.holds("2025-02-01", "orphan"), "no recorded parents");
    story.tell("police.relation.recorded", parent(&father, "2010-01-01"));
    story.dies(&father, "2025-01-01");
    assert!(!story.holds("2024-12-31", "orphan"));
    assert_eq!(story.occasions("2025-01-01", "orphan"), ["orphan"]);
    story.tell("police.relation.recorded", parent(&mother, "2025-01-10"));
    assert!(story.holds("2025-01-09", "orphan"));
    assert!(!story.holds("2025-01-10", "orphan"), "a living parent");
    story.dies(&mother, "2025-01-20");
    assert!(story.holds("2025-02-28", "orphan"), "the day before the birthday");
    assert!(!story.holds("2025-03-01", "orphan"), "18 today");
    let guardian =
        json!({"person": child, "related": person("19300101"), "kind": "guardian", "on": "2020-01-01"});
    story.tell("police.relation.recorded", guardian);
    assert!(story.holds("2025-02-28", "orphan"), "a guardian is no parent");
    story.granted(&child, "orphan", "B1", "2025-02-01");
    assert!(!story.holds("2025-02-28", "orphan"));
}

#[test]
fn somebody_born_on_a_leap_day_is_a_year_older_on_1_march() {
    let mut story = Story::default();
    let data = json!({"person": person("20080229"), "related": person("19700101"), "kind": "parent", "on": "2020-01-01"});
    story.tell("police.relation.recorded", data);
    story.dies(&person("19700101"), "2021-01-01");
    assert!(story.holds("2026-02-28", "orphan"), "still 17");
    assert!(!story.holds("2026-03-01", "orphan"));
}

/// Two people of one police household.
fn couple(story: &mut Story) -> (serde_json::Value, serde_json::Value) {
    let (one, other) = (person("19800101"), person("19810101"));
    story.registered(&one, "H1", "2020-01-01");
    story.registered(&other, "H1", "2020-01-01");
    (one, other)
}

#[test]
fn rigid_medical_spending() {
    let rule = "rigid-medical-spending";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.settled(&one, "S1", 2_500.0, "2024-07-01");
    story.settled(&other, "S2", 2_499.99, "2025-06-30");
    story.expect(rule, &[("2025-06-30", false)]);
    story.settled(&one, "S3", 0.01, "2025-06-30");
    story.expect(rule, &[("2025-06-29", false), ("2025-06-30", true), ("2025-07-01", false)]);
    assert_eq!(story.occasions("2025-06-30", rule), ["2025"]);
    assert_eq!(story.subjects("2025-06-30", rule), ["police:H1"]);
    story.dies(&other, "2025-06-30");
    story.expect(rule, &[("2025-06-30", true)]);
    story.pension(&other, 9_999.0, "2025-01-01");
    story.expect(rule, &[("2025-06-29", false), ("2025-06-30", true)]);
    story.dies(&one, "2025-06-30");
    assert!(!story.holds("2025-06-30", rule), "nobody of the household lives");
}

#[test]
fn rigid_medical_spending_beside_the_income() {
    let rule = "rigid-medical-spending";
    // 60 % of 12 months of 1,000.00 are 7,200.00.
    for (paid, holds) in [(7_199.99, false), (7_200.0, true)] {
        let mut story = Story::default();
        let (one, other) = couple(&mut story);
        story.settled(&one, "S1", paid, "2025-01-10");
        story.pension(&one, 600.0, "2025-01-01");
        story.wage(&other, "2025-01", 300.0);
        let more = json!({"monthly_amount": 100, "until": "2025-05-31"});
        story.of("social-security.unemployment.benefit-started", &other, "2025-01-01", more);
        story.expect(rule, &[("2025-04-30", holds), ("2025-06-01", true)]);
        story.granted(&other, "tekun", "B1", "2025-06-02");
        story.expect(rule, &[("2025-06-01", true), ("2025-06-02", false)]);
    }
    let mut story = Story::default();
    let (one, _) = couple(&mut story);
    story.settled(&one, "S1", 5_000.0, "2024-02-29");
    story.expect(rule, &[("2025-02-27", true), ("2025-02-28", true), ("2025-03-01", false)]);
    let mut story = Story::default();
    let (one, _) = couple(&mut story);
    story.settled(&one, "S1", 5_000.0, "2023-02-28");
    story.expect(rule, &[("2024-02-28", false), ("2024-02-27", true)]);
    assert_eq!(story.occasions("2023-12-31", rule), ["2023"]);
    assert_eq!(story.occasions("2024-01-01", rule), ["2024"], "the year of the day and not of the bill");
}

#[test]
fn costly_hospital_stay() {
    let rule = "costly-hospital-stay";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.settled(&one, "S1", 10_000.0, "2025-01-01");
    story.settled(&one, "S2", 9_999.99, "2025-01-01");
    let mut outpatient = story.events[3]["data"].clone();
    (outpatient["setl_id"], outpatient["psn_part_amt"]) = (json!("S3"), json!(20_000));
    for kind in ["outpatient", "special"] {
        outpatient["med_type"] = json!(kind);
        story.tell("medical-insurance.settlement.settled", outpatient.clone());
    }
    story.expect(
        rule,
        &[("2024-12-31", false), ("2025-01-01", true), ("2025-03-31", true), ("2025-04-01", false)],
    );
    assert_eq!(story.occasions("2025-01-01", rule), ["S1"]);
    assert_eq!(story.subjects("2025-01-01", rule), [number("19800101", 1)]);
    story.granted(&other, "tekun", "B1", "2025-01-02");
    assert_eq!(story.occasions("2025-01-02", rule), ["S1", "S2"]);
    story.settled(&one, "S2", 5_999.99, "2025-01-03");
    story.settled(&one, "S4", 6_000.0, "2025-01-03");
    assert_eq!(story.occasions("2025-01-03", rule), ["S1", "S4"]);
    story.of("medical-insurance.settlement.reversed", &one, "2025-01-04", json!({"setl_id": "S1"}));
    assert_eq!(story.occasions("2025-01-04", rule), ["S4"]);
}

#[test]
fn long_unemployed() {
    let rule = "long-unemployed";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    let registered = "social-security.unemployment.registered";
    story.of(registered, &one, "2025-01-01", json!({}));
    story.of(registered, &one, "2025-03-01", json!({}));
    story.expect(rule, &[("2025-03-31", false), ("2025-04-01", true)]);
    assert_eq!(story.occasions("2025-04-01", rule), ["2025-01-01"], "the first start of the open spell");
    let more = json!({"monthly_amount": 1, "until": "2025-04-20"});
    story.of("social-security.unemployment.benefit-started", &one, "2025-04-02", more);
    story.expect(rule, &[("2025-04-20", false), ("2025-04-21", true)]);
    story.insured(&one, "2025-05-01");
    story.insurance_stopped(&one, "employee", "2025-05-03");
    story.expect(rule, &[("2025-04-30", true), ("2025-05-02", false), ("2025-05-03", true)]);
    story.granted(&other, "tekun", "B1", "2025-06-01");
    story.ended("B1", "2025-06-03");
    story.expect(rule, &[("2025-06-02", false), ("2025-06-03", true)]);
    story.of("social-security.unemployment.deregistered", &one, "2025-06-04", json!({}));
    story.of(registered, &one, "2025-06-05", json!({}));
    story.expect(rule, &[("2025-06-04", false), ("2025-09-02", false), ("2025-09-03", true)]);
    for (birth, holds) in [("20090401", true), ("20090402", false), ("19650402", true), ("19650401", false)] {
        let mut story = Story::default();
        story.of(registered, &person(birth), "2025-01-01", json!({}));
        story.expect(rule, &[("2025-04-01", holds)]);
    }
}

#[test]
fn major_illness() {
    let rule = "major-illness";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    let diagnosis = |category: &str| json!({"icd10": "C34.1", "category": category});
    story.of("health.diagnosis.recorded", &other, "2025-01-01", diagnosis("tuberculosis"));
    story.of("health.diagnosis.recorded", &other, "2025-01-01", diagnosis("severe-mental-disorder"));
    story.expect(rule, &[("2025-01-01", false)]);
    story.of("health.diagnosis.recorded", &one, "2025-01-01", diagnosis("major-illness"));
    story.expect(rule, &[("2025-01-01", true), ("2025-03-01", true), ("2025-03-02", false)]);
    assert_eq!(story.occasions("2025-01-01", rule), ["major-illness"]);
    story.granted_to(&[&one], "rigid-spending", "D1", "2025-01-02");
    story.expect(rule, &[("2025-01-01", true), ("2025-01-02", false)]);
}

#[test]
fn severe_mental_disorder() {
    let rule = "severe-mental-disorder";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    let more = |category: &str| json!({"icd10": "F20.0", "category": category});
    story.of("health.diagnosis.recorded", &other, "2004-01-01", more("major-illness"));
    story.of("health.diagnosis.recorded", &one, "2005-01-01", more("severe-mental-disorder"));
    story.expect(rule, &[("2004-12-31", false), ("2005-01-01", true), ("2025-01-01", true)]);
    assert_eq!(story.occasions("2025-01-01", rule), ["severe-mental-disorder"]);
    for (nth, program) in
        ["dibao", "tekun", "dibao-edge", "rigid-spending", "care-visit"].into_iter().enumerate()
    {
        let id = format!("B{nth}");
        let (from, to) = (format!("2025-02-0{}", nth + 1), format!("2025-02-0{}", nth + 2));
        if ["tekun", "care-visit"].contains(&program) {
            story.granted(&other, program, &id, &from);
        } else {
            story.granted_to(&[&one, &other], program, &id, &from);
        }
        story.ended(&id, &to);
        story.expect(rule, &[(&from, nth > 2), ("2025-03-01", true)]);
    }
}

#[test]
fn frail_elder_without_care() {
    let rule = "frail-elder-without-care";
    let (mut story, old) = (Story::default(), person("19650615"));
    let level = |story: &mut Story, level: u8, on: &str| {
        story.of("health.ability.assessed", &person("19650615"), on, json!({"level": level}));
    };
    level(&mut story, 2, "2025-01-01");
    story.expect(rule, &[("2025-06-14", false), ("2025-06-15", true)]);
    assert_eq!(story.occasions("2025-06-15", rule), ["frail-elder"]);
    level(&mut story, 1, "2025-07-01");
    level(&mut story, 4, "2025-07-02");
    story.expect(rule, &[("2025-07-01", false), ("2025-07-02", true)]);
    story.granted(&old, "home-care", "B1", "2025-07-03");
    story.ended("B1", "2025-07-05");
    story.expect(rule, &[("2025-07-04", false), ("2025-07-05", true)]);
    let more = json!({"level": "2", "mode": "home", "monthly_amount": 1});
    story.of("medical-insurance.long-term-care.approved", &old, "2025-07-06", more);
    story.of("medical-insurance.long-term-care.ended", &old, "2025-07-08", json!({}));
    story.expect(rule, &[("2025-07-07", false), ("2025-07-08", true)]);
    story.granted(&old, "care-visit", "B2", "2025-07-09");
    story.expect(rule, &[("2025-07-09", true)]);
}

/// A child of two: one parent is dead. The other is what the test makes of them.
fn half_orphan() -> (Story, serde_json::Value, serde_json::Value) {
    let mut story = Story::default();
    let (child, father, mother) = (person("20070901"), person("19800101"), person("19810101"));
    story.parent(&child, &father);
    story.parent(&child, &mother);
    story.dies(&father, "2024-01-01");
    (story, child, mother)
}

#[test]
fn unattended_child_by_what_a_parent_does() {
    let rule = "unattended-child";
    let (mut story, _, mother) = half_orphan();
    story.expect(rule, &[("2025-06-30", false)]);
    story.of("police.missing.reported", &mother, "2025-01-01", json!({}));
    story.of("police.missing.reported", &mother, "2025-02-01", json!({}));
    story.expect(rule, &[("2025-06-29", false), ("2025-06-30", true)]);
    assert_eq!(story.occasions("2025-06-30", rule), ["unattended-child"]);
    assert_eq!(story.subjects("2025-06-30", rule), [number("20070901", 1)]);
    story.of("police.missing.closed", &mother, "2025-07-01", json!({}));
    story.expect(rule, &[("2025-07-01", false)]);

    let (mut story, _, mother) = half_orphan();
    story.taken(&mother, "detention", "2025-01-01");
    story.expect(rule, &[("2025-06-29", false), ("2025-06-30", true)]);
    story.released(&mother, "2025-07-01");
    story.expect(rule, &[("2025-07-01", false)]);

    for (until, holds) in [("2025-06-29", false), ("2025-06-30", true)] {
        let (mut story, _, mother) = half_orphan();
        let more = json!({"kind": "arrest", "expected_until": until});
        story.of("police.custody.started", &mother, "2025-01-01", more);
        story.expect(rule, &[("2024-12-31", false), ("2025-01-01", holds)]);
        let more = json!({"kind": "imprisonment", "expected_until": "2025-03-01"});
        story.of("police.custody.started", &mother, "2025-01-05", more);
        story.expect(rule, &[("2025-01-05", false), ("2025-06-30", true)]);
    }
}

#[test]
fn unattended_child_by_a_parents_certificate() {
    let rule = "unattended-child";
    for (category, grade, holds) in [
        ("visual", 1, true),
        ("physical", 2, true),
        ("physical", 3, false),
        ("multiple", 3, false),
        ("mental", 3, true),
        ("intellectual", 3, true),
        ("mental", 4, false),
    ] {
        let (mut story, _, mother) = half_orphan();
        story.certified(&mother, (category, grade), "2025-01-01", "2025-03-01");
        story.expect(rule, &[("2024-12-31", false), ("2025-03-01", holds), ("2025-03-02", false)]);
        story.certified(&mother, ("visual", 4), "2025-02-01", "2026-01-01");
        story.expect(rule, &[("2025-01-31", holds), ("2025-02-01", false)]);
    }
}

#[test]
fn unattended_child_counts_parents_and_benefits() {
    let rule = "unattended-child";
    let (mut story, child, mother) = half_orphan();
    story.certified(&mother, ("mental", 2), "2025-01-01", "2030-01-01");
    story.expect(rule, &[("2025-08-31", true), ("2025-09-01", false)]);
    story.dies(&mother, "2025-02-01");
    story.expect(rule, &[("2025-01-31", true), ("2025-02-01", false)]);
    for (program, holds) in [("child-in-difficulty", true), ("orphan", false), ("unattended-child", false)] {
        let mut story = Story { events: story.events.clone(), ..Story::default() };
        story.granted(&child, program, "B1", "2025-01-15");
        story.expect(rule, &[("2025-01-14", true), ("2025-01-15", holds)]);
    }
    let third = person("19820101");
    story.parent(&child, &third);
    story.expect(rule, &[("2025-01-31", false)]);
    story.dies(&third, "2025-02-01");
    assert!(!story.holds("2025-02-01", rule), "all three are dead");

    let (mut story, child, mother) = (Story::default(), person("20150101"), person("19810101"));
    story.parent(&child, &mother);
    story.certified(&mother, ("mental", 2), "2025-01-01", "2030-01-01");
    assert!(!story.holds("2025-02-01", rule), "only one recorded parent");
    let guardian = json!({"related": person("19500101"), "kind": "guardian"});
    story.of("police.relation.recorded", &child, "2020-01-01", guardian);
    story.dies(&person("19500101"), "2021-01-01");
    assert!(!story.holds("2025-02-01", rule), "a guardian is no parent");
}

#[test]
fn child_parent_event() {
    let rule = "child-parent-event";
    for kind in ["health.death.certified", "police.custody.started", "police.missing.reported"] {
        let (mut story, child) = (Story::default(), person("20150101"));
        let (father, mother) = (person("19800101"), person("19810101"));
        story.parent(&child, &father);
        let more = json!({"certificate_no": "1", "kind": "detention"});
        story.of(kind, &father, "2025-01-01", more);
        let alone = kind != "health.death.certified";
        story.expect(rule, &[("2024-12-31", false), ("2025-01-01", alone)]);
        assert_eq!(story.holds("2025-01-01", "orphan"), !alone);
        story.parent(&child, &mother);
        story.released(&father, "2025-01-10");
        story.of("police.missing.closed", &father, "2025-01-10", json!({}));
        story.expect(rule, &[("2025-01-01", true), ("2025-03-31", true), ("2025-04-01", false)]);
        assert_eq!(story.occasions("2025-01-01", rule), ["parent-event"]);
        story.granted(&child, "child-in-difficulty", "B1", "2025-02-01");
        story.expect(rule, &[("2025-01-31", true), ("2025-02-01", false)]);
    }
}

#[test]
fn child_parent_event_gives_way_to_unattended_child() {
    let rule = "child-parent-event";
    let (mut story, child, mother) = half_orphan();
    story.of("police.missing.reported", &mother, "2025-01-01", json!({}));
    story.expect(rule, &[("2025-01-01", true)]);
    story.certified(&mother, ("visual", 1), "2025-01-05", "2025-01-09");
    story.expect(rule, &[("2025-01-04", true), ("2025-01-05", false), ("2025-01-10", true)]);
    story.granted(&child, "unattended-child", "B1", "2025-01-06");
    assert!(!story.holds("2025-01-06", rule), "unattended-child is not true, but a benefit is active");
    story.expect("unattended-child", &[("2025-01-06", false)]);
    let (mut story, _, mother) = half_orphan();
    story.of("police.missing.reported", &mother, "2025-08-01", json!({}));
    story.expect(rule, &[("2025-08-31", true), ("2025-09-01", false)]);
    let (mut story, child) = (Story::default(), person("20150101"));
    let spouse = json!({"related": person("19800101"), "kind": "spouse"});
    story.of("police.relation.recorded", &child, "2020-01-01", spouse);
    story.taken(&person("19800101"), "arrest", "2025-01-01");
    story.expect(rule, &[("2025-01-01", false)]);
}

#[test]
fn elder_living_alone() {
    let rule = "elder-living-alone";
    let (mut story, old, other) = (Story::default(), person("19450615"), person("19800101"));
    story.expect(rule, &[("2025-06-15", false)]);
    story.registered(&old, "H1", "2020-01-01");
    story.expect(rule, &[("2025-06-14", false), ("2025-06-15", true)]);
    assert_eq!(story.occasions("2025-06-15", rule), ["living-alone"]);
    story.registered(&other, "H1", "2025-07-01");
    story.dies(&other, "2025-07-03");
    story.expect(rule, &[("2025-07-01", false), ("2025-07-02", false), ("2025-07-03", true)]);
    story.granted(&old, "care-visit", "B1", "2025-07-04");
    story.ended("B1", "2025-07-06");
    story.expect(rule, &[("2025-07-05", false), ("2025-07-06", true)]);
    story.dibao(&[&old, &person("19810101")], "D1", "2025-07-07");
    assert!(
        story.holds("2025-07-07", rule),
        "co-residents are of the police household, whatever programs say"
    );
    story.of("police.registration.cancelled", &old, "2025-07-08", json!({"reason": "duplicate"}));
    assert!(!story.holds("2025-07-08", rule), "in no police household");
}

#[test]
fn released_without_work() {
    let rule = "released-without-work";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.taken(&one, "imprisonment", "2020-01-01");
    story.released(&one, "2025-01-01");
    story.expect(
        rule,
        &[("2025-01-14", false), ("2025-01-15", true), ("2025-06-30", true), ("2025-07-01", false)],
    );
    assert_eq!(story.occasions("2025-01-15", rule), ["2025-01-01"]);
    story.granted(&other, "tekun", "B1", "2025-01-16");
    story.expect(rule, &[("2025-01-16", true)]);
    story.granted(&one, "tekun", "B2", "2025-01-17");
    story.ended("B2", "2025-01-19");
    story.expect(rule, &[("2025-01-18", false), ("2025-01-19", true)]);
    story.dibao(&[&one], "D1", "2025-01-20");
    story.ended("D1", "2025-01-22");
    story.expect(rule, &[("2025-01-21", false), ("2025-01-22", true)]);
    story.insured(&one, "2025-02-01");
    story.insurance_stopped(&one, "employee", "2025-02-03");
    story.expect(rule, &[("2025-02-02", false), ("2025-02-03", true)]);
    story.taken(&one, "detention", "2025-03-01");
    story.released(&one, "2025-03-02");
    story.expect(
        rule,
        &[("2025-02-28", true), ("2025-03-01", false), ("2025-03-15", false), ("2025-03-16", true)],
    );
    story.taken(&one, "detention", "2025-04-01");
    story.expect(rule, &[("2025-03-31", true), ("2025-05-01", false)]);
    for (birth, holds) in [("20090201", true), ("20090202", false), ("19650202", true), ("19650201", false)] {
        let mut story = Story::default();
        story.released(&person(birth), "2025-01-01");
        story.expect(rule, &[("2025-02-01", holds)]);
    }
}

#[test]
fn exit_watch_after_a_program_ended() {
    let rule = "exit-watch";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.granted_to(&[&one], "dibao-edge", "D1", "2023-01-01");
    story.ended("D1", "2025-01-01");
    story.certified(&other, ("visual", 4), "2025-12-01", "2030-01-01");
    story.expect(
        rule,
        &[("2025-11-30", false), ("2025-12-01", true), ("2025-12-31", true), ("2026-01-01", false)],
    );
    assert_eq!(story.occasions("2025-12-01", rule), ["exit"]);
    assert_eq!(story.subjects("2025-12-01", rule), ["police:H1"]);
    story.of("social-security.unemployment.registered", &other, "2025-02-01", json!({}));
    story.of("social-security.unemployment.deregistered", &other, "2025-02-02", json!({}));
    story.expect(
        rule,
        &[("2025-01-31", false), ("2025-02-01", true), ("2025-05-01", true), ("2025-05-02", false)],
    );
    story.taken(&one, "arrest", "2025-06-01");
    story.released(&one, "2025-06-02");
    story.expect(rule, &[("2025-06-01", true), ("2025-08-29", true), ("2025-08-30", false)]);
    story.granted(&other, "tekun", "B1", "2025-06-10");
    story.expect(rule, &[("2025-06-09", true), ("2025-06-10", false)]);
    let changed = json!({"benefit_id": "D1", "members": [person("19500101")], "on": "2024-12-01"});
    story.tell("registry.benefit.changed", changed);
    assert!(!story.holds("2025-06-01", rule), "the newest list names no member");
}

#[test]
fn exit_watch_after_a_refusal() {
    let rule = "exit-watch";
    for (paid, holds) in [(1_999.99, false), (2_000.0, true)] {
        let mut story = Story::default();
        let (one, other) = couple(&mut story);
        let more = json!({"program": "temporary-aid", "reason": "x"});
        story.of("registry.application.refused", &one, "2025-01-01", more);
        story.settled(&other, "S1", paid, "2024-12-31");
        story.expect(
            rule,
            &[("2024-12-31", false), ("2025-01-01", holds), ("2025-03-30", holds), ("2025-03-31", false)],
        );
        story.dies(&other, "2025-01-10");
        story.expect(rule, &[("2025-01-10", holds)]);
        story.dies(&one, "2025-01-11");
        story.expect(rule, &[("2025-01-11", false)]);
    }
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.granted(&one, "tekun", "B1", "2024-01-01");
    story.ended("B1", "2025-01-01");
    story.settled(&other, "S1", 9_000.0, "2025-01-01");
    assert!(!story.holds("2025-01-01", rule), "tekun is no household program");
    story.dies(&other, "2025-01-02");
    let more = json!({"program": "dibao", "reason": "x"});
    story.of("registry.application.refused", &other, "2025-01-01", more);
    story.expect(rule, &[("2025-01-01", true), ("2025-01-02", false)]);
}

#[test]
fn many_disabled() {
    let rule = "many-disabled";
    let mut story = Story::default();
    let (one, other) = couple(&mut story);
    story.certified(&one, ("visual", 4), "2025-01-01", "2025-12-31");
    story.expect(rule, &[("2025-01-01", false)]);
    story.certified(&other, ("speech", 4), "2025-02-01", "2025-03-01");
    story.expect(
        rule,
        &[("2025-01-31", false), ("2025-02-01", true), ("2025-03-01", true), ("2025-03-02", false)],
    );
    assert_eq!(story.occasions("2025-02-01", rule), ["many-disabled"]);
    assert_eq!(story.subjects("2025-02-01", rule), ["police:H1"]);
    story.granted(&other, "tekun", "B1", "2025-02-10");
    story.expect(rule, &[("2025-02-09", true), ("2025-02-10", false)]);
}

#[test]
fn one_disabled_among_elders() {
    let rule = "many-disabled";
    let (mut story, one, old) = (Story::default(), person("19800101"), person("19650615"));
    story.registered(&one, "H1", "2020-01-01");
    story.certified(&one, ("visual", 4), "2025-01-01", "2027-12-31");
    assert!(!story.holds("2025-07-01", rule), "nobody else is there");
    story.registered(&old, "H1", "2020-01-01");
    story.expect(rule, &[("2025-06-14", false), ("2025-06-15", true)]);
    story.registered(&person("19660101"), "H1", "2025-07-01");
    story.expect(rule, &[("2025-06-30", true), ("2025-07-01", false), ("2026-01-01", true)]);
    let foreigner = json!({"id_number": "CHN110549123100", "name": "甲"});
    story.registered(&foreigner, "H1", "2026-02-01");
    assert!(!story.holds("2026-02-01", rule), "without an age nobody is 60");
}

#[test]
fn breadwinner_lost() {
    let rule = "breadwinner-lost";
    for what in ["died", "custody", "stopped"] {
        let mut story = Story::default();
        let (one, other) = couple(&mut story);
        story.wage(&one, "2024-11", 1.0);
        match what {
            "died" => drop(story.dies(&one, "2025-02-01")),
            "custody" => drop(story.taken(&one, "detention", "2025-02-01")),
            _ => drop(story.insurance_stopped(&one, "employee", "2025-02-01")),
        }
        story.expect(
            rule,
            &[("2025-01-31", false), ("2025-02-01", true), ("2025-05-01", true), ("2025-05-02", false)],
        );
        assert_eq!(story.occasions("2025-02-01", rule), ["breadwinner"], "{what}");
        assert_eq!(story.subjects("2025-02-01", rule), ["police:H1"], "{what}");
        story.insured(&other, "2025-02-10");
        story.insurance_stopped(&other, "employee", "2025-02-12");
        story.expect(rule, &[("2025-02-11", false), ("2025-02-12", true)]);
        story.wage(&other, "2025-01", 0.0);
        story.expect(rule, &[("2025-02-12", false), ("2025-03-31", false), ("2025-04-01", true)]);
    }
}

#[test]
fn breadwinner_lost_by_the_month_of_the_wage() {
    let rule = "breadwinner-lost";
    for (month, day, holds) in [
        ("2024-07", "2025-01-31", true),
        ("2024-07", "2025-02-01", false),
        ("2024-12", "2025-01-31", true),
        ("2025-01", "2025-01-31", false),
        ("2025-01", "2025-02-01", true),
    ] {
        let mut story = Story::default();
        let (one, _) = couple(&mut story);
        story.wage(&one, month, 1.0);
        story.dies(&one, "2025-01-31");
        assert_eq!(story.holds(day, rule), holds, "{month} {day}");
    }
    let mut story = Story::default();
    let (one, _) = couple(&mut story);
    story.wage(&one, "2024-10", 1.0);
    story.insurance_stopped(&one, "flexible", "2025-02-01");
    story.of("police.missing.reported", &one, "2025-02-01", json!({}));
    story.expect(rule, &[("2025-02-01", false)]);
    story.dies(&person("19810101"), "2025-02-01");
    assert!(!story.holds("2025-02-01", rule), "who died had no wage");
}
