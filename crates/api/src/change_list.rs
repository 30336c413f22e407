//! Changes of alerts and tasks: as a list, or as a stream that goes on.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_readmodel::ChangePosition;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blind::BlindTo;
use crate::caller::Caller;
use crate::change::{ChangeEvent, source};
use crate::change_query::{After, ChangeQuery, ChangeRequest, StreamPlace};
use crate::change_stream;
use crate::links::changes_within;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Some of the changes, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeList {
    items: Vec<ChangeEvent>,
    /// The cursor of the next page; null where there is none yet.
    next: Option<String>,
    /// The cursor after what is listed: where to ask again later. Null where nothing has happened yet.
    until: Option<String>,
}

type ChangeParameters = Result<Query<ChangeQuery>, QueryRejection>;

/// What happens to alerts and tasks, oldest first, as CloudEvents. Who goes on with `until` or with the `id` of the
/// last event misses nothing and sees nothing twice, at every node; of an alert that somebody may still review without knowing
/// its decision, they are not told what would tell it. With `Accept: text/event-stream` the answer does
/// not end: each event comes when it happens, with its `id` as the id that a browser sends back in `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/changes", operation_id = "list_changes", tag = "work",
    params(ChangeQuery, StreamPlace),
    responses(
        (status = 200, description = "Changes",
            content((ChangeList = "application/json"), (String = "text/event-stream")),
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn changes(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    query: ChangeParameters,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadWork)?;
    let query = ChangeQuery::read(query)?;
    let ChangeRequest { after, limit, is_stream } = query.understand(&headers)?;
    if !state.has_projected() {
        return Err(Problem::not_known_yet("what has happened"));
    }
    let after = match after {
        After::Change(position) => Some(position),
        After::Nothing => None,
        After::Latest => state.ask(|reader| reader.last_change()).await?,
    };
    if is_stream {
        change_stream::answer(state, caller, after)
    } else {
        list(&state, &caller, after, limit, &query).await
    }
}

async fn list(
    state: &ApiState,
    caller: &Caller,
    after: Option<ChangePosition>,
    limit: usize,
    query: &ChangeQuery,
) -> Result<Response, Problem> {
    let scope = caller.scope.clone();
    let blind = BlindTo::of(caller);
    let page =
        state.ask(move |reader| blind.changes(reader, changes_within(reader, after, limit, &scope)?)).await?;
    let until = page.until.or(after);
    let next = until.filter(|_| page.more);
    let source = source(state.backend());
    let items = page.changes.into_iter().map(|change| ChangeEvent::new(change, &source));
    let items = items.collect::<Result<_, _>>()?;
    let text = |cursor: Option<ChangePosition>| cursor.map(|cursor| cursor.to_string());
    let mut response = Json(ChangeList { items, next: text(next), until: text(until) }).into_response();
    if let Some(next) = next {
        let link = format!("<{}>; rel=\"next\"", query.link("/v1/changes", &next));
        let link = HeaderValue::from_str(&link).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
