//! Departments are asked about somebody, answer, and are told: over HTTP, by who may, and on record.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use sanzao_api::BackendError;
use sanzao_exchange::{RequestCommand, RequestRecord};
use sanzao_model::Procedure;
use sanzao_vault::VaultError;
use serde_json::{Value, json};

/// A Thursday; today is the one before.
const DEADLINE: &str = "2025-06-19";

const ALL: [&str; 4] =
    ["registration-and-living", "pension-and-employment", "ability-and-stay", "enrolment-and-long-term-care"];

fn ask(questions: &[&str], deadline: &str) -> String {
    json!({"questions": questions, "deadline": deadline}).to_string()
}

fn task(platform: &Platform) -> String {
    let tasks = platform.get("/v1/tasks?rule=home-care-recheck&limit=1").json();
    format!("/v1/tasks/{}", tasks["items"][0]["id"].as_str().unwrap())
}

fn ask_for(platform: &Platform, item: &str, body: &str) -> Answer {
    platform.send_by("operator", "POST", &format!("{item}/verification"), Some(body))
}

/// The id of the request of a list with a question.
fn id(list: &Value, question: &str) -> String {
    let items = list["items"].as_array().unwrap();
    let found = items.iter().find(|item| item["question"] == question);
    found.unwrap_or_else(|| panic!("{list}"))["id"].as_str().unwrap().to_owned()
}

fn full_answer(holds: &str) -> String {
    let value = json!({"holds": holds, "on": "2025-06-12"});
    json!({"code": "answered", "values": {"living": value, "registered-here": value, "lives-alone": value}})
        .to_string()
}

#[test]
fn a_recheck_asks_four_departments_and_shows_what_they_answer() {
    let platform = Platform::with_work();
    let task = task(&platform);
    let answer = ask_for(&platform, &task, &ask(&ALL, DEADLINE));
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = answer.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 4);
    assert!(list["items"][0]["bureau"]["people"][0]["id"].is_string(), "{list}");
    let request = id(&list, ALL[0]);

    // Only the police see theirs, and neither for what nor about whom.
    let seen = platform.send_by("police", "GET", "/v1/verifications", None);
    let items = seen.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{seen:?}");
    assert_eq!(items[0]["id"], request.as_str());
    assert_eq!((&items[0]["bureau"], &items[0]["person"]), (&Value::Null, &Value::Null));
    assert!(!seen.text.contains("operator") && !seen.text.contains(&task[10..]), "{seen:?}");
    let others = id(&list, ALL[1]);
    let path = format!("/v1/verifications/{others}");
    platform.send_by("police", "GET", &path, None).is_problem(404, "not-found");
    let body = full_answer("holds");
    platform.send_by("police", "POST", &format!("{path}/answer"), Some(&body)).is_problem(404, "not-found");

    let path = format!("/v1/verifications/{request}/answer");
    let wrong = r#"{"code":"answered","values":{"living":{"holds":"holds","on":"2025-06-12"}}}"#;
    platform.send_by("police", "POST", &path, Some(wrong)).is_problem(400, "body");
    let later = full_answer("holds").replace("2025-06-12", "2025-06-13");
    platform.send_by("police", "POST", &path, Some(&later)).is_problem(422, "day");
    platform.send_by("police", "POST", &path, Some("{")).is_problem(400, "body");
    for _ in 0..2 {
        let answer = platform.send_by("police", "POST", &path, Some(&full_answer("holds")));
        assert_eq!(answer.status, 200, "the same again changes nothing: {answer:?}");
        assert_eq!(answer.json()["state"], "answered");
    }
    platform.send_by("police", "POST", &path, Some(&full_answer("unknown"))).is_problem(409, "wrong-state");
    // Whoever works on it does not answer for a department.
    platform.send_by("operator", "POST", &path, Some(&full_answer("holds"))).is_problem(403, "forbidden");

    let shown = platform.get(&format!("{task}/verification")).json();
    let answered = shown["items"].as_array().unwrap().iter().find(|item| item["id"] == request.as_str());
    let answer = &answered.unwrap()["answer"];
    assert_eq!((&answer["by"], &answer["late"]), (&json!("police"), &json!(false)), "{shown}");
    assert_eq!(answer["values"]["lives-alone"]["holds"], "holds");
    let counts = |filter: &str| {
        let list = platform.get(&format!("/v1/verifications?{filter}")).json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!([counts(""), counts("state=answered"), counts("state=asked")], [4, 1, 3]);
    assert_eq!([counts("department=police"), counts("department=registry")], [1, 0]);
}

