//! The tables of the embedded journal, its connections, and what is kept of them in memory.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, params};

use super::headers;
use crate::{JournalError, Record, Stream, Topic, TopicDifference, TopicLayout};

/// Marks the file as ours: "sanz" in ASCII.
const APPLICATION_ID: i32 = 0x7361_6e7a;
/// The version of the file, as its header says.
pub const VERSION: i32 = 2;

const TABLES: &str = "
    CREATE TABLE topic (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE stream (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL REFERENCES topic (name),
        partition INTEGER NOT NULL,
        claim INTEGER NOT NULL DEFAULT 0,
        begins INTEGER NOT NULL DEFAULT 0,
        UNIQUE (topic, partition)
    ) STRICT;
    CREATE TABLE position (
        consumer TEXT NOT NULL,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        offset INTEGER NOT NULL,
        PRIMARY KEY (consumer, topic, partition)
    ) STRICT, WITHOUT ROWID;";

/// Where a stream ends, and under whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    pub(super) id: i64,
    /// The first offset that has not expired.
    pub(super) begin: u64,
    pub(super) end: u64,
    pub(super) claim: u64,
}

impl Tail {
    pub(super) fn table(&self) -> String {
        format!("record_{}", self.id)
    }
}

/// The topics and the tails of their streams.
#[derive(Debug, Default)]
pub(super) struct Layout {
    partitions: HashMap<Topic, u32>,
    tails: HashMap<Stream, Tail>,
}

impl Layout {
    pub(super) fn partitions(&self, topic: &Topic) -> Result<u32, JournalError> {
        self.partitions.get(topic).copied().ok_or_else(|| JournalError::UnknownTopic { topic: topic.clone() })
    }

    /// In what it is not as it is wanted.
    pub(super) fn differences(&self, wanted: &[TopicLayout]) -> Vec<TopicDifference> {
        let mut differences = Vec::new();
        for TopicLayout { topic, partitions, .. } in wanted {
            let (topic, wanted) = (topic.clone(), *partitions);
            match self.partitions.get(&topic) {
                Some(found) if *found == wanted => {}
                Some(found) => {
                    differences.push(TopicDifference::Partitions { topic, wanted, found: *found });
                }
                None if wanted == 0 => {
                    differences.push(TopicDifference::Partitions { topic, wanted, found: 1 })
                }
                None => differences.push(TopicDifference::Missing { topic }),
            }
        }
        differences
    }

    pub(super) fn tail(&self, stream: &Stream) -> Result<&Tail, JournalError> {
        let partitions = self.partitions(&stream.topic)?;
        let missing = || JournalError::UnknownPartition { stream: stream.clone(), partitions };
        self.tails.get(stream).ok_or_else(missing)
    }

    pub(super) fn set_tail(&mut self, stream: &Stream, tail: Tail) {
        if let Some(present) = self.tails.get_mut(stream) {
            *present = tail;
        }
    }
}

pub(super) fn open_writer(database: &Path) -> Result<Connection, JournalError> {
    create_file(database)?;
    let mut connection = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Looked at before anything is set: the settings would already change the file of somebody else.
    let is_new = is_new(&connection, database)?;
    connection.set_prepared_statement_cache_capacity(256);
    // 8 KiB pages: fewer overflow pages for records of some KB, and still little to sync for a small write. The log
    // is copied into the file every 32 MiB, so that large loads do not stop for it every few milliseconds.
    connection
        .execute_batch(
            "PRAGMA page_size = 8192;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 4096;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA cache_size = -16384;
             PRAGMA secure_delete = ON;",
        )
        .map_err(sqlite_error)?;
    if !is_new {
        upgrade(&connection)?;
    }
    if is_new {
        create(&mut connection)?;
    }
    Ok(connection)
}

/// Creates the file if it is missing, for its owner only; SQLite gives the files beside it the same mode.
fn create_file(database: &Path) -> Result<(), JournalError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(database) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            ErrorKind::AlreadyExists => Ok(()),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Err(JournalError::Full { detail: format!("{}: {error}", database.display()) })
            }
            _ => Err(JournalError::CannotOpen { path: database.to_owned(), detail: error.to_string() }),
        },
    }
}

/// Format 1 knew no expiry.
fn upgrade(connection: &Connection) -> Result<(), JournalError> {
    let version: i32 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sqlite_error)?;
    if version == 1 {
        let sql = format!(
            "BEGIN IMMEDIATE;
             ALTER TABLE stream ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;
             PRAGMA user_version = {VERSION};
             COMMIT;"
        );
        connection.execute_batch(&sql).map_err(sqlite_error)?;
    }
    Ok(())
}

/// True for a database with nothing in it yet, false for a journal; refuses what is neither.
fn is_new(connection: &Connection, database: &Path) -> Result<bool, JournalError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i32>(0)).map_err(sqlite_error);
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let detail = match (application, version) {
        (APPLICATION_ID, 1 | VERSION) => return Ok(false),
        (APPLICATION_ID, other) => {
            format!("it has format {other}, this program knows {VERSION}; use the program that wrote it")
        }
        (0, 0) if number("SELECT count(*) FROM sqlite_schema")? == 0 => return Ok(true),
        _ => "it is the database of another program; move it away, or use another data directory".to_owned(),
    };
    Err(JournalError::CannotOpen { path: database.to_owned(), detail })
}

