//! Discovery: applies `facts` to the ledger, evaluates whom they touch, and sends the differences to
//! `inbox`.

mod evaluate;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use sanzao_api::Completeness;
use sanzao_casework::outcomes::Population;
use sanzao_discovery::{Findings, Parameters, RuleSet};
use sanzao_journal::{Claim, Commit, Journal, Stream, Write};
use sanzao_ledger::{Ledger, Touched};
use sanzao_model::{Bureau, Day, FactsRecord, Level, RuleFile, Suspension};

use super::StageError;
use super::evaluation::Evaluator;
use super::freshness::Freshness;
use super::mark::Mark;
use super::on_record::{OnRecord, RulesHeard};
use super::receipts::Receipts;
use super::sent::{Sent, sent_findings};
use super::snapshots::{Resume, SnapshotKeeper, Start};
use crate::topics::Topics;

/// Bytes of `facts` applied before receipts are written.
const READ_BYTES: usize = 8 << 20;

/// Whether findings are sent.
pub enum Evaluate {
    /// Only apply and write receipts: findings wait for whoever runs the platform next.
    Never,
    /// Evaluate when caught up, as the owner of `inbox`.
    AsOwner {
        /// Rules ready to run.
        evaluator: Evaluator,
        /// The rules, for their heads.
        rules: RuleSet,
        /// Hash of rules and parameters.
        rules_hash: String,
        /// The parameters.
        parameters: Parameters,
        /// The parameters, as they are put on record.
        parameters_toml: String,
        /// Names the owner in its claim.
        owner: String,
    },
}

struct Owner {
    evaluator: Evaluator,
    rules_hash: String,
    rule_files: Vec<RuleFile>,
    parameters_toml: String,
    freshness: Freshness,
    /// The suspensions that casework was told last.
    suspensions: Vec<Suspension>,
    claim: Claim,
    findings: Findings,
    /// What has to be sent of rules that are no more.
    retired: Vec<Level>,
    heard: Option<RulesHeard>,
}

impl Owner {
    /// Claims `inbox`, and reads what was sent to it: up to which offset of `facts`.
    fn claim(
        journal: &dyn Journal,
        inbox: &Stream,
        evaluate: Evaluate,
    ) -> Result<(Option<Owner>, u64), StageError> {
        let Evaluate::AsOwner { evaluator, rules, rules_hash, parameters, parameters_toml, owner } = evaluate
        else {
            return Ok((None, 0));
        };
        let claim = journal.claim(inbox, &owner)?;
        let Sent { mut findings, retired, suspensions, upto } =
            sent_findings(journal, inbox, claim.offset(), &rules)?;
        findings.suspend(&suspensions);
        let owner = Owner {
            evaluator,
            rules_hash,
            rule_files: rules.files(),
            parameters_toml,
            freshness: Freshness::new(&rules, &parameters),
            suspensions,
            claim,
            findings,
            retired,
            heard: None,
        };
        Ok((Some(owner), upto))
    }
}

