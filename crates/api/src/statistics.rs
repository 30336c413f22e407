//! Counts. Where they speak of few people of a place, they are hidden (design §4).

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use sanzao_access::Permission;
use sanzao_model::RuleId;
use sanzao_readmodel::{Scope, StateName, Statistics, WorkerCount};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::problem::Problem;
use crate::state::ApiState;
use crate::suspension::SuspensionBody;
use crate::vocabulary;

/// How many alerts and tasks there are, and what could not be evaluated. Zeros are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatisticsBody {
    /// By rule and state; small counts are hidden from who sees no cases.
    rules: Vec<RuleCountBody>,
    /// By town and state; small counts are hidden.
    towns: Vec<TownCountBody>,
    /// By whoever works on them, or is to, and state; null for who does not supervise.
    workers: Option<Vec<WorkerCountBody>>,
    /// Subjects for which a rule could not be evaluated, by rule and reason.
    unknown: Vec<UnknownCountBody>,
    /// Rules that say nothing new of an area, because a department's data are late there.
    suspensions: Vec<SuspensionBody>,
}

/// Items of a rule in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleCountBody {
    #[schema(value_type = String)]
    rule: RuleId,
    #[schema(schema_with = vocabulary::state)]
    state: StateName,
    /// Null where it is hidden, as of towns.
    count: Option<u64>,
}

/// Items of a town in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TownCountBody {
    /// The first nine digits of the division; null where it is not known.
    town: Option<String>,
    #[schema(schema_with = vocabulary::state)]
    state: StateName,
    /// Null where it is hidden: because it is under 5, or because it is the smallest of the others of this
    /// state and the hidden ones would together be under 5, which whoever knows the total could work out.
    count: Option<u64>,
}

/// Items of a worker in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkerCountBody {
    /// The account that works on them, or is to; of what is decided or closed, that decided.
    worker: String,
    #[schema(schema_with = vocabulary::state)]
    state: StateName,
    count: u64,
}

/// Subjects for which a rule could not be evaluated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnknownCountBody {
    #[schema(value_type = String)]
    rule: RuleId,
    /// Why.
    reason: String,
    count: u64,
}

impl StatisticsBody {
    /// `reads_cases`: whoever asks could count by rule what they see.
    fn new(statistics: Statistics, reads_cases: bool) -> StatisticsBody {
        let hidden_rules = hidden(statistics.rules.iter().map(|of| (of.state, of.count)));
        let rules = statistics.rules.into_iter().zip(hidden_rules);
        let hidden_towns = hidden(statistics.towns.iter().map(|of| (of.state, of.count)));
        let towns = statistics.towns.into_iter().zip(hidden_towns);
        let workers = statistics.workers.into_iter();
        let unknown = statistics.unknown.into_iter();
        StatisticsBody {
            rules: rules
                .map(|(of, hidden)| RuleCountBody {
                    rule: of.rule,
                    state: of.state,
                    count: Some(of.count).filter(|_| reads_cases || !hidden),
                })
                .collect(),
            towns: towns
                .map(|(of, hidden)| TownCountBody {
                    town: of.town,
                    state: of.state,
                    count: Some(of.count).filter(|_| !hidden),
                })
                .collect(),
            workers: Some(workers.map(WorkerCountBody::from).collect()),
            unknown: unknown
                .map(|of| UnknownCountBody { rule: of.rule, reason: of.reason, count: of.count })
                .collect(),
            suspensions: statistics.suspensions.into_iter().map(SuspensionBody::from).collect(),
        }
    }
}

impl From<WorkerCount> for WorkerCountBody {
    fn from(of: WorkerCount) -> WorkerCountBody {
        WorkerCountBody { worker: of.worker, state: of.state, count: of.count }
    }
}

/// Counts under this are hidden.
const SHOWN_FROM: u64 = 5;

