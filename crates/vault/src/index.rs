//! Keyed hashes: the blind indexes, the tags of values, and what authenticates a row.

use hmac::{Hmac, KeyInit, Mac};
use sanzao_model::PersonId;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::value::Kind;
use crate::{IndexKey, normal};

/// 128 bits of a keyed hash.
pub(crate) type Tag = [u8; 16];

/// A state of HMAC-SHA-256 with its key taken in.
pub(crate) type KeyedState = Hmac<Sha256>;

pub(crate) fn keyed_state(key: &[u8]) -> KeyedState {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// A key of its own for another purpose.
pub(crate) fn derived(key: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(keyed_state(key).chain_update(purpose).finalize().into_bytes().into())
}

/// The first bytes of HMAC-SHA-256 over the parts. Each part but the last must be of fixed length.
pub(crate) fn tag<const N: usize>(state: &KeyedState, parts: &[&[u8]]) -> [u8; N] {
    let mut state = state.clone();
    parts.iter().for_each(|part| state.update(part));
    let whole: [u8; 32] = state.finalize().into_bytes().into();
    *whole.first_chunk().expect("tags are of 32 bytes at most")
}

/// What the index key makes.
pub(crate) struct Index {
    blind: KeyedState,
    value: KeyedState,
    row: KeyedState,
    query: KeyedState,
    /// For what is longer than a row: the chain of accesses, backups.
    pub(crate) chain: KeyedState,
    pub(crate) backup: KeyedState,
}

impl Index {
    pub(crate) fn new(key: &IndexKey) -> Index {
        let state = |purpose| keyed_state(&*derived(key.bytes(), &format!("sanzao/vault/{purpose}")));
        Index {
            blind: state("blind"),
            value: state("value"),
            row: state("row"),
            query: state("query"),
            chain: state("chain"),
            backup: state("backup"),
        }
    }

    /// Tells this key from others without telling it.
    pub(crate) fn check(&self) -> Tag {
        self.row(*b"chck", &[])
    }

    /// What a master key has wrapped once, to tell it from others.
    pub(crate) fn probe(&self) -> [u8; 32] {
        tag(&self.row, &[b"probe"])
    }

    /// By what somebody is found. None for what is not searched for, and where nothing is left of the text.
    pub(crate) fn blind(&self, kind: Kind, text: &str) -> Option<Tag> {
        let normal = match kind {
            Kind::Number => normal::number(text),
            Kind::Name => normal::name(text),
            Kind::Phone => normal::phone(text),
            Kind::Address => return None,
        };
        (!normal.is_empty()).then(|| tag(&self.blind, &[&[kind.code()], normal.as_bytes()]))
    }

    /// A query as the records of access keep it: not the blind index itself, which erasure must be able to remove.
    pub(crate) fn query(&self, blind: &Tag) -> Tag {
        tag(&self.query, &[blind])
    }

    /// Names a value of somebody; the same value of two people has two tags.
    pub(crate) fn value(&self, person: PersonId, kind: Kind, text: &str) -> Tag {
        tag(&self.value, &[&person.0, &[kind.code()], text.as_bytes()])
    }

    /// Authenticates what stands in clear. `table` and each part but the last are of fixed length.
    pub(crate) fn row(&self, table: [u8; 4], parts: &[&[u8]]) -> Tag {
        tag(&self.row.clone().chain_update(table), parts)
    }

    /// Authenticates how far a partition was read.
    pub(crate) fn position(&self, partition: u32, next: u64) -> Tag {
        self.row(*b"posn", &[&partition.to_be_bytes(), &next.to_be_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_hmac_sha_256_and_each_purpose_has_its_own() {
        // RFC 4231 §4.3.
        let jefe: [u8; 4] = tag(&keyed_state(b"Jefe"), &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(jefe, [0x5b, 0xdc, 0xc1, 0x46]);
        let (one, other) = (Index::new(&IndexKey::new([1; 32])), Index::new(&IndexKey::new([2; 32])));
        let blind = one.blind(Kind::Phone, "13812345678").unwrap();
        assert_ne!(Some(blind), other.blind(Kind::Phone, "13812345678"));
        assert_ne!(Some(blind), one.blind(Kind::Name, "13812345678"));
        assert_ne!(blind, one.query(&blind));
        assert_eq!(one.blind(Kind::Address, "street"), None);
        assert_eq!(one.blind(Kind::Phone, "none"), None);
        let (a, b) = (PersonId([1; 16]), PersonId([2; 16]));
        assert_ne!(one.value(a, Kind::Name, "x"), one.value(b, Kind::Name, "x"));
        assert_ne!(one.check(), other.check());
    }
}
