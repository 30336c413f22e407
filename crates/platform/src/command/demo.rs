//! `sanzao demo`: a synthetic district through all stages, and what is found in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sanzao_journal::{NewRecord, Write};
use sanzao_model::{Day, Feed, IdNumber, Item, RuleId, SubjectId};
use sanzao_synth::{Planted, Summary};
use serde::Serialize;

use super::ingest::Load;
use super::synth::district;
use crate::cli::DemoArgs;
use crate::config::{Config, TracesSection};
use crate::data_dir::DataDir;
use crate::following::{CLOSE, traces_of};
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::stage::{CaseworkStage, DiscoveryStage};
use crate::stages::Stages;
use crate::{live, progress};

const APPEND_BYTES: usize = 4 << 20;

/// What the demonstration did and found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    people: u32,
    months: u32,
    seed: u64,
    as_of: Day,
    events: u64,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    feeds: BTreeMap<String, u64>,
    planted: usize,
    planted_found: usize,
    near_misses: usize,
    near_misses_found: usize,
    /// Planted situations with another outcome than expected: rule and note.
    missed: Vec<String>,
    findings: BTreeMap<RuleId, u64>,
    towns: BTreeMap<String, u64>,
    synthesis_seconds: f64,
    seconds: f64,
    events_per_second: f64,
}

