//! The tables of the outbox's file, its connection and its lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::ExchangeError;
use crate::error::file_error;

/// Marks the file as ours: "szex" in ASCII.
const APPLICATION_ID: i32 = 0x737a_6578;
/// The version of the file, as its header says.
pub const VERSION: i32 = 1;

/// `message.at` is of its state: when it is sent next, was delivered, died, was dropped. `told.verdict` is empty where
/// only the record is known.
const TABLES: &str = "
    CREATE TABLE position (
        log TEXT NOT NULL,
        partition INTEGER NOT NULL,
        next INTEGER NOT NULL,
        PRIMARY KEY (log, partition)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE endpoint (
        id TEXT PRIMARY KEY,
        department TEXT NOT NULL,
        url TEXT NOT NULL,
        configured INTEGER NOT NULL,
        gone INTEGER,
        paused_until INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE voice (
        fact BLOB NOT NULL,
        item BLOB NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (fact, item)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX voice_item ON voice (item);
    CREATE TABLE told (fact BLOB PRIMARY KEY, told TEXT NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE message (
        endpoint TEXT NOT NULL,
        id TEXT NOT NULL,
        content TEXT NOT NULL,
        request BLOB,
        taken_in INTEGER NOT NULL,
        state TEXT NOT NULL,
        at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        PRIMARY KEY (endpoint, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX message_state ON message (state, endpoint, at);
    CREATE INDEX message_request ON message (request) WHERE request IS NOT NULL;
    CREATE TABLE attempt (
        number INTEGER PRIMARY KEY,
        endpoint TEXT NOT NULL,
        message TEXT NOT NULL,
        at INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        status INTEGER,
        fault TEXT
    ) STRICT;
    CREATE INDEX attempt_message ON attempt (endpoint, message);
    CREATE TABLE delivered_request (request BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/// Held by the process that sends, until it is dropped. The system releases it however the process ends.
pub(crate) fn lock(path: &Path) -> Result<File, ExchangeError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let path = Path::new(&name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(path).map_err(|error| file_error(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ExchangeError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(file_error(path, &error)),
    }
}

/// Opens the file, and makes it for its owner only if it is missing.
pub(crate) fn open(path: &Path) -> Result<Connection, ExchangeError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(file_error(path, &error)),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    // Looked at before anything is set: the settings would already change the file of somebody else.
    let is_new = is_new(&db, path)?;
    db.set_prepared_statement_cache_capacity(64);
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")?;
    if is_new {
        let transaction = begin(&mut db)?;
        transaction.execute_batch(TABLES)?;
        let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
        transaction.execute_batch(&marks)?;
        transaction.commit()?;
    }
    Ok(db)
}

/// True for a database with nothing in it yet, false for an outbox; refuses what is neither.
fn is_new(db: &Connection, path: &Path) -> Result<bool, ExchangeError> {
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i32>(0));
    let detail = match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (APPLICATION_ID, VERSION) => return Ok(false),
        (APPLICATION_ID, other) => {
            format!("it has format {other}, this program knows {VERSION}; use the program that wrote it")
        }
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => return Ok(true),
        _ => "it is the database of another program; name another file".to_owned(),
    };
    Err(ExchangeError::CannotOpen { path: path.to_owned(), detail })
}

pub(crate) fn begin(db: &mut Connection) -> Result<Transaction<'_>, ExchangeError> {
    Ok(db.transaction_with_behavior(TransactionBehavior::Immediate)?)
}
