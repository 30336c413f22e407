//! Problems as RFC 9457 has them: every answer that is not a success.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sanzao_model::RefusalCode;
use sanzao_readmodel::ReadModelError;
use sanzao_vault::{ErrorClass, VaultError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::backend::BackendError;

/// What kind of problem it is: stable, and the only part that software should decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) enum ProblemType {
    #[serde(rename = "urn:sanzao:problem:query")]
    Query,
    #[serde(rename = "urn:sanzao:problem:cursor")]
    Cursor,
    #[serde(rename = "urn:sanzao:problem:idempotency-key")]
    IdempotencyKey,
    #[serde(rename = "urn:sanzao:problem:body")]
    Body,
    #[serde(rename = "urn:sanzao:problem:event")]
    Event,
    #[serde(rename = "urn:sanzao:problem:unauthorized")]
    Unauthorized,
    #[serde(rename = "urn:sanzao:problem:forbidden")]
    Forbidden,
    #[serde(rename = "urn:sanzao:problem:csrf")]
    Csrf,
    #[serde(rename = "urn:sanzao:problem:too-many-requests")]
    TooManyRequests,
    #[serde(rename = "urn:sanzao:problem:not-found")]
    NotFound,
    #[serde(rename = "urn:sanzao:problem:method-not-allowed")]
    MethodNotAllowed,
    #[serde(rename = "urn:sanzao:problem:timeout")]
    Timeout,
    #[serde(rename = "urn:sanzao:problem:wrong-state")]
    WrongState,
    #[serde(rename = "urn:sanzao:problem:claimed-by-another")]
    ClaimedByAnother,
    #[serde(rename = "urn:sanzao:problem:not-an-alert")]
    NotAnAlert,
    #[serde(rename = "urn:sanzao:problem:not-a-task")]
    NotATask,
    #[serde(rename = "urn:sanzao:problem:assigned-to-another")]
    AssignedToAnother,
    #[serde(rename = "urn:sanzao:problem:second-person")]
    SecondPerson,
    #[serde(rename = "urn:sanzao:problem:notice-missing")]
    NoticeMissing,
    #[serde(rename = "urn:sanzao:problem:answer-pending")]
    AnswerPending,
    #[serde(rename = "urn:sanzao:problem:nothing-to-undo")]
    NothingToUndo,
    #[serde(rename = "urn:sanzao:problem:too-late")]
    TooLate,
    #[serde(rename = "urn:sanzao:problem:no-longer-found")]
    NoLongerFound,
    #[serde(rename = "urn:sanzao:problem:precondition-required")]
    PreconditionRequired,
    #[serde(rename = "urn:sanzao:problem:precondition")]
    Precondition,
    #[serde(rename = "urn:sanzao:problem:too-large")]
    TooLarge,
    #[serde(rename = "urn:sanzao:problem:media-type")]
    MediaType,
    #[serde(rename = "urn:sanzao:problem:reason-missing")]
    ReasonMissing,
    #[serde(rename = "urn:sanzao:problem:day")]
    Day,
    #[serde(rename = "urn:sanzao:problem:purpose-missing")]
    PurposeMissing,
    #[serde(rename = "urn:sanzao:problem:vault")]
    Vault,
    #[serde(rename = "urn:sanzao:problem:key-reused")]
    KeyReused,
    #[serde(rename = "urn:sanzao:problem:content")]
    Content,
    #[serde(rename = "urn:sanzao:problem:too-many")]
    TooMany,
    #[serde(rename = "urn:sanzao:problem:already-repaired")]
    AlreadyRepaired,
    #[serde(rename = "urn:sanzao:problem:other-source")]
    OtherSource,
    #[serde(rename = "urn:sanzao:problem:internal")]
    Internal,
    #[serde(rename = "urn:sanzao:problem:unavailable")]
    Unavailable,
}

/// What is wrong with a JSON text, without repeating anything of it: it may be personal.
pub(crate) fn json_fault(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Data => "the JSON is not of the form that is expected here",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "this is no JSON",
    };
    // Of one that stands within another serde does not know where.
    if error.line() == 0 {
        return format!("{what}: see /openapi.json");
    }
    format!("{what}: line {}, column {}; see /openapi.json", error.line(), error.column())
}

/// A problem, as the client gets it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// What kind of problem it is.
    #[serde(rename = "type")]
    kind: ProblemType,
    /// The kind in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened and what to do, without personal data.
    detail: String,
    /// Where in the body the problem lies, as a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// Why the platform is not ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    reasons: Vec<String>,
}

/// A problem on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: ProblemType,
    detail: String,
    pointer: Option<String>,
    reasons: Vec<String>,
    retry_after_seconds: Option<u32>,
}

/// Its kind, on the answer: what is refused is on record by it.
#[derive(Debug, Clone)]
pub(crate) struct ProblemCode(pub String);

/// How long to wait where nobody knows better, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

