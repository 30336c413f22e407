//! Lists of alerts and tasks.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_model::PersonId;
use sanzao_readmodel::Kind;
use serde::Serialize;
use utoipa::ToSchema;

use crate::blind::blind_row;
use crate::caller::Caller;
use crate::item_body::ListedItem;
use crate::links::list_within;
use crate::list_query::{ListQuery, ListRequest};
use crate::mask::masks;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemPage {
    /// By due day, then id.
    items: Vec<ListedItem>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

type ListParameters = Result<Query<ListQuery>, QueryRejection>;

/// Alerts, by due day. Paging neither loses nor repeats an alert, whatever is opened or closed meanwhile.
#[utoipa::path(get, path = "/v1/alerts", operation_id = "list_alerts", tag = "work",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of alerts", body = ItemPage,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn alerts(
    State(state): State<ApiState>,
    caller: Caller,
    query: ListParameters,
) -> Result<Response, Problem> {
    list(&state, &caller, Kind::Alert, "/v1/alerts", ListQuery::read(query)?).await
}

/// Re-verification tasks, by due day. Paging neither loses nor repeats a task.
#[utoipa::path(get, path = "/v1/tasks", operation_id = "list_tasks", tag = "work",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of tasks", body = ItemPage,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn tasks(
    State(state): State<ApiState>,
    caller: Caller,
    query: ListParameters,
) -> Result<Response, Problem> {
    list(&state, &caller, Kind::Task, "/v1/tasks", ListQuery::read(query)?).await
}

async fn list(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    path: &str,
    query: ListQuery,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadWork)?;
    let ListRequest { filter, limit, cursor } = query.understand(kind, caller)?;
    if !state.has_projected() {
        return Err(Problem::not_known_yet("what is in this list"));
    }
    let page = state.ask(move |reader| list_within(reader, &filter, limit, cursor.as_ref())).await?;
    let people: Vec<PersonId> = page.items.iter().flat_map(|row| row.people.iter().copied()).collect();
    let masks = masks(state, &people).await;
    let items = page.items.into_iter().map(|row| ListedItem::new(blind_row(row, caller), &masks)).collect();
    let body = ItemPage { items, next: page.next.map(|next| next.to_string()) };
    let mut response = Json(body).into_response();
    if let Some(next) = page.next {
        let link = format!("<{}>; rel=\"next\"", query.link(path, &next));
        let link = HeaderValue::from_str(&link).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
