//! One suite for both journals. The Kafka half needs a broker: `SANZAO_KAFKA=host:port` and what else
//! `deploy/kafka/kafka.sh env` prints. Without it this says so, and fails where `CI` is set.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::single_range_in_vec_init, reason = "tests")]

use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sanzao_journal::{
    Batch, Commit, EmbeddedJournal, ErrorClass, Journal, JournalError, KafkaConfig, KafkaJournal,
    MAX_RECORD_BYTES, NewRecord, Password, Reader, Record, Remedy, Retention, Sasl, ScramMechanism, Security,
    Stream, Tls, Topic, TopicDifference, TopicLayout, Write,
};

/// What a test gets: a way to open the journal (again), and topic names of its own.
struct Bench<'a> {
    open: &'a dyn Fn() -> Box<dyn Journal>,
    prefix: String,
}

impl Bench<'_> {
    fn open(&self) -> Box<dyn Journal> {
        (self.open)()
    }

    fn topic(&self, name: &str) -> Topic {
        Topic::new(format!("{}.{name}", self.prefix)).unwrap()
    }

    /// Opens the journal with a topic of one partition.
    fn stream(&self) -> (Box<dyn Journal>, Stream) {
        let (journal, topic) = (self.open(), self.topic("one"));
        journal.ensure_topics(&[TopicLayout::forever(topic.clone(), 1)]).unwrap();
        (journal, Stream::new(topic, 0))
    }
}

type Test = fn(&Bench<'_>);

const TESTS: &[(&str, Test)] = &[
    ("append-read-offsets", append_read_offsets),
    ("several-streams", several_streams_in_one_write),
    ("read-from-the-middle", read_from_the_middle),
    ("two-readers", two_readers_at_different_places),
    ("commits", commits),
    ("claims", claims),
    ("revived-owner", a_revived_owner_is_fenced_off),
    ("superseded-commit", a_superseded_owner_that_only_commits_is_refused),
    ("superseded-elsewhere", a_superseded_owner_that_appends_elsewhere_is_refused),
    ("owner-beside-others", an_owner_goes_on_beside_what_others_append),
    ("claims-at-once", claims_at_once),
    ("reopen", reopen_in_the_middle),
    ("large-record", large_record),
    ("too-large-record", too_large_record),
    ("concurrent-appenders", concurrent_appenders),
    ("headers", headers),
    ("empty-values", empty_values),
    ("timestamps", timestamps),
    ("wait", wait_wakes),
    ("layout", wrong_layout),
    ("compacted", compacted_topics),
    ("unknown", unknown_streams),
    ("ahead", a_position_beyond_the_end),
    ("visible-at-once", what_is_written_is_read_at_once),
    ("expiry", the_oldest_records_expire),
];

#[test]
fn embedded() {
    for (name, test) in TESTS {
        let directory = tempfile::tempdir().unwrap();
        let open =
            || -> Box<dyn Journal> { Box::new(EmbeddedJournal::open(directory.path(), now_ms).unwrap()) };
        run(name, *test, &Bench { open: &open, prefix: (*name).to_owned() });
    }
}

#[test]
fn kafka() {
    let Some(servers) = variable("SANZAO_KAFKA") else { return };
    on_kafka(TESTS, "t", &|prefix| KafkaConfig::new(&servers, prefix));
}

/// Those that use every kind of request once.
fn core() -> Vec<(&'static str, Test)> {
    const CORE: [&str; 8] = [
        "append-read-offsets",
        "commits",
        "revived-owner",
        "large-record",
        "concurrent-appenders",
        "wait",
        "layout",
        "expiry",
    ];
    let core: Vec<_> = TESTS.iter().filter(|(name, _)| CORE.contains(name)).copied().collect();
    assert_eq!(core.len(), CORE.len());
    core
}

#[test]
fn kafka_over_tls() {
    let (Some(servers), Some(ca)) = (variable("SANZAO_KAFKA_TLS"), variable("SANZAO_KAFKA_CA")) else {
        return;
    };
    on_kafka(&core(), "tls", &|prefix| KafkaConfig {
        security: tls(&ca),
        ..KafkaConfig::new(&servers, prefix)
    });
}

#[test]
fn kafka_over_tls_with_a_user() {
    let (Some(servers), Some(ca)) = (variable("SANZAO_KAFKA_SASL"), variable("SANZAO_KAFKA_CA")) else {
        return;
    };
    let username = variable("SANZAO_KAFKA_USER").unwrap();
    let password = std::fs::read_to_string(variable("SANZAO_KAFKA_PASSWORD_FILE").unwrap()).unwrap();
    for (name, mechanism) in [("sha512", ScramMechanism::Sha512), ("sha256", ScramMechanism::Sha256)] {
        let (username, password) = (username.clone(), Password::new(password.trim_end()));
        let sasl = Sasl { mechanism, username, password };
        on_kafka(&core(), name, &|prefix| KafkaConfig {
            security: tls(&ca),
            sasl: Some(sasl.clone()),
            ..KafkaConfig::new(&servers, prefix)
        });
    }
}

fn tls(ca: &str) -> Security {
    Security::Tls(Tls { ca_file: Some(ca.into()), client: None })
}

/// What `kafka.sh env` says; without it the tests of Kafka say so and do nothing, and fail where `CI` is set.
fn variable(name: &str) -> Option<String> {
    let value = std::env::var(name).ok();
    if value.is_none() {
        let said = format!(
            "a part of the conformance suite did not run: {name} is not set (start a broker with \
             deploy/kafka/kafka.sh start, and take over what deploy/kafka/kafka.sh env prints)"
        );
        // Not println: the test harness would keep it to itself.
        std::io::stderr().write_all(format!("\n*** {said} ***\n\n").as_bytes()).unwrap();
        assert!(std::env::var_os("CI").is_none(), "{said}");
    }
    value
}

/// One suite at a time: a broker for tests has no memory for the largest records of several.
static BROKER: Mutex<()> = Mutex::new(());

fn on_kafka(tests: &[(&str, Test)], how: &str, config: &dyn Fn(&str) -> KafkaConfig) {
    let _alone = BROKER.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, test) in tests {
        let prefix = format!("{how}{}.{name}", run_id());
        // The largest records take a while where the disk is slow.
        let config = KafkaConfig { timeout: Duration::from_secs(60), ..config(&prefix) };
        let open = || -> Box<dyn Journal> { Box::new(KafkaJournal::connect(config.clone()).unwrap()) };
        run(name, *test, &Bench { open: &open, prefix: prefix.clone() });
    }
}

