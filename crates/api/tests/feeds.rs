//! Feeds over HTTP: counts, receipts, rejections and their repair.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::Platform;
use sanzao_model::Feed;
use serde_json::{Value, json};

const EVENT: &str = r#"{"specversion":"1.0","id":"a","source":"/320614/police","type":"police.x.v1"}"#;
const STRUCTURED: &str = "application/cloudevents+json";

fn repair(platform: &Platform, path: &str, kind: &str, body: &str) -> platform::Answer {
    platform.send("POST", path, &[("content-type", kind)], Some(body.as_bytes()))
}

fn rejection(offset: u64) -> String {
    format!("/v1/feeds/police/rejections/0/{offset}/repair")
}

fn offsets(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|item| item["offset"].as_u64().unwrap()).collect()
}

#[test]
fn counts_are_told_by_feed_and_day() {
    let platform = Platform::start();
    let feeds = platform.get("/v1/feeds").json();
    let names: Vec<_> = feeds["feeds"].as_array().unwrap().iter().map(|feed| &feed["feed"]).collect();
    assert_eq!(names, ["police", "social-security", "health", "medical-insurance", "registry"]);
    let police = &feeds["feeds"][0];
    assert_eq!(
        (&police["counts"]["accepted"], &police["counts"]["rejected"], &police["counts"]["warnings"]),
        (&json!(1), &json!(3), &json!(1))
    );
    assert_eq!(police["completeness"], json!({"day": "2025-06-11", "registry_people": 12, "named": 11}));
    assert_eq!(feeds["feeds"][1]["completeness"], Value::Null);
    assert_eq!(feeds["feeds"][1]["counts"]["arrived_after"]["median"], Value::Null);

    let detail = platform.get("/v1/feeds/police").json();
    assert_eq!(
        detail["details"]["reasons"],
        json!([
            {"code": "id_number.check", "pointer": "/data/members/*/id_number", "events": 2},
            {"code": "id_number.length", "pointer": "/data/members/*/id_number", "events": 1},
        ])
    );
    assert_eq!(detail["details"]["warnings"], json!([{"name": "division.unknown", "events": 1}]));
    assert_eq!(detail["days"].as_array().unwrap().len(), 1);
    assert_eq!(detail["days"][0]["day"], "2025-06-11");
    platform.get("/v1/feeds/customs").is_problem(404, "not-found");
    platform.get("/v1/feeds/police?days=0").is_problem(400, "query");
    platform.get("/v1/feeds/police?day=1").is_problem(400, "query");
}

#[test]
fn receipts_are_read_on_with_their_cursor() {
    let platform = Platform::start();
    let page = platform.get("/v1/feeds/police/receipts?limit=3");
    let link = page.headers["link"].to_str().unwrap().to_owned();
    let page = page.json();
    assert_eq!(offsets(&page), [0, 1, 2]);
    assert_eq!(page["items"][0]["warnings"], json!(["division.unknown"]));
    assert_eq!(page["items"][1]["reason"]["code"], "id_number.check");
    assert_eq!(page["more"], true);
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
    let last = platform.get(next);
    assert!(last.headers.get("link").is_none());
    let last = last.json();
    assert_eq!(offsets(&last), [3]);
    assert_eq!(last["items"][0]["repairs"], json!({"partition": 0, "offset": 2}));
    // At the end a sender keeps its place.
    let path = format!("/v1/feeds/police/receipts?after={}", last["next"].as_str().unwrap());
    let end = platform.get(&path).json();
    assert_eq!((offsets(&end), &end["next"], &end["more"]), (vec![], &last["next"], &json!(false)));
    assert_eq!(offsets(&platform.get("/v1/feeds/police/receipts?outcome=rejected").json()), [1, 2, 3]);
    for (query, kind) in [
        ("after=x", "cursor"),
        ("after=9-0", "cursor"),
        ("outcome=lost", "query"),
        ("limit=501", "query"),
        ("from=1", "query"),
    ] {
        platform.get(&format!("/v1/feeds/police/receipts?{query}")).is_problem(400, kind);
    }
    platform.get("/v1/feeds/none/receipts").is_problem(404, "not-found");
}

#[test]
fn rejections_are_listed_and_repaired() {
    let platform = Platform::start();
    let page = platform.get("/v1/feeds/police/rejections?limit=2&repaired=false");
    let link = page.headers["link"].to_str().unwrap().to_owned();
    assert_eq!(offsets(&page.json()), [1, 2]);
    let next = link.strip_prefix('<').unwrap().split('>').next().unwrap();
    let page = platform.get(next).json();
    assert_eq!((offsets(&page), &page["next"]), (vec![3], &Value::Null));
    let second = &platform.get("/v1/feeds/police/rejections?code=id_number.length").json()["items"][0];
    let tried = json!({"place": {"partition": 0, "offset": 3}, "outcome": "rejected"});
    assert_eq!(second["repair"], tried);
    platform.get("/v1/feeds/police/rejections?repaired=perhaps").is_problem(400, "query");
    platform.get("/v1/feeds/police/rejections?after=1").is_problem(400, "cursor");

    let answer = repair(&platform, &rejection(1), STRUCTURED, EVENT);
    assert_eq!(answer.status, 202, "{}", answer.text);
    let expected =
        json!({"feed": "police", "partition": 0, "offset": 0, "repairs": {"partition": 0, "offset": 1}});
    assert_eq!(answer.json(), expected);
    assert_eq!(platform.stages.feed(Feed::Police).len(), 1);
}

#[test]
fn what_is_no_repair_is_refused() {
    let platform = Platform::start();
    repair(&platform, &rejection(2), STRUCTURED, EVENT).is_problem(409, "already-repaired");
    repair(&platform, &rejection(3), STRUCTURED, EVENT).is_problem(422, "other-source");
    repair(&platform, &rejection(9), STRUCTURED, EVENT).is_problem(404, "not-found");
    for path in ["/v1/feeds/police/rejections/x/1/repair", "/v1/feeds/x/rejections/0/1/repair"] {
        repair(&platform, path, STRUCTURED, EVENT).is_problem(404, "not-found");
    }
    let two = format!("[{EVENT},{EVENT}]");
    repair(&platform, &rejection(1), "application/cloudevents-batch+json", &two).is_problem(400, "event");
    repair(&platform, &rejection(1), STRUCTURED, "{}").is_problem(400, "event");
    repair(&platform, &rejection(1), "text/plain", EVENT).is_problem(415, "media-type");
    let headers = [("authorization", "Bearer another-token-0123"), ("content-type", STRUCTURED)];
    let answer = platform.send("POST", &rejection(1), &headers, Some(EVENT.as_bytes()));
    answer.is_problem(401, "unauthorized");
    assert!(platform.stages.feed(Feed::Police).is_empty());
    assert_eq!(platform.get(&rejection(1)).status, 405);
}
