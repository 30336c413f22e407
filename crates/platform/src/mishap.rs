//! A log beside which the process dies, or one write fails, at a chosen moment, or which is slow: for tests of what a crash
//! leaves behind, and of who goes on after a write that was refused, was done and never acknowledged, or took long.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_journal::{
    Batch, Claim, Journal, JournalError, Members, Membership, Stream, Topic, TopicDifference, TopicLayout,
    Write,
};

/// Names the moment at which the process dies: `1` before the first write or claim, `2` after it, `3` before the
/// second, …
const DIE_AT: &str = "SANZAO_DIE_AT";
/// Names the moment at which a write fails, once: before it an odd one, so that nothing happens, and after it an even
/// one, so that all has happened though its caller is told otherwise.
const FAIL_AT: &str = "SANZAO_FAIL_AT";

/// Names a write of several records, `1` the first of them, amid which the process dies: the first half of its records
/// has arrived, and nothing else.
const DIE_WITHIN: &str = "SANZAO_DIE_WITHIN";

/// Names for how many milliseconds each write is kept from whoever asked for it, once it is done.
const SLOW: &str = "SANZAO_SLOW_WRITES_MS";

/// Writes of several records that have begun since the process did.
static WRITES: AtomicU64 = AtomicU64::new(0);
/// Moments that have passed since the process began: opening the log anew does not bring one back.
static PASSED: AtomicU64 = AtomicU64::new(0);

/// The log as it is, or, where the environment names a moment, one beside which the process aborts then, without
/// another word to anybody, or a write fails.
///
/// # Errors
/// When the environment names what is no moment.
pub(crate) fn with_mishap(journal: Arc<dyn Journal>) -> Result<Arc<dyn Journal>> {
    match (moment(DIE_AT)?, moment(FAIL_AT)?, moment(DIE_WITHIN)?, moment(SLOW)?) {
        (None, None, None, None) => Ok(journal),
        (die_at, fail_at, die_within, slow_ms) => {
            let slow = slow_ms.map_or(Duration::ZERO, Duration::from_millis);
            Ok(Arc::new(Mishap { journal, die_at, fail_at, die_within, slow }))
        }
    }
}

fn moment(variable: &str) -> Result<Option<u64>> {
    let Ok(text) = std::env::var(variable) else { return Ok(None) };
    let moment = text.parse().with_context(|| format!("{variable}: expected a number, found {text:?}"))?;
    Ok(Some(moment))
}

struct Mishap {
    journal: Arc<dyn Journal>,
    die_at: Option<u64>,
    fail_at: Option<u64>,
    die_within: Option<u64>,
    slow: Duration,
}

impl Mishap {
    fn around<T>(&self, write: impl FnOnce() -> Result<T, JournalError>) -> Result<T, JournalError> {
        self.pass()?;
        let written = write();
        std::thread::sleep(self.slow);
        self.pass()?;
        written
    }

    /// Writes the first half of the records of the write that is named, and dies.
    fn amid(&self, write: &Write, append: impl FnOnce(Write) -> Result<Vec<Range<u64>>, JournalError>) {
        let count: usize = write.appends.iter().map(|(_, records)| records.len()).sum();
        if count < 2 || self.die_within != Some(WRITES.fetch_add(1, Ordering::SeqCst) + 1) {
            return;
        }
        let (mut half, mut left) = (Write { appends: Vec::new(), commits: Vec::new() }, count / 2);
        for (stream, records) in &write.appends {
            let some: Vec<_> = records.iter().take(left).cloned().collect();
            left -= some.len();
            half.appends.push((stream.clone(), some));
        }
        half.appends.retain(|(_, records)| !records.is_empty());
        tracing::warn!(records = count / 2, of = count, "dying amid a write because {DIE_WITHIN} says so");
        drop(append(half));
        std::process::abort();
    }

    fn pass(&self) -> Result<(), JournalError> {
        let moment = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        if self.die_at == Some(moment) {
            std::process::abort();
        }
        if self.fail_at == Some(moment) {
            tracing::warn!(moment, "a write fails because {FAIL_AT} says so");
            return Err(JournalError::Unavailable { detail: format!("{FAIL_AT} names this write") });
        }
        Ok(())
    }
}

impl Journal for Mishap {
    fn write(&self, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.amid(&write, |half| self.journal.write(half));
        self.around(|| self.journal.write(write))
    }

    fn write_claimed(&self, claim: &Claim, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.amid(&write, |half| self.journal.write_claimed(claim, half));
        self.around(|| self.journal.write_claimed(claim, write))
    }

    fn claim(&self, stream: &Stream, owner: &str) -> Result<Claim, JournalError> {
        self.around(|| self.journal.claim(stream, owner))
    }

    fn expire(&self, stream: &Stream, appended_before_ms: i64, upto: u64) -> Result<u64, JournalError> {
        self.around(|| self.journal.expire(stream, appended_before_ms, upto))
    }

    fn read(&self, stream: &Stream, from: u64, max_bytes: usize) -> Result<Batch, JournalError> {
        self.journal.read(stream, from, max_bytes)
    }

    fn wait(&self, stream: &Stream, from: u64, timeout: Duration) -> Result<bool, JournalError> {
        self.journal.wait(stream, from, timeout)
    }

    fn end(&self, stream: &Stream) -> Result<u64, JournalError> {
        self.journal.end(stream)
    }

    fn begin(&self, stream: &Stream) -> Result<u64, JournalError> {
        self.journal.begin(stream)
    }

    fn partitions(&self, topic: &Topic) -> Result<u32, JournalError> {
        self.journal.partitions(topic)
    }

    fn check_topics(&self, layout: &[TopicLayout]) -> Result<Vec<TopicDifference>, JournalError> {
        self.journal.check_topics(layout)
    }

    fn ensure_topics(&self, layout: &[TopicLayout]) -> Result<(), JournalError> {
        self.journal.ensure_topics(layout)
    }

    fn committed(&self, consumer: &str, stream: &Stream) -> Result<Option<u64>, JournalError> {
        self.journal.committed(consumer, stream)
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Members>, JournalError> {
        self.journal.join(membership)
    }
}
