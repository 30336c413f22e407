//! Taking in what intake states.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension, params};
use sanzao_model::{Feed, Identity, Instant, PersonId, SubjectId};

use crate::holder::{NewKeys, insert_key};
use crate::index::{Index, Tag};
use crate::schema;
use crate::value::{Kind, Sources, context};
use crate::vault::HolderKey;
use crate::{Fill, Vault, VaultError};

/// The identities of one record of `identities`.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'a> {
    /// The record's partition.
    pub partition: u32,
    /// Its offset.
    pub offset: u64,
    /// What it states.
    pub identities: &'a [Identity],
}

/// What keeping changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    /// People who got a key.
    pub new_people: usize,
    /// Values that were new.
    pub new_values: usize,
    /// Values that were known, and now are so from another feed or over a longer time.
    pub restated: usize,
    /// Values that were known just so.
    pub known: usize,
    /// Identities that were stated before their person was erased.
    pub erased: usize,
}

/// A value that is stated, once however often the records state it.
struct Statement<'a> {
    person: PersonId,
    kind: Kind,
    tag: Tag,
    value: &'a str,
    sources: Sources,
}

/// What has to be written.
#[derive(Default)]
struct Changes<'a> {
    fresh: Vec<Statement<'a>>,
    restated: Vec<Statement<'a>>,
    known: Vec<(Tag, Sources)>,
}

struct NewPerson {
    person: PersonId,
    key: HolderKey,
    wrapped: Vec<u8>,
}