fn run(name: &str, test: Test, bench: &Bench<'_>) {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| test(bench)));
    println!("{name}: {} in {:.2?}", if result.is_ok() { "ok" } else { "FAILED" }, start.elapsed());
    if let Err(panic) = result {
        resume_unwind(panic);
    }
}

fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// Different for each run, so that topics of an earlier run are never met.
fn run_id() -> String {
    format!("{:x}-{}", now_ms(), std::process::id())
}

fn record(value: impl AsRef<[u8]>) -> NewRecord {
    NewRecord { key: b"k".to_vec(), value: value.as_ref().to_vec(), ..NewRecord::default() }
}

fn append(journal: &dyn Journal, stream: &Stream, values: &[&str]) -> Range<u64> {
    let records = values.iter().map(record).collect();
    journal.write(Write::append(stream.clone(), records)).unwrap().remove(0)
}

/// Everything from an offset on, read in pieces.
fn read_all(journal: &dyn Journal, stream: &Stream, from: u64, max_bytes: usize) -> Vec<Record> {
    let (mut records, mut next) = (Vec::new(), from);
    loop {
        let batch: Batch = journal.read(stream, next, max_bytes).unwrap();
        assert!(batch.next >= next, "a read went back from {next} to {}", batch.next);
        if batch.next == next {
            assert!(batch.records.is_empty());
            return records;
        }
        next = batch.next;
        records.extend(batch.records);
    }
}

fn values(records: &[Record]) -> Vec<String> {
    records.iter().map(|r| String::from_utf8(r.value.clone()).unwrap()).collect()
}

/// What counts, from the beginning, and the claim at the end.
fn counted(journal: &dyn Journal, stream: &Stream) -> (Vec<String>, u64) {
    let mut reader = Reader::new(journal, stream.clone(), 0, 0);
    let mut all = Vec::new();
    loop {
        let records = reader.read(1 << 20).unwrap();
        if records.is_empty() {
            assert_eq!(reader.position(), journal.end(stream).unwrap());
            return (values(&all), reader.claim());
        }
        all.extend(records);
    }
}

