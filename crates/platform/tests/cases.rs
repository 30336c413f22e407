//! What each rule finds, from events to findings, at, below and above every threshold and date edge:
//! `crates/discovery/cases/<rule>/*.toml` have the events and how many findings each case must give, the
//! `.txt` beside them the findings in full (`make bless` rewrites them: read the diff).
//!
//! The notation is explained in `crates/discovery/cases/README.md`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use plain::{batches, expected, key, ledger, sweep};
use sanzao::stage::Evaluator;
use sanzao::sweep::FindingMap;
use sanzao_discovery::{Parameters, RuleSet, Source};
use sanzao_intake::Pseudonyms;
use sanzao_ledger::Scope;
use sanzao_model::{Day, EvidenceRole, FactId, IdNumber, SubjectId};
use sanzao_tests::document;
use sanzao_tests::reference::Reference;
use serde_json::{Map, Value, json};
use toml::Table;

/// Where rules, parameters and cases are: `SANZAO_RULES_UNDER` names another folder, for whoever works on rules and
/// does not want to compile them in.
fn under() -> Option<PathBuf> {
    std::env::var_os("SANZAO_RULES_UNDER").map(PathBuf::from)
}

fn folder() -> PathBuf {
    under().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery")).join("cases")
}

fn parameters() -> Parameters {
    let read = |under: PathBuf| {
        let text = std::fs::read_to_string(under.join("parameters.toml")).unwrap();
        Parameters::parse(&text).unwrap_or_else(|error| panic!("{error}"))
    };
    under().map_or_else(Parameters::default_set, read)
}

