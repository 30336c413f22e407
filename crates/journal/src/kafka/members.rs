//! A member of a consumer group that reads nothing: the group shares out partitions, and whoever works on one reads and
//! writes it by itself. What is committed lies in other groups, which nobody joins: a broker takes commits into a group
//! that has members from its members alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::KafkaConfig;
use super::client;
use crate::members::{Board, Speaker};
use crate::{JournalError, Lease, Members, Membership, Stream, Topic};

/// How often the group is listened to while it says nothing.
const POLL: Duration = Duration::from_millis(100);
/// How long a group that takes a stream away waits for who works on it: a batch is done by then, a sweep may not be.
const PATIENCE: Duration = Duration::from_secs(5);

/// Passes on what the group decides.
struct Listener {
    board: Arc<Board>,
    topic: Topic,
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "librdkafka", %error, reason, "kafka group member");
    }
}

impl Listener {
    fn streams(&self, list: &TopicPartitionList) -> Vec<Stream> {
        let partitions = list.elements().into_iter().filter(|one| one.topic() == self.topic.as_str());
        let partitions = partitions.filter_map(|one| u32::try_from(one.partition()).ok());
        partitions.map(|partition| Stream::new(self.topic.clone(), partition)).collect()
    }
}

impl ConsumerContext for Listener {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Revoke(list) => self.board.take(&self.streams(list), PATIENCE),
            Rebalance::Assign(_) => {}
            Rebalance::Error(error) => tracing::warn!(%error, "the group could not share out"),
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let Rebalance::Assign(list) = rebalance else { return };
        // Nothing is to be fetched here.
        if let Err(error) = consumer.pause(list) {
            tracing::debug!(%error, "what the group gave cannot be paused, and is read in vain");
        }
        self.board.give(self.streams(list));
    }
}

/// A member of a group; a thread of its own speaks with the group.
pub(super) struct GroupMember {
    board: Arc<Board>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl GroupMember {
    pub fn join(config: &KafkaConfig, membership: &Membership) -> Result<Self, JournalError> {
        let Membership { group, topic, fixed_name, session_timeout } = membership;
        let timeout_ms = session_timeout.as_millis().max(1);
        let mut settings = client::settings(config);
        settings
            .set("group.id", format!("{}-{group}-members", config.group_prefix))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", timeout_ms.to_string())
            .set("heartbeat.interval.ms", (timeout_ms / 4).max(1).to_string())
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "latest")
            // What is fetched between being given a partition and pausing it.
            .set("queued.max.messages.kbytes", "1024");
        if let Some(name) = fixed_name {
            settings.set("group.instance.id", name);
        }
        let board = Arc::<Board>::default();
        let listener = Listener { board: Arc::clone(&board), topic: topic.clone() };
        let consumer: BaseConsumer<Listener> = client::create(&settings, listener)?;
        let subscribed = consumer.subscribe(&[topic.as_str()]);
        subscribed.map_err(|error| JournalError::Refused { detail: format!("{error}, for {topic}") })?;
        let closing = Arc::<AtomicBool>::default();
        let (ours, theirs) = (Arc::clone(&board), Arc::clone(&closing));
        let speaker = Speaker::new(&board, group);
        let run = move || {
            while !theirs.load(Ordering::Acquire) {
                if let Some(Err(error)) = consumer.poll(POLL) {
                    hear(&consumer, &ours, &error);
                }
            }
            // Its streams are taken away, then it leaves the group.
            drop(consumer);
            ours.take(&ours.held(), Duration::ZERO);
            speaker.leave();
        };
        let named = thread::Builder::new().name(format!("group-{group}"));
        let thread = named.spawn(run).map_err(|error| JournalError::Unavailable {
            detail: format!("the system gives no more threads: {error}"),
        })?;
        Ok(Self { board, closing, thread: Some(thread) })
    }
}

/// Most errors pass; these do not.
fn hear(consumer: &BaseConsumer<Listener>, board: &Board, error: &KafkaError) {
    let fatal = consumer.client().fatal_error();
    let refused = matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::InvalidSessionTimeout
        )
    );
    let detail = match fatal {
        Some((_, reason)) => format!(
            "{reason}: this process is out of its group; if another one has joined under the same name, give each \
             worker a name of its own"
        ),
        None if refused => format!("{error}: this process cannot join its group"),
        None => {
            tracing::debug!(target: "librdkafka", %error, "kafka group member");
            return;
        }
    };
    board.fail(detail);
    board.take(&board.held(), PATIENCE);
}

impl Members for GroupMember {
    fn next(&mut self, timeout: Duration) -> Result<Option<Lease>, JournalError> {
        self.board.next(timeout)
    }

    fn has_settled(&self) -> bool {
        self.board.has_settled()
    }
}

impl Drop for GroupMember {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so on standard error.
            let _ = thread.join();
        }
    }
}
