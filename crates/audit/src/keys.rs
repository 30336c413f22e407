//! The audit keys of people, and the end mark.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use sanzao_model::PersonId;
use serde::{Deserialize, Serialize};

use crate::head::Head;
use crate::key::NodeKeys;
use crate::key_file;
use crate::seal::SecretKey;
use crate::{AuditError, AuditKey, Fill};

/// How many keys of people stay unwrapped in memory, about 150 bytes each.
const KEYS_IN_MEMORY: usize = 200_000;

/// Names a key of a person in records: says nothing once the key is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Handle {
    /// Where the key lies in the store.
    pub(crate) number: u64,
    /// Random: where an older store was restored, a number is given out twice.
    pub(crate) tag: [u8; 8],
}

impl Handle {
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..].copy_from_slice(&self.tag);
        bytes
    }
}

/// The key of a person and its name.
#[derive(Clone)]
pub(crate) struct PersonKey {
    pub(crate) handle: Handle,
    pub(crate) key: SecretKey,
}

/// Whose a handle is.
#[derive(Clone)]
pub(crate) enum Holder {
    /// This person's, and their key.
    Person(PersonId, SecretKey),
    /// Somebody's who was forgotten.
    Forgotten,
    /// Not known: the key store is an older copy, or of another log.
    Missing,
}

/// The key store of one node's record: a random key for each person, wrapped under the audit key, and the end mark.
///
/// One process opens it; any number of its threads may use it at once.
pub struct AuditKeys {
    store: Mutex<Store>,
    node: String,
    pub(crate) made: NodeKeys,
}

pub(crate) struct Store {
    pub(crate) db: Connection,
    pub(crate) path: PathBuf,
    handles: HashMap<PersonId, Handle>,
    keys: HashMap<Handle, (PersonId, SecretKey)>,
    /// After `db`: fields are dropped in order.
    _lock: File,
}

impl AuditKeys {
    /// Opens the key store of a node, and makes it (mode 0600) if it is missing. Who finds it missing beside a log that
    /// holds records restores it instead.
    ///
    /// # Errors
    /// [`AuditError::Locked`], [`AuditError::CannotOpen`], [`AuditError::WrongKey`], [`AuditError::Damaged`],
    /// [`AuditError::Full`].
    pub fn open(path: &Path, key: &AuditKey, node: &str) -> Result<AuditKeys, AuditError> {
        let lock = key_file::lock(path)?;
        let made = NodeKeys::new(key, node);
        let db = key_file::open(path, node, &made)?;
        key_file::mark(&db, &made)?;
        let store =
            Store { db, path: path.to_owned(), handles: HashMap::new(), keys: HashMap::new(), _lock: lock };
        // What a forgetting before a crash could not wipe.
        store.wipe_rest()?;
        Ok(AuditKeys { store: Mutex::new(store), node: node.to_owned(), made })
    }

    /// The node whose record these keys are for.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The newest record that is known to be in the log.
    ///
    /// # Errors
    /// [`AuditError::Damaged`] for a mark that this key did not make.
    pub fn end_mark(&self) -> Result<Head, AuditError> {
        key_file::mark(&self.store().db, &self.made)
    }

    /// Takes the end of a log as it was verified for the end mark: after the key store was restored from an older
    /// copy, and nothing else. What was taken away from the log before that will not be noticed any more.
    ///
    /// # Errors
    /// As the file says.
    pub fn accept_end(&self, verified: Head) -> Result<(), AuditError> {
        self.store_mark(verified)
    }

    pub(crate) fn store_mark(&self, head: Head) -> Result<(), AuditError> {
        key_file::store_mark(&self.store().db, &self.made, head)
    }

    /// The mutex holds no state of its own that a panic could leave half done: the file does.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys of people, in their order; those missing are made, and are durable when it returns.
    pub(crate) fn keys_of(&self, people: &[PersonId], fill: &mut Fill) -> Result<Vec<PersonKey>, AuditError> {
        let mut store = self.store();
        let mut found = Vec::with_capacity(people.len());
        let mut new = Vec::new();
        for person in people {
            match store.key(&self.made, *person)? {
                Some(key) => found.push(key),
                None => {
                    let number = store.next_number()? + new.len() as u64;
                    let key = drawn(number, fill)?;
                    new.push((*person, key.clone()));
                    found.push(key);
                }
            }
        }
        if !new.is_empty() {
            let transaction = key_file::begin(&mut store.db)?;
            for (person, PersonKey { handle, key }) in &new {
                let context = wrap_context(*person, *handle);
                let wrapped = self.made.wrapping.seal(self.made.wrap_nonce(key), &context, key.bytes());
                let sql = "INSERT INTO key VALUES (?1, ?2, ?3, ?4)";
                let row = params![handle.number, handle.tag, person.0, wrapped];
                transaction.prepare_cached(sql)?.execute(row)?;
            }
            transaction.commit()?;
            new.into_iter().for_each(|(person, key)| store.remember(person, key));
        }
        Ok(found)
    }

