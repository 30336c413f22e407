//! A new password, set by whose account it is.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use sanzao_access::{SessionEnd, check_password};
use sanzao_audit::Action;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::act::read_json;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::refusals::too_often;
use crate::state::ApiState;

/// The password that holds and the one that shall.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    #[schema(max_length = 256)]
    current: String,
    /// 12 to 256 characters, and nothing that is tried first.
    #[schema(min_length = 12, max_length = 256)]
    new: String,
}

/// Sets another password for one's own account. All its sessions end, at every node, this one too: sign in with the new
/// password. Attempts with a wrong current one count as attempts to sign in.
#[utoipa::path(post, path = "/v1/session/password", operation_id = "change_password", tag = "access",
    request_body = NewPassword,
    responses(
        (status = 204, description = "It is set"),
        (status = 400, description = "The body is wrong, or the new password may not be set", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("session" = [])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let forbidden = |text: &str| Problem::new(ProblemType::Forbidden, text);
    let session = caller.session.clone().filter(|_| caller.account.has_password());
    let session = session.ok_or_else(|| forbidden("a password is changed by who has signed in with one"))?;
    let NewPassword { current, new } = read_json(&headers, body)?;
    let name = caller.account.name().clone();
    check_password(&new, &[name.as_str(), caller.account.display_name()])
        .map_err(|fault| Problem::new(ProblemType::Body, fault.to_string()).at("/new".into()))?;
    let mut told = entry(&state, &caller, Action::AccountChange);
    told.details.insert("account".to_owned(), name.to_string());
    told.details.insert("change".to_owned(), "password".to_owned());
    let now = state.backend().now();
    let limit = state.gate().logins.attempt(name.as_str(), caller.address, now);
    state.done(told.clone(), limit.map_err(|limit| too_often(&limit))).await?;
    // Hashing takes time, by intent: as for signing in, few do it at once.
    let _turn = state.passwords().acquire().await.map_err(Problem::internal)?;
    let (accounts, who) = (state.gate().accounts.current(), name.clone());
    let is_right = state.block(move |_| Ok(accounts.authenticate(who.as_str(), &current).is_ok())).await?;
    if !is_right {
        return Err(forbidden("the current password is wrong"));
    }
    state.gate().logins.succeeded(name.as_str(), caller.address, now);
    state.record(told.clone()).await?;
    let file = state.gate().accounts.clone();
    // What was checked may be the password no more: somebody may have set another since.
    let set = move |backend: &dyn Backend| {
        let changed = file.change(|all| {
            let holds = all.get(&name).is_some_and(|account| session.check(account).is_ok());
            if holds {
                all.set_password(&name, &new, &mut |bytes| backend.fill(bytes))?;
            }
            Ok(holds)
        });
        let is_set = changed.map_err(Problem::from)?;
        let changed_since = SessionEnd::PasswordChanged.to_string();
        if is_set { Ok(()) } else { Err(Problem::new(ProblemType::Unauthorized, changed_since)) }
    };
    state.done(told, state.block(set).await).await?;
    Ok(StatusCode::NO_CONTENT)
}
