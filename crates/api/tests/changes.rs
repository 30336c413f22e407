//! What happens to alerts and tasks, as a list and as a stream.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use platform::{Platform, level};
use sanzao_access::{Role, Territory};
use sanzao_model::{Level, LevelState, Procedure, Sensitivity};
use serde_json::Value;
use ureq::http::Request;

/// All changes, by pages of a size, as the links lead.
fn all(platform: &Platform, limit: usize) -> Vec<Value> {
    let mut path = format!("/v1/changes?limit={limit}");
    let mut all = Vec::new();
    loop {
        let answer = platform.get(&path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let items = body["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit);
        all.extend(items);
        assert_eq!(body["until"], all.last().unwrap()["id"]);
        let link = answer.header("link");
        assert_eq!(body["next"].is_null(), link.is_empty());
        if link.is_empty() {
            return all;
        }
        assert_eq!(body["next"], body["until"]);
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
}

/// A stream of changes that is being read.
struct Stream {
    lines: std::io::Lines<BufReader<ureq::BodyReader<'static>>>,
}

fn open(platform: &Platform, path: &str, last: Option<&str>) -> ureq::http::Response<ureq::Body> {
    open_as(platform, &platform.token, path, last)
}

fn open_as(
    platform: &Platform,
    token: &str,
    path: &str,
    last: Option<&str>,
) -> ureq::http::Response<ureq::Body> {
    let mut request = Request::builder()
        .uri(format!("http://{}{path}", platform.address))
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let timeout = Some(Duration::from_secs(30));
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_recv_body(timeout).build();
    ureq::Agent::from(config).run(request.body(()).unwrap()).unwrap()
}

impl Stream {
    fn open(platform: &Platform, path: &str, last: Option<&str>) -> Stream {
        Stream::open_as(platform, &platform.token, path, last)
    }

    fn open_as(platform: &Platform, token: &str, path: &str, last: Option<&str>) -> Stream {
        let response = open_as(platform, token, path, last);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Stream { lines: BufReader::new(response.into_body().into_reader()).lines() }
    }

    /// The next event; none at the end.
    fn next(&mut self) -> Option<Value> {
        let mut id = None;
        for line in self.lines.by_ref() {
            let line = line.ok()?;
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if let Some(text) = line.strip_prefix("data: ") {
                let event: Value = serde_json::from_str(text).unwrap();
                // A browser's last id is the cursor.
                if let Some(id) = id {
                    assert_eq!(event["id"], id);
                }
                return Some(event);
            }
        }
        None
    }

    fn take(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|_| self.next().unwrap()).collect()
    }
}

/// Everything that can happen to an alert and to a task, as far as casework does it.
fn eventful() -> Platform {
    let platform = Platform::with_work();
    let gone = |person| Level {
        state: LevelState::Known(Vec::new()),
        ..level("high-yearly-self-pay", Procedure::Help, person)
    };
    let (mut updated, back) = (
        level("high-yearly-self-pay", Procedure::Help, 0),
        level("high-yearly-self-pay", Procedure::Help, 1),
    );
    updated.version = 9;
    platform.stages.levels(vec![updated, gone(1)]);
    platform.stages.levels(vec![back]);
    let path = format!("/v1/alerts/{}", platform.alert());
    assert_eq!(platform.claim(&path, "c").status, 200);
    let body = r#"{"outcome":"helped","reason":"已上门办理"}"#;
    assert_eq!(platform.decide(&path, "r", body).status, 200);
    platform
}

#[test]
fn pages_tell_all_that_happened_once() {
    let platform = eventful();
    let whole = all(&platform, 500);
    assert_eq!(whole.len(), 25 + 5 + 12 + 2 + 2 + 2);
    for limit in [1, 7, 47, 46] {
        assert_eq!(all(&platform, limit), whole, "{limit}");
    }
    let ids: BTreeSet<_> = whole.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), whole.len());
    let kinds: Vec<_> = whole[42..].iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = [
        "alert.updated",
        "alert.withdrawn",
        "alert.updated",
        "alert.reopened",
        "alert.claimed",
        "alert.closed",
    ];
    assert_eq!(kinds, expected.map(|what| format!("sanzao.{what}.v1")));
    // To ask again at the end is to see nothing, and to stay there.
    let last = whole.last().unwrap()["id"].as_str().unwrap();
    let body = platform.get(&format!("/v1/changes?after={last}")).json();
    assert_eq!((body["items"].as_array().unwrap().len(), &body["until"]), (0, &whole.last().unwrap()["id"]));
    let latest = platform.get("/v1/changes?after=latest").json();
    assert_eq!(latest, body);
    let nothing = Platform::start().get("/v1/changes").json();
    assert!(nothing["until"].is_null() && nothing["next"].is_null(), "{nothing}");
}

