//! Topics as the layout wants them: found out, created, altered.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{
    AlterConfig, ConfigEntry, ConfigResource, ConfigSource, NewTopic, OwnedResourceSpecifier,
    ResourceSpecifier, TopicReplication,
};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;

use super::client::{MAX_MESSAGE_BYTES, kafka_error, no_permission, unavailable};
use super::topics::{Topics, block_on};
use crate::{JournalError, Remedy, Retention, Stream, Topic, TopicDifference, TopicLayout};

/// The setting that each write of ours depends on: how many replicas must have it.
const IN_SYNC: &str = "min.insync.replicas";

/// The settings that a topic of ours has.
fn settings(retention: Retention) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("max.message.bytes", MAX_MESSAGE_BYTES.to_string()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
    ];
    match retention {
        // Nothing expires by itself: the log is the truth.
        Retention::Forever => all.extend(
            [("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1")]
                .map(|(setting, value)| (setting, value.to_owned())),
        ),
        Retention::Compacted => all.push(("cleanup.policy", "compact".to_owned())),
    }
    all
}

/// True if a value does: of the largest message a larger one too.
fn suffices(setting: &str, wanted: &str, found: &str) -> bool {
    match (setting, wanted.parse::<u64>(), found.parse::<u64>()) {
        ("max.message.bytes", Ok(wanted), Ok(found)) => found >= wanted,
        _ => wanted == found,
    }
}

impl Topics {
    /// See [`crate::Journal::check_topics`].
    pub(super) fn differences(&self, layout: &[TopicLayout]) -> Result<Vec<TopicDifference>, JournalError> {
        let metadata = self.metadata(None)?;
        let mut differences = self.shape(&metadata, layout)?;
        let there: Vec<&TopicLayout> =
            layout.iter().filter(|wanted| self.known(&wanted.topic).is_some()).collect();
        let entries = self.describe(&there)?;
        for wanted in there {
            let Some(entries) = entries.get(&wanted.topic) else { continue };
            differences.extend(unlike(wanted, entries));
            differences.extend(out_of_sync(&wanted.topic, entries, replicas(&metadata, &wanted.topic)));
        }
        Ok(differences)
    }

    /// See [`crate::Journal::ensure_topics`].
    pub(super) fn ensure(&self, layout: &[TopicLayout]) -> Result<(), JournalError> {
        // First by itself: it asks nothing but what every client may know.
        refuse(self.shape(&self.metadata(None)?, layout)?)?;
        let differences = refuse(self.differences(layout)?)?;
        let mut missing = Vec::new();
        let mut unlike = Vec::new();
        for wanted in layout {
            let of_topic = || differences.iter().filter(|found| *found.topic() == wanted.topic);
            if of_topic().any(|found| matches!(found, TopicDifference::Missing { .. })) {
                missing.push(wanted);
            } else if of_topic().any(|found| matches!(found, TopicDifference::Setting { .. })) {
                unlike.push(wanted);
            }
        }
        for advice in differences.iter().filter(|found| found.remedy() == Remedy::Advice) {
            tracing::warn!(target: "sanzao::topics", "{advice}");
        }
        if !unlike.is_empty() {
            self.alter(&unlike)?;
        }
        if !missing.is_empty() {
            self.create(&missing)?;
            let deadline = Instant::now() + self.config.timeout;
            missing.iter().try_for_each(|wanted| self.wait_for(wanted, deadline))?;
            // The cluster's defaults may make of new topics what nothing can be written to.
            refuse(self.differences(layout)?)?;
        }
        Ok(())
    }