    /// The handle of a person who has a key.
    pub(crate) fn handle_of(&self, person: PersonId) -> Result<Option<Handle>, AuditError> {
        Ok(self.store().key(&self.made, person)?.map(|key| key.handle))
    }

    pub(crate) fn holder(&self, handle: Handle) -> Result<Holder, AuditError> {
        let mut store = self.store();
        if let Some((person, key)) = store.keys.get(&handle) {
            return Ok(Holder::Person(*person, key.clone()));
        }
        let sql = "SELECT number, tag, person, wrapped FROM key WHERE number = ?1";
        let found = store.read(&self.made, sql, handle.number)?;
        if let Some((person, key)) = found.filter(|(_, key)| key.handle == handle) {
            store.remember(person, key.clone());
            return Ok(Holder::Person(person, key.key));
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE handle = ?1)";
        let forgotten: bool =
            store.db.prepare_cached(sql)?.query_row([handle.to_bytes()], |row| row.get(0))?;
        Ok(if forgotten { Holder::Forgotten } else { Holder::Missing })
    }
}

/// A key of random bits, and its name.
fn drawn(number: u64, fill: &mut Fill) -> Result<PersonKey, AuditError> {
    let (mut tag, mut key) = ([0; 8], [0; 32]);
    fill(&mut tag)?;
    fill(&mut key)?;
    Ok(PersonKey { handle: Handle { number, tag }, key: SecretKey::new(key) })
}

fn wrap_context(person: PersonId, handle: Handle) -> Vec<u8> {
    [b"sanzao/audit/key".as_slice(), &person.0, &handle.to_bytes()].concat()
}

type Wrapped = (Handle, PersonId, Vec<u8>);

fn wrapped(row: &Row<'_>) -> rusqlite::Result<Wrapped> {
    Ok((Handle { number: row.get(0)?, tag: row.get(1)? }, PersonId(row.get(2)?), row.get(3)?))
}

impl Store {
    fn key(&mut self, made: &NodeKeys, person: PersonId) -> Result<Option<PersonKey>, AuditError> {
        let handle = self.handles.get(&person);
        if let Some((handle, (_, key))) = handle.and_then(|handle| self.keys.get_key_value(handle)) {
            return Ok(Some(PersonKey { handle: *handle, key: key.clone() }));
        }
        let sql = "SELECT number, tag, person, wrapped FROM key WHERE person = ?1";
        let found = self.read(made, sql, person.0)?;
        Ok(found.map(|(person, key)| {
            self.remember(person, key.clone());
            key
        }))
    }

    fn read(
        &self,
        made: &NodeKeys,
        sql: &str,
        of: impl ToSql,
    ) -> Result<Option<(PersonId, PersonKey)>, AuditError> {
        let found = self.db.prepare_cached(sql)?.query_row([of], wrapped).optional()?;
        let Some((handle, person, wrapped)) = found else { return Ok(None) };
        let key = made.wrapping.open_key(&wrap_context(person, handle), &wrapped);
        let key = key.ok_or_else(|| AuditError::damaged("the key of a person does not open"))?;
        Ok(Some((person, PersonKey { handle, key })))
    }

    /// The number that the next key gets.
    fn next_number(&self) -> Result<u64, AuditError> {
        let sql = "SELECT ifnull(max(number), 0) + 1 FROM key";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    fn remember(&mut self, person: PersonId, key: PersonKey) {
        if self.keys.len() >= KEYS_IN_MEMORY {
            self.forget_memory();
        }
        self.handles.insert(person, key.handle);
        self.keys.insert(key.handle, (person, key.key));
    }

    pub(crate) fn forget_memory(&mut self) {
        self.handles.clear();
        self.keys.clear();
    }
}
