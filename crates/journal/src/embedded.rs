//! The embedded journal: one SQLite file, one process, many threads.
//!
//! A record is a row of its stream's own table, so that appends go to the end of a B-tree and the offset is the row
//! id. One connection writes, behind a mutex; readers take connections from a pool and see what is committed.
//! The ends of all streams are kept in memory as well: they bound what readers see, and waking on them is how
//! [`Journal::wait`] waits.

mod expiry;
mod headers;
mod schema;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::members::AllOf;
use crate::{
    Batch, Claim, Commit, DirectoryLock, Journal, JournalError, Members, Membership, NewRecord, Stream,
    Topic, TopicDifference, TopicLayout, Write,
};
pub use schema::VERSION as FILE_VERSION;
use schema::{Layout, Tail, sqlite_error};

/// The event log in one SQLite file, `journal.db`, in a data directory that it locks for its process.
pub struct EmbeddedJournal {
    database: PathBuf,
    clock_ms: Box<dyn Fn() -> i64 + Send + Sync>,
    /// Before `writer`, as fields are dropped in order: only a connection that can write, and is the last one to close,
    /// copies `journal.db-wal` into `journal.db` and removes it.
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
    /// Changed only by the holder of `writer`, after its commit.
    layout: Mutex<Layout>,
    grown: Condvar,
    _lock: DirectoryLock,
}

impl EmbeddedJournal {
    /// Opens the journal in `directory`, creating both if they are missing. `clock_ms` gives the time for new
    /// records: milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`JournalError::Locked`] if another process has it open, [`JournalError::CannotOpen`],
    /// [`JournalError::Corrupt`], [`JournalError::Full`].
    pub fn open(
        directory: &Path,
        clock_ms: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Result<Self, JournalError> {
        let lock = DirectoryLock::acquire(directory)?;
        let database = directory.join("journal.db");
        let writer = schema::open_writer(&database)?;
        let layout = schema::load(&writer)?;
        Ok(Self {
            database,
            clock_ms: Box::new(clock_ms),
            readers: Mutex::new(Vec::new()),
            writer: Mutex::new(writer),
            layout: Mutex::new(layout),
            grown: Condvar::new(),
            _lock: lock,
        })
    }

    fn append(&self, write: &Write, claim: Option<&Claim>) -> Result<Vec<Range<u64>>, JournalError> {
        write.check()?;
        let mut writer = locked(&self.writer);
        let mut grown: HashMap<&Stream, Tail> = HashMap::new();
        {
            let layout = locked(&self.layout);
            for stream in write.appends.iter().map(|(s, _)| s).chain(write.commits.iter().map(|c| &c.stream))
            {
                grown.insert(stream, *layout.tail(stream)?);
            }
            if let Some(claim) = claim {
                let current = layout.tail(&claim.stream)?.claim;
                if current != claim.number {
                    let (stream, held) = (claim.stream.clone(), claim.number);
                    return Err(JournalError::Fenced { stream, held, current });
                }
            }
        }
        let timestamp_ms = (self.clock_ms)();
        let transaction = begin(&mut writer)?;
        let mut ranges = Vec::with_capacity(write.appends.len());
        for (stream, records) in &write.appends {
            let number = claim.filter(|claim| claim.stream == *stream).map_or(0, |claim| claim.number);
            let tail = grown.get_mut(stream).expect("every stream of the write was looked up above");
            ranges.push(insert(&transaction, tail, records, number, timestamp_ms)?);
        }
        for commit in &write.commits {
            remember(&transaction, commit)?;
        }
        transaction.commit().map_err(sqlite_error)?;
        self.publish(grown);
        Ok(ranges)
    }

    fn publish(&self, grown: HashMap<&Stream, Tail>) {
        let mut layout = locked(&self.layout);
        for (stream, tail) in grown {
            layout.set_tail(stream, tail);
        }
        self.grown.notify_all();
    }

    fn tail(&self, stream: &Stream) -> Result<Tail, JournalError> {
        locked(&self.layout).tail(stream).copied()
    }

    fn with_reader<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let pooled = locked(&self.readers).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => schema::open_reader(&self.database)?,
        };
        let result = read(&connection);
        locked(&self.readers).push(connection);
        result
    }
}

impl Journal for EmbeddedJournal {
    fn write(&self, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.append(&write, None)
    }

    fn write_claimed(&self, claim: &Claim, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.append(&write, Some(claim))
    }

    fn read(&self, stream: &Stream, from: u64, max_bytes: usize) -> Result<Batch, JournalError> {
        loop {
            let tail = self.tail(stream)?;
            check_position(stream, from, tail.end)?;
            let from = from.max(tail.begin);
            if from == tail.end {
                return Ok(Batch { records: Vec::new(), next: from });
            }
            let batch = self.with_reader(|connection| select(connection, &tail, from, max_bytes));
            // What expired while it was read is not missing.
            if batch.is_ok() || self.tail(stream)?.begin <= tail.begin {
                return batch;
            }
        }
    }

