//! Tables through the real binary: previews, all or nothing, interruptions, and files that are not what they should be.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sanzao_journal::{EmbeddedJournal, Journal, Stream, Topic};
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;

const ALLOWANCES: &str = r#"
feed = "registry"
bureau = "320614"
id = "allowance-{编号}"
time = { constant = "2026-06-30" }
ignore = ["说明"]
[[event]]
type = "benefit.granted"
[event.fields]
benefit_id = "编号"
program = { constant = "old-age-allowance" }
"person.id_number" = "身份证号"
"person.name" = "姓名"
monthly_amount = { column = "金额", as = "number" }
on = { column = "日期", as = "date" }
"#;
/// Every so many rows there is one that the mapping refuses, and one that intake refuses.
const WRONG_EVERY: usize = 4_000;

fn number(index: usize) -> String {
    let (year, month, day) = (1930 + index / 100_000, 1 + index / 27_000 % 12, 1 + index / 1_000 % 27);
    let first_17 = format!("320614{year}{month:02}{day:02}{:03}", index % 1_000);
    format!("{first_17}{}", check_character(&first_17))
}

fn allowances(rows: usize) -> String {
    let mut text = String::from("编号,身份证号,姓名,金额,日期,说明\n");
    for index in 0..rows {
        let date = if index % WRONG_EVERY == 7 { "2026-02-30" } else { "2026-01-01" };
        let amount = if index % WRONG_EVERY == 9 { "-60" } else { "60" };
        let (number, note) = (number(index), "x".repeat(index % 20));
        writeln!(text, "ZL{index:06},{number},王某某,{amount},{date},{note}").unwrap();
    }
    text
}

struct Bench {
    folder: tempfile::TempDir,
    mapping: PathBuf,
    table: PathBuf,
}

fn bench(table: &[u8]) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (mapping, path) = (folder.path().join("allowances.toml"), folder.path().join("allowances.csv"));
    std::fs::write(&mapping, ALLOWANCES).unwrap();
    std::fs::write(&path, table).unwrap();
    Bench { folder, mapping, table: path }
}

impl Bench {
    fn arguments<'a>(&'a self, data: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec![
            "ingest",
            "--data",
            text(data),
            "--feed",
            "registry",
            "--mapping",
            text(&self.mapping),
            "--json",
        ];
        all.extend(more);
        all.push(text(&self.table));
        all
    }

    /// Exit code, lines of standard output, and standard error.
    fn ingest(&self, data: &Path, more: &[&str]) -> (i32, Vec<Value>, String) {
        told(&self.arguments(data, more))
    }
}

fn told(arguments: &[&str]) -> (i32, Vec<Value>, String) {
    let output = sanzao().args(arguments).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().map(json).collect();
    (output.status.code().unwrap(), lines, String::from_utf8(output.stderr).unwrap())
}

/// Records in the registry's feed.
fn events_in(data: &Path) -> u64 {
    let journal = EmbeddedJournal::open(data, || 0).unwrap();
    journal.end(&Stream::new(Topic::new("feed.registry").unwrap(), 0)).unwrap()
}

/// The report without what tells one run from another.
fn report(lines: &[Value]) -> Vec<Value> {
    let mut lines = lines.to_vec();
    lines.iter_mut().filter_map(Value::as_object_mut).for_each(|line| {
        line.remove("resumed");
        line.remove("notes");
    });
    lines
}

/// Starts it, and kills it with -9 when its log has grown by so many bytes; false if it ended before. An append takes
/// about 4.5 MiB of the log, and whoever closes it properly takes it away.
fn kill_when_grown(arguments: &[&str], data: &Path, bytes: u64) -> bool {
    let log = data.join("journal.db-wal");
    let size = || log.metadata().map_or(0, |about| about.len());
    let before = size();
    let mut child = sanzao().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if size() >= before + bytes {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::yield_now();
    }
}

