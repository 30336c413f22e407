//! Refusals on record: who was not let in, who asked for what they may not, what lies outside their scope. Nothing happens
//! when somebody is refused, so a refusal that cannot be put on record stays one.

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request};
use sanzao_access::{AccountName, Quota, Refusal, RequestLimits, SessionEnd, TooOften, network};
use sanzao_audit::{Action, Entry, Outcome};

use crate::caller::{Caller, address};
use crate::envelope::{RequestId, method_name};
use crate::on_record::entry;
use crate::problem::{Problem, ProblemCode, ProblemType};
use crate::state::ApiState;

/// The actor of whom no account is known. No account can have this name.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// The code of what exists, but not for who asked.
pub(crate) const OUTSIDE_SCOPE: &str = "outside-scope";

/// The detail that names the operation which was refused.
const OPERATION: &str = "operation";

/// A request, as far as it is recorded when it is refused.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    operation: String,
    pub(crate) request: String,
    pub(crate) address: IpAddr,
}

impl Asked {
    pub(crate) fn of(request: &Request) -> Asked {
        let extensions = request.extensions();
        let route = extensions.get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str);
        Asked {
            operation: format!("{} {route}", method_name(request.method())),
            request: extensions.get().map(|RequestId(id)| id.clone()).unwrap_or_default(),
            address: address(extensions),
        }
    }
}

/// Somebody who was not let in.
#[derive(Debug)]
pub(crate) struct TurnedAway {
    pub(crate) problem: Box<Problem>,
    /// Whose account it would have been, where that is known.
    account: Option<AccountName>,
    /// Why, for the record alone. None when nothing was presented: then there is nothing to record.
    reason: Option<&'static str>,
}

impl TurnedAway {
    pub(crate) fn new(problem: Problem, reason: &'static str) -> TurnedAway {
        TurnedAway { reason: Some(reason), ..TurnedAway::from(problem) }
    }

    pub(crate) fn with(problem: Problem, refusal: &Refusal) -> TurnedAway {
        TurnedAway { account: refusal.account().cloned(), ..TurnedAway::new(problem, reason(refusal)) }
    }
}

impl From<Problem> for TurnedAway {
    fn from(problem: Problem) -> TurnedAway {
        TurnedAway { problem: Box::new(problem), account: None, reason: None }
    }
}

/// Why somebody was not let in, as it stands on record.
pub(crate) fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Unknown => "unknown",
        Refusal::WrongPassword(_) => "wrong-password",
        Refusal::WrongSecret(_) => "wrong-secret",
        Refusal::Expired(_) => "expired",
        Refusal::Disabled(_) => "disabled",
    }
}

/// Why a session does not hold, as it stands on record.
pub(crate) fn end_of_session(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Unknown => "session-unknown",
        SessionEnd::Idle => "session-idle",
        SessionEnd::TooLong => "session-too-long",
        SessionEnd::PasswordChanged => "session-password-changed",
    }
}

/// 429.
pub(crate) fn too_often(too_often: &TooOften) -> Problem {
    let seconds = u32::try_from(too_often.seconds).unwrap_or(u32::MAX);
    Problem::new(ProblemType::TooManyRequests, too_often.to_string()).retry_after(seconds)
}

/// How many refusals are recorded that cost whoever causes them nothing. The record stays for good: who is let in nowhere
/// must not be able to fill it.
pub(crate) struct RefusalLimits {
    turned_away: RequestLimits<Source>,
    slowed_down: RequestLimits<Source>,
}

/// Whose refusals are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Account(AccountName),
    Address(IpAddr),
}

impl RefusalLimits {
    pub(crate) fn new() -> RefusalLimits {
        RefusalLimits {
            turned_away: RequestLimits::new(Quota { burst: 10, per_minute: 10 }),
            slowed_down: RequestLimits::new(Quota { burst: 1, per_minute: 1 }),
        }
    }
}

/// What is recorded of a request that was refused before anybody was let in.
pub(crate) fn nobody(
    state: &ApiState,
    account: Option<&AccountName>,
    asked: &Asked,
    action: Action,
) -> Entry {
    let actor = account.map_or(UNKNOWN, AccountName::as_str);
    let mut entry = Entry::new(state.backend().now(), actor, action);
    entry.request = Some(asked.request.clone());
    entry.from = Some(asked.address.to_string());
    entry
}

/// The same entry, of what was refused for this reason.
pub(crate) fn refused_for(mut entry: Entry, code: impl Into<String>) -> Entry {
    entry.outcome = Outcome::Refused { code: code.into() };
    entry
}

fn source(account: Option<&AccountName>, address: IpAddr) -> Source {
    account.map_or_else(|| Source::Address(network(address)), |account| Source::Account(account.clone()))
}

impl ApiState {
    /// Puts a refusal on record.
    pub(crate) async fn note(&self, entry: Entry) {
        if let Err(problem) = self.record(entry).await {
            tracing::error!(
                code = problem.code(),
                "a refusal is not on record: the audit record does not take it"
            );
        }
    }

    /// The same, while the answer goes out: it must not take longer where something lies outside the scope than where there
    /// is nothing.
    pub(crate) fn note_aside(&self, entry: Entry) {
        let state = self.clone();
        tokio::spawn(async move { state.note(entry).await });
    }

    /// Who was not let in.
    pub(crate) async fn note_turned_away(&self, asked: &Asked, who: &TurnedAway) {
        let Some(reason) = who.reason else { return };
        let from = source(who.account.as_ref(), asked.address);
        if self.gate().refusals.turned_away.take(&from, self.backend().now()).is_ok() {
            let entry = nobody(self, who.account.as_ref(), asked, Action::Refusal);
            self.note(refused_for(operation(entry, asked), reason)).await;
        }
    }

    /// Who asks too often.
    pub(crate) async fn note_slowed_down(
        &self,
        asked: &Asked,
        account: Option<&AccountName>,
        action: Action,
    ) {
        let from = source(account, asked.address);
        if self.gate().refusals.slowed_down.take(&from, self.backend().now()).is_ok() {
            let entry = operation(nobody(self, account, asked, action), asked);
            self.note(refused_for(entry, "too-many-requests")).await;
        }
    }

    /// Who asked for what they may not.
    pub(crate) async fn note_forbidden(&self, asked: &Asked, caller: &Caller, code: Option<ProblemCode>) {
        let code = code.map_or_else(|| "forbidden".to_owned(), |ProblemCode(code)| code);
        let entry = operation(entry(self, caller, Action::Refusal), asked);
        self.note(refused_for(entry, code)).await;
    }
}

fn operation(mut entry: Entry, asked: &Asked) -> Entry {
    entry.details.insert(OPERATION.to_owned(), asked.operation.clone());
    entry
}
