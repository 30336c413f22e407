//! Quality of feeds on a stopped platform: numbers are exact, the same when counted anew, and what was rejected is
//! repaired once.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sanzao::Pipeline;
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use sanzao::stage::FeedQualityStage;
use sanzao_journal::{NewRecord, Write};
use sanzao_model::{FactBatch, FactsRecord, Feed, Instant, Note, Place, ReceiptBatch, Warning};
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;

fn person(nth: u32) -> Value {
    let first_17 = format!("32061419400301{nth:03}");
    json!({"id_number": format!("{first_17}{}", check_character(&first_17)), "name": "王一"})
}

/// A death of 9 May 2026, recorded on the 10th.
fn death(id: &str, person: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/320614/health", "type": "health.death.certified.v1",
        "time": "2026-05-10T09:00:00+08:00",
        "data": {"person": person, "certificate_no": "C1", "on": "2026-05-09"}})
}

fn wrong() -> Value {
    json!({"id_number": "320614194003010011", "name": "王一"})
}

fn lines(folder: &Path, name: &str, events: &[Value]) -> PathBuf {
    let file = folder.join(name);
    let text: String = events.iter().map(|event| format!("{event}\n")).collect();
    std::fs::write(&file, text).unwrap();
    file
}

fn feeds(data: &Path) -> Value {
    json(&run(&["feeds", "--data", text(data), "--json"]))["feeds"].clone()
}

fn feed(data: &Path, name: &str) -> Value {
    json(&run(&["feeds", "--data", text(data), "--feed", name, "--json"]))
}

fn rejections(data: &Path, feed: &str, more: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["feeds", "rejections", "--data", text(data), "--feed", feed, "--json"];
    arguments.extend(more);
    run(&arguments).lines().map(json).collect()
}

