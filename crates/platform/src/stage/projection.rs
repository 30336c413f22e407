//! Projection: `work` into the read model of this node.

use std::sync::Arc;
use std::time::Duration;

use sanzao_journal::{Journal, Reader, Stream};
use sanzao_readmodel::Projector;

use super::StageError;
use super::casework::{claim_in_force, decode_work};

const READ_BYTES: usize = 4 << 20;

/// Projects one bureau's work.
pub struct ProjectionStage {
    journal: Arc<dyn Journal>,
    projector: Projector,
    work: Stream,
    position: u64,
    claim: u64,
}

impl ProjectionStage {
    /// Goes on where the read model's file stands.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn new(
        journal: Arc<dyn Journal>,
        projector: Projector,
        work: Stream,
    ) -> Result<ProjectionStage, StageError> {
        let position = projector.position().work;
        let claim = claim_in_force(journal.as_ref(), &work, position)?;
        Ok(ProjectionStage { journal, projector, work, position, claim })
    }

    /// Projects what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When the log cannot be read or the read model cannot be written.
    pub fn step(&mut self) -> Result<bool, StageError> {
        let mut reader = Reader::new(self.journal.as_ref(), self.work.clone(), self.position, self.claim);
        let records = reader.read(READ_BYTES)?;
        let (position, claim) = (reader.position(), reader.claim());
        if position == self.position {
            return Ok(false);
        }
        let mut decoded = Vec::with_capacity(records.len());
        for record in records {
            decoded.push((record.offset, decode_work(&self.work, record.offset, &record.value)?));
        }
        self.projector
            .project(position, &decoded)
            .map_err(|error| StageError::Broken(format!("the read model cannot be written: {error}")))?;
        (self.position, self.claim) = (position, claim);
        Ok(true)
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.work, self.position, timeout)?)
    }
}