fn append_read_offsets(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    assert_eq!((journal.begin(&stream).unwrap(), journal.end(&stream).unwrap()), (0, 0));
    assert_eq!(journal.read(&stream, 0, 1000).unwrap(), Batch { records: vec![], next: 0 });
    assert_eq!(append(&*journal, &stream, &["a", "b", "c"]), 0..3);
    assert_eq!(append(&*journal, &stream, &["d"]), 3..4);
    assert_eq!(append(&*journal, &stream, &[]), 4..4);
    let records = read_all(&*journal, &stream, 0, 1000);
    assert_eq!(values(&records), ["a", "b", "c", "d"]);
    assert_eq!(records.iter().map(|r| r.offset).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(records.iter().all(|r| r.key == b"k" && r.claim == 0 && r.headers.is_empty()));
    assert_eq!((journal.begin(&stream).unwrap(), journal.end(&stream).unwrap()), (0, 4));
}

fn several_streams_in_one_write(bench: &Bench<'_>) {
    let (journal, topic, other) = (bench.open(), bench.topic("two"), bench.topic("other"));
    journal
        .ensure_topics(&[TopicLayout::forever(topic.clone(), 2), TopicLayout::forever(other.clone(), 1)])
        .unwrap();
    let [s0, s1, o] = [Stream::new(topic.clone(), 0), Stream::new(topic, 1), Stream::new(other, 0)];
    let write = Write {
        appends: vec![
            (s1.clone(), vec![record("x"), record("y")]),
            (o.clone(), vec![record("o")]),
            (s0.clone(), vec![]),
            (s1.clone(), vec![record("z")]),
        ],
        commits: vec![],
    };
    assert_eq!(journal.write(write).unwrap(), [0..2, 0..1, 0..0, 2..3]);
    assert_eq!(values(&read_all(&*journal, &s1, 0, 1000)), ["x", "y", "z"]);
    assert_eq!(values(&read_all(&*journal, &o, 0, 1000)), ["o"]);
    assert!(read_all(&*journal, &s0, 0, 1000).is_empty());
}

fn read_from_the_middle(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let names: Vec<String> = (0..100).map(|n| format!("{n:03}")).collect();
    append(&*journal, &stream, &names.iter().map(String::as_str).collect::<Vec<_>>());
    for from in [50, 99, 0, 100, 7, 50] {
        assert_eq!(
            values(&read_all(&*journal, &stream, from, 1 << 20)),
            names[usize::try_from(from).unwrap()..]
        );
    }
    // A limit below one record still gives one; a limit of three (4 bytes each) gives at most three.
    assert_eq!(values(&journal.read(&stream, 3, 0).unwrap().records), ["003"]);
    let batch = journal.read(&stream, 10, 13).unwrap();
    assert!((1..=3).contains(&batch.records.len()), "{} records", batch.records.len());
    assert_eq!(batch.next, 10 + batch.records.len() as u64);
    assert_eq!(values(&read_all(&*journal, &stream, 0, 13)), names);
}

fn two_readers_at_different_places(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let names: Vec<String> = (0..40).map(|n| format!("{n:02}")).collect();
    append(&*journal, &stream, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let batch = journal.read(&stream, a.len() as u64, 3).unwrap();
        a.extend(batch.records);
        let batch = journal.read(&stream, 20 + b.len() as u64, 3).unwrap();
        b.extend(batch.records);
    }
    assert_eq!(values(&a)[..20], names[..20]);
    assert_eq!(values(&b), names[20..]);
}

fn commits(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    assert_eq!(journal.committed("ledger", &stream).unwrap(), None);
    let commit =
        |consumer: &str, offset| Commit { consumer: consumer.to_owned(), stream: stream.clone(), offset };
    let write =
        Write { commits: vec![commit("ledger", 1)], ..Write::append(stream.clone(), vec![record("a")]) };
    assert_eq!(journal.write(write).unwrap(), [0..1]);
    journal.write(Write::commit(commit("other", 0))).unwrap();
    assert_eq!(journal.committed("ledger", &stream).unwrap(), Some(1));
    assert_eq!(journal.committed("other", &stream).unwrap(), Some(0));
    // Back as well as on, and the last of one write holds.
    journal
        .write(Write { appends: vec![], commits: vec![commit("ledger", 5), commit("ledger", 0)] })
        .unwrap();
    assert_eq!(journal.committed("ledger", &stream).unwrap(), Some(0));
    drop(journal);
    assert_eq!(bench.open().committed("ledger", &stream).unwrap(), Some(0));
}

fn claims(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    append(&*journal, &stream, &["before"]);
    let claim = journal.claim(&stream, "a").unwrap();
    assert_eq!((claim.owner.as_str(), claim.offset(), claim.number), ("a", 1, 2));
    let write = Write::append(stream.clone(), vec![record("claimed")]);
    assert_eq!(journal.write_claimed(&claim, write).unwrap(), [2..3]);
    append(&*journal, &stream, &["unclaimed"]);
    let records = read_all(&*journal, &stream, 0, 1000);
    let seen: Vec<_> = records.iter().map(|r| (r.claim, r.is_claim(), r.headers.len())).collect();
    assert_eq!(seen, [(0, false, 0), (2, true, 0), (2, false, 0), (0, false, 0)]);
    assert_eq!(records[1].value, b"a");
    let (values, in_force) = counted(&*journal, &stream);
    assert_eq!(values, ["before", "claimed", "unclaimed"]);
    assert_eq!(in_force, claim.number);

    // Appends elsewhere in the same write are not claimed.
    let other = Stream::new(bench.topic("other"), 0);
    journal.ensure_topics(&[TopicLayout::forever(other.topic.clone(), 1)]).unwrap();
    let write = Write::append(other.clone(), vec![record("x")]);
    journal.write_claimed(&claim, write).unwrap();
    assert_eq!(read_all(&*journal, &other, 0, 1000)[0].claim, 0);

    // A caller cannot set the claim header.
    let mut forged = record("x");
    forged.headers.push(("sanzao-claim".to_owned(), b"new".to_vec()));
    let error = journal.write(Write::append(stream.clone(), vec![forged])).unwrap_err();
    assert!(matches!(error, JournalError::InvalidName { .. }), "{error}");
}

fn a_revived_owner_is_fenced_off(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let write = |value: &str| Write::append(stream.clone(), vec![record(value)]);
    let paused = journal.claim(&stream, "a").unwrap();
    journal.write_claimed(&paused, write("a1")).unwrap();
    let mut early = Reader::new(&*journal, stream.clone(), 0, 0);
    assert_eq!(values(&early.read(1000).unwrap()), ["a1"]);
    let (position, in_force) = (early.position(), early.claim());

    let heir = journal.claim(&stream, "b").unwrap();
    assert!(heir.number > paused.number);
    journal.write_claimed(&heir, write("b1")).unwrap();
    // The paused one comes back and does not know.
    let error = journal.write_claimed(&paused, write("a2")).unwrap_err();
    assert!(matches!(error, JournalError::Fenced { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Reject);
    journal.write_claimed(&heir, write("b2")).unwrap();
    assert_eq!(counted(&*journal, &stream), (vec!["a1".into(), "b1".into(), "b2".into()], heir.number));

    // One that starts in the middle with what an earlier reader saved sees the same, also one record at a time.
    let mut late = Reader::new(&*journal, stream.clone(), position, in_force);
    assert_eq!(values(&late.read(0).unwrap()), ["b1"]);
    assert_eq!(late.claim(), heir.number);
    let mut later = Reader::new(&*journal, stream.clone(), late.position(), late.claim());
    assert_eq!(values(&later.read(0).unwrap()), ["b2"]);
    assert!(later.read(0).unwrap().is_empty());

    // One that saved only where it stood learns the claim of that place, and not one that lies behind it in the
    // same read: what was written in between, under the claim of that place, would be lost.
    assert_eq!(Reader::claim_before(&*journal, &stream, position).unwrap(), in_force);
    let unread = Reader::claim_before(&*journal, &stream, paused.offset() + 1).unwrap();
    assert_eq!(unread, paused.number);
    let mut resumed = Reader::new(&*journal, stream.clone(), paused.offset() + 1, unread);
    assert_eq!(values(&resumed.read(1000).unwrap()), ["a1", "b1", "b2"]);

    // Taking it back works: a new claim, above the heir's.
    let again = journal.claim(&stream, "a").unwrap();
    assert!(again.number > heir.number);
    journal.write_claimed(&again, write("a3")).unwrap();
    assert_eq!(counted(&*journal, &stream).0, ["a1", "b1", "b2", "a3"]);
}

/// The number of the claim in force, as a refused owner is told.
fn refused<T: std::fmt::Debug>(result: Result<T, JournalError>) -> u64 {
    match result {
        Err(JournalError::Fenced { current, .. }) => current,
        other => panic!("a superseded owner was not refused: {other:?}"),
    }
}

fn a_superseded_owner_that_only_commits_is_refused(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let commit = |offset| Write::commit(Commit { consumer: "c".to_owned(), stream: stream.clone(), offset });
    let paused = journal.claim(&stream, "a").unwrap();
    journal.write_claimed(&paused, commit(1)).unwrap();
    let heir = journal.claim(&stream, "b").unwrap();
    // Its very first write, and every one after it.
    for _ in 0..2 {
        assert_eq!(refused(journal.write_claimed(&paused, commit(2))), heir.number);
        assert_eq!(journal.committed("c", &stream).unwrap(), Some(1));
    }
    assert_eq!(refused(journal.write_claimed(&paused, Write::default())), heir.number);
    // An append of nothing is none.
    let nothing = Write { appends: vec![(stream.clone(), vec![])], ..commit(2) };
    assert_eq!(refused(journal.write_claimed(&paused, nothing)), heir.number);
    assert_eq!(journal.committed("c", &stream).unwrap(), Some(1));
    journal.write_claimed(&heir, commit(3)).unwrap();
    assert_eq!(journal.committed("c", &stream).unwrap(), Some(3));
    assert_eq!(journal.end(&stream).unwrap(), 2);
}

fn a_superseded_owner_that_appends_elsewhere_is_refused(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let other = Stream::new(bench.topic("other"), 0);
    journal.ensure_topics(&[TopicLayout::forever(other.topic.clone(), 1)]).unwrap();
    let commit = Commit { consumer: "c".to_owned(), stream: other.clone(), offset: 1 };
    let elsewhere = || Write::append(other.clone(), vec![record("x")]);
    let paused = journal.claim(&stream, "a").unwrap();
    journal.write_claimed(&paused, elsewhere()).unwrap();
    let heir = journal.claim(&stream, "b").unwrap();
    assert_eq!(refused(journal.write_claimed(&paused, elsewhere())), heir.number);
    let committing = Write { commits: vec![commit.clone()], ..elsewhere() };
    assert_eq!(refused(journal.write_claimed(&paused, committing)), heir.number);
    // Both there and to the claimed stream.
    let mut both = elsewhere();
    both.appends.insert(0, (stream.clone(), vec![record("late")]));
    both.commits.push(commit);
    assert_eq!(refused(journal.write_claimed(&paused, both)), heir.number);
    assert_eq!(values(&read_all(&*journal, &other, 0, 1000)), ["x"]);
    assert_eq!(journal.committed("c", &other).unwrap(), None);
    journal.write_claimed(&heir, elsewhere()).unwrap();
    assert_eq!(journal.end(&other).unwrap(), 2);
}

fn an_owner_goes_on_beside_what_others_append(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let commit = |offset| Write::commit(Commit { consumer: "c".to_owned(), stream: stream.clone(), offset });
    let former = journal.claim(&stream, "a").unwrap();
    let owner = journal.claim(&stream, "b").unwrap();
    for round in 0..3 {
        append(&*journal, &stream, &["command"]);
        // Kafka takes a late record of the former owner, which readers ignore.
        refused(journal.write_claimed(&former, Write::append(stream.clone(), vec![record("late")])));
        journal.write_claimed(&owner, commit(round)).unwrap();
        assert_eq!(journal.committed("c", &stream).unwrap(), Some(round));
        journal.write_claimed(&owner, Write::append(stream.clone(), vec![record("own")])).unwrap();
    }
    assert_eq!(
        counted(&*journal, &stream),
        (["command", "own"].repeat(3).iter().map(ToString::to_string).collect(), owner.number)
    );
}

fn claims_at_once(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let claims: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| journal.claim(&stream, "a").unwrap())).collect();
        threads.into_iter().map(|t| t.join().unwrap().number).collect()
    });
    assert_eq!(claims.iter().collect::<HashSet<_>>().len(), 8, "two got the same claim: {claims:?}");
    assert_eq!(counted(&*journal, &stream), (vec![], *claims.iter().max().unwrap()));
}

