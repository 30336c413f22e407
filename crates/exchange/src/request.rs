//! A verification request (核对): the bureau asks a department about somebody.

use sanzao_model::{Day, Feed, Instant, ItemId, PersonId};
use serde::{Deserialize, Serialize};

use crate::{Answer, Question, RequestId};

/// A request, and where it stands. Who the person is, is looked up when it is sent, and is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRequest {
    /// Which.
    pub id: RequestId,
    /// The alert or task for which it is asked.
    pub item: ItemId,
    /// About whom.
    pub person: PersonId,
    /// What is asked; the department follows from it.
    pub question: Question,
    /// The account that asks.
    pub asked_by: String,
    /// When it was asked.
    pub asked_at: Instant,
    /// The last day to answer, counted in working days by who asks.
    pub deadline: Day,
    /// Where it stands.
    pub state: RequestState,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestState {
    /// On its way.
    Asked,
    /// The department has it.
    Delivered {
        /// Since when.
        at: Instant,
    },
    /// The deadline has passed without an answer. One that still comes is taken.
    Overdue {
        /// The first day of being overdue that was seen.
        since: Day,
        /// When the department got it, if it did.
        delivered: Option<Instant>,
    },
    /// There is an answer.
    Answered {
        /// What it says.
        answer: Answer,
        /// The account of the department.
        by: String,
        /// When.
        at: Instant,
        /// Whether the deadline had passed.
        late: bool,
    },
    /// It needs no answer any more.
    Cancelled {
        /// The account that took it back.
        by: String,
        /// When.
        at: Instant,
    },
}

impl VerificationRequest {
    /// The department that is asked.
    pub fn feed(&self) -> Feed {
        self.question.feed()
    }

    /// Whether the department is still waited for.
    pub fn is_open(&self) -> bool {
        match self.state {
            RequestState::Asked | RequestState::Delivered { .. } | RequestState::Overdue { .. } => true,
            RequestState::Answered { .. } | RequestState::Cancelled { .. } => false,
        }
    }
}

impl RequestState {
    /// Its stable name.
    pub fn as_str(&self) -> &'static str {
        match self {
            RequestState::Asked => "asked",
            RequestState::Delivered { .. } => "delivered",
            RequestState::Overdue { .. } => "overdue",
            RequestState::Answered { .. } => "answered",
            RequestState::Cancelled { .. } => "cancelled",
        }
    }
}
