//! Which items belong to a scope.

use std::collections::HashSet;

use rusqlite::OptionalExtension;
use sanzao_model::ItemId;

use crate::reader::Reader;
use crate::{ReadModelError, Scope};

impl Reader {
    /// Those of some items that belong to a scope now. Where nothing restricts it, all of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn items_within(
        &self,
        items: &HashSet<ItemId>,
        scope: &Scope,
    ) -> Result<HashSet<ItemId>, ReadModelError> {
        if *scope == Scope::Everything || items.is_empty() {
            return Ok(items.clone());
        }
        self.ask(|tables| {
            let mut statement = tables.prepare_cached("SELECT division FROM item WHERE id = ?1")?;
            let mut within = HashSet::new();
            for item in items {
                let found: Option<Option<String>> =
                    statement.query_row([item.0], |row| row.get(0)).optional()?;
                let Some(division) = found else { continue };
                let division = division.map(|text| text.parse()).transpose();
                let division = division.map_err(|_| ReadModelError::Stored("division".into()))?;
                if scope.contains(division) {
                    within.insert(*item);
                }
            }
            Ok(within)
        })
    }
}
