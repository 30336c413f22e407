//! What can go wrong with the outbox, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::{EndpointId, MessageId};

/// What the caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Try the same again later.
    Retry,
    /// The same will fail again: somebody must mend the request, the configuration or the file.
    Reject,
    /// A mistake in this program.
    Bug,
}

/// Why the outbox did not do as asked; nothing is half done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// Retry: no space.
    #[error("no space for the outbox: {detail}; free some, nothing is lost")]
    Full {
        /// As SQLite or the system says.
        detail: String,
    },
    /// Retry: another program has the file for a moment.
    #[error("the outbox is busy: {detail}; does another program have its file open?")]
    Busy {
        /// As SQLite says.
        detail: String,
    },
    /// Reject: one process sends, and it is another one.
    #[error("{path} is locked by another process: one process sends")]
    Locked {
        /// The lock's file.
        path: PathBuf,
    },
    /// Reject: missing, not allowed, of another program or of another version.
    #[error("cannot open {path}: {detail}")]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Reject: bytes changed that nobody should have changed.
    #[error(
        "the outbox is damaged: {detail}; move its file away and start again: what was delivered is sent again under \
         the same ids"
    )]
    Damaged {
        /// What does not fit.
        detail: String,
    },
    /// Reject: two endpoints of one name.
    #[error("endpoint {endpoint} is configured twice: give each a name of its own")]
    EndpointTwice {
        /// Its name.
        endpoint: EndpointId,
    },
    /// Reject: certificates that cannot be used.
    #[error(
        "the certificates of a webhook cannot be used: {detail}; expected PEM with one certificate at least"
    )]
    Certificates {
        /// Why.
        detail: String,
    },
    /// Reject: no such message, or not in a state for that.
    #[error("message {message} to {endpoint} is no dead letter: list dead letters to see which there are")]
    NoDeadLetter {
        /// The message.
        message: MessageId,
        /// The endpoint.
        endpoint: EndpointId,
    },
    /// Reject: no such endpoint.
    #[error("there is no endpoint {endpoint}: list endpoints to see which there are")]
    NoEndpoint {
        /// Its name.
        endpoint: EndpointId,
    },
    /// Bug: what was judged is not what comes next in the log.
    #[error(
        "{log} {partition} was taken in up to {known}, and was to be taken in from {from}: read on from there"
    )]
    Position {
        /// The log's name.
        log: String,
        /// Its partition.
        partition: u32,
        /// What the outbox has.
        known: u64,
        /// What was offered.
        from: u64,
    },
    /// Bug.
    #[error("bug in the outbox: {detail}")]
    Bug {
        /// What was not expected.
        detail: String,
    },
}

impl ExchangeError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            ExchangeError::Full { .. } | ExchangeError::Busy { .. } => ErrorClass::Retry,
            ExchangeError::Locked { .. }
            | ExchangeError::CannotOpen { .. }
            | ExchangeError::Damaged { .. }
            | ExchangeError::EndpointTwice { .. }
            | ExchangeError::Certificates { .. }
            | ExchangeError::NoDeadLetter { .. }
            | ExchangeError::NoEndpoint { .. } => ErrorClass::Reject,
            ExchangeError::Position { .. } | ExchangeError::Bug { .. } => ErrorClass::Bug,
        }
    }

    pub(crate) fn damaged(detail: impl Into<String>) -> ExchangeError {
        ExchangeError::Damaged { detail: detail.into() }
    }
}

impl From<rusqlite::Error> for ExchangeError {
    fn from(error: rusqlite::Error) -> ExchangeError {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => ExchangeError::Full { detail },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => {
                ExchangeError::Busy { detail }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ExchangeError::Damaged { detail },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                ExchangeError::CannotOpen { path: "the outbox's file".into(), detail }
            }
            // A value of another type or range than was written.
            None if !matches!(error, rusqlite::Error::InvalidQuery) => ExchangeError::Damaged { detail },
            _ => ExchangeError::Bug { detail },
        }
    }
}

/// What the system says of a file, as an error of the outbox.
pub(crate) fn file_error(path: &Path, error: &std::io::Error) -> ExchangeError {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let detail = error.to_string();
    match error.kind() {
        StorageFull | QuotaExceeded => {
            ExchangeError::Full { detail: format!("{}: {detail}", path.display()) }
        }
        _ => ExchangeError::CannotOpen { path: path.to_owned(), detail },
    }
}
