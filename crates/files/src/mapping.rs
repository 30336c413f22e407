//! Which columns of a department's file make which events: a page of TOML, checked before any file is opened.

mod check;
mod raw;

use sanzao_model::Feed;

use crate::MappingError;
use crate::json::Json;
use crate::moment::Pattern;

/// A checked mapping. Headings are numbered: a place in `columns` stands for one.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(crate) feed: Feed,
    pub(crate) source: String,
    pub(crate) columns: Vec<String>,
    pub(crate) ignore: Vec<String>,
    pub(crate) skip: Vec<Condition>,
    /// Columns in which an empty cell means the one above.
    pub(crate) fill_down: Vec<usize>,
    pub(crate) heading_row: u64,
    pub(crate) sheet: Option<String>,
    pub(crate) fills_merged: bool,
    pub(crate) time: Option<Time>,
    pub(crate) events: Vec<EventMapping>,
}

/// A column with one of some texts.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub column: usize,
    pub is: Vec<String>,
}

/// When the records were made.
#[derive(Debug, Clone)]
pub(crate) enum Time {
    /// The same for all, as RFC 3339.
    Constant(String),
    Column {
        column: usize,
        patterns: Vec<Pattern>,
    },
}

/// Which rows make events of one type, and how.
#[derive(Debug, Clone)]
pub(crate) struct EventMapping {
    /// The full type, as `police.household.moved.v1`.
    pub kind: String,
    /// All must hold.
    pub when: Vec<Condition>,
    pub id: Id,
    /// Rows with equal cells in these columns make one event; empty: each row makes one.
    pub group: Vec<usize>,
    /// By dotted path.
    pub fields: Vec<(String, Field)>,
    pub lists: Vec<(String, List)>,
}

/// Where an event's id comes from.
#[derive(Debug, Clone)]
pub(crate) enum Id {
    /// A hash of type, time and data.
    Content,
    Template(Vec<Part>),
}

#[derive(Debug, Clone)]
pub(crate) enum Part {
    Text(String),
    Column(usize),
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    Constant(Json),
    Column(Column),
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub column: usize,
    pub kind: Kind,
    /// An empty cell leaves the field out.
    pub is_optional: bool,
    /// Texts that mean an empty cell.
    pub empty: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Text,
    /// A decimal number, with its digits as written.
    Number {
        is_grouped: bool,
        has_currency: bool,
    },
    Integer,
    Date(Vec<Pattern>),
    Month(Vec<Pattern>),
    /// A text, and what it stands for.
    Values(Vec<(String, Json)>),
}

/// Where the items of a list come from.
#[derive(Debug, Clone)]
pub(crate) enum List {
    /// One from each row of the group.
    Rows(Vec<(String, Field)>),
    /// One from each set of columns that is not empty.
    Columns(Vec<Vec<(String, Field)>>),
    /// All from one cell.
    Cell { column: usize, between: String, within: String, parts: Vec<String>, is_optional: bool },
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// The first fault, with its line and column.
    pub fn parse(text: &str) -> Result<Mapping, MappingError> {
        let raw: raw::Raw = toml::from_str(text).map_err(|error| {
            MappingError::at(text, error.span().map_or(0, |span| span.start), error.message())
        })?;
        check::checked(text, raw)
    }

    /// Whose events it makes.
    pub fn feed(&self) -> Feed {
        self.feed
    }

    /// Whether the caller must say when the records were made.
    pub fn needs_time(&self) -> bool {
        self.time.is_none()
    }

    /// The heading of a column by its number.
    pub(crate) fn heading(&self, column: usize) -> &str {
        &self.columns[column]
    }

    /// The heading that a JSON pointer into an event stems from, as `/data/person/id_number`. Where several events
    /// take the field from different columns, those of the first.
    pub fn heading_of(&self, pointer: &str) -> Option<&str> {
        let path = pointer.strip_prefix("/data/")?.replace('/', ".");
        let column_of = |fields: &[(String, Field)], wanted: &str| {
            fields.iter().find_map(|(path, field)| match field {
                Field::Column(column) if path == wanted => Some(column.column),
                _ => None,
            })
        };
        let in_list = |(name, list): &(String, List)| {
            let (_, item) = path.strip_prefix(name.as_str())?.strip_prefix('.')?.split_once('.')?;
            match list {
                List::Rows(fields) => column_of(fields, item),
                List::Columns(_) => None,
                List::Cell { column, .. } => Some(*column),
            }
        };
        self.events
            .iter()
            .find_map(|event| {
                column_of(&event.fields, &path).or_else(|| event.lists.iter().find_map(in_list))
            })
            .map(|column| self.heading(column))
    }
}

#[cfg(test)]
mod tests;
