//! Identities in plain text, on their way from intake to the vault: sealed before they leave intake, and nowhere else.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Bureau, Feed, Instant, PersonId};

/// What one event tells of who somebody is. Personal data: it is never logged, and `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// The pseudonym of the number.
    pub person: PersonId,
    /// The normalised document number.
    pub number: String,
    /// The name as written, where the event has one.
    pub name: Option<String>,
    /// As of `contact.recorded`.
    pub phone: Option<String>,
    /// As of `contact.recorded`.
    pub address: Option<String>,
    /// Who said it.
    pub feed: Feed,
    /// When the source recorded it.
    pub time: Instant,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// A record of topic `identities`: the identities of one micro-batch of one feed, for one bureau.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityBatch {
    /// The bureau.
    pub bureau: Bureau,
    /// The feed.
    pub feed: Feed,
    /// A list of [`Identity`] in postcard, sealed: 12 bytes of nonce, ciphertext, 16 bytes of tag; additional data
    /// is `identities:<feed>`.
    pub sealed: Vec<u8>,
}
