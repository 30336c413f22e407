//! What was handled stays handled, and what is worked on goes along: given, when, then.

mod story;

use sanzao_model::{AlertState, Finding, ItemId, ItemState, Level, LevelState, Order, PersonId, Reopening};
use story::*;

const NOTHING: [&str; 0] = [];
const TODAY: &str = "2025-07-04";

/// The family as the household of a household number, and as the one of a benefit.
const POLICE: u8 = 1;
const PROGRAM: u8 = 2;

fn spending(household_number: u8, letters: &str) -> Level {
    of(household(household_number), found(&SPENDING, &[finding_on("spending", letters)]))
}

fn nothing_of(household_number: u8) -> Level {
    of(household(household_number), none(&SPENDING))
}

/// An alert about a household that rests on these facts.
fn with_an_alert(letters: &str) -> (Story, ItemId) {
    let mut story = Story::begin();
    assert_eq!(story.on(TODAY, &[spending(POLICE, letters)]), ["opened spending open, due 2025-07-18"]);
    let id = story.live(&SPENDING, household(POLICE)).id;
    (story, id)
}

fn with_a_handled_alert(letters: &str) -> (Story, ItemId) {
    let (mut story, id) = with_an_alert(letters);
    story.handles(id, resolve("已走访"));
    (story, id)
}

#[test]
fn a_year_sent_three_times_is_handled_once() {
    let (mut story, _) = with_a_handled_alert("AB");
    for day in ["2025-08-01", "2025-09-01", "2025-10-01"] {
        // The same facts, stated by other events: values and ages may differ, evidence does not.
        let mut level = spending(POLICE, "AB");
        level.title = format!("标题 {day}");
        assert_eq!(story.on(day, &[level]), NOTHING);
        story.restarts();
    }
    assert_eq!(story.casework.counts().open, 0);
}

#[test]
fn a_window_that_moves_on_raises_nothing() {
    let (mut story, id) = with_a_handled_alert("ABC");
    assert_eq!(story.on("2025-08-01", &[spending(POLICE, "BC")]), NOTHING);
    assert_eq!(story.on("2025-09-01", &[nothing_of(POLICE)]), ["spending no longer found of household 1"]);
    assert_eq!(story.casework.still_found(&id).count(), 0);
    // A correction brings the oldest bill back.
    assert_eq!(story.on("2025-09-02", &[spending(POLICE, "AC")]), ["spending still found of household 1"]);
    assert_eq!(story.casework.still_found(&id).collect::<Vec<_>>(), [(household(POLICE), "spending")]);
}

#[test]
fn new_evidence_opens_a_new_episode() {
    let (mut story, id) = with_a_handled_alert("AB");
    let decided = story.casework.item(&id).unwrap().clone();
    let then = story.on("2025-08-01", &[spending(POLICE, "ABC")]);
    assert_eq!(
        then,
        ["spending no longer found of household 1", "opened spending open, due 2025-08-15, episode 2"]
    );
    let again = story.live(&SPENDING, household(POLICE));
    assert_eq!((again.previous, again.episode), (Some(id), 2));
    assert_eq!(again.reopening, Some(Reopening::NewEvidence { new: vec![fact('C')] }));
    assert_ne!(again.id, id);
    let again = again.id;
    assert_eq!(story.casework.item(&id), Some(&decided), "the old one keeps its decision");
    // And so on: each episode knows what those before it knew.
    story.handles(again, resolve("已办"));
    assert_eq!(story.on("2025-09-01", &[spending(POLICE, "C")]), NOTHING);
    assert_eq!(story.on("2025-09-01", &[spending(POLICE, "AC")]), NOTHING);
    story.on("2025-09-02", &[spending(POLICE, "ACD")]);
    let third = story.live(&SPENDING, household(POLICE));
    assert_eq!((third.previous, third.episode), (Some(again), 3));
}

