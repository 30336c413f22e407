//! Putting back the keys of a backup, and nobody who was erased.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use hmac::Mac;
use rusqlite::Transaction;
use sanzao_model::{HouseholdId, Instant, PersonId, SubjectId};

use crate::backup::{Item, MAC_BYTES, MAGIC, MOST_ITEM_BYTES, VERSIONS};
use crate::erase::{Erased, delete, store};
use crate::error::file_error;
use crate::forget::{self, delete_household};
use crate::holder::insert_key;
use crate::index::Index;
use crate::vault::master_id;
use crate::{Suite, Vault, VaultError, schema};

/// What restoring keys changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restored {
    /// Keys that are back.
    pub keys: u64,
    /// Keys that were here already and stay as they are.
    pub present: u64,
    /// Keys of people who have been erased since, of households forgotten since: they are not restored.
    pub erased: u64,
    /// People and households of whom something lay in this file although they were erased: deleted now.
    pub erased_here: u64,
}

/// Who was erased and forgotten, as a file knows it.
#[derive(Default)]
struct Gone {
    erased: HashMap<PersonId, Erased>,
    forgotten: HashMap<HouseholdId, Instant>,
}

impl Gone {
    /// Whether a key that is there is wanted here: with its erasure in the backup, it is one that its holder got
    /// afterwards.
    fn is_same_for(&self, holder: SubjectId, there: &Gone) -> bool {
        match holder {
            SubjectId::Person(person) => {
                let before = |gone: &Gone| gone.erased.get(&person).map(|erased| erased.before.clone());
                before(self) == before(there)
            }
            SubjectId::Household(household) => {
                self.forgotten.get(&household) == there.forgotten.get(&household)
            }
        }
    }
}

impl Vault {
    /// Puts back the keys of a backup. It never overwrites a key that is here.
    ///
    /// Erasures that this file, the backup or `erased_since` knows are applied first: the key of an erased person does
    /// not come back, and what this file holds of somebody whose erasure it did not know is deleted, even if some of
    /// it was stated later. So restore keys before reading `identities` on. Where the vault's file was lost, those
    /// who were erased after the backup are known elsewhere only: name them in `erased_since`, and forget households
    /// again that were forgotten after it.
    ///
    /// # Errors
    /// [`VaultError::Backup`], [`VaultError::WrongIndexKey`], [`VaultError::WrongMaster`], [`VaultError::Master`],
    /// [`VaultError::Full`]: then nothing is changed, unless only the wiping of what was deleted is missing, as
    /// [`crate::Status::unwiped`] tells.
    pub fn restore_keys(&mut self, path: &Path, erased_since: &[Erased]) -> Result<Restored, VaultError> {
        let size = self.check_backup(path)?;
        let mut masters = HashMap::new();
        let mut there = Gone::default();
        each_item(path, size, |item| {
            match item {
                Item::Master { row, name, probe } => _ = masters.insert(row, (name, probe)),
                Item::Erased(erased) => _ = there.erased.insert(erased.person, erased),
                Item::Forgotten { household, at } => _ = there.forgotten.insert(household, at),
                Item::Person { .. } | Item::Household { .. } | Item::End { .. } => {}
            }
            Ok(())
        })?;
        let rows = self.masters_of_backup(path, size, masters)?;
        let news = self.unknown_erasures(there.erased.values().chain(erased_since));
        let mut here = Gone { forgotten: self.forgotten()?.into_iter().collect(), ..Gone::default() };
        here.erased.extend(self.erased.iter().map(|(person, erased)| (*person, erased.clone())));
        here.erased.extend(news.iter().map(|erased| (erased.person, erased.clone())));
        let transaction = schema::begin(&mut self.db)?;
        let erased_here = delete_gone(&transaction, &self.index, &news, &there, &mut here)?;
        let mut restored = Restored { erased_here, ..Restored::default() };
        each_item(path, size, |item| {
            let (holder, suite, master, wrapped) = match item {
                Item::Person { id, suite, master, wrapped } => {
                    (SubjectId::Person(id), suite, master, wrapped)
                }
                Item::Household { id, suite, master, wrapped } => {
                    (SubjectId::Household(id), suite, master, wrapped)
                }
                _ => return Ok(()),
            };
            if !here.is_same_for(holder, &there) {
                restored.erased += 1;
                return Ok(());
            }
            Suite::of_code(suite).ok_or_else(|| VaultError::damaged("a key of no known suite"))?;
            let added = insert_key(&transaction, holder, suite, rows[&master], &wrapped)?;
            *(if added { &mut restored.keys } else { &mut restored.present }) += 1;
            Ok(())
        })?;
        transaction.commit()?;
        news.into_iter().for_each(|erased| self.forget(erased));
        self.keys.clear();
        self.known.clear();
        self.masks.clear();
        if self.status()?.unwiped > 0 {
            self.compact()?;
        }
        Ok(restored)
    }

