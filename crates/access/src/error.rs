//! What can go wrong, and what to do about it.

use std::path::PathBuf;

use crate::{AccountFault, AccountName, PasswordFault};

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

/// Why a text is no list of accounts. Reject: whoever wrote it must mend it; no hash is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {detail}")]
pub struct FormError {
    /// Line, from 1.
    pub line: usize,
    /// Column in the line, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub detail: String,
}

impl FormError {
    /// At a place given as a byte offset.
    pub(crate) fn at(text: &str, offset: usize, detail: impl Into<String>) -> FormError {
        let before = text.get(..offset.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        FormError { line, column, detail: detail.into() }
    }
}

/// Why accounts were not read or not changed; nothing is half done. No variant holds a password, a token or a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountsError {
    /// Reject: the file says something else than accounts.
    #[error("{path}: {fault}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and what.
        fault: FormError,
    },
    /// Reject: others than its owner may read or write the file.
    #[error("{path} has mode {mode:04o}: only its owner may read it and write it; run chmod 0600 on it")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Reject: missing, not allowed or no file.
    #[error("cannot read {path}: {detail}")]
    CannotRead {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Retry: no space, or not allowed. The file is as it was.
    #[error("cannot write {path}: {detail}; the accounts are as they were")]
    CannotWrite {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// Reject: there is a file already.
    #[error("{path} is there already: add to it, or move it away")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Reject: an account may not be so.
    #[error("account {name}: {fault}")]
    Account {
        /// Which.
        name: AccountName,
        /// Why.
        fault: AccountFault,
    },
    /// Reject.
    #[error("there is no account {name}")]
    NoAccount {
        /// The name asked for.
        name: AccountName,
    },
    /// Reject: revoked already, or never issued.
    #[error("account {name} has no token of this id: list its tokens for those it has")]
    NoToken {
        /// Whose.
        name: AccountName,
    },
    /// Reject: undone already, or never made.
    #[error("account {name} has no such link: list the accounts for those it has")]
    NotLinked {
        /// Whose.
        name: AccountName,
    },
    /// Reject.
    #[error("a token must be valid for today at least: give a later day")]
    ExpiresInPast,
    /// Reject: choose another password.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// Retry: the source of randomness gave none.
    #[error("no randomness for a salt or a token")]
    NoRandomness(#[from] NoRandomness),
    /// Bug.
    #[error("bug in access: {detail}")]
    Bug {
        /// What was not expected.
        detail: String,
    },
}

impl AccountsError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            AccountsError::CannotWrite { .. } | AccountsError::NoRandomness(_) => ErrorClass::Retry,
            AccountsError::Bug { .. } => ErrorClass::Bug,
            AccountsError::Form { .. }
            | AccountsError::Mode { .. }
            | AccountsError::CannotRead { .. }
            | AccountsError::Exists { .. }
            | AccountsError::Account { .. }
            | AccountsError::NoAccount { .. }
            | AccountsError::NoToken { .. }
            | AccountsError::NotLinked { .. }
            | AccountsError::ExpiresInPast
            | AccountsError::Password(_) => ErrorClass::Reject,
        }
    }
}
