//! Acts on alerts and tasks. What may be done is casework's to decide: a command is appended to `inbox`, and
//! answered when this node has projected what became of it.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::{Action, Entry};
use sanzao_casework::refusal;
use sanzao_exchange::Requests;
use sanzao_model::{Command, CommandKey, Item, ItemId, RefusalCode};
use sanzao_readmodel::{Answer, Kind};
use sanzao_vault::Access;
use serde::Serialize;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use crate::act::{ActBody, read_json};
use crate::backend::Backend;
use crate::caller::Caller;
use crate::command_key::{command_key, fingerprint};
use crate::completion::registry_event;
use crate::etag::{Meant, meant};
use crate::exchange::of_requests;
use crate::item::{PathId, answer, look_up, no_such};
use crate::item_body::ItemDetail;
use crate::on_record::{about, entry, refused};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;

/// How long a request waits for the outcome of its command.
pub(crate) const OUTCOME_WAIT: Duration = Duration::from_secs(5);

/// How often it looks. The position is in memory: looking costs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The command is safe in the log, its outcome not yet known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pending {
    #[schema(value_type = String, example = "pending")]
    status: &'static str,
    /// What to do.
    detail: String,
}

macro_rules! acts {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $path:literal, $operation:literal) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $operation, tag = "work",
            params(
                ("id" = String, Path, description = "The item's id", pattern = "^[0-9a-f]{32}$"),
                ("Idempotency-Key" = String, Header, min_length = 1, max_length = 128,
                    pattern = "^[!-~]+$",
                    description = "New for each command; the same key again gives the same answer"),
                ("If-Match" = String, Header,
                    description = "The version that the command is meant for, as its ETag says, or *"),
            ),
            request_body = ActBody,
            responses(
                (status = 200, description = "The item as the command left it", body = ItemDetail,
                    headers(("ETag" = String, description = "The item's version"))),
                (status = 202, description = "Not yet carried out: send it again with the same key", body = Pending,
                    headers(("Retry-After" = u32, description = "Seconds"))),
                (status = 400, description = "Idempotency-Key or body is missing or wrong", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 404, description = "No such item", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 409, description = "Where it stands, or who works on it, does not allow it",
                    body = ProblemBody, content_type = "application/problem+json"),
                (status = 412, description = "The item is not of the version in If-Match", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 415, description = "The body is not application/json, or has a content encoding",
                    body = ProblemBody, content_type = "application/problem+json"),
                (status = 422, description = "A reason is missing, a day is out of range, or the key was used for \
                    another command", body = ProblemBody, content_type = "application/problem+json"),
                (status = 428, description = "If-Match is missing", body = ProblemBody,
                    content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $name(
            State(state): State<ApiState>,
            caller: Caller,
            id: PathId,
            headers: HeaderMap,
            body: Result<Bytes, BytesRejection>,
        ) -> Result<Response, Problem> {
            let act: ActBody = read_json(&headers, body)?;
            let item = id.of($kind)?;
            carry_out(&state, &caller, $kind, item, &headers, &act).await
        }
    };
}

acts!(
    /// Does something to an alert: one of the acts that the body can name.
    on_alert, Kind::Alert, "/v1/alerts/{id}/acts", "act_on_alert"
);
acts!(
    /// Does something to a task: one of the acts that the body can name.
    on_task, Kind::Task, "/v1/tasks/{id}/acts", "act_on_task"
);

/// What the caller has to be allowed.
pub(crate) fn permission(act: &ActBody, caller: &Caller) -> Permission {
    match act {
        ActBody::Assign { to } if to.as_deref() == Some(caller.name()) => Permission::ActOnWork,
        ActBody::Approve { .. }
        | ActBody::SendBack { .. }
        | ActBody::DecideAppeal { .. }
        | ActBody::Reopen { .. }
        | ActBody::Cancel { .. }
        | ActBody::SecondOpinion { .. }
        | ActBody::Assign { .. } => Permission::Supervise,
        // Whoever may do something may take it back.
        ActBody::Undo {} | ActBody::Comment { .. } => Permission::ReadWork,
        ActBody::Claim {}
        | ActBody::Release {}
        | ActBody::Snooze { .. }
        | ActBody::Decide { .. }
        | ActBody::Notify { .. }
        | ActBody::Answer { .. }
        | ActBody::Appeal { .. }
        | ActBody::Complete { .. }
        | ActBody::Group { .. } => Permission::ActOnWork,
    }
}

