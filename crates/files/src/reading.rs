//! Joins rows to events: groups, ids, and what became of each row.

use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;

use sanzao_model::{Day, Instant};
use sha2::{Digest, Sha256};

use crate::group::{Group, difference};
use crate::headings::Places;
use crate::json::Json;
use crate::mapping::EventMapping;
use crate::row_event::{Fault, Made, RowReader};
use crate::table::{self, Row};
use crate::{
    Cell, Code, Encoding, Event, FileError, Format, Mapping, Moment, Options, Outcome, Probe, Probed,
    Refused, Summary,
};

/// A time as RFC 3339 has it, from one or from a date, which means its first second in China.
pub(crate) fn time_of(text: &str) -> Option<String> {
    if text.parse::<Instant>().is_ok() {
        return Some(text.to_owned());
    }
    text.parse::<Day>().ok().map(|day| Moment { day, second: 0 }.to_string())
}

/// Reads text with separated cells.
///
/// # Errors
/// When the file as a whole cannot be used; what `sink` was given before was right. See [`FileError`].
pub fn read_csv(
    mapping: &Mapping,
    options: &Options,
    encoding: Encoding,
    input: &mut dyn Read,
    sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
) -> Result<Summary, FileError> {
    let mut reading = Reading::new(mapping, options, false, sink)?;
    let is_whole = table::csv::each_row(mapping, encoding, input, &mut |row| reading.row(&row))?;
    let last_line = reading.last_line;
    let rows = reading.finish()?;
    Ok(Summary { rows, last_line, is_whole, ..Summary::default() })
}

/// Reads a sheet of a workbook.
///
/// # Errors
/// As [`read_csv`].
pub fn read_xlsx(
    mapping: &Mapping,
    options: &Options,
    bytes: &[u8],
    sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
) -> Result<Summary, FileError> {
    let mut reading = Reading::new(mapping, options, true, sink)?;
    let sheet = options.sheet.as_deref().or(mapping.sheet.as_deref());
    let sheets = table::xlsx::each_row(bytes, sheet, mapping.fills_merged, &mut |row| reading.row(&row))?;
    let last_line = reading.last_line;
    let rows = reading.finish()?;
    Ok(Summary { rows, last_line, is_whole: true, sheet: Some(sheets.name), other_sheets: sheets.others })
}

/// Everything that a file in memory makes: for tests, and for a fuzzer, as any bytes get an answer.
///
/// # Errors
/// As [`read_csv`].
pub fn read_bytes(
    mapping: &Mapping,
    options: &Options,
    format: Format,
    bytes: &[u8],
) -> Result<Vec<Outcome>, FileError> {
    let mut outcomes = Vec::new();
    let mut sink = |outcome| {
        outcomes.push(outcome);
        ControlFlow::Continue(())
    };
    match format {
        Format::JsonLines => {
            crate::read_lines(bytes, 1 << 20, &mut sink)?;
        }
        Format::Xlsx => {
            read_xlsx(mapping, options, bytes, &mut sink)?;
        }
        Format::Csv => {
            let mut probe = Probe::default();
            probe.push(bytes);
            let Probed::Text(encoding) = probe.finish() else { return Err(FileError::Utf16) };
            read_csv(mapping, options, encoding, &mut &*bytes, &mut sink)?;
        }
    }
    Ok(outcomes)
}

struct Reading<'m, 's> {
    mapping: &'m Mapping,
    /// Of all events, where the mapping takes it from no column.
    time: Option<String>,
    is_padded: bool,
    places: Option<Places>,
    rows: u64,
    last_line: u64,
    /// In the order in which they begin; found by event of the mapping and key.
    groups: Vec<Group<'m>>,
    group_of: HashMap<(usize, Vec<String>), usize>,
    /// The group of the row before.
    last_group: Option<usize>,
    /// The row before could not say its group: the next one's may lack it.
    unplaced: Option<u64>,
    /// What stood last in each column that is filled down.
    above: Vec<Cell>,
    /// Ids of templates: the hash of the event, and its line.
    ids: HashMap<[u8; 16], ([u8; 16], u64)>,
    sink: &'s mut dyn FnMut(Outcome) -> ControlFlow<()>,
}