#[test]
fn killed_in_the_middle_it_goes_on_there() {
    const ROWS: usize = 120_000;
    let bench = bench(allowances(ROWS).as_bytes());
    let calm = data_dir(bench.folder.path(), "calm");
    let (code, expected, _) = bench.ingest(&calm, &[]);
    let totals = expected.last().unwrap();
    assert_eq!((code, &totals["resumed"], &totals["rejected"]), (0, &json!([]), &json!(60)), "{totals}");
    let events = events_in(&calm);
    assert_eq!(events, ROWS as u64 - 30, "what the mapping refuses is no event");

    let data = data_dir(bench.folder.path(), "killed");
    let mut reached = vec![0];
    for _ in 0..2 {
        assert!(
            kill_when_grown(&bench.arguments(&data, &[]), &data, 6 << 20),
            "it ended before it was killed"
        );
        reached.push(events_in(&data));
    }
    assert!(
        reached.windows(2).all(|pair| pair[0] < pair[1]) && reached[2] < events,
        "{reached:?} of {events}"
    );
    assert_ne!(drain(&data)["open_loads"], json!([]), "half of it may raise alerts");
    let (code, found, _) = bench.ingest(&data, &[]);
    let totals = found.last().unwrap();
    assert_eq!(code, 0);
    let line = totals["resumed"][0]["line"].as_u64().unwrap();
    // One line is the headings; some before it made no event.
    assert!(
        line > reached[2] + 1 && line < reached[2] + 20,
        "resumed at line {line} after {} events",
        reached[2]
    );
    assert_eq!(events_in(&data), events, "events were appended twice");
    assert_eq!(report(&found), report(&expected), "another report than without an interruption");
    assert_eq!(drain(&data)["open_loads"], json!([]));

    // It has ended: the same again is looked at again.
    let (_, again, _) = bench.ingest(&data, &[]);
    let totals = again.last().unwrap();
    assert_eq!((&totals["accepted"], &totals["resumed"]), (&json!(0), &json!([])), "{totals}");
    assert_eq!(totals["duplicate"], json!(events - 30));
}

#[test]
fn a_file_that_changed_since_is_taken_anew_and_said_so() {
    const ROWS: usize = 30_000;
    let bench = bench(allowances(ROWS).as_bytes());
    let data = data_dir(bench.folder.path(), "data");
    assert!(kill_when_grown(&bench.arguments(&data, &[]), &data, 6 << 20));
    let before = events_in(&data);
    std::fs::write(&bench.table, allowances(ROWS + 1)).unwrap();
    let (code, found, _) = bench.ingest(&data, &[]);
    let totals = found.last().unwrap();
    assert!(totals["notes"].to_string().contains("has changed since"), "{totals}");
    assert_eq!((code, &totals["resumed"], &totals["lines"]), (0, &json!([]), &json!(ROWS + 1)));
    // What was there is there still, and counts once.
    assert_eq!(totals["duplicate"].as_u64().unwrap(), before - before.div_ceil(WRONG_EVERY as u64));
    assert_eq!(drain(&data)["open_loads"], json!([]));
}

#[test]
fn a_full_disk_is_said_and_costs_time_only() {
    let bench = bench(allowances(60_000).as_bytes());
    let data = data_dir(bench.folder.path(), "data");
    // No file may grow beyond 12 MiB.
    let arguments: Vec<String> =
        bench.arguments(&data, &[]).iter().map(|argument| format!("'{argument}'")).collect();
    let limited = format!(
        "trap '' XFSZ; ulimit -f 24576; exec {} {}",
        env!("CARGO_BIN_EXE_sanzao"),
        arguments.join(" ")
    );
    let output = std::process::Command::new("sh").args(["-c", &limited]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("stays open") && error.contains("run the same ingest again"), "{error}");
    let before = events_in(&data);
    assert!(before > 0, "nothing was appended before the disk was full");
    let (code, found, _) = bench.ingest(&data, &[]);
    let totals = found.last().unwrap();
    assert_eq!((code, &totals["duplicate"]), (0, &json!(0)), "{totals}");
    assert!(totals["resumed"][0]["line"].as_u64().unwrap() > before);
    assert_eq!(drain(&data)["open_loads"], json!([]));
}

