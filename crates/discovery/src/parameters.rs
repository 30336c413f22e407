//! Parameters: every number that rules use, with its unit, its meaning in Chinese and its source; what it is by
//! division and from which day.

use sanzao_model::{Area, Day, Division};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::hex::hex;

/// One number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Column of table `parameter`; ends with the unit.
    pub name: String,
    /// `fen`, `years`, `months`, `days`, `visits`, `level`, `grade`, `percent` or `people`.
    pub unit: String,
    /// What it means, for a caseworker.
    pub chinese: String,
    /// What it is where and since when: first everywhere and always, then what was adjusted, by area and day.
    pub values: Vec<Value>,
}

/// What a parameter is somewhere, from some day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Where.
    pub area: Area,
    /// The first day; none where it has always held.
    pub from: Option<Day>,
    /// The number, in the parameter's unit.
    pub value: i64,
    /// Where it comes from: a law, a notice of the bureau, or `assumed`.
    pub source: String,
}

/// All parameters of a rule set, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

/// Why a text is no set of parameters. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameters, line {line}: {message}")]
pub struct ParameterError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

const UNITS: [&str; 9] = ["fen", "years", "months", "days", "visits", "level", "grade", "percent", "people"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    parameter: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    value: i64,
    unit: String,
    chinese: String,
    source: String,
    #[serde(default)]
    adjusted: Vec<Spanned<Adjusted>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adjusted {
    from: Option<Spanned<toml::Value>>,
    division: Option<Spanned<String>>,
    value: i64,
    source: String,
}

impl Parameter {
    /// What holds for somebody who is registered in a division, or nowhere, on a day: of the areas that contain it the
    /// smallest, and there what began last.
    pub fn at(&self, division: Option<Division>, day: Day) -> &Value {
        let holds =
            |value: &&Value| value.area.contains(division) && value.from.is_none_or(|from| from <= day);
        let by_area_and_day = |value: &&Value| (value.area.as_str().len(), value.from);
        let found = self.values.iter().filter(holds).max_by_key(by_area_and_day);
        found.expect("the first value holds everywhere and always")
    }
}

impl Parameters {
    /// Reads `[[parameter]]` entries of `name`, `value`, `unit`, `chinese` and `source`, each with any number of
    /// `[[parameter.adjusted]]` below it: `value` and `source`, with `from` (a date) or `division` (the first 6 to 12
    /// digits of a division code) or both.
    ///
    /// # Errors
    /// The first entry that is not as it must be: an unknown, missing or wrong key, a name that is given
    /// twice, is not `lower_case`, or does not end with its unit; a value below zero.
    pub fn parse(text: &str) -> Result<Parameters, ParameterError> {
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| ParameterError {
            line: line_of(error.span().map_or(0, |span| span.start)),
            message: error.message().to_string(),
        })?;
        let mut parameters: Vec<Parameter> = Vec::new();
        for entry in file.parameter {
            let fault = |at: usize, message: String| ParameterError { line: line_of(at), message };
            let begin = entry.name.span().start;
            let always =
                Value { area: Area::everywhere(), from: None, value: entry.value, source: entry.source };
            let mut parameter = Parameter {
                name: entry.name.into_inner(),
                unit: entry.unit,
                chinese: entry.chinese,
                values: vec![always],
            };
            if let Some(message) = wrong(&parameter, &parameters) {
                return Err(fault(begin, message));
            }
            for adjusted in entry.adjusted {
                let at = adjusted.span().start;
                let value = adjusted.into_inner().read(&parameter).map_err(|message| fault(at, message))?;
                parameter.values.push(value);
            }
            parameter.values.sort_by(|a, b| (&a.area, a.from).cmp(&(&b.area, b.from)));
            parameters.push(parameter);
        }
        parameters.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Parameters(parameters))
    }

    /// The numbers of the domain's catalogue (`parameters.toml` of this crate).
    pub fn default_set() -> Parameters {
        Parameters::parse(Self::DEFAULT_TOML).expect("a test reads the built-in parameters")
    }

    /// The text of [`Parameters::default_set`], as a record of `facts` carries it.
    pub const DEFAULT_TOML: &'static str = include_str!("../parameters.toml");

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// The areas for which some number was adjusted, of those that are read: what rules say of two subjects differs by
    /// parameters only where one of these contains one of them and not the other.
    pub fn areas(&self, is_read: impl Fn(&str) -> bool) -> Vec<Area> {
        let read = self.0.iter().filter(|parameter| is_read(&parameter.name));
        let mut areas: Vec<Area> =
            read.flat_map(|parameter| &parameter.values).map(|value| value.area.clone()).collect();
        areas.sort();
        areas.dedup();
        areas
    }

    /// SHA-256 over names and values, where and since when, 64 hexadecimal digits: what can change a finding.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for parameter in &self.0 {
            for Value { area, from, value, .. } in &parameter.values {
                let from = from.map_or_else(String::new, |from| from.to_string());
                hash.update(format!("{} {area} {from}={value}\n", parameter.name));
            }
        }
        hex(&hash.finalize())
    }
}