fn reopen_in_the_middle(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    append(&*journal, &stream, &["a", "b"]);
    let claim = journal.claim(&stream, "o").unwrap();
    assert_eq!(values(&journal.read(&stream, 0, 1000).unwrap().records)[0], "a");
    drop(journal);

    let journal = bench.open();
    assert_eq!(journal.partitions(&stream.topic).unwrap(), 1);
    assert_eq!(journal.end(&stream).unwrap(), 3);
    let write = Write::append(stream.clone(), vec![record("c")]);
    assert_eq!(journal.write_claimed(&claim, write).unwrap(), [3..4]);
    assert_eq!(values(&read_all(&*journal, &stream, 1, 1000)), ["b", "o", "c"]);
    let next = journal.claim(&stream, "p").unwrap();
    drop(journal);

    let journal = bench.open();
    let fenced = journal.write_claimed(&claim, Write::append(stream.clone(), vec![record("late")]));
    assert!(matches!(fenced, Err(JournalError::Fenced { .. })), "{fenced:?}");
    journal.write_claimed(&next, Write::append(stream.clone(), vec![record("d")])).unwrap();
    assert_eq!(counted(&*journal, &stream).0, ["a", "b", "c", "d"]);
}

fn large_record(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let content = |seed: u32, bytes: usize| -> Vec<u8> {
        // Not compressible, and different everywhere.
        let mut x = seed;
        std::iter::repeat_with(|| {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            x as u8
        })
        .take(bytes)
        .collect()
    };
    let fifty = content(7, 50_000_000);
    let largest = content(8, MAX_RECORD_BYTES - 1);
    append(&*journal, &stream, &["before"]);
    journal.write(Write::append(stream.clone(), vec![record(&fifty), record("between")])).unwrap();
    journal.write(Write::append(stream.clone(), vec![record(&largest), record("after")])).unwrap();
    let records = read_all(&*journal, &stream, 0, 1 << 20);
    assert_eq!(records.len(), 5);
    assert!(records[1].value == fifty, "the 50 MB record came back changed");
    assert!(records[3].value == largest, "the largest record came back changed");
    assert_eq!((records[2].value.as_slice(), records[4].value.as_slice()), (&b"between"[..], &b"after"[..]));
}

