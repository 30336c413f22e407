//! Why somebody is not let in.

use crate::AccountName;

/// Why somebody is not let in. For the records: whoever asks learns only that they are not. Reject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is known by this name, token or identity.
    #[error("no account is known by what was given")]
    Unknown,
    /// The password is not the account's, or it has none.
    #[error("the password is not that of account {0}")]
    WrongPassword(AccountName),
    /// The token's id is known and its secret is another.
    #[error("the secret is not that of the token of account {0}")]
    WrongSecret(AccountName),
    /// The token's last day is over.
    #[error("the token of account {0} has expired: issue another")]
    Expired(AccountName),
    /// The account may do nothing for now.
    #[error("account {0} is disabled")]
    Disabled(AccountName),
}

impl Refusal {
    /// Whose account it would have been.
    pub fn account(&self) -> Option<&AccountName> {
        match self {
            Refusal::Unknown => None,
            Refusal::WrongPassword(name)
            | Refusal::WrongSecret(name)
            | Refusal::Expired(name)
            | Refusal::Disabled(name) => Some(name),
        }
    }
}
