//! Exchange: what people decide, from `work`, becomes results for departments; what departments are asked and answer,
//! from `exchange`, becomes messages in the outbox.
//!
//! What somebody has just decided can be taken back for ten seconds: it is told after that. Facts have no index by
//! which their records could be found: `places.rs` goes through `facts`, rarely.

mod news;
#[cfg(test)]
mod news_tests;
mod places;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sanzao_exchange::{
    ItemNews, LogPosition, MessageId, Outbox, RecordResult, RequestCommand, RequestNews, RequestRecord,
    Requests,
};
use sanzao_journal::{Journal, NewRecord, Reader, Stream, Write};
use sanzao_model::{Bureau, Day, Feed, Instant, WorkRecord};

use self::news::{Items, is_tellable, undone};
use self::places::Places;
use super::StageError;
use super::casework::decode_work;
use crate::request_log::RequestLog;
use crate::topics::Topics;

const READ_BYTES: usize = 4 << 20;

/// How long a decision waits in the log before it is told: the ten seconds within which it can be taken back, and time
/// for casework to say so. Counted from when it was appended, so that no clock of another machine matters.
const HOLD_MS: i64 = 12_000;

/// For how long the outbox remembers what was delivered or dropped.
const REMEMBER_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// A record of `work` that is read and not told of yet.
struct Held {
    offset: u64,
    appended_ms: i64,
    record: WorkRecord,
}

/// What is to be told of a stretch of `work`.
struct Pending {
    news: Vec<ItemNews>,
    upto: u64,
}

/// Tells departments of one bureau's decisions and questions.
pub(crate) struct ExchangeStage {
    journal: Arc<dyn Journal>,
    topics: Topics,
    bureau: Bureau,
    outbox: Arc<Mutex<Outbox>>,
    clock: fn() -> Instant,
    work: Stream,
    position: u64,
    claim: u64,
    /// Up to here the outbox knew of `work` when the stage began: no news come of it.
    known: u64,
    held: VecDeque<Held>,
    is_at_end: bool,
    items: Items,
    pending: Option<Pending>,
    places: Places,
    log: RequestLog,
    request_news: Vec<RequestNews>,
    day: Option<Day>,
    /// The day for which overdue requests were looked for last, and the place in their log then.
    looked: (Option<Day>, u64),
    forgot_ms: i64,
    /// Results appended since the process began, by feed.
    pub told: BTreeMap<Feed, u64>,
}

impl ExchangeStage {
    /// Reads `work` from its beginning to know what each alert rests on, and tells from where the outbox stands.
    ///
    /// # Errors
    /// When the outbox cannot be read.
    pub fn new(
        journal: Arc<dyn Journal>,
        topics: &Topics,
        bureau: Bureau,
        outbox: Arc<Mutex<Outbox>>,
        clock: fn() -> Instant,
    ) -> Result<ExchangeStage, StageError> {
        let (work, exchange) = (topics.work(bureau), topics.exchange(bureau));
        let known = lock(&outbox).position("work", work.partition)?;
        Ok(ExchangeStage {
            log: RequestLog::new(Arc::clone(&journal), exchange),
            places: Places::new(Arc::clone(&journal), topics.facts(bureau)),
            journal,
            topics: topics.clone(),
            bureau,
            outbox,
            clock,
            work,
            position: 0,
            claim: 0,
            known,
            held: VecDeque::new(),
            is_at_end: false,
            items: Items::default(),
            pending: None,
            request_news: Vec::new(),
            day: None,
            looked: (None, 0),
            forgot_ms: 0,
            told: BTreeMap::new(),
        })
    }

    /// Takes in what has arrived; false when there is nothing to do now.
    ///
    /// # Errors
    /// When a log or the outbox does not answer; what is read is kept, and told by a later step.
    pub fn step(&mut self) -> Result<bool, StageError> {
        let asked = self.follow_requests()?;
        let decided = self.follow_work()?;
        self.mark_overdue()?;
        self.forget()?;
        Ok(asked || decided)
    }

