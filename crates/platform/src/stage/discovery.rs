//! Discovery: applies `facts` to the ledger, evaluates whom they touch, and sends the differences to
//! `inbox`.

mod evaluate;
mod follow;
mod part;
mod replies;
mod succession;
mod telling;
mod waiting;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sanzao_api::Completeness;
use sanzao_casework::outcomes::{Census, Population};
use sanzao_journal::{Journal, Record, Stream, Write};
use sanzao_ledger::{Ledger, Touched};
use sanzao_model::{Bureau, Day, FactsRecord, Suspension};
use sanzao_traces::Traces;

use super::mark::Mark;
use super::on_record::{OnRecord, RulesHeard};
use super::receipts::Receipts;
use super::rulebook::Rulebook;
use super::since::{older, since_ms};
use super::snapshots::{Resume, SnapshotKeeper, Start};
use super::{OwnersWord, StageError};
use crate::received;
use crate::topics::Topics;
use follow::Follow;
use part::{Part, Standby};

/// Bytes of `facts` applied before receipts are written.
const READ_BYTES: usize = 8 << 20;

/// Whether findings are sent.
pub enum Evaluate {
    /// Only apply and write receipts: findings wait for whoever runs the platform next.
    Never,
    /// Write nothing, and be ready to take over: [`DiscoveryStage::take_over`].
    WhenAsked(Arc<Rulebook>),
}

/// The owner of one bureau's ledger.
pub struct DiscoveryStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    bureau: Bureau,
    ledger: Ledger,
    facts: Stream,
    /// Where this process began to read them.
    started_at: u64,
    position: u64,
    /// The log's first record, and the last that the ledger reflects.
    first: Option<Mark>,
    last: Option<Mark>,
    word: OwnersWord,
    /// Offset in `facts` up to which findings were sent before this process became the owner.
    sent_upto: u64,
    /// Offset in `facts` up to which receipts were written before that.
    receipted_upto: u64,
    day: Option<Day>,
    evaluated_day: Option<Day>,
    on_record: OnRecord,
    sweep_due: bool,
    touched: Touched,
    loads: BTreeSet<String>,
    receipts: Receipts,
    part: Part,
    heard: Option<RulesHeard>,
    log_ahead_ms: i64,
    /// When it had nothing left to read last, as a standby.
    caught_up_at: Option<Instant>,
    /// Since when what was touched lay in its feed.
    since_ms: Option<i64>,
    follow: Follow,
    pending: VecDeque<Write>,
    snapshots: Option<SnapshotKeeper>,
    /// Evaluations so far: how many, and how many people they decided.
    pub evaluations: (u64, u64),
    /// How complete the feeds were at the last sweep.
    pub completeness: Option<Completeness>,
    /// The residents at the last sweep.
    pub population: Option<Arc<Population>>,
    /// Of those before the first sweep, whom it has counted so far, and where to go on.
    census: Option<(Census, usize)>,
}

