//! One fault: what is common to all of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sanzao::topics::Topics;
use sanzao_journal::{Journal, KafkaJournal, NewRecord, Reader, Record, Stream, Write};
use sanzao_model::{FactsRecord, Feed, ReceiptBatch, ReceiptOutcome};
use serde_json::{Map, Value, json};

use super::cluster::*;
use super::found::*;
use super::support::*;

pub const BUREAUS: [&str; 2] = ["320614", "320602"];
const PEOPLE: u32 = 70;
/// What a worker of all that is shared out does.
pub const ALL: &str = "intake,discovery,casework";
/// A name of its own in the group: started again it goes on at once.
pub const FIXED: &str = "[workers]\nfixed_name = true\n";
/// Lines in one write of a department.
const CHUNK: usize = 25;

/// One fault at a time: they share two cores with a broker.
static TURN: Mutex<()> = Mutex::new(());

/// What everything is held against.
pub struct Clean {
    pub districts: Vec<PathBuf>,
    pub expected: Expected,
}

/// What is injected where depends on it alone.
pub fn seed() -> u64 {
    let seed = std::env::var("SANZAO_FAULT_SEED").ok();
    seed.map_or(1, |text| text.parse().expect("SANZAO_FAULT_SEED is a number"))
}

/// Where the clean run is.
fn clean_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kafka-faults-{}", seed()))
}

/// The configuration of the clean run.
pub fn clean_config() -> PathBuf {
    clean_folder().join("one.toml")
}

/// The same for all faults of one run.
fn clean() -> &'static Clean {
    static CLEAN: OnceLock<Clean> = OnceLock::new();
    CLEAN.get_or_init(|| {
        let folder = clean_folder();
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let districts = districts(&folder, &BUREAUS, PEOPLE, 1_000 * seed());
        let expected = in_one_process(&folder, &BUREAUS, &districts);
        assert!(expected.items.len() > 15, "{} items show too little", expected.items.len());
        Clean { districts, expected }
    })
}

/// A fault, from its preparation to the line in the table.
pub struct Trial {
    fault: &'static str,
    pub cluster: Cluster,
    pub clean: &'static Clean,
    pub numbers: Numbers,
    pub topics: Topics,
    injected: Map<String, Value>,
    held: Vec<String>,
    recovery: Option<Duration>,
    is_done: bool,
    _turn: MutexGuard<'static, ()>,
}

impl Trial {
    /// On a broker that all share.
    pub fn begin(fault: &'static str) -> Option<Trial> {
        broker().map(|broker| Trial::on(fault, &broker))
    }

    pub fn on(fault: &'static str, broker: &str) -> Trial {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let clean = clean();
        let cluster = Cluster::new(broker, &BUREAUS);
        let bureaus = BUREAUS.iter().map(|code| code.parse().unwrap()).collect();
        let topics = Topics::new(bureaus, 1).with_prefix(&cluster.prefix);
        let name = fault.bytes().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        let numbers = Numbers(seed().wrapping_mul(0x9e37_79b9).wrapping_add(name));
        let trial = Trial {
            fault,
            cluster,
            clean,
            numbers,
            topics,
            injected: Map::new(),
            held: Vec::new(),
            recovery: None,
            is_done: false,
            _turn: turn,
        };
        trial.log().ensure_topics(&trial.topics.layout()).unwrap();
        trial
    }

    pub fn log(&self) -> KafkaJournal {
        log_of(&self.cluster)
    }

    /// Notes what was done.
    pub fn injected(&mut self, what: &str, count: impl Into<Value>) {
        self.injected.insert(what.to_owned(), count.into());
    }

    /// Notes what was checked and was so.
    pub fn held(&mut self, what: impl Into<String>) {
        self.held.push(what.into());
    }

    /// All that departments send, each feed in its order, bureaus and feeds mixed.
    pub fn lines(&mut self) -> Vec<Line> {
        let mut queues = Vec::new();
        for district in &self.clean.districts {
            for feed in FEEDS {
                let file = std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap();
                let line = |text: &str| Line { feed: feed.parse().unwrap(), text: text.as_bytes().to_vec() };
                let lines: Vec<Line> = file.lines().rev().map(line).collect();
                queues.push(lines);
            }
        }
        let mut mixed = Vec::new();
        while !queues.is_empty() {
            let queue = self.numbers.below(queues.len() as u64) as usize;
            match queues[queue].pop() {
                Some(line) => mixed.push(line),
                None => drop(queues.remove(queue)),
            }
        }
        mixed
    }