impl ProblemType {
    fn meaning(self) -> (StatusCode, &'static str) {
        match self {
            ProblemType::Query => (StatusCode::BAD_REQUEST, "query parameters are wrong"),
            ProblemType::Cursor => (StatusCode::BAD_REQUEST, "cursor cannot be used"),
            ProblemType::IdempotencyKey => (StatusCode::BAD_REQUEST, "idempotency key is missing or wrong"),
            ProblemType::Body => (StatusCode::BAD_REQUEST, "body is wrong"),
            ProblemType::Event => (StatusCode::BAD_REQUEST, "event cannot be taken"),
            ProblemType::Unauthorized => (StatusCode::UNAUTHORIZED, "a valid token is needed"),
            ProblemType::Forbidden => (StatusCode::FORBIDDEN, "this account may not do that"),
            ProblemType::Csrf => (StatusCode::FORBIDDEN, "the request is not of this session's own pages"),
            ProblemType::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "too many requests"),
            ProblemType::NotFound => (StatusCode::NOT_FOUND, "there is no such thing"),
            ProblemType::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method is not allowed here"),
            ProblemType::Timeout => (StatusCode::REQUEST_TIMEOUT, "request took too long to arrive"),
            ProblemType::WrongState => (StatusCode::CONFLICT, "where it stands does not allow it"),
            ProblemType::ClaimedByAnother => (StatusCode::CONFLICT, "somebody else has claimed the alert"),
            ProblemType::NotAnAlert => (StatusCode::CONFLICT, "it is a task"),
            ProblemType::NotATask => (StatusCode::CONFLICT, "it is an alert"),
            ProblemType::AssignedToAnother => (StatusCode::CONFLICT, "somebody else is to work on it"),
            ProblemType::SecondPerson => (StatusCode::CONFLICT, "somebody else has to do that"),
            ProblemType::NoticeMissing => (StatusCode::CONFLICT, "the family has not been told yet"),
            ProblemType::AnswerPending => (StatusCode::CONFLICT, "the family may still answer"),
            ProblemType::NothingToUndo => {
                (StatusCode::CONFLICT, "there is nothing of one's own to take back")
            }
            ProblemType::TooLate => (StatusCode::CONFLICT, "it is too late to take it back"),
            ProblemType::NoLongerFound => (StatusCode::CONFLICT, "the case is not found any more"),
            ProblemType::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "say which version is meant")
            }
            ProblemType::Precondition => (StatusCode::PRECONDITION_FAILED, "it has changed meanwhile"),
            ProblemType::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body is too large"),
            ProblemType::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content type is not taken here"),
            ProblemType::ReasonMissing => (StatusCode::UNPROCESSABLE_ENTITY, "a reason is needed"),
            ProblemType::Day => (StatusCode::UNPROCESSABLE_ENTITY, "the day is not one that can be given"),
            ProblemType::PurposeMissing => (StatusCode::UNPROCESSABLE_ENTITY, "a purpose is needed"),
            ProblemType::Vault => (StatusCode::SERVICE_UNAVAILABLE, "the vault does not answer"),
            ProblemType::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "key was used for another command"),
            ProblemType::Content => (StatusCode::UNPROCESSABLE_ENTITY, "what is sent is not taken"),
            ProblemType::TooMany => (StatusCode::UNPROCESSABLE_ENTITY, "there are too many"),
            ProblemType::AlreadyRepaired => (StatusCode::CONFLICT, "the event was repaired already"),
            ProblemType::OtherSource => (StatusCode::UNPROCESSABLE_ENTITY, "the event has another source"),
            ProblemType::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "the platform made a mistake"),
            ProblemType::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "not possible now"),
        }
    }

    fn code(self) -> String {
        let name = serde_json::to_value(self).expect("a kind of problem is a text");
        name.as_str().and_then(|name| name.rsplit(':').next()).unwrap_or_default().to_owned()
    }
}

impl Problem {
    pub(crate) fn new(kind: ProblemType, detail: impl Into<String>) -> Problem {
        Problem { kind, detail: detail.into(), pointer: None, reasons: Vec::new(), retry_after_seconds: None }
    }

    pub(crate) fn at(self, pointer: String) -> Problem {
        Problem { pointer: Some(pointer), ..self }
    }

    /// The same, of a part of the body that lies there.
    pub(crate) fn within(self, pointer: &str) -> Problem {
        let pointer = format!("{pointer}{}", self.pointer.unwrap_or_default());
        Problem { pointer: Some(pointer), ..self }
    }

    /// What happened and what to do.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// When to try again.
    pub(crate) fn retry_after(self, seconds: u32) -> Problem {
        Problem { retry_after_seconds: Some(seconds), ..self }
    }

    /// Its kind, as it stands on record: the last part of its type.
    pub(crate) fn code(&self) -> String {
        self.kind.code()
    }

    /// Whether somebody was refused, rather than that something did not work.
    pub(crate) fn is_refusal(&self) -> bool {
        self.kind.meaning().0.is_client_error()
    }

    pub(crate) fn not_found(what: &str) -> Problem {
        Problem::new(ProblemType::NotFound, format!("there is no such {what}"))
    }

