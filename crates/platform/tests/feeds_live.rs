//! Feeds of a running platform: a sender sees what became of its events, and a rejected one is repaired, across a
//! kill -9.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;
use ureq::http::Request;

const STRUCTURED: &str = "application/cloudevents+json";

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
            .args(["run", "--config", text(config), "--day", AS_OF])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Live { child, address, agent }
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request = request
            .header("authorization", format!("Bearer {}", token_for(path)))
            .header("content-type", kind);
        let mut answer = if method == "GET" {
            self.agent.run(request.body(()).unwrap()).unwrap()
        } else {
            self.agent.run(request.body(body).unwrap()).unwrap()
        };
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn get(&self, path: &str) -> Value {
        self.send("GET", path, STRUCTURED, &Value::Null).1
    }

    /// Tries until there is something.
    fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < deadline, "not {what} after two minutes: {}", self.get("/v1/feeds"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// So many receipts of a feed, read page by page.
    fn receipts(&self, feed: &str, count: usize) -> Vec<Value> {
        self.until(&format!("{count} receipts"), || {
            let (mut all, mut path) = (Vec::new(), format!("/v1/feeds/{feed}/receipts?limit=2"));
            loop {
                let page = self.get(&path);
                all.extend(page["items"].as_array()?.iter().cloned());
                if page["more"] == false {
                    return (all.len() >= count).then_some(all);
                }
                path = format!("/v1/feeds/{feed}/receipts?limit=2&after={}", page["next"].as_str()?);
            }
        })
    }
}

fn death(id: &str, id_number: &str) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/320614/health", "type": "health.death.certified.v1",
        "time": "2026-05-10T09:00:00+08:00",
        "data": {"person": {"id_number": id_number, "name": "王一"}, "certificate_no": "C1", "on": "2026-05-09"}})
}

fn place(folder: &Path) -> PathBuf {
    let (data, config) = (data_dir(folder, "data"), folder.join("sanzao.toml"));
    let parameters = expects_nothing(folder);
    let settings = format!(
        "data = {:?}\n{parameters}[api]\nlisten = \"127.0.0.1:0\"\n{}",
        text(&data),
        accounts(folder)
    );
    std::fs::write(&config, settings).unwrap();
    config
}

#[test]
fn a_sender_sees_both_the_rejection_and_its_repair() {
    let folder = tempfile::tempdir().unwrap();
    let config = place(folder.path());
    let live = Live::start(&config);
    let first_17 = "32061419400301001";
    let right = format!("{first_17}{}", check_character(first_17));
    let batch = json!([death("a", &right), death("w", "320614194003010011"), death("a", &right)]);
    let (status, answer) = live.send("POST", "/v1/events", "application/cloudevents-batch+json", &batch);
    assert_eq!(status, 202, "{answer}");
    let receipts = live.receipts("health", 3);
    let mut seen: Vec<_> =
        receipts.iter().map(|of| (of["offset"].as_u64().unwrap(), of["outcome"].as_str().unwrap())).collect();
    seen.sort();
    assert_eq!(seen, [(0, "accepted"), (1, "rejected"), (2, "duplicate")]);
    let listed = live.until("the rejection is listed", || {
        let page = live.get("/v1/feeds/health/rejections?repaired=false");
        page["items"].as_array().filter(|items| !items.is_empty()).cloned()
    });
    assert_eq!(listed[0]["offset"], 1);
    assert!(!listed[0].to_string().contains("32061419400301"), "personal data in {}", listed[0]);

    let path = "/v1/feeds/health/rejections/0/1/repair";
    let mut other = death("w", &right);
    other["source"] = "/320614/registry".into();
    let (status, problem) = live.send("POST", path, STRUCTURED, &other);
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("/320614/health"), "{problem}");
    live.until("known not to be rejected", || {
        let accepted = "/v1/feeds/health/rejections/0/0/repair";
        let (status, problem) = live.send("POST", accepted, STRUCTURED, &death("w", &right));
        assert!([404, 503].contains(&status), "{problem}");
        (status == 404).then_some(())
    });
    let (status, answer) = live.send("POST", path, STRUCTURED, &death("w", &right));
    assert_eq!(status, 202, "{answer}");
    assert_eq!((&answer["offset"], &answer["repairs"]), (&json!(3), &json!({"partition": 0, "offset": 1})));
    // Killed as soon as the repair is safe in the log.
    drop(live);

    let live = Live::start(&config);
    let receipts = live.receipts("health", 4);
    let last = receipts.iter().find(|of| of["offset"] == 3).unwrap();
    assert_eq!((&last["outcome"], &last["repairs"]["offset"]), (&json!("accepted"), &json!(1)));
    let repaired = live.until("the repair is noted", || {
        let page = live.get("/v1/feeds/health/rejections?repaired=true");
        page["items"].as_array().filter(|items| !items.is_empty()).cloned()
    });
    let by = json!({"place": {"partition": 0, "offset": 3}, "outcome": "accepted"});
    assert_eq!(repaired[0]["repair"], by);
    let (status, problem) = live.send("POST", path, STRUCTURED, &death("w", &right));
    assert_eq!(status, 409, "{problem}");
    let health = live.get("/v1/feeds/health");
    let counts = &health["summary"]["counts"];
    assert_eq!(
        (&counts["accepted"], &counts["duplicate"], &counts["rejected"], &counts["repaired"]),
        (&json!(2), &json!(1), &json!(1), &json!(1))
    );
    let completeness = live.until("completeness is counted", || {
        let feeds = live.get("/v1/feeds");
        Some(feeds["feeds"][2]["completeness"].clone()).filter(|of| !of.is_null())
    });
    assert_eq!(completeness, json!({"day": AS_OF, "registry_people": 0, "named": 0}));
    let line = "sanzao_feed_events_total{feed=\"health\",outcome=\"rejected\"} 1";
    live.until(line, || live.get("/metrics").as_str()?.contains(line).then_some(()));
}