    fn wait(&self, stream: &Stream, from: u64, timeout: Duration) -> Result<bool, JournalError> {
        let deadline = Instant::now() + timeout;
        let mut layout = locked(&self.layout);
        loop {
            let end = layout.tail(stream)?.end;
            check_position(stream, from, end)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if end > from || left.is_zero() {
                return Ok(end > from);
            }
            layout = self.grown.wait_timeout(layout, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn end(&self, stream: &Stream) -> Result<u64, JournalError> {
        Ok(self.tail(stream)?.end)
    }

    fn begin(&self, stream: &Stream) -> Result<u64, JournalError> {
        Ok(self.tail(stream)?.begin)
    }

    fn expire(&self, stream: &Stream, appended_before_ms: i64, upto: u64) -> Result<u64, JournalError> {
        self.expire_prefix(stream, appended_before_ms, upto)
    }

    fn partitions(&self, topic: &Topic) -> Result<u32, JournalError> {
        locked(&self.layout).partitions(topic)
    }

    fn check_topics(&self, layout: &[TopicLayout]) -> Result<Vec<TopicDifference>, JournalError> {
        Ok(locked(&self.layout).differences(layout))
    }

    fn ensure_topics(&self, layout: &[TopicLayout]) -> Result<(), JournalError> {
        let mut writer = locked(&self.writer);
        let mut missing = Vec::new();
        for difference in locked(&self.layout).differences(layout) {
            match difference {
                TopicDifference::Missing { topic } => missing.push(topic),
                difference => return Err(JournalError::WrongLayout { difference }),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let transaction = begin(&mut writer)?;
        for wanted in layout.iter().filter(|wanted| missing.contains(&wanted.topic)) {
            schema::create_topic(&transaction, &wanted.topic, wanted.partitions)?;
        }
        transaction.commit().map_err(sqlite_error)?;
        *locked(&self.layout) = schema::load(&writer)?;
        Ok(())
    }

    fn committed(&self, consumer: &str, stream: &Stream) -> Result<Option<u64>, JournalError> {
        self.tail(stream)?;
        self.with_reader(|connection| {
            let sql = "SELECT offset FROM position WHERE consumer = ?1 AND topic = ?2 AND partition = ?3";
            let mut statement = connection.prepare_cached(sql).map_err(sqlite_error)?;
            let key = params![consumer, stream.topic.as_str(), stream.partition];
            statement.query_row(key, |row| row.get(0)).optional().map_err(sqlite_error)
        })
    }

    fn claim(&self, stream: &Stream, owner: &str) -> Result<Claim, JournalError> {
        let mut writer = locked(&self.writer);
        let mut tail = self.tail(stream)?;
        let record = NewRecord { value: owner.as_bytes().to_vec(), ..NewRecord::default() };
        record.check(stream)?;
        let number = tail.end + 1;
        let timestamp_ms = (self.clock_ms)();
        let transaction = begin(&mut writer)?;
        insert(&transaction, &mut tail, &[record], number, timestamp_ms)?;
        let sql = "UPDATE stream SET claim = ?2 WHERE id = ?1";
        transaction.execute(sql, params![tail.id, number]).map_err(sqlite_error)?;
        transaction.commit().map_err(sqlite_error)?;
        tail.claim = number;
        self.publish(HashMap::from([(stream, tail)]));
        Ok(Claim { stream: stream.clone(), owner: owner.to_owned(), number })
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Members>, JournalError> {
        let topic = &membership.topic;
        let partitions = 0..self.partitions(topic)?;
        Ok(Box::new(AllOf::new(partitions.map(|partition| Stream::new(topic.clone(), partition)))))
    }
}

/// A thread that panicked while it held one of these locks left nothing half done: memory changes after a commit
/// only, and an open transaction is rolled back when it is dropped.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn begin(writer: &mut Connection) -> Result<Transaction<'_>, JournalError> {
    writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite_error)
}

fn check_position(stream: &Stream, from: u64, end: u64) -> Result<(), JournalError> {
    if from > end {
        return Err(JournalError::Ahead { stream: stream.clone(), from, end });
    }
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    tail: &mut Tail,
    records: &[NewRecord],
    claim: u64,
    timestamp_ms: i64,
) -> Result<Range<u64>, JournalError> {
    let sql = format!("INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5, ?6)", tail.table());
    let mut statement = transaction.prepare_cached(&sql).map_err(sqlite_error)?;
    let first = tail.end;
    for record in records {
        let headers = headers::encode(&record.headers);
        let row = params![tail.end, timestamp_ms, claim, record.key, headers, record.value];
        statement.execute(row).map_err(sqlite_error)?;
        tail.end += 1;
    }
    Ok(first..tail.end)
}

fn remember(transaction: &Transaction<'_>, commit: &Commit) -> Result<(), JournalError> {
    let sql = "INSERT INTO position VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (consumer, topic, partition) DO UPDATE SET offset = excluded.offset";
    let mut statement = transaction.prepare_cached(sql).map_err(sqlite_error)?;
    let (topic, partition) = (commit.stream.topic.as_str(), commit.stream.partition);
    statement.execute(params![commit.consumer, topic, partition, commit.offset]).map_err(sqlite_error)?;
    Ok(())
}

/// Reads rows `from..tail.end`: what was committed after `tail` was looked up is left for the next read, so that no
/// reader is ever beyond the end that this journal reports.
fn select(connection: &Connection, tail: &Tail, from: u64, max_bytes: usize) -> Result<Batch, JournalError> {
    let sql = format!(
        "SELECT offset, timestamp_ms, claim, key, headers, value FROM {}
         WHERE offset >= ?1 AND offset < ?2 ORDER BY offset",
        tail.table()
    );
    let mut statement = connection.prepare_cached(&sql).map_err(sqlite_error)?;
    let mut rows = statement.query(params![from, tail.end]).map_err(sqlite_error)?;
    let mut batch = Batch { records: Vec::new(), next: from };
    let mut bytes = 0;
    while let Some(row) = rows.next().map_err(sqlite_error)? {
        let record = schema::record(row)?;
        bytes += record.size_bytes();
        if bytes > max_bytes && !batch.records.is_empty() {
            return Ok(batch);
        }
        batch.next = record.offset + 1;
        batch.records.push(record);
    }
    if batch.next < tail.end {
        let detail = format!("{} ends at {} instead of {}", tail.table(), batch.next, tail.end);
        return Err(JournalError::Corrupt { detail });
    }
    Ok(batch)
}

#[cfg(test)]
mod tests;