/// Which counts of towns or rules are hidden. The total of each state is known: so what is hidden of a state comes to
/// at least [`SHOWN_FROM`] too, as far as there are others to hide it among.
fn hidden(counts: impl Iterator<Item = (StateName, u64)>) -> Vec<bool> {
    let counts: Vec<_> = counts.collect();
    let mut hidden = vec![false; counts.len()];
    let mut by_state: BTreeMap<StateName, Vec<usize>> = BTreeMap::new();
    for (at, (state, _)) in counts.iter().enumerate() {
        by_state.entry(*state).or_default().push(at);
    }
    for mut places in by_state.into_values() {
        places.sort_by_key(|at| counts[*at].1);
        let mut sum = 0;
        for at in places {
            let count = counts[at].1;
            if count >= SHOWN_FROM && (sum == 0 || sum >= SHOWN_FROM) {
                break;
            }
            (hidden[at], sum) = (true, sum + count);
        }
    }
    hidden
}

/// Counts by rule and state, by town, and of what could not be evaluated, of the people whom the account sees.
#[utoipa::path(get, path = "/v1/statistics", operation_id = "statistics", tag = "work",
    responses((status = 200, description = "The counts", body = StatisticsBody)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn statistics(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<StatisticsBody>, Problem> {
    caller.require(Permission::ReadStatistics)?;
    if !state.has_projected() {
        return Err(Problem::not_known_yet("how many there are"));
    }
    let supervises = caller.account.may(Permission::Supervise);
    let reads_cases = caller.account.may(Permission::ReadWork);
    let scope = if caller.sees_a_part() { caller.scope } else { Scope::Everything };
    let statistics = state.ask(move |reader| reader.statistics(&scope)).await?;
    let mut body = StatisticsBody::new(statistics, reads_cases);
    // Who does how much is told to who distributes it.
    body.workers = body.workers.filter(|_| supervises);
    Ok(Json(body))
}

#[cfg(test)]
mod tests {
    use sanzao_readmodel::{RuleCount, TownCount};

    use super::*;

    fn shown(counts: &[u64]) -> Vec<Option<u64>> {
        let town = |(at, count): (usize, &u64)| TownCount {
            town: Some(format!("{at:09}")),
            state: StateName::Open,
            count: *count,
        };
        let towns: Vec<_> = counts.iter().enumerate().map(town).collect();
        let statistics = Statistics { towns, ..Statistics::default() };
        StatisticsBody::new(statistics, true).towns.into_iter().map(|of| of.count).collect()
    }

    #[test]
    fn small_counts_by_rule_are_hidden_from_who_sees_no_cases() {
        let rule = |name: &str, count| RuleCount { rule: RuleId(name.into()), state: StateName::Open, count };
        let rules = vec![rule("a", 3), rule("b", 40), rule("c", 6)];
        let shown = |reads_cases| -> Vec<Option<u64>> {
            let statistics = Statistics { rules: rules.clone(), ..Statistics::default() };
            StatisticsBody::new(statistics, reads_cases).rules.into_iter().map(|of| of.count).collect()
        };
        assert_eq!(shown(true), [Some(3), Some(40), Some(6)]);
        assert_eq!(shown(false), [None, Some(40), None]);
    }

    #[test]
    fn counts_under_five_are_hidden_and_cannot_be_worked_out() {
        assert_eq!(shown(&[5, 6, 100]), [Some(5), Some(6), Some(100)]);
        assert_eq!(shown(&[4, 3, 100]), [None, None, Some(100)]);
        // One that is hidden alone is the total less the others: it takes the smallest of them along.
        assert_eq!(shown(&[9, 4, 7]), [Some(9), None, None]);
        assert_eq!(shown(&[1, 50, 1]), [None, None, None]);
        assert_eq!(shown(&[2]), [None]);
        assert_eq!(shown(&[5]), [Some(5)]);
        assert_eq!(shown(&[]), []);
    }

    #[test]
    fn states_are_hidden_apart() {
        let counts = [(StateName::Open, 9), (StateName::Due, 4), (StateName::Open, 5)];
        assert_eq!(hidden(counts.into_iter()), [false, true, false]);
    }
}
