//! Each rule at, below and above its thresholds and days.

use serde_json::json;

use super::story::{Story, number, person};

#[test]
fn deceased_recipient() {
    let (mut story, dead) = (Story::default(), person("19500101"));
    story.granted(&dead, "care-visit", "B1", "2024-01-01");
    story.dies(&dead, "2025-01-10");
    assert!(!story.holds("2025-01-09", "deceased-recipient"));
    assert_eq!(story.occasions("2025-01-10", "deceased-recipient"), ["death"]);
    assert_eq!(story.subjects("2025-01-10", "deceased-recipient"), [number("19500101", 1)]);
    assert!(!story.holds("2025-01-10", "elder-weekly-visits"), "the others are about the living");
    story.tell("registry.benefit.suspended", json!({"benefit_id": "B1", "reason": "x", "on": "2025-01-11"}));
    assert!(story.holds("2025-01-11", "deceased-recipient"), "suspended is active");
    story.tell("registry.benefit.ended", json!({"benefit_id": "B1", "reason": "x", "on": "2025-01-12"}));
    assert!(story.holds("2025-01-11", "deceased-recipient"));
    assert!(!story.holds("2025-01-12", "deceased-recipient"));
    story.granted(&dead, "care-visit", "B1", "2025-01-13");
    assert!(!story.holds("2025-01-13", "deceased-recipient"), "an ended id stays ended");
    story.granted(&dead, "funeral", "B2", "2025-01-13");
    assert!(!story.holds("2025-01-13", "deceased-recipient"), "funeral is never active");
}

#[test]
fn every_feed_signals_death() {
    for (kind, more) in [
        ("police.registration.cancelled", json!({"reason": "death"})),
        ("registry.cremation.recorded", json!({})),
        ("social-security.funeral-grant.paid", json!({"amount": 5})),
        ("police.registration.cancelled", json!({"reason": "moved-out"})),
    ] {
        let (mut story, dead) = (Story::default(), person("19500101"));
        story.dibao(&[&dead], "B1", "2024-01-01");
        let mut data = json!({"person": dead, "on": "2025-01-10"});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let is_death = data["reason"] != "moved-out";
        story.tell(kind, data);
        assert_eq!(story.holds("2025-01-10", "deceased-recipient"), is_death, "{kind}");
    }
}

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
    assert!(!story.holds("2025-07-01", rule), "the newest event is another end");
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
fn overlapping_benefits() {
    let rule = "overlapping-benefits";
    let overlaps = |programs: &[&str]| {
        let (mut story, one) = (Story::default(), person("20150101"));
        for (nth, program) in programs.iter().enumerate() {
            if *program == "dibao" {
                story.dibao(&[&one], &format!("D{nth}"), "2024-01-01");
            } else {
                story.granted(&one, program, &format!("P{nth}"), "2024-01-01");
            }
        }
        story.occasions("2025-01-01", rule)
    };
    assert_eq!(overlaps(&["tekun", "dibao"]), ["tekun+dibao"]);
    assert_eq!(overlaps(&["tekun", "disability-living"]), ["tekun+disability-living"]);
    assert_eq!(overlaps(&["tekun", "disability-nursing"]), ["tekun+disability-nursing"]);
    assert_eq!(overlaps(&["orphan", "disability-living"]), ["orphan+disability-living"]);
    assert_eq!(overlaps(&["dibao", "dibao"]), ["dibao+dibao"]);
    assert_eq!(
        overlaps(&["home-care", "home-care", "tekun", "dibao"]),
        ["home-care+home-care", "tekun+dibao"]
    );
    assert!(overlaps(&["temporary-aid", "temporary-aid"]).is_empty());
    assert!(overlaps(&["orphan", "disability-nursing", "dibao", "care-visit"]).is_empty());
    assert!(overlaps(&["dibao", "disability-living", "disability-nursing"]).is_empty());

    let (mut story, hurt) = (Story::default(), person("19800101"));
    story.granted(&hurt, "disability-nursing", "P1", "2024-01-01");
    let nursing = json!({"person": hurt, "monthly_amount": 1, "on": "2025-01-01"});
    story.tell("social-security.injury-nursing.started", nursing);
    story.tell("social-security.injury-nursing.stopped", json!({"person": hurt, "on": "2025-01-03"}));
    assert!(!story.holds("2024-12-31", rule));
    assert_eq!(story.occasions("2025-01-02", rule), ["disability-nursing+injury-nursing"]);
    assert!(!story.holds("2025-01-03", rule));
}

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
fn somebody_born_on_a_leap_day_is_a_year_older_on_1_march() {
    let mut story = Story::default();
    let data = json!({"person": person("20080229"), "related": person("19700101"), "kind": "parent", "on": "2020-01-01"});
    story.tell("police.relation.recorded", data);
    story.dies(&person("19700101"), "2021-01-01");
    assert!(story.holds("2026-02-28", "orphan"), "still 17");
    assert!(!story.holds("2026-03-01", "orphan"));
}

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
}
