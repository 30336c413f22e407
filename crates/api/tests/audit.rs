//! What goes on record, before it happens; and that nothing happens when it cannot.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use platform::{Answer, Browser, Platform, vault};
use sanzao_api::BackendError;
use sanzao_audit::{Action, Entry, Outcome, ROLE};
use sanzao_model::{Feed, Procedure};
use serde_json::Value;

/// An alert of Lin'jiang, the first town; in Li's scope.
fn platform() -> Platform {
    let platform = Platform::start();
    platform.stages.keep(&[vault::identity(0), vault::identity(1)]);
    platform.stages.find("high-yearly-self-pay", Procedure::Help, 0..3);
    platform
}

fn item_of(platform: &Platform, person: u32) -> String {
    let person = vault::identity(person).person;
    let page = platform.get(&format!("/v1/alerts?person={person}")).json();
    page["items"][0]["id"].as_str().unwrap().to_owned()
}

fn fail(platform: &Platform) {
    let failure = BackendError::Unavailable { reason: "disk full".into(), retry_after_seconds: 5 };
    platform.stages.fail_audit(Some(failure));
}

fn command(order: &str) -> Action {
    Action::Command { order: order.into() }
}

fn refused(entry: &Entry) -> &str {
    entry.outcome.code().unwrap_or("done")
}

/// Entries once there are so many: refusals outside the scope are recorded while the answer goes out.
fn settled(platform: &Platform, count: usize) -> Vec<Entry> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let entries = platform.stages.audit();
        if entries.len() >= count {
            assert_eq!(entries.len(), count, "{entries:?}");
            return entries;
        }
        assert!(Instant::now() < deadline, "{entries:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_case_that_is_read_is_on_record_once() {
    let platform = platform();
    let id = item_of(&platform, 0);
    let headers = [("x-request-id", "trace-1")];
    assert_eq!(platform.send("GET", &format!("/v1/alerts/{id}"), &headers, None).status, 200);
    let entries = platform.stages.audit();
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!((entry.actor.as_str(), &entry.action), ("operator", &Action::ReadCase));
    assert_eq!((entry.item.unwrap().to_string(), &entry.outcome), (id, &Outcome::Done));
    assert_eq!(entry.subjects, [vault::identity(0).person]);
    assert_eq!((entry.request.as_deref(), entry.from.as_deref()), (Some("trace-1"), Some("127.0.0.1")));
    assert!(entry.details[ROLE].contains("主管"));
    // Lists, counts and changes show masks: they are no reads of a case.
    for path in ["/v1/alerts", "/v1/tasks", "/v1/changes", "/v1/statistics", "/v1/outcomes", "/v1/feeds"] {
        platform.get(path);
    }
    platform.get("/v1/alerts/ffffffffffffffffffffffffffffffff").is_problem(404, "not-found");
    assert_eq!(platform.stages.audit().len(), 1);
}

