//! Back-tests on the real binary: what they count is what `sanzao findings` lists on the same days with each set.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::datatypes::UInt32Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use support::*;

const DAYS: [&str; 4] = ["2026-06-09", "2026-06-16", "2026-06-23", "2026-06-30"];
const CHANGED: &str = "high-yearly-self-pay";

fn discovery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery")
}

/// A folder with a copy of the built-in rules, and of the parameters if `parameters` changes them.
fn draft(folder: &Path, parameters: impl Fn(String) -> String) -> PathBuf {
    let rules = folder.join("draft/rules");
    std::fs::create_dir_all(&rules).unwrap();
    for entry in std::fs::read_dir(discovery().join("rules")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, rules.join(path.file_name().unwrap())).unwrap();
    }
    let text = std::fs::read_to_string(discovery().join("parameters.toml")).unwrap();
    let changed = parameters(text.clone());
    if changed != text {
        std::fs::write(folder.join("draft/parameters.toml"), changed).unwrap();
    }
    rules
}

fn same(text: String) -> String {
    text
}

/// A quarter of the threshold of a rule.
fn lower_threshold(text: String) -> String {
    let changed = text.replacen(
        "name = \"high_self_pay_fen\"\nvalue = 2_000_000",
        "name = \"high_self_pay_fen\"\nvalue = 500_000",
        1,
    );
    assert_ne!(changed, text, "parameters.toml is written otherwise");
    changed
}

fn people(folder: &Path) -> PathBuf {
    let data = data_dir(folder, "data");
    ingest_all(&data, &district(folder, 1_500, 7), &FEEDS);
    data
}