    /// Reads the whole backup once: damage and another index key are told apart, and its size without the MAC.
    fn check_backup(&self, path: &Path) -> Result<u64, VaultError> {
        let failed = |error: std::io::Error| file_error(path, &error);
        let bad = |detail: &str| VaultError::Backup { path: path.to_owned(), detail: detail.to_owned() };
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len().checked_sub(MAC_BYTES);
        let mut reader = BufReader::new(file);
        let mut head = [0; 9 + 16];
        reader.read_exact(&mut head).map_err(|_| bad("it is too short"))?;
        let size = size.ok_or_else(|| bad("it is too short"))?;
        if head[..8] != MAGIC[..8] {
            return Err(bad("it is no backup of keys"));
        }
        if !VERSIONS.contains(&head[8]) {
            return Err(bad("another version wrote it"));
        }
        if head[9..] != self.index.check() {
            return Err(VaultError::WrongIndexKey { path: path.to_owned() });
        }
        let mut mac = self.index.backup.clone();
        mac.update(&head);
        let mut left = size.checked_sub(head.len() as u64).ok_or_else(|| bad("it is too short"))?;
        let mut buffer = vec![0; 1 << 16];
        while left > 0 {
            let part = left.min(buffer.len() as u64) as usize;
            reader.read_exact(&mut buffer[..part]).map_err(failed)?;
            mac.update(&buffer[..part]);
            left -= part as u64;
        }
        let mut expected = [0; MAC_BYTES as usize];
        reader.read_exact(&mut expected).map_err(failed)?;
        mac.verify(&expected.into()).map_err(|_| bad("it is damaged or cut off: use another"))?;
        Ok(size)
    }

    /// The row here of each master key there that wraps a key; a key that does not fit is an error.
    fn masters_of_backup(
        &self,
        path: &Path,
        size: u64,
        masters: HashMap<i64, (String, Vec<u8>)>,
    ) -> Result<HashMap<i64, i64>, VaultError> {
        let mut rows = HashMap::new();
        let mut used = BTreeSet::new();
        each_item(path, size, |item| {
            if let Item::Person { master, .. } | Item::Household { master, .. } = item {
                used.insert(master);
            }
            Ok(())
        })?;
        for row in used {
            let missing = || VaultError::Backup {
                path: path.to_owned(),
                detail: "it names a master key that it does not list".to_owned(),
            };
            let (name, probe) = masters.get(&row).ok_or_else(missing)?;
            let id = master_id(name)?;
            self.check_probe(&id, probe)?;
            rows.insert(row, self.master_row(&id)?);
        }
        Ok(rows)
    }

    /// Those erasures that reach further than what this file knows, joined with what it knows.
    fn unknown_erasures<'a>(&self, erasures: impl Iterator<Item = &'a Erased>) -> Vec<Erased> {
        let mut news: BTreeMap<PersonId, Erased> = BTreeMap::new();
        for erased in erasures {
            let known = news.get(&erased.person).or_else(|| self.erased.get(&erased.person));
            let both = known.map_or(erased.clone(), |known| known.union(erased));
            if known.is_none_or(|known| known.before != both.before) {
                news.insert(erased.person, both);
            }
        }
        news.into_values().collect()
    }
}

/// Deletes whom a backup knows to be erased or forgotten and this file does not; how many of them it held.
fn delete_gone(
    db: &Transaction<'_>,
    index: &Index,
    news: &[Erased],
    there: &Gone,
    here: &mut Gone,
) -> Result<u64, VaultError> {
    let mut held = 0;
    for erased in news {
        let (erasure, _) = delete(db, erased.clone())?;
        let had_values = erasure.key || erasure.erased.values > erased.values;
        held += u64::from(had_values || erasure.files + erasure.reports > 0);
        store(db, index, &erasure.erased)?;
    }
    for (household, at) in &there.forgotten {
        if here.forgotten.get(household).is_none_or(|known| known < at) {
            let (key, deleted, _) = delete_household(db, *household)?;
            held += u64::from(key || deleted.files + deleted.reports > 0);
            forget::store(db, index, *household, *at)?;
            here.forgotten.insert(*household, *at);
        }
    }
    Ok(held)
}

/// Reads the items of a backup that was checked before.
fn each_item(
    path: &Path,
    size: u64,
    mut take: impl FnMut(Item) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let bad = || VaultError::Backup { path: path.to_owned(), detail: "an item cannot be read".to_owned() };
    let file = File::open(path).map_err(|error| file_error(path, &error))?;
    let mut reader = BufReader::new(file).take(size);
    let mut head = [0; 9 + 16 + 8];
    reader.read_exact(&mut head).map_err(|_| bad())?;
    let mut count = 0;
    loop {
        let mut length = [0; 4];
        reader.read_exact(&mut length).map_err(|_| bad())?;
        let length = u32::from_be_bytes(length) as usize;
        if length > MOST_ITEM_BYTES {
            return Err(bad());
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).map_err(|_| bad())?;
        match postcard::from_bytes(&bytes).map_err(|_| bad())? {
            Item::End { people } if people == count => return Ok(()),
            Item::End { .. } => return Err(bad()),
            item => {
                count += u64::from(matches!(item, Item::Person { .. } | Item::Household { .. }));
                take(item)?;
            }
        }
    }
}
