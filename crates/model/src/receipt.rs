//! What a department hears of its events.

use serde::{Deserialize, Serialize};

use crate::{EventTag, Feed, Instant};

/// Why an event was refused. It names the event and never repeats a personal value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The feed it came on.
    pub feed: Feed,
    /// Partition of the feed's topic.
    pub partition: u32,
    /// Offset in the feed's topic.
    pub offset: u64,
    /// Keyed hash of source and id, where the envelope could be read.
    pub event: Option<EventTag>,
    /// The stable reason code, as `id_number.check`.
    pub code: String,
    /// JSON pointer of the value that is wrong, as `/data/person/id_number`; empty for the whole event.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
    /// The rejected event that this one repaired in vain.
    pub repairs: Option<Place>,
    /// The event as it came, encrypted; empty where it is too large to be kept a second time: the feed's
    /// topic has it at `offset`.
    pub original: SealedOriginal,
}

/// Bytes encrypted for the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedOriginal {
    /// AES-256-GCM: 12 bytes of nonce, ciphertext, 16 bytes of tag.
    pub bytes: Vec<u8>,
}

/// Where an event lies in its feed's topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Partition.
    pub partition: u32,
    /// Offset.
    pub offset: u64,
}

/// What is odd about an event that is accepted all the same. Warnings are added, never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Warning {
    /// A document number begins with a division code that is in no table. It joins all the same (domain §2).
    UnknownNumberPrefix,
    /// A `division_code` lies in a county that is in no table.
    UnknownDivision,
    /// An event with the same id and another content was accepted before: the later `time` holds (domain §3).
    IdReused,
}

impl Warning {
    /// Every warning.
    pub const ALL: [Warning; 3] = [Warning::UnknownNumberPrefix, Warning::UnknownDivision, Warning::IdReused];

    /// The stable code that receipts carry.
    pub fn as_str(self) -> &'static str {
        match self {
            Warning::UnknownNumberPrefix => "id_number.unknown-prefix",
            Warning::UnknownDivision => "division.unknown",
            Warning::IdReused => "event.id-reused",
        }
    }
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The feed it came on.
    pub feed: Feed,
    /// Partition of the feed's topic.
    pub partition: u32,
    /// Offset in the feed's topic.
    pub offset: u64,
    /// Keyed hash of source and id, where the envelope could be read.
    pub event: Option<EventTag>,
    /// When the platform received it: append time of the feed's record, or of the newest one of its micro-batch.
    pub received: Instant,
    /// The rejected event that this one repairs: its sender sees both.
    pub repairs: Option<Place>,
    /// What is odd about it, each once.
    pub warnings: Vec<Warning>,
    /// What became of it.
    pub outcome: ReceiptOutcome,
}

/// Accepted, duplicate or rejected (domain §2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptOutcome {
    /// Its fact counts.
    Accepted,
    /// An accepted event of the same source had the same id.
    Duplicate,
    /// Refused; see the rejection at the same feed and offset.
    Rejected {
        /// Stable reason code.
        code: String,
        /// JSON pointer.
        pointer: String,
        /// What was expected there.
        expected: String,
    },
}

/// Receipts of one micro-batch of one feed: one record of `receipts.<feed>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptBatch {
    /// By offset in the feed's topic; one at least.
    pub receipts: Vec<Receipt>,
}
