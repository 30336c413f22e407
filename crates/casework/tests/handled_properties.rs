//! Handled stays handled, whatever comes: histories of households and people whose evidence overlaps, moves, and is
//! corrected, of decisions that expire or do not, of restarts, in batches of any order.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod story;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use sanzao_model::{
    AlertState, Day, EvidenceRole, FactId, Finding, FindingBatch, InboxRecord, Item, ItemId, ItemState,
    Level, Order, PersonId, Reopening, SubjectId, Suspension, WorkEvent,
};
use story::*;

const RULES: [&Rule; 4] = [&SPENDING, &ORPHAN, &EXPIRY, &HOME_CARE];

/// What is found of one subject by one rule: evidence by occasion.
type Found = BTreeMap<&'static str, &'static str>;

#[derive(Debug, Clone)]
enum Step {
    /// What changes with one cut, and how its levels come.
    Cut {
        days: i32,
        changes: Vec<Change>,
        order: u32,
        batches: usize,
        suspended: bool,
    },
    /// Of the live alerts one is claimed and decided on.
    Handle {
        which: usize,
        reopen_in: Option<i32>,
    },
    Claim {
        which: usize,
    },
    Restore,
}

#[derive(Debug, Clone)]
enum Change {
    /// Something is found of a subject, or nothing.
    Set { rule: usize, subject: u8, found: Found },
    /// What was found of one is found of another.
    Move { rule: usize, from: u8, to: u8 },
    /// Numbers of the one person of whom these rules speak: which is theirs.
    Correct { number: u8 },
}

