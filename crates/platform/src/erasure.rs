//! Erasing a person: the vault destroys the key, every ledger forgets the facts, and the report says what remains.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sanzao_api::{PersonErasure, Remains};
use sanzao_journal::{Journal, JournalError, NewRecord, Write};
use sanzao_ledger::Received;
use sanzao_model::{FactsRecord, PersonId};
use sanzao_vault::{Access, Erased, Erasure, Vault, VaultError, feed_place};

use crate::identities::Identities;
use crate::received;
use crate::topics::Topics;

/// An erasure that takes longer from looking how far feeds are received to saying so looks and says so again: who appends
/// old events once more waits a little longer for it, and no more ([`crate::command`]'s replay).
pub(crate) const SAID_WITHIN: Duration = Duration::from_secs(1);
/// After so often intake has waited long enough.
const SAID_TIMES: usize = 3;

/// What an erasure needs.
pub(crate) struct Eraser {
    pub journal: Arc<dyn Journal>,
    pub topics: Topics,
    pub identities: Arc<Identities>,
    /// How many there were in this process. Intake holds it while it hands on a batch.
    pub erasures: Arc<RwLock<u64>>,
    pub raw_days: u32,
}

/// How far everything had been received when it was looked at.
struct Reached {
    /// Topic `identities` and the feeds, as the vault calls them.
    ends: Vec<(u32, u64)>,
    /// The feeds, as ledgers are told.
    received: Vec<Received>,
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
        let mut report = None;
        let look = || self.look();
        let say = |Reached { ends, received }: Reached| {
            let erasure = vault.erase(person, access, &ends)?;
            report.get_or_insert(erasure);
            *erasures += 1;
            self.say(person, &received)
        };
        let offset = said_in_time(SAID_WITHIN, &Instant::now, look, say)?;
        Ok((report.expect("it was said once"), offset))
    }

    fn look(&self) -> Result<Reached, ErasureFailed> {
        let mut ends = Vec::new();
        for bureau in self.topics.bureaus() {
            let stream = self.topics.identities(*bureau);
            ends.push((stream.partition, self.journal.end(&stream)?));
        }
        let received = received::now(self.journal.as_ref(), &self.topics)?;
        ends.extend(received.iter().map(|of| (feed_place(of.feed, of.partition), of.upto)));
        Ok(Reached { ends, received })
    }

    /// Tells every ledger; the offset in the first.
    fn say(&self, person: PersonId, received: &[Received]) -> Result<u64, ErasureFailed> {
        let record = erased(person, received);
        let facts =
            self.topics.bureaus().iter().map(|bureau| (self.topics.facts(*bureau), vec![record.clone()]));
        let written = self.journal.write(Write { appends: facts.collect(), commits: Vec::new() })?;
        Ok(written.into_iter().flatten().next().unwrap_or_default())
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
                "until the ledger has read the erasure, and then one without them replaces them all; those of another log in a \
                 bucket until somebody deletes them",
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

/// Looks, says what was seen, and does both again while that takes longer than it may.
fn said_in_time<L, S, E>(
    within: Duration,
    clock: &dyn Fn() -> Instant,
    look: impl Fn() -> Result<L, E>,
    mut say: impl FnMut(L) -> Result<S, E>,
) -> Result<S, E> {
    let mut times = 0;
    loop {
        let began = clock();
        let said = say(look()?)?;
        times += 1;
        if clock().saturating_duration_since(began) < within {
            return Ok(said);
        }
        if times == SAID_TIMES {
            tracing::warn!(
                times,
                "the log is slow: what was replayed meanwhile may name who is erased; erase again"
            );
            return Ok(said);
        }
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

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn what_took_long_to_say_is_looked_at_and_said_again() {
        const WITHIN: Duration = Duration::from_secs(1);
        let (end, said, now) = (Cell::new(9), RefCell::new(Vec::new()), Cell::new(Instant::now()));
        let clock = || now.get();
        let look = || Ok::<u64, JournalError>(end.replace(end.get() + 1));
        // Slow for so many times.
        let say = |slow: usize| {
            let (said, now) = (&said, &now);
            move |looked: u64| {
                said.borrow_mut().push(looked);
                now.set(now.get() + if said.borrow().len() <= slow { WITHIN } else { WITHIN / 2 });
                Ok(())
            }
        };
        said_in_time(WITHIN, &clock, look, say(0)).unwrap();
        assert_eq!(said.take(), [9]);
        said_in_time(WITHIN, &clock, look, say(1)).unwrap();
        assert_eq!(said.take(), [10, 11], "said again with what was received by then");
        said_in_time(WITHIN, &clock, look, say(usize::MAX)).unwrap();
        assert_eq!(said.take().len(), SAID_TIMES, "a log that is always slow");
        let refused = || Err(JournalError::Unavailable { detail: "away".to_owned() });
        assert!(said_in_time(WITHIN, &clock, refused, say(0)).is_err());
        assert!(said.take().is_empty());
    }
}
