//! Asking departments about somebody, their answers, and taking a question back. Where a request stands is decided by
//! the log of requests: a record is appended, and answered when it was taken in.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_casework::Calendar;
use sanzao_exchange::{
    Answer, AnswerError, Question, RequestCommand, RequestId, RequestRecord, RequestState,
    VerificationRequest,
};
use sanzao_model::{Day, Item, ItemState, PersonId};
use sanzao_readmodel::Kind;
use sanzao_vault::Access;
use serde_json::value::RawValue;

use crate::act::read_json;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::exchange::{exchange, of_requests};
use crate::item::{PathId, look_up};
use crate::on_record::{about, about_people, entry};
use crate::person::{in_vault, secret};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;
use crate::verification::{AnswerBody, AskBody, IdentityBody, VerificationBody, VerificationList};
use crate::verification_list::{PathRequest, get, of_bureau, require_department, shown};

/// What the vault's record of accesses gives as the purpose, before the request's id.
const PURPOSE: &str = "核对";

/// How far away the last day to answer may be: what a re-check of home care has time for (assumed).
const ANSWER_WITHIN_DAYS: i32 = 90;

macro_rules! asks {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $path:literal, $operation:literal) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, operation_id = $operation, tag = "exchange",
            params(("id" = String, Path, description = "The item's id", pattern = "^[0-9a-f]{32}$")),
            request_body = AskBody,
            responses(
                (status = 200, description = "All requests of the item, those that were asked now among them",
                    body = VerificationList),
                (status = 400, description = "The body is wrong", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 404, description = "No such item", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 409, description = "Of such an item, or where it stands, nobody is asked",
                    body = ProblemBody, content_type = "application/problem+json"),
                (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 415, description = "The body is not application/json, or has a content encoding",
                    body = ProblemBody, content_type = "application/problem+json"),
                (status = 422, description = "The deadline is no day that can be given", body = ProblemBody,
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
            caller.require(Permission::ActOnWork)?;
            let ask: AskBody = read_json(&headers, body)?;
            let id = id.of($kind)?;
            // Nobody completes it, or asks the same, between the look and the question.
            let _turn = state.turn(&[id]).await;
            let detail = look_up(&state, &caller, $kind, id).await?;
            carry_out(&state, &caller, &detail.item, ask).await
        }
    };
}

asks!(
    /// Asks departments about somebody of a task.
    of_task, Kind::Task, "/v1/tasks/{id}/verification", "ask_for_task"
);
asks!(
    /// Asks departments about somebody of an alert about home care.
    of_alert, Kind::Alert, "/v1/alerts/{id}/verification", "ask_for_alert"
);

