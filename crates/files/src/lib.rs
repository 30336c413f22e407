//! Rows of files (CSV, XLSX) become CloudEvents in JSON, by a mapping in TOML; files of JSON lines are taken line by
//! line. Everything a file holds ends as an event, as a refused row with its line, or as a row that the mapping
//! names as not meant: nothing is left out unsaid. Pure apart from reading.
//!
//! Must not know: what an event type means, pseudonyms, topics, rules, a clock. Whether an event is any good is for
//! intake to say; here it is only whether the row says what the mapping promises.
//!
//! The way through: [`Mapping::parse`], then a table ([`table`]) gives rows of [`Cell`]s, [`headings`] find the
//! mapping's columns among them, [`row_event`] makes `data` of a row, [`reading`] joins rows to events.

mod cell;
mod code;
mod decimal;
mod error;
mod event_json;
mod format;
mod group;
mod headings;
mod json;
mod lines;
mod mapping;
mod moment;
mod outcome;
mod probe;
mod reading;
mod row_event;
mod table;

pub use cell::Cell;
pub use code::Code;
pub use error::{FileError, MappingError};
pub use format::{Encoding, Format};
pub use lines::{LinesEnd, read_lines};
pub use mapping::Mapping;
pub use moment::Moment;
pub use outcome::{Event, Options, Outcome, Refused, Summary};
pub use probe::{Probe, Probed};
pub use reading::{read_bytes, read_csv, read_xlsx};
