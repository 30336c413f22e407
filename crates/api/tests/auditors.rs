//! The audit record for auditors, and accounts for those who manage them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform, vault};
use sanzao_api::BackendError;
use sanzao_audit::{Action, Entry};
use sanzao_model::{Instant, Procedure};
use serde_json::{Value, json};

/// With twelve cases read by the operator, and one by Li.
fn platform() -> Platform {
    let platform = Platform::start();
    platform.stages.find("high-yearly-self-pay", Procedure::Help, 0..4);
    let page = platform.get("/v1/alerts").json();
    let ids = page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap());
    for id in ids.cycle().take(12) {
        platform.stages.pass(60);
        assert_eq!(platform.get(&format!("/v1/alerts/{id}")).status, 200);
    }
    let li = platform.bearer("li");
    let own = platform.send_as(&li, "GET", "/v1/alerts?limit=1", None).json()["items"][0]["id"].clone();
    platform.send_as(&li, "GET", &format!("/v1/alerts/{}", own.as_str().unwrap()), None);
    platform
}

fn numbers(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect()
}

fn newest(platform: &Platform) -> Entry {
    platform.stages.audit().pop().unwrap()
}

fn fail(platform: &Platform) {
    let failure = BackendError::Unavailable { reason: "disk full".into(), retry_after_seconds: 5 };
    platform.stages.fail_audit(Some(failure));
}

#[test]
fn auditors_search_page_by_page_and_are_on_record() {
    let platform = platform();
    let audit = platform.bearer("audit");
    let ask = |path: &str| platform.send_as(&audit, "GET", path, None);
    let (mut path, mut all) = ("/v1/audit?actor=operator&limit=5".to_owned(), Vec::new());
    loop {
        let answer = ask(&path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.json();
        all.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        let link = answer.header("link");
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        assert!(path.contains(&format!("after={next}")) && path.contains("actor=operator"), "{path}");
    }
    assert_eq!(all, (1..=12).rev().collect::<Vec<_>>());
    let entries = platform.stages.audit();
    assert_eq!(entries.len(), 13 + 3);
    assert!(entries[13..].iter().all(|entry| entry.action == Action::SearchAudit && entry.actor == "audit"));
    assert_eq!(entries[15].details["actor"], "operator");
    // The newest is the search itself.
    let page = ask("/v1/audit?limit=1").json();
    assert_eq!(
        (&page["items"][0]["action"], &page["items"][0]["actor"]),
        (&json!("search-audit"), &json!("audit"))
    );
    assert!(page["items"][0]["concern"]["details"]["role"].as_str().unwrap().contains("审计"));
}

#[test]
fn every_filter_finds_what_it_says() {
    let platform = platform();
    let audit = platform.bearer("audit");
    let entries = platform.stages.audit();
    let (first, person) = (&entries[0], vault::identity(0).person);
    let of_item = entries.iter().filter(|entry| entry.item == first.item).count();
    let later = Instant(first.at.0 + 150_000_000_000);
    for (filter, expected) in [
        (format!("item={}", first.item.unwrap()), of_item),
        (format!("person={person}"), entries.iter().filter(|entry| entry.subjects == [person]).count()),
        (format!("action=read-case&to={later}"), 3),
        (format!("action=read-case&from={later}"), 10),
        ("actor=li".to_owned(), 1),
        ("actor=(unknown)".to_owned(), 0),
        ("outcome=refused".to_owned(), 0),
        ("action=command:claim".to_owned(), 0),
    ] {
        let answer = platform.send_as(&audit, "GET", &format!("/v1/audit?{filter}"), None);
        assert_eq!(answer.status, 200, "{filter} {answer:?}");
        // Somebody who asks about a person or an item is on record there, too.
        let found = answer.json()["items"].as_array().unwrap().clone();
        let read = found.iter().filter(|entry| entry["action"] == "read-case").count();
        assert_eq!(read, expected, "{filter}");
    }
    for wrong in [
        "actor=",
        "actor=320614193001010016",
        "action=Read",
        "outcome=1",
        "item=x",
        "person=1",
        "from=yesterday",
        "to=2025-01-01",
        "limit=0",
        "limit=501",
        "colour=red",
        "format=csv",
        "from=2025-06-12T02:00:00Z&to=2025-06-12T01:00:00Z",
    ] {
        let answer = platform.send_as(&audit, "GET", &format!("/v1/audit?{wrong}"), None);
        answer.is_problem(400, "query");
    }
    platform.send_as(&audit, "GET", "/v1/audit?after=x", None).is_problem(400, "cursor");
}

#[test]
fn exports_are_files_and_on_record() {
    let platform = platform();
    let audit = platform.bearer("audit");
    let csv = platform.send_as(&audit, "GET", "/v1/audit/export?actor=li", None);
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert!(csv.header("content-disposition").contains("audit.csv"));
    assert!(csv.text.starts_with("\u{feff}序号,节点,时间,账号,"), "{}", csv.text);
    assert_eq!(csv.text.lines().count(), 2);
    let lines = platform.send_as(&audit, "GET", "/v1/audit/export?action=read-case&format=json-lines", None);
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["number"], &lines[0]["actor"]), (13, &json!(13), &json!("li")));
    assert_eq!(newest(&platform).action, Action::ExportAudit);
    for wrong in ["format=xml", "limit=5", "after=5"] {
        let answer = platform.send_as(&audit, "GET", &format!("/v1/audit/export?{wrong}"), None);
        answer.is_problem(400, "query");
    }
}

