//! Which topics there are, and which partition is whose.

use sanzao_journal::{Retention, Stream, Topic, TopicLayout};
use sanzao_model::{Bureau, Feed};

/// The topics of an installation: one partition of `facts`, `identities`, `inbox`, `work`, `exchange` and `overview` for each
/// bureau, in the order of the configuration; one partition of the others. Each node of the API has an audit topic of its own.
#[derive(Debug, Clone)]
pub struct Topics {
    bureaus: Vec<Bureau>,
    feed_partitions: u32,
    node: String,
    prefix: String,
    replication: Option<u16>,
}

impl Topics {
    /// The layout for these bureaus.
    pub fn new(bureaus: Vec<Bureau>, feed_partitions: u32) -> Topics {
        Topics { bureaus, feed_partitions, node: "api".to_owned(), prefix: String::new(), replication: None }
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

    /// The same with each topic on so many brokers; as the cluster's default says without a number.
    #[must_use]
    pub fn replicated(self, replication: Option<u16>) -> Topics {
        Topics { replication, ..self }
    }

    /// What each topic has to be like. Nothing in them goes by itself but what `overview`
    /// says anew: [`crate::stage::Expiry`] forgets what is too old.
    pub fn layout(&self) -> Vec<TopicLayout> {
        let of = |topic, partitions| TopicLayout {
            replication: self.replication,
            ..TopicLayout::forever(topic, partitions)
        };
        let bureaus = self.bureaus.len() as u32;
        let mut all: Vec<TopicLayout> = ["facts", "identities", "inbox", "work", "exchange"]
            .into_iter()
            .map(|name| of(self.topic(name), bureaus))
            .collect();
        let overview = of(self.topic("overview"), bureaus);
        all.push(TopicLayout { retention: Retention::Compacted, ..overview });
        all.push(of(self.audit().topic, 1));
        all.push(of(self.probe().topic, 1));
        for feed in Feed::ALL {
            all.push(of(self.topic(&format!("feed.{feed}")), self.feed_partitions));
            all.push(of(self.topic(&format!("rejected.{feed}")), 1));
            all.push(of(self.topic(&format!("receipts.{feed}")), 1));
            all.push(of(self.topic(&format!("results.{feed}")), 1));
        }
        all
    }

    /// The same without the audit topic of this node, which each process makes for itself.
    pub fn shared_layout(&self) -> Vec<TopicLayout> {
        let own = self.audit().topic;
        self.layout().into_iter().filter(|layout| layout.topic != own).collect()
    }

    /// The topic of a name without the prefix; none where there is none.
    pub fn named(&self, name: &str) -> Option<Topic> {
        let topics = self.layout().into_iter().map(|layout| layout.topic);
        let mut of_name = topics.filter(|topic| topic.as_str().strip_prefix(&*self.prefix) == Some(name));
        of_name.next()
    }

    /// Where a record is appended to see by which clock the log stamps it.
    pub fn probe(&self) -> Stream {
        Stream::new(self.topic("probe"), 0)
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

    /// What those who do not own a bureau show of it.
    pub fn overview(&self, bureau: Bureau) -> Stream {
        Stream::new(self.topic("overview"), self.partition(bureau))
    }
}
