//! Cases of rules, from events to findings, without log or data directory: `crates/discovery/cases/README.md`
//! explains the notation. People who write rules write them, so that what is wrong with one is said with its place.

mod event;
mod file;
mod judge;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sanzao_model::Day;
use serde_json::Value;

pub use file::CaseFolder;
pub use judge::{FileResult, Wrong, batches, judge, key, ledger, run_file, told};

/// One case, with everything that it takes from its file.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Where it begins in its file, from 1.
    pub line: usize,
    /// How many findings of its rule there must be, of anybody.
    pub finds: usize,
    /// The day that is evaluated.
    pub as_of: Day,
    /// `{id_number, name}` by label.
    pub people: BTreeMap<String, Value>,
    /// CloudEvents, by label.
    pub events: Vec<Value>,
}

/// Why a file holds no cases that can be run. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {message}", .file.display())]
pub struct CaseError {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl CaseError {
    fn new(file: &Path, line: usize, message: impl Into<String>) -> CaseError {
        CaseError { file: file.to_owned(), line, message: message.into() }
    }
}

/// What there is, to say beside what there is not.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
