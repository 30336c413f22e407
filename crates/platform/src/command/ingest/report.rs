//! What became of the lines, told to people and to programs.

use std::collections::BTreeMap;

use anyhow::Result;
use sanzao_files::Refused;
use sanzao_model::Warning;
use serde::Serialize;

use super::source::{Ended, Source};
use crate::cli::IngestArgs;
use crate::output::say;

/// Refused lines that are shown to people.
const SHOWN: usize = 20;

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub lines: u64,
    pub accepted: u64,
    pub duplicate: u64,
    /// Rows that the mapping names as not meant.
    pub skipped: u64,
    /// Events that are taken, and what is odd about them all the same.
    pub warnings: BTreeMap<&'static str, u64>,
    pub refused: Vec<RefusedLine>,
    pub resumed: Vec<Resumed>,
    pub notes: Vec<String>,
}

/// A refused line. Holds no value of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RefusedLine {
    pub file: String,
    pub line: u64,
    pub code: String,
    pub pointer: String,
    /// The heading of the column, where there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub column: String,
    pub expected: String,
}

/// Where an interrupted ingest went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Resumed {
    pub file: String,
    pub line: u64,
}

impl RefusedLine {
    /// An event that intake refuses.
    pub fn of_event(
        source: &Source,
        line: u64,
        code: String,
        pointer: String,
        expected: String,
    ) -> RefusedLine {
        let mapping = source.mapping.as_ref();
        let column = mapping.and_then(|mapping| mapping.heading_of(&pointer)).unwrap_or_default().to_owned();
        RefusedLine { file: source.path.display().to_string(), line, code, pointer, column, expected }
    }

    /// A row that makes no event.
    pub fn of_row(source: &Source, refused: Refused) -> RefusedLine {
        let Refused { line, code, column, expected } = refused;
        let (file, pointer) = (source.path.display().to_string(), String::new());
        RefusedLine { file, line, code: code.to_string(), pointer, column, expected }
    }
}

impl Tally {
    pub fn add(&mut self, one: Tally) {
        self.lines += one.lines;
        self.accepted += one.accepted;
        self.duplicate += one.duplicate;
        self.skipped += one.skipped;
        for (warning, events) in one.warnings {
            *self.warnings.entry(warning).or_default() += events;
        }
        self.refused.extend(one.refused);
        self.resumed.extend(one.resumed);
        self.notes.extend(one.notes);
    }

    pub fn warn(&mut self, warnings: &[Warning]) {
        for warning in warnings {
            *self.warnings.entry(warning.as_str()).or_default() += 1;
        }
    }

    /// What is known when a file has been read and judged.
    pub fn end(&mut self, source: &Source, ended: Ended) {
        self.refused.sort_by_key(|refused| refused.line);
        self.lines = ended.rows.unwrap_or(self.lines);
        let file = source.path.display();
        self.notes.extend(ended.notes.into_iter().map(|note| format!("{file}: {note}")));
        let Some(line) = ended.unfinished else { return };
        if self.refused.iter().any(|refused| refused.line == line) {
            self.notes.push(format!(
                "{file}: line {line}, the last, has no end and was refused: the file may be cut off; have it sent again"
            ));
        } else if ended.rows.is_some_and(|rows| rows > 0) {
            // Cut off in its last cell, a row is still one.
            self.notes.push(format!(
                "{file}: line {line}, the last, has no end: if it is not the file's last, have it sent again"
            ));
        }
    }
}

/// Tells it; with what would have become of the lines where nothing was taken.
pub(super) fn report(tally: &Tally, args: &IngestArgs, is_taken: bool) -> Result<()> {
    if args.json {
        return report_json(tally, args, is_taken);
    }
    let refused = tally.refused.len();
    let skipped = if tally.skipped > 0 { format!(", {} skipped", tally.skipped) } else { String::new() };
    say!("{} accepted, {} duplicate, {refused} rejected{skipped}", tally.accepted, tally.duplicate)?;
    for Resumed { file, line } in &tally.resumed {
        say!(
            "  {file}: resumed at line {line}: what is before it was taken by the run that was interrupted"
        )?;
    }
    for note in &tally.notes {
        say!("  {note}")?;
    }
    for (warning, events) in &tally.warnings {
        say!("  warning {warning}: {events}")?;
    }
    for line in tally.refused.iter().take(SHOWN) {
        let RefusedLine { file, line, code, pointer, column, expected } = line;
        let place = match (pointer.is_empty(), column.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!(" at {pointer}"),
            (true, false) => format!(" in {column}"),
            (false, false) => format!(" at {pointer} in {column}"),
        };
        say!("  {file}:{line}: {code}{place}: {expected}")?;
    }
    if refused > SHOWN {
        say!("  … and {} more; --json lists all", refused - SHOWN)?;
    }
    Ok(())
}

fn report_json(tally: &Tally, args: &IngestArgs, is_taken: bool) -> Result<()> {
    for line in &tally.refused {
        say!("{}", serde_json::to_string(line)?)?;
    }
    let totals = serde_json::json!({
        "feed": args.feed, "lines": tally.lines, "accepted": tally.accepted, "duplicate": tally.duplicate,
        "rejected": tally.refused.len(), "skipped": tally.skipped, "resumed": tally.resumed,
        "warnings": tally.warnings, "notes": tally.notes, "preview": args.preview.is_some(), "taken": is_taken,
    });
    say!("{totals}")
}
