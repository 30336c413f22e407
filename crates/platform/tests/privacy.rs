//! No name and no ID number in any topic but the raw feeds, in state, logs, metrics or traces of a full run.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/collector.rs"]
mod collector;
mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use collector::Collector;
use support::*;

/// Every name and ID number in the files, as senders wrote them.
fn personal(district: &Path) -> BTreeSet<String> {
    fn collect(value: &serde_json::Value, found: &mut BTreeSet<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    let personal = ["id_number", "name", "former_id_number"].contains(&key.as_str());
                    if let (true, Some(text)) = (personal, value.as_str()) {
                        found.insert(text.to_owned());
                    }
                    collect(value, found);
                }
            }
            serde_json::Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for feed in FEEDS {
        let lines = std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap();
        for line in lines.lines() {
            if let Ok(value) = serde_json::from_str::<serde_json::Value>(line) {
                collect(&value["data"], &mut found);
            }
        }
    }
    // A name of two characters may stand in any Chinese text by chance; ours have none such.
    found.retain(|text| text.chars().count() >= 2);
    found
}

/// The personal texts that stand in some bytes.
fn leaks(what: &str, bytes: &[u8], personal: &BTreeSet<String>, found: &mut Vec<String>) {
    let text = String::from_utf8_lossy(bytes);
    // Numbers: any run of 15 or more digits, which no pseudonym in text form has by chance.
    let mut run = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_ascii_digit() || (character.eq_ignore_ascii_case(&'x') && run.len() >= 17) {
            run.push(character);
            continue;
        }
        for length in [15, 18] {
            for from in 0..(run.len() + 1).saturating_sub(length) {
                if personal.contains(&run[from..from + length]) {
                    found.push(format!("{what}: an ID number"));
                }
            }
        }
        run.clear();
    }
    // Names: windows of two to twenty characters that begin with a Chinese one.
    let characters: Vec<char> = text.chars().collect();
    for from in 0..characters.len() {
        if characters[from] < '\u{3400}' || characters[from] == char::REPLACEMENT_CHARACTER {
            continue;
        }
        let mut window = String::new();
        for character in characters[from..].iter().take(20) {
            window.push(*character);
            if personal.contains(&window) {
                found.push(format!("{what}: a name"));
            }
        }
    }
}

/// A process that does not outlive a test that fails.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again where so much was asked that it was too often, or where an act takes long.
fn patiently(ask: impl Fn() -> String) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = ask();
        if !answer.starts_with("HTTP/1.1 429") && !answer.starts_with("HTTP/1.1 202") {
            return answer;
        }
        assert!(Instant::now() < deadline, "always too often or too slow: {answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn get(address: &str, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the API answers");
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn nothing_personal_leaves_intake() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), 1_000, 21);
    let data = data_dir(folder.path(), "data");
    ingest_all(&data, &district, &FEEDS);
    let personal = personal(&district);
    assert!(personal.len() > 1_000);

    // A live run, for logs, metrics, the read model and what the API shows.
    let token = TOKEN;
    let config = folder.path().join("sanzao.toml");
    let (data_text, collector) = (text(&data), Collector::start());
    std::fs::write(
        &config,
        format!(
            "data = {data_text:?}\nsnapshot_facts = 1000\n[api]\nlisten = \"127.0.0.1:0\"\n{}[traces]\nendpoint = {:?}\nratio = 1.0\n",
            accounts(folder.path()),
            collector.endpoint
        ),
    )
    .unwrap();
    let log_file = folder.path().join("log");
    let mut child = sanzao()
        .args(["run", "--config", text(&config), "--day", AS_OF])
        .env("RUST_LOG", "debug")
        .stdout(Stdio::piped())
        // A pipe that nobody reads would stop whoever logs.
        .stderr(std::fs::File::create(&log_file).unwrap())
        .spawn()
        .map(Running)
        .unwrap();
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("the process says where it serves").unwrap();
        if let Some((_, address)) = line.split_once("http://") {
            break address.to_owned();
        }
    };
    let deadline = Instant::now() + Duration::from_secs(120);
    while !get(&address, "/readyz", token).starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline, "not ready: {}", get(&address, "/readyz", token));
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut shown = Vec::new();
    let alerts = loop {
        let alerts = get(&address, "/v1/alerts?limit=200", token);
        if alerts.contains("\"rule\"") {
            break alerts;
        }
        assert!(Instant::now() < deadline, "no alerts: {alerts}");
        std::thread::sleep(Duration::from_millis(100));
    };
    shown.push(("alerts", alerts));
    for path in [
        "/metrics",
        "/v1/tasks?limit=200",
        "/v1/statistics",
        "/v1/feeds",
        "/v1/feeds/registry?days=366",
        "/v1/feeds/registry/receipts?limit=500&outcome=rejected",
        "/v1/feeds/registry/rejections?limit=500",
        "/v1/changes?limit=200",
    ] {
        shown.push((path, get(&address, path, token)));
    }
    let ids: Vec<&str> = shown[0].1.split("\"id\":\"").skip(1).map(|rest| &rest[..32]).collect();
    let details: Vec<String> =
        ids.iter().map(|id| get(&address, &format!("/v1/alerts/{id}"), token)).collect();
    assert!(details.iter().any(|detail| detail.contains("\"evidence\":[{")), "no alert was shown whole");
    shown.push(("an alert", details.concat()));
    decide_and_ask(&address, token);
    send_events(&address, &district);
    until_followed(&collector);
    let terminated = std::process::Command::new("kill").arg(child.0.id().to_string()).status().unwrap();
    assert!(terminated.success());
    assert!(child.0.wait().unwrap().success(), "it ends by itself when told to");
    let log = std::fs::read(&log_file).unwrap();

    let mut found = Vec::new();
    leaks("the log", &log, &personal, &mut found);
    leaks("the collector", &collector.bytes(), &personal, &mut found);
    for (what, text) in &shown {
        leaks(what, text.as_bytes(), &personal, &mut found);
    }
    topics_and_state(&data, &personal, &mut found);
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));

    // The check can fail: the raw feeds hold what it looks for.
    let mut raw = Vec::new();
    let police = std::fs::read(district.join("police.jsonl")).unwrap();
    leaks("raw", &police, &personal, &mut raw);
    assert!(
        raw.iter().any(|leak| leak.ends_with("a name"))
            && raw.iter().any(|leak| leak.ends_with("an ID number"))
    );
}

