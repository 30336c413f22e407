//! The event log: append, read, offsets and claims, behind one trait, [`Journal`].
//!
//! Two implementations pass one conformance suite: [`EmbeddedJournal`] (SQLite, one process) and
//! [`KafkaJournal`] (the only user of `rdkafka` in the workspace). [`Reader`] reads a stream of either and
//! hides what a superseded owner wrote.
//!
//! Must not know: what a record means. Keys, headers and values are bytes; topics are names that the
//! caller chooses. It decides nothing and has no clock: the embedded journal is given one, Kafka has its own.

mod claim;
mod directory_lock;
mod embedded;
mod error;
mod journal;
mod kafka;
mod layout;
mod members;
mod reader;
mod record;
mod security;
mod stream;

pub use claim::{Claim, ClaimFilter};
pub use directory_lock::DirectoryLock;
pub use embedded::{EmbeddedJournal, FILE_VERSION};
pub use error::{ErrorClass, JournalError};
pub use journal::Journal;
pub use kafka::{KafkaConfig, KafkaJournal};
pub use layout::{Remedy, Retention, TopicDifference, TopicLayout};
pub use members::{Lease, Members, Membership};
pub use reader::Reader;
pub use record::{Batch, CLAIM_HEADER, Commit, MAX_RECORD_BYTES, NewRecord, Record, Write};
pub use security::{ClientCertificate, Password, Sasl, ScramMechanism, Security, Tls};
pub use stream::{Stream, Topic};
