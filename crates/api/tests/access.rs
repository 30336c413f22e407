//! Who is let in, for how long and how often; what browsers are told.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Browser, Platform, accounts};
use sanzao_access::{Permission, Quota, Role};
use sanzao_api::Gate;
use sanzao_audit::{Action, Entry};
use sanzao_model::Procedure;

const MINUTE: i64 = 60;

fn signed_in() -> (Platform, Browser) {
    let platform = Platform::with_work();
    platform.set_password("li");
    let browser = platform.sign_in("li");
    (platform, browser)
}

fn status(platform: &Platform, browser: &Browser) -> u16 {
    browser.send(platform, "GET", "/v1/session", None).status
}

#[test]
fn every_answer_keeps_browsers_from_harm() {
    let (platform, browser) = signed_in();
    let answers = [
        platform.get("/v1/alerts"),
        platform.get("/v1/alerts/x"),
        platform.bare("GET", "/v1/alerts", &[], None),
        platform.bare("GET", "/nowhere", &[], None),
        platform.bare("PATCH", "/livez", &[], Some(b"")),
        platform.try_password("li", "not this one"),
        browser.send(&platform, "DELETE", "/v1/session", None),
        platform.get("/metrics"),
    ];
    let mut seen: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    seen.sort_unstable();
    assert_eq!(seen, [200, 200, 204, 401, 401, 404, 404, 405]);
    for answer in answers {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
        assert_eq!(answer.header("server"), "");
    }
}

#[test]
fn the_cookie_is_this_sites_alone() {
    for is_secure in [false, true] {
        let platform = Platform::start_with(|accounts| Gate::new(accounts, is_secure));
        platform.set_password("li");
        let answer = platform.try_password("li", accounts::PASSWORD);
        let cookie = answer.header("set-cookie");
        let parts: Vec<_> = cookie.split("; ").collect();
        let (name, value) = parts[0].split_once('=').unwrap();
        assert_eq!(name, if is_secure { "__Host-sanzao" } else { "sanzao" });
        assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()), "256 bits");
        for flag in ["Path=/", "HttpOnly", "SameSite=Strict"] {
            assert!(parts.contains(&flag), "{cookie}");
        }
        assert_eq!(parts.contains(&"Secure"), is_secure);
        assert!(!cookie.contains("Domain") && !cookie.contains("Expires"), "{cookie}");
        assert!(!answer.text.contains(value), "no script reads it");
        let headers = [("cookie", parts[0]), ("x-csrf-token", "x")];
        let csrf = answer.json()["csrf"].as_str().unwrap().to_owned();
        platform.bare("DELETE", "/v1/session", &headers, None).is_problem(403, "csrf");
        let own = [("cookie", parts[0]), ("x-csrf-token", csrf.as_str())];
        let out = platform.bare("DELETE", "/v1/session", &own, None);
        assert!(out.header("set-cookie").contains("Max-Age=0"), "{out:?}");
        platform.bare("GET", "/v1/session", &own, None).is_problem(401, "unauthorized");
    }
}

