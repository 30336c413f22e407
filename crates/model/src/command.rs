//! Commands: what people ask casework to do.

use serde::{Deserialize, Serialize};

use crate::{Day, Instant, ItemId};

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

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Take an alert to work on.
    Claim,
    /// Close an alert with an outcome.
    Resolve {
        /// What came of it.
        outcome: Outcome,
        /// Why, in the person's words; asked for when agreeing as well as when overriding.
        reason: String,
        /// Look again on this day: what is found then is raised again, whatever the evidence. Later than today, and
        /// within three years.
        reopen_on: Option<Day>,
    },
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
    /// It is a task, which clears by data.
    NotAnAlert,
    /// A reason is missing.
    ReasonMissing,
    /// The key was used for another command.
    KeyReused,
    /// The day to look again is not later than today, or more than three years away.
    ReopenDayOutOfRange,
}
