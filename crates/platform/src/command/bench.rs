//! `sanzao bench`: CPU per event for each stage, beside the budget of the design.

mod api;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use cpu_time::ProcessTime;
use sanzao_casework::{Calendar, Casework};
use sanzao_discovery::{Engine, Evaluation, Findings, RuleSet};
use sanzao_intake::Incoming;
use sanzao_journal::{Journal, NewRecord, Stream, Write};
use sanzao_ledger::tables::Needed;
use sanzao_ledger::{Ledger, Scope, Tables};
use sanzao_model::{
    Day, FactBatch, FactsRecord, Feed, FindingBatch, InboxRecord, Instant, Level, RuleId, Statement,
};

use super::synth::district;
use crate::cli::BenchArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::{aside, say};
use crate::pipeline::Pipeline;
use crate::stage::SWEEP_PEOPLE;
use api::Quickness;

/// Raw events of one record of facts, as intake packs them.
const EVENTS_PER_BATCH: usize = 5_000;

/// The budget of an event through all stages, in µs of CPU (design §5: 100,000 events/s on two cores).
const BUDGET_MICROS: f64 = 20.0;

/// What a stage cost, and its budget (design §5), in µs of CPU per event.
#[derive(serde::Serialize)]
struct Row {
    stage: &'static str,
    micros_per_event: f64,
    budget_micros: f64,
}

struct Bench {
    pipeline: Pipeline,
    events: usize,
    rows: Vec<Row>,
}

impl Bench {
    /// Runs a stage and notes its CPU time.
    fn measure<T>(
        &mut self,
        stage: &'static str,
        budget_micros: f64,
        work: impl FnOnce(&Pipeline) -> Result<T>,
    ) -> Result<T> {
        let started = ProcessTime::now();
        let result = work(&self.pipeline)?;
        let micros_per_event = started.elapsed().as_secs_f64() * 1e6 / self.events as f64;
        aside(format_args!("{stage:44} {micros_per_event:8.2} µs/event"));
        self.rows.push(Row { stage, micros_per_event, budget_micros });
        Ok(result)
    }
}

pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode> {
    let lists = if args.items > 0 { api::lists(args.items, args.seconds)? } else { Vec::new() };
    if args.lists_only {
        match args.json {
            true => say!("{}", serde_json::json!({"items": args.items, "lists": lists}))?,
            false => tell(&lists, args)?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let pipeline = Pipeline::open(&Config::default(), DataDir::create(folder.path())?)?;
    let (lines, as_of) = synthesise(args)?;
    let events = lines.values().map(Vec::len).sum();
    let mut bench = Bench { pipeline, events, rows: Vec::new() };

    bench.measure("feed: append and read", 1.0, |pipeline| feeds(pipeline, &lines))?;
    let batches = bench.measure("intake: JSON to facts", 4.5, |pipeline| Ok(intake(pipeline, &lines)))?;
    drop(lines);
    let batches =
        bench.measure("facts: encode, append, read, decode", 1.0, |pipeline| topics(pipeline, batches))?;
    let ledger = bench.measure("ledger: apply", 1.5, |pipeline| {
        let mut ledger = Ledger::new(pipeline.topics.bureaus()[0], pipeline.open_id());
        batches.iter().for_each(|batch| drop(ledger.apply(batch)));
        Ok(ledger)
    })?;
    drop(batches);
    let tables = bench.measure("tables: the terms of a sweep", 5.0, |pipeline| {
        Ok(tables(&ledger, as_of, pipeline.rules.needed()))
    })?;
    let evaluations =
        bench.measure("rules: a sweep of every rule", 2.0, |pipeline| rules(pipeline, &tables))?;
    bench.measure("findings and casework", 1.0, |pipeline| {
        casework(pipeline, as_of, &ledger, &tables, &evaluations)
    })?;
    let rules = each_rule(&bench, &tables)?;
    report(&bench, &rules, &lists, args)?;
    Ok(ExitCode::SUCCESS)
}

/// What a rule costs in a sweep, with the columns that are made for it.
#[derive(serde::Serialize)]
struct RuleCost {
    rule: RuleId,
    micros_per_event: f64,
    findings: usize,
}

/// Each rule alone, the dearest first. Together they cost less: columns that several read are made once.
fn each_rule(bench: &Bench, tables: &[Tables]) -> Result<Vec<RuleCost>> {
    let mut costs = Vec::new();
    let Pipeline { rules, parameters, .. } = &bench.pipeline;
    for rule in rules.rules() {
        let alone = RuleSet::load(&[rule.source()], parameters).map_err(|errors| {
            match errors.into_iter().next() {
                Some(error) => anyhow::Error::new(error),
                None => anyhow::anyhow!("{} cannot be used alone", rule.head.id),
            }
        })?;
        let mut engine = Engine::new(&alone, parameters)?;
        let started = ProcessTime::now();
        let findings = tables.iter().map(|tables| engine.evaluate(tables).findings.len()).sum();
        let micros_per_event = started.elapsed().as_secs_f64() * 1e6 / bench.events as f64;
        costs.push(RuleCost { rule: rule.head.id.clone(), micros_per_event, findings });
    }
    costs.sort_by(|a, b| b.micros_per_event.total_cmp(&a.micros_per_event));
    Ok(costs)
}

fn report(bench: &Bench, rules: &[RuleCost], lists: &[Quickness], args: &BenchArgs) -> Result<()> {
    let total: f64 = bench.rows.iter().map(|row| row.micros_per_event).sum();
    let per_second = 1e6 / total;
    if args.json {
        let report = serde_json::json!({
            "events": bench.events, "stages": bench.rows, "micros_per_event": total,
            "budget_micros": BUDGET_MICROS, "events_per_second_and_core": per_second, "rules": rules, "items": args.items,
            "lists": lists,
        });
        return say!("{report}");
    }
    say!("{} events of {} people, {} months; µs of CPU per event", bench.events, args.people, args.months)?;
    say!("{:44} {:>9} {:>9}", "stage", "measured", "budget")?;
    for row in &bench.rows {
        say!("{:44} {:>9.2} {:>9.1}", row.stage, row.micros_per_event, row.budget_micros)?;
    }
    say!("{:44} {total:>9.2} {BUDGET_MICROS:>9.1}", "all")?;
    say!("{per_second:.0} events/s a core")?;
    say!("each of the {} rules alone, with the columns made for it", rules.len())?;
    rules.iter().try_for_each(|RuleCost { rule, micros_per_event, findings }| {
        say!("  {:42} {micros_per_event:>9.3} µs/event {findings:>8} findings", rule.0)
    })?;
    tell(lists, args)
}

/// How quick lists are, and the goal.
fn tell(lists: &[Quickness], args: &BenchArgs) -> Result<()> {
    if lists.is_empty() {
        return Ok(());
    }
    say!(
        "lists of {} alerts and tasks over HTTP, 1,000 requests a second; ms from when each was due",
        args.items
    )?;
    say!("{:30} {:>9} {:>9} {:>9}", "filter", "p50", "p99", "goal p99")?;
    lists.iter().try_for_each(|Quickness { filter, p50_millis, p99_millis, goal_p99_millis, .. }| {
        say!("{filter:30} {p50_millis:>9.2} {p99_millis:>9.2} {goal_p99_millis:>9.0}")
    })
}

/// Events as they are sent, by feed.
type Lines = BTreeMap<Feed, Vec<Vec<u8>>>;

fn synthesise(args: &BenchArgs) -> Result<(Lines, Day)> {
    let district = district(args.people, args.months, 1);
    let mut lines = Lines::new();
    let mut take = |line: sanzao_synth::Line| -> Result<()> {
        let feed: Feed = line.feed.as_str().parse().map_err(anyhow::Error::msg)?;
        lines.entry(feed).or_default().push(line.json.into_bytes());
        Ok(())
    };
    sanzao_synth::generate(&district, &mut take, &mut |_| {})?;
    Ok((lines, Day::from(district.end)))
}

fn append(journal: &dyn Journal, stream: &Stream, values: Vec<Vec<u8>>) -> Result<()> {
    let records = values.into_iter().map(|value| NewRecord { value, ..NewRecord::default() }).collect();
    journal.write(Write { appends: vec![(stream.clone(), records)], commits: Vec::new() })?;
    Ok(())
}

fn read_all(journal: &dyn Journal, stream: &Stream, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut position = 0;
    loop {
        let batch = journal.read(stream, position, 4 << 20)?;
        if batch.next == position {
            return Ok(());
        }
        position = batch.next;
        batch
            .records
            .iter()
            .filter(|record| !record.is_claim())
            .try_for_each(|record| take(&record.value))?;
    }
}

fn feeds(pipeline: &Pipeline, lines: &BTreeMap<Feed, Vec<Vec<u8>>>) -> Result<()> {
    for (feed, lines) in lines {
        let stream = pipeline.topics.feed(*feed, 0);
        let raw = pipeline.raw();
        for chunk in lines.chunks(EVENTS_PER_BATCH) {
            let records = chunk.iter().map(|event| raw.record(*feed, &[], event, None)).collect();
            let appends = vec![(stream.clone(), records)];
            pipeline.journal.write(Write { appends, commits: Vec::new() })?;
        }
        read_all(pipeline.journal.as_ref(), &stream, |_| Ok(()))?;
    }
    Ok(())
}

fn intake(pipeline: &Pipeline, lines: &BTreeMap<Feed, Vec<Vec<u8>>>) -> Vec<FactBatch> {
    let mut batches = Vec::new();
    for (feed, lines) in lines {
        let desk = pipeline.desk(*feed);
        let mut offset = 0;
        for chunk in lines.chunks(EVENTS_PER_BATCH) {
            let mut statements: Vec<Statement> = Vec::with_capacity(chunk.len());
            for value in chunk {
                let incoming = Incoming { headers: &[], value, partition: 0, offset };
                offset += 1;
                statements.extend(desk.read(&incoming).ok().map(|accepted| accepted.statement));
            }
            batches.push(FactBatch {
                feed: *feed,
                partition: 0,
                upto: offset,
                received: Instant(0),
                statements,
                notes: Vec::new(),
            });
        }
    }
    batches
}

fn topics(pipeline: &Pipeline, batches: Vec<FactBatch>) -> Result<Vec<FactBatch>> {
    let stream = pipeline.topics.facts(pipeline.topics.bureaus()[0]);
    for batch in batches {
        append(pipeline.journal.as_ref(), &stream, vec![FactsRecord::Facts(batch).to_bytes()])?;
    }
    let mut read = Vec::new();
    read_all(pipeline.journal.as_ref(), &stream, |value| {
        if let FactsRecord::Facts(batch) = FactsRecord::from_bytes(value)? {
            read.push(batch);
        }
        Ok(())
    })?;
    Ok(read)
}

fn tables(ledger: &Ledger, as_of: Day, needed: Needed) -> Vec<Tables> {
    let scopes: Vec<Scope> = ledger.sweep(SWEEP_PEOPLE).collect();
    scopes.iter().map(|scope| ledger.tables_needed(scope, as_of, needed)).collect()
}

fn rules(pipeline: &Pipeline, tables: &[Tables]) -> Result<Vec<Evaluation>> {
    let mut engine = Engine::new(&pipeline.rules, &pipeline.parameters)?;
    Ok(tables.iter().map(|tables| engine.evaluate(tables)).collect())
}

fn casework(
    pipeline: &Pipeline,
    day: Day,
    ledger: &Ledger,
    tables: &[Tables],
    evaluations: &[Evaluation],
) -> Result<()> {
    let mut findings = Findings::new(&pipeline.rules);
    let levels: Vec<Level> =
        tables.iter().zip(evaluations).flat_map(|(tables, one)| findings.update(tables, one)).collect();
    let (inbox, work) = {
        let bureau = pipeline.topics.bureaus()[0];
        (pipeline.topics.inbox(bureau), pipeline.topics.work(bureau))
    };
    let batch = FindingBatch {
        upto: 1,
        day,
        new_day: true,
        ages: ledger.ages(),
        levels,
        suspensions: Vec::new(),
        more: false,
    };
    append(pipeline.journal.as_ref(), &inbox, vec![InboxRecord::Findings(batch).to_bytes()])?;
    let mut state = Casework::new(Calendar::default());
    let journal = Arc::clone(&pipeline.journal);
    read_all(journal.as_ref(), &inbox, |value| {
        let decided = state.decide(1, &InboxRecord::from_bytes(value)?);
        append(journal.as_ref(), &work, vec![decided.to_bytes()])?;
        state.apply_record(&decided)?;
        Ok(())
    })
}
