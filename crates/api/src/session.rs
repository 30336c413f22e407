//! Signing in and out, and who is signed in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::oidc::Callback;
use sanzao_access::{Account, AccountName, Refusal, Role};
use sanzao_audit::Action;
use sanzao_model::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::read_json;
use crate::backend::Backend;
use crate::caller::{Caller, Gate, cookie, cookie_name};
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::refusals::{Asked, TurnedAway, nobody, reason, refused_for, too_often};
use crate::state::ApiState;
use crate::vocabulary;

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    #[schema(max_length = 64)]
    name: String,
    #[schema(max_length = 256)]
    password: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionBody {
    account: String,
    /// Whose account it is.
    display_name: String,
    #[schema(schema_with = vocabulary::roles)]
    roles: Vec<Role>,
    /// The division codes of the people whom the account sees, by their first digits; null for the whole bureau.
    divisions: Option<Vec<String>>,
    /// What a browser sends in the header `X-CSRF-Token` with whatever changes something; null for tokens.
    csrf: Option<String>,
    /// When the session ends if nothing more is sent; null for tokens.
    #[schema(format = DateTime)]
    ends: Option<String>,
}

impl SessionBody {
    fn of(account: &Account, csrf: Option<String>, ends: Option<Instant>) -> SessionBody {
        let codes = account.scope().prefixes();
        SessionBody {
            account: account.name().as_str().to_owned(),
            display_name: account.display_name().to_owned(),
            roles: account.roles().iter().copied().collect(),
            divisions: codes.map(|codes| codes.iter().map(|code| code.as_str().to_owned()).collect()),
            csrf,
            ends: ends.map(|ends| ends.to_string()),
        }
    }
}

/// Signs in with a name and a password. Whoever was signed in with this browser is signed out.
#[utoipa::path(post, path = "/v1/session", operation_id = "sign_in", tag = "access",
    request_body = Credentials,
    responses(
        (status = 200, description = "Signed in; the cookie is the session", body = SessionBody,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 400, description = "The body is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts", body = ProblemBody,
            content_type = "application/problem+json"),
    ))]
pub(crate) async fn sign_in(State(state): State<ApiState>, request: Request) -> Result<Response, Problem> {
    let asked = Asked::of(&request);
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, crate::act::BODY_MAX_BYTES).await;
    let body = body.map_err(|_| Problem::new(ProblemType::TooLarge, "a body of at most 64 KiB is taken"))?;
    let credentials: Credentials = read_json(&parts.headers, Ok::<Bytes, BytesRejection>(body))?;
    let now = state.backend().now();
    let accounts = state.gate().accounts.current();
    if let Err(limit) = state.gate().logins.attempt(&credentials.name, asked.address, now) {
        let name = credentials.name.parse().ok();
        let known = name.and_then(|name| accounts.get(&name)).map(Account::name);
        state.note_slowed_down(&asked, known, Action::Login).await;
        return Err(too_often(&limit));
    }
    // Hashing a password takes time, by intent: who waits for it must not take the threads that others work on.
    let _turn = state.passwords().acquire().await.map_err(Problem::internal)?;
    let check = move |_: &dyn Backend| {
        let found = accounts.authenticate(&credentials.name, &credentials.password).cloned();
        Ok((found, credentials.name))
    };
    let (found, name) = state.block(check).await?;
    let account = match found {
        Ok(account) => account,
        Err(refusal) => {
            not_signed_in(&state, &asked, &refusal).await;
            return Err(Problem::new(ProblemType::Unauthorized, "the name or the password is wrong"));
        }
    };
    state.gate().logins.succeeded(&name, asked.address, now);
    let (cookie, body) = open(&state, &asked, &parts.headers, &account, now).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// Of a name that nobody has, only that is recorded: people type their passwords there.
async fn not_signed_in(state: &ApiState, asked: &Asked, refusal: &Refusal) {
    tracing::info!(account = refusal.account().map(AccountName::as_str), %refusal, "nobody was signed in");
    let entry = nobody(state, refusal.account(), asked, Action::Login);
    state.note(refused_for(entry, reason(refusal))).await;
}

/// Opens a session once it is on record, and ends the one that the browser had.
async fn open(
    state: &ApiState,
    asked: &Asked,
    headers: &HeaderMap,
    account: &Account,
    now: Instant,
) -> Result<(HeaderValue, SessionBody), Problem> {
    let gate = state.gate();
    let opened = gate.sessions.open(account, now, &mut |bytes| state.backend().fill(bytes));
    let opened = opened.map_err(Problem::internal)?;
    let session = gate.sessions.see(opened.id.expose(), now).map_err(Problem::internal)?;
    let mut entry = nobody(state, Some(account.name()), asked, Action::Login);
    entry.session = Some(session.mark());
    if let Err(problem) = state.record(entry).await {
        // Nobody was told of it yet.
        gate.sessions.end(opened.id.expose());
        return Err(problem);
    }
    if let Some(before) = cookie(headers, cookie_name(gate.is_secure)) {
        gate.sessions.end(before);
    }
    let csrf = Some(opened.csrf.expose().to_owned());
    let body = SessionBody::of(account, csrf, Some(session.ends));
    Ok((set_cookie(gate, opened.id.expose(), None), body))
}

