//! The vault's one file, opened.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use sanzao_model::PersonId;

use crate::access::Head;
use crate::erase::Erased;
use crate::generations::Generations;
use crate::index::{Index, Tag};
use crate::value::Sources;
use crate::{IndexKey, Masks, MasterError, MasterId, MasterKeys, SecretBytes, Suite, VaultError, schema};

/// How the vault keeps.
#[derive(Debug, Clone)]
pub struct Settings {
    /// For the keys of people who are new.
    pub suite: Suite,
    /// How many keys of people stay unwrapped in memory, about 150 bytes each.
    pub keys_in_memory: usize,
    /// How many values are known without asking the file, about 200 bytes each.
    pub values_in_memory: usize,
    /// How many masks of people are known without asking the file, about 150 bytes each.
    pub masks_in_memory: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            suite: Suite::default(),
            keys_in_memory: 10_000,
            values_in_memory: 200_000,
            masks_in_memory: 100_000,
        }
    }
}

/// The key of a person or a household.
#[derive(Clone)]
pub(crate) struct HolderKey {
    pub(crate) suite: Suite,
    pub(crate) key: SecretBytes,
}

/// Identities in one SQLite file: what was stated of people, each sealed under a key of their own.
///
/// One process opens it, and its methods take it mutably: share it behind a mutex. Values are sealed; who stated
/// them and when stands beside them in clear and authenticated, as in facts, so that a statement of what is known
/// needs no key.
pub struct Vault {
    pub(crate) db: Connection,
    pub(crate) path: PathBuf,
    pub(crate) masters: Arc<dyn MasterKeys>,
    pub(crate) index: Index,
    pub(crate) suite: Suite,
    pub(crate) keys: Generations<PersonId, HolderKey>,
    pub(crate) known: Generations<Tag, Sources>,
    pub(crate) masks: Arc<Masks>,
    pub(crate) positions: BTreeMap<u32, u64>,
    pub(crate) erased: HashMap<PersonId, Erased>,
    pub(crate) head: Head,
    /// After `db`: fields are dropped in order.
    _lock: File,
}

/// What the vault holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// For new people.
    pub suite: Suite,
    /// People with a key.
    pub people: u64,
    /// Numbers, names, phones and addresses.
    pub values: u64,
    /// Households with a key.
    pub households: u64,
    /// Files that were attached, and reports from outside.
    pub attachments: u64,
    /// Their bytes.
    pub attachment_bytes: u64,
    /// See [`Vault::masters_in_use`].
    pub masters: Vec<(MasterId, u64)>,
    /// By partition of `identities`, the offset to read next.
    pub positions: Vec<(u32, u64)>,
    /// People who were erased, those stated again since among them.
    pub erased: u64,
    /// Erasures, and households forgotten, whose bytes may still lie in the file: call [`Vault::compact`].
    pub unwiped: u64,
    /// Records of access.
    pub accesses: u64,
}

impl Vault {
    /// Opens the vault's file, and makes it (mode 0600) if it is missing.
    ///
    /// # Errors
    /// [`VaultError::Locked`], [`VaultError::CannotOpen`], [`VaultError::Damaged`], [`VaultError::Full`]; keys that
    /// do not fit the file: [`VaultError::WrongIndexKey`], [`VaultError::WrongMaster`], [`VaultError::Master`].
    pub fn open(
        path: &Path,
        masters: Arc<dyn MasterKeys>,
        key: &IndexKey,
        settings: &Settings,
    ) -> Result<Vault, VaultError> {
        let lock = schema::lock(path)?;
        let index = Index::new(key);
        let db = schema::open(path, &index)?;
        // What an erasure before a crash could not empty.
        schema::checkpoint(&db)?;
        let head = Head::load(&db, &index)?;
        let mut vault = Vault {
            positions: BTreeMap::new(),
            erased: HashMap::new(),
            keys: Generations::new(settings.keys_in_memory),
            known: Generations::new(settings.values_in_memory),
            masks: Arc::new(Masks::new(settings.masks_in_memory)),
            suite: settings.suite,
            path: path.to_owned(),
            db,
            masters,
            index,
            head,
            _lock: lock,
        };
        vault.load_positions()?;
        vault.load_erased()?;
        vault.forgotten()?;
        vault.check_masters()?;
        Ok(vault)
    }

