//! What only Kafka has: foreign clients, transactions, brokers that do not answer. Needs a broker in
//! `SANZAO_KAFKA`, as tests/conformance.rs, which says so where there is none.

#![allow(clippy::unwrap_used, clippy::single_range_in_vec_init, reason = "tests")]

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaRespErr;
use sanzao_journal::{
    ErrorClass, Journal, JournalError, KafkaConfig, KafkaJournal, NewRecord, Stream, Topic, TopicDifference,
    TopicLayout, Write,
};

fn connect(name: &str) -> Option<(KafkaJournal, Stream, String)> {
    let servers = std::env::var("SANZAO_KAFKA").ok()?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let prefix = format!("t{:x}-{}.{name}", now.as_millis(), std::process::id());
    let journal = KafkaJournal::connect(KafkaConfig::new(&servers, &prefix)).unwrap();
    let stream = Stream::new(Topic::new(prefix).unwrap(), 0);
    journal.ensure_topics(&[TopicLayout::forever(stream.topic.clone(), 1)]).unwrap();
    Some((journal, stream, servers))
}

fn foreign(servers: &str, settings: &[(&str, &str)]) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    for (name, value) in settings {
        config.set(*name, *value);
    }
    config.create().unwrap()
}

fn send(producer: &BaseProducer, stream: &Stream, value: &str) {
    producer.send(BaseRecord::<(), str>::to(stream.topic.as_str()).partition(0).payload(value)).unwrap();
    producer.flush(Duration::from_secs(10)).unwrap();
}

fn values(journal: &dyn Journal, stream: &Stream, from: u64) -> (Vec<String>, u64) {
    let (mut values, mut next) = (Vec::new(), from);
    loop {
        let batch = journal.read(stream, next, 1000).unwrap();
        values.extend(batch.records.into_iter().map(|r| String::from_utf8(r.value).unwrap()));
        if batch.next == next {
            return (values, next);
        }
        next = batch.next;
    }
}

#[test]
fn records_of_foreign_clients_are_read_whatever_they_lack() {
    let Some((journal, stream, servers)) = connect("foreign") else { return };
    let producer = foreign(&servers, &[]);
    producer.send(BaseRecord::<(), ()>::to(stream.topic.as_str()).partition(0)).unwrap();
    let headers = OwnedHeaders::new()
        .insert(Header { key: "ce_id", value: Some("1") })
        .insert(Header { key: "none", value: None::<&str> })
        .insert(Header { key: "sanzao-claim", value: Some("77") });
    let record = BaseRecord::<str, str>::to(stream.topic.as_str()).partition(0).key("k").headers(headers);
    producer.send(record).unwrap();
    producer.flush(Duration::from_secs(10)).unwrap();
    let records = journal.read(&stream, 0, 1000).unwrap().records;
    assert_eq!(records.len(), 2);
    assert!(records[0].key.is_empty() && records[0].value.is_empty() && records[0].headers.is_empty());
    assert!(records[0].timestamp_ms > 1_600_000_000_000);
    assert_eq!(
        (records[1].key.as_slice(), records[1].claim),
        (&b"k"[..], 0),
        "a claim that cannot exist was believed"
    );
    assert_eq!(records[1].header("ce_id"), Some(&b"1"[..]));
    assert_eq!(records[1].header("none"), Some(&b""[..]));
}

/// Only a client that does not check can send this; kcat does not.
#[test]
fn a_header_name_that_is_no_utf8_does_not_stop_the_stream() {
    let Some((journal, stream, servers)) = connect("poison") else { return };
    let topic = stream.topic.as_str();
    for (header, value) in [(&b"\xff\xfe=1"[..], "poison"), (b"a=b", "good")] {
        let kcat = Command::new("kcat")
            .args(["-P", "-b", &servers, "-t", topic, "-p", "0", "-H"])
            .arg(OsStr::from_bytes(header))
            .stdin(Stdio::piped())
            .spawn();
        let Ok(mut kcat) = kcat else {
            writeln!(std::io::stderr(), "*** the test of a poisoned header did not run: no kcat ***")
                .unwrap();
            return;
        };
        write!(kcat.stdin.take().unwrap(), "{value}").unwrap();
        assert!(kcat.wait().unwrap().success());
    }
    assert_eq!(values(&journal, &stream, 0).0, ["poison", "good"]);
    let records = journal.read(&stream, 0, 1000).unwrap().records;
    assert!(records[0].headers.is_empty());
    assert_eq!(records[1].header("a"), Some(&b"b"[..]));
}