    /// A bug: told to the log, not to the client.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Problem {
        tracing::error!(%cause, "request failed");
        Problem::new(ProblemType::Internal, "the platform made a mistake: tell its operator the request id")
    }

    /// The read model is being built, and does not say yet what `what` asks.
    pub(crate) fn not_known_yet(what: &str) -> Problem {
        let detail = format!("the read model is being built and does not know yet {what}: wait");
        let problem = Problem::new(ProblemType::Unavailable, detail);
        Problem { retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..problem }
    }

    pub(crate) fn too_many_streams() -> Problem {
        let problem =
            Problem::new(ProblemType::Unavailable, "too many streams are open: close some, or wait");
        Problem { retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..problem }
    }

    pub(crate) fn not_ready(reasons: Vec<String>) -> Problem {
        let problem = Problem::new(ProblemType::Unavailable, "the platform is not ready: wait");
        Problem { reasons, retry_after_seconds: Some(RETRY_AFTER_SECONDS), ..problem }
    }
}

impl From<RefusalCode> for Problem {
    fn from(code: RefusalCode) -> Problem {
        let (kind, detail) = match code {
            RefusalCode::UnknownItem => (ProblemType::NotFound, "there is no such alert or task"),
            RefusalCode::WrongState => (
                ProblemType::WrongState,
                "look at where it stands: an alert is claimed, then decided; a task is completed or cancelled",
            ),
            RefusalCode::ClaimedByAnother => {
                (ProblemType::ClaimedByAnother, "who claimed the alert stands with it: ask them")
            }
            RefusalCode::AssignedToAnother => (
                ProblemType::AssignedToAnother,
                "whose it is stands with it: who supervises can assign it anew",
            ),
            RefusalCode::NotAnAlert => (ProblemType::NotAnAlert, "complete the task, or cancel it"),
            RefusalCode::NotATask => (ProblemType::NotATask, "claim the alert, and decide on it"),
            RefusalCode::ReasonMissing => (ProblemType::ReasonMissing, "say why, when agreeing too"),
            RefusalCode::DayOutOfRange => (
                ProblemType::Day,
                "what happened did so by today and not before what it follows on; what is to happen comes later than \
                 today and within the time that is described; a family has five working days to answer",
            ),
            RefusalCode::SecondPersonNeeded => {
                (ProblemType::SecondPerson, "neither who decided nor who approved may do that")
            }
            RefusalCode::NoticeMissing => {
                (ProblemType::NoticeMissing, "tell the family, and record it with the act notify")
            }
            RefusalCode::AnswerPending => (
                ProblemType::AnswerPending,
                "wait for their answer, or until the day by which they may give it",
            ),
            RefusalCode::NothingToUndo => (
                ProblemType::NothingToUndo,
                "only the last act can be taken back, by whoever did it, within ten seconds and before a record of it \
                 has gone out",
            ),
            RefusalCode::TooLateToUndo => {
                (ProblemType::TooLate, "ten seconds have passed: do what puts it right instead")
            }
            RefusalCode::NoLongerFound => {
                (ProblemType::NoLongerFound, "the data do not show it now: report what is known instead")
            }
            RefusalCode::KeyReused => {
                (ProblemType::KeyReused, "each command needs its own key: send this one under a new key")
            }
        };
        Problem::new(kind, detail)
    }
}

impl From<BackendError> for Problem {
    fn from(error: BackendError) -> Problem {
        match error {
            BackendError::Unavailable { reason, retry_after_seconds } => Problem {
                retry_after_seconds: Some(retry_after_seconds),
                ..Problem::new(ProblemType::Unavailable, reason)
            },
            BackendError::Bug(cause) => Problem::internal(cause),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Problem {
        match &error {
            VaultError::Purpose { .. } => Problem::new(ProblemType::PurposeMissing, error.to_string()),
            VaultError::Query => Problem::new(ProblemType::Body, error.to_string()),
            VaultError::Attachment(error) => error.clone().into(),
            _ if error.class() == ErrorClass::Bug => Problem::internal(error),
            _ => {
                tracing::error!(%error, "the vault does not answer");
                Problem {
                    retry_after_seconds: (error.class() == ErrorClass::Retry).then_some(RETRY_AFTER_SECONDS),
                    ..Problem::new(ProblemType::Vault, error.to_string())
                }
            }
        }
    }
}

impl From<ReadModelError> for Problem {
    fn from(error: ReadModelError) -> Problem {
        match error {
            ReadModelError::Cursor(error) => Problem::new(ProblemType::Cursor, error.to_string()),
            error @ (ReadModelError::Sqlite(_) | ReadModelError::Damaged(_)) => {
                tracing::error!(%error, "read model cannot be read");
                Problem {
                    retry_after_seconds: Some(RETRY_AFTER_SECONDS),
                    ..Problem::new(ProblemType::Unavailable, "the read model cannot be read now: try again")
                }
            }
            error => Problem::internal(error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title) = self.kind.meaning();
        let body = ProblemBody {
            kind: self.kind,
            title,
            status: status.as_u16(),
            detail: self.detail,
            pointer: self.pointer,
            reasons: self.reasons,
        };
        let body = serde_json::to_vec(&body).expect("a problem is plain data");
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(ProblemCode(self.kind.code()));
        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_seconds {
            set(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == ProblemType::Unauthorized {
            set(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sanzao\""));
        }
        response
    }
}
