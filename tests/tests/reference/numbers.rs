//! The numbers of the rules: each is read by the rules that name it and by no other, and holds by division and day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sanzao_tests::history::{Size, history};
use sanzao_tests::reference::{Finding, Numbers, Reference};
use serde_json::json;

use super::story::{Story, person};

/// Which rules read a number.
fn readers(name: &str) -> &'static [&'static str] {
    match name {
        "working_age_from_years" | "working_age_below_years" => {
            &["unemployment-benefit-exhausted", "long-unemployed", "released-without-work", "dibao-recheck"]
        }
        "child_below_years" => &["orphan", "unattended-child", "child-parent-event", "ageing-out"],
        "dibao_standard_fen" | "income_disregard_months" => &["income-above-standard"],
        "recheck_ahead_days" => {
            &["dibao-recheck", "tekun-recheck", "home-care-recheck", "rigid-spending-expiry"]
        }
        "rigid_spending_fen" | "rigid_spending_percent" | "rigid_spending_months" => {
            &["rigid-medical-spending"]
        }
        "costly_stay_days" | "costly_stay_fen" | "costly_stay_low_income_fen" => &["costly-hospital-stay"],
        "high_self_pay_fen" | "high_self_pay_low_income_fen" => &["high-yearly-self-pay"],
        "exhausted_from_days" | "exhausted_until_days" => &["unemployment-benefit-exhausted"],
        "long_unemployed_days" => &["long-unemployed"],
        "major_illness_days" => &["major-illness"],
        "frail_elder_from_years" | "frail_elder_from_level" => &["frail-elder-without-care"],
        "unattended_parents_people"
        | "unattended_missing_days"
        | "unattended_custody_days"
        | "unattended_grade"
        | "unattended_mental_grade" => &["unattended-child", "child-parent-event"],
        "parent_event_days" => &["child-parent-event"],
        "living_alone_from_years" => &["elder-living-alone"],
        "released_from_days" | "released_until_days" => &["released-without-work"],
        "exit_days" | "exit_sign_days" | "exit_self_pay_fen" => &["exit-watch"],
        "many_disabled_people" | "many_disabled_elder_from_years" => &["many-disabled"],
        "breadwinner_days" | "breadwinner_wage_months" => &["breadwinner-lost"],
        "nursing_grade" => &["missed-disability-nursing"],
        "old_age_allowance_from_years" => &["missed-old-age-allowance"],
        "newborn_days" => &["newborn-not-counted"],
        "not_at_home_days" => &["home-care-not-at-home"],
        "category_lost_level" => &["home-care-category-lost"],
        "dibao_recheck_months" | "dibao_recheck_working_age_months" => &["dibao-recheck"],
        "tekun_recheck_months" => &["tekun-recheck"],
        "home_care_recheck_months" => &["home-care-recheck"],
        "rigid_spending_expiry_months" => &["rigid-spending-expiry"],
        "certificate_expiry_days" => &["certificate-expiry"],
        "elder_weekly_visits" => &["elder-weekly-visits"],
        "long_silence_from_years" | "long_silence_days" => &["long-silence"],
        "reopening_self_pay_fen" => &[],
        _ => panic!("nobody says who reads {name}"),
    }
}

#[test]
fn each_number_is_read_by_its_rules_only() {
    let town = history(3, Size { numbers: 1_200, households: 420, benefits: 700, events: 10_000 });
    let mut reference = Reference::new(&town.events);
    let before: BTreeMap<Date, BTreeSet<Finding>> =
        town.days.iter().map(|day| (*day, reference.findings(*day))).collect();
    for (name, value) in Numbers::default().defaults() {
        let expected: BTreeSet<String> = readers(name).iter().map(|rule| (*rule).to_owned()).collect();
        let mut changed: BTreeSet<String> = BTreeSet::new();
        let others =
            before.iter().flat_map(|(day, before)| [(day, before, value / 2), (day, before, value * 2)]);
        for (nth, (day, before, other)) in others.enumerate() {
            // The first tell of others that read it, the next ones help those that seldom are true.
            if nth > 1 && changed.is_superset(&expected) {
                break;
            }
            reference = reference.with_numbers(Numbers::default().with(name, "", Date::MIN, other));
            let after = reference.findings(*day);
            changed.extend(before.symmetric_difference(&after).map(|finding| finding.rule.clone()));
        }
        assert_eq!(changed, expected, "{name}");
    }
}

