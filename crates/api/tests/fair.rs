//! Who may not know, may not take and may not come first.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform, level};
use sanzao_access::{Role, Territory};
use sanzao_model::Procedure;
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn bulk(platform: &Platform, key: &str, act: &Value, items: &[String]) {
    let headers = [("idempotency-key", key), ("content-type", "application/json")];
    let body = json!({"act": act, "items": items, "preview": false}).to_string();
    let answer = platform.send("POST", "/v1/acts", &headers, Some(body.as_bytes()));
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert!(answer["items"].as_array().unwrap().iter().all(|item| item["outcome"] == "done"), "{answer}");
}

fn act_as(platform: &Platform, account: &str, path: &str, key: &str, act: &Value) -> Answer {
    let bearer = platform.bearer(account);
    let headers = [
        ("authorization", bearer.as_str()),
        ("idempotency-key", key),
        ("if-match", "*"),
        ("content-type", "application/json"),
    ];
    platform.send("POST", &format!("{path}/acts"), &headers, Some(act.to_string().as_bytes()))
}

/// What a decision is, wherever it stands.
fn outcomes(value: &Value, id: &str) -> Vec<Value> {
    match value {
        Value::Object(fields) if fields.get("id").is_some_and(|found| found == id) => {
            vec![value["state_details"]["outcome"].clone()]
        }
        Value::Object(fields) => fields.values().flat_map(|value| outcomes(value, id)).collect(),
        Value::Array(values) => values.iter().flat_map(|value| outcomes(value, id)).collect(),
        _ => Vec::new(),
    }
}

/// Alerts that were drawn for a second review, of two hundred that `operator` has decided.
fn drawn(platform: &Platform) -> Vec<String> {
    platform.stages.find("high-yearly-self-pay", Procedure::Help, 0..200);
    let all = platform.get("/v1/alerts?limit=200");
    assert_eq!(all.status, 200, "{all:?}");
    let all = ids(&all.json());
    assert_eq!(all.len(), 200);
    bulk(platform, "claim", &json!({"act": "claim"}), &all);
    platform.stages.pass(1);
    for id in &all {
        let body = r#"{"outcome":"helped","reason":"秘密的理由"}"#;
        assert_eq!(platform.decide(&format!("/v1/alerts/{id}"), &format!("d{id}"), body).status, 200);
    }
    let drawn = ids(&platform.get("/v1/alerts?queue=second-review&limit=200").json());
    assert!((2..40).contains(&drawn.len()), "{drawn:?}");
    drawn
}

#[test]
fn whoever_reviews_a_decision_learns_it_nowhere() {
    let platform = Platform::start();
    let drawn = drawn(&platform);
    let card = format!("/v1/cards/{}", drawn[1]);
    let group = json!({"act": "group", "with": drawn[1]});
    assert_eq!(act_as(&platform, "operator", &format!("/v1/alerts/{}", drawn[0]), "g", &group).status, 200);
    let item = format!("/v1/alerts/{}", drawn[0]);
    let places = [item.as_str(), "/v1/alerts?queue=second-review", &card, "/v1/changes?limit=500"];
    for path in places {
        let told = |account: &str| platform.send_as(&platform.bearer(account), "GET", path, None);
        let blind = told("chen");
        assert_eq!(blind.status, 200, "{path}");
        assert!(!blind.text.contains("秘密"), "{path}");
        let outcomes_of = |answer: &Answer| {
            let mut outcomes = outcomes(&answer.json(), &drawn[0]);
            outcomes.retain(|outcome| !outcome.is_null());
            outcomes
        };
        let (told_blind, told_own) = (outcomes_of(&blind), outcomes_of(&told("operator")));
        assert!(!told_own.is_empty() && told_own.iter().all(|outcome| outcome == "helped"), "{path}");
        assert!(told_blind.len() == told_own.len(), "{path}");
        assert!(told_blind.iter().all(|outcome| outcome == "no-action"), "{path} {told_blind:?}");
    }
    // Once the second opinion is given, both are told.
    let opinion = json!({"act": "second-opinion", "outcome": "no-action", "reason": "材料"});
    assert_eq!(act_as(&platform, "chen", &item, "o", &opinion).status, 200);
    let seen = platform.send_as(&platform.bearer("chen"), "GET", &item, None).json();
    assert_eq!(seen["state_details"]["outcome"], "helped");
}

