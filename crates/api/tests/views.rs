//! Saved views, and cards.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use sanzao_api::BackendError;
use serde_json::{Value, json};

const MINE: &str = "/v1/views/%E6%88%91%E7%9A%84%E9%80%BE%E6%9C%9F";

fn put(platform: &Platform, bearer: &str, path: &str, version: Option<&str>, body: &Value) -> Answer {
    let mut headers = vec![("authorization", bearer), ("content-type", "application/json")];
    headers.extend(version.map(|version| ("if-match", version)));
    platform.send("PUT", path, &headers, Some(body.to_string().as_bytes()))
}

fn get(platform: &Platform, bearer: &str, path: &str) -> Answer {
    platform.send("GET", path, &[("authorization", bearer)], None)
}

fn delete(platform: &Platform, bearer: &str, path: &str, version: Option<&str>) -> Answer {
    let mut headers = vec![("authorization", bearer)];
    headers.extend(version.map(|version| ("if-match", version)));
    platform.send("DELETE", path, &headers, None)
}

fn view(query: &str) -> Value {
    json!({"list": "tasks", "query": query})
}

#[test]
fn a_view_is_its_accounts_own_and_changed_by_whoever_knows_it() {
    let platform = Platform::with_work();
    let (li, wang) = (platform.bearer("li"), platform.bearer("wang"));
    get(&platform, &li, MINE).is_problem(404, "not-found");
    put(&platform, &li, MINE, Some("*"), &view("")).is_problem(412, "precondition");
    let saved = put(&platform, &li, MINE, None, &view("state=overdue&worker=me&limit=20"));
    assert_eq!(saved.status, 201, "{saved:?}");
    let body = json!({"name": "我的逾期", "list": "tasks", "query": "state=overdue&worker=me&limit=20"});
    assert_eq!(saved.json(), body);
    let shown = get(&platform, &li, MINE);
    assert_eq!((shown.json(), shown.header("etag")), (body.clone(), saved.header("etag")));
    // Its query is one of the list.
    assert_eq!(platform.get(&format!("/v1/tasks?{}", body["query"].as_str().unwrap())).status, 200);
    get(&platform, &wang, MINE).is_problem(404, "not-found");
    assert_eq!(get(&platform, &wang, "/v1/views").json(), json!({"views": []}));
    assert_eq!(get(&platform, &li, "/v1/views").json(), json!({"views": [body]}));

    put(&platform, &li, MINE, None, &view("")).is_problem(428, "precondition-required");
    put(&platform, &li, MINE, Some("\"99\""), &view("")).is_problem(412, "precondition");
    let tag = saved.header("etag").to_owned();
    let replaced = put(&platform, &li, MINE, Some(&tag), &json!({"list": "alerts", "query": "rule=orphan"}));
    assert_eq!((replaced.status, &replaced.json()["list"]), (200, &"alerts".into()));
    assert_ne!(replaced.header("etag"), tag);
    put(&platform, &li, MINE, Some(&tag), &view("")).is_problem(412, "precondition");
    delete(&platform, &li, MINE, None).is_problem(428, "precondition-required");
    delete(&platform, &li, MINE, Some(&tag)).is_problem(412, "precondition");
    delete(&platform, &wang, MINE, Some("*")).is_problem(404, "not-found");
    assert_eq!(delete(&platform, &li, MINE, Some(replaced.header("etag"))).status, 204);
    delete(&platform, &li, MINE, Some("*")).is_problem(404, "not-found");
    assert_ne!(put(&platform, &li, MINE, None, &view("")).header("etag"), replaced.header("etag"));
}

#[test]
fn a_view_is_changed_on_record_or_not_at_all() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let before = platform.stages.audit().len();
    assert_eq!(put(&platform, &li, MINE, None, &view("")).status, 201);
    assert_eq!(delete(&platform, &li, MINE, Some("*")).status, 204);
    let recorded = platform.stages.audit();
    let told: Vec<_> = recorded[before..].iter().map(|entry| entry.action.to_string()).collect();
    assert_eq!(told, ["command:save-view", "command:delete-view"]);
    assert!(
        recorded[before..].iter().all(|entry| entry.actor == "li" && !format!("{entry:?}").contains("逾期"))
    );
    let failure = BackendError::Unavailable { reason: "the disk is full".into(), retry_after_seconds: 5 };
    platform.stages.fail_audit(Some(failure));
    put(&platform, &li, MINE, None, &view("")).is_problem(503, "unavailable");
    platform.stages.fail_audit(None);
    get(&platform, &li, MINE).is_problem(404, "not-found");
}

#[test]
fn what_is_no_query_of_the_list_is_not_saved() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    for query in [
        "state=open",
        "state=",
        "colour=red",
        "cursor=01",
        "limit=0",
        "rule=a&rule=b",
        "division=x",
        "due_from=2025-07-02&due_to=2025-07-01",
        "rule=13812345678",
        "rule= x",
        "worker=me#state=nonsense",
        &format!("rule={}", "a".repeat(2_000)),
    ] {
        let answer = put(&platform, &li, MINE, None, &view(query));
        answer.is_problem(400, "body");
        assert_eq!(answer.json()["pointer"], "/query", "{query}");
    }
    for body in
        [json!({}), json!({"list": "people", "query": ""}), json!({"list": "tasks", "query": "", "x": 1})]
    {
        put(&platform, &li, MINE, None, &body).is_problem(400, "body");
    }
    for name in [&"a".repeat(65), "%00", "%20", "%ff", "13812345678"] {
        let path = format!("/v1/views/{name}");
        put(&platform, &li, &path, None, &view("")).is_problem(400, "query");
        get(&platform, &li, &path).is_problem(404, "not-found");
    }
    let text = [("content-type", "text/plain")];
    platform.send("PUT", MINE, &text, Some(b"{}")).is_problem(415, "media-type");
    let packed = [("content-encoding", "gzip")];
    platform.send("PUT", MINE, &packed, Some(b"{}")).is_problem(415, "media-type");
    assert_eq!(get(&platform, &li, "/v1/views").json(), json!({"views": []}));
}

