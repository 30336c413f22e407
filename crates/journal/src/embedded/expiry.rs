//! Forgetting the oldest records of a stream.

use rusqlite::{OptionalExtension, params};

use super::schema::sqlite_error;
use super::{EmbeddedJournal, begin, check_position, locked};
use crate::{JournalError, Stream};

/// Records forgotten in one transaction: writers wait no longer than for these.
const RECORDS_AT_ONCE: u64 = 20_000;

impl EmbeddedJournal {
    /// See [`crate::Journal::expire`].
    pub(super) fn expire_prefix(
        &self,
        stream: &Stream,
        appended_before_ms: i64,
        upto: u64,
    ) -> Result<u64, JournalError> {
        let tail = self.tail(stream)?;
        check_position(stream, upto, tail.end)?;
        let sql = format!(
            "SELECT offset FROM {} WHERE offset >= ?1 AND offset < ?2 AND timestamp_ms >= ?3 ORDER BY offset LIMIT 1",
            tail.table()
        );
        let young: Option<u64> = self.with_reader(|connection| {
            let mut statement = connection.prepare_cached(&sql).map_err(sqlite_error)?;
            let range = params![tail.begin, upto, appended_before_ms];
            statement.query_row(range, |row| row.get(0)).optional().map_err(sqlite_error)
        })?;
        let to = young.unwrap_or(upto);
        let mut from = tail.begin;
        while from < to {
            from = to.min(from + RECORDS_AT_ONCE);
            self.forget_before(stream, from)?;
        }
        Ok(from)
    }

    fn forget_before(&self, stream: &Stream, offset: u64) -> Result<(), JournalError> {
        let mut writer = locked(&self.writer);
        let id = self.tail(stream)?.id;
        let transaction = begin(&mut writer)?;
        let sql = "UPDATE stream SET begins = ?2 WHERE id = ?1";
        transaction.execute(sql, params![id, offset]).map_err(sqlite_error)?;
        let sql = format!("DELETE FROM record_{id} WHERE offset < ?1");
        transaction.execute(&sql, params![offset]).map_err(sqlite_error)?;
        transaction.commit().map_err(sqlite_error)?;
        let mut layout = locked(&self.layout);
        let mut tail = *layout.tail(stream)?;
        tail.begin = offset;
        layout.set_tail(stream, tail);
        Ok(())
    }
}
