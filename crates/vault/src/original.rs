//! The originals of refused events.

use sanzao_model::{Feed, SealedOriginal};

use crate::suite::Suite;
use crate::{SealKey, VaultError};

/// An event as a department sent it. Personal data: opening one is an act to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Original {
    /// Its headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub value: Vec<u8>,
}

/// Opens the original of an event that was refused on a feed.
///
/// # Errors
/// [`VaultError::Sealed`], [`VaultError::Form`].
pub fn open(key: &SealKey, original: &SealedOriginal, feed: Feed) -> Result<Original, VaultError> {
    let context = format!("rejected:{feed}");
    let plain = Suite::Aes256Gcm.open(key.bytes(), context.as_bytes(), &original.bytes);
    let plain = plain.ok_or(VaultError::Sealed)?;
    let (headers, value) = postcard::from_bytes(&plain).map_err(|_| VaultError::Form)?;
    Ok(Original { headers, value })
}

impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Original(…)")
    }
}
