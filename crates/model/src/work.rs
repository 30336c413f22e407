//! Alerts and tasks, and what happens to them.

use serde::{Deserialize, Serialize};

use crate::{
    Area, Day, Division, FactId, Feed, FeedAge, Finding, Instant, ItemId, Level, Outcome, Procedure,
    RefusalCode, RuleId, SubjectId, Suspension,
};

/// An alert or a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Hash of rule, subject at opening, and occasion; of a later episode also of its number.
    pub id: ItemId,
    /// Which time it is that the case is raised, from 1: what was handled is raised again only by new evidence, or when
    /// its decision expires (domain §5.3).
    pub episode: u32,
    /// The handled alert that this one raises again.
    pub previous: Option<ItemId>,
    /// Why it was raised again; there if `previous` is.
    pub reopening: Option<Reopening>,
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
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// The day it was opened.
    pub opened_on: Day,
    /// How old each feed was when the finding was made.
    pub ages: Vec<FeedAge>,
    /// Where it stands.
    pub state: ItemState,
}

/// What an item shows of what is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What is found.
    pub finding: Finding,
    /// The rule's version.
    pub version: u32,
    /// The rule's Chinese title.
    pub title: String,
    /// The day by which something has to happen first.
    pub due: Day,
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// How old each feed was when this was found.
    pub ages: Vec<FeedAge>,
}

impl Item {
    /// Shows something else.
    pub fn show(&mut self, shown: Shown) {
        self.finding = shown.finding;
        self.version = shown.version;
        self.title = shown.title;
        self.due = shown.due;
        self.due_working_days = shown.due_working_days;
        self.division = shown.division;
        self.ages = shown.ages;
    }
}

/// Why what was handled is raised again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reopening {
    /// Evidence that the decision did not know.
    NewEvidence {
        /// The triggers that are new, sorted.
        new: Vec<FactId>,
    },
    /// The day to look again came, and the case is still, or again, found.
    Expired {
        /// That day.
        on: Day,
        /// The triggers that the decision did not know, sorted; mostly none.
        new: Vec<FactId>,
    },
}

/// A finding that a handled alert covers, so that nothing is raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What is found.
    pub finding: Finding,
    /// The rule's version.
    pub version: u32,
    /// The rule's Chinese title.
    pub title: String,
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// Where the subject is registered.
    pub division: Option<Division>,
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
        /// From which day on it is raised again if it is found then, whatever the evidence.
        reopen_on: Option<Day>,
    },
    /// Later data contradict it, or what was new in it.
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
    /// The item shows something else.
    Updated {
        /// Which.
        id: ItemId,
        /// What it shows now.
        shown: Box<Shown>,
    },
    /// What an item is about is found of another subject, or as another occasion: it keeps its id, its state and who
    /// works on it.
    Followed {
        /// Which.
        id: ItemId,
        /// About whom now.
        subject: SubjectId,
        /// What it shows now.
        shown: Box<Shown>,
    },
    /// Whether a subject and occasion that a handled alert covers are still found, so that nothing is raised. Of the
    /// alert's own subject it is not said when it is decided: it is found then.
    StillFound {
        /// The handled alert.
        id: ItemId,
        /// About whom.
        subject: SubjectId,
        /// The occasion.
        occasion: String,
        /// What is found: from now on, or now in another way. None: not any more, or another item shows it.
        sighting: Option<Box<Sighting>>,
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
    /// A rule says nothing new of an area, because a feed is late there.
    Suspended(Suspension),
    /// A rule that was suspended is not any more.
    Resumed {
        /// The rule.
        rule: RuleId,
        /// The feed that was late.
        feed: Feed,
        /// Where.
        area: Area,
    },
    /// A level of a batch with more to come, on which only the whole of them can decide: an item may follow
    /// to another subject, of which the other batches speak.
    Postponed(Box<Level>),
    /// The postponed levels are decided.
    TakenUp,
}
