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
    /// Somebody decided on an alert.
    Resolved,
    /// Later data contradict an alert.
    Withdrawn,
    /// A task is to be done.
    Due,
    /// A task was done.
    Done,
    /// A task is late.
    Overdue,
}

impl Kind {
    /// The states that items of this kind can have.
    pub fn states(self) -> &'static [StateName] {
        match self {
            Kind::Alert => &[StateName::Open, StateName::Claimed, StateName::Resolved, StateName::Withdrawn],
            Kind::Task => &[StateName::Due, StateName::Done, StateName::Overdue],
        }
    }
}

impl StateName {
    /// All, in the order of their numbers in the tables.
    pub const ALL: [StateName; 7] = [
        StateName::Open,
        StateName::Claimed,
        StateName::Resolved,
        StateName::Withdrawn,
        StateName::Due,
        StateName::Done,
        StateName::Overdue,
    ];

    /// Its name in queries; that of [`ItemState::as_str`].
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Open => "open",
            StateName::Claimed => "claimed",
            StateName::Resolved => "resolved",
            StateName::Withdrawn => "withdrawn",
            StateName::Due => "due",
            StateName::Done => "done",
            StateName::Overdue => "overdue",
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
    use sanzao_model::{AlertState, Day, Instant, Outcome, TaskState};

    use super::*;

    #[test]
    fn names_are_those_of_the_model() {
        let (by, at, on) = (String::new(), Instant(0), Day(0));
        let states = [
            ItemState::Alert(AlertState::Open),
            ItemState::Alert(AlertState::Claimed { by: by.clone(), at }),
            ItemState::Alert(AlertState::Resolved {
                by: by.clone(),
                at,
                outcome: Outcome::Helped,
                reason: by.clone(),
                reopen_on: None,
            }),
            ItemState::Alert(AlertState::Withdrawn { on, cause: by }),
            ItemState::Task(TaskState::Due),
            ItemState::Task(TaskState::Done { on }),
            ItemState::Task(TaskState::Overdue { on }),
        ];
        for (state, name) in states.iter().zip(StateName::ALL) {
            assert_eq!(StateName::of(state), name);
            assert_eq!(StateName::from_code(name.code()), Some(name));
            let kind = if matches!(state, ItemState::Alert(_)) { Kind::Alert } else { Kind::Task };
            assert_eq!(name.kind(), kind);
        }
    }
}
