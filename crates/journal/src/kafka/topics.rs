//! Topics, their partitions and their bounds, asked of the cluster.

use std::collections::HashMap;
use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::Metadata;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

use super::client::{self, Logging, kafka_error, no_permission, patiently, unavailable};
use super::reports::{Reporting, Reports};
use super::{KafkaConfig, locked, probe};
use crate::{JournalError, Stream, Topic};

/// How long the cluster is first waited for before it is found out why it does not answer; then twice as long each time.
const FIRST_PATIENCE: Duration = Duration::from_millis(300);

pub(super) struct Topics {
    pub(super) config: KafkaConfig,
    /// In no group: it only asks for metadata and bounds, and creates no topic by asking.
    client: BaseConsumer<Reporting>,
    /// Topics never shrink, so what is known here exists.
    known: Mutex<HashMap<Topic, u32>>,
}

impl Topics {
    /// Connects, and waits until the cluster answers. What is wrong in the configuration is said as soon as it is known.
    pub(super) fn connect(config: &KafkaConfig, reports: &Reports) -> Result<Self, JournalError> {
        let deadline = Instant::now() + config.timeout;
        config.security.check()?;
        let client = client::create(&client::settings(config), Reporting(reports.clone()))?;
        let topics = Self { config: config.clone(), client, known: Mutex::new(HashMap::new()) };
        let mut patience = FIRST_PATIENCE;
        let mut refused: Option<String> = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match topics.client.fetch_metadata(None, patience.min(left)) {
                Ok(_) => return Ok(topics),
                Err(error) => unavailable(&config.bootstrap_servers, &error.to_string()),
            };
            topics.listen();
            // One broker of several may refuse what the others take: they get another moment.
            if let Some(reason) = refused {
                return Err(JournalError::Refused { detail: authentication(config, &reason) });
            }
            if let Some(detail) = probe::what_is_wrong(config) {
                return Err(JournalError::Refused { detail });
            }
            refused = reports.authentication();
            if Instant::now() >= deadline {
                return Err(reports.explain(error));
            }
            patience = if refused.is_some() { FIRST_PATIENCE } else { patience * 2 };
        }
    }

    /// The number of partitions, asked anew.
    pub(super) fn partitions(&self, topic: &Topic) -> Result<u32, JournalError> {
        self.remember(&self.metadata(Some(topic))?, |found| found == topic)?;
        self.known(topic).ok_or_else(|| JournalError::UnknownTopic { topic: topic.clone() })
    }

    /// Makes sure that a stream exists; asks the cluster only about streams not seen before.
    pub(super) fn check(&self, stream: &Stream) -> Result<(), JournalError> {
        if self.known(&stream.topic).is_some_and(|partitions| stream.partition < partitions) {
            return Ok(());
        }
        let partitions = self.partitions(&stream.topic)?;
        if stream.partition < partitions {
            return Ok(());
        }
        Err(JournalError::UnknownPartition { stream: stream.clone(), partitions })
    }

    /// The offsets from the oldest record to the one that the next record gets. (Of open transactions of other
    /// writers: to where they begin.)
    pub(super) fn bounds(&self, stream: &Stream) -> Result<Range<u64>, JournalError> {
        self.serve();
        let (topic, partition) = (stream.topic.as_str(), partition_number(stream));
        let (low, high) = patiently(&self.config, stream, || {
            self.client.fetch_watermarks(topic, partition, self.config.timeout)
        })?;
        match (u64::try_from(low), u64::try_from(high)) {
            (Ok(low), Ok(high)) => Ok(low..high),
            _ => Err(unavailable(
                &self.config.bootstrap_servers,
                &format!("{stream} has no known bounds at present"),
            )),
        }
    }

    /// See [`crate::Journal::expire`]. The broker compares with its own time of the append.
    pub(super) fn expire(
        &self,
        stream: &Stream,
        appended_before_ms: i64,
        upto: u64,
    ) -> Result<u64, JournalError> {
        let bounds = self.bounds(stream)?;
        if upto > bounds.end {
            return Err(JournalError::Ahead { stream: stream.clone(), from: upto, end: bounds.end });
        }
        let servers = &self.config.bootstrap_servers;
        let (topic, partition) = (stream.topic.as_str(), partition_number(stream));
        let mut asked = TopicPartitionList::new();
        let time = Offset::Offset(appended_before_ms.max(0));
        let add = asked.add_partition_offset(topic, partition, time);
        add.map_err(|error| kafka_error(servers, stream, &error))?;
        let young = patiently(&self.config, stream, || {
            self.client.offsets_for_times(asked.clone(), self.config.timeout)
        })?;
        // Only a clear answer forgets anything: what the broker could not say is not "none is as young".
        let found = young.find_partition(topic, partition);
        let unknown = || unavailable(servers, &format!("{stream} has no known times at present"));
        let found = found.ok_or_else(unknown)?;
        found.error().map_err(|error| kafka_error(servers, stream, &error))?;
        let young = match found.offset() {
            Offset::Offset(young) => u64::try_from(young).map_err(|_| unknown())?,
            // None is as young.
            Offset::End => upto,
            _ => return Err(unknown()),
        };
        let to = young.min(upto);
        if to <= bounds.start {
            return Ok(bounds.start);
        }
        let (admin, options) = self.admin()?;
        let mut forgotten = TopicPartitionList::new();
        let before = Offset::Offset(i64::try_from(to).unwrap_or(i64::MAX));
        let add = forgotten.add_partition_offset(topic, partition, before);
        add.map_err(|error| kafka_error(servers, stream, &error))?;
        let done = block_on(admin.delete_records(&forgotten, &options));
        let done = done.map_err(|error| kafka_error(servers, stream, &error))?;
        // Of each partition by itself: where deleting is not allowed the whole call succeeds.
        let all = done.elements().into_iter().try_for_each(|one| one.error());
        all.map_err(|error| kafka_error(servers, stream, &error))?;
        Ok(self.bounds(stream)?.start)
    }

    pub(super) fn admin(&self) -> Result<(AdminClient<Logging>, AdminOptions), JournalError> {
        let timeout = Some(self.config.timeout);
        let options = AdminOptions::new().request_timeout(timeout).operation_timeout(timeout);
        Ok((client::create(&client::settings(&self.config), Logging)?, options))
    }

    pub(super) fn known(&self, topic: &Topic) -> Option<u32> {
        locked(&self.known).get(topic).copied()
    }

    /// Asks for one topic or all.
    pub(super) fn metadata(&self, topic: Option<&Topic>) -> Result<Metadata, JournalError> {
        self.serve();
        self.client
            .fetch_metadata(topic.map(Topic::as_str), self.config.timeout)
            .map_err(|error| unavailable(&self.config.bootstrap_servers, &error.to_string()))
    }

    /// Remembers what there is of the topics that are ours. Others may use the cluster too: what is wrong with a topic
    /// of theirs must not stop us.
    pub(super) fn remember(
        &self,
        metadata: &Metadata,
        is_ours: impl Fn(&Topic) -> bool,
    ) -> Result<(), JournalError> {
        let mut known = locked(&self.known);
        for found in metadata.topics() {
            let Some(name) = Topic::new(found.name()).ok().filter(&is_ours) else { continue };
            match found.error() {
                None => {
                    let partitions = u32::try_from(found.partitions().len()).unwrap_or(u32::MAX);
                    known.insert(name, partitions);
                }
                Some(
                    RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                    | RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID,
                ) => {
                    known.remove(&name);
                }
                Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) => {
                    return Err(no_permission(&format!("topic {name}, not even to describe it")));
                }
                Some(error) => {
                    let what = format!("topic {name}: {}", RDKafkaErrorCode::from(error));
                    return Err(unavailable(&self.config.bootstrap_servers, &what));
                }
            }
        }
        Ok(())
    }

    /// Takes all that the client has said off its queue. Polling without any patience ends at the first line of its log.
    pub(super) fn listen(&self) {
        while self.client.poll(Duration::from_millis(1)).is_some() {}
    }

    /// Takes log lines and transient errors off the client's queue.
    fn serve(&self) {
        while let Some(event) = self.client.poll(Duration::ZERO) {
            if let Err(error) = event {
                tracing::debug!(target: "librdkafka", %error, "kafka client");
            }
        }
    }
}

/// The partition as Kafka counts it. Streams with higher numbers exist nowhere, and Kafka says so.
pub(super) fn partition_number(stream: &Stream) -> i32 {
    i32::try_from(stream.partition).unwrap_or(i32::MAX)
}

fn authentication(config: &KafkaConfig, reason: &str) -> String {
    match &config.sasl {
        Some(sasl) => {
            let user = &sasl.username;
            format!(
                "{reason}; correct user {user} or its password, or make the user with kafka-configs --entity-type users"
            )
        }
        None => reason.to_owned(),
    }
}

/// Runs one future to its end on this thread: rdkafka's admin calls are futures, and nothing else here is.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
