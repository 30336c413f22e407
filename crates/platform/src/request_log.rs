//! The log of verification requests: topic `exchange`, one partition for each bureau. Who appends reads what became of
//! it: the log decides between two at once.

use std::sync::Arc;

use sanzao_exchange::{RequestNews, RequestRecord, RequestRefusal, Requests};
use sanzao_journal::{Journal, JournalError, NewRecord, Stream, Write};

use crate::stage::StageError;

const READ_BYTES: usize = 1 << 20;

/// Requests as they stand after what was read so far.
pub(crate) struct RequestLog {
    journal: Arc<dyn Journal>,
    stream: Stream,
    position: u64,
    requests: Requests,
}

impl RequestLog {
    /// At the beginning of the log. All of it is kept in memory: a request takes half a kilobyte.
    pub fn new(journal: Arc<dyn Journal>, stream: Stream) -> RequestLog {
        RequestLog { journal, stream, position: 0, requests: Requests::default() }
    }

    /// Reads to the end; `taken` hears of each record's offset and what became of it. Whether there was something.
    ///
    /// # Errors
    /// When the log does not answer, or holds what this version cannot read. What was heard of stays taken in.
    pub fn catch_up(
        &mut self,
        mut taken: impl FnMut(u64, Result<Option<RequestNews>, RequestRefusal>),
    ) -> Result<bool, StageError> {
        let from = self.position;
        loop {
            let batch = self.journal.read(&self.stream, self.position, READ_BYTES)?;
            if batch.next == self.position {
                return Ok(self.position > from);
            }
            for record in batch.records.iter().filter(|record| !record.is_claim()) {
                let read = RequestRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
                    stream: self.stream.to_string(),
                    offset: record.offset,
                    error: error.to_string(),
                })?;
                self.position = record.offset + 1;
                taken(record.offset, self.requests.take(&read));
            }
            self.position = batch.next;
        }
    }

    /// Appends records, and gives the offset of the first once they are durable. It does not read them.
    ///
    /// # Errors
    /// When the log takes nothing.
    pub fn append(&self, records: &[RequestRecord]) -> Result<u64, JournalError> {
        let record = |record: &RequestRecord| NewRecord { value: record.to_bytes(), ..NewRecord::default() };
        let appends = vec![(self.stream.clone(), records.iter().map(record).collect())];
        let ranges = self.journal.write(Write { appends, commits: Vec::new() })?;
        Ok(ranges.first().map_or(0, |range| range.start))
    }

    /// The requests.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The offset to read next.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Where it is read.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }
}
