//! Lists of items, by due day and id, a page at a time.
//!
//! It is merged from [`crate::lane`]s.

use std::collections::BinaryHeap;

use rusqlite::Transaction;
use sanzao_model::{
    Day, Division, Handling, ItemId, ItemState, PersonId, Procedure, RuleId, Sensitivity, SubjectId,
};

use crate::lane::{First, Lanes, Range};
use crate::projector::worker;
use crate::reader::{Reader, stored};
use crate::suspension::Suspended;
use crate::{Cursor, Filter, ReadModelError};

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
    /// What makes it sensitive.
    pub sensitivity: Sensitivity,
    /// About whom.
    pub subject: SubjectId,
    /// The person, or the members of the household.
    pub people: Vec<PersonId>,
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
    /// What people have arranged about it.
    pub handling: Handling,
    /// Whether its rule is suspended where its subject is registered.
    pub suspended: bool,
}

impl Row {
    /// Whoever works on it, or is to.
    pub fn worker(&self) -> Option<&str> {
        worker(&self.state, &self.handling)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Items by due day, then id.
    pub items: Vec<Row>,
    /// Where the next page begins; none when there are no more items.
    pub next: Option<Cursor>,
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
        self.ask(|tables| {
            let mut first = First { keys: BinaryHeap::new(), wanted: limit + 1 };
            Lanes { tables, filter, range: &range }.read(&mut first)?;
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

fn row(tables: &Transaction<'_>, no: i64, suspended: &mut Suspended) -> Result<Row, ReadModelError> {
    let mut statement = tables.prepare_cached(
        "SELECT id, rule, version, procedure, title, subject, division, occasion, why, due, opened_on, standing,
             episode, sensitivity, people, handling
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
        sensitivity: sensitivity(row.get_ref(13)?.as_str().map_err(rusqlite::Error::from)?)?,
        people: stored(row.get_ref(14)?.as_str().map_err(rusqlite::Error::from)?)?,
        handling: stored(row.get_ref(15)?.as_str().map_err(rusqlite::Error::from)?)?,
    })
}

fn procedure(name: &str) -> Result<Procedure, ReadModelError> {
    let found = Procedure::ALL.into_iter().find(|procedure| procedure.as_str() == name);
    found.ok_or_else(|| unreadable(format!("procedure {name}")))
}

fn sensitivity(name: &str) -> Result<Sensitivity, ReadModelError> {
    let found = Sensitivity::ALL.into_iter().find(|of| of.as_str() == name);
    found.ok_or_else(|| unreadable(format!("sensitivity {name}")))
}

fn unreadable(what: impl std::fmt::Display) -> ReadModelError {
    ReadModelError::Stored(what.to_string())
}
