//! Options of `sanzao vault`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sanzao_model::PersonId;

/// Options of `sanzao vault`.
#[derive(Debug, Args)]
pub struct VaultArgs {
    /// Data directory, over that of the configuration.
    #[arg(long, global = true)]
    pub data: Option<PathBuf>,
    /// Configuration file, for keys, bureaus and Kafka.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub act: VaultAct,
}

/// Who reads, and why.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// Why it must be read, for the record of accesses; no names and no numbers in it.
    #[arg(long)]
    pub purpose: String,
    /// Who reads.
    #[arg(long)]
    pub actor: String,
}

/// What to search by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchBy {
    /// A document number of 18 or 15 characters.
    Number,
    /// A whole name.
    Name,
    /// A phone number.
    Phone,
}

/// What `sanzao vault` does.
#[derive(Debug, Subcommand)]
pub enum VaultAct {
    /// What the vault holds, and which master keys it needs.
    Status,
    /// Find people; the number, name or phone is read from standard input, one line, so that no shell keeps it.
    Search {
        /// What the line is.
        #[arg(long, value_enum)]
        by: SearchBy,
        /// Who reads, and why.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Show who a person is.
    Reveal {
        /// The pseudonym, 32 hexadecimal digits, as alerts carry it.
        person: PersonId,
        /// Who reads, and why.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Write everything that is held about a person into a file: identity, accesses, facts, work, raw events.
    Export {
        /// The pseudonym.
        person: PersonId,
        /// The file, which must not be there yet; only its owner may read it.
        #[arg(long)]
        out: PathBuf,
        /// Who reads, and why.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Erase a person: destroy the key, have the ledger forget the facts, and say what remains where.
    Erase {
        /// The pseudonym.
        person: PersonId,
        /// It cannot be undone.
        #[arg(long, required = true)]
        yes: bool,
        /// Who reads, and why.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// List the records of access, and check that none was changed or removed.
    Accesses {
        /// Only those with a higher number.
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// The most to list.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Wrap every key anew under the current master key: the last of the file, or the service's newest version.
    Rotate {
        /// First add a new random master key with this id to the file.
        #[arg(long, value_name = "ID")]
        add: Option<String>,
    },
    /// Write the wrapped keys and the erasures to a file; useless without the master key.
    Backup {
        /// The file, which must not be there yet.
        file: PathBuf,
    },
    /// Copy the vault's file without the keys of people: with a backup of keys it is a vault again.
    Copy {
        /// The file, which must not be there yet.
        file: PathBuf,
    },
    /// Put back the keys of a backup; who has been erased since stays erased.
    Restore {
        /// The backup.
        file: PathBuf,
    },
    /// Write the vault's file anew without what lies in its gaps.
    Compact,
}