/// A key that was answered before gets the same answer, whatever has happened since.
async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    item: ItemId,
    headers: &HeaderMap,
    act: &ActBody,
) -> Result<Response, Problem> {
    caller.require(permission(act, caller))?;
    if let ActBody::Assign { to: Some(to) } = act {
        require_colleague(state, to)?;
    }
    let key = command_key(headers, caller.name())?;
    let fingerprint = fingerprint(&item, act);
    let _turn = state.turn(&[item]).await;
    let action = Action::Command { order: act.name().to_owned() };
    if let Some(answered) = answered(state, key).await? {
        let detail = look_up(state, caller, kind, item).await?;
        let told = about(entry(state, caller, action), &detail.item);
        if answered.refusal.is_none() && answered.fingerprint == fingerprint {
            // It is not done again, but shown again.
            state.record(Entry { action: Action::ReadCase, ..told.clone() }).await?;
        }
        let answer = outcome(state, caller, kind, item, fingerprint, answered).await;
        return on_record(state, told, answer).await;
    }
    let has_projected = state.has_projected();
    let detail = look_up(state, caller, kind, item).await?;
    require_meant(headers, detail.changed, has_projected)?;
    if let ActBody::Assign { to: Some(to) } = act
        && !sees(state, to, &detail.item)
    {
        return Err(sees_nothing());
    }
    if let ActBody::Group { with: Some(with) } = act {
        require_seen(state, caller, *with).await?;
    }
    act.order(false)?;
    let told = about(entry(state, caller, action), &detail.item);
    state.record(told.clone()).await?;
    let done = async {
        let order = act.order(tell_registry(state, caller, key, &detail.item, act).await?)?;
        let actor = caller.name().to_owned();
        let command = Command { key, fingerprint, actor, at: state.backend().now(), item, order };
        match submit(state, command).await? {
            Some(answered) => outcome(state, caller, kind, item, fingerprint, answered).await,
            None => Ok(pending()),
        }
    };
    on_record(state, told, done.await).await
}

/// It is meant for the version that is there.
fn require_meant(headers: &HeaderMap, changed: u64, has_projected: bool) -> Result<(), Problem> {
    match meant(headers, changed) {
        Meant::This => Ok(()),
        Meant::Nothing => {
            let text = "send the header if-match with the etag of the version that is meant, or *";
            Err(Problem::new(ProblemType::PreconditionRequired, text))
        }
        Meant::Another if !has_projected => Err(Problem::not_known_yet("the newest version")),
        Meant::Another => {
            let text = "it has changed since the version in if-match: look at it again";
            Err(Problem::new(ProblemType::Precondition, text))
        }
    }
}

/// A command is on record before it is given; where it was refused, that is on record after.
async fn on_record(
    state: &ApiState,
    told: Entry,
    answer: Result<Response, Problem>,
) -> Result<Response, Problem> {
    if let Err(problem) = answer.as_ref()
        && problem.is_refusal()
    {
        state.note(refused(told, problem)).await;
    }
    answer
}

/// Tells the registry of a visit or a re-check that was done, first: what counts is that the data show it. Whether it was
/// told.
async fn tell_registry(
    state: &ApiState,
    caller: &Caller,
    key: CommandKey,
    item: &Item,
    act: &ActBody,
) -> Result<bool, Problem> {
    let ActBody::Complete { on, benefit_id, verification, .. } = act else { return Ok(false) };
    // What would be refused anyway is not told to anybody.
    let order = act.order(true)?;
    let today = state.backend().now().day_in_china();
    if let Some(code) = refusal(item, &order, caller.name(), state.backend().now(), today) {
        return Err(code.into());
    }
    require_answers(state, item).await?;
    let event = registry_event(item, *on, benefit_id.as_deref(), *verification)?;
    let Some(event) = event else { return Ok(false) };
    let (item, at) = (item.clone(), state.backend().now());
    let access =
        Access { actor: caller.name().to_owned(), purpose: "登记完成的核查任务".to_owned(), at };
    let tell = move |backend: &dyn Backend| Ok(backend.tell_registry(key.0, &item, &event, &access)?);
    state.block(tell).await?;
    Ok(true)
}

