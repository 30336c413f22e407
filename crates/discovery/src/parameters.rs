//! Parameters: every number that rules use, with its unit, its meaning in Chinese and its source.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use crate::hex::hex;

/// One number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Column of table `parameter`; ends with the unit.
    pub name: String,
    /// The number, in the unit.
    pub value: i64,
    /// `fen`, `years`, `months`, `days`, `visits`, `level`, `grade`, `percent` or `people`.
    pub unit: String,
    /// What it means, for a caseworker.
    pub chinese: String,
    /// Where it comes from: a law, the bureau's plan, or `assumed`.
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

// The form is ready for values by division and date: those will be further optional keys.
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
}

impl Parameters {
    /// Reads `[[parameter]]` entries of `name`, `value`, `unit`, `chinese` and `source`.
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
            let line = line_of(entry.name.span().start);
            let parameter = Parameter {
                name: entry.name.into_inner(),
                value: entry.value,
                unit: entry.unit,
                chinese: entry.chinese,
                source: entry.source,
            };
            if let Some(message) = fault(&parameter, &parameters) {
                return Err(ParameterError { line, message });
            }
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

    /// SHA-256 over names and values, 64 hexadecimal digits: what can change a finding.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for parameter in &self.0 {
            hash.update(format!("{}={}\n", parameter.name, parameter.value));
        }
        hex(&hash.finalize())
    }
}

/// What is wrong with a parameter that comes after `earlier` ones.
fn fault(parameter: &Parameter, earlier: &[Parameter]) -> Option<String> {
    let Parameter { name, value, unit, chinese, source } = parameter;
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if !name.bytes().all(lower) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Some(format!("name `{name}` must be lower case letters, digits and `_`"))
    } else if earlier.iter().any(|other| other.name == *name) {
        Some(format!("`{name}` is given twice: remove one"))
    } else if !UNITS.contains(&unit.as_str()) {
        Some(format!("unit of `{name}` is `{unit}`: expected one of {}", UNITS.join(", ")))
    } else if !name.ends_with(&format!("_{unit}")) {
        Some(format!("name `{name}` must end with its unit, `_{unit}`"))
    } else if *value < 0 {
        Some(format!("value of `{name}` must not be negative"))
    } else if chinese.trim().is_empty() || source.trim().is_empty() {
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
        let value = |name: &str| parameters.iter().find(|p| p.name == name).map(|p| p.value);
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
}
