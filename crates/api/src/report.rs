//! What somebody outside tells of. Their words go into the vault, and an alert opens.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_model::{
    Command, CommandKey, Day, Division, IdNumber, ItemId, Order, PersonId, RefusalCode, Report, ReportSource,
    SubjectId,
};
use sanzao_readmodel::{Answer, Kind};
use sanzao_vault::{AttachmentId, Content, NewAttachment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::read_json;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::command::{answered, pending, submit};
use crate::command_key::{command_key, content_fingerprint, part_key};
use crate::item::{PathId, answer, look_up, no_such};
use crate::item_body::ItemDetail;
use crate::keeping::{access, keep, require_same};
use crate::on_record::{about, about_people, entry};
use crate::person::{self, Purpose, in_vault, require_within, secret};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;
use crate::vocabulary;

/// How long ago somebody may have told of what is recorded today (assumed).
const TOLD_WITHIN_MONTHS: i32 = 12;

/// Leaves room for whom it is about, within what the vault takes.
const SAID_MAX_CHARACTERS: usize = 3_500;

/// What somebody outside tells of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Report)]
pub(crate) struct ReportBody {
    #[schema(schema_with = vocabulary::report_source)]
    source: ReportSource,
    about: AboutWhom,
    /// Where they live, as far as that is known: one that the account sees.
    #[schema(value_type = String, pattern = "^[0-9]{12}$")]
    division: Division,
    /// The day they told.
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// Their words. They are kept in the vault, and told with a purpose only.
    #[schema(min_length = 1, max_length = 3500)]
    said: String,
    /// Who told, if they say so.
    #[serde(default)]
    #[schema(max_length = 120)]
    reporter: Option<String>,
    /// How they can be reached.
    #[serde(default)]
    #[schema(max_length = 120)]
    phone: Option<String>,
}

/// Whom it is about.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum AboutWhom {
    Known(KnownPerson),
    Named(NamedPerson),
    Unknown(UnknownPerson),
}

/// Somebody whom an alert or a task that the account sees is about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownPerson {
    /// The pseudonym.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    person: PersonId,
}

/// Somebody by number and name, which are kept with what was said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedPerson {
    /// A document number of 18 or 15 characters.
    #[schema(pattern = "^([0-9]{17}[0-9Xx]|[0-9]{15}|[A-Za-z]{3}[0-9]{12})$")]
    id_number: String,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

/// Nobody knows who it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnknownPerson {
    #[schema(schema_with = vocabulary::only_true)]
    unknown: bool,
}

/// What was said, by whom.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportWords {
    /// Their words; before them, whom it is about, where that was told by number and name.
    said: String,
    reporter: Option<String>,
    phone: Option<String>,
}

