//! The rule `income-above-standard`: the threshold, what is new, and the wage that counts after six months.

use serde_json::json;

use super::story::{Story, person};

const RULE: &str = "income-above-standard";

#[test]
fn a_new_pension_above_the_standard() {
    for (yuan, is_above) in [(820.0, false), (820.01, true)] {
        let (mut story, poor) = (Story::default(), person("19600101"));
        story.dibao(&[&poor], "D1", "2024-06-01");
        story.pension(&poor, yuan, "2024-06-02");
        assert_eq!(story.holds("2025-01-01", RULE), is_above, "{yuan}");
        assert!(!story.holds("2024-06-01", RULE));
        if is_above {
            assert_eq!(story.occasions("2025-01-01", RULE), ["D1/2024-06-01"]);
            assert_eq!(story.subjects("2025-01-01", RULE), ["program:D1"]);
        }
    }
}

#[test]
fn only_what_is_new_since_the_reference_date() {
    let (mut story, poor) = (Story::default(), person("19600101"));
    story.pension(&poor, 900.0, "2024-06-01");
    story.dibao(&[&poor], "D1", "2024-06-01");
    assert!(!story.holds("2025-01-01", RULE), "it began on the day of the grant");
    let changed = |yuan: f64, on: &str| json!({"person": person("19600101"), "scheme": "employee", "monthly_amount": yuan, "on": on});
    story.tell("social-security.pension.changed", changed(950.0, "2024-07-01"));
    assert!(story.holds("2024-07-01", RULE), "its amount differs");
    let assessed = json!({"members": [poor], "annual_income": 0, "property_ok": true, "on": "2024-08-01"});
    story.tell("registry.income.assessed", assessed);
    assert!(story.holds("2024-07-31", RULE));
    assert!(!story.holds("2024-08-01", RULE), "assessed with it");
    story.tell("social-security.pension.changed", changed(900.0, "2024-09-01"));
    assert!(story.holds("2024-09-01", RULE), "lower than then is also different");
    story.tell("social-security.pension.changed", changed(950.0, "2024-10-01"));
    assert!(!story.holds("2024-10-01", RULE), "as it was then");
    let verified = json!({"benefit_id": "D1", "outcome": "continues", "on": "2024-09-15"});
    story.tell("registry.verification.recorded", verified);
    assert!(story.holds("2024-10-01", RULE), "verified when it was 900");
    let stopped = json!({"person": poor, "scheme": "employee", "reason": "x", "on": "2024-10-02"});
    story.tell("social-security.pension.stopped", stopped);
    assert!(!story.holds("2024-10-02", RULE));
}

#[test]
fn income_is_divided_by_the_living_members() {
    let (mut story, one, other) = (Story::default(), person("19600101"), person("19610101"));
    story.dibao(&[&one, &other], "D1", "2024-06-01");
    story.pension(&one, 1_640.0, "2024-07-01");
    assert!(!story.holds("2024-07-01", RULE));
    story.dies(&other, "2024-08-01");
    assert!(story.holds("2024-08-01", RULE));
    story.dies(&one, "2024-08-02");
    assert!(!story.holds("2024-08-02", RULE), "a living member is needed");
}

#[test]
fn an_unemployment_benefit_counts_until_it_runs_out() {
    let (mut story, poor) = (Story::default(), person("19800101"));
    story.dibao(&[&poor], "D1", "2024-06-01");
    let benefit = json!({"person": poor, "monthly_amount": 821, "on": "2024-07-01", "until": "2024-12-31"});
    story.tell("social-security.unemployment.benefit-started", benefit);
    assert!(story.holds("2024-12-31", RULE));
    assert!(!story.holds("2025-01-01", RULE));
}

#[test]
fn a_wage_counts_after_six_months_of_insurance() {
    let (mut story, poor) = (Story::default(), person("19800101"));
    story.dibao(&[&poor], "D1", "2024-06-01");
    let wage = |month: &str, yuan: f64| json!({"person": person("19800101"), "month": month, "amount": yuan});
    story.tell("social-security.wage.reported", wage("2025-02", 900.0));
    assert!(!story.holds("2025-02-28", RULE), "without insurance it does not count");
    let insured = json!({"person": poor, "scheme": "employee", "on": "2024-08-31"});
    story.tell("social-security.insurance.started", insured);
    assert!(!story.holds("2025-02-27", RULE));
    assert!(story.holds("2025-02-28", RULE), "six months after 31 August is the month's last");
    assert!(story.holds("2025-05-31", RULE), "among the 3 months before");
    assert!(!story.holds("2025-06-01", RULE));
    let id = story.tell("social-security.wage.reported", wage("2024-05", 900.0));
    assert!(!story.holds("2025-02-28", RULE), "the newest wage on the reference date was the same");
    story.retract("social-security", &id);
    story.tell("social-security.wage.reported", wage("2024-06", 899.99));
    assert!(
        story.holds("2025-02-28", RULE),
        "the month's first day is the reference date: it was another then"
    );
    story.tell("social-security.wage.reported", wage("2025-02", 820.0));
    assert!(!story.holds("2025-02-28", RULE), "of two wages of a month the newest counts");
    story.tell("social-security.wage.reported", wage("2025-02", 900.0));
    assert!(story.holds("2025-02-28", RULE), "stated again, it is the newest");
}
