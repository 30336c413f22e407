//! Forgetting a person: the key, every value, blind index and attachment, down to the bytes in the file.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use sanzao_model::{Feed, Instant, PersonId, SubjectId};
use serde::{Deserialize, Serialize};

use crate::access::{self, Access, Act, Entry};
use crate::attach::{Deleted, delete_of};
use crate::index::{Index, Tag};
use crate::value::Kind;
use crate::wipe::Needles;
use crate::{Vault, VaultError, schema};

/// What stays of an erased person, so that reading the log again does not bring them back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whom.
    pub person: PersonId,
    /// When, the last time.
    pub at: Instant,
    /// Who did it.
    pub by: String,
    /// How many values were deleted, over all erasures of this person.
    pub values: u64,
    /// By partition of `identities`: what is stated before this offset stays forgotten. What is stated later is new
    /// processing, and is kept. Under [`feed_place`] the same of partitions of feeds: what had been received before
    /// stays forgotten, whenever it is stated.
    pub before: BTreeMap<u32, u64>,
}

/// What a partition of a feed's topic is called among the places of [`Erased::before`]: those of `identities` are
/// numbers of partitions, which are small.
pub fn feed_place(feed: Feed, partition: u32) -> u32 {
    let feed = Feed::ALL.iter().position(|one| *one == feed).expect("all feeds are among them") as u32;
    1 << 31 | feed << 24 | partition
}

impl Erased {
    /// Whether a record was there when the person was erased.
    pub fn covers(&self, partition: u32, offset: u64) -> bool {
        self.before.get(&partition).is_some_and(|before| offset < *before)
    }

    /// Both: of two erasures of one person.
    pub(crate) fn union(&self, other: &Erased) -> Erased {
        let mut both = if self.at >= other.at { self.clone() } else { other.clone() };
        both.values = self.values.max(other.values);
        for (partition, before) in self.before.iter().chain(&other.before) {
            let most = both.before.entry(*partition).or_default();
            *most = (*before).max(*most);
        }
        both
    }
}

/// What an erasure destroyed, and what it could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Erasure {
    /// What stays in this file.
    pub erased: Erased,
    /// Whether there was a key, which is destroyed.
    pub key: bool,
    /// How many document numbers were deleted.
    pub numbers: u64,
    /// How many names.
    pub names: u64,
    /// How many phones.
    pub phones: u64,
    /// How many addresses.
    pub addresses: u64,
    /// How many files that were attached.
    pub files: u64,
    /// How many reports from outside.
    pub reports: u64,
    /// Whether the file had to be written anew to be rid of their bytes.
    pub compacted: bool,
    /// Records of access in this file that name the pseudonym: the law asks to keep them.
    pub accesses: u64,
    /// When backups of the keys were made here. Each may hold the key, wrapped; with it and a copy of this file the
    /// person can be read again until one of the two is destroyed.
    pub key_backups: Vec<Instant>,
}

impl Vault {
    /// Destroys the key of a person and everything sealed with it, and looks that the bytes are gone from the file.
    ///
    /// `ends` are the ends of the partitions of `identities` now: what was stated before is never kept, even if it
    /// was not read yet; and, by [`feed_place`], those of feeds, of which intake may state something later. A person who is not held is remembered as erased, too. After an error ask again: what was
    /// done is not done twice.
    ///
    /// Outside this file remain the sealed records of `identities` until the log forgets them, backups, and what the
    /// file system keeps of blocks it has freed.
    ///
    /// # Errors
    /// [`VaultError::Purpose`]; [`VaultError::Full`], [`VaultError::Busy`].
    pub fn erase(
        &mut self,
        person: PersonId,
        access: &Access,
        ends: &[(u32, u64)],
    ) -> Result<Erasure, VaultError> {
        access.check()?;
        let new = Erased {
            person,
            at: access.at,
            by: access.actor.clone(),
            values: 0,
            before: self.positions.iter().map(|(partition, next)| (*partition, *next)).collect(),
        };
        let given = Erased { before: ends.iter().copied().collect(), ..new.clone() };
        let mut erased = new.union(&given);
        let before = self.erased.get(&person);
        erased = before.map_or(erased.clone(), |before| before.union(&erased));

        let transaction = schema::begin(&mut self.db)?;
        let people = [person];
        let entry = Entry::of(access, Act::Erase, None, &people);
        let head = access::append(&transaction, &self.index, &self.head, &entry)?;
        let (mut erasure, needles) = delete(&transaction, erased)?;
        let was_wiped = is_wiped(&transaction, person)?;
        store(&transaction, &self.index, &erasure.erased)?;
        transaction.commit()?;
        self.head = head;
        self.forget(erasure.erased.clone());

        erasure.compacted = self.wipe(&needles, was_wiped)?;
        self.db.execute("UPDATE erased SET wiped = 1 WHERE person = ?1", [person.0])?;
        let sql = "SELECT count(*) FROM access_of WHERE person = ?1";
        erasure.accesses = self.db.query_row(sql, [person.0], |row| row.get(0))?;
        erasure.key_backups = self.key_backups()?;
        Ok(erasure)
    }

