//! Topics that somebody else made, at a real broker: how they differ, and what is made of them. Needs `SANZAO_KAFKA`, as
//! tests/conformance.rs, which says so where it is not set.

#![allow(clippy::unwrap_used, clippy::single_range_in_vec_init, reason = "tests")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication, TopicResult};
use rdkafka::client::DefaultClientContext;
use sanzao_journal::{
    ErrorClass, Journal, JournalError, KafkaConfig, KafkaJournal, NewRecord, Remedy, Retention, Stream,
    Topic, TopicDifference, TopicLayout, Write,
};

struct Bench {
    journal: KafkaJournal,
    admin: AdminClient<DefaultClientContext>,
}

fn bench() -> Option<Bench> {
    let servers = std::env::var("SANZAO_KAFKA").ok()?;
    let journal = KafkaJournal::connect(KafkaConfig::new(&servers, "topics")).unwrap();
    let admin = ClientConfig::new().set("bootstrap.servers", &servers).create().unwrap();
    Some(Bench { journal, admin })
}

/// Admin calls are futures, and nothing else here is.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    }
}

impl Bench {
    /// A topic with one partition and these settings.
    fn topic(&self, name: &str, settings: &[(&str, &str)]) -> Topic {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let topic = Topic::new(format!("l{:x}-{}.{name}", now.as_millis(), std::process::id())).unwrap();
        let new = NewTopic::new(topic.as_str(), 1, TopicReplication::Fixed(1));
        let new = settings.iter().fold(new, |new, (name, value)| new.set(name, value));
        let results: Vec<TopicResult> = wait(self.admin.create_topics([&new], &AdminOptions::new())).unwrap();
        results.into_iter().for_each(|result| drop(result.unwrap()));
        while let Err(JournalError::UnknownTopic { .. }) = self.journal.partitions(&topic) {}
        topic
    }

    fn setting(&self, topic: &Topic, name: &str) -> String {
        let asked = [ResourceSpecifier::Topic(topic.as_str())];
        let mut results = wait(self.admin.describe_configs(&asked, &AdminOptions::new())).unwrap();
        let resource = results.remove(0).unwrap();
        resource.get(name).and_then(|entry| entry.value.clone()).unwrap()
    }

    fn differences(&self, layout: &TopicLayout) -> BTreeSet<String> {
        let differences = self.journal.check_topics(std::slice::from_ref(layout)).unwrap();
        let setting = |difference: TopicDifference| {
            assert_eq!(difference.remedy(), Remedy::Apply, "{difference}");
            match difference {
                TopicDifference::Setting { setting, wanted, found, .. } => {
                    format!("{setting}: {found}, not {wanted}")
                }
                other => panic!("{other}"),
            }
        };
        differences.into_iter().map(setting).collect()
    }

    /// A broker tells a moment later what was put right.
    fn until_differs(&self, layout: &TopicLayout, wanted: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.differences(layout) != lines(wanted) {
            assert!(Instant::now() < deadline, "{:?}", self.differences(layout));
        }
    }
}

