//! One alert or task.

use std::convert::Infallible;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_model::ItemId;
use sanzao_readmodel::{Detail, Kind, StateName};

use crate::blind::blind;
use crate::caller::Caller;
use crate::etag::etag;
use crate::item_body::ItemDetail;
use crate::links::only_within;
use crate::mask::masks;
use crate::on_record::{about, entry};
use crate::problem::{Problem, ProblemBody};
use crate::refusals::{OUTSIDE_SCOPE, refused_for};
use crate::state::ApiState;

/// The item that a path names. What is no id names nothing, as an unknown one does.
pub(crate) struct PathId(Option<ItemId>);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathId, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        Ok(PathId(text.ok().and_then(|Path(text)| text.parse().ok())))
    }
}

impl PathId {
    /// The id, for an item of this kind.
    ///
    /// # Errors
    /// Not found, when it is none.
    pub(crate) fn of(&self, kind: Kind) -> Result<ItemId, Problem> {
        self.0.ok_or_else(|| no_such(kind))
    }

    /// The id, of whatever it is; none when it is no id.
    pub(crate) fn item(&self) -> Option<ItemId> {
        self.0
    }
}

pub(crate) fn no_such(kind: Kind) -> Problem {
    Problem::not_found(if kind == Kind::Alert { "alert" } else { "task" })
}

/// The item as it is now, if the caller may see it: what lies outside their scope does not exist for them.
///
/// # Errors
/// When there is none; or when there may be one that the read model, being built, does not hold yet.
pub(crate) async fn look_up(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    id: ItemId,
) -> Result<Detail, Problem> {
    // Asked first: what is projected between the two questions is found.
    let has_projected = state.has_projected();
    let detail = state.ask(move |reader| reader.item(kind, &id, None)).await?;
    if let Some(outside) = detail.as_ref().filter(|detail| !caller.scope.contains(detail.item.division)) {
        let entry = about(entry(state, caller, Action::Refusal), &outside.item);
        state.note_aside(refused_for(entry, OUTSIDE_SCOPE));
    }
    match detail.filter(|detail| caller.scope.contains(detail.item.division)) {
        Some(detail) => Ok(detail),
        None if has_projected => Err(no_such(kind)),
        None if kind == Kind::Alert => Err(Problem::not_known_yet("whether there is such an alert")),
        None => Err(Problem::not_known_yet("whether there is such a task")),
    }
}

/// One alert with its evidence.
#[utoipa::path(get, path = "/v1/alerts/{id}", operation_id = "get_alert", tag = "work",
    params(("id" = String, Path, description = "The alert's id", pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The alert", body = ItemDetail,
            headers(("ETag" = String, description = "The alert's version, for If-Match"))),
        (status = 404, description = "No such alert", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn alert(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathId,
) -> Result<Response, Problem> {
    show(&state, &caller, Kind::Alert, &id).await
}

/// One re-verification task with its evidence.
#[utoipa::path(get, path = "/v1/tasks/{id}", operation_id = "get_task", tag = "work",
    params(("id" = String, Path, description = "The task's id", pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The task", body = ItemDetail,
            headers(("ETag" = String, description = "The task's version"))),
        (status = 404, description = "No such task", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn task(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathId,
) -> Result<Response, Problem> {
    show(&state, &caller, Kind::Task, &id).await
}

async fn show(state: &ApiState, caller: &Caller, kind: Kind, id: &PathId) -> Result<Response, Problem> {
    caller.require(Permission::ReadWork)?;
    let detail = look_up(state, caller, kind, id.of(kind)?).await?;
    state.record(about(entry(state, caller, Action::ReadCase), &detail.item)).await?;
    answer(state, caller, detail).await
}

/// 200 with the item and its version, as the caller may see it.
///
/// # Errors
/// When it lies outside the caller's scope.
pub(crate) async fn answer(state: &ApiState, caller: &Caller, detail: Detail) -> Result<Response, Problem> {
    if !caller.scope.contains(detail.item.division) {
        return Err(no_such(StateName::of(&detail.item.state).kind()));
    }
    let scope = caller.scope.clone();
    let detail = state.ask(move |reader| only_within(reader, &scope, detail)).await?;
    let tag = etag(detail.changed);
    let masks = masks(state, &detail.item.people).await;
    let body = ItemDetail::new(blind(detail, caller), &masks)?;
    Ok(([(header::ETAG, tag)], Json(body)).into_response())
}
