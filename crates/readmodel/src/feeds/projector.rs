//! The one writer of the quality of feeds.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sanzao_model::{Day, Feed, Place};

use super::lag::{Lag, LagBucket};
use super::reader::FeedReader;
use super::rejection::RepairOutcome;
use super::schema::ALL_DAYS;
use super::tally::{Counted, DayTally, FeedTally, NewRejection, NewRepair, Told};
use crate::schema::signed;
use crate::{ReadModelError, sum};

/// What is counted, as `tally` names it.
pub(super) mod about {
    pub const OUTCOME: &str = "outcome";
    pub const TYPE: &str = "type";
    pub const REASON: &str = "reason";
    pub const WARNING: &str = "warning";
    pub const REPAIR: &str = "repair";
    /// Rejected events of which a repair is in.
    pub const REPAIRED: &str = "repaired";
    pub const RECORDED: &str = "recorded";
    pub const ARRIVED: &str = "arrived";
    pub const NEWEST_TIME: &str = "newest-time";
    pub const NEWEST_ARRIVAL: &str = "newest-arrival";
}

/// A repair of a repair of a repair … is followed so far back, should somebody claim to repair themselves.
const REPAIRS_FOLLOWED: usize = 100;

/// Writes the tables.
#[derive(Debug)]
pub struct FeedProjector {
    connection: Connection,
    positions: BTreeMap<String, (u64, String)>,
    counted: Counted,
    reader: FeedReader,
}

impl Drop for FeedProjector {
    fn drop(&mut self) {
        sum::lay(&self.connection);
    }
}

impl FeedProjector {
    pub(super) fn new(connection: Connection, reader: FeedReader) -> Result<FeedProjector, ReadModelError> {
        let positions = connection
            .prepare("SELECT stream, next, mark FROM position")?
            .query_map([], |row| Ok((row.get(0)?, (row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?))))?
            .collect::<Result<_, _>>()?;
        let mut counted = Counted::new();
        let mut statement = connection.prepare("SELECT feed, partition, told, next FROM counted")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (feed, told): (String, String) = (row.get(0)?, row.get(2)?);
            let told = Told::ALL.into_iter().find(|known| known.as_str() == told);
            let known = feed.parse::<Feed>().ok().zip(told);
            let (feed, told) = known.ok_or_else(|| ReadModelError::Stored(format!("counts of {feed}")))?;
            counted.insert((feed, row.get(1)?, told), row.get::<_, i64>(3)?.cast_unsigned());
        }
        drop(rows);
        drop(statement);
        Ok(FeedProjector { connection, positions, counted, reader })
    }

    /// Where to read on in a stream, and by what the caller knows its log again; none before it was read.
    pub fn position(&self, stream: &str) -> Option<(u64, &str)> {
        self.positions.get(stream).map(|(next, mark)| (*next, mark.as_str()))
    }

    /// To be filled with what follows, in order, and committed.
    pub fn begin(&self) -> FeedTally {
        FeedTally::new(self.counted.clone())
    }

    /// Takes in what was counted, in one transaction.
    ///
    /// # Errors
    /// See [`ReadModelError`]; nothing has changed then.
    pub fn commit(&mut self, tally: FeedTally) -> Result<(), ReadModelError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for ((feed, day), counts) in &tally.days {
            add_day(&transaction, *feed, *day, counts)?;
        }
        for rejection in &tally.rejections {
            add_rejection(&transaction, rejection)?;
        }
        for repair in &tally.repairs {
            add_repair(&transaction, repair)?;
        }
        for ((feed, partition, told), next) in &tally.counted {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO counted VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![feed.as_str(), partition, told.as_str(), signed(*next)])?;
        }
        for (stream, next, mark) in &tally.positions {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO position VALUES (?1, ?2, ?3)")?
                .execute(params![stream, signed(*next), mark])?;
        }
        transaction.commit()?;
        self.counted = tally.counted;
        let positions = tally.positions.into_iter();
        self.positions.extend(positions.map(|(stream, next, mark)| (stream, (next, mark))));
        Ok(())
    }

    /// Tells readers that everything there was has been counted at some moment since the file was opened.
    pub fn has_caught_up(&self) {
        self.reader.note_current();
    }
}

