//! A person's own access log: what they are told about who read or changed something about them.

use sanzao_model::{Instant, PersonId};

use crate::{AuditError, AuditKeys, LogError, Opened, Order, Outcome, Query, ROLE, search};

/// One act that concerned a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonAccess {
    /// The record's number.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// The account. What the person is told of it (a name, an office) is the caller's to say.
    pub actor: String,
    /// In which role, if that was recorded.
    pub role: Option<String>,
    /// What was done, in Chinese and ready to be given to the person.
    pub what: String,
    /// What for, in the words of the actor.
    pub purpose: Option<String>,
}

/// A page of an access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// In the order of the records.
    pub accesses: Vec<PersonAccess>,
    /// To be given as `after` for the next page.
    pub next: Option<u64>,
}

impl PersonAccess {
    /// Of others whom the entry concerns, and of the item, nothing is told.
    fn of(opened: Opened) -> PersonAccess {
        let mut what = opened.action.wording().to_owned();
        if matches!(opened.outcome, Outcome::Refused { .. }) {
            what.push_str("（未获准）");
        }
        let concern = opened.concern.known();
        PersonAccess {
            number: opened.number,
            at: opened.at,
            role: concern.and_then(|concern| concern.details.get(ROLE).cloned()),
            purpose: concern.and_then(|concern| concern.purpose.clone()),
            actor: opened.actor,
            what,
        }
    }
}

/// What is on record about a person, as [`search`] finds it. Nothing is left of it once they were forgotten.
///
/// # Errors
/// Those of [`search`].
pub fn of_person<I>(
    records: I,
    keys: &AuditKeys,
    person: PersonId,
    order: Order,
    after: Option<u64>,
    limit: usize,
) -> Result<PersonPage, AuditError>
where
    I: IntoIterator<Item = Result<Vec<u8>, LogError>>,
{
    let query = Query { person: Some(person), ..Query::default() };
    let page = search(records, keys, &query, order, after, limit)?;
    Ok(PersonPage { accesses: page.found.into_iter().map(PersonAccess::of).collect(), next: page.next })
}
