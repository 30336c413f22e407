//! The originals of refused events.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sanzao_model::{Feed, SealedOriginal};

use crate::SealKey;

/// An event as a department sent it. Personal data: opening one is an act to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Original {
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub value: Vec<u8>,
}

/// Why an original does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Reject: sealed with another key or for another feed, or damaged. Which, nobody can tell.
    #[error("the original does not open: sealed with another key or for another feed, or damaged")]
    Sealed,
    /// Bug: it opened, and does not hold headers and a body.
    #[error("the original opened and is no event: written by another version")]
    Form,
}

/// Opens the original of an event that was refused on a feed.
///
/// # Errors
/// See [`VaultError`].
pub fn open(key: &SealKey, original: &SealedOriginal, feed: Feed) -> Result<Original, VaultError> {
    let (nonce, sealed) = original.bytes.split_first_chunk::<12>().ok_or(VaultError::Sealed)?;
    let context = format!("rejected:{feed}");
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    let cipher = Aes256Gcm::new(&(*key.bytes()).into());
    let plain = cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| VaultError::Sealed)?;
    let (headers, value) = postcard::from_bytes(&plain).map_err(|_| VaultError::Form)?;
    Ok(Original { headers, value })
}

impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Original(…)")
    }
}
