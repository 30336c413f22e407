//! What can go wrong, and what to do about it.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::attachment::{MOST_FILE_BYTES, MOST_HOLDER_BYTES, MOST_NAME, MOST_REPORTER, MOST_SAID};
use crate::{MasterError, MasterId, MediaType};

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

/// A source of randomness that gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct NoRandomness;

/// Fills a buffer from a source of randomness fit for keys: the system's, or a seeded one in tests.
pub type Fill<'a> = dyn FnMut(&mut [u8]) -> Result<(), NoRandomness> + 'a;

/// Why the vault did not do as asked; nothing is half done. No variant holds a name, a number or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Reject: sealed with another key or for another feed, or damaged. Which, nobody can tell.
    #[error("what intake sealed does not open: sealed with another key or for another feed, or damaged")]
    Sealed,
    /// Reject: it opened, and does not hold what it should.
    #[error("what intake sealed opened and has another form: written by another version")]
    Form,
    /// Reject: what is to be attached is not taken.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// As the holder of the master keys says: see [`MasterError`].
    #[error(transparent)]
    Master(#[from] MasterError),
    /// Reject: a master key of the same id was another one when this file was written.
    #[error(
        "master key {id} is not the one that this file was written with: restore that key, or the file that fits"
    )]
    WrongMaster {
        /// The key's id.
        id: MasterId,
    },
    /// Reject: the key of the blind index is another one than the file was written with.
    #[error("the index key is not the one that {path} was written with: restore that key")]
    WrongIndexKey {
        /// The vault's file, or a backup of its keys.
        path: PathBuf,
    },
    /// Retry: no space.
    #[error("no space for the vault: {detail}; free some, nothing is lost")]
    Full {
        /// As SQLite or the system says.
        detail: String,
    },
    /// Retry: another program has the file for a moment.
    #[error("the vault is busy: {detail}; does another program have its file open?")]
    Busy {
        /// As SQLite says.
        detail: String,
    },
    /// Reject: one process writes, and it is another one.
    #[error("{path} is locked by another process: one process keeps identities")]
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
        "the vault is damaged: {detail}; stop, restore the vault's file from its newest copy and the keys from their \
         backup, and read topic identities on from the position that the copy has"
    )]
    Damaged {
        /// What does not fit.
        detail: String,
    },
    /// Reject: values or attachments of a person or household are here and the key is not.
    #[error(
        "the key of {people} people is missing beside their values: restore the backup of the keys first"
    )]
    KeysMissing {
        /// How many people and households, as far as it was noticed.
        people: usize,
    },
    /// Reject: records of access were changed or removed.
    #[error("the records of access do not fit their chain at number {number}: changed, or removed")]
    AccessChain {
        /// The first that does not fit.
        number: u64,
    },
    /// Reject: who reads personal data says who they are and why.
    #[error("an access needs an actor and a purpose, of at most {max} characters each")]
    Purpose {
        /// The most characters.
        max: usize,
    },
    /// Reject: nothing to search for is left of the text.
    #[error("this cannot be searched for: expected a document number, a name or a phone number")]
    Query,
    /// Reject: a backup of the keys that is damaged or of another version.
    #[error("the backup of the keys in {path} cannot be used: {detail}")]
    Backup {
        /// The backup.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Retry: the source of randomness gave none.
    #[error("no randomness for a new key")]
    NoRandomness(#[from] NoRandomness),
    /// Bug.
    #[error("bug in the vault: {detail}")]
    Bug {
        /// What was not expected.
        detail: String,
    },
}

/// Why something cannot be attached. Reject, all of them: whoever attaches it must mend it. None tells a name or a
/// content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// Nothing in it.
    #[error("the file is empty: attach one that has content")]
    Empty,
    /// Longer than [`MOST_FILE_BYTES`].
    #[error("the file has {bytes} bytes, at most {MOST_FILE_BYTES} are taken: attach a smaller one")]
    TooLong {
        /// How long it is.
        bytes: u64,
    },
    /// The holder would have more than [`MOST_HOLDER_BYTES`].
    #[error("attachments here have {held} bytes and may have {MOST_HOLDER_BYTES}: discard some first")]
    HolderFull {
        /// How many there are.
        held: u64,
    },
    /// Not one of those that are taken.
    #[error("media type not taken: expected image/jpeg, image/png, application/pdf or text/plain")]
    MediaType,
    /// The content is of another type than is said.
    #[error("said to be {declared}, but its content is {found}: say what it is, or attach another file")]
    OtherType {
        /// What it is said to be.
        declared: MediaType,
        /// What it looks like.
        found: &'static str,
    },
    /// Cut off or damaged.
    #[error("the file is no whole {media_type}: save it again, as UTF-8 if it is a text")]
    Malformed {
        /// What it is said to be.
        media_type: MediaType,
    },
    /// An image with more pixels than anybody photographs.
    #[error("the image has {pixels} pixels, at most {most} are taken: make it smaller")]
    Pixels {
        /// Width by height.
        pixels: u64,
        /// How many are taken.
        most: u64,
    },
    /// A document that does something when it is opened, or carries files.
    #[error("the document holds {what}, which is not taken: print it to a new PDF and attach that")]
    Active {
        /// The PDF name that says so.
        what: &'static str,
    },
    /// A document that asks for a password or restricts its use.
    #[error("the document is encrypted, so nobody can look into it: save it without a password")]
    Encrypted,
    /// Objects packed in an unusual way.
    #[error("the document is packed so that nobody can look into it: print it to a new PDF and attach that")]
    Hidden,
    /// A document that is much longer than it seems.
    #[error("the document unpacks to more than {most} bytes: make its images smaller")]
    Unpacks {
        /// How many are taken.
        most: u64,
    },
    /// See [`crate::FileName`].
    #[error("expected a file name of 1 to {MOST_NAME} characters without `/`, `\\` and control characters")]
    Name,
    /// See [`crate::Report::new`].
    #[error(
        "expected a report of 1 to {MOST_SAID} characters, who reported it and a phone of at most {MOST_REPORTER} each, \
         without control characters"
    )]
    Report,
    /// An id stands for something else already.
    #[error("an attachment of this id is there, with another holder or content: use a new id or key")]
    Taken,
}

impl VaultError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            VaultError::Master(error) => error.class(),
            VaultError::Full { .. } | VaultError::Busy { .. } | VaultError::NoRandomness(_) => {
                ErrorClass::Retry
            }
            VaultError::Bug { .. } => ErrorClass::Bug,
            _ => ErrorClass::Reject,
        }
    }

    pub(crate) fn damaged(detail: impl Into<String>) -> VaultError {
        VaultError::Damaged { detail: detail.into() }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> VaultError {
        let detail = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => VaultError::Full { detail },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => {
                VaultError::Busy { detail }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => VaultError::Damaged { detail },
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                VaultError::CannotOpen { path: "the vault's file".into(), detail }
            }
            // A value of another type or range than was written.
            None if !matches!(error, rusqlite::Error::InvalidQuery) => VaultError::Damaged { detail },
            _ => VaultError::Bug { detail },
        }
    }
}

/// What the system says of a file, as an error of the vault.
pub(crate) fn file_error(path: &std::path::Path, error: &std::io::Error) -> VaultError {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let detail = error.to_string();
    match error.kind() {
        StorageFull | QuotaExceeded => VaultError::Full { detail: format!("{}: {detail}", path.display()) },
        _ => VaultError::CannotOpen { path: path.to_owned(), detail },
    }
}
