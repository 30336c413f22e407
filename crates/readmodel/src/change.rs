//! All that happens to alerts and tasks, in one order: who reads on from a place misses nothing.

use std::fmt;
use std::str::FromStr;

use rusqlite::Transaction;
use sanzao_model::{Item, WorkEvent};

use crate::item::{fold, history};
use crate::reader::{Reader, stored};
use crate::{CursorError, ReadModelError, Scope};

/// Where a change stands in topic `work`: the record, and the event's place in it. It is the same however
/// often the read model is made anew. Shown as `1042.3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangePosition {
    work: u64,
    index: u32,
}

/// Something that happened to an item, and the item after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Where it stands.
    pub at: ChangePosition,
    /// What happened: opened, updated, followed or moved.
    pub event: WorkEvent,
    /// The item from then on.
    pub item: Item,
}

/// Changes in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes.
    pub changes: Vec<ItemChange>,
    /// Whether more follow already.
    pub more: bool,
    /// The place of the last that was looked at; none where there was none.
    pub until: Option<ChangePosition>,
}

/// How many changes are looked at for a page, whomever they concern.
const LOOKED_AT: usize = 1_000;

/// Bits of the index in a key of table `event`. A record has at most 64 MiB and an event 19 bytes at least, so
/// that four million are enough; 2^41 records are left.
const INDEX_BITS: u32 = 22;

impl ChangePosition {
    pub(crate) fn new(work: u64, index: usize) -> ChangePosition {
        let index = u32::try_from(index).ok().filter(|index| *index < 1 << INDEX_BITS);
        ChangePosition { work, index: index.expect("a record of work has fewer than four million events") }
    }

    /// The offset in `work` of the record.
    pub fn work(self) -> u64 {
        self.work
    }

    /// The key of its row in table `event`.
    pub(crate) fn key(self) -> i64 {
        let work = i64::try_from(self.work).ok().filter(|work| *work < 1 << (63 - INDEX_BITS));
        work.map_or(i64::MAX, |work| work << INDEX_BITS | i64::from(self.index))
    }

    pub(crate) fn of_key(key: i64) -> ChangePosition {
        let index = (key & ((1 << INDEX_BITS) - 1)) as u32;
        ChangePosition { work: (key >> INDEX_BITS).cast_unsigned(), index }
    }

    /// The key after those of all events of a record.
    pub(crate) fn key_after(work: u64) -> i64 {
        ChangePosition { work: work.saturating_add(1), index: 0 }.key()
    }
}

impl fmt::Display for ChangePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.work, self.index)
    }
}

impl FromStr for ChangePosition {
    type Err = CursorError;

    /// Only the form that is shown.
    fn from_str(text: &str) -> Result<ChangePosition, CursorError> {
        let (work, index) = text.split_once('.').ok_or(CursorError::Malformed)?;
        let position = ChangePosition {
            work: work.parse().map_err(|_| CursorError::Malformed)?,
            index: index.parse().map_err(|_| CursorError::Malformed)?,
        };
        let is_one = position.index < 1 << INDEX_BITS && position.to_string() == text;
        if is_one { Ok(position) } else { Err(CursorError::Malformed) }
    }
}

impl Reader {
    /// What happened after a place, oldest first, at most `limit` (1 to 500; what lies outside is taken as the
    /// nearest): from the beginning when no place is named. Only of items that belong to a scope, then and now; where
    /// few do, a page may have none though more follow.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn changes(
        &self,
        after: Option<ChangePosition>,
        limit: usize,
        scope: &Scope,
    ) -> Result<ChangePage, ReadModelError> {
        let limit = limit.clamp(1, Self::MAX_LIMIT);
        let after = after.map_or(-1, ChangePosition::key);
        self.ask(|tables| {
            let mut statement = tables.prepare_cached(
                "SELECT event.no, item, body, division FROM event JOIN item ON item.no = event.item
                 WHERE event.no > ?1 ORDER BY event.no LIMIT ?2",
            )?;
            let mut rows = statement.query((after, LOOKED_AT as i64))?;
            let (mut changes, mut looked_at, mut until) = (Vec::new(), 0, None);
            while let Some(row) = rows.next()? {
                if changes.len() == limit {
                    return Ok(ChangePage { changes, more: true, until });
                }
                looked_at += 1;
                let key = row.get(0)?;
                until = Some(ChangePosition::of_key(key));
                let division: Option<String> = row.get(3)?;
                let division = division.map(|text| text.parse()).transpose();
                let division = division.map_err(|_| ReadModelError::Stored("division".into()))?;
                if !scope.contains(division) {
                    continue;
                }
                let event = stored(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?;
                let change = change(tables, key, row.get(1)?, event)?;
                if scope.contains(change.item.division) {
                    changes.push(change);
                }
            }
            Ok(ChangePage { changes, more: looked_at == LOOKED_AT, until })
        })
    }

    /// Where the last change stands; none while nothing has happened.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_change(&self) -> Result<Option<ChangePosition>, ReadModelError> {
        self.ask(|tables| {
            let last: Option<i64> = tables.query_row("SELECT max(no) FROM event", [], |row| row.get(0))?;
            Ok(last.map(ChangePosition::of_key))
        })
    }
}

fn change(
    tables: &Transaction<'_>,
    key: i64,
    no: i64,
    event: WorkEvent,
) -> Result<ItemChange, ReadModelError> {
    let at = ChangePosition::of_key(key);
    if let WorkEvent::Opened(item) = &event {
        return Ok(ItemChange { at, item: Item::clone(item), event });
    }
    let detail = fold(history(tables, no, key)?)?;
    let detail = detail.ok_or_else(|| ReadModelError::Stored("an item has no history".into()))?;
    Ok(ItemChange { at, event, item: detail.item })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn there_and_back_in_order(a in (0..1_u64 << 41, 0..1_u32 << 22), b in (0..1_u64 << 41, 0..1_u32 << 22)) {
            let [a, b] = [a, b].map(|(work, index)| ChangePosition { work, index });
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(ChangePosition::of_key(a.key()), a);
            prop_assert_eq!(a.key().cmp(&b.key()), a.cmp(&b));
            prop_assert!(a.key() < ChangePosition::key_after(a.work));
        }

        #[test]
        fn any_text_is_a_place_or_refused(text in any::<String>(), numbers in "[0-9]{0,21}\\.[0-9]{0,9}") {
            for text in [text, numbers] {
                if let Ok(position) = text.parse::<ChangePosition>() {
                    prop_assert_eq!(position.to_string(), text);
                    let _ = position.key();
                }
            }
        }
    }

    #[test]
    fn only_the_one_form_is_a_place() {
        for text in ["", "1", "1.", ".1", "+1.0", "01.0", "1.00", "1.0 ", "-1.0", "1.4194304", "1.2.3"] {
            assert_eq!(text.parse::<ChangePosition>(), Err(CursorError::Malformed), "{text}");
        }
        // Places that no log reaches lie after all that do.
        assert_eq!(format!("{}.0", u64::MAX).parse::<ChangePosition>().unwrap().key(), i64::MAX);
    }
}