/// Sent back by this site's own pages alone, and read by none of them.
fn set_cookie(gate: &Gate, value: &str, max_age: Option<u32>) -> HeaderValue {
    let name = cookie_name(gate.is_secure);
    let secure = if gate.is_secure { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    HeaderValue::from_str(&text).expect("a secret is of plain characters")
}

/// Who is signed in, or whose token it is.
#[utoipa::path(get, path = "/v1/session", operation_id = "who_am_i", tag = "access",
    responses((status = 200, description = "Who", body = SessionBody)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn who(caller: Caller) -> Json<SessionBody> {
    let csrf = caller.session.as_ref().map(|session| session.csrf().expose().to_owned());
    let ends = caller.session.as_ref().map(|session| session.ends);
    Json(SessionBody::of(&caller.account, csrf, ends))
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/session", operation_id = "sign_out", tag = "access",
    responses((status = 204, description = "Signed out; with a token nothing happens")),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn sign_out(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let gate = state.gate();
    if caller.session.is_some()
        && let Some(id) = cookie(&headers, cookie_name(gate.is_secure))
    {
        state.record(entry(&state, &caller, Action::Logout)).await?;
        gate.sessions.end(id);
    }
    let cookie = (header::SET_COOKIE, set_cookie(gate, "", Some(0)));
    // Not cookies: those of other hosts of the same domain would go as well.
    let clear =
        (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    Ok((StatusCode::NO_CONTENT, [cookie, clear]).into_response())
}

/// Where a provider sends somebody back.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// What the provider exchanges for who it is.
    code: Option<String>,
    /// As it was sent.
    state: Option<String>,
    /// Why the provider did not sign anybody in.
    error: Option<String>,
    /// Who the provider is.
    iss: Option<String>,
}

/// The cookie that ties what the provider says to the browser that asked.
fn state_cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-sanzao-signing-in" } else { "sanzao-signing-in" }
}

/// Lax: the provider's page sends the browser back here.
fn set_state_cookie(is_secure: bool, value: &str, max_age: u32) -> HeaderValue {
    let name = state_cookie_name(is_secure);
    let secure = if is_secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={max_age}");
    HeaderValue::from_str(&text).expect("a secret is of plain characters")
}

/// Browsers say so when another site sends somebody here, who may not know that they sign in.
fn is_sent_by_another_site(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    matches!(site, Some(b"cross-site" | b"same-site"))
}

/// Goes to the provider to sign in there.
#[utoipa::path(get, path = "/v1/session/oidc", operation_id = "sign_in_elsewhere", tag = "access",
    responses(
        (status = 303, description = "To the provider", headers(("Location" = String, description = "There"))),
        (status = 404, description = "No provider is configured", body = ProblemBody,
            content_type = "application/problem+json"),
    ))]
pub(crate) async fn begin(State(state): State<ApiState>, headers: HeaderMap) -> Result<Response, Problem> {
    let provider =
        state.gate().provider.clone().ok_or_else(|| Problem::not_found("provider of identities"))?;
    if is_sent_by_another_site(&headers) {
        let text = "another site sent the browser here: begin to sign in on a page of this one";
        return Err(Problem::new(ProblemType::Csrf, text));
    }
    let now = state.backend().now();
    let start = state
        .block(move |backend| Ok(provider.begin(now, &mut |bytes| backend.fill(bytes))))
        .await?
        .map_err(|error| Problem::new(ProblemType::Unavailable, error.to_string()))?;
    let cookie = set_state_cookie(state.gate().is_secure, start.browser.expose(), 600);
    let location = HeaderValue::from_str(&start.url).map_err(Problem::internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::SET_COOKIE, cookie)]).into_response())
}

/// Comes back from the provider.
#[utoipa::path(get, path = "/v1/session/oidc/callback", operation_id = "signed_in_elsewhere", tag = "access",
    params(CallbackQuery),
    responses(
        (status = 200, description = "Signed in; the cookie is the session", body = SessionBody,
            headers(("Set-Cookie" = String, description = "The session"))),
        (status = 404, description = "No provider is configured", body = ProblemBody,
            content_type = "application/problem+json"),
    ))]
pub(crate) async fn finish(
    State(state): State<ApiState>,
    query: Result<Query<CallbackQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let (asked, headers) = (Asked::of(&request), request.headers());
    let Query(query) = query.map_err(wrong_query)?;
    let provider =
        state.gate().provider.clone().ok_or_else(|| Problem::not_found("provider of identities"))?;
    let refused = |detail: &str| Problem::new(ProblemType::Unauthorized, detail);
    let is_secure = state.gate().is_secure;
    let browser = cookie(headers, state_cookie_name(is_secure));
    let browser = browser.ok_or_else(|| refused("begin at /v1/session/oidc"))?;
    let browser = browser.to_owned();
    let CallbackQuery { code, state: given, error, iss } = query;
    let callback = Callback { state: given, code, error, iss };
    let now = state.backend().now();
    let identity = state.block(move |_| Ok(provider.finish(&callback, &browser, now))).await?;
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => {
            tracing::info!(%error, "a provider's word was refused");
            let problem = refused("what the provider said cannot be used: begin at /v1/session/oidc");
            let who = TurnedAway::new(problem, "provider");
            state.note_turned_away(&asked, &who).await;
            return Err(*who.problem);
        }
    };
    let accounts = state.gate().accounts.current();
    let account = match accounts.by_identity(&identity) {
        Ok(account) => account,
        Err(refusal) => {
            not_signed_in(&state, &asked, &refusal).await;
            let text = "no account is linked with whom the provider knows: who manages accounts can link it";
            return Err(refused(text));
        }
    };
    let (cookie, body) = open(&state, &asked, headers, account, now).await?;
    let expire = set_state_cookie(is_secure, "", 0);
    let mut response = Json(body).into_response();
    let cookies: [(HeaderName, HeaderValue); 2] =
        [(header::SET_COOKIE, cookie), (header::SET_COOKIE, expire)];
    for (name, value) in cookies {
        response.headers_mut().append(name, value);
    }
    Ok(response)
}
