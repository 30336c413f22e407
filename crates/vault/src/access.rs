//! Who read what, and why: a chain of records, written before anything is shown.

use std::fmt;

use rusqlite::{Connection, Row, params};
use sanzao_model::{HouseholdId, Instant, PersonId};
use serde::Serialize;

use crate::index::{self, Index, Tag};
use crate::schema::{meta, set_meta};
use crate::{AttachmentId, Vault, VaultError};

/// The most characters of an actor or a purpose.
const MAX_CHARACTERS: usize = 500;

/// Who reads, what for, and when. Both texts are kept in clear and stay after an erasure: no names in them.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    /// The account.
    pub actor: String,
    /// Why it must be read.
    pub purpose: String,
    /// Now.
    pub at: Instant,
}

impl Access {
    pub(crate) fn check(&self) -> Result<(), VaultError> {
        let good = |text: &str| !text.trim().is_empty() && text.chars().count() <= MAX_CHARACTERS;
        let both = good(&self.actor) && good(&self.purpose);
        if both { Ok(()) } else { Err(VaultError::Purpose { max: MAX_CHARACTERS }) }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(…)")
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Everything known of a person was shown.
    Reveal,
    /// People were searched for by document number.
    SearchNumber,
    /// By name.
    SearchName,
    /// By phone.
    SearchPhone,
    /// Everything held about a person was handed out.
    Export,
    /// A person was erased.
    Erase,
    /// A file or a report was attached.
    Attach,
    /// An attachment was opened.
    ReadAttachment,
    /// An attachment was deleted.
    Discard,
    /// A household was forgotten.
    ForgetHousehold,
}

const ACTS: [(u8, Act); 10] = [
    (1, Act::Reveal),
    (2, Act::SearchNumber),
    (3, Act::SearchName),
    (4, Act::SearchPhone),
    (5, Act::Export),
    (6, Act::Erase),
    (7, Act::Attach),
    (8, Act::ReadAttachment),
    (9, Act::Discard),
    (10, Act::ForgetHousehold),
];

impl Act {
    fn code(self) -> u8 {
        ACTS.iter().find(|(_, act)| *act == self).expect("every act has a code").0
    }
}

/// A record of access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessRecord {
    /// Counted from 1.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What for.
    pub purpose: String,
    /// What was done.
    pub act: Act,
    /// What was searched for: a keyed hash, 32 hexadecimal digits. The same query has the same hash.
    pub query: Option<String>,
    /// Whom it was about, or who was found; in the order of their ids.
    pub people: Vec<PersonId>,
    /// The household that it was about, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// The attachment that it was about, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
}

/// What is about to be recorded.
pub(crate) struct Entry<'a> {
    pub(crate) access: &'a Access,
    pub(crate) act: Act,
    pub(crate) query: Option<Tag>,
    /// Sorted.
    pub(crate) people: &'a [PersonId],
    pub(crate) household: Option<HouseholdId>,
    pub(crate) attachment: Option<AttachmentId>,
}

impl Entry<'_> {
    /// About people only.
    pub(crate) fn of<'a>(
        access: &'a Access,
        act: Act,
        query: Option<Tag>,
        people: &'a [PersonId],
    ) -> Entry<'a> {
        Entry { access, act, query, people, household: None, attachment: None }
    }
}

/// In the byte that says how long a query is: what follows it.
const HAS_HOUSEHOLD: u8 = 0x40;
const HAS_ATTACHMENT: u8 = 0x80;

/// The newest record: its number and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) number: u64,
    hash: [u8; 32],
}

impl Head {
    pub(crate) const START: Head = Head { number: 0, hash: [0; 32] };

    /// The end of the chain stands apart from the records, so that taking away the newest is noticed.
    pub(crate) fn load(db: &Connection, index: &Index) -> Result<Head, VaultError> {
        let bytes = meta(db, "access-head")?;
        let wrong = || VaultError::damaged("the end of the records of access does not fit");
        let (body, mac) = bytes.split_at_checked(40).ok_or_else(wrong)?;
        if mac != index.row(*b"head", &[body]) {
            return Err(wrong());
        }
        let (number, hash) = body.split_first_chunk::<8>().ok_or_else(wrong)?;
        let hash = hash.try_into().map_err(|_| wrong())?;
        Ok(Head { number: u64::from_be_bytes(*number), hash })
    }

    pub(crate) fn store(&self, db: &Connection, index: &Index) -> Result<(), VaultError> {
        let body = [&self.number.to_be_bytes()[..], &self.hash].concat();
        let mac = index.row(*b"head", &[&body]);
        set_meta(db, "access-head", &[&body[..], &mac].concat())
    }

    fn next(&self, index: &Index, entry: &Entry<'_>) -> Head {
        let number = self.number + 1;
        let (actor, purpose) = (entry.access.actor.as_bytes(), entry.access.purpose.as_bytes());
        let query = entry.query.map_or(Vec::new(), |query| query.to_vec());
        let people: Vec<u8> = entry.people.iter().flat_map(|person| person.0).collect();
        let household = entry.household.map_or(Vec::new(), |household| household.0.to_vec());
        let attachment = entry.attachment.map_or(Vec::new(), |attachment| attachment.0.to_vec());
        let mut follows = query.len() as u8;
        follows |= if household.is_empty() { 0 } else { HAS_HOUSEHOLD };
        follows |= if attachment.is_empty() { 0 } else { HAS_ATTACHMENT };
        let hash = index::tag(
            &index.chain,
            &[
                &self.hash,
                &number.to_be_bytes(),
                &entry.access.at.0.to_be_bytes(),
                &[entry.act.code(), follows],
                &query,
                &household,
                &attachment,
                &(actor.len() as u64).to_be_bytes(),
                actor,
                &(purpose.len() as u64).to_be_bytes(),
                purpose,
                &people,
            ],
        );
        Head { number, hash }
    }
}