pub(super) fn open_reader(database: &Path) -> Result<Connection, JournalError> {
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn connect(database: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    // The pool and the writer's mutex keep each connection to one thread at a time.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let cannot_open = |e: rusqlite::Error| match sqlite_error(e) {
        full @ JournalError::Full { .. } => full,
        other => JournalError::CannotOpen { path: database.to_owned(), detail: other.to_string() },
    };
    let connection = Connection::open_with_flags(database, flags).map_err(cannot_open)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(cannot_open)?;
    Ok(connection)
}

fn create(connection: &mut Connection) -> Result<(), JournalError> {
    let transaction = super::begin(connection)?;
    transaction.execute_batch(TABLES).map_err(sqlite_error)?;
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
    transaction.execute_batch(&marks).map_err(sqlite_error)?;
    transaction.commit().map_err(sqlite_error)
}

pub(super) fn create_topic(
    transaction: &Transaction<'_>,
    topic: &Topic,
    partitions: u32,
) -> Result<(), JournalError> {
    let sql = "INSERT INTO topic VALUES (?1, ?2)";
    transaction.execute(sql, params![topic.as_str(), partitions]).map_err(sqlite_error)?;
    for partition in 0..partitions {
        let sql = "INSERT INTO stream (topic, partition) VALUES (?1, ?2)";
        transaction.execute(sql, params![topic.as_str(), partition]).map_err(sqlite_error)?;
        let id = transaction.last_insert_rowid();
        let table = format!(
            "CREATE TABLE record_{id} (
                offset INTEGER PRIMARY KEY,
                timestamp_ms INTEGER NOT NULL,
                claim INTEGER NOT NULL,
                key BLOB NOT NULL,
                headers BLOB NOT NULL,
                value BLOB NOT NULL
            ) STRICT"
        );
        transaction.execute_batch(&table).map_err(sqlite_error)?;
    }
    Ok(())
}

/// Reads topics and tails from the file.
pub(super) fn load(connection: &Connection) -> Result<Layout, JournalError> {
    let mut layout = Layout::default();
    let mut topics = connection.prepare("SELECT name, partitions FROM topic").map_err(sqlite_error)?;
    let mut rows = topics.query([]).map_err(sqlite_error)?;
    while let Some(row) = rows.next().map_err(sqlite_error)? {
        let topic = Topic::new(row.get::<_, String>(0).map_err(sqlite_error)?)?;
        layout.partitions.insert(topic, row.get(1).map_err(sqlite_error)?);
    }
    let sql = "SELECT id, topic, partition, claim, begins FROM stream";
    let mut streams = connection.prepare(sql).map_err(sqlite_error)?;
    let mut rows = streams.query([]).map_err(sqlite_error)?;
    while let Some(row) = rows.next().map_err(sqlite_error)? {
        let topic = Topic::new(row.get::<_, String>(1).map_err(sqlite_error)?)?;
        let stream = Stream::new(topic, row.get(2).map_err(sqlite_error)?);
        let mut tail = Tail {
            id: row.get(0).map_err(sqlite_error)?,
            begin: row.get(4).map_err(sqlite_error)?,
            end: 0,
            claim: row.get(3).map_err(sqlite_error)?,
        };
        let sql = format!("SELECT max(offset) + 1 FROM {}", tail.table());
        let end: Option<u64> = connection.query_row(&sql, [], |row| row.get(0)).map_err(sqlite_error)?;
        tail.end = end.unwrap_or(0).max(tail.begin);
        layout.tails.insert(stream, tail);
    }
    Ok(layout)
}

/// A row (offset, timestamp_ms, claim, key, headers, value) as a record.
pub(super) fn record(row: &Row<'_>) -> Result<Record, JournalError> {
    let offset = row.get(0).map_err(sqlite_error)?;
    let blob = row.get_ref(4).and_then(|value| Ok(value.as_blob()?)).map_err(sqlite_error)?;
    let damaged =
        || JournalError::Corrupt { detail: format!("the headers at offset {offset} are unreadable") };
    Ok(Record {
        offset,
        timestamp_ms: row.get(1).map_err(sqlite_error)?,
        claim: row.get(2).map_err(sqlite_error)?,
        key: row.get(3).map_err(sqlite_error)?,
        headers: headers::decode(blob).ok_or_else(damaged)?,
        value: row.get(5).map_err(sqlite_error)?,
    })
}

/// What an error of SQLite means to the caller.
#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
pub(super) fn sqlite_error(error: rusqlite::Error) -> JournalError {
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => JournalError::Full { detail },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => {
            JournalError::Unavailable {
                detail: format!("{detail}; another program may have journal.db open"),
            }
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => JournalError::Corrupt { detail },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            JournalError::CannotOpen { path: "journal.db".into(), detail }
        }
        _ => JournalError::Bug { detail },
    }
}