fn too_large_record(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let records = vec![record("a"), record(vec![0; MAX_RECORD_BYTES])];
    let error = journal.write(Write::append(stream.clone(), records)).unwrap_err();
    assert!(matches!(error, JournalError::TooLarge { .. }), "{error}");
    assert_eq!(journal.end(&stream).unwrap(), 0, "a part of a refused write was appended");
    assert_eq!(append(&*journal, &stream, &["b"]), 0..1);
}

fn concurrent_appenders(bench: &Bench<'_>) {
    const THREADS: u64 = 8;
    const WRITES: u64 = 40;
    let (journal, stream) = bench.stream();
    let ranges: Vec<(u64, u64, Range<u64>)> = thread::scope(|scope| {
        let appender = |thread: u64| {
            let (journal, stream) = (&*journal, &stream);
            move || {
                let write = |n: u64| {
                    let names: Vec<String> =
                        (0..3).map(|part| format!("{thread}:{:04}", n * 3 + part)).collect();
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    (thread, n, append(journal, stream, &names))
                };
                (0..WRITES).map(write).collect::<Vec<_>>()
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(appender(thread))).collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let records = read_all(&*journal, &stream, 0, 1000);
    assert_eq!(records.len() as u64, THREADS * WRITES * 3);
    assert!(records.iter().enumerate().all(|(n, r)| r.offset == n as u64), "the offsets are not dense");
    for thread in 0..THREADS {
        let mine: Vec<String> =
            values(&records).into_iter().filter(|v| v.starts_with(&format!("{thread}:"))).collect();
        let expected: Vec<String> = (0..WRITES * 3).map(|n| format!("{thread}:{n:04}")).collect();
        assert_eq!(mine, expected, "appender {thread} lost, repeated or reordered records");
    }
    for (thread, n, range) in ranges {
        let value =
            |offset: u64| String::from_utf8(records[usize::try_from(offset).unwrap()].value.clone()).unwrap();
        assert_eq!(value(range.start), format!("{thread}:{:04}", n * 3));
        assert_eq!(value(range.end - 1), format!("{thread}:{:04}", n * 3 + 2));
    }
}

fn headers(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let headers = vec![
        ("ce_id".to_owned(), b"2024-\xe4\xb8\x80".to_vec()),
        ("ce_type".to_owned(), vec![]),
        ("again".to_owned(), vec![0, 255]),
        ("again".to_owned(), b"2".to_vec()),
        ("名".to_owned(), b"x".to_vec()),
    ];
    let sent = NewRecord { key: vec![0, 1], headers: headers.clone(), value: b"v".to_vec() };
    let claim = journal.claim(&stream, "o").unwrap();
    journal.write(Write::append(stream.clone(), vec![sent.clone()])).unwrap();
    journal.write_claimed(&claim, Write::append(stream.clone(), vec![sent.clone()])).unwrap();
    let records = read_all(&*journal, &stream, 1, 1000);
    assert_eq!(records.len(), 2);
    for record in records {
        assert_eq!((record.key.as_slice(), &record.headers), (&[0, 1][..], &headers));
        assert_eq!(record.header("again"), Some(&[0, 255][..]));
        assert_eq!(record.header("missing"), None);
        assert_eq!(record.size_bytes(), sent.size_bytes());
    }
    let mut bad = sent;
    bad.headers.push(("a\0b".to_owned(), vec![]));
    let error = journal.write(Write::append(stream, vec![bad])).unwrap_err();
    assert!(matches!(error, JournalError::InvalidName { .. }), "{error}");
}

fn empty_values(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let key_only = NewRecord { key: b"k".to_vec(), ..NewRecord::default() };
    let sent = vec![NewRecord::default(), key_only, record("x")];
    journal.write(Write::append(stream.clone(), sent.clone())).unwrap();
    let records = read_all(&*journal, &stream, 0, 0);
    let seen: Vec<_> = records.into_iter().map(|r| (r.key, r.value)).collect();
    assert_eq!(seen, sent.into_iter().map(|r| (r.key, r.value)).collect::<Vec<_>>());
    journal.write(Write::default()).unwrap();
}

fn timestamps(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    // Wide bounds: a broker has a clock of its own.
    let around = now_ms() - 60_000..now_ms() + 60_000;
    append(&*journal, &stream, &["a"]);
    let stamp = read_all(&*journal, &stream, 0, 1000)[0].timestamp_ms;
    assert!(around.contains(&stamp), "{stamp} is not in {around:?}");
}

fn wait_wakes(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let short = Duration::from_millis(50);
    assert!(!journal.wait(&stream, 0, short).unwrap());
    assert!(!journal.wait(&stream, 0, Duration::ZERO).unwrap());
    for round in 0..3 {
        let start = Instant::now();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| journal.wait(&stream, round, Duration::from_secs(60)).unwrap());
            append(&*journal, &stream, &["a"]);
            assert!(waiting.join().unwrap());
        });
        assert!(start.elapsed() < Duration::from_secs(30), "woken only by the timeout");
        assert_eq!(journal.read(&stream, round, 1000).unwrap().records.len(), 1);
    }
    assert!(journal.wait(&stream, 1, Duration::ZERO).unwrap());
    assert!(journal.wait(&stream, 0, short).unwrap());
    assert!(!journal.wait(&stream, 3, short).unwrap());
}

