//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::LogError;

/// What the caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Try the same again later.
    Retry,
    /// The same will fail again: somebody must mend the request, the configuration or a file.
    Reject,
    /// A mistake in this program.
    Bug,
}

/// A source of randomness that gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct NoRandomness;

/// Fills a buffer from a source of randomness fit for keys: the system's, or a seeded one in tests.
pub type Fill = Box<dyn FnMut(&mut [u8]) -> Result<(), NoRandomness> + Send>;

/// Why something was not recorded or not read. No variant holds personal data or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Reject: the entry is too large, or says too little.
    #[error("this cannot be put on record: {detail}")]
    Entry {
        /// What is wrong with it.
        detail: String,
    },
    /// As the log says.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Reject: another process records for this node; this one never records again.
    #[error("another process keeps the audit record of this node since; stop this one")]
    Superseded,
    /// Reject: the newest records are missing.
    #[error(
        "the audit record ends at number {found}, and its end mark says {mark}: records were removed, or the log is \
         an older copy; verify it and restore the log"
    )]
    Truncated {
        /// The last number ever recorded.
        mark: u64,
        /// The last number in the log.
        found: u64,
    },
    /// Reject: the key store is an older copy.
    #[error(
        "the audit record ends at number {found}, and its end mark says {mark}: the key store is an older copy; restore \
         its newest, or verify the record and accept its end"
    )]
    Behind {
        /// The last number that the key store knows.
        mark: u64,
        /// The last number in the log.
        found: u64,
    },
    /// Reject: the newest record of the log is none of this node and key.
    #[error(
        "the newest record of the audit log was not made by this node with this key, or was changed: restore the \
         audit key and key store that belong to this log, and verify it"
    )]
    Foreign,
    /// Reject: bytes that are no record, or one of a later version.
    #[error(
        "this is no audit record that this version reads: verify the log, or use the version that wrote it"
    )]
    Form,
    /// Reject: a record was changed, or made without the key.
    #[error("audit record {number} was changed, or was made with another key: verify the log")]
    Changed {
        /// Its number, as it says itself.
        number: u64,
    },
    /// Reject: the key is not the one that the file was written with.
    #[error("the audit key is not the one that {path} was written with: restore that key")]
    WrongKey {
        /// The key store.
        path: PathBuf,
    },
    /// Retry: no space.
    #[error("no space for the keys of the audit record: {detail}; free some, nothing is lost")]
    Full {
        /// As SQLite or the system says.
        detail: String,
    },
    /// Retry: another program has the file for a moment.
    #[error("the key store of the audit record is busy: {detail}; does another program have its file open?")]
    Busy {
        /// As SQLite says.
        detail: String,
    },
    /// Reject: one process has the key store, and it is another one.
    #[error("{path} is locked by another process: one process keeps the audit record of a node")]
    Locked {
        /// The lock's file.
        path: PathBuf,
    },
    /// Reject: missing, not allowed, of another program, node or version.
    #[error("cannot open {path}: {detail}")]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Reject: bytes changed that nobody should have changed.
    #[error(
        "the key store of the audit record is damaged: {detail}; stop, and restore it from its newest copy"
    )]
    Damaged {
        /// What does not fit.
        detail: String,
    },
    /// Retry: what is exported to takes no more.
    #[error("the export cannot be written: {detail}")]
    Export {
        /// As the system says.
        detail: String,
    },
    /// Retry: the source of randomness gave none.
    #[error("no randomness for the audit record")]
    NoRandomness(#[from] NoRandomness),
    /// Bug.
    #[error("bug in the audit record: {detail}")]
    Bug {
        /// What was not expected.
        detail: String,
    },
}

impl AuditError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            AuditError::Log(error) => error.class(),
            AuditError::Full { .. }
            | AuditError::Busy { .. }
            | AuditError::Export { .. }
            | AuditError::NoRandomness(_) => ErrorClass::Retry,
            AuditError::Bug { .. } => ErrorClass::Bug,
            _ => ErrorClass::Reject,
        }
    }

    pub(crate) fn entry(detail: impl Into<String>) -> AuditError {
        AuditError::Entry { detail: detail.into() }
    }

    pub(crate) fn damaged(detail: impl Into<String>) -> AuditError {
        AuditError::Damaged { detail: detail.into() }
    }

    pub(crate) fn bug(detail: impl Into<String>) -> AuditError {
        AuditError::Bug { detail: detail.into() }
    }
}

impl From<rusqlite::Error> for AuditError {
    fn from(error: rusqlite::Error) -> AuditError {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => AuditError::Full { detail },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => {
                AuditError::Busy { detail }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => AuditError::Damaged { detail },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                AuditError::CannotOpen { path: "the key store of the audit record".into(), detail }
            }
            // A value of another type or range than was written.
            None if !matches!(error, rusqlite::Error::InvalidQuery) => AuditError::Damaged { detail },
            _ => AuditError::Bug { detail },
        }
    }
}

/// What the system says of a file.
pub(crate) fn file_error(path: &Path, error: &std::io::Error) -> AuditError {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let detail = error.to_string();
    match error.kind() {
        StorageFull | QuotaExceeded => AuditError::Full { detail: format!("{}: {detail}", path.display()) },
        _ => AuditError::CannotOpen { path: path.to_owned(), detail },
    }
}
