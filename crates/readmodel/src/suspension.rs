//! Rules that say nothing new of an area, because a feed is late there.

use std::collections::BTreeMap;

use rusqlite::{Row, Transaction};
use sanzao_model::{Day, Division, Feed, RuleId, Suspension};

use crate::ReadModelError;

const COLUMNS: &str = "SELECT rule, feed, area, newest, rhythm_days FROM suspension";

/// What is suspended of a rule, in order.
pub(crate) fn suspensions(
    tables: &Transaction<'_>,
    rule: &RuleId,
) -> Result<Vec<Suspension>, ReadModelError> {
    let mut statement = tables.prepare_cached(&format!("{COLUMNS} WHERE rule = ?1 ORDER BY feed, area"))?;
    let mut rows = statement.query([&rule.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(suspension(row)?);
    }
    Ok(found)
}

/// All that is suspended, in order.
pub(crate) fn all_suspensions(tables: &Transaction<'_>) -> Result<Vec<Suspension>, ReadModelError> {
    let mut statement = tables.prepare_cached(&format!("{COLUMNS} ORDER BY rule, feed, area"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(suspension(row)?);
    }
    Ok(found)
}

fn suspension(row: &Row<'_>) -> Result<Suspension, ReadModelError> {
    let feed: String = row.get(1)?;
    let area: String = row.get(2)?;
    let unreadable = |what: &str| ReadModelError::Stored(format!("suspension of {what}"));
    Ok(Suspension {
        rule: RuleId(row.get(0)?),
        feed: Feed::ALL.into_iter().find(|of| of.as_str() == feed).ok_or_else(|| unreadable(&feed))?,
        area: area.parse().map_err(|_| unreadable(&area))?,
        newest: row.get::<_, Option<i32>>(3)?.map(Day),
        rhythm_days: row.get(4)?,
    })
}

/// Asks of each rule once.
#[derive(Default)]
pub(crate) struct Suspended(BTreeMap<RuleId, Vec<Suspension>>);

impl Suspended {
    /// Whether a rule is suspended for somebody who is registered there.
    pub(crate) fn concerns(
        &mut self,
        tables: &Transaction<'_>,
        rule: &RuleId,
        division: Option<Division>,
    ) -> Result<bool, ReadModelError> {
        if !self.0.contains_key(rule) {
            self.0.insert(rule.clone(), suspensions(tables, rule)?);
        }
        Ok(self.0[rule].iter().any(|of| of.area.contains(division)))
    }
}