/// Exit code, standard output and standard error of a repair from standard input.
fn repair(data: &Path, place: &str, event: &Value) -> (i32, String, String) {
    let mut child = sanzao()
        .args(["repair", "--data", text(data), "--feed", "health", "--place", place, "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // Refused before it is read, the event finds a closed pipe.
    let _ = child.stdin.take().unwrap().write_all(event.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn open(data: &Path) -> Pipeline {
    let config = Config { data: data.to_owned(), ..Config::default() };
    Pipeline::open(&config, DataDir::create(data).unwrap()).unwrap()
}

#[test]
fn a_district_is_counted_as_it_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (district, data) = (district(folder.path(), 400, 11), data_dir(folder.path(), "data"));
    let taken = ingest_all(&data, &district, &FEEDS);
    let counted = feeds(&data);
    let (mut rejected, mut duplicate) = (0, 0);
    for (taken, counted) in taken.iter().zip(counted.as_array().unwrap()) {
        for key in ["feed", "accepted", "duplicate", "rejected"] {
            assert_eq!(taken[key], counted[key], "{key} of {}", counted["feed"]);
        }
        let sum = |counts: &Value| -> u64 {
            counts.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
        };
        let valid = taken["accepted"].as_u64().unwrap() + taken["duplicate"].as_u64().unwrap();
        assert_eq!(sum(&counted["types"]), valid);
        assert_eq!(sum(&counted["arrived_after"]["buckets"]), valid);
        let reasons = counted["reasons"].as_array().unwrap();
        let reasons: u64 = reasons.iter().map(|of| of["events"].as_u64().unwrap()).sum();
        assert_eq!(reasons, taken["rejected"].as_u64().unwrap());
        rejected += reasons;
        duplicate += taken["duplicate"].as_u64().unwrap();
    }
    assert!(rejected > 0 && duplicate > 0, "the district holds nothing to count: {taken:?}");
    // The registry names its own people, and police nearly all of them.
    let registry = &counted[4];
    assert_eq!(registry["named"], registry["registry_people"]);
    let share = counted[0]["named"].as_f64().unwrap() / registry["registry_people"].as_f64().unwrap();
    assert!((0.5..=1.0).contains(&share), "{share}");

    std::fs::remove_dir_all(data.join("state")).unwrap();
    assert_eq!(feeds(&data), counted, "counted anew");
    // Sent again, what was accepted is a duplicate, and what was rejected is rejected again.
    let again = ingest(&data, "health", &district.join("health.jsonl"));
    assert_eq!(again["accepted"], 0);
    let health = feed(&data, "health");
    let number = |of: &Value, key: &str| of[key].as_u64().unwrap();
    assert_eq!(health["accepted"], taken[2]["accepted"]);
    assert_eq!(number(&health, "duplicate"), number(&taken[2], "duplicate") + number(&again, "duplicate"));
    assert_eq!(number(&health, "rejected"), 2 * number(&taken[2], "rejected"));
    assert_eq!(rejections(&data, "health", &[]).len() as u64, number(&health, "rejected"));
    let table = run(&["feeds", "--data", text(&data)]);
    assert!(table.lines().count() > 6 && table.contains("medical-insurance"), "{table}");
    let told = run(&["feeds", "--data", text(&data), "--feed", "registry"]);
    assert!(told.contains("nine of ten"), "{told}");
}

#[test]
fn lags_reasons_and_days_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let mut late = death("d3", &person(3));
    late["data"]["on"] = "2026-01-01".into();
    let events = [death("d1", &person(1)), death("d1", &person(1)), death("w", &wrong()), late];
    ingest(&data, "health", &lines(folder.path(), "a.jsonl", &events));
    let health = feed(&data, "health");
    assert_eq!(health["recorded_after"]["buckets"]["1d-3d"], 2);
    assert_eq!(health["recorded_after"]["buckets"]["90d-or-more"], 1);
    assert_eq!(health["recorded_after"]["median"], "1d-3d");
    assert_eq!(health["recorded_after"]["worst_seconds"], 129 * 86_400);
    assert_eq!(health["newest_time"], "2026-05-10T01:00:00Z");
    assert_eq!(health["types"], json!({"death.certified": 3}));
    let reason = json!({"code": "id_number.check", "pointer": "/data/person/id_number", "events": 1});
    assert_eq!(health["reasons"], json!([reason]));
    assert_eq!(health["days"].as_array().unwrap().len(), 1);
    assert!(health["days"][0]["registry_people"].is_null());
}

#[test]
fn a_rejected_event_is_repaired_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let events = [death("d1", &person(1)), death("w1", &wrong()), death("w2", &wrong())];
    ingest(&data, "health", &lines(folder.path(), "a.jsonl", &events));
    let rejected = rejections(&data, "health", &["--open"]);
    let places: Vec<_> = rejected.iter().map(|of| of["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["0:1", "0:2"]);

    let right = death("w1", &person(2));
    let (code, _, error) = repair(&data, "0:0", &right);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("no event was rejected there"), "{error}");
    let mut other = right.clone();
    other["source"] = "/320600/health".into();
    let (code, _, error) = repair(&data, "0:1", &other);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("/320614/health"), "{error}");
    let (code, _, error) = repair(&data, "0:1", &json!([right]));
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("one source"), "{error}");
    assert_eq!(feed(&data, "health")["rejected"], 2, "what was refused was appended");

    let (code, receipt, _) = repair(&data, "0:1", &death("w1", &wrong()));
    assert_eq!(code, 1, "in vain");
    let receipt = json(&receipt);
    assert_eq!((&receipt["outcome"], &receipt["repairs"]), (&json!("rejected"), &json!("0:1")));
    assert_eq!(receipt["code"], "id_number.check");
    let (code, receipt, error) = repair(&data, "0:1", &right);
    assert_eq!(code, 0, "{error}");
    let receipt = json(&receipt);
    assert_eq!((&receipt["outcome"], &receipt["repairs"]), (&json!("accepted"), &json!("0:1")));
    let (code, _, error) = repair(&data, "0:1", &right);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("repaired already"), "{error}");

    let health = feed(&data, "health");
    assert_eq!(
        (&health["accepted"], &health["rejected"], &health["repaired"], &health["repairs"]),
        (&json!(2), &json!(3), &json!(1), &json!({"accepted": 1, "rejected": 1}))
    );
    let listed = rejections(&data, "health", &[]);
    assert_eq!(listed[0]["repair"], json!({"place": "0:4", "outcome": "accepted"}));
    assert_eq!(listed[2]["repairs"], "0:1");
    assert_eq!(rejections(&data, "health", &["--open"]).len(), 2);
    std::fs::remove_dir_all(data.join("state")).unwrap();
    assert_eq!(feed(&data, "health"), health, "counted anew");
    assert_eq!(rejections(&data, "health", &[]), listed);
}

