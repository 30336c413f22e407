//! Whom alerts and tasks are about.

use std::collections::HashSet;

use sanzao_model::PersonId;

use crate::reader::Reader;
use crate::{ReadModelError, Scope};

impl Reader {
    /// Those of some people who belong to a scope: whom an alert or a task of one of its divisions is about, or was.
    /// Where nothing restricts it, all of them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn people_within(
        &self,
        people: &[PersonId],
        scope: &Scope,
    ) -> Result<HashSet<PersonId>, ReadModelError> {
        if *scope == Scope::Everything {
            return Ok(people.iter().copied().collect());
        }
        self.ask(|tables| {
            let mut statement = tables.prepare_cached(
                "SELECT DISTINCT division FROM item_person JOIN item ON item.no = item_person.item
                 WHERE person = ?1 AND division IS NOT NULL AND rule <> 'outside-report'",
            )?;
            let mut within = HashSet::new();
            for person in people {
                let mut rows = statement.query([person.0])?;
                while let Some(row) = rows.next()? {
                    let division: String = row.get(0)?;
                    let division = division
                        .parse()
                        .map_err(|_| ReadModelError::Stored(format!("division {division}")))?;
                    if scope.contains(Some(division)) {
                        within.insert(*person);
                        break;
                    }
                }
            }
            Ok(within)
        })
    }
}
