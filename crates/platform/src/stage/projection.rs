//! Projection: `work` into the read model of this node.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sanzao_journal::{Journal, Reader, Record, Stream};
use sanzao_readmodel::{Projector, ReadModelError, Reader as Tables};
use sanzao_traces::{OpenSpan, Traces};

use super::StageError;
use super::casework::decode_work;
use super::mark::Mark;
use super::since::since_ms;
use super::traced::trace_of;
use crate::clock;

const READ_BYTES: usize = 4 << 20;

/// Projects one bureau's work.
pub struct ProjectionStage {
    journal: Arc<dyn Journal>,
    projector: Projector,
    file: PathBuf,
    work: Stream,
    position: u64,
    claim: u64,
    /// How long it took from a feed to here, of what was projected since that was taken.
    took: Vec<Duration>,
    traces: Traces,
}

impl ProjectionStage {
    /// Goes on where the read model's file stands; one that was projected from another log is made anew.
    ///
    /// # Errors
    /// When the log cannot be read, or the file cannot be opened.
    pub fn open(
        journal: Arc<dyn Journal>,
        file: &Path,
        work: Stream,
    ) -> Result<(ProjectionStage, Tables), StageError> {
        let (mut projector, mut tables) = match sanzao_readmodel::open(file) {
            Err(error @ ReadModelError::Damaged(_)) => {
                tracing::warn!(%error, "making the read model anew");
                sanzao_readmodel::delete(file)?;
                sanzao_readmodel::open(file)?
            }
            opened => opened?,
        };
        if !is_of(&projector, journal.as_ref(), &work)? {
            if !projector.mark().is_empty() {
                tracing::warn!(stream = %work, "the read model is of another log: making it anew");
            }
            drop((projector, tables));
            sanzao_readmodel::delete(file)?;
            (projector, tables) = sanzao_readmodel::open(file)?;
        }
        let position = projector.position().work;
        let claim = Reader::claim_before(journal.as_ref(), &work, position)?;
        let file = file.to_owned();
        let (took, traces) = (Vec::new(), Traces::off());
        Ok((ProjectionStage { journal, projector, file, work, position, claim, took, traces }, tables))
    }

    /// Follows sampled events.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> ProjectionStage {
        ProjectionStage { traces, ..self }
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
        let mark = records.last().map(Mark::of);
        let mut decoded = Vec::with_capacity(records.len());
        let (now_ms, mut spans) = (clock::now_millis(), Vec::new());
        for record in records {
            spans.extend(self.span(&record, now_ms));
            self.took.extend(took(&record, now_ms));
            decoded.push((record.offset, decode_work(&self.work, record.offset, &record.value)?));
        }
        self.projector.project(position, &decoded).map_err(|error| self.give_up(error))?;
        if let Some(mark) = mark {
            self.projector.set_mark(mark.to_string())?;
        }
        (self.position, self.claim) = (position, claim);
        spans.into_iter().for_each(OpenSpan::end);
        Ok(true)
    }

    /// Of a record that comes of a sampled event, unless it was projected before and is read again.
    fn span(&self, record: &Record, now_ms: i64) -> Option<OpenSpan> {
        let parent = trace_of(record).filter(|_| is_fresh(record, now_ms))?;
        let mut span = self.traces.go_on("projection", self.traces.now(), parent)?;
        span.set("sanzao.partition", u64::from(self.work.partition));
        span.set("sanzao.work.offset", record.offset);
        span.set(
            "sanzao.since_feed_ms",
            since_ms(record).map_or(0, |since| now_ms.saturating_sub(since).max(0) as u64),
        );
        Some(span)
    }

    /// How long it took from a feed to here, of what was projected since this was asked last.
    pub fn take_took(&mut self) -> Vec<Duration> {
        std::mem::take(&mut self.took)
    }

    /// Offset of `work` up to which it has come, and where that ends.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn progress(&self) -> Result<(u64, u64), StageError> {
        Ok((self.position, self.journal.end(&self.work)?))
    }

    /// A damaged file is removed, so that the next start makes it anew.
    fn give_up(&self, error: ReadModelError) -> StageError {
        if let ReadModelError::Damaged(_) = error
            && sanzao_readmodel::delete(&self.file).is_ok()
        {
            return StageError::Broken(format!("{error}; it was deleted: start again"));
        }
        error.into()
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.work, self.position, timeout)?)
    }
}

/// What was appended longer ago is read again, and says nothing of how quick the way is.
const FRESH_MS: i64 = 60_000;

fn is_fresh(record: &Record, now_ms: i64) -> bool {
    now_ms.saturating_sub(record.timestamp_ms) < FRESH_MS
}

fn took(record: &Record, now_ms: i64) -> Option<Duration> {
    let since = since_ms(record).filter(|_| is_fresh(record, now_ms))?;
    u64::try_from(now_ms - since).ok().map(Duration::from_millis)
}

/// Whether the read model was projected from this log.
fn is_of(projector: &Projector, journal: &dyn Journal, work: &Stream) -> Result<bool, StageError> {
    match projector.mark() {
        // Nothing was projected, or what was projected was not marked yet.
        "" => Ok(projector.position().work == 0),
        mark => mark.parse::<Mark>().map_or(Ok(false), |mark| mark.is_in(journal, work)),
    }
}
