//! `sanzao rules test`: the cases of a draft set.

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use sanzao_discovery::{Parameters, Rule, RuleSet};
use serde_json::{Value, json};

use super::check::fine;
use crate::cases::{CaseFolder, FileResult, Wrong, run_file};
use crate::output::say;
use crate::rule_options::RulesTestArgs;
use crate::rule_sets;
use crate::stage::Evaluator;

/// What became of the cases of one rule.
struct Tested {
    rule: String,
    cases: usize,
    /// What is wrong, as it is told.
    faults: Vec<String>,
    blessed: usize,
}

pub(super) fn run(args: &RulesTestArgs) -> Result<ExitCode> {
    let file = rule_sets::beside(&args.rules, args.parameters.as_deref());
    let (parameters, _) = rule_sets::parameters(file.as_deref())?;
    let Some(set) = fine(&args.rules, &parameters, args.json)? else { return Ok(ExitCode::FAILURE) };
    for name in &args.only {
        let known = set.rules().iter().any(|rule| rule.head.id.0 == *name);
        ensure!(
            known,
            "{} holds no rule `{name}`: `sanzao rules list --rules` tells which it holds",
            args.rules.display()
        );
    }
    let root = args.cases.clone().unwrap_or_else(|| rule_sets::neighbour(&args.rules, "cases"));
    ensure!(root.is_dir(), "there is no folder of cases {}: name it with --cases", root.display());
    let folder = CaseFolder::open(&root)?;
    let mut tested = Vec::new();
    for rule in set.rules() {
        if args.only.is_empty() || args.only.contains(&rule.head.id.0) {
            let result = test(rule, &set, &parameters, &folder, args.bless)?;
            if !args.json {
                tell(&result)?;
            }
            tested.push(result);
        }
    }
    summary(&tested, args)?;
    let failed = tested.iter().any(|rule| !rule.faults.is_empty());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn test(
    rule: &Rule,
    set: &RuleSet,
    parameters: &Parameters,
    folder: &CaseFolder,
    bless: bool,
) -> Result<Tested> {
    let id = rule.head.id.0.clone();
    let mut tested = Tested { rule: id.clone(), cases: 0, faults: Vec::new(), blessed: 0 };
    let files = match folder.files_of(&id) {
        Ok(files) => files,
        Err(error) => {
            tested.faults.push(error.to_string());
            return Ok(tested);
        }
    };
    if files.is_empty() {
        tested.faults.push(format!(
            "{id} has no cases, so that nothing says what it must find: write a file {id}/<topic>.toml among the cases"
        ));
    }
    // One rule at a time: another one that fails must not hide what this one finds.
    let mut evaluator = Evaluator::new(&set.only(|other| other.head.id == rule.head.id), parameters)?;
    for path in files {
        match run_file(folder, &path, &id, &mut evaluator) {
            Err(error) => tested.faults.push(error.to_string()),
            Ok(result) => {
                tested.cases += result.cases;
                tested.faults.extend(result.wrong.iter().map(|wrong| of_case(&result, wrong)));
                tested.faults.extend(against_golden(&result, bless, &mut tested.blessed)?);
            }
        }
    }
    Ok(tested)
}

fn of_case(result: &FileResult, wrong: &Wrong) -> String {
    let Wrong { case, line, expected, found, findings } = wrong;
    let findings = if findings.is_empty() { String::new() } else { format!(":\n{}", findings.trim_end()) };
    format!(
        "{}:{line}: case {case:?}: {expected} expected (`finds`), found {found}{findings}",
        result.path.display()
    )
}

/// What the findings in full have other than was written down; with `bless` they are written down instead.
fn against_golden(result: &FileResult, bless: bool, blessed: &mut usize) -> Result<Option<String>> {
    let golden = result.golden();
    let Some((was, is)) = result.difference() else { return Ok(None) };
    if bless {
        std::fs::write(&golden, &result.text)
            .with_context(|| format!("cannot write {}", golden.display()))?;
        *blessed += 1;
        return Ok(None);
    }
    let golden_name = golden.display();
    Ok(Some(if golden.exists() {
        format!("{golden_name} differs, first here (was, is); --bless writes what is:\n- {was}\n+ {is}")
    } else {
        format!("{golden_name} is missing: --bless writes what is found, in full, for you to read")
    }))
}

fn tell(rule: &Tested) -> Result<()> {
    for fault in &rule.faults {
        say!("{fault}\n")?;
    }
    Ok(())
}

fn summary(tested: &[Tested], args: &RulesTestArgs) -> Result<()> {
    let cases: usize = tested.iter().map(|rule| rule.cases).sum();
    let failed = tested.iter().filter(|rule| !rule.faults.is_empty()).count();
    let blessed: usize = tested.iter().map(|rule| rule.blessed).sum();
    if args.json {
        let rule = |rule: &Tested| -> Value {
            json!({ "rule": rule.rule, "cases": rule.cases, "faults": rule.faults, "blessed": rule.blessed })
        };
        let rules: Vec<Value> = tested.iter().map(rule).collect();
        return say!("{}", json!({ "cases": cases, "failed": failed, "blessed": blessed, "rules": rules }));
    }
    if blessed > 0 {
        say!("{blessed} files of findings were written: read what changed in them")?;
    }
    match failed {
        0 => say!("{} rules, {cases} cases: each finds what it must", tested.len()),
        failed => say!("{} rules, {cases} cases: {failed} rules do not find what they must", tested.len()),
    }
}
