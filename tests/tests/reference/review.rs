//! Procedure *review*: each rule at, below and above its thresholds and days. `income-above-standard` has a file of
//! its own.

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
fn moved_out_recipient() {
    let rule = "moved-out-recipient";
    let one = person("19800101");
    let home = |division: &str| json!({"household_no": "H2", "relation_to_head": "head", "division_code": division, "sex": "1"});
    for (kind, more, holds) in [
        ("police.registration.cancelled", json!({"reason": "moved-out"}), true),
        ("police.registration.cancelled", json!({"reason": "emigrated"}), true),
        ("police.registration.cancelled", json!({"reason": "enlisted"}), false),
        ("police.registration.cancelled", json!({"reason": "duplicate"}), false),
        ("police.household.moved", home("320602001001"), true),
        ("police.household.moved", home("320614001001"), false),
        ("police.household.moved", home("320684117001"), false),
        ("police.person.registered", home("320602001001"), false),
    ] {
        let mut story = Story::default();
        story.registered(&one, "H1", "2020-01-01");
        story.of(kind, &one, "2025-01-01", more.clone());
        story.expect(rule, &[("2025-01-01", false)]);
        story.granted(&one, "care-visit", "B1", "2024-01-01");
        story.expect(rule, &[("2024-12-31", false), ("2025-01-01", holds)]);
        if holds {
            assert_eq!(story.occasions("2025-02-01", rule), ["2025-01-01"], "{more}");
        }
        story.registered(&one, "H1", "2025-03-01");
        story.expect(rule, &[("2025-02-28", holds), ("2025-03-01", false)]);
        story.ended("B1", "2025-02-01");
        story.expect(rule, &[("2025-01-31", holds), ("2025-02-01", false)]);
    }
}

#[test]
fn recipient_in_custody() {
    let rule = "recipient-in-custody";
    let one = person("19800101");
    for (kind, holds) in
        [("imprisonment", true), ("compulsory-rehabilitation", true), ("detention", false), ("arrest", false)]
    {
        let mut story = Story::default();
        story.taken(&one, "arrest", "2025-01-01");
        story.taken(&one, kind, "2025-02-01");
        story.dibao(&[&one], "D1", "2024-01-01");
        story.expect(rule, &[("2025-01-31", false), ("2025-02-01", holds)]);
        if holds {
            assert_eq!(story.occasions("2025-02-01", rule), ["2025-01-01"], "when the open spell began");
        }
        story.released(&one, "2025-03-01");
        story.expect(rule, &[("2025-02-28", holds), ("2025-03-01", false)]);
    }
    for (program, holds) in [("disability-living", true), ("disability-nursing", true), ("tekun", false)] {
        let mut story = Story::default();
        story.taken(&one, "imprisonment", "2025-01-01");
        story.granted(&one, program, "B1", "2025-01-05");
        story.expect(rule, &[("2025-01-04", false), ("2025-01-05", holds)]);
    }
}

#[test]
fn ageing_out() {
    let rule = "ageing-out";
    for program in ["orphan", "unattended-child", "child-in-difficulty", "tekun"] {
        let (mut story, grown) = (Story::default(), person("20070615"));
        story.granted(&grown, program, "B1", "2020-01-01");
        story.expect(rule, &[("2025-06-14", false), ("2025-06-15", program != "tekun")]);
        story.ended("B1", "2025-07-01");
        story.expect(rule, &[("2025-06-30", program != "tekun"), ("2025-07-01", false)]);
        if program != "tekun" {
            assert_eq!(story.occasions("2025-06-15", rule), ["age-18"]);
        }
    }
}

#[test]
fn certificate_expired() {
    let rule = "certificate-expired";
    let (mut story, one) = (Story::default(), person("19800101"));
    story.granted(&one, "disability-living", "B1", "2020-01-01");
    story.expect(rule, &[("2025-01-01", false)]);
    story.certified(&one, ("visual", 4), "2020-01-01", "2025-01-01");
    story.expect(rule, &[("2025-01-01", false), ("2025-01-02", true)]);
    assert_eq!(story.occasions("2025-01-02", rule), ["2025-01-01"]);
    story.certified(&one, ("visual", 4), "2025-02-01", "2025-03-01");
    story.expect(rule, &[("2025-01-31", true), ("2025-02-01", false), ("2025-03-02", true)]);
    assert_eq!(story.occasions("2025-03-02", rule), ["2025-03-01"], "the newest certificate's");
    story.ended("B1", "2025-03-03");
    story.granted(&one, "disability-nursing", "B2", "2025-03-05");
    story.expect(rule, &[("2025-03-04", false), ("2025-03-05", true)]);
}

#[test]
fn home_care_not_at_home_in_a_hospital() {
    let rule = "home-care-not-at-home";
    let (mut story, old) = (Story::default(), person("19500101"));
    story.granted(&old, "home-care", "B1", "2020-01-01");
    story.of("health.stay.admitted", &old, "2025-01-01", json!({"facility": "F1"}));
    story.expect(rule, &[("2025-01-31", false), ("2025-02-01", true)]);
    assert_eq!(story.occasions("2025-02-01", rule), ["not-at-home"]);
    for (facility, admitted_on) in [("F2", "2025-01-01"), ("F1", "2024-12-31"), ("F1", "2025-01-01")] {
        let more = json!({"facility": facility, "admitted_on": admitted_on});
        story.of("health.stay.discharged", &old, "2025-02-05", more);
        let ends_it = (facility, admitted_on) == ("F1", "2025-01-01");
        story.expect(rule, &[("2025-02-04", true), ("2025-02-05", !ends_it)]);
    }
    story.ended("B1", "2025-02-03");
    story.expect(rule, &[("2025-02-02", true), ("2025-02-03", false)]);
}

