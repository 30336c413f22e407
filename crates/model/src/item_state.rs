//! Where an alert or a task stands.

use serde::{Deserialize, Serialize};

use crate::{Day, Instant, Outcome};

/// Where an alert or a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemState {
    /// It is an alert.
    Alert(AlertState),
    /// It is a task.
    Task(TaskState),
}

/// Where an alert stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertState {
    /// Waiting for somebody.
    Open,
    /// Somebody works on it.
    Claimed {
        /// The account.
        by: String,
        /// Since when.
        at: Instant,
    },
    /// Put off until a day, new evidence, or a greater amount.
    Snoozed {
        /// The account that works on it.
        by: String,
        /// Since when.
        at: Instant,
        /// The day.
        until: Day,
        /// Why.
        reason: String,
    },
    /// Somebody decided on a review: the family may answer, and a second person has to approve.
    Decided {
        /// What was decided.
        decision: Box<Decision>,
        /// What the family was told; none yet.
        notice: Option<Box<Notice>>,
    },
    /// It is done with.
    Closed(Box<Closure>),
    /// The family disagrees: the decision holds until somebody else has looked at it.
    Appealed {
        /// What was decided.
        closure: Box<Closure>,
        /// What the family says.
        appeal: Box<Appeal>,
    },
    /// Later data contradict it, or what was new in it.
    Withdrawn {
        /// Since which day.
        on: Day,
        /// What contradicts it, without personal data.
        cause: String,
    },
}

/// What somebody decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What came of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// From which day on it is raised again if it is found then, whatever the evidence.
    pub reopen_on: Option<Day>,
}

/// What the family was told of a decision on a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The account that told them.
    pub by: String,
    /// When that was recorded.
    pub at: Instant,
    /// The day they were told.
    pub sent_on: Day,
    /// How.
    pub means: NoticeMeans,
    /// Until when they may answer.
    pub answer_by: Day,
    /// What they answered.
    pub answer: Option<NoticeAnswer>,
}

/// How a family was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeMeans {
    /// Handed over, against a signature.
    InPerson,
    /// By post.
    Post,
    /// By telephone.
    Phone,
    /// Posted up where no other way was left.
    PublicNotice,
}

/// What a family answered to a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAnswer {
    /// The account that took it down.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The day they answered.
    pub on: Day,
    /// Whether they agree.
    pub agrees: bool,
    /// What they said.
    pub text: String,
}

/// What was decided, and who stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The decision that holds.
    pub decision: Decision,
    /// What the family was told of it.
    pub notice: Option<Notice>,
    /// Who approved it; none where nobody has to.
    pub approval: Option<Approval>,
    /// How many appeals were decided.
    pub appeals: u32,
}

/// That a second person approved a decision on a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
}

/// That a family disagrees with a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// The account that took it down.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The day they said so.
    pub on: Day,
    /// What they said.
    pub text: String,
    /// The day by which it is to be decided.
    pub due: Day,
}

/// Where a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// To be done, but not soon.
    Planned,
    /// To be done.
    Due,
    /// Its day has passed and data do not show it done.
    Overdue {
        /// The first day of being overdue that was seen.
        on: Day,
    },
    /// Somebody did it, and the registry was told: data will show it.
    Reported(Completion),
    /// It was done.
    Done {
        /// The day that was seen, or on which it was done.
        on: Day,
        /// How that is known.
        proof: Proof,
    },
    /// Its period ended, and data do not show it done.
    Missed {
        /// The day that was seen.
        on: Day,
    },
    /// It is not to be done.
    Cancelled {
        /// The account.
        by: String,
        /// When.
        at: Instant,
        /// Why.
        reason: String,
    },
}

/// How it is known that a task was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    /// Data show it; who did it is known where they said so.
    Data(Option<Completion>),
    /// Who did it said so. No data show it.
    Word(Completion),
}

/// A visit or a re-check that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The account.
    pub by: String,
    /// When it was recorded.
    pub at: Instant,
    /// The day it was done.
    pub on: Day,
    /// What was seen.
    pub seen: String,
}

impl AlertState {
    /// What was decided and holds, of an alert that is closed.
    pub fn closure(&self) -> Option<&Closure> {
        match self {
            AlertState::Closed(closure) | AlertState::Appealed { closure, .. } => Some(closure),
            _ => None,
        }
    }
}

impl ItemState {
    /// What was decided and holds, of an alert that is closed.
    pub fn closure(&self) -> Option<&Closure> {
        match self {
            ItemState::Alert(state) => state.closure(),
            ItemState::Task(_) => None,
        }
    }

    /// Whether nothing happens to it until its occasion is found again.
    pub fn is_at_rest(&self) -> bool {
        use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
        use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
        match self {
            ItemState::Alert(Withdrawn { .. }) => true,
            ItemState::Task(Done { .. } | Missed { .. } | Cancelled { .. }) => true,
            ItemState::Alert(
                Open | Claimed { .. } | Snoozed { .. } | Decided { .. } | Closed(_) | Appealed { .. },
            ) => false,
            ItemState::Task(Planned | Due | Overdue { .. } | Reported(_)) => false,
        }
    }

    /// Its name in queries.
    pub fn as_str(&self) -> &'static str {
        match self {
            ItemState::Alert(AlertState::Open) => "open",
            ItemState::Alert(AlertState::Claimed { .. }) => "claimed",
            ItemState::Alert(AlertState::Snoozed { .. }) => "snoozed",
            ItemState::Alert(AlertState::Decided { .. }) => "decided",
            ItemState::Alert(AlertState::Closed(_)) => "closed",
            ItemState::Alert(AlertState::Appealed { .. }) => "appealed",
            ItemState::Alert(AlertState::Withdrawn { .. }) => "withdrawn",
            ItemState::Task(TaskState::Planned) => "planned",
            ItemState::Task(TaskState::Due) => "due",
            ItemState::Task(TaskState::Overdue { .. }) => "overdue",
            ItemState::Task(TaskState::Reported(_)) => "reported",
            ItemState::Task(TaskState::Done { .. }) => "done",
            ItemState::Task(TaskState::Missed { .. }) => "missed",
            ItemState::Task(TaskState::Cancelled { .. }) => "cancelled",
        }
    }
}
