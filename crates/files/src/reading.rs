//! Joins rows to events: groups, ids, and what became of each row.

use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;

use sanzao_model::{Day, Instant};

use crate::event_json::{self, hash};
use crate::group::{Group, difference};
use crate::headings::Places;
use crate::mapping::EventMapping;
use crate::row_event::{Fault, Made, RowReader};
use crate::table::{self, Row};
use crate::{
    Cell, Code, Encoding, Event, FileError, Format, Mapping, Moment, Options, Outcome, Probe, Probed,
    Refused, Summary,
};

/// A larger event is none: `group` gathers the whole table, or a cell holds a book.
const MAX_EVENT_BYTES: usize = 16 << 20;

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
    /// The groups of the row before.
    last_groups: Vec<usize>,
    /// The row before could not say its group: those of the next one may lack it.
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
            last_groups: Vec::new(),
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

    /// Refuses a row that cannot say which group it belongs to.
    fn refuse_unplaced(&mut self, line: u64, fault: Fault) -> ControlFlow<()> {
        self.place(line, Vec::new(), true);
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
        // A row is taken whole: with one event wrong, the others are not made either.
        let (made, fault) = match events.is_empty() {
            true => (Vec::new(), Some(Fault { code: Code::RowNoEvent, column: None, expected: None })),
            false => self.make(&reader, &events),
        };
        if let Some(fault) = fault {
            self.refuse(row.line, fault)?;
        }
        if events.is_empty() {
            // Mistyped, it may be one that a group lacks.
            events = self.mapping.events.iter().enumerate().collect();
        }
        let mut made = made.into_iter();
        let (mut groups, mut is_unplaced) = (Vec::new(), false);
        for (at, event) in events {
            match (event.group.is_empty(), made.next()) {
                (true, Some(made)) => self.emit(event, &[row.line], made)?,
                (true, None) => {}
                (false, made) => match reader.key(event) {
                    Ok(key) => groups.push(self.join((at, key), event, row.line, made)?),
                    Err(_) => is_unplaced = true,
                },
            }
        }
        self.place(row.line, groups, is_unplaced);
        ControlFlow::Continue(())
    }

    /// What the row makes of each event, and nothing if one of them is wrong, or cannot say its group.
    fn make(
        &self,
        reader: &RowReader<'_>,
        events: &[(usize, &'m EventMapping)],
    ) -> (Vec<Made>, Option<Fault>) {
        let time = self.mapping.time.as_ref();
        let made = events.iter().map(|(_, event)| {
            let made = reader.make(event, time)?;
            reader.key(event).map(|_| made)
        });
        match made.collect::<Result<_, _>>() {
            Ok(made) => (made, None),
            Err(fault) => (Vec::new(), Some(fault)),
        }
    }

    /// Notes the groups of a row. Lists stand together: the groups beside one that cannot say its own may lack it.
    fn place(&mut self, line: u64, groups: Vec<usize>, is_unplaced: bool) {
        if is_unplaced {
            self.last_groups.iter().for_each(|last| self.groups[*last].refused.push(line));
        }
        if !groups.is_empty() {
            let before = self.unplaced.take();
            groups.iter().for_each(|group| self.groups[*group].refused.extend(before));
            self.last_groups = groups;
        }
        if is_unplaced {
            self.unplaced = Some(line);
        }
    }

    /// Adds a row to its group, and says which; one that makes nothing spoils it.
    fn join(
        &mut self,
        key: (usize, Vec<String>),
        event: &'m EventMapping,
        line: u64,
        made: Option<Made>,
    ) -> ControlFlow<(), usize> {
        let count = self.groups.len();
        let at = *self.group_of.entry(key).or_insert(count);
        if at == count {
            self.groups.push(Group { event, lines: Vec::new(), made: None, refused: Vec::new() });
        }
        let group = &mut self.groups[at];
        group.lines.push(line);
        let differs = match (&mut group.made, made) {
            (_, None) => {
                group.refused.push(line);
                return ControlFlow::Continue(at);
            }
            (None, Some(made)) => {
                group.made = Some(made);
                return ControlFlow::Continue(at);
            }
            (Some(whole), Some(made)) => match difference(event, self.mapping.time.as_ref(), whole, &made) {
                Some(column) => column,
                None => {
                    let lists = whole.lists_mut().zip(made.lists);
                    lists.for_each(|(items, more)| items.extend(more.into_iter().flatten()));
                    return ControlFlow::Continue(at);
                }
            },
        };
        group.refused.push(line);
        self.refuse(line, Fault { code: Code::GroupDiffers, column: differs, expected: None })?;
        ControlFlow::Continue(at)
    }

    fn refuse(&mut self, line: u64, fault: Fault) -> ControlFlow<()> {
        let column = fault.column.map_or(String::new(), |column| self.mapping.heading(column).to_owned());
        let expected = fault.expected.unwrap_or_else(|| fault.code.expected().to_owned());
        (self.sink)(Outcome::Refused(Refused { line, code: fault.code, column, expected }))
    }

    /// Refuses the first of some rows for a reason, and the others with it.
    fn refuse_group(&mut self, lines: &[u64], fault: Fault) -> ControlFlow<()> {
        let Some((first, others)) = lines.split_first() else { return ControlFlow::Continue(()) };
        self.refuse(*first, fault)?;
        self.refuse_others(others.iter().copied(), Some(*first))
    }

    /// Refuses rows because another one of their group was.
    fn refuse_others(
        &mut self,
        mut lines: impl Iterator<Item = u64>,
        because_of: Option<u64>,
    ) -> ControlFlow<()> {
        let expected = because_of.map(|line| format!("{} (see line {line})", Code::GroupRefused.expected()));
        let fault = Fault { code: Code::GroupRefused, column: None, expected };
        lines.try_for_each(|line| self.refuse(line, fault.clone()))
    }

    /// Gives out the event that some rows make.
    fn emit(&mut self, event: &EventMapping, lines: &[u64], made: Made) -> ControlFlow<()> {
        let time = made.time.clone().or_else(|| self.time.clone()).unwrap_or_default();
        let has_template = made.id.is_some();
        let written = event_json::written(event, &self.mapping.source, &time, made);
        if written.json.len() > MAX_EVENT_BYTES {
            return self
                .refuse_group(lines, Fault { code: Code::EventTooLarge, column: None, expected: None });
        }
        let line = lines[0];
        if has_template {
            let content = hash(&[&written.json]);
            let (known, first) = *self.ids.entry(hash(&[&written.id])).or_insert((content, line));
            if known != content {
                let expected = Some(format!("{} (as of line {first})", Code::IdRepeated.expected()));
                return self.refuse_group(lines, Fault { code: Code::IdRepeated, column: None, expected });
            }
        }
        (self.sink)(Outcome::Event(Event { line, value: written.json.into_bytes() }))
    }

    /// Gives out the groups, and how many rows there were.
    fn finish(mut self) -> Result<u64, FileError> {
        if self.places.is_none() {
            let detail = "there is no row of headings".to_owned();
            return Err(FileError::Headings { line: self.mapping.heading_row, detail });
        }
        for group in std::mem::take(&mut self.groups) {
            let flow = match (group.refused.first(), group.made) {
                (None, Some(made)) => self.emit(group.event, &group.lines, made),
                (first, _) => {
                    let others = group.lines.iter().copied().filter(|line| !group.refused.contains(line));
                    self.refuse_others(others, first.copied())
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(self.rows)
    }
}