#[test]
fn new_evidence_that_is_gone_again_leaves_the_decision() {
    let (mut story, id) = with_a_handled_alert("A");
    story.on("2025-08-01", &[spending(POLICE, "AB")]);
    let again = story.live(&SPENDING, household(POLICE)).id;
    let then = story.on("2025-08-02", &[spending(POLICE, "A")]);
    assert_eq!(then, ["moved to withdrawn", "spending still found of household 1"]);
    let ItemState::Alert(AlertState::Withdrawn { cause, .. }) = &story.casework.item(&again).unwrap().state
    else {
        panic!("withdrawn");
    };
    assert!(cause.contains("新记录已不成立"), "{cause}");
    assert_eq!(story.casework.still_found(&id).count(), 1);
    // It comes back as the same episode.
    let then = story.on("2025-08-03", &[spending(POLICE, "AB")]);
    assert_eq!(then, ["spending no longer found of household 1", "updated spending", "moved to open"]);
    assert_eq!(story.live(&SPENDING, household(POLICE)).id, again);
}

#[test]
fn minor_evidence_raises_nothing_and_belongs_to_the_case() {
    let (mut story, id) = with_a_handled_alert("Ab");
    assert_eq!(story.on("2025-08-01", &[spending(POLICE, "Abcd1")]), NOTHING);
    // A link that was known then makes nothing new as a trigger, one that was not does.
    assert_eq!(story.on("2025-08-02", &[spending(POLICE, "AB")]), NOTHING);
    let then = story.on("2025-08-03", &[spending(POLICE, "AC")]);
    assert_eq!(then.len(), 2, "{then:?}");
    assert_eq!(story.live(&SPENDING, household(POLICE)).previous, Some(id));
}

#[test]
fn what_was_context_was_not_known() {
    let (mut story, _) = with_a_handled_alert("A1");
    let mut level = spending(POLICE, "AX");
    let LevelState::Known(findings) = &mut level.state else { panic!("known") };
    findings[0].evidence[1].fact = fact('1');
    assert_eq!(story.on("2025-08-03", &[level]).len(), 2);
    assert_eq!(story.live(&SPENDING, household(POLICE)).episode, 2);
}

#[test]
fn without_a_trigger_nothing_is_new() {
    let mut story = Story::begin();
    story.on(TODAY, &[found(&ORPHAN, &[finding("orphan")])]);
    story.handles(id_of(&ORPHAN, "orphan"), resolve("已办"));
    assert_eq!(story.on("2025-07-05", &[found(&ORPHAN, &[finding_on("orphan", "a1")])]), NOTHING);
}

#[test]
fn an_alert_follows_into_the_household_of_a_program() {
    for (levels, order) in [
        (vec![spending(PROGRAM, "AB"), nothing_of(POLICE)], "found first"),
        (vec![nothing_of(POLICE), spending(PROGRAM, "AB")], "gone first"),
    ] {
        let (mut story, id) = with_an_alert("AB");
        story.asks(command(1, "li", id, Order::Claim));
        let before = story.casework.item(&id).unwrap().clone();
        assert_eq!(story.on("2025-07-10", &levels), ["spending followed to household 2"], "{order}");
        let now = story.live(&SPENDING, household(PROGRAM));
        assert_eq!((now.id, &now.state, now.due), (id, &before.state, before.due), "{order}");
        assert_eq!((now.episode, now.opened_on), (1, before.opened_on));
        assert_eq!(story.casework.items().len(), 1, "not a second item");
        assert_eq!(story.on("2025-07-11", &levels), NOTHING, "{order}");
        // Where it was it can be raised anew, as something else.
        story.on("2025-07-12", &[spending(POLICE, "XY")]);
        assert_ne!(story.live(&SPENDING, household(POLICE)).id, id);
    }
}

