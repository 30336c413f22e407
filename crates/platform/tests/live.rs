//! The whole in one process, as an operator runs it: events over HTTP, alerts out, decisions back, killed
//! with -9 and started again.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;
use ureq::http::Request;

/// A data directory and its configuration.
struct Place {
    _folder: tempfile::TempDir,
    config: PathBuf,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let data = data_dir(folder.path(), "data");
        let config = folder.path().join("sanzao.toml");
        let parameters = expects_nothing(folder.path());
        let data = text(&data);
        let settings = format!(
            "data = {data:?}\n{parameters}[api]\nlisten = \"127.0.0.1:0\"\n{}",
            accounts(folder.path())
        );
        std::fs::write(&config, settings).unwrap();
        Place { config, _folder: folder }
    }

    /// Starts the platform and waits until it is ready.
    fn start(&self) -> Live {
        let mut child = sanzao()
            .args(["run", "--config", text(&self.config), "--day", AS_OF])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let live = Live { child, address, agent };
        live.until("ready", |live| (live.get("/readyz").0 == 200).then_some(()));
        live
    }
}

struct Live {
    child: Child,
    address: String,
    agent: ureq::Agent,
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Live {
    fn send(&self, request: ureq::http::request::Builder, body: &str) -> (u16, Value) {
        let token = token_for(request.uri_ref().map_or("", |uri| uri.path()));
        let request =
            request.header("authorization", format!("Bearer {token}")).body(body.to_owned()).unwrap();
        let mut answer = self.agent.run(request).expect("the platform answers");
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.send(Request::get(format!("{}{path}", self.address)), "")
    }

    fn events(&self, kind: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(format!("{}/v1/events", self.address)).header("content-type", kind);
        self.send(request, &body.to_string())
    }

    fn act(&self, alert: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(format!("{}/v1/alerts/{alert}/acts", self.address))
            .header("idempotency-key", key)
            .header("if-match", "*")
            .header("content-type", "application/json");
        self.send(request, &body.to_string())
    }

    /// Tries until there is something.
    fn until<T>(&self, what: &str, look: impl Fn(&Live) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(Instant::now() < deadline, "not {what} after two minutes: {:?}", self.get("/readyz"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The only alert of a rule in a state, once there is one.
    fn alert(&self, rule: &str, state: &str) -> String {
        self.until(&format!("{rule} {state}"), |live| {
            let (status, page) = live.get(&format!("/v1/alerts?rule={rule}&state={state}"));
            assert_eq!(status, 200, "{page}");
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 1, "{page}");
            Some(items.first()?["id"].as_str().unwrap().to_owned())
        })
    }
}

fn person(born: &str, nth: u32, name: &str) -> Value {
    let first_17 = format!("320614{born}{nth:03}");
    json!({"id_number": format!("{first_17}{}", check_character(&first_17)), "name": name})
}

fn event(id: &str, kind: &str, data: Value) -> Value {
    let feed = kind.split('.').next().unwrap();
    json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": "2026-05-10T09:00:00+08:00", "data": data})
}

fn registered(id: &str, person: &Value, household: &str) -> Value {
    let data = json!({"person": person, "sex": "2", "household_no": household, "relation_to_head": "head",
        "division_code": "320614101200", "on": "2020-01-01"});
    event(id, "police.person.registered", data)
}

fn granted(id: &str, person: &Value, program: &str) -> Value {
    let data = json!({"benefit_id": id, "program": program, "person": person, "monthly_amount": 60,
        "on": "2026-01-01"});
    event(id, "registry.benefit.granted", data)
}

#[test]
fn events_become_alerts_and_decisions_outlive_a_kill() {
    let place = Place::new();
    let live = place.start();
    // Two people over eighty: one died and still has an allowance, the other lacks it.
    let (dead, elder) = (person("19400301", 1, "王一"), person("19410301", 2, "李二"));
    let (status, answer) =
        live.events("application/cloudevents+json", &granted("g1", &dead, "old-age-allowance"));
    assert_eq!(status, 202, "{answer}");
    // Each feed is taken in by itself: who lacks the allowance depends on whether the grant is known.
    live.until("the grant is applied", |live| {
        let (_, metrics) = live.get("/metrics");
        metrics.as_str()?.contains("sanzao_ledger_events{bureau=\"320614\"} 1\n").then_some(())
    });
    let death = event(
        "d1",
        "health.death.certified",
        json!({"person": dead, "certificate_no": "C1", "on": "2026-05-09"}),
    );
    let wrong = event(
        "w1",
        "health.death.certified",
        json!({"person": {"id_number": "1", "name": "王一"}, "on": "2026-05-09"}),
    );
    let batch = json!([registered("r1", &dead, "H1"), registered("r2", &elder, "H2"), death, wrong]);
    let (status, answer) = live.events("application/cloudevents-batch+json", &batch);
    assert_eq!((status, &answer["accepted_for_processing"]), (202, &json!(4)), "{answer}");

    let alert = live.alert("deceased-recipient", "open");
    let missed = live.alert("missed-old-age-allowance", "open");
    let (status, detail) = live.get(&format!("/v1/alerts/{alert}"));
    assert_eq!(status, 200, "{detail}");
    assert_eq!(detail["evidence"].as_array().unwrap().len(), 2, "the death and the grant: {detail}");
    assert!(detail["why"].as_str().unwrap().contains("2026-05-09"), "{detail}");
    live.until("the refusal is counted", |live| {
        let (_, metrics) = live.get("/metrics");
        let line = "sanzao_intake_events_total{feed=\"health\",partition=\"0\",outcome=\"rejected\"} 1";
        metrics.as_str().unwrap().contains(line).then_some(())
    });

    let (status, claimed) = live.act(&alert, "k1", &json!({"act": "claim"}));
    assert_eq!(status, 200, "{claimed}");
    let (status, again) = live.act(&alert, "k1", &json!({"act": "claim"}));
    assert_eq!((status, &again), (200, &claimed), "one key, one answer");
    drop(live);

    let live = place.start();
    assert_eq!(live.alert("deceased-recipient", "claimed"), alert);
    let (status, again) = live.act(&alert, "k1", &json!({"act": "claim"}));
    assert_eq!((status, &again), (200, &claimed), "the answer outlives the process");
    let decision = json!({"act": "decide", "outcome": "helped", "reason": "停发尊老金，已通知家属"});
    let (status, resolved) = live.act(&alert, "k3", &decision);
    assert_eq!(status, 200, "{resolved}");
    let (status, refused) = live.act(&alert, "k4", &decision);
    assert_eq!(status, 409, "{refused}");
    // The allowance is granted: nothing is missing any more.
    let (status, answer) =
        live.events("application/cloudevents+json", &granted("g2", &elder, "old-age-allowance"));
    assert_eq!(status, 202, "{answer}");
    assert_eq!(live.alert("missed-old-age-allowance", "withdrawn"), missed);
    drop(live);

    std::fs::remove_dir_all(place.config.with_file_name("data").join("state")).unwrap();
    let live = place.start();
    assert_eq!(live.alert("deceased-recipient", "decided"), alert);
    assert_eq!(live.alert("missed-old-age-allowance", "withdrawn"), missed);
    for rule in ["deceased-recipient", "missed-old-age-allowance"] {
        let (_, page) = live.get(&format!("/v1/alerts?state=open&rule={rule}"));
        assert_eq!(page["items"], json!([]), "a handled alert was raised again");
    }
}

/// More people than are counted at once after a start.
#[test]
fn after_a_start_everybody_is_counted() {
    const BORN_ON_ONE_DAY: u32 = 999;
    let place = Place::new();
    let data = place.config.with_file_name("data");
    let mut lines = String::new();
    for (born, nth) in (1..=17).flat_map(|day| (1..=BORN_ON_ONE_DAY).map(move |nth| (day, nth))) {
        let number = born * 1_000 + nth;
        let someone = person(&format!("198001{born:02}"), nth, "王某");
        lines.push_str(&registered(&format!("r{number}"), &someone, &format!("H{number}")).to_string());
        lines.push('\n');
    }
    let file = data.with_file_name("police.jsonl");
    std::fs::write(&file, lines).unwrap();
    ingest(&data, "police", &file);
    run(&["run", "--config", text(&place.config), "--drain", "--day", AS_OF, "--json"]);
    // Everybody is evaluated already: nothing but the start has them counted.
    let live = place.start();
    let outcomes = live.until("counted", |live| {
        let (status, outcomes) = live.get("/v1/outcomes");
        (status == 200).then_some(outcomes)
    });
    assert_eq!(outcomes["day"], AS_OF);
    let (_, metrics) = live.get("/metrics");
    assert!(
        metrics.as_str().unwrap().contains("sanzao_evaluations_total{bureau=\"320614\"} 0\n"),
        "{metrics}"
    );
    let all = outcomes["everybody"].as_array().unwrap().iter().find(|row| row["dimension"] == "all").unwrap();
    assert_eq!(all["residents"]["count"], 17 * BORN_ON_ONE_DAY, "{all}");
}