#[test]
fn an_account_has_fifty_at_most_however_many_are_saved_at_once() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let save = |number: usize| put(&platform, &li, &format!("/v1/views/v{number}"), None, &view("")).status;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let save = &save;
        let run = |from: usize| move || (from..from + 14).map(save).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|thread| scope.spawn(run(thread * 14))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 50);
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 6);
    let views = get(&platform, &li, "/v1/views").json();
    assert_eq!(views["views"].as_array().unwrap().len(), 50);
    let name = views["views"][0]["name"].as_str().unwrap();
    let path = format!("/v1/views/{name}");
    assert_eq!(
        put(&platform, &li, &path, Some("*"), &view("limit=1")).status,
        200,
        "one of them is replaced"
    );
    put(&platform, &li, "/v1/views/more", None, &view("")).is_problem(422, "too-many");
    assert_eq!(put(&platform, &platform.bearer("wang"), "/v1/views/more", None, &view("")).status, 201);
}

#[test]
fn each_role_does_what_it_may() {
    let platform = Platform::with_work();
    let path = card(&platform);
    for (account, views, cards) in [
        ("operator", 201, 200),
        ("li", 201, 200),
        ("wang", 201, 404),
        ("chen", 201, 200),
        ("zhao", 201, 200),
        ("data", 403, 403),
        ("system", 403, 403),
        ("security", 403, 403),
        ("audit", 403, 403),
        ("police", 403, 403),
        ("sender", 403, 403),
    ] {
        let bearer = platform.bearer(account);
        assert_eq!(put(&platform, &bearer, MINE, None, &view("")).status, views, "{account}");
        let reads = if views == 201 { 200 } else { 403 };
        assert_eq!(get(&platform, &bearer, MINE).status, reads, "{account}");
        assert_eq!(get(&platform, &bearer, "/v1/views").status, reads, "{account}");
        let deletes = if views == 201 { 204 } else { 403 };
        assert_eq!(delete(&platform, &bearer, MINE, Some("*")).status, deletes, "{account}");
        assert_eq!(get(&platform, &bearer, &path).status, cards, "{account}");
    }
}

/// A card with two alerts and a task of one town.
fn card(platform: &Platform) -> String {
    let ids = |path: &str| -> Vec<String> {
        let page = platform.get(path).json();
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let (alerts, tasks) = (ids("/v1/alerts?division=320614100"), ids("/v1/tasks?division=320614100"));
    let group = format!(r#"{{"act":"group","with":"{}"}}"#, alerts[0]);
    let grouped = platform.act(&format!("/v1/alerts/{}", alerts[1]), "g1", &group);
    assert_eq!(grouped.status, 200, "{grouped:?}");
    assert_eq!(platform.act(&format!("/v1/tasks/{}", tasks[0]), "g2", &group).status, 200);
    format!("/v1/cards/{}", alerts[0])
}

#[test]
fn a_card_shows_what_stands_on_it_within_the_scope() {
    let platform = Platform::with_work();
    let path = card(&platform);
    let (li, wang) = (platform.bearer("li"), platform.bearer("wang"));
    let shown = get(&platform, &li, &path).json();
    let count = |list: &str| shown[list].as_array().unwrap().len();
    assert_eq!((count("alerts"), count("tasks"), &shown["more"]), (2, 1, &false.into()));
    assert!(path.ends_with(shown["id"].as_str().unwrap()));
    for item in shown["alerts"].as_array().unwrap() {
        assert_eq!(item["card"], shown["id"]);
        let listed = platform.get(&format!("/v1/alerts?card={}", shown["id"].as_str().unwrap())).json();
        assert!(listed["items"].as_array().unwrap().contains(item), "as lists show it");
    }
    // Somebody of another town puts one of theirs on it: each sees their own, and a card that another town's item began is
    // none to them.
    let theirs = platform.get("/v1/alerts?division=320614101&limit=1").json()["items"][0]["id"].clone();
    let theirs = format!("/v1/alerts/{}", theirs.as_str().unwrap());
    let group = format!(r#"{{"act":"group","with":{}}}"#, shown["id"]);
    assert_eq!(platform.act(&theirs, "g3", &group).status, 200);
    assert_eq!(get(&platform, &li, &path).json(), shown);
    get(&platform, &wang, &path).is_problem(404, "not-found");
    assert_eq!(get(&platform, &wang, &theirs).json()["card"], Value::Null);
    for unknown in ["/v1/cards/ffffffffffffffffffffffffffffffff", "/v1/cards/x", "/v1/cards/%ff"] {
        get(&platform, &li, unknown).is_problem(404, "not-found");
    }
}