fn wrong_layout(bench: &Bench<'_>) {
    let (journal, a, b) = (bench.open(), bench.topic("a"), bench.topic("b"));
    let forever = TopicLayout::forever;
    journal.ensure_topics(&[forever(a.clone(), 2)]).unwrap();
    journal.ensure_topics(&[forever(a.clone(), 2)]).unwrap();
    assert_eq!(journal.check_topics(&[forever(a.clone(), 2)]).unwrap(), []);
    let wrong = [forever(b.clone(), 1), forever(a.clone(), 3)];
    let missing = TopicDifference::Missing { topic: b.clone() };
    let partitions = TopicDifference::Partitions { topic: a.clone(), wanted: 3, found: 2 };
    let differences = journal.check_topics(&wrong).unwrap();
    assert_eq!(differences, [missing.clone(), partitions.clone()]);
    assert_eq!(
        differences.iter().map(TopicDifference::remedy).collect::<Vec<_>>(),
        [Remedy::Apply, Remedy::ByHand]
    );
    let error = journal.ensure_topics(&wrong).unwrap_err();
    assert!(
        matches!(&error, JournalError::WrongLayout { difference } if *difference == partitions),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::Reject);
    assert!(error.to_string().contains("set it to 2"), "{error} does not say what to do");
    assert!(matches!(journal.partitions(&b), Err(JournalError::UnknownTopic { .. })), "a part was created");
    let fewer = journal.ensure_topics(&[forever(a.clone(), 1)]);
    assert!(matches!(fewer, Err(JournalError::WrongLayout { .. })), "{fewer:?}");
    let none = journal.ensure_topics(&[forever(b.clone(), 0)]);
    assert!(matches!(none, Err(JournalError::WrongLayout { .. })), "{none:?}");
    let right = [forever(a.clone(), 2), forever(b.clone(), 1)];
    assert_eq!(journal.check_topics(&right).unwrap(), [missing]);
    assert!(
        matches!(journal.partitions(&b), Err(JournalError::UnknownTopic { .. })),
        "it created what it checked"
    );
    journal.ensure_topics(&right).unwrap();
    assert_eq!(journal.check_topics(&right).unwrap(), []);
    assert_eq!((journal.partitions(&a).unwrap(), journal.partitions(&b).unwrap()), (2, 1));
}