    /// Differences in what metadata tells: topics, partitions, replicas.
    fn shape(
        &self,
        metadata: &Metadata,
        layout: &[TopicLayout],
    ) -> Result<Vec<TopicDifference>, JournalError> {
        self.remember(metadata, |found| layout.iter().any(|wanted| wanted.topic == *found))?;
        let brokers = metadata.brokers().len();
        let mut differences = Vec::new();
        for TopicLayout { topic, partitions, replication, .. } in layout {
            let (topic, wanted) = (topic.clone(), *partitions);
            match self.known(&topic) {
                Some(found) if found != wanted => {
                    differences.push(TopicDifference::Partitions { topic, wanted, found });
                }
                None if wanted == 0 => {
                    differences.push(TopicDifference::Partitions { topic, wanted, found: 1 });
                }
                None => differences.push(TopicDifference::Missing { topic }),
                Some(_) => match (replicas(metadata, &topic), *replication) {
                    (Some(found), Some(wanted)) if found != wanted => {
                        differences.push(TopicDifference::Replicas { topic, wanted, found });
                    }
                    (Some(1), _) if brokers > 1 => {
                        differences.push(TopicDifference::OneReplica { topic, brokers });
                    }
                    _ => {}
                },
            }
        }
        Ok(differences)
    }

    /// The settings of topics.
    fn describe(
        &self,
        topics: &[&TopicLayout],
    ) -> Result<HashMap<Topic, HashMap<String, ConfigEntry>>, JournalError> {
        let mut all = HashMap::new();
        if topics.is_empty() {
            return Ok(all);
        }
        let (admin, options) = self.admin()?;
        let asked: Vec<_> =
            topics.iter().map(|wanted| ResourceSpecifier::Topic(wanted.topic.as_str())).collect();
        let results = block_on(admin.describe_configs(&asked, &options));
        let results = results.map_err(|e| unavailable(&self.config.bootstrap_servers, &e.to_string()))?;
        for (result, wanted) in results.into_iter().zip(topics) {
            let ConfigResource { specifier, entries } =
                result.map_err(|code| self.refused(&wanted.topic, code))?;
            let OwnedResourceSpecifier::Topic(name) = specifier else { continue };
            let entries = entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
            all.insert(Topic::new(name)?, entries);
        }
        Ok(all)
    }

    /// Sets what differs. The request replaces all settings of a topic, so those that stay are sent along; what somebody
    /// else sets in the same moment may be lost.
    fn alter(&self, topics: &[&TopicLayout]) -> Result<(), JournalError> {
        let present = self.describe(topics)?;
        let (admin, options) = self.admin()?;
        let mut wanted_settings = Vec::new();
        for wanted in topics {
            let mut settings: HashMap<String, String> = HashMap::new();
            let entries = present.get(&wanted.topic);
            for entry in entries.into_iter().flat_map(HashMap::values) {
                if let (ConfigSource::DynamicTopic, Some(value)) = (&entry.source, &entry.value) {
                    settings.insert(entry.name.clone(), value.clone());
                }
            }
            for difference in entries.into_iter().flat_map(|entries| unlike(wanted, entries)) {
                if let TopicDifference::Setting { setting, wanted, found, topic } = difference {
                    tracing::info!(target: "sanzao::topics", %topic, setting, found, wanted, "setting changed");
                    settings.insert(setting.to_owned(), wanted);
                }
            }
            wanted_settings.push(settings);
        }
        let altered: Vec<AlterConfig<'_>> = topics
            .iter()
            .zip(&wanted_settings)
            .map(|(wanted, settings)| {
                let topic = ResourceSpecifier::Topic(wanted.topic.as_str());
                settings.iter().fold(AlterConfig::new(topic), |all, (name, value)| all.set(name, value))
            })
            .collect();
        let results = block_on(admin.alter_configs(&altered, &options));
        let results = results.map_err(|e| unavailable(&self.config.bootstrap_servers, &e.to_string()))?;
        for (result, wanted) in results.into_iter().zip(topics) {
            result.map_err(|(_, code)| self.refused(&wanted.topic, code))?;
        }
        Ok(())
    }