/// The owner of one bureau's ledger.
pub struct DiscoveryStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    bureau: Bureau,
    ledger: Ledger,
    facts: Stream,
    position: u64,
    last: Option<Mark>,
    /// Offset in `facts` up to which findings were sent before this process began.
    sent_upto: u64,
    /// Offset in `facts` up to which receipts were written before this process began.
    receipted_upto: u64,
    day: Option<Day>,
    evaluated_day: Option<Day>,
    on_record: OnRecord,
    sweep_due: bool,
    touched: Touched,
    loads: BTreeSet<String>,
    receipts: Receipts,
    owner: Option<Owner>,
    pending: VecDeque<Write>,
    snapshots: Option<SnapshotKeeper>,
    /// Evaluations so far: how many, and how many people they decided.
    pub evaluations: (u64, u64),
    /// How complete the feeds were at the last sweep.
    pub completeness: Option<Completeness>,
    /// The residents at the last sweep.
    pub population: Option<Arc<Population>>,
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
        let Start { ledger, position, resume: Resume { day, evaluated_day, rules, loads, last } } = start;
        let facts = topics.facts(bureau);
        let mut sent_upto = 0;
        let begin = journal.begin(&facts)?;
        if begin > position {
            let detail = format!(
                "{facts} begins at {begin}, and what lies before is gone: restore it; nothing may expire there"
            );
            return Err(StageError::Broken(detail));
        }
        let receipted_upto = journal.committed("receipts", &facts)?.unwrap_or(0);
        let owner = match evaluate {
            Evaluate::Never => None,
            owner => {
                let (owner, upto) = Owner::claim(journal.as_ref(), &topics.inbox(bureau), owner)?;
                sent_upto = upto;
                owner
            }
        };
        Ok(DiscoveryStage {
            journal,
            topics,
            bureau,
            ledger,
            facts,
            position,
            last,
            sent_upto,
            receipted_upto,
            day,
            // What was sent after the snapshot was sent with its day.
            evaluated_day: if sent_upto >= position { day } else { evaluated_day },
            on_record: OnRecord { hash: rules, ..OnRecord::default() },
            // Whom the records between what was sent and the snapshot touched is not known any more.
            sweep_due: position > sent_upto,
            touched: Touched::default(),
            loads,
            receipts: Receipts::default(),
            owner,
            pending: VecDeque::new(),
            snapshots: None,
            evaluations: (0, 0),
            completeness: None,
            population: None,
        })
    }

    /// Writes a snapshot from time to time.
    pub fn with_snapshots(self, snapshots: SnapshotKeeper) -> DiscoveryStage {
        DiscoveryStage { snapshots: Some(snapshots), ..self }
    }

    /// The snapshots, if any are written.
    pub fn snapshots(&self) -> Option<&SnapshotKeeper> {
        self.snapshots.as_ref()
    }

    /// The ledger, to look at.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The day of the last tick.
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// The rules and parameters last put on record; from a snapshot on only their hash.
    pub fn on_record(&self) -> &OnRecord {
        &self.on_record
    }

    /// Rules that are suspended somewhere, as casework was told last.
    pub fn suspensions(&self) -> &[Suspension] {
        self.owner.as_ref().map_or(&[], |owner| &owner.suspensions)
    }

    /// Loads that are open.
    pub fn open_loads(&self) -> &BTreeSet<String> {
        &self.loads
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
            self.keep_snapshot();
        }
        Ok(moved)
    }

    /// Once the receipts of everything in the ledger are written, it may become a snapshot.
    fn keep_snapshot(&mut self) {
        let Some(snapshots) = &mut self.snapshots else { return };
        if snapshots.is_due(&self.ledger) {
            let resume = Resume {
                day: self.day,
                evaluated_day: self.evaluated_day,
                rules: self.on_record.hash.clone(),
                loads: self.loads.clone(),
                last: self.last,
            };
            snapshots.write(&self.ledger, self.position, &resume);
        }
    }

    fn flush(&mut self) -> Result<bool, StageError> {
        let any = !self.pending.is_empty();
        while let Some(write) = self.pending.front() {
            match &self.owner {
                Some(owner) => self.journal.write_claimed(&owner.claim, write.clone())?,
                None => self.journal.write(write.clone())?,
            };
            self.pending.pop_front();
        }
        Ok(any)
    }

    fn apply_next(&mut self) -> Result<bool, StageError> {
        let batch = self.journal.read(&self.facts, self.position, READ_BYTES)?;
        let moved = batch.next != self.position;
        for record in &batch.records {
            if record.is_claim() {
                continue;
            }
            let decoded = self.decode(record.offset, &record.value)?;
            self.apply(record.offset, decoded);
        }
        self.position = batch.next;
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
            for record in batch.records.iter().filter(|record| record.offset < upto && !record.is_claim()) {
                let decoded = self.decode(record.offset, &record.value)?;
                self.apply(record.offset, decoded);
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

    fn apply(&mut self, offset: u64, record: FactsRecord) {
        let news = offset >= self.sent_upto;
        match record {
            FactsRecord::Facts(batch) => {
                let applied = self.ledger.apply(&batch);
                if offset >= self.receipted_upto {
                    self.receipts.note(&batch, &applied);
                }
                if news {
                    self.touched.extend(applied.touched);
                }
            }
            FactsRecord::Tick { day } => {
                self.day = self.day.max(Some(day));
                if !news {
                    self.evaluated_day = self.day;
                }
            }
            FactsRecord::Rules { hash, files } => {
                self.sweep_due |= news && self.on_record.hash.as_ref() != Some(&hash);
                (self.on_record.hash, self.on_record.rules) = (Some(hash), files);
            }
            FactsRecord::Parameters { toml } => self.on_record.parameters = toml,
            FactsRecord::Of { .. } => {}
            FactsRecord::Erased { person } => {
                let touched = self.ledger.erase(person);
                if let Some(snapshots) = &mut self.snapshots {
                    snapshots.erased();
                }
                if news {
                    self.touched.extend(touched);
                }
            }
            FactsRecord::LoadOpened { load } => {
                self.loads.insert(load);
            }
            FactsRecord::LoadClosed { load } => {
                self.loads.remove(&load);
            }
        }
    }

    fn queue_receipts(&mut self) {
        let mut appends = self.receipts.take(&self.topics);
        // Several bureaus tell of one feed: who reads knows by the key whose receipts they are.
        for record in appends.iter_mut().flat_map(|(_, records)| records) {
            record.key = self.bureau.to_string().into_bytes();
        }
        if appends.is_empty() {
            return;
        }
        let commit =
            Commit { consumer: "receipts".into(), stream: self.facts.clone(), offset: self.position };
        self.pending.push_back(Write { appends, commits: vec![commit] });
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.facts, self.position, timeout)?)
    }
}
