//! Where an item stands, with what came of it.

use sanzao_model::{AlertState, ItemState, Outcome, TaskState};
use serde::{Deserialize, Serialize};

/// Where an item, or somebody flagged by one, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    Missed,
    Cancelled,
}

impl Standing {
    /// All, in the order in which they are shown.
    pub const ALL: [Standing; 12] = [
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
        Standing::Missed,
        Standing::Cancelled,
    ];

    /// Where an item stands. Whatever somebody is at is claimed; whatever is to be done is due.
    pub fn of(state: &ItemState) -> Standing {
        use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
        use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
        match state {
            ItemState::Alert(Open) => Standing::Open,
            ItemState::Alert(Claimed { .. } | Snoozed { .. } | Decided { .. }) => Standing::Claimed,
            ItemState::Alert(Closed(closure) | Appealed { closure, .. }) => match closure.decision.outcome {
                Outcome::Helped => Standing::Helped,
                Outcome::NotEligible => Standing::NotEligible,
                Outcome::WrongData => Standing::WrongData,
                Outcome::NoAction => Standing::NoAction,
            },
            ItemState::Alert(Withdrawn { .. }) => Standing::Withdrawn,
            ItemState::Task(Planned | Due | Reported(_)) => Standing::Due,
            ItemState::Task(Done { .. }) => Standing::Done,
            ItemState::Task(Overdue { .. }) => Standing::Overdue,
            ItemState::Task(Missed { .. }) => Standing::Missed,
            ItemState::Task(Cancelled { .. }) => Standing::Cancelled,
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
            Standing::Missed => "missed",
            Standing::Cancelled => "cancelled",
        }
    }

    /// Whether tasks stand here; else alerts.
    pub fn is_of_tasks(self) -> bool {
        matches!(
            self,
            Standing::Due | Standing::Done | Standing::Overdue | Standing::Missed | Standing::Cancelled
        )
    }
}
