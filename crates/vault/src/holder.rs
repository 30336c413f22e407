//! The keys of holders: of people and of households, each in a table of its own.

use rusqlite::{Connection, OptionalExtension, params};
use sanzao_model::{HouseholdId, SubjectId};
use zeroize::Zeroizing;

use crate::attachment::holder_parts;
use crate::vault::{HolderKey, master_id};
use crate::{Fill, Suite, Vault, VaultError};

/// Keys that are new: the row of the master key that wraps them, and each with what it is wrapped to.
pub(crate) struct NewKeys {
    pub(crate) master: i64,
    pub(crate) keys: Vec<(HolderKey, Vec<u8>)>,
}

/// Writes the key of a holder.
pub(crate) fn insert_key(
    db: &Connection,
    holder: SubjectId,
    suite: u8,
    master: i64,
    wrapped: &[u8],
) -> Result<bool, VaultError> {
    let sql = match holder {
        SubjectId::Person(_) => "INSERT INTO person VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        SubjectId::Household(_) => "INSERT INTO household VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    };
    let (_, id) = holder_parts(holder);
    Ok(db.prepare_cached(sql)?.execute(params![id, suite, master, wrapped])? > 0)
}

impl Vault {
    /// The key of a holder, if there is one.
    pub(crate) fn key_of(&mut self, holder: SubjectId) -> Result<Option<HolderKey>, VaultError> {
        match holder {
            SubjectId::Person(person) => Ok(self.keys_of([person])?.remove(&person)),
            SubjectId::Household(household) => self.household_key(household),
        }
    }

    /// Not kept in memory: a household's key is asked for when somebody opens its case.
    fn household_key(&self, household: HouseholdId) -> Result<Option<HolderKey>, VaultError> {
        let sql = "SELECT h.suite, h.wrapped, m.name FROM household h LEFT JOIN master m ON m.id = h.master
                   WHERE h.id = ?1";
        let mut select = self.db.prepare_cached(sql)?;
        let row = select.query_row([household.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let Some((code, wrapped, name)): Option<(u8, Vec<u8>, String)> = row.optional()? else {
            return Ok(None);
        };
        let suite = Suite::of_code(code).ok_or_else(|| VaultError::damaged("a key of no known suite"))?;
        let key = self.unwrap(&master_id(&name)?, &[&wrapped])?.remove(0);
        if key.len() != suite.key_bytes() {
            return Err(VaultError::damaged("the key of a household is of another suite"));
        }
        Ok(Some(HolderKey { suite, key }))
    }

    /// Makes keys and wraps them by the current master key, whose row is made if it is missing.
    pub(crate) fn new_keys(&self, count: usize, fill: &mut Fill<'_>) -> Result<NewKeys, VaultError> {
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            let mut key = Zeroizing::new(vec![0; self.suite.key_bytes()]);
            fill(&mut key)?;
            keys.push(key);
        }
        let id = self.masters.current()?;
        let master = self.master_row(&id)?;
        let wrapped = self.wrap(&id, &keys)?;
        let keys = keys.into_iter().map(|key| HolderKey { suite: self.suite, key }).zip(wrapped);
        Ok(NewKeys { master, keys: keys.collect() })
    }
}