#[test]
fn an_event_shows_the_item_as_others_may_read_it() {
    let platform = eventful();
    let whole = all(&platform, 500);
    let resolved = whole.last().unwrap();
    let id = resolved["subject"].as_str().unwrap();
    let mut item = platform.get(&format!("/v1/alerts/{id}")).json();
    assert_eq!(item["state_details"]["reason"], "已上门办理");
    item["state_details"].as_object_mut().unwrap().remove("reason");
    for of_the_detail in ["history", "handled", "next", "suspensions"] {
        assert!(item.as_object_mut().unwrap().remove(of_the_detail).is_some(), "{of_the_detail}");
    }
    assert_eq!(resolved["data"], item);
    assert_eq!(resolved["time"], item["state_details"]["at"]);
    assert_eq!(resolved["source"], "/sanzao/320614/work");
    assert!(!whole.iter().any(|event| event.to_string().contains("已上门办理")));
    assert!(whole.iter().all(|event| event["data"]["id"] == event["subject"]));
    assert!(whole[0]["time"].is_null() && whole[42]["time"].is_null());
    assert_eq!((&whole[0]["data"]["version"], &whole[42]["data"]["version"]), (&3.into(), &9.into()));
}

#[test]
fn streams_go_on_where_they_were_left() {
    let platform = eventful();
    let whole = all(&platform, 500);
    let mut stream = Stream::open(&platform, "/v1/changes", None);
    assert_eq!(stream.take(whole.len()), whole);
    let mut second = Stream::open(&platform, "/v1/changes?after=latest", None);
    let middle = whole[20]["id"].as_str().unwrap();
    let mut third = Stream::open(&platform, "/v1/changes?after=latest", Some(middle));
    assert_eq!(third.take(whole.len() - 21), whole[21..]);

    platform.stages.find("deceased-recipient", Procedure::Review, 100..103);
    let new = all(&platform, 500).split_off(whole.len());
    assert_eq!(new.len(), 3);
    for stream in [&mut stream, &mut second, &mut third] {
        assert_eq!(stream.take(3), new);
    }
}

