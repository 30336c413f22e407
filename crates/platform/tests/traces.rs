//! Sampled events are followed from their feed to the alert: in one process, over two on a real Kafka, and without a
//! difference to anything where the collector does not answer.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/cluster.rs"]
mod cluster;
#[path = "support/collector.rs"]
mod collector;
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cluster::*;
use collector::*;
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;

const NAMES: [&str; 2] = ["王一一", "李二二"];
const WAY: [&str; 5] = ["casework", "discovery", "intake", "projection", "rules"];
/// Sampled by their sender; the example of the standard, and another one.
const SAMPLED: [(&str, &str); 2] = [
    ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"),
    ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"),
];

fn header((trace, span): (&str, &str), flags: &str) -> String {
    format!("00-{trace}-{span}-{flags}")
}

fn number(born: &str, nth: u32) -> String {
    let first_17 = format!("320614{born}{nth:03}");
    format!("{first_17}{}", check_character(&first_17))
}

fn person(nth: usize) -> Value {
    json!({"id_number": number(["19400301", "19410301"][nth], nth as u32 + 1), "name": NAMES[nth]})
}

fn event(id: &str, kind: &str, data: Value) -> Value {
    let feed = kind.split('.').next().unwrap();
    json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": "2026-05-10T09:00:00+08:00", "data": data})
}

fn registered(id: &str, nth: usize) -> Value {
    let data = json!({"person": person(nth), "sex": "2", "household_no": format!("house-{nth}"), "relation_to_head": "head",
        "division_code": "320614101200", "on": "2020-01-01"});
    event(id, "police.person.registered", data)
}

fn granted() -> Value {
    let data = json!({"benefit_id": "grant-one", "program": "old-age-allowance", "person": person(0), "monthly_amount": 60,
        "on": "2026-01-01"});
    event("grant-event", "registry.benefit.granted", data)
}

fn died() -> Value {
    let data = json!({"person": person(0), "certificate_no": "certificate-one", "on": "2026-05-09"});
    event("death-event", "health.death.certified", data)
}

/// A process of everything on a data directory of its own.
struct Live {
    worker: Worker,
    config: PathBuf,
}

impl Live {
    fn start(folder: &Path, traces: &str) -> Live {
        let data = data_dir(folder, "data");
        let config = folder.join("sanzao.toml");
        let settings = format!(
            "data = {:?}\n{}[api]\nnode = \"hall\"\nlisten = \"127.0.0.1:0\"\n{}{traces}",
            text(&data),
            expects_nothing(folder),
            accounts(folder)
        );
        std::fs::write(&config, settings).unwrap();
        let log = folder.join("log");
        let mut child = sanzao()
            .args(["run", "--config", text(&config), "--day", AS_OF])
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("serving on http://").unwrap_or_else(|| panic!("{line}")).to_owned();
        let worker = Worker { name: "hall".into(), child, address, log };
        until("ready", || worker.is_ready());
        Live { worker, config }
    }

    fn send(&self, event: &Value, header: &str) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent
            .post(format!("http://{}/v1/events", self.worker.address))
            .header("authorization", format!("Bearer {SENDER}"))
            .header("content-type", "application/cloudevents+json");
        if !header.is_empty() {
            request = request.header("traceparent", header);
        }
        let mut answer = request.send(event.to_string()).unwrap();
        assert_eq!(answer.status(), 202, "{:?}", answer.body_mut().read_to_string());
    }

    /// Ids of the alerts that there are, by rule.
    fn alerts(&self) -> BTreeMap<String, String> {
        let (_, list) = self.worker.ask("/v1/alerts?limit=50", TOKEN).unwrap();
        let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
        let items = json(&list)["items"].as_array().unwrap().clone();
        items.iter().map(|item| (text(item, "rule"), text(item, "id"))).collect()
    }

    fn until_alert(&self, rule: &str) {
        until(rule, || self.alerts().contains_key(rule));
    }

    /// Events that raise two alerts, the first of them under a trace of its sender.
    fn story(&self) -> BTreeMap<String, String> {
        self.send(&granted(), "");
        self.send(&registered("r1", 0), "what is no trace");
        // Each feed is taken in by itself.
        until("applied", || self.worker.sum("sanzao_ledger_events", "") == 2.0);
        self.send(&died(), &header(SAMPLED[0], "01"));
        self.until_alert("deceased-recipient");
        self.send(&registered("r2", 1), &header(SAMPLED[1], "00"));
        self.until_alert("missed-old-age-allowance");
        self.alerts()
    }
}

