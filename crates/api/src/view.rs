//! Lists that people save under a name.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::{Action, Entry};
use sanzao_readmodel::{Kind, View, ViewBefore, Views};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::read_json;
use crate::caller::Caller;
use crate::etag::{Meant, etag, meant};
use crate::list_query::{ListQuery, limit};
use crate::on_record::entry;
use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;

/// The most views of an account: as many as somebody finds their way among.
const MOST_VIEWS: usize = 50;

const NAME_MAX_CHARACTERS: usize = 64;
const QUERY_MAX_CHARACTERS: usize = 2_000;

/// Of what a view is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ViewedList {
    Alerts,
    Tasks,
}

/// A list to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewView)]
pub(crate) struct NewViewBody {
    list: ViewedList,
    /// What is asked of the list, as behind the `?` of its address, without a cursor. `worker=me` stays whoever asks.
    #[schema(max_length = 2000, example = "worker=me")]
    query: String,
}

/// A saved list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = View)]
pub(crate) struct ViewBody {
    name: String,
    list: ViewedList,
    query: String,
}

/// Saved lists.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViewList {
    /// By name.
    views: Vec<ViewBody>,
}

type Name = Result<Path<String>, PathRejection>;

impl ViewedList {
    fn kind(self) -> Kind {
        match self {
            ViewedList::Alerts => Kind::Alert,
            ViewedList::Tasks => Kind::Task,
        }
    }
}

impl From<View> for ViewBody {
    fn from(view: View) -> ViewBody {
        let list = match view.kind {
            Kind::Alert => ViewedList::Alerts,
            Kind::Task => ViewedList::Tasks,
        };
        ViewBody { name: view.name, list, query: view.query }
    }
}

