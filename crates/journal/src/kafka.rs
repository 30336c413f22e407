//! The Kafka journal: the same log in the topics of a Kafka cluster.
//!
//! One idempotent producer for all threads; consumers with one stream each, assigned by hand and kept between
//! reads; one client per consumer name for its committed offsets. A broker does not
//! know claims, they travel in a header: [`crate::Reader`] ignores what was appended under a superseded one, and its
//! owner is told after the fact. What carries no claim (commits, records for other streams) is not done before the
//! claimed stream was looked at.

mod client;
mod cursor;
mod groups;
mod layout;
mod members;
mod message;
mod probe;
mod producer;
mod reports;
mod topics;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{
    Batch, Claim, Journal, JournalError, Members, Membership, NewRecord, Sasl, Security, Stream, Topic,
    TopicDifference, TopicLayout, Write,
};
use cursor::Cursor;
use groups::Groups;
use members::GroupMember;
use producer::{Mark, Producer};
use reports::Reports;
use topics::Topics;

/// Idle consumers kept per stream. Readers of one stream at different places each have their own, so that they do
/// not seek to and fro.
const IDLE_CURSORS: usize = 3;

/// Bytes read at a time when looking for a later claim.
const WATCH_BYTES: usize = 1 << 20;

/// How to reach a Kafka cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaConfig {
    /// `host:port`, several with commas.
    pub bootstrap_servers: String,
    /// What the names of our consumer groups begin with, as `<prefix>-<consumer>`; also the client id.
    pub group_prefix: String,
    /// How long one operation waits for the cluster before it is [`JournalError::Unavailable`].
    pub timeout: Duration,
    /// What protects the way there.
    pub security: Security,
    /// As whom, where brokers want to know.
    pub sasl: Option<Sasl>,
}

impl KafkaConfig {
    /// In plain text and as nobody, with a timeout of ten seconds: longer than an election of partition leaders usually
    /// takes.
    pub fn new(bootstrap_servers: impl Into<String>, group_prefix: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            group_prefix: group_prefix.into(),
            timeout: Duration::from_secs(10),
            security: Security::Plaintext,
            sasl: None,
        }
    }
}

/// The event log in a Kafka cluster.
pub struct KafkaJournal {
    config: KafkaConfig,
    topics: Topics,
    producer: Producer,
    groups: Groups,
    reports: Reports,
    idle: Mutex<HashMap<Stream, Vec<Cursor>>>,
    /// Up to where no later claim was found in a claimed stream, by stream and number of the claim.
    watched: Mutex<HashMap<(Stream, u64), u64>>,
}

impl KafkaJournal {
    /// Connects to the cluster and makes sure that it answers.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] if it does not; [`JournalError::Refused`], within a second or two, for files, a
    /// security, a user or a password that must be changed first. Once it is connected, the same is
    /// [`JournalError::Unavailable`] with the reason: certificates and passwords of brokers change while clients run.
    /// What access lists do not allow is always [`JournalError::Refused`].
    pub fn connect(config: KafkaConfig) -> Result<Self, JournalError> {
        let reports = Reports::default();
        let topics = Topics::connect(&config, &reports)?;
        Ok(Self {
            producer: Producer::new(&config, &reports),
            groups: Groups::new(&config, &reports),
            reports,
            idle: Mutex::new(HashMap::new()),
            watched: Mutex::new(HashMap::new()),
            topics,
            config,
        })
    }

    fn append(&self, write: Write, claim: Option<&Claim>) -> Result<Vec<Range<u64>>, JournalError> {
        write.check()?;
        let commits = write.commits.iter().map(|commit| &commit.stream);
        for stream in write.appends.iter().map(|(stream, _)| stream).chain(commits) {
            self.topics.check(stream)?;
        }
        if let Some(claim) = claim.filter(|claim| has_effect_unmarked(&write, &claim.stream)) {
            self.check_claim_before(claim)?;
        }
        let mark = |stream: &Stream| match claim {
            Some(claim) if claim.stream == *stream => Mark::Held(claim.number),
            _ => Mark::None,
        };
        let written = self.producer.append(&write.appends, mark)?;
        let mut ranges = Vec::with_capacity(written.len());
        for ((stream, _), range) in write.appends.iter().zip(written) {
            // Nothing was appended: an empty range at the end, as the embedded journal gives it.
            ranges.push(match range {
                Some(range) => range,
                None => self.end(stream).map(|end| end..end)?,
            });
        }
        if let Some(claim) = claim {
            self.check_claim_after(claim, &write, &ranges)?;
        }
        self.groups.commit(&write.commits)?;
        Ok(ranges)
    }

