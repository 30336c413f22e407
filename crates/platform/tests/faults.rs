//! Poison, wrong settings, lost files: a clear error, and nothing lost.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::{Path, PathBuf};

use sanzao::Pipeline;
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use sanzao_journal::{MAX_RECORD_BYTES, NewRecord, Write};
use sanzao_model::Feed;
use sanzao_tests::document::check_character;
use serde_json::json;
use support::*;

/// Runs, expects a failure, and gives what it says.
fn refused(arguments: &[&str]) -> String {
    let output = sanzao().args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    String::from_utf8(output.stderr).unwrap()
}

fn settings(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("sanzao.toml");
    std::fs::write(&path, text).unwrap();
    path
}

fn grant() -> String {
    let first_17 = "32061419400301001";
    let number = format!("{first_17}{}", check_character(first_17));
    let data = json!({"benefit_id": "B1", "program": "old-age-allowance",
        "person": {"id_number": number, "name": "王一"}, "monthly_amount": 60, "on": "2026-01-01"});
    json!({"specversion": "1.0", "id": "g1", "source": "/320614/registry", "type": "registry.benefit.granted.v1",
        "time": "2026-01-02T09:00:00+08:00", "data": data})
    .to_string()
}

#[test]
fn poison_of_any_size_stops_no_feed() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let config = Config { data: data.clone(), ..Config::default() };
    let pipeline = Pipeline::open(&config, DataDir::create(&data).unwrap()).unwrap();
    // The largest record that the log takes: sealed, it would be larger.
    let junk = NewRecord { value: vec![b'x'; MAX_RECORD_BYTES - 60], ..NewRecord::default() };
    let good = NewRecord { value: grant().into_bytes(), ..NewRecord::default() };
    let appends = vec![(pipeline.topics.feed(Feed::Registry, 0), vec![junk, good])];
    pipeline.journal.write(Write { appends, commits: Vec::new() }).unwrap();
    drop(pipeline);
    let work = drain(&data);
    assert_eq!((&work["accepted"], &work["rejected"]), (&json!(1), &json!(1)), "{work}");

    // So many short lines that their receipts would not fit into one record.
    let lines = folder.path().join("lines");
    std::fs::write(&lines, "x\n".repeat(600_000)).unwrap();
    let output = sanzao()
        .args(["ingest", "--data", text(&data), "--feed", "police", "--json", text(&lines)])
        .output()
        .unwrap();
    assert!(!output.status.success(), "nothing of the file was taken");
    let told = String::from_utf8(output.stdout).unwrap();
    let totals = json(told.lines().last().unwrap());
    assert_eq!(totals["rejected"], 600_000);
    assert_eq!(drain(&data)["open_loads"], json!([]));
}

#[test]
fn a_file_begins_with_a_byte_order_mark_or_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let file = folder.path().join("registry.jsonl");
    std::fs::write(&file, format!("\u{feff}{}\r\n\r\n", grant())).unwrap();
    assert_eq!(ingest(&data, "registry", &file)["accepted"], 1);
    let arguments = ["ingest", "--data", text(&data), "--feed", "registry", text(&file), text(folder.path())];
    assert!(refused(&arguments).contains("is a folder"));
    let missing = folder.path().join("missing");
    let arguments = ["ingest", "--data", text(&data), "--feed", "registry", text(&missing)];
    assert!(refused(&arguments).contains("cannot read"));
    assert_eq!(drain(&data)["open_loads"], json!([]), "what was refused left a load open");
}

#[test]
fn keys_and_bureau_of_a_log_stay_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let file = folder.path().join("registry.jsonl");
    std::fs::write(&file, grant()).unwrap();
    ingest(&data, "registry", &file);
    let found = findings(&data);
    let key = std::fs::read(data.join("pseudonym.key")).unwrap();
    std::fs::remove_file(data.join("pseudonym.key")).unwrap();
    let told = refused(&["findings", "--data", text(&data), "--as-of", AS_OF]);
    assert!(told.contains("restore it from its backup"), "{told}");
    assert!(!data.join("pseudonym.key").exists(), "a new key was made");
    std::fs::write(data.join("pseudonym.key"), key).unwrap();
    assert!(findings(&data) == found);

    let other = settings(folder.path(), "bureaus = [\"320613\"]\n");
    let arguments = ["findings", "--config", text(&other), "--data", text(&data), "--as-of", AS_OF];
    let told = refused(&arguments);
    assert!(told.contains("is of bureau 320614"), "{told}");
    let two = settings(folder.path(), "bureaus = [\"320614\", \"320613\"]\n");
    let fresh = folder.path().join("fresh");
    let told = refused(&["run", "--config", text(&two), "--data", text(&fresh)]);
    assert!(told.contains("say for which one with --bureau"), "{told}");
    let told = refused(&["run", "--config", text(&two), "--data", text(&fresh), "--bureau", "320612"]);
    assert!(told.contains("bureau 320612 is none of those"), "{told}");
    let told = refused(&["run", "--data", text(&fresh), "--stages", "discovery"]);
    assert!(told.contains("the embedded journal lets one process in"), "{told}");
    assert!(!fresh.exists(), "a refused configuration left something behind");
}

