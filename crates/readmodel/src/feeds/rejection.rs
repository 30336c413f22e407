//! Refused events, and what became of them.

use std::fmt;
use std::str::FromStr;

use rusqlite::{OptionalExtension, Row, params};
use sanzao_model::{EventTag, Feed, Instant, Place};

use super::reader::FeedReader;
use crate::schema::signed;
use crate::{CursorError, ReadModelError};

/// What became of a repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RepairOutcome {
    /// It was accepted.
    Accepted,
    /// An event with the same source and id was accepted before: it is in.
    Duplicate,
    /// It was refused again.
    Rejected,
}

impl RepairOutcome {
    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            RepairOutcome::Accepted => "accepted",
            RepairOutcome::Duplicate => "duplicate",
            RepairOutcome::Rejected => "rejected",
        }
    }

    pub(super) fn named(name: &str) -> Option<RepairOutcome> {
        [RepairOutcome::Accepted, RepairOutcome::Duplicate, RepairOutcome::Rejected]
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }

    /// Whether the event that was refused is in now.
    pub fn is_in(self) -> bool {
        self != RepairOutcome::Rejected
    }
}

/// The last try to repair a refused event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Where the repaired event lies in the feed's topic.
    pub place: Place,
    /// What became of it.
    pub outcome: RepairOutcome,
}

/// A refused event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedEvent {
    /// Where it lies in the feed's topic.
    pub place: Place,
    /// Keyed hash of source and id, where the envelope could be read.
    pub event: Option<EventTag>,
    /// When it arrived.
    pub received: Instant,
    /// The stable code of the reason.
    pub code: String,
    /// JSON pointer of the value that is wrong.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
    /// The refused event that this one was to repair.
    pub repairs: Option<Place>,
    /// The last try to repair it; one that is in stays the last.
    pub repair: Option<Repair>,
}

/// Which refused events to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RejectionFilter {
    /// With this code.
    pub code: Option<String>,
    /// Of which a repair is in, or none is.
    pub repaired: Option<bool>,
}

/// A page of refused events, in the order of their receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionPage {
    /// The events.
    pub items: Vec<RejectedEvent>,
    /// Where the next page begins; none on the last.
    pub next: Option<RejectionCursor>,
}

/// A place in the list of a feed's refused events. It stays what it is when the tables are made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectionCursor {
    log: u64,
    nth: u64,
}

impl fmt::Display for RejectionCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.log, self.nth)
    }
}

impl FromStr for RejectionCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<RejectionCursor, CursorError> {
        let number =
            |text: &str| text.parse::<u64>().ok().filter(|number| *number <= i64::MAX.cast_unsigned());
        let parts = text.split_once('-').and_then(|(log, nth)| number(log).zip(number(nth)));
        let cursor = parts.map(|(log, nth)| RejectionCursor { log, nth }).ok_or(CursorError::Malformed)?;
        // One place, one text.
        if cursor.to_string() == text { Ok(cursor) } else { Err(CursorError::Malformed) }
    }
}

const COLUMNS: &str = "partition, place, event, received, code, pointer, expected, repairs_partition,
    repairs_place, repair, repair_partition, repair_place, log, nth";

fn rejected_event(row: &Row<'_>) -> rusqlite::Result<RejectedEvent> {
    let place = |partition: usize| -> rusqlite::Result<Option<Place>> {
        let offset: Option<i64> = row.get(partition + 1)?;
        let partition: Option<u32> = row.get(partition)?;
        Ok(partition
            .zip(offset)
            .map(|(partition, offset)| Place { partition, offset: offset.cast_unsigned() }))
    };
    let outcome: Option<String> = row.get(9)?;
    let outcome = outcome.as_deref().and_then(RepairOutcome::named);
    Ok(RejectedEvent {
        place: Place { partition: row.get(0)?, offset: row.get::<_, i64>(1)?.cast_unsigned() },
        event: row.get::<_, Option<[u8; 16]>>(2)?.map(EventTag),
        received: Instant(row.get(3)?),
        code: row.get(4)?,
        pointer: row.get(5)?,
        expected: row.get(6)?,
        repairs: place(7)?,
        repair: place(10)?.zip(outcome).map(|(place, outcome)| Repair { place, outcome }),
    })
}

impl FeedReader {
    /// Refused events of a feed after a cursor, at most `limit` (1 to 500; what lies outside is taken as the
    /// nearest), in the order of their receipts.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rejections(
        &self,
        feed: Feed,
        filter: &RejectionFilter,
        limit: usize,
        after: Option<RejectionCursor>,
    ) -> Result<RejectionPage, ReadModelError> {
        let limit = limit.clamp(1, crate::Reader::MAX_LIMIT);
        self.ask(|tables| {
            let sql = format!(
                "SELECT {COLUMNS} FROM rejection WHERE feed = ?1 AND (log, nth) > (?2, ?3)
                 AND (?4 IS NULL OR code = ?4)
                 AND (?5 IS NULL OR ?5 = (repair IS NOT NULL AND repair <> 'rejected'))
                 ORDER BY log, nth LIMIT ?6"
            );
            let (log, nth) = after.map_or((-1, 0), |after| (signed(after.log), signed(after.nth)));
            let mut statement = tables.prepare_cached(&sql)?;
            let wanted = signed(limit as u64 + 1);
            let lane = params![feed.as_str(), log, nth, filter.code, filter.repaired, wanted];
            let rows = statement.query_map(lane, |row| {
                let cursor = RejectionCursor {
                    log: row.get::<_, i64>(12)?.cast_unsigned(),
                    nth: row.get::<_, i64>(13)?.cast_unsigned(),
                };
                Ok((rejected_event(row)?, cursor))
            })?;
            let mut found: Vec<_> = rows.collect::<Result<_, _>>()?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().map(|(_, cursor)| *cursor).filter(|_| more);
            Ok(RejectionPage { items: found.into_iter().map(|(event, _)| event).collect(), next })
        })
    }

    /// The refused event at a place of a feed's topic.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rejection(&self, feed: Feed, place: Place) -> Result<Option<RejectedEvent>, ReadModelError> {
        // A place beyond what offsets can be is none.
        let Ok(offset) = i64::try_from(place.offset) else { return Ok(None) };
        self.ask(|tables| {
            let sql =
                format!("SELECT {COLUMNS} FROM rejection WHERE feed = ?1 AND partition = ?2 AND place = ?3");
            let mut statement = tables.prepare_cached(&sql)?;
            let found = statement.query_row(params![feed.as_str(), place.partition, offset], rejected_event);
            Ok(found.optional()?)
        })
    }
}