#[test]
fn transactions_of_foreign_clients_leave_gaps_and_no_aborted_records() {
    let Some((journal, stream, servers)) = connect("transactions") else { return };
    let timeout = Duration::from_secs(20);
    let producer = foreign(&servers, &[("transactional.id", stream.topic.as_str())]);
    producer.init_transactions(timeout).unwrap();
    let mut next = 0;
    for round in 0..5 {
        producer.begin_transaction().unwrap();
        send(&producer, &stream, "aborted");
        producer.abort_transaction(timeout).unwrap();
        producer.begin_transaction().unwrap();
        let (kept, last) = (format!("kept {round}"), format!("last {round}"));
        send(&producer, &stream, &kept);
        send(&producer, &stream, &last);
        // Open: not there yet.
        let (before, stopped) = values(&journal, &stream, next);
        assert!(before.is_empty(), "{before:?} are read from open or aborted transactions");
        producer.commit_transaction(timeout).unwrap();

        // aborted, abort marker, kept, last, commit marker: the end of the stream is no record. The broker writes
        // markers a moment after it has confirmed the commit.
        let (start, mut seen, mut after) = (Instant::now(), Vec::new(), stopped);
        while after < (round + 1) * 5 {
            assert!(start.elapsed() < Duration::from_secs(60), "stuck at {after} with {seen:?}");
            let (values, next) = values(&journal, &stream, after);
            seen.extend(values);
            after = next;
        }
        assert_eq!(seen, [kept, last]);
        assert_eq!(after, journal.end(&stream).unwrap());
        assert!(!journal.wait(&stream, after, Duration::from_millis(20)).unwrap());
        next = after;
    }
    // The whole from the start, and from within a gap.
    assert_eq!(values(&journal, &stream, 0).0.len(), 10);
    assert_eq!(values(&journal, &stream, 4).0.len(), 8);
}

#[test]
fn a_topic_with_a_lower_limit_refuses_and_says_what_to_set() {
    let Some((journal, _, servers)) = connect("limit") else { return };
    let admin: rdkafka::admin::AdminClient<_> =
        ClientConfig::new().set("bootstrap.servers", &servers).create().unwrap();
    let topic = Topic::new(format!("limit-{}", std::process::id())).unwrap();
    let replication = rdkafka::admin::TopicReplication::Fixed(1);
    let new = rdkafka::admin::NewTopic::new(topic.as_str(), 1, replication).set("max.message.bytes", "10000");
    let mut creation = std::pin::pin!(admin.create_topics([&new], &rdkafka::admin::AdminOptions::new()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while creation.as_mut().poll(&mut context).is_pending() {
        std::thread::yield_now();
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while journal.partitions(&topic).is_err() {
        assert!(Instant::now() < deadline, "the topic did not appear");
    }
    // Not compressible.
    let mut x: u32 = 9;
    let value = std::iter::repeat_with(|| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    });
    let record = NewRecord { value: value.take(50_000).collect(), ..NewRecord::default() };
    let stream = Stream::new(topic.clone(), 0);
    let error = journal.write(Write::append(stream.clone(), vec![record])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Reject);
    assert!(error.to_string().contains("max.message.bytes"), "{error}");
    assert_eq!(journal.write(Write::append(stream, vec![NewRecord::default()])).unwrap(), [0..1]);
}

/// A cluster that others use too may hold a topic that is out of order: it is none of ours. librdkafka's own
/// cluster, because a real broker has no switch for that.
#[test]
fn a_foreign_topic_out_of_order_is_no_concern_of_ours() {
    let cluster = MockCluster::new(1).unwrap();
    for name in ["ours", "foreign"] {
        cluster.create_topic(name, 1, 1).unwrap();
    }
    let break_topic =
        |name| cluster.topic_error(name, RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR);
    break_topic("foreign").unwrap();
    let journal = KafkaJournal::connect(KafkaConfig::new(cluster.bootstrap_servers(), "t")).unwrap();
    let ours = Topic::new("ours").unwrap();
    // That ours was looked at, behind the foreign one: this cluster describes no settings, so it must not be right.
    let error = journal.ensure_topics(&[TopicLayout::forever(ours.clone(), 2)]).unwrap_err();
    let difference = TopicDifference::Partitions { topic: ours.clone(), wanted: 2, found: 1 };
    assert!(
        matches!(&error, JournalError::WrongLayout { difference: found } if *found == difference),
        "{error}"
    );
    assert_eq!(journal.partitions(&ours).unwrap(), 1);

    break_topic("ours").unwrap();
    let error = journal.ensure_topics(&[TopicLayout::forever(ours, 1)]).unwrap_err();
    assert!(error.to_string().contains("topic ours"), "{error}");
}

/// Keeps what is logged by `librdkafka`.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Kept {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "librdkafka"
    }

    fn event(&self, event: &tracing::Event<'_>) {
        self.0.lock().unwrap().push(format!("{event:?}"));
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn the_end_of_a_stream_is_no_news_for_the_log() {
    let Some((journal, stream, servers)) = connect("quiet") else { return };
    let kept = Kept::default();
    tracing::subscriber::with_default(kept.clone(), || {
        for round in 0..3 {
            journal.write(Write::append(stream.clone(), vec![NewRecord::default()])).unwrap();
            assert_eq!(journal.read(&stream, round, 1000).unwrap().records.len(), 1);
            assert!(!journal.wait(&stream, round + 1, Duration::from_millis(300)).unwrap());
        }
    });
    let logged = std::mem::take(&mut *kept.0.lock().unwrap());
    assert!(!logged.iter().any(|line| line.contains("PartitionEOF")), "{servers}: {logged:#?}");
}

#[test]
fn a_broker_that_is_not_there_is_unavailable_soon() {
    let mut config = KafkaConfig::new("127.0.0.1:1", "t");
    config.timeout = Duration::from_millis(500);
    let start = Instant::now();
    let error = KafkaJournal::connect(config).err().unwrap();
    assert!(matches!(error, JournalError::Unavailable { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Retry);
    assert!(error.to_string().contains("127.0.0.1:1"), "{error} does not say who");
    assert!(start.elapsed() < Duration::from_secs(10));
}
