//! Rejected events: why, and sending them again repaired.

use std::convert::Infallible;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_model::{Feed, Place};
use sanzao_readmodel::{RejectedEvent, RejectionCursor, RejectionFilter};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::act::body_problem;
use crate::backend::{BackendError, RawEvent};
use crate::caller::Caller;
use crate::cloud_event::{SourcedEvent, events, mode};
use crate::event::BODY_TIMEOUT;
use crate::feed::{PathFeed, counted, number};
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::receipt::{PlaceBody, RejectionReason};
use crate::state::ApiState;
use crate::vocabulary;

/// Why a repair was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    /// Reject: nothing was refused there.
    #[error("no event was rejected there")]
    NoSuchRejection,
    /// Retry: rejections are being counted, and this one is not known yet.
    #[error("rejections are being counted: this one is not known yet")]
    NotKnownYet,
    /// Reject: it is in already.
    #[error("it was repaired already: see the receipt of partition {}, offset {}", by.partition, by.offset)]
    AlreadyRepaired {
        /// The event that repaired it.
        by: Place,
    },
    /// Reject: a repaired event comes from the source of the rejected one.
    #[error("expected the source of the rejected event, {expected}")]
    OtherSource {
        /// That source.
        expected: String,
    },
    /// Reject: the source of the repaired event cannot be read.
    #[error("expected a CloudEvent with one source")]
    NoEvent,
    /// See there.
    #[error(transparent)]
    Backend(#[from] BackendError),
}

impl From<RepairError> for Problem {
    fn from(error: RepairError) -> Problem {
        let told = error.to_string();
        match error {
            RepairError::NoSuchRejection => Problem::new(ProblemType::NotFound, told),
            RepairError::NotKnownYet => Problem::not_known_yet("whether an event was rejected there"),
            RepairError::AlreadyRepaired { .. } => Problem::new(ProblemType::AlreadyRepaired, told),
            RepairError::OtherSource { .. } => {
                Problem::new(ProblemType::OtherSource, told).at("/source".into())
            }
            RepairError::NoEvent => Problem::new(ProblemType::Event, told),
            RepairError::Backend(error) => error.into(),
        }
    }
}

/// What may be asked of rejected events.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RejectionQuery {
    /// Where the page begins: `next` of the page before, with the same filters.
    #[param(pattern = "^(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})$")]
    after: Option<String>,
    /// The most events, 1 to 500; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// Only those rejected with this code.
    #[param(example = "id_number.check")]
    code: Option<String>,
    /// Only those of which a repair is in (`true`), or of which none is (`false`).
    #[param(value_type = Option<bool>)]
    repaired: Option<String>,
}

/// A page of rejected events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectionList {
    /// In the order of their receipts.
    items: Vec<RejectionBody>,
    /// Where the next page begins; null on the last.
    next: Option<String>,
}

/// A rejected event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectionBody {
    /// Where it lies in the feed's topic.
    partition: u32,
    /// Where it lies in the feed's topic.
    offset: u64,
    /// A pseudonym of its source and id; null where they could not be read.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    event: Option<String>,
    /// When the platform received it.
    #[schema(format = DateTime)]
    received: String,
    reason: RejectionReason,
    /// The rejected event that this one was to repair.
    repairs: Option<PlaceBody>,
    /// The last try to repair it; null when none was made.
    repair: Option<RepairBody>,
}

/// A try to repair a rejected event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RepairBody {
    /// Where the repaired event lies in the feed's topic.
    place: PlaceBody,
    #[schema(schema_with = vocabulary::receipt_outcome)]
    outcome: &'static str,
}

/// The repaired event is safe in the log; what becomes of it, its receipt says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Repaired {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// Where the repaired event lies in the feed's topic.
    partition: u32,
    /// Where the repaired event lies in the feed's topic.
    offset: u64,
    /// The rejected event that it repairs.
    repairs: PlaceBody,
}

impl From<RejectedEvent> for RejectionBody {
    fn from(event: RejectedEvent) -> RejectionBody {
        let RejectedEvent { place, event, received, code, pointer, expected, repairs, repair } = event;
        let repair =
            repair.map(|repair| RepairBody { place: repair.place.into(), outcome: repair.outcome.as_str() });
        RejectionBody {
            partition: place.partition,
            offset: place.offset,
            event: event.map(|event| event.to_string()),
            received: received.to_string(),
            reason: RejectionReason { code, pointer, expected },
            repairs: repairs.map(PlaceBody::from),
            repair,
        }
    }
}

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 500;

