//! What can go wrong.

use std::path::PathBuf;

/// Why a district was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reject: the arguments describe no district that can be made.
    #[error("this district cannot be made: {0}")]
    District(&'static str),
    /// Retry when the disk can be written again.
    #[error("could not write {path}; make room or choose another folder")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
