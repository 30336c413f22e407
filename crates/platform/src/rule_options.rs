//! The options of the commands about rules.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sanzao_model::Day;

/// Options of `sanzao rules`.
#[derive(Debug, Args)]
pub struct RulesArgs {
    /// What to do with rules.
    #[command(subcommand)]
    pub command: RulesCommand,
}

/// What `sanzao rules` does.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules that are built in, or those of a folder.
    List(RulesListArgs),
    /// Tell every fault of every rule of a folder, with its place and what to do.
    Check(RulesCheckArgs),
    /// Run the cases of the rules of a folder: events in, findings out.
    Test(RulesTestArgs),
}

/// Options of `sanzao rules list`.
#[derive(Debug, Args)]
pub struct RulesListArgs {
    /// A folder of .sql rules instead of those built in.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// A file of parameters; parameters.toml beside the folder, or those built in, without it.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `sanzao rules check`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 all rules are fine; 1 some are not, or the folder cannot be read; \
    2 wrong arguments.")]
pub struct RulesCheckArgs {
    /// The folder of the rules, <id>.sql each.
    #[arg(value_name = "DIR")]
    pub rules: PathBuf,
    /// A file of parameters; parameters.toml beside the folder, or those built in, without it.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Options of `sanzao rules test`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 every case finds what it must; 1 some do not, or a rule has none; \
    2 wrong arguments.")]
pub struct RulesTestArgs {
    /// The folder of the rules, <id>.sql each.
    #[arg(value_name = "DIR")]
    pub rules: PathBuf,
    /// Only these rules, by id.
    #[arg(value_name = "RULE")]
    pub only: Vec<String>,
    /// The folder of the cases, a folder for each rule; cases beside the folder of the rules without it.
    #[arg(long, value_name = "DIR")]
    pub cases: Option<PathBuf>,
    /// A file of parameters; parameters.toml beside the folder, or those built in, without it.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// Write down what the cases find now, in the .txt beside each: read the difference before you keep it.
    #[arg(long)]
    pub bless: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// How far apart the days of a back-test are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Every {
    /// Each day.
    Day,
    /// Each seventh day, and the last.
    Week,
}

/// Options of `sanzao backtest`.
#[derive(Debug, Args)]
#[command(
    after_help = "Each day is evaluated as of that day with what is known now: the whole log, also what \
    arrived later. Numbers that carry a date hold from that date on. Nothing is sent to casework."
)]
pub struct BacktestArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// The folder of the draft, <id>.sql each: the whole set as it would be in force.
    #[arg(long, value_name = "DIR")]
    pub rules: PathBuf,
    /// A folder of rules to compare with; those configured or built in without it.
    #[arg(long, value_name = "DIR")]
    pub current: Option<PathBuf>,
    /// Parameters of the draft; parameters.toml beside its folder, or those in force, without it.
    #[arg(long, value_name = "FILE")]
    pub parameters: Option<PathBuf>,
    /// The first day, as YYYY-MM-DD; 13 weeks before the last without it.
    #[arg(long, value_name = "D1")]
    pub from: Option<Day>,
    /// The last day; that of the newest record without it.
    #[arg(long, value_name = "D2")]
    pub to: Option<Day>,
    /// How far apart the evaluated days are: what comes and goes between two of them is not seen.
    #[arg(long, value_enum, default_value = "week")]
    pub every: Every,
    /// How many caseworkers there are; or a file of lines `<first 9 digits of the town> <number>`.
    #[arg(long, value_name = "N|FILE")]
    pub caseworkers: Option<String>,
    /// A folder for backtest.json, backtest.html and changes.parquet; made when missing.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Of several bureaus, which.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Configuration file, for the bureau, the current rules and parameters, and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}
