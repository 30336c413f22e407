//! What each rule finds, from events to findings, at, below and above every threshold and date edge:
//! `crates/discovery/cases/<rule>/*.toml` have the events and how many findings each case must give, the
//! `.txt` beside them the findings in full (`make bless` rewrites them: read the diff).
//!
//! The notation is explained in `crates/discovery/cases/README.md`.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod plain;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use plain::expected;
use sanzao::cases::{Case, CaseFolder, judge, run_file};
use sanzao::stage::Evaluator;
use sanzao_discovery::{Parameters, Rule, RuleSet, Source};
use sanzao_tests::reference::Reference;

/// Where rules, parameters and cases are: `SANZAO_RULES_UNDER` names another folder, for whoever works on rules and
/// does not want to compile them in.
fn under() -> Option<PathBuf> {
    std::env::var_os("SANZAO_RULES_UNDER").map(PathBuf::from)
}

fn folder() -> CaseFolder {
    let root = under().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery"));
    CaseFolder::open(&root.join("cases")).unwrap_or_else(|error| panic!("{error}"))
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

/// The files of a rule with cases, in order.
fn files_of(rule: &str) -> Vec<PathBuf> {
    let files = folder().files_of(rule).unwrap_or_else(|error| panic!("{error}"));
    assert!(!files.is_empty(), "{rule} has no cases");
    files
}

fn cases(path: &Path) -> Vec<Case> {
    folder().cases(path).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_rule_at_below_and_above_every_threshold() {
    let (rules, ids) = rules();
    let mut evaluator = Evaluator::new(&rules, &parameters()).unwrap();
    let mut wrong = Vec::new();
    let folder = folder();
    for id in &ids {
        for path in files_of(id) {
            let result = match run_file(&folder, &path, id, &mut evaluator) {
                Ok(result) => result,
                Err(error) => {
                    wrong.push(error.to_string());
                    continue;
                }
            };
            wrong.extend(result.wrong.iter().map(|case| {
                let (name, expected, found) = (&case.case, case.expected, case.found);
                let path = path.display();
                format!("{path}, {name}: {expected} expected, found {found}\n{}", case.findings)
            }));
            if std::env::var_os("SANZAO_BLESS").is_some() {
                std::fs::write(result.golden(), &result.text).unwrap();
            }
            if let Some((was, is)) = result.difference() {
                wrong.push(format!("{} differs:\n- {was}\n+ {is}", result.golden().display()));
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
    for id in &ids {
        for path in files_of(id) {
            for case in cases(&path) {
                let map = judge(&case, &mut evaluator).unwrap();
                let found: BTreeSet<_> = map
                    .keys()
                    .map(|(rule, subject, occasion)| (rule.0.clone(), *subject, occasion.clone()))
                    .collect();
                let day = case.as_of.to_string().parse().unwrap();
                let expected = expected(&Reference::new(&case.events), day);
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

/// What a rule finds in a case, in full; none where it fails, which must not pass for noticing.
fn told(case: &Case, rule: &str, evaluator: &mut Evaluator) -> Option<String> {
    let map = judge(case, evaluator).ok()?;
    Some(sanzao::cases::told(&map, rule, case).unwrap().1)
}

/// The mutants of a rule that no case tells from it.
fn unseen(rule: &Rule, parameters: &Parameters) -> Vec<(String, String)> {
    let (id, source) = (rule.head.id.0.as_str(), rule.source());
    let load = |text: &str| RuleSet::load(&[Source { text: text.to_owned(), ..source.clone() }], parameters);
    let mut alone = Evaluator::new(&load(&source.text).unwrap(), parameters).unwrap();
    let all: Vec<Case> = files_of(id).iter().flat_map(|path| cases(path)).collect();
    let right: Vec<_> = all.iter().map(|case| told(case, id, &mut alone).unwrap()).collect();
    let (mut seen, mut unseen) = (0, Vec::new());
    for mutant in mutants(&source.text) {
        // What is no rule any more is told when it is loaded.
        let Ok(set) = load(&mutant.text) else { continue };
        let mut evaluator = Evaluator::new(&set, parameters).unwrap();
        let mut outcomes = all.iter().map(|case| told(case, id, &mut evaluator)).zip(&right);
        match outcomes.any(|(is, right)| is.is_some_and(|is| is != *right)) {
            true => seen += 1,
            false => unseen.push((id.to_owned(), mutant.name)),
        }
    }
    if seen == 0 {
        unseen.push((id.to_owned(), "it has no mutant that a case notices".to_owned()));
    }
    unseen
}

/// The cases can fail: each condition of each rule, and each column of evidence, is held by one.
#[test]
fn no_condition_can_be_changed_unseen() {
    let parameters = parameters();
    let (rules, ids) = rules();
    let rules: Vec<&Rule> = rules.rules().iter().filter(|rule| ids.contains(&rule.head.id.0)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(rule) = rules.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(unseen(rule, &parameters));
        }
        found
    };
    let found: Vec<(String, String)> = std::thread::scope(|threads| {
        let threads: Vec<_> = (0..2).map(|_| threads.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let is_known =
        |(id, name): &(String, String)| EQUIVALENT.iter().any(|(rule, known, _)| id == rule && name == known);
    let new: Vec<_> = found.iter().filter(|mutant| !is_known(mutant)).collect();
    assert!(new.is_empty(), "no case tells these from the rule:\n{new:#?}");
    let of_ids = EQUIVALENT.iter().filter(|(rule, ..)| ids.iter().any(|id| id == rule));
    for (rule, name, _) in of_ids {
        let is_there = found.contains(&((*rule).to_owned(), (*name).to_owned()));
        assert!(is_there, "{rule}: {name} is no mutant, or a case notices it");
    }
}
