//! Restoring: the newest snapshot that verifies, as a ledger.

use std::cmp::Reverse;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sanzao_model::{Bureau, Feed, Statement};

use crate::forgotten::Forgotten;
use crate::ledger::Ledger;
use crate::order::OpenId;
use crate::set::claim_hash;
use crate::snapshot::error::{Damage, SnapshotError};
use crate::snapshot::manifest::{Manifest, Part};
use crate::snapshot::{Snapshots, part};

/// Batches of statements decoded ahead of the set.
const BATCHES_AHEAD: usize = 8;

/// A ledger as some snapshot had it.
pub struct Restored {
    /// The ledger; empty where no snapshot verified.
    pub ledger: Ledger,
    /// The manifest of the snapshot, with the position from where to go on in `facts`; none: from the
    /// beginning.
    pub from: Option<Manifest>,
    /// Which store it came from; none: none.
    pub place: Option<String>,
    /// Newer snapshots that could not be used.
    pub skipped: Vec<Skipped>,
    /// Stores that could not be asked, so that nobody knows whether they have a newer one.
    pub unlisted: Vec<Unlisted>,
}

/// A snapshot that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The store.
    pub place: String,
    /// The name of its manifest.
    pub name: String,
    /// Why.
    pub damage: Damage,
}

/// A store that could not be asked for its snapshots.
#[derive(Debug)]
pub struct Unlisted {
    /// The store.
    pub place: String,
    /// Why.
    pub error: SnapshotError,
}

impl Snapshots {
    /// The ledger of the newest snapshot that verifies: every part as long as written and matching its
    /// checksum, and the set of all statements with the set hash of the ledger that was written. Newer
    /// ones that do not are skipped, and told.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn restore(&self, bureau: Bureau, open_id: OpenId) -> Result<Restored, SnapshotError> {
        Snapshots::restore_newest(&[self], bureau, open_id)
    }

    /// Like [`Snapshots::restore`] from several stores, as a local folder and a bucket: the newest of all, and of
    /// the same offset that of the store named first. A store that cannot be listed is passed over, and told.
    ///
    /// # Errors
    /// When no store can be listed: what the first said.
    pub fn restore_newest(
        stores: &[&Snapshots],
        bureau: Bureau,
        open_id: OpenId,
    ) -> Result<Restored, SnapshotError> {
        Snapshots::restore_newest_of(stores, bureau, open_id, &|_| Ok(()))
    }

    /// Like [`Snapshots::restore_newest`], of those that `is_usable` lets pass: others are skipped before they are read.
    ///
    /// # Errors
    /// When no store can be listed: what the first said.
    pub fn restore_newest_of(
        stores: &[&Snapshots],
        bureau: Bureau,
        open_id: OpenId,
        is_usable: &dyn Fn(&Manifest) -> Result<(), Damage>,
    ) -> Result<Restored, SnapshotError> {
        let (mut candidates, mut unlisted) = (Vec::new(), Vec::new());
        for &store in stores {
            match store.list(bureau) {
                Ok(listed) => candidates.extend(listed.into_iter().map(|listed| (store, listed))),
                Err(error) => {
                    let place = store.place();
                    tracing::warn!(%bureau, place, %error, "snapshots cannot be listed");
                    unlisted.push(Unlisted { place, error });
                }
            }
        }
        if !unlisted.is_empty() && unlisted.len() == stores.len() {
            return Err(unlisted.swap_remove(0).error);
        }
        candidates.sort_by_key(|(_, listed)| Reverse(listed.facts_offset));
        let mut ledger = Ledger::new(bureau, open_id);
        let mut skipped = Vec::new();
        for (store, listed) in candidates {
            let place = store.place();
            let usable = listed.manifest.and_then(|manifest| is_usable(&manifest).map(|()| manifest));
            let damage = match usable {
                Ok(manifest) => match store.fill(&mut ledger, &manifest) {
                    Ok(()) => {
                        let (from, place) = (Some(manifest), Some(place));
                        return Ok(Restored { ledger, from, place, skipped, unlisted });
                    }
                    Err(damage) => damage,
                },
                Err(damage) => damage,
            };
            tracing::warn!(%bureau, place, snapshot = listed.name, %damage, "snapshot skipped");
            skipped.push(Skipped { place, name: listed.name, damage });
            ledger = Ledger::new(bureau, ledger.into_open_id());
        }
        Ok(Restored { ledger, from: None, place: None, skipped, unlisted })
    }

    /// Reads a whole snapshot without restoring it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, manifest: &Manifest) -> Result<(), Damage> {
        let (mut rows, mut set_hash) = (0_u64, 0_u128);
        for part in &manifest.parts {
            self.read(manifest.bureau, part, |statements| {
                rows += statements.len() as u64;
                for (_, statement) in statements {
                    let hash = claim_hash(statement.event, statement.time, statement.content.id());
                    set_hash = set_hash.wrapping_add(hash);
                }
                true
            })?;
        }
        manifest.sums_to(rows, set_hash)
    }

    /// Fills an empty ledger: one thread reads, verifies and decodes, this one inserts.
    fn fill(&self, ledger: &mut Ledger, manifest: &Manifest) -> Result<(), Damage> {
        ledger.reserve(manifest.facts as usize, manifest.events as usize, manifest.people as usize);
        let rows = std::thread::scope(|scope| {
            let (send, receive) = sync_channel(BATCHES_AHEAD);
            let reader = scope.spawn(move || self.read_all(manifest, &send));
            let rows = insert_all(ledger, receive);
            reader.join().expect("reading a snapshot does not panic").map(|()| rows)
        })?;
        manifest.sums_to(rows, ledger.set_hash())?;
        let forgotten = Forgotten::of(&manifest.erasures);
        ledger.forgotten =
            forgotten.ok_or_else(|| Damage::Manifest("it names no hash of who was erased".into()))?;
        for applied in &manifest.applied {
            ledger.applied.insert((applied.feed, applied.partition), applied.upto);
        }
        // The newest record of a feed may have been of somebody who was erased.
        for age in &manifest.newest {
            ledger.newest.insert(age.feed, age.newest);
        }
        Ok(())
    }

    fn read_all(&self, manifest: &Manifest, send: &SyncSender<Vec<(Feed, Statement)>>) -> Result<(), Damage> {
        manifest
            .parts
            .iter()
            .try_for_each(|part| self.read(manifest.bureau, part, |statements| send.send(statements).is_ok()))
    }

    fn read(
        &self,
        bureau: Bureau,
        part: &Part,
        take: impl FnMut(Vec<(Feed, Statement)>) -> bool,
    ) -> Result<(), Damage> {
        let bytes = self.get(bureau, &part.name)?;
        part.check(&bytes)?;
        part::decode(part, bytes, take)
    }
}

fn insert_all(ledger: &mut Ledger, receive: Receiver<Vec<(Feed, Statement)>>) -> u64 {
    let mut rows = 0;
    for statements in receive {
        rows += statements.len() as u64;
        for (feed, statement) in &statements {
            ledger.take(*feed, statement);
        }
    }
    rows
}
