//! Committed positions, kept in consumer groups that nobody joins.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use super::client::{self, patiently};
use super::reports::{Reporting, Reports};
use super::topics::partition_number;
use super::{KafkaConfig, locked};
use crate::{Commit, JournalError, Stream};

pub(super) struct Groups {
    config: KafkaConfig,
    reports: Reports,
    clients: Mutex<HashMap<String, Arc<BaseConsumer<Reporting>>>>,
}

impl Groups {
    pub(super) fn new(config: &KafkaConfig, reports: &Reports) -> Self {
        Self { config: config.clone(), reports: reports.clone(), clients: Mutex::new(HashMap::new()) }
    }

    /// Commits positions, those of one consumer at once.
    pub(super) fn commit(&self, commits: &[Commit]) -> Result<(), JournalError> {
        let mut by_consumer: HashMap<&str, Vec<&Commit>> = HashMap::new();
        for commit in commits {
            by_consumer.entry(&commit.consumer).or_default().push(commit);
        }
        for (consumer, commits) in by_consumer {
            let mut list = TopicPartitionList::new();
            for commit in &commits {
                add(&mut list, &commit.stream, offset(commit.offset)?)?;
            }
            let client = self.client(consumer)?;
            patiently(&self.config, &commits[0].stream, || client.commit(&list, CommitMode::Sync))?;
        }
        Ok(())
    }

    /// The position that a consumer last committed.
    pub(super) fn committed(&self, consumer: &str, stream: &Stream) -> Result<Option<u64>, JournalError> {
        let mut list = TopicPartitionList::new();
        add(&mut list, stream, Offset::Invalid)?;
        let client = self.client(consumer)?;
        let list = patiently(&self.config, stream, || {
            let list = client.committed_offsets(list.clone(), self.config.timeout)?;
            list.elements()
                .iter()
                .try_for_each(rdkafka::topic_partition_list::TopicPartitionListElem::error)?;
            Ok(list)
        })?;
        for element in list.elements() {
            if let Offset::Offset(position) = element.offset() {
                return Ok(u64::try_from(position).ok());
            }
        }
        Ok(None)
    }

    fn client(&self, consumer: &str) -> Result<Arc<BaseConsumer<Reporting>>, JournalError> {
        let mut clients = locked(&self.clients);
        let client = match clients.get(consumer) {
            Some(client) => Arc::clone(client),
            None => {
                let mut settings = client::settings(&self.config);
                settings
                    .set("group.id", format!("{}-{consumer}", self.config.group_prefix))
                    .set("enable.auto.commit", "false")
                    // How long a commit waits for a lost coordinator before it fails.
                    .set("session.timeout.ms", self.config.timeout.as_millis().max(1).to_string());
                let context = Reporting(self.reports.clone());
                let client = Arc::new(client::create(&settings, context)?);
                clients.insert(consumer.to_owned(), Arc::clone(&client));
                client
            }
        };
        drop(clients);
        // Takes log lines and transient errors off the client's queue.
        while let Some(event) = client.poll(Duration::ZERO) {
            if let Err(error) = event {
                tracing::debug!(target: "librdkafka", %error, "kafka client");
            }
        }
        Ok(client)
    }
}

fn offset(position: u64) -> Result<Offset, JournalError> {
    let bug = |_| JournalError::Bug { detail: format!("{position} is no offset") };
    Ok(Offset::Offset(i64::try_from(position).map_err(bug)?))
}

fn add(list: &mut TopicPartitionList, stream: &Stream, offset: Offset) -> Result<(), JournalError> {
    list.add_partition_offset(stream.topic.as_str(), partition_number(stream), offset)
        .map_err(|e| JournalError::Bug { detail: format!("{stream} cannot be listed: {e}") })
}
