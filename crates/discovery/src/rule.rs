//! Rules: files of a head and one SELECT, checked when they are loaded.

use std::path::Path;
use std::sync::Arc;

use sanzao_ledger::tables::Needed;
use sanzao_model::RuleFile;
use sha2::{Digest, Sha256};

use crate::error::{RuleError, RuleSetError};
use crate::head::Head;
use crate::hex::hex;
use crate::leaf::Slot;
use crate::needs::reads;
use crate::planner::Planner;
use crate::shape::Shape;
use crate::why::Template;
use crate::{EngineError, Parameters, check, place};

/// A rule file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, `<rule>.sql`.
    pub file: String,
    /// Its content.
    pub text: String,
}

/// A rule that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it is, starts and says.
    pub head: Head,
    /// The whole file: its head is a comment.
    pub(crate) sql: String,
    pub(crate) why: Template,
    /// The tables that it reads.
    reads: Needed,
}

/// Rules that were checked, sorted by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    rules: Vec<Rule>,
    hash: String,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../rules/", $name)))),*]
    };
}

/// The catalogue of domain §4.
const BUILT_IN: [(&str, &str); 43] = built_in![
    "activity-after-death.sql",
    "ageing-out.sql",
    "breadwinner-lost.sql",
    "certificate-expired.sql",
    "certificate-expiry.sql",
    "child-half-year-sweep.sql",
    "child-monthly-visit.sql",
    "child-parent-event.sql",
    "child-quarterly-comparison.sql",
    "costly-hospital-stay.sql",
    "deceased-recipient.sql",
    "dibao-recheck.sql",
    "elder-living-alone.sql",
    "elder-weekly-visits.sql",
    "exit-watch.sql",
    "frail-elder-without-care.sql",
    "funeral-overlap.sql",
    "high-yearly-self-pay.sql",
    "home-care-category-lost.sql",
    "home-care-not-at-home.sql",
    "home-care-recheck.sql",
    "income-above-standard.sql",
    "long-silence.sql",
    "long-unemployed.sql",
    "major-illness.sql",
    "many-disabled.sql",
    "missed-disability-living.sql",
    "missed-disability-nursing.sql",
    "missed-old-age-allowance.sql",
    "moved-out-recipient.sql",
    "name-mismatch.sql",
    "newborn-not-counted.sql",
    "orphan.sql",
    "overlapping-benefits.sql",
    "recipient-in-custody.sql",
    "released-without-work.sql",
    "rigid-medical-spending.sql",
    "rigid-spending-expiry.sql",
    "severe-mental-disorder.sql",
    "tekun-recheck.sql",
    "unattended-child.sql",
    "unemployment-benefit-exhausted.sql",
    "uninsured-recipient.sql",
];

impl RuleSet {
    /// Checks rules against the contract (`TABLES.md`) and the names of the parameters.
    ///
    /// # Errors
    /// Every fault of every rule, with file, line and column.
    pub fn load(sources: &[Source], parameters: &Parameters) -> Result<RuleSet, Vec<RuleError>> {
        let mut errors = Vec::new();
        let mut rules = Vec::new();
        let checker = Checker::new(parameters).map_err(|error| {
            vec![RuleError { file: String::new(), line: 1, column: 1, message: error.to_string() }]
        })?;
        for (at, source) in sources.iter().enumerate() {
            if sources[..at].iter().any(|other| other.file == source.file) {
                errors.push(source.error(1, 1, "there are two files of this name".into()));
            }
            match checker.rule(source) {
                Ok(rule) => rules.push(rule),
                Err(faults) => errors.extend(faults),
            }
        }
        if !errors.is_empty() {
            errors.sort();
            return Err(errors);
        }
        Ok(RuleSet::of(rules))
    }

    /// The rules that come with the software, checked with [`Parameters::default_set`].
    pub fn built_in() -> RuleSet {
        Self::built_in_with(&Parameters::default_set()).expect("a test loads the built-in rules")
    }

    /// The rules that come with the software, with other parameters.
    ///
    /// # Errors
    /// A fault for every parameter that a rule uses and these have not.
    pub fn built_in_with(parameters: &Parameters) -> Result<RuleSet, Vec<RuleError>> {
        let sources: Vec<_> = BUILT_IN
            .iter()
            .map(|(file, text)| Source { file: (*file).into(), text: (*text).into() })
            .collect();
        RuleSet::load(&sources, parameters)
    }

    /// The `*.sql` files of a directory.
    ///
    /// # Errors
    /// When the directory cannot be read or holds no rule, or with every fault of every rule.
    pub fn from_dir(path: &Path, parameters: &Parameters) -> Result<RuleSet, RuleSetError> {
        RuleSet::load(&Source::read_dir(path)?, parameters).map_err(RuleSetError::Rules)
    }

