//! What topics have to be like, and how they differ.

use std::fmt;

use crate::Topic;

/// How long a topic keeps its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Until [`crate::Journal::expire`] forgets them.
    Forever,
    /// The last record of each key at least. The embedded journal keeps all.
    Compacted,
}

/// What a topic has to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicLayout {
    /// Its name.
    pub topic: Topic,
    /// How many partitions it has; at least 1. It never changes: records would lie elsewhere than where they are looked
    /// for.
    pub partitions: u32,
    /// How long it keeps records.
    pub retention: Retention,
    /// How many brokers keep it; without it as the cluster's default says. Means nothing to the embedded journal.
    pub replication: Option<u16>,
}

impl TopicLayout {
    /// A topic that forgets nothing by itself, replicated as the cluster's default says.
    pub fn forever(topic: Topic, partitions: u32) -> Self {
        Self { topic, partitions, retention: Retention::Forever, replication: None }
    }
}

/// What is to be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// [`crate::Journal::ensure_topics`] does it.
    Apply,
    /// Somebody must decide: until then nothing is to be written.
    ByHand,
    /// It works; better to be changed.
    Advice,
}

/// One thing in which a topic is not as the layout wants it. Its text says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicDifference {
    /// There is no such topic.
    Missing {
        /// The topic.
        topic: Topic,
    },
    /// It has another number of partitions.
    Partitions {
        /// The topic.
        topic: Topic,
        /// Partitions that the layout wants.
        wanted: u32,
        /// Partitions that there are.
        found: u32,
    },
    /// A setting of the topic has another value.
    Setting {
        /// The topic.
        topic: Topic,
        /// Kafka's name of the setting.
        setting: &'static str,
        /// The value that the layout wants; for `max.message.bytes` the least.
        wanted: String,
        /// The value that it has.
        found: String,
    },
    /// It has another number of replicas.
    Replicas {
        /// The topic.
        topic: Topic,
        /// Replicas that the layout wants.
        wanted: u16,
        /// Replicas of the partition that has fewest.
        found: u16,
    },
    /// It wants more replicas in sync than it has: every write would be refused.
    InSync {
        /// The topic.
        topic: Topic,
        /// Its `min.insync.replicas`.
        least: u16,
        /// Replicas of the partition that has fewest.
        replicas: u16,
    },
    /// One broker alone has it, and there are others.
    OneReplica {
        /// The topic.
        topic: Topic,
        /// Brokers of the cluster.
        brokers: usize,
    },
}

impl TopicDifference {
    /// The topic.
    pub fn topic(&self) -> &Topic {
        match self {
            Self::Missing { topic }
            | Self::Partitions { topic, .. }
            | Self::Setting { topic, .. }
            | Self::Replicas { topic, .. }
            | Self::InSync { topic, .. }
            | Self::OneReplica { topic, .. } => topic,
        }
    }

    /// Who does something about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Missing { .. } | Self::Setting { .. } => Remedy::Apply,
            Self::Partitions { .. } | Self::Replicas { .. } | Self::InSync { .. } => Remedy::ByHand,
            Self::OneReplica { .. } => Remedy::Advice,
        }
    }
}

impl fmt::Display for TopicDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { topic } => write!(f, "topic {topic} is missing; create it with the layout"),
            Self::Partitions { topic, wanted, found } => write!(
                f,
                "topic {topic} has {found} partitions, the configuration wants {wanted}; set it to {found}, or start a \
                 new journal and load it: with another number records would lie elsewhere than where they are looked for"
            ),
            Self::Setting { topic, setting, wanted, found } => write!(
                f,
                "topic {topic} has {setting}={found}, but the log needs {wanted}; apply the layout, or set it with \
                 kafka-configs --alter --topic {topic} --add-config {setting}={wanted}"
            ),
            Self::Replicas { topic, wanted, found } => write!(
                f,
                "topic {topic} has {found} replicas, the configuration wants {wanted}; move it with \
                 kafka-reassign-partitions, or set replication_factor to {found}"
            ),
            Self::InSync { topic, least, replicas } => write!(
                f,
                "topic {topic} has {replicas} replicas but wants {least} in sync, so it would take no record; add \
                 replicas with kafka-reassign-partitions, or lower it with kafka-configs --alter --topic {topic} \
                 --add-config min.insync.replicas={}",
                replicas.saturating_sub(1).max(1)
            ),
            Self::OneReplica { topic, brokers } => write!(
                f,
                "topic {topic} lies on one of {brokers} brokers alone and is lost with it; add replicas with \
                 kafka-reassign-partitions"
            ),
        }
    }
}
