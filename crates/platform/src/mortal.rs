//! A log beside which the process dies at a chosen moment, for tests of what a crash leaves behind.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_journal::{
    Batch, Claim, Journal, JournalError, Members, Membership, Stream, Topic, TopicDifference, TopicLayout,
    Write,
};

/// Names the moment: `1` before the first write or claim, `2` after it, `3` before the second, …
const VARIABLE: &str = "SANZAO_DIE_AT";

/// The log as it is, or, where the environment names a moment, one beside which the process aborts then, without
/// another word to anybody.
///
/// # Errors
/// When the environment names what is no moment.
pub(crate) fn perhaps_mortal(journal: Arc<dyn Journal>) -> Result<Arc<dyn Journal>> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(journal) };
    let left: u64 = text.parse().with_context(|| format!("{VARIABLE}: expected a number, found {text:?}"))?;
    Ok(Arc::new(Mortal { journal, left: AtomicU64::new(left) }))
}

struct Mortal {
    journal: Arc<dyn Journal>,
    left: AtomicU64,
}

impl Mortal {
    fn around<T>(&self, write: impl FnOnce() -> T) -> T {
        self.pass();
        let written = write();
        self.pass();
        written
    }

    fn pass(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}

impl Journal for Mortal {
    fn write(&self, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.around(|| self.journal.write(write))
    }

    fn write_claimed(&self, claim: &Claim, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
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