/// Takes a report from outside: an alert opens, and what was said is kept in the vault. The same request under the same
/// key opens no second one.
#[utoipa::path(post, path = "/v1/reports", operation_id = "report", tag = "work",
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
        description = "New for each report; the same key again gives the same answer")),
    request_body = ReportBody,
    responses(
        (status = 201, description = "The alert as it opened", body = ItemDetail,
            headers(("Location" = String, description = "The alert"),
                ("ETag" = String, description = "The alert's version"))),
        (status = 202, description = "Not yet opened: send it again with the same key",
            body = crate::command::Pending, headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 400, description = "Idempotency-Key or body is missing or wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "The account sees nobody of this pseudonym", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The day is out of range, the words are not taken, or the key was used for another \
            request", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn report(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::ActOnWork)?;
    let body: ReportBody = read_json(&headers, body)?;
    let key = command_key(&headers, caller.name())?;
    let (report, words) = understand(&state, &caller, key, body).await?;
    let item = ItemId(part_key(key, b"report").0);
    let fingerprint = content_fingerprint(&(item, &report));
    let kept = NewAttachment { id: report_id(report.subject, item), content: Content::Report(words) };
    if let Some(known) = answered(&state, key).await? {
        if known.fingerprint == fingerprint && known.refusal.is_none() {
            let access = access(&state, &caller, "核对重复提交的反映");
            require_same(&state, kept.id, kept.content, access).await?;
            let mut read = entry(&state, &caller, Action::ReadCase);
            read.item = Some(item);
            state.record(about_people(read, report.subject.person())).await?;
        }
        return opened(&state, &caller, item, fingerprint, known).await;
    }
    let mut record = entry(&state, &caller, Action::SendEvent);
    record.item = Some(item);
    record.details.insert("source".to_owned(), vocabulary::report_source_name(report.source).to_owned());
    state.record(about_people(record, report.subject.person())).await?;
    keep(&state, report.subject, kept, access(&state, &caller, "登记外部反映的情况")).await?;
    let (actor, at) = (caller.name().to_owned(), state.backend().now());
    let command = Command { key, fingerprint, actor, at, item, order: Order::Report(Box::new(report)) };
    match submit(&state, command).await? {
        Some(known) => opened(&state, &caller, item, fingerprint, known).await,
        None => Ok(pending()),
    }
}

/// What is told the log, and what is told the vault.
async fn understand(
    state: &ApiState,
    caller: &Caller,
    key: CommandKey,
    body: ReportBody,
) -> Result<(Report, sanzao_vault::Report), Problem> {
    let ReportBody { source, about, division, on, said, reporter, phone } = body;
    if !caller.scope.contains(Some(division)) {
        let text = "expected a division that this account sees: who works there can take the report";
        return Err(Problem::new(ProblemType::Forbidden, text).at("/division".into()));
    }
    let today = state.backend().now().day_in_china();
    if !(today.plus_months(-TOLD_WITHIN_MONTHS)..=today).contains(&on) {
        return Err(Problem::from(RefusalCode::DayOutOfRange).at("/on".into()));
    }
    if said.trim().is_empty() || said.chars().count() > SAID_MAX_CHARACTERS {
        let text = format!("expected words, of at most {SAID_MAX_CHARACTERS} characters");
        return Err(Problem::new(ProblemType::Content, text).at("/said".into()));
    }
    let (person, said) = match about {
        AboutWhom::Known(KnownPerson { person }) => {
            require_within(state, caller, person).await?;
            (person, said)
        }
        AboutWhom::Named(NamedPerson { id_number, name }) => {
            let number = IdNumber::parse(&id_number).map_err(|error| {
                Problem::new(ProblemType::Body, error.to_string()).at("/about/id_number".into())
            })?;
            // Nobody else may know them: whoever looks into it reads here whom to look for.
            let said = format!("反映对象：{name}，证件号码{}\n{said}", number.as_str());
            (state.block(move |backend: &dyn Backend| Ok(backend.person_of(&number)?)).await?, said)
        }
        AboutWhom::Unknown(UnknownPerson { unknown: true }) => {
            (PersonId(part_key(key, b"unknown person").0), said)
        }
        AboutWhom::Unknown(UnknownPerson { unknown: false }) => {
            let text = "expected true: who is known is named by person, or by id_number and name";
            return Err(Problem::new(ProblemType::Body, text).at("/about/unknown".into()));
        }
    };
    let words = sanzao_vault::Report::new(said, reporter, phone)?;
    Ok((Report { source, subject: SubjectId::Person(person), division: Some(division), on }, words))
}

async fn opened(
    state: &ApiState,
    caller: &Caller,
    item: ItemId,
    fingerprint: [u8; 16],
    known: Answer,
) -> Result<Response, Problem> {
    if known.fingerprint != fingerprint {
        return Err(RefusalCode::KeyReused.into());
    }
    if let Some(code) = known.refusal {
        return Err(code.into());
    }
    let detail = state.ask(move |reader| reader.item(Kind::Alert, &item, Some(known.work))).await?;
    let shown = answer(state, caller, detail.ok_or_else(|| no_such(Kind::Alert))?).await?;
    let location = format!("/v1/alerts/{item}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], shown).into_response())
}

/// What was said is kept under an id that the alert alone tells.
fn report_id(holder: SubjectId, item: ItemId) -> AttachmentId {
    AttachmentId::derived(holder, &format!("report/{item}"))
}

/// Shows what was said, with a purpose and on record.
#[utoipa::path(post, path = "/v1/alerts/{id}/report/reveal", operation_id = "reveal_report", tag = "work",
    params(("id" = String, Path, description = "The alert's id", pattern = "^[0-9a-f]{32}$")),
    request_body = Purpose,
    responses(
        (status = 200, description = "What was said", body = ReportWords),
        (status = 400, description = "The body is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such alert, nobody outside told of it, or it is not kept any more",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The purpose is missing", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn reveal(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathId,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::RevealPeople)?;
    let access = person::access(&state, &caller, &read_json::<Purpose>(&headers, body)?.purpose)?;
    let detail = look_up(&state, &caller, Kind::Alert, id.of(Kind::Alert)?).await?;
    let none = || Problem::not_found("report of this alert");
    detail.item.handling.report.ok_or_else(none)?;
    let mut record = about(entry(&state, &caller, Action::Reveal), &detail.item);
    record.purpose = Some(access.purpose.clone());
    state.record(record).await?;
    let (holder, item) = (detail.item.subject, detail.item.id);
    let look = move |backend: &dyn Backend| {
        in_vault(backend, |vault| vault.attachment(report_id(holder, item), &access))
    };
    match state.block(look).await?.ok_or_else(none)?.content {
        Content::Report(words) => secret(ReportWords {
            said: words.said().to_owned(),
            reporter: words.reporter().map(str::to_owned),
            phone: words.phone().map(str::to_owned),
        }),
        Content::File(_) => Err(Problem::internal("a file is kept where a report should be")),
    }
}
