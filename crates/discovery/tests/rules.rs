//! What each rule finds, at, below and above every threshold: `rules/<rule>.toml` has the rows, and how many
//! findings each case must give; `rules/<rule>.txt` has the findings in full (`SANZAO_BLESS=1` rewrites it:
//! read the diff).
//!
//! A case is `[base]` with `set` ("table.row.column" = value), `add` (rows) and `drop` ("table" or "table.row").
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "table_file/mod.rs"]
mod table_file;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use sanzao_discovery::{Engine, Evaluation, Parameters, RuleSet, Source};
use sanzao_model::SubjectId;
use table_file::Labels;
use toml::{Table, Value};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

fn vary(base: &Table, case: &Table) -> Table {
    let mut root = base.clone();
    for path in case.get("drop").and_then(Value::as_array).into_iter().flatten() {
        let path = path.as_str().unwrap();
        match path.split_once('.') {
            None => assert!(root.remove(path).is_some(), "nothing to drop at {path}"),
            Some((table, row)) => {
                root[table].as_array_mut().unwrap().remove(row.parse().unwrap());
            }
        }
    }
    for (path, value) in case.get("set").and_then(Value::as_table).into_iter().flatten() {
        let parts: Vec<_> = path.split('.').collect();
        match parts.as_slice() {
            [key] => drop(root.insert((*key).into(), value.clone())),
            [table, row, column] => {
                let rows = root[*table].as_array_mut().unwrap();
                let row = rows[row.parse::<usize>().unwrap()].as_table_mut().unwrap();
                if value.as_str() == Some("null") {
                    row.remove(*column);
                } else {
                    row.insert((*column).into(), value.clone());
                }
            }
            _ => panic!("set: {path}"),
        }
    }
    for (table, rows) in case.get("add").and_then(Value::as_table).into_iter().flatten() {
        let all = root.entry(table.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        all.as_array_mut().unwrap().extend(rows.as_array().unwrap().iter().cloned());
    }
    root
}

/// Findings of one rule, one a line with its explanation below; and how many.
fn found(evaluation: &Evaluation, rules: &RuleSet, rule: &str, labels: &Labels) -> (usize, String) {
    assert_eq!(evaluation.failed, []);
    let label = |bytes: &[u8; 16], labels: &[String]| {
        labels.iter().find(|label| table_file::bytes(label) == *bytes).cloned().unwrap()
    };
    let mut out = String::new();
    let mut count = 0;
    for found in &evaluation.findings {
        if rules.rules()[found.rule].head.id.0 != rule {
            continue;
        }
        count += 1;
        let subject = match &found.subject {
            SubjectId::Person(id) => label(&id.0, &labels.people),
            SubjectId::Household(id) => label(&id.0, &labels.households),
        };
        let finding = &found.finding;
        let facts: Vec<_> = finding.evidence.iter().map(|e| label(&e.fact.0, &labels.facts)).collect();
        let due = finding.due.map_or(String::new(), |day| format!(" due {day}"));
        writeln!(out, "{subject}: {}{due} {} [{}]", finding.occasion, finding.values, facts.join(" "))
            .unwrap();
        writeln!(out, "    {}", finding.why).unwrap();
    }
    (count, out)
}

/// The cases of a rule: which give another number of findings than they must, and all findings in full.
fn run_cases(engine: &mut Engine, rules: &RuleSet, id: &str) -> (Vec<String>, String) {
    let path = folder().join(format!("{id}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut wrong, mut out) = (Vec::new(), String::new());
    for case in file["case"].as_array().unwrap() {
        let case = case.as_table().unwrap();
        for key in case.keys() {
            assert!(["name", "finds", "set", "add", "drop"].contains(&key.as_str()), "{id}: {key}");
        }
        let name = case["name"].as_str().unwrap();
        let (tables, labels) = table_file::tables(&vary(file["base"].as_table().unwrap(), case));
        let (count, lines) = found(&engine.evaluate(&tables), rules, id, &labels);
        let expected = case["finds"].as_integer().unwrap();
        if count as i64 != expected {
            wrong.push(format!("{id}, {name}: {expected} expected, found {count}\n{lines}"));
        }
        write!(out, "# {name}\n{lines}\n").unwrap();
    }
    (wrong, out)
}

#[test]
fn every_rule_at_below_and_above_every_threshold() {
    let rules = RuleSet::built_in();
    // One engine for all cases: what one leaves behind would show in the next.
    let mut engine = Engine::new(&rules, &Parameters::default_set()).unwrap();
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        let id = &rule.head.id.0;
        let (faults, out) = run_cases(&mut engine, &rules, id);
        wrong.extend(faults);
        let golden = folder().join(format!("{id}.txt"));
        if std::env::var_os("SANZAO_BLESS").is_some() {
            std::fs::write(&golden, &out).unwrap();
        }
        if std::fs::read_to_string(&golden).unwrap_or_default() != out {
            wrong.push(format!(
                "{id}.txt is not what the rule gives: run with SANZAO_BLESS=1 and read the diff"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts of a rule with one condition moved by one, turned round or left out.
fn mutants(text: &str) -> Vec<String> {
    let sql_begins = text.find("\nSELECT").or_else(|| text.find("\nWITH")).unwrap();
    let mut mutants = Vec::new();
    for (from, to) in
        [(">= ", "> "), (" > ", " >= "), (" < ", " <= "), ("<= ", "< "), ("NOT EXISTS", "EXISTS")]
    {
        for (at, _) in text.match_indices(from).filter(|(at, _)| *at > sql_begins) {
            mutants.push(format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        }
    }
    for (from, to) in [("WHERE p.living", "WHERE TRUE"), ("DISTINCT ", ""), (" FILTER (WHERE i.is_new)", "")]
    {
        for (at, _) in text.match_indices(from).filter(|(at, _)| *at > sql_begins) {
            mutants.push(format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        }
    }
    let lines: Vec<_> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let condition = ["AND ", "WHERE ", "OR ("].iter().any(|word| line.trim_start().starts_with(word));
        if condition && !line.ends_with("(") {
            let kept = lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line);
            mutants.push(kept.collect::<Vec<_>>().join("\n"));
        }
    }
    mutants
}

/// The cases can fail: each condition of each rule is held by one.
#[test]
fn no_condition_can_be_moved_unseen() {
    let rules = RuleSet::built_in();
    let parameters = Parameters::default_set();
    let (mut seen, mut unseen) = (0, Vec::new());
    for rule in rules.rules() {
        let id = &rule.head.id.0;
        let golden = std::fs::read_to_string(folder().join(format!("{id}.txt"))).unwrap();
        let source = rule.source();
        for text in mutants(&source.text) {
            let mutant = Source { text: text.clone(), ..source.clone() };
            // What is no rule any more is told when it is loaded.
            let Ok(set) = RuleSet::load(&[mutant], &parameters) else { continue };
            let mut engine = Engine::new(&set, &parameters).unwrap();
            let outcome =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run_cases(&mut engine, &set, id).1));
            match outcome {
                Ok(out) if out == golden => unseen.push(text),
                _ => seen += 1,
            }
        }
    }
    assert!(unseen.is_empty(), "no case tells this from the rule:\n{}", unseen.join("\n\n"));
    assert!(seen > 50, "only {seen} mutants");
}
