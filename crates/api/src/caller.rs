//! Who asks: by a token, a session, or a provider's word. What they may do is looked up with each request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sanzao_access::oidc::Provider;
use sanzao_access::{
    Account, AccountName, AccountsFile, LoginLimits, Permission, Quota, Refusal, RequestLimits, Session,
    SessionEnd, SessionLimits, Sessions,
};
use sanzao_audit::Action;
use sanzao_model::Instant;
use sanzao_readmodel::{DivisionFilter, DivisionPrefix, Scope};

use crate::change_query::wants_stream;
use crate::problem::{Problem, ProblemCode, ProblemType};
use crate::refusals::{Asked, RefusalLimits, TurnedAway, end_of_session, too_often};
use crate::state::ApiState;

/// Who is let in, and how often.
pub struct Gate {
    pub(crate) accounts: Arc<AccountsFile>,
    pub(crate) sessions: Sessions,
    pub(crate) logins: LoginLimits,
    pub(crate) provider: Option<Arc<Provider>>,
    pub(crate) is_secure: bool,
    pub(crate) refusals: RefusalLimits,
    /// Proxies that say from where a request came.
    pub(crate) proxies: Vec<IpAddr>,
    requests: RequestLimits,
}

/// What an account asks at most: three hundred at once, then fifty a second. Several pages of one person, or the program
/// of a department with its events, stay below it.
const REQUESTS: Quota = Quota { burst: 300, per_minute: 3_000 };

impl Gate {
    /// Lets in whoever stands in the accounts. `is_secure`: browsers send the cookie of a session over TLS only; not for a
    /// server that is reached on this machine alone.
    pub fn new(accounts: Arc<AccountsFile>, is_secure: bool) -> Gate {
        Gate {
            accounts,
            sessions: Sessions::new(SessionLimits::default()),
            logins: LoginLimits::new(),
            provider: None,
            is_secure,
            refusals: RefusalLimits::new(),
            proxies: Vec::new(),
            requests: RequestLimits::new(REQUESTS),
        }
    }

    /// Lets in those, too, whom a provider knows and the accounts name so.
    #[must_use]
    pub fn with_provider(self, provider: Provider) -> Gate {
        Gate { provider: Some(Arc::new(provider)), ..self }
    }

    /// Believes these proxies from where a request came: without them all who come through one have its address, and share
    /// what an address may try.
    #[must_use]
    pub fn with_proxies(self, proxies: Vec<IpAddr>) -> Gate {
        Gate { proxies, ..self }
    }

    /// What somebody who was let in may see now; none when they are not let in any more: they signed out, or their session
    /// is over. It ends when nothing else is sent for a while, whatever streams to it.
    pub(crate) fn still_seen(&self, caller: &Caller, now: Instant) -> Option<Scope> {
        if caller.session.as_ref().is_some_and(|session| !self.sessions.holds(session, now)) {
            return None;
        }
        let accounts = self.accounts.current();
        let account = accounts.by_name(caller.account.name()).ok()?;
        if caller.session.as_ref().is_some_and(|session| session.check(account).is_err()) {
            return None;
        }
        account.may(Permission::ReadWork).then(|| scope(account))
    }

    /// Lets each account ask so often.
    #[must_use]
    pub fn with_quota(self, quota: Quota) -> Gate {
        Gate { requests: RequestLimits::new(quota), ..self }
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// As it is now.
    pub account: Account,
    /// What they may see of people.
    pub scope: Scope,
    /// Where a browser asks.
    pub session: Option<Session>,
    /// From where.
    pub address: IpAddr,
    /// The request's id.
    pub request: String,
}

impl Caller {
    fn new(account: &Account, session: Option<Session>, address: IpAddr) -> Caller {
        let request = String::new();
        Caller { account: account.clone(), scope: scope(account), session, address, request }
    }

    /// The account's name, as it stands on record.
    pub(crate) fn name(&self) -> &str {
        self.account.name().as_str()
    }

    /// Whether it sees some people and not all. Who sees no case may have counts of everybody, where small ones are hidden.
    pub(crate) fn sees_a_part(&self) -> bool {
        let reads_cases = self.account.may(Permission::ReadWork);
        self.scope != Scope::Everything && (reads_cases || self.scope != Scope::Divisions(Vec::new()))
    }

    /// Whether the caller may do that.
    ///
    /// # Errors
    /// When not.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.account.may(permission) {
            return Ok(());
        }
        let detail = "this account may not do that: who manages accounts can change its roles";
        Err(Problem::new(ProblemType::Forbidden, detail))
    }

    /// Whether what changes something comes from the session's own pages. A token is sent by nobody's browser.
    fn require_own_pages(&self, method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(session) = self.session.as_ref().filter(|_| !method.is_safe()) else { return Ok(()) };
        let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        if given.is_some_and(|given| session.csrf_is(given)) {
            return Ok(());
        }
        let text = "send the header x-csrf-token that GET /v1/session tells";
        Err(Problem::new(ProblemType::Csrf, text))
    }
}

