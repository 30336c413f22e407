//! What is appended and what is read.

use crate::{JournalError, Stream};

/// The largest record, counting key, header names and values, and value, in bytes (64 MiB). Both journals
/// refuse larger ones, so that a deployment can move from one to the other.
pub const MAX_RECORD_BYTES: usize = 64 << 20;

/// The header in which Kafka records carry their claim; callers may not set it themselves.
pub const CLAIM_HEADER: &str = "sanzao-claim";

/// A record to append.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewRecord {
    /// The key; may be empty. It does not choose the partition: the caller does.
    pub key: Vec<u8>,
    /// Named values, in order; names may repeat.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The content; may be empty.
    pub value: Vec<u8>,
}

impl NewRecord {
    /// Bytes of key, headers and value together.
    pub fn size_bytes(&self) -> usize {
        size_bytes(&self.key, &self.headers, &self.value)
    }

    /// What both journals refuse before anything is written.
    pub(crate) fn check(&self, stream: &Stream) -> Result<(), JournalError> {
        let size_bytes = self.size_bytes();
        if size_bytes > MAX_RECORD_BYTES {
            let stream = stream.clone();
            return Err(JournalError::TooLarge { stream, size_bytes, limit_bytes: MAX_RECORD_BYTES });
        }
        match self.headers.iter().find(|(name, _)| name.contains('\0') || name == CLAIM_HEADER) {
            Some((name, _)) => Err(JournalError::InvalidName { name: name.clone() }),
            None => Ok(()),
        }
    }
}

/// A record as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the stream.
    pub offset: u64,
    /// When it was appended: milliseconds since 1970-01-01 UTC, by the embedded journal's clock or the broker's.
    pub timestamp_ms: i64,
    /// The key; empty if there is none.
    pub key: Vec<u8>,
    /// Named values, in order. A Kafka header without a value has an empty one here.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The content; empty if there is none.
    pub value: Vec<u8>,
    /// The number of the claim under which it was appended; 0 if under none.
    pub claim: u64,
}

impl Record {
    /// Bytes of key, headers and value together.
    pub fn size_bytes(&self) -> usize {
        size_bytes(&self.key, &self.headers, &self.value)
    }

    /// The first value of the header with this name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice())
    }

    /// True if this record takes the stream for a new owner instead of carrying content. (A claim's number is
    /// the offset of its record + 1; what is appended under it lies behind it.)
    pub fn is_claim(&self) -> bool {
        self.claim == self.offset + 1
    }
}

fn size_bytes(key: &[u8], headers: &[(String, Vec<u8>)], value: &[u8]) -> usize {
    let headers: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    key.len() + headers + value.len()
}

/// What one read returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The records, by rising offset.
    pub records: Vec<Record>,
    /// Where to read from next time. It may lie further than the last record (a Kafka log has offsets without
    /// records: transaction markers, expired records), also when there is no record at all.
    pub next: u64,
}

/// How far a consumer has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The consumer's name.
    pub consumer: String,
    /// What it reads.
    pub stream: Stream,
    /// The offset that it reads next.
    pub offset: u64,
}

/// What is written together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Write {
    /// Records to append, by stream, in order. A stream may appear more than once.
    pub appends: Vec<(Stream, Vec<NewRecord>)>,
    /// Positions to remember once the records are durable.
    pub commits: Vec<Commit>,
}

impl Write {
    /// Only records, of one stream.
    pub fn append(stream: Stream, records: Vec<NewRecord>) -> Self {
        Self { appends: vec![(stream, records)], commits: Vec::new() }
    }

    /// Only a position.
    pub fn commit(commit: Commit) -> Self {
        Self { appends: Vec::new(), commits: vec![commit] }
    }

    pub(crate) fn check(&self) -> Result<(), JournalError> {
        self.appends.iter().try_for_each(|(stream, records)| records.iter().try_for_each(|r| r.check(stream)))
    }
}
