//! `sanzao run`: all stages in one process, or some of them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use sanzao_access::AccountsFile;
use sanzao_audit::AuditError;
use sanzao_journal::{ErrorClass, JournalError};
use sanzao_model::{Bureau, Day, FactsRecord, Feed, RuleId, Suspension};

use super::ingest::WAYS_OUT_OF_A_LOAD;
use crate::accounts;
use crate::audit_log::Audit;
use crate::cli::RunArgs;
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::following::{CLOSE, traces_of};
use crate::live::{self, Settings};
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::stage::{CaseworkStage, DiscoveryStage, StageError};
use crate::stages::{StageKind, Stages};
use crate::webhooks::destinations;

/// How long to wait before a start is tried again.
const START_RETRY: Duration = Duration::from_secs(2);

pub(crate) fn run(args: &RunArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?
        .with_rules(&args.rules)
        .for_bureau(&args.bureau)
        .named(&args.name)?;
    // What is wrong with the settings is said before anything is made or changed.
    let stages = stages_of(args, &config)?;
    refuse_far_future(args.day)?;
    let has_api = stages.has(StageKind::Api) && !args.drain;
    let bureau = if has_api { config.bureau()? } else { config.bureaus()?[0] };
    let accounts = if has_api { Some(accounts_of(&config)?) } else { None };
    let webhooks = destinations(&config)?;
    let traces = traces_of(&config, &stages)?;
    let start = || {
        let mut pipeline = Pipeline::open(&config, DataDir::create(&config.data)?)?.keep_to_itself()?;
        pipeline.traces = traces.clone();
        let pipeline = Arc::new(pipeline);
        if args.close_loads {
            close_loads(&pipeline)?;
        }
        if args.drain {
            return drain(&pipeline, args);
        }
        let settings = Settings {
            listen: args.listen.unwrap_or(config.api.listen),
            any_port: false,
            stages: stages.clone(),
            workers: config.workers.clone(),
            bureau,
            accounts: accounts.clone(),
            api: config.api.clone(),
            webhooks: webhooks.clone(),
            invitation: None,
            day: args.day,
            announce: |address, _| say!("serving on http://{address}"),
        };
        live::serve(&pipeline, &settings)?;
        Ok(ExitCode::SUCCESS)
    };
    let outcome = loop {
        match start() {
            // A full disk or a broker that is away costs time and nothing else.
            Err(error) if !args.drain && may_pass(&error) => {
                tracing::warn!(error = format!("{error:#}"), "cannot start now; trying again");
                std::thread::sleep(START_RETRY);
            }
            outcome => break outcome,
        }
    };
    traces.close(CLOSE);
    outcome
}

/// What to run: everything, unless told otherwise.
fn stages_of(args: &RunArgs, config: &Config) -> Result<Stages> {
    let Some(words) = &args.stages else { return Ok(Stages::all()) };
    let stages = Stages::parse(words).map_err(|error| anyhow::anyhow!("--stages: {error}"))?;
    ensure!(
        stages.are_all() || config.kafka.is_some(),
        "--stages: the embedded journal lets one process in, which runs all stages; to spread them out, configure [kafka]"
    );
    Ok(stages)
}

/// Who is let in; what is wrong there is said before anything is made or changed.
fn accounts_of(config: &Config) -> Result<Arc<AccountsFile>> {
    let path = config.api.accounts.clone().unwrap_or_else(|| config.data.join("accounts.toml"));
    let accounts = Arc::new(accounts::open(&path)?);
    accounts::gate(&config.api, Arc::clone(&accounts))?;
    Ok(accounts)
}

/// Whether waiting may mend what kept the platform from starting.
fn may_pass(error: &anyhow::Error) -> bool {
    let journal = |error: &JournalError| error.class() == ErrorClass::Retry;
    error.chain().any(|cause| {
        cause.downcast_ref::<JournalError>().is_some_and(journal)
            || cause
                .downcast_ref::<AuditError>()
                .is_some_and(|error| error.class() == sanzao_audit::ErrorClass::Retry)
            || cause.downcast_ref::<StageError>().is_some_and(StageError::is_retry)
    })
}

/// A day that has been evaluated is never taken back: a typing error must not move the log years ahead.
fn refuse_far_future(day: Option<Day>) -> Result<()> {
    const MOST_DAYS_AHEAD: i32 = 366;
    let today = clock::today();
    if let Some(day) = day.filter(|day| day.0 > today.0 + MOST_DAYS_AHEAD) {
        anyhow::bail!("--day {day} is more than a year after today, {today}: it could not be taken back");
    }
    Ok(())
}