/// As the read model has it.
fn scope(account: &Account) -> Scope {
    let Some(codes) = account.scope().prefixes() else { return Scope::Everything };
    let prefix = |code: &sanzao_access::CodePrefix| -> DivisionPrefix {
        match code.as_str().parse() {
            Ok(DivisionFilter::Within(prefix)) => prefix,
            Ok(DivisionFilter::Unknown) | Err(_) => unreachable!("a code prefix is of digits"),
        }
    };
    Scope::Divisions(codes.iter().map(prefix).collect())
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Caller, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.ok_or_else(|| Problem::internal("an endpoint asks who calls, and nobody was let in"))
    }
}

/// The cookie of a session. Its prefix has browsers insist on TLS, on this host and on the whole of it.
pub(crate) fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { "__Host-sanzao" } else { "sanzao" }
}

/// What a request that changes something has to bring beside the cookie: no other site can make a browser send it.
const CSRF_HEADER: &str = "x-csrf-token";

/// Lets a request pass of somebody who is known. Who is refused is put on record.
pub(crate) async fn require_account(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let asked = Asked::of(&request);
    let now = state.backend().now();
    let address = asked.address;
    let known = match bearer(request.headers()) {
        Ok(Some(token)) => by_token(&state, token, now, address).await,
        Ok(None) => by_session(&state, request.method(), request.headers(), now, address),
        Err(wrong) => Err(TurnedAway::new(wrong, "malformed")),
    };
    let mut caller = match known {
        Ok(caller) => caller,
        Err(who) => {
            state.note_turned_away(&asked, &who).await;
            return Err(*who.problem);
        }
    };
    caller.request.clone_from(&asked.request);
    if let Err(limit) = state.gate().requests.take(caller.account.name(), now) {
        state.note_slowed_down(&asked, Some(caller.account.name()), Action::Refusal).await;
        return Err(too_often(&limit));
    }
    let response = match caller.require_own_pages(request.method(), request.headers()) {
        Ok(()) => {
            request.extensions_mut().insert(caller.clone());
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if response.status() == StatusCode::FORBIDDEN {
        let code = response.extensions().get::<ProblemCode>().cloned();
        state.note_forbidden(&asked, &caller, code).await;
    }
    Ok(response)
}

/// From where a request comes.
pub(crate) fn address(extensions: &Extensions) -> IpAddr {
    let info = extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip())
}

async fn by_token(
    state: &ApiState,
    token: &str,
    now: Instant,
    address: IpAddr,
) -> Result<Caller, TurnedAway> {
    let accounts = state.gate().accounts.current();
    let refusal = match accounts.by_token(token, now) {
        Ok(account) => return Ok(Caller::new(account, None, address)),
        Err(refusal) => refusal,
    };
    let provider = state.gate().provider.clone().filter(|_| refusal == Refusal::Unknown);
    let Some(provider) = provider else { return Err(unauthorized(&refusal)) };
    let token = token.to_owned();
    // Keys are fetched where they are not known yet.
    let verified = state.block(move |_| Ok(provider.verify_bearer(&token, now))).await?;
    let identity = verified.map_err(|error| {
        tracing::info!(%error, "a bearer token was refused");
        unauthorized(&Refusal::Unknown)
    })?;
    let account = accounts.by_identity(&identity).map_err(|refusal| unauthorized(&refusal))?;
    Ok(Caller::new(account, None, address))
}

fn by_session(
    state: &ApiState,
    method: &Method,
    headers: &HeaderMap,
    now: Instant,
    address: IpAddr,
) -> Result<Caller, TurnedAway> {
    let gate = state.gate();
    let Some(id) = cookie(headers, cookie_name(gate.is_secure)) else {
        let text = "send the header authorization: Bearer <token>, or sign in at /v1/session";
        return Err(Problem::new(ProblemType::Unauthorized, text).into());
    };
    // A page that is open asks for its stream by itself, again and again: that is nobody at work.
    let is_stream = method.is_safe() && wants_stream(headers);
    let session = if is_stream { gate.sessions.look(id, now) } else { gate.sessions.see(id, now) };
    let is_over = |end: SessionEnd| {
        TurnedAway::new(Problem::new(ProblemType::Unauthorized, end.to_string()), end_of_session(end))
    };
    let session = session.map_err(is_over)?;
    let accounts = gate.accounts.current();
    let account = accounts.by_name(&session.account).map_err(|refusal| unauthorized(&refusal))?;
    if let Err(end) = session.check(account) {
        gate.sessions.end(id);
        return Err(is_over(end));
    }
    Ok(Caller::new(account, Some(session), address))
}

/// Whoever asks learns only that they are not let in.
fn unauthorized(refusal: &Refusal) -> TurnedAway {
    tracing::info!(account = refusal.account().map(AccountName::as_str), %refusal, "somebody was not let in");
    TurnedAway::with(Problem::new(ProblemType::Unauthorized, "the token is not valid"), refusal)
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = || Problem::new(ProblemType::Unauthorized, "send one header authorization: Bearer <token>");
    if values.next().is_some() {
        return Err(wrong());
    }
    let value = value.to_str().map_err(|_| wrong())?;
    let (scheme, token) = value.split_at_checked("Bearer ".len()).ok_or_else(wrong)?;
    if scheme.eq_ignore_ascii_case("Bearer ") { Ok(Some(token)) } else { Err(wrong()) }
}

/// A cookie that is there once.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}
