//! Casework: findings and commands from `inbox`, in their order, become events of alerts and tasks in
//! `work`.

use std::sync::Arc;
use std::time::Duration;

use sanzao_casework::{Calendar, Casework};
use sanzao_journal::{Claim, Commit, Journal, NewRecord, Reader, Record, Stream, Write};
use sanzao_model::{Day, InboxRecord, WorkRecord};
use sanzao_traces::{OpenSpan, Traces};

use super::StageError;
use super::since::{since_ms, stamped};
use super::traced::{trace_of, traced};

/// Bytes read from `inbox` at a time.
const READ_BYTES: usize = 4 << 20;

/// One bureau's alerts and tasks: of their owner, or of who keeps up with one elsewhere.
pub struct CaseworkStage {
    journal: Arc<dyn Journal>,
    calendar: Calendar,
    state: Casework,
    inbox: Stream,
    /// The offset of `inbox` up to which its claims are known, and the one in force there.
    inbox_read: (u64, u64),
    work: Stream,
    /// The offset of `work` that the state reflects, and the claim in force there.
    work_read: (u64, u64),
    owner: Option<Owner>,
    traces: Traces,
}

/// Decides, under a claim of `work`.
struct Owner {
    claim: Claim,
    pending: Option<Write>,
    /// The spans that end when that is written.
    spans: Vec<OpenSpan>,
}

impl CaseworkStage {
    /// Keeps up with an owner elsewhere, from `work` and never by deciding again, until [`CaseworkStage::take_over`].
    pub fn standby(
        journal: Arc<dyn Journal>,
        inbox: Stream,
        work: Stream,
        calendar: &Calendar,
    ) -> CaseworkStage {
        let (calendar, state) = (calendar.clone(), Casework::new(calendar.clone()));
        CaseworkStage {
            journal,
            calendar,
            state,
            inbox,
            inbox_read: (0, 0),
            work,
            work_read: (0, 0),
            owner: None,
            traces: Traces::off(),
        }
    }

