//! Lists of items, by due day and id, a page at a time.
//!
//! A list is merged from *lanes*: stretches of an index in which the order of the list holds, one for each
//! state and, where these are asked for, each rule or town. Only lanes that have items are read (the tally
//! says which), and no further than the page needs. So a page costs about the same whatever the filter and
//! however many items there are.

use std::collections::BinaryHeap;

use rusqlite::{Params, Transaction, params};
use sanzao_model::{Day, Division, ItemId, ItemState, Procedure, RuleId, SubjectId};

use crate::filter::Place;
use crate::reader::{Reader, stored};
use crate::suspension::Suspended;
use crate::{Cursor, DivisionFilter, Filter, ReadModelError, StateName};

/// What a list shows of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The item.
    pub id: ItemId,
    /// The rule that found it.
    pub rule: RuleId,
    /// The rule's version.
    pub version: u32,
    /// What it starts.
    pub procedure: Procedure,
    /// The rule's Chinese title.
    pub title: String,
    /// About whom.
    pub subject: SubjectId,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// What it is about, as the rule names it.
    pub occasion: String,
    /// The explanation in Chinese.
    pub why: String,
    /// The day by which something has to happen first.
    pub due: Day,
    /// The day it was opened.
    pub opened_on: Day,
    /// Where it stands.
    pub state: ItemState,
    /// Which time it is that the case is raised.
    pub episode: u32,
    /// Whether its rule is suspended where its subject is registered.
    pub suspended: bool,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Items by due day, then id.
    pub items: Vec<Row>,
    /// Where the next page begins; none when there are no more items.
    pub next: Option<Cursor>,
}

/// Due day, id and row number.
type Key = (i32, [u8; 16], i64);

/// The first keys of all lanes; the greatest on top.
struct First {
    keys: BinaryHeap<Key>,
    wanted: usize,
}

/// Due days from the first (exclusive, with id) to the last.
struct Range {
    after: (i64, [u8; 16]),
    to: i64,
}

