//! Quality of feeds: counts what receipts and facts say into tables of their own.
//!
//! Facts are decoded a second time here. Discovery has them decoded, but starts from a snapshot, so that counts of
//! what lies before could not be made anew from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sanzao_journal::{Batch, Journal, Record, Stream};
use sanzao_model::{Bureau, FactsRecord, Feed, ReceiptBatch, RecordError};
use sanzao_readmodel::{FeedProjector, FeedReader, FeedTally, ReadModelError, open_feeds};

use super::{Mark, StageError};
use crate::topics::Topics;

/// Bytes of a stream that are counted in one transaction.
const READ_BYTES: usize = 4 << 20;

/// Nobody looks at these counts faster: what comes in the meantime is counted in the same transaction.
const GATHER: Duration = Duration::from_millis(200);

/// Counts the feeds of one bureau.
pub struct FeedQualityStage {
    journal: Arc<dyn Journal>,
    bureau: String,
    facts: Stream,
    receipts: Vec<Stream>,
    projector: FeedProjector,
    reader: FeedReader,
    file: PathBuf,
    moved: bool,
    /// Whether what is counted was told.
    is_told: bool,
    /// What there was at the start and is not counted yet: streams with their ends.
    backlog: Vec<(Stream, u64)>,
}

impl FeedQualityStage {
    /// Goes on where the tables stand; those of another log, and damaged ones, are made anew.
    ///
    /// # Errors
    /// When the log or the tables cannot be read.
    pub fn open(
        journal: Arc<dyn Journal>,
        file: &Path,
        topics: &Topics,
        bureau: Bureau,
    ) -> Result<(FeedQualityStage, FeedReader), StageError> {
        let (facts, receipts) = (topics.facts(bureau), Feed::ALL.map(|feed| topics.receipts(feed)).to_vec());
        let (mut projector, mut reader) = match open_feeds(file) {
            Err(error @ ReadModelError::Damaged(_)) => {
                tracing::warn!(%error, "counting feeds anew");
                sanzao_readmodel::delete(file)?;
                open_feeds(file)?
            }
            opened => opened?,
        };
        let mut is_of_log = true;
        for stream in receipts.iter().chain([&facts]) {
            is_of_log &= is_of(&projector, journal.as_ref(), stream)?;
        }
        if !is_of_log {
            tracing::warn!("the counts of feeds are of another log: counting anew");
            drop((projector, reader));
            sanzao_readmodel::delete(file)?;
            (projector, reader) = open_feeds(file)?;
        }
        let mut backlog = Vec::new();
        for stream in receipts.iter().chain([&facts]) {
            backlog.push((stream.clone(), journal.end(stream)?));
        }
        let stage = FeedQualityStage {
            journal,
            bureau: bureau.to_string(),
            facts,
            receipts,
            projector,
            reader: reader.clone(),
            file: file.to_owned(),
            moved: false,
            is_told: false,
            backlog,
        };
        Ok((stage, reader))
    }

    /// Counts what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When the log cannot be read or the tables cannot be written; nothing is lost, it is read again.
    pub fn step(&mut self) -> Result<bool, StageError> {
        let mut tally = self.projector.begin();
        self.read(&self.facts, &mut tally, |tally, record| {
            if let FactsRecord::Facts(batch) = FactsRecord::from_bytes(&record.value)? {
                tally.facts(&batch);
            }
            Ok(())
        })?;
        for stream in &self.receipts {
            self.read(stream, &mut tally, |tally, record| {
                // Discovery names its bureau; what was rejected is of none.
                if record.key.is_empty() || record.key == self.bureau.as_bytes() {
                    tally.receipts(record.offset, &ReceiptBatch::from_bytes(&record.value)?);
                }
                Ok(())
            })?;
        }
        self.moved = !tally.is_empty();
        self.is_told &= !self.moved;
        if self.moved {
            self.projector.commit(tally).map_err(|error| self.give_up(error))?;
        }
        let projector = &self.projector;
        let counted = |stream: &Stream| projector.position(&stream.to_string()).map_or(0, |(next, _)| next);
        // Where something comes all the time, the end is never seen: the end there was at the start is enough.
        self.backlog.retain(|(stream, end)| self.moved && counted(stream) < *end);
        if self.backlog.is_empty() {
            self.projector.has_caught_up();
        }
        Ok(self.moved)
    }

    /// Counts the next records of a stream.
    fn read(
        &self,
        stream: &Stream,
        tally: &mut FeedTally,
        count: impl Fn(&mut FeedTally, &Record) -> Result<(), RecordError>,
    ) -> Result<(), StageError> {
        let name = stream.to_string();
        let known = self.projector.position(&name);
        let from = match known {
            Some((next, _)) => next,
            None => self.journal.begin(stream)?,
        };
        let Batch { records, next } = self.journal.read(stream, from, READ_BYTES)?;
        if next == from {
            return Ok(());
        }
        for record in records.iter().filter(|record| !record.is_claim()) {
            count(tally, record).map_err(|error| StageError::Record {
                stream: name.clone(),
                offset: record.offset,
                error: error.to_string(),
            })?;
        }
        let before = known.map_or(String::new(), |(_, mark)| mark.to_owned());
        tally.read_upto(&name, next, records.last().map_or(before, |record| Mark::of(record).to_string()));
        Ok(())
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

    /// Waits until there is more to read, or for a while.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        if self.moved {
            return Ok(true);
        }
        let next = self.projector.position(&self.facts.to_string()).map_or(0, |(next, _)| next);
        let more = self.journal.wait(&self.facts, next, timeout)?;
        if more {
            std::thread::sleep(GATHER);
        }
        Ok(more)
    }

    /// Whether something is counted of which nobody was told, be it before the start.
    pub fn has_news(&self) -> bool {
        !self.is_told
    }

    /// Notes that everybody was told of what is counted.
    pub fn told(&mut self) {
        self.is_told = true;
    }

    /// What is counted.
    pub fn reader(&self) -> &FeedReader {
        &self.reader
    }
}

/// Whether what was counted of a stream is of this log. Of receipts the broker may have let expire what was counted.
fn is_of(projector: &FeedProjector, journal: &dyn Journal, stream: &Stream) -> Result<bool, StageError> {
    match projector.position(&stream.to_string()) {
        None => Ok(true),
        Some((next, "")) => Ok(next <= journal.end(stream)?),
        Some((_, mark)) => match mark.parse::<Mark>() {
            Ok(mark) if mark.offset() < journal.begin(stream)? => Ok(true),
            Ok(mark) => mark.is_in(journal, stream),
            Err(()) => Ok(false),
        },
    }
}