fn some_found() -> impl Strategy<Value = Found> {
    let letters = select(vec!["", "A", "B", "AB", "ABC", "Ab", "bC", "AD1", "CD", "1", "a"]);
    let occasion = prop_oneof![3 => Just("spending"), 1 => Just("other")];
    prop_oneof![
        1 => Just(Found::new()),
        4 => prop::collection::btree_map(occasion, letters, 1..3),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let rule = prop_oneof![4 => Just(0_usize), 3 => Just(1), 1 => Just(2), 1 => Just(3)];
    prop_oneof![
        4 => (rule.clone(), 1..4_u8, some_found())
            .prop_map(|(rule, subject, found)| Change::Set { rule, subject, found }),
        3 => (rule, 1..4_u8, 1..4_u8).prop_map(|(rule, from, to)| Change::Move { rule, from, to }),
        1 => (1..4_u8).prop_map(|number| Change::Correct { number }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let days = prop_oneof![2 => Just(0), 3 => 1..4_i32, 1 => 10..40_i32];
    let cut = (days, vec(change(), 0..4), any::<u32>(), 1..4_usize, prop::bool::weighted(0.1));
    let reopen_in = prop_oneof![2 => Just(None), 2 => (1..30_i32).prop_map(Some)];
    prop_oneof![
        5 => cut.prop_map(|(days, changes, order, batches, suspended)| {
            Step::Cut { days, changes, order, batches, suspended }
        }),
        3 => (0..8_usize, reopen_in).prop_map(|(which, reopen_in)| Step::Handle { which, reopen_in }),
        1 => (0..8_usize).prop_map(|which| Step::Claim { which }),
        1 => Just(Step::Restore),
    ]
}

/// What rules say of everybody; people are one person under three numbers.
#[derive(Debug, Clone, Default, PartialEq)]
struct World {
    found: BTreeMap<(usize, u8), Found>,
    number: u8,
}

fn is_about_people(rule: usize) -> bool {
    matches!(RULES[rule].id, "orphan" | "home-care-recheck")
}

impl World {
    fn change(&mut self, change: &Change) {
        match change {
            Change::Set { rule, subject, found } => {
                let subject = if is_about_people(*rule) { self.number } else { *subject };
                self.found.insert((*rule, subject), found.clone());
            }
            Change::Move { rule, .. } if is_about_people(*rule) => {}
            Change::Move { rule, from, to } => {
                let moved = self.found.remove(&(*rule, *from)).unwrap_or_default();
                self.found.entry((*rule, *to)).or_default().extend(moved);
            }
            Change::Correct { number } => {
                for rule in (0..RULES.len()).filter(|rule| is_about_people(*rule)) {
                    if let Some(found) = self.found.remove(&(rule, self.number)) {
                        self.found.insert((rule, *number), found);
                    }
                }
                self.number = *number;
            }
        }
    }

    fn of(&self, rule: usize, subject: u8) -> Found {
        self.found.get(&(rule, subject)).cloned().unwrap_or_default()
    }

    fn level(&self, rule: usize, number: u8) -> Level {
        let finding = |(occasion, letters): (&&str, &&str)| Finding {
            due: RULES[rule].procedure.makes_tasks().then_some(Day(20_020)),
            ..finding_on(occasion, letters)
        };
        let findings: Vec<Finding> = self.of(rule, number).iter().map(finding).collect();
        let level = found(RULES[rule], &findings);
        if !is_about_people(rule) {
            return of(household(number), level);
        }
        let others = (1..4_u8).filter(|other| *other != number).map(|other| PersonId([other; 16]));
        Level { formerly: others.collect(), ..of(person(number), level) }
    }

    /// Of everybody.
    fn levels(&self) -> Vec<Level> {
        (0..RULES.len()).flat_map(|rule| (1..4_u8).map(move |number| self.level(rule, number))).collect()
    }

    fn all_found(&self) -> BTreeSet<(&'static str, SubjectId, String)> {
        let subject = |rule, number| if is_about_people(rule) { person(number) } else { household(number) };
        let each = self.found.iter().flat_map(|((rule, number), found)| {
            found
                .keys()
                .map(move |occasion| (RULES[*rule].id, subject(*rule, *number), (*occasion).to_owned()))
        });
        each.collect()
    }
}

/// The levels of a cut in some order.
fn shuffled(mut levels: Vec<Level>, order: u32) -> Vec<Level> {
    let mut state = u64::from(order) | 1;
    for at in (1..levels.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        levels.swap(at, (state >> 33) as usize % (at + 1));
    }
    levels
}

struct Cut<'a> {
    today: Day,
    upto: u64,
    levels: &'a [Level],
    suspensions: &'a [Suspension],
}

impl Cut<'_> {
    fn batches(&self, count: usize) -> Vec<FindingBatch> {
        let size = self.levels.len().div_ceil(count).max(1);
        let mut chunks: Vec<&[Level]> = self.levels.chunks(size).collect();
        chunks.resize(chunks.len().max(1), &[]);
        let last = chunks.len() - 1;
        let of = |(at, levels): (usize, &&[Level])| FindingBatch {
            more: at < last,
            suspensions: self.suspensions.to_vec(),
            ..batch(self.upto, self.today, levels)
        };
        chunks.iter().enumerate().map(of).collect()
    }

    fn comes(&self, story: &mut Story, count: usize) -> Vec<WorkEvent> {
        let mut events = Vec::new();
        for batch in self.batches(count) {
            let record = InboxRecord::Findings(batch);
            events.extend(story.record(&record).events);
            let again = story.casework.decide(u64::MAX, &record).events;
            assert_eq!(again, [], "the second time nothing");
        }
        events
    }
}

fn live_items(story: &Story) -> BTreeMap<(String, SubjectId, String), (ItemId, &'static str)> {
    let mut live = BTreeMap::new();
    for item in story.casework.items().filter(|item| is_live(item)) {
        let place = (item.rule.0.clone(), item.subject, item.finding.occasion.clone());
        let before = live.insert(place, (item.id, item.state.as_str()));
        assert_eq!(before, None, "two live items of one rule, subject and occasion: {item:?}");
    }
    live
}

fn sightings(story: &Story) -> BTreeMap<(String, SubjectId, String), ItemId> {
    let mut sightings = BTreeMap::new();
    for item in story.casework.items() {
        for (subject, occasion) in story.casework.still_found(&item.id) {
            let place = (item.rule.0.clone(), subject, occasion.to_owned());
            assert_eq!(sightings.insert(place, item.id), None, "covered twice");
        }
    }
    sightings
}

fn facts(finding: &Finding, least: EvidenceRole) -> BTreeSet<FactId> {
    finding.evidence.iter().filter(|evidence| evidence.role >= least).map(|evidence| evidence.fact).collect()
}

/// What a decision and those before it on the same case knew.
fn known(story: &Story, item: &Item) -> BTreeSet<FactId> {
    let mut known = facts(&item.finding, EvidenceRole::Link);
    if let Some(previous) = item.previous {
        known.extend(known_by(story, previous));
    }
    known
}

fn known_by(story: &Story, id: ItemId) -> BTreeSet<FactId> {
    known(story, story.casework.item(&id).expect("an earlier episode is there"))
}

fn reopen_on(item: &Item) -> Option<Day> {
    item.state.closure().and_then(|closure| closure.decision.reopen_on)
}

/// When somebody decided, later the greater.
fn decided_at(item: &Item) -> Option<i64> {
    item.state.closure().map(|closure| closure.decision.at.0)
}

/// The last decisions on the case of a finding, each with when the last decision was made that shares evidence with it:
/// what was decided later of another part of a split case only takes the place of that.
fn decisions<'a>(
    story: &'a Story,
    rule: &str,
    subject: SubjectId,
    finding: &Finding,
) -> Vec<(Option<i64>, &'a Item)> {
    let ties = facts(finding, EvidenceRole::Link);
    let closed: Vec<&Item> = story.casework.items().filter(|item| decided_at(item).is_some()).collect();
    let is_same_case = |decided: &Item| {
        // All numbers are those of one person.
        let same_subject = decided.subject == subject || matches!(subject, SubjectId::Person(_));
        let same_place = same_subject && decided.finding.occasion == finding.occasion;
        let shares = facts(&decided.finding, EvidenceRole::Link).intersection(&ties).next().is_some();
        decided.rule.0 == rule && (same_place || shares)
    };
    let earlier = |item: &Item| item.previous.and_then(|id| story.casework.item(&id));
    let is_last = |decided: &&&Item| !closed.iter().any(|later| later.previous == Some(decided.id));
    let last = closed.iter().filter(is_last).filter_map(|last| {
        let mut episodes = std::iter::successors(Some(*last), |item| earlier(item));
        episodes.find(|item| is_same_case(item)).map(|nearest| (decided_at(nearest), *last))
    });
    last.collect()
}

