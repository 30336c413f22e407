//! What a rule finds in a case: intake, ledger and rules in memory.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use sanzao_intake::{Desk, Incoming, OrderKey, PseudonymKey, Pseudonyms, SealKey};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, EvidenceRole, FactBatch, FactId, Feed, IdNumber, Instant, SubjectId};
use serde_json::Value;

use super::{Case, CaseError, CaseFolder};
use crate::stage::{Contracts, Evaluator};
use crate::sweep::FindingMap;

const BUREAU: Bureau = Bureau(320614);

/// People of cases are invented, and the same everywhere, so that what is found can be written down: their key is no
/// secret.
pub fn key() -> PseudonymKey {
    PseudonymKey::new([0x5a; 32])
}

/// An empty ledger for cases.
pub fn ledger() -> Ledger {
    let order = OrderKey::derive(&key());
    Ledger::new(BUREAU, Box::new(move |event, sealed| order.open(event, sealed)))
}

/// Intake of events in the order given, one batch each.
///
/// # Errors
/// What intake refuses, with the event's id.
pub fn batches(events: &[Value]) -> Result<Vec<FactBatch>, String> {
    let desk = |feed: Feed| Desk::new(Contracts::of(feed), &key(), &SealKey::new([1; 32]), [BUREAU]);
    let desks: Vec<(Feed, Desk)> = Feed::ALL.into_iter().map(|feed| (feed, desk(feed))).collect();
    let mut batches = Vec::new();
    for (offset, event) in events.iter().enumerate() {
        let id = event["id"].as_str().unwrap_or_default();
        let source = event["source"].as_str().unwrap_or_default();
        let feed = source.rsplit('/').next().unwrap_or_default().parse::<Feed>();
        let feed = feed.map_err(|expected| format!("event `{id}`: {expected}"))?;
        let (_, desk) =
            desks.iter().find(|(known, _)| *known == feed).expect("there is a desk for each feed");
        let value = event.to_string();
        let incoming =
            Incoming { headers: &[], value: value.as_bytes(), partition: 0, offset: offset as u64 };
        let accepted = desk.read(&incoming).map_err(|refused| {
            format!(
                "event `{id}`: intake refuses it ({}): {} at {}",
                refused.code, refused.expected, refused.pointer
            )
        })?;
        batches.push(FactBatch {
            feed,
            partition: 0,
            upto: offset as u64 + 1,
            received: Instant(0),
            statements: vec![accepted.statement],
            notes: Vec::new(),
        });
    }
    Ok(batches)
}

/// What all rules find in a case.
///
/// # Errors
/// Which event intake refuses, or which rule fails.
pub fn judge(case: &Case, evaluator: &mut Evaluator) -> Result<FindingMap, String> {
    let mut ledger = ledger();
    batches(&case.events)?.iter().for_each(|batch| drop(ledger.apply(batch)));
    let scopes: Vec<Scope> = ledger.sweep(1_000).collect();
    let mut results = Vec::new();
    evaluator.evaluate(&ledger, &scopes, case.as_of, &mut |_, _, evaluation| results.push(evaluation));
    let mut map = FindingMap::new();
    for evaluation in results {
        evaluator.collect(evaluation, &mut map)?;
    }
    Ok(map)
}

/// Labels instead of pseudonyms.
struct Labels {
    subjects: BTreeMap<SubjectId, String>,
    facts: BTreeMap<FactId, String>,
}

impl Labels {
    fn of(case: &Case) -> Result<Labels, String> {
        let pseudonyms = Pseudonyms::new(&key());
        let mut subjects = BTreeMap::new();
        let household = |key: &str| SubjectId::Household(pseudonyms.household(key));
        for event in &case.events {
            for (field, kind) in [("benefit_id", "program"), ("household_no", "police")] {
                if let Some(own) = event["data"][field].as_str() {
                    let key = format!("{kind}:{own}");
                    subjects.insert(household(&key), key);
                }
            }
        }
        for (label, person) in &case.people {
            let Some(number) = person["id_number"].as_str() else { continue };
            subjects.insert(household(&format!("person:{number}")), format!("person:{label}"));
            if let Ok(number) = IdNumber::parse(number) {
                subjects.insert(SubjectId::Person(pseudonyms.person(&number)), label.clone());
            }
        }
        let mut facts = BTreeMap::new();
        for (event, batch) in case.events.iter().zip(batches(&case.events)?) {
            let label = event["id"].as_str().unwrap_or_default().to_owned();
            facts.entry(batch.statements[0].content.id()).or_insert(label);
        }
        Ok(Labels { subjects, facts })
    }
}

