//! The assembly: configuration, the stage loops, the command line, and the only clock.
//!
//! Must not know: what a rule says, or which transitions an alert has. It reads from topics, hands the
//! records to the crates that decide, and writes what they answer.

pub mod account_options;
mod accounts;
mod audit_log;
pub mod audit_options;
mod backend;
pub mod backtest;
pub mod cases;
pub mod cli;
pub mod clock;
mod command;
pub mod config;
pub mod data_dir;
mod erasure;
mod erasures_heard;
mod exchange;
mod exchange_options;
mod explain_options;
mod feed_options;
mod following;
mod identities;
mod kafka;
mod live;
mod metrics;
mod mishap;
mod outcomes;
mod output;
mod overview;
mod own_use;
mod padding;
mod pipeline;
mod progress;
mod raw;
mod receipt_log;
mod received;
mod registry;
mod repair;
mod request_log;
pub mod rule_options;
mod rule_sets;
mod scan;
mod snapshot_options;
mod snapshot_stores;
pub mod stage;
pub mod stages;
pub mod sweep;
mod topic_options;
pub mod topics;
pub mod vault_options;
mod webhooks;
mod whose_log;

pub use cli::Cli;
pub use pipeline::Pipeline;
