//! The vault's stage: keeps what intake states of who people are. It may wait for as long as it will: facts flow.

use std::sync::Arc;
use std::time::Duration;

use sanzao_journal::{Commit, Journal, Stream, Write};
use sanzao_model::{Bureau, Identity, IdentityBatch};
use sanzao_vault::{SealKey, Stated, VaultError, open_batch};

use super::StageError;
use crate::identities::{Identities, fill};
use crate::topics::Topics;

/// Bytes of sealed identities that are kept in one transaction.
const READ_BYTES: usize = 4 << 20;

/// Reads the topic of identities for all bureaus of this process.
pub struct VaultStage {
    journal: Arc<dyn Journal>,
    streams: Vec<Stream>,
    identities: Arc<Identities>,
    seal: SealKey,
    /// People and values that were new to this process.
    pub kept: (u64, u64),
}

/// Why the vault does not keep on.
#[derive(Debug, thiserror::Error)]
pub enum VaultTrouble {
    /// The log.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl VaultStage {
    /// The keeper of these bureaus' identities.
    pub fn new(
        journal: Arc<dyn Journal>,
        topics: &Topics,
        bureaus: &[Bureau],
        identities: Arc<Identities>,
        seal: SealKey,
    ) -> VaultStage {
        let streams = bureaus.iter().map(|bureau| topics.identities(*bureau)).collect();
        VaultStage { journal, streams, identities, seal, kept: (0, 0) }
    }

    /// Keeps what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When log or vault do not answer; nothing is lost, the records are read again.
    pub fn step(&mut self) -> Result<bool, VaultTrouble> {
        let mut any = false;
        for stream in self.streams.clone() {
            any |= self.keep(&stream)?;
        }
        Ok(any)
    }

    fn keep(&mut self, stream: &Stream) -> Result<bool, VaultTrouble> {
        let from = self.identities.with(|vault| Ok(vault.position(stream.partition)))?;
        let end = self.journal.end(stream).map_err(StageError::from)?;
        if from > end {
            let detail =
                format!("the vault has read {stream} up to {from} and it ends at {end}: another log's vault");
            return Err(StageError::Broken(detail).into());
        }
        let batch = self.journal.read(stream, from, READ_BYTES).map_err(StageError::from)?;
        let mut stated: Vec<(u64, Vec<Identity>)> = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let bytes = IdentityBatch::from_bytes(&record.value).map_err(|error| StageError::Record {
                stream: stream.to_string(),
                offset: record.offset,
                error: error.to_string(),
            })?;
            stated.push((record.offset, open_batch(&self.seal, &bytes)?));
        }
        if stated.is_empty() {
            return Ok(false);
        }
        let records: Vec<Stated<'_>> = stated
            .iter()
            .map(|(offset, identities)| Stated { partition: stream.partition, offset: *offset, identities })
            .collect();
        let kept = self.identities.with(|vault| vault.keep(&records, &mut fill))?;
        self.kept.0 += kept.new_people as u64;
        self.kept.1 += kept.new_values as u64;
        // For those who watch the lag, and for expiry; the vault goes by its own position.
        let commit = Commit { consumer: "vault".into(), stream: stream.clone(), offset: batch.next };
        let write = Write { appends: Vec::new(), commits: vec![commit] };
        self.journal.write(write).map_err(StageError::from)?;
        Ok(true)
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When log or vault do not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, VaultTrouble> {
        let stream = &self.streams[0];
        let from = self.identities.with(|vault| Ok(vault.position(stream.partition)))?;
        Ok(self.journal.wait(stream, from, timeout).map_err(StageError::from)?)
    }
}
