//! Options of `sanzao audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sanzao_model::{Day, ItemId, PersonId};

/// Options of `sanzao audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, global = true)]
    pub data: Option<PathBuf>,
    /// Configuration file, for the node and Kafka.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub act: AuditAct,
}

/// What to look for.
#[derive(Debug, Args)]
pub struct AuditQuery {
    /// By this account.
    #[arg(long)]
    pub actor: Option<String>,
    /// The name of an action, as read-case or command:decide.
    #[arg(long)]
    pub action: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    #[arg(long)]
    pub outcome: Option<String>,
    /// On this alert or task.
    #[arg(long)]
    pub item: Option<ItemId>,
    /// Concerning this person: the pseudonym.
    #[arg(long)]
    pub person: Option<PersonId>,
    /// From this day in China on.
    #[arg(long)]
    pub from: Option<Day>,
    /// Up to this day in China, that day included.
    #[arg(long)]
    pub to: Option<Day>,
}

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// UTF-8 with BOM; what a spreadsheet would take for a formula is defused.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// What `sanzao audit` does, while the platform does not run; a running one answers at `/v1/audit`.
#[derive(Debug, Subcommand)]
pub enum AuditAct {
    /// Check that no record was changed, moved, left out or taken away; the exit status says so.
    Verify,
    /// Find records, the newest first.
    Search {
        /// What to look for.
        #[command(flatten)]
        query: AuditQuery,
        /// At most so many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        limit: u16,
        /// Older than this record: the number that a search before ended with.
        #[arg(long)]
        before: Option<u64>,
    },
    /// Write all records, the oldest first, to standard output.
    Export {
        /// In which form.
        #[arg(long, value_enum, default_value = "csv")]
        format: AuditFormat,
    },
    /// Who looked at somebody, in words for that person.
    Person {
        /// The pseudonym.
        person: PersonId,
    },
}
