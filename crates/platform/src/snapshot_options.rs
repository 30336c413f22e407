//! Options of `sanzao snapshot`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `sanzao snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SnapshotCommand,
}

/// What can be done with snapshots.
#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// List the snapshots of the data directory, and those of the bucket that is configured.
    List(SnapshotPlace),
    /// Read snapshots whole and compare them with their checksums; exits with 1 if one is damaged.
    Verify(SnapshotPlace),
    /// Copy the newest snapshot of the bucket that verifies into the data directory, from where the next start goes on.
    Restore(SnapshotRestoreArgs),
}

/// Which snapshots.
#[derive(Debug, Args)]
pub struct SnapshotPlace {
    /// Data directory, over that of the configuration.
    #[arg(long, required_unless_present = "config")]
    pub data: Option<PathBuf>,
    /// Of several bureaus, the only one to look at.
    #[arg(long)]
    pub bureau: Option<String>,
    /// Print one JSON object for each snapshot.
    #[arg(long)]
    pub json: bool,
    /// Configuration file, for bureaus and bucket.
    #[arg(long)]
    pub config: Option<PathBuf>,
}

/// Options of `sanzao snapshot restore`.
#[derive(Debug, Args)]
pub struct SnapshotRestoreArgs {
    /// Which bureaus, and where to.
    #[command(flatten)]
    pub place: SnapshotPlace,
    /// The one at this offset in `facts`, instead of the newest: the next start goes on from it, whatever newer ones
    /// there are. Newer ones of the data directory are deleted; those of the bucket stay.
    #[arg(long)]
    pub offset: Option<u64>,
}
