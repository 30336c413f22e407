//! Why there is an alert, what rests on a record, which numbers held, and what was known when: from the log alone.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::{data_dir, run, sanzao, text};

const DAY: &str = "2026-06-30";

fn number(born: &str) -> String {
    let first_17 = format!("320614{born}001");
    format!("{first_17}{}", sanzao_tests::document::check_character(&first_17))
}

fn person(born: &str, name: &str) -> Value {
    json!({"id_number": number(born), "name": name})
}

fn event(kind: &str, id: &str, data: &Value) -> Value {
    let feed = kind.split('.').next().unwrap();
    json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": "2026-06-20T09:00:00+08:00", "data": data})
}

fn ingest(data: &Path, name: &str, events: &[Value]) {
    let mut by_feed: Vec<(String, String)> = Vec::new();
    for event in events {
        let source = event["source"].as_str().unwrap();
        let feed = source.rsplit('/').next().unwrap().to_owned();
        match by_feed.iter_mut().find(|(known, _)| *known == feed) {
            Some((_, lines)) => lines.push_str(&format!("{event}\n")),
            None => by_feed.push((feed, format!("{event}\n"))),
        }
    }
    for (feed, lines) in by_feed {
        let file = data.join(format!("{name}-{feed}.jsonl"));
        std::fs::write(&file, lines).unwrap();
        run(&["ingest", "--data", text(data), "--feed", &feed, text(&file)]);
    }
}

/// Somebody of each feed, so that none is silent.
fn every_feed() -> Vec<Value> {
    let other = person("19700101", "周安");
    vec![
        event(
            "police.person.registered",
            "e1",
            &json!({"person": other, "sex": "1", "household_no": "H9",
            "relation_to_head": "head", "division_code": "320614101200", "on": "2020-01-01"}),
        ),
        event(
            "social-security.insurance.started",
            "e2",
            &json!({"person": other, "scheme": "employee", "on": "2020-01-01"}),
        ),
        event("health.ability.assessed", "e3", &json!({"person": other, "level": 0, "on": "2026-06-01"})),
        event(
            "medical-insurance.enrolment.started",
            "e4",
            &json!({"person": other, "insutype": "310", "on": "2020-01-01"}),
        ),
    ]
}

fn dead_with_allowance() -> Vec<Value> {
    let old = person("19400301", "王福");
    vec![
        event(
            "registry.benefit.granted",
            "g1",
            &json!({"benefit_id": "B1", "program": "old-age-allowance",
            "person": old, "monthly_amount": 60, "on": "2026-01-01"}),
        ),
        event(
            "health.death.certified",
            "d1",
            &json!({"person": old, "certificate_no": "C1", "on": "2026-06-18"}),
        ),
    ]
}

fn drain(data: &Path) -> Value {
    support::json(&run(&["run", "--data", text(data), "--drain", "--day", DAY, "--json"]))
}

/// The id of the one item of a rule, from the log.
fn item_of(data: &Path, rule: &str) -> String {
    let config = sanzao::config::Config { data: data.to_owned(), ..Default::default() };
    let pipeline = sanzao::Pipeline::open(&config, sanzao::data_dir::DataDir::create(data).unwrap()).unwrap();
    let casework = pipeline.casework(pipeline.topics.bureaus()[0], "test").unwrap();
    let items: Vec<String> =
        casework.state().items().filter(|item| item.rule.0 == rule).map(|item| item.id.to_string()).collect();
    assert_eq!(items.len(), 1, "{rule}");
    items[0].clone()
}

