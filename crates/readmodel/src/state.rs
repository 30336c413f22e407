//! Kinds of items and the names of their states.

use std::fmt;

use sanzao_model::ItemState;
use serde::{Deserialize, Serialize};

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Alerts.
    Alert,
    /// Re-verification tasks.
    Task,
}

/// Where an item stands, without the particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum StateName {
    /// An alert waits for somebody.
    Open,
    /// Somebody works on an alert.
    Claimed,
    /// Somebody has put an alert off.
    Snoozed,
    /// A decision on a review waits for the family's answer or for approval.
    Decided,
    /// An alert is done with.
    Closed,
    /// The family disagrees with what was decided.
    Appealed,
    /// Later data contradict an alert.
    Withdrawn,
    /// A task is to be done, but not soon.
    Planned,
    /// A task is to be done.
    Due,
    /// A task is late.
    Overdue,
    /// Somebody did a task; data do not show it yet.
    Reported,
    /// A task was done.
    Done,
    /// The period of a task ended without it.
    Missed,
    /// A task is not to be done.
    Cancelled,
}

impl Kind {
    /// The states that items of this kind can have.
    pub fn states(self) -> &'static [StateName] {
        let (alerts, tasks) = StateName::ALL.split_at(7);
        match self {
            Kind::Alert => alerts,
            Kind::Task => tasks,
        }
    }
}

impl StateName {
    /// All, in the order of their numbers in the tables: those of alerts, then those of tasks.
    pub const ALL: [StateName; 14] = [
        StateName::Open,
        StateName::Claimed,
        StateName::Snoozed,
        StateName::Decided,
        StateName::Closed,
        StateName::Appealed,
        StateName::Withdrawn,
        StateName::Planned,
        StateName::Due,
        StateName::Overdue,
        StateName::Reported,
        StateName::Done,
        StateName::Missed,
        StateName::Cancelled,
    ];

    /// Its name in queries; that of [`ItemState::as_str`].
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Open => "open",
            StateName::Claimed => "claimed",
            StateName::Snoozed => "snoozed",
            StateName::Decided => "decided",
            StateName::Closed => "closed",
            StateName::Appealed => "appealed",
            StateName::Withdrawn => "withdrawn",
            StateName::Planned => "planned",
            StateName::Due => "due",
            StateName::Overdue => "overdue",
            StateName::Reported => "reported",
            StateName::Done => "done",
            StateName::Missed => "missed",
            StateName::Cancelled => "cancelled",
        }
    }

    /// What has such a state.
    pub fn kind(self) -> Kind {
        if Kind::Alert.states().contains(&self) { Kind::Alert } else { Kind::Task }
    }

    /// The name of a state.
    pub fn of(state: &ItemState) -> StateName {
        let name = state.as_str();
        let found = StateName::ALL.into_iter().find(|state| state.as_str() == name);
        found.expect("every state of an item has a name here, which a test holds")
    }

    /// Its number in the tables.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// From its number in the tables.
    pub(crate) fn from_code(code: u8) -> Option<StateName> {
        StateName::ALL.get(usize::from(code)).copied()
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use sanzao_model::{
        AlertState, Appeal, Closure, Completion, Day, Decision, Instant, Outcome, Proof, TaskState,
    };

    use super::*;

    fn states() -> [ItemState; 14] {
        let (by, at, on, reason) = (String::new, Instant(0), Day(0), String::new);
        let decision = Decision { by: by(), at, outcome: Outcome::Helped, reason: reason(), reopen_on: None };
        let closure = Closure { decision: decision.clone(), notice: None, approval: None, appeals: 0 };
        let appeal = Appeal { by: by(), at, on, text: reason(), due: on };
        let done = Completion { by: by(), at, on, seen: reason() };
        [
            ItemState::Alert(AlertState::Open),
            ItemState::Alert(AlertState::Claimed { by: by(), at }),
            ItemState::Alert(AlertState::Snoozed { by: by(), at, until: on, reason: reason() }),
            ItemState::Alert(AlertState::Decided { decision: Box::new(decision), notice: None }),
            ItemState::Alert(AlertState::Closed(Box::new(closure.clone()))),
            ItemState::Alert(AlertState::Appealed { closure: Box::new(closure), appeal: Box::new(appeal) }),
            ItemState::Alert(AlertState::Withdrawn { on, cause: reason() }),
            ItemState::Task(TaskState::Planned),
            ItemState::Task(TaskState::Due),
            ItemState::Task(TaskState::Overdue { on }),
            ItemState::Task(TaskState::Reported(done)),
            ItemState::Task(TaskState::Done { on, proof: Proof::Data(None) }),
            ItemState::Task(TaskState::Missed { on }),
            ItemState::Task(TaskState::Cancelled { by: by(), at, reason: reason() }),
        ]
    }

    #[test]
    fn names_are_those_of_the_model() {
        for (state, name) in states().iter().zip(StateName::ALL) {
            assert_eq!(StateName::of(state), name);
            assert_eq!(StateName::from_code(name.code()), Some(name));
            let kind = if matches!(state, ItemState::Alert(_)) { Kind::Alert } else { Kind::Task };
            assert_eq!(name.kind(), kind);
        }
    }
}
