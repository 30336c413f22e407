//! The vault's stage: keeps what intake states of who people are. It may wait for as long as it will: facts flow.

use std::sync::Arc;
use std::time::Duration;

use sanzao_journal::{Batch, Commit, Journal, Stream, Write};
use sanzao_model::{Bureau, Feed, Identity, IdentityBatch};
use sanzao_vault::{SealKey, Stated, Vault, VaultError, open_batch};

use super::StageError;
use crate::erasure::erase_again;
use crate::erasures_heard::erasures_in_log;
use crate::identities::{Identities, fill};
use crate::received;
use crate::topics::Topics;

/// Bytes of sealed identities that are kept in one transaction.
const READ_BYTES: usize = 4 << 20;

/// Reads the topic of identities for all bureaus of this process.
pub struct VaultStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    inputs: Vec<(Stream, Option<Place>)>,
    identities: Arc<Identities>,
    seal: SealKey,
    /// People and values that were new to this process.
    pub kept: (u64, u64),
}

/// How far one partition has been kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// The offset to read next.
    next: u64,
    /// Where the vault's file stood when it was last looked at.
    in_file: u64,
}

/// A record of identities, opened.
struct Sealed {
    offset: u64,
    identities: Vec<Identity>,
    feed: Feed,
    /// The partition of the feed, and where in it lie the events that state them.
    events: Option<(u32, Vec<u64>)>,
}

impl Sealed {
    /// Takes out what had been received of somebody before they were erased: intake had it in its hands then.
    fn leave_out_erased(&mut self, vault: &Vault) {
        let Some((partition, offsets)) = &self.events else { return };
        if offsets.len() != self.identities.len() {
            return;
        }
        let mut offsets = offsets.iter();
        self.identities.retain(|identity| {
            let offset = offsets.next().copied().unwrap_or(u64::MAX);
            !vault.was_received_before_erasure(identity.person, self.feed, *partition, offset)
        });
    }
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
        let inputs = bureaus.iter().map(|bureau| (topics.identities(*bureau), None)).collect();
        VaultStage { journal, topics: topics.clone(), inputs, identities, seal, kept: (0, 0) }
    }

    /// Keeps what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When log or vault do not answer; nothing is lost, the records are read again.
    pub fn step(&mut self) -> Result<bool, VaultTrouble> {
        let mut any = false;
        for input in 0..self.inputs.len() {
            any |= self.keep(input)?;
        }
        Ok(any)
    }

    fn keep(&mut self, input: usize) -> Result<bool, VaultTrouble> {
        let place = self.place(input)?;
        let stream = self.inputs[input].0.clone();
        let batch = self.journal.read(&stream, place.next, READ_BYTES).map_err(StageError::from)?;
        if batch.next == place.next {
            return Ok(false);
        }
        let in_file = if batch.records.is_empty() { place.in_file } else { self.take(&stream, &batch)? };
        // For those who watch the lag, and to know an older file by; the vault goes by its own position.
        let commit = Commit { consumer: "vault".into(), stream, offset: batch.next };
        self.journal.write(Write::commit(commit)).map_err(StageError::from)?;
        // What expired unread has no records, and is passed over all the same.
        self.inputs[input].1 = Some(Place { next: batch.next, in_file });
        Ok(true)
    }

    /// Keeps records; where the file stands then.
    fn take(&mut self, stream: &Stream, batch: &Batch) -> Result<u64, VaultTrouble> {
        let mut stated: Vec<Sealed> = Vec::with_capacity(batch.records.len());
        for record in &batch.records {
            let bytes = IdentityBatch::from_bytes(&record.value).map_err(|error| StageError::Record {
                stream: stream.to_string(),
                offset: record.offset,
                error: error.to_string(),
            })?;
            let (feed, offset) = (bytes.feed, record.offset);
            let identities = open_batch(&self.seal, &bytes)?;
            stated.push(Sealed { offset, identities, feed, events: received::events(record) });
        }
        let partition = stream.partition;
        let (kept, in_file) = self.identities.with(|vault| {
            stated.iter_mut().for_each(|sealed| sealed.leave_out_erased(vault));
            let records = stated.iter();
            let records: Vec<Stated<'_>> = records
                .map(|Sealed { offset, identities, .. }| Stated { partition, offset: *offset, identities })
                .collect();
            let kept = vault.keep(&records, &mut fill)?;
            Ok((kept, vault.position(partition)))
        })?;
        self.kept.0 += kept.new_people as u64;
        self.kept.1 += kept.new_values as u64;
        Ok(in_file)
    }

    /// Where to read on. What is kept is a set, so reading again does no harm: of a file that is older than what the
    /// log says was kept (a copy put back, or made anew) it goes on where the file stands, and beside a log that is
    /// older than the file, where the log stands.
    fn place(&mut self, input: usize) -> Result<Place, VaultTrouble> {
        let (stream, before) = self.inputs[input].clone();
        let in_file = self.identities.with(|vault| Ok(vault.position(stream.partition)))?;
        let before = match before {
            Some(before) => before,
            None => {
                let end = self.journal.end(&stream).map_err(StageError::from)?;
                let committed = self.journal.committed("vault", &stream).map_err(StageError::from)?;
                let next = in_file.min(committed.unwrap_or(0)).min(end);
                Place { next, in_file: committed.unwrap_or(end).min(end) }
            }
        };
        let mut place = Place { in_file, ..before };
        if in_file < before.in_file {
            self.know_erasures(&stream, in_file)?;
            place.next = in_file;
        }
        self.inputs[input].1 = Some(place);
        Ok(place)
    }

    /// An older file, or a new one, does not know who was erased since: what the log still has of them must not come
    /// back.
    fn know_erasures(&self, stream: &Stream, in_file: u64) -> Result<(), VaultTrouble> {
        let begin = self.journal.begin(stream).map_err(StageError::from)?;
        if in_file < begin {
            tracing::warn!(
                %stream, in_file, begin,
                "the vault's file is older than what is left of its topic: put back its newest copy, or those who \
                 are not named again stay unknown"
            );
        }
        let erased = erasures_in_log(self.journal.as_ref(), &self.topics).map_err(StageError::from)?;
        Ok(self.identities.with(|vault| erase_again(vault, &erased))?)
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When log or vault do not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, VaultTrouble> {
        let (stream, place) = &self.inputs[0];
        let from = place.map_or(0, |place| place.next);
        Ok(self.journal.wait(stream, from, timeout).map_err(StageError::from)?)
    }
}
