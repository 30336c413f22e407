//! Where to look for items without looking at all of them.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use sanzao_model::{AlertState, Day, Item, ItemId, ItemState, RuleId, SubjectId, TaskState};

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

/// Items by what may yet happen to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Index {
    counts: Counts,
    /// Items that move when their occasion is no longer found. The others are not here: a level must not
    /// cost more because its subject has a long history.
    live: FxHashMap<RuleId, FxHashMap<SubjectId, Vec<ItemId>>>,
    /// Tasks that are due, by day.
    due: BTreeSet<(Day, ItemId)>,
}

fn is_live(item: &Item) -> bool {
    match item.state {
        ItemState::Alert(AlertState::Open | AlertState::Claimed { .. }) => true,
        ItemState::Alert(AlertState::Resolved { .. } | AlertState::Withdrawn { .. }) => false,
        ItemState::Task(TaskState::Due) => true,
        ItemState::Task(TaskState::Overdue { .. }) => !item.periodic,
        ItemState::Task(TaskState::Done { .. }) => false,
    }
}

impl Index {
    pub(crate) fn add(&mut self, item: &Item) {
        *self.counts.of(&item.state) += 1;
        if item.state == ItemState::Task(TaskState::Due) {
            self.due.insert((item.due, item.id));
        }
        if is_live(item) {
            // The rule's name is copied only for its first item.
            if !self.live.contains_key(&item.rule) {
                self.live.insert(item.rule.clone(), FxHashMap::default());
            }
            let subjects = self.live.get_mut(&item.rule).expect("was inserted above when missing");
            subjects.entry(item.subject).or_default().push(item.id);
        }
    }

    pub(crate) fn remove(&mut self, item: &Item) {
        *self.counts.of(&item.state) -= 1;
        self.due.remove(&(item.due, item.id));
        let Some(subjects) = self.live.get_mut(&item.rule) else { return };
        let Some(ids) = subjects.get_mut(&item.subject) else { return };
        ids.retain(|id| *id != item.id);
        if ids.is_empty() {
            subjects.remove(&item.subject);
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    pub(crate) fn live(&self, rule: &RuleId, subject: &SubjectId) -> &[ItemId] {
        self.live.get(rule).and_then(|subjects| subjects.get(subject)).map_or(&[], Vec::as_slice)
    }

    /// Tasks that are due on a day before `day`, the longest due first.
    pub(crate) fn due_before(&self, day: Day) -> impl Iterator<Item = ItemId> {
        self.due.range(..(day, ItemId::default())).map(|(_, id)| *id)
    }
}
