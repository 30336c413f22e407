//! Verification requests in lists, with their item, and one by one. The bureau sees those of its alerts and tasks within
//! the caller's scope, a department those that are put to it.
//!
//! Who somebody is goes to a department's webhook, or to a department without one when it receives the request: nothing
//! that is asked here by GET tells of anybody.

use std::collections::BTreeSet;
use std::convert::Infallible;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_exchange::{RequestId, Requests, VerificationRequest};
use sanzao_model::{Feed, ItemId};
use sanzao_readmodel::{Kind, ReadModelError, Reader, Scope};
use serde::Deserialize;

use crate::caller::Caller;
use crate::exchange::of_requests;
use crate::feed::number;
use crate::item::{PathId, look_up};
use crate::mask::masks;
use crate::on_record::{about, about_people, entry};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::refusals::{OUTSIDE_SCOPE, refused_for};
use crate::state::ApiState;
use crate::verification::{VerificationBody, VerificationList};
use crate::vocabulary;

/// Requests of a page at most, and what is taken without a limit.
const MOST: u32 = 200;
const DEFAULT_LIMIT: u32 = 50;

/// How many requests are looked at for one page: whoever sees few of them asks for more pages.
const LOOKED_AT: usize = 1_000;

/// The request that a path names. What is no id names nothing, as an unknown one does.
pub(crate) struct PathRequest(Option<RequestId>);

impl<S: Send + Sync> FromRequestParts<S> for PathRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathRequest, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(PathRequest(text.ok().and_then(|Path(text)| text.parse().ok())))
    }
}

/// What may be asked of verification requests.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerificationQuery {
    /// Only those that stand so.
    #[param(schema_with = vocabulary::request_state, required = false)]
    state: Option<String>,
    /// Only those put to this department.
    #[param(schema_with = vocabulary::feed, required = false)]
    department: Option<String>,
    /// Those older than this one: `next` of the page before.
    #[param(pattern = "^[0-9a-f]{32}$")]
    after: Option<String>,
    /// The most requests of a page, 1 to 200; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// Verification requests, the newest first: of the bureau within the caller's scope, or of the department that asks.