/// Tells the department that is asked about whom a request is, as long as it is open: each time is a reveal on record, and
/// the request counts as delivered.
#[utoipa::path(post, path = "/v1/verifications/{id}/receive", operation_id = "receive_verification", tag = "exchange",
    params(("id" = String, Path, description = "The request's id", pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The request; null for whom where it is not open any more, or the person was erased",
            body = VerificationBody),
        (status = 404, description = "No such request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body has a content encoding", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 503, description = "The vault does not answer", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn receive(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathRequest,
) -> Result<Response, Problem> {
    caller.require(Permission::PostEvents)?;
    let request = require_department(&state, &caller, &id).await?;
    if !request.is_open() {
        return Ok(Json(VerificationBody::for_department(&request, None)).into_response());
    }
    let purpose = format!("{PURPOSE} {}", request.id);
    let mut record = about_people(entry(&state, &caller, Action::Reveal), [request.person]);
    (record.item, record.purpose) = (Some(request.item), Some(purpose.clone()));
    state.record(record).await?;
    let at = state.backend().now();
    let access = Access { actor: caller.name().to_owned(), purpose, at };
    let person = request.person;
    let revealed =
        state.block(move |backend| in_vault(backend, |vault| vault.reveal(person, &access))).await?;
    let newest = revealed.and_then(|it| Some((it.numbers.first()?.clone(), it.names.first()?.clone())));
    let person = newest.map(|(number, name)| IdentityBody { id_number: number.value, name: name.value });
    let command = RequestCommand::Deliver { at };
    let record = RequestRecord::Command { request: request.id, command };
    state.block(move |backend: &dyn Backend| Ok(exchange(backend)?.submit(&record)?)).await?;
    let request = get(&state, request.id).await?;
    secret(VerificationBody::for_department(&request, person))
}

async fn carry_out(
    state: &ApiState,
    caller: &Caller,
    item: &Item,
    ask: AskBody,
) -> Result<Response, Problem> {
    require_open(item)?;
    let now = state.backend().now();
    let person = person(item, ask.person.as_deref())?;
    let questions = questions(ask.questions)?;
    check_deadline(ask.deadline, now.day_in_china(), state.backend().calendar())?;
    let action = Action::Command { order: "ask-departments".to_owned() };
    let mut record = about_people(about(entry(state, caller, action), item), [person]);
    let names: Vec<&str> = questions.iter().map(|question| question.as_str()).collect();
    record.details.insert("questions".to_owned(), names.join(" "));
    state.record(record).await?;
    let (item, by) = (item.id, caller.name().to_owned());
    let submit = move |backend: &dyn Backend| {
        for question in questions {
            let number = of_requests(backend, |requests| {
                let mut open = requests.of_item(item).filter(|it| it.is_open() && it.person == person);
                let is_asked = open.any(|request| request.question == question);
                (!is_asked).then(|| requests.next_number(item, question))
            })?;
            let Some(number) = number else { continue };
            let request = VerificationRequest {
                id: RequestId::of(item, question, number),
                item,
                person,
                question,
                asked_by: by.clone(),
                asked_at: now,
                deadline: ask.deadline,
                state: RequestState::Asked,
            };
            exchange(backend)?.submit(&RequestRecord::Asked(Box::new(request)))?;
        }
        Ok(())
    };
    state.block(submit).await?;
    shown(state, item).await
}

/// Tasks rest on what departments know, and so do alerts about home care, once they are worked on.
fn require_open(item: &Item) -> Result<(), Problem> {
    let is_of_home_care = item.rule.0.starts_with("home-care-");
    if matches!(item.state, ItemState::Alert(_)) && !is_of_home_care {
        let text =
            "departments are asked for tasks, and for alerts about home care: tell of others what you know";
        return Err(Problem::new(ProblemType::WrongState, text));
    }
    if item.state.is_at_rest() || item.state.closure().is_some() {
        let text = "it is done with: no department is asked for it any more";
        return Err(Problem::new(ProblemType::WrongState, text));
    }
    Ok(())
}

fn person(item: &Item, named: Option<&str>) -> Result<PersonId, Problem> {
    let wrong = |text: &str| Problem::new(ProblemType::Body, text).at("/person".into());
    match (named, item.people.as_slice()) {
        (None, [person]) => Ok(*person),
        (None, _) => Err(wrong("the item is about several people: say about whom, by pseudonym")),
        (Some(named), people) => {
            let person = named.parse().ok().filter(|person| people.contains(person));
            person.ok_or_else(|| wrong("expected the pseudonym of somebody whom the item is about"))
        }
    }
}

fn questions(mut questions: Vec<Question>) -> Result<Vec<Question>, Problem> {
    let count = questions.len();
    questions.sort();
    questions.dedup();
    if count == 0 || questions.len() != count {
        let text = "expected one to four questions, each once";
        return Err(Problem::new(ProblemType::Body, text).at("/questions".into()));
    }
    Ok(questions)
}

fn check_deadline(deadline: Day, today: Day, calendar: &Calendar) -> Result<(), Problem> {
    let is_near = (today..=today.plus_days(ANSWER_WITHIN_DAYS)).contains(&deadline);
    if is_near && calendar.is_working(deadline) {
        return Ok(());
    }
    let text = format!("expected a working day, today or later, within {ANSWER_WITHIN_DAYS} days");
    Err(Problem::new(ProblemType::Day, text).at("/deadline".into()))
}

/// A department answers what it was asked. The same answer again changes nothing.
#[utoipa::path(post, path = "/v1/verifications/{id}/answer", operation_id = "answer_verification", tag = "exchange",
    params(("id" = String, Path, description = "The request's id", pattern = "^[0-9a-f]{32}$")),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "The request with its answer", body = VerificationBody),
        (status = 400, description = "The body is no answer to the question", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such request of this department", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "It was answered otherwise, or cancelled", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "It speaks of a day to come", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn answer(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathRequest,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::PostEvents)?;
    let body: Box<RawValue> = read_json(&headers, body)?;
    let request = require_department(&state, &caller, &id).await?;
    let answer = Answer::from_json(body.get().as_bytes());
    let answer = answer.map_err(|error: AnswerError| Problem::new(ProblemType::Body, error.to_string()))?;
    let (by, at) = (caller.name().to_owned(), state.backend().now());
    let command = RequestCommand::Answer { feed: request.feed(), by, at, answer };
    carry_out_on(&state, &caller, "answer-verification", &request, command).await?;
    let id = request.id;
    let request = state.block(move |backend| of_requests(backend, |it| it.get(id).cloned())).await?;
    let request = request.ok_or_else(|| Problem::not_found("request"))?;
    Ok(Json(VerificationBody::for_department(&request, None)).into_response())
}

/// The bureau needs no answer any more: whoever has the question is told so.
#[utoipa::path(post, path = "/v1/verifications/{id}/cancel", operation_id = "cancel_verification", tag = "exchange",
    params(("id" = String, Path, description = "The request's id", pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "All requests of its item", body = VerificationList),
        (status = 404, description = "No such request", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 409, description = "It was answered already", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body has a content encoding", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn cancel(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathRequest,
) -> Result<Response, Problem> {
    caller.require(Permission::ActOnWork)?;
    let request = of_bureau(&state, &caller, &id).await?;
    let command = RequestCommand::Cancel { by: caller.name().to_owned(), at: state.backend().now() };
    carry_out_on(&state, &caller, "cancel-verification", &request, command).await?;
    shown(&state, request.item).await
}

/// What would be refused anyway goes neither on record nor into the log.
async fn carry_out_on(
    state: &ApiState,
    caller: &Caller,
    order: &str,
    request: &VerificationRequest,
    command: RequestCommand,
) -> Result<(), Problem> {
    let (id, asked) = (request.id, command.clone());
    state.block(move |backend| Ok(of_requests(backend, |it| it.check(id, &asked))??)).await?;
    let mut record = entry(state, caller, Action::Command { order: order.to_owned() });
    record.item = Some(request.item);
    record.details.insert("request".to_owned(), id.to_string());
    state.record(about_people(record, [request.person])).await?;
    let record = RequestRecord::Command { request: id, command };
    state.block(move |backend| Ok(exchange(backend)?.submit(&record)?)).await
}
