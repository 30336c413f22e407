//! Facts: what an event says, without names, ID numbers or senders' own identifiers.

use serde::{Deserialize, Serialize};

use crate::{Body, Day, FactId, Feed, HouseholdId, NameTag, PersonId};

/// One number named by an event, as `person`, `related`, or one of `members`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub person: PersonId,
    /// The household that the person alone would be: pseudonym of `person:<ID number>`.
    pub alone: HouseholdId,
    /// The date of birth that the number tells.
    pub birth: Option<Day>,
}

/// A mention with the name that the event gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Who.
    pub who: Mention,
    /// The name as normalised for comparison (domain §3, held facts).
    pub name: NameTag,
}

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// One person.
    Person(Named),
    /// The list of a household grant, change or assessment. Somebody written twice with two names is
    /// here twice, and counts once.
    Members(Vec<Named>),
    /// Nobody: only a benefit or a settlement is named.
    Nobody,
}

impl Subject {
    /// Everybody named.
    pub fn named(&self) -> &[Named] {
        match self {
            Subject::Person(named) => std::slice::from_ref(named),
            Subject::Members(list) => list,
            Subject::Nobody => &[],
        }
    }
}

/// What an event says: equal content is one fact, however many events state it (domain §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Keyed hash of source, type and canonical content.
    pub id: FactId,
    /// The feed that said it.
    pub feed: Feed,
    /// The day from which it counts.
    pub on: Day,
    /// Whom it is about.
    pub subject: Subject,
    /// What it says.
    pub body: Body,
}
