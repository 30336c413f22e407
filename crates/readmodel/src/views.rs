//! Lists that people have saved under a name. Unlike the tables of work this is state that no log holds: it is a file of
//! its own, and of another version it is not thrown away.

use std::fmt;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use crate::{Kind, ReadModelError};

/// The version of the table below; a later one has to take over what is there.
pub const SCHEMA_VERSION: i32 = 1;

/// Marks the file as one of saved views ("SZvw").
const APPLICATION_ID: i32 = 0x535a_7677;

/// Every change gives a view a version that no view had before, also one that was deleted in between.
const TABLES: &str = "
CREATE TABLE view (
    version INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    query TEXT NOT NULL, UNIQUE (account, name)
);
";

/// A list that somebody has saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What it is called; of one account each once.
    pub name: String,
    /// Of what it is a list.
    pub kind: Kind,
    /// What is asked of the list, as the caller wrote it.
    pub query: String,
    /// Another with each change.
    pub version: u64,
}

/// What stands there when somebody wants to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewBefore {
    /// The version of the view, if there is one.
    pub version: Option<u64>,
    /// How many views the account has.
    pub count: usize,
}

/// Saved views. Cheap to clone. Calls block on the disk.
#[derive(Clone)]
pub struct Views {
    connection: Arc<Mutex<Connection>>,
}

impl Views {
    /// Opens the file, which is made when missing.
    ///
    /// # Errors
    /// When it is another database, of another version, damaged, or cannot be written.
    pub fn open(path: &Path) -> Result<Views, ReadModelError> {
        // The owner's alone: SQLite gives the files beside it the same mode. What keeps it from being made, SQLite says.
        let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let mut connection = Connection::open(path)?;
        // What somebody was told is saved is on the disk.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        if tables == 0 {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
        } else if pragma("application_id")? != APPLICATION_ID {
            return Err(ReadModelError::NotOurs(path.display().to_string()));
        } else if pragma("user_version")? != SCHEMA_VERSION {
            return Err(ReadModelError::OtherVersion(path.display().to_string()));
        } else {
            crate::schema::check(&connection)?;
        }
        Ok(Views { connection: Arc::new(Mutex::new(connection)) })
    }

    /// The views of an account, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of(&self, account: &str) -> Result<Vec<View>, ReadModelError> {
        let connection = self.lock();
        let sql = "SELECT name, kind, query, version FROM view WHERE account = ?1 ORDER BY name";
        let mut statement = connection.prepare_cached(sql)?;
        let views = statement.query_and_then([account], read)?;
        views.collect()
    }

    /// One view of an account.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get(&self, account: &str, name: &str) -> Result<Option<View>, ReadModelError> {
        found(&self.lock(), account, name)
    }

    /// Changes a view, or deletes it: `decide` says of what is a list and what is asked of it, or nothing, when it knows
    /// what stands there. Nobody else changes it in between. What is then there is answered.
    ///
    /// # Errors
    /// As `decide` says, and nothing has changed; when the file cannot be written.
    pub fn change<E: From<ReadModelError>>(
        &self,
        account: &str,
        name: &str,
        decide: impl FnOnce(ViewBefore) -> Result<Option<(Kind, String)>, E>,
    ) -> Result<Option<View>, E> {
        let mut connection = self.lock();
        let transaction = begin(&mut connection)?;
        let before = before(&transaction, account, name)?;
        let view = decide(before)?;
        Ok(write(transaction, account, name, view)?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed is rolled back: no panic leaves the file half changed.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>, ReadModelError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

fn before(tables: &Transaction<'_>, account: &str, name: &str) -> Result<ViewBefore, ReadModelError> {
    let sql = "SELECT count(*), max(version) FILTER (WHERE name = ?2) FROM view WHERE account = ?1";
    let (count, version): (i64, Option<i64>) =
        tables.query_row(sql, [account, name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let count = usize::try_from(count).map_err(|error| ReadModelError::Stored(error.to_string()))?;
    Ok(ViewBefore { version: version.map(i64::cast_unsigned), count })
}

fn write(
    transaction: Transaction<'_>,
    account: &str,
    name: &str,
    view: Option<(Kind, String)>,
) -> Result<Option<View>, ReadModelError> {
    transaction.execute("DELETE FROM view WHERE account = ?1 AND name = ?2", [account, name])?;
    if let Some((kind, query)) = view {
        transaction.execute(
            "INSERT INTO view (account, name, kind, query) VALUES (?1, ?2, ?3, ?4)",
            params![account, name, kind_name(kind), query],
        )?;
    }
    let view = found(&transaction, account, name)?;
    transaction.commit()?;
    Ok(view)
}

fn found(tables: &Connection, account: &str, name: &str) -> Result<Option<View>, ReadModelError> {
    let sql = "SELECT name, kind, query, version FROM view WHERE account = ?1 AND name = ?2";
    let mut statement = tables.prepare_cached(sql)?;
    statement.query_row([account, name], |row| Ok(read(row))).optional()?.transpose()
}

fn read(row: &Row<'_>) -> Result<View, ReadModelError> {
    let (kind, version): (String, i64) = (row.get(1)?, row.get(3)?);
    let kind = [Kind::Alert, Kind::Task].into_iter().find(|known| kind_name(*known) == kind);
    let kind = kind.ok_or_else(|| ReadModelError::Stored("a view of no known list".into()))?;
    Ok(View { name: row.get(0)?, kind, query: row.get(2)?, version: version.cast_unsigned() })
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Alert => "alert",
        Kind::Task => "task",
    }
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Views(…)")
    }
}