#[test]
fn a_preview_takes_nothing_and_names_nobody() {
    let bench = bench(allowances(12).as_bytes());
    let data = bench.folder.path().join("none");
    let output = sanzao().args(bench.arguments(&data, &["--preview=2"])).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(!data.exists(), "a preview made a data directory");
    assert!(!shown.contains("王某") && !shown.contains("3206141930"), "{shown}");
    let lines: Vec<Value> = shown.lines().map(json).collect();
    let person = &lines[0]["event"]["data"]["person"];
    assert_eq!(
        (&person["name"], &person["id_number"]),
        (&json!("王**"), &json!(format!("****{}", &number(0)[14..])))
    );
    assert_eq!(
        (&lines[2]["line"], &lines[2]["code"], &lines[2]["column"]),
        (&json!(9), &json!("cell.date"), &json!("日期"))
    );
    assert_eq!(
        (&lines[3]["line"], &lines[3]["code"], &lines[3]["column"]),
        (&json!(11), &json!("money.negative"), &json!("金额"))
    );
    let totals = &lines[4];
    assert_eq!(
        (&totals["accepted"], &totals["rejected"], &totals["preview"]),
        (&json!(10), &json!(2), &json!(true))
    );
    // Without a data directory, and with nothing wrong.
    std::fs::write(&bench.table, allowances(5)).unwrap();
    let arguments =
        ["ingest", "--feed", "registry", "--mapping", text(&bench.mapping), "--preview", text(&bench.table)];
    assert!(run(&arguments).contains("this was a preview"));
}

#[test]
fn strict_is_all_or_nothing() {
    let bench = bench(allowances(12).as_bytes());
    let data = data_dir(bench.folder.path(), "data");
    let (code, lines, _) = bench.ingest(&data, &["--strict"]);
    assert_eq!((code, lines.len(), events_in(&data)), (1, 3, 0), "{lines:?}");
    assert_eq!(lines[2]["taken"], json!(false), "whatever it counts");
    assert_eq!(drain(&data)["open_loads"], json!([]));
    let (code, lines, _) = bench.ingest(&data, &["--fail-on-refused"]);
    assert_eq!((code, &lines[2]["accepted"], events_in(&data)), (3, &json!(10), 11), "{lines:?}");
    std::fs::write(&bench.table, allowances(5)).unwrap();
    let (code, lines, _) = bench.ingest(&data, &["--strict"]);
    assert_eq!((code, &lines[0]["duplicate"]), (0, &json!(5)));
}

#[test]
fn what_is_wrong_with_a_file_or_mapping_is_said_before_anything_is_taken() {
    let bench = bench(allowances(3).as_bytes());
    let data = bench.folder.path().join("none");
    let fails = |more: &[&str], what: &str| {
        let (code, lines, error) = bench.ingest(&data, more);
        assert!(code == 1 && lines.is_empty() && error.contains(what), "{what}: {code} {lines:?} {error}");
        assert!(!error.contains("王某"), "{error}");
        assert!(!data.exists(), "{what}: a data directory was made");
    };
    fails(&["--time", "2026-06-30"], "leave out --time");
    fails(&["--format", "jsonl"], "leave out --mapping");
    fails(&["--format", "xlsx"], "is no XLSX");
    fails(&["--encoding", "gb18030"], "holds none of the mapping's headings");
    let good = std::fs::read(&bench.table).unwrap();
    std::fs::write(&bench.table, [&good[..], b"ZL9,\"1"].concat()).unwrap();
    fails(&[], "never closed");
    std::fs::write(&bench.table, allowances(3).replace("说明", "备注")).unwrap();
    fails(&[], "lists under `ignore`: \"备注\"");
    std::fs::write(&bench.table, &good).unwrap();
    std::fs::write(&bench.mapping, ALLOWANCES.replace("as = \"date\"", "as = \"day\"")).unwrap();
    fails(&[], "allowances.toml: line 15");
    std::fs::write(&bench.mapping, ALLOWANCES.replace("\"registry\"", "\"police\"")).unwrap();
    fails(&[], "is of --feed police");
    let arguments = ["ingest", "--data", text(&data), "--feed", "registry", text(&bench.table)];
    assert!(told(&arguments).2.contains("schemas/mappings"), "a table needs a mapping");
    let pipe = ["ingest", "--data", text(&data), "--feed", "registry", "--sheet", "x", "-"];
    assert!(told(&pipe).2.contains("--sheet goes with --mapping"));
    assert!(!data.exists());
}

