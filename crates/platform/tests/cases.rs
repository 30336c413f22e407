//! What each rule finds, from events to findings, at, below and above every threshold and date edge:
//! `crates/discovery/cases/<rule>/*.toml` have the events and how many findings each case must give, the
//! `.txt` beside them the findings in full (`make bless` rewrites them: read the diff).
//!
//! The notation is explained in `crates/discovery/cases/README.md`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use plain::{batches, expected, key, ledger, sweep};
use sanzao::stage::Evaluator;
use sanzao::sweep::FindingMap;
use sanzao_discovery::{Parameters, RuleSet, Source};
use sanzao_intake::Pseudonyms;
use sanzao_ledger::Scope;
use sanzao_model::{Day, FactId, IdNumber, SubjectId};
use sanzao_tests::document;
use sanzao_tests::reference::Reference;
use serde_json::{Map, Value, json};
use toml::Table;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery/cases")
}

fn read(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a rule with the ending, in order.
fn files_of(rule: &str) -> Vec<PathBuf> {
    let folder = folder().join(rule);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "{rule} has no cases");
    files
}

/// One case with everything it takes from its file.
struct Case {
    name: String,
    finds: usize,
    as_of: String,
    people: BTreeMap<String, Value>,
    events: Vec<Value>,
}

fn cases(path: &Path, defaults: &Table) -> Vec<Case> {
    let file = read(path);
    for key in file.keys() {
        assert!(["as_of", "people", "events", "case"].contains(&key.as_str()), "{}: {key}", path.display());
    }
    let people = people(file["people"].as_table().unwrap());
    let variants = file["case"].as_array().unwrap().iter();
    let case = |case: &toml::Value| {
        let case = case.as_table().unwrap();
        for key in case.keys() {
            let known = ["name", "finds", "as_of", "set", "add", "drop"].contains(&key.as_str());
            assert!(known, "{}: {key}", path.display());
        }
        let name = case["name"].as_str().unwrap().to_owned();
        let as_of = case.get("as_of").unwrap_or_else(|| &file["as_of"]).as_str().unwrap().to_owned();
        let told = vary(file["events"].as_table().unwrap(), case)
            .unwrap_or_else(|fault| panic!("{}, {name}: {fault}", path.display()));
        let events = told.iter().map(|(label, event)| {
            let event = event.as_table().unwrap_or_else(|| panic!("{}: {label}", path.display()));
            event_of(label, event, defaults, &people, &as_of)
        });
        let (finds, events) = (case["finds"].as_integer().unwrap() as usize, events.collect());
        Case { name, finds, as_of, people: people.clone(), events }
    };
    variants.map(case).collect()
}

/// `{id_number, name}` by label: the number is made from the day of birth, or given.
fn people(table: &Table) -> BTreeMap<String, Value> {
    let person = |(nth, (label, about)): (usize, (&String, &toml::Value))| {
        let text = |key: &str| about.get(key).and_then(toml::Value::as_str);
        let number = match (text("number"), text("born").or(about.as_str())) {
            (Some(number), _) => number.to_owned(),
            (None, Some(born)) => {
                let first_17 = format!("320614{}{:03}", born.replace('-', ""), nth + 1);
                format!("{first_17}{}", document::check_character(&first_17))
            }
            (None, None) => panic!("{label} has neither a number nor a day of birth"),
        };
        (label.clone(), json!({"id_number": number, "name": text("name").unwrap_or(label)}))
    };
    table.iter().enumerate().map(person).collect()
}

/// The events of a case: those of the file with some left out, changed and added.
fn vary(base: &Table, case: &Table) -> Result<Table, String> {
    let mut events = base.clone();
    for label in case.get("drop").and_then(toml::Value::as_array).into_iter().flatten() {
        let label = label.as_str().ok_or("drop names events")?;
        events.remove(label).ok_or(format!("nothing to drop at {label}"))?;
    }
    for (path, value) in case.get("set").and_then(toml::Value::as_table).into_iter().flatten() {
        let (label, field) = path.split_once('.').ok_or(format!("{path} is not event.field"))?;
        let event = events.get_mut(label).and_then(toml::Value::as_table_mut);
        let event = event.ok_or(format!("there is no event {label} to set"))?;
        match value.as_str() {
            Some("null") => drop(event.remove(field)),
            _ => drop(event.insert(field.to_owned(), value.clone())),
        }
    }
    for (label, event) in case.get("add").and_then(toml::Value::as_table).into_iter().flatten() {
        if events.insert(label.clone(), event.clone()).is_some() {
            return Err(format!("event {label} is there already"));
        }
    }
    Ok(events)
}

