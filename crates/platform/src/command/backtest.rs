//! `sanzao backtest`: a draft set of rules beside the current one over past days.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use sanzao_discovery::{Parameters, RuleSet};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Bureau, Day};

use crate::backtest::{
    Caseworkers, Frame, LineUp, Report, Steps, Tally, Version, lines, page, parameter_changes, write_changes,
};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::rule_options::{BacktestArgs, Every};
use crate::stage::{DiscoveryStage, Evaluator, SWEEP_PEOPLE};
use crate::{clock, progress, rule_sets};

/// Days that are looked at unless told: a quarter.
const DAYS: i32 = 91;

/// The draft, as it lies on disk.
struct Draft {
    rules: RuleSet,
    parameters: Parameters,
    /// The file of the parameters, unless they are those in force.
    file: Option<PathBuf>,
}

pub(crate) fn run(args: &BacktestArgs) -> Result<ExitCode> {
    // What is wrong with the arguments is told before the log is read, which takes a while.
    let caseworkers = args.caseworkers.as_deref().map(Caseworkers::read).transpose()?;
    let config =
        Config::read_with_data(args.config.as_deref(), args.data.as_deref())?.with_rules(&args.current);
    let bureau = config.clone().for_bureau(&args.bureau).bureau()?;
    let draft = draft(args, &config)?;
    let data = DataDir::existing(&config)?;
    if let Some(folder) = &args.out {
        make_folder(folder)?;
    }
    let pipeline = Pipeline::open(&config, data)?;
    let stage = pipeline.ledger_of(bureau)?;
    let steps = steps(args, &stage)?;
    let line_up = LineUp::new(&pipeline.rules, &draft.rules, pipeline.parameters == draft.parameters);
    let mut evaluators = [
        Evaluator::new(&line_up.sets[0], &pipeline.parameters)?,
        Evaluator::new(&line_up.sets[1], &draft.parameters)?,
    ];
    let mut tally = Tally::new(line_up, steps.clone());
    sweep(stage.ledger(), &steps, &mut evaluators, &mut tally);
    let frame = frame(args, &config, (&pipeline, bureau), &draft, &steps, stage.position());
    let report = Report::new(frame, &tally, caseworkers.as_ref());
    if let Some(folder) = &args.out {
        write(folder, &report, &tally)?;
    }
    tell(&report, args)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(report: &Report, args: &BacktestArgs) -> Result<()> {
    if args.json {
        return say!("{}", serde_json::to_string(report)?);
    }
    for line in lines(report) {
        say!("{line}")?;
    }
    match &args.out {
        Some(folder) => {
            say!("written to {}: backtest.html, backtest.json, changes.parquet", folder.display())
        }
        None => Ok(()),
    }
}

fn draft(args: &BacktestArgs, config: &Config) -> Result<Draft> {
    let file = rule_sets::beside(&args.rules, args.parameters.as_deref());
    let (parameters, _) = rule_sets::parameters(file.as_deref().or(config.parameters.as_deref()))?;
    let rules = rule_sets::rules(Some(&args.rules), &parameters).with_context(|| {
        format!("the draft cannot be run; `sanzao rules check {}` shows why", args.rules.display())
    })?;
    Ok(Draft { rules, parameters, file })
}

/// The days to evaluate: up to the newest record unless told, because a log may end before today; never beyond both.
fn steps(args: &BacktestArgs, stage: &DiscoveryStage) -> Result<Steps> {
    let newest = stage.ledger().ages().iter().map(|age| age.newest.day_in_china()).max();
    let newest = newest.context("the log holds no events yet: there is nothing to run the rules over")?;
    let known = newest.max(clock::today()).max(stage.day().unwrap_or(newest));
    let to = args.to.unwrap_or(newest);
    let from = args.from.unwrap_or_else(|| to.plus_days(-DAYS));
    let apart_days = if args.every == Every::Day { 1 } else { 7 };
    Ok(Steps::new(from, to, apart_days, known)?)
}

fn sweep(ledger: &Ledger, steps: &Steps, evaluators: &mut [Evaluator; 2], tally: &mut Tally) {
    let bar = progress::bar(steps.days().len() as u64, "evaluating days");
    let scopes: Vec<Scope> = ledger.sweep(SWEEP_PEOPLE).collect();
    for day in steps.days() {
        evaluate(ledger, &scopes, *day, evaluators, tally);
        bar.inc(1);
    }
    bar.finish_and_clear();
}

fn evaluate(ledger: &Ledger, scopes: &[Scope], day: Day, evaluators: &mut [Evaluator; 2], tally: &mut Tally) {
    let [current, draft] = evaluators;
    Evaluator::evaluate_all(&mut [current, draft], ledger, scopes, day, &mut |_, _, evaluations| {
        tally.take(evaluations);
    });
    tally.end_day();
}

fn frame(
    args: &BacktestArgs,
    config: &Config,
    (pipeline, bureau): (&Pipeline, Bureau),
    draft: &Draft,
    steps: &Steps,
    facts_upto: u64,
) -> Frame {
    let shown =
        |path: Option<&Path>| path.map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    let in_force = shown(config.parameters.as_deref());
    Frame {
        bureau: bureau.to_string(),
        from: steps.first(),
        to: steps.last(),
        days: steps.days().to_vec(),
        facts_upto,
        current: Version {
            rules: shown(config.rules.as_deref()),
            parameters: in_force.clone(),
            rules_hash: pipeline.rules.hash().to_owned(),
            parameters_hash: pipeline.parameters.hash(),
        },
        draft: Version {
            rules: shown(Some(&args.rules)),
            parameters: draft.file.as_deref().map_or(in_force, |file| shown(Some(file))),
            rules_hash: draft.rules.hash().to_owned(),
            parameters_hash: draft.parameters.hash(),
        },
        parameters: parameter_changes(&pipeline.parameters, &draft.parameters),
    }
}

/// For its owner alone: the changes name people by their pseudonyms.
fn make_folder(folder: &Path) -> Result<()> {
    let make = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    make.with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn write(folder: &Path, report: &Report, tally: &Tally) -> Result<()> {
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    put(&folder.join("backtest.json"), &json)?;
    put(&folder.join("backtest.html"), page(report).as_bytes())?;
    let mut changes = Vec::new();
    write_changes(tally, &mut changes).context("the changes cannot be written as Parquet")?;
    put(&folder.join("changes.parquet"), &changes)
}

/// Writes aside and renames, so that nobody reads half a file, and makes it its owner's alone.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&aside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
