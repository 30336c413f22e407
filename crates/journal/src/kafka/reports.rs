//! What librdkafka last complained about: only that tells why nothing answers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::client::{Logging, log};
use super::locked;
use crate::JournalError;

/// How long a complaint explains what does not work. librdkafka repeats one every 30 seconds while it lasts.
const EXPLAINS: Duration = Duration::from_secs(60);

/// The last complaint of the clients of one journal.
#[derive(Debug, Clone, Default)]
pub(super) struct Reports(Arc<Mutex<Option<Report>>>);

#[derive(Debug)]
struct Report {
    at: Instant,
    code: RDKafkaErrorCode,
    reason: String,
}

impl Reports {
    pub(super) fn add(&self, error: &KafkaError, reason: &str) {
        use RDKafkaErrorCode::{AllBrokersDown, PartitionEOF};
        // That all are down follows from each being so, and does not say why.
        let code = error.rdkafka_error_code().filter(|code| !matches!(code, AllBrokersDown | PartitionEOF));
        if let Some(code) = code {
            // How long it took in which state of the client is its own business.
            let reason = reason.split(" (after ").next().unwrap_or(reason).to_owned();
            *locked(&self.0) = Some(Report { at: Instant::now(), code, reason });
        }
    }

    /// What a broker said when it did not take the user.
    pub(super) fn authentication(&self) -> Option<String> {
        let last = locked(&self.0);
        let refused = last.as_ref().filter(|report| matches!(report.code, RDKafkaErrorCode::Authentication));
        refused.map(|report| report.reason.clone())
    }

    /// Adds the last complaint to an error that says only that nothing answers.
    pub(super) fn explain(&self, error: JournalError) -> JournalError {
        let JournalError::Unavailable { detail } = error else { return error };
        let last = locked(&self.0);
        let Some(report) = last.as_ref().filter(|report| report.at.elapsed() < EXPLAINS) else {
            return JournalError::Unavailable { detail };
        };
        let seconds = report.at.elapsed().as_secs();
        let mut detail =
            format!("{detail} (the client's last complaint, {seconds} s ago: {})", report.reason);
        if matches!(report.code, RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) {
            detail += "; if password, certificates or authorities were changed on purpose, change the configuration too \
                       and start again";
        }
        JournalError::Unavailable { detail }
    }
}

/// Logs as [`Logging`] does, and remembers complaints.
#[derive(Debug, Clone)]
pub(super) struct Reporting(pub(super) Reports);

impl ClientContext for Reporting {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.add(&error, reason);
        Logging.error(error, reason);
    }
}

impl ConsumerContext for Reporting {}
