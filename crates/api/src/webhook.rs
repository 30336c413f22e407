//! Webhooks of departments: where messages go, how many wait, and what could not be delivered. Which there are is
//! configuration; what is changed here goes on record first.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::{Action, Entry};
use sanzao_exchange::{
    AttemptOutcome, EndpointId, EndpointStatus, ExchangeError, Message, MessageId, Outbox,
};
use sanzao_model::{Feed, Instant};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::backend::Backend;
use crate::caller::Caller;
use crate::exchange::in_outbox;
use crate::feed::number;
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::state::ApiState;
use crate::vocabulary;

const MOST: u32 = 500;
const DEFAULT_LIMIT: u32 = 100;

/// The endpoints of departments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookList {
    items: Vec<WebhookBody>,
}

/// Where a department takes messages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct WebhookBody {
    /// Its name in the configuration.
    id: String,
    #[schema(schema_with = vocabulary::feed)]
    department: Feed,
    url: String,
    #[schema(schema_with = vocabulary::endpoint_state)]
    state: &'static str,
    /// Since when it wants no messages; null otherwise.
    #[schema(format = DateTime)]
    gone_since: Option<String>,
    /// Until when it asked to be left alone; null otherwise.
    #[schema(format = DateTime)]
    paused_until: Option<String>,
    /// Messages that wait.
    waiting: u64,
    /// Messages that were delivered, as far as they are remembered.
    delivered: u64,
    /// Messages that were tried often enough: see `/v1/webhooks/dead`.
    dead: u64,
}

/// Dead letters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetterList {
    /// The oldest first.
    items: Vec<DeadLetter>,
}

/// A message that was tried often enough. What it says is shown to nobody but its receiver.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    endpoint: String,
    /// The `webhook-id`.
    message: String,
    #[schema(format = DateTime)]
    taken_in: String,
    #[schema(format = DateTime)]
    died_at: String,
    attempts: u32,
    /// When it was tried last; null where it never was.
    #[schema(format = DateTime)]
    last_attempt_at: Option<String>,
    /// What the receiver answered then: a status, or why there was no answer.
    last_outcome: Option<String>,
}

/// What may be asked of dead letters.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadLetterQuery {
    /// Only those to this endpoint.
    #[param(pattern = "^[a-z0-9-]{1,40}$")]
    endpoint: Option<String>,
    /// The most letters, 1 to 500; 100 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
}

impl From<EndpointStatus> for WebhookBody {
    fn from(status: EndpointStatus) -> WebhookBody {
        let state = match (&status.gone, &status.paused_until) {
            _ if !status.is_configured => "not-configured",
            (Some(_), _) => "gone",
            (None, Some(_)) => "paused",
            (None, None) => "active",
        };
        let text = |at: Instant| at.to_string();
        WebhookBody {
            id: status.id.to_string(),
            department: status.department,
            url: status.url,
            state,
            gone_since: status.gone.map(text),
            paused_until: status.paused_until.map(text),
            waiting: status.waiting,
            delivered: status.delivered,
            dead: status.dead,
        }
    }
}

impl DeadLetter {
    fn of(outbox: &Outbox, message: &Message) -> Result<DeadLetter, ExchangeError> {
        let last = outbox.attempts(&message.endpoint, &message.id)?.pop();
        let outcome = |outcome| match outcome {
            AttemptOutcome::Status(status) => status.to_string(),
            AttemptOutcome::Fault(fault) => fault.as_str().to_owned(),
        };
        Ok(DeadLetter {
            endpoint: message.endpoint.to_string(),
            message: message.id.to_string(),
            taken_in: message.taken_in.to_string(),
            died_at: message.state.at().to_string(),
            attempts: message.attempts,
            last_attempt_at: last.map(|attempt| attempt.at.to_string()),
            last_outcome: last.map(|attempt| outcome(attempt.outcome)),
        })
    }
}

/// Who runs feeds, and who keeps the machines running, both see that a department is not reached.
fn require(caller: &Caller, of_office: Permission) -> Result<(), Problem> {
    if caller.account.may(Permission::ReadSystem) { Ok(()) } else { caller.require(of_office) }
}