#[test]
fn a_number_holds_by_division_and_day() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let numbers = Numbers::default()
        .with("exit_days", "320614101", day("2024-01-01"), 1)
        .with("exit_days", "320614", day("2025-01-01"), 2)
        .with("exit_days", "320614", day("2024-06-01"), 3)
        .with("exit_days", "", day("2025-06-01"), 4)
        .with("major_illness_days", "320614", day("2000-01-01"), 5);
    for (division, on, value) in [
        (Some("320614101200"), "2023-12-31", 365),
        (Some("320614101200"), "2024-01-01", 1),
        (Some("320614101200"), "2025-07-01", 1),
        (Some("320614102200"), "2024-05-31", 365),
        (Some("320614102200"), "2024-06-01", 3),
        (Some("320614102200"), "2024-12-31", 3),
        (Some("320614102200"), "2025-01-01", 2),
        (Some("320602102200"), "2025-05-31", 365),
        (Some("320602102200"), "2025-06-01", 4),
        (None, "2025-05-31", 365),
        (None, "2025-06-01", 4),
    ] {
        assert_eq!(numbers.at(division, day(on)).get("exit_days"), value, "{division:?} {on}");
    }
}

#[test]
fn the_division_is_that_of_the_newest_registration_record() {
    let rule = "missed-disability-nursing";
    let one = person("19800101");
    let numbers = Numbers::default().with("nursing_grade", "320614102", "2025-02-01".parse().unwrap(), 3);
    let mut story = Story { numbers, ..Story::default() };
    story.certified(&one, ("visual", 3), "2024-01-01", "2030-01-01");
    let home = json!({"household_no": "H1", "relation_to_head": "head", "division_code": "320614102001"});
    story.expect(rule, &[("2025-03-01", false)]);
    story.of("police.household.moved", &one, "2025-01-01", home);
    story.expect(rule, &[("2025-01-31", false), ("2025-02-01", true)]);
    story.of("police.registration.cancelled", &one, "2025-02-03", json!({"reason": "duplicate"}));
    story.expect(rule, &[("2025-02-02", true), ("2025-02-03", false)]);
    story.registered(&one, "H1", "2025-02-04");
    story.expect(rule, &[("2025-02-04", false)]);
}

#[test]
fn the_division_of_a_household_is_that_of_its_first_living_member_who_has_one() {
    let rule = "many-disabled";
    let (first, second, third) = (person("19700101"), person("19800101"), person("19900101"));
    let numbers =
        Numbers::default().with("many_disabled_people", "320614102", "2020-01-01".parse().unwrap(), 3);
    let mut story = Story { numbers, ..Story::default() };
    for one in [&first, &second, &third] {
        story.certified(one, ("visual", 4), "2024-01-01", "2030-01-01");
    }
    let home =
        |division: &str| json!({"household_no": "H1", "relation_to_head": "head", "division_code": division});
    story.of("police.household.moved", &second, "2025-01-01", home("320614102001"));
    story.of("police.household.moved", &third, "2025-01-01", home("320614103001"));
    assert!(!story.holds("2025-01-01", rule), "two, and three are asked for");
    story.of("police.household.moved", &first, "2025-01-02", home("320614103001"));
    assert!(story.holds("2025-01-02", rule), "the first is of a division where two are enough");
    story.of("police.household.moved", &first, "2025-01-03", home("320614102001"));
    assert!(story.holds("2025-01-03", rule), "three of three");
    story.dies(&first, "2025-01-04");
    assert!(!story.holds("2025-01-04", rule), "the first living one is of the other division");

    let reference = || Reference::new(&story.events).with_numbers(story.numbers.clone());
    let is_true = |reference: Reference| {
        let findings = reference.findings("2025-01-04".parse().unwrap());
        findings.iter().any(|finding| finding.rule == rule)
    };
    let backwards = |number: &str| number.bytes().map(|byte| char::from(255 - byte)).collect();
    assert!(!is_true(reference()));
    assert!(is_true(reference().with_order(backwards)), "in another order the third is the first");
}

#[test]
fn who_is_registered_nowhere_says_nothing_of_the_division_of_a_household() {
    let rule = "dibao-recheck";
    let (first, second) = (person("19500101"), person("19500102"));
    let numbers =
        Numbers::default().with("dibao_recheck_months", "320614101", "2020-01-01".parse().unwrap(), 1);
    let mut story = Story { numbers, ..Story::default() };
    story.dibao(&[&first, &second], "D1", "2025-01-01");
    story.expect(rule, &[("2025-01-02", false)]);
    story.registered(&second, "H1", "2025-01-02");
    story.expect(rule, &[("2025-01-01", false), ("2025-01-02", true)]);
}