#[test]
fn an_alert_follows_though_batches_come_apart() {
    let (gone, found) = (nothing_of(POLICE), spending(PROGRAM, "AB"));
    for [first, second] in [[&found, &gone], [&gone, &found]] {
        let (mut story, id) = with_an_alert("AB");
        story.asks(command(1, "li", id, Order::Claim));
        let then = story.on_with_more("2025-07-10", std::slice::from_ref(first));
        assert_eq!(then.len(), 1);
        assert!(then[0].starts_with("postponed"), "{then:?}");
        assert_eq!(story.on_with_more("2025-07-10", std::slice::from_ref(first)), NOTHING, "sent again");
        story.restarts();
        let then = story.on("2025-07-10", std::slice::from_ref(second));
        assert_eq!(then, ["taken up", "spending followed to household 2"]);
        assert_eq!(story.live(&SPENDING, household(PROGRAM)).id, id);
        assert_eq!(story.live(&SPENDING, household(PROGRAM)).state.as_str(), "claimed");
    }
}

#[test]
fn what_was_postponed_and_follows_nowhere_is_decided_with_the_last_batch() {
    let (mut story, id) = with_an_alert("AB");
    assert_eq!(story.on_with_more("2025-07-10", &[nothing_of(POLICE)]), ["postponed household 1"]);
    assert_eq!(story.casework.item(&id).unwrap().state.as_str(), "open");
    // The last word on it counts, also when that is another one.
    assert_eq!(story.on_with_more("2025-07-10", &[spending(POLICE, "ABC")]), ["postponed household 1"]);
    assert_eq!(story.on("2025-07-10", &[]), ["taken up", "updated spending"]);
    story.on_with_more("2025-07-11", &[nothing_of(POLICE)]);
    assert_eq!(story.on("2025-07-11", &[]), ["taken up", "moved to withdrawn"]);
}

#[test]
fn where_the_old_household_still_finds_it_the_new_one_has_an_alert_of_its_own() {
    let (mut story, id) = with_an_alert("AB");
    let then = story.on("2025-07-10", &[spending(PROGRAM, "AB")]);
    assert_eq!(then, ["opened spending open, due 2025-07-24"]);
    assert_eq!(story.live(&SPENDING, household(POLICE)).id, id);
    assert_eq!(story.on_with_more("2025-07-11", &[spending(3, "A")]), ["postponed household 3"]);
    assert_eq!(story.on("2025-07-11", &[]), ["taken up", "opened spending open, due 2025-07-25"]);
}

#[test]
fn what_was_handled_stays_handled_in_the_household_of_a_program() {
    let (mut story, id) = with_a_handled_alert("ABc");
    let then = story.on("2025-07-10", &[spending(PROGRAM, "AB"), nothing_of(POLICE)]);
    assert_eq!(then, ["spending still found of household 2", "spending no longer found of household 1"]);
    assert_eq!(story.casework.still_found(&id).collect::<Vec<_>>(), [(household(PROGRAM), "spending")]);
    story.restarts();
    assert_eq!(story.on("2025-07-11", &[spending(PROGRAM, "ABc")]), NOTHING);
    // Evidence that is new there is new.
    story.on("2025-07-12", &[spending(PROGRAM, "ABD")]);
    let again = story.live(&SPENDING, household(PROGRAM));
    assert_eq!((again.previous, again.episode), (Some(id), 2));
    assert_eq!(again.reopening, Some(Reopening::NewEvidence { new: vec![fact('D')] }));
}

#[test]
fn a_family_that_moves_takes_its_alert_along_and_back() {
    let (mut story, id) = with_an_alert("AB");
    let mut there = spending(3, "AB");
    there.division = Some("320614103001".parse().unwrap());
    story.on("2025-07-10", &[nothing_of(POLICE), there.clone()]);
    let moved = story.live(&SPENDING, household(3));
    assert_eq!((moved.id, moved.division), (id, there.division));
    assert_eq!(
        story.on("2025-07-12", &[spending(POLICE, "AB"), nothing_of(3)]),
        ["spending followed to household 1"]
    );
    assert_eq!(story.live(&SPENDING, household(POLICE)).id, id);
}

