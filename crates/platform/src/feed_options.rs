//! The options of the commands about feeds.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sanzao_model::{Feed, Place};

/// Options of `sanzao feeds`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct FeedsArgs {
    /// What else to tell.
    #[command(subcommand)]
    pub command: Option<FeedsCommand>,
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// One feed in detail: police, social-security, health, medical-insurance or registry.
    #[arg(long)]
    pub feed: Option<Feed>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Of several bureaus, which.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Configuration file, for the bureau and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// What else `sanzao feeds` tells.
#[derive(Debug, Subcommand)]
pub enum FeedsCommand {
    /// List rejected events: place, time, reason, and what became of repairs.
    Rejections(RejectionsArgs),
}

/// Options of `sanzao feeds rejections`.
#[derive(Debug, Args)]
pub struct RejectionsArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Whose events: police, social-security, health, medical-insurance or registry.
    #[arg(long)]
    pub feed: Feed,
    /// Only those rejected with this code, as id_number.check.
    #[arg(long)]
    pub code: Option<String>,
    /// Only those of which no repair is in.
    #[arg(long)]
    pub open: bool,
    /// The most events to list.
    #[arg(long, default_value_t = 1_000)]
    pub limit: usize,
    /// Print a JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Of several bureaus, which.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Configuration file, for the bureau and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao repair`.
#[derive(Debug, Args)]
pub struct RepairArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Whose event: police, social-security, health, medical-insurance or registry.
    #[arg(long)]
    pub feed: Feed,
    /// Where the rejected event lies, as `sanzao feeds rejections` says: partition:offset.
    #[arg(long, value_parser = place)]
    pub place: Place,
    /// Print the receipt as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for the bureau.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A file with the corrected CloudEvent (JSON); `-` reads standard input.
    pub file: PathBuf,
}

fn place(text: &str) -> Result<Place, String> {
    crate::repair::place(text).ok_or_else(|| "expected <partition>:<offset>, as 0:17".to_owned())
}