/// Of the decisions that knew all that makes the case the newest.
fn newest<'a>(story: &'a Story, rule: &str, subject: SubjectId, finding: &Finding) -> Option<&'a Item> {
    let triggers = facts(finding, EvidenceRole::Trigger);
    let all = decisions(story, rule, subject, finding).into_iter();
    let knew = all.filter(|(_, decided)| triggers.is_subset(&known(story, decided)));
    knew.max_by_key(|(place, decided)| (*place, decided_at(decided))).map(|(_, decided)| decided)
}

/// Whether only a level, and none speaks, would tell in which place the newest decision stands: its nearest episode about
/// the finding was of another number than the person has and than what covers the finding was, and is not that.
fn is_untold(before: &Story, cut: &Cut<'_>, rule: &str, subject: SubjectId, finding: &Finding) -> bool {
    let is_spoken_of = cut.levels.iter().any(|level| level.rule.0 == rule && level.subject == subject);
    let place = (rule.to_owned(), subject, finding.occasion.clone());
    let covering = sightings(before).get(&place).and_then(|id| before.casework.item(id));
    let (Some(by), Some(newest)) = (covering, newest(before, rule, subject, finding)) else { return false };
    let earlier = |item: &Item| item.previous.and_then(|id| before.casework.item(&id));
    let ties = facts(finding, EvidenceRole::Link);
    let is_on_it = |item: &&Item| {
        let shares = facts(&item.finding, EvidenceRole::Link).intersection(&ties).next().is_some();
        item.id == by.id || item.finding.occasion == finding.occasion || shares
    };
    let is_told = |item: &Item| item.id == by.id || [subject, by.subject].contains(&item.subject);
    let mut episodes = std::iter::successors(Some(newest), |item| earlier(item));
    !is_spoken_of && matches!(subject, SubjectId::Person(_)) && !episodes.find(is_on_it).is_some_and(is_told)
}

/// Where what a day brought though no level speaks depends on numbers that only a level tells.
fn untold(
    story: &Story,
    before: &Story,
    cut: &Cut<'_>,
    events: &[WorkEvent],
) -> BTreeSet<(String, SubjectId, String)> {
    let brought = events.iter().filter_map(|event| match event {
        WorkEvent::Opened(item) => Some((&item.rule.0, item.subject, &item.finding)),
        WorkEvent::Moved { id, .. } | WorkEvent::Woken { id, .. } => {
            let item = story.casework.item(id).unwrap();
            Some((&item.rule.0, item.subject, &item.finding))
        }
        WorkEvent::StillFound { id, subject, sighting: Some(sighting), .. } => {
            Some((&story.casework.item(id).unwrap().rule.0, *subject, &sighting.finding))
        }
        _ => None,
    });
    let untold = brought.filter(|(rule, subject, finding)| is_untold(before, cut, rule, *subject, finding));
    untold.map(|(rule, subject, finding)| (rule.clone(), subject, finding.occasion.clone())).collect()
}

