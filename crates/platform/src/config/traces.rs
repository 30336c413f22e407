//! `[traces]`: whether sampled events are followed from feed to alert, and where their spans go.

use std::path::PathBuf;

use serde::Deserialize;

/// `[traces]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TracesSection {
    /// A collector that speaks OTLP over HTTP, as `http://127.0.0.1:4318`; `https` for other machines than this one.
    pub endpoint: String,
    /// Of so many events, from 0 to 1, that came without a trace of their own, one is followed.
    #[serde(default = "default_ratio")]
    pub ratio: f64,
    /// A file of certificates in PEM that are trusted for it, instead of the public ones.
    pub certificates: Option<PathBuf>,
}

fn default_ratio() -> f64 {
    0.01
}