    /// Reads the claimed stream to its end before anything of a write is done that readers cannot tell from what the
    /// owner in force writes. A claim taken between this and the write is found by the next one: a broker cannot
    /// check and write at once.
    fn check_claim_before(&self, claim: &Claim) -> Result<(), JournalError> {
        let end = self.end(&claim.stream)?;
        let from = self.look_for_later(claim, self.watched_upto(claim), end)?;
        self.remember_watched(claim, from);
        Ok(())
    }

    /// Reads what others have appended to a claimed stream since the last time, in which a later claim may lie.
    /// Readers ignore what was appended after that; its owner must not go on as if they did not.
    fn check_claim_after(
        &self,
        claim: &Claim,
        write: &Write,
        ranges: &[Range<u64>],
    ) -> Result<(), JournalError> {
        let mut from = self.watched_upto(claim);
        let appended = write.appends.iter().zip(ranges).filter(|((stream, _), _)| *stream == claim.stream);
        for ((_, records), range) in appended {
            let is_all_own = range.end - range.start == records.len() as u64;
            let unknown_upto = if is_all_own { range.start } else { range.end };
            from = self.look_for_later(claim, from, unknown_upto)?.max(range.end);
        }
        self.remember_watched(claim, from);
        Ok(())
    }

    /// Refuses if a later claim lies in `from..upto` of the claimed stream; else returns up to where it has read.
    fn look_for_later(&self, claim: &Claim, mut from: u64, upto: u64) -> Result<u64, JournalError> {
        while from < upto {
            let batch = self.read(&claim.stream, from, WATCH_BYTES)?;
            let later = batch.records.iter().find(|record| record.is_claim() && record.claim > claim.number);
            if let Some(later) = later {
                let (stream, held) = (claim.stream.clone(), claim.number);
                return Err(JournalError::Fenced { stream, held, current: later.claim });
            }
            if batch.next == from {
                break;
            }
            from = batch.next;
        }
        Ok(from)
    }

    fn watched_upto(&self, claim: &Claim) -> u64 {
        let key = (claim.stream.clone(), claim.number);
        locked(&self.watched).get(&key).copied().unwrap_or(claim.offset() + 1)
    }

    fn remember_watched(&self, claim: &Claim, upto: u64) {
        locked(&self.watched).insert((claim.stream.clone(), claim.number), upto);
    }

    /// Runs `work` on a consumer that stands at `from`, and keeps the consumer for the next time.
    fn with_cursor<T>(
        &self,
        stream: &Stream,
        from: u64,
        work: impl FnOnce(&mut Cursor, &Topics) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.topics.check(stream)?;
        let mut cursor = match self.take_cursor(stream, from) {
            Some(cursor) => cursor,
            None => Cursor::open(&self.config, stream, &self.reports)?,
        };
        cursor.stand_at(from, &self.topics)?;
        let result = work(&mut cursor, &self.topics);
        locked(&self.idle).entry(stream.clone()).or_default().push(cursor);
        result
    }

    fn take_cursor(&self, stream: &Stream, from: u64) -> Option<Cursor> {
        let mut idle = locked(&self.idle);
        let cursors = idle.get_mut(stream)?;
        let fitting = cursors.iter().position(|cursor| cursor.position() == from);
        match fitting {
            Some(index) => Some(cursors.remove(index)),
            // The one longest unused seeks, unless there is room for another.
            None if cursors.len() >= IDLE_CURSORS => Some(cursors.remove(0)),
            None => None,
        }
    }
}

