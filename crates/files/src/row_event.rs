//! What one row says: the parts of an event.

use crate::decimal;
use crate::headings::Places;
use crate::json::Json;
use crate::mapping::{Column, Condition, EventMapping, Field, Id, Kind, List, Part, Time};
use crate::moment::Pattern;
use crate::table::Row;
use crate::{Cell, Code, cell};

/// Why a row makes no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: Code,
    pub column: Option<usize>,
    pub expected: Option<String>,
}

/// What one row says of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub time: Option<String>,
    /// Of a template.
    pub id: Option<String>,
    /// In the order of the mapping's fields; without those that are left out.
    pub fields: Vec<(String, Json)>,
    /// The items of each list of the mapping, in its order; none where an optional list is left out.
    pub lists: Vec<Option<Vec<Json>>>,
}

/// One row, read by its headings.
#[derive(Clone, Copy)]
pub(crate) struct RowReader<'r> {
    pub places: &'r Places,
    pub row: &'r Row,
}

fn fault<T>(column: usize, code: Code) -> Result<T, Fault> {
    Err(Fault { code, column: Some(column), expected: None })
}

impl RowReader<'_> {
    /// Whether all conditions hold.
    pub fn meets(&self, conditions: &[Condition]) -> Result<bool, Fault> {
        for condition in conditions {
            let text = self.text(condition.column)?.unwrap_or_default();
            if !condition.is.contains(&text) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What says which group a row belongs to; none of it may be empty.
    pub fn key(&self, event: &EventMapping) -> Result<Vec<String>, Fault> {
        event.group.iter().map(|column| self.name(event, *column)).collect()
    }

    /// A cell as a part of an id. A date is one however it is written: the same list as another kind of file names
    /// the same events.
    fn name(&self, event: &EventMapping, column: usize) -> Result<String, Fault> {
        let as_date = event.fields.iter().find_map(|(_, field)| match field {
            Field::Column(field)
                if field.column == column && matches!(field.kind, Kind::Date(_) | Kind::Month(_)) =>
            {
                Some(field)
            }
            _ => None,
        });
        if let Some(Some(Json::Text(date))) = as_date.map(|field| self.value(field)).transpose()? {
            return Ok(date);
        }
        match self.places.cell(self.row, column) {
            Cell::Date(moment) if moment.second == 0 => Ok(moment.day.to_string()),
            Cell::Date(moment) => Ok(moment.to_string()),
            _ => self.text(column)?.map_or_else(|| fault(column, Code::CellMissing), Ok),
        }
    }

    /// All that a row says of an event.
    pub fn make(&self, event: &EventMapping, time: Option<&Time>) -> Result<Made, Fault> {
        let time = time.map(|time| self.time(time)).transpose()?;
        let id = match &event.id {
            Id::Content => None,
            Id::Template(parts) => Some(self.id(event, parts)?),
        };
        let fields = self.fields(&event.fields)?;
        let lists = event.lists.iter().map(|(_, list)| self.list(list)).collect::<Result<_, _>>()?;
        Ok(Made { time, id, fields, lists })
    }

    fn id(&self, event: &EventMapping, parts: &[Part]) -> Result<String, Fault> {
        let mut id = String::new();
        for part in parts {
            match part {
                Part::Text(text) => id.push_str(text),
                Part::Column(column) => id.push_str(&self.name(event, *column)?),
            }
        }
        Ok(id)
    }

    fn time(&self, time: &Time) -> Result<String, Fault> {
        let (column, patterns) = match time {
            Time::Constant(time) => return Ok(time.clone()),
            Time::Column { column, patterns } => (*column, patterns),
        };
        let read = |text: &str| {
            let moment = patterns.iter().find_map(|pattern| pattern.read(text));
            moment.map(|moment| moment.to_string()).or_else(|| crate::reading::time_of(text))
        };
        let time = match self.places.cell(self.row, column) {
            Cell::Empty => return fault(column, Code::CellMissing),
            Cell::Wrong(code) => return fault(column, *code),
            Cell::Date(moment) => Some(moment.to_string()),
            Cell::Number(text) => read(text).or_else(|| {
                let serial = text.parse().ok().filter(|serial| is_serial(*serial))?;
                cell::moment_of(serial, self.row.is_1904).map(|moment| moment.to_string())
            }),
            Cell::Text(text) => read(text),
        };
        time.map_or_else(|| fault(column, Code::CellDate), Ok)
    }

    fn fields(&self, fields: &[(String, Field)]) -> Result<Vec<(String, Json)>, Fault> {
        let mut made = Vec::with_capacity(fields.len());
        for (path, field) in fields {
            let value = match field {
                Field::Constant(value) => Some(value.clone()),
                Field::Column(column) => self.value(column)?,
            };
            made.extend(value.map(|value| (path.clone(), value)));
        }
        Ok(made)
    }

    /// The value of a cell; none where an optional one is empty.
    fn value(&self, field: &Column) -> Result<Option<Json>, Fault> {
        let column = field.column;
        let cell = self.places.cell(self.row, column);
        let is_empty = match cell {
            Cell::Empty => true,
            Cell::Text(text) | Cell::Number(text) => field.empty.contains(text),
            _ => false,
        };
        match cell {
            _ if is_empty && field.is_optional => return Ok(None),
            _ if is_empty => return fault(column, Code::CellMissing),
            Cell::Wrong(code) => return fault(column, *code),
            _ => {}
        }
        let value = match &field.kind {
            Kind::Text => self.text(column)?.map(Json::Text),
            Kind::Number { is_grouped, has_currency } => {
                Some(Json::Literal(self.number(column, *is_grouped, *has_currency)?))
            }
            Kind::Integer => {
                let literal = self.number(column, false, false)?;
                if literal.contains('.') {
                    return fault(column, Code::CellNumber);
                }
                Some(Json::Literal(literal))
            }
            Kind::Date(patterns) => Some(Json::Text(self.date(column, patterns)?.to_string())),
            Kind::Month(patterns) => {
                Some(Json::Text(self.date(column, patterns)?.to_string().chars().take(7).collect()))
            }
            Kind::Values(values) => {
                let text = self.text(column)?.unwrap_or_default();
                match values.iter().find(|(known, _)| *known == text) {
                    Some((_, value)) => Some(value.clone()),
                    None => return fault(column, Code::CellValue),
                }
            }
        };
        Ok(value)
    }

    /// A cell as text; none where it is empty.
    fn text(&self, column: usize) -> Result<Option<String>, Fault> {
        match self.places.cell(self.row, column) {
            Cell::Empty => Ok(None),
            Cell::Text(text) if decimal::is_scientific(text) => fault(column, Code::CellPrecision),
            Cell::Text(text) | Cell::Number(text) => Ok(Some(text.clone())),
            Cell::Date(_) => fault(column, Code::CellType),
            Cell::Wrong(code) => fault(column, *code),
        }
    }

    fn number(&self, column: usize, is_grouped: bool, has_currency: bool) -> Result<String, Fault> {
        let text = self.text(column)?.unwrap_or_default();
        let text = if has_currency { decimal::without_yuan(&text) } else { &text };
        let plain = if is_grouped { decimal::ungrouped(text) } else { Some(text.to_owned()) };
        plain.and_then(|plain| decimal::literal(&plain)).map_or_else(|| fault(column, Code::CellNumber), Ok)
    }

    fn date(&self, column: usize, patterns: &[Pattern]) -> Result<sanzao_model::Day, Fault> {
        let read = |text: &str| patterns.iter().find_map(|pattern| pattern.read(text));
        let moment = match self.places.cell(self.row, column) {
            Cell::Date(moment) => Some(*moment),
            // A date whose cell has lost its format shows as its serial number.
            Cell::Number(text) => read(text).or_else(|| {
                let serial = text.parse().ok().filter(|serial| is_serial(*serial))?;
                cell::moment_of(serial, self.row.is_1904)
            }),
            Cell::Text(text) => read(text),
            Cell::Empty | Cell::Wrong(_) => None,
        };
        // A time of day is left out only where the mapping has a format with one.
        let keeps = |moment: &crate::Moment| moment.second == 0 || patterns.iter().any(Pattern::has_time);
        moment.filter(keeps).map(|moment| moment.day).map_or_else(|| fault(column, Code::CellDate), Ok)
    }

    fn list(&self, list: &List) -> Result<Option<Vec<Json>>, Fault> {
        let object = |fields: Vec<(String, Json)>| {
            let mut item = Json::object();
            fields.into_iter().for_each(|(path, value)| item.put(&path, value));
            item
        };
        match list {
            List::Rows(fields) => Ok(Some(vec![object(self.fields(fields)?)])),
            List::Columns(sets) => {
                let is_empty = |(_, field): &(String, Field)| match field {
                    Field::Constant(_) => true,
                    Field::Column(column) => self.places.cell(self.row, column.column).is_empty(),
                };
                let full = sets.iter().filter(|fields| !fields.iter().all(is_empty));
                let items: Vec<Json> =
                    full.map(|fields| self.fields(fields).map(object)).collect::<Result<_, _>>()?;
                if items.is_empty() {
                    return Err(Fault { code: Code::ListEmpty, column: None, expected: None });
                }
                Ok(Some(items))
            }
            List::Cell { column, between, within, parts, is_optional } => {
                let Some(text) = self.text(*column)? else {
                    return if *is_optional { Ok(None) } else { fault(*column, Code::ListEmpty) };
                };
                let item = |item: &str| {
                    let found: Vec<&str> = match parts.len() {
                        1 => vec![item.trim()],
                        _ => item.trim().split(within.as_str()).map(str::trim).collect(),
                    };
                    if found.len() != parts.len() || found.iter().any(|part| part.is_empty()) {
                        return fault(*column, Code::ListParts);
                    }
                    let texts = found.into_iter().map(|part| Json::Text(part.to_owned()));
                    Ok(object(parts.iter().cloned().zip(texts).collect()))
                };
                text.split(between.as_str()).map(item).collect::<Result<_, _>>().map(Some)
            }
        }
    }
}

/// Serial numbers of 1901 to 2099: others are more likely something else.
fn is_serial(number: f64) -> bool {
    (367.0..73_051.0).contains(&number)
}
