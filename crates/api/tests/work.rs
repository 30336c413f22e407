//! Alerts and tasks over HTTP.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::BTreeSet;

use platform::Platform;
use sanzao_model::Procedure;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Follows the links of a list; `between` happens between pages.
fn walk(platform: &Platform, path: &str, mut between: impl FnMut()) -> Vec<String> {
    let (mut path, mut found) = (path.to_owned(), Vec::new());
    loop {
        let answer = platform.get(&path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.json();
        found.extend(ids(&page));
        let link = answer.header("link");
        if page["next"].is_null() {
            assert_eq!(link, "");
            return found;
        }
        assert!(link.contains(page["next"].as_str().unwrap()));
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        between();
    }
}

#[test]
fn a_list_shows_items_and_filters_them() {
    let platform = Platform::with_work();
    let page = platform.get("/v1/alerts").json();
    assert_eq!((ids(&page).len(), &page["next"]), (30, &Value::Null));
    let first = &page["items"][0];
    assert_eq!(first["state"], "open");
    assert_eq!(first["state_details"], json!({}));
    assert_eq!(first["subject"]["kind"], "person");
    assert_eq!(first["version"], 3);
    let dues: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|item| item["due"].as_str().unwrap()).collect();
    assert!(dues.is_sorted());

    for (path, expected) in [
        ("/v1/tasks", 12),
        ("/v1/tasks?state=due", 12),
        ("/v1/tasks?state=done,overdue", 0),
        ("/v1/alerts?rule=high-yearly-self-pay", 25),
        ("/v1/alerts?procedure=review", 5),
        ("/v1/alerts?procedure=recheck", 0),
        ("/v1/alerts?division=320614", 30),
        ("/v1/alerts?division=320614100", 9 + 2),
        ("/v1/alerts?division=320684", 0),
        ("/v1/alerts?state=open,claimed&rule=deceased-recipient&division=320614100001", 2),
        ("/v1/alerts?rule=%E4%B8%8D", 0),
        (&format!("/v1/alerts?due_to={}", dues[0]), dues.iter().filter(|due| **due == dues[0]).count()),
        ("/v1/alerts?due_from=2099-01-01", 0),
        ("/v1/alerts?limit=500", 30),
    ] {
        let answer = platform.get(path);
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        assert_eq!(ids(&answer.json()).len(), expected, "{path}");
    }
}

#[test]
fn wrong_queries_are_problems() {
    let platform = Platform::with_work();
    let next = platform.get("/v1/alerts?limit=1").json()["next"].as_str().unwrap().to_owned();
    for query in [
        "colour=red",
        "state=due",
        "state=",
        "state=open,",
        "procedure=all",
        "division=",
        "division=32061a",
        "division=3206141000010",
        "due_from=2025-02-30",
        "due_to=yesterday",
        "limit=0",
        "limit=501",
        "limit=-1",
        "rule=a&rule=b",
    ] {
        platform.get(&format!("/v1/alerts?{query}")).is_problem(400, "query");
    }
    for path in [
        "/v1/alerts?cursor=x".to_owned(),
        format!("/v1/alerts?cursor={next}&state=open"),
        format!("/v1/tasks?cursor={next}"),
        "/v1/alerts?cursor=%F0%9F%98%80".to_owned(),
    ] {
        platform.get(&path).is_problem(400, "cursor");
    }
    assert_eq!(platform.get(&format!("/v1/alerts?cursor={next}&limit=3")).status, 200);
}

#[test]
fn paging_loses_and_repeats_nothing_while_alerts_are_opened() {
    let platform = Platform::with_work();
    let before: BTreeSet<_> = ids(&platform.get("/v1/alerts?division=320614").json()).into_iter().collect();
    let mut person = 100;
    let found = walk(&platform, "/v1/alerts?division=320614&limit=4", || {
        if person < 160 {
            platform.stages.find("high-yearly-self-pay", Procedure::Help, person..person + 3);
            person += 3;
        }
    });
    let once: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(once.len(), found.len(), "an alert was repeated");
    assert!(before.is_subset(&once), "an alert was lost");
    assert!(once.len() > before.len(), "nothing was opened in between: the test shows nothing");
}