fn traces(endpoint: &str, ratio: f64) -> String {
    format!("[traces]\nendpoint = {endpoint:?}\nratio = {ratio:?}\n")
}

/// Each stage goes on with the one before it, and the first with the sender.
fn assert_chain(found: &BTreeMap<String, Told>, sender: &str) {
    assert_eq!(found.keys().collect::<Vec<_>>(), WAY, "{found:?}");
    let chain = [
        ("discovery", "intake"),
        ("rules", "discovery"),
        ("casework", "discovery"),
        ("projection", "casework"),
    ];
    for (child, parent) in chain {
        assert_eq!(found[child].parent(), found[parent].id(), "{child}");
        let (child, parent) = (&found[child].span, &found[parent].span);
        assert!(child.start_time_unix_nano >= parent.start_time_unix_nano, "{child:?} before {parent:?}");
        assert!(child.end_time_unix_nano >= child.start_time_unix_nano, "{child:?}");
    }
    assert_eq!(found["intake"].parent(), sender);
    assert_eq!(found["intake"].says()["sanzao.feed"], "health");
    assert_eq!(found["discovery"].says()["sanzao.bureau"], "320614");
    assert!(found["rules"].says()["sanzao.rules.differing"].contains("deceased-recipient"), "{found:?}");
    assert_ne!(found["rules"].says()["sanzao.rules.run"], "0");
    assert_ne!(found["casework"].says()["sanzao.happenings"], "0");
}

fn assert_no_identity(collector: &Collector) {
    let bytes = collector.bytes();
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for text in NAMES.map(str::to_owned).into_iter().chain([number("19400301", 1), number("19410301", 2)]) {
        assert!(!holds(&text), "an identity went to the collector");
    }
    for text in ["grant-one", "grant-event", "certificate-one", "death-event", "house-0"] {
        assert!(!holds(text), "a sender's id went to the collector: {text}");
    }
    assert!(holds("320614") && holds("discovery"), "the check can fail");
}

#[test]
fn an_event_is_followed_to_its_alert_in_one_process() {
    let (folder, collector) = (tempfile::tempdir().unwrap(), Collector::start());
    let live = Live::start(folder.path(), &traces(&collector.endpoint, 0.0));
    live.story();
    until("told", || collector.trace(SAMPLED[0].0).len() == WAY.len());
    assert_chain(&collector.trace(SAMPLED[0].0), SAMPLED[0].1);
    until("counted", || {
        let counted = live.worker.metric("sanzao_trace_spans_total");
        counted.contains(&("outcome=\"dropped\"".into(), 0.0))
            && counted.iter().any(|(_, spans)| *spans >= 5.0)
    });
    live.worker.stop();
    // What was not sampled is nowhere: neither what its sender wants not to be, nor what has no trace or a wrong one.
    let others: Vec<Told> =
        collector.spans().into_iter().filter(|told| told.trace() != SAMPLED[0].0).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(collector.spans().iter().all(|told| told.by == "hall"));
    assert_no_identity(&collector);
}

#[test]
fn a_collector_that_never_answers_changes_nothing() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (endpoint, _listener) = Collector::silent();
    let followed = Live::start(folders[0].path(), &traces(&endpoint, 1.0));
    let alerts = followed.story();
    let plain = Live::start(folders[1].path(), "");
    // The same rules alert; of which household at first depends on what had arrived by then.
    let rules = |alerts: &BTreeMap<String, String>| alerts.keys().cloned().collect::<Vec<_>>();
    assert_eq!(rules(&plain.story()), rules(&alerts));
    assert!(
        plain.worker.metric("sanzao_trace_spans_total").is_empty(),
        "nothing is told of what is not made"
    );
    let started = Instant::now();
    let Live { worker, config } = followed;
    worker.stop();
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let Live { worker, config: plain } = plain;
    worker.stop();
    let findings = |config: &Path| run(&["findings", "--config", text(config), "--as-of", AS_OF]);
    assert_eq!(findings(&config), findings(&plain));
    run(&["verify", "--config", text(&config)]);
}