impl Reader {
    /// The items of a filter after a cursor, at most `limit` (1 to 500; what lies outside is taken as
    /// the nearest).
    ///
    /// # Errors
    /// When the cursor belongs to another filter; when the file cannot be read.
    pub fn list(
        &self,
        filter: &Filter,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page, ReadModelError> {
        let limit = limit.clamp(1, Self::MAX_LIMIT);
        let range = Range::of(filter, after)?;
        let places = filter.division.as_ref().map(DivisionFilter::places);
        self.ask(|tables| {
            let mut first = First { keys: BinaryHeap::new(), wanted: limit + 1 };
            for state in filter.states() {
                match (&places, &filter.rule, filter.procedure) {
                    (None, None, None) => by_due(tables, state, &range, &mut first)?,
                    (None, ..) => by_rule(tables, filter, state, &range, &mut first)?,
                    (Some(places), ..) => {
                        for place in places {
                            by_town(tables, filter, place, state, &range, &mut first)?;
                        }
                    }
                }
            }
            let mut keys = first.keys.into_sorted_vec();
            let more = keys.len() > limit;
            keys.truncate(limit);
            let mut suspended = Suspended::default();
            let items =
                keys.iter().map(|key| row(tables, key.2, &mut suspended)).collect::<Result<Vec<_>, _>>()?;
            let last = items.last().filter(|_| more);
            Ok(Page { next: last.map(|last| Cursor::new(filter, last.due, last.id)), items })
        })
    }

    /// The most items of one page.
    pub const MAX_LIMIT: usize = 500;
}

impl Range {
    fn of(filter: &Filter, after: Option<&Cursor>) -> Result<Range, ReadModelError> {
        let from = filter.due_from.map_or(i64::MIN, |day| i64::from(day.0) - 1);
        let mut start = (from, [u8::MAX; 16]);
        if let Some(cursor) = after {
            let (due, id) = cursor.after(filter)?;
            start = start.max((i64::from(due.0), id.0));
        }
        Ok(Range { after: start, to: filter.due_to.map_or(i64::MAX, |day| i64::from(day.0)) })
    }
}

impl First {
    /// Reads a lane, which is in order, until it has nothing more to give.
    fn read(&mut self, tables: &Transaction<'_>, sql: &str, lane: impl Params) -> Result<(), ReadModelError> {
        let mut statement = tables.prepare_cached(sql)?;
        let mut rows = statement.query(lane)?;
        while let Some(row) = rows.next()? {
            let key: Key = (row.get(0)?, row.get(1)?, row.get(2)?);
            if self.keys.len() == self.wanted {
                if self.keys.peek().is_some_and(|greatest| key > *greatest) {
                    break;
                }
                self.keys.pop();
            }
            self.keys.push(key);
        }
        Ok(())
    }
}

fn by_due(
    tables: &Transaction<'_>,
    state: StateName,
    range: &Range,
    first: &mut First,
) -> Result<(), ReadModelError> {
    let sql = "SELECT due, id, no FROM item INDEXED BY item_by_due
        WHERE state = ?1 AND (due, id) > (?2, ?3) AND due <= ?4 ORDER BY due, id";
    first.read(tables, sql, params![state.code(), range.after.0, range.after.1, range.to])
}

fn by_rule(
    tables: &Transaction<'_>,
    filter: &Filter,
    state: StateName,
    range: &Range,
    first: &mut First,
) -> Result<(), ReadModelError> {
    let procedure = filter.procedure.map(Procedure::as_str);
    let rule = filter.rule.as_ref().map(|rule| rule.0.as_str());
    let rules: Vec<String> = tables
        .prepare_cached(
            "SELECT DISTINCT rule FROM tally WHERE state = ?1 AND count > 0
             AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR procedure = ?3)",
        )?
        .query_map(params![state.code(), rule, procedure], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT due, id, no FROM item INDEXED BY item_by_rule
        WHERE state = ?1 AND rule = ?5 AND (due, id) > (?2, ?3) AND due <= ?4
        AND (?6 IS NULL OR procedure = ?6) ORDER BY due, id";
    for rule in rules {
        let lane = params![state.code(), range.after.0, range.after.1, range.to, rule, procedure];
        first.read(tables, sql, lane)?;
    }
    Ok(())
}

fn by_town(
    tables: &Transaction<'_>,
    filter: &Filter,
    place: &Place,
    state: StateName,
    range: &Range,
    first: &mut First,
) -> Result<(), ReadModelError> {
    let (from, below) = &place.towns;
    let procedure = filter.procedure.map(Procedure::as_str);
    let rule = filter.rule.as_ref().map(|rule| rule.0.as_str());
    let towns: Vec<String> = tables
        .prepare_cached(
            "SELECT DISTINCT town FROM tally WHERE state = ?1 AND town >= ?2 AND town < ?3 AND count > 0
             AND (?4 IS NULL OR rule = ?4) AND (?5 IS NULL OR procedure = ?5)",
        )?
        .query_map(params![state.code(), from, below, rule, procedure], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let (from, below) =
        place.divisions.as_ref().map_or((None, None), |(from, below)| (Some(from), Some(below)));
    let sql = "SELECT due, id, no FROM item INDEXED BY item_by_town
        WHERE state = ?1 AND town = ?5 AND (due, id) > (?2, ?3) AND due <= ?4
        AND (?6 IS NULL OR procedure = ?6) AND (?7 IS NULL OR rule = ?7)
        AND (?8 IS NULL OR (division >= ?8 AND division < ?9)) ORDER BY due, id";
    for town in towns {
        let (due, id) = range.after;
        let lane = params![state.code(), due, id, range.to, town, procedure, rule, from, below];
        first.read(tables, sql, lane)?;
    }
    Ok(())
}

fn row(tables: &Transaction<'_>, no: i64, suspended: &mut Suspended) -> Result<Row, ReadModelError> {
    let mut statement = tables.prepare_cached(
        "SELECT id, rule, version, procedure, title, subject, division, occasion, why, due, opened_on, standing,
             episode
         FROM item WHERE no = ?1",
    )?;
    let mut rows = statement.query([no])?;
    let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let division: Option<String> = row.get(6)?;
    let division = division.map(|text| text.parse()).transpose().map_err(unreadable)?;
    let rule = RuleId(row.get(1)?);
    Ok(Row {
        id: ItemId(row.get(0)?),
        suspended: suspended.concerns(tables, &rule, division)?,
        rule,
        version: row.get(2)?,
        procedure: procedure(row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?)?,
        title: row.get(4)?,
        subject: stored(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?,
        division,
        occasion: row.get(7)?,
        why: row.get(8)?,
        due: Day(row.get(9)?),
        opened_on: Day(row.get(10)?),
        state: stored(row.get_ref(11)?.as_str().map_err(rusqlite::Error::from)?)?,
        episode: row.get(12)?,
    })
}

fn procedure(name: &str) -> Result<Procedure, ReadModelError> {
    let found = Procedure::ALL.into_iter().find(|procedure| procedure.as_str() == name);
    found.ok_or_else(|| unreadable(format!("procedure {name}")))
}

fn unreadable(what: impl std::fmt::Display) -> ReadModelError {
    ReadModelError::Stored(what.to_string())
}