    /// Waits until there is more to read, or for a while.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        Ok(self.journal.wait(&self.work, self.position, timeout)?)
    }

    /// How far `work` is read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Requests as they stand.
    pub fn requests(&self) -> &Requests {
        self.log.requests()
    }

    /// Questions and answers become messages; what was delivered goes back into the log.
    fn follow_requests(&mut self) -> Result<bool, StageError> {
        let name = self.log.stream().topic.to_string();
        let partition = self.log.stream().partition;
        let known = lock(&self.outbox).position(&name, partition)?;
        let news = &mut self.request_news;
        let moved = self.log.catch_up(|offset, taken| {
            // What was refused, and what the outbox knows, is no news.
            news.extend(taken.ok().flatten().filter(|_| offset >= known));
        })?;
        if !self.request_news.is_empty() {
            let mut outbox = lock(&self.outbox);
            let upto = LogPosition { log: name, partition, next: self.log.position() };
            let judged = outbox.judge(upto, &[], &|_| None)?;
            outbox.take_in(&judged, &self.request_news, (self.clock)())?;
            self.request_news.clear();
        }
        let delivered = lock(&self.outbox).delivered_requests()?;
        if delivered.is_empty() {
            return Ok(moved);
        }
        let record = |(request, at): &(_, Instant)| RequestRecord::Command {
            request: *request,
            command: RequestCommand::Deliver { at: *at },
        };
        self.log.append(&delivered.iter().map(record).collect::<Vec<_>>())?;
        let ids: Vec<_> = delivered.into_iter().map(|(request, _)| request).collect();
        lock(&self.outbox).told_delivered(&ids)?;
        Ok(true)
    }

    /// Decisions become results.
    fn follow_work(&mut self) -> Result<bool, StageError> {
        if self.pending.is_none() {
            self.read()?;
            let ripe = self.ripe();
            if ripe == 0 {
                return Ok(false);
            }
            self.pending = Some(self.take(ripe));
        }
        self.tell()
    }

    /// Reads on, unless enough is held.
    fn read(&mut self) -> Result<(), StageError> {
        let mut reader = Reader::new(self.journal.as_ref(), self.work.clone(), self.position, self.claim);
        let records = reader.read(READ_BYTES)?;
        self.is_at_end = records.is_empty();
        for record in records {
            let decoded = decode_work(&self.work, record.offset, &record.value)?;
            let (offset, appended_ms) = (record.offset, record.timestamp_ms);
            self.held.push_back(Held { offset, appended_ms, record: decoded });
        }
        (self.position, self.claim) = (reader.position(), reader.claim());
        Ok(())
    }

    /// How many records can be told of: those before the first that may still be taken back.
    fn ripe(&self) -> usize {
        let now_ms = (self.clock)().0 / 1_000_000;
        let newest_ms = self.held.back().map_or(0, |held| held.appended_ms);
        let horizon_ms = if self.is_at_end { newest_ms.max(now_ms) } else { newest_ms };
        let may_be_undone =
            |held: &Held| is_tellable(&held.record) && held.appended_ms.saturating_add(HOLD_MS) > horizon_ms;
        self.held.iter().position(may_be_undone).unwrap_or(self.held.len())
    }

    /// Takes so many records; what was taken back since is passed over, and so is what the outbox knows.
    fn take(&mut self, count: usize) -> Pending {
        let undone = undone(self.held.iter().map(|held| (held.offset, &held.record)));
        let (mut news, mut upto) = (Vec::new(), self.known);
        for held in self.held.drain(..count) {
            upto = held.offset + 1;
            self.day = self.day.max(held.record.day);
            for (number, event) in held.record.events.iter().enumerate() {
                let is_undone = undone.contains(&(held.offset, number));
                let told = self.items.take(event, is_undone);
                news.extend(told.filter(|_| held.offset >= self.known));
            }
        }
        Pending { news, upto }
    }

    /// Finds where the records lie, appends the results, and has the outbox take them in. False while it has to wait
    /// with looking.
    fn tell(&mut self) -> Result<bool, StageError> {
        let Some(pending) = &self.pending else { return Ok(false) };
        if pending.news.is_empty() {
            self.pending = None;
            return Ok(true);
        }
        let facts: BTreeSet<_> =
            pending.news.iter().flat_map(|news| news.evidence.iter().map(|evidence| evidence.fact)).collect();
        let known = |fact| lock(&self.outbox).place(fact);
        if !self.places.find(facts, known)? {
            return Ok(false);
        }
        let upto = LogPosition { log: "work".into(), partition: self.work.partition, next: pending.upto };
        let judged = lock(&self.outbox).judge(upto, &pending.news, &|fact| self.places.get(fact))?;
        self.append(&judged.results)?;
        lock(&self.outbox).take_in(&judged, &[], (self.clock)())?;
        for result in &judged.results {
            *self.told.entry(result.record.feed).or_default() += 1;
        }
        tracing::debug!(results = judged.results.len(), bureau = %self.bureau, "departments are told");
        self.pending = None;
        Ok(true)
    }

    fn append(&self, results: &[RecordResult]) -> Result<(), StageError> {
        let mut by_feed: BTreeMap<Feed, Vec<NewRecord>> = BTreeMap::new();
        for result in results {
            let key = MessageId::of_result(result.id).as_str().as_bytes().to_vec();
            let record = NewRecord { key, value: result.to_bytes(), ..NewRecord::default() };
            by_feed.entry(result.record.feed).or_default().push(record);
        }
        if by_feed.is_empty() {
            return Ok(());
        }
        let appends = by_feed.into_iter().map(|(feed, records)| (self.topics.results(feed), records));
        self.journal.write(Write { appends: appends.collect(), commits: Vec::new() })?;
        Ok(())
    }

    /// Says in the log that requests are overdue, once casework has seen the day.
    fn mark_overdue(&mut self) -> Result<(), StageError> {
        let now = (self.day, self.log.position());
        let Some(today) = self.day.filter(|_| self.looked != now) else { return Ok(()) };
        if self.log.requests().become_overdue(today) {
            self.log.append(&[RequestRecord::Day { today }])?;
        }
        self.looked = now;
        Ok(())
    }

    fn forget(&mut self) -> Result<(), StageError> {
        let now_ms = (self.clock)().0 / 1_000_000;
        if now_ms.saturating_sub(self.forgot_ms) >= DAY_MS {
            let before = Instant::from_millis(now_ms.saturating_sub(REMEMBER_DAYS * DAY_MS));
            lock(&self.outbox).forget(before)?;
            self.forgot_ms = now_ms;
        }
        Ok(())
    }
}

fn lock(outbox: &Mutex<Outbox>) -> MutexGuard<'_, Outbox> {
    outbox.lock().unwrap_or_else(PoisonError::into_inner)
}
