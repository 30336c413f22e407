//! A new password, set by whose account it is.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use sanzao_access::check_password;
use sanzao_audit::Action;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::act::read_json;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::on_record::{entry, refused};
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
/// password. Attempts with a wrong current one count as attempts to sign in. A token may not do it.
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
    security(("token" = []), ("session" = [])))]
pub(crate) async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Problem> {
    let forbidden = |text: &str| Problem::new(ProblemType::Forbidden, text);
    if caller.session.is_none() || !caller.account.has_password() {
        return Err(forbidden("a password is changed by who has signed in with one"));
    }
    let NewPassword { current, new } = read_json(&headers, body)?;
    let name = caller.account.name().clone();
    check_password(&new, &[name.as_str(), caller.account.display_name()])
        .map_err(|fault| Problem::new(ProblemType::Body, fault.to_string()).at("/new".into()))?;
    let now = state.backend().now();
    state.gate().logins.attempt(name.as_str(), caller.address, now).map_err(|limit| too_often(&limit))?;
    let mut told = entry(&state, &caller, Action::AccountChange);
    told.details.insert("account".to_owned(), name.to_string());
    told.details.insert("change".to_owned(), "password".to_owned());
    // Hashing takes time, by intent: as for signing in, few do it at once.
    let _turn = state.passwords().acquire().await.map_err(Problem::internal)?;
    let (accounts, who) = (state.gate().accounts.current(), name.clone());
    let is_right = state.block(move |_| Ok(accounts.authenticate(who.as_str(), &current).is_ok())).await?;
    if !is_right {
        let problem = forbidden("the current password is wrong");
        state.note(refused(told, &problem)).await;
        return Err(problem);
    }
    state.gate().logins.succeeded(name.as_str(), caller.address, now);
    state.record(told).await?;
    let file = state.gate().accounts.clone();
    let set = move |backend: &dyn Backend| {
        let changed = file.change(|all| all.set_password(&name, &new, &mut |bytes| backend.fill(bytes)));
        changed.map_err(Problem::from)
    };
    state.block(set).await?;
    Ok(StatusCode::NO_CONTENT)
}