    fn load_positions(&mut self) -> Result<(), VaultError> {
        let mut statement = self.db.prepare("SELECT partition, next, mac FROM position")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (partition, next, mac): (u32, u64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if mac != self.index.position(partition, next) {
                return Err(VaultError::damaged(format!(
                    "the position of partition {partition} does not fit"
                )));
            }
            self.positions.insert(partition, next);
        }
        Ok(())
    }

    /// Whether the master keys are those that wrapped the keys of this file.
    fn check_masters(&mut self) -> Result<(), VaultError> {
        let current = self.masters.current()?;
        let sql = "SELECT name, probe, EXISTS (SELECT 1 FROM person WHERE person.master = master.id)
             OR EXISTS (SELECT 1 FROM household WHERE household.master = master.id) FROM master";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let rows: Vec<(String, Vec<u8>, bool)> = rows.collect::<Result<_, _>>()?;
        drop(statement);
        for (name, probe, used) in rows {
            let id = master_id(&name)?;
            if used {
                self.check_probe(&id, &probe)?;
            } else if id == current && self.check_probe(&id, &probe).is_err() {
                self.db.execute("DELETE FROM master WHERE name = ?1", [name])?;
            }
        }
        Ok(())
    }

    pub(crate) fn check_probe(&self, id: &MasterId, probe: &[u8]) -> Result<(), VaultError> {
        let wrong = || VaultError::WrongMaster { id: id.clone() };
        match self.masters.unwrap(id, &[probe]) {
            Ok(keys) if keys.len() == 1 && keys[0][..] == self.index.probe() => Ok(()),
            Ok(_) | Err(MasterError::DoesNotOpen { .. }) => Err(wrong()),
            Err(error) => Err(error.into()),
        }
    }

    /// The row of a master key, made if it is missing.
    pub(crate) fn master_row(&self, id: &MasterId) -> Result<i64, VaultError> {
        let sql = "SELECT id FROM master WHERE name = ?1";
        let mut statement = self.db.prepare_cached(sql)?;
        let found: Option<i64> = statement.query_row([id.as_str()], |row| row.get(0)).optional()?;
        if let Some(row) = found {
            return Ok(row);
        }
        let probe = self.wrap(id, &[self.index.probe().to_vec().into()])?;
        let sql = "INSERT INTO master (name, probe) VALUES (?1, ?2)";
        self.db.execute(sql, params![id.as_str(), probe[0]])?;
        Ok(self.db.last_insert_rowid())
    }

    pub(crate) fn wrap(&self, id: &MasterId, keys: &[SecretBytes]) -> Result<Vec<Vec<u8>>, VaultError> {
        let wrapped = self.masters.wrap(id, keys)?;
        if wrapped.len() == keys.len() { Ok(wrapped) } else { Err(short_answer()) }
    }