/// Nobody is alerted of what somebody has decided on, unless the newest decision has expired.
fn check_nobody_knew(before: &Story, raised: &Item, cut: &Cut<'_>) {
    let (rule, subject, finding) = (&raised.rule.0, raised.subject, &raised.finding);
    if is_untold(before, cut, rule, subject, finding) {
        return;
    }
    if let Some(decided) = newest(before, rule, subject, finding) {
        let expired = reopen_on(decided).is_some_and(|day| day <= cut.today);
        assert!(expired, "{raised:?} was handled as {decided:?}");
    }
}

/// Whoever sees an alert sees what was decided before.
fn check_linked(before: &Story, raised: &Item) {
    let decided = decisions(before, &raised.rule.0, raised.subject, &raised.finding);
    assert!(decided.is_empty() || raised.previous.is_some(), "{raised:?} is not linked to {decided:?}");
}

/// What is covered from now on is covered by the newest decision, so that its day holds.
fn check_covered(before: &Story, cut: &Cut<'_>, by: &Item, subject: SubjectId, finding: &Finding) {
    if is_untold(before, cut, &by.rule.0, subject, finding) {
        return;
    }
    let is_new = before
        .casework
        .still_found(&by.id)
        .all(|(known, occasion)| (known, occasion) != (subject, finding.occasion.as_str()));
    let newest = newest(before, &by.rule.0, subject, finding).filter(|_| is_new);
    assert!(newest.is_none_or(|newest| newest.id == by.id), "{by:?} is not {newest:?}");
}

fn check_cut(story: &Story, before: &Story, world: &World, events: &[WorkEvent], cut: &Cut<'_>) {
    let (live, sightings) = (live_items(story), sightings(story));
    let shown: BTreeSet<_> = live.keys().chain(sightings.keys()).cloned().collect();
    assert_eq!(shown.len(), live.len() + sightings.len(), "shown and covered");
    let found: BTreeSet<_> = world
        .all_found()
        .into_iter()
        .map(|(rule, subject, occasion)| (rule.to_owned(), subject, occasion))
        .collect();
    assert_eq!(shown, found, "what is found is shown or covered, and nothing else");
    for (place, id) in &sightings {
        let expired = reopen_on(story.casework.item(id).unwrap()).is_some_and(|day| day <= cut.today);
        // What is resumed on a day that was looked at is looked at on the next.
        let looked = before.casework.day() < Some(cut.today) && cut.suspensions.is_empty();
        assert!(!expired || !looked, "{place:?} is covered by an expired decision");
    }
    events.iter().for_each(|event| check_event(story, before, event, cut));
    for item in before.casework.items() {
        let now = story.casework.item(&item.id).expect("no item ever vanishes");
        assert!(item.state.as_str() != "closed" || now == item, "what is resolved stays");
    }
}

fn check_event(story: &Story, before: &Story, event: &WorkEvent, cut: &Cut<'_>) {
    let is_alert = |item: &Item| is_live(item) && !item.procedure.makes_tasks();
    let id = match event {
        WorkEvent::Opened(item) => {
            let previous = item.previous.map(|id| before.casework.item(&id).expect("raised again after it"));
            assert_eq!(previous.map(|item| item.state.as_str()), item.previous.map(|_| "closed"));
            assert_eq!(item.episode, previous.map_or(1, |previous| previous.episode + 1));
            assert_eq!(item.reopening.is_some(), previous.is_some());
            item.id
        }
        WorkEvent::Moved { id, to: ItemState::Alert(AlertState::Open) } => *id,
        WorkEvent::Updated { id, shown } => {
            let item = story.casework.item(id).unwrap();
            if is_alert(item) && !facts(&shown.finding, EvidenceRole::Trigger).is_empty() {
                check_nobody_knew(before, item, cut);
            }
            return;
        }
        WorkEvent::StillFound { id, subject, sighting: Some(sighting), .. } => {
            check_covered(before, cut, story.casework.item(id).unwrap(), *subject, &sighting.finding);
            return;
        }
        _ => return,
    };
    let raised = story.casework.item(&id).unwrap();
    if is_alert(raised) {
        check_nobody_knew(before, raised, cut);
        check_linked(before, raised);
    }
}

fn check_counts(story: &Story) {
    let counts = story.casework.counts();
    let all: usize = counts.by_state().iter().map(|(_, count)| count).sum();
    assert_eq!(all, story.casework.items().len());
}

