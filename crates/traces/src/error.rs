//! Why spans cannot be told to a collector as it is configured.

use std::path::PathBuf;

/// Why nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// Reject: the collector's address.
    #[error("endpoint {endpoint:?}: {expected}")]
    Endpoint {
        /// As it is configured.
        endpoint: String,
        /// What to write instead.
        expected: &'static str,
    },
    /// Reject: the share of events.
    #[error("ratio: expected 0 to 1, found {0}")]
    Ratio(f64),
    /// Reject: the file of certificates.
    #[error("certificates in {path}: {detail}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Retry: the system has nothing to spare.
    #[error("the system gives no more threads: {0}")]
    NoThread(#[from] std::io::Error),
}