/// The CloudEvent that a line of a case stands for.
fn event_of(
    label: &str,
    event: &Table,
    defaults: &Table,
    people: &BTreeMap<String, Value>,
    as_of: &str,
) -> Value {
    let kind = event["type"].as_str().unwrap();
    let mut data = match defaults.get(kind) {
        Some(default) => json_of(&toml::Value::Table(default.as_table().unwrap().clone())),
        None => panic!("{label}: defaults.toml does not know {kind}"),
    };
    let data = data.as_object_mut().unwrap();
    let (mut time, mut id) = (None, label.to_owned());
    for (field, value) in event {
        match field.as_str() {
            "type" => {}
            "time" => time = value.as_str().map(str::to_owned),
            "id" => id = value.as_str().unwrap().to_owned(),
            _ => drop(data.insert(field.clone(), json_of(value))),
        }
    }
    name_people(data, people);
    if kind == "medical-insurance.settlement.settled" && !data.contains_key("medfee_sumamt") {
        let sum = data["fund_pay_sumamt"].as_f64().unwrap() + data["psn_part_amt"].as_f64().unwrap();
        data.insert("medfee_sumamt".into(), json!((sum * 100.0).round() / 100.0));
    }
    let on = data.get("on").and_then(Value::as_str).map(str::to_owned);
    let month = data.get("month").and_then(Value::as_str).map(|month| format!("{month}-28"));
    let day = on.or(month).unwrap_or_else(|| as_of.to_owned());
    let feed = kind.split('.').next().unwrap();
    json!({
        "specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": time.unwrap_or_else(|| format!("{day}T08:00:00+08:00")), "data": data,
    })
}

/// Replaces labels by the people they stand for.
fn name_people(data: &mut Map<String, Value>, people: &BTreeMap<String, Value>) {
    let of = |label: &Value| match label {
        Value::String(label) => people.get(label).unwrap_or_else(|| panic!("there is no {label}")).clone(),
        // A person by another name.
        Value::Object(fields) if fields.contains_key("of") => {
            let mut person = people[fields["of"].as_str().unwrap()].clone();
            person["name"] = fields["name"].clone();
            person
        }
        other => other.clone(),
    };
    for field in ["person", "related", "child"] {
        if let Some(value) = data.get_mut(field) {
            *value = of(value);
        }
    }
    if let Some(members) = data.get_mut("members").and_then(Value::as_array_mut) {
        members.iter_mut().for_each(|member| *member = of(member));
    }
    if let Some(former) = data.get_mut("former_id_number") {
        *former = of(former)["id_number"].clone();
    }
}

fn json_of(value: &toml::Value) -> Value {
    serde_json::to_value(value).unwrap()
}

/// Labels instead of pseudonyms.
struct Labels {
    subjects: BTreeMap<SubjectId, String>,
    facts: BTreeMap<FactId, String>,
}

fn labels(case: &Case) -> Labels {
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
        let number = person["id_number"].as_str().unwrap();
        subjects.insert(household(&format!("person:{number}")), format!("person:{label}"));
        let id = pseudonyms.person(&IdNumber::parse(number).unwrap());
        subjects.insert(SubjectId::Person(id), label.clone());
    }
    let mut facts = BTreeMap::new();
    for (event, batch) in case.events.iter().zip(batches(&case.events)) {
        let label = event["id"].as_str().unwrap().to_owned();
        facts.entry(batch.statements[0].content.id()).or_insert(label);
    }
    Labels { subjects, facts }
}

/// Findings of one rule in full, and how many.
fn found(map: &FindingMap, rule: &str, labels: &Labels) -> (usize, String) {
    let (mut count, mut out) = (0, String::new());
    for ((_, subject, occasion), finding) in map.iter().filter(|((id, ..), _)| id.0 == rule) {
        count += 1;
        let facts: Vec<_> = finding.evidence.iter().map(|e| labels.facts[&e.fact].as_str()).collect();
        let due = finding.due.map_or(String::new(), |day| format!(" due {day}"));
        let subject = &labels.subjects[subject];
        writeln!(
            out,
            "{subject}: {occasion}{due} {} [{}]\n    {}",
            finding.values,
            facts.join(" "),
            finding.why
        )
        .unwrap();
    }
    (count, out)
}

fn evaluate(case: &Case, evaluator: &mut Evaluator) -> FindingMap {
    let mut ledger = ledger();
    batches(&case.events).iter().for_each(|batch| drop(ledger.apply(batch)));
    let scopes: Vec<Scope> = ledger.sweep(1_000).collect();
    sweep(evaluator, &ledger, &scopes, case.as_of.parse::<Day>().unwrap())
}

