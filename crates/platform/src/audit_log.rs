//! The audit record of this node: a topic of its own, claimed by this process, and its keys.

mod newest_first;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use sanzao_api::BackendError;
use sanzao_audit::{
    AuditError, AuditKeys, AuditLog, Entry, ErrorClass, Fill, LogError, NoRandomness, Recorder,
};
use sanzao_journal::{Claim, ClaimFilter, Journal, JournalError, NewRecord, Reader, Record, Stream, Write};
use sanzao_model::{Instant, PersonId};

use crate::backend::RETRY_AFTER_SECONDS;
use crate::data_dir::DataDir;
use crate::identities;
use newest_first::Blocks;

/// Records that are looked at from the end of the topic for the last one that counts.
const LAST_RECORDS: u64 = 256;
const READ_BYTES: usize = 4 << 20;

/// The topic of one node.
struct NodeLog {
    journal: Arc<dyn Journal>,
    stream: Stream,
    owner: String,
    claim: Mutex<Option<Claim>>,
}

impl AuditLog for NodeLog {
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError> {
        let claim = self.claim.lock().unwrap_or_else(PoisonError::into_inner);
        let claim = claim.as_ref().ok_or(LogError::Fenced)?;
        let records = records.into_iter().map(|value| NewRecord { value, ..NewRecord::default() });
        let write = Write::append(self.stream.clone(), records.collect());
        self.journal.write_claimed(claim, write).map(drop).map_err(log_error)
    }

    /// Claims the topic anew, so that nothing of an append before turns up any more, and reads its end.
    fn last(&self) -> Result<Option<Vec<u8>>, LogError> {
        let mut held = self.claim.lock().unwrap_or_else(PoisonError::into_inner);
        let claim = self.journal.claim(&self.stream, &self.owner).map_err(log_error)?;
        let end = claim.offset();
        *held = Some(claim);
        let begin = self.journal.begin(&self.stream).map_err(log_error)?;
        let (mut from, mut last) = (end, None);
        while last.is_none() && from > begin {
            let until = from;
            from = from.saturating_sub(LAST_RECORDS).max(begin);
            last = last_of(self.journal.as_ref(), &self.stream, from, until).map_err(log_error)?;
        }
        Ok(last)
    }
}

/// The last record that counts between two offsets. Whoever was superseded is told at the next write, so that what counts
/// is among the last records.
fn last_of(
    journal: &dyn Journal,
    stream: &Stream,
    from: u64,
    until: u64,
) -> Result<Option<Vec<u8>>, JournalError> {
    let (mut next, mut claims, mut last) = (from, ClaimFilter::new(0), None);
    while next < until {
        let batch = journal.read(stream, next, READ_BYTES)?;
        if batch.next == next {
            break;
        }
        next = batch.next;
        for record in batch.records {
            if record.offset < until && claims.admit(record.offset, record.claim) {
                last = Some(record.value);
            }
        }
    }
    Ok(last)
}

fn log_error(error: JournalError) -> LogError {
    match error {
        JournalError::Fenced { .. } => LogError::Fenced,
        error if error.class() == sanzao_journal::ErrorClass::Retry => {
            LogError::Unavailable { detail: error.to_string() }
        }
        error => LogError::Refused { detail: error.to_string() },
    }
}

/// The audit record, written and read.
pub(crate) struct Audit {
    journal: Arc<dyn Journal>,
    stream: Stream,
    keys: Arc<AuditKeys>,
    recorder: Option<Recorder>,
    blocks: Mutex<Blocks>,
}

impl Audit {
    /// The record of a node, to be read. `audit.key` and `audit-keys.db` are made with the first record, and never anew
    /// beside others.
    ///
    /// # Errors
    /// When keys are missing, locked or others than those of the log.
    pub fn open(journal: Arc<dyn Journal>, stream: Stream, data: &DataDir, node: &str) -> Result<Audit> {
        let is_new = journal.end(&stream)? == journal.begin(&stream)? && !data.audit_keys().exists();
        if !is_new && !data.audit_keys().exists() {
            bail!(
                "{} is missing, and {stream} was written with it: restore it, then `sanzao audit verify`",
                data.audit_keys().display()
            );
        }
        let key = data.audit_key(is_new)?.parse().context("audit.key")?;
        let keys = Arc::new(AuditKeys::open(&data.audit_keys(), &key, node)?);
        Ok(Audit { journal, stream, keys, recorder: None, blocks: Mutex::default() })
    }

    /// The same, to be written by this process from now on.
    ///
    /// # Errors
    /// When the log does not fit what the keys know of its end.
    pub fn recording(self, owner: &str) -> Result<Audit, AuditError> {
        let log = NodeLog {
            journal: Arc::clone(&self.journal),
            stream: self.stream.clone(),
            owner: owner.to_owned(),
            claim: Mutex::new(None),
        };
        let fill: Fill = Box::new(|bytes| identities::fill(bytes).map_err(|_| NoRandomness));
        let recorder = Recorder::start(Arc::new(log), Arc::clone(&self.keys), fill)?;
        Ok(Audit { recorder: Some(recorder), ..self })
    }

    /// Puts something on record, durably.
    ///
    /// # Errors
    /// When it cannot be: then it must not happen.
    pub fn record(&self, entry: Entry) -> Result<(), BackendError> {
        let Some(recorder) = &self.recorder else {
            return Err(BackendError::Bug("the audit record was opened to be read".into()));
        };
        recorder.record(entry).map(drop).map_err(|error| backend_error(&error))
    }

    /// Destroys the key under which a person stands on record: who did what is still told, about whom is not.
    ///
    /// # Errors
    /// When the file cannot be written: ask again.
    pub fn forget(&self, person: PersonId, at: Instant) -> Result<(), BackendError> {
        self.keys.forget(person, at).map(drop).map_err(|error| backend_error(&error))
    }

    /// The keys, to read with.
    pub fn keys(&self) -> &AuditKeys {
        &self.keys
    }

    /// All records that count, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Result<Vec<u8>, LogError>> + '_ {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.records(self.journal.as_ref(), &self.stream)
    }

    /// All records that count, oldest first.
    pub fn records(&self) -> impl Iterator<Item = Result<Vec<u8>, LogError>> + '_ {
        let begin = self.journal.begin(&self.stream);
        let mut start = Some(begin);
        let mut reader: Option<Reader<'_>> = None;
        let mut ready: std::vec::IntoIter<Record> = Vec::new().into_iter();
        std::iter::from_fn(move || {
            if let Some(begin) = start.take() {
                match begin {
                    Ok(begin) => {
                        reader = Some(Reader::new(self.journal.as_ref(), self.stream.clone(), begin, 0));
                    }
                    Err(error) => return Some(Err(log_error(error))),
                }
            }
            loop {
                if let Some(record) = ready.next() {
                    return Some(Ok(record.value));
                }
                match reader.as_mut()?.read(READ_BYTES) {
                    Ok(records) if records.is_empty() => return None,
                    Ok(records) => ready = records.into_iter(),
                    Err(error) => {
                        reader = None;
                        return Some(Err(log_error(error)));
                    }
                }
            }
        })
    }
}

/// As the API tells it.
pub(crate) fn backend_error(error: &AuditError) -> BackendError {
    match error.class() {
        ErrorClass::Retry => BackendError::Unavailable {
            reason: format!("nothing can be put on record now, so nothing is done: {error}"),
            retry_after_seconds: RETRY_AFTER_SECONDS,
        },
        ErrorClass::Reject | ErrorClass::Bug => BackendError::Bug(error.to_string()),
    }
}
