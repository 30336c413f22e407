//! Takes one file in: appends its events to the feed, takes them through intake and the ledger, and reads what became
//! of each.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use sanzao_files::Outcome;
use sanzao_journal::{Journal, Stream};
use sanzao_model::{Feed, ReceiptBatch, ReceiptOutcome};

use super::append::Appender;
use super::report::{RefusedLine, Resumed, Tally};
use super::resume::{Place, Progress};
use super::source::{Looked, Source};
use crate::pipeline::Pipeline;
use crate::progress;

pub(super) fn take(
    pipeline: &Pipeline,
    feed: Feed,
    source: &Source,
    looked: Option<&Looked>,
    place: Option<&Place>,
) -> Result<Tally> {
    let journal = pipeline.journal.as_ref();
    let receipts = pipeline.topics.receipts(feed);
    let progress = place.map(|place| place.progress(pipeline)).transpose()?;
    let receipts_from = match &progress {
        Some(progress) => progress.receipts_from,
        None => journal.end(&receipts)?,
    };
    let mut tally = Tally::default();
    let file = source.path.display().to_string();
    if progress.as_ref().is_some_and(|progress| progress.is_changed) {
        tally.notes.push(format!(
            "{file} (or how it is read) has changed since an ingest of it was interrupted: it is taken from its \
             beginning, and what is there already counts as duplicate"
        ));
    }
    let is_resumed = progress.as_ref().is_some_and(Progress::is_resumed);
    let mut appender = Appender::new(pipeline, feed, progress);
    let ended = source
        .read(looked, "reading (bytes)", &mut |outcome| {
            tally.take(source, outcome, |event| appender.push(event.line, event.value))
        })
        .with_context(|| format!("while reading {file}"))?;
    if let Some(line) = appender.resumed_at {
        tally.resumed.push(Resumed { file, line });
    } else if is_resumed {
        tally.notes.push(format!("{file}: all of it had been appended by the run that was interrupted"));
    }
    let lines = appender.finish()?;
    let counter = progress::counter("checking events");
    pipeline.drain_intakes(&|stage| counter.set_position(stage.position()))?;
    counter.finish_and_clear();
    for bureau in pipeline.topics.bureaus() {
        let mut stage = pipeline.discovery(*bureau, None)?;
        while stage.step()? {}
    }
    collect(journal, &receipts, receipts_from, &lines, source, &mut tally)?;
    tally.end(source, ended);
    Ok(tally)
}

/// Counts the receipts of the lines of one file.
fn collect(
    journal: &dyn Journal,
    receipts: &Stream,
    from: u64,
    lines: &BTreeMap<u64, u64>,
    source: &Source,
    tally: &mut Tally,
) -> Result<()> {
    let mut position = from;
    loop {
        let batch = journal.read(receipts, position, 8 << 20)?;
        if batch.next == position {
            return Ok(());
        }
        position = batch.next;
        for record in batch.records.iter().filter(|record| !record.is_claim()) {
            let decoded = ReceiptBatch::from_bytes(&record.value)
                .with_context(|| format!("{receipts} offset {}", record.offset))?;
            for receipt in decoded.receipts {
                let Some(line) = lines.get(&receipt.offset) else { continue };
                tally.warn(&receipt.warnings);
                match receipt.outcome {
                    ReceiptOutcome::Accepted => tally.accepted += 1,
                    ReceiptOutcome::Duplicate => tally.duplicate += 1,
                    ReceiptOutcome::Rejected { code, pointer, expected } => {
                        tally.refused.push(RefusedLine::of_event(source, *line, code, pointer, expected));
                    }
                }
            }
        }
    }
}

impl Tally {
    /// Counts what a line or row is; gives events away.
    pub fn take(
        &mut self,
        source: &Source,
        outcome: Outcome,
        mut event: impl FnMut(sanzao_files::Event) -> Result<()>,
    ) -> Result<()> {
        self.lines += 1;
        match outcome {
            Outcome::Event(made) => event(made)?,
            Outcome::Refused(refused) => self.refused.push(RefusedLine::of_row(source, refused)),
            Outcome::Skipped { .. } => self.skipped += 1,
        }
        Ok(())
    }
}