#[test]
fn too_large_an_export_says_what_to_do() {
    let platform = Platform::start();
    platform.stages.record_many(100_001);
    let audit = platform.bearer("audit");
    let answer = platform.send_as(&audit, "GET", "/v1/audit/export?action=start", None);
    answer.is_problem(400, "query");
    assert!(answer.json()["detail"].as_str().unwrap().contains("narrow from and to"), "{answer:?}");
    let answer = platform.send_as(&audit, "GET", "/v1/audit/export?action=export-audit", None);
    assert_eq!(answer.status, 200);
}

#[test]
fn the_record_is_verified() {
    let platform = platform();
    let audit = platform.bearer("audit");
    let verify = || platform.send_as(&audit, "POST", "/v1/audit/verify", None);
    let answer = verify();
    assert_eq!(answer.status, 200, "{answer:?}");
    let report = answer.json();
    assert_eq!((&report["whole"], &report["broken"]), (&json!(true), &Value::Null));
    assert_eq!(report["actions"], json!({"read-case": 13, "verify-audit": 1}));
    assert_eq!((&report["end"]["number"], &report["end"]), (&json!(14), &report["mark"]));
    platform.stages.damage_audit(5);
    let report = verify().json();
    assert_eq!((&report["whole"], &report["end"]["number"]), (&json!(false), &json!(4)));
    assert_eq!(report["broken"]["number"], 5);
    // What cannot be read is told as that, and not left out.
    platform.send_as(&audit, "GET", "/v1/audit?limit=500", None).is_problem(503, "unavailable");
}

#[test]
fn people_get_their_own_access_log() {
    let platform = platform();
    let audit = platform.bearer("audit");
    let person = vault::identity(0).person;
    let path = format!("/v1/people/{person}/accesses");
    let log = platform.send_as(&audit, "GET", &path, None).json();
    let items = log["items"].as_array().unwrap();
    // The newest is that it was asked for.
    assert_eq!(items[0]["what"], "调取了您的访问记录");
    let read: Vec<_> = items[1..].iter().map(|item| item["what"].as_str().unwrap()).collect();
    let expected = platform.stages.audit().iter().filter(|entry| entry.subjects == [person]).count() - 1;
    assert_eq!(read, vec!["查看了与您有关的个案"; expected]);
    assert_eq!(items[expected]["display_name"], "测试 operator");
    assert!(items[expected]["role"].as_str().unwrap().contains("经办人"), "{items:?}");
    assert!(!log.to_string().contains("item\""), "of which case nothing is told");
    let page = platform.send_as(&audit, "GET", &format!("{path}?limit=1"), None);
    let link = page.header("link").strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    assert_eq!(numbers(&platform.send_as(&audit, "GET", &link, None).json()).len(), 1);
    let nobody = format!("/v1/people/{}/accesses", "f".repeat(32));
    assert_eq!(platform.send_as(&audit, "GET", &nobody, None).json()["items"].as_array().unwrap().len(), 1);
    platform.send_as(&audit, "GET", "/v1/people/x/accesses", None).is_problem(404, "not-found");
}

fn accounts(platform: &Platform, bearer: &str) -> Vec<Value> {
    let answer = platform.send_as(bearer, "GET", "/v1/accounts", None);
    assert_eq!(answer.status, 200, "{answer:?}");
    for secret in ["argon2", "hash", "password"] {
        assert!(!answer.text.contains(secret), "{secret}");
    }
    answer.json()["items"].as_array().unwrap().clone()
}

