//! What was handled, what follows, and what is suspended, as clients see it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, unreachable_pub, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Platform, TODAY, level};
use sanzao_model::{
    Evidence, EvidenceRole, FactId, Feed, HouseholdId, Level, LevelState, Procedure, SubjectId, Suspension,
};
use serde_json::{Value, json};

const RULE: &str = "high-yearly-self-pay";

/// With one more fact.
fn with_more(mut level: Level, fact: u8, role: EvidenceRole) -> Level {
    let LevelState::Known(findings) = &mut level.state else { panic!("a level has findings") };
    let (feed, kind) = (Feed::MedicalInsurance, "settlement.settled".to_owned());
    let on = "2025-06-09".parse().unwrap();
    findings[0].evidence.push(Evidence { fact: FactId([fact; 16]), feed, kind, on, role });
    level
}

fn first() -> Level {
    level(RULE, Procedure::Help, 1)
}

fn none(level: Level) -> Level {
    Level { state: LevelState::Known(Vec::new()), ..level }
}

/// With one alert, handled by a body of the command.
fn handled(body: &str) -> (Platform, String) {
    let platform = Platform::start();
    platform.stages.levels(vec![first()]);
    let path = format!("/v1/alerts/{}", platform.alert());
    assert_eq!(platform.claim(&path, "c").status, 200);
    let answer = platform.decide(&path, "r", body);
    assert_eq!(answer.status, 200, "{answer:?}");
    (platform, path)
}

const DONE: &str = r#"{"outcome":"helped","reason":"已办"}"#;

fn events(item: &Value) -> Vec<&str> {
    item["history"].as_array().unwrap().iter().map(|entry| entry["event"].as_str().unwrap()).collect()
}

#[test]
fn new_evidence_is_told_with_the_alert_that_it_opens() {
    let (platform, path) = handled(DONE);
    let before = platform.get(&path).json();
    assert_eq!(
        (&before["episode"], &before["previous"], &before["reopening"]),
        (&json!(1), &Value::Null, &Value::Null)
    );
    assert_eq!(before["handled"]["still_found"], true);
    assert_eq!(before["handled"]["found"][0]["subject"], before["subject"]);
    assert_eq!(before["next"], json!([]));
    platform.stages.levels(vec![with_more(first(), 9, EvidenceRole::Link)]);
    assert_eq!(platform.get(&path).json(), before, "a link alone is nothing new");

    platform.stages.levels(vec![with_more(first(), 9, EvidenceRole::Trigger)]);
    let handled = platform.get(&path).json();
    assert_eq!(handled["state"], "closed");
    assert_eq!(handled["handled"], json!({"still_found": false, "found": []}));
    assert_eq!(events(&handled), ["opened", "acted", "acted", "no-longer-found"]);
    let id = handled["next"][0].as_str().unwrap();
    let again = platform.get(&format!("/v1/alerts/{id}")).json();
    assert_eq!(
        (&again["episode"], &again["previous"], &again["state"]),
        (&json!(2), &handled["id"], &json!("open"))
    );
    assert_eq!((&again["handled"], &again["next"]), (&Value::Null, &json!([])));
    assert_eq!(again["reopening"]["cause"], "new-evidence");
    assert_eq!(again["reopening"]["new"], json!(["09090909090909090909090909090909"]));
    let text = "同一情形第2次提出：上一次已经办结。办结时尚不知悉的记录有：医保医疗费用结算（2025-06-09）。";
    assert_eq!(again["reopening"]["text"], text);
    assert_eq!(again["history"][0]["text"], text);
    let listed = platform.get("/v1/alerts?state=open").json();
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["episode"]), (&json!(id), &json!(2)));
    let change =
        platform.get("/v1/changes?limit=500").json()["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&change["type"], &change["data"]["previous"]),
        (&json!("sanzao.alert.opened.v1"), &handled["id"])
    );
}