fn compacted_topics(bench: &Bench<'_>) {
    let (journal, topic) = (bench.open(), bench.topic("compacted"));
    let layout = TopicLayout { retention: Retention::Compacted, ..TopicLayout::forever(topic.clone(), 1) };
    journal.ensure_topics(std::slice::from_ref(&layout)).unwrap();
    assert_eq!(journal.check_topics(&[layout]).unwrap(), []);
    append(&*journal, &Stream::new(topic.clone(), 0), &["a"]);
    assert_eq!(values(&read_all(&*journal, &Stream::new(topic, 0), 0, 1000)), ["a"]);
}

fn unknown_streams(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    let nowhere = Stream::new(bench.topic("nowhere"), 0);
    let beyond = Stream::new(stream.topic.clone(), 1);
    let commit = |s: &Stream| Commit { consumer: "c".to_owned(), stream: s.clone(), offset: 0 };
    for missing in [&nowhere, &beyond] {
        let with_good = Write {
            appends: vec![(stream.clone(), vec![record("x")]), (missing.clone(), vec![record("x")])],
            commits: vec![],
        };
        let errors = [
            journal.write(with_good).unwrap_err(),
            journal.write(Write::commit(commit(missing))).unwrap_err(),
            journal.read(missing, 0, 1000).unwrap_err(),
            journal.wait(missing, 0, Duration::ZERO).unwrap_err(),
            journal.end(missing).unwrap_err(),
            journal.begin(missing).unwrap_err(),
            journal.committed("c", missing).unwrap_err(),
            journal.claim(missing, "o").unwrap_err(),
        ];
        for error in errors {
            let expected = match &error {
                JournalError::UnknownTopic { topic } => *topic == nowhere.topic && missing == &nowhere,
                JournalError::UnknownPartition { partitions: 1, .. } => missing == &beyond,
                _ => false,
            };
            assert!(expected, "{missing}: {error}");
        }
    }
    assert!(matches!(journal.partitions(&nowhere.topic), Err(JournalError::UnknownTopic { .. })));
    assert_eq!(journal.end(&stream).unwrap(), 0, "a part of a refused write was appended");
}

