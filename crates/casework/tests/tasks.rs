//! The life of a task: given, when, then.

mod story;

use sanzao_casework::Counts;
use sanzao_model::{ItemState, Proof, TaskState};
use story::*;

const NOTHING: [&str; 0] = [];

#[test]
fn its_day_comes_from_the_finding_or_is_counted() {
    let mut story = Story::begin();
    let then = story.on(
        "2025-07-01",
        &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")]), found(&LONG_SILENCE, &[finding("x")])],
    );
    assert_eq!(then, ["opened benefit planned, due 2025-07-20", "opened x planned, due 2025-07-29"]);
    assert_eq!(story.casework.counts(), Counts { planned: 2, ..Counts::default() });
}

#[test]
fn it_is_done_when_data_say_so() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    assert_eq!(story.on("2025-07-12", &[none(&HOME_CARE)]), ["moved to done"]);
    assert_eq!(
        story.state(&HOME_CARE, "benefit"),
        ItemState::Task(TaskState::Done { on: day("2025-07-12"), proof: Proof::Data(None) })
    );
    assert_eq!(story.on("2025-07-30", &[none(&HOME_CARE)]), NOTHING);
}

#[test]
fn it_is_overdue_on_the_day_after_its_day_and_not_before() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    assert_eq!(story.on("2025-07-12", &[]), NOTHING);
    assert_eq!(story.on("2025-07-13", &[]), ["moved to due"]);
    assert_eq!(story.on("2025-07-20", &[]), NOTHING);
    assert_eq!(story.on("2025-07-21", &[]), ["moved to overdue"]);
    assert_eq!(story.on("2025-07-22", &[]), NOTHING);
    let overdue = ItemState::Task(TaskState::Overdue { on: day("2025-07-21") });
    assert_eq!(story.state(&HOME_CARE, "benefit"), overdue);
    assert_eq!(story.on("2025-08-01", &[none(&HOME_CARE)]), ["moved to done"]);
}

#[test]
fn a_day_is_looked_at_once_with_the_last_batch() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    assert_eq!(story.on_with_more("2025-07-21", &[]), NOTHING);
    assert_eq!(story.casework.day(), Some(day("2025-07-01")));
    // Done in the second batch of the same day: it never was overdue.
    assert_eq!(story.on("2025-07-21", &[none(&HOME_CARE)]), ["moved to done"]);
    assert_eq!(story.casework.day(), Some(day("2025-07-21")));
}

#[test]
fn found_with_its_day_behind_it_is_overdue_from_the_start() {
    let mut story = Story::begin();
    let then = story.on("2025-07-21", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    assert_eq!(then, ["opened benefit overdue, due 2025-07-20"]);
}

#[test]
fn a_finding_moves_its_day() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])]);
    let later = found(&HOME_CARE, &[finding_due("benefit", "2025-08-20")]);
    assert_eq!(story.on("2025-07-02", &[later]), ["updated benefit"]);
    assert_eq!(story.item(&HOME_CARE, "benefit").due, day("2025-08-20"));
    assert_eq!(story.on("2025-07-21", &[]), NOTHING);
    let earlier = found(&HOME_CARE, &[finding_due("benefit", "2025-07-10")]);
    assert_eq!(story.on("2025-07-21", &[earlier]), ["updated benefit", "moved to overdue"]);
    let later = found(&HOME_CARE, &[finding_due("benefit", "2025-07-25")]);
    assert_eq!(story.on("2025-07-22", &[later]), ["updated benefit", "moved to due"]);
}

#[test]
fn done_and_found_again_it_is_the_same_task() {
    let mut story = Story::begin();
    let level = [found(&LONG_SILENCE, &[finding("silence")])];
    story.on("2025-07-01", &level);
    story.on("2025-07-10", &[none(&LONG_SILENCE)]);
    assert_eq!(story.on("2025-07-11", &level), ["updated silence", "moved to planned"]);
    story.on("2025-07-12", &[none(&LONG_SILENCE)]);
    assert_eq!(story.on("2025-09-01", &level), ["updated silence", "moved to overdue"]);
    assert_eq!(story.casework.items().len(), 1);
}

#[test]
fn a_visit_within_the_month_clears_the_month() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")])]);
    assert_eq!(story.on("2025-07-31", &[none(&MONTHLY_VISIT)]), ["moved to done"]);
    let then = story.on("2025-08-01", &[found(&MONTHLY_VISIT, &[finding_due("2025-08", "2025-08-31")])]);
    assert_eq!(then, ["opened 2025-08 planned, due 2025-08-31"]);
    assert_eq!(story.state(&MONTHLY_VISIT, "2025-07").as_str(), "done");
}

#[test]
fn a_visit_that_was_none_makes_the_month_due_again() {
    let mut story = Story::begin();
    let july = [found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")])];
    story.on("2025-07-01", &july);
    story.on("2025-07-08", &[none(&MONTHLY_VISIT)]);
    assert_eq!(story.on("2025-07-09", &july), ["updated 2025-07", "moved to planned"]);
}

#[test]
fn a_month_that_ended_without_a_visit_stays_missed() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")])]);
    // On the first of August the rule speaks of August only.
    let then = story.on("2025-08-01", &[found(&MONTHLY_VISIT, &[finding_due("2025-08", "2025-08-31")])]);
    assert_eq!(then, ["moved to missed", "opened 2025-08 planned, due 2025-08-31"]);
    let then = story.on("2025-08-02", &[none(&MONTHLY_VISIT)]);
    assert_eq!(then, ["moved to done"]);
    let july = ItemState::Task(TaskState::Missed { on: day("2025-08-01") });
    assert_eq!(story.state(&MONTHLY_VISIT, "2025-07"), july);
    assert_eq!(story.state(&MONTHLY_VISIT, "2025-08").as_str(), "done");
}

#[test]
fn a_month_that_ended_waits_for_no_other_batch() {
    let mut story = Story::begin();
    let july = found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")]);
    story.on("2025-07-01", std::slice::from_ref(&july));
    assert_eq!(story.on_with_more("2025-08-01", &[none(&MONTHLY_VISIT)]), ["moved to missed"]);
}

#[test]
fn a_month_missed_while_the_look_came_first_stays_missed() {
    let mut story = Story::begin();
    story.on("2025-07-01", &[found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")])]);
    assert_eq!(story.on("2025-08-01", &[]), ["moved to overdue"]);
    assert_eq!(story.on("2025-08-01", &[none(&MONTHLY_VISIT)]), ["moved to missed"]);
    assert_eq!(story.state(&MONTHLY_VISIT, "2025-07").as_str(), "missed");
}

#[test]
fn while_the_rule_is_unknown_nothing_becomes_overdue() {
    let mut story = Story::begin();
    let level = [found(&HOME_CARE, &[finding_due("benefit", "2025-07-20")])];
    story.on("2025-07-01", &level);
    // Unknown comes with the day itself, and stays.
    assert_eq!(story.on("2025-07-21", &[unknown(&HOME_CARE, "late")]), ["unknown \"late\""]);
    assert_eq!(story.on("2025-07-22", &[]), NOTHING);
    assert_eq!(story.on("2025-07-22", &level), ["unknown \"\"", "moved to overdue"]);
}