#[test]
fn of_a_household_that_splits_one_part_keeps_the_alert() {
    let (mut story, id) = with_an_alert("ABC");
    story.asks(command(1, "li", id, Order::Claim));
    let then = story.on("2025-07-10", &[nothing_of(POLICE), spending(3, "A"), spending(4, "BC")]);
    // The part with more of the case.
    assert_eq!(then, ["opened spending open, due 2025-07-24", "spending followed to household 4"]);
    assert_eq!(story.live(&SPENDING, household(4)).id, id);
    assert_eq!(story.live(&SPENDING, household(3)).episode, 1);
}

#[test]
fn of_a_handled_household_that_splits_both_parts_are_covered() {
    let (mut story, id) = with_a_handled_alert("ABC");
    let then = story.on("2025-07-10", &[nothing_of(POLICE), spending(3, "A"), spending(4, "BC")]);
    assert_eq!(
        then,
        [
            "spending no longer found of household 1",
            "spending still found of household 3",
            "spending still found of household 4"
        ]
    );
    assert_eq!(story.casework.still_found(&id).count(), 2);
    assert_eq!(story.on("2025-07-11", &[nothing_of(3)]), ["spending no longer found of household 3"]);
    assert_eq!(story.casework.still_found(&id).count(), 1, "the other part finds it still");
}

#[test]
fn of_two_households_that_become_one_the_alert_that_somebody_works_on_goes_along() {
    for claimed in [1, 3] {
        let (mut story, _) = with_an_alert("AB");
        story.on("2025-07-05", &[spending(3, "AB")]);
        let id = story.live(&SPENDING, household(claimed)).id;
        story.asks(command(1, "li", id, Order::Claim));
        let then = story.on("2025-07-10", &[nothing_of(POLICE), nothing_of(3), spending(PROGRAM, "AB")]);
        assert_eq!(then, ["moved to withdrawn", "spending followed to household 2"]);
        assert_eq!(story.live(&SPENDING, household(PROGRAM)).id, id);
    }
}

#[test]
fn of_handled_households_that_become_one_nobody_has_looked_at_the_whole() {
    let (mut story, id) = with_a_handled_alert("AB");
    story.on("2025-07-05", &[spending(3, "C")]);
    story.handles(story.live(&SPENDING, household(3)).id, resolve("已办"));
    story.on("2025-07-10", &[nothing_of(POLICE), nothing_of(3), spending(PROGRAM, "ABC")]);
    let again = story.live(&SPENDING, household(PROGRAM));
    assert_eq!((again.previous, again.episode), (Some(id), 2), "of the nearer one");
    assert_eq!(again.reopening, Some(Reopening::NewEvidence { new: vec![fact('C')] }));
}

#[test]
fn two_households_with_nothing_in_common_share_no_case() {
    let (mut story, id) = with_a_handled_alert("A1");
    let then = story.on("2025-07-10", &[nothing_of(POLICE), spending(PROGRAM, "B1")]);
    assert_eq!(then[1], "opened spending open, due 2025-07-24", "context is not the case");
    assert_eq!(story.live(&SPENDING, household(PROGRAM)).previous, None);
    let income = Rule { id: "income-above-standard", ..SPENDING };
    let other = of(household(PROGRAM), found(&income, &[finding_on("spending", "A")]));
    assert_eq!(story.on("2025-07-10", &[other]).len(), 1, "another rule is another case");
    assert_ne!(story.live(&income, household(PROGRAM)).previous, Some(id));
}

