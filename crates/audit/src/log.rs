//! What the record needs of a log.

use crate::ErrorClass;

/// The log of one node's record: it keeps bytes in order, and what they mean is none of its business.
pub trait AuditLog: Send + Sync {
    /// Appends records in order; they are durable when it returns.
    ///
    /// # Errors
    /// [`LogError::Unavailable`] when it is not known whether they, or a beginning of them, were appended;
    /// [`LogError::Refused`]; [`LogError::Fenced`] when somebody else has taken the log over, and nothing that counts
    /// was appended.
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError>;

    /// The newest record that counts, None for an empty log.
    ///
    /// It settles what was left open: once it has returned, nothing of an append that failed before may turn up any
    /// more. (Over Kafka: claim the stream anew, then read its end.)
    ///
    /// # Errors
    /// As [`AuditLog::append`].
    fn last(&self) -> Result<Option<Vec<u8>>, LogError>;
}

/// Why a log did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Retry: it does not answer, or has no space. What was appended may be there, in part or whole.
    #[error("the log of the audit record is not available: {detail}")]
    Unavailable {
        /// What does not answer, why, and what to look at.
        detail: String,
    },
    /// Reject: it will never take this.
    #[error("the log of the audit record refuses: {detail}")]
    Refused {
        /// What was refused, and what to mend.
        detail: String,
    },
    /// Reject: another process has taken the log over.
    #[error("the log of the audit record was taken over by another process; stop this one")]
    Fenced,
}

impl LogError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            LogError::Unavailable { .. } => ErrorClass::Retry,
            LogError::Refused { .. } | LogError::Fenced => ErrorClass::Reject,
        }
    }
}
