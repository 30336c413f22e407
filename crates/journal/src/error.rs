//! What can go wrong with a log, and what the caller does about it.

use std::path::PathBuf;

use crate::{Stream, Topic, TopicDifference};

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Wait and do the same again; it goes on by itself once the cause is gone.
    Retry,
    /// Doing it again does not help: the request, the configuration or the data must change.
    Reject,
    /// A fault of this software; report it.
    Bug,
}

/// Why a journal did not do what it was asked. A failed write may have been appended in part (Kafka) or not at
/// all (embedded); after a retry, readers may see records twice.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Retry: the disk is full, or writing to it fails.
    #[error("the journal cannot write to its disk: {detail}; free some space, then it goes on by itself")]
    Full {
        /// What the system said.
        detail: String,
    },
    /// Retry: the log does not answer at present.
    #[error("the journal is not available: {detail}")]
    Unavailable {
        /// What does not answer, why, and what to look at.
        detail: String,
    },
    /// Reject: somebody has claimed the stream since. The owner stops, and claims anew if it should go on.
    #[error(
        "claim {held} of {stream} is superseded by claim {current}; stop writing, another owner has taken over"
    )]
    Fenced {
        /// What was claimed.
        stream: Stream,
        /// The number of the caller's claim.
        held: u64,
        /// The number of the claim in force.
        current: u64,
    },
    /// Reject: one record is larger than the journal takes.
    #[error("a record of {size_bytes} bytes for {stream} is over the limit of {limit_bytes}; split it")]
    TooLarge {
        /// Where it should have gone.
        stream: Stream,
        /// Bytes of key, headers and value.
        size_bytes: usize,
        /// The limit of this journal or of the broker's topic.
        limit_bytes: usize,
    },
    /// Reject: no topic of this name.
    #[error("the journal has no topic {topic}; create it with the layout first")]
    UnknownTopic {
        /// The topic asked for.
        topic: Topic,
    },
    /// Reject: the topic has no such partition.
    #[error("{stream} does not exist: the topic has {partitions} partitions, counted from 0")]
    UnknownPartition {
        /// The stream asked for.
        stream: Stream,
        /// How many partitions its topic has.
        partitions: u32,
    },
    /// Reject: a topic is not as the layout wants it, and cannot be made so.
    #[error("{difference}")]
    WrongLayout {
        /// In what, and what to do.
        difference: TopicDifference,
    },
    /// Reject: the position is beyond the end of the stream.
    #[error(
        "{stream} is to be read from {from} but ends at {end}; the position belongs to another journal, or the log lost records: delete the state that holds the position, or restore the log"
    )]
    Ahead {
        /// The stream.
        stream: Stream,
        /// The position asked for.
        from: u64,
        /// The offset that the next record gets.
        end: u64,
    },
    /// Reject: another process, or this one already, holds the directory.
    #[error("the data directory {directory} is in use by {holder}; stop it first")]
    Locked {
        /// The data directory.
        directory: PathBuf,
        /// `process <pid>`, or `another process`.
        holder: String,
    },
    /// Reject: the journal's file, or the data directory, cannot be opened.
    #[error("{path} cannot be opened: {detail}")]
    CannotOpen {
        /// The file or directory.
        path: PathBuf,
        /// Why, and what to do.
        detail: String,
    },
    /// Reject: stored data cannot be read back.
    #[error("the journal is damaged: {detail}; stop, and restore it from a copy")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// Reject: the broker does not permit it, or the client configuration is wrong.
    #[error("the broker refused: {detail}")]
    Refused {
        /// What was refused.
        detail: String,
    },
    /// Reject: a topic or header name that the journal does not take.
    #[error("{name:?} is no valid name of a topic or header")]
    InvalidName {
        /// The name.
        name: String,
    },
    /// Bug: something that the journal's own code rules out.
    #[error("fault in the journal: {detail}; please report it")]
    Bug {
        /// What happened.
        detail: String,
    },
}

impl JournalError {
    /// Whether to retry, to reject, or to report.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Full { .. } | Self::Unavailable { .. } => ErrorClass::Retry,
            Self::Fenced { .. }
            | Self::TooLarge { .. }
            | Self::UnknownTopic { .. }
            | Self::UnknownPartition { .. }
            | Self::WrongLayout { .. }
            | Self::Ahead { .. }
            | Self::Locked { .. }
            | Self::CannotOpen { .. }
            | Self::Corrupt { .. }
            | Self::Refused { .. }
            | Self::InvalidName { .. } => ErrorClass::Reject,
            Self::Bug { .. } => ErrorClass::Bug,
        }
    }
}
