//! What departments are told and asked by a running platform: over HTTP to receivers that are away, across kills, and
//! with answers that come back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use receiver::*;
use sanzao_casework::Calendar;
use sanzao_exchange::WebhookSecret;
use sanzao_journal::{EmbeddedJournal, Journal, Stream, Topic};
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;
use ureq::http::Request;

/// For how long a decision is not told, as it may be taken back.
const HELD_BACK: Duration = Duration::from_secs(12);

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
    fn start(config: &Path) -> Live {
        let mut child = sanzao()
            .args(["run", "--config", text(config)])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let live = Live { child, address, agent };
        live.until("ready", |live| (live.send("GET", "/readyz", TOKEN, &Value::Null).0 == 200).then_some(()));
        live
    }

    fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let kind = match path {
            "/v1/events" => "application/cloudevents-batch+json",
            _ => "application/json",
        };
        let key = format!("{:?}", Instant::now()).replace(' ', "");
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", kind)
            .header("if-match", "*")
            .header("idempotency-key", &key[key.len().saturating_sub(60)..]);
        let mut answer = match method {
            "GET" => self.agent.run(request.body(()).unwrap()).unwrap(),
            _ => self.agent.run(request.body(body.to_string()).unwrap()).unwrap(),
        };
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn get(&self, path: &str) -> Value {
        self.send("GET", path, TOKEN, &Value::Null).1
    }

    fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let (status, answer) = self.send("POST", path, token, body);
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    fn act(&self, alert: &str, body: &Value) -> Value {
        self.post(&format!("/v1/alerts/{alert}/acts"), TOKEN, body)
    }

    fn until<T>(&self, what: &str, look: impl Fn(&Live) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(400);
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            assert!(Instant::now() < deadline, "not {what} in time: {}", self.get("/v1/webhooks"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The items of a list, once there are so many.
    fn items(&self, path: &str, count: usize) -> Vec<String> {
        self.until(&format!("{count} of {path}"), |live| {
            let page = live.get(path);
            let items = page["items"].as_array()?;
            let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned());
            (items.len() >= count).then(|| ids.collect())
        })
    }

    /// Waits until a line of the metrics says so.
    fn metric(&self, line: &str) {
        self.until(line, |live| {
            let metrics = live.get("/metrics");
            metrics.as_str()?.lines().any(|known| known == line).then_some(())
        });
    }
}

/// A data directory, and its configuration with a webhook of two departments.
fn place(folder: &Path, medical: u16, police: u16) -> PathBuf {
    let (data, config) = (data_dir(folder, "data"), folder.join("sanzao.toml"));
    let secret = folder.join("secret");
    std::fs::write(&secret, format!("{}\n", &*WebhookSecret::new(&SECRET).unwrap().expose())).unwrap();
    let webhook = |department: &str, port: u16| {
        format!(
            "[[webhook]]\ndepartment = {department:?}\nurl = \"http://127.0.0.1:{port}/hooks\"\n\
             secret_file = {:?}\nallowed_networks = [\"127.0.0.0/8\"]\n",
            text(&secret)
        )
    };
    let settings = format!(
        "data = {:?}\n{}[api]\nlisten = \"127.0.0.1:0\"\n{}{}{}",
        text(&data),
        expects_nothing(folder),
        accounts(folder),
        webhook("medical-insurance", medical),
        webhook("police", police)
    );
    std::fs::write(&config, settings).unwrap();
    config
}

fn person(born: &str, nth: u32, name: &str) -> Value {
    let first_17 = format!("320614{born}{nth:03}");
    json!({"id_number": format!("{first_17}{}", check_character(&first_17)), "name": name})
}

/// Decisions are made today, so the data are of these days.
fn days_ago(days: i32) -> String {
    sanzao::clock::today().plus_days(-days).to_string()
}

fn event(id: &str, kind: &str, data: Value) -> Value {
    let feed = kind.split('.').next().unwrap();
    json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": format!("{}T09:00:00+08:00", days_ago(15)), "data": data})
}

/// A stay in hospital that cost much: the alert rests on it alone.
fn costly(id: &str, person: &Value) -> Value {
    let (begin, end) = (days_ago(30), days_ago(20));
    let data = json!({"setl_id": id, "person": person, "insutype": "390", "med_type": "inpatient",
        "begin": begin, "end": end, "medfee_sumamt": 30000, "fund_pay_sumamt": 1000, "maf_pay": 0,
        "psn_part_amt": 29000, "on": end});
    event(id, "medical-insurance.settlement.settled", data)
}

/// Home care that is due for a re-check.
fn home_care(person: &Value) -> Value {
    let data = json!({"benefit_id": "B1", "program": "home-care", "person": person, "monthly_amount": 60,
        "on": days_ago(500)});
    event("g1", "registry.benefit.granted", data)
}

/// The records of a topic, as text.
fn topic(data: &Path, name: &str) -> Vec<String> {
    let journal = EmbeddedJournal::open(data, || 0).unwrap();
    let batch = journal.read(&Stream::new(Topic::new(name).unwrap(), 0), 0, 64 << 20).unwrap();
    batch.records.iter().map(|record| String::from_utf8_lossy(&record.value).into_owned()).collect()
}

fn names_nobody(data: &Path, people: &[&Value]) {
    let mut texts: Vec<(String, String)> = Vec::new();
    for name in ["exchange", "results.medical-insurance"] {
        let records = topic(data, name);
        assert!(!records.is_empty(), "{name} is empty: nothing was checked");
        texts.push((name.to_owned(), records.concat()));
    }
    for file in ["exchange.db", "exchange.db-wal"] {
        let bytes = std::fs::read(data.join(file)).unwrap_or_default();
        texts.push((file.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    for (what, text) in texts {
        for person in people {
            for personal in [&person["id_number"], &person["name"]] {
                assert!(!text.contains(personal.as_str().unwrap()), "{what} names somebody");
            }
        }
    }
}

/// Decisions are told when they cannot be taken back any more; a receiver that is away, and kills in between, lose
/// nothing and double nothing.
#[test]
fn departments_are_told_what_became_of_their_records() {
    let folder = tempfile::tempdir().unwrap();
    let (medical, police) = (free_port(), free_port());
    let config = place(folder.path(), medical, police);
    let data = folder.path().join("data");
    let live = Live::start(&config);
    let (right, wrong) = (person("19700301", 1, "王一一"), person("19710301", 2, "李二二"));
    let events = json!([costly("S1", &right), costly("S2", &wrong)]);
    let answer = live.post("/v1/events", SENDER, &events);
    let alerts = live.items("/v1/alerts?rule=costly-hospital-stay&state=open", 2);
    // Which is whose: by the fact's offset, in the end.
    for alert in &alerts {
        live.act(alert, &json!({"act": "claim"}));
    }
    let decided = Instant::now();
    live.act(&alerts[0], &json!({"act": "decide", "outcome": "wrong-data", "reason": "结算有误"}));
    live.act(&alerts[1], &json!({"act": "decide", "outcome": "helped", "reason": "已办"}));
    live.act(&alerts[1], &json!({"act": "undo"}));
    // Killed while the decision is held back.
    drop(live);
    let told = topic(&data, "results.medical-insurance");
    assert!(told.is_empty() || decided.elapsed() > HELD_BACK, "it was told too early: {told:?}");

    let live = Live::start(&config);
    live.metric("sanzao_exchange_results_total{feed=\"medical-insurance\"} 1");
    let put_off = "sanzao_exchange_deliveries_total{endpoint=\"medical-insurance\",outcome=\"put-off\"} ";
    live.until(put_off, |live| {
        let metrics = live.get("/metrics");
        let count =
            metrics.as_str()?.lines().find_map(|known| known.strip_prefix(put_off)?.parse::<f64>().ok());
        count.filter(|count| *count >= 1.0)
    });
    // The receiver is away; killed while the message waits.
    drop(live);
    let receiver = Receiver::start(medical);
    let live = Live::start(&config);
    live.until("delivered", |_| (!receiver.of_type("sanzao.result.v1").is_empty()).then_some(()));
    let webhooks = live.until("noted", |live| {
        let webhooks = live.get("/v1/webhooks");
        (webhooks["items"][0]["delivered"] == 1).then_some(webhooks)
    });
    assert_eq!(webhooks["items"][0]["waiting"], 0, "{webhooks}");
    let told = &receiver.of_type("sanzao.result.v1")[0];
    let said = &told.body["data"];
    assert_eq!((&said["verdict"], &said["alert"]), (&json!("wrong"), &json!(alerts[0])), "{said}");
    assert_eq!(said["kind"], "settlement.settled");
    let offsets: Vec<_> =
        answer["events"].as_array().unwrap().iter().map(|it| it["offset"].clone()).collect();
    assert!(offsets.contains(&said["record"]["offset"]), "{said}, sent as {offsets:?}");

    // The same again is nothing new; another decision on the other is.
    live.act(&alerts[1], &json!({"act": "decide", "outcome": "helped", "reason": "已办"}));
    live.until("told of both", |_| (receiver.of_type("sanzao.result.v1").len() == 2).then_some(()));
    let second = receiver.of_type("sanzao.result.v1")[1].clone();
    assert_eq!(
        (&second.body["data"]["verdict"], &second.body["data"]["number"]),
        (&json!("confirmed"), &json!(1))
    );
    assert_ne!(second.id, told.id);
    // An appeal is told at once, as far as ten seconds are: the record is in dispute.
    let appeal = json!({"act": "appeal", "on": sanzao::clock::today(), "text": "家属不同意"});
    live.act(&alerts[1], &appeal);
    live.until("told of the appeal", |_| (receiver.of_type("sanzao.result.v1").len() == 3).then_some(()));
    let third = receiver.of_type("sanzao.result.v1")[2].clone();
    assert_eq!(
        (&third.body["data"]["verdict"], &third.body["data"]["number"]),
        (&json!("in-dispute"), &json!(2))
    );
    drop(live);

    // The topic says the same, each once but for what a kill may repeat.
    let mut records = topic(&data, "results.medical-insurance");
    records.dedup();
    let bodies: Vec<String> =
        receiver.of_type("sanzao.result.v1").iter().map(|message| message.body.to_string()).collect();
    let parsed: Vec<String> = records.iter().map(|record| json(record).to_string()).collect();
    assert_eq!(parsed, bodies);

    // Without its file all is told again under the same ids.
    for file in ["exchange.db", "exchange.db-wal", "exchange.db-shm"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    let live = Live::start(&config);
    live.until("told again", |_| (receiver.of_type("sanzao.result.v1").len() == 6).then_some(()));
    let ids = |from: usize| {
        let all = receiver.of_type("sanzao.result.v1");
        let mut ids: Vec<String> = all[from..].iter().take(3).map(|message| message.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(0), ids(3));
    live.until("noted", |live| {
        let webhooks = live.get("/v1/webhooks");
        (webhooks["items"][0]["delivered"] == 3).then_some(())
    });
    drop(live);

    let endpoints = run(&["exchange", "--config", text(&config), "--json", "endpoints"]);
    let first = json(endpoints.lines().next().unwrap());
    assert_eq!((&first["id"], &first["delivered"]), (&json!("medical-insurance"), &json!(3)));
}

/// A re-check of home care asks departments: over the webhook, or by the department's own look; the answers stand with
/// the task.
#[test]
fn departments_are_asked_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (medical, police) = (free_port(), free_port());
    let config = place(folder.path(), medical, police);
    let data = folder.path().join("data");
    let receiver = Receiver::start(police);
    let live = Live::start(&config);
    let elder = person("19400301", 1, "王一一");
    let sick = person("19710301", 2, "李二二");
    let granted = home_care(&elder);
    live.post("/v1/events", SENDER, &json!([granted, costly("S1", &sick)]));
    let task = live.items("/v1/tasks?rule=home-care-recheck", 1).remove(0);
    let today = sanzao::clock::today();
    let deadline = Calendar::built_in().working_days_after(today, 5);
    let questions = ["registration-and-living", "enrolment-and-long-term-care", "ability-and-stay"];
    let path = format!("/v1/tasks/{task}/verification");
    let asked = live.post(&path, TOKEN, &json!({"questions": questions, "deadline": deadline}));
    let request = |question: &str| {
        let items = asked["items"].as_array().unwrap();
        items.iter().find(|item| item["question"] == question).unwrap()["id"].as_str().unwrap().to_owned()
    };
    live.until("the police have it", |live| {
        let one = live.get(&format!("/v1/verifications/{}", request(questions[0])));
        (one["state"] == "delivered").then_some(())
    });
    let message = &receiver.of_type("sanzao.verification.v1")[0].body["data"];
    assert_eq!(message["person"], elder, "the one message that names somebody");
    assert_eq!((&message["request"], &message["state"]), (&json!(request(questions[0])), &json!("asked")));

    let value = json!({"holds": "holds", "on": today});
    let answer = json!({"code": "answered",
        "values": {"living": value, "registered-here": value, "lives-alone": value}});
    live.post(&format!("/v1/verifications/{}/answer", request(questions[0])), SENDER, &answer);
    // The health department has no webhook: it looks for itself, and then has it.
    let looked = live.until("the vault knows the person", |live| {
        let path = format!("/v1/verifications/{}/receive", request(questions[2]));
        let (status, one) = live.send("POST", &path, SENDER, &Value::Null);
        assert_eq!(status, 200, "{one}");
        (!one["person"].is_null()).then_some(one)
    });
    assert_eq!((&looked["person"], &looked["state"]), (&elder, &json!("delivered")));
    let cancel = format!("/v1/verifications/{}/cancel", request(questions[1]));
    live.post(&cancel, TOKEN, &json!({}));
    drop(live);

    let live = Live::start(&config);
    let shown = live.get(&path);
    let state = |question: &str| {
        let items = shown["items"].as_array().unwrap();
        items.iter().find(|item| item["question"] == question).unwrap()["state"].clone()
    };
    assert_eq!(questions.map(state), [json!("answered"), json!("cancelled"), json!("delivered")], "{shown}");
    let answered =
        shown["items"].as_array().unwrap().iter().find(|item| item["state"] == "answered").unwrap();
    assert_eq!(answered["answer"]["values"]["living"]["holds"], "holds");
    // Something to be told, so that all topics are looked at.
    let alert = live.items("/v1/alerts?rule=costly-hospital-stay&state=open", 1).remove(0);
    live.act(&alert, &json!({"act": "claim"}));
    live.act(&alert, &json!({"act": "decide", "outcome": "no-action", "reason": "家庭可承担"}));
    live.metric("sanzao_exchange_results_total{feed=\"medical-insurance\"} 1");
    drop(live);
    assert_eq!(receiver.of_type("sanzao.verification.v1").len(), 1, "an answered question was sent again");
    names_nobody(&data, &[&elder, &sick]);
    let requests = run(&["exchange", "--config", text(&config), "--json", "requests"]);
    assert_eq!(requests.lines().count(), 3, "{requests}");
    let accesses = run(&["vault", "--data", text(&data), "--json", "accesses"]);
    let reveals = accesses
        .lines()
        .map(json)
        .filter(|access| access["purpose"].as_str().is_some_and(|purpose| purpose.starts_with("核对 ")));
    assert!(reveals.count() >= 2, "a reveal is not on record: {accesses}");
}

#[test]
fn what_is_wrong_with_a_webhook_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = place(folder.path(), 9, 10);
    let good = std::fs::read_to_string(&config).unwrap();
    for (from, to, expected) in [
        ("department = \"police\"", "department = \"tax\"", "line"),
        ("/secret\"", "/missing\"", "[[webhook]] medical-insurance: cannot read"),
        ("http://127.0.0.1:9", "http://a.example", "expected https"),
        ("127.0.0.0/8", "127.0.0", "allowed_networks"),
    ] {
        std::fs::write(&config, good.replacen(from, to, 1)).unwrap();
        let output = sanzao().args(["run", "--config", text(&config)]).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(expected), "{expected:?} is not in {error}");
    }
}

/// Days off are those of the file that the configuration names: for what people have time for, and for what departments
/// are asked by.
#[test]
fn working_days_are_those_of_the_configured_notices() {
    let folder = tempfile::tempdir().unwrap();
    let config = place(folder.path(), 9, 10);
    let tomorrow = sanzao::clock::today().plus_days(1);
    let year = tomorrow.to_string()[..4].to_owned();
    // As long as a holiday may be.
    let last = tomorrow.plus_days(14).min(format!("{year}-12-31").parse().unwrap());
    let notices = |number: &str| {
        format!(
            "[[year]]\nyear = {year}\ntitle = \"放假通知\"\nnumber = {number}\npublished = {year}-01-01\n\
             [[year.holiday]]\nname = \"长假\"\nfrom = {tomorrow}\nto = {last}\n"
        )
    };
    let file = folder.path().join("calendar.toml");
    let settings = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("calendar = {:?}\n{settings}", text(&file))).unwrap();
    std::fs::write(&file, notices("7")).unwrap();
    let output = sanzao().args(["run", "--config", text(&config), "--drain"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("calendar.toml: calendar, line 4"), "{error}");

    std::fs::write(&file, notices("\"国办发明电〔2025〕7号\"")).unwrap();
    let live = Live::start(&config);
    let sick = person("19710301", 2, "李二二");
    let elder = person("19400301", 1, "王一一");
    let granted = home_care(&elder);
    live.post("/v1/events", SENDER, &json!([granted, costly("S1", &sick)]));
    let alert = live.items("/v1/alerts?rule=costly-hospital-stay", 1).remove(0);
    let due = live.get(&format!("/v1/alerts/{alert}"))["due"].as_str().unwrap().to_owned();
    assert!(due > last.to_string(), "ten working days from today end after the holidays, not on {due}");
    let task = live.items("/v1/tasks?rule=home-care-recheck", 1).remove(0);
    let ask = |deadline: &str| {
        let body = json!({"questions": ["registration-and-living"], "deadline": deadline});
        live.send("POST", &format!("/v1/tasks/{task}/verification"), TOKEN, &body).0
    };
    // Whatever weekday it is.
    assert_eq!(ask(&tomorrow.to_string()), 422, "nobody works tomorrow");
}
