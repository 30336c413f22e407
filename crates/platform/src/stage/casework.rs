//! Casework: findings and commands from `inbox`, in their order, become events of alerts and tasks in
//! `work`.

use std::sync::Arc;
use std::time::Duration;

use sanzao_casework::{Calendar, Casework};
use sanzao_journal::{Claim, Commit, Journal, NewRecord, Reader, Stream, Write};
use sanzao_model::{Day, InboxRecord, WorkRecord};

use super::StageError;

/// Bytes read from `inbox` at a time.
const READ_BYTES: usize = 4 << 20;

/// The owner of one bureau's alerts and tasks.
pub struct CaseworkStage {
    journal: Arc<dyn Journal>,
    state: Casework,
    inbox: Stream,
    position: u64,
    inbox_claim: u64,
    work: Stream,
    claim: Claim,
    pending: Option<Write>,
}

impl CaseworkStage {
    /// Restores the state from `work`, never by deciding again, and claims `work`.
    ///
    /// # Errors
    /// When the log cannot be read or holds what this version cannot read.
    pub fn restore(
        journal: Arc<dyn Journal>,
        inbox: Stream,
        work: Stream,
        owner: &str,
        calendar: &Calendar,
    ) -> Result<CaseworkStage, StageError> {
        // Claim first: what is read up to the claim is then all there will ever be from others.
        let claim = journal.claim(&work, owner)?;
        let state = fold(journal.as_ref(), &work, claim.offset() + 1, None, calendar)?;
        let position = state.upto();
        let inbox_claim = Reader::claim_before(journal.as_ref(), &inbox, position)?;
        Ok(CaseworkStage { journal, state, inbox, position, inbox_claim, work, claim, pending: None })
    }

    /// The state, to look at.
    pub fn state(&self) -> &Casework {
        &self.state
    }

    /// Where to wait for more.
    pub fn input(&self) -> (&Stream, u64) {
        (&self.inbox, self.position)
    }

    /// Handles what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When the log cannot be read or written; what was decided is kept and written by the next step.
    pub fn step(&mut self) -> Result<bool, StageError> {
        let flushed = self.flush()?;
        let mut reader =
            Reader::new(self.journal.as_ref(), self.inbox.clone(), self.position, self.inbox_claim);
        let records = reader.read(READ_BYTES)?;
        let (position, inbox_claim) = (reader.position(), reader.claim());
        let moved = position != self.position;
        let mut out = Vec::new();
        for record in &records {
            let input = InboxRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
                stream: self.inbox.to_string(),
                offset: record.offset,
                error: error.to_string(),
            })?;
            let decided = self.state.decide(record.offset + 1, &input);
            self.state.apply_record(&decided).map_err(|error| StageError::Broken(error.to_string()))?;
            if !decided.events.is_empty() || decided.answers.is_some() || decided.day.is_some() {
                out.push(NewRecord { value: decided.to_bytes(), ..NewRecord::default() });
            }
        }
        (self.position, self.inbox_claim) = (position, inbox_claim);
        if moved {
            let commit = Commit { consumer: "casework".into(), stream: self.inbox.clone(), offset: position };
            let appends = if out.is_empty() { Vec::new() } else { vec![(self.work.clone(), out)] };
            self.pending = Some(Write { appends, commits: vec![commit] });
            self.flush()?;
        }
        Ok(moved || flushed)
    }

    fn flush(&mut self) -> Result<bool, StageError> {
        let Some(write) = &self.pending else { return Ok(false) };
        self.journal.write_claimed(&self.claim, write.clone())?;
        self.pending = None;
        Ok(true)
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.inbox, self.position, timeout)?)
    }
}

/// The state of casework from `work` alone, without claiming it: as it was when the last record of a day was made, or as
/// it is.
///
/// # Errors
/// When the log cannot be read or holds what this version cannot read.
pub fn casework_on(journal: &dyn Journal, work: &Stream, day: Option<Day>) -> Result<Casework, StageError> {
    // It is only looked at: no day is counted.
    fold(journal, work, journal.end(work)?, day, &Calendar::default())
}

/// The state after the records of `work` before an offset, or before the first of a later day.
fn fold(
    journal: &dyn Journal,
    work: &Stream,
    upto: u64,
    day: Option<Day>,
    calendar: &Calendar,
) -> Result<Casework, StageError> {
    let begin = journal.begin(work)?;
    if begin > 0 {
        let detail = format!(
            "{work} begins at {begin}, and what lies before is gone: restore it; nothing may expire there"
        );
        return Err(StageError::Broken(detail));
    }
    let mut state = Casework::new(calendar.clone());
    let mut reader = Reader::new(journal, work.clone(), 0, 0);
    while reader.position() < upto {
        let records = reader.read(READ_BYTES)?;
        if records.is_empty() {
            break;
        }
        for record in records {
            let work_record = decode_work(work, record.offset, &record.value)?;
            if day.is_some() && work_record.day > day {
                return Ok(state);
            }
            state.apply_record(&work_record).map_err(|error| StageError::Broken(error.to_string()))?;
        }
    }
    Ok(state)
}

/// Reads a record of `work`.
pub(crate) fn decode_work(stream: &Stream, offset: u64, value: &[u8]) -> Result<WorkRecord, StageError> {
    WorkRecord::from_bytes(value).map_err(|error| StageError::Record {
        stream: stream.to_string(),
        offset,
        error: error.to_string(),
    })
}