    pub(crate) fn unwrap(&self, id: &MasterId, wrapped: &[&[u8]]) -> Result<Vec<SecretBytes>, VaultError> {
        match self.masters.unwrap(id, wrapped) {
            Ok(keys) if keys.len() == wrapped.len() => Ok(keys),
            Ok(_) => Err(short_answer()),
            // The key itself fits: that was looked at when the file was opened.
            Err(MasterError::DoesNotOpen { id }) => {
                Err(VaultError::damaged(format!("the key of a person or household does not open under {id}")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of those people who have one, unwrapped in one call for each master key.
    pub(crate) fn keys_of(
        &mut self,
        people: impl IntoIterator<Item = PersonId>,
    ) -> Result<HashMap<PersonId, HolderKey>, VaultError> {
        let mut found = HashMap::new();
        let mut wrapped: BTreeMap<String, Vec<(PersonId, Suite, Vec<u8>)>> = BTreeMap::new();
        let sql = "SELECT p.suite, p.wrapped, m.name FROM person p LEFT JOIN master m ON m.id = p.master WHERE p.id = ?1";
        for person in people {
            if let Some(key) = self.keys.get(&person) {
                found.insert(person, key.clone());
                continue;
            }
            let mut statement = self.db.prepare_cached(sql)?;
            let row = statement.query_row([person.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let Some((code, bytes, name)) = row.optional()? else { continue };
            let suite = Suite::of_code(code).ok_or_else(|| VaultError::damaged("a key of no known suite"))?;
            wrapped.entry(name).or_default().push((person, suite, bytes));
        }
        for (name, rows) in wrapped {
            let parts: Vec<&[u8]> = rows.iter().map(|(_, _, bytes)| bytes.as_slice()).collect();
            for (key, (person, suite, _)) in self.unwrap(&master_id(&name)?, &parts)?.into_iter().zip(&rows) {
                if key.len() != suite.key_bytes() {
                    return Err(VaultError::damaged("the key of a person is of another suite"));
                }
                let key = HolderKey { suite: *suite, key };
                self.keys.insert(*person, key.clone());
                found.insert(*person, key);
            }
        }
        Ok(found)
    }

    /// The masks that are known in memory, to be asked without holding the vault.
    pub fn masks(&self) -> Arc<Masks> {
        Arc::clone(&self.masks)
    }

    /// The offset to read next in a partition of `identities`.
    pub fn position(&self, partition: u32) -> u64 {
        self.positions.get(&partition).copied().unwrap_or(0)
    }

    /// Each master key that this file needs, and how many keys of people and households it wraps. One with none is no longer needed
    /// unless it is the current one; it stays in the list until [`Vault::rewrap`] has ended.
    ///
    /// # Errors
    /// As the file says.
    pub fn masters_in_use(&self) -> Result<Vec<(MasterId, u64)>, VaultError> {
        let sql = "SELECT name, (SELECT count(*) FROM person WHERE person.master = master.id)
                   + (SELECT count(*) FROM household WHERE household.master = master.id) FROM master ORDER BY name";
        let mut statement = self.db.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(VaultError::from).and_then(|(name, count)| Ok((master_id(&name)?, count))))
            .collect()
    }

    /// What the vault holds. It counts rows: some tenths of a second for a million people.
    ///
    /// # Errors
    /// As the file says.
    pub fn status(&self) -> Result<Status, VaultError> {
        let count = |sql| self.db.query_row(sql, [], |row| row.get::<_, u64>(0));
        Ok(Status {
            suite: self.suite,
            people: count("SELECT count(*) FROM person")?,
            values: count("SELECT count(*) FROM value")?,
            households: count("SELECT count(*) FROM household")?,
            attachments: count("SELECT count(*) FROM attachment")?,
            attachment_bytes: count("SELECT coalesce(sum(size), 0) FROM attachment")?,
            masters: self.masters_in_use()?,
            positions: self.positions.iter().map(|(partition, next)| (*partition, *next)).collect(),
            erased: self.erased.len() as u64,
            unwiped: count("SELECT count(*) FROM erased WHERE wiped = 0")?
                + count("SELECT count(*) FROM forgotten WHERE wiped = 0")?,
            accesses: self.head.number,
        })
    }

    /// Writes the file anew without what lies in its gaps, and finishes erasures that could not be wiped. It needs as
    /// much space again as the file has, and seconds for each gigabyte.
    ///
    /// # Errors
    /// As the file says.
    pub fn compact(&mut self) -> Result<(), VaultError> {
        schema::checkpoint(&self.db)?;
        self.db.execute_batch("VACUUM")?;
        schema::checkpoint(&self.db)?;
        self.db.execute("UPDATE erased SET wiped = 1 WHERE wiped = 0", [])?;
        self.db.execute("UPDATE forgotten SET wiped = 1 WHERE wiped = 0", [])?;
        Ok(())
    }
}

pub(crate) fn master_id(name: &str) -> Result<MasterId, VaultError> {
    name.parse().map_err(|_| VaultError::damaged("a master key has no id"))
}

fn short_answer() -> VaultError {
    let detail = "the master keys answered for another number of keys than they were asked for".to_owned();
    VaultError::Bug { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_it_behind_a_mutex() {
        fn shared<T: Send + Sync>() {}
        shared::<std::sync::Mutex<Vault>>();
    }
}
