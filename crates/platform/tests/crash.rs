//! Killed with -9 at seeded points while it takes events in, started again, and nothing is lost or raised
//! twice; and a deleted state directory loses nothing but time.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sanzao_journal::{EmbeddedJournal, Journal, Reader, Record, Stream, Topic};
use sanzao_model::{WorkEvent, WorkRecord};
use support::*;

const PEOPLE: u32 = 2_000;
/// Kills while events are taken in, and as many while they are evaluated.
const KILLS: u64 = 10;
/// Before and after each of the first writes of a day: claims, the tick, findings, what is decided.
const MOMENTS: u64 = 16;
/// Days on which everything is worked off, one after the other.
const DAYS: [&str; 4] = ["2026-06-30", "2026-07-01", "2026-07-02", "2026-08-01"];

#[test]
fn killed_twenty_times_it_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), PEOPLE, 9);
    let calm = data_dir(folder.path(), "calm");
    let started = Instant::now();
    ingest_all(&calm, &district, &FEEDS);
    let ingest_time = started.elapsed() / 5;
    let expected = findings(&calm);
    let on_calm_day = |day: &&str| drain_on(&calm, day);
    let calm_work: Vec<_> = DAYS.iter().map(on_calm_day).collect();
    let items = work_items(&calm);
    assert!(items.len() > 100, "{items:?}");

    let data = data_dir(folder.path(), "killed");
    let mut numbers = Numbers(2026);
    let mut killed = 0;
    while killed < KILLS {
        let feed = FEEDS[numbers.below(5) as usize];
        let file = district.join(format!("{feed}.jsonl"));
        let arguments = ["ingest", "--data", text(&data), "--feed", feed, text(&file)];
        let deadline = Instant::now() + at_random(&mut numbers, ingest_time);
        killed += u64::from(kill_when(&arguments, || Instant::now() >= deadline));
    }
    ingest_all(&data, &district, &FEEDS);
    assert!(findings(&data) == expected, "findings differ after {killed} kills (seed 2026)");

    // Now nothing keeps findings back: kills fall before, between and after what is sent and decided.
    let (mut killed, mut amid) = (0, 0);
    for (day, calm_work) in DAYS.iter().zip(&calm_work) {
        for _ in 0..2 * KILLS / DAYS.len() as u64 {
            let before = decided(&data);
            if dies_at(1 + numbers.below(MOMENTS), &["run", "--data", text(&data), "--drain", "--day", day]) {
                killed += 1;
                amid += u64::from(decided(&data) != before);
            }
        }
        let work = drain_on(&data, day);
        assert_eq!(work["open_loads"], serde_json::json!([]));
        for state in ["open", "withdrawn", "planned", "due", "done", "overdue", "missed"] {
            assert_eq!(work[state], calm_work[state], "{day} {state}: {work} instead of {calm_work}");
        }
    }
    assert!(killed >= KILLS, "only {killed} kills");
    assert_eq!(work_items(&data), items, "other alerts, or one raised twice");
    assert!(amid > 0, "of {killed} kills none fell after something was written: the test shows too little");
    run(&["verify", "--data", text(&data)]);
}

/// Anywhere between the start of a process and a little after its usual end.
fn at_random(numbers: &mut Numbers, usual: Duration) -> Duration {
    Duration::from_micros(numbers.below(usual.as_micros() as u64 * 11 / 10))
}

/// Starts a process that dies at a moment between two writes to its log; false if it ended before.
fn dies_at(moment: u64, arguments: &[&str]) -> bool {
    let status = sanzao()
        .args(arguments)
        .env("SANZAO_DIE_AT", moment.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the binary starts");
    assert!(status.success() || status.code().is_none(), "{status}");
    !status.success()
}

/// Starts a process and kills it with -9 at a moment; false if it ended before.
fn kill_when(arguments: &[&str], mut is_time: impl FnMut() -> bool) -> bool {
    let mut child = sanzao()
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if is_time() {
            child.kill().expect("the process is ours");
            child.wait().unwrap();
            return true;
        }
        std::thread::yield_now();
    }
}

fn drain_on(data: &Path, day: &str) -> serde_json::Value {
    json(&run(&["run", "--data", text(data), "--drain", "--day", day, "--json"]))
}

#[test]
fn a_deleted_state_directory_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), PEOPLE, 10);
    let data = data_dir(folder.path(), "data");
    ingest_all(&data, &district, &FEEDS[..3]);
    drain(&data);
    ingest_all(&data, &district, &FEEDS[3..]);
    let _ = std::fs::remove_dir_all(data.join("state"));
    let found = findings(&data);
    let work = drain(&data);
    let items = work_items(&data);
    let _ = std::fs::remove_dir_all(data.join("state"));
    assert!(findings(&data) == found);
    assert_eq!(work_items(&data), items);
    assert_eq!(drain(&data)["open"], work["open"]);
    run(&["verify", "--data", text(&data)]);
}

/// Records of `inbox` and `work` that count.
fn decided(data: &Path) -> (usize, usize) {
    (records(data, "inbox").len(), records(data, "work").len())
}

/// Ids of all alerts and tasks ever opened, in order; an id that was opened twice is there twice.
fn work_items(data: &Path) -> Vec<String> {
    let mut ids = Vec::new();
    for record in records(data, "work") {
        for event in WorkRecord::from_bytes(&record.value).unwrap().events {
            if let WorkEvent::Opened(item) = event {
                ids.push(item.id.to_string());
            }
        }
    }
    ids.sort();
    ids
}

fn records(data: &Path, topic: &str) -> Vec<Record> {
    let journal = EmbeddedJournal::open(data, || 0).unwrap();
    let stream = Stream::new(Topic::new(topic).unwrap(), 0);
    if journal.partitions(&stream.topic).is_err() {
        return Vec::new();
    }
    let mut reader = Reader::new(&journal, stream, 0, 0);
    let mut all = Vec::new();
    loop {
        let records = reader.read(1 << 20).unwrap();
        if records.is_empty() {
            return all;
        }
        all.extend(records);
    }
}
