//! Showing who somebody is, whole or masked, and finding them.

use std::collections::{HashMap, HashSet};
use std::fmt;

use rusqlite::params;
use sanzao_model::{IdNumber, PersonId};
use serde::Serialize;

use crate::access::{self, Access, Act, Entry};
use crate::index::Tag;
use crate::value::{Kind, Known, context};
use crate::vault::HolderKey;
use crate::{Vault, VaultError, normal, schema};

/// Everything known of who somebody is; in each list what was stated last comes first. Personal data: `Debug` tells
/// nothing.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct Revealed {
    /// The document number. More than one, and one pseudonym was made of two numbers: intake's key has changed.
    pub numbers: Vec<Known>,
    /// As written by each feed.
    pub names: Vec<Known>,
    /// As stated.
    pub phones: Vec<Known>,
    /// As stated.
    pub addresses: Vec<Known>,
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

/// What lists show of somebody.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Masked {
    /// The first character of the name stated last and two stars: `张**`; of compound surnames and foreign names
    /// the first character, too.
    pub name: Option<String>,
    /// The last four characters of the document number.
    pub last_four: String,
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masked(…)")
    }
}

/// Whom to find. Each is found by the whole number or name only: a blind index knows no parts and no likeness.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Query<'a> {
    /// A document number, in any form that intake takes.
    IdNumber(&'a str),
    /// A whole name, however it is spaced and dotted.
    Name(&'a str),
    /// A phone number, with or without +86, spaces and dashes.
    Phone(&'a str),
}

impl fmt::Debug for Query<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Query(…)")
    }
}

/// Who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// In the order of their ids.
    pub people: Vec<PersonId>,
    /// There are more than [`MOST_FOUND`].
    pub more: bool,
}

/// The most people that a search finds.
pub const MOST_FOUND: usize = 200;

impl Query<'_> {
    fn parts(&self) -> (Kind, Act, &str) {
        match self {
            Query::IdNumber(text) => (Kind::Number, Act::SearchNumber, text),
            Query::Name(text) => (Kind::Name, Act::SearchName, text),
            Query::Phone(text) => (Kind::Phone, Act::SearchPhone, text),
        }
    }
}

impl Vault {
    /// Shows everything known of a person; None where nobody is held. Recorded in either case, and before: where
    /// the record cannot be written nothing is shown.
    ///
    /// # Errors
    /// [`VaultError::Purpose`] without actor and purpose; [`VaultError::Master`] while the key service is away;
    /// [`VaultError::Full`], [`VaultError::Damaged`], [`VaultError::KeysMissing`].
    pub fn reveal(&mut self, person: PersonId, access: &Access) -> Result<Option<Revealed>, VaultError> {
        access.check()?;
        self.record(&Entry::of(access, Act::Reveal, None, &[person]))?;
        self.revealed(person)
    }

    pub(crate) fn revealed(&mut self, person: PersonId) -> Result<Option<Revealed>, VaultError> {
        let key = self.keys_of([person])?.remove(&person);
        let Some(key) = key else {
            let sql = "SELECT EXISTS (SELECT 1 FROM value WHERE person = ?1)";
            let without_key: bool = self.db.query_row(sql, [person.0], |row| row.get(0))?;
            return if without_key { Err(VaultError::KeysMissing { people: 1 }) } else { Ok(None) };
        };
        let mut revealed = Revealed::default();
        for (kind, known) in self.values_of(person, &key)? {
            let list = match kind {
                Kind::Number => &mut revealed.numbers,
                Kind::Name => &mut revealed.names,
                Kind::Phone => &mut revealed.phones,
                Kind::Address => &mut revealed.addresses,
            };
            list.push(known);
        }
        let lists =
            [&mut revealed.numbers, &mut revealed.names, &mut revealed.phones, &mut revealed.addresses];
        lists.into_iter().for_each(|list| newest_first(list));
        Ok(Some(revealed))
    }

    /// Opens the values of a person, and looks that no row says anything else than was kept.
    fn values_of(&self, person: PersonId, key: &HolderKey) -> Result<Vec<(Kind, Known)>, VaultError> {
        let sql = "SELECT kind, tag, sealed, blind, sources, mac FROM value WHERE person = ?1";
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query([person.0])?;
        let mut values = Vec::new();
        while let Some(row) = rows.next()? {
            let wrong = || VaultError::damaged("a value does not open or does not fit its row");
            let kind = Kind::of_code(row.get(0)?).ok_or_else(wrong)?;
            let (tag, sealed): (Tag, Vec<u8>) = (row.get(1)?, row.get(2)?);
            let (blind, bytes, mac): (Option<Tag>, Vec<u8>, Vec<u8>) =
                (row.get(3)?, row.get(4)?, row.get(5)?);
            let plain = key.suite.open(&key.key, &context(person, kind, &tag), &sealed).ok_or_else(wrong)?;
            let value = String::from_utf8(plain.to_vec()).map_err(|_| wrong())?;
            if blind != self.index.blind(kind, &value) || tag != self.index.value(person, kind, &value) {
                return Err(wrong());
            }
            let sources = self.authentic(person, kind, &tag, &bytes, &mac)?.list();
            values.push((kind, Known { value, sources }));
        }
        Ok(values)
    }