#[test]
fn what_is_wrong_with_the_settings_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("sanzao.toml");
    let data = folder.path().join("data");
    for (section, expected) in [
        (traces("http://collector:4318", 0.5), "http is for addresses of this machine alone"),
        (traces("127.0.0.1:4318", 0.5), "expected https://host:4318"),
        (traces("http://127.0.0.1:4318", 1.5), "expected 0 to 1"),
        ("[traces]\nratio = 0.5\n".to_owned(), "endpoint"),
        ("[traces]\nendpoint = \"http://127.0.0.1:1\"\nshare = 1\n".to_owned(), "unknown field"),
    ] {
        std::fs::write(&config, format!("data = {:?}\n{section}", text(&data))).unwrap();
        let output = sanzao().args(["run", "--config", text(&config), "--drain"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expected), "{expected:?} is not in {said}");
        assert!(!data.exists(), "something was made");
    }
}

/// Sends an event as a department's own client would.
fn produce(cluster: &Cluster, event: &Value, header: &str) {
    let file = cluster.folder.path().join("event.jsonl");
    std::fs::write(&file, format!("{event}\n")).unwrap();
    let feed = event["source"].as_str().unwrap().rsplit('/').next().unwrap();
    let topic = format!("{}feed.{feed}", cluster.prefix);
    let mut kcat = Command::new("kcat");
    kcat.args(["-P", "-b", &cluster.broker, "-t", &topic, "-l", text(&file)]);
    if !header.is_empty() {
        kcat.args(["-H", &format!("traceparent={header}")]);
    }
    let output = kcat.output().expect("kcat is needed to feed Kafka: install it");
    assert!(output.status.success(), "kcat: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_event_is_followed_over_two_processes_on_kafka() {
    let Some(broker) = broker() else { return };
    let (mut cluster, collector) = (Cluster::new(&broker, &["320614"]), Collector::start());
    let folder = cluster.folder.path().to_owned();
    let section = |ratio| traces(&collector.endpoint, ratio);
    cluster.settings = format!("{}[api]\n{}{}", expects_nothing(&folder), accounts(&folder), section(0.0));
    let hall = cluster.start("hall", "intake,api");
    let back = cluster.start("back", "discovery,casework");
    until("ready", || hall.is_ready() && back.is_ready());
    produce(&cluster, &granted(), "");
    produce(&cluster, &registered("r1", 0), "");
    until("applied", || back.metric("sanzao_ledger_events").iter().any(|(_, events)| *events == 2.0));
    produce(&cluster, &died(), &header(SAMPLED[0], "01"));
    until("told", || collector.trace(SAMPLED[0].0).len() == WAY.len());
    let found = collector.trace(SAMPLED[0].0);
    assert_chain(&found, SAMPLED[0].1);
    let by: Vec<&str> = found.values().map(|told| told.by.as_str()).collect();
    assert_eq!(by, ["back", "back", "hall", "hall", "back"], "by {WAY:?}");
    assert!(collector.spans().iter().all(|told| told.trace() == SAMPLED[0].0), "nothing else was sampled");

    // Drawn, without a trace of its sender.
    hall.stop();
    cluster.settings = cluster.settings.replace("ratio = 0.0", "ratio = 1.0");
    let hall = cluster.start("hall", "intake,api");
    until("ready", || hall.is_ready());
    produce(&cluster, &registered("r2", 1), "");
    let drawn =
        || collector.spans().into_iter().filter(|told| told.trace() != SAMPLED[0].0).collect::<Vec<_>>();
    let is_drawn = |name: &&str| drawn().iter().any(|told| told.span.name == **name);
    until("drawn", || WAY.iter().all(&is_drawn));
    let drawn = drawn();
    let first: Vec<&Told> = drawn.iter().filter(|told| told.parent().is_empty()).collect();
    assert!(first.len() == 1 && first[0].span.name == "intake", "{drawn:?}");
    assert!(drawn.iter().all(|told| told.trace() == first[0].trace()));
    hall.stop();
    back.stop();
    assert_no_identity(&collector);
}