impl<'m, 's> Reading<'m, 's> {
    fn new(
        mapping: &'m Mapping,
        options: &Options,
        is_padded: bool,
        sink: &'s mut dyn FnMut(Outcome) -> ControlFlow<()>,
    ) -> Result<Self, FileError> {
        let time = match (&mapping.time, &options.time) {
            (None, None) => {
                return Err(FileError::Time(
                    "the mapping does not say when the records were made: give --time",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(FileError::Time("the mapping says when the records were made: leave out --time"));
            }
            (None, Some(time)) => {
                let wrong = FileError::Time("--time is a date, or a time as 2026-06-30T09:00:00+08:00");
                Some(time_of(time).ok_or(wrong)?)
            }
            (Some(_), None) => None,
        };
        Ok(Reading {
            mapping,
            time,
            is_padded,
            places: None,
            rows: 0,
            last_line: 0,
            groups: Vec::new(),
            group_of: HashMap::new(),
            last_group: None,
            unplaced: None,
            above: vec![Cell::Empty; mapping.fill_down.len()],
            ids: HashMap::new(),
            sink,
        })
    }

    fn row(&mut self, row: &Row) -> Result<ControlFlow<()>, FileError> {
        if row.line < self.mapping.heading_row {
            return Ok(ControlFlow::Continue(()));
        }
        let Some(places) = self.places.take() else {
            self.places = Some(Places::find(self.mapping, row, self.is_padded)?);
            return Ok(ControlFlow::Continue(()));
        };
        let flow = match row.is_blank() {
            true => ControlFlow::Continue(()),
            false if self.above.is_empty() => self.take(&places, row),
            false => {
                let row = self.filled_down(&places, row);
                self.take(&places, &row)
            }
        };
        self.places = Some(places);
        Ok(flow)
    }

    /// The row, with what stood above in cells that are left empty below it.
    fn filled_down(&mut self, places: &Places, row: &Row) -> Row {
        let mut row = row.clone();
        for (column, above) in self.mapping.fill_down.iter().zip(&mut self.above) {
            match places.cell(&row, *column) {
                Cell::Empty => places.put(&mut row, *column, above.clone()),
                cell => *above = cell.clone(),
            }
        }
        row
    }

    /// Refuses a row that cannot say which group it belongs to. Lists stand together: the groups beside it may lack it.
    fn refuse_unplaced(&mut self, line: u64, fault: Fault) -> ControlFlow<()> {
        if let Some(last) = self.last_group {
            self.groups[last].refused.push(line);
        }
        self.unplaced = Some(line);
        self.refuse(line, fault)
    }

    fn take(&mut self, places: &Places, row: &Row) -> ControlFlow<()> {
        self.rows += 1;
        self.last_line = row.line;
        if let Err(code) = places.check(row) {
            return self.refuse_unplaced(row.line, Fault { code, column: None, expected: None });
        }
        let reader = RowReader { places, row };
        for condition in &self.mapping.skip {
            match reader.meets(std::slice::from_ref(condition)) {
                Ok(true) => return (self.sink)(Outcome::Skipped { line: row.line }),
                Ok(false) => {}
                Err(fault) => return self.refuse_unplaced(row.line, fault),
            }
        }
        let mut events = Vec::new();
        for (at, event) in self.mapping.events.iter().enumerate() {
            match reader.meets(&event.when) {
                Ok(true) => events.push((at, event)),
                Ok(false) => {}
                Err(fault) => return self.refuse_unplaced(row.line, fault),
            }
        }
        if events.is_empty() {
            return self.refuse(row.line, Fault { code: Code::RowNoEvent, column: None, expected: None });
        }
        // A row is taken whole: with one event wrong, the others are not made either.
        let made: Vec<_> =
            events.iter().map(|(_, event)| reader.make(event, self.mapping.time.as_ref())).collect();
        let fault = made.iter().find_map(|made| made.as_ref().err()).cloned();
        if let Some(fault) = &fault {
            self.refuse(row.line, fault.clone())?;
        }
        for ((at, event), made) in events.into_iter().zip(made) {
            let made = made.ok().filter(|_| fault.is_none());
            match (event.group.is_empty(), made) {
                (true, Some(made)) => self.emit(event, row.line, made)?,
                (true, None) => {}
                (false, made) => match reader.key(event) {
                    Ok(key) => self.join((at, key), event, row.line, made)?,
                    Err(key_fault) => {
                        if fault.is_none() {
                            self.refuse(row.line, key_fault)?;
                        }
                        self.last_group.into_iter().for_each(|last| self.groups[last].refused.push(row.line));
                        self.unplaced = Some(row.line);
                    }
                },
            }
        }
        ControlFlow::Continue(())
    }

    /// Adds a row to its group; one that makes nothing spoils it.
    fn join(
        &mut self,
        key: (usize, Vec<String>),
        event: &'m EventMapping,
        line: u64,
        made: Option<Made>,
    ) -> ControlFlow<()> {
        let count = self.groups.len();
        let at = *self.group_of.entry(key).or_insert(count);
        if at == count {
            self.groups.push(Group { event, lines: Vec::new(), made: None, refused: Vec::new() });
        }
        self.last_group = Some(at);
        let group = &mut self.groups[at];
        group.lines.push(line);
        group.refused.extend(self.unplaced.take());
        let differs = match (&mut group.made, made) {
            (_, None) => {
                group.refused.push(line);
                return ControlFlow::Continue(());
            }
            (None, Some(made)) => {
                group.made = Some(made);
                return ControlFlow::Continue(());
            }
            (Some(whole), Some(made)) => match difference(event, self.mapping.time.as_ref(), whole, &made) {
                Some(column) => column,
                None => {
                    let lists = whole.lists_mut().zip(made.lists);
                    lists.for_each(|(items, more)| items.extend(more.into_iter().flatten()));
                    return ControlFlow::Continue(());
                }
            },
        };
        group.refused.push(line);
        self.refuse(line, Fault { code: Code::GroupDiffers, column: differs, expected: None })
    }

    fn refuse(&mut self, line: u64, fault: Fault) -> ControlFlow<()> {
        let column = fault.column.map_or(String::new(), |column| self.mapping.heading(column).to_owned());
        let expected = fault.expected.unwrap_or_else(|| fault.code.expected().to_owned());
        (self.sink)(Outcome::Refused(Refused { line, code: fault.code, column, expected }))
    }

    fn emit(&mut self, event: &EventMapping, line: u64, made: Made) -> ControlFlow<()> {
        let Made { time, id: template_id, fields, lists } = made;
        let mut data = Json::object();
        fields.into_iter().for_each(|(path, value)| data.put(&path, value));
        let lists = event.lists.iter().zip(lists).filter_map(|((path, _), items)| Some((path, items?)));
        lists.for_each(|(path, items)| data.put(path, Json::List(items)));
        let time = time.or_else(|| self.time.clone()).unwrap_or_default();
        let mut data_json = String::new();
        data.write(&mut data_json);
        let id = template_id.clone().unwrap_or_else(|| content_id(&event.kind, &time, &data_json));
        let mut envelope = Json::object();
        let texts = [
            ("specversion", "1.0"),
            ("id", &id),
            ("source", &self.mapping.source),
            ("type", &event.kind),
            ("time", &time),
        ];
        texts.into_iter().for_each(|(name, text)| envelope.put(name, Json::Text(text.to_owned())));
        envelope.put("data", Json::Literal(data_json));
        let mut value = String::new();
        envelope.write(&mut value);
        if template_id.is_some() {
            let content = hash(&[&value]);
            let (known, first) = *self.ids.entry(hash(&[&id])).or_insert((content, line));
            if known != content {
                let expected = Some(format!("{} (as of line {first})", Code::IdRepeated.expected()));
                return self.refuse(line, Fault { code: Code::IdRepeated, column: None, expected });
            }
        }
        (self.sink)(Outcome::Event(Event { line, value: value.into_bytes() }))
    }

    /// Gives out the groups, and how many rows there were.
    fn finish(mut self) -> Result<u64, FileError> {
        if self.places.is_none() {
            let detail = "there is no row of headings".to_owned();
            return Err(FileError::Headings { line: self.mapping.heading_row, detail });
        }
        for group in std::mem::take(&mut self.groups) {
            let flow = match (group.refused.first(), group.made) {
                (None, Some(made)) => self.emit(group.event, group.lines[0], made),
                (first, _) => {
                    let others = group.lines.iter().filter(|line| !group.refused.contains(line));
                    let expected =
                        first.map(|first| format!("{} (see line {first})", Code::GroupRefused.expected()));
                    let fault = Fault { code: Code::GroupRefused, column: None, expected };
                    others
                        .copied()
                        .collect::<Vec<_>>()
                        .into_iter()
                        .try_for_each(|line| self.refuse(line, fault.clone()))
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(self.rows)
    }
}

/// The id of an event without a template: the same content at the same time is the same event.
fn content_id(kind: &str, time: &str, data: &str) -> String {
    let hash = hash(&[kind, "\n", time, "\n", data]);
    hash.iter().fold("row-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

fn hash(parts: &[&str]) -> [u8; 16] {
    let whole: [u8; 32] =
        parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.as_bytes())).finalize().into();
    *whole.first_chunk().expect("a hash of 32 bytes has 16")
}
