//! Outcomes: what came of alerts and tasks by rule, and how groups of people fare, small counts hidden.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_casework::outcomes::{OutcomeTable, Row, RuleTable, Standing, per_thousand};
use sanzao_model::{Day, Procedure, RuleId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::problem::{Problem, ProblemType};
use crate::state::ApiState;
use crate::vocabulary;

/// What came of alerts and tasks, by rule and version, and of the residents by age, sex, town and disability. Counts
/// under five are hidden, and as many more as it takes that nobody can work them out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Outcomes {
    /// The day of the residents; items are as they stood when it was counted.
    #[schema(value_type = String, format = Date)]
    day: Day,
    /// All residents by group: those flagged by any rule, and those by none. Without standings.
    everybody: Vec<GroupOutcomes>,
    /// By rule and version.
    rules: Vec<RuleOutcomes>,
}

/// What came of a version of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RuleOutcomes {
    #[schema(value_type = String)]
    rule: RuleId,
    version: u32,
    #[schema(schema_with = vocabulary::procedure)]
    procedure: Procedure,
    /// The rule's Chinese title.
    title: String,
    /// Alerts or tasks.
    #[schema(inline = false)]
    items: OutcomeCount,
    /// Of them, those about nobody who is a resident: the dead, households that are no more.
    #[schema(inline = false)]
    not_among_residents: OutcomeCount,
    /// Alerts or tasks by where they stand.
    standings: Vec<StandingCount>,
    /// Residents by group.
    groups: Vec<GroupOutcomes>,
}

/// The residents of a group. Whoever is flagged stands where the newest item of the rule and version about them or
/// their household does.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct GroupOutcomes {
    /// `all`, `age`, `sex`, `town` or `disability`.
    dimension: &'static str,
    /// As `80+`, `female`, the first nine digits of a division, `outside`, `unknown` or `yes`.
    #[schema(example = "60-79")]
    group: String,
    #[schema(inline = false)]
    residents: OutcomeCount,
    /// Those about whom, or about whose household, there is an alert or task, whatever became of it.
    #[schema(inline = false)]
    flagged: OutcomeRate,
    #[schema(inline = false)]
    not_flagged: OutcomeRate,
    /// The flagged, by where they stand.
    standings: Vec<StandingRate>,
}

/// A count.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OutcomeCount {
    /// Null where it is hidden.
    count: Option<u64>,
    /// It is under five, or would tell one that is.
    hidden: bool,
}

/// A count of residents.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct OutcomeRate {
    /// Null where it is hidden.
    count: Option<u64>,
    /// It is under five, or would tell one that is.
    hidden: bool,
    /// Of a thousand residents of the group; null where either is hidden, or there is nobody.
    per_1000: Option<f64>,
}

/// Items that stand somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StandingCount {
    #[schema(schema_with = vocabulary::standing)]
    standing: &'static str,
    #[serde(flatten)]
    of: OutcomeCount,
}

/// Residents who stand somewhere.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StandingRate {
    #[schema(schema_with = vocabulary::standing)]
    standing: &'static str,
    #[serde(flatten)]
    of: OutcomeRate,
}

impl From<&OutcomeTable> for Outcomes {
    fn from(table: &OutcomeTable) -> Outcomes {
        Outcomes {
            day: table.day,
            everybody: table.everybody.iter().map(GroupOutcomes::from).collect(),
            rules: table.rules.iter().map(RuleOutcomes::from).collect(),
        }
    }
}

impl From<&RuleTable> for RuleOutcomes {
    fn from(table: &RuleTable) -> RuleOutcomes {
        let standing =
            |(at, of): &(Standing, Option<u64>)| StandingCount { standing: at.as_str(), of: count(*of) };
        RuleOutcomes {
            rule: table.rule.clone(),
            version: table.version,
            procedure: table.procedure,
            title: table.title.clone(),
            items: count(table.items),
            not_among_residents: count(table.not_among_residents),
            standings: table.standings.iter().map(standing).collect(),
            groups: table.rows.iter().map(GroupOutcomes::from).collect(),
        }
    }
}

impl From<&Row> for GroupOutcomes {
    fn from(row: &Row) -> GroupOutcomes {
        let rate = |count: Option<u64>| OutcomeRate {
            count,
            hidden: count.is_none(),
            per_1000: per_thousand(count, row.residents),
        };
        let standing =
            |(at, of): &(Standing, Option<u64>)| StandingRate { standing: at.as_str(), of: rate(*of) };
        GroupOutcomes {
            dimension: row.cell.dimension(),
            group: row.cell.name(),
            residents: count(row.residents),
            flagged: rate(row.flagged),
            not_flagged: rate(row.not_flagged),
            standings: row.standings.iter().map(standing).collect(),
        }
    }
}

fn count(count: Option<u64>) -> OutcomeCount {
    OutcomeCount { count, hidden: count.is_none() }
}

/// What came of alerts and tasks, by rule and version, and by age, sex, town and disability of the residents: for who sees
/// the whole bureau, or no cases at all.
#[utoipa::path(get, path = "/v1/outcomes", operation_id = "outcomes", tag = "work",
    responses((status = 200, description = "As they were counted last", body = Outcomes)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn outcomes(State(state): State<ApiState>, caller: Caller) -> Result<Response, Problem> {
    caller.require(Permission::ReadStatistics)?;
    if caller.sees_a_part() {
        let text =
            "outcomes are of the whole bureau, and this account sees a part of it: whoever sees all can tell";
        return Err(Problem::new(ProblemType::Forbidden, text));
    }
    match state.backend().outcomes() {
        Some(outcomes) => Ok(Json(&*outcomes).into_response()),
        None => Err(Problem::new(ProblemType::Unavailable, NOT_COUNTED).retry_after(RETRY_AFTER_SECONDS)),
    }
}

/// A district is evaluated in minutes.
const RETRY_AFTER_SECONDS: u32 = 60;
const NOT_COUNTED: &str = "outcomes are counted when everybody has been evaluated for the first time, and soon after \
    a start: wait, and see /readyz for what holds that up, as a load that is open";
