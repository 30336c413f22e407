//! Options of the commands that explain: `explain`, `impact`, `parameters`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use sanzao_model::{Day, Division, Instant, ItemId};

/// Options of `sanzao explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The alert or task: its id of 32 hexadecimal digits.
    pub item: ItemId,
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Print the rule as it was written then, too.
    #[arg(long)]
    pub sql: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao impact`.
#[derive(Debug, Args)]
pub struct ImpactArgs {
    /// The event: its id as the department gave it, of a record that was wrong or of its retraction.
    pub event: String,
    /// The department's source, as /320614/police.
    #[arg(long)]
    pub source: String,
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao parameters`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ParametersArgs {
    /// Instead of showing what holds.
    #[command(subcommand)]
    pub act: Option<ParametersAct>,
    /// Data directory, over that of the configuration; without one, the table that the configuration names.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Only those whose name contains this.
    #[arg(long)]
    pub name: Option<String>,
    /// What holds for somebody registered there: a division code of 12 digits.
    #[arg(long)]
    pub division: Option<Division>,
    /// What holds on this day; today without it.
    #[arg(long)]
    pub on: Option<Day>,
    /// Every table that was put on record, with what changed, instead of the newest.
    #[arg(long, requires = "data")]
    pub history: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for the table, bureaus and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// What to do with parameters beside showing them.
#[derive(Debug, Subcommand)]
pub enum ParametersAct {
    /// Check a table before it is used: its form, and that the rules find every number they read.
    Check {
        /// The table, in TOML.
        file: PathBuf,
        /// A folder of .sql rules instead of those built in.
        #[arg(long)]
        rules: Option<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// When something was known: a moment, or the end of a day in China.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAt(pub Instant);

impl FromStr for KnownAt {
    type Err = String;

    fn from_str(text: &str) -> Result<KnownAt, String> {
        let moment = match text.parse::<Day>() {
            Ok(day) => format!("{day}T23:59:59.999+08:00").parse(),
            Err(_) => text.parse::<Instant>(),
        };
        let expected =
            "expected a moment, as 2026-06-30T09:00:00+08:00, or a day, as 2026-06-30, for its end";
        moment.map(KnownAt).map_err(|_| expected.to_owned())
    }
}
