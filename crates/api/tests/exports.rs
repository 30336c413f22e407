//! Lists of work as files.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, UInt32Type};
use axum::body::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use platform::{Answer, Platform, level};
use sanzao_audit::{Action, Entry};
use sanzao_model::{Feed, Identity, Level, LevelState, PersonId, Procedure, Sensitivity};
use sanzao_vault::Stated;
use serde_json::Value;

fn get(platform: &Platform, bearer: &str, path: &str) -> Answer {
    platform.send("GET", path, &[("authorization", bearer)], None)
}

/// The rows of a CSV without line breaks and quotes in cells.
fn rows(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = answer.text.strip_prefix('\u{feff}').expect("a byte order mark");
    let lines = text.split_terminator("\r\n");
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

fn batch(answer: &Answer) -> RecordBatch {
    assert_eq!(answer.status, 200, "{answer:?}");
    let file = Bytes::from(answer.bytes.clone());
    let mut reader =
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().with_batch_size(100_000).build().unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert!(reader.next().is_none());
    batch
}

fn texts<'a>(batch: &'a RecordBatch, column: &str) -> Vec<Option<&'a str>> {
    batch.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
}

fn exports(platform: &Platform) -> Vec<Entry> {
    platform.stages.audit().into_iter().filter(|entry| entry.action == Action::Export).collect()
}

