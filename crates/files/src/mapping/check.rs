//! What a mapping must be to make sense, checked once.

use std::collections::BTreeMap;
use std::ops::Range;

use sanzao_model::Bureau;
use toml::Spanned;

use super::raw::{As, FieldTable, Merged, Raw, RawCondition, RawEvent, RawField, RawList, RawTime, Scalar};
use super::{Column, Condition, EventMapping, Field, Id, Kind, List, Mapping, Part, Time};
use crate::decimal;
use crate::json::Json;
use crate::moment::{DATES, MONTHS, Pattern, TIMES};
use crate::{MappingError, reading};

/// Checks one mapping and numbers its headings.
struct Checker<'t> {
    text: &'t str,
    columns: Vec<String>,
}

type Fields = BTreeMap<Spanned<String>, Spanned<RawField>>;

pub(super) fn checked(text: &str, raw: Raw) -> Result<Mapping, MappingError> {
    let mut checker = Checker { text, columns: Vec::new() };
    let bureau: Bureau = raw.bureau.get_ref().parse().map_err(|_| {
        checker.fault(&raw.bureau.span(), "bureau is a division code of six digits, as \"320614\"")
    })?;
    let time = raw.time.as_ref().map(|time| checker.time(time)).transpose()?;
    let skip = raw.skip.into_iter().map(|condition| checker.condition(condition)).collect();
    let at = raw.event.span();
    let events = raw.event.into_inner();
    if events.is_empty() {
        return Err(checker.fault(&at, "a mapping makes at least one [[event]]"));
    }
    let default_id = raw.id.as_ref();
    let prefix = raw.feed.as_str();
    let events =
        events.into_iter().map(|event| checker.event(prefix, default_id, event)).collect::<Result<_, _>>()?;
    let fill_down = raw.fill_down.into_iter().map(|heading| checker.column(heading)).collect();
    for heading in &raw.ignore {
        if checker.columns.contains(heading.get_ref()) {
            let what =
                format!("the column {:?} is ignored, and used elsewhere in the mapping", heading.get_ref());
            return Err(checker.fault(&heading.span(), what));
        }
    }
    let heading_row = match &raw.heading_row {
        Some(row) if *row.get_ref() == 0 => return Err(checker.fault(&row.span(), "rows are counted from 1")),
        Some(row) => *row.get_ref(),
        None => 1,
    };
    Ok(Mapping {
        feed: raw.feed,
        source: format!("/{bureau}/{}", raw.feed),
        columns: checker.columns,
        ignore: raw.ignore.into_iter().map(|heading| heading.into_inner().trim().to_owned()).collect(),
        skip,
        fill_down,
        heading_row,
        sheet: raw.sheet,
        fills_merged: raw.merged == Some(Merged::Fill),
        time,
        events,
    })
}

