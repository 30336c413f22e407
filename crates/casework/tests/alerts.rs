//! The life of an alert: given, when, then.

mod story;

use sanzao_casework::{Calendar, Casework, CaseworkError, Counts};
use sanzao_model::{AlertState, Finding, Instant, ItemState, Level, LevelState, Order, WorkEvent};
use story::*;

const NOTHING: [&str; 0] = [];

#[test]
fn a_finding_opens_one_alert() {
    let mut story = Story::begin();
    // 2025-07-04 is a Friday; three working days.
    let then = story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    assert_eq!(then, ["opened death open, due 2025-07-09"]);
    let item = story.item(&ORPHAN, "death");
    assert_eq!((item.opened_on, item.version, item.periodic), (day("2025-07-04"), 1, false));
    assert_eq!(story.casework.counts(), Counts { open: 1, ..Counts::default() });
    assert_eq!(story.casework.items().len(), 1);
}

#[test]
fn the_same_finding_again_changes_nothing_though_feeds_are_newer() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    let then = story.on("2025-07-05", &[found(&ORPHAN, &[finding("death")])]);
    assert_eq!(then, NOTHING);
    assert_eq!(story.item(&ORPHAN, "death").ages[0].newest, Instant(0));
}

#[test]
fn holidays_move_the_due_day() {
    let holidays = [day("2025-10-01"), day("2025-10-02"), day("2025-10-03")].into();
    let mut story = Story::begin_with(Calendar { holidays, ..Calendar::default() });
    let then = story.on("2025-09-29", &[found(&ORPHAN, &[finding("death")])]);
    assert_eq!(then, ["opened death open, due 2025-10-07"]);
}

#[test]
fn what_is_found_otherwise_is_shown_and_the_due_day_stays() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    let mut other = found(&ORPHAN, &[finding_due("death", "2025-12-31")]);
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&other)), ["updated death"]);
    assert_eq!(story.item(&ORPHAN, "death").due, day("2025-07-09"));
    assert_eq!(story.item(&ORPHAN, "death").finding.due, Some(day("2025-12-31")));
    assert_eq!(story.item(&ORPHAN, "death").ages[0].newest, Instant(1));
    other.version = 2;
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&other)), ["updated death"]);
    other.division = None;
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&other)), ["updated death"]);
    other.due_working_days += 1;
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&other)), ["updated death"]);
    other.title = "新标题".into();
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&other)), ["updated death"]);
    assert_eq!(story.on("2025-07-05", &[other]), NOTHING);
    let item = story.item(&ORPHAN, "death");
    assert_eq!((item.version, item.division, item.title.as_str()), (2, None, "新标题"));
    assert_eq!(item.due, day("2025-07-09"));
}

#[test]
fn occasions_live_apart() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("a"), finding("b")])]);
    let then = story.on("2025-07-07", &[found(&ORPHAN, &[finding("b"), finding("c")])]);
    assert_eq!(then, ["moved to withdrawn", "opened c open, due 2025-07-10"]);
    assert_eq!(story.state(&ORPHAN, "a").as_str(), "withdrawn");
    assert_eq!(story.state(&ORPHAN, "b").as_str(), "open");
}

#[test]
fn an_occasion_found_twice_in_one_level_or_batch_is_one_alert() {
    let mut story = Story::begin();
    let twice = found(&ORPHAN, &[finding("death"), finding("death")]);
    let then = story.on("2025-07-04", &[twice.clone(), twice]);
    assert_eq!(then, ["opened death open, due 2025-07-09"]);
}

#[test]
fn of_two_levels_of_one_subject_in_a_batch_the_last_holds() {
    let mut story = Story::begin();
    assert_eq!(story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")]), none(&ORPHAN)]), NOTHING);
}

#[test]
fn contradicted_by_data_it_is_withdrawn_and_says_why() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    story.asks(command(1, "li", id_of(&ORPHAN, "death"), Order::Claim));
    assert_eq!(story.on("2025-07-08", &[none(&ORPHAN)]), ["moved to withdrawn"]);
    let ItemState::Alert(AlertState::Withdrawn { on, cause }) = story.state(&ORPHAN, "death") else {
        panic!("withdrawn");
    };
    assert_eq!(on, day("2025-07-08"));
    assert_eq!(
        cause,
        "截至2025-07-08，按现行规则、各部门的记录和当日日期，「标题 orphan」所述情形已不成立，系统自动撤回。\
         可消除此情形的有：办理后消除。"
    );
    assert_eq!(story.on("2025-07-09", &[none(&ORPHAN)]), NOTHING);
}

#[test]
fn a_cause_speaks_of_the_alert_as_people_saw_it() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[Finding { clears: String::new(), ..finding("death") }])]);
    let other = Level { title: "另一标题".into(), version: 2, ..none(&ORPHAN) };
    assert_eq!(story.on("2025-07-08", &[other]), ["moved to withdrawn"]);
    let ItemState::Alert(AlertState::Withdrawn { cause, .. }) = story.state(&ORPHAN, "death") else {
        panic!("withdrawn");
    };
    assert!(cause.contains("「标题 orphan」") && cause.ends_with("系统自动撤回。"), "{cause}");
}