/// The live alerts by age.
fn alert(story: &Story, which: usize) -> Option<&Item> {
    let is_alert = |item: &&Item| matches!(item.state.as_str(), "open" | "claimed");
    let mut alerts: Vec<&Item> = story.casework.items().filter(is_alert).collect();
    alerts.sort_by_key(|item| item.id);
    if alerts.is_empty() { None } else { Some(alerts[which % alerts.len()]) }
}

#[derive(Default)]
struct Run {
    reached: HashSet<&'static str>,
}

fn run(steps: &[Step]) -> HashSet<&'static str> {
    let mut story = Story::begin();
    let mut world = World { number: 1, ..World::default() };
    let mut run = Run::default();
    let mut today = Day(20_000);
    let mut key = 0_u8;
    // What is resumed on a day that was looked at is looked at on the next, unless a level tells.
    let mut nothing_waits = true;
    // Where it depends on numbers that only a level tells, until one does.
    let mut unspoken = BTreeSet::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Cut { days, changes, order, batches, suspended } => {
                today = today.plus_days(*days);
                let suspension = Suspension {
                    rule: sanzao_model::RuleId(SPENDING.id.into()),
                    feed: sanzao_model::Feed::Police,
                    area: sanzao_model::Area::everywhere(),
                    newest: None,
                    rhythm_days: 3,
                };
                let suspensions = if *suspended { vec![suspension] } else { Vec::new() };
                let before = (story.clone(), world.clone());
                changes.iter().for_each(|change| world.change(change));
                let levels = differences(&before.1, &world);
                let upto = at as u64 + 1;
                let mut other = story.clone();
                let levels = shuffled(levels, *order);
                let cut = Cut { today, upto, levels: &levels, suspensions: &suspensions };
                let events = cut.comes(&mut story, *batches);
                check_cut(&story, &before.0, &world, &events, &cut);
                run.note(&story, &events);
                // The same cut at once and in another order.
                let levels = shuffled(levels.clone(), order.wrapping_mul(31) ^ 0x55);
                Cut { today, upto, levels: &levels, suspensions: &suspensions }.comes(&mut other, 1);
                assert_eq!(live_items(&story), live_items(&other), "another order");
                assert_eq!(sightings(&story), sightings(&other), "another order");
                // And with all that did not change: a level that is not sent again is what it was, but for numbers
                // that it alone tells.
                unspoken.retain(|(rule, subject, _)| {
                    !cut.levels.iter().any(|level| level.rule.0 == *rule && level.subject == *subject)
                });
                unspoken.extend(untold(&story, &before.0, &cut, &events));
                let mut whole = before.0;
                let looks = whole.casework.day() < Some(today);
                let levels = shuffled(world.levels(), *order);
                let cut = Cut { today, upto, levels: &levels, suspensions: &suspensions };
                cut.comes(&mut whole, *batches);
                if suspensions.is_empty() && (looks || nothing_waits) {
                    let told = |story: &Story| {
                        let (mut live, mut covered) = (live_items(story), sightings(story));
                        live.retain(|place, _| !unspoken.contains(place));
                        covered.retain(|place, _| !unspoken.contains(place));
                        (live, covered)
                    };
                    assert_eq!(told(&story), told(&whole), "the whole");
                }
                nothing_waits = suspensions.is_empty() && (looks || nothing_waits);
            }
            Step::Claim { which } | Step::Handle { which, .. } => {
                let Some(id) = alert(&story, *which).map(|item| item.id) else { continue };
                let mut orders = vec![Order::Claim];
                if let Step::Handle { reopen_in, .. } = step {
                    let reopen_on =
                        reopen_in.map(|days| story.casework.day().unwrap_or(today).plus_days(days));
                    let outcome = sanzao_model::Outcome::Helped;
                    orders.push(Order::Decide { outcome, reason: "已办".into(), reopen_on });
                }
                for order in orders {
                    key = key.wrapping_add(1);
                    if key == 0 {
                        return run.reached;
                    }
                    story.record(&InboxRecord::Command(command(key, "li", id, order)));
                }
            }
            Step::Restore => story.restarts(),
        }
        assert_eq!(story.restored(), story.casework, "restored and live state");
        check_counts(&story);
    }
    run.reached
}

/// Levels that differ.
fn differences(before: &World, now: &World) -> Vec<Level> {
    let mut levels = Vec::new();
    for rule in 0..RULES.len() {
        for subject in 1..4_u8 {
            if before.of(rule, subject) != now.of(rule, subject) {
                levels.push(now.level(rule, subject));
            }
        }
    }
    levels
}