    /// Some of the rules.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Rule) -> bool) -> RuleSet {
        RuleSet::of(self.rules.iter().filter(|rule| keep(rule)).cloned().collect())
    }

    fn of(mut rules: Vec<Rule>) -> RuleSet {
        rules.sort_by(|a, b| a.head.id.cmp(&b.head.id));
        let mut hash = Sha256::new();
        for rule in &rules {
            hash.update((rule.sql.len() as u64).to_be_bytes());
            hash.update(&rule.sql);
        }
        RuleSet { rules, hash: hex(&hash.finalize()) }
    }

    /// The rules, by id. Places in it are what [`crate::Evaluation`] counts by.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The tables that some rule reads: what [`sanzao_ledger::Ledger::tables_needed`] has to compute.
    pub fn needed(&self) -> Needed {
        self.rules.iter().fold(Needed::NONE, |all, rule| all.and(rule.reads))
    }

    /// The files, as they are put on record.
    pub fn files(&self) -> Vec<RuleFile> {
        let file = |rule: &Rule| RuleFile { file: format!("{}.sql", rule.head.id), text: rule.sql.clone() };
        self.rules.iter().map(file).collect()
    }

    /// SHA-256 over the files, 64 hexadecimal digits. What else a cut has of rules is
    /// [`Parameters::hash`].
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

impl Rule {
    /// Whether it names a parameter.
    pub fn names(&self, parameter: &str) -> bool {
        self.sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == parameter)
    }

    /// Its file.
    pub fn source(&self) -> Source {
        Source { file: format!("{}.sql", self.head.id), text: self.sql.clone() }
    }
}

impl Source {
    /// The `*.sql` files of a directory, by name. A byte-order mark, which some editors write, is no part of a rule.
    ///
    /// # Errors
    /// When the directory or a file cannot be read, or no rule is in it.
    pub fn read_dir(path: &Path) -> Result<Vec<Source>, RuleSetError> {
        let read = |path: &Path, source| RuleSetError::Read { path: path.display().to_string(), source };
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(path).map_err(|error| read(path, error))? {
            let file = entry.map_err(|error| read(path, error))?.path();
            if file.extension().is_some_and(|extension| extension == "sql") {
                let bytes = std::fs::read(&file).map_err(|error| read(&file, error))?;
                let text = String::from_utf8(bytes)
                    .map_err(|_| RuleSetError::Encoding { path: file.display().to_string() })?;
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                sources.push(Source { file: name, text: text.trim_start_matches('\u{feff}').to_owned() });
            }
        }
        if sources.is_empty() {
            return Err(RuleSetError::Empty { path: path.display().to_string() });
        }
        sources.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(sources)
    }

    fn error(&self, line: usize, column: usize, message: String) -> RuleError {
        RuleError { file: self.file.clone(), line, column, message }
    }
}

struct Checker {
    planner: Planner,
    runtime: tokio::runtime::Runtime,
}

impl Checker {
    fn new(parameters: &Parameters) -> Result<Checker, EngineError> {
        let planner = Planner::new(parameters, &Arc::new(Slot::default()))?;
        Ok(Checker { planner, runtime: tokio::runtime::Builder::new_current_thread().build()? })
    }

    fn rule(&self, source: &Source) -> Result<Rule, Vec<RuleError>> {
        let text = source.text.as_str();
        let on_lines = |faults: Vec<(usize, String)>| {
            faults.into_iter().map(|(line, message)| source.error(line, 1, message)).collect::<Vec<_>>()
        };
        let stem = source.file.strip_suffix(".sql").unwrap_or(&source.file);
        let head = Head::parse(stem, text).map_err(on_lines)?;
        let why_line = Head::line_of(text, "why");
        let why = Template::parse(&head.why).map_err(|message| on_lines(vec![(why_line, message)]))?;
        let at_words = |faults: Vec<(String, String)>| {
            let place = |(word, message): (String, String)| {
                let (line, column) = if word == "why" { (why_line, 1) } else { place::of_word(text, &word) };
                source.error(line, column, message)
            };
            faults.into_iter().map(place).collect::<Vec<_>>()
        };
        let planned = |error| -> Vec<RuleError> {
            let faults = place::of_error(text, &error, &self.planner.table_names());
            faults.into_iter().map(|(line, column, message)| source.error(line, column, message)).collect()
        };
        self.runtime.block_on(async {
            let logical = self.planner.logical(text).await.map_err(planned)?;
            let faults = check::faults(&logical, &self.planner.table_names());
            if !faults.is_empty() {
                return Err(at_words(faults));
            }
            let shape = Shape::of(&head, &why, logical.schema().as_arrow());
            shape.map_err(at_words)?;
            self.planner.physical(&logical).await.map_err(planned)?;
            Ok(Rule { head, sql: source.text.clone(), why, reads: reads(&logical) })
        })
    }
}
