//! Changing the master key.

use rusqlite::{OptionalExtension, params};

use crate::vault::master_id;
use crate::{MasterId, Vault, VaultError, schema};

/// How far a change of the master key has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys of people and households wrapped anew by this call.
    pub moved: u64,
    /// Keys that wait: call again until there are none.
    pub left: u64,
}

/// What holds wrapped keys.
const TABLES: [&str; 2] = ["person", "household"];

impl Vault {
    /// Wraps the keys of up to `people` people, or households once no person is left, under the current master key instead of another.
    ///
    /// Each call is one transaction and reads all keys once, so let it take some ten thousand people; a call after a
    /// crash goes on where the last one ended. The last call writes
    /// the file anew, so that nothing in it needs the old key; then [`Vault::masters_in_use`] no longer names it and
    /// it may go, unless a backup of the keys or a copy of the file still needs it.
    ///
    /// # Errors
    /// [`VaultError::Master`], [`VaultError::Full`], [`VaultError::Damaged`].
    pub fn rewrap(&mut self, people: usize) -> Result<Rewrapped, VaultError> {
        let current = self.masters.current()?;
        let row = self.master_row(&current)?;
        let (mut moved, mut left) = (0, 0);
        for table in TABLES {
            if moved == 0 {
                moved = self.rewrap_some(table, &current, row, people)?;
            }
            let sql = format!("SELECT count(*) FROM {table} WHERE master <> ?1");
            left += self.db.query_row(&sql, [row], |row| row.get::<_, u64>(0))?;
        }
        if left == 0 {
            self.retire(row)?;
        }
        Ok(Rewrapped { moved, left })
    }

    /// Wraps keys of one table that one other master key wraps; how many.
    fn rewrap_some(
        &mut self,
        table: &str,
        current: &MasterId,
        row: i64,
        most: usize,
    ) -> Result<u64, VaultError> {
        let sql = format!(
            "SELECT m.id, m.name FROM {table} h JOIN master m ON m.id = h.master WHERE h.master <> ?1 LIMIT 1"
        );
        let old: Option<(i64, String)> =
            self.db.query_row(&sql, [row], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((old_row, old)) = old else { return Ok(0) };
        let rows: Vec<(Vec<u8>, Vec<u8>)> = {
            let sql = format!("SELECT id, wrapped FROM {table} WHERE master = ?1 LIMIT ?2");
            let mut select = self.db.prepare_cached(&sql)?;
            let rows =
                select.query_map(params![old_row, most.max(1)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let parts: Vec<&[u8]> = rows.iter().map(|(_, wrapped)| wrapped.as_slice()).collect();
        let wrapped = self.wrap(current, &self.unwrap(&master_id(&old)?, &parts)?)?;
        let transaction = schema::begin(&mut self.db)?;
        let sql = format!("UPDATE {table} SET master = ?2, wrapped = ?3 WHERE id = ?1");
        for ((id, _), wrapped) in rows.iter().zip(wrapped) {
            transaction.prepare_cached(&sql)?.execute(params![id, row, wrapped])?;
        }
        transaction.commit()?;
        Ok(rows.len() as u64)
    }

    /// Forgets the master keys that wrap nothing. Their rows go last: a crash before that leaves them in the list.
    fn retire(&mut self, current: i64) -> Result<(), VaultError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM master WHERE id <> ?1)";
        if self.db.query_row(sql, [current], |row| row.get(0))? {
            self.compact()?;
            self.db.execute("DELETE FROM master WHERE id <> ?1", [current])?;
        }
        Ok(())
    }
}
