//! The query API: work items with their evidence, commands on them, events over HTTP, probes. The only
//! owner of `axum`.
//!
//! Must not know: how a decision is made, rules, topics and their records, a clock (but for how long a
//! request takes).

mod access_log;
mod account_list;
mod act;
mod attached;
mod attached_paths;
mod audit_entry;
mod audit_list;
mod audit_query;
mod audit_report;
mod backend;
mod blind;
mod bulk;
mod caller;
mod card;
mod change;
mod change_list;
mod change_query;
mod change_stream;
mod cloud_event;
mod command;
mod command_key;
mod completion;
mod content_encoding;
mod document;
mod envelope;
mod episode;
mod etag;
mod event;
mod export;
mod export_query;
mod export_table;
mod feed;
mod forwarded;
mod health;
mod history;
mod item;
mod item_body;
mod keeping;
mod kind_name;
mod links;
mod list;
mod list_query;
mod mask;
mod on_record;
mod outcomes;
mod password;
mod person;
mod personal_number;
mod problem;
mod query_fault;
mod receipt;
mod refusals;
mod rejection;
mod report;
mod request_metrics;
mod routes;
mod serve;
mod session;
mod standing;
mod state;
mod statistics;
mod suspension;
mod view;
mod vocabulary;

mod exchange;
mod verification;
mod verification_command;
mod verification_list;
mod webhook;

pub use backend::{
    Backend, BackendError, EraseError, Health, PersonErasure, RawEvent, RegistryError, Remains,
};
pub use caller::Gate;
pub use completion::RegistryEvent;
pub use document::openapi;
pub use exchange::{Exchange, RequestError};
pub use feed::Completeness;
pub use health::Probes;
pub use kind_name::kind_name;
pub use outcomes::{
    GroupOutcomes, OutcomeCount, OutcomeRate, Outcomes, RuleOutcomes, StandingCount, StandingRate,
};
pub use personal_number::holds_personal_number;
pub use receipt::{OutcomeName, ReceiptCursor, ReceiptCursorError, ReceiptPage};
pub use rejection::RepairError;
pub use routes::router;
pub use serve::{serve, serve_health};
pub use state::ApiState;
