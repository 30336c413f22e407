//! Intake: one department's raw events become facts, or rejections with a reason.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sanzao_intake::{Accepted, Desk, Incoming, Recent};
use sanzao_journal::{Commit, Journal, MAX_RECORD_BYTES, NewRecord, Record, Stream, Write};
use sanzao_model::{
    Bureau, FactBatch, FactsRecord, Feed, Identity, Instant, Note, Receipt, ReceiptOutcome, Rejection,
    Statement,
};
use sanzao_traces::{Joined, OpenSpan, Sampled, Sampler, Traces};

use super::StageError;
use super::receipts::{cloud_event, packed};
use super::since::{older, stamped};
use super::traced::{trace_of_sender, traced};
use crate::received;
use crate::topics::Topics;

/// Bytes of raw events that are packed into one record of facts.
const READ_BYTES: usize = 2 << 20;
/// The same over a network so slow that a record of that size never arrives in time.
const LEAST_READ_BYTES: usize = 32 << 10;

/// Raw events of one such record.
const READ_EVENTS: usize = 20_000;

/// Identities that are known to have been passed on are not passed on again: of so many people, some 60 bytes each.
const RECENT_PEOPLE: usize = 500_000;

/// How often what was passed on is forgotten, for erasures in other processes.
const RECENT_FOR: Duration = Duration::from_secs(3600);

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

/// The consumer of one partition of a department's topic.
pub struct IntakeStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    desk: Arc<Desk>,
    feed: Feed,
    input: Stream,
    position: u64,
    /// How much is read at a time: half after each write that failed, twice as much after each that did not.
    read_bytes: usize,
    committed_at: std::time::Instant,
    recent: Recent,
    recent_since: std::time::Instant,
    /// How many erasures there were in this process, and how many when `recent` was cleared.
    erasures: (Arc<RwLock<u64>>, u64),
    traces: Traces,
    sampler: Option<Sampler>,
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
        (feed, partition): (Feed, u32),
        erasures: Arc<RwLock<u64>>,
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
            read_bytes: READ_BYTES,
            committed_at,
            recent: Recent::new(RECENT_PEOPLE),
            recent_since: committed_at,
            erasures: (erasures, 0),
            traces: Traces::off(),
            sampler: None,
            accepted: 0,
            rejected: 0,
        })
    }

    /// Follows sampled events.
    #[must_use]
    pub fn with_traces(self, traces: Traces) -> IntakeStage {
        IntakeStage { sampler: traces.sampler(), traces, ..self }
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
        let batch = self.journal.read(&self.input, self.position, self.read_bytes)?;
        if batch.next == self.position {
            self.renew_commit()?;
            return Ok(false);
        }
        let next = batch.records.get(READ_EVENTS).map_or(batch.next, |record| record.offset);
        let (mut taken, began) = (Taken::default(), self.traces.now());
        let erasures = Arc::clone(&self.erasures.0);
        // Held until the batch is written: an erasure comes before all of it or after all of it.
        let erasures = erasures.read().unwrap_or_else(PoisonError::into_inner);
        self.forget_recent(*erasures);
        // Nobody claims a feed: whatever header a sender gives, its record is an event.
        for record in batch.records.iter().take(READ_EVENTS) {
            let received = Instant::from_millis(record.timestamp_ms);
            match self.read(record) {
                Ok(accepted) => {
                    let of = taken.accept(accepted, received, &mut self.recent);
                    // Nothing but what is followed knows of it.
                    if let Some(sampler) = &mut self.sampler {
                        of.follow(sampler.decide(trace_of_sender(record)));
                    }
                }
                Err(rejection) => taken.refused.push((*rejection, received)),
            }
        }
        let accepted: usize = taken.bureaus.values().map(|of| of.statements.len()).sum();
        let rejected = taken.refused.len();
        let (write, spans) = self.output(taken, next, began);
        let written = self.journal.write(write);
        if written.is_err() {
            self.recent.clear();
            self.read_bytes = (self.read_bytes / 2).max(LEAST_READ_BYTES);
        }
        drop(erasures);
        written?;
        spans.into_iter().for_each(OpenSpan::end);
        (self.position, self.committed_at) = (next, std::time::Instant::now());
        self.read_bytes = (2 * self.read_bytes).min(READ_BYTES);
        self.accepted += accepted as u64;
        self.rejected += rejected as u64;
        Ok(true)
    }

    /// Somebody who was erased is passed on again when a department names them again: after an erasure in this
    /// process at once, in another process some time later.
    fn forget_recent(&mut self, erasures: u64) {
        if erasures != self.erasures.1 || self.recent_since.elapsed() >= RECENT_FOR {
            self.recent.clear();
            self.recent_since = std::time::Instant::now();
            self.erasures.1 = erasures;
        }
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

    /// What is written, and the spans that end with that.
    fn output(&self, taken: Taken, upto: u64, began: u64) -> (Write, Vec<OpenSpan>) {
        let (mut appends, mut spans) = (Vec::new(), Vec::new());
        let partition = self.input.partition;
        for (bureau, of) in taken.bureaus {
            let span = self.span(bureau, &of, upto, began);
            let OfBureau { statements, notes, identities, named_at, received, since_ms, .. } = of;
            if !identities.is_empty() {
                let value = self.desk.seal_identities(bureau, identities).to_bytes();
                let sealed = NewRecord { value, ..NewRecord::default() };
                let sealed = received::with_events(sealed, partition, &named_at);
                appends.push((self.topics.identities(bureau), vec![sealed]));
            }
            let batch = FactBatch { feed: self.feed, partition, upto, received, statements, notes };
            let value = FactsRecord::Facts(batch).to_bytes();
            let facts = stamped(NewRecord { value, ..NewRecord::default() }, since_ms);
            appends.push((self.topics.facts(bureau), vec![traced(facts, span.as_ref())]));
            spans.extend(span);
        }
        let refused = taken.refused;
        if !refused.is_empty() {
            let receipts =
                refused.iter().map(|(rejection, received)| receipt(rejection, *received)).collect();
            appends.push((self.topics.receipts(self.feed), packed(receipts).collect()));
            let records = refused.into_iter().map(|(rejection, _)| rejected(rejection));
            appends.push((self.topics.rejected(self.feed), records.collect()));
        }
        (Write { appends, commits: vec![self.commit(upto)] }, spans)
    }

    /// Of what a micro-batch says to a bureau, if any of it is followed.
    fn span(&self, bureau: Bureau, of: &OfBureau, upto: u64, began: u64) -> Option<OpenSpan> {
        if of.followed == 0 {
            return None;
        }
        let mut span = self.traces.begin("intake", began, of.joined.clone())?;
        span.set("sanzao.feed", self.feed.to_string());
        span.set("sanzao.partition", u64::from(self.input.partition));
        span.set("sanzao.feed.upto", upto);
        span.set("sanzao.bureau", bureau.to_string());
        span.set("sanzao.events", of.statements.len());
        span.set("sanzao.events.followed", of.followed);
        let waited_ms =
            of.since_ms.map_or(0, |since| (began / 1_000_000).saturating_sub(since.max(0) as u64));
        span.set("sanzao.waited_ms", waited_ms);
        Some(span)
    }

    /// Waits until there is more to read.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.input, self.position, timeout)?)
    }
}

