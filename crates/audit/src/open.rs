//! A record, opened as far as its keys are left.

use std::collections::BTreeMap;

use sanzao_model::{Instant, ItemId, PersonId};

use crate::keys::{Handle, Holder};
use crate::record::Record;
use crate::seal::SecretKey;
use crate::{Action, AuditError, AuditKeys, Outcome};

/// Something that an erasure may have taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<T> {
    /// It is there.
    Known(T),
    /// Everybody whom it concerned was forgotten.
    Erased,
    /// The key store does not know the key, nor that it was destroyed: it is an older copy, or not of this log.
    KeyMissing,
}

impl<T> Part<T> {
    /// What is there.
    pub fn known(&self) -> Option<&T> {
        match self {
            Part::Known(value) => Some(value),
            Part::Erased | Part::KeyMissing => None,
        }
    }
}

/// What concerns a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// On which alert or task.
    pub item: Option<ItemId>,
    /// What for.
    pub purpose: Option<String>,
    /// What else belongs to it.
    pub details: BTreeMap<String, String>,
}

/// How an actor came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    /// The id of the request.
    pub request: Option<String>,
    /// The client's address.
    pub from: Option<String>,
    /// The first digits of the session's hash.
    pub session: Option<String>,
}

/// An entry as its record tells it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The record's number.
    pub number: u64,
    /// The node that recorded it.
    pub node: String,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What.
    pub action: Action,
    /// What became of it.
    pub outcome: Outcome,
    /// Whom it concerns; those who were forgotten are told as that, each.
    pub subjects: Vec<Part<PersonId>>,
    /// Which item, what for, details: there for as long as one of the subjects is.
    pub concern: Part<Concern>,
    /// How the actor came.
    pub circumstances: Circumstances,
}

/// Opens a record.
///
/// # Errors
/// [`AuditError::Form`], [`AuditError::Changed`]; errors of the key store.
pub fn open(record: &[u8], keys: &AuditKeys) -> Result<Opened, AuditError> {
    let record = Record::read(record)?;
    if !record.is_genuine(&keys.made) {
        return Err(AuditError::Changed { number: record.fields.number });
    }
    opened(&record, keys)
}

/// Opens a record without a look at its HMAC.
pub(crate) fn opened(record: &Record<'_>, keys: &AuditKeys) -> Result<Opened, AuditError> {
    let Parts { subjects, concern, circumstances } = parts(record, keys)?;
    let fields = &record.fields;
    let outcome = match fields.refused {
        Some(code) => Outcome::Refused { code: code.to_owned() },
        None => Outcome::Done,
    };
    Ok(Opened {
        number: fields.number,
        node: fields.node.to_owned(),
        at: record.at(),
        actor: fields.actor.to_owned(),
        action: Action::named(fields.action, fields.order).ok_or(AuditError::Form)?,
        outcome,
        subjects,
        concern,
        circumstances,
    })
}

/// What does not stand in clear.
pub(crate) struct Parts {
    pub(crate) subjects: Vec<Part<PersonId>>,
    concern: Part<Concern>,
    circumstances: Circumstances,
}

/// Opens what a record seals, without a look at its HMAC either.
pub(crate) fn parts(record: &Record<'_>, keys: &AuditKeys) -> Result<Parts, AuditError> {
    let year = record.year_key(&keys.made);
    let number = record.fields.number;
    let circumstances = record.circumstances(&year).ok_or(AuditError::Changed { number })?;
    let (subjects, concern) = match record.concerns_people() {
        true => of_people(record, &circumstances.handles, keys)?,
        false => (Vec::new(), Part::Known(read_concern(record, &year)?)),
    };
    let circumstances = Circumstances {
        request: circumstances.request,
        from: circumstances.from,
        session: circumstances.session,
    };
    Ok(Parts { subjects, concern, circumstances })
}

type OfPeople = (Vec<Part<PersonId>>, Part<Concern>);

fn of_people(record: &Record<'_>, handles: &[Handle], keys: &AuditKeys) -> Result<OfPeople, AuditError> {
    let mut subjects = Vec::with_capacity(handles.len());
    let mut entry_key = None;
    for (slot, handle) in handles.iter().enumerate() {
        subjects.push(match keys.holder(*handle)? {
            Holder::Person(person, key) => {
                if entry_key.is_none() {
                    let opened = record.entry_key(slot, &key);
                    entry_key = Some(opened.ok_or(AuditError::Changed { number: record.fields.number })?);
                }
                Part::Known(person)
            }
            Holder::Forgotten => Part::Erased,
            Holder::Missing => Part::KeyMissing,
        });
    }
    let concern = match entry_key {
        Some(key) => Part::Known(read_concern(record, &key)?),
        None if subjects.contains(&Part::KeyMissing) => Part::KeyMissing,
        None => Part::Erased,
    };
    Ok((subjects, concern))
}

fn read_concern(record: &Record<'_>, key: &SecretKey) -> Result<Concern, AuditError> {
    let concern = record.concern(key).ok_or(AuditError::Changed { number: record.fields.number })?;
    Ok(Concern { item: concern.item, purpose: concern.purpose, details: concern.details })
}
