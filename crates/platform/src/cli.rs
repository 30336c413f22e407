//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use sanzao_files::{Encoding, Format};
use sanzao_model::{Day, Feed};

pub use crate::explain_options::{ExplainArgs, ImpactArgs, KnownAt, ParametersAct, ParametersArgs};
pub use crate::feed_options::{FeedsArgs, FeedsCommand, RejectionsArgs, RepairArgs};

use crate::account_options::AccountsArgs;
use crate::audit_options::AuditArgs;
use crate::clock;
use crate::command;
use crate::config;
use crate::exchange_options::ExchangeArgs;
use crate::rule_options::{BacktestArgs, RulesArgs};
use crate::snapshot_options::SnapshotArgs;
use crate::topic_options::TopicsArgs;
use crate::vault_options::VaultArgs;

/// 三早 (早发现、早介入、早救助): discovers people who may need help, and re-checks people who receive it.
///
/// Change events of the departments go in; explained alerts and re-verification tasks come out of a query
/// API. An alert never changes a benefit: a person decides.
#[derive(Debug, Parser)]
#[command(name = "sanzao", version, max_term_width = 100)]
pub struct Cli {
    /// A trial: brokers may be reached in plain text, and topics are made by whoever starts first.
    #[arg(long, global = true)]
    dev: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Synthesise a district, feed it through all stages, report, then serve the API.
    Demo(DemoArgs),
    /// Run all stages in one process, or on Kafka some of them.
    Run(RunArgs),
    /// Write a synthetic district as files of events, with the planted situations beside them.
    Synth(SynthArgs),
    /// Take files of events, or tables with a mapping, through intake.
    Ingest(IngestArgs),
    /// Print every finding true on a date, by a full sweep.
    Findings(FindingsArgs),
    /// Explain an alert or a task from the log alone, by the rules and parameters of its time.
    Explain(ExplainArgs),
    /// List every alert, task and decision that rests on an event, as when it was retracted.
    Impact(ImpactArgs),
    /// Show which numbers hold where, and since when.
    Parameters(ParametersArgs),
    /// Check that a full sweep, incremental evaluation, what casework was sent and the newest snapshot agree.
    Verify(VerifyArgs),
    /// List rules, check drafts of them, run their cases.
    Rules(RulesArgs),
    /// Run a draft set of rules beside the current one over past days, and count what differs.
    Backtest(BacktestArgs),
    /// Verify, search and export the record of who did what; tell somebody who looked at them.
    Audit(AuditArgs),
    /// Look up, show, export and erase identities; rotate, back up and restore their keys.
    Vault(VaultArgs),
    /// Say who has an account: add, change, give tokens and passwords, disable.
    Accounts(AccountsArgs),
    /// Tell what each department sent, how late, and what was wrong with it.
    Feeds(FeedsArgs),
    /// Tell what came of alerts and tasks by rule, and by age, sex, town and disability; small counts are hidden.
    Outcomes(OutcomesArgs),
    /// Send a rejected event again, corrected, while the platform does not run.
    Repair(RepairArgs),
    /// Tell and mend what could not be told to departments, and list what they were asked, while the platform does not run.
    Exchange(ExchangeArgs),
    /// List and verify snapshots of the ledger, and restore one from a bucket.
    Snapshot(SnapshotArgs),
    /// Check and make the topics of Kafka, show what lies in them, have a feed taken in again.
    Topics(TopicsArgs),
    /// Look at disk, keys, log, clocks, topics and versions, and say what to do about what is wrong.
    Doctor(DoctorArgs),
    /// Measure CPU per event for each stage, beside the budget.
    Bench(BenchArgs),
}

/// Options of `sanzao demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Data directory; a new temporary one without it.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// People of the district, planted ones aside.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub people: u32,
    /// Months of events before the last day.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months: u32,
    /// The same seed gives the same district.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Leave when everything is reported, instead of serving the API.
    #[arg(long)]
    pub exit: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Tell spans of everything to the collector there, by OTLP over HTTP: `http://127.0.0.1:4318`.
    #[arg(long, value_name = "URL")]
    pub traces: Option<String>,
    /// Address and port of the API; a free port of loopback where this one is taken.
    #[arg(long, default_value = "127.0.0.1:8614")]
    pub listen: std::net::SocketAddr,
}

/// Options of `sanzao run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Configuration file; all defaults without it.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Data directory, over that of the configuration.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Run these stages only, on Kafka: intake, intake:<feed>, discovery, casework, vault, exchange, api.
    #[arg(long, value_name = "STAGES", value_delimiter = ',', conflicts_with = "drain")]
    pub stages: Option<Vec<String>>,
    /// What this process is called, over [api] node: lower-case letters, digits and hyphens. Each needs one of its own.
    #[arg(long)]
    pub name: Option<String>,
    /// Of several bureaus, the one whose people work here, over [api] bureau.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Address and port, over [api] listen.
    #[arg(long)]
    pub listen: Option<std::net::SocketAddr>,
    /// Work off everything that waits, then leave, instead of serving.
    #[arg(long)]
    pub drain: bool,
    /// Evaluate as of this day instead of today's in China (for drills and tests).
    #[arg(long)]
    pub day: Option<Day>,
    /// Close loads that a stopped `ingest` left open, so that half-loaded data may raise alerts.
    #[arg(long)]
    pub close_loads: bool,
    /// Print one JSON object about what was done (with --drain).
    #[arg(long, requires = "drain")]
    pub json: bool,
    /// A folder of .sql rules instead of those built in or configured.
    #[arg(long)]
    pub rules: Option<PathBuf>,
}