fn lines(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn settings_that_lose_records_are_found_and_put_right_and_others_stay() {
    let Some(bench) = bench() else { return };
    let settings = [
        ("retention.ms", "604800000"),
        ("retention.bytes", "1000000"),
        ("max.message.bytes", "1048588"),
        ("message.timestamp.type", "CreateTime"),
        ("cleanup.policy", "compact,delete"),
        ("segment.bytes", "1234567"),
    ];
    let topic = bench.topic("others", &settings);
    let layout = TopicLayout::forever(topic.clone(), 1);
    let found = [
        "cleanup.policy: compact,delete, not delete",
        "max.message.bytes: 1048588, not 68157440",
        "message.timestamp.type: CreateTime, not LogAppendTime",
        "retention.bytes: 1000000, not -1",
        "retention.ms: 604800000, not -1",
    ];
    assert_eq!(bench.differences(&layout), lines(&found));
    assert_eq!(bench.differences(&layout), lines(&found), "checking changed something");
    for difference in bench.journal.check_topics(std::slice::from_ref(&layout)).unwrap() {
        let told = difference.to_string();
        assert!(told.contains("kafka-configs --alter --topic") && told.contains(topic.as_str()), "{told}");
    }
    for _ in 0..2 {
        bench.journal.ensure_topics(std::slice::from_ref(&layout)).unwrap();
        bench.until_differs(&layout, &[]);
        assert_eq!(bench.setting(&topic, "segment.bytes"), "1234567", "what is none of ours was reset");
        assert_eq!(bench.setting(&topic, "retention.ms"), "-1");
    }
    // To one that is compacted, and back.
    let compacted = TopicLayout { retention: Retention::Compacted, ..layout.clone() };
    assert_eq!(bench.differences(&compacted), lines(&["cleanup.policy: delete, not compact"]));
    bench.journal.ensure_topics(std::slice::from_ref(&compacted)).unwrap();
    bench.until_differs(&compacted, &[]);
    bench.until_differs(&layout, &["cleanup.policy: compact, not delete"]);
    // An instance that did not see it before finds the same.
    let servers = std::env::var("SANZAO_KAFKA").unwrap();
    let other = KafkaJournal::connect(KafkaConfig::new(&servers, "topics")).unwrap();
    assert_eq!(other.check_topics(&[layout]).unwrap().len(), 1);
}

#[test]
fn a_topic_that_takes_larger_messages_is_left_alone() {
    let Some(bench) = bench() else { return };
    let settings = [("max.message.bytes", "100000000"), ("message.timestamp.type", "LogAppendTime")];
    let topic = bench.topic("larger", &settings);
    let layout = TopicLayout::forever(topic.clone(), 1);
    bench.journal.ensure_topics(&[layout]).unwrap();
    assert_eq!(bench.setting(&topic, "max.message.bytes"), "100000000");
}

#[test]
fn what_must_be_decided_by_hand_stops_everything() {
    let Some(bench) = bench() else { return };
    let topic = bench.topic("by-hand", &[("min.insync.replicas", "2"), ("retention.ms", "1000")]);
    let other = Topic::new(format!("{topic}.other")).unwrap();
    let layout = TopicLayout::forever(topic.clone(), 1);
    let refused = |layout: TopicLayout, expected: TopicDifference| {
        let both = [TopicLayout::forever(other.clone(), 1), layout];
        assert!(bench.journal.check_topics(&both).unwrap().contains(&expected));
        let error = bench.journal.ensure_topics(&both).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Reject);
        assert!(
            matches!(&error, JournalError::WrongLayout { difference } if *difference == expected),
            "{error}"
        );
        let created = bench.journal.partitions(&other);
        assert!(matches!(created, Err(JournalError::UnknownTopic { .. })), "a part was created");
        assert_eq!(bench.setting(&topic, "retention.ms"), "1000", "a part was set");
        error.to_string()
    };
    let in_sync = TopicDifference::InSync { topic: topic.clone(), least: 2, replicas: 1 };
    let told = refused(layout.clone(), in_sync);
    assert!(told.contains("min.insync.replicas=1"), "{told}");
    let replicas = TopicDifference::Replicas { topic: topic.clone(), wanted: 2, found: 1 };
    let told = refused(TopicLayout { replication: Some(2), ..layout.clone() }, replicas);
    assert!(told.contains("kafka-reassign-partitions"), "{told}");
    let partitions = TopicDifference::Partitions { topic: topic.clone(), wanted: 2, found: 1 };
    let told = refused(TopicLayout { partitions: 2, ..layout }, partitions);
    assert!(told.contains("records would lie elsewhere"), "{told}");
}

#[test]
fn more_replicas_than_brokers_are_refused() {
    let Some(bench) = bench() else { return };
    let topic = Topic::new(format!("{}.many", bench.topic("many", &[]))).unwrap();
    let layout = TopicLayout { replication: Some(3), ..TopicLayout::forever(topic.clone(), 1) };
    let error = bench.journal.ensure_topics(&[layout]).unwrap_err();
    assert!(matches!(error, JournalError::Refused { .. }), "{error}");
    let one = TopicLayout { replication: Some(1), ..TopicLayout::forever(topic.clone(), 1) };
    bench.journal.ensure_topics(&[one]).unwrap();
    let written = bench.journal.write(Write::append(Stream::new(topic, 0), vec![NewRecord::default()]));
    assert_eq!(written.unwrap(), [0..1]);
}