#[test]
fn commands_are_on_record_before_and_what_is_refused_after() {
    let platform = platform();
    let path = format!("/v1/alerts/{}", item_of(&platform, 0));
    assert_eq!(platform.claim(&path, "a").status, 200);
    let cancel = || platform.act(&path, "b", r#"{"act":"cancel","reason":"重复"}"#);
    cancel().is_problem(409, "not-a-task");
    // The same again is not done again, but shown again.
    assert_eq!(platform.claim(&path, "a").status, 200);
    cancel().is_problem(409, "not-a-task");
    // What does not reach casework is no command.
    platform.act(&path, "c", r#"{"act":"decide"}"#).is_problem(400, "body");
    platform.act_on(&path, "d", "\"999\"", r#"{"act":"claim"}"#).is_problem(412, "precondition");
    let told: Vec<_> = platform
        .stages
        .audit()
        .iter()
        .map(|entry| (entry.action.clone(), refused(entry).to_owned()))
        .collect();
    let expected = [
        (command("claim"), "done"),
        (command("cancel"), "done"),
        (command("cancel"), "not-a-task"),
        (Action::ReadCase, "done"),
        (command("cancel"), "not-a-task"),
    ];
    assert_eq!(told, expected.map(|(action, outcome)| (action, outcome.to_owned())));
    assert!(platform.stages.audit().iter().all(|entry| entry.subjects == [vault::identity(0).person]));
}

#[test]
fn people_are_searched_revealed_and_erased_on_record() {
    let platform = platform();
    let person = vault::identity(1).person;
    let post = |path: &str, body: Value| {
        let body = body.to_string();
        platform.send("POST", path, &[("content-type", "application/json")], Some(body.as_bytes()))
    };
    let number = vault::number(1);
    let search = serde_json::json!({"purpose": "核对来访人员", "id_number": number});
    let found = post("/v1/people/search", search);
    assert_eq!(found.json()["people"][0]["person"], person.to_string(), "{found:?}");
    let nobody = serde_json::json!({"purpose": "核对来访人员", "name": "李四"});
    assert_eq!(post("/v1/people/search", nobody).json()["people"], serde_json::json!([]));
    let purpose = serde_json::json!({"purpose": "上门走访"});
    assert_eq!(post(&format!("/v1/people/{person}/reveal"), purpose.clone()).status, 200);
    assert_eq!(post(&format!("/v1/people/{person}/erase"), purpose).status, 200);

    let entries = platform.stages.audit();
    let told: Vec<_> = entries.iter().map(|entry| (entry.action.clone(), entry.subjects.len())).collect();
    let expected = [
        (Action::SearchPeople, 0),
        (Action::SearchPeople, 1),
        (Action::SearchPeople, 0),
        (Action::Reveal, 1),
        (Action::ErasePerson, 1),
    ];
    assert_eq!(told, expected);
    assert!(entries.iter().all(|entry| entry.purpose.is_some()));
    assert_eq!(entries[1].details["by"], "id_number");
    let text = format!("{entries:?}");
    assert!(!text.contains(&number) && !text.contains("李四"), "{text}");
    // What cannot be asked is not on record.
    let wordless = serde_json::json!({"purpose": " "});
    post(&format!("/v1/people/{person}/reveal"), wordless).is_problem(422, "purpose-missing");
    let long = serde_json::json!({"purpose": "长".repeat(501)});
    post(&format!("/v1/people/{person}/reveal"), long).is_problem(422, "purpose-missing");
    let both = serde_json::json!({"purpose": "核对", "name": "李四", "phone": "1"});
    post("/v1/people/search", both).is_problem(400, "body");
    assert_eq!(platform.stages.audit().len(), entries.len());
}

fn sends(platform: &Platform, body: &str) -> Answer {
    let headers = [("content-type", "application/cloudevents-batch+json")];
    platform.send("POST", "/v1/events", &headers, Some(body.as_bytes()))
}

const REPAIR: &str = "/v1/feeds/police/rejections/0/1/repair";

fn repairs(platform: &Platform) -> Answer {
    let headers = [("content-type", "application/cloudevents+json")];
    platform.send("POST", REPAIR, &headers, Some(br#"{"source":"/320614/police","id":"7"}"#))
}

const EVENTS: &str = r#"[{"source":"/320614/police","id":"1"},{"source":"/320614/health","id":"2"},
    {"source":"/320614/police","id":"3"}]"#;

#[test]
fn events_and_repairs_are_on_record_without_what_they_say() {
    let platform = platform();
    assert_eq!(sends(&platform, EVENTS).status, 202);
    assert_eq!(repairs(&platform).status, 202);
    let entries = platform.stages.audit();
    assert_eq!(entries.len(), 2);
    let details = |entry: &Entry| {
        let mut details = entry.details.clone();
        details.remove(ROLE).unwrap();
        details
    };
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!((&entries[0].action, entries[0].actor.as_str()), (&Action::SendEvent, "sender"));
    assert_eq!(details(&entries[0]), of(&[("health", "1"), ("police", "2")]));
    assert_eq!((&entries[1].action, entries[1].actor.as_str()), (&Action::Repair, "operator"));
    assert_eq!(details(&entries[1]), of(&[("feed", "police"), ("partition", "0"), ("offset", "1")]));
}

#[test]
fn signing_in_and_out_is_on_record() {
    let platform = platform();
    platform.set_password("li");
    platform.set_password("wang");
    let browser = platform.sign_in("li");
    platform.try_password("wang", "not this one").is_problem(401, "unauthorized");
    platform.try_password("my password, by mistake", "x").is_problem(401, "unauthorized");
    browser.send(&platform, "GET", &format!("/v1/alerts/{}", item_of(&platform, 0)), None);
    assert_eq!(browser.send(&platform, "DELETE", "/v1/session", None).status, 204);
    // Who has no session signs nobody out.
    assert_eq!(platform.send("DELETE", "/v1/session", &[], None).status, 204);
    let entries = platform.stages.audit();
    let told: Vec<_> =
        entries.iter().map(|entry| (entry.actor.as_str(), entry.action.clone(), refused(entry))).collect();
    let expected = [
        ("li", Action::Login, "done"),
        ("wang", Action::Login, "wrong-password"),
        ("(unknown)", Action::Login, "unknown"),
        ("li", Action::ReadCase, "done"),
        ("li", Action::Logout, "done"),
    ];
    assert_eq!(told, expected);
    let mark = entries[0].session.as_ref().unwrap();
    assert!(mark.len() == 16 && !browser.cookie.contains(mark.as_str()));
    assert!([3, 4].iter().all(|at| entries[*at].session.as_ref() == Some(mark)));
    assert!(!format!("{entries:?}").contains("by mistake"));
}

#[test]
fn who_is_not_let_in_is_on_record_and_cannot_fill_it() {
    let platform = platform();
    let li = platform.bearer("li");
    let wrong = format!("{}{}", &li[..li.len() - 1], if li.ends_with('0') { '1' } else { '0' });
    let ask = |headers: &[(&str, &str)]| platform.bare("GET", "/v1/alerts", headers, None);
    ask(&[]).is_problem(401, "unauthorized");
    ask(&[("authorization", &wrong)]).is_problem(401, "unauthorized");
    ask(&[("authorization", "Basic eA==")]).is_problem(401, "unauthorized");
    ask(&[("cookie", "sanzao=abc")]).is_problem(401, "unauthorized");
    let entries = platform.stages.audit();
    let told: Vec<_> = entries.iter().map(|entry| (entry.actor.as_str(), refused(entry))).collect();
    let expected = [("li", "wrong-secret"), ("(unknown)", "malformed"), ("(unknown)", "session-unknown")];
    assert_eq!(told, expected, "nothing was presented by the first");
    assert!(entries.iter().all(|entry| entry.action == Action::Refusal));
    assert_eq!(entries[0].details["operation"], "GET /v1/alerts");
    for _ in 0..40 {
        ask(&[("authorization", "Bearer x")]).is_problem(401, "unauthorized");
    }
    assert_eq!(platform.stages.audit().len(), 1 + 10, "ten a minute from one address");
    ask(&[("authorization", &wrong)]).is_problem(401, "unauthorized");
    assert_eq!(platform.stages.audit().len(), 1 + 10 + 1, "an account that is known is counted by itself");
    platform.stages.pass(6);
    ask(&[("authorization", "Bearer x")]).is_problem(401, "unauthorized");
    assert_eq!(platform.stages.audit().len(), 1 + 10 + 2);
}

#[test]
fn who_may_not_is_on_record_always() {
    let platform = platform();
    let system = platform.bearer("system");
    let id = item_of(&platform, 0);
    for _ in 0..30 {
        platform.send_as(&system, "GET", &format!("/v1/alerts/{id}"), None).is_problem(403, "forbidden");
    }
    let police = platform.bearer("police");
    let other = r#"{"source":"/320614/health","id":"1"}"#;
    let headers = [("authorization", police.as_str()), ("content-type", "application/cloudevents+json")];
    platform.send("POST", "/v1/events", &headers, Some(other.as_bytes())).is_problem(403, "forbidden");
    assert!(platform.stages.feed(Feed::Health).is_empty());
    platform.set_password("li");
    let browser = Browser { csrf: "another".into(), ..platform.sign_in("li") };
    browser.send(&platform, "DELETE", "/v1/session", None).is_problem(403, "csrf");
    let entries = platform.stages.audit();
    let entries: Vec<_> = entries.iter().filter(|entry| entry.action == Action::Refusal).collect();
    assert_eq!(entries.len(), 32);
    assert!(entries[..30].iter().all(|entry| entry.actor == "system" && refused(entry) == "forbidden"));
    assert_eq!(entries[0].details["operation"], "GET /v1/alerts/{id}");
    assert_eq!((entries[30].actor.as_str(), refused(entries[30])), ("police", "forbidden"));
    assert_eq!((entries[31].actor.as_str(), refused(entries[31])), ("li", "csrf"));
    assert!(entries[31].session.is_some());
}

#[test]
fn what_lies_outside_the_scope_is_refused_on_record() {
    let platform = platform();
    let li = platform.bearer("li");
    // The second town.
    let id = item_of(&platform, 1);
    let person = vault::identity(1).person;
    let purpose = Some(r#"{"purpose":"上门走访"}"#);
    platform.send_as(&li, "GET", &format!("/v1/alerts/{id}"), None).is_problem(404, "not-found");
    let reveal = format!("/v1/people/{person}/reveal");
    platform.send_as(&li, "POST", &reveal, purpose).is_problem(404, "not-found");
    let headers = [
        ("authorization", li.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
        ("if-match", "*"),
    ];
    let acts = format!("/v1/alerts/{id}/acts");
    platform.send("POST", &acts, &headers, Some(br#"{"act":"claim"}"#)).is_problem(404, "not-found");
    platform
        .send_as(&li, "GET", &format!("/v1/alerts/{}", "f".repeat(32)), None)
        .is_problem(404, "not-found");
    // One of many at once, too.
    let body = format!(r#"{{"act":{{"act":"claim"}},"items":["{id}"],"preview":false}}"#);
    let told = platform.send("POST", "/v1/acts", &headers[..3], Some(body.as_bytes()));
    assert_eq!(told.json()["items"][0]["code"], "not-found", "{told:?}");
    for entry in settled(&platform, 4) {
        assert_eq!((entry.actor.as_str(), &entry.action), ("li", &Action::Refusal));
        assert_eq!((refused(&entry), &entry.subjects[..]), ("outside-scope", &[person][..]));
    }
    assert_eq!(platform.stages.vault_accesses(), 0);
}

#[test]
fn a_refusal_that_cannot_be_recorded_stays_one() {
    let platform = platform();
    platform.set_password("li");
    let (li, system) = (platform.bearer("li"), platform.bearer("system"));
    let (id, other) = (item_of(&platform, 0), item_of(&platform, 1));
    fail(&platform);
    platform.send_as("Bearer x", "GET", "/v1/alerts", None).is_problem(401, "unauthorized");
    platform.send_as(&system, "GET", &format!("/v1/alerts/{id}"), None).is_problem(403, "forbidden");
    platform.send_as(&li, "GET", &format!("/v1/alerts/{other}"), None).is_problem(404, "not-found");
    platform.try_password("li", "not this one").is_problem(401, "unauthorized");
    platform.stages.fail_audit(None);
    assert!(platform.stages.audit().is_empty());
}

/// Every kind of act, tried while the record takes nothing.
#[test]
fn nothing_happens_that_is_not_on_record() {
    let platform = platform();
    platform.set_password("li");
    platform.set_password("wang");
    let browser = platform.sign_in("li");
    let path = format!("/v1/alerts/{}", item_of(&platform, 0));
    let person = vault::identity(0).person;
    assert_eq!(platform.claim(&path, "before").status, 200);
    let (inbox, recorded) = (platform.stages.inbox(), platform.stages.audit().len());
    fail(&platform);
    let json = [("content-type", "application/json")];
    let purpose = r#"{"purpose":"上门走访"}"#;
    let post = |path: &str, body: &str| platform.send("POST", path, &json, Some(body.as_bytes()));
    let search = format!(r#"{{"purpose":"核对","id_number":"{}"}}"#, vault::number(0));
    for (what, answer) in [
        ("read", platform.get(&path)),
        ("command", platform.act(&path, "k", r#"{"act":"release"}"#)),
        ("command again", platform.claim(&path, "before")),
        ("search", post("/v1/people/search", &search)),
        ("reveal", post(&format!("/v1/people/{person}/reveal"), purpose)),
        ("erase", post(&format!("/v1/people/{person}/erase"), purpose)),
        ("events", sends(&platform, EVENTS)),
        ("repair", repairs(&platform)),
        ("sign in", platform.try_password("wang", platform::accounts::PASSWORD)),
        ("sign out", browser.send(&platform, "DELETE", "/v1/session", None)),
    ] {
        answer.is_problem(503, "unavailable");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("audit record") && detail.contains("disk full"), "{what}: {detail}");
        assert!(answer.headers.get("retry-after").is_some() && answer.headers.get("set-cookie").is_none());
    }
    platform.stages.fail_audit(None);
    assert_eq!((platform.stages.inbox(), platform.stages.audit().len()), (inbox, recorded));
    assert!(Feed::ALL.iter().all(|feed| platform.stages.feed(*feed).is_empty()));
    assert_eq!(platform.stages.vault_accesses(), 0, "the vault was not even asked");
    let who = browser.send(&platform, "GET", "/v1/session", None);
    assert_eq!((who.status, &who.json()["account"]), (200, &"li".into()), "nobody was signed out");
    assert_eq!(platform.get(&path).json()["state"], "claimed");
}