/// What a micro-batch says.
#[derive(Default)]
struct Taken {
    bureaus: BTreeMap<Bureau, OfBureau>,
    refused: Vec<(Rejection, Instant)>,
}

/// What it says to one bureau.
#[derive(Default)]
struct OfBureau {
    statements: Vec<Statement>,
    notes: Vec<Note>,
    identities: Vec<Identity>,
    /// The offset of the event that states each of them.
    named_at: Vec<u64>,
    received: Instant,
    since_ms: Option<i64>,
    /// Events that are followed, and the traces of those of which the sender has begun one.
    followed: u64,
    joined: Joined,
}

impl OfBureau {
    fn follow(&mut self, sampled: Sampled) {
        match sampled {
            Sampled::No => return,
            Sampled::Drawn => {}
            Sampled::By(sender) => self.joined.add(sender),
        }
        self.followed += 1;
    }
}

impl Taken {
    fn accept(&mut self, accepted: Accepted, received: Instant, recent: &mut Recent) -> &mut OfBureau {
        let Accepted { bureau, statement, mut identities, warnings, repairs } = accepted;
        let of = self.bureaus.entry(bureau).or_default();
        if repairs.is_some() || !warnings.is_empty() {
            of.notes.push(Note { offset: statement.offset, repairs, warnings });
        }
        identities.retain(|identity| recent.is_news(identity));
        of.named_at.extend(identities.iter().map(|_| statement.offset));
        of.identities.extend(identities);
        of.statements.push(statement);
        of.received = received.max(of.received);
        of.since_ms = older(of.since_ms, Some(received.0 / 1_000_000));
        of
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
    cloud_event(value)
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