#[test]
fn lists_are_read_page_by_page() {
    let platform = Platform::with_work();
    let task = task(&platform);
    ask_for(&platform, &task, &ask(&ALL, DEADLINE));
    let (mut seen, mut path) = (Vec::new(), "/v1/verifications?limit=3&state=asked".to_owned());
    loop {
        let answer = platform.get(&path);
        let page = answer.json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["question"].clone()));
        let link = answer.header("link").to_owned();
        let Some(next) = page["next"].as_str() else {
            assert_eq!(link, "");
            break;
        };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        assert_eq!(path, format!("/v1/verifications?after={next}&state=asked&limit=3"));
    }
    let mut expected = ALL;
    expected.sort();
    seen.sort_by_key(|question| question.to_string());
    assert_eq!(seen, expected);
    for wrong in ["state=done", "department=tax", "limit=0", "x=1", "after=1"] {
        assert_eq!(platform.get(&format!("/v1/verifications?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn what_is_open_is_not_asked_twice_and_a_cancelled_one_is_asked_anew() {
    let platform = Platform::with_work();
    let task = task(&platform);
    let first = ask_for(&platform, &task, &ask(&ALL[..1], DEADLINE)).json();
    let again = ask_for(&platform, &task, &ask(&ALL[..2], DEADLINE)).json();
    assert_eq!(again["items"].as_array().unwrap().len(), 2);
    assert_eq!(id(&again, ALL[0]), id(&first, ALL[0]));
    let cancel = format!("/v1/verifications/{}/cancel", id(&first, ALL[0]));
    let answer = platform.send_by("operator", "POST", &cancel, None);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["items"][1]["bureau"]["cancelled_by"], "operator", "{answer:?}");
    let path = cancel.replace("cancel", "answer");
    platform.send_by("police", "POST", &path, Some(&full_answer("holds"))).is_problem(409, "wrong-state");
    let anew = ask_for(&platform, &task, &ask(&ALL[..1], DEADLINE)).json();
    assert_eq!(anew["items"].as_array().unwrap().len(), 3);
    assert_eq!(anew["items"][0]["state"], "asked");
    assert_ne!(anew["items"][0]["id"], first["items"][0]["id"]);
}

#[test]
fn who_is_asked_when_and_by_whom_is_checked() {
    let platform = Platform::with_work();
    let task = task(&platform);
    for (body, status) in [
        (ask(&[], DEADLINE), 400),
        (ask(&[ALL[0], ALL[0]], DEADLINE), 400),
        (ask(&["age"], DEADLINE), 400),
        // Yesterday, a Saturday, the holiday of the national day, and far away.
        (ask(&ALL[..1], "2025-06-11"), 422),
        (ask(&ALL[..1], "2025-06-14"), 422),
        (ask(&ALL[..1], "2025-10-01"), 422),
        (ask(&ALL[..1], "2025-12-31"), 422),
        (json!({"questions": [ALL[0]], "deadline": DEADLINE, "person": "0".repeat(32)}).to_string(), 400),
    ] {
        assert_eq!(ask_for(&platform, &task, &body).status, status, "{body}");
    }
    assert_eq!(platform.stages.exchange.records(), []);
    let body = ask(&ALL[..1], DEADLINE);
    let alert = format!("/v1/alerts/{}", platform.alert());
    ask_for(&platform, &alert, &body).is_problem(409, "wrong-state");
    platform.stages.find("home-care-category-lost", Procedure::Review, 0..1);
    let alerts = platform.get("/v1/alerts?rule=home-care-category-lost").json();
    let alert = format!("/v1/alerts/{}", alerts["items"][0]["id"].as_str().unwrap());
    assert_eq!(ask_for(&platform, &alert, &body).status, 200);
    assert_eq!(platform.get(&format!("{alert}/verification")).json()["items"][0]["department"], "police");

    let cancel = r#"{"act":"cancel","reason":"已死亡"}"#;
    assert_eq!(platform.act(&task, "c", cancel).status, 200);
    ask_for(&platform, &task, &body).is_problem(409, "wrong-state");
    for account in ["data", "system", "audit", "police"] {
        let answer = platform.send_by(account, "POST", &format!("{task}/verification"), Some(&body));
        answer.is_problem(403, "forbidden");
    }
}

/// What lies outside a caseworker's scope does not exist for them.
#[test]
fn requests_are_seen_within_the_scope_alone() {
    let platform = Platform::with_work();
    let body = ask(&ALL[..1], DEADLINE);
    let tasks = platform.get("/v1/tasks?limit=50").json();
    let (mut inside, mut outside) = (0, 0);
    for item in tasks["items"].as_array().unwrap() {
        let task = format!("/v1/tasks/{}", item["id"].as_str().unwrap());
        let request = ask_for(&platform, &task, &body).json();
        let one = format!("/v1/verifications/{}", id(&request, ALL[0]));
        let is_inside = item["division"].as_str().unwrap().starts_with("320614100");
        let expected = if is_inside { 200 } else { 404 };
        *(if is_inside { &mut inside } else { &mut outside }) += 1;
        for path in [&one, &format!("{task}/verification")] {
            assert_eq!(platform.send_by("li", "GET", path, None).status, expected, "{path}");
        }
        if !is_inside {
            let answer = platform.send_by("li", "POST", &format!("{one}/cancel"), None);
            answer.is_problem(404, "not-found");
            let answer = platform.send_by("li", "POST", &format!("{task}/verification"), Some(&body));
            answer.is_problem(404, "not-found");
        }
    }
    assert!(inside > 0 && outside > 0);
    // Each of the four that lay outside is on record, beside the answers.
    let refused = || {
        let recorded = platform.stages.audit();
        recorded.iter().filter(|entry| entry.outcome.code() == Some("outside-scope")).count()
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while refused() < 4 * outside && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(refused(), 4 * outside);
    let seen = platform.send_by("li", "GET", "/v1/verifications?limit=200", None).json();
    assert_eq!(seen["items"].as_array().unwrap().len(), inside);
    platform.send_by("data", "GET", "/v1/verifications", None).is_problem(403, "forbidden");
}

/// A re-check of home care rests on what departments say.
#[test]
fn a_recheck_waits_for_the_answers_that_were_asked_for() {
    let platform = Platform::with_work();
    let task = task(&platform);
    let list = ask_for(&platform, &task, &ask(&ALL[..2], DEADLINE)).json();
    let act =
        json!({"act": "complete", "on": "2025-06-11", "seen": "仍需服务", "benefit_id": "B1"}).to_string();
    let told = platform.act(&task, "early", &act);
    told.is_problem(409, "wrong-state");
    assert!(told.text.contains(DEADLINE), "{told:?}");
    let answer = format!("/v1/verifications/{}/answer", id(&list, ALL[0]));
    assert_eq!(platform.send_by("police", "POST", &answer, Some(&full_answer("holds"))).status, 200);
    platform.act(&task, "still-early", &act).is_problem(409, "wrong-state");
    let cancel = format!("/v1/verifications/{}/cancel", id(&list, ALL[1]));
    assert_eq!(platform.send_by("operator", "POST", &cancel, None).status, 200);
    // It goes on to the registry, which this platform has not.
    platform.act(&task, "then", &act).is_problem(503, "vault");
}

/// Without the record nothing happens; and each act, and each look at who somebody is, is there.
#[test]
fn what_happens_is_on_record_before() {
    let platform = Platform::with_work();
    let task = task(&platform);
    let failure = BackendError::Unavailable { reason: "the disk is full".into(), retry_after_seconds: 5 };
    let body = ask(&ALL[..1], DEADLINE);
    platform.stages.fail_audit(Some(failure.clone()));
    ask_for(&platform, &task, &body).is_problem(503, "unavailable");
    assert_eq!(platform.stages.exchange.records(), []);
    platform.stages.fail_audit(None);
    let list = ask_for(&platform, &task, &body).json();
    let one = format!("/v1/verifications/{}", id(&list, ALL[0]));

    platform.stages.fail_audit(Some(failure.clone()));
    let answer = format!("{one}/answer");
    let answered = platform.send_by("police", "POST", &answer, Some(&full_answer("holds")));
    answered.is_problem(503, "unavailable");
    platform.send_by("police", "POST", &format!("{one}/receive"), None).is_problem(503, "unavailable");
    platform.send_by("operator", "POST", &format!("{one}/cancel"), None).is_problem(503, "unavailable");
    let enable = "/v1/webhooks/police/enable";
    platform.send_by("data", "POST", enable, None).is_problem(503, "unavailable");
    platform.stages.fail_audit(None);
    // Looking at it tells of nobody and changes nothing.
    let looked = platform.send_by("police", "GET", &one, None).json();
    assert_eq!((&looked["person"], &looked["state"]), (&Value::Null, &json!("asked")));
    assert_eq!(platform.stages.exchange.records().len(), 1);

    // The vault does not answer: the reveal is on record all the same, and nothing counts as delivered.
    platform.stages.fail_vault(Some(VaultError::Busy { detail: "busy".into() }));
    platform.send_by("police", "POST", &format!("{one}/receive"), None).is_problem(503, "vault");
    platform.stages.fail_vault(None);
    let audit = platform.stages.audit();
    let last = audit.last().unwrap();
    assert_eq!((last.action.to_string().as_str(), last.actor.as_str()), ("reveal", "police"));
    assert_eq!(last.purpose.as_deref(), Some(format!("核对 {}", &one[18..]).as_str()));
    assert_eq!(last.subjects.len(), 1);
    let delivered = |record: &RequestRecord| {
        matches!(record, RequestRecord::Command { command: RequestCommand::Deliver { .. }, .. })
    };
    assert!(!platform.stages.exchange.records().iter().any(delivered));
    platform.send_by("police", "POST", &answer, Some(&full_answer("holds")));
    assert_eq!(platform.send_by("data", "POST", enable, None).status, 204);
    let acts: Vec<String> = platform.stages.audit().iter().map(|it| it.action.to_string()).collect();
    for act in ["command:ask-departments", "command:answer-verification", "webhook-change"] {
        assert!(acts.iter().any(|known| known == act), "{act}: {acts:?}");
    }
    // An answered request tells of nobody, and is no reveal.
    assert_eq!(platform.send_by("police", "POST", &format!("{one}/receive"), None).status, 200);
    assert_ne!(platform.stages.audit().last().unwrap().action.to_string(), "reveal");

    platform.stages.exchange.fail(Some(failure));
    ask_for(&platform, &task, &body).is_problem(503, "unavailable");
}

#[test]
fn endpoints_are_the_data_offices_and_the_system_administrators() {
    let platform = Platform::with_work();
    ask_for(&platform, &task(&platform), &ask(&ALL, DEADLINE));
    for account in ["data", "system"] {
        let list = platform.send_by(account, "GET", "/v1/webhooks", None).json();
        let police = list["items"].as_array().unwrap().iter().find(|item| item["id"] == "police").unwrap();
        assert_eq!((&police["state"], &police["waiting"]), (&json!("active"), &json!(1)), "{list}");
        assert_eq!(platform.send_by(account, "GET", "/v1/webhooks/dead", None).json()["items"], json!([]));
    }
    for account in ["li", "chen", "audit", "security", "police"] {
        for (method, path) in [
            ("GET", "/v1/webhooks"),
            ("GET", "/v1/webhooks/dead"),
            ("POST", "/v1/webhooks/police/enable"),
            ("POST", "/v1/webhooks/dead/police/result-1/retry"),
        ] {
            platform.send_by(account, method, path, None).is_problem(403, "forbidden");
        }
    }
    for path in ["/v1/webhooks/tax/enable", "/v1/webhooks/A/enable", "/v1/webhooks/dead/police/x/drop"] {
        platform.send_by("data", "POST", path, None).is_problem(404, "not-found");
    }
    for wrong in ["limit=0", "endpoint=A", "x=1"] {
        let answer = platform.send_by("data", "GET", &format!("/v1/webhooks/dead?{wrong}"), None);
        answer.is_problem(400, "query");
    }
}

#[test]
fn dead_letters_are_sent_again_or_given_up() {
    let platform = Platform::with_work();
    ask_for(&platform, &task(&platform), &ask(&ALL, DEADLINE));
    platform.stages.exchange.forget_everybody();
    let dead = |filter: &str| {
        let list = platform.send_by("data", "GET", &format!("/v1/webhooks/dead{filter}"), None);
        list.json()["items"].as_array().unwrap().clone()
    };
    assert_eq!([dead("").len(), dead("?endpoint=police").len(), dead("?limit=1").len()], [2, 1, 1]);
    let letter = &dead("?endpoint=police")[0];
    assert_eq!((&letter["last_outcome"], &letter["attempts"]), (&json!("identity-unknown"), &json!(1)));
    let act = |endpoint: &str, act: &str| {
        let letters = dead(&format!("?endpoint={endpoint}"));
        let message = letters[0]["message"].as_str().unwrap();
        let path = format!("/v1/webhooks/dead/{endpoint}/{message}/{act}");
        assert_eq!(platform.send_by("system", "POST", &path, None).status, 204, "{path}");
        platform.send_by("system", "POST", &path, None).is_problem(404, "not-found");
        platform.stages.audit().last().unwrap().clone()
    };
    let record = act("police", "retry");
    assert!(record.details["change"].starts_with("retry verification-"), "{record:?}");
    act("health", "drop");
    assert_eq!(dead(""), Vec::<Value>::new());
    let list = platform.send_by("data", "GET", "/v1/webhooks", None).json();
    let waiting = |at: usize| (list["items"][at]["id"].clone(), list["items"][at]["waiting"].clone());
    assert_eq!((waiting(0), waiting(1)), ((json!("health"), json!(0)), (json!("police"), json!(1))));
}