/// A re-check of home care rests on what departments answer, where they were asked: until then, or until the last day to
/// answer is over, it is not completed.
async fn require_answers(state: &ApiState, item: &Item) -> Result<(), Problem> {
    if !item.rule.0.starts_with("home-care-") || state.backend().exchange().is_none() {
        return Ok(());
    }
    let (id, today) = (item.id, state.backend().now().day_in_china());
    let awaited = move |requests: &Requests| {
        let mut awaited = requests.of_item(id).filter(|it| it.is_open() && it.deadline >= today);
        awaited.next().map(|request| request.deadline)
    };
    match state.block(move |backend| of_requests(backend, awaited)).await? {
        None => Ok(()),
        Some(deadline) => {
            let text = format!(
                "departments were asked for it and have until {deadline} to answer: wait, or take the question back"
            );
            Err(Problem::new(ProblemType::WrongState, text))
        }
    }
}

/// Work is given to somebody who has an account that works.
pub(crate) fn require_colleague(state: &ApiState, name: &str) -> Result<(), Problem> {
    let accounts = state.gate().accounts.current();
    let account = name.parse().ok().and_then(|name| accounts.get(&name));
    if account.is_some_and(|account| account.may(Permission::ActOnWork) && !account.is_disabled()) {
        return Ok(());
    }
    let text = "there is no account of this name that works on alerts and tasks";
    Err(Problem::new(ProblemType::Body, text).at("/to".into()))
}

/// Whether a colleague sees an item that is to be theirs.
pub(crate) fn sees(state: &ApiState, name: &str, item: &Item) -> bool {
    let accounts = state.gate().accounts.current();
    let account = name.parse().ok().and_then(|name| accounts.get(&name));
    account.is_some_and(|account| account.scope().contains(item.division))
}

/// Why it cannot be theirs.
pub(crate) fn sees_nothing() -> Problem {
    let text = "this account works elsewhere and would not see it: name somebody whose divisions include it";
    Problem::new(ProblemType::Body, text).at("/to".into())
}

/// What stands on a card with another has to be seen as well.
pub(crate) async fn require_seen(state: &ApiState, caller: &Caller, item: ItemId) -> Result<(), Problem> {
    match look_up(state, caller, Kind::Alert, item).await {
        Ok(_) => Ok(()),
        Err(_) => look_up(state, caller, Kind::Task, item).await.map(|_| ()),
    }
}

/// Appends a command, and waits for what becomes of it; none when that takes too long.
///
/// # Errors
/// When the log does not take it.
pub(crate) async fn submit(state: &ApiState, command: Command) -> Result<Option<Answer>, Problem> {
    let key = command.key;
    let offset = state.block(move |backend| Ok(backend.submit_command(command)?)).await?;
    if !projected(state, offset, Instant::now() + OUTCOME_WAIT).await {
        return Ok(None);
    }
    let answered = answered(state, key).await?;
    answered.map(Some).ok_or_else(|| Problem::internal("work does not answer"))
}

/// Waits until this node shows what became of a record of `inbox`; false when that takes too long.
pub(crate) async fn projected(state: &ApiState, offset: u64, deadline: Instant) -> bool {
    while state.reader().position().inbox <= offset {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(LOOK_EVERY).await;
    }
    true
}

pub(crate) async fn answered(state: &ApiState, key: CommandKey) -> Result<Option<Answer>, Problem> {
    state.ask(move |reader| reader.answer(&key)).await
}

async fn outcome(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    item: ItemId,
    fingerprint: [u8; 16],
    answered: Answer,
) -> Result<Response, Problem> {
    if answered.fingerprint != fingerprint {
        return Err(RefusalCode::KeyReused.into());
    }
    if let Some(code) = answered.refusal {
        return Err(code.into());
    }
    let as_of = Some(answered.work);
    let detail = state.ask(move |reader| reader.item(kind, &item, as_of)).await?;
    answer(state, caller, detail.ok_or_else(|| no_such(kind))?).await
}

pub(crate) fn pending() -> Response {
    let detail = "the command is safe, its outcome not yet known: send it again with the same key".to_owned();
    let body = Json(Pending { status: "pending", detail });
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, "1")], body).into_response()
}