pub(crate) fn run(args: &DemoArgs) -> Result<ExitCode> {
    let temporary =
        if args.data.is_none() { Some(tempfile::tempdir().context("no temporary folder")?) } else { None };
    let root = match (&args.data, &temporary) {
        (Some(path), _) => path.clone(),
        (None, Some(folder)) => folder.path().to_owned(),
        (None, None) => unreachable!("one of the two is there"),
    };
    // Everything is followed: it is little, and there to be looked at.
    let section =
        |endpoint: &String| TracesSection { endpoint: endpoint.clone(), ratio: 1.0, certificates: None };
    let traces = args.traces.as_ref().map(section);
    let config = Config { data: root.clone(), traces, ..Config::default() };
    let traces = traces_of(&config, &Stages::all())?;
    let data = DataDir::create(&root)?;
    keep_to_one_district(&root, args)?;
    let mut pipeline = Pipeline::open(&config, data)?;
    pipeline.traces = traces.clone();
    let pipeline = Arc::new(pipeline);
    let report = demonstrate(&pipeline, args)?;
    if args.json {
        say!("{}", serde_json::to_string(&report)?)?;
    } else {
        print(&report)?;
    }
    let found_all = report.missed.is_empty();
    if !args.exit {
        live::serve_demo(&pipeline, args, report.as_of)?;
    }
    traces.close(CLOSE);
    Ok(if found_all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A directory shows one district: what is found in another one, or in other data, would be counted with it.
fn keep_to_one_district(root: &Path, args: &DemoArgs) -> Result<()> {
    let path = root.join("demo.json");
    let district = format!(r#"{{"people":{},"months":{},"seed":{}}}"#, args.people, args.months, args.seed);
    match std::fs::read_to_string(&path) {
        Ok(before) if before.trim() == district => Ok(()),
        Ok(before) => {
            bail!(
                "{} shows the district {}: name another --data, or delete it",
                root.display(),
                before.trim()
            )
        }
        Err(_) if root.join("journal.db").exists() => {
            bail!("{} holds other data than a demonstration's: name another --data", root.display())
        }
        Err(_) => {
            std::fs::write(&path, district + "\n").with_context(|| format!("cannot write {}", path.display()))
        }
    }
}

fn demonstrate(pipeline: &Pipeline, args: &DemoArgs) -> Result<Report> {
    let district = district(args.people, args.months, args.seed);
    let load = Load::open(pipeline, "demo")?;
    let synthesis = Instant::now();
    let (summary, appending) = feed(pipeline, &district)?;
    let synthesis = synthesis.elapsed().saturating_sub(appending);

    let started = Instant::now();
    let counter = progress::counter("intake");
    let intakes = pipeline.drain_intakes(&|stage| counter.set_position(stage.position()))?;
    counter.finish_and_clear();
    load.close()?;
    let bureau = pipeline.topics.bureaus()[0];
    let as_of = Day::from(district.end);
    let mut discovery = pipeline.discovery(bureau, Some("demo"))?;
    let audit = live::recorded::begin(pipeline, &format!("process {}", std::process::id()), None)?;
    discovery.tell_of_rules(live::recorded::rules_heard(audit));
    discovery.catch_up()?;
    live::refuse_past(&discovery, Some(as_of)).context("name another --data, or delete this one")?;
    discovery.tick(as_of)?;
    let counter = progress::counter("joining and evaluating");
    while discovery.step()? {
        counter.set_position(discovery.ledger().counts().1 as u64);
    }
    counter.finish_and_clear();
    let mut casework = pipeline.casework(bureau, "demo")?;
    while casework.step()? {}
    let seconds = (started.elapsed() + appending).as_secs_f64();

    let rejected = intakes.iter().map(|stage| stage.rejected).sum();
    Ok(report(pipeline, args, as_of, &summary, (&discovery, &casework), rejected, synthesis, seconds))
}

/// Synthesises and appends; returns the time spent appending.
fn feed(pipeline: &Pipeline, district: &sanzao_synth::District) -> Result<(Summary, Duration)> {
    let counter = progress::counter("synthesising events");
    let mut waiting: BTreeMap<Feed, (Vec<NewRecord>, usize)> = BTreeMap::new();
    let mut appending = Duration::ZERO;
    let raw = pipeline.raw();
    let mut append = |feed: Feed, records: Vec<NewRecord>| -> Result<()> {
        let started = Instant::now();
        let appends = vec![(pipeline.topics.feed(feed, 0), records)];
        pipeline.journal.write(Write { appends, commits: Vec::new() })?;
        appending += started.elapsed();
        Ok(())
    };
    let mut take = |line: sanzao_synth::Line| -> Result<()> {
        let feed: Feed = line.feed.as_str().parse().map_err(anyhow::Error::msg)?;
        let (records, bytes) = waiting.entry(feed).or_default();
        *bytes += line.json.len();
        records.push(raw.record(feed, &[], line.json.as_bytes(), None));
        if *bytes >= APPEND_BYTES {
            *bytes = 0;
            append(feed, std::mem::take(records))?;
        }
        Ok(())
    };
    let summary = sanzao_synth::generate(district, &mut take, &mut |lines| counter.set_position(lines))?;
    for (feed, (records, _)) in waiting {
        append(feed, records)?;
    }
    counter.finish_and_clear();
    Ok((summary, appending))
}

#[allow(clippy::too_many_arguments)]
fn report(
    pipeline: &Pipeline,
    args: &DemoArgs,
    as_of: Day,
    summary: &Summary,
    (discovery, casework): (&DiscoveryStage, &CaseworkStage),
    rejected: u64,
    synthesis: Duration,
    seconds: f64,
) -> Report {
    let current: Vec<&Item> = casework.state().items().filter(|item| is_current(item)).collect();
    let found: BTreeSet<(&str, SubjectId)> =
        current.iter().map(|item| (item.rule.0.as_str(), item.subject)).collect();
    let rules: BTreeSet<&str> = pipeline.rules.rules().iter().map(|rule| rule.head.id.0.as_str()).collect();
    let has_rule = |planted: &&Planted| rules.contains(planted.rule.as_str());
    let (expected, near): (Vec<&Planted>, Vec<&Planted>) =
        summary.planted.iter().filter(has_rule).partition(|planted| planted.expect);
    let is_found = |planted: &&&Planted| {
        subject(pipeline, planted).is_some_and(|subject| found.contains(&(planted.rule.as_str(), subject)))
    };
    let missed = expected.iter().filter(|planted| !is_found(planted)).chain(near.iter().filter(is_found));
    let missed =
        missed.map(|planted| format!("{} (expected: {}): {}", planted.rule, planted.expect, planted.note));
    let (accepted, duplicate) = discovery.counts();
    let events = summary.total();
    let mut findings: BTreeMap<RuleId, u64> = BTreeMap::new();
    let mut towns: BTreeMap<String, u64> = BTreeMap::new();
    for item in &current {
        *findings.entry(item.rule.clone()).or_default() += 1;
        let town = item.division.map_or("unknown".into(), |division| division.to_string()[..9].to_owned());
        *towns.entry(town).or_default() += 1;
    }
    Report {
        people: args.people,
        months: args.months,
        seed: args.seed,
        as_of,
        events,
        accepted,
        duplicate,
        rejected,
        feeds: summary.lines.iter().map(|(feed, lines)| (feed.as_str().to_owned(), *lines)).collect(),
        planted: expected.len(),
        planted_found: expected.iter().filter(is_found).count(),
        near_misses: near.len(),
        near_misses_found: near.iter().filter(is_found).count(),
        missed: missed.collect(),
        findings,
        towns,
        synthesis_seconds: synthesis.as_secs_f64(),
        seconds,
        events_per_second: events as f64 / seconds,
    }
}

/// Whether what made the item is still so.
fn is_current(item: &Item) -> bool {
    !item.state.is_at_rest()
}

fn subject(pipeline: &Pipeline, planted: &Planted) -> Option<SubjectId> {
    let keys = pipeline.pseudonyms();
    match (&planted.person, &planted.household) {
        (Some(person), _) => Some(SubjectId::Person(keys.person(&IdNumber::parse(person).ok()?))),
        (None, Some(household)) => Some(SubjectId::Household(keys.household(household))),
        (None, None) => None,
    }
}

fn print(report: &Report) -> Result<()> {
    say!("{} people, {} months up to {}, seed {}", report.people, report.months, report.as_of, report.seed)?;
    say!(
        "{} events: {} accepted, {} duplicate, {} rejected",
        report.events,
        report.accepted,
        report.duplicate,
        report.rejected
    )?;
    for (feed, events) in &report.feeds {
        say!("  {feed:32} {events:>10}")?;
    }
    say!("findings by rule")?;
    for (rule, count) in &report.findings {
        say!("  {:32} {count:>10}", rule.0)?;
    }
    say!("findings by town")?;
    for (town, count) in &report.towns {
        say!("  {town:32} {count:>10}")?;
    }
    say!(
        "planted situations: {} of {} found; near misses: {} of {} found",
        report.planted_found,
        report.planted,
        report.near_misses_found,
        report.near_misses
    )?;
    for missed in &report.missed {
        say!("  NOT AS EXPECTED: {missed}")?;
    }
    say!(
        "{:.1} s from JSON to durable alerts and tasks: {:.0} events/s (synthesis {:.1} s beside)",
        report.seconds,
        report.events_per_second,
        report.synthesis_seconds
    )
}
