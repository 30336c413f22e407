//! The records that stages exchange, as they lie in topics: one version byte, then postcard. What other departments
//! read is of another form: see `wire.rs`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{
    Bureau, Command, CommandKey, Day, EventTag, Fact, FactId, Feed, FeedAge, Instant, Level, PersonId, Place,
    Suspension, Warning, WorkEvent,
};

/// What an accepted event states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A fact.
    Fact(Fact),
    /// `record.retracted`: the named event of the same source was wrong. Has no effective date, and
    /// cannot itself be retracted or held (domain §3).
    Retraction {
        /// Keyed hash of source, type and canonical content, as of a fact.
        id: FactId,
        /// The event that was wrong.
        retracts: EventTag,
    },
}

impl Content {
    /// The content's identity.
    pub fn id(&self) -> FactId {
        match self {
            Content::Fact(fact) => fact.id,
            Content::Retraction { id, .. } => *id,
        }
    }
}

/// One accepted event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Keyed hash of source and event id.
    pub event: EventTag,
    /// The event id, enciphered: facts with equal `on` and `time` are ordered by event id (domain §3),
    /// and only the holder of the order key can compare.
    pub sealed_id: Vec<u8>,
    /// When the source recorded it.
    pub time: Instant,
    /// Offset in the feed's topic.
    pub offset: u64,
    /// What it says.
    pub content: Content,
}

/// The accepted events of one micro-batch of one feed, for one bureau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactBatch {
    /// The feed.
    pub feed: Feed,
    /// Partition of the feed's topic.
    pub partition: u32,
    /// The offset after the last event that the batch reflects.
    pub upto: u64,
    /// When the last of them was received (append time in the feed's topic).
    pub received: Instant,
    /// The events, by offset.
    pub statements: Vec<Statement>,
    /// What their receipts say beside the outcome, of those few that have something to say, by offset.
    pub notes: Vec<Note>,
}

/// What the receipt of an accepted event says beside its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Offset of the event in the feed's topic.
    pub offset: u64,
    /// The rejected event that it repairs.
    pub repairs: Option<Place>,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// A rule as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFile {
    /// Its name, `<rule>.sql`.
    pub file: String,
    /// Its content.
    pub text: String,
}

/// A record of topic `facts`: all that a cut consists of (design, invariant 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactsRecord {
    /// Accepted events.
    Facts(FactBatch),
    /// A new day has begun; skipped when a later one follows.
    Tick {
        /// The day.
        day: Day,
    },
    /// The parameters that hold from here on.
    Parameters {
        /// The whole table, as TOML.
        toml: String,
    },
    /// The rule set that holds from here on.
    Rules {
        /// SHA-256 over the set, hexadecimal, and that of the parameters.
        hash: String,
        /// The files, so that what was found can be explained by the rules of its time.
        files: Vec<RuleFile>,
    },
    /// A load begins: until it is closed, casework is not reconciled.
    LoadOpened {
        /// Names the load.
        load: String,
    },
    /// A load ended.
    LoadClosed {
        /// Names the load.
        load: String,
    },
    /// The first record: whose facts these are, and by which key.
    Of {
        /// The bureau.
        bureau: Bureau,
        /// A pseudonym that only the key of the others makes.
        key_check: [u8; 16],
    },
    /// Everything said before about a person is to be forgotten.
    Erased {
        /// Whose facts go.
        person: PersonId,
    },
}

/// Levels that changed, from discovery to casework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingBatch {
    /// The offset in `facts` after the last record that these findings reflect.
    pub upto: u64,
    /// The day they are true of.
    pub day: Day,
    /// Whether `day` is new: casework then looks for what became overdue.
    pub new_day: bool,
    /// The newest record of each feed.
    pub ages: Vec<FeedAge>,
    /// The levels that differ from those sent before.
    pub levels: Vec<Level>,
    /// All rules that are suspended somewhere, sorted: a level as well.
    pub suspensions: Vec<Suspension>,
    /// More batches with the same `upto` follow; the last has false.
    pub more: bool,
}

/// A record of topic `inbox`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxRecord {
    /// From discovery.
    Findings(FindingBatch),
    /// From people.
    Command(Command),
}

/// A record of topic `work`: what one record of `inbox` changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRecord {
    /// The offset in `inbox` after the record that this reflects.
    pub upto: u64,
    /// For a batch of findings: its `upto` in `facts`.
    pub facts_upto: Option<u64>,
    /// The day, where with this record casework looked for what had become overdue on it.
    pub day: Option<Day>,
    /// The command that this answers, with the fingerprint of its content.
    pub answers: Option<(CommandKey, [u8; 16])>,
    /// What happened, in order.
    pub events: Vec<WorkEvent>,
}

/// Why bytes are no record. Bug, or a record of a newer version: stop, do not skip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Written by another version of the software.
    #[error("record has version {0}, this software reads version {VERSION}: run the version that wrote it")]
    Version(u8),
    /// An event of another type, or of a newer version.
    #[error("record is {found}, this software reads {known}: run the version that wrote it")]
    EventType {
        /// What it is.
        found: String,
        /// What is read here.
        known: &'static str,
    },
    /// Not a record.
    #[error("record cannot be decoded: {0}")]
    Decode(String),
}

/// The version that this software writes.
const VERSION: u8 = 5;

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![VERSION]).expect("records hold nothing that postcard cannot write")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => {
            let (value, rest) =
                postcard::take_from_bytes(rest).map_err(|error| RecordError::Decode(error.to_string()))?;
            if rest.is_empty() { Ok(value) } else { Err(RecordError::Decode("bytes are left over".into())) }
        }
        Some((version, _)) => Err(RecordError::Version(*version)),
        None => Err(RecordError::Decode("record is empty".into())),
    }
}

macro_rules! record {
    ($($name:ty),*) => {$(
        impl $name {
            /// The bytes of the record.
            pub fn to_bytes(&self) -> Vec<u8> {
                encode(self)
            }

            /// Reads the bytes of a record.
            ///
            /// # Errors
            /// When they are of a newer version or damaged.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
                decode(bytes)
            }
        }
    )*};
}

record!(FactsRecord, InboxRecord, WorkRecord, crate::IdentityBatch);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_no_further() {
        let record = FactsRecord::Tick { day: Day(20_000) };
        let mut bytes = record.to_bytes();
        assert_eq!(FactsRecord::from_bytes(&bytes), Ok(record));
        bytes.push(0);
        assert!(matches!(FactsRecord::from_bytes(&bytes), Err(RecordError::Decode(_))));
        bytes[0] = 9;
        assert_eq!(FactsRecord::from_bytes(&bytes), Err(RecordError::Version(9)));
        assert!(FactsRecord::from_bytes(&[]).is_err());
    }
}
