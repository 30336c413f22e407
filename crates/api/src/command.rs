//! Commands on alerts. What may be done is casework's to decide: a command is appended to `inbox`, and
//! answered when this node has projected what became of it.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_model::{Command, CommandKey, Day, ItemId, Order, Outcome, RefusalCode};
use sanzao_readmodel::{Answer, Kind};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::command_key::{command_key, fingerprint};
use crate::etag::is_meant;
use crate::item::{PathId, answer, look_up, no_such};
use crate::item_body::ItemDetail;
use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemBody, ProblemType, json_fault};
use crate::state::ApiState;
use crate::vocabulary;

/// How long a request waits for the outcome of its command.
const OUTCOME_WAIT: Duration = Duration::from_secs(5);

/// How often it looks. The position is in memory: looking costs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The most characters of a reason.
const REASON_MAX_CHARACTERS: usize = 2_000;

/// What came of an alert, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resolution {
    #[schema(schema_with = vocabulary::outcome)]
    outcome: Outcome,
    /// Why, in the caseworker's words; asked for when agreeing as well as when overriding. A reason in
    /// which an ID or mobile number is seen is refused.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
    /// A day to look again, later than today and within three years: what is found then is raised again, whatever the
    /// evidence. Without one only new evidence raises it again.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    reopen_on: Option<Day>,
}

/// The command is safe in the log, its outcome not yet known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pending {
    #[schema(value_type = String, example = "pending")]
    status: &'static str,
    /// What to do.
    detail: String,
}

/// Takes an alert to work on. Claiming what one has claimed already changes nothing.
#[utoipa::path(post, path = "/v1/alerts/{id}/claim", operation_id = "claim_alert", tag = "work",
    params(
        ("id" = String, Path, description = "The alert's id", pattern = "^[0-9a-f]{32}$"),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 128,
            description = "New for each command; the same key again gives the same answer"),
        ("If-Match" = Option<String>, Header, description = "The version that the command is meant for"),
    ),
    responses(
        (status = 200, description = "The alert as the command left it", body = ItemDetail,
            headers(("ETag" = String, description = "The alert's version"))),
        (status = 202, description = "Not yet carried out: send it again with the same key", body = Pending,
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 400, description = "Idempotency-Key is missing or wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such alert", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "The alert's state, or who claimed it, does not allow it",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The alert is not of the version in If-Match", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body has a content encoding", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another command", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = [])))]
pub(crate) async fn claim(
    State(state): State<ApiState>,
    id: PathId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    carry_out(&state, &id, &headers, Order::Claim).await
}

/// Closes an alert that one has claimed.
#[utoipa::path(post, path = "/v1/alerts/{id}/resolve", operation_id = "resolve_alert", tag = "work",
    params(
        ("id" = String, Path, description = "The alert's id", pattern = "^[0-9a-f]{32}$"),
        ("Idempotency-Key" = String, Header, min_length = 1, max_length = 128,
            description = "New for each command; the same key again gives the same answer"),
        ("If-Match" = Option<String>, Header, description = "The version that the command is meant for"),
    ),
    request_body = Resolution,
    responses(
        (status = 200, description = "The alert as the command left it", body = ItemDetail,
            headers(("ETag" = String, description = "The alert's version"))),
        (status = 202, description = "Not yet carried out: send it again with the same key", body = Pending,
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 400, description = "Idempotency-Key or body is missing or wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such alert", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "The alert's state, or who claimed it, does not allow it",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "The alert is not of the version in If-Match", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 422, description = "The reason is missing, the day to look again is out of range, or the key was used for another command",
            body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])))]
pub(crate) async fn resolve(
    State(state): State<ApiState>,
    id: PathId,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Resolution { outcome, reason, reopen_on } = resolution(&headers, body)?;
    carry_out(&state, &id, &headers, Order::Resolve { outcome, reason, reopen_on }).await
}

/// The largest body of a command: a reason of 2,000 characters, each escaped, with room to spare.
pub(crate) const BODY_MAX_BYTES: usize = 64 * 1024;

fn resolution(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Resolution, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(ProblemType::MediaType, "expected content-type: application/json"));
    }
    let body = body.map_err(|rejection| body_problem(&rejection, "64 KiB"))?;
    let wrong = |what: String| Problem::new(ProblemType::Body, what);
    let resolution: Resolution = serde_json::from_slice(&body).map_err(|error| wrong(json_fault(&error)))?;
    if resolution.reason.chars().count() > REASON_MAX_CHARACTERS {
        let text = format!("expected a reason of at most {REASON_MAX_CHARACTERS} characters");
        return Err(wrong(text).at("/reason".into()));
    }
    // Reasons stay in the log for good, in plain text.
    if holds_personal_number(&resolution.reason) {
        let text = "expected a reason without ID and mobile numbers, and without digits that look like one: \
            the alert says already whom it is about";
        return Err(wrong(text.to_owned()).at("/reason".into()));
    }
    Ok(resolution)
}

/// Why a body did not arrive.
pub(crate) fn body_problem(rejection: &BytesRejection, limit: &str) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ProblemType::TooLarge, format!("a body of at most {limit} is taken: send less at once"))
    } else {
        Problem::new(ProblemType::Body, "the body broke off: send the request again")
    }
}

/// A key that was answered before gets the same answer, whatever has happened since.
async fn carry_out(
    state: &ApiState,
    id: &PathId,
    headers: &HeaderMap,
    order: Order,
) -> Result<Response, Problem> {
    let actor = state.access().actor.clone();
    let key = command_key(headers, &actor)?;
    let item = id.of(Kind::Alert)?;
    let fingerprint = fingerprint(&item, &order);
    if let Some(answered) = answered(state, key).await? {
        return outcome(state, item, fingerprint, answered).await;
    }

    let has_projected = state.has_projected();
    let detail = look_up(state, Kind::Alert, item).await?;
    if !is_meant(headers, detail.changed) {
        if !has_projected {
            return Err(Problem::not_known_yet("the alert's newest version"));
        }
        let text = "the alert has changed since the version in if-match: look at it again";
        return Err(Problem::new(ProblemType::Precondition, text));
    }

    let command = Command { key, fingerprint, actor, at: state.backend().now(), item, order };
    let offset = state.block(move |backend| Ok(backend.submit_command(command)?)).await?;
    let deadline = Instant::now() + OUTCOME_WAIT;
    while state.reader().position().inbox <= offset {
        if Instant::now() >= deadline {
            return Ok(pending());
        }
        sleep(LOOK_EVERY).await;
    }
    let answered = answered(state, key).await?;
    outcome(state, item, fingerprint, answered.ok_or_else(|| Problem::internal("work does not answer"))?)
        .await
}

async fn answered(state: &ApiState, key: CommandKey) -> Result<Option<Answer>, Problem> {
    state.ask(move |reader| reader.answer(&key)).await
}

async fn outcome(
    state: &ApiState,
    item: ItemId,
    fingerprint: [u8; 16],
    answered: Answer,
) -> Result<Response, Problem> {
    if answered.fingerprint != fingerprint {
        return Err(RefusalCode::KeyReused.into());
    }
    if let Some(code) = answered.refusal {
        return Err(code.into());
    }
    let as_of = Some(answered.work);
    let detail = state.ask(move |reader| reader.item(Kind::Alert, &item, as_of)).await?;
    answer(detail.ok_or_else(|| no_such(Kind::Alert))?)
}

fn pending() -> Response {
    let detail = "the command is safe, its outcome not yet known: send it again with the same key".to_owned();
    let body = Json(Pending { status: "pending", detail });
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, "1")], body).into_response()
}