fn close_loads(pipeline: &Pipeline) -> Result<()> {
    for bureau in pipeline.topics.bureaus() {
        let end = pipeline.journal.end(&pipeline.topics.facts(*bureau))?;
        let stage = pipeline.ledger_upto(*bureau, end)?;
        for load in stage.open_loads() {
            pipeline.append_facts(*bureau, &FactsRecord::LoadClosed { load: load.clone() })?;
            tracing::warn!(%bureau, %load, "closed a load that had not ended");
        }
    }
    Ok(())
}

/// Works off everything that waits, in one thread.
fn drain(pipeline: &Pipeline, args: &RunArgs) -> Result<ExitCode> {
    let intakes = pipeline.drain_intakes(&|_| {})?;
    let audit = live::recorded::begin(pipeline, &format!("process {}", std::process::id()), None)?;
    let rejected = intakes.iter().map(|stage| stage.rejected).sum();
    for bureau in pipeline.topics.bureaus() {
        let (discovery, casework) = drain_bureau(pipeline, *bureau, &audit, args.day)?;
        tell(*bureau, pipeline, (&discovery, &casework), rejected, args.json)?;
    }
    let mut vault = pipeline.vault_stage();
    loop {
        match vault.step() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::error!(%error, "identities are not kept for now, nothing is lost; facts were judged");
                break;
            }
        }
    }
    if let Err(error) = pipeline.expiry().run(clock::now()) {
        tracing::warn!(%error, "what is too old could not be forgotten; the next run tries again");
    }
    Ok(ExitCode::SUCCESS)
}

fn drain_bureau(
    pipeline: &Pipeline,
    bureau: Bureau,
    audit: &Arc<Audit>,
    asked: Option<Day>,
) -> Result<(DiscoveryStage, CaseworkStage)> {
    let day = asked.unwrap_or_else(clock::today);
    let mut discovery = pipeline.discovery(bureau, Some("drain"))?;
    discovery.tell_of_rules(live::recorded::rules_heard(Arc::clone(audit)));
    discovery.catch_up()?;
    live::refuse_past(&discovery, asked)?;
    if discovery.day().is_some_and(|reached| reached > day) {
        tracing::warn!(%day, reached = ?discovery.day(), "the log is ahead of the clock: it is judged as of its own day");
    }
    discovery.tick(day)?;
    while discovery.step()? {}
    let mut casework = pipeline.casework(bureau, "drain")?;
    while casework.step()? {}
    Ok((discovery, casework))
}

/// What was done, and what stands open.
fn tell(
    bureau: Bureau,
    pipeline: &Pipeline,
    (discovery, casework): (&DiscoveryStage, &CaseworkStage),
    rejected: u64,
    json: bool,
) -> Result<()> {
    let counts = casework.state().counts();
    let (accepted, duplicate) = discovery.counts();
    let unknown: BTreeSet<&RuleId> = casework.state().unknowns().map(|(rule, ..)| rule).collect();
    let open_loads: Vec<_> = discovery.open_loads().iter().collect();
    if json {
        let mut report = serde_json::json!({
            "bureau": bureau.to_string(), "day": discovery.day(), "accepted": accepted, "duplicate": duplicate, "rejected": rejected,
            "open_loads": open_loads, "suspended": discovery.suspensions(), "unknown": unknown,
        });
        for (state, count) in counts.by_state() {
            report[state] = count.into();
        }
        say!("{report}")?;
    } else {
        if pipeline.topics.bureaus().len() > 1 {
            say!("bureau {bureau}:")?;
        }
        say!("{accepted} accepted, {duplicate} duplicate, {rejected} rejected")?;
        say!(
            "alerts: {} open, {} being worked on, {} closed, {} withdrawn",
            counts.open,
            counts.claimed + counts.snoozed + counts.decided + counts.appealed,
            counts.closed,
            counts.withdrawn
        )?;
        say!(
            "tasks: {} planned, {} due, {} overdue, {} done, {} missed",
            counts.planned,
            counts.due,
            counts.overdue,
            counts.reported + counts.done,
            counts.missed
        )?;
        for (feed, rules) in by_feed(discovery.suspensions()) {
            say!("{feed} is late or was never seen: suspended are {}", rules.join(", "))?;
        }
        for rule in unknown {
            say!("{rule} could not be evaluated for everybody: `sanzao findings` says why")?;
        }
        for load in open_loads {
            say!("load {load} is open, so nothing was evaluated: {WAYS_OUT_OF_A_LOAD}")?;
        }
    }
    Ok(())
}

/// The rules that each late feed suspends.
fn by_feed(suspensions: &[Suspension]) -> BTreeMap<Feed, Vec<&str>> {
    let mut by_feed: BTreeMap<Feed, Vec<&str>> = BTreeMap::new();
    for suspension in suspensions {
        by_feed.entry(suspension.feed).or_default().push(suspension.rule.0.as_str());
    }
    by_feed.values_mut().for_each(|rules| rules.dedup());
    by_feed
}