fn post(address: &str, path: &str, token: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the API answers");
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nIf-Match: *\r\n\
         Idempotency-Key: {}\r\n\r\n{body}",
        body.len() + path.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Sends some events of the district once more, while the platform runs and follows them.
fn send_events(address: &str, district: &Path) {
    let lines = std::fs::read_to_string(district.join("police.jsonl")).unwrap();
    let events: Vec<serde_json::Value> = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|event| event["data"]["person"]["id_number"].is_string())
        .take(200)
        .collect();
    assert!(events.len() > 100);
    let body = serde_json::Value::Array(events).to_string();
    let mut stream = TcpStream::connect(address).expect("the API answers");
    write!(
        stream,
        "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {SENDER}\r\nConnection: close\r\n\
         Content-Type: application/cloudevents-batch+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

fn until_followed(collector: &Collector) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !["intake", "discovery"]
        .iter()
        .all(|name| collector.spans().iter().any(|told| told.span.name == *name))
    {
        assert!(Instant::now() < deadline, "no trace was told: nothing was checked");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Has departments told of a decision, and one asked.
fn decide_and_ask(address: &str, token: &str) {
    let first = |path: &str| {
        let list = patiently(|| get(address, path, token));
        list.split("\"id\":\"").nth(1).unwrap_or_else(|| panic!("{path}: {list}"))[..32].to_owned()
    };
    let alert = first("/v1/alerts?rule=costly-hospital-stay&state=open&limit=1");
    for act in [r#"{"act":"claim"}"#, r#"{"act":"decide","outcome":"wrong-data","reason":"更正"}"#] {
        let path = format!("/v1/alerts/{alert}/acts");
        let answer = patiently(|| post(address, &path, token, act));
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let task = first("/v1/tasks?limit=1&state=planned,due");
    let deadline = sanzao_casework::Calendar::built_in().working_days_after(AS_OF.parse().unwrap(), 5);
    let person = first_person(&patiently(|| get(address, &format!("/v1/tasks/{task}"), token)));
    let ask =
        format!(r#"{{"questions":["registration-and-living"],"deadline":"{deadline}","person":"{person}"}}"#);
    let path = format!("/v1/tasks/{task}/verification");
    let answer = patiently(|| post(address, &path, token, &ask));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !get(address, "/metrics", token).contains("sanzao_exchange_results_total{") {
        assert!(Instant::now() < deadline, "no department is told");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn first_person(task: &str) -> String {
    let people = task.split("\"people\":[{\"id\":\"").nth(1).unwrap_or_else(|| panic!("{task}"));
    people[..32].to_owned()
}

fn topics_and_state(data: &Path, personal: &BTreeSet<String>, found: &mut Vec<String>) {
    use sanzao_journal::{EmbeddedJournal, Journal, Stream, Topic};
    let journal = EmbeddedJournal::open(data, || 0).unwrap();
    let mut topics =
        vec!["facts".to_owned(), "identities".into(), "inbox".into(), "work".into(), "exchange".into()];
    for feed in FEEDS {
        topics.extend([format!("feed.{feed}"), format!("rejected.{feed}"), format!("receipts.{feed}")]);
        topics.push(format!("results.{feed}"));
    }
    let (mut refused, mut told) = (0, 0);
    for topic in topics {
        let stream = Stream::new(Topic::new(topic.as_str()).unwrap(), 0);
        let (mut position, mut records) = (0, 0);
        loop {
            let batch = journal.read(&stream, position, 8 << 20).unwrap();
            if batch.next == position {
                break;
            }
            position = batch.next;
            for record in batch.records {
                records += 1;
                leaks(&topic, &record.value, personal, found);
                leaks(&topic, &record.key, personal, found);
            }
        }
        // Not every department is sure to have sent something wrong.
        let may_be_empty = topic.starts_with("rejected.") || topic.starts_with("results.");
        assert!(records > 0 || may_be_empty, "{topic} is empty: nothing was checked");
        told += if topic.starts_with("results.") { records } else { 0 };
        refused += if topic.starts_with("rejected.") { records } else { 0 };
    }
    assert!(refused > 0, "nothing was refused: no rejection was checked");
    assert!(told > 0, "no department was told anything: no result was checked");
    // Compressed pages of snapshots are read as what they were written from: `facts`, above.
    let mut files = files_below(&data.join("state"));
    // The vault holds who they all are, sealed.
    files.push(data.join("vault.db"));
    files.push(data.join("exchange.db"));
    assert!(files.iter().any(|file| text(file).ends_with(".parquet")), "no snapshot was checked");
    for file in files {
        leaks(text(&file), &std::fs::read(&file).unwrap(), personal, found);
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