impl DiscoveryStage {
    /// Goes on from where a snapshot, or the beginning of the log, leaves it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn restore(
        journal: Arc<dyn Journal>,
        topics: Topics,
        bureau: Bureau,
        start: Start,
        evaluate: Evaluate,
    ) -> Result<DiscoveryStage, StageError> {
        let Start { ledger, position, resume } = start;
        let Resume { day, evaluated_day, rules, loads, first, last, owner } = resume;
        let facts = topics.facts(bureau);
        let begin = journal.begin(&facts)?;
        if begin > position {
            let detail = format!(
                "{facts} begins at {begin}, and what lies before is gone: restore it; nothing may expire there"
            );
            return Err(StageError::Broken(detail));
        }
        let receipted_upto = journal.committed("receipts", &facts)?.unwrap_or(0);
        let part = match evaluate {
            Evaluate::Never => Part::Clerk,
            Evaluate::WhenAsked(rulebook) => {
                Part::Standby(Box::new(Standby::new(rulebook, topics.inbox(bureau))))
            }
        };
        Ok(DiscoveryStage {
            journal,
            topics,
            bureau,
            ledger,
            facts,
            started_at: position,
            position,
            first,
            last,
            word: OwnersWord { claim: owner },
            sent_upto: 0,
            receipted_upto,
            day,
            evaluated_day,
            on_record: OnRecord { hash: rules, ..OnRecord::default() },
            sweep_due: false,
            touched: Touched::default(),
            loads,
            receipts: Receipts::default(),
            part,
            heard: None,
            log_ahead_ms: 0,
            caught_up_at: None,
            since_ms: None,
            follow: Follow::default(),
            pending: VecDeque::new(),
            snapshots: None,
            evaluations: (0, 0),
            completeness: None,
            population: None,
            census: None,
        })
    }

    /// Writes a snapshot from time to time.
    pub fn with_snapshots(self, snapshots: SnapshotKeeper) -> DiscoveryStage {
        DiscoveryStage { snapshots: Some(snapshots), ..self }
    }

    /// Follows sampled events.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> DiscoveryStage {
        DiscoveryStage { follow: Follow::new(traces), ..self }
    }

    /// The snapshots, if any are written.
    pub fn snapshots(&self) -> Option<&SnapshotKeeper> {
        self.snapshots.as_ref()
    }

    /// The ledger, to look at.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The rules and parameters last put on record; from a snapshot on only their hash.
    pub fn on_record(&self) -> &OnRecord {
        &self.on_record
    }

    /// Rules that are suspended somewhere, as casework was told last.
    pub fn suspensions(&self) -> &[Suspension] {
        match &self.part {
            Part::Owner(owner) => &owner.suspensions,
            Part::Standby(standby) => &standby.sent.suspensions,
            Part::Clerk => &[],
        }
    }

    /// Loads that are open.
    pub fn open_loads(&self) -> &BTreeSet<String> {
        &self.loads
    }

    /// The offset in `facts` from which on it was read; what lies before came from a snapshot.
    pub fn started_at(&self) -> u64 {
        self.started_at
    }

    /// The offset in `facts` that the ledger reflects.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Events accepted and duplicates among what this process applied and wrote receipts for.
    pub fn counts(&self) -> (u64, u64) {
        (self.receipts.accepted, self.receipts.duplicate)
    }

    /// Handles what has arrived; false when there was nothing to do.
    ///
    /// # Errors
    /// When the log cannot be read or written; what was decided is kept and written by the next step.
    pub fn step(&mut self) -> Result<bool, StageError> {
        if let Part::Standby(_) = self.part {
            return self.keep_up();
        }
        let flushed = self.flush()?;
        if self.take_in()? {
            return Ok(true);
        }
        let evaluated = self.evaluate()?;
        self.flush()?;
        Ok(flushed || evaluated)
    }

    /// Takes in all there is, without evaluating.
    ///
    /// # Errors
    /// As [`DiscoveryStage::step`].
    pub fn catch_up(&mut self) -> Result<(), StageError> {
        self.flush()?;
        while self.take_in()? {}
        Ok(())
    }

    /// Applies what follows in `facts` and writes the receipts; false at the end.
    fn take_in(&mut self) -> Result<bool, StageError> {
        let moved = self.apply_next()?;
        if moved {
            self.queue_receipts();
            self.flush()?;
        }
        self.keep_snapshot(!moved);
        Ok(moved)
    }

    /// Once the receipts of everything in the ledger are written, it may become a snapshot.
    fn keep_snapshot(&mut self, has_read_all: bool) {
        let Some(snapshots) = &mut self.snapshots else { return };
        let (is_written, evaluated_day) = match &self.part {
            Part::Standby(standby) => (standby.owes_no_receipts(), standby.sent.day),
            Part::Owner(_) | Part::Clerk => (true, self.evaluated_day),
        };
        let is_owner = matches!(self.part, Part::Owner(_));
        if is_written && snapshots.is_due(&self.ledger, is_owner, has_read_all) {
            let resume = Resume {
                day: self.day,
                evaluated_day,
                rules: self.on_record.hash.clone(),
                loads: self.loads.clone(),
                first: self.first,
                last: self.last,
                owner: self.word.claim,
            };
            snapshots.write(&self.ledger, self.position, &resume, is_owner);
        }
    }

    fn flush(&mut self) -> Result<bool, StageError> {
        let any = !self.pending.is_empty();
        while let Some(write) = self.pending.front() {
            match &mut self.part {
                Part::Owner(owner) => owner.write(self.journal.as_ref(), write)?,
                Part::Clerk => drop(self.journal.write(write.clone())?),
                // It has written all before it became one, and queues nothing.
                Part::Standby(_) => return Ok(false),
            }
            self.pending.pop_front();
        }
        self.follow.written();
        Ok(any)
    }

    fn apply_next(&mut self) -> Result<bool, StageError> {
        let batch = self.journal.read(&self.facts, self.position, READ_BYTES)?;
        let (moved, read_at) = (batch.next != self.position, self.follow.now());
        for record in &batch.records {
            if !self.word.admit(record) {
                continue;
            }
            self.apply(record)?;
            self.set_receipts_aside(record.offset);
            if record.offset >= self.sent_upto {
                self.since_ms = older(self.since_ms, since_ms(record));
                if self.is_owner() {
                    self.follow.note_applied(record, read_at);
                }
            }
        }
        self.position = batch.next;
        self.first = self.first.or(batch.records.first().map(Mark::of));
        self.last = batch.records.last().map(Mark::of).or(self.last);
        Ok(moved)
    }

    /// Applies `facts` up to an offset and writes nothing.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn replay_upto(&mut self, upto: u64) -> Result<(), StageError> {
        self.receipted_upto = u64::MAX;
        while self.position < upto {
            let batch = self.journal.read(&self.facts, self.position, READ_BYTES)?;
            if batch.next == self.position {
                break;
            }
            for record in batch.records.iter().filter(|record| record.offset < upto) {
                if self.word.admit(record) {
                    self.apply(record)?;
                }
            }
            self.position = batch.next.min(upto);
        }
        Ok(())
    }

    fn decode(&self, offset: u64, value: &[u8]) -> Result<FactsRecord, StageError> {
        FactsRecord::from_bytes(value).map_err(|error| StageError::Record {
            stream: self.facts.to_string(),
            offset,
            error: error.to_string(),
        })
    }

    fn apply(&mut self, record: &Record) -> Result<(), StageError> {
        let offset = record.offset;
        match self.decode(offset, &record.value)? {
            FactsRecord::Facts(batch) => {
                let applied = self.ledger.apply(&batch);
                if offset >= self.receipted_upto {
                    self.receipts.note(&batch, &applied);
                }
                self.note_touched(offset, applied.touched);
            }
            FactsRecord::Tick { day } => self.day = self.day.max(Some(day)),
            FactsRecord::Rules { hash, files } => {
                if self.on_record.hash.as_ref() != Some(&hash) {
                    self.note_sweep(offset);
                }
                (self.on_record.hash, self.on_record.rules) = (Some(hash), files);
            }
            FactsRecord::Parameters { toml } => self.on_record.parameters = toml,
            FactsRecord::Of { .. } => {}
            FactsRecord::Erased { person } => {
                let touched = self.ledger.erase_received(person, offset, &received::at(record));
                if let Some(snapshots) = &mut self.snapshots {
                    snapshots.erased();
                }
                self.note_touched(offset, touched);
            }
            FactsRecord::LoadOpened { load } => {
                self.loads.insert(load);
            }
            FactsRecord::LoadClosed { load } => {
                self.loads.remove(&load);
            }
        }
        Ok(())
    }

    fn note_touched(&mut self, offset: u64, touched: Touched) {
        match &mut self.part {
            Part::Standby(standby) => standby.note_touched(offset, touched),
            _ if offset >= self.sent_upto => self.touched.extend(touched),
            _ => {}
        }
    }

    fn note_sweep(&mut self, offset: u64) {
        match &mut self.part {
            Part::Standby(standby) => standby.note_sweep(offset),
            _ => self.sweep_due |= offset >= self.sent_upto,
        }
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.facts, self.position, timeout)?)
    }
}