fn account(platform: &Platform, bearer: &str, name: &str) -> Value {
    accounts(platform, bearer).into_iter().find(|account| account["name"] == name).unwrap()
}

#[test]
fn accounts_are_managed_on_record() {
    let platform = Platform::start();
    platform.set_password("li");
    let security = platform.bearer("security");
    let (one, two) = (platform.sign_in("li"), platform.sign_in("li"));
    let li = account(&platform, &security, "li");
    let expected = json!({"name": "li", "display_name": "测试 li", "roles": ["caseworker"],
        "divisions": ["320614100"], "sources": [], "disabled": false, "sessions": 2});
    assert_eq!(li, expected);
    assert_eq!(account(&platform, &security, "chen")["divisions"], Value::Null);

    let change = |method: &str, path: &str| platform.send_as(&security, method, path, None);
    let ended = change("DELETE", "/v1/accounts/li/sessions");
    assert_eq!((ended.status, ended.json()), (200, json!({"ended": 2})));
    for browser in [&one, &two] {
        browser.send(&platform, "GET", "/v1/session", None).is_problem(401, "unauthorized");
    }
    let three = platform.sign_in("li");
    let disabled = change("POST", "/v1/accounts/li/disable");
    assert_eq!((disabled.status, &disabled.json()["disabled"]), (200, &json!(true)));
    three.send(&platform, "GET", "/v1/session", None).is_problem(401, "unauthorized");
    platform.try_password("li", platform::accounts::PASSWORD).is_problem(401, "unauthorized");
    assert_eq!(change("POST", "/v1/accounts/li/enable").json()["disabled"], false);
    three.send(&platform, "GET", "/v1/session", None).is_problem(401, "unauthorized");
    platform.sign_in("li");
    let entries = platform.stages.audit();
    let changes: Vec<_> = entries
        .iter()
        .filter(|entry| entry.action == Action::AccountChange)
        .map(|entry| {
            (entry.actor.as_str(), entry.details["account"].as_str(), entry.details["change"].as_str())
        })
        .collect();
    let expected = ["end-sessions", "disable", "enable"].map(|change| ("security", "li", change));
    assert_eq!(changes, expected);
    for unknown in ["nobody", "N!", "li%20"] {
        change("POST", &format!("/v1/accounts/{unknown}/disable")).is_problem(404, "not-found");
        change("DELETE", &format!("/v1/accounts/{unknown}/sessions")).is_problem(404, "not-found");
    }
}

const OPERATIONS: [(&str, &str); 8] = [
    ("GET", "/v1/audit"),
    ("GET", "/v1/audit/export"),
    ("POST", "/v1/audit/verify"),
    ("GET", "/v1/people/ffffffffffffffffffffffffffffffff/accesses"),
    ("GET", "/v1/accounts"),
    ("POST", "/v1/accounts/li/disable"),
    ("POST", "/v1/accounts/li/enable"),
    ("DELETE", "/v1/accounts/li/sessions"),
];

#[test]
fn each_is_for_its_administrator_alone() {
    let platform = Platform::start();
    for name in ["operator", "sender", "li", "chen", "data", "system", "security", "audit"] {
        let bearer = platform.bearer(name);
        for (at, (method, path)) in OPERATIONS.into_iter().enumerate() {
            let answer = platform.send_as(&bearer, method, path, None);
            let may = (name == "audit" && at < 4) || (name == "security" && at >= 4);
            assert_eq!(answer.status, if may { 200 } else { 403 }, "{name} {method} {path}");
        }
    }
}

#[test]
fn none_of_it_happens_that_is_not_on_record() {
    let platform = platform();
    platform.set_password("li");
    let browser = platform.sign_in("li");
    let (audit, security) = (platform.bearer("audit"), platform.bearer("security"));
    fail(&platform);
    for (at, (method, path)) in OPERATIONS.into_iter().enumerate() {
        let answer: Answer = platform.send_as(if at < 4 { &audit } else { &security }, method, path, None);
        if path == "/v1/accounts" {
            assert_eq!(answer.status, 200, "who has an account is no case");
            continue;
        }
        answer.is_problem(503, "unavailable");
        assert!(answer.json()["detail"].as_str().unwrap().contains("audit record"), "{path} {answer:?}");
    }
    platform.stages.fail_audit(None);
    assert_eq!(browser.send(&platform, "GET", "/v1/session", None).status, 200);
    assert_eq!(account(&platform, &security, "li")["disabled"], false);
    assert_eq!(platform.stages.audit().len(), 14);
}
