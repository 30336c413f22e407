//! What was counted, for queries.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{OptionalExtension, Params, Transaction, params};
use sanzao_model::{Day, Feed, Instant};

use super::counts::{FeedCounts, FeedDay, Named, ReasonCount};
use super::lag::LagBucket;
use super::projector::about;
use super::rejection::RepairOutcome;
use super::schema::ALL_DAYS;
use crate::{Position, ReadModelError, Reader};

/// Answers queries about feeds. Cheap to clone. Calls block on the disk.
#[derive(Clone)]
pub struct FeedReader {
    tables: Reader,
    current: Arc<AtomicBool>,
}

impl FeedReader {
    pub(super) fn new(path: PathBuf) -> FeedReader {
        FeedReader { tables: Reader::new(path, Position::default()), current: Arc::default() }
    }

    pub(super) fn note_current(&self) {
        self.current.store(true, Ordering::Release);
    }

    /// Whether everything there was has been counted at some moment since the file was opened: before that, what
    /// is not found may exist.
    pub fn is_current(&self) -> bool {
        self.current.load(Ordering::Acquire)
    }

    pub(super) fn ask<T>(
        &self,
        query: impl FnOnce(&Transaction<'_>) -> Result<T, ReadModelError>,
    ) -> Result<T, ReadModelError> {
        self.tables.ask(query)
    }

    /// Where to read on in a stream: what lies before is counted. None before it was read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn position(&self, stream: &str) -> Result<Option<u64>, ReadModelError> {
        self.ask(|tables| {
            let mut statement = tables.prepare_cached("SELECT next FROM position WHERE stream = ?1")?;
            let next: Option<i64> = statement.query_row([stream], |row| row.get(0)).optional()?;
            Ok(next.map(i64::cast_unsigned))
        })
    }

    /// Every feed over all days, also one of which nothing came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feeds(&self) -> Result<Vec<(Feed, FeedCounts)>, ReadModelError> {
        self.ask(|tables| Feed::ALL.into_iter().map(|feed| Ok((feed, totals(tables, feed)?))).collect())
    }

    /// One feed over all days.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn feed(&self, feed: Feed) -> Result<FeedCounts, ReadModelError> {
        self.ask(|tables| totals(tables, feed))
    }

    /// A feed by day of arrival, the newest first, at most so many days; days without events are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn days(&self, feed: Feed, at_most: u32) -> Result<Vec<FeedDay>, ReadModelError> {
        self.ask(|tables| {
            let mut statement = tables.prepare_cached(
                "SELECT DISTINCT day FROM tally WHERE feed = ?1 AND day > ?2 ORDER BY day DESC LIMIT ?3",
            )?;
            let days: Vec<i32> = statement
                .query_map(params![feed.as_str(), ALL_DAYS, at_most], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let (Some(newest), Some(oldest)) = (days.first(), days.last()) else { return Ok(Vec::new()) };
            let mut counts = counts(tables, feed, *oldest, *newest)?;
            let day =
                |day: i32| FeedDay { feed, day: Day(day), counts: counts.remove(&day).unwrap_or_default() };
            Ok(days.into_iter().map(day).collect())
        })
    }
}

impl fmt::Debug for FeedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedReader").field("current", &self.is_current()).finish_non_exhaustive()
    }
}

fn totals(tables: &Transaction<'_>, feed: Feed) -> Result<FeedCounts, ReadModelError> {
    Ok(counts(tables, feed, ALL_DAYS, ALL_DAYS)?.remove(&ALL_DAYS).unwrap_or_default())
}

fn counts(
    tables: &Transaction<'_>,
    feed: Feed,
    from: i32,
    to: i32,
) -> Result<BTreeMap<i32, FeedCounts>, ReadModelError> {
    let mut by_day: BTreeMap<i32, FeedCounts> = BTreeMap::new();
    let name = feed.as_str();
    let sql = "SELECT day, about, name, count FROM tally WHERE feed = ?1 AND day BETWEEN ?2 AND ?3
        ORDER BY day, about, count DESC, name";
    each(tables, sql, params![name, from, to], |row| {
        let (day, about, name): (i32, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let count = row.get::<_, i64>(3)?.cast_unsigned();
        note(by_day.entry(day).or_default(), &about, name, count)
    })?;
    let sql = "SELECT day, about, greatest FROM extreme WHERE feed = ?1 AND day BETWEEN ?2 AND ?3";
    each(tables, sql, params![name, from, to], |row| {
        let (day, about, greatest): (i32, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let counts = by_day.entry(day).or_default();
        match about.as_str() {
            about::RECORDED => counts.recorded.worst_seconds = Some(greatest),
            about::ARRIVED => counts.arrived.worst_seconds = Some(greatest),
            about::NEWEST_TIME => counts.newest_time = Some(Instant(greatest)),
            about::NEWEST_ARRIVAL => counts.newest_arrival = Some(Instant(greatest)),
            about => return Err(unknown(about, "")),
        }
        Ok(())
    })?;
    Ok(by_day)
}

fn each(
    tables: &Transaction<'_>,
    sql: &str,
    range: impl Params,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<(), ReadModelError>,
) -> Result<(), ReadModelError> {
    let mut statement = tables.prepare_cached(sql)?;
    let mut rows = statement.query(range)?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    Ok(())
}

fn unknown(about: &str, name: &str) -> ReadModelError {
    ReadModelError::Stored(format!("a count of {about} {name}"))
}

fn note(counts: &mut FeedCounts, about: &str, name: String, count: u64) -> Result<(), ReadModelError> {
    match (about, name.as_str()) {
        (about::OUTCOME, "accepted") => counts.accepted = count,
        (about::OUTCOME, "duplicate") => counts.duplicate = count,
        (about::OUTCOME, "rejected") => counts.rejected = count,
        (about::REPAIRED, _) => counts.repaired = count,
        (about::TYPE, _) => counts.types.push(Named { name, count }),
        (about::WARNING, _) => counts.warnings.push(Named { name, count }),
        (about::REASON, _) => {
            let (code, pointer) = name.split_once(' ').unwrap_or((&name, ""));
            let (code, pointer) = (code.to_owned(), pointer.to_owned());
            counts.reasons.push(ReasonCount { code, pointer, count });
        }
        (about::REPAIR, _) => {
            let outcome = RepairOutcome::named(&name).ok_or_else(|| unknown(about, &name))?;
            counts.repairs.push((outcome, count));
        }
        (about::RECORDED | about::ARRIVED, _) => {
            let bucket = LagBucket::named(&name).ok_or_else(|| unknown(about, &name))?;
            let lag = if about == about::RECORDED { &mut counts.recorded } else { &mut counts.arrived };
            lag.counts[bucket as usize] = count;
        }
        _ => return Err(unknown(about, &name)),
    }
    Ok(())
}
