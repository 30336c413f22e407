//! Files of cases: TOML → [`Case`]s.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sanzao_discovery::CASE_DEFAULTS_TOML;
use sanzao_model::{Day, IdNumber};
use serde::Deserialize;
use serde_json::{Value, json};
use toml::{Spanned, Table};

use super::event::{Told, event_of};
use super::{Case, CaseError, listed};

/// A folder with a folder of cases for each rule.
pub struct CaseFolder {
    root: PathBuf,
    defaults: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    as_of: Option<toml::Value>,
    #[serde(default)]
    people: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    events: BTreeMap<String, Spanned<Table>>,
    #[serde(default)]
    case: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    finds: usize,
    as_of: Option<toml::Value>,
    #[serde(default)]
    set: Table,
    #[serde(default)]
    add: BTreeMap<String, Table>,
    #[serde(default)]
    drop: Vec<String>,
}

/// Events by label, with their lines.
type Events = BTreeMap<String, (usize, Table)>;

/// A line and what is wrong there.
type Fault = (usize, String);

impl CaseFolder {
    /// Opens a folder; without a `defaults.toml` of its own it has the built-in one.
    ///
    /// # Errors
    /// When `defaults.toml` cannot be read or is no TOML.
    pub fn open(root: &Path) -> Result<CaseFolder, CaseError> {
        let path = root.join("defaults.toml");
        let text = if path.exists() { read(&path)? } else { CASE_DEFAULTS_TOML.to_owned() };
        let defaults = text.parse().map_err(|error| toml_error(&path, &text, &error))?;
        Ok(CaseFolder { root: root.to_owned(), defaults })
    }

    /// The files of a rule's cases, in order; none where it has no folder.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn files_of(&self, rule: &str) -> Result<Vec<PathBuf>, CaseError> {
        let folder = self.root.join(rule);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let unread = |error| CaseError::new(&folder, 1, format!("the folder cannot be read: {error}"));
        let entries = std::fs::read_dir(&folder).map_err(unread)?;
        let mut files =
            entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>().map_err(unread)?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        Ok(files)
    }

    /// The cases of a file.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its line.
    pub fn cases(&self, path: &Path) -> Result<Vec<Case>, CaseError> {
        self.parse(path, &read(path)?)
    }

    fn parse(&self, path: &Path, text: &str) -> Result<Vec<Case>, CaseError> {
        let file: File = toml::from_str(text).map_err(|error| toml_error(path, text, &error))?;
        let at = |(line, message): Fault| CaseError::new(path, line, message);
        if file.case.is_empty() {
            return Err(at((1, "it has no case: add `[[case]]` with `name` and `finds`".into())));
        }
        let people = people(&file.people, text).map_err(at)?;
        let events: Events = file
            .events
            .into_iter()
            .map(|(label, event)| (label, (line_of(text, event.span().start), event.into_inner())))
            .collect();
        let mut cases = Vec::new();
        for entry in file.case {
            let line = line_of(text, entry.span().start);
            let entry = entry.into_inner();
            let named = |(line, message): Fault| at((line, format!("case {:?}: {message}", entry.name)));
            let as_of = day(entry.as_of.as_ref().or(file.as_of.as_ref()))
                .map_err(|message| named((line, message)))?;
            let told = vary(&events, &entry, line).map_err(named)?;
            let told = told.iter().map(|(label, (line, event))| {
                let told = Told { label, event, defaults: &self.defaults, people: &people, as_of };
                event_of(&told).map_err(|message| named((*line, format!("event `{label}`: {message}"))))
            });
            let events = told.collect::<Result<_, _>>()?;
            cases.push(Case {
                name: entry.name,
                line,
                finds: entry.finds,
                as_of,
                people: people.clone(),
                events,
            });
        }
        Ok(cases)
    }
}

fn read(path: &Path) -> Result<String, CaseError> {
    std::fs::read_to_string(path).map_err(|error| CaseError::new(path, 1, format!("cannot be read: {error}")))
}

fn toml_error(path: &Path, text: &str, error: &toml::de::Error) -> CaseError {
    CaseError::new(path, line_of(text, error.span().map_or(0, |span| span.start)), error.message())
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn day(value: Option<&toml::Value>) -> Result<Day, String> {
    let text = match value {
        Some(toml::Value::String(text)) => text.clone(),
        Some(toml::Value::Datetime(date)) => date.to_string(),
        Some(other) => other.to_string(),
        None => return Err("neither it nor the file says the day: add `as_of = \"2025-06-30\"`".into()),
    };
    text.parse().map_err(|error| format!("`as_of` is {text}: {error}"))
}

/// `{id_number, name}` by label: the number is made from the day of birth, or given.
fn people(
    table: &BTreeMap<String, Spanned<toml::Value>>,
    text: &str,
) -> Result<BTreeMap<String, Value>, Fault> {
    let person = |(nth, (label, about)): (usize, (&String, &Spanned<toml::Value>))| {
        let fault =
            |message: String| (line_of(text, about.span().start), format!("person `{label}`: {message}"));
        let about = about.get_ref();
        let field = |key: &str| about.get(key).and_then(toml::Value::as_str);
        let keys = about.as_table().into_iter().flat_map(|table| table.keys());
        if let Some(key) = keys.into_iter().find(|key| !["born", "number", "name"].contains(&key.as_str())) {
            return Err(fault(format!("unknown key `{key}`: expected born, number or name")));
        }
        let number = match (field("number"), field("born").or(about.as_str())) {
            (Some(number), _) => number.to_owned(),
            (None, Some(born)) => number_of(born, nth + 1)
                .ok_or_else(|| fault(format!("{born:?} is no day of birth: write it as \"1985-03-02\"")))?,
            (None, None) => {
                return Err(fault(
                    "say the day of birth, as \"1985-03-02\", or `number`, both in quotes".into(),
                ));
            }
        };
        Ok((label.clone(), json!({"id_number": number, "name": field("name").unwrap_or(label)})))
    };
    table.iter().enumerate().map(person).collect()
}

/// A valid number of somebody who was born on a day: with the check character that is taken.
fn number_of(born: &str, nth: usize) -> Option<String> {
    born.parse::<Day>().ok()?;
    let first_17 = format!("320614{}{nth:03}", born.replace('-', ""));
    let numbers = "0123456789X".chars().map(|check| format!("{first_17}{check}"));
    numbers.into_iter().find(|number| IdNumber::parse(number).is_ok())
}

/// The events of a case: those of the file with some left out, changed and added.
fn vary(base: &Events, case: &Entry, line: usize) -> Result<Events, Fault> {
    let mut events = base.clone();
    let there_is = |events: &Events| format!("events here are {}", listed(events.keys()));
    for label in &case.drop {
        if events.remove(label).is_none() {
            return Err((line, format!("`drop`: there is no event `{label}`; {}", there_is(base))));
        }
    }
    for (path, value) in &case.set {
        let Some((label, field)) = path.split_once('.') else {
            return Err((
                line,
                format!("`set`: `{path}` is no field of an event: write \"event.field\", with quotes"),
            ));
        };
        let Some((_, event)) = events.get_mut(label) else {
            return Err((line, format!("`set`: there is no event `{label}`; {}", there_is(&events))));
        };
        match value.as_str() {
            Some("null") => drop(event.remove(field)),
            _ => drop(event.insert(field.to_owned(), value.clone())),
        }
    }
    for (label, event) in &case.add {
        if events.insert(label.clone(), (line, event.clone())).is_some() {
            return Err((line, format!("`add`: event `{label}` is there already: change it with `set`")));
        }
    }
    Ok(events)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
