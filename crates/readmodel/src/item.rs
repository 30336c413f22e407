//! One item and all that happened to it.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Transaction};
use sanzao_model::{Item, ItemId, SubjectId, Suspension, WorkEvent};

use crate::reader::{Reader, stored};
use crate::suspension::suspensions;
use crate::{ChangePosition, Kind, ReadModelError, StateName};

/// Something that happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Offset in `work` of the record that says so.
    pub work: u64,
    /// What. Refused commands change nothing and are not here.
    pub event: WorkEvent,
}

/// An item with its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The item.
    pub item: Item,
    /// Offset in `work` of its last change: its version for who wants to change it.
    pub changed: u64,
    /// All that happened to it, oldest first.
    pub history: Vec<Change>,
    /// Of a handled alert: where its case is still found, so that nothing is raised there.
    pub still_found: BTreeSet<(SubjectId, String)>,
    /// Of a handled alert: those that raised its case again, in the order in which they did. One, or as many as there
    /// are households into which the one has split.
    pub next: Vec<ItemId>,
    /// What is suspended of its rule where its subject is registered.
    pub suspensions: Vec<Suspension>,
}

impl Reader {
    /// An alert or a task, if there is one of this kind: as it is, or as it was after the record of `work`
    /// at offset `as_of`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn item(
        &self,
        kind: Kind,
        id: &ItemId,
        as_of: Option<u64>,
    ) -> Result<Option<Detail>, ReadModelError> {
        self.ask(|tables| {
            let found: Option<(i64, u8)> = tables
                .prepare_cached("SELECT no, state FROM item WHERE id = ?1")?
                .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let of_kind = |state| StateName::from_code(state).is_some_and(|state| state.kind() == kind);
            let Some((no, _)) = found.filter(|(_, state)| of_kind(*state)) else { return Ok(None) };
            let until = as_of.map_or(i64::MAX, |work| ChangePosition::key_after(work) - 1);
            let Some(mut detail) = fold(history(tables, no, until)?)? else { return Ok(None) };
            detail.next = next(tables, id, until)?;
            detail.suspensions = suspensions(tables, &detail.item.rule)?;
            detail.suspensions.retain(|of| of.area.contains(detail.item.division));
            Ok(Some(detail))
        })
    }
}

/// What happened to an item, up to a key of table `event`.
pub(crate) fn history(tables: &Transaction<'_>, no: i64, until: i64) -> Result<Vec<Change>, ReadModelError> {
    let mut statement = tables.prepare_cached(
        "SELECT no, body FROM event WHERE item = ?1 AND no <= ?2
         UNION ALL SELECT no, body FROM sighting WHERE item = ?1 AND no <= ?2 ORDER BY no",
    )?;
    let mut rows = statement.query([no, until])?;
    let mut history = Vec::new();
    while let Some(row) = rows.next()? {
        let event = stored(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?;
        history.push(Change { work: ChangePosition::of_key(row.get(0)?).work(), event });
    }
    Ok(history)
}

/// What an item's history adds up to; none when it is empty.
pub(crate) fn fold(history: Vec<Change>) -> Result<Option<Detail>, ReadModelError> {
    let (Some(first), Some(last)) = (history.first(), history.last()) else { return Ok(None) };
    let WorkEvent::Opened(opened) = &first.event else {
        return Err(ReadModelError::Stored("an item's first event does not open it".into()));
    };
    let mut item = Item::clone(opened);
    let mut still_found = BTreeSet::new();
    for change in &history[1..] {
        let was_closed = item.state.closure().is_some();
        item.take(&change.event);
        match &change.event {
            // Whoever decides on it decides on what is found then.
            WorkEvent::Acted { to, .. } if to.closure().is_some() && !was_closed => {
                still_found.insert((item.subject, item.finding.occasion.clone()));
            }
            WorkEvent::Acted { to, .. } if to.closure().is_none() => still_found.clear(),
            WorkEvent::StillFound { id: _, subject, occasion, sighting } => {
                let place = (*subject, occasion.clone());
                if sighting.is_some() {
                    still_found.insert(place)
                } else {
                    still_found.remove(&place)
                };
            }
            _ => {}
        }
    }
    let changed = last.work;
    Ok(Some(Detail { item, changed, history, still_found, next: Vec::new(), suspensions: Vec::new() }))
}

/// The items that raise again what a handled one was about.
fn next(tables: &Transaction<'_>, id: &ItemId, until: i64) -> Result<Vec<ItemId>, ReadModelError> {
    // An item is opened by the first of its events.
    let mut statement = tables.prepare_cached(
        "SELECT id FROM item WHERE previous = ?1 AND (SELECT min(no) FROM event WHERE event.item = item.no) <= ?2
         ORDER BY no",
    )?;
    let ids = statement.query_map((id.0, until), |row| row.get(0).map(ItemId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