/// Appends a record; the head returned is the newest once the transaction around it is committed.
pub(crate) fn append(
    db: &Connection,
    index: &Index,
    head: &Head,
    entry: &Entry<'_>,
) -> Result<Head, VaultError> {
    let next = head.next(index, entry);
    let sql = "INSERT INTO access VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let access = entry.access;
    db.prepare_cached(sql)?.execute(params![
        next.number,
        access.at.0,
        access.actor,
        access.purpose,
        entry.act.code(),
        entry.query,
        next.hash,
        entry.household.map(|household| household.0),
        entry.attachment.map(|attachment| attachment.0)
    ])?;
    let mut of = db.prepare_cached("INSERT INTO access_of VALUES (?1, ?2)")?;
    for person in entry.people {
        of.execute(params![person.0, next.number])?;
    }
    next.store(db, index)?;
    Ok(next)
}

type Stored = (AccessRecord, Option<Tag>, Vec<u8>);

fn stored(db: &Connection, row: &Row<'_>) -> Result<Stored, VaultError> {
    let number: u64 = row.get(0)?;
    let code: u8 = row.get(4)?;
    let act = ACTS.iter().find(|(known, _)| *known == code).map(|(_, act)| *act);
    let query: Option<Tag> = row.get(5)?;
    let record = AccessRecord {
        number,
        at: Instant(row.get(1)?),
        actor: row.get(2)?,
        purpose: row.get(3)?,
        act: act.ok_or(VaultError::AccessChain { number })?,
        query: query.map(|query| query.iter().map(|byte| format!("{byte:02x}")).collect()),
        people: people_of(db, number)?,
        household: row.get::<_, Option<Tag>>(7)?.map(HouseholdId),
        attachment: row.get::<_, Option<Tag>>(8)?.map(AttachmentId),
    };
    Ok((record, query, row.get(6)?))
}

fn people_of(db: &Connection, number: u64) -> Result<Vec<PersonId>, VaultError> {
    let mut statement =
        db.prepare_cached("SELECT person FROM access_of WHERE access = ?1 ORDER BY person")?;
    let people = statement.query_map([number], |row| Ok(PersonId(row.get(0)?)))?;
    Ok(people.collect::<Result<_, _>>()?)
}

const COLUMNS: &str =
    "SELECT number, at, actor, purpose, act, query, hash, household, attachment FROM access";

impl Vault {
    /// Writes a record of access in a transaction of its own.
    pub(crate) fn record(&mut self, entry: &Entry<'_>) -> Result<(), VaultError> {
        let transaction = crate::schema::begin(&mut self.db)?;
        let head = append(&transaction, &self.index, &self.head, entry)?;
        transaction.commit()?;
        self.head = head;
        Ok(())
    }

    /// Records of access with numbers after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// As the file says.
    pub fn accesses(&self, after: u64, limit: usize) -> Result<Vec<AccessRecord>, VaultError> {
        let sql = format!("{COLUMNS} WHERE number > ?1 ORDER BY number LIMIT ?2");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params![after, limit])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(stored(&self.db, row)?.0);
        }
        Ok(records)
    }

    /// All records of access about a person; of others who were found with them nothing is told.
    pub(crate) fn accesses_about(&self, person: PersonId) -> Result<Vec<AccessRecord>, VaultError> {
        let sql = format!(
            "{COLUMNS} WHERE number IN (SELECT access FROM access_of WHERE person = ?1) ORDER BY number"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([person.0])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            let (record, _, _) = stored(&self.db, row)?;
            records.push(AccessRecord { people: vec![person], ..record });
        }
        Ok(records)
    }

    /// Reads all records of access and says how many there are.
    ///
    /// Who has the index key and the file can still put back an older file as a whole: keep the number elsewhere,
    /// too.
    ///
    /// # Errors
    /// [`VaultError::AccessChain`] with the first that was changed or removed.
    pub fn verify_accesses(&self) -> Result<u64, VaultError> {
        let mut statement = self.db.prepare(&format!("{COLUMNS} ORDER BY number"))?;
        let mut rows = statement.query([])?;
        let mut head = Head::START;
        while let Some(row) = rows.next()? {
            let wrong = VaultError::AccessChain { number: head.number + 1 };
            let Ok((record, query, hash)) = stored(&self.db, row) else { return Err(wrong) };
            let access = Access { actor: record.actor, purpose: record.purpose, at: record.at };
            let AccessRecord { household, attachment, .. } = record;
            let about = Entry::of(&access, record.act, query, &record.people);
            let entry = Entry { household, attachment, ..about };
            head = head.next(&self.index, &entry);
            if head.number != record.number || head.hash[..] != hash {
                return Err(wrong);
            }
        }
        // The end is read anew, too: somebody may have changed the file beside this process.
        if head != self.head || head != Head::load(&self.db, &self.index)? {
            return Err(VaultError::AccessChain { number: head.number + 1 });
        }
        let mut orphans =
            self.db.prepare("SELECT min(access) FROM access_of WHERE access > ?1 OR access < 1")?;
        let orphan: Option<u64> = orphans.query_row([head.number], |row| row.get(0))?;
        orphan.map_or(Ok(head.number), |number| Err(VaultError::AccessChain { number }))
    }
}