#[test]
fn a_corrected_number_takes_alert_task_and_decision_along() {
    let death = finding_on("orphan", "A");
    let visit = finding_due("2025-07", "2025-07-31");
    let mut story = Story::begin();
    story.on(
        TODAY,
        &[found(&ORPHAN, std::slice::from_ref(&death)), found(&MONTHLY_VISIT, std::slice::from_ref(&visit))],
    );
    let (alert, task) = (id_of(&ORPHAN, "orphan"), id_of(&MONTHLY_VISIT, "2025-07"));
    story.asks(command(1, "li", alert, Order::Claim));
    let under = |number, level| formerly(1, of(person(number), level));
    let then = story.on(
        "2025-07-10",
        &[
            none(&ORPHAN),
            none(&MONTHLY_VISIT),
            under(2, found(&ORPHAN, std::slice::from_ref(&death))),
            under(2, found(&MONTHLY_VISIT, &[visit])),
        ],
    );
    assert_eq!(then, ["orphan followed to person 2", "2025-07 followed to person 2"]);
    assert_eq!(story.live(&ORPHAN, person(2)).id, alert);
    assert_eq!(story.live(&ORPHAN, person(2)).state.as_str(), "claimed");
    assert_eq!(story.live(&MONTHLY_VISIT, person(2)).id, task);

    // Handled, and corrected once more.
    story.asks(command(2, "li", alert, resolve("已办")));
    let third = Level { formerly: vec![pid(1), pid(2)], ..of(person(3), found(&ORPHAN, &[death])) };
    let then = story.on("2025-07-11", &[under(2, none(&ORPHAN)), third]);
    assert_eq!(then, ["orphan no longer found of person 2", "orphan still found of person 3"]);
}

fn pid(number: u8) -> PersonId {
    PersonId([number; 16])
}

#[test]
fn siblings_share_the_death_of_a_parent_and_no_case() {
    let death = finding_on("orphan", "A");
    let mut story = Story::begin();
    story.on(TODAY, &[found(&ORPHAN, std::slice::from_ref(&death))]);
    story.handles(id_of(&ORPHAN, "orphan"), resolve("已办"));
    let then = story.on("2025-07-10", &[none(&ORPHAN), of(person(2), found(&ORPHAN, &[death]))]);
    assert_eq!(then[1], "opened orphan open, due 2025-07-15");
    assert_eq!(story.live(&ORPHAN, person(2)).previous, None);
}

#[test]
fn another_occasion_of_somebody_that_shares_evidence_is_the_same_case() {
    let day_of = |occasion, letters| found(&ORPHAN, &[finding_on(occasion, letters)]);
    let mut story = Story::begin();
    story.on(TODAY, &[day_of("2025-06-01", "A")]);
    let id = id_of(&ORPHAN, "2025-06-01");
    // The record was corrected: it began a day earlier.
    assert_eq!(story.on("2025-07-10", &[day_of("2025-05-31", "A")]), ["2025-05-31 followed to person 1"]);
    story.handles(id, resolve("已办"));
    let then = story.on("2025-07-11", &[day_of("2025-06-02", "A")]);
    assert_eq!(then, ["2025-05-31 no longer found of person 1", "2025-06-02 still found of person 1"]);
    assert_eq!(
        story.on("2025-09-01", &[day_of("2025-08-30", "B")])[1],
        "opened 2025-08-30 open, due 2025-09-04"
    );
}

#[test]
fn a_task_follows_with_its_own_occasion_only() {
    let expiry =
        |occasion, due| found(&EXPIRY, &[Finding { due: Some(day(due)), ..finding_on(occasion, "A") }]);
    let mut story = Story::begin();
    story.on(TODAY, &[of(household(1), expiry("b/2024", "2025-07-20"))]);
    let id = story.live(&EXPIRY, household(1)).id;
    let then = story.on(
        "2025-07-10",
        &[of(household(1), none(&EXPIRY)), of(household(2), expiry("b/2024", "2025-07-21"))],
    );
    assert_eq!(then, ["b/2024 followed to household 2"]);
    assert_eq!(story.live(&EXPIRY, household(2)).due, day("2025-07-21"));
    // Granted anew: the old task is done, though both rest on the benefit.
    let then = story.on("2025-07-11", &[of(household(2), expiry("b/2025", "2026-07-20"))]);
    assert_eq!(then, ["moved to done", "opened b/2025 planned, due 2026-07-20"]);
    assert_eq!(story.casework.item(&id).unwrap().state.as_str(), "done");
}

