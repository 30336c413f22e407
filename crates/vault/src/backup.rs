//! Backup and restore of the keys of people.
//!
//! The file: `SANZAOVK`, a version, the check of the index key, the time; then items, each a length of four bytes
//! (big-endian) and postcard; then HMAC-SHA-256 over all before it. It is of use only with the master keys.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hmac::Mac;
use rusqlite::{Connection, params};
use sanzao_model::{Instant, PersonId};
use serde::{Deserialize, Serialize};

use crate::erase::{Erased, delete, store};
use crate::error::file_error;
use crate::index::KeyedState;
use crate::vault::master_id;
use crate::{Suite, Vault, VaultError, schema};

const MAGIC: &[u8; 9] = b"SANZAOVK\x01";
const MAC_BYTES: u64 = 32;
const MOST_ITEM_BYTES: usize = 1 << 20;

/// In the file in this order; the end says that nothing was cut off.
#[derive(Serialize, Deserialize)]
enum Item {
    Master { row: i64, name: String, probe: Vec<u8> },
    Erased(Erased),
    Person { id: PersonId, suite: u8, master: i64, wrapped: Vec<u8> },
    End { people: u64 },
}

/// What restoring keys changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restored {
    /// Keys that are back.
    pub keys: u64,
    /// Keys that were here already and stay as they are.
    pub present: u64,
    /// Keys of people who have been erased since: they are not restored.
    pub erased: u64,
    /// People whose values lay in this file although they were erased: deleted now.
    pub erased_here: u64,
}

struct Writer<'a> {
    file: BufWriter<&'a File>,
    mac: KeyedState,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.mac.update(bytes);
        self.file.write_all(bytes)
    }

    fn item(&mut self, item: &Item) -> std::io::Result<()> {
        let bytes = postcard::to_stdvec(item).expect("postcard writes plain structures");
        self.bytes(&(bytes.len() as u32).to_be_bytes())?;
        self.bytes(&bytes)
    }
}

impl Vault {
    /// Writes the wrapped keys of all people and the erasures to a file (mode 0600), whole or not at all, and notes
    /// that it was made. How many keys it holds is returned.
    ///
    /// As long as such a file and a copy of the vault's file lie somewhere, an erasure after them can be undone by who
    /// has the master key: keep few, and destroy the old ones.
    ///
    /// # Errors
    /// [`VaultError::Full`], [`VaultError::CannotOpen`], [`VaultError::Damaged`].
    pub fn backup_keys(&mut self, path: &Path, now: Instant) -> Result<u64, VaultError> {
        // Noted first: an erasure must name a backup that was made, even if one too many.
        self.db.execute("INSERT INTO key_backup (at) VALUES (?1)", [now.0])?;
        let part = schema::beside(path, ".part");
        let written = self.write_keys(&part, now);
        let renamed = written.and_then(|people| {
            fs::rename(&part, path).map_err(|error| file_error(path, &error))?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
            folder.map_err(|error| file_error(path, &error))?;
            Ok(people)
        });
        if renamed.is_err() {
            let _ = fs::remove_file(&part);
        }
        renamed
    }

