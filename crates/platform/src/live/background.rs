//! What goes on beside the stages: the vault, the accounts, expiry. None of it keeps facts from flowing.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_access::AccountsFile;

use super::WAIT;
use super::turn::{NOT_OURS, Turn};
use crate::accounts;
use crate::audit_log::Audit;
use crate::clock;
use crate::metrics::Status;
use crate::pipeline::Pipeline;
use crate::stages::StageName;

/// How often it is looked for what has become too old.
const EXPIRY_CHECK: Duration = Duration::from_secs(3600);
/// How long to wait before that is tried again.
const EXPIRY_RETRY: Duration = Duration::from_secs(60);
/// How long the vault waits before it tries again; who mends it sees it go on soon.
const VAULT_RETRY: Duration = Duration::from_secs(2);

/// Keeps identities. While the vault cannot, they wait in their topic, and only who asks for them hears of it.
pub(super) fn keep_identities(
    pipeline: &Pipeline,
    turn: Arc<Turn>,
    status: Arc<Status>,
) -> Result<JoinHandle<()>> {
    let mut stage = pipeline.vault_stage();
    status.register_aside(&StageName::one("vault"));
    let run = move || {
        while !status.is_stopping() {
            if !turn.is_ours() {
                status.waits("vault", NOT_OURS.to_owned());
                status.pause(WAIT);
                continue;
            }
            let outcome = match stage.step() {
                Ok(true) => Ok(false),
                Ok(false) => stage.wait(WAIT).map(|_| true),
                Err(error) => Err(error),
            };
            match outcome {
                Ok(ready) => status.runs("vault", ready),
                Err(error) => {
                    if status.waits("vault", error.to_string()) {
                        tracing::error!(%error, "identities are not kept for now, nothing is lost; facts flow");
                    }
                    status.pause(VAULT_RETRY);
                }
            }
            status.set("sanzao_vault_new_people_total", "", stage.kept.0 as f64);
            status.set("sanzao_vault_new_values_total", "", stage.kept.1 as f64);
        }
    };
    std::thread::Builder::new().name("vault".into()).spawn(run).context("the system gives no more threads")
}

/// Reads the accounts again whenever they change.
pub(super) fn follow_accounts(
    file: Arc<AccountsFile>,
    audit: Arc<Audit>,
    status: Arc<Status>,
) -> Result<JoinHandle<()>> {
    let run = move || accounts::follow(&file, &audit, &status);
    std::thread::Builder::new().name("accounts".into()).spawn(run).context("the system gives no more threads")
}

/// Forgets what identifies people once it is too old.
pub(super) fn expire(pipeline: &Pipeline, turn: Arc<Turn>, status: Arc<Status>) -> Result<JoinHandle<()>> {
    let expiry = pipeline.expiry();
    let run = move || {
        while !status.is_stopping() {
            if !turn.is_ours() {
                status.pause(EXPIRY_RETRY);
                continue;
            }
            let pause = match expiry.run(clock::now()) {
                Ok(0) => EXPIRY_CHECK,
                Ok(records) => {
                    tracing::info!(records, "raw events, rejections and identities have expired");
                    EXPIRY_CHECK
                }
                Err(error) => {
                    tracing::warn!(%error, "what is too old could not be forgotten; trying again");
                    EXPIRY_RETRY
                }
            };
            status.pause(pause);
        }
    };
    std::thread::Builder::new().name("expiry".into()).spawn(run).context("the system gives no more threads")
}

/// How often a process looks at itself.
const SELF_CHECK: Duration = Duration::from_secs(10);

/// Tells of the process itself: its version, memory and disk.
pub(super) fn look_at_self(pipeline: &Pipeline, status: Arc<Status>) -> Result<JoinHandle<()>> {
    let data = pipeline.data.root().to_owned();
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    let run = move || {
        status.set("sanzao_build_info", &version, 1.0);
        while !status.is_stopping() {
            if let Some(bytes) = crate::own_use::resident_bytes() {
                status.set("sanzao_memory_resident_bytes", "", bytes as f64);
            }
            if let Some(bytes) = crate::own_use::free_bytes(&data) {
                status.set("sanzao_disk_free_bytes", "of=\"data\"", bytes as f64);
            }
            status.pause(SELF_CHECK);
        }
    };
    std::thread::Builder::new().name("self".into()).spawn(run).context("the system gives no more threads")
}
