//! Rules: the ledger's tables → Arrow → SQL → findings, and what differs from the findings last sent.
//!
//! Must not know: topics, HTTP, life cycles of alerts.
//!
//! A rule is a file of a head and one SELECT over the tables in `TABLES.md`; [`RuleSet`] checks it, an
//! [`Engine`] runs it, [`Findings`] says what changed.

mod batches;
mod check;
mod contract;
mod engine;
mod error;
mod export;
mod findings;
mod functions;
mod head;
mod hex;
mod leaf;
mod needs;
mod one_row;
mod parameters;
mod place;
mod planner;
mod reading;
mod rule;
mod shape;
mod tables_md;
mod why;
mod word_list;
mod wording;
mod words;

/// What an event of a case says unless the case says otherwise (`cases/README.md`).
pub const CASE_DEFAULTS_TOML: &str = include_str!("../cases/defaults.toml");

pub use engine::{Engine, Evaluation, Spent};
pub use error::{EngineError, RuleError, RuleSetError};
pub use export::export;
pub use findings::{Findings, HeldLevel};
pub use head::{Due, Head, Occasion, SubjectKind};
pub use parameters::{Parameter, ParameterError, Parameters, Value};
pub use reading::Found;
pub use rule::{Rule, RuleSet, Source};
pub use tables_md::tables_md;
