//! Intake: one department's raw events become facts, or rejections with a reason.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sanzao_intake::{Accepted, Desk, Incoming};
use sanzao_journal::{Commit, Journal, MAX_RECORD_BYTES, NewRecord, Record, Stream, Write};
use sanzao_model::{
    Bureau, FactBatch, FactsRecord, Feed, Instant, Note, Receipt, ReceiptOutcome, Rejection, Statement,
};

use super::StageError;
use super::receipts::packed;
use crate::repair::repairs;
use crate::topics::Topics;

/// Bytes of raw events that are packed into one record of facts.
const READ_BYTES: usize = 2 << 20;

/// Raw events of one such record.
const READ_EVENTS: usize = 20_000;

/// How often the position of a quiet feed is committed again.
const RENEW_COMMIT: Duration = Duration::from_secs(6 * 3600);

/// The five contracts.
pub struct Contracts;

impl Contracts {
    /// The contract of a feed.
    pub fn of(feed: Feed) -> sanzao_intake::Contract {
        match feed {
            Feed::Police => sanzao_feed_police::CONTRACT,
            Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
            Feed::Health => sanzao_feed_health::CONTRACT,
            Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
            Feed::Registry => sanzao_feed_registry::CONTRACT,
        }
    }
}

/// Valid events of a micro-batch, what their receipts say besides, and when the newest was received.
type Valid = (Vec<Statement>, Vec<Note>, Instant);

/// The consumer of one partition of a department's topic.
pub struct IntakeStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    desk: Arc<Desk>,
    feed: Feed,
    input: Stream,
    position: u64,
    committed_at: std::time::Instant,
    /// Events accepted by this process; whether they are duplicates is the ledger's to say.
    pub accepted: u64,
    /// Events refused by this process.
    pub rejected: u64,
}

impl IntakeStage {
    /// Goes on where the last committed batch ended.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn new(
        journal: Arc<dyn Journal>,
        topics: Topics,
        desk: Arc<Desk>,
        feed: Feed,
        partition: u32,
    ) -> Result<IntakeStage, StageError> {
        let input = topics.feed(feed, partition);
        let position = match journal.committed("intake", &input)? {
            Some(position) => position,
            None => journal.begin(&input)?,
        };
        let committed_at = std::time::Instant::now();
        Ok(IntakeStage {
            journal,
            topics,
            desk,
            feed,
            input,
            position,
            committed_at,
            accepted: 0,
            rejected: 0,
        })
    }

    /// The offset up to which the feed is read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Which partition of the feed it reads.
    pub fn partition(&self) -> u32 {
        self.input.partition
    }

    /// Whose events it reads.
    pub fn feed(&self) -> Feed {
        self.feed
    }

    /// Handles one micro-batch; false when there was none.
    ///
    /// # Errors
    /// When the log cannot be read or written; nothing is lost, the batch is read again.
    pub fn step(&mut self) -> Result<bool, StageError> {
        let batch = self.journal.read(&self.input, self.position, READ_BYTES)?;
        if batch.next == self.position {
            self.renew_commit()?;
            return Ok(false);
        }
        let next = batch.records.get(READ_EVENTS).map_or(batch.next, |record| record.offset);
        let mut facts: BTreeMap<Bureau, Valid> = BTreeMap::new();
        let mut refused: Vec<(Rejection, Instant)> = Vec::new();
        // Nobody claims a feed: whatever header a sender gives, its record is an event.
        for record in batch.records.iter().take(READ_EVENTS) {
            let received = Instant::from_millis(record.timestamp_ms);
            match self.read(record) {
                Ok(Accepted { bureau, statement }) => {
                    let valid = facts.entry(bureau).or_insert((Vec::new(), Vec::new(), received));
                    if let Some(place) = repairs(&record.headers) {
                        let (offset, repairs, warnings) = (record.offset, Some(place), Vec::new());
                        valid.1.push(Note { offset, repairs, warnings });
                    }
                    valid.0.push(statement);
                    valid.2 = received.max(valid.2);
                }
                Err(rejection) => {
                    let repairs = rejection.repairs.or_else(|| repairs(&record.headers));
                    refused.push((Rejection { repairs, ..*rejection }, received));
                }
            }
        }
        let accepted: usize = facts.values().map(|(statements, ..)| statements.len()).sum();
        let rejected = refused.len();
        self.journal.write(self.output(facts, refused, next))?;
        (self.position, self.committed_at) = (next, std::time::Instant::now());
        self.accepted += accepted as u64;
        self.rejected += rejected as u64;
        Ok(true)
    }

    /// A broker forgets positions that are not committed again for some days, and many a feed is sent monthly.
    fn renew_commit(&mut self) -> Result<(), StageError> {
        if self.committed_at.elapsed() >= RENEW_COMMIT {
            self.journal.write(Write { appends: Vec::new(), commits: vec![self.commit(self.position)] })?;
            self.committed_at = std::time::Instant::now();
        }
        Ok(())
    }

    fn commit(&self, offset: u64) -> Commit {
        Commit { consumer: "intake".into(), stream: self.input.clone(), offset }
    }

    fn read(&self, record: &Record) -> Result<Accepted, Box<Rejection>> {
        self.desk.read(&Incoming {
            headers: &record.headers,
            value: &record.value,
            partition: self.input.partition,
            offset: record.offset,
        })
    }

    fn output(&self, facts: BTreeMap<Bureau, Valid>, refused: Vec<(Rejection, Instant)>, upto: u64) -> Write {
        let mut appends = Vec::new();
        let partition = self.input.partition;
        for (bureau, (statements, notes, received)) in facts {
            let batch = FactBatch { feed: self.feed, partition, upto, received, statements, notes };
            let value = FactsRecord::Facts(batch).to_bytes();
            appends.push((self.topics.facts(bureau), vec![NewRecord { value, ..NewRecord::default() }]));
        }
        if !refused.is_empty() {
            let receipts =
                refused.iter().map(|(rejection, received)| receipt(rejection, *received)).collect();
            appends.push((self.topics.receipts(self.feed), packed(receipts).collect()));
            let records = refused.into_iter().map(|(rejection, _)| rejected(rejection));
            appends.push((self.topics.rejected(self.feed), records.collect()));
        }
        Write { appends, commits: vec![self.commit(upto)] }
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.input, self.position, timeout)?)
    }
}

/// The record of a rejection. An original that would not fit beside its seal stays where it is: the rejection
/// names its place in the feed's topic.
fn rejected(mut rejection: Rejection) -> NewRecord {
    let mut value = rejection.to_bytes();
    if value.len() > MAX_RECORD_BYTES {
        rejection.original.bytes.clear();
        value = rejection.to_bytes();
    }
    NewRecord { value, ..NewRecord::default() }
}

fn receipt(rejection: &Rejection, received: Instant) -> Receipt {
    Receipt {
        feed: rejection.feed,
        partition: rejection.partition,
        offset: rejection.offset,
        event: rejection.event,
        received,
        repairs: rejection.repairs,
        warnings: Vec::new(),
        outcome: ReceiptOutcome::Rejected {
            code: rejection.code.clone(),
            pointer: rejection.pointer.clone(),
            expected: rejection.expected.clone(),
        },
    }
}
