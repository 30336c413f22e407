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
mod prune;
mod restore;
mod rows;
mod storage;

use std::path::PathBuf;

use bytes::Bytes;
use sanzao_model::{Bureau, Instant};
use serde::{Deserialize, Serialize};

pub use crate::snapshot::bucket::{S3Settings, SecretKey};
pub use crate::snapshot::copy::Copied;
pub use crate::snapshot::error::{Damage, SnapshotError};
pub use crate::snapshot::manifest::{AppliedUpto, FORMAT, Manifest, Part};
pub use crate::snapshot::restore::{Restored, Skipped, Unlisted};

use crate::ledger::Ledger;
use crate::snapshot::bucket::Bucketed;
use crate::snapshot::folder::Folder;
use crate::snapshot::manifest::{set_hash_hex, sha256_hex, written_at};
use crate::snapshot::part::ROWS_PER_PART;
use crate::snapshot::storage::Storage;

/// The object that says from which snapshot of a folder to go on.
const CHOSEN: &str = "chosen";

/// Where in `facts` a snapshot stands, and what its owner needs to go on from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The offset in `facts` after the last record that the ledger reflects.
    pub facts_offset: u64,
    /// What tells this log from any other, as the owner names it: offsets of different logs say nothing of one another.
    pub log: String,
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

    /// A bucket that is asked once, and given up after seconds: for who has something else to go on from.
    pub fn in_a_hurry(self) -> Snapshots {
        let storage = match self.storage {
            Storage::Bucket(bucket) => Storage::Bucket(Box::new(bucket.in_a_hurry())),
            folder @ Storage::Folder(_) => folder,
        };
        Snapshots { storage, ..self }
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
            erasures: ledger.forgotten.told(),
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
            (Ok(other), Storage::Bucket(_)) => {
                let named = |part: &&Part| other.parts.iter().any(|standing| standing.name == part.name);
                let own = manifest.parts.iter().filter(|part| !named(part));
                own.map(|part| &part.name).try_for_each(|name| self.storage.delete(bureau, name))?;
                return Err(SnapshotError::Taken { name });
            }
            (Err(Damage::Format { .. }), Storage::Bucket(_)) => return Err(SnapshotError::Taken { name }),
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
            .filter_map(|it| Manifest::offset_in(&it.name).map(|facts_offset| (facts_offset, it.name)))
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
}