fn a_position_beyond_the_end(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    append(&*journal, &stream, &["a"]);
    for error in [
        journal.read(&stream, 2, 1000).unwrap_err(),
        journal.wait(&stream, 2, Duration::from_millis(10)).unwrap_err(),
    ] {
        assert!(matches!(error, JournalError::Ahead { from: 2, end: 1, .. }), "{error}");
    }
    assert_eq!(values(&read_all(&*journal, &stream, 0, 1000)), ["a"]);
}

fn what_is_written_is_read_at_once(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    for round in 0..50 {
        append(&*journal, &stream, &["x"]);
        assert_eq!(journal.end(&stream).unwrap(), round + 1);
        let batch = journal.read(&stream, round, 1000).unwrap();
        assert_eq!((batch.records.len(), batch.next), (1, round + 1), "round {round}");
    }
}

fn the_oldest_records_expire(bench: &Bench<'_>) {
    let (journal, stream) = bench.stream();
    append(&*journal, &stream, &["a", "b"]);
    let future = now_ms() + 86_400_000;
    assert_eq!(journal.expire(&stream, now_ms() - 86_400_000, 2).unwrap(), 0, "nothing is a day old");
    assert_eq!(journal.expire(&stream, 0, 2).unwrap(), 0);
    assert_eq!(values(&read_all(&*journal, &stream, 0, 1000)), ["a", "b"]);
    // As of tomorrow all is old; what lies at `upto` and behind it stays all the same.
    assert_eq!(journal.expire(&stream, future, 1).unwrap(), 1);
    assert_eq!((journal.begin(&stream).unwrap(), journal.end(&stream).unwrap()), (1, 2));
    let batch = journal.read(&stream, 0, 1000).unwrap();
    assert_eq!((values(&batch.records), batch.next), (vec!["b".to_owned()], 2));
    assert!(matches!(journal.expire(&stream, future, 3), Err(JournalError::Ahead { from: 3, end: 2, .. })));
    // Everything goes, and the next record gets the next offset all the same.
    assert_eq!(journal.expire(&stream, future, 2).unwrap(), 2);
    assert_eq!(journal.expire(&stream, future, 1).unwrap(), 2, "going back brings nothing back");
    drop(journal);
    let journal = bench.open();
    assert_eq!((journal.begin(&stream).unwrap(), journal.end(&stream).unwrap()), (2, 2));
    let batch = journal.read(&stream, 0, 1000).unwrap();
    assert_eq!((batch.records.len(), batch.next), (0, 2));
    assert!(!journal.wait(&stream, 2, Duration::ZERO).unwrap());
    assert_eq!(append(&*journal, &stream, &["c"]), 2..3);
    assert_eq!(values(&read_all(&*journal, &stream, 0, 1000)), ["c"]);
}
