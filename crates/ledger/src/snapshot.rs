//! Snapshots of a ledger: restore point, format for analysis and input of distributed sweeps in one. They lie in
//! a local folder or in a bucket; `SNAPSHOTS.md` says what is in them.
//!
//! A snapshot is some Parquet files and a manifest, which is written last and makes them current. What
//! does not match its checksums or the set hash is not used: an older snapshot, or the log from its
//! beginning, stands in for it. One process writes a bureau's snapshots.

mod bucket;
mod copy;
mod error;
mod folder;
mod manifest;
mod part;
mod restore;
mod rows;
mod storage;

use std::collections::HashSet;
use std::path::PathBuf;

use bytes::Bytes;
use sanzao_model::{Bureau, Instant};
use serde::{Deserialize, Serialize};

pub use crate::snapshot::bucket::{S3Settings, SecretKey};
pub use crate::snapshot::copy::Copied;
pub use crate::snapshot::error::{Damage, SnapshotError};
pub use crate::snapshot::manifest::{AppliedUpto, Manifest, Part};
pub use crate::snapshot::restore::{Restored, Skipped, Unlisted};

use crate::ledger::Ledger;
use crate::snapshot::bucket::Bucketed;
use crate::snapshot::folder::Folder;
use crate::snapshot::manifest::{FORMAT, set_hash_hex, sha256_hex, written_at};
use crate::snapshot::part::ROWS_PER_PART;
use crate::snapshot::storage::Storage;

/// Where in `facts` a snapshot stands, and what its owner needs to go on from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The offset in `facts` after the last record that the ledger reflects.
    pub facts_offset: u64,
    /// What else the owner must know to go on, as the claim in force, the day, the parameters, the rule
    /// set's hash, the loads that are open. The ledger does not read it.
    pub state: serde_json::Value,
}

/// A manifest in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its name below the bureau's folder.
    pub name: String,
    /// The offset in `facts` that its name tells.
    pub facts_offset: u64,
    /// What it says, or why it cannot be used.
    pub manifest: Result<Manifest, Damage>,
}

/// The snapshots of one store.
pub struct Snapshots {
    storage: Storage,
    rows_per_part: usize,
}