/// Appended, and killed before anything took it in.
#[test]
fn a_repair_that_was_broken_off_is_not_made_twice() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let events = [death("d1", &person(1)), death("w1", &wrong())];
    ingest(&data, "health", &lines(folder.path(), "a.jsonl", &events));
    let right = death("w1", &person(2));
    let pipeline = open(&data);
    // Sealed, as repairs are: what a sender calls a repair is none.
    let key = std::fs::read_to_string(data.join("seal.key")).unwrap().trim().parse().unwrap();
    let sealer = sanzao_intake::RawSealer::new(&key, Feed::Health);
    let rejected = Place { partition: 0, offset: 1 };
    let (headers, value) = sealer.seal_repair([7; 12], &[], right.to_string().as_bytes(), rejected);
    let record = NewRecord { headers, value, ..NewRecord::default() };
    let stream = pipeline.topics.feed(Feed::Health, 0);
    pipeline.journal.write(Write::append(stream, vec![record])).unwrap();
    let (code, _, error) = repair(&data, "0:1", &right);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("GET /v1/feeds"), "the platform runs: {error}");
    drop(pipeline);
    let (code, _, error) = repair(&data, "0:1", &right);
    assert_eq!(code, 1, "{error}");
    assert!(error.contains("repaired already: see the receipt of partition 0, offset 2"), "{error}");
    let health = feed(&data, "health");
    assert_eq!((&health["accepted"], &health["duplicate"]), (&json!(2), &json!(0)));
}

#[test]
fn warnings_of_accepted_events_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let pipeline = open(&data);
    let bureau = pipeline.topics.bureaus()[0];
    let desk = pipeline.desk(Feed::Health);
    let statement = |offset: u64| {
        let value = death(&format!("d{offset}"), &person(offset as u32)).to_string().into_bytes();
        let incoming = sanzao_intake::Incoming { headers: &[], value: &value, partition: 0, offset };
        desk.read(&incoming).unwrap().statement
    };
    let received: Instant = "2026-05-12T02:00:00Z".parse().unwrap();
    let note = |offset, warnings| Note { offset, repairs: None, warnings };
    let batch = FactBatch {
        feed: Feed::Health,
        partition: 0,
        upto: 3,
        received,
        statements: (0..3).map(statement).collect(),
        notes: vec![
            note(0, vec![Warning::UnknownNumberPrefix, Warning::UnknownDivision]),
            Note {
                repairs: Some(Place { partition: 0, offset: 9 }),
                ..note(2, vec![Warning::UnknownDivision])
            },
        ],
    };
    // A restarted intake appends a batch a second time.
    for _ in 0..2 {
        pipeline.append_facts(bureau, &FactsRecord::Facts(batch.clone())).unwrap();
    }
    let mut discovery = pipeline.discovery(bureau, None).unwrap();
    while discovery.step().unwrap() {}
    let receipts =
        pipeline.journal.read(&pipeline.topics.receipts(Feed::Health), 0, 1 << 20).unwrap().records;
    let receipts = ReceiptBatch::from_bytes(&receipts[0].value).unwrap().receipts;
    assert_eq!(receipts[0].warnings, [Warning::UnknownNumberPrefix, Warning::UnknownDivision]);
    assert_eq!((&receipts[1].warnings, receipts[1].repairs), (&vec![], None));
    assert_eq!(receipts[2].repairs, Some(Place { partition: 0, offset: 9 }));

    let count = |file: &str| {
        let journal = pipeline.journal.clone();
        let file = folder.path().join(file);
        let (mut stage, reader) = FeedQualityStage::open(journal, &file, &pipeline.topics, bureau).unwrap();
        while stage.step().unwrap() {}
        reader.feed(Feed::Health).unwrap()
    };
    let counts = count("a.db");
    let warnings: Vec<_> = counts.warnings.iter().map(|of| (of.name.as_str(), of.count)).collect();
    assert_eq!(warnings, [("division.unknown", 2), ("id_number.unknown-prefix", 1)]);
    assert_eq!((counts.accepted, counts.arrived.total()), (3, 3));
    assert_eq!(counts.arrived.worst_seconds, Some(49 * 3_600));
    assert_eq!(count("b.db"), counts);
    assert_eq!(count("a.db"), counts, "opened again");
}