impl Adjusted {
    /// The value that it is of a parameter, beside those that were read before.
    fn read(self, parameter: &Parameter) -> Result<Value, String> {
        let name = &parameter.name;
        let from = match self.from.map(Spanned::into_inner) {
            None => None,
            Some(toml::Value::Datetime(day)) => Some(day.to_string()),
            Some(toml::Value::String(day)) => Some(day),
            Some(_) => return Err(format!("`from` of `{name}` must be a date, as 2026-07-01")),
        };
        let day = |text: String| {
            text.parse::<Day>()
                .map_err(|_| format!("`from` of `{name}` is `{text}`: expected a date, as 2026-07-01"))
        };
        let from = from.map(day).transpose()?;
        let area = self.division.map_or_else(|| Ok(Area::everywhere()), |code| code.into_inner().parse());
        let area: Area = area.map_err(|error| format!("`division` of `{name}`: {error}"))?;
        if from.is_none() && area == Area::everywhere() {
            return Err(format!("an adjusted `{name}` needs `from`, `division` or both"));
        }
        if self.value < 0 {
            return Err(format!("value of `{name}` must not be negative"));
        }
        if self.source.trim().is_empty() {
            return Err(format!("an adjusted `{name}` needs its `source`: the notice that says so"));
        }
        if parameter.values.iter().any(|other| (&other.area, other.from) == (&area, from)) {
            return Err(format!("`{name}` is adjusted twice for one division and day: remove one"));
        }
        Ok(Value { area, from, value: self.value, source: self.source })
    }
}

