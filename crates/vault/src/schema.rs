//! The tables of the vault's file, its one connection and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params};

use crate::VaultError;
use crate::access::Head;
use crate::error::file_error;
use crate::index::Index;

/// Marks the file as ours: "szva" in ASCII.
const APPLICATION_ID: i32 = 0x737a_7661;
/// The version of the file, as its header says.
pub const VERSION: i32 = 2;

/// Format 1. What came later is added to it, for a new file too, so that old and new files are the same.
const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE master (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, probe BLOB NOT NULL) STRICT;
    CREATE TABLE person (
        id BLOB PRIMARY KEY,
        suite INTEGER NOT NULL,
        master INTEGER NOT NULL,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE value (
        person BLOB NOT NULL,
        kind INTEGER NOT NULL,
        tag BLOB NOT NULL,
        sealed BLOB NOT NULL,
        blind BLOB,
        sources BLOB NOT NULL,
        mac BLOB NOT NULL,
        PRIMARY KEY (person, kind, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX value_blind ON value (blind) WHERE blind IS NOT NULL;
    CREATE TABLE position (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL, mac BLOB NOT NULL) STRICT;
    CREATE TABLE erased (
        person BLOB PRIMARY KEY,
        body BLOB NOT NULL,
        mac BLOB NOT NULL,
        wiped INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE access (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        purpose TEXT NOT NULL,
        act INTEGER NOT NULL,
        query BLOB,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE access_of (
        person BLOB NOT NULL,
        access INTEGER NOT NULL,
        PRIMARY KEY (person, access)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX access_of_access ON access_of (access);
    CREATE TABLE key_backup (number INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    CREATE TRIGGER access_stays BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER access_is_final BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER access_of_stays BEFORE DELETE ON access_of BEGIN SELECT RAISE(ABORT, 'append only'); END;
    CREATE TRIGGER access_of_is_final BEFORE UPDATE ON access_of BEGIN SELECT RAISE(ABORT, 'append only'); END;";

/// Format 2: attachments, and households that hold some. The content stands last in its row: what is before it is read
/// without it.
const TABLES_2: &str = "
    CREATE TABLE household (
        id BLOB PRIMARY KEY,
        suite INTEGER NOT NULL,
        master INTEGER NOT NULL,
        wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE attachment (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        holder_kind INTEGER NOT NULL,
        holder BLOB NOT NULL,
        media INTEGER NOT NULL,
        at INTEGER NOT NULL,
        size INTEGER NOT NULL,
        name BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX attachment_holder ON attachment (holder_kind, holder, size);
    CREATE TABLE forgotten (
        household BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        mac BLOB NOT NULL,
        wiped INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE access ADD COLUMN household BLOB;
    ALTER TABLE access ADD COLUMN attachment BLOB;";

/// A path beside the vault's file: its name and a suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Held by the process that writes, until it is dropped. The system releases it however the process ends.
pub(crate) fn lock(path: &Path) -> Result<File, VaultError> {
    let path = beside(path, ".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(|error| file_error(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(VaultError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(file_error(&path, &error)),
    }
}

/// Opens the file, and creates it for its owner only if it is missing; SQLite gives the files beside it its mode.
pub(crate) fn open(path: &Path, index: &Index) -> Result<Connection, VaultError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(file_error(path, &error)),
        _ => {}
    }
    // A Vault is used by one thread at a time: its methods take it mutably.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    // Looked at before anything is set: the settings would already change the file of somebody else.
    let found = found(&db, path)?;
    db.set_prepared_statement_cache_capacity(64);
    // New people lie all over the tables: a log of 64 MiB copies a page into the file once for several batches.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 16384;
         PRAGMA journal_size_limit = 134217728;
         PRAGMA cache_size = -65536;",
    )?;
    if found == Found::Nothing {
        create(&mut db, index)?;
    }
    let check: Vec<u8> = meta(&db, "index-check")?;
    if check != index.check() {
        return Err(VaultError::WrongIndexKey { path: path.to_owned() });
    }
    if found == Found::Format1 {
        migrate(&mut db)?;
    }
    Ok(db)
}

/// What a file holds that is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Format1,
    Current,
}

/// Refuses what is neither a vault nor a database with nothing in it yet.
fn found(db: &Connection, path: &Path) -> Result<Found, VaultError> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i32>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let detail = match (application, version) {
        (APPLICATION_ID, VERSION) => return Ok(Found::Current),
        (APPLICATION_ID, 1) => return Ok(Found::Format1),
        (APPLICATION_ID, other) => {
            format!("it has format {other}, this program knows {VERSION}; use the program that wrote it")
        }
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => return Ok(Found::Nothing),
        _ => "it is the database of another program, or damaged; restore the newest copy".to_owned(),
    };
    Err(VaultError::CannotOpen { path: path.to_owned(), detail })
}

fn create(db: &mut Connection, index: &Index) -> Result<(), VaultError> {
    let transaction = begin(db)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(TABLES_2)?;
    set_meta(&transaction, "index-check", &index.check())?;
    Head::START.store(&transaction, index)?;
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
    transaction.execute_batch(&marks)?;
    Ok(transaction.commit()?)
}

/// Brings a file of format 1 to the current one, at once or not at all: it holds what cannot be had again. The program
/// that wrote it then refuses it.
fn migrate(db: &mut Connection) -> Result<(), VaultError> {
    let transaction = begin(db)?;
    transaction.execute_batch(TABLES_2)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {VERSION};"))?;
    Ok(transaction.commit()?)
}

pub(crate) fn begin(db: &mut Connection) -> Result<Transaction<'_>, VaultError> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

pub(crate) fn meta(db: &Connection, name: &str) -> Result<Vec<u8>, VaultError> {
    let found = db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0));
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(VaultError::damaged(format!("{name} is missing"))),
        found => Ok(found?),
    }
}

pub(crate) fn set_meta(db: &Connection, name: &str, value: &[u8]) -> Result<(), VaultError> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

/// Copies what was written into the file itself and empties the log beside it.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), VaultError> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(VaultError::Busy { detail: "its log cannot be emptied".to_owned() }) }
}