#[test]
fn an_alert_is_explained_from_the_log_and_withdrawn_with_what_it_rests_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    ingest(&data, "first", &every_feed());
    ingest(&data, "second", &dead_with_allowance());
    drain(&data);
    let item = item_of(&data, "deceased-recipient");
    let explained = support::json(&run(&["explain", &item, "--data", text(&data), "--json", "--sql"]));
    assert_eq!(explained["found_again"], true, "{explained}");
    assert_eq!((&explained["state"], &explained["judged_on"]), (&json!("open"), &json!(DAY)));
    assert!(explained["why"].as_str().unwrap().contains("2026-06-18"));
    assert!(explained["sql"].as_str().unwrap().contains("FROM death_signal"));
    let evidence = explained["evidence"].as_array().unwrap();
    let kinds: Vec<&str> = evidence.iter().map(|fact| fact["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["benefit.granted", "death.certified"]);
    for fact in evidence {
        let statements = fact["statements"].as_array().unwrap();
        assert_eq!(statements.len(), 1, "{fact}");
        assert!(statements[0]["time"].as_str().unwrap().starts_with("2026-06-20"), "{fact}");
        assert!(fact["department"].is_string() && fact["on"].is_string(), "{fact}");
    }
    assert_eq!(explained["feeds"].as_array().unwrap().len(), 5);
    assert!(!explained.to_string().contains(&number("19400301")), "an explanation names nobody");
    let words = run(&["explain", &item, "--data", text(&data)]);
    for part in ["卫健", "死亡医学证明", "触发", "法规依据", "可消除此情形的有", "重新判断：相同"]
    {
        assert!(words.contains(part), "{part} is not in\n{words}");
    }
    let unknown = sanzao().args(["explain", &"0".repeat(32), "--data", text(&data)]).output().unwrap();
    assert!(!unknown.status.success());
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no alert or task has the id"));

    // What rests on the certificate, before and after it is taken back.
    let impact = |id: &str| {
        let arguments = ["impact", id, "--source", "/320614/health", "--data", text(&data), "--json"];
        support::json(&run(&arguments))
    };
    let before = impact("d1");
    assert_eq!(before["retracted_by"], json!([]));
    let rested: Vec<&Value> =
        before["items"].as_array().unwrap().iter().filter(|it| it["rule"] == "deceased-recipient").collect();
    assert_eq!(rested.len(), 1);
    assert_eq!((&rested[0]["state"], &rested[0]["rests_now"]), (&json!("open"), &json!(true)));
    ingest(
        &data,
        "third",
        &[event("health.record.retracted", "x1", &json!({"retracts": "d1", "reason": "错人"}))],
    );
    drain(&data);
    let after = impact("d1");
    assert_eq!(after["retracted_by"].as_array().unwrap().len(), 1);
    let rested: Vec<&Value> =
        after["items"].as_array().unwrap().iter().filter(|it| it["rule"] == "deceased-recipient").collect();
    assert_eq!((&rested[0]["state"], &rested[0]["rests_now"]), (&json!("withdrawn"), &json!(false)));
    assert_eq!(
        impact("x1")["items"],
        after["items"],
        "the retraction is asked for as well as what it retracts"
    );
    let arguments = ["impact", "d9", "--source", "/320614/health", "--data", text(&data)];
    let unknown = sanzao().args(arguments).output().unwrap();
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no accepted event"));
}

#[test]
fn what_was_known_then_is_told_from_what_is_known_now() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    ingest(&data, "first", &every_feed());
    ingest(&data, "second", &dead_with_allowance());
    drain(&data);
    let config = sanzao::config::Config { data: data.clone(), ..Default::default() };
    // The moment of the last record so far: the next comes later.
    let then = {
        let pipeline =
            sanzao::Pipeline::open(&config, sanzao::data_dir::DataDir::create(&data).unwrap()).unwrap();
        let facts = pipeline.topics.facts(pipeline.topics.bureaus()[0]);
        let records = pipeline.journal.read(&facts, 0, 1 << 20).unwrap().records;
        sanzao_model::Instant::from_millis(records.last().unwrap().timestamp_ms).to_string()
    };
    let findings = |more: &[&str]| {
        let mut arguments = vec!["findings", "--data", text(&data), "--as-of", DAY];
        arguments.extend_from_slice(more);
        let found = run(&arguments);
        found.lines().filter(|line| line.contains("deceased-recipient")).count()
    };
    assert_eq!((findings(&[]), findings(&["--known-at", &then])), (1, 1));
    ingest(
        &data,
        "third",
        &[event("health.record.retracted", "x1", &json!({"retracts": "d1", "reason": "错人"}))],
    );
    assert_eq!(findings(&[]), 0, "retracted, for every day");
    assert_eq!(findings(&["--known-at", &then]), 1, "which nobody knew then");
    assert_eq!(findings(&["--known-at", "2020-01-01"]), 0, "nothing was known then");
    let wrong =
        sanzao().args(["findings", "--data", text(&data), "--as-of", DAY, "--known-at", "June"]).output();
    assert!(String::from_utf8_lossy(&wrong.unwrap().stderr).contains("expected a moment"));
}

