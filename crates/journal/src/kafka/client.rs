//! What all Kafka clients share: configuration, log lines, and the meaning of errors.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::KafkaConfig;
use crate::{JournalError, MAX_RECORD_BYTES, Security, Stream};

/// The largest message in a topic of ours: a record, and 1 MiB for Kafka's own framing and the claim header.
pub(super) const MAX_MESSAGE_BYTES: usize = MAX_RECORD_BYTES + (1 << 20);

/// Passes librdkafka's log on to `tracing`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logging;

impl ClientContext for Logging {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // That a consumer has read everything is no error; it comes here as well as to who polls, at every end.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        tracing::warn!(target: "librdkafka", %error, reason, "kafka client");
    }
}

impl ConsumerContext for Logging {}

pub(super) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => tracing::error!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::info!(target: "librdkafka", facility, "{message}");
        }
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, "{message}"),
    }
}

/// The properties of every client.
pub(super) fn settings(config: &KafkaConfig) -> ClientConfig {
    let mut settings = ClientConfig::new();
    settings
        .set("bootstrap.servers", &config.bootstrap_servers)
        .set("client.id", &config.group_prefix)
        .set("message.max.bytes", MAX_MESSAGE_BYTES.to_string())
        // Room for a batch that holds one largest message.
        .set("receive.message.max.bytes", (2 * MAX_MESSAGE_BYTES).to_string())
        .set("socket.keepalive.enable", "true")
        // After an outage go on within a second or two.
        .set("reconnect.backoff.max.ms", "1000")
        // Brokers close idle connections; that is no news.
        .set("log.connection.close", "false");
    secure(&mut settings, config);
    settings
}

fn secure(settings: &mut ClientConfig, config: &KafkaConfig) {
    let protocol = match (&config.security, &config.sasl) {
        (Security::Plaintext, None) => "plaintext",
        (Security::Plaintext, Some(_)) => "sasl_plaintext",
        (Security::Tls(_), None) => "ssl",
        (Security::Tls(_), Some(_)) => "sasl_ssl",
    };
    settings.set("security.protocol", protocol);
    if let Security::Tls(tls) = &config.security {
        settings
            .set("enable.ssl.certificate.verification", "true")
            .set("ssl.endpoint.identification.algorithm", "https");
        if let Some(path) = &tls.ca_file {
            settings.set("ssl.ca.location", path.to_string_lossy());
        }
        if let Some(client) = &tls.client {
            settings
                .set("ssl.certificate.location", client.certificate_file.to_string_lossy())
                .set("ssl.key.location", client.key_file.to_string_lossy());
        }
    }
    if let Some(sasl) = &config.sasl {
        settings
            .set("sasl.mechanisms", sasl.mechanism.as_str())
            .set("sasl.username", &sasl.username)
            .set("sasl.password", sasl.password.expose());
    }
}

/// Creates a client; it fails only if the configuration is wrong.
pub(super) fn create<C: ClientContext, T: FromClientConfigAndContext<C>>(
    settings: &ClientConfig,
    context: C,
) -> Result<T, JournalError> {
    settings.create_with_context(context).map_err(|error| JournalError::Refused {
        detail: format!("{error}; check the kafka section of the configuration"),
    })
}

/// The error for a cluster that does not answer.
pub(super) fn unavailable(bootstrap_servers: &str, what: &str) -> JournalError {
    JournalError::Unavailable {
        detail: format!(
            "kafka at {bootstrap_servers}: {what}; check that the broker runs and that the bootstrap servers are right, \
             then it goes on by itself"
        ),
    }
}

/// How often a cluster that has no leader or coordinator yet is asked again.
const ELECTION_RETRY: Duration = Duration::from_millis(100);

/// Asks until the configured time is over: after a start, a new topic or a lost broker the cluster has no leader
/// of a partition, or no coordinator of a group, for a moment.
pub(super) fn patiently<T>(
    config: &KafkaConfig,
    stream: &Stream,
    mut ask: impl FnMut() -> Result<T, KafkaError>,
) -> Result<T, JournalError> {
    let deadline = Instant::now() + config.timeout;
    loop {
        match ask() {
            Err(error) if awaits_election(&error) && Instant::now() < deadline => {
                thread::sleep(ELECTION_RETRY)
            }
            answer => return answer.map_err(|error| kafka_error(&config.bootstrap_servers, stream, &error)),
        }
    }
}

fn awaits_election(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotLeaderForPartition
                | RDKafkaErrorCode::LeaderNotAvailable
                | RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress
                // Of a topic that was there a moment ago: a partition is being moved.
                | RDKafkaErrorCode::UnknownTopicOrPartition
        )
    )
}

/// What an error of librdkafka about a stream means to the caller.
pub(super) fn kafka_error(bootstrap_servers: &str, stream: &Stream, error: &KafkaError) -> JournalError {
    let code = match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    };
    match code {
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            JournalError::UnknownTopic { topic: stream.topic.clone() }
        }
        Some(
            RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed,
        ) => no_permission(&format!("{stream} ({error})")),
        Some(
            RDKafkaErrorCode::InvalidConfig
            | RDKafkaErrorCode::InvalidReplicationFactor
            | RDKafkaErrorCode::PolicyViolation,
        ) => JournalError::Refused { detail: format!("{error}, for {stream}") },
        Some(RDKafkaErrorCode::BadMessage) => {
            JournalError::Corrupt { detail: format!("{error}, in {stream} of kafka at {bootstrap_servers}") }
        }
        _ => unavailable(bootstrap_servers, &format!("{error}, for {stream}")),
    }
}

/// The error for what the broker's access lists do not allow.
pub(super) fn no_permission(what: &str) -> JournalError {
    let detail = format!(
        "no permission for {what}; give it to the user or certificate of this client with kafka-acls --add \
         --allow-principal"
    );
    JournalError::Refused { detail }
}
