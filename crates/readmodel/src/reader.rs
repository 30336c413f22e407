//! Many readers.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags, Transaction};
use serde::de::DeserializeOwned;

use crate::{Position, ReadModelError};

/// Answers queries, each from one state of the tables. Cheap to clone. Calls block on the disk.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    work: AtomicU64,
    inbox: AtomicU64,
    idle: Mutex<Vec<Connection>>,
}

/// Connections kept for later queries; more are opened when more are asked at once.
const IDLE_CONNECTIONS: usize = 16;

impl Reader {
    pub(crate) fn new(path: PathBuf, position: Position) -> Reader {
        let shared = Shared {
            path,
            work: AtomicU64::new(position.work),
            inbox: AtomicU64::new(position.inbox),
            idle: Mutex::new(Vec::new()),
        };
        Reader { shared: Arc::new(shared) }
    }

    /// How far queries that begin now reflect `work`, without asking the disk.
    pub fn position(&self) -> Position {
        let inbox = self.shared.inbox.load(Ordering::Acquire);
        Position { work: self.shared.work.load(Ordering::Acquire), inbox }
    }

    pub(crate) fn advance(&self, to: Position) {
        self.shared.work.store(to.work, Ordering::Release);
        self.shared.inbox.store(to.inbox, Ordering::Release);
    }

    /// Asks one state of the tables.
    pub(crate) fn ask<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        let idle = || self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let transaction = connection.transaction()?;
        let answer = query(&transaction)?;
        transaction.finish()?;
        let mut idle = idle();
        if idle.len() < IDLE_CONNECTIONS {
            idle.push(connection);
        }
        Ok(answer)
    }

    fn connect(&self) -> Result<Connection, ReadModelError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.shared.path, flags)?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA mmap_size = 1073741824;")?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("path", &self.shared.path).field("position", &self.position()).finish()
    }
}

/// Reads back what the projector stored as JSON.
pub(crate) fn stored<T: DeserializeOwned>(text: &str) -> Result<T, ReadModelError> {
    serde_json::from_str(text).map_err(|error| ReadModelError::Stored(error.to_string()))
}