/// The rules, and with `SANZAO_RULES` only those that it names.
fn rules() -> (RuleSet, Vec<String>) {
    let set = match under() {
        None => RuleSet::built_in(),
        Some(under) => match RuleSet::from_dir(&under.join("rules"), &parameters()) {
            Ok(set) => set,
            Err(error) => panic!("{error}"),
        },
    };
    let named = std::env::var("SANZAO_RULES").unwrap_or_default();
    let ids = set.rules().iter().map(|rule| rule.head.id.0.clone());
    let ids = ids.filter(|id| named.is_empty() || named.split_whitespace().any(|name| name == id)).collect();
    (set, ids)
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
        let mark = |role| match role {
            EvidenceRole::Trigger => "!",
            EvidenceRole::Link => "~",
            EvidenceRole::Context => "",
        };
        let facts = finding.evidence.iter().map(|e| format!("{}{}", mark(e.role), labels.facts[&e.fact]));
        let facts: Vec<_> = facts.collect();
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
    let (rules, ids) = rules();
    let mut evaluator = Evaluator::new(&rules, &parameters()).unwrap();
    let mut wrong = Vec::new();
    for id in &ids {
        for (path, out) in run_cases(&mut evaluator, id, &mut wrong) {
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
    let (rules, ids) = rules();
    let mut evaluator = Evaluator::new(&rules, &parameters()).unwrap();
    let defaults = read(&folder().join("defaults.toml"));
    for id in &ids {
        for path in files_of(id) {
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

/// A rule with one thing changed that a case has to notice.
struct Mutant {
    /// The line as it was and as it is.
    name: String,
    text: String,
}

/// A place in a text, and what to write there instead.
type Edit = (Range<usize>, String);

fn mutant(text: &str, (at, by): Edit) -> Mutant {
    let begin = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at.end..].find('\n').map_or(text.len(), |end| at.end + end);
    let on_one_line = |lines: &str| lines.split_whitespace().collect::<Vec<_>>().join(" ");
    let was = on_one_line(&text[begin..end]);
    let is = on_one_line(&format!("{}{by}{}", &text[begin..at.start], &text[at.end..end]));
    Mutant {
        name: format!("`{was}` → `{is}`"),
        text: format!("{}{by}{}", &text[..at.start], &text[at.end..]),
    }
}

/// Conditions moved by one, turned round or left out; ends of aggregates, branches and evidence.
fn mutants(text: &str) -> Vec<Mutant> {
    let begin = ["\nSELECT", "\nWITH"].iter().filter_map(|word| text.find(word)).min().unwrap() + 1;
    let mut edits = words_replaced(&text[begin..]);
    edits.extend(bounds_moved(&text[begin..]));
    edits.extend(items_removed(&text[begin..]));
    edits.extend(branches_swapped(&text[begin..]));
    let mut at = 0;
    for line in text[begin..].split_inclusive('\n') {
        let terms = terms_removed(line).into_iter();
        edits.extend(terms.map(|(range, by)| (at + range.start..at + range.end, by)));
        edits.extend(line_removed(&text[begin..], at, line));
        at += line.len();
    }
    // Edits count from where the SQL begins.
    edits.into_iter().map(|(range, by)| mutant(text, (begin + range.start..begin + range.end, by))).collect()
}

fn words_replaced(sql: &str) -> Vec<Edit> {
    let replacements = [
        (">= ", "> "),
        (" > ", " >= "),
        (" < ", " <= "),
        ("<= ", "< "),
        (" = '", " <> '"),
        ("<> '", "= '"),
        ("NOT ", ""),
        ("DISTINCT ", ""),
        ("bool_and(", "bool_or("),
        ("bool_or(", "bool_and("),
        (" min(", " max("),
        (" max(", " min("),
    ];
    let mut edits = Vec::new();
    for (from, to) in replacements {
        edits.extend(sql.match_indices(from).map(|(at, _)| (at..at + from.len(), to.to_owned())));
    }
    for (at, _) in sql.match_indices(" FILTER (") {
        edits.push((at..at + sql[at..].find(')').unwrap() + 1, String::new()));
    }
    edits
}

/// Both bounds of BETWEEN, one more and one less.
fn bounds_moved(sql: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, word) in sql.match_indices(" BETWEEN ") {
        let lower = at + word.len();
        let lower_end = lower + sql[lower..].find(" AND ").unwrap();
        let upper_end = sql[at..].find('\n').map_or(sql.len(), |end| at + end);
        for end in [lower_end, upper_end] {
            edits.push((end..end, " + 1".into()));
            edits.push((end..end, " - 1".into()));
        }
    }
    edits
}

/// Lists of IN without one of their items.
fn items_removed(sql: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, word) in sql.match_indices(" IN ('") {
        let begin = at + word.len() - 1;
        let end = begin + sql[begin..].find(')').unwrap();
        edits.extend(without_one(&sql[begin..end], ", ").into_iter().map(|by| (begin..end, by)));
    }
    edits
}

/// THEN and ELSE changed for each other.
fn branches_swapped(sql: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, _) in sql.match_indices("CASE WHEN ") {
        let (case, _) = sql[at..].split_once(" END").unwrap();
        let (condition, branches) = case.split_once(" THEN ").unwrap();
        let (one, other) = branches.split_once(" ELSE ").unwrap();
        edits.push((at..at + case.len(), format!("{condition} THEN {other} ELSE {one}")));
    }
    edits
}

/// Conditions of one line that are joined by AND (after ON, WHERE or a parenthesis), without one of them.
fn terms_removed(line: &str) -> Vec<Edit> {
    let indent = line.len() - line.trim_start().len();
    let Some(first) = line[indent..].find(" AND ").filter(|_| !line.contains(" BETWEEN ")) else {
        return Vec::new();
    };
    let before = &line[..indent + first];
    let begins = [" ON ", "WHERE ", "("].iter().filter_map(|word| Some(before.rfind(word)? + word.len()));
    let Some(begin) = begins.max() else { return Vec::new() };
    let mut open = 0;
    let closing = line[begin..].find(|c| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open < 0 || c == '\n'
    });
    let end = closing.map_or(line.len(), |closing| begin + closing);
    without_one(&line[begin..end], " AND ").into_iter().map(|by| (begin..end, by)).collect()
}

