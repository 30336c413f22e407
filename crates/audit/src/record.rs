//! A record of the chain: how it lies in the log.
//!
//! One byte of version, the fields below in postcard's form, 32 bytes of HMAC over all before.

use std::collections::BTreeMap;

use sanzao_model::{Instant, ItemId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::head::Head;
use crate::key::NodeKeys;
use crate::keys::{Handle, PersonKey};
use crate::seal::{NONCE_BYTES, SEAL_BYTES, SecretKey};
use crate::{AuditError, Entry, Fill};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;
/// An entry key, wrapped for one person.
const SLOT_BYTES: usize = 32 + SEAL_BYTES;

/// What stands in a record, in this order.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Fields<'a> {
    pub(crate) number: u64,
    pub(crate) node: &'a str,
    pub(crate) previous: [u8; 32],
    at: i64,
    pub(crate) actor: &'a str,
    pub(crate) action: &'a str,
    pub(crate) order: Option<&'a str>,
    pub(crate) refused: Option<&'a str>,
    /// [`SealedCircumstances`] under the key of the year.
    circumstances: &'a [u8],
    /// The entry key under the key of each person concerned, in the order of the handles.
    slots: &'a [u8],
    /// [`SealedConcern`] under the entry key; of an entry that concerns nobody, under the key of the year.
    concern: &'a [u8],
}

/// Of whom only handles are told: they lead to nobody once the key store has forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedCircumstances {
    pub(crate) request: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) handles: Vec<Handle>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedConcern {
    pub(crate) item: Option<ItemId>,
    pub(crate) purpose: Option<String>,
    pub(crate) details: BTreeMap<String, String>,
}

/// A record, read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    pub(crate) fields: Fields<'a>,
}

fn context(part: &str, number: u64) -> Vec<u8> {
    [b"sanzao/audit/", part.as_bytes(), b"/", &number.to_be_bytes()].concat()
}

fn year_of(at: Instant) -> i16 {
    at.day_in_china().parts().0
}

fn plain(part: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(part).expect("postcard writes plain structures")
}

/// The record that follows `previous`, and the new end of the chain. `people` are the keys of those concerned, each
/// once.
pub(crate) fn encode(
    entry: &Entry,
    previous: Head,
    keys: &NodeKeys,
    node: &str,
    people: &[PersonKey],
    fill: &mut Fill,
) -> Result<(Vec<u8>, Head), AuditError> {
    let number = previous.number + 1;
    let year = keys.year(year_of(entry.at));
    let mut nonce = || -> Result<[u8; NONCE_BYTES], AuditError> {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        Ok(nonce)
    };
    let circumstances = SealedCircumstances {
        request: entry.request.clone(),
        from: entry.from.clone(),
        session: entry.session.clone(),
        handles: people.iter().map(|person| person.handle).collect(),
    };
    let circumstances = year.seal(nonce()?, &context("circumstances", number), &plain(&circumstances));
    let concern_nonce = nonce()?;
    let slot_nonces = people.iter().map(|_| nonce()).collect::<Result<Vec<_>, _>>()?;
    let entry_key = if people.is_empty() {
        year
    } else {
        let mut key = [0; 32];
        fill(&mut key)?;
        SecretKey::new(key)
    };
    let slot_context = context("slot", number);
    let seal_slot = |(person, nonce): (&PersonKey, [u8; NONCE_BYTES])| {
        person.key.seal(nonce, &slot_context, entry_key.bytes())
    };
    let slots: Vec<u8> = people.iter().zip(slot_nonces).flat_map(seal_slot).collect();
    let concern =
        SealedConcern { item: entry.item, purpose: entry.purpose.clone(), details: entry.details.clone() };
    let concern = entry_key.seal(concern_nonce, &context("concern", number), &plain(&concern));
    let fields = Fields {
        number,
        node,
        previous: previous.hash,
        at: entry.at.0,
        actor: &entry.actor,
        action: entry.action.as_str(),
        order: entry.action.order(),
        refused: entry.outcome.code(),
        circumstances: &circumstances,
        slots: &slots,
        concern: &concern,
    };
    let mut bytes = postcard::to_extend(&fields, vec![VERSION]).expect("postcard writes plain structures");
    bytes.extend(keys.record_mac(&bytes));
    let head = Head { number, hash: Sha256::digest(&bytes).into() };
    Ok((bytes, head))
}

impl<'a> Record<'a> {
    /// Reads the form alone: who needs to know whether it is genuine asks [`Record::is_genuine`].
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Record<'a>, AuditError> {
        let body = bytes.strip_prefix(&[VERSION]).ok_or(AuditError::Form)?;
        let body = body.get(..body.len().saturating_sub(MAC_BYTES)).ok_or(AuditError::Form)?;
        match postcard::take_from_bytes::<Fields<'a>>(body) {
            Ok((fields, [])) if fields.slots.len().is_multiple_of(SLOT_BYTES) => Ok(Record { bytes, fields }),
            _ => Err(AuditError::Form),
        }
    }

    /// Whether it was made with this key, and no bit of it was changed since.
    pub(crate) fn is_genuine(&self, keys: &NodeKeys) -> bool {
        let (body, mac) = self.bytes.split_at(self.bytes.len() - MAC_BYTES);
        mac == keys.record_mac(body)
    }

    pub(crate) fn head(&self) -> Head {
        Head { number: self.fields.number, hash: Sha256::digest(self.bytes).into() }
    }

    pub(crate) fn at(&self) -> Instant {
        Instant(self.fields.at)
    }

    /// The key of its year.
    pub(crate) fn year_key(&self, keys: &NodeKeys) -> SecretKey {
        keys.year(year_of(self.at()))
    }

    pub(crate) fn concerns_people(&self) -> bool {
        !self.fields.slots.is_empty()
    }

    /// None when it does not open, or does not hold as many people as there are slots.
    pub(crate) fn circumstances(&self, year: &SecretKey) -> Option<SealedCircumstances> {
        let plain = year.open(&context("circumstances", self.fields.number), self.fields.circumstances)?;
        let part: SealedCircumstances = postcard::from_bytes(&plain).ok()?;
        (part.handles.len() * SLOT_BYTES == self.fields.slots.len()).then_some(part)
    }

    /// The entry key, by the key of the person of the given slot.
    pub(crate) fn entry_key(&self, slot: usize, person: &SecretKey) -> Option<SecretKey> {
        let sealed = self.fields.slots.chunks_exact(SLOT_BYTES).nth(slot)?;
        person.open_key(&context("slot", self.fields.number), sealed)
    }

    pub(crate) fn concern(&self, entry_key: &SecretKey) -> Option<SealedConcern> {
        let plain = entry_key.open(&context("concern", self.fields.number), self.fields.concern)?;
        postcard::from_bytes(&plain).ok()
    }
}
