//! Counting in memory what some records say, before one transaction takes it.

use std::collections::BTreeMap;

use sanzao_model::{
    Content, Day, EventTag, FactBatch, Feed, Instant, Place, Receipt, ReceiptBatch, ReceiptOutcome,
};

use super::lag::{Lag, LagBucket};
use super::rejection::RepairOutcome;

/// Which of the streams about a feed's events; each has the offsets of a partition in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// Valid events, in `facts`.
    Valid,
    /// Accepted and duplicate ones, in receipts.
    Settled,
    /// Rejected ones, in receipts.
    Rejected,
}

impl Told {
    pub(super) const ALL: [Told; 3] = [Told::Valid, Told::Settled, Told::Rejected];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Told::Valid => "valid",
            Told::Settled => "settled",
            Told::Rejected => "rejected",
        }
    }
}

/// The offset after the last event counted, by feed, partition and stream: what was appended a second time
/// (a write that was tried again) is not counted a second time.
pub(super) type Counted = BTreeMap<(Feed, u32, Told), u64>;

/// What is counted of a feed and a day of arrival in China.
#[derive(Debug, Default)]
pub(super) struct DayTally {
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    /// Valid events by type; a handful, found faster in a row than in a tree.
    pub types: Vec<(&'static str, u64)>,
    /// Rejections by code and pointer.
    pub reasons: BTreeMap<(String, String), u64>,
    pub warnings: BTreeMap<&'static str, u64>,
    /// What came of repairs.
    pub repairs: BTreeMap<RepairOutcome, u64>,
    /// From the day something holds to when the source recorded it, in whole days.
    pub recorded: Lag,
    /// From there to its arrival.
    pub arrived: Lag,
    pub newest_time: Option<Instant>,
    pub newest_arrival: Option<Instant>,
}

/// A rejection to be listed.
#[derive(Debug)]
pub(super) struct NewRejection {
    pub feed: Feed,
    pub log: (u64, usize),
    pub place: Place,
    pub event: Option<EventTag>,
    pub received: Instant,
    pub code: String,
    pub pointer: String,
    pub expected: String,
    pub repairs: Option<Place>,
}

/// A receipt that repairs a rejection.
#[derive(Debug)]
pub(super) struct NewRepair {
    pub feed: Feed,
    pub day: Day,
    pub repairs: Place,
    pub by: Place,
    pub outcome: RepairOutcome,
}

/// What some records say of feeds. [`super::FeedProjector::begin`] gives one, [`super::FeedProjector::commit`]
/// takes it.
#[derive(Debug)]
pub struct FeedTally {
    pub(super) counted: Counted,
    pub(super) days: BTreeMap<(Feed, Day), DayTally>,
    pub(super) rejections: Vec<NewRejection>,
    pub(super) repairs: Vec<NewRepair>,
    /// Where to read on in each stream, and by what to know its log again.
    pub(super) positions: Vec<(String, u64, String)>,
}

impl FeedTally {
    pub(super) fn new(counted: Counted) -> FeedTally {
        let (days, rejections, repairs) = (BTreeMap::new(), Vec::new(), Vec::new());
        FeedTally { counted, days, rejections, repairs, positions: Vec::new() }
    }

    /// Notes where to read on in a stream, and by what to know its log again.
    pub fn read_upto(&mut self, stream: &str, next: u64, mark: String) {
        self.positions.push((stream.to_owned(), next, mark));
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    /// Counts a batch of valid events: types and lags.
    pub fn facts(&mut self, batch: &FactBatch) {
        let counted = self.counted.entry((batch.feed, batch.partition, Told::Valid)).or_default();
        let from = std::mem::replace(counted, batch.upto.max(*counted));
        let day = self.days.entry((batch.feed, batch.received.day_in_china())).or_default();
        for statement in batch.statements.iter().filter(|statement| statement.offset >= from) {
            day.newest_time = day.newest_time.max(Some(statement.time));
            let seconds = seconds(batch.received) - seconds(statement.time);
            day.arrived.add(LagBucket::of_seconds(seconds), seconds);
            let kind = match &statement.content {
                Content::Fact(fact) => {
                    let days = i64::from(statement.time.day_in_china().0) - i64::from(fact.on.0);
                    day.recorded.add(LagBucket::of_days(days), days * DAY_SECONDS);
                    fact.body.kind()
                }
                Content::Retraction { .. } => "record.retracted",
            };
            match day.types.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => day.types.push((kind, 1)),
            }
        }
    }

    /// Counts a batch of receipts, the record at this offset of its topic.
    pub fn receipts(&mut self, log: u64, batch: &ReceiptBatch) {
        // Receipts of a batch arrived together, or nearly so: the day is not looked up for each.
        let mut before = (Instant(i64::MIN), Day(0));
        for (nth, receipt) in batch.receipts.iter().enumerate() {
            let told = match receipt.outcome {
                ReceiptOutcome::Rejected { .. } => Told::Rejected,
                ReceiptOutcome::Accepted | ReceiptOutcome::Duplicate => Told::Settled,
            };
            let counted = self.counted.entry((receipt.feed, receipt.partition, told)).or_default();
            if receipt.offset < *counted {
                continue;
            }
            *counted = receipt.offset + 1;
            if before.0 != receipt.received {
                before = (receipt.received, receipt.received.day_in_china());
            }
            self.receipt(before.1, (log, nth), receipt);
        }
    }

    fn receipt(&mut self, on: Day, log: (u64, usize), receipt: &Receipt) {
        let day = self.days.entry((receipt.feed, on)).or_default();
        day.newest_arrival = day.newest_arrival.max(Some(receipt.received));
        for warning in &receipt.warnings {
            *day.warnings.entry(warning.as_str()).or_default() += 1;
        }
        let place = Place { partition: receipt.partition, offset: receipt.offset };
        let outcome = match &receipt.outcome {
            ReceiptOutcome::Accepted => {
                day.accepted += 1;
                RepairOutcome::Accepted
            }
            ReceiptOutcome::Duplicate => {
                day.duplicate += 1;
                RepairOutcome::Duplicate
            }
            ReceiptOutcome::Rejected { code, pointer, expected } => {
                day.rejected += 1;
                *day.reasons.entry((code.clone(), without_places(pointer))).or_default() += 1;
                self.rejections.push(NewRejection {
                    feed: receipt.feed,
                    log,
                    place,
                    event: receipt.event,
                    received: receipt.received,
                    code: code.clone(),
                    pointer: pointer.clone(),
                    expected: expected.clone(),
                    repairs: receipt.repairs,
                });
                RepairOutcome::Rejected
            }
        };
        if let Some(repairs) = receipt.repairs {
            *day.repairs.entry(outcome).or_default() += 1;
            self.repairs.push(NewRepair { feed: receipt.feed, day: on, repairs, by: place, outcome });
        }
    }
}

const DAY_SECONDS: i64 = 86_400;

fn seconds(instant: Instant) -> i64 {
    instant.0.div_euclid(1_000_000_000)
}

/// The third of a list of members is wrong for the same reason as the fourth.
fn without_places(pointer: &str) -> String {
    let place = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = pointer.split('/').map(|part| if place(part) { "*" } else { part }).collect();
    parts.join("/")
}