/// Options of `sanzao synth`.
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// People of the district, planted ones aside.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub people: u32,
    /// Months of events before the last day.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months: u32,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder for `<feed>.jsonl` and `planted.jsonl`; made when missing.
    #[arg(long)]
    pub out: PathBuf,
    /// Print one JSON object about what was written.
    #[arg(long)]
    pub json: bool,
}

/// Options of `sanzao ingest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 taken, whatever was refused is listed; 1 nothing was taken, or it failed; \
    2 wrong arguments; 3 lines would be refused (--preview) or were (--fail-on-refused).\n\n\
    An ingest that was interrupted keeps alerts back until the same one runs again: it goes on where it stopped."
)]
pub struct IngestArgs {
    /// Data directory, over that of the configuration; made when missing.
    #[arg(long, required_unless_present_any = ["config", "preview"])]
    pub data: Option<PathBuf>,
    /// Whose events these are: police, social-security, health, medical-insurance or registry.
    #[arg(long)]
    pub feed: Feed,
    /// Which columns of a table make which events: a file in TOML, as those in schemas/mappings.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// csv, jsonl or xlsx; by the end of the file's name unless told (jsonl where that says nothing).
    #[arg(long)]
    pub format: Option<Format>,
    /// The sheet of a workbook; that of the mapping, or the first that is not hidden, unless told.
    #[arg(long)]
    pub sheet: Option<String>,
    /// Of CSV: utf-8 or gb18030; found out unless told.
    #[arg(long)]
    pub encoding: Option<Encoding>,
    /// When the records were made, a date or 2026-06-30T09:00:00+08:00, where the mapping does not say so.
    #[arg(long)]
    pub time: Option<String>,
    /// Take nothing: show the first N events, masked, and what would be refused of all. Needs no data directory.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "5")]
    pub preview: Option<usize>,
    /// All or nothing: look at everything first, and take it only if nothing is refused.
    #[arg(long, conflicts_with = "preview")]
    pub strict: bool,
    /// Exit with 3 when some lines were refused and others taken.
    #[arg(long)]
    pub fail_on_refused: bool,
    /// One JSON object for each refused line, with its number and reason, then one with the totals.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for the bureaus.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// Files with one CloudEvent (JSON) a line, or with --mapping tables (CSV, XLSX); `-` reads lines from standard
    /// input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// Options of `sanzao findings`.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// The day the findings are true of, as YYYY-MM-DD.
    #[arg(long)]
    pub as_of: Day,
    /// With what the platform knew then, by the time at which records were appended, and by the rules and parameters on
    /// record then: a moment, or a day for its end.
    #[arg(long, value_name = "TIME")]
    pub known_at: Option<KnownAt>,
    /// Accepted for uniformity: the output is JSON lines in any case.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus, rules, parameters and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A folder of .sql rules instead of those built in or configured.
    #[arg(long)]
    pub rules: Option<PathBuf>,
}

/// Options of `sanzao verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Print one JSON object about what was compared.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus, rules, parameters and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A folder of .sql rules instead of those built in or configured.
    #[arg(long)]
    pub rules: Option<PathBuf>,
}

/// Options of `sanzao outcomes`.
#[derive(Debug, Args)]
pub struct OutcomesArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// The day of the residents, with alerts and tasks as they stood at its end; the day of the log without it.
    #[arg(long)]
    pub as_of: Option<Day>,
    /// One rule, as orphan.
    #[arg(long)]
    pub rule: Option<String>,
    /// Of several bureaus, which.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Print one JSON object, as GET /v1/outcomes answers.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for the bureau and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Print one JSON object for each thing that was looked at.
    #[arg(long)]
    pub json: bool,
    /// Configuration file.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// People of the district.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub people: u32,
    /// Months of events.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120))]
    pub months: u32,
    /// Alerts and tasks that lists of the API are measured with; 0 for none.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(0..=2_000_000))]
    pub items: u32,
    /// Seconds for each filter, at a thousand requests a second.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub seconds: u32,
    /// Measure lists of the API alone.
    #[arg(long)]
    pub lists_only: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Cli {
    /// What is logged unless `RUST_LOG` says otherwise: what is measured logs each request, which nobody reads.
    pub fn log_filter(&self) -> &'static str {
        match self.command {
            Command::Bench(_) => "warn",
            _ => "info,librdkafka=warn",
        }
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// With what went wrong and what to do.
    pub fn run(self) -> Result<ExitCode> {
        if self.dev {
            config::say_trial();
            clock::be_wrong_in_trials();
        }
        match self.command {
            Command::Demo(args) => command::demo::run(&args),
            Command::Run(args) => command::run::run(&args),
            Command::Synth(args) => command::synth::run(&args),
            Command::Ingest(args) => command::ingest::run(&args),
            Command::Findings(args) => command::findings::run(&args),
            Command::Explain(args) => command::explain::run(&args),
            Command::Impact(args) => command::impact::run(&args),
            Command::Parameters(args) => command::parameters::run(&args),
            Command::Verify(args) => command::verify::run(&args),
            Command::Rules(args) => command::rules::run(&args),
            Command::Backtest(args) => command::backtest::run(&args),
            Command::Accounts(args) => command::accounts::run(&args),
            Command::Audit(args) => command::audit::run(&args),
            Command::Vault(args) => command::vault::run(&args),
            Command::Feeds(args) => command::feeds::run(&args),
            Command::Outcomes(args) => command::outcomes::run(&args),
            Command::Repair(args) => command::repair::run(&args),
            Command::Exchange(args) => command::exchange::run(&args),
            Command::Snapshot(args) => command::snapshot::run(&args),
            Command::Topics(args) => command::topics::run(&args),
            Command::Doctor(args) => command::doctor::run(&args),
            Command::Bench(args) => command::bench::run(&args),
        }
    }
}
