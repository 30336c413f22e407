//! One item and all that happened to it.

use rusqlite::{OptionalExtension, Transaction};
use sanzao_model::{Item, ItemId, WorkEvent};

use crate::reader::{Reader, stored};
use crate::{ChangePosition, Kind, ReadModelError, StateName};

/// Something that happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Offset in `work` of the record that says so.
    pub work: u64,
    /// What: opened, updated or moved. Refused commands change nothing and are not here.
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
            fold(history(tables, no, until)?)
        })
    }
}

/// What happened to an item, up to a key of table `event`.
pub(crate) fn history(tables: &Transaction<'_>, no: i64, until: i64) -> Result<Vec<Change>, ReadModelError> {
    let mut statement =
        tables.prepare_cached("SELECT no, body FROM event WHERE item = ?1 AND no <= ?2 ORDER BY no")?;
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
    for change in &history[1..] {
        match &change.event {
            WorkEvent::Updated { id: _, finding, version, title, due, division, ages } => {
                item.finding = Clone::clone(finding);
                item.version = *version;
                item.title.clone_from(title);
                item.due = *due;
                item.division = *division;
                item.ages.clone_from(ages);
            }
            WorkEvent::Moved { to, .. } => item.state = to.clone(),
            WorkEvent::Opened(_) | WorkEvent::Unknown { .. } | WorkEvent::Refused { .. } => {}
        }
    }
    Ok(Some(Detail { item, changed: last.work, history }))
}