impl Run {
    fn note(&mut self, story: &Story, events: &[WorkEvent]) {
        for event in events {
            self.reached.insert(match event {
                WorkEvent::Opened(item) => match &item.reopening {
                    None => "opened",
                    Some(Reopening::NewEvidence { new }) => {
                        assert!(!new.is_empty());
                        "new evidence"
                    }
                    Some(Reopening::Expired { .. }) => "expired",
                    Some(Reopening::Asked { .. }) => panic!("nobody asks for it here"),
                },
                WorkEvent::Followed { id, .. } => match story.casework.item(id).unwrap().state.as_str() {
                    "claimed" => "a claimed one followed",
                    "planned" | "due" => "a task followed",
                    _ => "followed",
                },
                WorkEvent::StillFound { sighting: Some(_), .. } => "still found",
                WorkEvent::StillFound { sighting: None, .. } => "no longer found",
                WorkEvent::Postponed(_) => "postponed",
                WorkEvent::Suspended(_) => "suspended",
                _ => "other",
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn handled_stays_handled(steps in vec(step(), 1..40)) {
        run(&steps);
    }
}

fn cut(days: i32, changes: Vec<Change>) -> Step {
    Step::Cut { days, changes, order: 0, batches: 1, suspended: false }
}

/// Of the one person.
fn of_orphan(found: &[(&'static str, &'static str)]) -> Change {
    Change::Set { rule: 1, subject: 1, found: found.iter().copied().collect() }
}

/// The case of a number was decided on until a day, and that of another occasion under the next number; then the first
/// number was right after all. That both are one person's only the level tells, and none is sent on the day: it is raised.
#[test]
fn what_was_decided_under_a_number_that_no_level_tells_of_does_not_count_on_the_day() {
    let mut steps = vec![
        cut(0, vec![of_orphan(&[("other", "bC"), ("spending", "AB")])]),
        Step::Handle { which: 1, reopen_in: Some(4) },
        cut(2, vec![Change::Correct { number: 2 }]),
        Step::Handle { which: 0, reopen_in: None },
        cut(0, vec![Change::Correct { number: 1 }]),
        cut(0, vec![of_orphan(&[("other", "a")])]),
        cut(2, Vec::new()),
    ];
    assert!(run(&steps).contains("expired"));
    // Once a level is sent, whoever decided last did so on all of it.
    steps.push(cut(0, vec![of_orphan(&[("other", "a1")])]));
    run(&steps);
}

/// An episode of a visible decision was decided on under a number that no level tells of.
#[test]
fn later_episodes_under_a_number_that_no_level_tells_of_keep_the_place_of_the_first() {
    for which in 0..2 {
        run(&[
            cut(0, vec![of_orphan(&[("other", "A")])]),
            Step::Handle { which: 0, reopen_in: None },
            cut(0, vec![of_orphan(&[("other", "AD1"), ("spending", "AB")])]),
            Step::Handle { which, reopen_in: Some(5) },
            cut(0, vec![Change::Correct { number: 3 }]),
            Step::Handle { which: 0, reopen_in: None },
            cut(0, vec![Change::Correct { number: 1 }]),
            cut(0, vec![of_orphan(&[("spending", "A")])]),
            cut(5, Vec::new()),
        ]);
    }
}

/// A case was decided on under a person's first number, and anew, until a day, under a later one; then somebody decided
/// on another part of it. On that day nobody sends the level again, which alone tells of the first number: what was
/// decided last counts all the same.
#[test]
fn later_episodes_count_on_the_day_though_no_level_tells_of_all_numbers() {
    let handle = |reopen_in| Step::Handle { which: 0, reopen_in };
    for last in [2, 3] {
        let parts = of_orphan(&[("other", "1"), ("spending", "AD")]);
        let mut steps = vec![
            cut(0, vec![of_orphan(&[("other", "A")])]),
            handle(None),
            cut(0, vec![Change::Correct { number: 2 }, of_orphan(&[("spending", "AB")])]),
            handle(Some(5)),
            cut(0, vec![Change::Correct { number: last }, parts]),
            handle(None),
        ];
        let reached = run(&steps);
        assert!(reached.contains("new evidence") && reached.contains("still found"), "{reached:?}");
        steps.push(cut(5, Vec::new()));
        assert!(!run(&steps).contains("expired"), "under number {last}");
    }
}

#[test]
fn the_steps_reach_everything() {
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
        [
            "a claimed one followed",
            "a task followed",
            "expired",
            "followed",
            "new evidence",
            "no longer found",
            "opened",
            "other",
            "postponed",
            "still found",
            "suspended"
        ]
    );
}
