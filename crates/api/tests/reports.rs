//! What somebody outside tells of.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use sanzao_audit::Action;
use serde_json::{Value, json};

const NUMBER: &str = "11010519491231002X";
const SAID: &str = "邻居说他三天没有出门了，电话13812345678";

fn send(platform: &Platform, bearer: &str, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("authorization", bearer), ("idempotency-key", key), ("content-type", "application/json")];
    platform.send("POST", path, &headers, Some(body.to_string().as_bytes()))
}

fn report(about: Value) -> Value {
    json!({
        "source": "village-aide", "about": about, "division": "320614100001", "on": "2025-06-11",
        "said": SAID, "reporter": "王芳", "phone": "13912345678",
    })
}

fn by_number() -> Value {
    report(json!({"id_number": NUMBER, "name": "张秀兰"}))
}

fn reveal(platform: &Platform, bearer: &str, alert: &str) -> Answer {
    let body = json!({"purpose": "核实反映的情况"});
    send(platform, bearer, &format!("{alert}/report/reveal"), "-", &body)
}

#[test]
fn a_report_opens_one_alert_and_its_words_are_told_with_a_purpose() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let inbox = platform.stages.inbox();
    let opened = send(&platform, &li, "/v1/reports", "k", &by_number());
    assert_eq!(opened.status, 201, "{opened:?}");
    let (alert, path) = (opened.json(), opened.header("location").to_owned());
    assert_eq!(path, format!("/v1/alerts/{}", alert["id"].as_str().unwrap()));
    assert_eq!((&alert["rule"], &alert["state"]), (&"outside-report".into(), &"open".into()));
    assert_eq!((&alert["reported_by"], &alert["division"]), (&"village-aide".into(), &"320614100001".into()));
    let shown = platform.get(&path);
    assert_eq!((shown.json(), shown.header("etag")), (alert.clone(), opened.header("etag")));
    for personal in [NUMBER, "张秀兰", "王芳", "邻居", "13912345678"] {
        assert!(!opened.text.contains(personal), "{personal}");
    }
    // The same again opens no second one; other words under the key are another request.
    let again = send(&platform, &li, "/v1/reports", "k", &by_number());
    assert_eq!((again.status, &again.text, again.header("location")), (201, &opened.text, path.as_str()));
    let mut other = by_number();
    other["said"] = "没有这回事".into();
    send(&platform, &li, "/v1/reports", "k", &other).is_problem(422, "key-reused");
    other = by_number();
    other["on"] = "2025-06-10".into();
    send(&platform, &li, "/v1/reports", "k", &other).is_problem(422, "key-reused");
    assert_eq!(platform.stages.inbox(), inbox + 1);
    // Of the same person under another key: another alert.
    let second = send(&platform, &li, "/v1/reports", "k2", &by_number()).json();
    assert_ne!(second["id"], alert["id"]);
    assert_eq!(second["subject"], alert["subject"]);

    let told = reveal(&platform, &li, &path);
    assert_eq!(told.status, 200, "{told:?}");
    let said = format!("反映对象：张秀兰，证件号码{NUMBER}\n{SAID}");
    assert_eq!(told.json(), json!({"said": said, "reporter": "王芳", "phone": "13912345678"}));
    let audit = platform.stages.audit();
    let entry = audit.iter().rfind(|entry| entry.action == Action::Reveal).unwrap();
    assert_eq!(entry.purpose.as_deref(), Some("核实反映的情况"));
    assert_eq!(entry.subjects[0].to_string(), alert["subject"]["id"]);
    let sent: Vec<_> = audit.iter().filter(|entry| entry.action == Action::SendEvent).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].item.unwrap().to_string(), alert["id"]);
    // It is worked on like any other.
    assert_eq!(platform.claim(&path, "c").status, 200);
}

#[test]
fn whom_it_is_about_may_be_known_or_not() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let alerts = |town: &str| platform.get(&format!("/v1/alerts?division={town}&limit=1")).json();
    let known = alerts("320614100")["items"][0]["subject"]["id"].clone();
    let about = report(json!({"person": known}));
    let alert = send(&platform, &li, "/v1/reports", "a", &about);
    assert_eq!((alert.status, &alert.json()["subject"]["id"]), (201, &known), "{alert:?}");
    let told = reveal(&platform, &li, alert.header("location")).json();
    assert_eq!(told["said"], SAID);
    // Of whom the account sees nothing there is nobody.
    let theirs = alerts("320614101")["items"][0]["subject"]["id"].clone();
    for person in [theirs, "ffffffffffffffffffffffffffffffff".into()] {
        let about = report(json!({"person": person}));
        send(&platform, &li, "/v1/reports", "b", &about).is_problem(404, "not-found");
    }
    let unknown = report(json!({"unknown": true}));
    let subjects: Vec<_> = ["c", "d", "c"]
        .map(|key| send(&platform, &li, "/v1/reports", key, &unknown).json()["subject"]["id"].clone())
        .into();
    assert_eq!(subjects[0], subjects[2]);
    assert_ne!(subjects[0], subjects[1]);
    assert!(subjects[0].is_string());
}