impl Checker<'_> {
    fn fault(&self, span: &Range<usize>, what: impl Into<String>) -> MappingError {
        MappingError::at(self.text, span.start, what)
    }

    fn column(&mut self, heading: String) -> usize {
        let heading = heading.trim().to_owned();
        self.columns.iter().position(|known| *known == heading).unwrap_or_else(|| {
            self.columns.push(heading);
            self.columns.len() - 1
        })
    }

    fn condition(&mut self, raw: RawCondition) -> Condition {
        Condition { column: self.column(raw.column), is: raw.is }
    }

    fn time(&mut self, time: &Spanned<RawTime>) -> Result<Time, MappingError> {
        let RawTime { column, constant, formats } = time.get_ref();
        match (column, constant) {
            (Some(column), None) => {
                let patterns = match formats.is_empty() {
                    true => TIMES.iter().chain(&DATES).filter_map(|text| Pattern::parse(text)).collect(),
                    false => self.patterns(formats)?,
                };
                Ok(Time::Column { column: self.column(column.clone()), patterns })
            }
            (None, Some(constant)) if formats.is_empty() => reading::time_of(constant)
                .map(Time::Constant)
                .ok_or_else(|| self.fault(&time.span(), "a time as 2026-06-30T09:00:00+08:00, or a date")),
            _ => {
                Err(self
                    .fault(&time.span(), "time is a `column`, with `formats` if need be, or a `constant`"))
            }
        }
    }

    fn patterns(&self, formats: &[Spanned<String>]) -> Result<Vec<Pattern>, MappingError> {
        let pattern = |format: &Spanned<String>| {
            Pattern::parse(format.get_ref()).ok_or_else(|| {
                let what = format!("a format is made of YYYY MM M DD D hh h mm ss, as {}", DATES.join(" "));
                self.fault(&format.span(), what)
            })
        };
        formats.iter().map(pattern).collect()
    }

    fn event(
        &mut self,
        feed: &str,
        default_id: Option<&Spanned<String>>,
        event: Spanned<RawEvent>,
    ) -> Result<EventMapping, MappingError> {
        let at = event.span();
        let RawEvent { r#type, when, id, group, fields, list } = event.into_inner();
        let name = r#type.get_ref();
        if name.split('.').count() != 2 || !name.split('.').all(is_plain) {
            let what = "type is an event type's name between feed and version, as \"household.moved\"";
            return Err(self.fault(&r#type.span(), what));
        }
        let id = match id.as_ref().or(default_id) {
            Some(id) => self.id(id)?,
            None => {
                return Err(self.fault(&at, "say where event ids come from: id = \"content\", or a template"));
            }
        };
        let paths: Vec<&Spanned<String>> = fields.keys().chain(list.keys()).collect();
        self.paths(&paths)?;
        let is_grouped = !group.is_empty();
        let of_rows = list.values().filter(|list| list.get_ref().rows.is_some()).count();
        if is_grouped != (of_rows > 0) || (is_grouped && of_rows < list.len()) {
            let what = "`group` says which rows are one event, and `list.….rows` what each of them adds: both or neither, and no other list beside them";
            return Err(self.fault(&at, what));
        }
        Ok(EventMapping {
            kind: format!("{feed}.{name}.v1"),
            when: when.into_iter().map(|condition| self.condition(condition)).collect(),
            id,
            group: group.into_iter().map(|heading| self.column(heading)).collect(),
            fields: self.fields(fields)?,
            lists: list
                .into_iter()
                .map(|(path, list)| Ok((path.into_inner(), self.list(list)?)))
                .collect::<Result<_, MappingError>>()?,
        })
    }

    /// No path twice, and none that runs through another's value.
    fn paths(&self, paths: &[&Spanned<String>]) -> Result<(), MappingError> {
        for path in paths {
            if !path.get_ref().split('.').all(is_plain) {
                return Err(
                    self.fault(&path.span(), "a field is named as in the schema, parts joined by dots")
                );
            }
            for other in paths.iter().filter(|other| other.span() != path.span()) {
                let rest = path.get_ref().strip_prefix(other.get_ref().as_str());
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                    let what =
                        format!("the field {} is filled already, by {}", path.get_ref(), other.get_ref());
                    return Err(self.fault(&path.span(), what));
                }
            }
        }
        Ok(())
    }

    fn id(&mut self, id: &Spanned<String>) -> Result<Id, MappingError> {
        let text = id.get_ref().as_str();
        if text == "content" {
            return Ok(Id::Content);
        }
        let wrong =
            "id is \"content\", or a template with columns in braces, as \"move-{身份证号}-{变动日期}\"";
        let (mut parts, mut rest, mut has_column) = (Vec::new(), text, false);
        while !rest.is_empty() {
            let (plain, behind) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            if plain.contains('}') {
                return Err(self.fault(&id.span(), wrong));
            }
            if !plain.is_empty() {
                parts.push(Part::Text(plain.to_owned()));
            }
            let Some(behind) = behind.strip_prefix('{') else { break };
            let Some((heading, after)) = behind.split_once('}') else {
                return Err(self.fault(&id.span(), wrong));
            };
            parts.push(Part::Column(self.column(heading.to_owned())));
            (rest, has_column) = (after, true);
        }
        if has_column { Ok(Id::Template(parts)) } else { Err(self.fault(&id.span(), wrong)) }
    }

    fn fields(&mut self, fields: Fields) -> Result<Vec<(String, Field)>, MappingError> {
        fields.into_iter().map(|(path, field)| Ok((path.into_inner(), self.field(field)?))).collect()
    }

    fn field(&mut self, field: Spanned<RawField>) -> Result<Field, MappingError> {
        let at = field.span();
        let table = field.into_inner().0;
        match (&table.column, &table.constant) {
            (Some(_), None) => self.column_field(&at, table),
            (None, Some(constant)) => {
                let is_alone = !table.optional && table.values.is_none() && table.formats.is_none();
                match (constant, table.r#as) {
                    _ if !is_alone => Err(self.fault(&at, "a constant has no options but `as = \"number\"`")),
                    (Scalar::Text(text), Some(As::Number)) => decimal::literal(text)
                        .map(|literal| Field::Constant(Json::Literal(literal)))
                        .ok_or_else(|| self.fault(&at, "a decimal number, as \"820.50\"")),
                    (constant, None) => Ok(Field::Constant(json(constant))),
                    _ => Err(self.fault(&at, "a constant has no options but `as = \"number\"`")),
                }
            }
            _ => Err(self.fault(&at, "a field has either `column` or `constant`")),
        }
    }

    fn column_field(&mut self, at: &Range<usize>, table: FieldTable) -> Result<Field, MappingError> {
        let FieldTable { column, r#as, values, formats, optional, empty, grouped, currency, .. } = table;
        if (grouped || currency) && r#as != Some(As::Number) {
            return Err(self.fault(at, "`grouped` and `currency` go with as = \"number\""));
        }
        if formats.is_some() && !matches!(r#as, Some(As::Date | As::Month)) {
            return Err(self.fault(at, "`formats` go with as = \"date\" or as = \"month\""));
        }
        if values.is_some() && r#as.is_some() {
            return Err(self.fault(at, "`values` say what each text becomes: leave out `as`"));
        }
        let patterns = |defaults: &[&str]| match &formats {
            Some(formats) => self.patterns(formats),
            None => Ok(defaults.iter().filter_map(|text| Pattern::parse(text)).collect()),
        };
        let kind = match (values, r#as) {
            (Some(values), _) => {
                Kind::Values(values.into_iter().map(|(text, value)| (text, json(&value))).collect())
            }
            (None, None | Some(As::Text)) => Kind::Text,
            (None, Some(As::Number)) => Kind::Number { is_grouped: grouped, has_currency: currency },
            (None, Some(As::Integer)) => Kind::Integer,
            (None, Some(As::Date)) => Kind::Date(patterns(&DATES)?),
            (None, Some(As::Month)) => Kind::Month(patterns(&MONTHS)?),
        };
        if let Kind::Date(patterns) = &kind
            && !patterns.iter().all(Pattern::has_day)
        {
            return Err(self.fault(at, "the format of a date names its day: a month is as = \"month\""));
        }
        let column = self.column(column.unwrap_or_default());
        Ok(Field::Column(Column { column, kind, is_optional: optional, empty }))
    }

    fn list(&mut self, list: Spanned<RawList>) -> Result<List, MappingError> {
        let at = list.span();
        let list = list.into_inner();
        match (list.rows, list.columns, list.cell) {
            (Some(rows), None, None) => {
                self.paths(&rows.keys().collect::<Vec<_>>())?;
                Ok(List::Rows(self.fields(rows)?))
            }
            (None, Some(sets), None) => {
                for set in &sets {
                    self.paths(&set.keys().collect::<Vec<_>>())?;
                }
                Ok(List::Columns(sets.into_iter().map(|set| self.fields(set)).collect::<Result<_, _>>()?))
            }
            (None, None, Some(cell)) => {
                self.paths(&cell.parts.iter().collect::<Vec<_>>())?;
                if cell.between.is_empty()
                    || cell.parts.is_empty()
                    || (cell.parts.len() > 1 && cell.within.is_empty())
                {
                    let what = "`between` parts items, `within` the parts of an item, `parts` names them";
                    return Err(self.fault(&at, what));
                }
                Ok(List::Cell {
                    column: self.column(cell.column),
                    between: cell.between,
                    within: cell.within,
                    parts: cell.parts.into_iter().map(Spanned::into_inner).collect(),
                    is_optional: cell.optional,
                })
            }
            _ => Err(self.fault(&at, "a list comes from one of `rows`, `columns` and `cell`")),
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

fn json(scalar: &Scalar) -> Json {
    match scalar {
        Scalar::Text(text) => Json::Text(text.clone()),
        Scalar::Integer(number) => Json::Literal(number.to_string()),
        Scalar::Boolean(truth) => Json::Literal(truth.to_string()),
    }
}
