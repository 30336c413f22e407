//! Rules whose feed is late somewhere: given, when, then.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod story;

use sanzao_model::{Feed, RuleId, Suspension};
use story::*;

const NOTHING: [&str; 0] = [];

fn suspension(rule: &Rule, area: &str) -> Suspension {
    Suspension {
        rule: RuleId(rule.id.into()),
        feed: Feed::Registry,
        area: area.parse().unwrap(),
        newest: Some(day("2025-06-01")),
        rhythm_days: 7,
    }
}

/// A task that is due on 20 July, in 320614102.
fn with_a_task() -> Story {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    story
}

#[test]
fn what_is_suspended_is_said_once_and_when_it_ends() {
    let mut story = Story::begin();
    story.suspended(&[suspension(&HOME_CARE, "320614102"), suspension(&ORPHAN, "")]);
    let then = story.on("2025-07-01", &[]);
    assert_eq!(
        then,
        ["suspended home-care-recheck registry \"320614102\"", "suspended orphan registry \"\""]
    );
    assert_eq!(story.on("2025-07-01", &[]), NOTHING);
    assert_eq!(story.casework.suspensions().len(), 2);
    // A newer record that is still too old changes nothing that anybody has to know at once.
    let newer = Suspension { newest: Some(day("2025-06-02")), ..suspension(&ORPHAN, "") };
    story.suspended(&[newer]);
    assert_eq!(story.on("2025-07-02", &[]), ["resumed home-care-recheck registry \"320614102\""]);
    story.restarts();
    assert_eq!(story.on_with_more("2025-07-02", &[]), NOTHING);
    story.suspended(&[Suspension { rhythm_days: 30, ..suspension(&ORPHAN, "") }]);
    assert_eq!(story.on("2025-07-03", &[]), ["suspended orphan registry \"\""]);
    story.suspended(&[]);
    assert_eq!(story.on("2025-07-04", &[]), ["resumed orphan registry \"\""]);
    assert_eq!(story.casework.suspensions().len(), 0);
}

#[test]
fn while_it_is_suspended_nothing_becomes_overdue_and_then_it_does() {
    let mut story = with_a_task();
    story.suspended(&[suspension(&HOME_CARE, "320614102")]);
    assert_eq!(story.on("2025-07-21", &[]).len(), 1);
    assert_eq!(story.on("2025-07-22", &[]), NOTHING);
    story.restarts();
    assert_eq!(story.on("2025-07-23", &[]), NOTHING);
    story.suspended(&[]);
    // Resumed on a day that was looked at: the next day tells.
    assert_eq!(story.on("2025-07-23", &[]).len(), 1);
    assert_eq!(story.state(&HOME_CARE, "benefit").as_str(), "planned");
    assert_eq!(story.on("2025-07-24", &[]), ["moved to overdue"]);
}

#[test]
fn a_suspension_of_another_rule_or_place_holds_nothing_back() {
    for other in [suspension(&LONG_SILENCE, ""), suspension(&HOME_CARE, "320614103")] {
        let mut story = with_a_task();
        story.suspended(&[other]);
        assert_eq!(story.on("2025-07-21", &[])[1..], ["moved to overdue"]);
    }
}

#[test]
fn no_decision_expires_on_what_is_suspended() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding_on("orphan", "A")])]);
    story.handles(id_of(&ORPHAN, "orphan"), resolve_until("2025-07-20"));
    story.suspended(&[suspension(&ORPHAN, "320614")]);
    story.on("2025-07-20", &[]);
    assert_eq!(story.on("2025-07-21", &[]), NOTHING);
    story.suspended(&[]);
    let then = story.on("2025-07-22", &[]);
    assert_eq!(then.last().unwrap(), "opened orphan open, due 2025-07-25, episode 2");
}
