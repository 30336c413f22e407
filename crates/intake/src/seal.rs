//! Refused events, encrypted for the vault: they hold names and numbers that nothing else may keep.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sanzao_model::{Feed, SealedOriginal};
use sha2::Sha256;

use crate::SealKey;
use crate::pseudonym::{derived, keyed_state};

/// Seals the originals of one feed with AES-256-GCM; additional data is `rejected:<feed>`.
pub(crate) struct Sealer {
    cipher: Aes256Gcm,
    nonces: Hmac<Sha256>,
    context: String,
}

impl Sealer {
    pub(crate) fn new(key: &SealKey, feed: Feed) -> Sealer {
        Sealer {
            cipher: Aes256Gcm::new(&(*key.bytes()).into()),
            nonces: keyed_state(&derived(key.bytes(), "sanzao/seal-nonce")),
            context: format!("rejected:{feed}"),
        }
    }

    /// The nonce is a keyed hash of place and content, so that a replay seals the same bytes and no two
    /// contents share one.
    pub(crate) fn seal(
        &self,
        place: (u32, u64),
        headers: &[(String, Vec<u8>)],
        value: &[u8],
    ) -> SealedOriginal {
        let plain = postcard::to_stdvec(&(headers, value)).expect("postcard writes lists of bytes");
        let hash = self
            .nonces
            .clone()
            .chain_update(&self.context)
            .chain_update(place.0.to_be_bytes())
            .chain_update(place.1.to_be_bytes())
            .chain_update(&plain)
            .finalize()
            .into_bytes();
        let nonce: [u8; 12] = *hash.first_chunk().expect("a hash of 32 bytes has 12");
        let payload = Payload { msg: &plain, aad: self.context.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.expect("AES-GCM takes messages of up to 64 GiB");
        SealedOriginal { bytes: [&nonce[..], &sealed].concat() }
    }
}