#[test]
fn no_rules_and_no_time_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let file = folder.path().join("registry.jsonl");
    std::fs::write(&file, grant()).unwrap();
    ingest(&data, "registry", &file);
    drain(&data);
    let empty = folder.path().join("rules");
    std::fs::create_dir(&empty).unwrap();
    let config = settings(folder.path(), &format!("rules = {:?}\n", text(&empty)));
    let told = refused(&["run", "--config", text(&config), "--data", text(&data), "--drain", "--day", AS_OF]);
    assert!(told.contains("holds no rule"), "{told}");
    let told = refused(&["run", "--data", text(&data), "--drain", "--day", "2026-06-29"]);
    assert!(told.contains("the log has reached 2026-06-30"), "{told}");
    let told = refused(&["run", "--data", text(&data), "--drain", "--day", "2206-06-30"]);
    assert!(told.contains("more than a year"), "{told}");
    let told = refused(&["run", "--data", text(&folder.path().join("none"))]);
    assert!(
        told.contains("nobody can sign in without accounts") && !folder.path().join("none").exists(),
        "{told}"
    );
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let lines = folder.path().join("lines");
    std::fs::write(&lines, format!("{}\n{}", grant(), "x\n".repeat(30_000))).unwrap();
    let command = format!(
        "{} ingest --data {} --feed registry --json {} | head -1",
        env!("CARGO_BIN_EXE_sanzao"),
        text(&data),
        text(&lines)
    );
    let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("panicked") && !told.contains("error"), "{told}");
}

#[test]
fn another_key_is_refused_beside_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (data_dir(folder.path(), "data"), folder.path().join("grant"));
    std::fs::write(&file, grant()).unwrap();
    assert_eq!(ingest(&data, "registry", &file)["accepted"], 1);
    std::fs::write(data.join("pseudonym.key"), "a5".repeat(32)).unwrap();
    let told = refused(&["ingest", "--data", text(&data), "--feed", "registry", text(&file)]);
    assert!(told.contains("another pseudonym.key"), "{told}");
    std::fs::write(data.join("pseudonym.key"), "5a".repeat(32)).unwrap();
    assert_eq!(ingest(&data, "registry", &file)["duplicate"], 1);
}

#[test]
fn a_directory_shows_one_demonstration() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let demo =
        |seed| ["demo", "--data", text(&data), "--people", "300", "--months", "1", "--seed", seed, "--exit"];
    run(&demo("1"));
    run(&demo("1"));
    assert!(refused(&demo("2")).contains("name another --data"));
    let other = data_dir(folder.path(), "other");
    let file = folder.path().join("grant");
    std::fs::write(&file, grant()).unwrap();
    ingest(&other, "registry", &file);
    let told = refused(&["demo", "--data", text(&other), "--exit"]);
    assert!(told.contains("holds other data"), "{told}");
}

#[test]
fn verification_wants_the_parameters_that_were_used() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (data_dir(folder.path(), "data"), folder.path().join("grant"));
    std::fs::write(&file, grant()).unwrap();
    ingest(&data, "registry", &file);
    drain(&data);
    run(&["verify", "--data", text(&data)]);
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../discovery/parameters.toml");
    let changed = std::fs::read_to_string(shipped).unwrap().replace("value = 2_000_000", "value = 2_000_001");
    std::fs::write(folder.path().join("parameters.toml"), changed).unwrap();
    let parameters = folder.path().join("parameters.toml");
    let config =
        settings(folder.path(), &format!("data = {:?}\nparameters = {:?}\n", text(&data), text(&parameters)));
    let told = refused(&["verify", "--config", text(&config)]);
    assert!(told.contains("other rules or parameters"), "{told}");
}

#[test]
fn a_line_that_is_too_long_is_refused_and_the_rest_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (data_dir(folder.path(), "data"), folder.path().join("lines"));
    std::fs::write(&file, format!("{}\n{}\n", "x".repeat((50 << 20) + 1), grant())).unwrap();
    let told = run(&["ingest", "--data", text(&data), "--feed", "registry", "--json", text(&file)]);
    let lines: Vec<_> = told.lines().map(json).collect();
    assert_eq!((&lines[0]["line"], &lines[0]["code"]), (&json!(1), &json!("line.too-long")), "{told}");
    assert_eq!((&lines[1]["accepted"], &lines[1]["rejected"]), (&json!(1), &json!(1)), "{told}");
}

#[test]
fn a_damaged_read_model_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("readmodel.db");
    let pipeline_data = data_dir(folder.path(), "data");
    let config = Config { data: pipeline_data.clone(), ..Config::default() };
    let pipeline = Pipeline::open(&config, DataDir::create(&pipeline_data).unwrap()).unwrap();
    let work = pipeline.topics.work(pipeline.topics.bureaus()[0]);
    let open =
        || sanzao::stage::ProjectionStage::open(pipeline.journal.clone(), &file, work.clone()).map(drop);
    std::fs::write(&file, "x".repeat(9_000)).unwrap();
    open().unwrap();
    // Behind the first page, too.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[8_192..].fill(7);
    std::fs::write(&file, bytes).unwrap();
    open().unwrap();
    assert!(!std::fs::read(&file).unwrap()[8_192..].iter().all(|byte| *byte == 7));
}

#[test]
fn rules_that_find_the_same_are_verified_under_their_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (data_dir(folder.path(), "data"), folder.path().join("grant"));
    std::fs::write(&file, grant()).unwrap();
    ingest(&data, "registry", &file);
    drain(&data);
    let (shipped, rules) =
        (Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery/rules"), folder.path().join("rules"));
    std::fs::create_dir(&rules).unwrap();
    for entry in std::fs::read_dir(shipped).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap() + "-- the same\n";
        std::fs::write(rules.join(path.file_name().unwrap()), text).unwrap();
    }
    run(&["run", "--data", text(&data), "--drain", "--day", AS_OF, "--rules", text(&rules), "--json"]);
    run(&["verify", "--data", text(&data), "--rules", text(&rules)]);
    assert!(refused(&["verify", "--data", text(&data)]).contains("other rules or parameters"));
}
