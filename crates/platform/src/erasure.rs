//! Erasing a person: the vault destroys the key, every ledger forgets the facts, and the report says what remains.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sanzao_api::{PersonErasure, Remains};
use sanzao_journal::{Journal, JournalError, NewRecord, Write};
use sanzao_model::{FactsRecord, PersonId};
use sanzao_vault::{Access, Erasure, VaultError};

use crate::identities::Identities;
use crate::topics::Topics;

/// What an erasure needs.
pub(crate) struct Eraser {
    pub journal: Arc<dyn Journal>,
    pub topics: Topics,
    pub identities: Arc<Identities>,
    pub erasures: Arc<AtomicU64>,
    pub raw_days: u32,
}

/// Why a person was not erased, or not everywhere: ask again, nothing is done twice.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ErasureFailed {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The log.
    #[error(transparent)]
    Log(#[from] JournalError),
}

impl Eraser {
    /// Erases a person. First the vault, so that nobody can be told any more who it was; then the facts. Whoever is
    /// interrupted in between asks again.
    ///
    /// # Errors
    /// See [`ErasureFailed`].
    pub fn erase(&self, person: PersonId, access: &Access) -> Result<PersonErasure, ErasureFailed> {
        let mut ends = Vec::new();
        for bureau in self.topics.bureaus() {
            let stream = self.topics.identities(*bureau);
            ends.push((stream.partition, self.journal.end(&stream)?));
        }
        let erasure = self.identities.with(|vault| vault.erase(person, access, &ends))?;
        let value = FactsRecord::Erased { person }.to_bytes();
        let record = NewRecord { value, ..NewRecord::default() };
        let facts =
            self.topics.bureaus().iter().map(|bureau| (self.topics.facts(*bureau), vec![record.clone()]));
        let written = self.journal.write(Write { appends: facts.collect(), commits: Vec::new() })?;
        self.erasures.fetch_add(1, Ordering::Release);
        let facts_offset = written.into_iter().flatten().next().unwrap_or_default();
        let remains = self.remains(&erasure);
        Ok(PersonErasure { erasure, facts_offset, remains })
    }

    fn remains(&self, erasure: &Erasure) -> Vec<Remains> {
        let raw_until = match self.raw_days {
            0 => "for ever: [retention] raw_days is 0".to_owned(),
            days => format!("{days} days after each was received"),
        };
        let remains = |place: &str, what: &str, until: &str| Remains {
            place: place.to_owned(),
            what: what.to_owned(),
            until: until.to_owned(),
        };
        let mut all = vec![
            remains(
                "topics feed.* and rejected.*",
                "events that name the person, sealed (those that came over Kafka as they were sent)",
                &raw_until,
            ),
            remains("topic identities", "sealed identities, which the vault no longer reads", &raw_until),
            remains(
                "topic facts",
                "facts under the pseudonym, which no ledger keeps and nobody can resolve without pseudonym.key",
                "for as long as the log is kept",
            ),
            remains(
                "topics inbox and work, and the read model",
                "alerts and tasks about the pseudonym with their values and evidence; open ones are withdrawn",
                "for as long as the log is kept",
            ),
            remains(
                "older snapshots of the ledger",
                "facts under the pseudonym",
                "until newer snapshots replace them, or state/snapshots is deleted",
            ),
            remains("backups", "whatever was copied before", "as long as they are kept"),
        ];
        if erasure.accesses > 0 {
            let what = format!("{} records of access that name the pseudonym", erasure.accesses);
            all.push(remains("vault.db", &what, "for as long as the vault is kept"));
        }
        if !erasure.key_backups.is_empty() {
            let what = format!(
                "{} backups of keys that may hold the person's key, wrapped",
                erasure.key_backups.len()
            );
            all.push(remains("backups of the vault's keys", &what, "until they are destroyed"));
        }
        all
    }
}
