//! What holds whatever comes: levels in any order, several people, restores in between.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod story;

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use sanzao_casework::{Calendar, item_id};
use sanzao_model::{
    AlertState, Command, Day, Finding, FindingBatch, HouseholdId, InboxRecord, Item, ItemId, ItemState,
    Level, LevelState, Order, RefusalCode, SubjectId, TaskState, WorkEvent, WorkRecord,
};
use story::*;

const RULES: [&Rule; 4] = [&ORPHAN, &MONTHLY_VISIT, &HOME_CARE, &LONG_SILENCE];
const SUBJECTS: [SubjectId; 2] = [SOMEBODY, SubjectId::Household(HouseholdId([1; 16]))];

#[derive(Debug, Clone)]
enum Step {
    Findings { days: i32, levels: Vec<(usize, usize, State)>, new_day: bool, more: bool },
    Command { key: u8, actor: &'static str, rule: usize, occasion: &'static str, order: Order },
    Restore,
}

#[derive(Debug, Clone)]
enum State {
    Known { occasions: Vec<(&'static str, u8)>, version: u32, title: &'static str },
    Unknown(&'static str),
}

fn state() -> impl Strategy<Value = State> {
    let occasions = vec((select(vec!["a", "b", "c"]), 0..3_u8), 0..4);
    prop_oneof![
        6 => (occasions, 1..3_u32, select(vec!["标题", "标题（新）"])).prop_map(
            |(occasions, version, title)| State::Known { occasions, version, title }
        ),
        1 => select(vec!["silent", "failed", ""]).prop_map(State::Unknown),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let levels = vec((0..RULES.len(), 0..SUBJECTS.len(), state()), 0..4);
    let days = prop_oneof![2 => Just(0), 3 => 1..4_i32, 1 => 20..40_i32];
    let order = prop_oneof![
        3 => Just(Order::Claim),
        3 => select(vec!["visited", " "]).prop_map(resolve),
    ];
    // Alerts mostly, or a short sequence would seldom get one resolved.
    let rule = prop_oneof![4 => Just(0), 1 => 1..RULES.len()];
    let command = (0..40_u8, select(vec!["li", "wang", "zhao"]), rule, select(vec!["a", "b", "d"]), order);
    prop_oneof![
        4 => (days, levels, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
            |(days, levels, new_day, more)| Step::Findings { days, levels, new_day, more }
        ),
        4 => command.prop_map(|(key, actor, rule, occasion, order)| {
            Step::Command { key, actor, rule, occasion, order }
        }),
        1 => Just(Step::Restore),
    ]
}

/// Due days of the same occasion differ: the rule's own count, near, or far.
fn found_finding(today: Day, rule: &Rule, occasion: &str, variant: u8) -> Finding {
    let due = if rule.periodic { Some(Day(20_010)) } else { None };
    let due = match variant {
        0 => due,
        1 => Some(today.plus_days(-1)),
        _ => Some(today.plus_days(5)),
    };
    Finding { due, values: format!("{{\"variant\":{variant}}}"), ..finding(occasion) }
}

fn record(today: Day, offset: u64, step: &Step) -> Option<InboxRecord> {
    match step {
        Step::Findings { levels, new_day, more, .. } => {
            let levels: Vec<Level> = levels
                .iter()
                .map(|(rule, subject, state)| {
                    let rule = RULES[*rule];
                    let (state, version, title) = match state {
                        State::Known { occasions, version, title } => {
                            let findings = occasions.iter().map(|(o, v)| found_finding(today, rule, o, *v));
                            (LevelState::Known(findings.collect()), *version, *title)
                        }
                        State::Unknown(reason) => (LevelState::Unknown { reason: (*reason).into() }, 1, ""),
                    };
                    let (subject, title) = (SUBJECTS[*subject], title.to_owned());
                    Level { subject, version, title, ..level(rule, state) }
                })
                .collect();
            let batch = FindingBatch { new_day: *new_day, more: *more, ..batch(offset, today, &levels) };
            Some(InboxRecord::Findings(batch))
        }
        Step::Command { key, actor, rule, occasion, order } => {
            let item = id_of(RULES[*rule], occasion);
            Some(InboxRecord::Command(command(*key, actor, item, order.clone())))
        }
        Step::Restore => None,
    }
}

/// The levels of a batch that count: the last of each rule and subject.
fn levels_that_count(batch: &FindingBatch) -> Vec<&Level> {
    let same = |a: &Level, b: &Level| a.rule == b.rule && a.subject == b.subject;
    let later = |at: usize, level: &Level| batch.levels[at + 1..].iter().any(|other| same(level, other));
    batch.levels.iter().enumerate().filter(|(at, level)| !later(*at, level)).map(|(_, level)| level).collect()
}

fn items_of<'a>(story: &'a Story, level: &Level) -> Vec<&'a Item> {
    let of = |item: &&Item| item.rule == level.rule && item.subject == level.subject;
    story.casework.items().filter(of).collect()
}

fn agrees(story: &Story, level: &Level, findings: &[Finding], today: Day) {
    let is_shown = |item: &Item| findings.iter().find(|finding| finding.occasion == item.finding.occasion);
    let items = items_of(story, level);
    for finding in findings {
        assert!(items.iter().any(|item| item.finding.occasion == finding.occasion), "nothing is overlooked");
    }
    for item in items {
        let shown = is_shown(item);
        if let Some(finding) = shown
            && item.state.as_str() != "closed"
        {
            assert_eq!((&item.finding, item.version), (finding, level.version));
            assert_eq!(item.title, level.title);
        }
        let fits = match (&item.state, shown.is_some()) {
            (ItemState::Alert(AlertState::Closed(_)), _) => true,
            (ItemState::Alert(AlertState::Open | AlertState::Claimed { .. }), found) => found,
            (ItemState::Alert(AlertState::Withdrawn { .. }), found) => !found,
            (ItemState::Task(TaskState::Planned), found) => found && item.due > today.plus_days(7),
            (ItemState::Task(TaskState::Due), found) => {
                found && (today..=today.plus_days(7)).contains(&item.due)
            }
            (ItemState::Task(TaskState::Done { .. }), found) => !found,
            (ItemState::Task(TaskState::Overdue { .. }), found) => found && item.due < today,
            (ItemState::Task(TaskState::Missed { .. }), found) => !found && item.periodic && item.due < today,
            (other, _) => panic!("nobody asked for {other:?}"),
        };
        assert!(fits, "{:?} on {today}: {item:?}", is_shown(item));
    }
}

/// A task is due when the finding says; an alert has its working days from the day it was opened, or came
/// back, and keeps that day.
fn due_days(story: &Story, before: &Story, level: &Level, findings: &[Finding], today: Day) {
    for finding in findings {
        let id = item_id(&level.rule, &level.subject, &finding.occasion);
        let item = story.casework.item(&id).expect("nothing is overlooked");
        // Of an occasion that is found twice the first counts.
        if item.finding != *finding {
            continue;
        }
        let counted = || Calendar::default().working_days_after(today, level.due_working_days);
        let expected = match before.casework.item(&id).map(|item| (&item.state, item.due)) {
            None | Some((ItemState::Alert(AlertState::Withdrawn { .. }), _)) => {
                finding.due.unwrap_or_else(counted)
            }
            Some((ItemState::Alert(_), due)) => due,
            Some((ItemState::Task(_), due)) => finding.due.unwrap_or(due),
        };
        assert_eq!(item.due, expected, "{item:?}");
    }
}

/// The levels on which a record decides: with the last batch also those that were postponed.
fn decided_levels(postponed: &mut Vec<Level>, batch: &FindingBatch, work: &WorkRecord) -> FindingBatch {
    let mut levels = batch.levels.clone();
    if batch.more {
        let waits = |level: &Level, other: &Level| other.rule == level.rule && other.subject == level.subject;
        for event in &work.events {
            if let WorkEvent::Postponed(level) = event {
                postponed.retain(|other| !waits(level, other));
                postponed.push(Level::clone(level));
            }
        }
        levels.retain(|level| !postponed.iter().any(|other| waits(level, other)));
    } else {
        levels.splice(0..0, postponed.drain(..));
    }
    FindingBatch { levels, ..batch.clone() }
}

fn check_findings(story: &Story, before: &Story, batch: &FindingBatch, looked: bool) {
    for level in levels_that_count(batch) {
        match &level.state {
            LevelState::Known(findings) => {
                agrees(story, level, findings, batch.day);
                due_days(story, before, level, findings, batch.day);
                assert_eq!(story.casework.unknown(&level.rule, &level.subject), None);
            }
            LevelState::Unknown { .. } => {
                for item in items_of(story, level) {
                    // Whoever supervises is told all the same that it waits.
                    let mut was = before.casework.item(&item.id).cloned().unwrap();
                    was.handling.escalated_on = item.handling.escalated_on;
                    assert_eq!(&was, item, "unknown changes nothing");
                }
                assert!(story.casework.unknown(&level.rule, &level.subject).is_some());
            }
        }
    }
    if looked {
        for item in story.casework.items().filter(|item| item.state.as_str() == "due") {
            let known = story.casework.unknown(&item.rule, &item.subject).is_none();
            assert!(!known || item.due >= batch.day, "{item:?} is overdue on {}", batch.day);
        }
    }
}

fn check_command(story: &Story, before: &Story, command: &Command, work: &WorkRecord) {
    let of_another_kind = |event: &&WorkEvent| !matches!(event, WorkEvent::Drawn { .. });
    assert!(work.events.iter().filter(of_another_kind).count() <= 1);
    let moved = matches!(work.events.first(), Some(WorkEvent::Acted { .. }));
    for item in before.casework.items() {
        let now = story.casework.item(&item.id).expect("no item ever vanishes");
        assert!(now == item || (moved && item.id == command.item), "a refusal changes nothing");
    }
    if let (true, Some(now)) = (moved, story.casework.item(&command.item)) {
        let by = match &now.state {
            ItemState::Alert(AlertState::Claimed { by, .. }) => by,
            ItemState::Alert(AlertState::Closed(closure)) => &closure.decision.by,
            other => panic!("a command never makes {other:?}"),
        };
        assert_eq!(by, &command.actor);
    }
}

/// Of one item a record tells its opening, or at most that it changed, that it moved, and no move to where
/// it stood.
fn check_few(before: &Story, work: &WorkRecord) {
    let mut told = HashSet::new();
    for event in &work.events {
        let fresh = match event {
            WorkEvent::Opened(item) => told.insert((item.id, "moved")) && told.insert((item.id, "updated")),
            WorkEvent::Updated { id, .. } | WorkEvent::Followed { id, .. } => told.insert((*id, "updated")),
            WorkEvent::StillFound { id, .. } => told.insert((*id, "still found")),
            WorkEvent::Moved { id, to }
            | WorkEvent::Woken { id, to, .. }
            | WorkEvent::Acted { id, to, .. } => {
                let stood = before.casework.item(id).map(|item| item.state.as_str());
                assert_ne!(stood, Some(to.as_str()));
                told.insert((*id, "moved"))
            }
            WorkEvent::Escalated { id, .. } => {
                assert_eq!(before.casework.item(id).unwrap().handling.escalated_on, None);
                told.insert((*id, "escalated"))
            }
            WorkEvent::Drawn { id } => told.insert((*id, "drawn")),
            WorkEvent::Assigned { .. }
            | WorkEvent::Grouped { .. }
            | WorkEvent::Commented { .. }
            | WorkEvent::Attached { .. }
            | WorkEvent::Reviewed { .. } => panic!("nobody asks for it here"),
            WorkEvent::Unknown { .. } | WorkEvent::Refused { .. } => true,
            WorkEvent::Postponed(_) | WorkEvent::TakenUp => true,
            WorkEvent::Suspended(_) | WorkEvent::Resumed { .. } => panic!("nothing is suspended here"),
        };
        assert!(fresh, "told twice: {event:?}");
    }
}

fn counted(story: &Story, name: &str) -> usize {
    story.casework.items().filter(|item| item.state.as_str() == name).count()
}

fn check_counts(story: &Story) {
    let counts = story.casework.counts();
    for (name, count) in counts.by_state() {
        assert_eq!(count, counted(story, name), "{name}");
    }
}

fn run(steps: &[Step]) -> HashSet<&'static str> {
    let mut story = Story::begin();
    let mut opened: HashSet<ItemId> = HashSet::new();
    let mut reached = HashSet::new();
    let mut postponed = Vec::new();
    let mut today = Day(20_000);
    for (at, step) in steps.iter().enumerate() {
        if let Step::Findings { days, .. } = step {
            today = today.plus_days(*days);
        }
        let Some(record) = record(today, at as u64, step) else {
            let restored = story.restored();
            assert_eq!(restored, story.casework, "restored and live state");
            story.casework = restored;
            continue;
        };
        let before = story.clone();
        let work = story.record(&record);
        check_few(&before, &work);
        for event in &work.events {
            if let WorkEvent::Opened(item) = event {
                assert!(opened.insert(item.id), "opened twice");
            }
        }
        match &record {
            InboxRecord::Findings(batch) => {
                let batch = decided_levels(&mut postponed, batch, &work);
                check_findings(&story, &before, &batch, work.day.is_some());
            }
            InboxRecord::Command(command) => check_command(&story, &before, command, &work),
        }
        for item in before.casework.items().filter(|item| item.state.as_str() == "closed") {
            assert_eq!(story.casework.item(&item.id), Some(item), "what is resolved stays");
        }
        check_counts(&story);
        // A key that was refused as used for something else is refused again: that is an answer.
        let reused = matches!(work.events[..], [WorkEvent::Refused { code: RefusalCode::KeyReused, .. }]);
        let again = story.casework.decide(u64::MAX, &record).events;
        assert_eq!(again, if reused { work.events } else { Vec::new() }, "the second time nothing");
        reached.extend(story.casework.items().map(|item| item.state.as_str()));
    }
    assert_eq!(story.restored(), story.casework, "restored and live state");
    reached
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn whatever_comes(steps in vec(step(), 1..40)) {
        run(&steps);
    }
}

/// The property above would hold of a casework that does nothing interesting: the steps must reach every
/// state.
#[test]
fn the_steps_reach_every_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut reached = HashSet::new();
    for _ in 0..50 {
        let steps = vec(step(), 30..40).new_tree(&mut runner).unwrap().current();
        reached.extend(run(&steps));
    }
    let mut reached: Vec<&str> = reached.into_iter().collect();
    reached.sort_unstable();
    assert_eq!(
        reached,
        ["claimed", "closed", "done", "due", "missed", "open", "overdue", "planned", "withdrawn"]
    );
}
