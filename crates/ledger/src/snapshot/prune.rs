//! Deleting snapshots: those that are too many, and all that may hold somebody who was erased since.
//!
//! A manifest says which erasures it reflects. Once one that reflects the last of them verifies, whatever reflects fewer
//! goes, however few are left then; one that says nothing, being damaged or of another format, goes by its offset. Those
//! of another log are neither counted nor deleted: they may be all that is left of it, and somebody else's.

use std::collections::HashSet;
use std::time::Duration;

use sanzao_model::{Bureau, Instant};

use crate::snapshot::error::{Damage, SnapshotError};
use crate::snapshot::manifest::{Manifest, Part};
use crate::snapshot::storage::{Object, Storage};
use crate::snapshot::{CHOSEN, Listed, Snapshots};

/// A part in a bucket that no manifest names may be of an upload that goes on elsewhere. None takes so long.
const SAFE_AGE: Duration = Duration::from_secs(24 * 3600);

/// Objects to look for by name and length.
struct Standing<'o>(HashSet<(&'o str, u64)>);

impl Standing<'_> {
    fn has_all_of(&self, manifest: &Manifest) -> bool {
        manifest.parts.iter().all(|part| self.0.contains(&(part.name.as_str(), part.bytes)))
    }
}

/// What stays and what goes.
#[derive(Default)]
struct Sorted {
    doomed: Vec<String>,
    /// Offsets of the manifests among them: their parts go, too.
    doomed_offsets: HashSet<u64>,
    kept_parts: HashSet<String>,
    /// Offsets of manifests that cannot be read: what they name is not known now, and may be another time.
    unread_offsets: HashSet<u64>,
}

impl Listed {
    /// Whether it is of this log. What is damaged or of another format does not say; what did not come may be of any.
    fn is_perhaps_of(&self, log: &str) -> bool {
        match &self.manifest {
            Ok(manifest) => manifest.position.log == log,
            Err(damage) => !matches!(damage, Damage::Missing { .. }),
        }
    }
}

impl Sorted {
    /// What stays of those that are nobody's here.
    fn beside(foreign: Vec<Listed>) -> Sorted {
        let mut sorted = Sorted::default();
        for Listed { facts_offset, manifest, .. } in foreign {
            match manifest {
                Ok(manifest) => sorted.kept_parts.extend(manifest.parts.into_iter().map(|part| part.name)),
                Err(_) => drop(sorted.unread_offsets.insert(facts_offset)),
            }
        }
        sorted
    }

    /// The offsets of parts but for those.
    fn parts_of_ours(&self, objects: &[Object]) -> Vec<u64> {
        let ours = objects.iter().filter(|object| !self.kept_parts.contains(&object.name));
        ours.filter_map(|object| Part::offset_in(&object.name)).collect()
    }
}

impl Snapshots {
    /// Of the snapshots of `log`, deletes what is older than the newest `keep` complete ones and what reflects fewer
    /// erasures than one that verifies; and parts that no manifest names or a killed process left unfinished; how many
    /// objects. Complete means that every part is there at its length: contents are verified when they are read.
    ///
    /// In a bucket another process may be putting parts: of those without a manifest only those go that are older than
    /// a day by `now`, or from before an erasure.
    ///
    /// # Errors
    /// When the store fails; to prune again does the rest.
    pub fn prune(
        &self,
        bureau: Bureau,
        log: &str,
        keep: usize,
        now: Instant,
    ) -> Result<usize, SnapshotError> {
        self.storage.remove_unfinished(bureau)?;
        let objects = self.storage.list(bureau)?;
        let standing = Standing(objects.iter().map(|it| (it.name.as_str(), it.bytes)).collect());
        let (listed, foreign): (Vec<Listed>, Vec<Listed>) =
            self.list(bureau)?.into_iter().partition(|listed| listed.is_perhaps_of(log));
        if !foreign.is_empty() {
            let (place, snapshots) = (self.place(), foreign.len());
            tracing::warn!(%bureau, place, snapshots, "these are of another log, or did not come: they stay until somebody deletes them");
        }
        let mut sorted = Sorted::beside(foreign);
        let erased_upto = self.erased_upto(&listed, &standing, &sorted.parts_of_ours(&objects));
        let mut complete = 0;
        for Listed { name, facts_offset, manifest } in listed {
            let reflects = manifest.as_ref().map_or(facts_offset, Manifest::erased_upto);
            if complete >= keep.max(1) || reflects < erased_upto {
                sorted.doomed.push(name);
                sorted.doomed_offsets.insert(facts_offset);
                continue;
            }
            match manifest {
                Ok(manifest) => {
                    complete += usize::from(standing.has_all_of(&manifest));
                    sorted.kept_parts.extend(manifest.parts.into_iter().map(|part| part.name));
                }
                Err(_) => drop(sorted.unread_offsets.insert(facts_offset)),
            }
        }
        // Manifests go first: none ever names a part that was deleted.
        let parts = objects.iter().filter(|it| self.is_left_over(it, &sorted, erased_upto, now));
        let parts: Vec<String> = parts.map(|it| it.name.clone()).collect();
        let doomed = [sorted.doomed, parts].concat();
        for name in &doomed {
            self.storage.delete(bureau, name)?;
        }
        Ok(doomed.len())
    }

