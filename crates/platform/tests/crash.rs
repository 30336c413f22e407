//! Killed with -9 at seeded points while it takes events in, started again, and nothing is lost or raised
//! twice; and a deleted state directory loses nothing but time.

mod support;

use std::process::Stdio;
use std::time::{Duration, Instant};

use support::*;

const PEOPLE: u32 = 2_000;
const KILLS: u64 = 20;

#[test]
fn killed_twenty_times_it_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), PEOPLE, 9);
    let calm = data_dir(folder.path(), "calm");
    let started = Instant::now();
    ingest_all(&calm, &district, &FEEDS);
    let calm_work = drain(&calm);
    let whole = started.elapsed();
    let (expected, alerts) = (findings(&calm), work_items(&calm));
    assert!(!alerts.is_empty());

    let data = data_dir(folder.path(), "killed");
    let mut numbers = Numbers(2026);
    let (mut killed, mut started) = (0, 0);
    while killed < KILLS {
        assert!(started < 50 * KILLS, "only {killed} of {started} processes were killed in the middle");
        started += 1;
        // Kills fall anywhere between the start of a process and its end; some processes end before.
        let after = Duration::from_micros(numbers.below(whole.as_micros() as u64 / 6));
        let mut child = match started % 4 {
            3 => sanzao()
                .args(["run", "--data", text(&data), "--drain", "--day", AS_OF])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn(),
            _ => {
                let feed = FEEDS[numbers.below(5) as usize];
                let file = district.join(format!("{feed}.jsonl"));
                sanzao()
                    .args(["ingest", "--data", text(&data), "--feed", feed, text(&file)])
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
            }
        }
        .expect("the binary starts");
        let deadline = Instant::now() + after;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if Instant::now() >= deadline {
                break None;
            }
            std::thread::yield_now();
        };
        if ended.is_none() {
            child.kill().expect("the process is ours");
            child.wait().unwrap();
            killed += 1;
        }
    }

    ingest_all(&data, &district, &FEEDS);
    assert!(findings(&data) == expected, "findings differ after {killed} kills (seed 2026)");
    let work = drain(&data);
    assert_eq!(work["open_loads"], serde_json::json!([]));
    for state in ["open", "due", "overdue"] {
        assert_eq!(work[state], calm_work[state], "{state}: {work} instead of {calm_work}");
    }
    assert_eq!(work_items(&data), alerts, "other alerts, or one raised twice");
    run(&["verify", "--data", text(&data)]);
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

/// Ids of all alerts and tasks ever opened, in order; an id that was opened twice is there twice.
fn work_items(data: &std::path::Path) -> Vec<String> {
    use sanzao_journal::{EmbeddedJournal, Journal, Reader, Stream, Topic};
    use sanzao_model::{WorkEvent, WorkRecord};
    let journal = EmbeddedJournal::open(data, || 0).unwrap();
    let work = Stream::new(Topic::new("work").unwrap(), 0);
    let mut reader = Reader::new(&journal as &dyn Journal, work, 0, 0);
    let mut ids = Vec::new();
    loop {
        let records = reader.read(1 << 20).unwrap();
        if records.is_empty() {
            break;
        }
        for record in records {
            for event in WorkRecord::from_bytes(&record.value).unwrap().events {
                if let WorkEvent::Opened(item) = event {
                    ids.push(item.id.to_string());
                }
            }
        }
    }
    ids.sort();
    ids
}
