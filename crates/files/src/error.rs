//! Why a whole file, or a mapping, cannot be used. No message repeats a cell.

/// Why a file cannot be read. What was given out before stays valid; the rest of the file is not known.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Retry: the file could not be read (to its end).
    #[error("cannot be read to its end: {0}")]
    Read(#[from] std::io::Error),
    /// Reject: UTF-16, as Excel's "Unicode text".
    #[error("is in UTF-16: save it as CSV in UTF-8 or GB 18030")]
    Utf16,
    /// Reject: something else than the format says.
    #[error("is no {expected}: {detail}")]
    Kind {
        /// The format that was expected.
        expected: &'static str,
        /// What was found, and what to do.
        detail: String,
    },
    /// Reject: a container or sheet that is damaged, as after a broken download.
    #[error("is damaged ({detail}): have it sent again")]
    Damaged {
        /// Which part.
        detail: String,
    },
    /// Reject: no such sheet, or a hidden one.
    #[error("{detail}")]
    Sheet {
        /// Which, and which there are.
        detail: String,
    },
    /// Reject: the headings are not those of the mapping.
    #[error("line {line}: {detail}")]
    Headings {
        /// The line of the headings.
        line: u64,
        /// What is missing, twice there or not mapped.
        detail: String,
    },
    /// Reject: everything behind an open quote is one cell.
    #[error(
        "line {line}: a quotation mark opens a cell that is never closed: the file is cut off or damaged"
    )]
    UnclosedQuote {
        /// Where it opens.
        line: u64,
    },
    /// Reject: more than is read into memory.
    #[error("is too large: {detail}")]
    TooLarge {
        /// What, and the limit.
        detail: String,
    },
    /// Reject: neither the mapping nor the caller says when the records were made.
    #[error("{0}")]
    Time(&'static str),
}

/// Why a mapping cannot be used. Reject: the mapping must change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {detail}")]
pub struct MappingError {
    /// Line in the mapping, from 1.
    pub line: usize,
    /// Column in the line, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub detail: String,
}

impl MappingError {
    /// At a place given as a byte offset.
    pub(crate) fn at(text: &str, offset: usize, detail: impl Into<String>) -> MappingError {
        let before = text.get(..offset.min(text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        MappingError { line, column, detail: detail.into() }
    }
}