/// The endpoints of departments, with what waits for each.
#[utoipa::path(get, path = "/v1/webhooks", operation_id = "list_webhooks", tag = "exchange",
    responses((status = 200, description = "The endpoints", body = WebhookList)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Response, Problem> {
    require(&caller, Permission::ReadFeeds)?;
    let now = state.backend().now();
    let all = state.block(|backend| in_outbox(backend, |outbox| outbox.endpoints())).await?;
    let is_over = |status: EndpointStatus| EndpointStatus {
        paused_until: status.paused_until.filter(|until| *until > now),
        ..status
    };
    let items = all.into_iter().map(|status| WebhookBody::from(is_over(status))).collect();
    Ok(Json(WebhookList { items }).into_response())
}

/// Messages that could not be delivered.
#[utoipa::path(get, path = "/v1/webhooks/dead", operation_id = "list_dead_letters", tag = "exchange",
    params(DeadLetterQuery),
    responses(
        (status = 200, description = "Dead letters", body = DeadLetterList),
        (status = 400, description = "A parameter is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn dead(
    State(state): State<ApiState>,
    caller: Caller,
    query: Result<Query<DeadLetterQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    require(&caller, Permission::ReadFeeds)?;
    let Query(query) = query.map_err(wrong_query)?;
    let limit = number("limit", query.limit.as_deref(), DEFAULT_LIMIT, MOST)? as usize;
    let endpoint = query.endpoint.as_deref().map(str::parse::<EndpointId>).transpose();
    let endpoint =
        endpoint.map_err(|error| Problem::new(ProblemType::Query, format!("endpoint: {error}")))?;
    let look = move |outbox: &mut Outbox| {
        let letters = outbox.dead_letters(endpoint.as_ref(), limit)?;
        letters.iter().map(|letter| DeadLetter::of(outbox, letter)).collect()
    };
    let items = state.block(move |backend| in_outbox(backend, look)).await?;
    Ok(Json(DeadLetterList { items }).into_response())
}

macro_rules! letters {
    ($(#[$doc:meta])* $name:ident, $path:literal, $operation:literal, $change:literal, $act:ident) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $operation, tag = "exchange",
            params(
                ("endpoint" = String, Path, description = "The endpoint's name", pattern = "^[a-z0-9-]{1,40}$"),
                ("message" = String, Path, description = "The message's id", pattern = "^[a-z0-9-]{1,100}$"),
            ),
            responses(
                (status = 204, description = "Done"),
                (status = 404, description = "No such dead letter", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 415, description = "The body has a content encoding", body = ProblemBody,
                    content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $name(
            State(state): State<ApiState>,
            caller: Caller,
            path: Path<(String, String)>,
        ) -> Result<StatusCode, Problem> {
            let no_such = || Problem::not_found("dead letter");
            let endpoint: EndpointId = path.0.0.parse().map_err(|_| no_such())?;
            let message: MessageId = path.0.1.parse().map_err(|_| no_such())?;
            let change = format!("{} {message}", $change);
            let told = on_record(&state, &caller, &endpoint, change).await?;
            let now = state.backend().now();
            let act = move |outbox: &mut Outbox| outbox.$act(&endpoint, &message, now);
            state.done(told, state.block(move |backend| in_outbox(backend, act)).await).await?;
            Ok(StatusCode::NO_CONTENT)
        }
    };
}

letters!(
    /// Sends a dead letter once more, by the whole schedule.
    retry, "/v1/webhooks/dead/{endpoint}/{message}/retry", "retry_dead_letter", "retry", retry
);
letters!(
    /// Gives a dead letter up.
    drop_letter, "/v1/webhooks/dead/{endpoint}/{message}/drop", "drop_dead_letter", "drop", discard
);

/// Sends to an endpoint again that wanted no messages, or asked for a pause.
#[utoipa::path(post, path = "/v1/webhooks/{endpoint}/enable", operation_id = "enable_webhook", tag = "exchange",
    params(("endpoint" = String, Path, description = "The endpoint's name", pattern = "^[a-z0-9-]{1,40}$")),
    responses(
        (status = 204, description = "Done"),
        (status = 404, description = "No such endpoint", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body has a content encoding", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn enable(
    State(state): State<ApiState>,
    caller: Caller,
    endpoint: Path<String>,
) -> Result<StatusCode, Problem> {
    let endpoint: EndpointId = endpoint.0.parse().map_err(|_| Problem::not_found("webhook"))?;
    let told = on_record(&state, &caller, &endpoint, "enable".to_owned()).await?;
    let enable = move |backend: &dyn Backend| in_outbox(backend, |outbox| outbox.enable(&endpoint));
    state.done(told, state.block(enable).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn on_record(
    state: &ApiState,
    caller: &Caller,
    endpoint: &EndpointId,
    change: String,
) -> Result<Entry, Problem> {
    require(caller, Permission::RepairFeeds)?;
    let mut record = entry(state, caller, Action::WebhookChange);
    record.details.insert("endpoint".to_owned(), endpoint.to_string());
    record.details.insert("change".to_owned(), change);
    state.record(record.clone()).await?;
    Ok(record)
}