#[test]
fn wrong_reports_are_problems() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let inbox = platform.stages.inbox();
    let with = |field: &str, value: Value| {
        let mut body = by_number();
        body[field] = value;
        body
    };
    for (body, status, kind) in [
        (with("division", "320614101001".into()), 403, "forbidden"),
        (with("division", "32061410".into()), 400, "body"),
        (with("on", "2025-06-13".into()), 422, "day"),
        (with("on", "2024-06-11".into()), 422, "day"),
        (with("source", "nobody".into()), 400, "body"),
        (with("said", " ".into()), 422, "content"),
        (with("said", "长".repeat(4_000).into()), 422, "content"),
        (with("phone", "长".repeat(121).into()), 422, "content"),
        (with("about", json!({"id_number": "110105194912310021", "name": "张"})), 400, "body"),
        (with("about", json!({"id_number": NUMBER})), 400, "body"),
        (with("about", json!({"unknown": false})), 400, "body"),
        (with("about", json!({"unknown": true, "name": "张"})), 400, "body"),
        (with("about", json!({})), 400, "body"),
        (with("more", json!(1)), 400, "body"),
    ] {
        let answer = send(&platform, &li, "/v1/reports", "k", &body);
        answer.is_problem(status, kind);
        assert!(!answer.text.contains("110105"), "{answer:?}");
    }
    let json = [("content-type", "application/json")];
    let body = by_number().to_string();
    platform.send("POST", "/v1/reports", &json, Some(body.as_bytes())).is_problem(400, "idempotency-key");
    assert_eq!(platform.stages.inbox(), inbox);
    assert!(platform.stages.vault(|vault| vault.accesses(0, 10).unwrap().is_empty()));
    let alert = platform.alert();
    reveal(&platform, &li, &format!("/v1/alerts/{alert}")).is_problem(404, "not-found");
}

#[test]
fn each_role_does_what_it_may() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let opened = send(&platform, &operator, "/v1/reports", "k", &by_number());
    let path = opened.header("location").to_owned();
    for (account, reports, reveals) in [
        ("operator", 201, 200),
        ("li", 201, 200),
        ("wang", 403, 404),
        ("chen", 403, 200),
        ("zhao", 403, 200),
        ("data", 403, 403),
        ("system", 403, 403),
        ("security", 403, 403),
        ("audit", 403, 403),
        ("police", 403, 403),
        ("sender", 403, 403),
    ] {
        let bearer = platform.bearer(account);
        assert_eq!(
            send(&platform, &bearer, "/v1/reports", account, &by_number()).status,
            reports,
            "{account}"
        );
        assert_eq!(reveal(&platform, &bearer, &path).status, reveals, "{account}");
    }
}

#[test]
fn what_does_not_stand_on_record_does_not_happen() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let reason = "the disk is full".to_owned();
    let away = sanzao_api::BackendError::Unavailable { reason, retry_after_seconds: 5 };
    let inbox = platform.stages.inbox();
    let accesses = || platform.stages.vault(|vault| vault.accesses(0, 100).unwrap().len());
    platform.stages.fail_audit(Some(away.clone()));
    send(&platform, &li, "/v1/reports", "k", &by_number()).is_problem(503, "unavailable");
    assert_eq!((platform.stages.inbox(), accesses()), (inbox, 0));
    platform.stages.fail_audit(None);
    platform.stages.fail(Some(away.clone()));
    send(&platform, &li, "/v1/reports", "k", &by_number()).is_problem(503, "unavailable");
    platform.stages.fail(None);
    let opened = send(&platform, &li, "/v1/reports", "k", &by_number());
    assert_eq!((opened.status, accesses(), platform.stages.inbox()), (201, 1, inbox + 1));
    platform.stages.fail_audit(Some(away));
    reveal(&platform, &li, opened.header("location")).is_problem(503, "unavailable");
    assert_eq!(accesses(), 1);
}

#[test]
fn sent_several_times_at_once_it_is_one_report() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let send = || send(&platform, &li, "/v1/reports", "race", &by_number());
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
    }
    let alerts = platform.get("/v1/alerts?rule=outside-report").json();
    assert_eq!(alerts["items"].as_array().unwrap().len(), 1);
}