    /// Sends as a department does that tries again until it hears that all has arrived.
    pub fn send(&self, lines: &[Line]) {
        send(&self.log(), &self.topics, lines, Duration::ZERO, &AtomicBool::new(true));
    }

    /// Sends in the background, over about so long.
    pub fn flow(&self, lines: Vec<Line>, over: Duration) -> Flow {
        let (journal, topics) = (self.log(), self.topics.clone());
        let pause = over / (lines.len().div_ceil(CHUNK)).max(1) as u32;
        let hurries = Arc::<AtomicBool>::default();
        let theirs = Arc::clone(&hurries);
        let thread = std::thread::spawn(move || send(&journal, &topics, &lines, pause, &theirs));
        Flow { thread, hurries }
    }

    /// Waits until all that was sent was taken in, by the log alone.
    pub fn until_taken_in(&self) {
        let journal = self.log();
        until("taken in", || is_taken_in(&journal, &self.topics));
    }

    /// A day begins, as the log is told of it by who owns a bureau.
    pub fn next_day(&mut self) {
        self.tick(NEXT_DAY);
        self.cluster.day = NEXT_DAY.to_owned();
    }

    /// The same for any day, of which those who are started later are not told.
    pub fn tick(&self, day: &str) {
        let record = FactsRecord::Tick { day: day.parse().unwrap() };
        for bureau in self.topics.bureaus() {
            append(&self.log(), self.topics.facts(*bureau), vec![record.to_bytes()]);
        }
    }

    /// Waits until everything is as in the clean run, and each bureau has one owner among these. Recovery counts since
    /// when the fault was over.
    pub fn recovers(&mut self, since: Instant, workers: &[&Worker]) {
        self.until_taken_in();
        // Who was told a day takes nothing over of which a later one has begun.
        until("each bureau owned by one", || self.owners(workers).is_some());
        self.next_day();
        until_raised(&self.cluster, &self.clean.expected.items);
        self.recovery = Some(since.elapsed());
        until_found(&self.cluster, &self.clean.expected);
        self.held(format!(
            "findings of the clean run; its {} open cases, none twice",
            self.clean.expected.items.len()
        ));
        self.is_answered();
    }

    /// Waits until there is a receipt for each message; none was both taken in and rejected.
    fn is_answered(&mut self) {
        let journal = self.log();
        let mut messages = 0;
        for feed in Feed::ALL {
            let mut sent = BTreeSet::new();
            read_all(&journal, self.topics.feed(feed, 0), |record| {
                sent.insert(record.offset);
            });
            until(&format!("each message of {feed} answered"), || {
                let (mut taken, mut rejected) = (BTreeSet::new(), BTreeSet::new());
                read_all(&journal, self.topics.receipts(feed), |record| {
                    for receipt in ReceiptBatch::from_bytes(&record.value).unwrap().receipts {
                        match receipt.outcome {
                            ReceiptOutcome::Rejected { .. } => rejected.insert(receipt.offset),
                            ReceiptOutcome::Accepted | ReceiptOutcome::Duplicate => {
                                taken.insert(receipt.offset)
                            }
                        };
                    }
                });
                assert!(taken.is_disjoint(&rejected), "{feed}: taken in as well as rejected");
                sent.iter().all(|offset| taken.contains(offset) || rejected.contains(offset))
            });
            messages += sent.len();
        }
        self.held(format!("a receipt for each of {messages} messages"));
    }

    /// Who owns what, once each bureau has one owner at both stages.
    pub fn owners(&self, workers: &[&Worker]) -> Option<Vec<Vec<String>>> {
        let stages = ["discovery", "casework"];
        let owned = stages.iter().flat_map(|stage| workers.iter().map(|worker| worker.owns(stage)));
        let owned: Vec<Vec<String>> = owned.collect();
        let are_all = |of_stage: &[Vec<String>]| {
            let mut all = of_stage.concat();
            all.sort();
            all == sorted(&self.cluster.bureaus)
        };
        owned.chunks(workers.len()).all(are_all).then_some(owned)
    }

