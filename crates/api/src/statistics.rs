//! Counts.

use axum::Json;
use axum::extract::State;
use sanzao_model::RuleId;
use sanzao_readmodel::{StateName, Statistics};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::state::ApiState;
use crate::vocabulary;

/// How many alerts and tasks there are, and what could not be evaluated. Zeros are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatisticsBody {
    /// By rule and state.
    rules: Vec<RuleCountBody>,
    /// By town and state.
    towns: Vec<TownCountBody>,
    /// Subjects for which a rule could not be evaluated, by rule and reason.
    unknown: Vec<UnknownCountBody>,
}

/// Items of a rule in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleCountBody {
    #[schema(value_type = String)]
    rule: RuleId,
    #[schema(schema_with = vocabulary::state)]
    state: StateName,
    count: u64,
}

/// Items of a town in a state.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TownCountBody {
    /// The first nine digits of the division; null where it is not known.
    town: Option<String>,
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

impl From<Statistics> for StatisticsBody {
    fn from(statistics: Statistics) -> StatisticsBody {
        let rules = statistics.rules.into_iter();
        let towns = statistics.towns.into_iter();
        let unknown = statistics.unknown.into_iter();
        StatisticsBody {
            rules: rules
                .map(|of| RuleCountBody { rule: of.rule, state: of.state, count: of.count })
                .collect(),
            towns: towns
                .map(|of| TownCountBody { town: of.town, state: of.state, count: of.count })
                .collect(),
            unknown: unknown
                .map(|of| UnknownCountBody { rule: of.rule, reason: of.reason, count: of.count })
                .collect(),
        }
    }
}

/// Counts by rule and state, by town, and of what could not be evaluated.
#[utoipa::path(get, path = "/v1/statistics", operation_id = "statistics", tag = "work",
    responses((status = 200, description = "The counts", body = StatisticsBody)),
    security(("token" = [])))]
pub(crate) async fn statistics(State(state): State<ApiState>) -> Result<Json<StatisticsBody>, Problem> {
    let statistics = state.ask(|reader| reader.statistics()).await?;
    Ok(Json(statistics.into()))
}