#[test]
fn what_changes_something_comes_from_the_sessions_own_pages() {
    let (platform, browser) = signed_in();
    let other = platform.sign_in("li");
    let page = browser.send(&platform, "GET", "/v1/alerts?limit=1", None).json();
    let path = format!("/v1/alerts/{}/acts", page["items"][0]["id"].as_str().unwrap());
    let inbox = platform.stages.inbox();
    let act = |csrf: Option<&str>| {
        let mut headers = vec![
            ("cookie", browser.cookie.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "k"),
            ("if-match", "*"),
        ];
        headers.extend(csrf.map(|csrf| ("x-csrf-token", csrf)));
        platform.bare("POST", &path, &headers, Some(br#"{"act":"claim"}"#))
    };
    for csrf in [None, Some(""), Some("x"), Some(other.csrf.as_str())] {
        act(csrf).is_problem(403, "csrf");
    }
    assert_eq!(platform.stages.inbox(), inbox);
    assert_eq!(act(Some(&browser.csrf)).status, 200);
    // Cookies twice are nobody's, and a token needs no pages.
    let twice = format!("{}; {}", browser.cookie, other.cookie);
    platform.bare("GET", "/v1/session", &[("cookie", &twice)], None).is_problem(401, "unauthorized");
    assert_eq!(platform.claim(&path.replace("/acts", ""), "t").status, 409);
}

#[test]
fn an_idle_session_ends_after_a_quarter_of_an_hour() {
    let (platform, browser) = signed_in();
    for _ in 0..4 {
        platform.stages.pass(15 * MINUTE - 1);
        assert_eq!(status(&platform, &browser), 200, "it was used");
    }
    platform.stages.pass(15 * MINUTE);
    let answer = browser.send(&platform, "GET", "/v1/session", None);
    answer.is_problem(401, "unauthorized");
    assert!(answer.json()["detail"].as_str().unwrap().contains("sign in again"));
    assert_eq!(platform.stages.audit().last().unwrap().outcome.code(), Some("session-idle"));
    // Whoever is always there signs in anew each day.
    let browser = platform.sign_in("li");
    for _ in 0..71 {
        platform.stages.pass(10 * MINUTE);
        assert_eq!(status(&platform, &browser), 200);
    }
    platform.stages.pass(10 * MINUTE);
    assert_eq!(status(&platform, &browser), 401);
}

/// The status of a stream that is opened, and closed again.
fn stream(platform: &Platform, browser: &Browser) -> u16 {
    let request = ureq::http::Request::builder()
        .uri(format!("http://{}/v1/changes?after=latest", platform.address))
        .header("accept", "text/event-stream")
        .header("cookie", &browser.cookie);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    agent.run(request.body(()).unwrap()).unwrap().status().as_u16()
}

#[test]
fn an_open_page_keeps_no_session_alive() {
    let (platform, browser) = signed_in();
    for _ in 0..14 {
        platform.stages.pass(MINUTE);
        assert_eq!(stream(&platform, &browser), 200);
    }
    platform.stages.pass(MINUTE);
    assert_eq!(stream(&platform, &browser), 401);
    assert_eq!(status(&platform, &browser), 401);
    // Only a request for a stream says so: who works keeps it alive.
    let browser = platform.sign_in("li");
    platform.stages.pass(14 * MINUTE);
    assert_eq!((status(&platform, &browser), stream(&platform, &browser)), (200, 200));
    platform.stages.pass(14 * MINUTE);
    assert_eq!(status(&platform, &browser), 200);
}

/// What streams to a session that was ended.
#[test]
fn a_stream_tells_nothing_more_once_its_session_is_ended() {
    use std::io::{BufRead, BufReader};
    let (platform, browser) = signed_in();
    let request = ureq::http::Request::builder()
        .uri(format!("http://{}/v1/changes?after=latest", platform.address))
        .header("accept", "text/event-stream")
        .header("cookie", &browser.cookie);
    let timeout = Some(std::time::Duration::from_secs(30));
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_recv_body(timeout).build().into();
    let body = agent.run(request.body(()).unwrap()).unwrap().into_body();
    let mut lines = BufReader::new(body.into_reader()).lines();
    platform.stages.find("deceased-recipient", Procedure::Review, 100..103);
    assert!(lines.by_ref().any(|line| line.unwrap().starts_with("data: ")));
    let security = platform.bearer("security");
    let ended = platform.send_as(&security, "DELETE", "/v1/accounts/li/sessions", None);
    assert_eq!(ended.json()["ended"], 1);
    platform.stages.find("deceased-recipient", Procedure::Review, 200..203);
    assert!(lines.all(|line| !line.unwrap().starts_with("data: ")), "it ends and tells nothing");
}

#[test]
fn each_account_has_a_quota_of_its_own() {
    let platform = Platform::start_with(|accounts| {
        Gate::new(accounts, false).with_quota(Quota { burst: 5, per_minute: 60 })
    });
    let (li, wang) = (platform.bearer("li"), platform.bearer("wang"));
    let ask = |bearer: &str| platform.send_as(bearer, "GET", "/v1/session", None);
    assert!((0..5).all(|_| ask(&li).status == 200));
    let slow = |platform: &Platform| -> Vec<Entry> {
        let is_slow = |entry: &Entry| entry.outcome.code() == Some("too-many-requests");
        platform.stages.audit().into_iter().filter(is_slow).collect()
    };
    for _ in 0..5 {
        let answer = ask(&li);
        answer.is_problem(429, "too-many-requests");
        assert_eq!(answer.header("retry-after"), "1");
    }
    let recorded = slow(&platform);
    assert_eq!(recorded.len(), 1, "once a minute");
    assert_eq!((recorded[0].actor.as_str(), &recorded[0].action), ("li", &Action::Refusal));
    assert_eq!(ask(&wang).status, 200);
    platform.stages.pass(1);
    assert_eq!((ask(&li).status, ask(&li).status), (200, 429));
    platform.stages.pass(MINUTE);
    assert!((0..5).all(|_| ask(&li).status == 200));
    assert_eq!(ask(&li).status, 429);
    assert_eq!(slow(&platform).len(), 2);
}

#[test]
fn passwords_cannot_be_tried_for_long() {
    let platform = Platform::start();
    platform.set_password("li");
    let tried: Vec<_> = (0..8).map(|_| platform.try_password("li", "not this one").status).collect();
    assert_eq!(tried, [401, 401, 401, 401, 401, 429, 429, 429]);
    // Not even the right one, and nobody learns that it is.
    platform.try_password("li", accounts::PASSWORD).is_problem(429, "too-many-requests");
    let codes: Vec<_> =
        platform.stages.audit().iter().map(|entry| entry.outcome.code().unwrap().to_owned()).collect();
    assert_eq!(codes[..5], ["wrong-password"; 5]);
    assert_eq!(codes[5..], ["too-many-requests"]);
    platform.stages.pass(MINUTE);
    platform.sign_in("li");
}

/// Lists of each kind, as every role: the table of roles is the one that holds.
#[test]
fn each_role_is_let_in_where_it_may() {
    let platform = Platform::with_work();
    let document: serde_json::Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let may = |role: Role, wanted: &[Permission]| wanted.iter().any(|permission| role.may(*permission));
    let mut checked = 0;
    for (name, role) in [
        ("li", Role::Caseworker),
        ("chen", Role::Supervisor),
        ("data", Role::DataOfficer),
        ("system", Role::SystemAdmin),
        ("security", Role::SecurityAdmin),
        ("audit", Role::AuditAdmin),
        ("police", Role::Department),
    ] {
        let bearer = platform.bearer(name);
        for (path, wanted) in [
            ("/v1/alerts", &[Permission::ReadWork][..]),
            ("/v1/tasks", &[Permission::ReadWork]),
            ("/v1/changes", &[Permission::ReadWork]),
            ("/v1/statistics", &[Permission::ReadStatistics]),
            ("/v1/feeds/police/receipts", &[Permission::ReadFeeds, Permission::ReadReceipts]),
            ("/v1/feeds/police/rejections", &[Permission::ReadFeeds]),
            ("/v1/audit", &[Permission::ReadAudit]),
            ("/v1/audit/export", &[Permission::ReadAudit]),
            ("/v1/accounts", &[Permission::ManageAccounts]),
        ] {
            assert!(document["paths"][path].is_object() || path.contains("/police/"), "{path}");
            let answer = platform.send_as(&bearer, "GET", path, None);
            assert_eq!(answer.status, if may(role, wanted) { 200 } else { 403 }, "{name} {path}");
            checked += 1;
        }
    }
    assert_eq!(checked, 63);
}