    /// When backups of the keys were made here.
    pub(crate) fn key_backups(&self) -> Result<Vec<Instant>, VaultError> {
        let mut backups = self.db.prepare("SELECT at FROM key_backup ORDER BY number")?;
        let backups = backups.query_map([], |row| Ok(Instant(row.get(0)?)))?;
        Ok(backups.collect::<Result<_, _>>()?)
    }

    /// Everybody who was erased, those stated again since among them; in the order of their ids.
    pub fn erasures(&self) -> Vec<Erased> {
        let mut all: Vec<_> = self.erased.values().cloned().collect();
        all.sort_by_key(|erased| erased.person);
        all
    }

    /// Whether a person was erased after an event of a feed had been received: what it says of them is not to be kept.
    pub fn was_received_before_erasure(
        &self,
        person: PersonId,
        feed: Feed,
        partition: u32,
        offset: u64,
    ) -> bool {
        let erased = self.erased.get(&person);
        erased.is_some_and(|erased| erased.covers(feed_place(feed, partition), offset))
    }

    pub(crate) fn forget(&mut self, erased: Erased) {
        self.erased.insert(erased.person, erased);
        // They are few, and what memory holds of values is not by person.
        self.keys.clear();
        self.known.clear();
        self.masks.clear();
    }

    pub(crate) fn load_erased(&mut self) -> Result<(), VaultError> {
        let mut statement = self.db.prepare("SELECT person, body, mac FROM erased")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (person, body, mac): (Tag, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let erased: Option<Erased> = postcard::from_bytes(&body).ok();
            let erased = erased.filter(|erased| {
                mac == self.index.row(*b"eras", &[&body]) && erased.person == PersonId(person)
            });
            let erased = erased.ok_or_else(|| VaultError::damaged("the note of an erasure does not fit"))?;
            self.erased.insert(erased.person, erased);
        }
        Ok(())
    }
}

/// Deletes a person's key, values and attachments.
pub(crate) fn delete(db: &Connection, erased: Erased) -> Result<(Erasure, Needles), VaultError> {
    let person = erased.person;
    let mut erasure = Erasure {
        erased,
        key: false,
        numbers: 0,
        names: 0,
        phones: 0,
        addresses: 0,
        files: 0,
        reports: 0,
        compacted: false,
        accesses: 0,
        key_backups: Vec::new(),
    };
    let mut needles = Needles::default();
    let mut select = db.prepare_cached("SELECT kind, tag, sealed FROM value WHERE person = ?1")?;
    let mut rows = select.query([person.0])?;
    while let Some(row) = rows.next()? {
        let count = match Kind::of_code(row.get(0)?) {
            Some(Kind::Number) => &mut erasure.numbers,
            Some(Kind::Name) => &mut erasure.names,
            Some(Kind::Phone) => &mut erasure.phones,
            // A row of no known kind goes, too.
            Some(Kind::Address) | None => &mut erasure.addresses,
        };
        *count += 1;
        // The tag is looked for in place of the blind index beside it, which others of the same name share.
        needles.add(row.get(1)?);
        needles.add(row.get(2)?);
        erasure.erased.values += 1;
    }
    let sql = "SELECT wrapped FROM person WHERE id = ?1";
    let key: Option<Vec<u8>> = db.query_row(sql, [person.0], |row| row.get(0)).optional()?;
    erasure.key = key.is_some();
    key.into_iter().for_each(|key| needles.add(key));
    let Deleted { files, reports } = delete_of(db, SubjectId::Person(person), &mut needles)?;
    (erasure.files, erasure.reports) = (files, reports);
    db.execute("DELETE FROM value WHERE person = ?1", [person.0])?;
    db.execute("DELETE FROM person WHERE id = ?1", [person.0])?;
    Ok((erasure, needles))
}

/// Whether no bytes of an earlier erasure may still lie in the file.
fn is_wiped(db: &Connection, person: PersonId) -> Result<bool, VaultError> {
    let sql = "SELECT wiped FROM erased WHERE person = ?1";
    let wiped: Option<bool> = db.query_row(sql, [person.0], |row| row.get(0)).optional()?;
    Ok(wiped.unwrap_or(true))
}

/// Notes an erasure whose bytes may still lie in the file.
pub(crate) fn store(db: &Connection, index: &Index, erased: &Erased) -> Result<(), VaultError> {
    let body = postcard::to_stdvec(erased).expect("postcard writes plain structures");
    let mac = index.row(*b"eras", &[&body]);
    let sql = "INSERT INTO erased VALUES (?1, ?2, ?3, 0)
               ON CONFLICT DO UPDATE SET body = excluded.body, mac = excluded.mac, wiped = 0";
    db.execute(sql, params![erased.person.0, body, mac])?;
    Ok(())
}
