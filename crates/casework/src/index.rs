//! What is counted and looked up without going through all items.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use sanzao_model::{AlertState, Day, FactId, Item, ItemId, ItemState, RuleId, SubjectId, TaskState};

use crate::evidence::ties;
use crate::transition::{NEAR_DAYS, SEEN_WITHIN_DAYS};

/// How many items stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    missing_docs,
    reason = "the fields are the states, whose meaning stands with AlertState and TaskState"
)]
pub struct Counts {
    pub open: usize,
    pub claimed: usize,
    pub snoozed: usize,
    pub decided: usize,
    pub closed: usize,
    pub appealed: usize,
    pub withdrawn: usize,
    pub planned: usize,
    pub due: usize,
    pub overdue: usize,
    pub reported: usize,
    pub done: usize,
    pub missed: usize,
    pub cancelled: usize,
}

impl Counts {
    fn of(&mut self, state: &ItemState) -> &mut usize {
        match state {
            ItemState::Alert(AlertState::Open) => &mut self.open,
            ItemState::Alert(AlertState::Claimed { .. }) => &mut self.claimed,
            ItemState::Alert(AlertState::Snoozed { .. }) => &mut self.snoozed,
            ItemState::Alert(AlertState::Decided { .. }) => &mut self.decided,
            ItemState::Alert(AlertState::Closed(_)) => &mut self.closed,
            ItemState::Alert(AlertState::Appealed { .. }) => &mut self.appealed,
            ItemState::Alert(AlertState::Withdrawn { .. }) => &mut self.withdrawn,
            ItemState::Task(TaskState::Planned) => &mut self.planned,
            ItemState::Task(TaskState::Due) => &mut self.due,
            ItemState::Task(TaskState::Overdue { .. }) => &mut self.overdue,
            ItemState::Task(TaskState::Reported(_)) => &mut self.reported,
            ItemState::Task(TaskState::Done { .. }) => &mut self.done,
            ItemState::Task(TaskState::Missed { .. }) => &mut self.missed,
            ItemState::Task(TaskState::Cancelled { .. }) => &mut self.cancelled,
        }
    }

    /// Each state with its name and how many stand there.
    pub fn by_state(&self) -> [(&'static str, usize); 14] {
        let Counts { open, claimed, snoozed, decided, closed, appealed, withdrawn, .. } = *self;
        let Counts { planned, due, overdue, reported, done, missed, cancelled, .. } = *self;
        [
            ("open", open),
            ("claimed", claimed),
            ("snoozed", snoozed),
            ("decided", decided),
            ("closed", closed),
            ("appealed", appealed),
            ("withdrawn", withdrawn),
            ("planned", planned),
            ("due", due),
            ("overdue", overdue),
            ("reported", reported),
            ("done", done),
            ("missed", missed),
            ("cancelled", cancelled),
        ]
    }
}

/// What may yet happen to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It moves when its occasion is no longer found.
    Live,
    /// It was decided on: it covers what is found again.
    Handled,
    /// Neither, until its occasion is found again.
    Dormant,
}

pub(crate) fn standing(item: &Item) -> Standing {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    match &item.state {
        ItemState::Alert(Open | Claimed { .. } | Snoozed { .. } | Decided { .. }) => Standing::Live,
        ItemState::Alert(Closed(_) | Appealed { .. }) => Standing::Handled,
        ItemState::Alert(Withdrawn { .. }) => Standing::Dormant,
        ItemState::Task(Planned | Due | Overdue { .. } | Reported(_)) => Standing::Live,
        ItemState::Task(Done { .. } | Missed { .. } | Cancelled { .. }) => Standing::Dormant,
    }
}

/// Whether whoever supervises is told of an item: nobody has decided on it, done it, or on the appeal against it, by its
/// day. What somebody has put off is not late.
pub(crate) fn is_late(state: &ItemState, due: Day, today: Day) -> bool {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    match state {
        ItemState::Alert(Open | Claimed { .. }) => due < today,
        ItemState::Alert(Appealed { appeal, .. }) => appeal.due < today,
        ItemState::Alert(Snoozed { .. } | Decided { .. } | Closed(_) | Withdrawn { .. }) => false,
        ItemState::Task(TaskState::Overdue { .. }) => true,
        ItemState::Task(_) => false,
    }
}

