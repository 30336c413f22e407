//! Whether the audit record is whole.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use sanzao_access::Permission;
use sanzao_audit::{Action, Break, Head, Report};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::on_record::entry;
use crate::problem::Problem;
use crate::state::ApiState;

/// What was found. Keep the end elsewhere from time to time: a later record must contain it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditReport)]
pub(crate) struct ReportBody {
    /// Every record is there as it was written.
    whole: bool,
    /// The end of what is whole.
    end: HeadBody,
    /// The first place where the chain breaks; what comes after it was not looked at. Null when it is whole.
    broken: Option<BreakBody>,
    /// The end that the key store remembers.
    mark: HeadBody,
    /// Records by action, `command:<order>` for each order.
    actions: BTreeMap<String, u64>,
    /// Records of which nothing that concerns people opens any more, because all were erased.
    erased: u64,
    /// Records of which somebody, but not everybody, was erased.
    partly_erased: u64,
    /// Records that need a key which is missing and was never destroyed: restore the newest copy of the key store.
    keys_missing: u64,
    /// Records that are older than the one before.
    backwards: u64,
}

/// A place in the chain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditHead)]
pub(crate) struct HeadBody {
    /// The record's number; 0 before the first.
    number: u64,
    /// Number and hash, as they are kept elsewhere.
    text: String,
}

/// Where a chain breaks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditBreak)]
pub(crate) struct BreakBody {
    /// The number that the record at this place should have.
    number: u64,
    /// What does not fit there, in words.
    what: String,
}

impl From<Head> for HeadBody {
    fn from(head: Head) -> HeadBody {
        HeadBody { number: head.number, text: head.to_string() }
    }
}

impl From<Break> for BreakBody {
    fn from(broken: Break) -> BreakBody {
        BreakBody { number: broken.number, what: broken.to_string() }
    }
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> ReportBody {
        ReportBody {
            whole: report.is_whole(),
            end: report.end.into(),
            broken: report.broken.map(BreakBody::from),
            mark: report.mark.into(),
            actions: report.actions,
            erased: report.erased,
            partly_erased: report.partly_erased,
            keys_missing: report.keys_missing,
            backwards: report.backwards,
        }
    }
}

/// Verifies the audit record of this node, from its first entry to its end.
#[utoipa::path(post, path = "/v1/audit/verify", operation_id = "verify_audit", tag = "audit",
    responses((status = 200, description = "What was found", body = ReportBody)),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn verify(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<ReportBody>, Problem> {
    caller.require(Permission::VerifyAudit)?;
    state.record(entry(&state, &caller, Action::VerifyAudit)).await?;
    let _turn = state.audits().acquire().await.map_err(Problem::internal)?;
    let report = state.block(|backend| Ok(backend.audit_verify()?)).await?;
    Ok(Json(report.into()))
}
