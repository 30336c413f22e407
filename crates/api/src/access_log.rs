//! A person's own access log: what they are told about who read or changed something about them.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use sanzao_access::{Accounts, Permission};
use sanzao_audit::{Action, PersonAccess};
use sanzao_model::PersonId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit_list::linked;
use crate::audit_query::after;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::list_query::{DEFAULT_LIMIT, limit};
use crate::on_record::{about_people, entry};
use crate::problem::{Problem, ProblemBody};
use crate::query_fault::wrong_query;
use crate::state::ApiState;

/// Which page.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccessQuery {
    /// The most entries of a page, 1 to 500; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// Where the page begins: `next` of the page before.
    #[param(pattern = "^[0-9]{1,20}$")]
    after: Option<String>,
}

/// A page of somebody's access log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccessPage {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    person: PersonId,
    /// Newest first.
    items: Vec<AccessBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

/// One act that concerned a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonAccess)]
pub(crate) struct AccessBody {
    /// In the record of the node.
    number: u64,
    #[schema(format = DateTime)]
    at: String,
    /// The account.
    actor: String,
    /// Whose account it is now; null where there is none any more.
    display_name: Option<String>,
    /// In which role, in Chinese.
    role: Option<String>,
    /// What was done, in Chinese and ready to be given to the person.
    what: String,
    /// What for, in the words of the actor.
    purpose: Option<String>,
}

impl AccessBody {
    fn new(access: PersonAccess, accounts: &Accounts) -> AccessBody {
        let account = access.actor.parse().ok().and_then(|name| accounts.get(&name));
        AccessBody {
            number: access.number,
            at: access.at.to_string(),
            display_name: account.map(|account| account.display_name().to_owned()),
            actor: access.actor,
            role: access.role,
            what: access.what,
            purpose: access.purpose,
        }
    }
}

/// Who read or changed something about a person, as the person is told. Nothing is left of it once they were erased.
#[utoipa::path(get, path = "/v1/people/{person}/accesses", operation_id = "list_accesses", tag = "audit",
    params(("person" = String, Path, description = "The pseudonym", pattern = "^[0-9a-f]{32}$"), AccessQuery),
    responses(
        (status = 200, description = "A page of the access log", body = AccessPage,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "The path names no pseudonym", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn accesses(
    State(state): State<ApiState>,
    caller: Caller,
    person: Path<String>,
    query: Result<Query<AccessQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadAudit)?;
    let person: PersonId = person.parse().map_err(|_| Problem::not_found("pseudonym"))?;
    let query = query.map_err(wrong_query)?.0;
    let (after, limit) =
        (after(query.after.as_deref())?, query.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?);
    state.record(about_people(entry(&state, &caller, Action::ReadAccessLog), [person])).await?;
    let _turn = state.audits().acquire().await.map_err(Problem::internal)?;
    let look = move |backend: &dyn Backend| Ok(backend.audit_of_person(person, after, limit)?);
    let page = state.block(look).await?;
    let accounts = state.gate().accounts.current();
    let items = page.accesses.into_iter().map(|access| AccessBody::new(access, &accounts)).collect();
    let link = page.next.map(|next| format!("/v1/people/{person}/accesses?after={next}&limit={limit}"));
    let body = AccessPage { person, items, next: page.next.map(|next| next.to_string()) };
    linked(Json(body).into_response(), link)
}
