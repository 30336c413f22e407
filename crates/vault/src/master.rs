//! Who wraps the keys of people: a file, or a key service.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::ErrorClass;

/// A key that wraps or is wrapped. It is wiped when it is dropped.
pub type SecretBytes = Zeroizing<Vec<u8>>;

/// Names a master key, and its version where a service has versions: 1 to 100 letters, digits and `._:/-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MasterId(String);

/// Why a text names no master key. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of a master key: 1 to 100 letters, digits and ._:/-")]
pub struct MasterIdError;

impl MasterId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MasterId {
    type Err = MasterIdError;

    fn from_str(text: &str) -> Result<MasterId, MasterIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
        let good = (1..=100).contains(&text.len()) && text.bytes().all(fits);
        if good { Ok(MasterId(text.to_owned())) } else { Err(MasterIdError) }
    }
}

impl fmt::Display for MasterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why master keys did not do as asked. `detail` must hold no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MasterError {
    /// Retry: the service does not answer, or asks to wait.
    #[error("the key service is away: {detail}; keys are kept, reveals wait")]
    Away {
        /// What it said.
        detail: String,
    },
    /// Reject: it holds no key of this id.
    #[error("{id} is not among the master keys: add it again until no key is wrapped by it")]
    Unknown {
        /// The key's id.
        id: MasterId,
    },
    /// Reject: this was not wrapped by the key of this id, or is damaged.
    #[error(
        "{id} does not open what it is said to have wrapped: the key is another one, or the bytes are damaged"
    )]
    DoesNotOpen {
        /// The key's id.
        id: MasterId,
    },
    /// Reject: not allowed, or badly configured.
    #[error("{detail}")]
    Refused {
        /// What must be mended.
        detail: String,
    },
}

impl MasterError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            MasterError::Away { .. } => ErrorClass::Retry,
            _ => ErrorClass::Reject,
        }
    }
}

/// Master keys: those of a file ([`crate::FileMasterKeys`]), or a key service behind a network.
///
/// Calls are for many keys at once, because a service is asked over the network, and never for none. A key has 16 or
/// 32 bytes. What is wrapped must be authenticated: a changed byte must not unwrap.
pub trait MasterKeys: Send + Sync {
    /// The key that wraps what is new. Where a service makes a new version, this is another id.
    ///
    /// # Errors
    /// See [`MasterError`].
    fn current(&self) -> Result<MasterId, MasterError>;

    /// Wraps keys under the key `id`: as many, in the same order.
    ///
    /// # Errors
    /// See [`MasterError`]; then none is wrapped.
    fn wrap(&self, id: &MasterId, keys: &[SecretBytes]) -> Result<Vec<Vec<u8>>, MasterError>;

    /// Unwraps what the key `id` has wrapped: as many, in the same order.
    ///
    /// # Errors
    /// See [`MasterError`]; then none is unwrapped.
    fn unwrap(&self, id: &MasterId, wrapped: &[&[u8]]) -> Result<Vec<SecretBytes>, MasterError>;
}