/// Of a review there are as many steps as its outcome needs.
#[test]
fn how_often_something_happened_tells_no_outcome() {
    let platform = Platform::start();
    let levels = (0..200).map(|person| level("deceased-recipient", Procedure::Review, person)).collect();
    platform.stages.levels_on("2025-06-12".parse().unwrap(), levels, Vec::new());
    let all = ids(&platform.get("/v1/alerts?limit=200").json());
    bulk(&platform, "claim", &json!({"act": "claim"}), &all);
    for (number, id) in all.iter().enumerate() {
        // So that nobody asks too much.
        platform.stages.pass(1);
        let path = format!("/v1/alerts/{id}");
        // Half of them change something for the family, who is told and answers.
        let outcome = if number % 2 == 0 { "not-eligible" } else { "no-action" };
        let body = json!({"outcome": outcome, "reason": "r"}).to_string();
        assert_eq!(platform.decide(&path, &format!("d{id}"), &body).status, 200);
        if number % 2 == 0 {
            let day = "2025-06-12";
            let notify =
                json!({"act": "notify", "sent_on": day, "means": "in-person", "answer_by": "2025-06-30"});
            let answer = json!({"act": "answer", "on": day, "agrees": true, "text": "同意"});
            for (key, act) in [("n", notify), ("a", answer)] {
                let told = act_as(&platform, "operator", &path, &format!("{key}{id}"), &act);
                assert_eq!(told.status, 200, "{act} {told:?}");
            }
        }
        let approve = json!({"act": "approve", "reason": "r"});
        let told = act_as(&platform, "zhao", &path, &format!("p{id}"), &approve);
        assert_eq!(told.status, 200, "{told:?}");
    }
    let drawn = ids(&platform.get("/v1/alerts?queue=second-review&limit=200").json());
    let of = |account: &str| {
        let bearer = platform.bearer(account);
        let (mut counts, mut after) = (std::collections::BTreeMap::<String, usize>::new(), String::new());
        loop {
            let page =
                platform.send_as(&bearer, "GET", &format!("/v1/changes?limit=500{after}"), None).json();
            for change in page["items"].as_array().unwrap() {
                *counts.entry(change["subject"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return drawn.iter().map(|id| counts[id]).collect::<std::collections::BTreeSet<_>>(),
            }
        }
    };
    assert!(of("operator").len() > 1, "whoever decided sees each step");
    assert_eq!(of("chen").len(), 1, "to whom reviews them all look alike");
}

#[test]
fn taking_a_decision_back_does_not_take_it_out_of_the_draw() {
    let platform = Platform::start();
    let alert = format!("/v1/alerts/{}", drawn(&platform)[0]);
    let undone = platform.act(&alert, "u", r#"{"act":"undo"}"#);
    assert_eq!((undone.status, &undone.json()["state"]), (200, &json!("claimed")));
    let again = platform.decide(&alert, "again", r#"{"outcome":"no-action","reason":"r"}"#);
    assert_eq!((again.status, &again.json()["second_review"]["is_due"]), (200, &json!(true)));
}

/// Both mean the version that they saw.
#[test]
fn of_two_who_act_on_one_version_at_once_one_does() {
    let platform = Platform::with_work();
    let alert = format!("/v1/alerts/{}", platform.alert());
    for round in 0..100 {
        let version = platform.get(&alert).header("etag").to_owned();
        let text = json!({"act": "comment", "text": "已电话联系"}).to_string();
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let act = |who: u8| platform.act_on(&alert, &format!("{round}-{who}"), &version, &text).status;
            let threads: Vec<_> = (0..2).map(|who| scope.spawn(move || act(who))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "round {round}");
        platform.stages.pass(1);
    }
}

#[test]
fn nobody_takes_what_somebody_else_has() {
    let platform = Platform::with_work();
    let town = || Territory::Divisions(vec!["320614100".parse().unwrap()]);
    platform.add_account("ma", &[Role::Caseworker], town());
    let alerts = ids(&platform.send_as(&platform.bearer("li"), "GET", "/v1/alerts", None).json());
    let path = |number: usize| format!("/v1/alerts/{}", alerts[number]);
    let to = |account: &str| json!({"act": "assign", "to": account});

    assert_eq!(act_as(&platform, "ma", &path(0), "0", &to("ma")).status, 200, "it was nobody's");
    assert_eq!(act_as(&platform, "li", &path(1), "1", &json!({"act": "claim"})).status, 200);
    act_as(&platform, "ma", &path(1), "2", &to("ma")).is_problem(409, "claimed-by-another");
    assert_eq!(act_as(&platform, "chen", &path(2), "3", &to("li")).status, 200);
    act_as(&platform, "ma", &path(2), "4", &to("ma")).is_problem(409, "assigned-to-another");
    assert_eq!(
        act_as(&platform, "chen", &path(2), "5", &to("ma")).status,
        200,
        "who supervises gives it away"
    );
}

/// Who knows a number could otherwise be told whose it is by writing a report.
#[test]
fn a_report_lets_nobody_see_more_of_a_person() {
    let platform = Platform::with_work();
    let body = json!({
        "source": "village-aide", "about": {"id_number": platform::vault::number(9), "name": "错名"},
        "division": "320614100001", "on": "2025-06-11", "said": "没有出门", "reporter": "王芳",
        "phone": "13912345678",
    });
    let li = platform.bearer("li");
    let headers =
        [("authorization", li.as_str()), ("idempotency-key", "k"), ("content-type", "application/json")];
    let alert = platform.send("POST", "/v1/reports", &headers, Some(body.to_string().as_bytes()));
    assert_eq!(alert.status, 201, "{alert:?}");
    let person = alert.json()["people"][0]["id"].as_str().unwrap().to_owned();
    let purpose = r#"{"purpose":"核实"}"#;
    let path = format!("/v1/people/{person}/reveal");
    platform.send_as(&li, "POST", &path, Some(purpose)).is_problem(404, "not-found");
    let seen = platform.send_as(&platform.bearer("operator"), "POST", &path, Some(purpose));
    assert_eq!(seen.status, 200, "{seen:?}");
}