#[test]
fn a_decision_expires_and_what_is_still_found_is_raised_again() {
    let (mut story, id) = with_an_alert("AB");
    story.handles(id, resolve_until("2025-09-01"));
    assert_eq!(story.on("2025-08-01", &[spending(POLICE, "A")]), ["spending still found of household 1"]);
    story.restarts();
    assert_eq!(story.on("2025-08-31", &[]), NOTHING);
    let then = story.on("2025-09-01", &[]);
    assert_eq!(
        then,
        ["spending no longer found of household 1", "opened spending open, due 2025-09-15, episode 2"]
    );
    let again = story.live(&SPENDING, household(POLICE));
    assert_eq!(again.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: Vec::new() }));
    assert_eq!(again.finding, finding_on("spending", "A"), "as it was found last");
    assert_eq!((again.previous, again.opened_on), (Some(id), day("2025-09-01")));
    assert_eq!(story.on("2025-09-02", &[spending(POLICE, "A")]), NOTHING);
    // Withdrawn and found again it is the same episode.
    story.on("2025-09-03", &[nothing_of(POLICE)]);
    assert_eq!(story.on("2025-09-04", &[spending(POLICE, "A")]), ["updated spending", "moved to open"]);
}

#[test]
fn a_decision_expires_and_what_is_not_found_then_is_raised_when_it_is() {
    let (mut story, id) = with_an_alert("AB");
    story.handles(id, resolve_until("2025-09-01"));
    story.on("2025-08-01", &[nothing_of(POLICE)]);
    assert_eq!(story.on("2025-09-01", &[]), NOTHING);
    story.restarts();
    let then = story.on("2026-01-05", &[spending(POLICE, "AB")]);
    assert_eq!(then, ["opened spending open, due 2026-01-19, episode 2"]);
    let again = story.live(&SPENDING, household(POLICE));
    assert_eq!(again.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: Vec::new() }));
}

#[test]
fn a_decision_expires_in_the_household_that_finds_it_by_then() {
    let (mut story, id) = with_an_alert("AB");
    story.handles(id, resolve_until("2025-09-01"));
    story.on("2025-08-01", &[nothing_of(POLICE), spending(PROGRAM, "AB")]);
    story.on("2025-09-01", &[]);
    assert_eq!(story.live(&SPENDING, household(PROGRAM)).previous, Some(id));
}

#[test]
fn a_level_that_comes_with_the_day_of_expiry_is_what_is_raised() {
    let (mut story, id) = with_an_alert("AB");
    story.handles(id, resolve_until("2025-09-01"));
    let then = story.on("2025-09-01", &[spending(POLICE, "ABC")]);
    assert_eq!(then.len(), 2, "{then:?}");
    let again = story.live(&SPENDING, household(POLICE));
    assert_eq!(again.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: vec![fact('C')] }));
    story.handles(again.id, resolve_until("2025-10-01"));
    let then = story.on("2025-10-01", &[nothing_of(POLICE)]);
    assert_eq!(then, ["spending no longer found of household 1"]);
}

#[test]
fn new_evidence_does_not_wait_for_the_day_and_the_day_comes_all_the_same() {
    let (mut story, id) = with_an_alert("A");
    story.handles(id, resolve_until("2025-09-01"));
    story.on("2025-08-01", &[spending(POLICE, "AB")]);
    let second = story.live(&SPENDING, household(POLICE)).id;
    // The evidence is gone again, the first decision holds until its day.
    story.on("2025-08-02", &[spending(POLICE, "A")]);
    assert_eq!(story.casework.item(&second).unwrap().state.as_str(), "withdrawn");
    story.on("2025-09-01", &[]);
    let third = story.live(&SPENDING, household(POLICE));
    assert!(third.id != second && third.previous == Some(id), "whoever decides sees that the day came");
    assert_eq!(third.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: Vec::new() }));
}