#[test]
fn found_again_after_withdrawal_it_is_the_same_alert_open_again() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    story.on("2025-07-08", &[none(&ORPHAN)]);
    let then = story.on("2025-07-10", &[found(&ORPHAN, &[finding("death")])]);
    assert_eq!(then, ["updated death", "moved to open"]);
    assert_eq!(story.casework.counts(), Counts { open: 1, ..Counts::default() });
    assert_eq!(story.item(&ORPHAN, "death").ages[0].newest, Instant(2));
    // Three working days from the Thursday on which it came back, not from the day it was opened first.
    assert_eq!(story.item(&ORPHAN, "death").due, day("2025-07-15"));
    assert_eq!(story.item(&ORPHAN, "death").opened_on, day("2025-07-04"));
    assert_eq!(story.on("2025-07-14", &[found(&ORPHAN, &[finding("death")])]), NOTHING);
}

#[test]
fn found_again_with_a_date_of_its_own_it_is_due_then() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    story.on("2025-07-08", &[none(&ORPHAN)]);
    let level = [found(&ORPHAN, &[finding_due("death", "2025-08-01")])];
    assert_eq!(story.on("2025-07-10", &level), ["updated death", "moved to open"]);
    assert_eq!(story.item(&ORPHAN, "death").due, day("2025-08-01"));
    assert_eq!(story.on("2025-07-11", &level), NOTHING);
}

#[test]
fn resolved_it_is_never_raised_nor_changed_again() {
    let mut story = Story::begin();
    let id = id_of(&ORPHAN, "death");
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    assert_eq!(story.asks(command(1, "li", id, Order::Claim)), ["moved to claimed"]);
    assert_eq!(story.asks(command(2, "li", id, resolve(" 已走访 "))), ["moved to closed"]);
    let resolved = story.item(&ORPHAN, "death").clone();
    assert_eq!(resolved.state, closed("li", Instant(1_002), "已走访"));
    let (death, later) = (finding("death"), finding_due("death", "2025-08-01"));
    assert_eq!(story.on("2025-07-20", &[found(&ORPHAN, std::slice::from_ref(&death))]), NOTHING);
    assert_eq!(story.on("2025-07-20", &[found(&ORPHAN, &[later])]), NOTHING);
    assert_eq!(story.on("2025-07-20", &[none(&ORPHAN)]), ["death no longer found of person 1"]);
    assert_eq!(story.on("2025-07-20", &[found(&ORPHAN, &[death])]), ["death still found of person 1"]);
    assert_eq!(story.item(&ORPHAN, "death"), &resolved);
}

#[test]
fn unknown_changes_nothing_and_is_said_once() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    let rule = sanzao_model::RuleId("orphan".into());
    assert_eq!(story.on("2025-07-05", &[unknown(&ORPHAN, "police silent")]), ["unknown \"police silent\""]);
    assert_eq!(story.on("2025-07-05", &[unknown(&ORPHAN, "police silent")]), NOTHING);
    assert_eq!(story.on("2025-07-06", &[unknown(&ORPHAN, "no parameter")]), ["unknown \"no parameter\""]);
    assert_eq!(story.casework.unknown(&rule, &SOMEBODY), Some("no parameter"));
    assert_eq!(story.casework.unknowns().count(), 1);
    assert_eq!(story.state(&ORPHAN, "death").as_str(), "open");
    assert_eq!(story.on("2025-07-07", &[none(&ORPHAN)]), ["unknown \"\"", "moved to withdrawn"]);
    assert_eq!(story.casework.unknown(&rule, &SOMEBODY), None);
    assert_eq!(story.on("2025-07-07", &[none(&ORPHAN)]), NOTHING);
}

#[test]
fn unknown_without_a_reason_is_still_unknown() {
    let mut story = Story::begin();
    let level = level(&ORPHAN, LevelState::Unknown { reason: String::new() });
    assert_eq!(story.on("2025-07-05", std::slice::from_ref(&level)).len(), 1);
    assert_eq!(story.casework.unknowns().count(), 1);
    assert_eq!(story.on("2025-07-05", &[level]), NOTHING);
}

#[test]
fn a_record_that_lies_in_the_log_twice_counts_once() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    let before = story.casework.clone();
    let again = story.work[0].clone();
    assert_eq!(story.casework.apply_record(&again), Ok(false));
    assert_eq!(story.casework, before);
    assert_eq!((before.upto(), before.facts_upto(), before.day()), (1, 0, Some(day("2025-07-04"))));
}

#[test]
fn a_log_with_a_gap_is_refused() {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    story.on("2025-07-05", &[none(&ORPHAN)]);
    let id = id_of(&ORPHAN, "death");
    let refused = Casework::restore(Calendar::default(), &story.work[1..]);
    assert_eq!(refused, Err(CaseworkError::NeverOpened(id)));

    let mut doubled = story.work[0].clone();
    doubled.upto = 9;
    assert!(matches!(doubled.events[0], WorkEvent::Opened(_)));
    assert_eq!(story.casework.apply_record(&doubled), Err(CaseworkError::OpenedTwice(id)));
}
