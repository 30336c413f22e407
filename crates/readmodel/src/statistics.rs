//! Counts.

use std::collections::BTreeMap;

use rusqlite::{Params, Transaction};
use sanzao_model::{RuleId, Suspension};

use crate::filter::Place;
use crate::reader::Reader;
use crate::suspension::all_suspensions;
use crate::{Filter, Kind, ReadModelError, Scope, StateName};

/// How many items there are, and what is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Items by rule and state, in this order; none are left out, zeros are.
    pub rules: Vec<RuleCount>,
    /// Items by town and state, in this order.
    pub towns: Vec<TownCount>,
    /// Items by whoever works on them, or is to, and state, in this order.
    pub workers: Vec<WorkerCount>,
    /// Subjects for which a rule could not be evaluated, by rule and reason.
    pub unknown: Vec<UnknownCount>,
    /// What is suspended, by rule, feed and area.
    pub suspensions: Vec<Suspension>,
}

/// Items of a rule in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule: RuleId,
    /// The state.
    pub state: StateName,
    /// How many.
    pub count: u64,
}

/// Items of a town in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TownCount {
    /// The first nine digits of the division; none where it is not known.
    pub town: Option<String>,
    /// The state.
    pub state: StateName,
    /// How many.
    pub count: u64,
}

/// Items of a worker in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCount {
    /// The account that works on them, or is to; of what is decided or closed, that decided.
    pub worker: String,
    /// The state.
    pub state: StateName,
    /// How many.
    pub count: u64,
}

/// Subjects for which a rule could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCount {
    /// The rule.
    pub rule: RuleId,
    /// Why, without personal data.
    pub reason: String,
    /// How many.
    pub count: u64,
}

impl Reader {
    /// All counts of what belongs to a scope. What is unknown is of no place, and told only where everything is seen.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn statistics(&self, scope: &Scope) -> Result<Statistics, ReadModelError> {
        let filter = Filter { scope: scope.clone(), ..Filter::all(Kind::Alert) };
        let places = filter.places();
        self.ask(|tables| {
            let mut rules: BTreeMap<(String, StateName), u64> = BTreeMap::new();
            let mut towns: BTreeMap<(String, StateName), u64> = BTreeMap::new();
            let mut add = |town: String, rule: String, state: StateName, count: u64| {
                *rules.entry((rule, state)).or_default() += count;
                *towns.entry((town, state)).or_default() += count;
            };
            match &places {
                None => counted(
                    tables,
                    "SELECT town, rule, state, count FROM tally WHERE count > 0",
                    [],
                    &mut add,
                )?,
                Some(places) => {
                    for place in places {
                        of_place(tables, place, &mut add)?;
                    }
                }
            }
            let rules = rules.into_iter().map(|((rule, state), count)| RuleCount {
                rule: RuleId(rule),
                state,
                count,
            });
            let towns = towns.into_iter().map(|((town, state), count)| TownCount {
                town: Some(town).filter(|town| !town.is_empty()),
                state,
                count,
            });
            let (rules, towns) = (rules.collect(), towns.collect());
            let workers = workers(tables, places.as_deref())?;
            let unknown = if places.is_none() { unknown(tables)? } else { Vec::new() };
            let suspensions = all_suspensions(tables)?;
            Ok(Statistics { rules, towns, workers, unknown, suspensions })
        })
    }
}

/// Towns are counted; of villages the items are.
fn of_place(
    tables: &Transaction<'_>,
    place: &Place,
    add: &mut impl FnMut(String, String, StateName, u64),
) -> Result<(), ReadModelError> {
    let (from, below) = &place.towns;
    match &place.divisions {
        None => {
            let sql =
                "SELECT town, rule, state, count FROM tally WHERE town >= ?1 AND town < ?2 AND count > 0";
            counted(tables, sql, [from, below], add)
        }
        Some((first, after)) => {
            let sql = "SELECT town, rule, state, count(*) FROM item
                WHERE state BETWEEN 0 AND 13 AND town >= ?1 AND town < ?2 AND division >= ?3 AND division < ?4
                GROUP BY 1, 2, 3";
            counted(tables, sql, [from, below, first, after], add)
        }
    }
}

fn counted(
    tables: &Transaction<'_>,
    sql: &str,
    parameters: impl Params,
    add: &mut impl FnMut(String, String, StateName, u64),
) -> Result<(), ReadModelError> {
    let mut statement = tables.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        let code: u8 = row.get(2)?;
        let state =
            StateName::from_code(code).ok_or_else(|| ReadModelError::Stored(format!("state {code}")))?;
        add(row.get(0)?, row.get(1)?, state, row.get::<_, i64>(3)?.cast_unsigned());
    }
    Ok(())
}

/// Towns are counted; of villages the items are.
fn workers(tables: &Transaction<'_>, places: Option<&[Place]>) -> Result<Vec<WorkerCount>, ReadModelError> {
    let mut workers: BTreeMap<(String, StateName), u64> = BTreeMap::new();
    let mut add = |_: String, worker: String, state: StateName, count: u64| {
        *workers.entry((worker, state)).or_default() += count;
    };
    let everywhere = "SELECT town, worker, state, count FROM worker_tally WHERE count > 0";
    match places {
        None => counted(tables, everywhere, [], &mut add)?,
        Some(places) => {
            for Place { towns: (from, below), divisions, .. } in places {
                match divisions {
                    None => {
                        let sql = "SELECT town, worker, state, count FROM worker_tally
                            WHERE count > 0 AND town >= ?1 AND town < ?2";
                        counted(tables, sql, [from, below], &mut add)?;
                    }
                    Some((first, after)) => {
                        let sql = "SELECT town, worker, state, count(*) FROM item
                            WHERE worker IS NOT NULL AND state BETWEEN 0 AND 13 AND town >= ?1 AND town < ?2
                                AND division >= ?3 AND division < ?4
                            GROUP BY 1, 2, 3";
                        counted(tables, sql, [from, below, first, after], &mut add)?;
                    }
                }
            }
        }
    }
    let count = |((worker, state), count)| WorkerCount { worker, state, count };
    Ok(workers.into_iter().map(count).collect())
}

fn unknown(tables: &Transaction<'_>) -> Result<Vec<UnknownCount>, ReadModelError> {
    let mut statement = tables
        .prepare_cached("SELECT rule, reason, count FROM unknown_tally WHERE count > 0 ORDER BY 1, 2")?;
    let unknown = statement.query_map([], |row| {
        let count: i64 = row.get(2)?;
        Ok(UnknownCount { rule: RuleId(row.get(0)?), reason: row.get(1)?, count: count.cast_unsigned() })
    })?;
    Ok(unknown.collect::<Result<_, _>>()?)
}