impl KafkaJournal {
    /// Says why nothing answers, as far as the clients have told.
    fn explained<T>(&self, result: Result<T, JournalError>) -> Result<T, JournalError> {
        result.map_err(|error| {
            self.topics.listen();
            self.reports.explain(error)
        })
    }

    fn take(&self, stream: &Stream, owner: &str) -> Result<Claim, JournalError> {
        let record = NewRecord { value: owner.as_bytes().to_vec(), ..NewRecord::default() };
        record.check(stream)?;
        self.topics.check(stream)?;
        let written = self.producer.append(&[(stream.clone(), vec![record])], |_| Mark::New)?;
        match written.as_slice() {
            [Some(range)] => {
                Ok(Claim { stream: stream.clone(), owner: owner.to_owned(), number: range.start + 1 })
            }
            _ => Err(JournalError::Bug { detail: format!("a claim of {stream} was given no offset") }),
        }
    }

    fn bounds(&self, stream: &Stream) -> Result<Range<u64>, JournalError> {
        let known = self.topics.check(stream);
        self.explained(known.and_then(|()| self.topics.bounds(stream)))
    }
}

impl Journal for KafkaJournal {
    fn write(&self, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.explained(self.append(write, None))
    }

    fn write_claimed(&self, claim: &Claim, write: Write) -> Result<Vec<Range<u64>>, JournalError> {
        self.explained(self.append(write, Some(claim)))
    }

    fn read(&self, stream: &Stream, from: u64, max_bytes: usize) -> Result<Batch, JournalError> {
        self.explained(self.with_cursor(stream, from, |cursor, topics| cursor.read(max_bytes, topics)))
    }

    fn wait(&self, stream: &Stream, from: u64, timeout: Duration) -> Result<bool, JournalError> {
        self.explained(self.with_cursor(stream, from, |cursor, topics| cursor.wait(timeout, topics)))
    }

    fn end(&self, stream: &Stream) -> Result<u64, JournalError> {
        Ok(self.bounds(stream)?.end)
    }

    fn begin(&self, stream: &Stream) -> Result<u64, JournalError> {
        Ok(self.bounds(stream)?.start)
    }

    fn expire(&self, stream: &Stream, appended_before_ms: i64, upto: u64) -> Result<u64, JournalError> {
        let known = self.topics.check(stream);
        self.explained(known.and_then(|()| self.topics.expire(stream, appended_before_ms, upto)))
    }

    fn partitions(&self, topic: &Topic) -> Result<u32, JournalError> {
        self.explained(self.topics.partitions(topic))
    }

    fn check_topics(&self, layout: &[TopicLayout]) -> Result<Vec<TopicDifference>, JournalError> {
        self.explained(self.topics.differences(layout))
    }

    fn ensure_topics(&self, layout: &[TopicLayout]) -> Result<(), JournalError> {
        self.explained(self.topics.ensure(layout))
    }

    fn committed(&self, consumer: &str, stream: &Stream) -> Result<Option<u64>, JournalError> {
        let known = self.topics.check(stream);
        self.explained(known.and_then(|()| self.groups.committed(consumer, stream)))
    }

    fn claim(&self, stream: &Stream, owner: &str) -> Result<Claim, JournalError> {
        self.explained(self.take(stream, owner))
    }

    fn join(&self, membership: &Membership) -> Result<Box<dyn Members>, JournalError> {
        self.explained(self.topics.partitions(&membership.topic))?;
        Ok(Box::new(GroupMember::join(&self.config, membership)?))
    }
}

/// True if a write does something that carries no claim: it appends to another stream than the claimed one, or
/// commits without an append that is marked and looked at before the commit.
fn has_effect_unmarked(write: &Write, claimed: &Stream) -> bool {
    let mut appends = write.appends.iter().filter(|(_, records)| !records.is_empty()).peekable();
    appends.peek().is_none() || appends.any(|(stream, _)| stream != claimed)
}

/// A thread that panicked while it held one of these locks left nothing half done: each change is one insertion
/// or removal.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
