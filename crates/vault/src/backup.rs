//! Backup of the keys of people and households.
//!
//! The file: `SANZAOVK`, a version, the check of the index key, the time; then items, each a length of four bytes
//! (big-endian) and postcard; then HMAC-SHA-256 over all before it. It is of use only with the master keys.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use hmac::Mac;
use rusqlite::Connection;
use sanzao_model::{HouseholdId, Instant, PersonId};
use serde::{Deserialize, Serialize};

use crate::erase::Erased;
use crate::error::file_error;
use crate::index::KeyedState;
use crate::{Vault, VaultError, schema};

pub(crate) const MAGIC: &[u8; 9] = b"SANZAOVK\x02";
/// Households came with version 2; what has none is read as before.
pub(crate) const VERSIONS: [u8; 2] = [1, 2];
pub(crate) const MAC_BYTES: u64 = 32;
pub(crate) const MOST_ITEM_BYTES: usize = 1 << 20;

/// In the file erasures stand before keys, and the end, which says that nothing was cut off, last. The order of variants
/// is that of their codes in the file.
#[derive(Serialize, Deserialize)]
pub(crate) enum Item {
    Master {
        row: i64,
        name: String,
        probe: Vec<u8>,
    },
    Erased(Erased),
    Person {
        id: PersonId,
        suite: u8,
        master: i64,
        wrapped: Vec<u8>,
    },
    /// How many keys there are.
    End {
        people: u64,
    },
    Forgotten {
        household: HouseholdId,
        at: Instant,
    },
    Household {
        id: HouseholdId,
        suite: u8,
        master: i64,
        wrapped: Vec<u8>,
    },
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
    /// Writes the wrapped keys of all people and households and the erasures to a file (mode 0600), whole or not at all, and notes
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

    /// Copies the vault's file (mode 0600) without the keys of people and households. With [`Vault::restore_keys`] it is a vault
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
             DELETE FROM person; DELETE FROM household; VACUUM;",
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
        for (household, at) in self.forgotten()? {
            writer.item(&Item::Forgotten { household, at }).map_err(failed)?;
        }
        let mut people = 0;
        let mut keys = self.db.prepare("SELECT id, suite, master, wrapped FROM person ORDER BY id")?;
        let mut rows = keys.query([])?;
        while let Some(row) = rows.next()? {
            let (id, suite, master) = (PersonId(row.get(0)?), row.get(1)?, row.get(2)?);
            writer.item(&Item::Person { id, suite, master, wrapped: row.get(3)? }).map_err(failed)?;
            people += 1;
        }
        let mut keys = self.db.prepare("SELECT id, suite, master, wrapped FROM household ORDER BY id")?;
        let mut rows = keys.query([])?;
        while let Some(row) = rows.next()? {
            let (id, suite, master) = (HouseholdId(row.get(0)?), row.get(1)?, row.get(2)?);
            writer.item(&Item::Household { id, suite, master, wrapped: row.get(3)? }).map_err(failed)?;
            people += 1;
        }
        writer.item(&Item::End { people }).map_err(failed)?;
        let mac = writer.mac.clone().finalize().into_bytes();
        writer.file.write_all(&mac).and_then(|()| writer.file.flush()).map_err(failed)?;
        drop(writer);
        file.sync_all().map_err(failed)?;
        Ok(people)
    }
}