    /// What lists show of people; who is not held is left out. It shows little and is not recorded. Who is asked for
    /// is remembered in [`Vault::masks`].
    ///
    /// # Errors
    /// [`VaultError::Master`] while the key service is away; [`VaultError::Damaged`].
    pub fn masked(&mut self, people: &[PersonId]) -> Result<HashMap<PersonId, Masked>, VaultError> {
        let mut masked = HashMap::with_capacity(people.len());
        let mut unknown = Vec::new();
        for person in people {
            match self.masks.known(person) {
                Some(mask) => masked.extend(mask.map(|mask| (*person, mask))),
                None => unknown.push(*person),
            }
        }
        let keys = self.keys_of(unknown.iter().copied())?;
        for person in unknown {
            let mask = match keys.get(&person) {
                Some(key) => mask_of(&self.values_of(person, key)?),
                None => None,
            };
            self.masks.remember(person, mask.clone());
            masked.extend(mask.map(|mask| (person, mask)));
        }
        Ok(masked)
    }

    /// Finds people. Recorded with a keyed hash of the query and with whom it found, before anybody is told.
    ///
    /// # Errors
    /// [`VaultError::Purpose`], [`VaultError::Query`], [`VaultError::Full`].
    pub fn search(&mut self, query: Query<'_>, access: &Access) -> Result<Found, VaultError> {
        self.search_among(query, access, &mut |people| people.iter().copied().collect())
    }

    /// The same among those whom `seen` lets through, a thousand at a time: nobody else counts or is recorded as found.
    ///
    /// # Errors
    /// As [`Vault::search`].
    pub fn search_among(
        &mut self,
        query: Query<'_>,
        access: &Access,
        seen: &mut dyn FnMut(&[PersonId]) -> HashSet<PersonId>,
    ) -> Result<Found, VaultError> {
        access.check()?;
        if let Query::IdNumber(text) = query {
            IdNumber::parse(text).map_err(|_| VaultError::Query)?;
        }
        let (kind, act, text) = query.parts();
        let blind = self.index.blind(kind, text).ok_or(VaultError::Query)?;
        let transaction = schema::begin(&mut self.db)?;
        let sql =
            "SELECT DISTINCT person FROM value WHERE blind = ?1 AND person > ?2 ORDER BY person LIMIT 1000";
        let (mut people, mut after) = (Vec::new(), Vec::new());
        while people.len() <= MOST_FOUND {
            let page: Vec<PersonId> = {
                let mut select = transaction.prepare_cached(sql)?;
                let rows = select.query_map(params![blind, after], |row| Ok(PersonId(row.get(0)?)))?;
                rows.collect::<Result<_, _>>()?
            };
            let Some(last) = page.last() else { break };
            after = last.0.to_vec();
            let kept = seen(&page);
            people.extend(page.into_iter().filter(|person| kept.contains(person)));
        }
        let more = people.len() > MOST_FOUND;
        people.truncate(MOST_FOUND);
        let query = Some(self.index.query(&blind));
        let entry = Entry::of(access, act, query, &people);
        let head = access::append(&transaction, &self.index, &self.head, &entry)?;
        transaction.commit()?;
        self.head = head;
        Ok(Found { people, more })
    }

    /// Reads the whole file: its structure, every value of every person, the records of access,
    /// the attachments. It needs every key
    /// once, and minutes for a million people.
    ///
    /// # Errors
    /// [`VaultError::Damaged`], [`VaultError::KeysMissing`], [`VaultError::AccessChain`], [`VaultError::Master`].
    pub fn verify(&mut self) -> Result<(), VaultError> {
        let said: String = self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if said != "ok" {
            return Err(VaultError::damaged(said));
        }
        self.verify_accesses()?;
        let sql = "SELECT count(DISTINCT person) FROM value WHERE person NOT IN (SELECT id FROM person)";
        let people: usize = self.db.query_row(sql, [], |row| row.get(0))?;
        if people > 0 {
            return Err(VaultError::KeysMissing { people });
        }
        let mut after = Vec::new();
        loop {
            let sql = "SELECT id FROM person WHERE id > ?1 ORDER BY id LIMIT 1000";
            let people: Vec<PersonId> = {
                let mut select = self.db.prepare_cached(sql)?;
                let rows = select.query_map([&after], |row| Ok(PersonId(row.get(0)?)))?;
                rows.collect::<Result<_, _>>()?
            };
            let Some(last) = people.last() else { return self.verify_attachments() };
            after = last.0.to_vec();
            for (person, key) in self.keys_of(people)? {
                self.values_of(person, &key)?;
            }
        }
    }
}

/// None for who has neither name nor number here: who only holds attachments is nobody that a list can show.
fn mask_of(values: &[(Kind, Known)]) -> Option<Masked> {
    let newest = |wanted| {
        let known = values.iter().filter(|(kind, _)| *kind == wanted).map(|(_, known)| known);
        let newest = known.min_by(|a, b| b.last().cmp(&a.last()).then_with(|| a.value.cmp(&b.value)));
        newest.map(|known| known.value.as_str())
    };
    let name = newest(Kind::Name).and_then(normal::masked_name);
    let last_four = newest(Kind::Number).map(normal::last_four);
    let is_held = name.is_some() || last_four.is_some();
    is_held.then(|| Masked { name, last_four: last_four.unwrap_or_default() })
}

fn newest_first(list: &mut [Known]) {
    list.sort_by(|a, b| b.last().cmp(&a.last()).then_with(|| a.value.cmp(&b.value)));
}
