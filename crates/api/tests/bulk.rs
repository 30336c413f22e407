//! One act on many items.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use serde_json::{Value, json};

fn ids(platform: &Platform, path: &str) -> Vec<String> {
    let page = platform.get(path).json();
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn send(platform: &Platform, bearer: &str, key: &str, body: &Value) -> Answer {
    let headers = [("authorization", bearer), ("idempotency-key", key), ("content-type", "application/json")];
    platform.send("POST", "/v1/acts", &headers, Some(body.to_string().as_bytes()))
}

/// Outcome and code of each item.
fn told(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let items = answer.json()["items"].as_array().unwrap().clone();
    let text = |item: &Value| match item["code"].as_str() {
        Some(code) => format!("{}:{code}", item["outcome"].as_str().unwrap()),
        None => item["outcome"].as_str().unwrap().to_owned(),
    };
    items.iter().map(text).collect()
}

fn claim(items: &[String], preview: bool) -> Value {
    json!({"act": {"act": "claim"}, "items": items, "preview": preview})
}

const UNKNOWN: &str = "ffffffffffffffffffffffffffffffff";

#[test]
fn each_item_is_told_of_by_itself_and_a_preview_changes_nothing() {
    let platform = Platform::with_work();
    let (li, wang) = (platform.bearer("li"), platform.bearer("wang"));
    let mine = ids(&platform, "/v1/alerts?division=320614100");
    let (theirs, task) = (ids(&platform, "/v1/alerts?division=320614101"), ids(&platform, "/v1/tasks"));
    let task = task.iter().find(|id| {
        let headers = [("authorization", li.as_str())];
        platform.send("GET", &format!("/v1/tasks/{id}"), &headers, None).status == 200
    });
    let items = [&mine[0], &theirs[0], &mine[1], task.unwrap(), &UNKNOWN.to_owned()].map(String::clone);
    let inbox = platform.stages.inbox();
    let expected = ["possible", "refused:not-found", "possible", "refused:not-an-alert", "refused:not-found"];
    assert_eq!(told(&send(&platform, &li, "k", &claim(&items, true))), expected);
    assert_eq!(platform.stages.inbox(), inbox);
    assert!(platform.stages.audit().iter().all(|entry| entry.action.order() != Some("claim")));

    let answer = send(&platform, &li, "k", &claim(&items, false));
    let expected = ["done", "refused:not-found", "done", "refused:not-an-alert", "refused:not-found"];
    assert_eq!(told(&answer), expected);
    let path = format!("/v1/alerts/{}", mine[0]);
    let alert = platform.get(&path);
    assert_eq!(alert.json()["state_details"]["by"], "li");
    assert_eq!(alert.header("etag"), answer.json()["items"][0]["version"]);
    assert_eq!(answer.json()["items"][1]["version"], Value::Null);
    // The same again does nothing more; the same key goes on with what was not there before.
    let inbox = platform.stages.inbox();
    assert_eq!(send(&platform, &li, "k", &claim(&items, false)).text, answer.text);
    assert_eq!(platform.stages.inbox(), inbox);
    assert_eq!(told(&send(&platform, &li, "k", &claim(&mine[1..3], false))), ["done", "done"]);
    assert_eq!(platform.stages.inbox(), inbox + 1);
    // Another act under the key, and somebody else's items.
    let release = json!({"act": {"act": "release"}, "items": [mine[0]], "preview": false});
    assert_eq!(told(&send(&platform, &li, "k", &release)), ["refused:key-reused"]);
    assert_eq!(told(&send(&platform, &wang, "k", &claim(&mine[..1], false))), ["refused:not-found"]);
    let chen = platform.bearer("operator");
    let expected = ["refused:claimed-by-another"];
    assert_eq!(told(&send(&platform, &chen, "k", &claim(&mine[..1], false))), expected);
    assert_eq!(told(&send(&platform, &chen, "k2", &claim(&mine[..1], true))), expected);
    // What was carried out stands on record, each for itself.
    let claims = platform.stages.audit();
    let on_record = |id: &String| {
        let is = |entry: &&sanzao_audit::Entry| entry.item.is_some_and(|item| item.to_string() == *id);
        claims.iter().filter(|entry| entry.action.order() == Some("claim")).filter(is).count()
    };
    // Once by li, once by the operator, whose refusal is on record as well.
    assert_eq!((on_record(&mine[0]), on_record(&mine[1]), on_record(&theirs[0])), (3, 1, 0));
}

#[test]
fn what_would_happen_is_what_happens() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let alerts = ids(&platform, "/v1/alerts?limit=8");
    let tasks = ids(&platform, "/v1/tasks?limit=4");
    for (number, id) in alerts[..4].iter().enumerate() {
        assert_eq!(platform.claim(&format!("/v1/alerts/{id}"), &format!("c{number}")).status, 200);
    }
    let decided = format!("/v1/alerts/{}", alerts[3]);
    assert_eq!(platform.decide(&decided, "d", r#"{"outcome":"helped","reason":"r"}"#).status, 200);
    let items: Vec<String> = alerts.iter().chain(&tasks).cloned().collect();
    for (number, act) in [
        json!({"act": "comment", "text": " "}),
        json!({"act": "comment", "text": "已分派"}),
        json!({"act": "snooze", "until": "2025-07-01", "reason": "等待材料"}),
        json!({"act": "snooze", "until": "2025-06-01", "reason": "等待材料"}),
        json!({"act": "release"}),
        json!({"act": "assign", "to": "li"}),
        json!({"act": "claim"}),
        json!({"act": "group", "with": items[0]}),
        json!({"act": "group", "with": null}),
        json!({"act": "cancel", "reason": " "}),
        json!({"act": "cancel", "reason": "重复"}),
    ]
    .into_iter()
    .enumerate()
    {
        let body = |preview| json!({"act": act, "items": items, "preview": preview});
        let expected = told(&send(&platform, &operator, "p", &body(true)));
        let happened = told(&send(&platform, &operator, &format!("a{number}"), &body(false)));
        let expected: Vec<_> = expected.iter().map(|text| text.replace("possible", "done")).collect();
        assert_eq!(happened, expected, "{act}");
        assert!(!happened.iter().all(|text| text == "done") || number != 0, "{happened:?}");
    }
}

#[test]
fn versions_are_meant_for_each_item() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let items = ids(&platform, "/v1/alerts?limit=3");
    let tag = platform.get(&format!("/v1/alerts/{}", items[0])).header("etag").to_owned();
    let versions = json!({&items[0]: tag, &items[1]: "\"999\""});
    let body =
        |preview| json!({"act": {"act": "claim"}, "items": items, "preview": preview, "versions": versions});
    let expected = ["possible", "refused:precondition", "possible"];
    assert_eq!(told(&send(&platform, &operator, "k", &body(true))), expected);
    let expected = ["done", "refused:precondition", "done"];
    assert_eq!(told(&send(&platform, &operator, "k", &body(false))), expected);
    // Sent again, what was done is not of the old version any more, and was done all the same.
    assert_eq!(told(&send(&platform, &operator, "k", &body(false))), expected);
}

#[test]
fn each_role_does_what_it_may() {
    let platform = Platform::with_work();
    let alert = ids(&platform, "/v1/alerts?division=320614100&limit=1");
    let bodies = [
        json!({"act": {"act": "claim"}, "items": alert, "preview": true}),
        json!({"act": {"act": "cancel", "reason": "r"}, "items": alert, "preview": true}),
        json!({"act": {"act": "comment", "text": "t"}, "items": alert, "preview": true}),
        json!({"act": {"act": "assign", "to": "li"}, "items": alert, "preview": true}),
    ];
    for (account, allowed) in [
        ("operator", [true; 4]),
        ("li", [true, false, true, true]),
        ("wang", [true, false, true, false]),
        ("chen", [false, true, true, true]),
        ("data", [false; 4]),
        ("system", [false; 4]),
        ("security", [false; 4]),
        ("audit", [false; 4]),
        ("police", [false; 4]),
        ("sender", [false; 4]),
    ] {
        let bearer = platform.bearer(account);
        for (body, allowed) in bodies.iter().zip(allowed) {
            let answer = send(&platform, &bearer, "k", body);
            if allowed {
                assert_eq!(answer.status, 200, "{account} {answer:?}");
            } else {
                answer.is_problem(403, "forbidden");
            }
        }
    }
}

#[test]
fn wrong_requests_are_problems() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let alert = platform.alert();
    let many: Vec<String> = (0..201).map(|number| format!("{number:032x}")).collect();
    let inbox = platform.stages.inbox();
    for (body, pointer) in [
        (json!({"act": {"act": "claim"}, "items": [], "preview": false}), "/items"),
        (json!({"act": {"act": "claim"}, "items": many, "preview": false}), "/items"),
        (json!({"act": {"act": "claim"}, "items": [alert, alert], "preview": false}), "/items"),
        (
            json!({"act": {"act": "claim"}, "items": [alert], "preview": false, "versions": {UNKNOWN: "*"}}),
            "/versions",
        ),
        (
            json!({"act": {"act": "comment", "text": "13812345678"}, "items": [alert], "preview": true}),
            "/act/text",
        ),
        (json!({"act": {"act": "assign", "to": "nobody"}, "items": [alert], "preview": true}), "/act/to"),
    ] {
        let answer = send(&platform, &operator, "k", &body);
        answer.is_problem(400, "body");
        assert_eq!(answer.json()["pointer"], pointer);
    }
    for body in [
        json!({"act": {"act": "decide", "outcome": "helped", "reason": "r"}, "items": [alert], "preview": true}),
        json!({"act": {"act": "claim"}, "items": [alert]}),
        json!({"act": {"act": "claim"}, "items": ["x"], "preview": true}),
    ] {
        send(&platform, &operator, "k", &body).is_problem(400, "body");
    }
    let group = json!({"act": {"act": "group", "with": UNKNOWN}, "items": [alert], "preview": true});
    send(&platform, &operator, "k", &group).is_problem(404, "not-found");
    let json = [("content-type", "application/json")];
    let body = claim(std::slice::from_ref(&alert), false).to_string();
    platform.send("POST", "/v1/acts", &json, Some(body.as_bytes())).is_problem(400, "idempotency-key");
    assert_eq!(platform.stages.inbox(), inbox);
}