fn add_day(to: &Transaction<'_>, feed: Feed, day: Day, counts: &DayTally) -> Result<(), ReadModelError> {
    let DayTally { accepted, duplicate, rejected, .. } = counts;
    let add = |about, name: &str, count| add(to, feed, day, about, name, count);
    for (name, count) in [("accepted", accepted), ("duplicate", duplicate), ("rejected", rejected)] {
        add(about::OUTCOME, name, *count)?;
    }
    for (kind, count) in &counts.types {
        add(about::TYPE, kind, *count)?;
    }
    for ((code, pointer), count) in &counts.reasons {
        add(about::REASON, &format!("{code} {pointer}"), *count)?;
    }
    for (warning, count) in &counts.warnings {
        add(about::WARNING, warning, *count)?;
    }
    for (outcome, count) in &counts.repairs {
        add(about::REPAIR, outcome.as_str(), *count)?;
    }
    for (about, lag) in [(about::RECORDED, &counts.recorded), (about::ARRIVED, &counts.arrived)] {
        for (bucket, count) in LagBucket::ALL.into_iter().zip(lag.counts) {
            add(about, bucket.as_str(), count)?;
        }
    }
    let longest = |lag: &Lag| lag.worst_seconds;
    for (about, greatest) in [
        (about::RECORDED, longest(&counts.recorded)),
        (about::ARRIVED, longest(&counts.arrived)),
        (about::NEWEST_TIME, counts.newest_time.map(|time| time.0)),
        (about::NEWEST_ARRIVAL, counts.newest_arrival.map(|time| time.0)),
    ] {
        raise(to, feed, day, about, greatest)?;
    }
    Ok(())
}

fn add(
    to: &Transaction<'_>,
    feed: Feed,
    day: Day,
    about: &str,
    name: &str,
    count: u64,
) -> Result<(), ReadModelError> {
    if count > 0 {
        let mut statement = to.prepare_cached(
            "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET count = count + ?5",
        )?;
        for day in [day.0, ALL_DAYS] {
            statement.execute(params![feed.as_str(), day, about, name, signed(count)])?;
        }
    }
    Ok(())
}

fn raise(
    to: &Transaction<'_>,
    feed: Feed,
    day: Day,
    about: &str,
    greatest: Option<i64>,
) -> Result<(), ReadModelError> {
    if let Some(greatest) = greatest {
        let mut statement = to.prepare_cached(
            "INSERT INTO extreme VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET greatest = max(greatest, ?4)",
        )?;
        for day in [day.0, ALL_DAYS] {
            statement.execute(params![feed.as_str(), day, about, greatest])?;
        }
    }
    Ok(())
}

fn add_rejection(to: &Transaction<'_>, rejection: &NewRejection) -> Result<(), ReadModelError> {
    let (log, nth) = rejection.log;
    to.prepare_cached(
        "INSERT OR IGNORE INTO rejection (feed, log, nth, partition, place, event, received, code, pointer,
             expected, repairs_partition, repairs_place)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        rejection.feed.as_str(),
        signed(log),
        signed(nth as u64),
        rejection.place.partition,
        signed(rejection.place.offset),
        rejection.event.map(|event| event.0),
        rejection.received.0,
        rejection.code,
        rejection.pointer,
        rejection.expected,
        rejection.repairs.map(|place| place.partition),
        rejection.repairs.map(|place| signed(place.offset)),
    ])?;
    Ok(())
}

/// Notes what became of a repair with the rejected event, and with those that this one was to repair in vain. One
/// that is in stays in, whatever is tried afterwards.
fn add_repair(to: &Transaction<'_>, repair: &NewRepair) -> Result<(), ReadModelError> {
    let mut repairs = Some(repair.repairs);
    for _ in 0..REPAIRS_FOLLOWED {
        let Some(Place { partition, offset }) = repairs else { break };
        let row = to
            .prepare_cached(
                "SELECT repair, repairs_partition, repairs_place FROM rejection
                 WHERE feed = ?1 AND partition = ?2 AND place = ?3",
            )?
            .query_row(params![repair.feed.as_str(), partition, signed(offset)], |row| {
                Ok((
                    row.get::<_, Option<String>>(0)?,
                    row.get::<_, Option<u32>>(1)?,
                    row.get::<_, Option<i64>>(2)?,
                ))
            })
            .optional()?;
        let Some((before, next_partition, next_offset)) = row else { break };
        let before = before.as_deref().and_then(RepairOutcome::named);
        if before.is_some_and(RepairOutcome::is_in) {
            break;
        }
        to.prepare_cached(
            "UPDATE rejection SET repair = ?4, repair_partition = ?5, repair_place = ?6
             WHERE feed = ?1 AND partition = ?2 AND place = ?3",
        )?
        .execute(params![
            repair.feed.as_str(),
            partition,
            signed(offset),
            repair.outcome.as_str(),
            repair.by.partition,
            signed(repair.by.offset)
        ])?;
        if repair.outcome.is_in() {
            add(to, repair.feed, repair.day, about::REPAIRED, "", 1)?;
        }
        let next = next_partition.zip(next_offset);
        repairs = next.map(|(partition, offset)| Place { partition, offset: offset.cast_unsigned() });
    }
    Ok(())
}