fn fails(arguments: &[&str]) -> String {
    let output = sanzao().args(arguments).output().unwrap();
    assert!(!output.status.success(), "sanzao {arguments:?} should fail");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Rule, subject and occasion with the values, as `sanzao findings` lists them.
type Found = BTreeMap<(String, String, String), Value>;

fn listed(data: &Path, day: &str, config: &Path) -> Found {
    let lines = run(&["findings", "--data", text(data), "--as-of", day, "--config", text(config)]);
    let line = |line: &str| {
        let line = json(line);
        let field = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let subject = format!("{}{}", field("person_id"), field("household_id"));
        ((field("rule"), subject, field("occasion")), line["values"].clone())
    };
    lines.lines().map(line).collect()
}

/// What the counts of a rule must be, by the lists of each day.
fn counts(rule: &str, current: &[Found], draft: &[Found]) -> Value {
    let keys =
        |found: &Found| -> BTreeSet<_> { found.keys().filter(|(of, ..)| of == rule).cloned().collect() };
    let of = |lists: &[Found]| {
        let days: Vec<_> = lists.iter().map(keys).collect();
        let opened: usize = days.windows(2).map(|pair| pair[1].difference(&pair[0]).count()).sum();
        let gone: usize = days.windows(2).map(|pair| pair[0].difference(&pair[1]).count()).sum();
        let found: BTreeSet<_> = days.iter().flatten().cloned().collect();
        (days, opened, gone, found)
    };
    let (days, opened, gone, found) = of(current);
    let (draft_days, draft_opened, draft_gone, draft_found) = of(draft);
    let mut other_values = BTreeSet::new();
    for (one, other) in current.iter().zip(draft) {
        let differs =
            |key: &&(String, String, String)| other.get(*key).is_some_and(|values| *values != one[*key]);
        other_values.extend(one.keys().filter(|key| key.0 == rule).filter(differs).cloned());
    }
    let pair = |current: usize, draft: usize| json!({"current": current, "draft": draft});
    let last = (days.last().unwrap(), draft_days.last().unwrap());
    json!({
        "at_start": pair(days[0].len(), draft_days[0].len()), "at_end": pair(last.0.len(), last.1.len()),
        "found": pair(found.len(), draft_found.len()), "opened": pair(opened, draft_opened),
        "gone": pair(gone, draft_gone), "only_draft": draft_found.difference(&found).count(),
        "only_current": found.difference(&draft_found).count(), "other_values": other_values.len(),
        "opens_at_once": last.1.difference(last.0).count(), "withdrawn_at_once": last.0.difference(last.1).count(),
    })
}

/// A configuration with the rules and parameters of the draft.
fn configuration(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The numbers of the cells of a table's row.
fn cells(page: &str, mark: &str) -> Vec<String> {
    let row = page.lines().find(|line| line.contains(mark)).unwrap_or_else(|| panic!("no row {mark}"));
    row.split("<td>").skip(1).map(|cell| cell.split('<').next().unwrap().to_owned()).collect()
}

#[test]
fn it_counts_what_findings_lists_on_each_day() {
    let folder = tempfile::tempdir().unwrap();
    let data = people(folder.path());
    let rules = draft(folder.path(), lower_threshold);
    // One rule is left out, and one asks for more.
    std::fs::remove_file(rules.join("orphan.sql")).unwrap();
    let path = rules.join("deceased-recipient.sql");
    let stricter = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        stricter.replace("GROUP BY d.person", "WHERE b.program <> 'old-age-allowance'\nGROUP BY d.person"),
    )
    .unwrap();
    let out = folder.path().join("out");
    let report = json(&run(&[
        "backtest",
        "--data",
        text(&data),
        "--rules",
        text(&rules),
        "--from",
        DAYS[0],
        "--to",
        DAYS[3],
        "--caseworkers",
        "4",
        "--out",
        text(&out),
        "--json",
    ]));
    assert_eq!(report["days"], json!(DAYS));

    let built_in = configuration(folder.path(), "current.toml", "");
    let drafted =
        format!("rules = {:?}\nparameters = {:?}\n", rules, folder.path().join("draft/parameters.toml"));
    let drafted = configuration(folder.path(), "draft.toml", &drafted);
    let lists = |config: &Path| DAYS.map(|day| listed(&data, day, config));
    let (current, draft) = (lists(&built_in), lists(&drafted));

    let rules = report["rules"].as_array().unwrap();
    assert!(rules.len() >= 30);
    for rule in rules {
        let id = rule["rule"].as_str().unwrap();
        assert_eq!(rule["counts"], counts(id, &current, &draft), "{id}");
        let expected = match id {
            "orphan" => "removed",
            "deceased-recipient" => "changed",
            _ => "unchanged",
        };
        assert_eq!(rule["status"], expected, "{id}");
        let towns = rule["towns"].as_object().unwrap().values();
        let sum: u64 = towns.map(|counts| counts["opened"]["draft"].as_u64().unwrap()).sum();
        assert_eq!(rule["counts"]["opened"]["draft"], sum, "towns of {id} together");
    }
    let of = |id: &str| &rules.iter().find(|rule| rule["rule"] == id).unwrap()["counts"];
    assert!(
        of(CHANGED)["only_draft"].as_u64() > Some(0),
        "the lower threshold finds nobody: {}",
        of(CHANGED)
    );
    assert!(of("deceased-recipient")["only_current"].as_u64() > Some(0), "the stricter rule loses nobody");
    assert_eq!(
        report["parameters"][0],
        json!({"name": "high_self_pay_fen", "current": "2000000", "draft": "500000"})
    );
    weeks_add_up(&report);
    what_is_written_says_the_same(&out, &report);
    changes_are_those_that_differ(&out, &report);
}

fn weeks_add_up(report: &Value) {
    let weeks = report["weeks"].as_array().unwrap();
    assert_eq!(weeks.len(), 3);
    let opened = |week: &Value, kind: &str| week[kind]["draft"].as_u64().unwrap();
    let sum: u64 = weeks.iter().map(|week| opened(week, "alerts") + opened(week, "tasks")).sum();
    assert_eq!(report["total"]["opened"]["draft"], sum);
    assert!(sum > 0, "nothing opened in three weeks");
    let each = report["per_caseworker_week"]["draft"].as_f64().unwrap();
    assert!((each - sum as f64 / 3.0 / 4.0).abs() < 1e-9, "{each}");
}

fn what_is_written_says_the_same(out: &Path, report: &Value) {
    let written = std::fs::read_to_string(out.join("backtest.json")).unwrap();
    assert_eq!(json(&written), *report);
    let page = std::fs::read_to_string(out.join("backtest.html")).unwrap();
    for rule in report["rules"].as_array().unwrap() {
        let cells = cells(&page, &format!("data-rule={}", rule["rule"]));
        let counts = &rule["counts"];
        let pair = |name: &str| format!("{} → {}", counts[name]["current"], counts[name]["draft"]);
        assert_eq!(cells[0..2], [pair("at_start"), pair("at_end")], "{}", rule["rule"]);
        assert_eq!(
            cells[2..4],
            [format!("+{}", counts["only_draft"]), format!("−{}", counts["only_current"])]
        );
        assert_eq!(cells[5..7], [pair("opened"), pair("gone")]);
    }
    for town in report["towns"].as_array().unwrap() {
        let counts = &town["counts"]["opened"];
        let expected = format!("{} → {}", counts["current"], counts["draft"]);
        assert_eq!(cells(&page, &format!("data-town={}", town["town"]))[5], expected);
    }
    assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
}

fn changes_are_those_that_differ(out: &Path, report: &Value) {
    let file = std::fs::File::open(out.join("changes.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let mut only: BTreeMap<(String, bool, bool), u64> = BTreeMap::new();
    for batch in reader {
        let batch = batch.unwrap();
        let column = |name: &str| batch.column_by_name(name).unwrap();
        for row in 0..batch.num_rows() {
            let text = |name: &str| column(name).as_string::<i32>().value(row).to_owned();
            let flag = |name: &str| column(name).as_boolean().value(row);
            let days = |name: &str| column(name).as_primitive::<UInt32Type>().value(row);
            assert!(["person", "household"].contains(&text("subject_kind").as_str()));
            assert_eq!(text("subject_id").len(), 32, "a pseudonym");
            assert!(flag("other_values") || days("days_current") != days("days_draft"));
            assert_eq!(flag("in_draft"), days("days_draft") > 0);
            *only.entry((text("rule"), flag("in_current"), flag("in_draft"))).or_default() += 1;
        }
    }
    for rule in report["rules"].as_array().unwrap() {
        let id = rule["rule"].as_str().unwrap().to_owned();
        let count = |current, draft| json!(only.get(&(id.clone(), current, draft)).copied().unwrap_or(0));
        assert_eq!(count(false, true), rule["counts"]["only_draft"], "{id}");
        assert_eq!(count(true, false), rule["counts"]["only_current"], "{id}");
    }
    assert!(only.len() >= 2, "{only:?}");
}

#[test]
fn the_same_draft_makes_no_difference_and_a_failing_rule_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let data = people(folder.path());
    let rules = draft(folder.path(), same);
    let arguments = [
        "backtest",
        "--data",
        text(&data),
        "--rules",
        text(&rules),
        "--from",
        "2026-06-29",
        "--to",
        DAYS[3],
        "--every",
        "day",
    ];
    let told = run(&arguments);
    assert!(told.contains("NO DIFFERENCE") && told.contains("2 days evaluated"), "{told}");
    assert!(told.contains("with what is known now"));

    // Division by zero as soon as there is a row.
    let path = rules.join("deceased-recipient.sql");
    let good = std::fs::read_to_string(&path).unwrap();
    let fails = "WHERE 1 / (length(b.program) - length(b.program)) > 0\nGROUP BY d.person";
    std::fs::write(&path, good.replace("GROUP BY d.person", fails)).unwrap();
    let told = run(&arguments);
    assert!(
        told.contains("UNKNOWN, not none: deceased-recipient failed in the draft set on 2 of 2 days"),
        "{told}"
    );
    assert!(told.contains("SOME RULES FAILED") && !told.contains("NO DIFFERENCE"));
}

#[test]
fn what_cannot_be_run_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let rules = draft(folder.path(), same);
    let (data, rules) = (text(&data), text(&rules));
    let told = |more: &[&str]| fails(&[&["backtest", "--data", data, "--rules", rules], more].concat());
    assert!(told(&[]).contains("holds no journal"));
    std::fs::write(folder.path().join("none.jsonl"), "").unwrap();
    run(&["ingest", "--data", data, "--feed", "police", text(&folder.path().join("none.jsonl"))]);
    assert!(told(&[]).contains("the log holds no events yet"));
    let event = json!({"specversion": "1.0", "id": "1", "source": "/320614/health", "type": "health.stay.admitted.v1",
        "time": "2026-06-01T09:00:00+08:00", "data": {"person": {"id_number": "FRA320612345678", "name": "王一"},
        "facility": "F1", "on": "2026-06-01"}});
    let file = folder.path().join("one.jsonl");
    std::fs::write(&file, format!("{event}\n")).unwrap();
    run(&["ingest", "--data", data, "--feed", "health", text(&file)]);
    assert!(told(&["--from", "2026-06-02", "--to", "2026-06-01"]).contains("exchange them"));
    assert!(told(&["--to", "2999-01-01"]).contains("in the future"));
    assert!(told(&["--caseworkers", "several"]).contains("neither a number nor a file"));
    assert!(told(&["--out", text(&file)]).contains("cannot make the folder"));
    let missing = fails(&["backtest", "--data", data, "--rules", "/nowhere/at/all"]);
    assert!(missing.contains("/nowhere/at/all") && missing.contains("No such file"), "{missing}");
    // A draft with a fault is not run; the way to see it is told.
    let path = Path::new(rules).join("orphan.sql");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, good.replace("p.living", "p.lives")).unwrap();
    let faulty = told(&[]);
    assert!(faulty.contains("sanzao rules check") && faulty.contains("orphan.sql:"), "{faulty}");
}
