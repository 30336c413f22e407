//! What is counted and looked up without going through all items.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use sanzao_model::{AlertState, Day, FactId, Item, ItemId, ItemState, RuleId, SubjectId, TaskState};

use crate::evidence::ties;

/// How many items stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    missing_docs,
    reason = "the fields are the states, whose meaning stands with AlertState and TaskState"
)]
pub struct Counts {
    pub open: usize,
    pub claimed: usize,
    pub resolved: usize,
    pub withdrawn: usize,
    pub due: usize,
    pub done: usize,
    pub overdue: usize,
}

impl Counts {
    fn of(&mut self, state: &ItemState) -> &mut usize {
        match state {
            ItemState::Alert(AlertState::Open) => &mut self.open,
            ItemState::Alert(AlertState::Claimed { .. }) => &mut self.claimed,
            ItemState::Alert(AlertState::Resolved { .. }) => &mut self.resolved,
            ItemState::Alert(AlertState::Withdrawn { .. }) => &mut self.withdrawn,
            ItemState::Task(TaskState::Due) => &mut self.due,
            ItemState::Task(TaskState::Done { .. }) => &mut self.done,
            ItemState::Task(TaskState::Overdue { .. }) => &mut self.overdue,
        }
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
    match item.state {
        ItemState::Alert(AlertState::Open | AlertState::Claimed { .. }) => Standing::Live,
        ItemState::Alert(AlertState::Resolved { .. }) => Standing::Handled,
        ItemState::Alert(AlertState::Withdrawn { .. }) => Standing::Dormant,
        ItemState::Task(TaskState::Due) => Standing::Live,
        ItemState::Task(TaskState::Overdue { .. }) if item.periodic => Standing::Dormant,
        ItemState::Task(TaskState::Overdue { .. }) => Standing::Live,
        ItemState::Task(TaskState::Done { .. }) => Standing::Dormant,
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
    /// Tasks that are due, by day.
    due: BTreeSet<(Day, ItemId)>,
}

impl Index {
    pub(crate) fn add(&mut self, item: &Item) {
        *self.counts.of(&item.state) += 1;
        if item.state == ItemState::Task(TaskState::Due) {
            self.due.insert((item.due, item.id));
        }
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
        self.due.remove(&(item.due, item.id));
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

    /// Tasks that are due on a day before `day`, the longest due first.
    pub(crate) fn due_before(&self, day: Day) -> impl Iterator<Item = ItemId> {
        self.due.range(..(day, ItemId::default())).map(|(_, id)| *id)
    }
}
