//! Counts.

use sanzao_model::{RuleId, Suspension};

use crate::reader::Reader;
use crate::suspension::all_suspensions;
use crate::{ReadModelError, StateName};

/// How many items there are, and what is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Items by rule and state, in this order; none are left out, zeros are.
    pub rules: Vec<RuleCount>,
    /// Items by town and state, in this order.
    pub towns: Vec<TownCount>,
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
    /// All counts.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn statistics(&self) -> Result<Statistics, ReadModelError> {
        self.ask(|tables| {
            let counts = |sql| -> Result<Vec<(String, StateName, u64)>, ReadModelError> {
                let mut statement = tables.prepare_cached(sql)?;
                let mut rows = statement.query([])?;
                let mut counts = Vec::new();
                while let Some(row) = rows.next()? {
                    let code: u8 = row.get(1)?;
                    let state = StateName::from_code(code)
                        .ok_or_else(|| ReadModelError::Stored(format!("state {code}")))?;
                    counts.push((row.get(0)?, state, row.get::<_, i64>(2)?.cast_unsigned()));
                }
                Ok(counts)
            };
            let rules =
                "SELECT rule, state, sum(count) FROM tally WHERE count > 0 GROUP BY 1, 2 ORDER BY 1, 2";
            let rules = counts(rules)?.into_iter().map(|(rule, state, count)| RuleCount {
                rule: RuleId(rule),
                state,
                count,
            });
            let towns =
                "SELECT town, state, sum(count) FROM tally WHERE count > 0 GROUP BY 1, 2 ORDER BY 1, 2";
            let towns = counts(towns)?.into_iter().map(|(town, state, count)| TownCount {
                town: Some(town).filter(|town| !town.is_empty()),
                state,
                count,
            });
            let unknown = tables
                .prepare_cached(
                    "SELECT rule, reason, count FROM unknown_tally WHERE count > 0 ORDER BY 1, 2",
                )?
                .query_map([], |row| {
                    let count: i64 = row.get(2)?;
                    Ok(UnknownCount {
                        rule: RuleId(row.get(0)?),
                        reason: row.get(1)?,
                        count: count.cast_unsigned(),
                    })
                })?
                .collect::<Result<_, _>>()?;
            let suspensions = all_suspensions(tables)?;
            Ok(Statistics { rules: rules.collect(), towns: towns.collect(), unknown, suspensions })
        })
    }
}
