//! The same files in any order of lines and feeds, twice or once, give the same findings byte for byte.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use support::*;

const PEOPLE: u32 = 1_500;

#[test]
fn shuffled_files_give_the_same_findings() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), PEOPLE, 7);
    let straight = data_dir(folder.path(), "straight");
    ingest_all(&straight, &district, &FEEDS);
    let expected = findings(&straight);
    assert!(expected.lines().count() > 100, "too little is found to compare");

    for seed in [11, 12, 13] {
        let mut numbers = Numbers(seed);
        let data = data_dir(folder.path(), &format!("shuffled-{seed}"));
        let mut feeds = FEEDS;
        numbers.shuffle(&mut feeds);
        for feed in feeds {
            let lines = std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap();
            let mut lines: Vec<&str> = lines.lines().collect();
            numbers.shuffle(&mut lines);
            // In several pieces: other feeds' facts come in between.
            let file = folder.path().join("shuffled.jsonl");
            std::fs::write(&file, lines.join("\n")).unwrap();
            ingest(&data, feed, &file);
        }
        assert!(findings(&data) == expected, "seed {seed}: another order gave other findings");
    }
}

#[test]
fn the_same_files_again_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), PEOPLE, 8);
    let data = data_dir(folder.path(), "data");
    let first = ingest_all(&data, &district, &FEEDS);
    let (found, work) = (findings(&data), drain(&data));
    assert!(work["open"].as_u64().unwrap() > 50, "{work}");

    let second = ingest_all(&data, &district, &FEEDS);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(second["accepted"], 0, "{second}");
        assert_eq!(second["rejected"], first["rejected"]);
        let seen = first["accepted"].as_u64().unwrap() + first["duplicate"].as_u64().unwrap();
        assert_eq!(second["duplicate"], seen);
    }
    assert!(findings(&data) == found);
    let again = drain(&data);
    for state in ["open", "claimed", "closed", "withdrawn", "planned", "due", "overdue", "done", "missed"] {
        assert_eq!(again[state], work[state], "{state}");
    }
    run(&["verify", "--data", text(&data)]);
}

#[test]
fn rejections_name_line_code_and_place_and_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let file = folder.path().join("police.jsonl");
    let event = |number: &str, extra: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"e-{number}","source":"/320614/police","type":"police.missing.reported.v1","time":"2026-01-02T10:00:00+08:00","data":{{"person":{{"id_number":"{number}","name":"测试"}}{extra},"on":"2026-01-02"}}}}"#
        )
    };
    let lines = [
        event("11010519491231002X", ""),
        event("110105194912310021", ""),
        String::new(),
        "{".to_owned(),
        event("11010519491231002x", r#","onn":"2026-01-02""#),
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    let output = run(&["ingest", "--data", text(&data), "--feed", "police", "--json", text(&file)]);
    let lines: Vec<serde_json::Value> = output.lines().map(json).collect();
    let rejected: Vec<_> =
        lines[..3].iter().map(|line| (line["line"].clone(), line["code"].clone())).collect();
    assert_eq!(rejected[0], (2.into(), "id_number.check".into()));
    assert_eq!(lines[0]["pointer"], "/data/person/id_number");
    assert_eq!(rejected[1].0, 4);
    assert_eq!(rejected[2], (5.into(), "field.unknown".into()));
    assert_eq!((&lines[3]["accepted"], &lines[3]["rejected"]), (&1.into(), &3.into()));
    assert!(!output.contains("110105") && !output.contains("测试"), "{output}");
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let empty = text(folder.path()).to_owned();
    for (arguments, expected) in [
        (vec!["findings", "--data", &empty, "--as-of", AS_OF], "holds no journal"),
        (
            vec!["ingest", "--data", &empty, "--feed", "police", "/nonexistent.jsonl"],
            "cannot read /nonexistent.jsonl",
        ),
        (vec!["ingest", "--data", &empty, "--feed", "polize", "x"], "expected one of police"),
        (vec!["findings", "--data", &empty, "--as-of", "2026-13-01"], "YYYY-MM-DD"),
        (vec!["run", "--config", "/nonexistent.toml"], "cannot read the configuration"),
    ] {
        let output = sanzao().args(&arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && message.contains(expected), "{arguments:?}: {message}");
    }
}