#[test]
fn numbers_are_shown_by_place_and_day_and_by_what_was_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let table = folder.path().join("parameters.toml");
    let config = folder.path().join("sanzao.toml");
    std::fs::write(&config, format!("data = {:?}\nparameters = {:?}\n", text(&data), text(&table))).unwrap();
    std::fs::write(&table, sanzao_discovery::Parameters::DEFAULT_TOML).unwrap();
    let drained = ["run", "--config", text(&config), "--drain", "--day", DAY];
    ingest(&data, "first", &every_feed());
    run(&drained);
    let adjusted = "\n[[parameter.adjusted]]\nfrom = 2026-07-01\nvalue = 88_000\nsource = \"民政局通知\"\n\
        \n[[parameter.adjusted]]\ndivision = \"320614101\"\nvalue = 90_000\nsource = \"镇\"\n";
    let name = "name = \"dibao_standard_fen\"";
    let toml = sanzao_discovery::Parameters::DEFAULT_TOML;
    let place = toml.find(name).unwrap();
    let end = toml[place..].find("\n[[parameter]]").map_or(toml.len(), |end| place + end);
    std::fs::write(&table, format!("{}{adjusted}{}", &toml[..end], &toml[end..])).unwrap();

    let value = |more: &[&str]| {
        let mut arguments = vec!["parameters", "--name", "dibao_standard", "--json"];
        arguments.extend_from_slice(more);
        support::json(&run(&arguments))["parameters"][0]["holds"]["value"].as_i64().unwrap()
    };
    let configured = ["--config", text(&config)];
    let with = |more: &[&'static str]| [&configured[..], more].concat();
    assert_eq!(value(&with(&["--on", "2026-06-30"])), 82_000);
    assert_eq!(value(&with(&["--on", "2026-07-01"])), 88_000);
    assert_eq!(value(&with(&["--on", "2026-07-01", "--division", "320614101200"])), 90_000);
    assert_eq!(
        value(&["--data", text(&data), "--on", "2026-07-01"]),
        82_000,
        "on record is still the old table"
    );
    run(&drained);
    assert_eq!(value(&["--data", text(&data), "--on", "2026-07-01"]), 88_000);
    let history = run(&["parameters", "--data", text(&data), "--history"]);
    assert!(
        history.contains("+ dibao_standard_fen = 88000 everywhere since 2026-07-01 [民政局通知]"),
        "{history}"
    );
    let shown = run(&["parameters", "--config", text(&config), "--on", "2026-07-01"]);
    assert!(shown.contains("最低生活保障标准") && shown.contains("since 2026-07-01"), "{shown}");

    let check = |text_of: &str| {
        std::fs::write(&table, text_of).unwrap();
        let output = sanzao().args(["parameters", "check", text(&table)]).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(check(toml).0);
    let (good, words) = check(&toml.replace("82_000", "-1"));
    assert!(!good && words.contains("must not be negative"), "{words}");
    let (good, words) = check(&toml.replace("dibao_standard_fen", "dibao_standards_fen"));
    assert!(
        !good && words.contains("income-above-standard.sql") && words.contains("dibao_standard_fen"),
        "{words}"
    );
}
