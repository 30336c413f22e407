//! What a file is read with, and what becomes of its rows.

use crate::Code;

/// What the caller says of a file beside its mapping.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// When the records were made, as RFC 3339 or a date, where the mapping does not say so.
    pub time: Option<String>,
    /// The sheet, over that of the mapping.
    pub sheet: Option<String>,
}

/// What became of a row, or of a group of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It makes an event. Whether that is valid is for intake to say.
    Event(Event),
    /// It makes none, and why.
    Refused(Refused),
    /// The mapping names it as not meant.
    Skipped {
        /// Its line.
        line: u64,
    },
}

/// A CloudEvent in structured mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The line of its first row.
    pub line: u64,
    /// JSON.
    pub value: Vec<u8>,
}

/// A row that makes no event. Holds no value of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its line.
    pub line: u64,
    /// Why.
    pub code: Code,
    /// The heading of the column; empty for the whole row.
    pub column: String,
    /// What was expected there.
    pub expected: String,
}

/// What was read of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows below the headings that are not blank.
    pub rows: u64,
    /// The line of the last one.
    pub last_line: u64,
    /// Whether the last line ends as a line does; otherwise the file may be cut off.
    pub is_whole: bool,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// Visible sheets that were not.
    pub other_sheets: Vec<String>,
}