#[test]
fn what_cannot_go_on_record_or_into_the_log_is_taken_up_by_the_same_request() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let items = ids(&platform, "/v1/alerts?limit=5");
    let away = || {
        let reason = "the disk is full".to_owned();
        Some(sanzao_api::BackendError::Unavailable { reason, retry_after_seconds: 5 })
    };
    let inbox = platform.stages.inbox();
    platform.stages.fail_audit(away());
    send(&platform, &operator, "k", &claim(&items, false)).is_problem(503, "unavailable");
    assert_eq!(platform.stages.inbox(), inbox);
    platform.stages.fail_audit(None);
    platform.stages.hold(true);
    assert_eq!(told(&send(&platform, &operator, "k", &claim(&items[..2], false))), ["pending"; 2]);
    platform.stages.hold(false);
    assert_eq!(told(&send(&platform, &operator, "k", &claim(&items, false))), ["done"; 5]);
    assert_eq!(platform.stages.inbox(), inbox + 5);
}

#[test]
fn of_two_who_take_the_same_items_one_has_each() {
    let platform = Platform::with_work();
    let items = ids(&platform, "/v1/alerts?division=320614100");
    let bearers = [platform.bearer("li"), platform.bearer("operator")];
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = bearers
            .iter()
            .map(|bearer| scope.spawn(|| send(&platform, bearer, "race", &claim(&items, false))))
            .collect();
        threads.into_iter().map(|thread| told(&thread.join().unwrap())).collect()
    });
    for (at, (one, other)) in answers[0].iter().zip(&answers[1]).enumerate() {
        let both = [one.as_str(), other.as_str()];
        assert!(both.contains(&"done") && both.contains(&"refused:claimed-by-another"), "{at} {both:?}");
        let by = platform.get(&format!("/v1/alerts/{}", items[at])).json()["state_details"]["by"].clone();
        assert_eq!(by, if one == "done" { "li" } else { "operator" });
    }
}
