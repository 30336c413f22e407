//! Whether this process follows sampled events, and to whom it tells their spans.

use std::time::Duration;

use anyhow::{Context, Result};
use rand::TryRng;
use rand::rngs::SysRng;
use sanzao_traces::{Process, Settings, Traces};

use crate::clock;
use crate::config::{Config, TracesSection};
use crate::stages::Stages;

/// How long who stops waits for spans that are not told yet.
pub(crate) const CLOSE: Duration = Duration::from_secs(3);

/// As it is configured; without a section nothing is followed, and nothing is made.
///
/// # Errors
/// When the section cannot be used.
pub(crate) fn traces_of(config: &Config, stages: &Stages) -> Result<Traces> {
    let Some(TracesSection { endpoint, ratio, certificates }) = &config.traces else {
        return Ok(Traces::off());
    };
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).context("the system gives no random numbers")?;
    let settings = Settings {
        endpoint: endpoint.clone(),
        ratio: *ratio,
        certificates: certificates.clone(),
        is_trial: config.dev,
    };
    let process =
        Process { name: config.api.node.clone(), version: env!("CARGO_PKG_VERSION"), stages: stages.words() };
    Traces::start(&settings, &process, clock::now_nanos, seed).context("[traces]")
}