#[test]
fn streams_end_when_the_server_stops() {
    let mut platform = Platform::with_work();
    let mut stream = Stream::open(&platform, "/v1/changes?after=latest", None);
    let begin = std::time::Instant::now();
    platform.stop().unwrap();
    assert_eq!(stream.next(), None);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn there_are_only_so_many_streams() {
    let platform = Platform::with_work();
    // Nobody holds all places: each account has eight.
    let tokens: Vec<String> = (0..8)
        .map(|number| {
            let name = format!("streamer{number}");
            platform.add_account(&name, &[Role::Supervisor], Territory::WholeBureau);
            platform.bearer(&name).trim_start_matches("Bearer ").to_owned()
        })
        .collect();
    let mut streams = Vec::new();
    for token in &tokens {
        streams.extend((0..8).map(|_| Stream::open_as(&platform, token, "/v1/changes", None)));
        if streams.len() < 64 {
            assert_eq!(
                open_as(&platform, token, "/v1/changes", None).status(),
                503,
                "a ninth of one account"
            );
        }
    }
    let refused = open(&platform, "/v1/changes", None);
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    assert!(refused.headers().contains_key("retry-after"));
    // Lists have room, and a place that is given up is free again.
    assert_eq!(platform.get("/v1/changes").status, 200);
    assert!(streams.iter_mut().all(|stream| stream.next().is_some()));
    streams.pop();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while open(&platform, "/v1/changes", None).status() != 200 {
        // The server sees that a client has gone when it has something to tell.
        platform.stages.find("deceased-recipient", Procedure::Review, 0..1);
        // Each asks; who asks too often is not answered.
        platform.stages.pass(1);
        assert!(std::time::Instant::now() < deadline, "the place of a closed stream is not given back");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let platform = Platform::with_work();
    for after in ["1", "1.", "x.y", "01.0", "1.00", "-1.0", "Latest"] {
        platform.get(&format!("/v1/changes?after={after}")).is_problem(400, "cursor");
        assert_eq!(open(&platform, "/v1/changes", Some(after)).status(), 400, "{after}");
    }
    // Outside streams nobody reads the header.
    let answer = platform.send("GET", "/v1/changes", &[("last-event-id", "x")], None);
    assert_eq!(answer.status, 200);
    for query in ["limit=0", "limit=501", "limit=x", "before=1.0", "after=1.0&after=2.0"] {
        platform.get(&format!("/v1/changes?{query}")).is_problem(400, "query");
    }
    let building = Platform::start();
    building.stages.be_unready("catching up");
    building.get("/v1/changes").is_problem(503, "unavailable");
    assert_eq!(open(&building, "/v1/changes", None).status(), 503);
}

#[test]
fn of_what_is_sensitive_changes_tell_no_more_than_lists() {
    let platform = Platform::start();
    let mut sensitive = level("minor-unprotected", Procedure::Help, 1);
    (sensitive.sensitivity, sensitive.title) = (Sensitivity::ALL[1], "未成年人失去监护".into());
    let plain = level("high-yearly-self-pay", Procedure::Help, 2);
    let (title, why) = match &plain.state {
        LevelState::Known(findings) => (plain.title.clone(), findings[0].why.clone()),
        LevelState::Unknown { .. } => panic!("it is known"),
    };
    platform.stages.levels(vec![sensitive, plain]);
    let mut streamed = Stream::open(&platform, "/v1/changes", None);
    for changes in [all(&platform, 50), streamed.take(2)] {
        let of = |rule: &str| &changes.iter().find(|change| change["data"]["rule"] == rule).unwrap()["data"];
        let (told, plain) = (of("minor-unprotected"), of("high-yearly-self-pay"));
        let listed = platform.get("/v1/alerts?rule=minor-unprotected").json()["items"][0].clone();
        assert_eq!((&told["title"], &told["why"]), (&listed["title"], &listed["why"]));
        for text in ["why", "legal_basis", "clears"] {
            assert_eq!(told[text], "", "{text}");
        }
        assert_eq!((&told["values"], &told["evidence"]), (&serde_json::json!({}), &serde_json::json!([])));
        assert!(!told.to_string().contains("未成年人失去监护"));
        assert_eq!((plain["title"].as_str().unwrap(), plain["why"].as_str().unwrap()), (&*title, &*why));
        assert!(!plain["evidence"].as_array().unwrap().is_empty());
    }
    // What data withdraw says why, by title.
    let mut gone = level("minor-unprotected", Procedure::Help, 1);
    (gone.sensitivity, gone.title) = (Sensitivity::ALL[1], "未成年人失去监护".into());
    gone.state = LevelState::Known(Vec::new());
    platform.stages.levels(vec![gone]);
    let last = all(&platform, 50).pop().unwrap();
    assert_eq!(last["data"]["state"], "withdrawn");
    let list = platform.get("/v1/alerts?state=withdrawn").json();
    let item = &list["items"][0];
    assert_eq!((&item["rule"], &item["occasion"]), (&Value::Null, &Value::Null));
    for told in [&last["data"], item] {
        assert!(told["state_details"]["on"].is_string(), "{told}");
        assert!(!told.to_string().contains("未成年人失去监护"), "{told}");
    }
    let item = platform.get(&format!("/v1/alerts/{}", item["id"].as_str().unwrap())).json();
    assert_eq!((&item["rule"], &item["title"]), (&"minor-unprotected".into(), &"未成年人失去监护".into()));
    assert!(item["state_details"]["cause"].as_str().unwrap().contains("未成年人失去监护"));
}

#[test]
fn what_people_wrote_of_what_is_sensitive_stands_in_no_list() {
    let platform = Platform::start();
    let mut sensitive = level("minor-unprotected", Procedure::Help, 0);
    sensitive.sensitivity = Sensitivity::ALL[1];
    platform.stages.levels(vec![sensitive, level("high-yearly-self-pay", Procedure::Help, 1)]);
    for alert in platform.get("/v1/alerts").json()["items"].as_array().unwrap() {
        let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
        assert_eq!(platform.claim(&path, &format!("c{path}")).status, 200);
        let body = r#"{"outcome":"helped","reason":"由亲戚照料"}"#;
        assert_eq!(platform.decide(&path, &format!("d{path}"), body).status, 200);
        assert!(platform.get(&path).text.contains("由亲戚照料"));
    }
    let list = platform.get("/v1/alerts");
    assert_eq!(list.text.matches("由亲戚照料").count(), 1, "of the general one alone: {}", list.text);
    assert!(!platform.get("/v1/changes").text.contains("由亲戚照料"));
}