#[test]
fn home_care_not_at_home_in_an_institution() {
    let rule = "home-care-not-at-home";
    let (mut story, old) = (Story::default(), person("19500101"));
    let care = |story: &mut Story, mode: &str, on: &str| {
        let more = json!({"level": "1", "mode": mode, "monthly_amount": 1});
        story.of("medical-insurance.long-term-care.approved", &person("19500101"), on, more);
    };
    care(&mut story, "institution", "2025-01-01");
    story.expect(rule, &[("2025-01-02", false)]);
    story.granted(&old, "home-care", "B1", "2020-01-01");
    story.expect(rule, &[("2024-12-31", false), ("2025-01-01", true)]);
    care(&mut story, "home", "2025-01-03");
    care(&mut story, "institution", "2025-01-05");
    story.expect(rule, &[("2025-01-02", true), ("2025-01-04", false), ("2025-01-05", true)]);
    story.of("medical-insurance.long-term-care.ended", &old, "2025-01-06", json!({}));
    story.expect(rule, &[("2025-01-06", false)]);
}

#[test]
fn home_care_category_lost() {
    let rule = "home-care-category-lost";
    let care = |category: &str| {
        let (mut story, old) = (Story::default(), person("19500101"));
        story.registered(&old, "H1", "2020-01-01");
        let data = json!({"benefit_id": "B1", "program": "home-care", "person": old, "monthly_amount": 1,
            "category": category, "on": "2024-01-01"});
        story.tell("registry.benefit.granted", data);
        (story, old, person("19800101"))
    };
    let (mut story, old, _) = care("disabled-elder");
    story.expect(rule, &[("2024-12-31", false)]);
    for (level, on) in [(2, "2025-01-01"), (1, "2025-01-02"), (4, "2025-01-03"), (0, "2025-01-04")] {
        story.of("health.ability.assessed", &old, on, json!({"level": level}));
        story.expect(rule, &[(on, level < 2)]);
    }
    assert_eq!(story.occasions("2025-01-04", rule), ["disabled-elder"]);
    let changed = json!({"benefit_id": "B1", "category": "low-income", "on": "2025-01-05"});
    story.tell("registry.benefit.changed", changed);
    assert_eq!(story.occasions("2025-01-05", rule), ["low-income"], "the newest category");
    story.tell("registry.benefit.changed", json!({"benefit_id": "B1", "category": "x", "on": "2025-01-06"}));
    story.expect(rule, &[("2025-01-06", false)]);
    for more in [json!({"category": "low-income"}), json!({"monthly_amount": 5})] {
        let mut data = json!({"benefit_id": "B1", "on": "2025-01-07"});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        story.tell("registry.benefit.changed", data);
    }
    assert!(story.holds("2025-01-07", rule), "a change without a category leaves it");
    story.granted(&old, "home-care", "B1", "2025-01-08");
    assert!(!story.holds("2025-01-08", rule), "the grant that counts has no category, and nothing later");

    let (mut story, _, other) = care("low-income");
    story.registered(&other, "H1", "2020-01-01");
    story.granted(&other, "tekun", "B2", "2025-01-01");
    story.ended("B2", "2025-01-03");
    story.expect(rule, &[("2024-12-31", true), ("2025-01-02", false), ("2025-01-03", true)]);
    story.ended("B1", "2025-01-04");
    story.expect(rule, &[("2025-01-04", false)]);

    let (mut story, old, other) = care("living-alone");
    story.registered(&other, "H1", "2025-01-01");
    story.dies(&other, "2025-01-03");
    story.expect(rule, &[("2024-12-31", false), ("2025-01-01", true), ("2025-01-03", false)]);
    assert_eq!(story.occasions("2025-01-02", rule), ["living-alone"]);
    story.dibao(&[&old], "D1", "2024-01-01");
    assert!(story.holds("2025-01-02", rule), "a co-resident, whatever programs say");
    story.of("police.registration.cancelled", &old, "2025-01-02", json!({"reason": "duplicate"}));
    assert!(!story.holds("2025-01-02", rule), "in no police household");
}

#[test]
fn funeral_overlap() {
    let rule = "funeral-overlap";
    let (mut story, dead) = (Story::default(), person("19500101"));
    story.granted(&dead, "funeral", "B1", "2025-01-05");
    story.dies(&dead, "2025-01-01");
    story.expect(rule, &[("2025-01-05", false)]);
    story.of("social-security.funeral-grant.paid", &dead, "2025-01-07", json!({"amount": 1}));
    story.expect(rule, &[("2025-01-06", false), ("2025-01-07", true)]);
    assert_eq!(story.occasions("2026-01-07", rule), ["funeral"]);
    assert_eq!(story.subjects("2026-01-07", rule), [number("19500101", 1)]);
    story.ended("B1", "2025-01-08");
    story.expect(rule, &[("2025-01-07", true), ("2025-01-08", false)]);
    story.granted(&dead, "temporary-aid", "B2", "2025-01-08");
    story.granted(&person("19510101"), "funeral", "B3", "2025-01-08");
    assert!(!story.holds("2025-01-08", rule), "another benefit, and a funeral of another");
    story.granted(&dead, "funeral", "B4", "2025-01-09");
    story.expect(rule, &[("2025-01-08", false), ("2025-01-09", true)]);
}
