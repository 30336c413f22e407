//! Which topics there are, and which partition is whose.

use sanzao_journal::{Stream, Topic};
use sanzao_model::{Bureau, Feed};

/// The topics of an installation: one partition of `facts`, `identities`, `inbox`, `work` and `exchange` for each bureau, in
/// the order of the configuration; one partition of the others. Each node of the API has an audit topic of its own.
#[derive(Debug, Clone)]
pub struct Topics {
    bureaus: Vec<Bureau>,
    feed_partitions: u32,
    node: String,
    prefix: String,
}

impl Topics {
    /// The layout for these bureaus.
    pub fn new(bureaus: Vec<Bureau>, feed_partitions: u32) -> Topics {
        Topics { bureaus, feed_partitions, node: "api".to_owned(), prefix: String::new() }
    }

    /// The same where every name begins with a prefix, of what topics are named of, and at most 100 characters long.
    #[must_use]
    pub fn with_prefix(self, prefix: &str) -> Topics {
        Topics { prefix: prefix.to_owned(), ..self }
    }

    fn topic(&self, name: &str) -> Topic {
        let name = format!("{}{name}", self.prefix);
        Topic::new(name).expect("the platform's topic names are of lower-case letters, dots and hyphens")
    }

    /// The same for a node of another name: lower-case letters, digits and hyphens.
    #[must_use]
    pub fn of_node(self, node: &str) -> Topics {
        Topics { node: node.to_owned(), ..self }
    }

    /// All topics with their numbers of partitions.
    pub fn layout(&self) -> Vec<(Topic, u32)> {
        let bureaus = self.bureaus.len() as u32;
        let mut all: Vec<(Topic, u32)> = ["facts", "identities", "inbox", "work", "exchange"]
            .into_iter()
            .map(|name| (self.topic(name), bureaus))
            .collect();
        all.push((self.audit().topic, 1));
        for feed in Feed::ALL {
            all.push((self.topic(&format!("feed.{feed}")), self.feed_partitions));
            all.push((self.topic(&format!("rejected.{feed}")), 1));
            all.push((self.topic(&format!("receipts.{feed}")), 1));
            all.push((self.topic(&format!("results.{feed}")), 1));
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
        Stream::new(self.topic(&format!("feed.{feed}")), partition)
    }

    /// Who did what at this node.
    pub fn audit(&self) -> Stream {
        Stream::new(self.topic(&format!("audit.{}", self.node)), 0)
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
        Stream::new(self.topic(&format!("rejected.{feed}")), 0)
    }

    /// What became of each event.
    pub fn receipts(&self, feed: Feed) -> Stream {
        Stream::new(self.topic(&format!("receipts.{feed}")), 0)
    }

    /// What became of a department's records.
    pub fn results(&self, feed: Feed) -> Stream {
        Stream::new(self.topic(&format!("results.{feed}")), 0)
    }

    /// Accepted facts, days, parameters.
    pub fn facts(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("facts"), self.partition(bureau))
    }

    /// Sealed identities, for the vault.
    pub fn identities(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("identities"), self.partition(bureau))
    }

    /// Findings and commands.
    pub fn inbox(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("inbox"), self.partition(bureau))
    }

    /// What happened to alerts and tasks.
    pub fn work(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("work"), self.partition(bureau))
    }

    /// What departments are asked, and what they answer.
    pub fn exchange(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("exchange"), self.partition(bureau))
    }
}