    /// The offset in `facts` up to which every erasure is reflected by a snapshot that verifies; 0 where nothing older
    /// is there, so that nothing needs to be read.
    fn erased_upto(&self, listed: &[Listed], standing: &Standing<'_>, parts: &[u64]) -> u64 {
        let readable = listed.iter().filter_map(|it| it.manifest.as_ref().ok());
        let mut whole: Vec<&Manifest> = readable.filter(|manifest| standing.has_all_of(manifest)).collect();
        whole.sort_by_key(|manifest| std::cmp::Reverse(manifest.erased_upto()));
        let oldest_part = parts.iter().copied().min().unwrap_or(u64::MAX);
        for manifest in whole {
            let upto = manifest.erased_upto();
            let reflects_less =
                |it: &Listed| it.manifest.as_ref().map_or(it.facts_offset, Manifest::erased_upto) < upto;
            if !listed.iter().any(reflects_less) && oldest_part >= upto {
                return 0;
            }
            match self.verify(manifest) {
                Ok(()) => return upto,
                Err(damage) => {
                    let (bureau, snapshot, place) = (manifest.bureau, manifest.name(), self.place());
                    tracing::warn!(%bureau, snapshot, place, %damage, "older snapshots stay: this one does not verify");
                }
            }
        }
        0
    }

    /// Whether an object is a part that nothing needs.
    fn is_left_over(&self, object: &Object, sorted: &Sorted, erased_upto: u64, now: Instant) -> bool {
        let Some(offset) = Part::offset_in(&object.name) else { return false };
        if sorted.kept_parts.contains(&object.name) || sorted.unread_offsets.contains(&offset) {
            return false;
        }
        let is_safe = match &self.storage {
            Storage::Folder(_) => true,
            Storage::Bucket(_) => object.modified.is_some_and(|at| {
                u128::try_from(now.0.saturating_sub(at.0)).is_ok_and(|age| age > SAFE_AGE.as_nanos())
            }),
        };
        sorted.doomed_offsets.contains(&offset) || offset < erased_upto || is_safe
    }

    /// Deletes everything of a bureau; how many objects. For a folder of one process, which can have it again from
    /// the bucket or the log.
    ///
    /// # Errors
    /// When the store fails; to do it again does the rest.
    pub fn remove_all(&self, bureau: Bureau) -> Result<usize, SnapshotError> {
        self.storage.remove_unfinished(bureau)?;
        let mut names: Vec<String> = self.storage.list(bureau)?.into_iter().map(|it| it.name).collect();
        // Manifests, which begin with an earlier letter, go before their parts.
        names.sort_unstable();
        names.iter().try_for_each(|name| self.storage.delete(bureau, name))?;
        Ok(names.len())
    }

    /// Deletes a snapshot that is of no use; its parts go when it is pruned.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remove(&self, bureau: Bureau, listed: &Listed) -> Result<(), SnapshotError> {
        self.storage.delete(bureau, &listed.name)
    }

    /// Notes from which of a folder's snapshots the next start is to go on, whatever else there is; none for the newest.
    ///
    /// # Errors
    /// When the store fails.
    pub fn choose(&self, bureau: Bureau, facts_offset: Option<u64>) -> Result<(), SnapshotError> {
        match facts_offset {
            Some(offset) => self.storage.put(bureau, CHOSEN, offset.to_string().into_bytes()),
            None => self.storage.delete(bureau, CHOSEN),
        }
    }

    /// From which snapshot to go on, where one was chosen.
    ///
    /// # Errors
    /// When the store fails.
    pub fn chosen(&self, bureau: Bureau) -> Result<Option<u64>, SnapshotError> {
        let chosen = self.storage.get(bureau, CHOSEN)?;
        Ok(chosen.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok()))
    }
}
