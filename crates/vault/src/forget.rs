//! Forgetting a household: its key and everything sealed with it. What its members are is theirs.

use rusqlite::{Connection, OptionalExtension, params};
use sanzao_model::{HouseholdId, Instant, SubjectId};
use serde::Serialize;

use crate::access::{self, Access, Act, Entry};
use crate::attach::{Deleted, delete_of};
use crate::index::{Index, Tag};
use crate::wipe::Needles;
use crate::{Vault, VaultError, schema};

/// What forgetting a household destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Which.
    pub household: HouseholdId,
    /// Whether there was a key, which is destroyed.
    pub key: bool,
    /// How many files were deleted.
    pub files: u64,
    /// How many reports.
    pub reports: u64,
    /// Whether the file had to be written anew to be rid of their bytes.
    pub compacted: bool,
    /// When backups of the keys were made here. Each may hold the key, wrapped.
    pub key_backups: Vec<Instant>,
}

impl Vault {
    /// Destroys the key of a household and everything sealed with it, and looks that the bytes are gone from the file.
    /// A note stays, so that a backup of the keys from before does not bring it back. What is attached later is kept,
    /// under a new key. After an error ask again.
    ///
    /// # Errors
    /// [`VaultError::Purpose`]; [`VaultError::Full`], [`VaultError::Busy`].
    pub fn forget_holder(
        &mut self,
        household: HouseholdId,
        access: &Access,
    ) -> Result<Forgotten, VaultError> {
        access.check()?;
        let transaction = schema::begin(&mut self.db)?;
        let entry =
            Entry { household: Some(household), ..Entry::of(access, Act::ForgetHousehold, None, &[]) };
        let head = access::append(&transaction, &self.index, &self.head, &entry)?;
        let (key, deleted, needles) = delete_household(&transaction, household)?;
        let sql = "SELECT at, wiped FROM forgotten WHERE household = ?1";
        let known = transaction.query_row(sql, [household.0], |row| Ok((row.get(0)?, row.get(1)?)));
        let known: Option<(i64, bool)> = known.optional()?;
        // Later than the time before, whatever the clock says: by it a key from between is told from one from before.
        let at = known.map_or(access.at, |(at, _)| access.at.max(Instant(at.saturating_add(1))));
        store(&transaction, &self.index, household, at)?;
        transaction.commit()?;
        self.head = head;

        let compacted = self.wipe(&needles, known.is_none_or(|(_, wiped)| wiped))?;
        self.db.execute("UPDATE forgotten SET wiped = 1 WHERE household = ?1", [household.0])?;
        let Deleted { files, reports } = deleted;
        let key_backups = self.key_backups()?;
        Ok(Forgotten { household, key, files, reports, compacted, key_backups })
    }

    /// When each household was forgotten the last time, by its id.
    pub(crate) fn forgotten(&self) -> Result<Vec<(HouseholdId, Instant)>, VaultError> {
        let mut select = self.db.prepare("SELECT household, at, mac FROM forgotten ORDER BY household")?;
        let mut rows = select.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let (household, at, mac): (Tag, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (household, at) = (HouseholdId(household), Instant(at));
            if mac != note_mac(&self.index, household, at) {
                return Err(VaultError::damaged("the note of a forgotten household does not fit"));
            }
            all.push((household, at));
        }
        Ok(all)
    }
}

/// Deletes a household's key and attachments.
pub(crate) fn delete_household(
    db: &Connection,
    household: HouseholdId,
) -> Result<(bool, Deleted, Needles), VaultError> {
    let mut needles = Needles::default();
    let deleted = delete_of(db, SubjectId::Household(household), &mut needles)?;
    let sql = "DELETE FROM household WHERE id = ?1 RETURNING wrapped";
    let wrapped: Option<Vec<u8>> = db.query_row(sql, [household.0], |row| row.get(0)).optional()?;
    let key = wrapped.is_some();
    wrapped.into_iter().for_each(|wrapped| needles.add(wrapped));
    Ok((key, deleted, needles))
}

/// Notes that a household was forgotten, and that its bytes may still lie in the file.
pub(crate) fn store(
    db: &Connection,
    index: &Index,
    household: HouseholdId,
    at: Instant,
) -> Result<(), VaultError> {
    let sql = "INSERT INTO forgotten VALUES (?1, ?2, ?3, 0)
               ON CONFLICT DO UPDATE SET at = excluded.at, mac = excluded.mac, wiped = 0";
    db.execute(sql, params![household.0, at.0, note_mac(index, household, at)])?;
    Ok(())
}

fn note_mac(index: &Index, household: HouseholdId, at: Instant) -> Tag {
    index.row(*b"frgt", &[&household.0, &at.0.to_be_bytes()])
}