/// A condition or a column of evidence left out with its whole line, which begins at a place of the SQL.
fn line_removed(sql: &str, at: usize, line: &str) -> Vec<Edit> {
    let code = line.trim();
    let whole = at..at + line.trim_end().len();
    let mut edits = Vec::new();
    let is_condition = ["AND ", "WHERE ", "OR (", "HAVING "].iter().any(|word| code.starts_with(word));
    if is_condition && !code.ends_with('(') {
        edits.push((whole.clone(), String::new()));
    }
    if code.starts_with("WHERE ") {
        edits.push((whole.clone(), "WHERE TRUE".into()));
    }
    if [" AS fact", " AS link", " AS trigger"].iter().any(|evidence| code.contains(evidence))
        && !code.starts_with("SELECT ")
    {
        // With the last column goes the comma before it.
        let begin = if code.ends_with(',') { at } else { sql[..at].trim_end().trim_end_matches(',').len() };
        edits.push((begin..whole.end, String::new()));
    }
    edits
}

/// What is between `joint`s, each time without one of the parts.
fn without_one(list: &str, joint: &str) -> Vec<String> {
    let parts: Vec<_> = list.split(joint).collect();
    let others = |left_out: usize| {
        let others = parts.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, part)| *part);
        others.collect::<Vec<_>>().join(joint)
    };
    if parts.len() > 1 { (0..parts.len()).map(others).collect() } else { Vec::new() }
}

/// Mutants that find the same as the rule in every case there can be: rule, name, and why that is so.
const EQUIVALENT: &[(&str, &str, &str)] = &[];

/// What a rule finds in a case, in full; none where that panics, which must not pass for noticing.
fn told(case: &Case, rule: &str, set: &RuleSet, parameters: &Parameters) -> Option<String> {
    let run = || {
        let mut evaluator = Evaluator::new(set, parameters).unwrap();
        found(&evaluate(case, &mut evaluator), rule, &labels(case)).1
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok()
}

/// The cases can fail: each condition of each rule, and each column of evidence, is held by one.
#[test]
fn no_condition_can_be_changed_unseen() {
    let parameters = parameters();
    let defaults = read(&folder().join("defaults.toml"));
    let (rules, ids) = rules();
    let (mut unseen, mut unknown) = (Vec::new(), EQUIVALENT.to_vec());
    unknown.retain(|(rule, ..)| ids.iter().any(|id| id == rule));
    for rule in rules.rules().iter().filter(|rule| ids.contains(&rule.head.id.0)) {
        let (id, source) = (rule.head.id.0.as_str(), rule.source());
        let load =
            |text: &str| RuleSet::load(&[Source { text: text.to_owned(), ..source.clone() }], &parameters);
        let alone = load(&source.text).unwrap();
        let all: Vec<Case> = files_of(id).iter().flat_map(|path| cases(path, &defaults)).collect();
        let right: Vec<_> = all.iter().map(|case| told(case, id, &alone, &parameters).unwrap()).collect();
        let mut seen = 0;
        for mutant in mutants(&source.text) {
            // What is no rule any more is told when it is loaded.
            let Ok(set) = load(&mutant.text) else { continue };
            let mut outcomes = all.iter().map(|case| told(case, id, &set, &parameters)).zip(&right);
            if outcomes.any(|(is, right)| is.is_some_and(|is| is != *right)) {
                seen += 1;
                continue;
            }
            let known = unknown.len();
            unknown.retain(|(rule, name, _)| (*rule, *name) != (id, mutant.name.as_str()));
            if unknown.len() == known {
                unseen.push(format!("{id}: {}", mutant.name));
            }
        }
        if seen == 0 {
            unseen.push(format!("{id}: it has no mutant that a case notices"));
        }
    }
    assert!(unseen.is_empty(), "no case tells these from the rule:\n{}", unseen.join("\n"));
    assert!(unknown.is_empty(), "these are no mutants, or a case notices them: {unknown:?}");
}
