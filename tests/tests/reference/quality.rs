//! Procedure *quality*: each rule at, below and above its thresholds and days. `name-mismatch` is tested with held
//! facts (`people`).

use serde_json::json;

use super::story::{Story, number, person};

#[test]
fn activity_after_death() {
    let rule = "activity-after-death";
    let dead = person("19800101");
    for (kind, on, more, holds) in [
        ("health.stay.admitted", "2025-01-31", json!({"facility": "F1"}), false),
        ("health.stay.admitted", "2025-02-01", json!({"facility": "F1"}), true),
    ] {
        let mut story = Story::default();
        story.dies(&dead, "2025-01-31");
        story.of(kind, &dead, on, more);
        story.expect(rule, &[("2025-01-31", false), ("2025-02-01", holds)]);
        if holds {
            assert_eq!(story.occasions("2025-02-01", rule), ["after-death"]);
            assert_eq!(story.subjects("2025-02-01", rule), [number("19800101", 1)]);
        }
    }
    for (month, holds) in [("2025-01", false), ("2025-02", true)] {
        let mut story = Story::default();
        story.dies(&dead, "2025-01-31");
        story.wage(&dead, month, 1.0);
        story.expect(rule, &[("2025-02-01", holds)]);
        story.dies(&dead, "2025-01-01");
        story.expect(rule, &[("2025-02-01", holds)]);
        story.dies(&dead, "2024-12-31");
        story.expect(rule, &[("2025-02-01", true)]);
    }
}

#[test]
fn settlements_after_death() {
    let rule = "activity-after-death";
    let dead = person("19800101");
    let mut story = Story::default();
    story.settled(&dead, "S1", 1.0, "2025-02-10");
    story.expect(rule, &[("2025-02-10", false)]);
    for (begin, holds) in [("2025-01-31", false), ("2025-02-01", true)] {
        let mut story = Story::default();
        story.dies(&dead, "2025-01-31");
        story.settled(&dead, "S1", 1.0, "2025-02-10");
        story.events[1]["data"]["begin"] = json!(begin);
        story.expect(rule, &[("2025-02-09", false), ("2025-02-10", holds)]);
        story.of("medical-insurance.settlement.reversed", &dead, "2025-02-12", json!({"setl_id": "S1"}));
        story.expect(rule, &[("2025-02-11", holds), ("2025-02-12", false)]);
    }
}
