//! `sanzao findings`: every finding true on a date, by a full sweep.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, Day, Finding, Instant, RuleId, SubjectId};
use serde::Serialize;

use crate::cli::{FindingsArgs, KnownAt};
use crate::config::Config;
use crate::data_dir::DataDir;
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
    for bureau in pipeline.topics.bureaus() {
        let found = match args.known_at {
            None => sweep(&mut pipeline.evaluator()?, pipeline.ledger_of(*bureau)?.ledger(), args.as_of)?,
            Some(KnownAt(time)) => known_at(&pipeline, *bureau, time, args)?,
        };
        match write_lines(&found) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            result => result.context("cannot write the findings")?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What was true of a day by what the platform knew at a time.
fn known_at(pipeline: &Pipeline, bureau: Bureau, time: Instant, args: &FindingsArgs) -> Result<FindingMap> {
    let stage = pipeline.ledger_upto(bureau, pipeline.known_at(bureau, time)?)?;
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
    sweep(&mut evaluator, stage.ledger(), args.as_of)
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
/// When a rule cannot be evaluated: nothing is printed rather than half of the truth.
pub(crate) fn sweep(evaluator: &mut Evaluator, ledger: &Ledger, day: Day) -> Result<FindingMap> {
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
        evaluator.collect(evaluation, &mut map).map_err(anyhow::Error::msg)?;
    }
    Ok(map)
}
