//! A partition of a department's topic, as work that is shared out. It has no state to be kept up.

use std::sync::Arc;
use std::time::Duration;

use sanzao_model::Feed;

use super::work::{TakenFrom, Work};
use crate::metrics::Status;
use crate::pipeline::Pipeline;
use crate::stage::{IntakeStage, StageError};
use crate::stages::StageName;

/// Takes in what lies in one partition.
pub(super) struct IntakeWork {
    name: StageName,
    pipeline: Arc<Pipeline>,
    feed: Feed,
    partition: u32,
    stage: Option<IntakeStage>,
    /// Valid and rejected events of earlier turns.
    before: (u64, u64),
}

impl IntakeWork {
    pub fn new(pipeline: Arc<Pipeline>, feed: Feed, partition: u32) -> IntakeWork {
        let name = StageName::of_feed("intake", feed, partition);
        IntakeWork { name, pipeline, feed, partition, stage: None, before: (0, 0) }
    }

    fn counts(&self) -> (u64, u64) {
        let (accepted, rejected) =
            self.stage.as_ref().map_or((0, 0), |stage| (stage.accepted, stage.rejected));
        (self.before.0 + accepted, self.before.1 + rejected)
    }
}

impl Work for IntakeWork {
    fn name(&self) -> &StageName {
        &self.name
    }

    /// What is taken in twice is a duplicate.
    fn is_claimed(&self) -> bool {
        false
    }

    fn is_owner(&self) -> bool {
        self.stage.is_some()
    }

    fn take_over(&mut self, is_wanted: &dyn Fn() -> bool) -> Result<Option<TakenFrom>, StageError> {
        if !is_wanted() {
            return Ok(None);
        }
        self.stage = Some(self.pipeline.intake(self.feed, self.partition)?);
        Ok(Some(TakenFrom::Log))
    }

    fn give_up(&mut self) {
        self.before = self.counts();
        self.stage = None;
    }

    fn step(&mut self) -> Result<bool, StageError> {
        self.stage.as_mut().map_or(Ok(false), IntakeStage::step)
    }

    fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        self.stage.as_ref().map_or(Ok(false), |stage| stage.wait(timeout))
    }

    fn progress(&self) -> Result<Option<(u64, u64)>, StageError> {
        let Some(stage) = &self.stage else { return Ok(None) };
        let end = self.pipeline.journal.end(&self.pipeline.topics.feed(self.feed, self.partition))?;
        Ok(Some((stage.position(), end)))
    }

    fn forget(&self, _: &Status) {}

    fn observe(&self, status: &Status) {
        let (valid, rejected) = self.counts();
        for (outcome, count) in [("valid", valid), ("rejected", rejected)] {
            let labels =
                format!("feed=\"{}\",partition=\"{}\",outcome=\"{outcome}\"", self.feed, self.partition);
            status.set("sanzao_intake_events_total", &labels, count as f64);
        }
        if let Some(stage) = &self.stage {
            status.set("sanzao_stage_offset", self.name.labels(), stage.position() as f64);
        }
    }
}
