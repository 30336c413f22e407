//! `[kafka]` and `[workers]`: the brokers, and how processes share the work.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// `[kafka]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kafka {
    /// `host:port`, several with commas.
    pub bootstrap_servers: String,
    /// What the names of consumer groups begin with.
    #[serde(default = "default_group_prefix")]
    pub group_prefix: String,
    /// What the names of all topics begin with, where a cluster has several installations: as `haimen.`.
    #[serde(default)]
    pub topic_prefix: String,
    /// Partitions of each department's topic.
    #[serde(default = "default_feed_partitions")]
    pub feed_partitions: u32,
    /// How many brokers keep each topic; as the cluster's default says without it.
    pub replication_factor: Option<u16>,
    /// What protects the way to the brokers.
    #[serde(default)]
    pub security: KafkaSecurity,
    /// A file of the authorities that sign brokers, in PEM, instead of those of the system.
    pub ca_file: Option<PathBuf>,
    /// A file with the certificate of this client, in PEM, where brokers ask for one.
    pub certificate_file: Option<PathBuf>,
    /// The file with its key, in PEM; for its owner alone.
    pub key_file: Option<PathBuf>,
    /// The user of this client, where brokers ask for one.
    pub sasl: Option<KafkaSasl>,
}

/// What may lie between here and the brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum KafkaSecurity {
    /// TLS.
    #[default]
    Tls,
    /// Nothing; for trials.
    Plaintext,
}

/// `[kafka.sasl]`: SASL/SCRAM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaSasl {
    /// `SCRAM-SHA-512` or `SCRAM-SHA-256`.
    #[serde(default = "default_mechanism")]
    pub mechanism: String,
    /// The user's name.
    pub username: String,
    /// A file that holds the password; for its owner alone.
    pub password_file: PathBuf,
}

fn default_mechanism() -> String {
    "SCRAM-SHA-512".into()
}

/// `[workers]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workers {
    /// Of how many of the configured bureaus, the first ones, a worker keeps up the state while another one owns them, so
    /// that it takes over at once. Each takes the memory of a bureau that is owned.
    pub standby_bureaus: u32,
    /// Seconds without a sign after which a worker is out, and its bureaus go to others.
    pub session_seconds: u16,
    /// The worker keeps what it has over a restart within `session_seconds`, and a second one of its name puts it out. What
    /// it has goes to others only after that time, also when it is stopped.
    pub fixed_name: bool,
}

/// What brokers allow unless told otherwise: `group.min.session.timeout.ms` and `group.max.session.timeout.ms`.
const SESSION_SECONDS: RangeInclusive<u16> = 6..=1800;

impl Workers {
    pub(super) fn check(&self) -> Result<()> {
        let seconds = self.session_seconds;
        ensure!(
            SESSION_SECONDS.contains(&seconds),
            "[workers] session_seconds: expected {} to {}, which brokers allow (group.min.session.timeout.ms), found \
             {seconds}: a worker that pauses for longer loses what it has, so rather more than less",
            SESSION_SECONDS.start(),
            SESSION_SECONDS.end()
        );
        Ok(())
    }
}

impl Default for Workers {
    /// The least that brokers allow unless told otherwise.
    fn default() -> Workers {
        Workers { standby_bureaus: 16, session_seconds: 6, fixed_name: false }
    }
}

fn default_group_prefix() -> String {
    "sanzao".into()
}

fn default_feed_partitions() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_as_long_as_brokers_allow() {
        let of = |session_seconds| Workers { session_seconds, ..Workers::default() }.check();
        assert!(of(6).is_ok() && of(1_800).is_ok() && Workers::default().check().is_ok());
        assert!(of(5).unwrap_err().to_string().contains("expected 6 to 1800"));
        assert!(of(1_801).is_err());
    }
}
