//! An entry of the audit record, as auditors get it.

use std::collections::BTreeMap;

use sanzao_audit::{Concern, Opened, Part};
use sanzao_model::{ItemId, PersonId};
use serde::Serialize;
use utoipa::ToSchema;

/// An entry. What concerned people who were erased is gone from it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct EntryBody {
    /// In the record of its node.
    number: u64,
    /// The node that recorded it.
    node: String,
    #[schema(format = DateTime)]
    at: String,
    /// The account; `(unknown)` where none is known.
    actor: String,
    /// What was done.
    action: &'static str,
    /// Of a command.
    order: Option<String>,
    /// `done` or `refused`.
    outcome: &'static str,
    /// Why it was refused.
    code: Option<String>,
    /// Whom it concerns.
    #[schema(value_type = Vec<String>)]
    subjects: Vec<PersonId>,
    /// How many more it concerned who were erased.
    erased: usize,
    /// A key is missing that was never destroyed: the key store is an older copy.
    key_missing: bool,
    /// Null where everybody whom it concerned was erased.
    concern: Option<ConcernBody>,
    request: Option<String>,
    /// The client's address.
    from: Option<String>,
    /// Tells sessions apart.
    session: Option<String>,
}

/// What an erasure takes away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditConcern)]
pub(crate) struct ConcernBody {
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
    item: Option<ItemId>,
    purpose: Option<String>,
    details: BTreeMap<String, String>,
}

impl From<Concern> for ConcernBody {
    fn from(Concern { item, purpose, details }: Concern) -> ConcernBody {
        ConcernBody { item, purpose, details }
    }
}

impl From<Opened> for EntryBody {
    fn from(entry: Opened) -> EntryBody {
        let concern = match entry.concern {
            Part::Known(concern) => Some(concern.into()),
            Part::Erased | Part::KeyMissing => None,
        };
        EntryBody {
            number: entry.number,
            node: entry.node,
            at: entry.at.to_string(),
            actor: entry.actor,
            action: entry.action.as_str(),
            order: entry.action.order().map(str::to_owned),
            outcome: entry.outcome.as_str(),
            code: entry.outcome.code().map(str::to_owned),
            subjects: entry.subjects.iter().filter_map(Part::known).copied().collect(),
            erased: entry.subjects.iter().filter(|part| **part == Part::Erased).count(),
            key_missing: entry.subjects.contains(&Part::KeyMissing),
            concern,
            request: entry.circumstances.request,
            from: entry.circumstances.from,
            session: entry.circumstances.session,
        }
    }
}
