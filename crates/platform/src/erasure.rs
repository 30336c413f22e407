//! Erasing a person: the vault destroys the key, every ledger forgets the facts, and the report says what remains.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use sanzao_api::{PersonErasure, Remains};
use sanzao_journal::{Journal, JournalError, NewRecord, Write};
use sanzao_ledger::Received;
use sanzao_model::{FactsRecord, PersonId};
use sanzao_vault::{Access, Erased, Erasure, Vault, VaultError, feed_place};

use crate::identities::Identities;
use crate::received;
use crate::topics::Topics;

/// What an erasure needs.
pub(crate) struct Eraser {
    pub journal: Arc<dyn Journal>,
    pub topics: Topics,
    pub identities: Arc<Identities>,
    /// How many there were in this process. Intake holds it while it hands on a batch.
    pub erasures: Arc<RwLock<u64>>,
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
        // Intake waits only once the vault is there.
        let outcome = self.identities.with(|vault| match self.between_batches(vault, person, access) {
            Err(ErasureFailed::Vault(error)) => Err(error),
            outcome => Ok(outcome),
        })?;
        let (erasure, facts_offset) = outcome?;
        let remains = self.remains(&erasure);
        Ok(PersonErasure { erasure, facts_offset, remains })
    }

    /// Of each batch that intake hands on in this process, identities and facts both come before the erasure or both
    /// after it. Of what intake elsewhere has in its hands, what had been received is left out when it arrives.
    fn between_batches(
        &self,
        vault: &mut Vault,
        person: PersonId,
        access: &Access,
    ) -> Result<(Erasure, u64), ErasureFailed> {
        let mut erasures = self.erasures.write().unwrap_or_else(PoisonError::into_inner);
        let mut ends = Vec::new();
        for bureau in self.topics.bureaus() {
            let stream = self.topics.identities(*bureau);
            ends.push((stream.partition, self.journal.end(&stream)?));
        }
        let received = received::now(self.journal.as_ref(), &self.topics)?;
        ends.extend(received.iter().map(|of| (feed_place(of.feed, of.partition), of.upto)));
        let erasure = vault.erase(person, access, &ends)?;
        *erasures += 1;
        let record = erased(person, &received);
        let facts =
            self.topics.bureaus().iter().map(|bureau| (self.topics.facts(*bureau), vec![record.clone()]));
        let written = self.journal.write(Write { appends: facts.collect(), commits: Vec::new() })?;
        Ok((erasure, written.into_iter().flatten().next().unwrap_or_default()))
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
                "snapshots of the ledger",
                "facts under the pseudonym",
                "until the ledger has read the erasure, and then one without them replaces them all",
            ),
            remains("backups", "whatever was copied before", "as long as they are kept"),
        ];
        if erasure.accesses > 0 {
            let what = format!(
                "the note of the erasure and {} records of access, which name the pseudonym",
                erasure.accesses
            );
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

/// The record of `facts` that says to forget somebody, and how far feeds had been received.
pub(crate) fn erased(person: PersonId, received: &[Received]) -> NewRecord {
    let value = FactsRecord::Erased { person }.to_bytes();
    received::stamped(NewRecord { value, ..NewRecord::default() }, received)
}

/// Erases in a vault whoever it does not know to be erased.
///
/// # Errors
/// As the vault says; asked again, nothing is done twice.
pub(crate) fn erase_again(vault: &mut Vault, erased: &[Erased]) -> Result<(), VaultError> {
    let known: BTreeMap<PersonId, Erased> =
        vault.erasures().into_iter().map(|erased| (erased.person, erased)).collect();
    for erased in erased {
        let covers = |known: &Erased| {
            let covered = |(partition, before): (&u32, &u64)| {
                known.before.get(partition).is_some_and(|known| known >= before)
            };
            erased.before.iter().all(covered)
        };
        if known.get(&erased.person).is_some_and(covers) {
            continue;
        }
        let purpose = "erased before, as the log says, and unknown to this file".to_owned();
        let access = Access { actor: erased.by.clone(), purpose, at: erased.at };
        let ends: Vec<(u32, u64)> =
            erased.before.iter().map(|(partition, before)| (*partition, *before)).collect();
        vault.erase(erased.person, &access, &ends)?;
        tracing::info!("somebody who was erased is erased from an older file of the vault, too");
    }
    Ok(())
}
