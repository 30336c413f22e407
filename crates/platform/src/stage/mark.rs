//! Knowing a log again: state kept beside a log is worth nothing beside another.

use std::fmt;
use std::str::FromStr;

use sanzao_journal::{Journal, JournalError, Record, Stream};
use serde::{Deserialize, Serialize};

use super::StageError;

/// Tells a record from all others of its log, and from those of another log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    offset: u64,
    appended_ms: i64,
    bytes: usize,
}

impl Mark {
    /// The mark of a record.
    pub fn of(record: &Record) -> Mark {
        Mark { offset: record.offset, appended_ms: record.timestamp_ms, bytes: record.size_bytes() }
    }

    /// The record's offset.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a log holds the record.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn is_in(&self, journal: &dyn Journal, stream: &Stream) -> Result<bool, StageError> {
        match journal.read(stream, self.offset, 1) {
            Ok(batch) => Ok(batch.records.first().is_some_and(|record| Mark::of(record) == *self)),
            Err(JournalError::Ahead { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.offset, self.appended_ms, self.bytes)
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(text: &str) -> Result<Mark, ()> {
        let mut parts = text.split(' ');
        let mut next = || parts.next().ok_or(());
        let (offset, appended_ms, bytes) = (next()?, next()?, next()?);
        Ok(Mark {
            offset: offset.parse().map_err(drop)?,
            appended_ms: appended_ms.parse().map_err(drop)?,
            bytes: bytes.parse().map_err(drop)?,
        })
    }
}
