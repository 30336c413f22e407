//! A full sweep, timed in its parts, and the tables and findings of it as files, for comparison with another engine:
//! `cargo run --release --example sweep -- DATA DAY OUT` (see `tests/duckdb`).

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use sanzao::stage::SWEEP_PEOPLE;
use sanzao::{Pipeline, stage::Evaluator};
use sanzao_discovery::{Engine, export};
use sanzao_ledger::Scope;
use sanzao_model::{Day, SubjectId};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, day, out] = arguments.as_slice() else { bail!("usage: sweep DATA DAY OUT") };
    let day: Day = day.parse()?;
    let out = Path::new(out);
    std::fs::create_dir_all(out).context("OUT")?;
    let config = Config { data: data.into(), ..Config::default() };
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)?;
    let bureau = pipeline.topics.bureaus()[0];
    let stage = pipeline.ledger_of(bureau)?;
    let ledger = stage.ledger();
    let scopes: Vec<Scope> = ledger.sweep(SWEEP_PEOPLE).collect();

    // As the platform sweeps: tables and rules, scope after scope, on every core.
    let mut evaluator = Evaluator::new(&pipeline.rules, &pipeline.parameters)?;
    for round in 0..3 {
        let started = Instant::now();
        let mut findings = 0;
        evaluator.evaluate(ledger, &scopes, day, &mut |_, _, found| findings += found.findings.len());
        eprintln!("round {round}: {findings} findings in {:.3} s, whole", started.elapsed().as_secs_f64());
    }
    // On one core, in its parts.
    let mut engine = Engine::new(&pipeline.rules, &pipeline.parameters)?;
    let (mut tables_took, mut rules_took) = (Duration::ZERO, Duration::ZERO);
    for scope in &scopes {
        let started = Instant::now();
        let tables = ledger.tables_needed(scope, day, engine.needed());
        tables_took += started.elapsed();
        let started = Instant::now();
        let evaluation = engine.evaluate(&tables);
        rules_took += started.elapsed();
        if let Some((rule, reason)) = evaluation.failed.first() {
            bail!("{}: {reason}", pipeline.rules.rules()[*rule].head.id);
        }
    }
    eprintln!("one core: tables {:.3} s, rules {:.3} s", tables_took.as_secs_f64(), rules_took.as_secs_f64());

    // One batch of everybody, for the other engine.
    let everybody: Vec<Scope> = ledger.sweep(usize::MAX).collect();
    let tables = ledger.tables_needed(&everybody[0], day, engine.needed());
    export(&tables, &pipeline.parameters, out)?;
    let started = Instant::now();
    let evaluation = engine.evaluate(&tables);
    eprintln!("one batch of everybody, one core: rules {:.3} s", started.elapsed().as_secs_f64());
    let people = tables.people.iter().enumerate().map(|(at, id)| (SubjectId::Person(*id), at));
    let households = tables.households.iter().enumerate().map(|(at, id)| (SubjectId::Household(*id), at));
    let places: HashMap<SubjectId, usize> = people.chain(households).collect();
    let mut lines: Vec<String> = Vec::new();
    for found in &evaluation.findings {
        let subject = places.get(&found.subject).context("a finding is of nobody")?;
        let rule = &pipeline.rules.rules()[found.rule].head.id;
        lines.push(format!("{rule}\t{subject}\t{}\t{}", found.finding.occasion, found.finding.values));
    }
    lines.sort();
    let mut file = std::fs::File::create(out.join("findings.tsv"))?;
    lines.iter().try_for_each(|line| writeln!(file, "{line}"))?;
    for rule in pipeline.rules.rules() {
        std::fs::write(out.join(rule.source().file), rule.source().text)?;
    }
    eprintln!("{} findings, {} people", lines.len(), tables.people.len());
    Ok(())
}
