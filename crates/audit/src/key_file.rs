//! The tables of the key store, its one connection and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::AuditError;
use crate::error::file_error;
use crate::head::Head;
use crate::key::NodeKeys;

/// Marks the file as ours: "szau" in ASCII.
const APPLICATION_ID: i32 = 0x737a_6175;
/// The version of the file, as its header says.
pub const VERSION: i32 = 1;

/// Keys lie in the order in which they were made, which keeps writing and reading fast, whatever pseudonyms come. What is
/// forgotten keeps its handle, so that its entries can say that they are erased.
const TABLES: &str = "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE key (
        number INTEGER PRIMARY KEY,
        tag BLOB NOT NULL,
        person BLOB NOT NULL UNIQUE,
        wrapped BLOB NOT NULL
    ) STRICT;
    CREATE TABLE forgotten (
        handle BLOB PRIMARY KEY,
        at INTEGER NOT NULL,
        wiped INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;";

/// Held by the process that keeps the record, until it is dropped. The system releases it however the process ends.
pub(crate) fn lock(path: &Path) -> Result<File, AuditError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).map_err(|error| file_error(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AuditError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(file_error(&path, &error)),
    }
}

/// Opens the file, and makes it for its owner only if it is missing; SQLite gives the files beside it its mode.
pub(crate) fn open(path: &Path, node: &str, keys: &NodeKeys) -> Result<Connection, AuditError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(file_error(path, &error)),
        _ => {}
    }
    // One thread at a time: the connection lies behind a mutex.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    // Looked at before anything is set: the settings would already change the file of somebody else.
    let is_new = is_new(&db, path)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -32768;",
    )?;
    if is_new {
        create(&mut db, node, keys)?;
    }
    if meta(&db, "node")? != node.as_bytes() {
        let detail = "it belongs to another node; give the key store of this one".to_owned();
        return Err(AuditError::CannotOpen { path: path.to_owned(), detail });
    }
    if meta(&db, "check")? != keys.store_mac(*b"chck", &[]) {
        return Err(AuditError::WrongKey { path: path.to_owned() });
    }
    Ok(db)
}

/// True for a database with nothing in it yet, false for a key store; refuses what is neither.
fn is_new(db: &Connection, path: &Path) -> Result<bool, AuditError> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i32>(0));
    let detail = match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION_ID, VERSION) => return Ok(false),
        (APPLICATION_ID, other) => {
            format!("it has format {other}, this program knows {VERSION}; use the program that wrote it")
        }
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => return Ok(true),
        _ => "it is the database of another program, or damaged; restore the newest copy".to_owned(),
    };
    Err(AuditError::CannotOpen { path: path.to_owned(), detail })
}

fn create(db: &mut Connection, node: &str, keys: &NodeKeys) -> Result<(), AuditError> {
    let transaction = begin(db)?;
    transaction.execute_batch(TABLES)?;
    set_meta(&transaction, "node", node.as_bytes())?;
    set_meta(&transaction, "check", &keys.store_mac(*b"chck", &[]))?;
    store_mark(&transaction, keys, Head::START)?;
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
    transaction.execute_batch(&marks)?;
    Ok(transaction.commit()?)
}

pub(crate) fn begin(db: &mut Connection) -> Result<Transaction<'_>, AuditError> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn meta(db: &Connection, name: &str) -> Result<Vec<u8>, AuditError> {
    let mut select = db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let found = select.query_row([name], |row| row.get(0)).optional()?;
    found.ok_or_else(|| AuditError::damaged(format!("{name} is missing")))
}

fn set_meta(db: &Connection, name: &str, value: &[u8]) -> Result<(), AuditError> {
    let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    db.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

/// Number and hash of the newest record, kept apart from the log so that taking away the newest is noticed.
pub(crate) fn mark(db: &Connection, keys: &NodeKeys) -> Result<Head, AuditError> {
    let bytes = meta(db, "mark")?;
    let wrong = || AuditError::damaged("the end mark does not fit");
    let (body, mac) = bytes.split_at_checked(40).ok_or_else(wrong)?;
    if mac != keys.store_mac(*b"mark", body) {
        return Err(wrong());
    }
    Head::from_bytes(body).ok_or_else(wrong)
}

pub(crate) fn store_mark(db: &Connection, keys: &NodeKeys, head: Head) -> Result<(), AuditError> {
    let body = head.to_bytes();
    set_meta(db, "mark", &[&body[..], &keys.store_mac(*b"mark", &body)].concat())
}

/// Copies what was written into the file itself and empties the log beside it.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), AuditError> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(AuditError::Busy { detail: "its log cannot be emptied".to_owned() }) }
}
