//! Events over HTTP.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use sanzao_api::BackendError;
use sanzao_model::Feed;
use serde_json::json;

fn post(platform: &Platform, content_type: &str, body: &[u8]) -> Answer {
    platform.send("POST", "/v1/events", &[("content-type", content_type)], Some(body))
}

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

#[test]
fn a_structured_event_lies_in_its_feed_as_it_came() {
    let platform = Platform::start();
    let body = r#"{ "specversion":"1.0", "source":"/320614/police","id":"1" ,"data":{"amount": 1.50}}"#;
    let answer = post(&platform, STRUCTURED, body.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    let expected = json!({"accepted_for_processing": 1, "events": [{"feed": "police", "offset": 0}]});
    assert_eq!(answer.json(), expected);
    let events = platform.stages.feed(Feed::Police);
    assert_eq!(events[0].value, body.as_bytes());
    assert_eq!(events[0].headers, [("content-type".to_owned(), STRUCTURED.into())]);
}

#[test]
fn a_binary_event_keeps_its_attributes() {
    let platform = Platform::start();
    let headers = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "%E4%B8%80"),
        ("ce-source", "/320614/social-security"),
        ("ce-traceparent", "00-ab"),
        ("x-other", "no"),
    ];
    let answer = platform.send("POST", "/v1/events", &headers, Some(b"{ }"));
    assert_eq!(answer.status, 202, "{answer:?}");
    let event = platform.stages.feed(Feed::SocialSecurity).remove(0);
    let mut kept = event.headers;
    kept.sort();
    let expected = [
        ("ce_id", "一"),
        ("ce_source", "/320614/social-security"),
        ("ce_specversion", "1.0"),
        ("ce_traceparent", "00-ab"),
        ("content-type", "application/json"),
    ];
    assert_eq!(kept, expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
    assert_eq!(event.value, b"{ }");
}

#[test]
fn a_batch_is_spread_over_its_feeds() {
    let platform = Platform::start();
    let body = r#"[{"source":"/320614/registry","id":"a"},{"source":"/320614/health","id":"b"},
        {"source":"/320614/registry","id":"c", "data":{"note":"]"}}]"#;
    let answer = post(&platform, BATCH, body.as_bytes());
    assert_eq!(answer.status, 202, "{answer:?}");
    let expected = json!({"accepted_for_processing": 3, "events": [
        {"feed": "registry", "offset": 0}, {"feed": "health", "offset": 0}, {"feed": "registry", "offset": 1},
    ]});
    assert_eq!(answer.json(), expected);
    let events = platform.stages.feed(Feed::Registry);
    assert_eq!(events[1].value, br#"{"source":"/320614/registry","id":"c", "data":{"note":"]"}}"#);
    assert_eq!(post(&platform, BATCH, b"[]").json()["accepted_for_processing"], 0);
}

#[test]
fn what_is_no_event_is_a_problem_and_leaves_nothing() {
    let platform = Platform::start();
    let good = r#"{"source":"/320614/police","id":"1"}"#;
    for (content_type, body) in [
        (STRUCTURED, "{}".to_owned()),
        (STRUCTURED, "not json".to_owned()),
        (STRUCTURED, r#"{"source":"/320614/weather"}"#.to_owned()),
        (BATCH, good.to_owned()),
        (BATCH, format!("[{good},{{}}]")),
    ] {
        post(&platform, content_type, body.as_bytes()).is_problem(400, "event");
    }
    let answer = post(&platform, BATCH, format!(r#"[{good},{{"source":"/1/2"}}]"#).as_bytes());
    assert_eq!(answer.json()["pointer"], "/1/source");
    for content_type in ["application/json", "text/csv", "application/cloudevents+avro"] {
        post(&platform, content_type, good.as_bytes()).is_problem(415, "media-type");
    }
    assert!(platform.stages.feed(Feed::Police).is_empty());
}

#[test]
fn the_largest_body_is_60_mib() {
    let platform = Platform::start();
    let mut body = br#"{"source":"/320614/police","id":"1","data":""#.to_vec();
    body.resize(60 * 1024 * 1024 - 2, b'x');
    body.extend(br#""}"#);
    assert_eq!(post(&platform, STRUCTURED, &body).status, 202);
    body.push(b' ');
    post(&platform, STRUCTURED, &body).is_problem(413, "too-large");
}

#[test]
fn a_log_that_takes_nothing_says_when_to_try_again() {
    let platform = Platform::with_work();
    let alert = format!("/v1/alerts/{}", platform.alert());
    let full = BackendError::Unavailable { reason: "disk is full".into(), retry_after_seconds: 30 };
    platform.stages.fail(Some(full));
    let body = br#"{"source":"/320614/police","id":"1"}"#;
    for answer in [post(&platform, STRUCTURED, body), platform.claim(&alert, "k")] {
        answer.is_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), "30");
        assert_eq!(answer.json()["detail"], "disk is full");
    }
    platform.stages.fail(Some(BackendError::Bug("secret of the house".into())));
    let answer = post(&platform, STRUCTURED, body);
    answer.is_problem(500, "internal");
    assert!(!answer.text.contains("secret"));
    platform.stages.fail(None);
    assert_eq!(platform.claim(&alert, "k").status, 200);
    assert_eq!(post(&platform, STRUCTURED, body).status, 202);
}