    /// Follows sampled events.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> CaseworkStage {
        CaseworkStage { traces, ..self }
    }

    /// The state, to look at.
    pub fn state(&self) -> &Casework {
        &self.state
    }

    /// Whether it decides.
    pub fn is_owner(&self) -> bool {
        self.owner.is_some()
    }

    /// Where to wait for more.
    pub fn input(&self) -> (&Stream, u64) {
        match &self.owner {
            Some(_) => (&self.inbox, self.inbox_read.0),
            None => (&self.work, self.work_read.0),
        }
    }

    /// Keeps up with what there is by now, and looks whether what is to be decided next can be read, so that nothing is
    /// claimed that cannot be gone on with.
    ///
    /// # Errors
    /// When the log cannot be read, or holds what this version cannot read.
    pub fn prepare(&mut self, goes_on: &dyn Fn() -> bool) -> Result<(), StageError> {
        let end = self.journal.end(&self.work)?;
        while goes_on() && self.fold_next()? && self.work_read.0 < end {}
        self.skip_inbox()?;
        let (from, claim) = (self.inbox_read.0.max(self.state.upto()), self.inbox_read.1);
        let records = Reader::new(self.journal.as_ref(), self.inbox.clone(), from, claim).read(READ_BYTES)?;
        records.iter().try_for_each(|record| self.input_of(record).map(drop))
    }

    /// Claims `work`, and goes on from what was decided before that.
    ///
    /// # Errors
    /// When the log cannot be read or holds what this version cannot read; it keeps up then as before.
    pub fn take_over(&mut self, owner: &str) -> Result<(), StageError> {
        if self.owner.is_some() {
            return Ok(());
        }
        // Claim first: what is read up to the claim is then all there will ever be from others.
        let claim = self.journal.claim(&self.work, owner)?;
        while self.work_read.0 <= claim.offset() && self.fold_next()? {}
        self.skip_inbox()?;
        self.inbox_read.0 = self.inbox_read.0.max(self.state.upto());
        self.owner = Some(Owner { claim, pending: None, spans: Vec::new() });
        Ok(())
    }

    /// Keeps up with others again. What was decided and could not be written is forgotten with the state that has it.
    pub fn give_up(&mut self) {
        let Some(owner) = self.owner.take() else { return };
        if owner.pending.is_some() {
            self.forget();
        }
    }

    /// Handles what has arrived; false when there was nothing.
    ///
    /// # Errors
    /// When the log cannot be read or written; what was decided is kept and written by the next step.
    pub fn step(&mut self) -> Result<bool, StageError> {
        if self.owner.is_none() {
            let moved = self.fold_next()?;
            self.skip_inbox()?;
            return Ok(moved);
        }
        let flushed = self.flush()?;
        let (from, claim) = self.inbox_read;
        let mut reader = Reader::new(self.journal.as_ref(), self.inbox.clone(), from, claim);
        let records = reader.read(READ_BYTES)?;
        let (position, inbox_claim) = (reader.position(), reader.claim());
        let moved = position != from;
        // All or none: nothing is decided of a batch that cannot be read to its end.
        let inputs: Vec<InboxRecord> =
            records.iter().map(|record| self.input_of(record)).collect::<Result<_, _>>()?;
        let (mut out, mut spans) = (Vec::new(), Vec::new());
        for (record, input) in records.iter().zip(&inputs) {
            let span = self.span(record);
            let decided = self.state.decide(record.offset + 1, input);
            self.apply(&decided)?;
            if !decided.events.is_empty() || decided.answers.is_some() || decided.day.is_some() {
                let answer = NewRecord { value: decided.to_bytes(), ..NewRecord::default() };
                out.push(traced(stamped(answer, since_ms(record)), span.as_ref()));
            }
            spans.extend(span.map(|mut span| {
                span.set("sanzao.happenings", decided.events.len());
                span
            }));
        }
        self.inbox_read = (position, inbox_claim);
        if moved {
            let commit = Commit { consumer: "casework".into(), stream: self.inbox.clone(), offset: position };
            let appends = if out.is_empty() { Vec::new() } else { vec![(self.work.clone(), out)] };
            if let Some(owner) = &mut self.owner {
                owner.pending = Some(Write { appends, commits: vec![commit] });
                owner.spans = spans;
            }
            self.flush()?;
        }
        Ok(moved || flushed)
    }

    /// Of a record of `inbox` that comes of a sampled event.
    fn span(&self, record: &Record) -> Option<OpenSpan> {
        let mut span = self.traces.go_on("casework", self.traces.now(), trace_of(record)?)?;
        span.set("sanzao.partition", u64::from(self.inbox.partition));
        span.set("sanzao.inbox.offset", record.offset);
        Some(span)
    }

    fn input_of(&self, record: &Record) -> Result<InboxRecord, StageError> {
        InboxRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
            stream: self.inbox.to_string(),
            offset: record.offset,
            error: error.to_string(),
        })
    }

    /// A state that could not take a record is of no use any more: it is made anew from `work`.
    fn apply(&mut self, record: &WorkRecord) -> Result<(), StageError> {
        if let Err(error) = self.state.apply_record(record) {
            self.forget();
            return Err(StageError::Broken(error.to_string()));
        }
        Ok(())
    }

    fn forget(&mut self) {
        let (journal, inbox, work) = (Arc::clone(&self.journal), self.inbox.clone(), self.work.clone());
        let traces = std::mem::take(&mut self.traces);
        *self = CaseworkStage::standby(journal, inbox, work, &self.calendar).with_traces(traces);
    }

    fn flush(&mut self) -> Result<bool, StageError> {
        let Some(owner) = &mut self.owner else { return Ok(false) };
        let Some(write) = &owner.pending else { return Ok(false) };
        let ranges = self.journal.write_claimed(&owner.claim, write.clone())?;
        let next = ranges.iter().map(|range| range.end).fold(self.work_read.0, u64::max);
        self.work_read = (next, owner.claim.number);
        owner.pending = None;
        owner.spans.drain(..).for_each(OpenSpan::end);
        Ok(true)
    }

    /// Takes in what follows in `work`; false at its end.
    fn fold_next(&mut self) -> Result<bool, StageError> {
        if self.work_read.0 == 0 {
            nothing_expired(self.journal.as_ref(), &self.work)?;
        }
        let (from, claim) = self.work_read;
        let mut reader = Reader::new(self.journal.as_ref(), self.work.clone(), from, claim);
        let records = reader.read(READ_BYTES)?;
        let (next, claim) = (reader.position(), reader.claim());
        let decode = |record: &Record| decode_work(&self.work, record.offset, &record.value);
        let decoded: Vec<WorkRecord> = records.iter().map(decode).collect::<Result<_, _>>()?;
        decoded.iter().try_for_each(|record| self.apply(record))?;
        self.work_read = (next, claim);
        Ok(next != from)
    }

    /// Learns the claims of `inbox` up to where the state stands.
    fn skip_inbox(&mut self) -> Result<(), StageError> {
        let (from, claim) = self.inbox_read;
        if from < self.state.upto() {
            let from = from.max(self.journal.begin(&self.inbox)?);
            let mut reader = Reader::new(self.journal.as_ref(), self.inbox.clone(), from, claim);
            reader.skip_to(self.state.upto())?;
            self.inbox_read = (reader.position(), reader.claim());
        }
        Ok(())
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        let (stream, position) = self.input();
        Ok(self.journal.wait(stream, position, timeout)?)
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

fn nothing_expired(journal: &dyn Journal, work: &Stream) -> Result<(), StageError> {
    let begin = journal.begin(work)?;
    if begin > 0 {
        let detail = format!(
            "{work} begins at {begin}, and what lies before is gone: restore it; nothing may expire there"
        );
        return Err(StageError::Broken(detail));
    }
    Ok(())
}

/// The state after the records of `work` before an offset, or before the first of a later day.
fn fold(
    journal: &dyn Journal,
    work: &Stream,
    upto: u64,
    day: Option<Day>,
    calendar: &Calendar,
) -> Result<Casework, StageError> {
    nothing_expired(journal, work)?;
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
