//! Of several decisions on one case the newest decides, wherever it was made: given, when, then.

mod story;

use sanzao_model::{Item, ItemId, Level, Order, Reopening, SubjectId};
use story::*;

const NOTHING: [&str; 0] = [];
const TODAY: &str = "2025-07-04";

fn spending(household_number: u8, letters: &str) -> Level {
    of(household(household_number), found(&SPENDING, &[finding_on("spending", letters)]))
}

fn nothing_of(household_number: u8) -> Level {
    of(household(household_number), none(&SPENDING))
}

fn live<'a>(story: &'a Story, rule: &Rule, subject: SubjectId) -> Vec<&'a Item> {
    let of = |item: &&Item| item.rule.0 == rule.id && item.subject == subject && is_live(item);
    story.casework.items().filter(of).collect()
}

fn the_one_of(story: &Story, subject: SubjectId) -> ItemId {
    story.casework.items().find(|item| item.subject == subject).expect("one was opened there").id
}

/// Decided on in household 1, and with new evidence in household 2, where `last` says what of the first is found then.
fn decided_twice(first: Order, last: &[Level], second: Order) -> Story {
    let mut story = Story::begin();
    story.on(TODAY, &[spending(1, "AB")]);
    story.handles(story.live(&SPENDING, household(1)).id, first);
    story.on("2025-08-01", last);
    story.handles(story.live(&SPENDING, household(2)).id, second);
    story
}

#[test]
fn a_day_does_not_come_that_a_later_decision_made_needless() {
    let levels = [nothing_of(1), spending(2, "ABC")];
    let mut story = decided_twice(resolve_until("2025-09-01"), &levels, resolve("已纳入"));
    let then = story.on("2025-09-10", &[nothing_of(2), spending(1, "ABC")]);
    assert_eq!(then, ["spending no longer found of household 2", "spending still found of household 1"]);
}

#[test]
fn a_day_does_not_come_either_where_it_is_found_all_the_time() {
    for spoken_of in [true, false] {
        let levels = [spending(2, "ABC")];
        let mut story = decided_twice(resolve_until("2025-09-01"), &levels, resolve("已纳入"));
        let last = the_one_of(&story, household(2));
        let levels = if spoken_of { vec![spending(1, "AB")] } else { Vec::new() };
        let then = story.on("2025-09-01", &levels);
        assert_eq!(then, ["spending no longer found of household 1", "spending still found of household 1"]);
        assert_eq!(story.casework.still_found(&last).count(), 2);
        assert_eq!(story.on("2025-09-02", &levels), NOTHING);
    }
}

#[test]
fn the_day_of_the_last_decision_comes_where_an_older_one_knew_it_too() {
    let levels = [nothing_of(1), spending(2, "ABC")];
    let mut story = decided_twice(resolve("已办"), &levels, resolve_until("2025-09-01"));
    let last = the_one_of(&story, household(2));
    story.on("2025-08-20", &[nothing_of(2), spending(1, "AB")]);
    story.restarts();
    assert_eq!(
        story.on("2025-09-01", &[]),
        ["spending no longer found of household 1", "opened spending open, due 2025-09-15, episode 3"]
    );
    assert_eq!(story.live(&SPENDING, household(1)).previous, Some(last));
}

#[test]
fn whoever_decided_on_the_part_of_a_split_family_is_asked_first() {
    let mut story = Story::begin();
    story.on(TODAY, &[spending(3, "AB")]);
    story.handles(story.live(&SPENDING, household(3)).id, resolve_until("2025-07-05"));
    story.on("2025-07-05", &[spending(3, "bC"), spending(1, "A")]);
    story.handles(story.live(&SPENDING, household(3)).id, resolve("已办"));
    story.handles(story.live(&SPENDING, household(1)).id, resolve_until("2025-07-06"));
    // The day of the other part comes, and is not that of this one.
    let then = story.on("2025-07-06", &[spending(2, "B")]);
    assert!(then.contains(&"spending still found of household 2".into()), "{then:?}");
    assert!(live(&story, &SPENDING, household(2)).is_empty());
    assert_eq!(live(&story, &SPENDING, household(1)).len(), 1);
}

#[test]
fn what_was_withdrawn_does_not_come_back_after_a_decision_elsewhere() {
    let mut story = Story::begin();
    story.on("2025-01-10", &[spending(1, "A")]);
    story.on("2025-02-10", &[nothing_of(1)]);
    story.on("2025-03-10", &[spending(2, "AB")]);
    let id = story.live(&SPENDING, household(2)).id;
    story.handles(id, resolve("已办"));
    story.on("2025-04-10", &[nothing_of(2), spending(1, "ABC")]);
    let again = story.live(&SPENDING, household(1)).clone();
    assert_eq!((again.previous, again.episode), (Some(id), 2));
    assert_eq!(again.reopening, Some(Reopening::NewEvidence { new: vec![fact('C')] }));
    // And when only what was decided on is left, nothing in it is new.
    assert_eq!(
        story.on("2025-04-11", &[spending(1, "AB")]),
        ["moved to withdrawn", "spending still found of household 1"]
    );
}

#[test]
fn a_minor_bill_in_common_covers_no_later_bills() {
    let mut story = Story::begin();
    story.on(TODAY, &[spending(1, "abc")]);
    story.handles(story.live(&SPENDING, household(1)).id, resolve("已办"));
    assert_eq!(
        story.on("2025-08-01", &[nothing_of(1), spending(2, "cxyz")]),
        ["spending no longer found of household 1", "spending still found of household 2"]
    );
    let then = story.on("2026-08-03", &[spending(2, "uvwxyz")]);
    assert_eq!(then, ["spending no longer found of household 2", "opened spending open, due 2026-08-17"]);
}

#[test]
fn without_a_trigger_the_same_household_stays_covered() {
    let mut story = Story::begin();
    story.on(TODAY, &[spending(1, "abc")]);
    story.handles(story.live(&SPENDING, household(1)).id, resolve("已办"));
    assert_eq!(story.on("2026-08-01", &[spending(1, "uvwxyz")]), NOTHING);
}

#[test]
fn an_alert_of_one_who_was_decided_on_under_another_number_is_withdrawn() {
    let death = || found(&ORPHAN, &[finding_on("orphan", "A")]);
    let mut story = Story::begin();
    story.on(TODAY, &[death(), of(person(2), death())]);
    story.handles(id_of(&ORPHAN, "orphan"), resolve("已办"));
    let then = story.on("2025-07-05", &[none(&ORPHAN), formerly(1, of(person(2), death()))]);
    assert_eq!(
        then,
        ["orphan no longer found of person 1", "moved to withdrawn", "orphan still found of person 2"]
    );
}

#[test]
fn an_alert_of_which_only_what_was_decided_on_elsewhere_is_left_is_withdrawn() {
    let mut story = Story::begin();
    story.on(TODAY, &[spending(1, "AB")]);
    story.on("2025-07-05", &[spending(2, "AB")]);
    story.handles(story.live(&SPENDING, household(1)).id, resolve("已办"));
    // As long as nothing changes it waits for somebody.
    assert_eq!(story.on("2025-07-06", &[spending(2, "AB")]), NOTHING);
    story.on("2025-07-07", &[spending(2, "A"), nothing_of(1)]);
    assert!(live(&story, &SPENDING, household(2)).is_empty());
}