#[test]
fn a_file_cut_off_in_its_last_line_is_said_so() {
    let table = allowances(3);
    let bench = bench(&table.as_bytes()[..table.len() - 12]);
    let data = data_dir(bench.folder.path(), "data");
    let (code, lines, _) = bench.ingest(&data, &[]);
    let totals = lines.last().unwrap();
    assert_eq!((code, &totals["accepted"], &totals["rejected"]), (0, &json!(2), &json!(1)));
    assert!(totals["notes"].to_string().contains("line 4, the last, has no end"), "{totals}");
    // In its last cell, which nobody can see.
    std::fs::write(&bench.table, &table.as_bytes()[..table.len() - 1]).unwrap();
    let (_, lines, _) = bench.ingest(&data, &[]);
    assert!(
        lines.last().unwrap()["notes"].to_string().contains("line 4, the last, has no end: if"),
        "{lines:?}"
    );
    let lines = bench.folder.path().join("cut.jsonl");
    std::fs::write(&lines, "{}\n{\"specversion\":\"1.").unwrap();
    let (_, told, _) = told(&["ingest", "--data", text(&data), "--feed", "registry", "--json", text(&lines)]);
    assert!(told.last().unwrap()["notes"].to_string().contains("line 2, the last, has no end"), "{told:?}");
}

#[test]
fn samples_of_the_mappings_are_taken_in_every_form() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/mappings");
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let ingest = |feed: &str, name: &str, ending: &str| {
        let (mapping, sample) =
            (shipped.join(format!("{name}.toml")), shipped.join(format!("samples/{name}.{ending}")));
        let arguments = [
            "ingest",
            "--data",
            text(&data),
            "--feed",
            feed,
            "--mapping",
            text(&mapping),
            "--json",
            text(&sample),
        ];
        json(run(&arguments).lines().last().unwrap())
    };
    let workbook = ingest("registry", "registry-benefit.granted", "xlsx");
    assert_eq!((&workbook["accepted"], &workbook["skipped"]), (&json!(2), &json!(1)), "{workbook}");
    // The same list in another form names the same events.
    let csv = ingest("registry", "registry-benefit.granted", "csv");
    assert_eq!((&csv["accepted"], &csv["duplicate"]), (&json!(0), &json!(2)), "{csv}");
    let gb = ingest("health", "health-death.certified", "csv");
    assert_eq!(gb["accepted"], 1);
    assert!(gb["notes"].to_string().contains("GB 18030"), "{gb}");
}

#[test]
fn a_pipe_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let mut child = sanzao()
        .args(["ingest", "--data", text(&data), "--feed", "registry", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("\u{feff}x\r\n\ny".as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told: Vec<Value> = String::from_utf8(output.stdout).unwrap().lines().map(json).collect();
    let totals = told.last().unwrap();
    assert_eq!((&totals["lines"], &totals["rejected"]), (&json!(2), &json!(2)), "{totals}");
}