#[test]
fn a_decision_may_say_when_to_look_again() {
    let platform = Platform::start();
    platform.stages.levels(vec![first()]);
    let path = format!("/v1/alerts/{}", platform.alert());
    assert_eq!(platform.claim(&path, "c").status, 200);
    let resolve = |key: &str, day: &str| {
        let body = format!(r#"{{"outcome":"no-action","reason":"再看","reopen_on":{day}}}"#);
        platform.decide(&path, key, &body)
    };
    for day in ["\"2025-06-31\"", "\"tomorrow\"", "20250701", "[]"] {
        resolve("k", day).is_problem(400, "body");
    }
    resolve("k1", &format!("\"{TODAY}\"")).is_problem(422, "day");
    resolve("k2", "\"2035-01-01\"").is_problem(422, "day");
    let day = TODAY.plus_days(30);
    let resolved = resolve("k3", &format!("\"{day}\""));
    assert_eq!(resolved.status, 200, "{resolved:?}");
    assert_eq!(resolved.json()["state_details"]["reopen_on"], json!(day));
    assert_eq!(resolved.json()["history"][2]["state_details"]["reopen_on"], json!(day));

    platform.stages.levels_on(day.plus_days(-1), Vec::new(), Vec::new());
    assert_eq!(platform.get(&path).json()["next"], json!([]));
    platform.stages.levels_on(day, Vec::new(), Vec::new());
    let next = platform.get(&path).json()["next"][0].as_str().unwrap().to_owned();
    let again = platform.get(&format!("/v1/alerts/{next}")).json();
    assert_eq!(again["opened_on"], json!(day));
    assert_eq!((&again["reopening"]["cause"], &again["reopening"]["on"]), (&json!("expired"), &json!(day)));
    assert_eq!(again["reopening"]["new"], json!([]));
    let text = format!("同一情形第2次提出：上一次已经办结。办结时定于{day}再看，届时或其后此情形成立。");
    assert_eq!(again["reopening"]["text"], json!(text));
}

#[test]
fn what_is_still_found_is_told_with_the_handled_alert() {
    let (platform, path) = handled(DONE);
    platform.stages.levels(vec![none(first())]);
    let item = platform.get(&path).json();
    assert_eq!(item["handled"]["still_found"], false);
    platform.stages.levels(vec![first()]);
    let item = platform.get(&path).json();
    assert_eq!(item["handled"]["still_found"], true);
    assert_eq!(events(&item), ["opened", "acted", "acted", "no-longer-found", "still-found"]);
    let [gone, found] = [&item["history"][3], &item["history"][4]];
    assert_eq!((&gone["subject"], &gone["occasion"]), (&item["subject"], &item["occasion"]));
    assert!(gone["text"].as_str().unwrap().contains("不再成立"), "{gone}");
    assert!(found["text"].as_str().unwrap().contains("不再提出"), "{found}");
    // It is no change that others have to know.
    assert_eq!(platform.get("/v1/changes").json()["items"].as_array().unwrap().len(), 3);
}

#[test]
fn an_alert_that_follows_says_so() {
    let of = |household| Level {
        subject: SubjectId::Household(HouseholdId([household; 16])),
        ..level("rigid-medical-spending", Procedure::Help, 1)
    };
    let platform = Platform::start();
    platform.stages.levels(vec![of(1)]);
    let path = format!("/v1/alerts/{}", platform.alert());
    assert_eq!(platform.claim(&path, "c").status, 200);
    platform.stages.levels(vec![of(2), none(of(1))]);
    let item = platform.get(&path).json();
    assert_eq!((&item["state"], &item["subject"]["kind"]), (&json!("claimed"), &json!("household")));
    assert_eq!(item["subject"]["id"], json!("02".repeat(16)));
    assert_eq!(events(&item), ["opened", "acted", "followed"]);
    let followed = &item["history"][2];
    assert_eq!(followed["subject"], item["subject"]);
    assert!(followed["text"].as_str().unwrap().contains("状态和经办人不变"), "{followed}");
    assert_eq!(followed["finding"]["why"], item["why"]);
    let changes = platform.get("/v1/changes").json();
    let change = &changes["items"][2];
    assert_eq!(
        (&change["type"], &change["data"]["subject"]),
        (&json!("sanzao.alert.updated.v1"), &item["subject"])
    );
}

#[test]
fn what_is_suspended_is_told_with_counts_lists_and_items() {
    let platform = Platform::with_work();
    let suspension = Suspension {
        rule: sanzao_model::RuleId(RULE.into()),
        feed: Feed::MedicalInsurance,
        area: "320614100".parse().unwrap(),
        newest: Some("2025-05-01".parse().unwrap()),
        rhythm_days: 7,
    };
    assert_eq!(platform.get("/v1/statistics").json()["suspensions"], json!([]));
    platform.stages.levels_on(TODAY, Vec::new(), vec![suspension]);
    let text = "医保数据未按时到达：区划代码以320614100开头的地区最近一条记录的日期是2025-05-01，应每7日内至少有一条。\
        在数据到达之前，本规则在该范围内暂停：不提出、不撤回，也不判定逾期。";
    let told = json!([{
        "rule": RULE,
        "feed": "medical-insurance",
        "department": "医保",
        "area": "320614100",
        "newest": "2025-05-01",
        "rhythm_days": 7,
        "text": text,
    }]);
    assert_eq!(platform.get("/v1/statistics").json()["suspensions"], told);
    let mut counts = [0; 2];
    for item in platform.get("/v1/alerts?limit=500").json()["items"].as_array().unwrap() {
        let is_there = item["division"].as_str().unwrap().starts_with("320614100");
        let expected = is_there && item["rule"] == RULE;
        assert_eq!(item["suspended"], json!(expected), "{item}");
        counts[usize::from(expected)] += 1;
        let detail = platform.get(&format!("/v1/alerts/{}", item["id"].as_str().unwrap())).json();
        assert_eq!(detail["suspensions"], if expected { told.clone() } else { json!([]) });
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    platform.stages.levels_on(TODAY, Vec::new(), Vec::new());
    assert_eq!(platform.get("/v1/statistics").json()["suspensions"], json!([]));
    assert_eq!(platform.get("/v1/alerts?limit=1").json()["items"][0]["suspended"], json!(false));
}