    fn create(&self, missing: &[&TopicLayout]) -> Result<(), JournalError> {
        let (admin, options) = self.admin()?;
        let settings: Vec<_> = missing.iter().map(|wanted| settings(wanted.retention)).collect();
        let topics: Vec<_> = missing
            .iter()
            .zip(&settings)
            .map(|(wanted, settings)| {
                let partitions = i32::try_from(wanted.partitions).unwrap_or(i32::MAX);
                // -1: as the cluster's default says.
                let replication = TopicReplication::Fixed(wanted.replication.map_or(-1, i32::from));
                let new = NewTopic::new(wanted.topic.as_str(), partitions, replication);
                settings.iter().fold(new, |new, (setting, value)| new.set(setting, value))
            })
            .collect();
        let results = block_on(admin.create_topics(&topics, &options));
        let results = results.map_err(|e| unavailable(&self.config.bootstrap_servers, &e.to_string()))?;
        for (result, wanted) in results.into_iter().zip(missing) {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(self.refused(&wanted.topic, code)),
            }
        }
        Ok(())
    }

    fn refused(&self, topic: &Topic, code: RDKafkaErrorCode) -> JournalError {
        match code {
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => {
                let rights = "Create, DescribeConfigs and AlterConfigs are needed";
                no_permission(&format!("topic {topic} ({code}: {rights})"))
            }
            _ => {
                let stream = Stream::new(topic.clone(), 0);
                kafka_error(&self.config.bootstrap_servers, &stream, &KafkaError::AdminOp(code))
            }
        }
    }

    /// A new topic reaches a broker's metadata, and its partitions their leaders, a moment after its creation.
    fn wait_for(&self, layout: &TopicLayout, deadline: Instant) -> Result<(), JournalError> {
        let (topic, wanted) = (&layout.topic, layout.partitions);
        loop {
            match self.partitions(topic) {
                Ok(found) if found == wanted => break,
                Ok(found) => {
                    let difference = TopicDifference::Partitions { topic: topic.clone(), wanted, found };
                    return Err(JournalError::WrongLayout { difference });
                }
                Err(JournalError::UnknownTopic { .. }) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
        (0..wanted).try_for_each(|partition| self.bounds(&Stream::new(topic.clone(), partition)).map(|_| ()))
    }
}

/// Stops at the first that must be decided by hand.
fn refuse(differences: Vec<TopicDifference>) -> Result<Vec<TopicDifference>, JournalError> {
    match differences.iter().find(|found| found.remedy() == Remedy::ByHand) {
        Some(difference) => Err(JournalError::WrongLayout { difference: difference.clone() }),
        None => Ok(differences),
    }
}

/// The settings that have another value.
fn unlike(layout: &TopicLayout, entries: &HashMap<String, ConfigEntry>) -> Vec<TopicDifference> {
    let mut differences = Vec::new();
    for (setting, wanted) in settings(layout.retention) {
        let Some(found) = entries.get(setting).and_then(|entry| entry.value.clone()) else { continue };
        if !suffices(setting, &wanted, &found) {
            let topic = layout.topic.clone();
            differences.push(TopicDifference::Setting { topic, setting, wanted, found });
        }
    }
    differences
}

fn out_of_sync(
    topic: &Topic,
    entries: &HashMap<String, ConfigEntry>,
    replicas: Option<u16>,
) -> Option<TopicDifference> {
    let least = entries.get(IN_SYNC)?.value.as_ref()?.parse().ok()?;
    let replicas = replicas.filter(|replicas| least > *replicas)?;
    Some(TopicDifference::InSync { topic: topic.clone(), least, replicas })
}

/// Replicas of the partition that has fewest.
fn replicas(metadata: &Metadata, topic: &Topic) -> Option<u16> {
    let found = metadata.topics().iter().find(|found| found.name() == topic.as_str())?;
    let fewest = found.partitions().iter().map(|partition| partition.replicas().len()).min()?;
    u16::try_from(fewest).ok()
}

#[cfg(test)]
mod tests;
