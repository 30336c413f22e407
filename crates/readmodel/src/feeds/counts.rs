//! What was counted of a feed.

use sanzao_model::{Day, Feed, Instant};

use super::lag::Lag;
use super::rejection::RepairOutcome;

/// What was counted of a feed, on a day of arrival or over all days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedCounts {
    /// Accepted events.
    pub accepted: u64,
    /// Events whose id was accepted before.
    pub duplicate: u64,
    /// Refused events.
    pub rejected: u64,
    /// Of all refused events, those of which a repair is in by now, by the day the repair came.
    pub repaired: u64,
    /// What came of repairs, each once.
    pub repairs: Vec<(RepairOutcome, u64)>,
    /// Valid events by type, as `wage.reported`.
    pub types: Vec<Named>,
    /// Why events were refused.
    pub reasons: Vec<ReasonCount>,
    /// What was odd about accepted and duplicate ones, by code.
    pub warnings: Vec<Named>,
    /// From the day something holds to the time its source recorded it, in whole days.
    pub recorded: Lag,
    /// From there to its arrival.
    pub arrived: Lag,
    /// The newest `time` of a valid event.
    pub newest_time: Option<Instant>,
    /// When the newest event arrived.
    pub newest_arrival: Option<Instant>,
}

/// How many have this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// How many were refused for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonCount {
    /// The stable code.
    pub code: String,
    /// JSON pointer of the value, with `*` for any place in a list.
    pub pointer: String,
    /// How many.
    pub count: u64,
}

/// A feed on a day of arrival in China.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedDay {
    /// The feed.
    pub feed: Feed,
    /// The day.
    pub day: Day,
    /// What was counted.
    pub counts: FeedCounts,
}

impl FeedCounts {
    /// All events that came.
    pub fn total(&self) -> u64 {
        self.accepted + self.duplicate + self.rejected
    }

    /// The share of a count of all events that came, in per cent; none without events.
    pub fn percent(&self, count: u64) -> Option<f64> {
        (self.total() > 0).then(|| count as f64 * 100.0 / self.total() as f64)
    }
}
