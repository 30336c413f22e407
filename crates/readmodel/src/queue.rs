//! Where items wait beside whoever has them.

use sanzao_model::{AlertState, Handling, Item, ItemState, Second};
use serde::Serialize;

/// A queue of whoever supervises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Nobody has decided on it, or done it, by its day.
    Escalated,
    /// A closed alert that somebody is to look at without knowing the decision.
    SecondReview,
}

impl Queue {
    /// Both.
    pub const ALL: [Queue; 2] = [Queue::Escalated, Queue::SecondReview];

    /// Where an item waits.
    pub fn of(item: &Item) -> Option<Queue> {
        Queue::at(&item.state, &item.handling)
    }

    /// One that is escalated waits for a second review only afterwards.
    pub(crate) fn at(state: &ItemState, handling: &Handling) -> Option<Queue> {
        let is_closed = matches!(state, ItemState::Alert(AlertState::Closed(_)));
        if handling.escalated_on.is_some() && !state.is_at_rest() && !is_closed {
            Some(Queue::Escalated)
        } else if is_closed && handling.second == Some(Second::Drawn) {
            Some(Queue::SecondReview)
        } else {
            None
        }
    }

    /// Its name in queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Queue::Escalated => "escalated",
            Queue::SecondReview => "second-review",
        }
    }

    /// Its number in the tables, where 0 is none.
    pub(crate) fn code(self) -> u8 {
        match self {
            Queue::Escalated => 1,
            Queue::SecondReview => 2,
        }
    }
}
