//! Alerts and tasks, and what happens to them.

use serde::{Deserialize, Serialize};

use crate::{
    Day, Division, FeedAge, Finding, Instant, ItemId, Outcome, Procedure, RefusalCode, RuleId, SubjectId,
};

/// An alert or a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Hash of rule, subject at opening, and occasion.
    pub id: ItemId,
    /// The rule that found it.
    pub rule: RuleId,
    /// The rule's version.
    pub version: u32,
    /// What it starts.
    pub procedure: Procedure,
    /// Whether the occasion is a calendar period, which nothing clears after its end.
    pub periodic: bool,
    /// The rule's Chinese title.
    pub title: String,
    /// About whom.
    pub subject: SubjectId,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// What was found, as last seen while it was true.
    pub finding: Finding,
    /// The day by which something has to happen first.
    pub due: Day,
    /// The day it was opened.
    pub opened_on: Day,
    /// How old each feed was when the finding was made.
    pub ages: Vec<FeedAge>,
    /// Where it stands.
    pub state: ItemState,
}

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
    /// Somebody decided.
    Resolved {
        /// The account.
        by: String,
        /// When.
        at: Instant,
        /// What came of it.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// Later data contradict it.
    Withdrawn {
        /// Since which day.
        on: Day,
        /// What contradicts it, without personal data.
        cause: String,
    },
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// To be done.
    Due,
    /// Data show that it was done.
    Done {
        /// The day that was seen.
        on: Day,
    },
    /// Its day has passed and data do not show it done.
    Overdue {
        /// The first day of being overdue that was seen.
        on: Day,
    },
}

impl ItemState {
    /// Its name in queries.
    pub fn as_str(&self) -> &'static str {
        match self {
            ItemState::Alert(AlertState::Open) => "open",
            ItemState::Alert(AlertState::Claimed { .. }) => "claimed",
            ItemState::Alert(AlertState::Resolved { .. }) => "resolved",
            ItemState::Alert(AlertState::Withdrawn { .. }) => "withdrawn",
            ItemState::Task(TaskState::Due) => "due",
            ItemState::Task(TaskState::Done { .. }) => "done",
            ItemState::Task(TaskState::Overdue { .. }) => "overdue",
        }
    }
}

/// What happened to an alert or a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkEvent {
    /// A finding made an item.
    Opened(Box<Item>),
    /// The item's finding, version, title or division changed.
    Updated {
        /// Which.
        id: ItemId,
        /// What is found now.
        finding: Box<Finding>,
        /// The rule's version now.
        version: u32,
        /// The rule's Chinese title now.
        title: String,
        /// The day by which something has to happen first, now.
        due: Day,
        /// Where the subject is registered now.
        division: Option<Division>,
        /// How old each feed was when this was found.
        ages: Vec<FeedAge>,
    },
    /// The item's state changed.
    Moved {
        /// Which.
        id: ItemId,
        /// To where.
        to: ItemState,
    },
    /// A rule could not be evaluated for a subject: shown, changes nothing.
    Unknown {
        /// The rule.
        rule: RuleId,
        /// About whom.
        subject: SubjectId,
        /// Why; empty when it is known again.
        reason: String,
    },
    /// A command was refused.
    Refused {
        /// On which item.
        id: ItemId,
        /// Why.
        code: RefusalCode,
    },
}
