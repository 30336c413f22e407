//! Goes through a whole stream of the log, for commands that look at all of it.

use anyhow::{Context, Result};
use sanzao_journal::{Journal, Record, Stream};
use sanzao_model::{FactsRecord, WorkRecord};

const READ_BYTES: usize = 4 << 20;

/// Hands over every record from the beginning up to an offset.
///
/// # Errors
/// When the log cannot be read, or what `take` says.
pub(crate) fn each_upto(
    journal: &dyn Journal,
    stream: &Stream,
    upto: u64,
    counter: &indicatif::ProgressBar,
    mut take: impl FnMut(&Record) -> Result<()>,
) -> Result<()> {
    let mut position = journal.begin(stream)?;
    while position < upto {
        let batch = journal.read(stream, position, READ_BYTES)?;
        if batch.next == position {
            break;
        }
        position = batch.next;
        counter.inc(batch.records.len() as u64);
        batch.records.iter().filter(|record| record.offset < upto).try_for_each(&mut take)?;
    }
    Ok(())
}

/// Hands over every record there is.
///
/// # Errors
/// As [`each_upto`].
pub(crate) fn each(
    journal: &dyn Journal,
    stream: &Stream,
    counter: &indicatif::ProgressBar,
    take: impl FnMut(&Record) -> Result<()>,
) -> Result<()> {
    each_upto(journal, stream, u64::MAX, counter, take)
}

/// Reads a record of `facts`.
pub(crate) fn facts(stream: &Stream, record: &Record) -> Result<FactsRecord> {
    FactsRecord::from_bytes(&record.value).with_context(|| format!("{stream} {}", record.offset))
}

/// Reads a record of `work`.
pub(crate) fn work(stream: &Stream, record: &Record) -> Result<WorkRecord> {
    WorkRecord::from_bytes(&record.value).with_context(|| format!("{stream} {}", record.offset))
}