/// How many findings of a rule a map has, and they in full.
///
/// # Errors
/// Which event intake refuses.
pub fn told(map: &FindingMap, rule: &str, case: &Case) -> Result<(usize, String), String> {
    let labels = Labels::of(case)?;
    let unknown = || "?".to_owned();
    let (mut count, mut out) = (0, String::new());
    for ((_, subject, occasion), finding) in map.iter().filter(|((id, ..), _)| id.0 == rule) {
        count += 1;
        let mark = |role| match role {
            EvidenceRole::Trigger => "!",
            EvidenceRole::Link => "~",
            EvidenceRole::Context => "",
        };
        let label = |fact| labels.facts.get(fact).cloned().unwrap_or_else(unknown);
        let facts = finding.evidence.iter().map(|e| format!("{}{}", mark(e.role), label(&e.fact)));
        let facts = facts.collect::<Vec<_>>().join(" ");
        let due = finding.due.map_or(String::new(), |day| format!(" due {day}"));
        let subject = labels.subjects.get(subject).cloned().unwrap_or_else(unknown);
        let (values, why) = (&finding.values, &finding.why);
        writeln!(out, "{subject}: {occasion}{due} {values} [{facts}]\n    {why}")
            .expect("a String takes everything");
    }
    Ok((count, out))
}

/// A case that does not find what it says.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its name.
    pub case: String,
    /// Its line.
    pub line: usize,
    /// Findings that it says.
    pub expected: usize,
    /// Findings that there are.
    pub found: usize,
    /// They in full.
    pub findings: String,
}

/// What the cases of a file find.
#[derive(Debug, Clone)]
pub struct FileResult {
    /// The file.
    pub path: PathBuf,
    /// How many cases it has.
    pub cases: usize,
    /// Those that do not find what they say.
    pub wrong: Vec<Wrong>,
    /// All findings in full, as the `.txt` beside the file has them.
    pub text: String,
}

impl FileResult {
    /// The file that holds the findings in full.
    pub fn golden(&self) -> PathBuf {
        self.path.with_extension("txt")
    }

    /// The first line in which the findings differ from those that were written down, as it was and as it is.
    pub fn difference(&self) -> Option<(String, String)> {
        let was = std::fs::read_to_string(self.golden()).unwrap_or_default();
        let (mut was, mut is) = (was.lines(), self.text.lines());
        loop {
            match (was.next(), is.next()) {
                (None, None) => return None,
                (a, b) if a == b => {}
                (a, b) => return Some((a.unwrap_or_default().into(), b.unwrap_or_default().into())),
            }
        }
    }
}

/// Runs the cases of a file of a rule.
///
/// # Errors
/// What is wrong with the file, which event intake refuses, or that the rule fails.
pub fn run_file(
    folder: &CaseFolder,
    path: &Path,
    rule: &str,
    evaluator: &mut Evaluator,
) -> Result<FileResult, CaseError> {
    let cases = folder.cases(path)?;
    let mut result =
        FileResult { path: path.to_owned(), cases: cases.len(), wrong: Vec::new(), text: String::new() };
    for case in cases {
        let at = |message| CaseError::new(path, case.line, format!("case {:?}: {message}", case.name));
        let map = judge(&case, evaluator).map_err(at)?;
        let (found, findings) = told(&map, rule, &case).map_err(at)?;
        writeln!(result.text, "# {}\n{findings}", case.name).expect("a String takes everything");
        if found != case.finds {
            let (line, expected) = (case.line, case.finds);
            result.wrong.push(Wrong { case: case.name, line, expected, found, findings });
        }
    }
    Ok(result)
}
