//! Options of `sanzao topics`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `sanzao topics`.
#[derive(Debug, Args)]
pub struct TopicsArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TopicsCommand,
}

/// What can be done with topics.
#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// Tell in what the topics of the cluster are not as the configuration wants them; exits with 1 if in anything that matters.
    Check(TopicsPlace),
    /// Create the topics that are missing and set what may be set; what has to be decided by hand is an error, and nothing is done.
    Apply(TopicsPlace),
    /// Append a feed's raw events again, as if the department had sent them once more: what is known becomes a duplicate,
    /// what an earlier version refused is judged anew. Events that name somebody who was erased since stay away.
    Replay(ReplayArgs),
    /// Show records as JSON, one a line. Of topics that hold people's names and numbers only place and length are shown.
    Tail(TailArgs),
}

/// Whose topics.
#[derive(Debug, Args)]
pub struct TopicsPlace {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Print one JSON object for each difference.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao topics tail`.
#[derive(Debug, Args)]
pub struct TailArgs {
    /// The topic without its prefix: facts, inbox, work, exchange, receipts.<feed>, results.<feed>, …
    pub topic: String,
    /// Of topics by bureau, whose; without it the only one.
    #[arg(long, conflicts_with = "partition")]
    pub bureau: Option<String>,
    /// The partition, where the topic is by partitions.
    #[arg(long)]
    pub partition: Option<u32>,
    /// Begin at this offset, instead of ten records before the end.
    #[arg(long)]
    pub from: Option<u64>,
    /// Go on with what is appended, until interrupted.
    #[arg(long)]
    pub follow: bool,
    /// The most records to show.
    #[arg(long)]
    pub limit: Option<u64>,
    /// Accepted for uniformity: the output is JSON lines in any case.
    #[arg(long)]
    pub json: bool,
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Configuration file, for bureaus and Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao topics replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// Whose events: police, social-security, health, medical-insurance or registry.
    pub feed: sanzao_model::Feed,
    /// From this offset on, instead of the oldest that there is.
    #[arg(long)]
    pub from: Option<u64>,
    /// Up to before this offset, instead of the end that there is now.
    #[arg(long)]
    pub to: Option<u64>,
    /// The partition, where there are several.
    #[arg(long, default_value_t = 0)]
    pub partition: u32,
    /// Print one JSON object about what was done.
    #[arg(long)]
    pub json: bool,
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Configuration file, for Kafka.
    #[arg(long)]
    pub config: Option<PathBuf>,
}