/// A case that was decided on twice, the second time until a day, of which nothing is found meanwhile.
fn decided_twice_until(reopen_on: &str) -> (Story, ItemId) {
    let (mut story, _) = with_a_handled_alert("A");
    story.on("2025-07-10", &[spending(POLICE, "AB")]);
    let second = story.live(&SPENDING, household(POLICE)).id;
    // Meanwhile a part of the family has something new of its own.
    story.on("2025-07-11", &[spending(4, "AC")]);
    story.handles(second, resolve_until(reopen_on));
    story.on("2025-07-12", &[nothing_of(POLICE)]);
    (story, second)
}

#[test]
fn of_two_decisions_on_one_case_the_last_says_when_it_expires() {
    let (mut story, second) = decided_twice_until("2025-09-01");
    assert_eq!(story.on("2025-08-01", &[spending(3, "A")]), ["spending still found of household 3"]);
    story.on("2025-08-02", &[nothing_of(3)]);
    let then = story.on("2025-09-02", &[spending(3, "A")]);
    assert_eq!(then, ["opened spending open, due 2025-09-16, episode 3"]);
    let again = story.live(&SPENDING, household(3));
    assert_eq!(again.previous, Some(second));
    assert_eq!(again.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: Vec::new() }));
}

#[test]
fn of_two_decisions_on_parts_of_a_case_the_one_that_knew_it_and_expired_is_told() {
    let (mut story, nearer) = with_an_alert("AB");
    story.on("2025-07-05", &[of(household(3), found(&SPENDING, &[finding_on("other", "AD")]))]);
    let expiring = story.live(&SPENDING, household(3)).id;
    story.handles(nearer, resolve("已办"));
    story.handles(expiring, resolve_until("2025-09-01"));
    story.on("2025-08-01", &[nothing_of(POLICE), nothing_of(3)]);
    story.on("2025-09-02", &[spending(4, "AD")]);
    let again = story.live(&SPENDING, household(4));
    assert_eq!(again.previous, Some(expiring));
    assert_eq!(again.reopening, Some(Reopening::Expired { on: day("2025-09-01"), new: Vec::new() }));
}

#[test]
fn an_alert_does_not_follow_to_where_nothing_is_new_to_it() {
    let (mut story, second) = decided_twice_until("2025-09-01");
    let part = story.live(&SPENDING, household(4)).id;
    let levels = [nothing_of(4), spending(3, "A")];
    let then = story.on("2025-09-02", &levels);
    assert_eq!(then, ["moved to withdrawn", "opened spending open, due 2025-09-16, episode 3"]);
    assert_eq!(story.casework.item(&part).unwrap().state.as_str(), "withdrawn");
    assert_eq!(story.live(&SPENDING, household(3)).previous, Some(second));
    assert_eq!(story.on("2025-09-02", &levels), NOTHING);
}

#[test]
fn of_the_unknown_no_decision_expires() {
    let (mut story, id) = with_an_alert("A");
    story.handles(id, resolve_until("2025-09-01"));
    story.on("2025-08-31", &[of(household(POLICE), unknown(&SPENDING, "late"))]);
    assert_eq!(story.on("2025-09-01", &[]), NOTHING);
    let then = story.on("2025-09-02", &[spending(POLICE, "A")]);
    assert_eq!(then.last().unwrap(), "opened spending open, due 2025-09-16, episode 2");
}

#[test]
fn a_decision_expires_after_today() {
    let (mut story, id) = with_an_alert("A");
    story.asks(command(1, "li", id, Order::Claim));
    let refused = ["refused DayOutOfRange"];
    assert_eq!(story.asks(command(2, "li", id, resolve_until(TODAY))), refused);
    assert_eq!(story.asks(command(3, "li", id, resolve_until("2028-07-05"))), refused);
    assert_eq!(story.asks(command(4, "li", id, resolve_until("2028-07-04"))), ["moved to closed"]);
}
