//! Identities in plain text, and nowhere else: today it opens the sealed originals of refused events.
//!
//! Must not know: rules, HTTP, how an event is read. It has no clock and draws no randomness.

mod key;
mod original;

pub use key::{KeyError, SealKey};
pub use original::{Original, VaultError, open};
