//! The audit key, and what is made of it.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::seal::SecretKey;

/// Why a text is no key. Reject: whoever configures the key must mend it; the text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of 64 hexadecimal digits")]
pub struct KeyError;

/// The 32 bytes of `audit.key`. Nobody else's key, and kept apart from log and key store.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditKey(Zeroizing<[u8; 32]>);

impl AuditKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> AuditKey {
        AuditKey(Zeroizing::new(bytes))
    }

    /// 64 lower-case hexadecimal digits, to be kept where only its holder reads.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl FromStr for AuditKey {
    type Err = KeyError;

    /// Exactly 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<AuditKey, KeyError> {
        let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8).ok_or(KeyError);
        if text.len() != 64 {
            return Err(KeyError);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(AuditKey(bytes))
    }
}

impl fmt::Debug for AuditKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKey(…)")
    }
}

type KeyedState = Hmac<Sha256>;

fn keyed_state(key: &[u8]) -> KeyedState {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn hash(state: &KeyedState, parts: &[&[u8]]) -> [u8; 32] {
    let mut state = state.clone();
    parts.iter().for_each(|part| state.update(part));
    state.finalize().into_bytes().into()
}

/// Keys of their own for each purpose, of one node.
pub(crate) struct NodeKeys {
    record: KeyedState,
    store: KeyedState,
    years: KeyedState,
    nonces: KeyedState,
    pub(crate) wrapping: SecretKey,
}

impl NodeKeys {
    pub(crate) fn new(key: &AuditKey, node: &str) -> NodeKeys {
        let derived = |purpose: &str| {
            let state = keyed_state(&*key.0).chain_update("sanzao/audit/").chain_update(purpose);
            SecretKey::new(state.chain_update("/").chain_update(node).finalize().into_bytes().into())
        };
        let state = |purpose| keyed_state(derived(purpose).bytes());
        NodeKeys {
            record: state("record"),
            store: state("store"),
            years: state("year"),
            nonces: state("wrap-nonce"),
            wrapping: derived("wrap"),
        }
    }

    /// Authenticates a record.
    pub(crate) fn record_mac(&self, bytes: &[u8]) -> [u8; 32] {
        hash(&self.record, &[bytes])
    }

    /// Authenticates what the key store holds in clear.
    pub(crate) fn store_mac(&self, what: [u8; 4], bytes: &[u8]) -> [u8; 32] {
        hash(&self.store, &[&what, bytes])
    }

    /// Seals what concerns nobody, and the circumstances of each entry of one year.
    pub(crate) fn year(&self, year: i16) -> SecretKey {
        SecretKey::new(hash(&self.years, &[&year.to_be_bytes()]))
    }

    /// The nonce under which a key is wrapped: a keyed hash of it. Keys are random, so no two share one.
    pub(crate) fn wrap_nonce(&self, key: &SecretKey) -> [u8; 12] {
        *hash(&self.nonces, &[key.bytes()]).first_chunk().expect("a hash of 32 bytes has 12")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_there_and_back_and_nothing_shown() {
        let key: AuditKey = "0A".repeat(32).parse().unwrap();
        assert_eq!((key.to_hex(), &key), ("0a".repeat(32), &AuditKey::new([10; 32])));
        assert_eq!(format!("{key:?}"), "AuditKey(…)");
        for wrong in ["0x".repeat(32), "0".repeat(63), "é".repeat(32), String::new()] {
            assert_eq!(wrong.parse::<AuditKey>(), Err(KeyError));
        }
    }

    #[test]
    fn each_purpose_node_and_year_has_a_key_of_its_own() {
        // RFC 4231 §4.3.
        let jefe = hash(&keyed_state(b"Jefe"), &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(jefe[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        let keys = |key: u8, node| NodeKeys::new(&AuditKey::new([key; 32]), node);
        let (one, node, key) = (keys(1, "a"), keys(1, "b"), keys(2, "a"));
        let macs = [one.record_mac(b"x"), node.record_mac(b"x"), key.record_mac(b"x"), one.record_mac(b"y")];
        assert!((1..4).all(|other| macs[0] != macs[other]));
        assert_ne!(one.store_mac(*b"abcd", b"x"), one.record_mac(b"abcdx"));
        assert_ne!(one.year(2026).bytes(), one.year(2027).bytes());
        assert_ne!(one.year(2026).bytes(), node.year(2026).bytes());
    }
}
