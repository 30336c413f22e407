//! Accounts and their sessions, for those who manage them. All other changes are made in the accounts file.

use axum::Json;
use axum::extract::{Path, State};
use sanzao_access::{Account, AccountName, AccountsError, ErrorClass, Permission, Role};
use sanzao_audit::Action;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;
use crate::vocabulary;

/// All accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountList {
    /// By name.
    items: Vec<AccountBody>,
}

/// An account, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    name: String,
    /// Whose account it is.
    display_name: String,
    #[schema(schema_with = vocabulary::roles)]
    roles: Vec<Role>,
    /// The division codes of the people whom the account sees, by their first digits; null for the whole bureau.
    divisions: Option<Vec<String>>,
    /// What a department's account sends from.
    sources: Vec<String>,
    /// It may do nothing for now.
    disabled: bool,
    /// Sessions that are open at this node.
    sessions: usize,
}

/// How many sessions were ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedSessions {
    ended: usize,
}

impl AccountBody {
    fn new(account: &Account, state: &ApiState) -> AccountBody {
        let codes = account.scope().prefixes();
        AccountBody {
            name: account.name().as_str().to_owned(),
            display_name: account.display_name().to_owned(),
            roles: account.roles().iter().copied().collect(),
            divisions: codes.map(|codes| codes.iter().map(|code| code.as_str().to_owned()).collect()),
            sources: account.sources().iter().map(ToString::to_string).collect(),
            disabled: account.is_disabled(),
            sessions: state.gate().sessions.count_of(account.name(), state.backend().now()),
        }
    }
}

impl From<AccountsError> for Problem {
    fn from(error: AccountsError) -> Problem {
        match (&error, error.class()) {
            (AccountsError::NoAccount { .. }, _) => Problem::not_found("account"),
            (_, ErrorClass::Bug) => Problem::internal(error),
            (_, class) => {
                tracing::error!(%error, "the accounts were not changed");
                let text =
                    "the accounts file cannot be used or written now: its operator finds why in the log";
                let problem = Problem::new(ProblemType::Unavailable, text);
                if class == ErrorClass::Retry { problem.retry_after(RETRY_AFTER_SECONDS) } else { problem }
            }
        }
    }
}

/// When to ask again where the file could not be written, in seconds.
const RETRY_AFTER_SECONDS: u32 = 30;

/// Who has an account, with their roles and divisions.
#[utoipa::path(get, path = "/v1/accounts", operation_id = "list_accounts", tag = "access",
    responses((status = 200, description = "All accounts", body = AccountList)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn accounts(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<AccountList>, Problem> {
    caller.require(Permission::ManageAccounts)?;
    let accounts = state.gate().accounts.current();
    Ok(Json(AccountList {
        items: accounts.iter().map(|account| AccountBody::new(account, &state)).collect(),
    }))
}

/// Lets an account do nothing from now on, and ends its sessions.
#[utoipa::path(post, path = "/v1/accounts/{name}/disable", operation_id = "disable_account", tag = "access",
    params(("name" = String, Path, description = "The account", pattern = "^[a-z0-9._-]{1,64}$")),
    responses(
        (status = 200, description = "The account", body = AccountBody),
        (status = 404, description = "No such account", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn disable(
    State(state): State<ApiState>,
    caller: Caller,
    name: Path<String>,
) -> Result<Json<AccountBody>, Problem> {
    set_disabled(&state, &caller, &name, true).await
}

/// Lets an account do again what it may. Who uses it signs in anew.
#[utoipa::path(post, path = "/v1/accounts/{name}/enable", operation_id = "enable_account", tag = "access",
    params(("name" = String, Path, description = "The account", pattern = "^[a-z0-9._-]{1,64}$")),
    responses(
        (status = 200, description = "The account", body = AccountBody),
        (status = 404, description = "No such account", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn enable(
    State(state): State<ApiState>,
    caller: Caller,
    name: Path<String>,
) -> Result<Json<AccountBody>, Problem> {
    set_disabled(&state, &caller, &name, false).await
}

/// Ends all sessions of an account at this node.
#[utoipa::path(delete, path = "/v1/accounts/{name}/sessions", operation_id = "end_sessions", tag = "access",
    params(("name" = String, Path, description = "The account", pattern = "^[a-z0-9._-]{1,64}$")),
    responses(
        (status = 200, description = "They are ended", body = EndedSessions),
        (status = 404, description = "No such account", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn end_sessions(
    State(state): State<ApiState>,
    caller: Caller,
    name: Path<String>,
) -> Result<Json<EndedSessions>, Problem> {
    let name = changed(&state, &caller, &name, "end-sessions").await?;
    Ok(Json(EndedSessions { ended: state.gate().sessions.end_all_of(&name) }))
}

async fn set_disabled(
    state: &ApiState,
    caller: &Caller,
    name: &str,
    is_disabled: bool,
) -> Result<Json<AccountBody>, Problem> {
    let name = changed(state, caller, name, if is_disabled { "disable" } else { "enable" }).await?;
    let file = state.gate().accounts.clone();
    let of = name.clone();
    let change =
        move |_: &dyn crate::backend::Backend| Ok(file.change(|all| all.set_disabled(&of, is_disabled))?);
    state.block(change).await?;
    // Those of before do not come back with the account.
    state.gate().sessions.end_all_of(&name);
    let accounts = state.gate().accounts.current();
    let account = accounts.get(&name).ok_or_else(|| Problem::not_found("account"))?;
    Ok(Json(AccountBody::new(account, state)))
}

/// The account that a path names, once it is on record what is to be changed of it.
async fn changed(
    state: &ApiState,
    caller: &Caller,
    name: &str,
    change: &str,
) -> Result<AccountName, Problem> {
    caller.require(Permission::ManageAccounts)?;
    let accounts = state.gate().accounts.current();
    let account = name.parse().ok().and_then(|name| accounts.get(&name));
    let name = account.ok_or_else(|| Problem::not_found("account"))?.name().clone();
    let mut told = entry(state, caller, Action::AccountChange);
    told.details.insert("account".to_owned(), name.to_string());
    told.details.insert("change".to_owned(), change.to_owned());
    state.record(told).await?;
    Ok(name)
}