impl Snapshots {
    /// Those in a local folder, which is made if it is missing. Call it, and everything else here,
    /// outside of an async runtime.
    ///
    /// # Errors
    /// When the folder cannot be made or opened.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Result<Snapshots, SnapshotError> {
        let storage = Storage::Folder(Folder::new(folder.into())?);
        Ok(Snapshots { storage, rows_per_part: ROWS_PER_PART })
    }

    /// Those in a bucket. Nothing is asked of it yet; requests are signed with the time that `now` tells.
    ///
    /// # Errors
    /// When the settings cannot be right.
    pub fn in_bucket(settings: &S3Settings, now: fn() -> Instant) -> Result<Snapshots, SnapshotError> {
        let storage = Storage::Bucket(Box::new(Bucketed::new(settings, now)?));
        Ok(Snapshots { storage, rows_per_part: ROWS_PER_PART })
    }

    /// What messages call the store.
    pub fn place(&self) -> String {
        self.storage.place()
    }

    /// Parts of at most so many statements, rather than 200,000: one part at a time is held in memory.
    pub fn with_rows_per_part(self, rows_per_part: usize) -> Snapshots {
        Snapshots { rows_per_part: rows_per_part.max(1), ..self }
    }

    /// Writes a ledger aside and makes it the current snapshot; on return it is durable. What says the same at
    /// this offset already stays, and is returned.
    ///
    /// # Errors
    /// When the store fails, or a bucket has another snapshot at this offset; what was current stays so.
    pub fn write(
        &self,
        ledger: &Ledger,
        position: Position,
        now: Instant,
    ) -> Result<Manifest, SnapshotError> {
        let parts = self.write_parts(ledger, position.facts_offset)?;
        let (facts, events) = ledger.counts();
        let applied = ledger.applied.iter();
        let manifest = Manifest {
            format: FORMAT,
            bureau: ledger.bureau,
            created_at: written_at(now),
            position,
            applied: applied
                .map(|((feed, partition), upto)| AppliedUpto {
                    feed: *feed,
                    partition: *partition,
                    upto: *upto,
                })
                .collect(),
            newest: ledger.ages(),
            statements: parts.iter().map(|part| part.rows).sum(),
            facts: facts as u64,
            events: events as u64,
            people: ledger.people_count() as u64,
            set_hash: set_hash_hex(ledger.set_hash()),
            parts,
        };
        self.publish(manifest)
    }

    /// Makes a snapshot current, of which the parts are there. A folder is one process's own, and what it left
    /// there is replaced; a bucket may be used by others, of which only what is no manifest is replaced.
    fn publish(&self, manifest: Manifest) -> Result<Manifest, SnapshotError> {
        let (bureau, name, bytes) = (manifest.bureau, manifest.name(), manifest.to_bytes()?);
        if self.storage.put_new(bureau, &name, bytes.clone())? {
            return Ok(manifest);
        }
        let Some(standing) = self.storage.get(bureau, &name)? else {
            // Deleted since.
            return self.storage.put(bureau, &name, bytes).map(|()| manifest);
        };
        match (Manifest::from_bytes(&standing), &self.storage) {
            (Ok(standing), _) if standing.says_the_same(&manifest) => return Ok(standing),
            (Ok(_) | Err(Damage::Format { .. }), Storage::Bucket(_)) => {
                return Err(SnapshotError::Taken { name });
            }
            (Ok(_), Storage::Folder(_)) => {
                tracing::warn!(%bureau, snapshot = name, "a snapshot that said something else is replaced");
            }
            (Err(damage), _) => {
                tracing::warn!(%bureau, snapshot = name, %damage, "a snapshot that cannot be used is replaced");
            }
        }
        self.storage.put(bureau, &name, bytes).map(|()| manifest)
    }

    /// A part's name tells its content, so that no snapshot ever overwrites a part of another.
    fn write_parts(&self, ledger: &Ledger, facts_offset: u64) -> Result<Vec<Part>, SnapshotError> {
        let mut parts = Vec::new();
        let mut statements = ledger.statements().peekable();
        while statements.peek().is_some() {
            let (bytes, rows) = part::encode(statements.by_ref().take(self.rows_per_part))
                .map_err(|error| SnapshotError::Encode(error.to_string()))?;
            let sha256 = sha256_hex(&bytes);
            let name = format!("statements-{facts_offset:020}-{:05}-{}.parquet", parts.len(), &sha256[..16]);
            parts.push(Part { name, bytes: bytes.len() as u64, rows, sha256 });
            let name = &parts[parts.len() - 1].name;
            self.storage.put(ledger.bureau, name, bytes)?;
        }
        Ok(parts)
    }

    /// The manifests of a bureau, the newest first.
    ///
    /// # Errors
    /// When the store cannot be listed.
    pub fn list(&self, bureau: Bureau) -> Result<Vec<Listed>, SnapshotError> {
        let names = self.storage.list(bureau)?.into_iter();
        let mut manifests: Vec<_> = names
            .filter_map(|(name, _)| Manifest::offset_in(&name).map(|facts_offset| (facts_offset, name)))
            .collect();
        manifests.sort_unstable_by(|a, b| b.cmp(a));
        let listed = manifests.into_iter().map(|(facts_offset, name)| {
            let manifest = self.manifest(bureau, &name);
            Listed { name, facts_offset, manifest }
        });
        Ok(listed.collect())
    }

    fn manifest(&self, bureau: Bureau, name: &str) -> Result<Manifest, Damage> {
        let manifest = Manifest::from_bytes(&self.get(bureau, name)?)?;
        if manifest.bureau != bureau {
            return Err(Damage::Manifest(format!("it is of bureau {}", manifest.bureau)));
        }
        if manifest.name() != name {
            return Err(Damage::Manifest(format!("it says that it is {}", manifest.name())));
        }
        Ok(manifest)
    }

    fn get(&self, bureau: Bureau, name: &str) -> Result<Bytes, Damage> {
        let missing = |reason: String| Damage::Missing { name: name.to_owned(), reason };
        let found = self.storage.get(bureau, name).map_err(|error| missing(error.to_string()))?;
        found.ok_or_else(|| missing("there is no such object".into()))
    }

    /// Deletes what is older than the newest `keep` complete snapshots, and parts that no manifest
    /// names or a killed process left unfinished; how many objects. Complete means that every part is there at its
    /// length: contents are verified when they are read.
    ///
    /// # Errors
    /// When the store fails; to prune again does the rest.
    pub fn prune(&self, bureau: Bureau, keep: usize) -> Result<usize, SnapshotError> {
        self.storage.remove_unfinished(bureau)?;
        let objects = self.storage.list(bureau)?;
        let lengths: HashSet<(&str, u64)> =
            objects.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        let is_there = |part: &Part| lengths.contains(&(part.name.as_str(), part.bytes));
        let (mut complete, mut kept, mut doomed) = (0, HashSet::new(), Vec::new());
        let mut unread: Vec<String> = Vec::new();
        for listed in self.list(bureau)? {
            if complete >= keep.max(1) {
                doomed.push(listed.name);
                continue;
            }
            match listed.manifest {
                Ok(manifest) => {
                    complete += usize::from(manifest.parts.iter().all(is_there));
                    kept.extend(manifest.parts.into_iter().map(|part| part.name));
                }
                // What it names is not known now, and may be another time.
                Err(_) => unread.push(format!("statements-{:020}-", listed.facts_offset)),
            }
        }
        // Manifests go first: none ever names a part that was deleted.
        let parts = objects.iter().map(|(name, _)| name).filter(|name| name.starts_with("statements-"));
        let is_unread = |name: &str| unread.iter().any(|prefix| name.starts_with(prefix));
        doomed.extend(parts.filter(|name| !kept.contains(*name) && !is_unread(name)).cloned());
        for name in &doomed {
            self.storage.delete(bureau, name)?;
        }
        Ok(doomed.len())
    }
}