/// The cases of a rule: which do not give what they must, and all findings in full, by file.
fn run_cases(evaluator: &mut Evaluator, rule: &str, told: &mut Vec<String>) -> BTreeMap<PathBuf, String> {
    let defaults = read(&folder().join("defaults.toml"));
    let mut outputs = BTreeMap::new();
    for path in files_of(rule) {
        let mut out = String::new();
        for case in cases(&path, &defaults) {
            let map = evaluate(&case, evaluator);
            let (count, lines) = found(&map, rule, &labels(&case));
            if count != case.finds {
                let name = &case.name;
                told.push(format!(
                    "{}, {name}: {} expected, found {count}\n{lines}",
                    path.display(),
                    case.finds
                ));
            }
            writeln!(out, "# {}\n{lines}", case.name).unwrap();
        }
        outputs.insert(path, out);
    }
    outputs
}

#[test]
fn every_rule_at_below_and_above_every_threshold() {
    let rules = RuleSet::built_in();
    let mut evaluator = Evaluator::new(&rules, &Parameters::default_set()).unwrap();
    let mut wrong = Vec::new();
    for rule in rules.rules() {
        for (path, out) in run_cases(&mut evaluator, &rule.head.id.0, &mut wrong) {
            let golden = path.with_extension("txt");
            if std::env::var_os("SANZAO_BLESS").is_some() {
                std::fs::write(&golden, &out).unwrap();
            }
            let expected = std::fs::read_to_string(&golden).unwrap_or_default();
            if expected != out {
                let (was, is) = expected.lines().zip(out.lines()).find(|(a, b)| a != b).unwrap_or_default();
                wrong.push(format!("{} differs:\n- {was}\n+ {is}", golden.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same events, read by the reference that was written from the domain and not from the rules.
#[test]
fn the_reference_says_the_same_of_every_case() {
    let rules = RuleSet::built_in();
    let mut evaluator = Evaluator::new(&rules, &Parameters::default_set()).unwrap();
    let defaults = read(&folder().join("defaults.toml"));
    for rule in rules.rules() {
        for path in files_of(&rule.head.id.0) {
            for case in cases(&path, &defaults) {
                let map = evaluate(&case, &mut evaluator);
                let found: BTreeSet<_> = map
                    .keys()
                    .map(|(rule, subject, occasion)| (rule.0.clone(), *subject, occasion.clone()))
                    .collect();
                let expected = expected(&Reference::new(&case.events), case.as_of.parse().unwrap());
                assert_eq!(found, expected, "{}, {}", path.display(), case.name);
            }
        }
    }
}

/// Texts of a rule with one condition moved by one, turned round or left out.
fn mutants(text: &str) -> Vec<String> {
    let sql_begins = text.find("\nSELECT").or_else(|| text.find("\nWITH")).unwrap();
    let mut mutants = Vec::new();
    let replacements = [
        (">= ", "> "),
        (" > ", " >= "),
        (" < ", " <= "),
        ("<= ", "< "),
        ("NOT EXISTS", "EXISTS"),
        ("WHERE p.living", "WHERE TRUE"),
        ("DISTINCT ", ""),
        (" FILTER (WHERE i.is_new)", ""),
    ];
    for (from, to) in replacements {
        for (at, _) in text.match_indices(from).filter(|(at, _)| *at > sql_begins) {
            mutants.push(format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        }
    }
    for (at, _) in text.match_indices(" BETWEEN ").filter(|(at, _)| *at > sql_begins) {
        let bounds = &text[at + " BETWEEN ".len()..];
        let and = at + " BETWEEN ".len() + bounds.find(" AND ").unwrap();
        let end = text[at..].find('\n').map_or(text.len(), |line| at + line);
        mutants.push(format!("{} + 1{}", &text[..and], &text[and..]));
        mutants.push(format!("{} - 1{}", &text[..and], &text[and..]));
        mutants.push(format!("{} + 1{}", &text[..end], &text[end..]));
        mutants.push(format!("{} - 1{}", &text[..end], &text[end..]));
    }
    let lines: Vec<_> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let condition = ["AND ", "WHERE ", "OR ("].iter().any(|word| line.trim_start().starts_with(word));
        if condition && !line.ends_with('(') {
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
        let source = rule.source();
        for text in mutants(&source.text) {
            let mutant = Source { text: text.clone(), ..source.clone() };
            // What is no rule any more is told when it is loaded.
            let Ok(set) = RuleSet::load(&[mutant], &parameters) else { continue };
            let run = || {
                let mut evaluator = Evaluator::new(&set, &parameters).unwrap();
                run_cases(&mut evaluator, &rule.head.id.0, &mut Vec::new())
            };
            // A mutant may also fail at run time.
            let outputs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_default();
            let same = |(path, out): (&PathBuf, &String)| {
                std::fs::read_to_string(path.with_extension("txt")).is_ok_and(|golden| golden == *out)
            };
            if !outputs.is_empty() && outputs.iter().all(same) {
                unseen.push(text);
            } else {
                seen += 1;
            }
        }
    }
    assert!(unseen.is_empty(), "no case tells this from the rule:\n{}", unseen.join("\n\n"));
    assert!(seen > 50, "only {seen} mutants");
}
