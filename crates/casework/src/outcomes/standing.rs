//! Where an item stands, with what came of it.

use sanzao_model::{AlertState, ItemState, Outcome, TaskState};

/// Where an item, or somebody flagged by one, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the meaning stands with AlertState, Outcome and TaskState")]
pub enum Standing {
    Open,
    Claimed,
    Helped,
    NotEligible,
    WrongData,
    NoAction,
    Withdrawn,
    Due,
    Done,
    Overdue,
}

impl Standing {
    /// All, in the order in which they are shown.
    pub const ALL: [Standing; 10] = [
        Standing::Open,
        Standing::Claimed,
        Standing::Helped,
        Standing::NotEligible,
        Standing::WrongData,
        Standing::NoAction,
        Standing::Withdrawn,
        Standing::Due,
        Standing::Done,
        Standing::Overdue,
    ];

    /// Where an item stands.
    pub fn of(state: &ItemState) -> Standing {
        match state {
            ItemState::Alert(AlertState::Open) => Standing::Open,
            ItemState::Alert(AlertState::Claimed { .. }) => Standing::Claimed,
            ItemState::Alert(AlertState::Resolved { outcome, .. }) => match outcome {
                Outcome::Helped => Standing::Helped,
                Outcome::NotEligible => Standing::NotEligible,
                Outcome::WrongData => Standing::WrongData,
                Outcome::NoAction => Standing::NoAction,
            },
            ItemState::Alert(AlertState::Withdrawn { .. }) => Standing::Withdrawn,
            ItemState::Task(TaskState::Due) => Standing::Due,
            ItemState::Task(TaskState::Done { .. }) => Standing::Done,
            ItemState::Task(TaskState::Overdue { .. }) => Standing::Overdue,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Claimed => "claimed",
            Standing::Helped => "helped",
            Standing::NotEligible => "not-eligible",
            Standing::WrongData => "wrong-data",
            Standing::NoAction => "no-action",
            Standing::Withdrawn => "withdrawn",
            Standing::Due => "due",
            Standing::Done => "done",
            Standing::Overdue => "overdue",
        }
    }

    /// Whether tasks stand here; else alerts.
    pub fn is_of_tasks(self) -> bool {
        matches!(self, Standing::Due | Standing::Done | Standing::Overdue)
    }
}
