//! Copying a snapshot from one store to another: to keep it elsewhere, or to have it near before it is restored.

use std::collections::HashSet;

use crate::snapshot::Snapshots;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::manifest::{Manifest, Part};

/// What a copy did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Parts sent.
    pub sent: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Parts that were there already, by name and checksum.
    pub there: usize,
}

impl Snapshots {
    /// Copies a snapshot of this store to another: its parts, each verified before it is sent, then its manifest,
    /// which makes it current there. A copy that was broken off goes on where it stood. One part at a time is
    /// held in memory.
    ///
    /// # Errors
    /// When a part is not what was written, a store fails, or the other has another snapshot at this offset.
    pub fn copy(&self, manifest: &Manifest, to: &Snapshots) -> Result<Copied, SnapshotError> {
        let bureau = manifest.bureau;
        let standing = to.storage.list(bureau)?.into_iter();
        let standing: HashSet<(String, u64)> = standing.map(|it| (it.name, it.bytes)).collect();
        // What is there at its length may be damaged all the same.
        let is_there = |part: &Part| {
            standing.contains(&(part.name.clone(), part.bytes))
                && to.get(bureau, &part.name).is_ok_and(|bytes| part.check(&bytes).is_ok())
        };
        let mut copied = Copied { sent: 0, bytes: 0, there: 0 };
        for part in &manifest.parts {
            if is_there(part) {
                copied.there += 1;
                continue;
            }
            let bytes = self.get(bureau, &part.name)?;
            part.check(&bytes)?;
            to.storage.put(bureau, &part.name, bytes.into())?;
            copied.sent += 1;
            copied.bytes += part.bytes;
        }
        to.publish(manifest.clone())?;
        Ok(copied)
    }
}