impl Vault {
    /// Keeps what records state, and the positions after them, at once or not at all.
    ///
    /// What is kept is a set: the same records in another order or again change nothing. What was stated of somebody
    /// before their erasure is left out; what is stated after it is kept again, under a new key. Each call is synced
    /// to the disk, so records are best handed over many at a time.
    ///
    /// # Errors
    /// [`VaultError::Full`], [`VaultError::Busy`], [`VaultError::Master`] and [`VaultError::NoRandomness`] to try
    /// again; [`VaultError::KeysMissing`], [`VaultError::Damaged`].
    pub fn keep(&mut self, records: &[Stated<'_>], fill: &mut Fill<'_>) -> Result<Kept, VaultError> {
        let mut kept = Kept::default();
        let statements = self.statements(records, &mut kept);
        let changes = self.changes(statements)?;
        let fresh: BTreeSet<PersonId> = changes.fresh.iter().map(|statement| statement.person).collect();
        let mut keys = self.keys_of(fresh.iter().copied())?;
        let new_people: Vec<PersonId> =
            fresh.into_iter().filter(|person| !keys.contains_key(person)).collect();
        let (master, new_people) = self.new_people(&new_people, fill)?;
        keys.extend(new_people.iter().map(|new| (new.person, new.key.clone())));
        let mut sealed = Vec::with_capacity(changes.fresh.len());
        for statement in &changes.fresh {
            let mut nonce = [0; 12];
            fill(&mut nonce)?;
            let HolderKey { suite, key } = &keys[&statement.person];
            let context = context(statement.person, statement.kind, &statement.tag);
            sealed.push(suite.seal(key, nonce, &context, statement.value.as_bytes()));
        }
        let mut positions = self.positions.clone();
        for record in records {
            let next = positions.entry(record.partition).or_insert(0);
            *next = (record.offset + 1).max(*next);
        }

        let written = changes.fresh.iter().chain(&changes.restated);
        // Before, so that no mask is older than what is committed; nobody makes one meanwhile.
        self.masks.forget(written.map(|statement| statement.person));
        let transaction = schema::begin(&mut self.db)?;
        for new in &new_people {
            let holder = SubjectId::Person(new.person);
            insert_key(&transaction, holder, new.key.suite.code(), master, &new.wrapped)?;
        }
        write_values(&transaction, &self.index, &changes, &sealed)?;
        for (partition, next) in positions.iter().filter(|(partition, _)| changed(records, **partition)) {
            let mac = self.index.position(*partition, *next);
            let sql = "INSERT INTO position VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET next = excluded.next, mac = excluded.mac";
            transaction.prepare_cached(sql)?.execute(params![partition, next, mac])?;
        }
        transaction.commit()?;

        self.positions = positions;
        kept.new_people = new_people.len();
        kept.new_values = changes.fresh.len();
        kept.restated = changes.restated.len();
        kept.known = changes.known.len();
        new_people.into_iter().for_each(|new| self.keys.insert(new.person, new.key));
        let written = changes.fresh.iter().chain(&changes.restated);
        written.for_each(|statement| self.known.insert(statement.tag, statement.sources));
        changes.known.into_iter().for_each(|(tag, sources)| self.known.insert(tag, sources));
        Ok(kept)
    }

    fn statements<'a>(&self, records: &[Stated<'a>], kept: &mut Kept) -> Vec<Statement<'a>> {
        let mut by_tag: HashMap<Tag, Statement<'a>> = HashMap::new();
        let mut add = |identity: &Identity, kind, value: &'a str, feed: Feed, time: Instant| {
            let person = identity.person;
            let tag = self.index.value(person, kind, value);
            let new = || Statement { person, kind, tag, value, sources: Sources::NONE };
            by_tag.entry(tag).or_insert_with(new).sources.add(feed, time);
        };
        for record in records {
            for identity in record.identities {
                let erased = self.erased.get(&identity.person);
                if erased.is_some_and(|erased| erased.covers(record.partition, record.offset)) {
                    kept.erased += 1;
                    continue;
                }
                let values = [
                    (Kind::Number, Some(&identity.number)),
                    (Kind::Name, identity.name.as_ref()),
                    (Kind::Phone, identity.phone.as_ref()),
                    (Kind::Address, identity.address.as_ref()),
                ];
                for (kind, value) in values {
                    if let Some(value) = value.filter(|value| !value.is_empty()) {
                        add(identity, kind, value, identity.feed, identity.time);
                    }
                }
            }
        }
        let mut statements: Vec<_> = by_tag.into_values().collect();
        // In the order of the table: neighbours share a page.
        statements.sort_unstable_by_key(|statement| (statement.person, statement.kind, statement.tag));
        statements
    }

    fn changes<'a>(&mut self, statements: Vec<Statement<'a>>) -> Result<Changes<'a>, VaultError> {
        let mut changes = Changes::default();
        for mut statement in statements {
            let before = match self.known.get(&statement.tag) {
                Some(sources) => Some(*sources),
                None => self.sources(&statement)?,
            };
            let Some(before) = before else {
                changes.fresh.push(statement);
                continue;
            };
            statement.sources = before.union(&statement.sources);
            if statement.sources == before {
                changes.known.push((statement.tag, before));
            } else {
                changes.restated.push(statement);
            }
        }
        Ok(changes)
    }

    fn sources(&self, statement: &Statement<'_>) -> Result<Option<Sources>, VaultError> {
        let sql = "SELECT sources, mac FROM value WHERE person = ?1 AND kind = ?2 AND tag = ?3";
        let key = params![statement.person.0, statement.kind.code(), statement.tag];
        let mut select = self.db.prepare_cached(sql)?;
        let row = select.query_row(key, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((bytes, mac)): Option<(Vec<u8>, Vec<u8>)> = row else { return Ok(None) };
        self.authentic(statement.person, statement.kind, &statement.tag, &bytes, &mac).map(Some)
    }

    /// The sources of a row, if nobody changed them.
    pub(crate) fn authentic(
        &self,
        person: PersonId,
        kind: Kind,
        tag: &Tag,
        bytes: &[u8],
        mac: &[u8],
    ) -> Result<Sources, VaultError> {
        let wrong = || VaultError::damaged("the sources of a value do not fit");
        if mac != value_mac(&self.index, person, kind, tag, bytes) {
            return Err(wrong());
        }
        Sources::decode(bytes).ok_or_else(wrong)
    }

    /// Keys for people who have none, and the row of the master key that wraps them.
    fn new_people(
        &self,
        people: &[PersonId],
        fill: &mut Fill<'_>,
    ) -> Result<(i64, Vec<NewPerson>), VaultError> {
        if people.is_empty() {
            return Ok((0, Vec::new()));
        }
        let mut without_key = 0;
        for person in people {
            without_key += usize::from(self.holds_anything(SubjectId::Person(*person))?);
        }
        if without_key > 0 {
            return Err(VaultError::KeysMissing { people: without_key });
        }
        let NewKeys { master, keys } = self.new_keys(people.len(), fill)?;
        let new = people.iter().zip(keys);
        Ok((
            master,
            new.map(|(person, (key, wrapped))| NewPerson { person: *person, key, wrapped }).collect(),
        ))
    }
}

fn changed(records: &[Stated<'_>], partition: u32) -> bool {
    records.iter().any(|record| record.partition == partition)
}

fn value_mac(index: &Index, person: PersonId, kind: Kind, tag: &Tag, sources: &[u8]) -> Tag {
    index.row(*b"valu", &[&person.0, &[kind.code()], tag, sources])
}

fn write_values(
    db: &Connection,
    index: &Index,
    changes: &Changes<'_>,
    sealed: &[Vec<u8>],
) -> Result<(), VaultError> {
    let mut insert = db.prepare_cached("INSERT INTO value VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for (statement, sealed) in changes.fresh.iter().zip(sealed) {
        let Statement { person, kind, tag, value, sources } = statement;
        let (blind, sources) = (index.blind(*kind, value), sources.encode());
        let mac = value_mac(index, *person, *kind, tag, &sources);
        insert.execute(params![person.0, kind.code(), tag, sealed, blind, sources, mac])?;
    }
    let sql = "UPDATE value SET sources = ?4, mac = ?5 WHERE person = ?1 AND kind = ?2 AND tag = ?3";
    let mut update = db.prepare_cached(sql)?;
    for Statement { person, kind, tag, sources, .. } in &changes.restated {
        let sources = sources.encode();
        let mac = value_mac(index, *person, *kind, tag, &sources);
        update.execute(params![person.0, kind.code(), tag, sources, mac])?;
    }
    Ok(())
}