    /// Copies the vault's file (mode 0600) without the keys of people. With [`Vault::restore_keys`] it is a vault
    /// again; without, nobody can read it. Such copies may be kept long: an erasure is complete once the last backup
    /// of keys from before it is destroyed.
    ///
    /// # Errors
    /// [`VaultError::CannotOpen`], also if `path` exists; [`VaultError::Full`], [`VaultError::Damaged`].
    pub fn copy_without_keys(&self, path: &Path) -> Result<(), VaultError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(path).map_err(|error| file_error(path, &error))?;
        let copied = self.copy_and_strip(path);
        if copied.is_err() {
            let _ = fs::remove_file(path);
        }
        copied
    }

    fn copy_and_strip(&self, path: &Path) -> Result<(), VaultError> {
        let bug = || VaultError::Bug { detail: "the path of a copy is no UTF-8".to_owned() };
        self.db.execute("VACUUM INTO ?1", [path.to_str().ok_or_else(bug)?])?;
        let copy = Connection::open(path)?;
        // No journal on the disk: the keys would lie in it.
        copy.execute_batch(
            "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
             DELETE FROM person; VACUUM;",
        )?;
        copy.close().map_err(|(_, error)| error)?;
        File::open(path).and_then(|file| file.sync_all()).map_err(|error| file_error(path, &error))
    }

    fn write_keys(&self, path: &Path, now: Instant) -> Result<u64, VaultError> {
        let failed = |error: std::io::Error| file_error(path, &error);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(path).map_err(failed)?;
        let mut writer = Writer { file: BufWriter::new(&file), mac: self.index.backup.clone() };
        writer.bytes(MAGIC).map_err(failed)?;
        writer.bytes(&self.index.check()).map_err(failed)?;
        writer.bytes(&now.0.to_be_bytes()).map_err(failed)?;
        let mut masters = self.db.prepare("SELECT id, name, probe FROM master")?;
        let mut rows = masters.query([])?;
        while let Some(row) = rows.next()? {
            let item = Item::Master { row: row.get(0)?, name: row.get(1)?, probe: row.get(2)? };
            writer.item(&item).map_err(failed)?;
        }
        for erased in self.erasures() {
            writer.item(&Item::Erased(erased)).map_err(failed)?;
        }
        let mut people = 0;
        let mut keys = self.db.prepare("SELECT id, suite, master, wrapped FROM person ORDER BY id")?;
        let mut rows = keys.query([])?;
        while let Some(row) = rows.next()? {
            let (id, suite, master) = (PersonId(row.get(0)?), row.get(1)?, row.get(2)?);
            writer.item(&Item::Person { id, suite, master, wrapped: row.get(3)? }).map_err(failed)?;
            people += 1;
        }
        writer.item(&Item::End { people }).map_err(failed)?;
        let mac = writer.mac.clone().finalize().into_bytes();
        writer.file.write_all(&mac).and_then(|()| writer.file.flush()).map_err(failed)?;
        drop(writer);
        file.sync_all().map_err(failed)?;
        Ok(people)
    }

    /// Puts back the keys of a backup. It never overwrites a key that is here.
    ///
    /// Erasures that this file, the backup or `erased_since` knows are applied first: the key of an erased person does
    /// not come back, and what this file holds of somebody whose erasure it did not know is deleted, even if some of
    /// it was stated later. So restore keys before reading `identities` on. Where the vault's file was lost, those
    /// who were erased after the backup are known elsewhere only: name them in `erased_since`.
    ///
    /// # Errors
    /// [`VaultError::Backup`], [`VaultError::WrongIndexKey`], [`VaultError::WrongMaster`], [`VaultError::Master`],
    /// [`VaultError::Full`]: then nothing is changed, unless only the wiping of what was deleted is missing, as
    /// [`crate::Status::unwiped`] tells.
    pub fn restore_keys(&mut self, path: &Path, erased_since: &[Erased]) -> Result<Restored, VaultError> {
        let size = self.check_backup(path)?;
        let mut masters = HashMap::new();
        let mut in_backup = BTreeMap::new();
        each_item(path, size, |item| {
            match item {
                Item::Master { row, name, probe } => _ = masters.insert(row, (name, probe)),
                Item::Erased(erased) => _ = in_backup.insert(erased.person, erased),
                Item::Person { .. } | Item::End { .. } => {}
            }
            Ok(())
        })?;
        let rows = self.masters_of_backup(path, size, masters)?;
        let news = self.unknown_erasures(in_backup.values().chain(erased_since));
        let mut erased = self.erased.clone();
        erased.extend(news.iter().map(|erased| (erased.person, erased.clone())));
        let mut restored = Restored::default();

        let transaction = schema::begin(&mut self.db)?;
        for erased in &news {
            let (erasure, _) = delete(&transaction, erased.clone())?;
            restored.erased_here += u64::from(erasure.key || erasure.erased.values > erased.values);
            store(&transaction, &self.index, &erasure.erased)?;
        }
        each_item(path, size, |item| {
            let Item::Person { id, suite, master, wrapped } = item else { return Ok(()) };
            // With its erasure in the backup, the key is one that the person got afterwards.
            let erased_since = erased.get(&id).map(|erased| &erased.before)
                != in_backup.get(&id).map(|erased: &Erased| &erased.before);
            if erased_since {
                restored.erased += 1;
                return Ok(());
            }
            let added = insert_key(&transaction, id, suite, rows[&master], &wrapped)?;
            *(if added { &mut restored.keys } else { &mut restored.present }) += 1;
            Ok(())
        })?;
        transaction.commit()?;
        news.into_iter().for_each(|erased| self.forget(erased));
        self.keys.clear();
        self.known.clear();
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
        if head[8] != MAGIC[8] {
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
        let mut used = std::collections::BTreeSet::new();
        each_item(path, size, |item| {
            if let Item::Person { master, .. } = item {
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

fn insert_key(
    db: &Connection,
    id: PersonId,
    suite: u8,
    master: i64,
    wrapped: &[u8],
) -> Result<bool, VaultError> {
    Suite::of_code(suite).ok_or_else(|| VaultError::damaged("a key of no known suite"))?;
    let sql = "INSERT INTO person VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    Ok(db.prepare_cached(sql)?.execute(params![id.0, suite, master, wrapped])? > 0)
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
                count += u64::from(matches!(item, Item::Person { .. }));
                take(item)?;
            }
        }
    }
}
