//! `sanzao findings`: every finding true on a date, by a full sweep.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, Day, Finding, Instant, RuleId, SubjectId};
use serde::Serialize;

use crate::cli::{FindingsArgs, KnownAt};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::aside;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::stage::{Evaluator, SWEEP_PEOPLE};
use crate::sweep::FindingMap;

/// One line of the output.
#[derive(Serialize)]
struct Line<'a> {
    rule: &'a RuleId,
    person_id: Option<String>,
    household_id: Option<String>,
    occasion: &'a str,
    values: &'a serde_json::value::RawValue,
    facts: Vec<String>,
}

pub(crate) fn run(args: &FindingsArgs) -> Result<ExitCode> {
    let config =
        Config::read_with_data(args.config.as_deref(), args.data.as_deref())?.with_rules(&args.rules);
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)?;
    let mut unknown = BTreeMap::new();
    for bureau in pipeline.topics.bureaus() {
        let found = match args.known_at {
            None => now(&pipeline, *bureau, args.as_of, &mut unknown)?,
            Some(KnownAt(time)) => known_at(&pipeline, *bureau, time, args, &mut unknown)?,
        };
        match write_lines(&found) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            result => result.context("cannot write the findings")?,
        }
    }
    for (rule, reason) in &unknown {
        aside(format_args!("{rule} is unknown, and in none of the lines: {reason}"));
    }
    Ok(if unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Rules that could not be evaluated, and why.
type Unknown = BTreeMap<RuleId, String>;

/// What is true of a day by what is known now.
fn now(pipeline: &Pipeline, bureau: Bureau, day: Day, unknown: &mut Unknown) -> Result<FindingMap> {
    let stage = pipeline.ledger_of(bureau)?;
    if stage.on_record().hash.as_ref().is_some_and(|hash| *hash != pipeline.rules_hash()) {
        aside(format_args!(
            "judged by other rules or numbers than those on record: name the --config that `sanzao run` has"
        ));
    }
    sweep_known(&mut pipeline.evaluator()?, stage.ledger(), day, unknown)
}

/// What was true of a day by what the platform knew at a time.
fn known_at(
    pipeline: &Pipeline,
    bureau: Bureau,
    time: Instant,
    args: &FindingsArgs,
    unknown: &mut Unknown,
) -> Result<FindingMap> {
    let stage = pipeline.ledger_upto(bureau, pipeline.known_at(bureau, time)?)?;
    if stage.ledger().people_count() == 0 {
        aside("nothing was on record then");
    }
    let on_record = stage.on_record();
    let asked_for_others = args.rules.is_some();
    let mut evaluator = match &on_record.hash {
        Some(_) if !asked_for_others => {
            let (rules, parameters) =
                on_record.load().context("they are of another version of the software: run it")?;
            Evaluator::new(&rules, &parameters)?
        }
        // Before anything was evaluated no rules were on record.
        _ => pipeline.evaluator()?,
    };
    sweep_known(&mut evaluator, stage.ledger(), args.as_of, unknown)
}

fn write_lines(found: &FindingMap) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for ((rule, subject, occasion), finding) in found {
        write_line(&mut out, rule, *subject, occasion, finding)?;
    }
    out.flush()
}

fn write_line(
    out: &mut impl Write,
    rule: &RuleId,
    subject: SubjectId,
    occasion: &str,
    finding: &Finding,
) -> std::io::Result<()> {
    let (person_id, household_id) = match subject {
        SubjectId::Person(person) => (Some(person.to_string()), None),
        SubjectId::Household(household) => (None, Some(household.to_string())),
    };
    let values = serde_json::from_str(&finding.values).map_err(std::io::Error::other)?;
    let facts = finding.evidence.iter().map(|evidence| evidence.fact.to_string()).collect();
    serde_json::to_writer(&mut *out, &Line { rule, person_id, household_id, occasion, values, facts })?;
    out.write_all(b"\n")
}

/// Everything true of a ledger on a day.
///
/// # Errors
/// When a rule cannot be evaluated: a comparison with half of the truth says nothing.
pub(crate) fn sweep(evaluator: &mut Evaluator, ledger: &Ledger, day: Day) -> Result<FindingMap> {
    let mut unknown = Unknown::new();
    let map = sweep_known(evaluator, ledger, day, &mut unknown)?;
    match unknown.into_iter().next() {
        Some((rule, reason)) => anyhow::bail!("rule {rule} could not be evaluated: {reason}"),
        None => Ok(map),
    }
}

/// The same, without rules that could not be evaluated.
fn sweep_known(
    evaluator: &mut Evaluator,
    ledger: &Ledger,
    day: Day,
    unknown: &mut Unknown,
) -> Result<FindingMap> {
    let scopes: Vec<Scope> = ledger.sweep(SWEEP_PEOPLE).collect();
    let bar = progress::bar(ledger.people_count() as u64, "evaluating people");
    let mut results = Vec::with_capacity(scopes.len());
    evaluator.evaluate(ledger, &scopes, day, &mut |scope, _, evaluation| {
        bar.inc(scope.people_count() as u64);
        results.push(evaluation);
    });
    bar.finish_and_clear();
    let mut map = FindingMap::new();
    for evaluation in results {
        evaluator.collect_known(evaluation, &mut map, unknown);
    }
    // Of a rule that failed for some people, what it found about others is no answer.
    map.retain(|(rule, ..), _| !unknown.contains_key(rule));
    Ok(map)
}