/// What is wrong with a parameter that comes after `earlier` ones.
fn wrong(parameter: &Parameter, earlier: &[Parameter]) -> Option<String> {
    let Parameter { name, unit, chinese, values } = parameter;
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !name.bytes().all(lower) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some(format!("name `{name}` must be lower case letters, digits and `_`"))
    } else if earlier.iter().any(|other| other.name == *name) {
        Some(format!("`{name}` is given twice: remove one, or adjust it with `[[parameter.adjusted]]`"))
    } else if !UNITS.contains(&unit.as_str()) {
        Some(format!("unit of `{name}` is `{unit}`: expected one of {}", UNITS.join(", ")))
    } else if !name.ends_with(&format!("_{unit}")) && name != unit {
        Some(format!("name `{name}` must end with its unit, `_{unit}`"))
    } else if values.iter().any(|value| value.value < 0) {
        Some(format!("value of `{name}` must not be negative"))
    } else if chinese.trim().is_empty() || values.iter().any(|value| value.source.trim().is_empty()) {
        Some(format!("`{name}` needs `chinese` and `source` (`assumed` if the bureau has not confirmed it)"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, unit: &str, more: &str) -> String {
        format!(
            "[[parameter]]\nname = \"{name}\"\nvalue = 1\nunit = \"{unit}\"\nchinese = \"数\"\nsource = \"assumed\"\n{more}"
        )
    }

    #[test]
    fn the_default_set_is_read() {
        let parameters = Parameters::default_set();
        let value = |name: &str| parameters.iter().find(|p| p.name == name).map(|p| p.values[0].value);
        assert_eq!(value("dibao_standard_fen"), Some(82_000));
        assert_eq!(value("high_self_pay_fen"), Some(2_000_000));
        assert_eq!(value("high_self_pay_low_income_fen"), Some(500_000));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = entry("a_days", "days", "");
        assert!(Parameters::parse(&good).is_ok());
        for (text, line, words) in [
            (format!("{good}{good}"), 8, "given twice"),
            (entry("a_days", "days", "note = 1"), 7, "unknown field"),
            (entry("a", "days", ""), 2, "end with its unit"),
            (entry("A_days", "days", ""), 2, "lower case"),
            (entry("a_weeks", "weeks", ""), 2, "expected one of"),
            (good.replace("= 1\n", "= -1\n"), 2, "negative"),
            (good.replace("= 1\n", "= 1.5\n"), 3, "invalid type"),
            (good.replace("value = 1\n", ""), 1, "missing field"),
            (good.replace("assumed", " "), 2, "needs"),
        ] {
            let error = Parameters::parse(&text).unwrap_err();
            assert!(error.line == line && error.message.contains(words), "{error} for\n{text}");
        }
    }

    #[test]
    fn the_hash_is_of_names_and_values() {
        let one = Parameters::parse(&entry("a_days", "days", "")).unwrap();
        let same = Parameters::parse(&entry("a_days", "days", "").replace("数", "字")).unwrap();
        let other = Parameters::parse(&entry("a_days", "days", "").replace("= 1\n", "= 2\n")).unwrap();
        assert_eq!(one.hash(), same.hash());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.hash().len(), 64);
    }

    const ADJUSTED: &str = "
[[parameter.adjusted]]
from = 2025-07-01
value = 2
source = \"a notice\"

[[parameter.adjusted]]
division = \"320614\"
value = 3
source = \"a notice\"

[[parameter.adjusted]]
division = \"320614102\"
from = \"2025-07-01\"
value = 4
source = \"a notice\"
";

    #[test]
    fn the_smallest_area_and_the_newest_day_hold() {
        let parameters = Parameters::parse(&entry("a_days", "days", ADJUSTED)).unwrap();
        let [parameter] = &parameters.0[..] else { panic!("one parameter") };
        let at = |division: Option<&str>, day: &str| {
            let division = division.map(|code| code.parse().unwrap());
            parameter.at(division, day.parse().unwrap()).value
        };
        assert_eq!(at(None, "2025-06-30"), 1);
        assert_eq!(at(None, "2025-07-01"), 2);
        assert_eq!(at(Some("320602000000"), "2025-07-01"), 2);
        assert_eq!(at(Some("320614101000"), "2025-07-01"), 3, "the smaller area, though its day is older");
        assert_eq!(at(Some("320684101000"), "2025-07-01"), 3, "a former code of the district");
        assert_eq!(at(Some("320614102000"), "2025-06-30"), 3);
        assert_eq!(at(Some("320614102000"), "2025-07-01"), 4);
        let areas = parameters.areas(|_| true);
        assert_eq!(areas.iter().map(Area::as_str).collect::<Vec<_>>(), ["", "320614", "320614102"]);
        assert_eq!(parameters.areas(|name| name != "a_days"), [], "nobody reads it");
    }

    #[test]
    fn what_is_wrong_with_an_adjustment_is_named_with_its_line() {
        let good = entry("a_days", "days", ADJUSTED);
        for (from, to, line, words) in [
            ("2025-07-01\nvalue", "\"July\"\nvalue", 8, "expected a date"),
            ("2025-07-01\nvalue", "2025\nvalue", 8, "must be a date"),
            ("\"320614\"", "\"3206\"", 13, "first 6 to 12 digits"),
            ("division = \"320614\"\n", "", 13, "`from`, `division` or both"),
            ("value = 2", "value = -2", 8, "negative"),
            ("value = 2\nsource = \"a notice\"", "value = 2\nsource = \"\"", 8, "the notice"),
            ("value = 2\n", "value = 2\nnote = 1\n", 11, "unknown field"),
        ] {
            let text = good.replacen(from, to, 1);
            assert_ne!(text, good, "{from}");
            let error = Parameters::parse(&text).unwrap_err();
            assert!(error.message.contains(words), "{error} for {to}");
            assert!(error.line.abs_diff(line) <= 1, "{error} for {to}");
        }
        let twice = format!("{good}{}", ADJUSTED.split("\n\n").next().unwrap());
        assert!(Parameters::parse(&twice).unwrap_err().message.contains("adjusted twice"));
    }

    #[test]
    fn the_hash_tells_where_and_since_when() {
        let hash = |text: &str| Parameters::parse(text).unwrap().hash();
        let good = entry("a_days", "days", ADJUSTED);
        for (from, to) in [
            ("2025-07-01\nvalue", "2025-07-02\nvalue"),
            ("\"320614\"", "\"320613\""),
            ("value = 4", "value = 5"),
        ] {
            assert_ne!(hash(&good), hash(&good.replacen(from, to, 1)), "{from}");
        }
    }
}
