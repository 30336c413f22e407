//! The audit record, for auditors: searched, exported and verified. Each of these is on record itself.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::{Action, AuditError, ErrorClass, write_csv, write_json_lines};
use serde::Serialize;
use utoipa::ToSchema;

use crate::audit_entry::EntryBody;
use crate::audit_query::{AuditFormat, AuditQuery, ExportQuery};
use crate::backend::Backend;
use crate::caller::Caller;
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;

/// The most entries of an export, some 50 MB. They are held in memory: what begins to be sent is whole.
const EXPORT_MOST: usize = 100_000;

/// When to ask again where the record does not answer, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

/// A page of the audit record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub(crate) struct EntryPage {
    /// Newest first.
    items: Vec<EntryBody>,
    /// The cursor of the next page; null on the last.
    next: Option<String>,
}

type AuditParameters = Result<Query<AuditQuery>, QueryRejection>;

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Problem {
        match error.class() {
            ErrorClass::Bug => Problem::internal(error),
            ErrorClass::Retry => {
                Problem::new(ProblemType::Unavailable, error.to_string()).retry_after(RETRY_AFTER_SECONDS)
            }
            ErrorClass::Reject => {
                tracing::error!(%error, "the audit record cannot be read");
                Problem::new(ProblemType::Unavailable, error.to_string())
            }
        }
    }
}

/// Searches the audit record of this node, newest first.
#[utoipa::path(get, path = "/v1/audit", operation_id = "search_audit", tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of entries", body = EntryPage,
            headers(("Link" = String, description = "The next page, if there is one (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn search(
    State(state): State<ApiState>,
    caller: Caller,
    query: AuditParameters,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadAudit)?;
    let query = AuditQuery::read(query)?;
    let request = query.understand()?;
    state.record(query.told(entry(&state, &caller, Action::SearchAudit), &request)).await?;
    let _turn = state.audits().acquire().await.map_err(Problem::internal)?;
    let look = move |backend: &dyn Backend| {
        Ok(backend.audit_search(&request.query, request.after, request.limit)?)
    };
    let page = state.block(look).await?;
    let items = page.found.into_iter().map(EntryBody::from).collect();
    let body = EntryPage { items, next: page.next.map(|next| next.to_string()) };
    let link = page.next.map(|next| query.link("/v1/audit", next));
    linked(Json(body).into_response(), link)
}

/// An answer with the link to its next page.
///
/// # Errors
/// When it is none.
pub(crate) fn linked(mut response: Response, next: Option<String>) -> Result<Response, Problem> {
    if let Some(next) = next {
        let link = HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Exports entries of the audit record of this node, newest first, at most 100,000: narrow the time, and export again.
#[utoipa::path(get, path = "/v1/audit/export", operation_id = "export_audit", tag = "audit",
    params(ExportQuery),
    responses(
        (status = 200, description = "The entries",
            content((String = "text/csv"), (String = "application/jsonl")),
            headers(("Content-Disposition" = String, description = "To be kept as a file"))),
        (status = 400, description = "A parameter is wrong, or there are too many entries", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn export(
    State(state): State<ApiState>,
    caller: Caller,
    query: Result<Query<ExportQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadAudit)?;
    let (query, format) = ExportQuery::read(query)?;
    let request = query.understand()?;
    state.record(query.told(entry(&state, &caller, Action::ExportAudit), &request)).await?;
    let _turn = state.audits().acquire().await.map_err(Problem::internal)?;
    let look = move |backend: &dyn Backend| {
        let page = backend.audit_search(&request.query, None, EXPORT_MOST)?;
        if page.next.is_some() {
            let text = format!("there are more than {EXPORT_MOST} entries: narrow from and to");
            return Err(Problem::new(ProblemType::Query, text));
        }
        let entries = page.found.into_iter().map(Ok);
        Ok(match format {
            AuditFormat::Csv => write_csv(Vec::new(), entries)?,
            AuditFormat::JsonLines => write_json_lines(Vec::new(), entries)?,
        })
    };
    let bytes = state.block(look).await?;
    let (media_type, name) = match format {
        AuditFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        AuditFormat::JsonLines => ("application/jsonl", "attachment; filename=\"audit.jsonl\""),
    };
    Ok(([(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
