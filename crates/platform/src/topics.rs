//! Which topics there are, and which partition is whose.

use sanzao_journal::{Stream, Topic, TopicLayout};
use sanzao_model::{Bureau, Feed};

/// The topics of an installation: one partition of `facts`, `identities`, `inbox`, `work` and `exchange` for each bureau, in
/// the order of the configuration; one partition of the others. Each node of the API has an audit topic of its own.
#[derive(Debug, Clone)]
pub struct Topics {
    bureaus: Vec<Bureau>,
    feed_partitions: u32,
    node: String,
    replication: Option<u16>,
}

fn topic(name: &str) -> Topic {
    Topic::new(name).expect("the platform's topic names are of lower-case letters, dots and hyphens")
}

impl Topics {
    /// The layout for these bureaus.
    pub fn new(bureaus: Vec<Bureau>, feed_partitions: u32) -> Topics {
        Topics { bureaus, feed_partitions, node: "api".to_owned(), replication: None }
    }

    /// The same for a node of another name: lower-case letters, digits and hyphens.
    #[must_use]
    pub fn of_node(self, node: &str) -> Topics {
        Topics { node: node.to_owned(), ..self }
    }

    /// The same with each topic on so many brokers; as the cluster's default says without a number.
    #[must_use]
    pub fn replicated(self, replication: Option<u16>) -> Topics {
        Topics { replication, ..self }
    }

    /// What each topic has to be like. Nothing in them goes by itself: [`crate::stage::Expiry`] forgets what is too old.
    pub fn layout(&self) -> Vec<TopicLayout> {
        let of = |topic, partitions| TopicLayout {
            replication: self.replication,
            ..TopicLayout::forever(topic, partitions)
        };
        let bureaus = self.bureaus.len() as u32;
        let mut all: Vec<TopicLayout> = ["facts", "identities", "inbox", "work", "exchange"]
            .into_iter()
            .map(|name| of(topic(name), bureaus))
            .collect();
        all.push(of(self.audit().topic, 1));
        for feed in Feed::ALL {
            all.push(of(topic(&format!("feed.{feed}")), self.feed_partitions));
            all.push(of(topic(&format!("rejected.{feed}")), 1));
            all.push(of(topic(&format!("receipts.{feed}")), 1));
            all.push(of(topic(&format!("results.{feed}")), 1));
        }
        all
    }

    /// The bureaus, in the order of their partitions.
    pub fn bureaus(&self) -> &[Bureau] {
        &self.bureaus
    }

    fn partition(&self, bureau: Bureau) -> u32 {
        let place = self.bureaus.iter().position(|known| *known == bureau);
        place.expect("intake refuses events of bureaus that are not configured") as u32
    }

    /// The raw events of a department.
    pub fn feed(&self, feed: Feed, partition: u32) -> Stream {
        Stream::new(topic(&format!("feed.{feed}")), partition)
    }

    /// Who did what at this node.
    pub fn audit(&self) -> Stream {
        Stream::new(topic(&format!("audit.{}", self.node)), 0)
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The partitions of a department's topic.
    pub fn feed_partitions(&self) -> u32 {
        self.feed_partitions
    }

    /// What was refused, with the sealed original.
    pub fn rejected(&self, feed: Feed) -> Stream {
        Stream::new(topic(&format!("rejected.{feed}")), 0)
    }

    /// What became of each event.
    pub fn receipts(&self, feed: Feed) -> Stream {
        Stream::new(topic(&format!("receipts.{feed}")), 0)
    }

    /// What became of a department's records.
    pub fn results(&self, feed: Feed) -> Stream {
        Stream::new(topic(&format!("results.{feed}")), 0)
    }

    /// Accepted facts, days, parameters.
    pub fn facts(&self, bureau: Bureau) -> Stream {
        Stream::new(topic("facts"), self.partition(bureau))
    }

    /// Sealed identities, for the vault.
    pub fn identities(&self, bureau: Bureau) -> Stream {
        Stream::new(topic("identities"), self.partition(bureau))
    }

    /// Findings and commands.
    pub fn inbox(&self, bureau: Bureau) -> Stream {
        Stream::new(topic("inbox"), self.partition(bureau))
    }

    /// What happened to alerts and tasks.
    pub fn work(&self, bureau: Bureau) -> Stream {
        Stream::new(topic("work"), self.partition(bureau))
    }

    /// What departments are asked, and what they answer.
    pub fn exchange(&self, bureau: Bureau) -> Stream {
        Stream::new(topic("exchange"), self.partition(bureau))
    }
}
