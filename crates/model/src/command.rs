//! Commands: what people ask casework to do.

use serde::{Deserialize, Serialize};

use crate::{AttachmentId, Day, Division, Instant, ItemId, NoticeMeans, ReportSource, SubjectId};

/// Names one command of one person: hash of actor and `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommandKey(pub [u8; 16]);

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The same key is the same command: it is carried out once.
    pub key: CommandKey,
    /// Hash of the command's content: the same key with another content is refused.
    pub fingerprint: [u8; 16],
    /// The account that asks.
    pub actor: String,
    /// When it was asked.
    pub at: Instant,
    /// On which item.
    pub item: ItemId,
    /// What to do.
    pub order: Order,
}

/// What can be asked. Who may ask it is the business of whoever takes it in; what only holds between two people, as that
/// nobody approves their own decision, is casework's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Take an alert to work on, or take one's own decision back to work on.
    Claim,
    /// Give it back.
    Release,
    /// Put it off until a day, new evidence or a greater amount.
    Snooze {
        /// Later than today, and within half a year.
        until: Day,
        /// Why.
        reason: String,
    },
    /// Decide on it.
    Decide {
        /// What came of it.
        outcome: Outcome,
        /// Why, in the person's words; asked for when agreeing as well as when overriding.
        reason: String,
        /// Look again on this day: what is found then is raised again, whatever the evidence. Later than today, and
        /// within three years.
        reopen_on: Option<Day>,
    },
    /// The family was told of a decision on a review.
    Notify {
        /// The day they were told: from that of the decision to today.
        sent_on: Day,
        /// How.
        means: NoticeMeans,
        /// Until when they may answer: at least five working days later.
        answer_by: Day,
    },
    /// The family answered.
    Answer {
        /// The day they did.
        on: Day,
        /// Whether they agree.
        agrees: bool,
        /// What they said.
        text: String,
    },
    /// Approve a decision of somebody else.
    Approve {
        /// Why.
        reason: String,
    },
    /// Send a decision of somebody else back.
    SendBack {
        /// Why.
        reason: String,
    },
    /// The family disagrees with what was decided.
    Appeal {
        /// The day they said so.
        on: Day,
        /// What they said.
        text: String,
    },
    /// Decide on an appeal.
    DecideAppeal {
        /// What comes of the alert instead; none leaves the decision as it is.
        outcome: Option<Outcome>,
        /// Why.
        reason: String,
    },
    /// Raise a closed alert again that is still found.
    Reopen {
        /// Why.
        reason: String,
    },
    /// The visit or re-check was done.
    Complete {
        /// The day it was done.
        on: Day,
        /// What was seen.
        seen: String,
        /// Whether the registry was told, so that data will show it.
        is_sent: bool,
    },
    /// The task is not to be done.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Make it somebody's, or nobody's.
    Assign {
        /// The account.
        to: Option<String>,
    },
    /// Write something beside it.
    Comment {
        /// What.
        text: String,
    },
    /// A file was put beside it.
    Attach {
        /// Which.
        file: AttachmentId,
        /// Its media type.
        media_type: String,
        /// How long it is.
        bytes: u64,
    },
    /// Put it on the card of another, or take it off its card.
    Group {
        /// The other.
        with: Option<ItemId>,
    },
    /// Say what should come of an alert that was drawn for a second review.
    SecondOpinion {
        /// What.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// Take back what one has just done to it.
    Undo,
    /// Somebody outside told of something: an alert opens. The item of the command is the one that opens.
    Report(Box<Report>),
}

/// What somebody outside told of. Their words are in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who told.
    pub source: ReportSource,
    /// Whom it is about.
    pub subject: SubjectId,
    /// Where they are registered, or live as far as that is known.
    pub division: Option<Division>,
    /// The day they told.
    pub on: Day,
}

/// What came of an alert (domain §5.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The person or household was helped.
    Helped,
    /// Not eligible.
    NotEligible,
    /// The records were wrong.
    WrongData,
    /// Nothing to do.
    NoAction,
}

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// No such item.
    UnknownItem,
    /// The item's state does not allow it.
    WrongState,
    /// Somebody else has claimed it.
    ClaimedByAnother,
    /// It is a task, which is done.
    NotAnAlert,
    /// A reason is missing.
    ReasonMissing,
    /// The key was used for another command.
    KeyReused,
    /// The day is not one that can be given here.
    DayOutOfRange,
    /// It is an alert, which is decided on.
    NotATask,
    /// Somebody else was told to work on it.
    AssignedToAnother,
    /// It has to be somebody else than who decided, approved or asked.
    SecondPersonNeeded,
    /// The family was not told yet.
    NoticeMissing,
    /// The family may still answer.
    AnswerPending,
    /// There is nothing of one's own to take back.
    NothingToUndo,
    /// It is too late to take it back, or something has happened since.
    TooLateToUndo,
    /// The case is not found any more.
    NoLongerFound,
}