/// All items of a list, by its pages.
fn listed(platform: &Platform, bearer: &str, path: &str) -> Vec<Value> {
    let page = get(platform, bearer, &format!("{path}limit=500")).json();
    assert_eq!(page["next"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

fn know(platform: &Platform, offset: u64, person: PersonId, name: &str) {
    let identity = Identity {
        person,
        feed: Feed::Police,
        time: "2025-01-01T00:00:00Z".parse().unwrap(),
        number: "11010519491231002X".into(),
        name: Some(name.into()),
        phone: None,
        address: None,
    };
    let stated = [Stated { partition: 0, offset, identities: std::slice::from_ref(&identity) }];
    let mut fill = |bytes: &mut [u8]| platform::accounts::fill(bytes).map_err(|_| sanzao_vault::NoRandomness);
    platform.stages.vault(|vault| vault.keep(&stated, &mut fill).unwrap());
}

#[test]
fn a_file_holds_what_the_list_shows_and_stands_on_record_before() {
    let platform = Platform::with_work();
    let chen = platform.bearer("chen");
    assert_eq!(platform.claim(&format!("/v1/alerts/{}", platform.alert()), "k").status, 200);
    for filter in
        ["", "division=320614100&state=open&", "worker=operator&", "rule=deceased-recipient&", "rule=none&"]
    {
        let expected = listed(&platform, &chen, &format!("/v1/alerts?{filter}"));
        let csv = get(&platform, &chen, &format!("/v1/alerts/export?{filter}format=csv"));
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"alerts.csv\"");
        let rows = rows(&csv);
        assert_eq!(rows.len(), expected.len() + 1, "{filter}");
        assert_eq!(rows[0][..3], ["编号", "规则", "规则版本"]);
        let answer = get(&platform, &chen, &format!("/v1/alerts/export?{filter}format=parquet"));
        assert_eq!(answer.header("content-type"), "application/vnd.apache.parquet");
        let batch = if expected.is_empty() { continue } else { batch(&answer) };
        assert_eq!((batch.num_rows(), batch.num_columns()), (expected.len(), rows[0].len()));
        let (due, episode) = (batch.column_by_name("due").unwrap(), batch.column_by_name("episode").unwrap());
        let (due, episode) = (due.as_primitive::<Date32Type>(), episode.as_primitive::<UInt32Type>());
        for (at, item) in expected.iter().enumerate() {
            for (column, name) in
                [(0, "id"), (1, "rule"), (3, "procedure"), (4, "title"), (6, "state"), (12, "why")]
            {
                assert_eq!(texts(&batch, name)[at].unwrap(), item[name], "{name}");
                assert_eq!(rows[at + 1][column], item[name].as_str().unwrap(), "{name}");
            }
            let day = sanzao_model::Day(due.value(at)).to_string();
            assert_eq!(
                (day.as_str(), rows[at + 1][13].as_str()),
                (item["due"].as_str().unwrap(), day.as_str())
            );
            assert_eq!(episode.value(at), item["episode"]);
            assert_eq!(texts(&batch, "worker")[at], item["state_details"]["by"].as_str());
            assert_eq!(texts(&batch, "subject")[at], item["subject"]["id"].as_str());
        }
    }
    let record = exports(&platform);
    assert_eq!(record.len(), 10);
    let details = |entry: &Entry, name: &str| entry.details.get(name).cloned();
    assert_eq!(details(&record[0], "count").unwrap(), "30");
    // Five people have two alerts.
    assert_eq!(record[0].subjects.len(), 25);
    assert_eq!(record[2].details["division"], "320614100");
    assert_eq!((record[2].details["state"].as_str(), record[2].details["list"].as_str()), ("open", "alerts"));
    assert_eq!((record[3].details["format"].as_str(), details(&record[3], "rule")), ("parquet", None));
    let tasks = get(&platform, &chen, "/v1/tasks/export?format=csv");
    assert_eq!(rows(&tasks).len(), 13);
    // Without a record there is no file.
    let reason = "the disk is full".to_owned();
    let away = sanzao_api::BackendError::Unavailable { reason, retry_after_seconds: 5 };
    platform.stages.fail_audit(Some(away));
    get(&platform, &chen, "/v1/tasks/export?format=csv").is_problem(503, "unavailable");
}

#[test]
fn what_is_sensitive_is_neutral_people_are_masked_and_no_cell_is_a_formula() {
    let platform = Platform::start();
    let chen = platform.bearer("chen");
    let mut sensitive = level("minor-unprotected", Procedure::Help, 1);
    (sensitive.sensitivity, sensitive.title) = (Sensitivity::ALL[1], "未成年人失去监护".into());
    let mut plain = level("high-yearly-self-pay", Procedure::Help, 2);
    plain.title = "=HYPERLINK(\"http://x\")".into();
    if let LevelState::Known(findings) = &mut plain.state {
        findings[0].why = "+1".into();
    }
    know(&platform, 0, sensitive.people[0], "张秀兰");
    know(&platform, 1, plain.people[0], "=cmd|' /C calc'!A0");
    platform.stages.levels(vec![sensitive, plain]);
    let csv = get(&platform, &chen, "/v1/alerts/export?format=csv");
    for hidden in ["失去监护", "秀兰", "1949", "自付医疗", "minor-unprotected"] {
        assert!(!csv.text.contains(hidden), "{hidden} {}", csv.text);
    }
    assert!(csv.text.contains("需要了解的情况") && csv.text.contains("张**（002X）"), "{}", csv.text);
    assert!(
        csv.text.contains("\"'=HYPERLINK(\"\"http://x\"\")\"") && csv.text.contains(",'+1,"),
        "{}",
        csv.text
    );
    for cell in csv.text.split([',', '\n']) {
        assert!(!cell.starts_with(['=', '+', '-', '@']) && !cell.starts_with("\"="), "{cell}");
    }
    let batch = batch(&get(&platform, &chen, "/v1/alerts/export?format=parquet"));
    let titles = texts(&batch, "title");
    // A program takes the text as it is.
    assert!(titles.contains(&Some("需要了解的情况")) && titles.contains(&Some("=HYPERLINK(\"http://x\")")));
    assert!(texts(&batch, "people").contains(&Some("张**（002X）")));
    assert!(texts(&batch, "why").contains(&Some("")));
}

#[test]
fn each_role_exports_what_it_may_and_within_its_scope() {
    let platform = Platform::with_work();
    for (account, status) in [
        ("operator", 200),
        ("chen", 200),
        ("zhao", 200),
        ("li", 403),
        ("wang", 403),
        ("data", 403),
        ("system", 403),
        ("security", 403),
        ("audit", 403),
        ("police", 403),
        ("sender", 403),
    ] {
        let bearer = platform.bearer(account);
        for path in ["/v1/alerts/export?format=csv", "/v1/tasks/export?format=parquet"] {
            assert_eq!(get(&platform, &bearer, path).status, status, "{account}");
        }
    }
    let sun = platform.supervisor("sun", &["320614101"]);
    let mine = listed(&platform, &sun, "/v1/alerts?");
    let exported = rows(&get(&platform, &sun, "/v1/alerts/export?format=csv"));
    assert_eq!(exported.len(), mine.len() + 1);
    assert!(exported[1..].iter().all(|row| row[10].starts_with("320614101")) && exported.len() > 2);
    assert_eq!(rows(&get(&platform, &sun, "/v1/alerts/export?format=csv&division=320614100")).len(), 1);
}

#[test]
fn wrong_queries_are_problems() {
    let platform = Platform::with_work();
    for query in [
        "",
        "format=pdf",
        "format=csv&limit=5",
        "format=csv&cursor=x",
        "format=csv&format=csv",
        "format=csv&x=1",
    ] {
        platform.get(&format!("/v1/alerts/export?{query}")).is_problem(400, "query");
    }
    platform.get("/v1/alerts/export?format=csv&procedure=recheck").is_problem(400, "query");
    platform.get("/v1/tasks/export?format=csv&state=open").is_problem(400, "query");
    assert!(exports(&platform).is_empty());
    let young = Platform::start();
    young.stages.be_unready("projection is catching up");
    young.get("/v1/alerts/export?format=csv").is_problem(503, "unavailable");
}

#[test]
fn fifty_thousand_are_exported_and_one_more_is_to_be_narrowed() {
    let platform = Platform::start();
    let chen = platform.bearer("chen");
    let levels = |people: std::ops::Range<u32>| -> Vec<Level> {
        people.map(|person| level("high-yearly-self-pay", Procedure::Help, person)).collect()
    };
    platform.stages.levels(levels(0..50_000));
    let batch = batch(&get(&platform, &chen, "/v1/alerts/export?format=parquet"));
    let ids: std::collections::BTreeSet<_> = texts(&batch, "id").into_iter().collect();
    assert_eq!(ids.len(), 50_000, "each once");
    // Everybody whom it concerns stands on record.
    let record = exports(&platform);
    assert_eq!(record.len(), 50);
    let people: std::collections::BTreeSet<_> = record.iter().flat_map(|entry| &entry.subjects).collect();
    assert_eq!(people.len(), 50_000);
    platform.stages.levels(levels(50_000..50_001));
    let answer = get(&platform, &chen, "/v1/alerts/export?format=csv");
    answer.is_problem(422, "too-many");
    assert_eq!(exports(&platform).len(), 50);
    let town = get(&platform, &chen, "/v1/alerts/export?format=csv&division=320614100");
    assert_eq!(rows(&town).len(), 16_667 + 1);
}