/// Rejected events of a feed, in the order of their receipts, without their content.
#[utoipa::path(get, path = "/v1/feeds/{feed}/rejections", operation_id = "list_rejections", tag = "feeds",
    params(("feed" = String, Path, description = "The feed", example = "police"), RejectionQuery),
    responses(
        (status = 200, description = "A page of rejected events", body = RejectionList,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such feed", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn rejections(
    State(state): State<ApiState>,
    caller: Caller,
    feed: PathFeed,
    query: Result<Query<RejectionQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadFeeds)?;
    let feed = feed.get()?;
    let Query(query) = query.map_err(wrong_query)?;
    let limit = number("limit", query.limit.as_deref(), DEFAULT_LIMIT, MOST)?;
    let wrong = |_| Problem::new(ProblemType::Query, "repaired: expected true or false");
    let repaired = query.repaired.as_deref().map(str::parse).transpose().map_err(wrong)?;
    let filter = RejectionFilter { code: query.code, repaired };
    let cursor = query.after.as_deref().map(str::parse::<RejectionCursor>).transpose();
    let cursor = cursor.map_err(|error| Problem::new(ProblemType::Cursor, error.to_string()))?;
    let reader = counted(&state)?;
    let asked = filter.clone();
    let page = state.block(move |_| Ok(reader.rejections(feed, &asked, limit as usize, cursor)?)).await?;
    let next = page.next.map(|next| next.to_string());
    let items = page.items.into_iter().map(RejectionBody::from).collect();
    let mut response = Json(RejectionList { items, next: next.clone() }).into_response();
    if let Some(next) = next {
        let mut link = format!("/v1/feeds/{feed}/rejections?after={next}&limit={limit}");
        if let Some(code) = &filter.code {
            link += &format!("&code={}", utf8_percent_encode(code, NON_ALPHANUMERIC));
        }
        if let Some(repaired) = filter.repaired {
            link += &format!("&repaired={repaired}");
        }
        let link = HeaderValue::from_str(&format!("<{link}>; rel=\"next\"")).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// The rejected event that a path names. What is no place names nothing.
pub(crate) struct PathRejection(Option<(Feed, Place)>);

impl<S: Send + Sync> FromRequestParts<S> for PathRejection {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathRejection, Infallible> {
        let path = Path::<(String, u32, u64)>::from_request_parts(parts, state).await.ok();
        let place = path.and_then(|Path((feed, partition, offset))| {
            Some((feed.parse().ok()?, Place { partition, offset }))
        });
        Ok(PathRejection(place))
    }
}

/// Sends a rejected event again, repaired: the body is the corrected CloudEvent, in structured or binary mode, with
/// the source of the rejected one. The same id is right, because a rejected event does not use up its id. Both
/// receipts tell of each other: that of the repaired event names the rejected one.
#[utoipa::path(post, path = "/v1/feeds/{feed}/rejections/{partition}/{offset}/repair",
    operation_id = "repair_rejection", tag = "feeds",
    params(
        ("feed" = String, Path, description = "The feed", example = "police"),
        ("partition" = u32, Path, description = "Where the rejected event lies"),
        ("offset" = u64, Path, description = "Where the rejected event lies"),
    ),
    request_body(
        description = "At most 60 MiB. In binary mode the attributes are in headers: ce-specversion, ce-id, \
            ce-source, ce-type, ce-time.",
        content((crate::cloud_event::EventBody = "application/cloudevents+json"), (Object = "application/json")),
    ),
    responses(
        (status = 202, description = "The repaired event is safe in the log", body = Repaired),
        (status = 400, description = "The body is not one event", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No event was rejected there", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 408, description = "The body took longer than a minute to arrive", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "It was repaired already", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 60 MiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The content type is none of a CloudEvent in JSON, or the body has a \
            content encoding", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The event has another source than the rejected one", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn repair(
    State(state): State<ApiState>,
    caller: Caller,
    PathRejection(path): PathRejection,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(Permission::RepairFeeds)?;
    let (feed, rejected) = path.ok_or_else(|| Problem::from(RepairError::NoSuchRejection))?;
    let headers = request.headers().clone();
    let mode = mode(&headers)?;
    let _turn = state.deliveries().acquire().await.map_err(Problem::internal)?;
    let body = timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await;
    let body = body.map_err(|_| Problem::new(ProblemType::Timeout, "send the request again"))?;
    let body = body.map_err(|rejection| body_problem(&rejection, "60 MiB"))?;
    let event = only(events(mode, &headers, &body)?)?;
    let mut told = entry(&state, &caller, Action::Repair);
    let of = |name: &str, value: String| (name.to_owned(), value);
    told.details.extend([
        of("feed", feed.to_string()),
        of("partition", rejected.partition.to_string()),
        of("offset", rejected.offset.to_string()),
    ]);
    state.record(told).await?;
    let actor = caller.name().to_owned();
    let place = state.block(move |backend| Ok(backend.repair(feed, rejected, event, &actor)?)).await?;
    let Place { partition, offset } = place;
    let answer = Repaired { feed, partition, offset, repairs: rejected.into() };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// The one event of a request; its source is the backend's to compare.
fn only(events: Vec<SourcedEvent>) -> Result<RawEvent, Problem> {
    let mut events = events.into_iter();
    match (events.next(), events.next()) {
        (Some(only), None) => Ok(only.event),
        _ => Err(Problem::new(ProblemType::Event, "expected one event: repair each by itself")),
    }
}