/// There may be fewer than asked for although more follow.
#[utoipa::path(get, path = "/v1/verifications", operation_id = "list_verifications", tag = "exchange",
    params(VerificationQuery),
    responses(
        (status = 200, description = "The requests, without who somebody is", body = VerificationList,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    query: Result<Query<VerificationQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let departments = departments(&state, &caller);
    if departments.is_empty() {
        caller.require(Permission::ReadWork)?;
    }
    let Query(query) = query.map_err(wrong_query)?;
    let limit = number("limit", query.limit.as_deref(), DEFAULT_LIMIT, MOST)? as usize;
    let wanted = Wanted::of(&query, &departments)?;
    let found = state.block(move |backend| of_requests(backend, |all| wanted.of_requests(all))).await?;
    let Found { requests, more } = found?;
    let scope = departments.is_empty().then(|| caller.scope.clone());
    let (seen, next) = state.ask(move |reader| page(reader, scope.as_ref(), requests, more, limit)).await?;
    let items = if departments.is_empty() {
        // What departments answered is of the case.
        if !seen.is_empty() {
            let people = seen.iter().map(|request| request.person);
            state.record(about_people(entry(&state, &caller, Action::ReadCase), people)).await?;
        }
        for_bureau(&state, &seen).await
    } else {
        seen.iter().map(|request| VerificationBody::for_department(request, None)).collect()
    };
    let mut response = Json(VerificationList { items, next }).into_response();
    if let Some(next) = next {
        let link = format!("<{}>; rel=\"next\"", query.link(next));
        let link = HeaderValue::from_str(&link).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

impl VerificationQuery {
    /// The same list from another place, as a reference relative to the server.
    fn link(&self, after: RequestId) -> String {
        let mut link = format!("/v1/verifications?after={after}");
        let given = [("state", &self.state), ("department", &self.department), ("limit", &self.limit)];
        for (name, value) in given {
            if let Some(value) = value {
                link += &format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
            }
        }
        link
    }
}

/// What a list shows.
struct Wanted {
    state: Option<String>,
    feeds: BTreeSet<Feed>,
    after: Option<RequestId>,
}

/// Some requests of a list, and whether there are more.
struct Found {
    requests: Vec<VerificationRequest>,
    more: bool,
}

impl Wanted {
    fn of(query: &VerificationQuery, departments: &BTreeSet<Feed>) -> Result<Wanted, Problem> {
        let wrong = |text: String| Problem::new(ProblemType::Query, text);
        if query.state.as_deref().is_some_and(|state| !vocabulary::REQUEST_STATES.contains(&state)) {
            return Err(wrong(format!("state: expected one of {}", vocabulary::REQUEST_STATES.join(", "))));
        }
        let mut feeds: BTreeSet<Feed> =
            if departments.is_empty() { Feed::ALL.into() } else { departments.clone() };
        if let Some(name) = &query.department {
            let feed: Feed =
                name.parse().map_err(|_| wrong("department: expected the name of a feed".to_owned()))?;
            feeds.retain(|known| *known == feed);
        }
        let after = query.after.as_deref().map(str::parse).transpose();
        let after = after.map_err(|_| {
            Problem::new(ProblemType::Cursor, "after is not one that a list of requests gave: begin without")
        })?;
        Ok(Wanted { state: query.state.clone(), feeds, after })
    }

    fn of_requests(&self, all: &Requests) -> Result<Found, Problem> {
        if self.after.is_some_and(|after| all.get(after).is_none()) {
            let text = "there is no such request in this log: begin without after";
            return Err(Problem::new(ProblemType::Cursor, text));
        }
        let mut newest = all.newest_first();
        if let Some(after) = self.after {
            newest.find(|request| request.id == after);
        }
        let fits = |request: &&VerificationRequest| {
            let state = self.state.as_deref();
            self.feeds.contains(&request.feed()) && state.is_none_or(|it| it == request.state.as_str())
        };
        let mut fitting = newest.filter(fits).cloned();
        let requests: Vec<_> = fitting.by_ref().take(LOOKED_AT).collect();
        Ok(Found { requests, more: fitting.next().is_some() })
    }
}

/// As many as are wanted of those that may be seen, and where to read on.
fn page(
    reader: &Reader,
    scope: Option<&Scope>,
    requests: Vec<VerificationRequest>,
    more: bool,
    limit: usize,
) -> Result<(Vec<VerificationRequest>, Option<RequestId>), ReadModelError> {
    let mut seen: Vec<VerificationRequest> = Vec::new();
    let mut last = None;
    for request in requests {
        last = Some(request.id);
        if scope.map_or(Ok(true), |scope| is_within(reader, scope, request.item))? {
            // Looked for first: whether there are more is told of those that may be seen.
            if seen.len() == limit {
                let next = seen.last().map(|request| request.id);
                return Ok((seen, next));
            }
            seen.push(request);
        }
    }
    Ok((seen, last.filter(|_| more)))
}

fn is_within(reader: &Reader, scope: &Scope, item: ItemId) -> Result<bool, ReadModelError> {
    for kind in [Kind::Task, Kind::Alert] {
        if let Some(detail) = reader.item(kind, &item, None)? {
            return Ok(scope.contains(detail.item.division));
        }
    }
    Ok(false)
}

/// One verification request. About whom it is, a department is told when it receives it.
#[utoipa::path(get, path = "/v1/verifications/{id}", operation_id = "get_verification", tag = "exchange",
    params(("id" = String, Path, description = "The request's id", pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The request", body = VerificationBody),
        (status = 404, description = "No such request", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn one(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathRequest,
) -> Result<Response, Problem> {
    if departments(&state, &caller).is_empty() {
        caller.require(Permission::ReadWork)?;
        let request = of_bureau(&state, &caller, &id).await?;
        let mut record = entry(&state, &caller, Action::ReadCase);
        record.item = Some(request.item);
        state.record(about_people(record, [request.person])).await?;
        let masks = masks(&state, &[request.person]).await;
        return Ok(Json(VerificationBody::for_bureau(&request, &masks)).into_response());
    }
    let request = require_department(&state, &caller, &id).await?;
    Ok(Json(VerificationBody::for_department(&request, None)).into_response())
}

macro_rules! of_items {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $path:literal, $operation:literal) => {
        $(#[$doc])*
        #[utoipa::path(get, path = $path, operation_id = $operation, tag = "exchange",
            params(("id" = String, Path, description = "The item's id", pattern = "^[0-9a-f]{32}$")),
            responses(
                (status = 200, description = "Its requests with their answers", body = VerificationList),
                (status = 404, description = "No such item", body = ProblemBody,
                    content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $name(
            State(state): State<ApiState>,
            caller: Caller,
            id: PathId,
        ) -> Result<Response, Problem> {
            caller.require(Permission::ReadWork)?;
            let detail = look_up(&state, &caller, $kind, id.of($kind)?).await?;
            state.record(about(entry(&state, &caller, Action::ReadCase), &detail.item)).await?;
            shown(&state, detail.item.id).await
        }
    };
}

of_items!(
    /// What departments were asked for a task, and what they answered.
    of_task, Kind::Task, "/v1/tasks/{id}/verification", "list_verifications_of_task"
);
of_items!(
    /// What departments were asked for an alert, and what they answered.
    of_alert, Kind::Alert, "/v1/alerts/{id}/verification", "list_verifications_of_alert"
);

/// The requests of an item, the newest first.
pub(crate) async fn shown(state: &ApiState, item: ItemId) -> Result<Response, Problem> {
    let of_item = move |all: &Requests| all.of_item(item).cloned().collect::<Vec<_>>();
    let mut requests = state.block(move |backend| of_requests(backend, of_item)).await?;
    requests.reverse();
    let items = for_bureau(state, &requests).await;
    Ok(Json(VerificationList { items, next: None }).into_response())
}

async fn for_bureau(state: &ApiState, requests: &[VerificationRequest]) -> Vec<VerificationBody> {
    let people: Vec<_> = requests.iter().map(|request| request.person).collect();
    let masks = masks(state, &people).await;
    requests.iter().map(|request| VerificationBody::for_bureau(request, &masks)).collect()
}

pub(crate) async fn get(state: &ApiState, id: RequestId) -> Result<VerificationRequest, Problem> {
    let request = state.block(move |backend| of_requests(backend, |it| it.get(id).cloned())).await?;
    request.ok_or_else(|| Problem::not_found("request"))
}

/// The departments for which an account speaks.
fn departments(state: &ApiState, caller: &Caller) -> BTreeSet<Feed> {
    if !caller.account.may(Permission::PostEvents) {
        return BTreeSet::new();
    }
    let bureau = state.backend().bureau();
    let is_here = |source: &&sanzao_access::EventSource| bureau.is_none_or(|it| it == source.bureau);
    caller.account.sources().iter().filter(is_here).map(|source| source.feed).collect()
}

/// A request that is put to the caller's department.
///
/// # Errors
/// Not found, where it is another's.
pub(crate) async fn require_department(
    state: &ApiState,
    caller: &Caller,
    id: &PathRequest,
) -> Result<VerificationRequest, Problem> {
    let request = get(state, id.0.ok_or_else(|| Problem::not_found("request"))?).await?;
    let is_own = departments(state, caller).contains(&request.feed());
    if is_own { Ok(request) } else { Err(outside(state, caller, &request)) }
}

/// What is not the caller's to see is not there for them; that they asked is on record.
fn outside(state: &ApiState, caller: &Caller, request: &VerificationRequest) -> Problem {
    let mut told = about_people(entry(state, caller, Action::Refusal), [request.person]);
    told.item = Some(request.item);
    state.note_aside(refused_for(told, OUTSIDE_SCOPE));
    Problem::not_found("request")
}

/// A request of which the caller sees the item.
///
/// # Errors
/// Not found, where it lies outside their scope.
pub(crate) async fn of_bureau(
    state: &ApiState,
    caller: &Caller,
    id: &PathRequest,
) -> Result<VerificationRequest, Problem> {
    let request = get(state, id.0.ok_or_else(|| Problem::not_found("request"))?).await?;
    let (scope, item) = (caller.scope.clone(), request.item);
    let is_seen = state.ask(move |reader| is_within(reader, &scope, item)).await?;
    if is_seen { Ok(request) } else { Err(outside(state, caller, &request)) }
}