    /// Waits until the groups share out nothing anew for longer than a session, which they do some time after a broker has
    /// come back; how long that was.
    pub fn settled(&self, workers: &[&Worker]) -> Duration {
        const QUIET: Duration = Duration::from_secs(8);
        let (mut known, mut since) = (None, Instant::now());
        until("settled", || {
            let now = self.owners(workers);
            if now.is_none() || now != known {
                (known, since) = (now, Instant::now());
            }
            since.elapsed() > QUIET
        });
        QUIET
    }

    /// How long the recovery took, where something else than [`Trial::recovers`] says so.
    pub fn recovered_in(&mut self, took: Duration) {
        self.recovery = Some(took);
    }

    /// Writes the line of the table.
    pub fn end(mut self) {
        self.is_done = true;
        let line = json!({
            "fault": self.fault, "seed": seed(), "injected": self.injected, "held": self.held,
            "recovery_seconds": self.recovery.map(|took| (took.as_secs_f64() * 10.0).round() / 10.0),
        });
        println!("{line}");
        let Some(table) = std::env::var_os("SANZAO_FAULT_TABLE") else { return };
        let mut table = std::fs::OpenOptions::new().create(true).append(true).open(table).unwrap();
        std::io::Write::write_all(&mut table, format!("{line}\n").as_bytes()).unwrap();
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if !self.is_done && std::thread::panicking() {
            let injected = Value::from(self.injected.clone());
            eprintln!("{} with SANZAO_FAULT_SEED={}: injected so far {injected}", self.fault, seed());
        }
    }
}

/// One message of a department.
#[derive(Debug, Clone)]
pub struct Line {
    pub feed: Feed,
    pub text: Vec<u8>,
}

/// Events that flow.
pub struct Flow {
    thread: std::thread::JoinHandle<u64>,
    hurries: Arc<AtomicBool>,
}

impl Flow {
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Sends the rest at once; how often something had to be sent again.
    pub fn join(self) -> u64 {
        self.hurries.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn send(
    journal: &KafkaJournal,
    topics: &Topics,
    lines: &[Line],
    pause: Duration,
    hurries: &AtomicBool,
) -> u64 {
    let mut again = 0;
    for chunk in lines.chunks(CHUNK) {
        let records = Feed::ALL.into_iter().map(|feed| {
            let of_feed = chunk.iter().filter(|line| line.feed == feed);
            let records = of_feed.map(|it| NewRecord { value: it.text.clone(), ..NewRecord::default() });
            (topics.feed(feed, 0), records.collect::<Vec<_>>())
        });
        let appends: Vec<_> = records.filter(|(_, records)| !records.is_empty()).collect();
        let deadline = Instant::now() + 3 * PATIENCE;
        while let Err(error) = journal.write(Write { appends: appends.clone(), commits: Vec::new() }) {
            assert!(Instant::now() < deadline, "cannot be sent: {error}");
            again += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
        if !hurries.load(Ordering::Relaxed) {
            std::thread::sleep(pause);
        }
    }
    again
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut sorted = texts.to_vec();
    sorted.sort();
    sorted
}

/// All records of a stream, as every reader of it sees them.
pub fn read_all(journal: &dyn Journal, stream: Stream, mut each: impl FnMut(&Record)) {
    let mut reader = Reader::new(journal, stream, 0, 0);
    loop {
        let records = reader.read(4 << 20).unwrap();
        if records.is_empty() {
            return;
        }
        records.iter().for_each(&mut each);
    }
}

/// Appends records.
pub fn append(journal: &dyn Journal, stream: Stream, values: Vec<Vec<u8>>) {
    let record = |value| NewRecord { value, ..NewRecord::default() };
    let appends = vec![(stream, values.into_iter().map(record).collect())];
    journal.write(Write { appends, commits: Vec::new() }).unwrap();
}

/// Whether intake has read every feed to its end.
pub fn is_taken_in(journal: &dyn Journal, topics: &Topics) -> bool {
    Feed::ALL.into_iter().all(|feed| {
        let stream = topics.feed(feed, 0);
        let end = journal.end(&stream).unwrap_or(u64::MAX);
        end == 0 || journal.committed("intake", &stream).ok().flatten().is_some_and(|upto| upto >= end)
    })
}