#[test]
fn an_alert_says_what_it_rests_on() {
    let platform = Platform::with_work();
    let id = platform.alert();
    let answer = platform.get(&format!("/v1/alerts/{id}"));
    let alert = answer.json();
    assert!(answer.text.contains(r#""values":{"self_paid_fen":2000000,"limit_fen":2000000}"#), "{answer:?}");
    assert_eq!(alert["id"], id);
    assert_eq!(alert["why"], "今年自付医疗费用20000元");
    assert_eq!(alert["title"], "年度自付费用较高");
    let fact = &alert["evidence"][0];
    let seen = (&fact["feed"], &fact["department"], &fact["kind"], &fact["on"]);
    let expected = json!(["medical-insurance", "医保", "settlement.settled", "2025-04-22"]);
    assert_eq!(seen, (&expected[0], &expected[1], &expected[2], &expected[3]));
    // 16:30 on the 9th in UTC is the 10th in China; now is the 12th.
    let age =
        json!({"feed": "police", "department": "公安", "newest": "2025-06-09T16:30:00Z", "age_days": 2});
    assert_eq!(alert["feed_ages"], json!([age]));
    assert_eq!(alert["history"][0]["event"], "opened");
    assert_eq!(alert["history"][0]["finding"]["values"]["limit_fen"], 2_000_000);
    let offset = alert["history"][0]["offset"].as_u64().unwrap();
    assert_eq!(answer.header("etag"), format!("\"{offset}\""));

    platform.get(&format!("/v1/tasks/{id}")).is_problem(404, "not-found");
    for unknown in ["ffffffffffffffffffffffffffffffff", "x", "%ff"] {
        platform.get(&format!("/v1/alerts/{unknown}")).is_problem(404, "not-found");
        platform.get(&format!("/v1/tasks/{unknown}")).is_problem(404, "not-found");
    }
    let task = &platform.get("/v1/tasks?limit=1").json()["items"][0];
    let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(platform.get(&path).json()["due"], task["due"]);
}

#[test]
fn an_alert_is_claimed_and_resolved_once() {
    let platform = Platform::with_work();
    let id = platform.alert();
    let path = format!("/v1/alerts/{id}");
    let claimed = platform.command(&format!("{path}/claim"), "key-1", None);
    assert_eq!(claimed.status, 200, "{claimed:?}");
    assert_eq!(claimed.json()["state"], "claimed");
    assert_eq!(claimed.json()["state_details"], json!({"by": "operator", "at": "2025-06-12T01:00:00Z"}));
    assert_eq!(claimed.json()["history"][1]["event"], "moved");

    let body = r#"{"outcome": "helped", "reason": "已联系本人，转临时救助"}"#;
    let resolved = platform.command(&format!("{path}/resolve"), "key-2", Some(body));
    assert_eq!(resolved.status, 200, "{resolved:?}");
    assert_eq!(resolved.json()["state"], "resolved");
    assert_eq!(resolved.json()["state_details"]["outcome"], "helped");
    assert_eq!(resolved.json()["state_details"]["reason"], "已联系本人，转临时救助");
    assert_ne!(resolved.header("etag"), claimed.header("etag"));
    assert_eq!(platform.get(&path).json(), resolved.json());

    // The same keys give the same answers, though the alert has moved on, and nothing more is asked.
    let inbox = platform.stages.inbox();
    let again = platform.command(&format!("{path}/claim"), "key-1", None);
    assert_eq!((again.status, &again.text), (200, &claimed.text));
    assert_eq!(again.header("etag"), claimed.header("etag"));
    let again = platform.command(&format!("{path}/resolve"), "key-2", Some(body));
    assert_eq!((again.status, &again.text), (200, &resolved.text));
    assert_eq!(platform.stages.inbox(), inbox);

    platform.command(&format!("{path}/claim"), "key-2", None).is_problem(422, "key-reused");
    platform.command(&format!("{path}/claim"), "key-3", None).is_problem(409, "wrong-state");
    platform.command(&format!("{path}/claim"), "key-3", None).is_problem(409, "wrong-state");
    let rules = platform.get("/v1/statistics").json()["rules"].clone();
    let resolved = rules.as_array().unwrap().iter().find(|count| count["state"] == "resolved").unwrap();
    assert_eq!(resolved["count"], 1);
}

#[test]
fn commands_that_are_wrong_are_problems() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    let (claim, resolve) = (format!("{path}/claim"), format!("{path}/resolve"));
    let inbox = platform.stages.inbox();
    platform.send("POST", &claim, &[], Some(b"")).is_problem(400, "idempotency-key");
    for key in ["", "a b", &"x".repeat(129)] {
        platform.command(&claim, key, None).is_problem(400, "idempotency-key");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    platform.send("POST", &claim, &twice, Some(b"")).is_problem(400, "idempotency-key");
    let task = platform.get("/v1/tasks?limit=1").json()["items"][0]["id"].as_str().unwrap().to_owned();
    for id in [task.as_str(), "ffffffffffffffffffffffffffffffff", "x", "%ff"] {
        platform.command(&format!("/v1/alerts/{id}/claim"), "k", None).is_problem(404, "not-found");
    }
    for body in [
        "",
        "{}",
        r#"{"outcome":"helped"}"#,
        r#"{"outcome":"great","reason":"r"}"#,
        r#"{"outcome":"helped","reason":"r","extra":1}"#,
        r#"{"outcome":"helped","reason":"已联系11010519491231002x本人"}"#,
        &format!(r#"{{"outcome":"helped","reason":"{}"}}"#, "长".repeat(2_001)),
    ] {
        platform.command(&resolve, "k", Some(body)).is_problem(400, "body");
    }
    let text = [("idempotency-key", "k"), ("content-type", "text/plain")];
    platform.send("POST", &resolve, &text, Some(b"{}")).is_problem(415, "media-type");
    let large = " ".repeat(64 * 1024 + 1);
    platform.command(&resolve, "k", Some(&large)).is_problem(413, "too-large");
    assert_eq!(platform.stages.inbox(), inbox, "nothing of all this is a command");

    let body = r#"{"outcome":"no-action","reason":"r"}"#;
    platform.command(&resolve, "r1", Some(body)).is_problem(409, "wrong-state");
    assert_eq!(platform.command(&claim, "c1", None).status, 200);
    let body = r#"{"outcome":"no-action","reason":"  "}"#;
    platform.command(&resolve, "r2", Some(body)).is_problem(422, "reason-missing");
    let longest = format!(r#"{{"outcome":"no-action","reason":"{}"}}"#, "长".repeat(2_000));
    assert_eq!(platform.command(&resolve, "r3", Some(&longest)).status, 200);
}

#[test]
fn a_command_can_be_meant_for_one_version_only() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    let tag = platform.get(&path).header("etag").to_owned();
    let claim = |key: &str, tag: &str| {
        let headers = [("idempotency-key", key), ("if-match", tag)];
        platform.send("POST", &format!("{path}/claim"), &headers, Some(b""))
    };
    claim("a", "\"999\"").is_problem(412, "precondition");
    let claimed = claim("a", &tag);
    assert_eq!(claimed.status, 200, "{claimed:?}");
    assert_eq!(claim("a", &tag).text, claimed.text, "a retry is meant for the version it was meant for");
    claim("b", &tag).is_problem(412, "precondition");
    assert_eq!(claim("b", "*").status, 200);
}

#[test]
fn what_is_not_projected_in_time_is_answered_later() {
    let platform = Platform::with_work();
    let claim = format!("/v1/alerts/{}/claim", platform.alert());
    platform.stages.hold(true);
    let pending = platform.command(&claim, "slow", None);
    assert_eq!((pending.status, &pending.json()["status"]), (202, &json!("pending")));
    assert_eq!(pending.header("retry-after"), "1");
    platform.stages.hold(false);
    let claimed = platform.command(&claim, "slow", None);
    assert_eq!((claimed.status, &claimed.json()["state"]), (200, &json!("claimed")));
    assert_eq!(claimed.json()["history"].as_array().unwrap().len(), 2);
}

#[test]
fn concurrent_requests_with_one_key_are_one_command() {
    let platform = Platform::with_work();
    let claim = format!("/v1/alerts/{}/claim", platform.alert());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| platform.command(&claim, "one", None))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (200, &answers[0].text));
    }
}

#[test]
fn statistics_count_by_rule_and_town() {
    let platform = Platform::with_work();
    let statistics = platform.get("/v1/statistics").json();
    let rule = json!({"rule": "high-yearly-self-pay", "state": "open", "count": 25});
    assert!(statistics["rules"].as_array().unwrap().contains(&rule), "{statistics}");
    let town = json!({"town": "320614100", "state": "open", "count": 11});
    assert!(statistics["towns"].as_array().unwrap().contains(&town), "{statistics}");
    assert_eq!(statistics["unknown"], json!([]));
}
