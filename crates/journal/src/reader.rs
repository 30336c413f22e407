//! Reading a stream as its rightful owners wrote it.

use std::time::Duration;

use crate::{ClaimFilter, Journal, JournalError, Record, Stream};

/// Bytes read at a time when only claims are looked for.
const CLAIM_READ_BYTES: usize = 1 << 20;

/// A place in a stream, and the claim in force there. Both belong in the state that a consumer saves: a reader
/// that starts in the middle cannot know otherwise whose records to ignore.
pub struct Reader<'a> {
    journal: &'a dyn Journal,
    stream: Stream,
    next: u64,
    claims: ClaimFilter,
}

impl<'a> Reader<'a> {
    /// Reads `stream` from the offset `from`. `claim_in_force` is what [`Reader::claim`] said when that was the
    /// position; 0 at the beginning of the stream.
    pub fn new(journal: &'a dyn Journal, stream: Stream, from: u64, claim_in_force: u64) -> Self {
        Self { journal, stream, next: from, claims: ClaimFilter::new(claim_in_force) }
    }

    /// The claim in force just before an offset, for those that saved only the offset: reads the stream from its
    /// beginning. Claims at the offset and behind it are not looked at: what lies before them, written under
    /// an earlier one, counts.
    ///
    /// # Errors
    /// Those of [`Journal::read`].
    pub fn claim_before(journal: &dyn Journal, stream: &Stream, offset: u64) -> Result<u64, JournalError> {
        let mut reader = Reader::new(journal, stream.clone(), journal.begin(stream)?, 0);
        reader.skip_to(offset)?;
        Ok(reader.claim())
    }

    /// Passes over what lies before an offset, and looks at its claims only.
    ///
    /// # Errors
    /// Those of [`Journal::read`].
    pub fn skip_to(&mut self, offset: u64) -> Result<(), JournalError> {
        while self.next < offset {
            let batch = self.journal.read(&self.stream, self.next, CLAIM_READ_BYTES)?;
            for record in batch.records.iter().take_while(|record| record.offset < offset) {
                self.claims.admit(record.offset, record.claim);
            }
            if batch.next == self.next {
                break;
            }
            self.next = batch.next.min(offset);
        }
        Ok(())
    }

    /// What it reads.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The offset it reads next.
    pub fn position(&self) -> u64 {
        self.next
    }

    /// The claim in force at [`Reader::position`]; 0 if nobody has claimed the stream up to there.
    pub fn claim(&self) -> u64 {
        self.claims.in_force()
    }

    /// The next records that count: about `max_bytes` of them, at least one if there is one. Empty at the end of
    /// the stream; the position may move nevertheless, over records that do not count.
    ///
    /// # Errors
    /// Those of [`Journal::read`]. The position is then what was read without an error, and `read` can be repeated.
    pub fn read(&mut self, max_bytes: usize) -> Result<Vec<Record>, JournalError> {
        loop {
            let batch = self.journal.read(&self.stream, self.next, max_bytes)?;
            let at_end = batch.next == self.next;
            self.next = batch.next;
            let mut records = batch.records;
            records.retain(|record| self.claims.admit(record.offset, record.claim));
            if at_end || !records.is_empty() {
                return Ok(records);
            }
        }
    }

    /// Waits until there is something to read, or the timeout passes; true if there is. What is there may turn out
    /// not to count.
    ///
    /// # Errors
    /// Those of [`Journal::wait`].
    pub fn wait(&self, timeout: Duration) -> Result<bool, JournalError> {
        self.journal.wait(&self.stream, self.next, timeout)
    }
}