/// The account's own saved lists.
#[utoipa::path(get, path = "/v1/views", operation_id = "list_views", tag = "work",
    responses((status = 200, description = "The views", body = ViewList)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn list(State(state): State<ApiState>, caller: Caller) -> Result<Json<ViewList>, Problem> {
    let (views, account) = kept(&state, &caller)?;
    let views = state.block(move |_| Ok(views.of(&account)?)).await?;
    Ok(Json(ViewList { views: views.into_iter().map(ViewBody::from).collect() }))
}

/// One of the account's own saved lists.
#[utoipa::path(get, path = "/v1/views/{name}", operation_id = "get_view", tag = "work",
    params(("name" = String, Path, description = "Its name", min_length = 1, max_length = 64)),
    responses(
        (status = 200, description = "The view", body = ViewBody,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The account has none of this name", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn get(
    State(state): State<ApiState>,
    caller: Caller,
    name: Name,
) -> Result<Response, Problem> {
    let (views, account) = kept(&state, &caller)?;
    let Path(name) = name.map_err(|_| none())?;
    let view = state.block(move |_| Ok(views.get(&account, &name)?)).await?;
    Ok(shown(view.ok_or_else(none)?))
}

/// Saves a list under a name, for the account alone: a new one, or another in place of the version in If-Match. An account
/// has 50 at most.
#[utoipa::path(put, path = "/v1/views/{name}", operation_id = "put_view", tag = "work",
    params(
        ("name" = String, Path, description = "Its name: 1 to 64 characters", min_length = 1, max_length = 64, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$"),
        ("If-Match" = Option<String>, Header, description = "The version to replace, as its ETag says, or *; not for a \
            new one"),
    ),
    request_body = NewViewBody,
    responses(
        (status = 200, description = "The view in place of the one before", body = ViewBody,
            headers(("ETag" = String, description = "Its version"))),
        (status = 201, description = "The new view", body = ViewBody,
            headers(("ETag" = String, description = "Its version"))),
        (status = 400, description = "The body is wrong, or its query is none of this list", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 412, description = "The view is not of the version in If-Match", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The account has 50 views already", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 428, description = "There is one of this name, and If-Match is missing", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn put(
    State(state): State<ApiState>,
    caller: Caller,
    name: Name,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (views, account) = kept(&state, &caller)?;
    let name = new_name(name)?;
    let NewViewBody { list, query } = read_json(&headers, body)?;
    check(list, &query, &caller).map_err(|problem| problem.within("/query"))?;
    let replace = move |before: ViewBefore| {
        require_meant(&headers, before.version)?;
        if before.version.is_none() && before.count >= MOST_VIEWS {
            let text = format!("an account has at most {MOST_VIEWS} views: delete one first");
            return Err(Problem::new(ProblemType::TooMany, text));
        }
        Ok((Some((list.kind(), query)), before.version.is_none()))
    };
    let mut is_new = false;
    let told = on_record(&state, &caller, "save-view").await?;
    let change = move |_: &dyn crate::backend::Backend| {
        let view = views.change(&account, &name, |before| {
            let (view, new) = replace(before)?;
            is_new = new;
            Ok::<_, Problem>(view)
        })?;
        Ok((view, is_new))
    };
    let (view, is_new) = state.done(told, state.block(change).await).await?;
    let view = view.ok_or_else(|| Problem::internal("a view that was saved is not there"))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, shown(view)).into_response())
}

/// Deletes one of the account's own saved lists.
#[utoipa::path(delete, path = "/v1/views/{name}", operation_id = "delete_view", tag = "work",
    params(
        ("name" = String, Path, description = "Its name", min_length = 1, max_length = 64),
        ("If-Match" = String, Header, description = "The version that is meant, as its ETag says, or *"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "The account has none of this name", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 412, description = "The view is not of the version in If-Match", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn delete(
    State(state): State<ApiState>,
    caller: Caller,
    name: Name,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (views, account) = kept(&state, &caller)?;
    let Path(name) = name.map_err(|_| none())?;
    let told = on_record(&state, &caller, "delete-view").await?;
    let change = move |_: &dyn crate::backend::Backend| {
        views.change(&account, &name, |before| {
            before.version.ok_or_else(none)?;
            require_meant(&headers, before.version)?;
            Ok::<_, Problem>(None)
        })
    };
    state.done(told, state.block(change).await).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whoever reads lists has views of them.
fn kept(state: &ApiState, caller: &Caller) -> Result<(Views, String), Problem> {
    caller.require(Permission::ReadWork)?;
    let views = state.views().cloned();
    let none = || Problem::new(ProblemType::Unavailable, "this node keeps no views: ask its operator");
    Ok((views.ok_or_else(none)?, caller.name().to_owned()))
}

/// Puts on record that somebody asks for a change of a view; not of which, whose name is free text and stays their own.
async fn on_record(state: &ApiState, caller: &Caller, order: &str) -> Result<Entry, Problem> {
    let told = entry(state, caller, Action::Command { order: order.to_owned() });
    state.record(told.clone()).await?;
    Ok(told)
}

fn none() -> Problem {
    Problem::not_found("view")
}

fn shown(view: View) -> Response {
    let tag = etag(view.version);
    ([(header::ETAG, tag)], Json(ViewBody::from(view))).into_response()
}

/// A view that is there is replaced or deleted by whoever knows it.
fn require_meant(headers: &HeaderMap, version: Option<u64>) -> Result<(), Problem> {
    let Some(version) = version else {
        let is_meant_for_one = headers.contains_key(header::IF_MATCH);
        let text = "there is no view of this name: leave the header if-match out to save a new one";
        return if is_meant_for_one { Err(Problem::new(ProblemType::Precondition, text)) } else { Ok(()) };
    };
    match meant(headers, version) {
        Meant::This => Ok(()),
        Meant::Nothing => {
            let text = "there is a view of this name: send the header if-match with its etag, or *";
            Err(Problem::new(ProblemType::PreconditionRequired, text))
        }
        Meant::Another => {
            let text = "it has changed since the version in if-match: look at it again";
            Err(Problem::new(ProblemType::Precondition, text))
        }
    }
}

/// Names and queries lie in plain text.
fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    let is_plain = !name.chars().any(char::is_control) && !name.trim().is_empty();
    (1..=NAME_MAX_CHARACTERS).contains(&length) && is_plain && !holds_personal_number(name)
}

fn new_name(name: Name) -> Result<String, Problem> {
    let name = name.ok().map(|Path(name)| name).filter(|name| is_name(name));
    name.ok_or_else(|| {
        let text = "expected a name of 1 to 64 characters, without control characters and numbers of people";
        Problem::new(ProblemType::Query, text)
    })
}

/// Whether a query can be asked of its list.
fn check(list: ViewedList, query: &str, caller: &Caller) -> Result<(), Problem> {
    let wrong = |text: &str| Problem::new(ProblemType::Body, text);
    if query.chars().count() > QUERY_MAX_CHARACTERS || holds_personal_number(query) {
        return Err(wrong("expected a query of at most 2,000 characters, without numbers of people"));
    }
    let no_query = || wrong("expected a query as behind the `?` of a list's address");
    // What follows a number sign no server is asked.
    let uri = if query.contains('#') { Err(no_query()) } else { Ok(format!("/?{query}")) }?;
    let uri = uri.parse().map_err(|_| no_query())?;
    let asked: ListQuery =
        ListQuery::read(Query::try_from_uri(&uri)).map_err(|problem| wrong(problem.detail()))?;
    if asked.cursor.is_some() {
        return Err(wrong("expected a query without a cursor: a view begins at its beginning"));
    }
    let filter = asked.filter(list.kind(), caller.name()).map(|_| ());
    let limit = asked.limit.as_deref().map_or(Ok(()), |text| limit(text).map(|_| ()));
    filter.and(limit).map_err(|problem| wrong(problem.detail()))
}
