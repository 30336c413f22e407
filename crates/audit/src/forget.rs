//! Forgetting a person: their audit key, down to the bytes in the file.

use std::fs::File;
use std::io::Read;

use memchr::memmem::Finder;
use rusqlite::{OptionalExtension, params};
use sanzao_model::{Instant, PersonId};

use crate::error::file_error;
use crate::keys::{Handle, Store};
use crate::{AuditError, AuditKeys, key_file};

/// What forgetting a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether there was a key, which is destroyed.
    pub key: bool,
    /// Whether the file had to be written anew to be rid of its bytes.
    pub compacted: bool,
}

impl AuditKeys {
    /// Destroys the audit key of a person and looks that its bytes and the pseudonym are gone from the file. What the
    /// record says about them does not open any more; who acted, how and when stays.
    ///
    /// The erasure itself is recorded before: recorded after, it would concern them under a new key. After an error ask
    /// again: what was done is not done twice. Each node has a key store of its own, and forgets for itself. Copies of
    /// the file from before can still open what was forgotten, and restoring one brings the key back.
    ///
    /// # Errors
    /// [`AuditError::Full`], [`AuditError::Busy`], [`AuditError::Damaged`].
    pub fn forget(&self, person: PersonId, at: Instant) -> Result<Forgotten, AuditError> {
        let mut store = self.store();
        let transaction = key_file::begin(&mut store.db)?;
        let sql = "SELECT number, tag, wrapped FROM key WHERE person = ?1";
        let row = transaction.query_row(sql, [person.0], |row| {
            Ok((Handle { number: row.get(0)?, tag: row.get(1)? }, row.get(2)?))
        });
        let found: Option<(Handle, Vec<u8>)> = row.optional()?;
        if let Some((handle, _)) = &found {
            transaction.execute("DELETE FROM key WHERE person = ?1", [person.0])?;
            transaction
                .execute("INSERT INTO forgotten VALUES (?1, ?2, 0)", params![handle.to_bytes(), at.0])?;
        }
        transaction.commit()?;
        store.forget_memory();
        let Some((_, wrapped)) = found else {
            // What an earlier call could not finish.
            let compacted = store.wipe_rest()?;
            return Ok(Forgotten { key: false, compacted });
        };
        key_file::checkpoint(&store.db)?;
        let compacted = store.holds(&[&wrapped, &person.0])?;
        if compacted {
            store.compact()?;
        }
        store.db.execute("UPDATE forgotten SET wiped = 1 WHERE wiped = 0", [])?;
        Ok(Forgotten { key: true, compacted })
    }
}

impl Store {
    /// Writes the file anew if bytes of somebody forgotten may still lie in it; says whether it did.
    pub(crate) fn wipe_rest(&self) -> Result<bool, AuditError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE wiped = 0)";
        let unwiped: bool = self.db.query_row(sql, [], |row| row.get(0))?;
        if unwiped {
            self.compact()?;
            self.db.execute("UPDATE forgotten SET wiped = 1 WHERE wiped = 0", [])?;
        }
        Ok(unwiped)
    }

    /// SQLite overwrites what is deleted, but not the copies that moving rows between pages leaves in gaps.
    fn compact(&self) -> Result<(), AuditError> {
        key_file::checkpoint(&self.db)?;
        self.db.execute_batch("VACUUM")?;
        key_file::checkpoint(&self.db)
    }

    fn holds(&self, needles: &[&[u8]]) -> Result<bool, AuditError> {
        let finders: Vec<_> = needles.iter().map(Finder::new).collect();
        let overlap = needles.iter().map(|needle| needle.len()).max().unwrap_or(0);
        let cannot_read = |error: std::io::Error| file_error(&self.path, &error);
        let mut file = File::open(&self.path).map_err(cannot_read)?;
        let mut window = Vec::new();
        loop {
            let seen = window.len();
            let read = file.by_ref().take(1 << 20).read_to_end(&mut window).map_err(cannot_read)?;
            if finders.iter().any(|finder| finder.find(&window).is_some()) {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
            window.drain(..(seen + read).saturating_sub(overlap));
        }
    }
}
