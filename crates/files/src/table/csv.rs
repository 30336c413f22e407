//! Text with separated cells (RFC 4180): commas, semicolons or tabs, found out by the headings.
//!
//! The bytes are taken apart before they are decoded. Both encodings allow it, as no separator, quote or line end is
//! part of a longer character; and so a damaged character spoils its own row only.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::{Row, TakeRow};
use crate::probe::UTF8_BOM;
use crate::{Cell, Code, Encoding, FileError, Mapping};

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
/// What is looked at to find the delimiter.
const START_BYTES: u64 = 64 << 10;
/// A longer row is none: a quote that nobody closed, or no table at all.
const ROW_BYTES: u64 = 1 << 20;

/// Gives every row, that of the headings too. Says whether the last line ends as a line does.
pub(crate) fn each_row(
    mapping: &Mapping,
    encoding: Encoding,
    mut input: &mut dyn Read,
    take: &mut TakeRow<'_>,
) -> Result<bool, FileError> {
    let mut start = Vec::new();
    Read::by_ref(&mut input).take(START_BYTES).read_to_end(&mut start)?;
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(FileError::Utf16);
    }
    if start.starts_with(b"PK\x03\x04") {
        let detail = "it is a workbook or another archive: name its format with --format xlsx".into();
        return Err(FileError::Kind { expected: "CSV", detail });
    }
    if start.starts_with(UTF8_BOM) {
        start.drain(..UTF8_BOM.len());
    }
    let delimiter = delimiter(mapping, encoding, &start);
    let watch = QuoteWatch::new(Cursor::new(start).chain(input), delimiter);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(watch);
    let mut record = ByteRecord::new();
    loop {
        let has_record = match reader.read_byte_record(&mut record) {
            Ok(has_record) => has_record,
            Err(error) => return Err(read_error(error, reader.get_ref())),
        };
        if reader.get_ref().is_at_end
            && let Some(line) = reader.get_ref().open_quote()
        {
            return Err(FileError::UnclosedQuote { line });
        }
        if !has_record {
            return Ok(reader.get_ref().is_whole);
        }
        // The parser counts blank lines to the record behind them.
        let line = reader.get_mut().record_lines.pop_front().unwrap_or(0);
        let cells = record.iter().map(|bytes| cell(encoding, bytes)).collect();
        if take(Row { line, cells, is_1904: false })?.is_break() {
            return Ok(true);
        }
    }
}

fn cell(encoding: Encoding, bytes: &[u8]) -> Cell {
    encoding.text(bytes).map_or(Cell::Wrong(Code::TextEncoding), |text| Cell::of_text(&text))
}

/// The delimiter that shows most of the mapping's headings.
fn delimiter(mapping: &Mapping, encoding: Encoding, start: &[u8]) -> u8 {
    let shown = |delimiter: &u8| {
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).delimiter(*delimiter).from_reader(start);
        let headings = reader
            .byte_records()
            .filter_map(Result::ok)
            .find(|record| record.position().is_some_and(|position| position.line() >= mapping.heading_row));
        let is_known = |bytes: &[u8]| match cell(encoding, bytes) {
            Cell::Text(text) => mapping.columns.contains(&text) || mapping.ignore.contains(&text),
            _ => false,
        };
        headings.map_or(0, |record| record.iter().filter(|bytes| is_known(bytes)).count())
    };
    // Of equals the last is taken by `max_by_key`: the comma.
    DELIMITERS.into_iter().rev().max_by_key(shown).unwrap_or(b',')
}

fn read_error<R>(error: csv::Error, watch: &QuoteWatch<R>) -> FileError {
    match (watch.is_too_long, error.into_kind()) {
        (true, _) => match watch.open_quote() {
            Some(line) => FileError::UnclosedQuote { line },
            None => FileError::TooLarge {
                detail: format!("line {} is longer than {} MiB: is it a table?", watch.line, ROW_BYTES >> 20),
            },
        },
        (false, csv::ErrorKind::Io(error)) => FileError::Read(error),
        // Nothing is deserialized, records are of any length, and no text is asked for.
        (false, _) => FileError::Read(io::Error::from(io::ErrorKind::InvalidData)),
    }
}

/// Passes bytes on and keeps in mind whether a quoted cell is open: the parser ends such a cell with the file and
/// says nothing.
struct QuoteWatch<R> {
    input: R,
    delimiter: u8,
    place: Place,
    line: u64,
    opened_on: u64,
    row_bytes: u64,
    /// Where the records begin that the parser has not given yet.
    record_lines: VecDeque<u64>,
    last: u8,
    is_at_end: bool,
    is_too_long: bool,
    is_whole: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: its end, or half of a doubled one.
    QuoteInQuoted,
}

impl<R> QuoteWatch<R> {
    fn new(input: R, delimiter: u8) -> QuoteWatch<R> {
        let (is_at_end, is_too_long, is_whole) = (false, false, true);
        QuoteWatch {
            input,
            delimiter,
            place: Place::CellStart,
            line: 1,
            opened_on: 0,
            row_bytes: 0,
            record_lines: VecDeque::new(),
            last: 0,
            is_at_end,
            is_too_long,
            is_whole,
        }
    }

    fn open_quote(&self) -> Option<u64> {
        (self.place == Place::Quoted).then_some(self.opened_on)
    }

    fn see(&mut self, byte: u8) {
        let is_line_end = byte == b'\n' || byte == b'\r';
        if self.row_bytes == 0 && !is_line_end {
            self.record_lines.push_back(self.line);
        }
        self.row_bytes += 1;
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) => Place::Quoted,
            (Place::QuoteInQuoted, b'"') => Place::Quoted,
            (Place::CellStart, b'"') => {
                self.opened_on = self.line;
                Place::Quoted
            }
            (_, byte) if byte == self.delimiter || is_line_end => Place::CellStart,
            _ => Place::Plain,
        };
        if is_line_end && self.place == Place::CellStart {
            self.row_bytes = 0;
        }
        self.line += u64::from(byte == b'\r' || (byte == b'\n' && self.last != b'\r'));
        self.last = byte;
        self.is_whole = is_line_end;
        self.is_too_long |= self.row_bytes > ROW_BYTES;
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.is_at_end |= read == 0 && !buffer.is_empty();
        for byte in &buffer[..read] {
            self.see(*byte);
            if self.is_too_long {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(read)
    }
}