/// The day on which something may have to happen to an item of which no level speaks.
fn look_on(item: &Item) -> Option<Day> {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let is_told = item.handling.escalated_on.is_some();
    match &item.state {
        ItemState::Alert(Open | Claimed { .. }) => (!is_told).then(|| item.due.plus_days(1)),
        ItemState::Alert(Snoozed { until, .. }) => Some(*until),
        ItemState::Alert(Appealed { appeal, .. }) => (!is_told).then(|| appeal.due.plus_days(1)),
        ItemState::Alert(Decided { .. } | Closed(_) | Withdrawn { .. }) => None,
        ItemState::Task(Planned) => Some(item.due.plus_days(-NEAR_DAYS)),
        ItemState::Task(Due) => Some(item.due.plus_days(1)),
        ItemState::Task(Reported(completion)) => Some(completion.on.plus_days(SEEN_WITHIN_DAYS + 1)),
        ItemState::Task(Overdue { on }) => (!is_told).then_some(*on),
        ItemState::Task(Done { .. } | Missed { .. } | Cancelled { .. }) => None,
    }
}

/// Items of one kind by rule and subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct BySubject(FxHashMap<RuleId, FxHashMap<SubjectId, Vec<ItemId>>>);

impl BySubject {
    fn add(&mut self, item: &Item) {
        // The rule's name is copied only for its first item.
        if !self.0.contains_key(&item.rule) {
            self.0.insert(item.rule.clone(), FxHashMap::default());
        }
        let subjects = self.0.get_mut(&item.rule).expect("was inserted above when missing");
        subjects.entry(item.subject).or_default().push(item.id);
    }

    fn remove(&mut self, item: &Item) {
        let Some(subjects) = self.0.get_mut(&item.rule) else { return };
        let Some(ids) = subjects.get_mut(&item.subject) else { return };
        ids.retain(|id| *id != item.id);
        if ids.is_empty() {
            subjects.remove(&item.subject);
        }
    }

    fn of(&self, rule: &RuleId, subject: &SubjectId) -> &[ItemId] {
        self.0.get(rule).and_then(|subjects| subjects.get(subject)).map_or(&[], Vec::as_slice)
    }
}

/// Items by what may yet happen to them. A level must not cost more because its subject has a long history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index {
    counts: Counts,
    live: BySubject,
    handled: BySubject,
    /// Live and handled items about households, by the facts that tell them again under another household.
    by_fact: FxHashMap<FactId, Vec<ItemId>>,
    /// Items of which a day has to be watched.
    days: BTreeSet<(Day, ItemId)>,
}

impl Index {
    pub(crate) fn add(&mut self, item: &Item) {
        *self.counts.of(&item.state) += 1;
        self.days.extend(look_on(item).map(|day| (day, item.id)));
        match standing(item) {
            Standing::Live => self.live.add(item),
            Standing::Handled => self.handled.add(item),
            Standing::Dormant => return,
        }
        if let SubjectId::Household(_) = item.subject {
            for fact in ties(&item.finding) {
                self.by_fact.entry(fact).or_default().push(item.id);
            }
        }
    }

    pub(crate) fn remove(&mut self, item: &Item) {
        *self.counts.of(&item.state) -= 1;
        if let Some(day) = look_on(item) {
            self.days.remove(&(day, item.id));
        }
        match standing(item) {
            Standing::Live => self.live.remove(item),
            Standing::Handled => self.handled.remove(item),
            Standing::Dormant => return,
        }
        if let SubjectId::Household(_) = item.subject {
            for fact in ties(&item.finding) {
                let Some(ids) = self.by_fact.get_mut(&fact) else { continue };
                ids.retain(|id| *id != item.id);
                if ids.is_empty() {
                    self.by_fact.remove(&fact);
                }
            }
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn live(&self, rule: &RuleId, subject: &SubjectId) -> &[ItemId] {
        self.live.of(rule, subject)
    }

    pub(crate) fn handled(&self, rule: &RuleId, subject: &SubjectId) -> &[ItemId] {
        self.handled.of(rule, subject)
    }

    /// Live and handled items about households, of any rule, that rest on a fact as more than context.
    pub(crate) fn by_fact(&self, fact: FactId) -> &[ItemId] {
        self.by_fact.get(&fact).map_or(&[], Vec::as_slice)
    }

    /// Items of which a day has come, the longest ago first.
    pub(crate) fn to_look_at(&self, day: Day) -> impl Iterator<Item = ItemId> {
        self.days.range(..(day.plus_days(1), ItemId::default())).map(|(_, id)| *id)
    }
}
