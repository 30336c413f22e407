//! Alerts and tasks over HTTP.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::BTreeSet;

use platform::{Platform, level};
use sanzao_access::{Role, Territory};
use sanzao_model::{Day, Evidence, FactId, Feed, Level, LevelState, Procedure};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Follows the links of a list; `between` happens between pages.
fn walk(platform: &Platform, path: &str, mut between: impl FnMut()) -> Vec<String> {
    let (mut path, mut found) = (path.to_owned(), Vec::new());
    loop {
        let answer = platform.get(&path);
        assert_eq!(answer.status, 200, "{answer:?}");
        let page = answer.json();
        found.extend(ids(&page));
        let link = answer.header("link");
        if page["next"].is_null() {
            assert_eq!(link, "");
            return found;
        }
        assert!(link.contains(page["next"].as_str().unwrap()));
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        between();
    }
}

const CLAIM: &str = r#"{"act":"claim"}"#;

#[test]
fn a_list_shows_items_and_filters_them() {
    let platform = Platform::with_work();
    let page = platform.get("/v1/alerts").json();
    assert_eq!((ids(&page).len(), &page["next"]), (30, &Value::Null));
    let first = &page["items"][0];
    assert_eq!(first["state"], "open");
    assert_eq!(first["state_details"], json!({}));
    assert_eq!(first["subject"]["kind"], "person");
    assert_eq!(first["version"], 3);
    let dues: Vec<_> =
        page["items"].as_array().unwrap().iter().map(|item| item["due"].as_str().unwrap()).collect();
    assert!(dues.is_sorted());

    for (path, expected) in [
        ("/v1/tasks", 12),
        ("/v1/tasks?state=planned", 12),
        ("/v1/tasks?state=done,overdue", 0),
        ("/v1/alerts?rule=high-yearly-self-pay", 25),
        ("/v1/alerts?procedure=review", 5),
        ("/v1/tasks?procedure=recheck", 12),
        ("/v1/alerts?division=320614", 30),
        ("/v1/alerts?division=320614100", 9 + 2),
        ("/v1/alerts?division=320684", 30),
        ("/v1/alerts?division=329026&procedure=review", 5),
        ("/v1/alerts?division=320684100", 0),
        ("/v1/alerts?division=320681", 0),
        ("/v1/alerts?division=none", 0),
        ("/v1/alerts?state=open,claimed&rule=deceased-recipient&division=320614100001", 2),
        ("/v1/alerts?rule=%E4%B8%8D", 0),
        (&format!("/v1/alerts?due_to={}", dues[0]), dues.iter().filter(|due| **due == dues[0]).count()),
        ("/v1/alerts?due_from=2099-01-01", 0),
        ("/v1/alerts?limit=500", 30),
    ] {
        let answer = platform.get(path);
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        assert_eq!(ids(&answer.json()).len(), expected, "{path}");
    }
}

#[test]
fn those_of_no_known_division_can_be_listed() {
    let platform = Platform::with_work();
    let levels = (50..53).map(|person| Level { division: None, ..level("orphan", Procedure::Help, person) });
    platform.stages.levels(levels.collect());
    let found = walk(&platform, "/v1/alerts?division=none&limit=2", || {});
    assert_eq!(found.len(), 3);
    for id in found {
        assert_eq!(platform.get(&format!("/v1/alerts/{id}")).json()["division"], Value::Null);
    }
    assert_eq!(ids(&platform.get("/v1/alerts?division=320614").json()).len(), 30);
}

#[test]
fn wrong_queries_are_problems() {
    let platform = Platform::with_work();
    let next = platform.get("/v1/alerts?limit=1").json()["next"].as_str().unwrap().to_owned();
    for query in [
        "colour=red",
        "state=due",
        "state=",
        "state=open,",
        "procedure=all",
        "procedure=recheck",
        "due_from=2025-07-02&due_to=2025-07-01",
        "division=",
        "division=None",
        "division=32061a",
        "division=3206141000010",
        "due_from=2025-02-30",
        "due_to=yesterday",
        "limit=0",
        "limit=501",
        "limit=-1",
        "worker=",
        "worker=Li",
        "rule=a&rule=b",
    ] {
        platform.get(&format!("/v1/alerts?{query}")).is_problem(400, "query");
    }
    for (path, named) in [
        ("/v1/alerts?procedure=recheck", "procedure: expected one of help, entitlement, review, quality"),
        ("/v1/tasks?procedure=help", "procedure: expected one of recheck"),
        ("/v1/tasks?due_from=2025-07-02&due_to=2025-07-01", "due_from: "),
    ] {
        let answer = platform.get(path);
        answer.is_problem(400, "query");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with(named), "{answer:?}");
    }
    assert_eq!(platform.get("/v1/alerts?due_from=2025-07-01&due_to=2025-07-01").status, 200);
    for path in [
        "/v1/alerts?cursor=x".to_owned(),
        format!("/v1/alerts?cursor={next}&state=open"),
        format!("/v1/tasks?cursor={next}"),
        "/v1/alerts?cursor=%F0%9F%98%80".to_owned(),
    ] {
        platform.get(&path).is_problem(400, "cursor");
    }
    assert_eq!(platform.get(&format!("/v1/alerts?cursor={next}&limit=3")).status, 200);
}

#[test]
fn paging_loses_and_repeats_nothing_while_alerts_are_opened() {
    let platform = Platform::with_work();
    let before: BTreeSet<_> = ids(&platform.get("/v1/alerts?division=320614").json()).into_iter().collect();
    let mut person = 100;
    let found = walk(&platform, "/v1/alerts?division=320614&limit=4", || {
        if person < 160 {
            platform.stages.find("high-yearly-self-pay", Procedure::Help, person..person + 3);
            person += 3;
        }
    });
    let once: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(once.len(), found.len(), "an alert was repeated");
    assert!(before.is_subset(&once), "an alert was lost");
    assert!(once.len() > before.len(), "nothing was opened in between: the test shows nothing");
}

#[test]
fn an_alert_says_what_it_rests_on() {
    let platform = Platform::with_work();
    let id = platform.alert();
    let answer = platform.get(&format!("/v1/alerts/{id}"));
    let alert = answer.json();
    assert!(answer.text.contains(r#""values":{"self_paid_fen":2000000,"limit_fen":2000000}"#), "{answer:?}");
    assert_eq!(alert["id"], id);
    assert_eq!(alert["why"], "今年自付医疗费用20000元");
    assert_eq!(alert["title"], "年度自付费用较高");
    let fact = &alert["evidence"][0];
    let seen = (&fact["feed"], &fact["department"], &fact["kind"], &fact["kind_name"], &fact["on"]);
    let expected = json!(["medical-insurance", "医保", "settlement.settled", "医疗费用结算", "2025-04-22"]);
    assert_eq!(seen, (&expected[0], &expected[1], &expected[2], &expected[3], &expected[4]));
    // 16:30 on the 9th in UTC is the 10th in China; the finding is of the 11th, and now is the 12th.
    let age =
        json!({"feed": "police", "department": "公安", "newest": "2025-06-09T16:30:00Z", "age_days": 1});
    assert_eq!(alert["feed_ages"], json!([age]));
    assert_eq!(alert["history"][0]["event"], "opened");
    assert_eq!(alert["history"][0]["finding"]["values"]["limit_fen"], 2_000_000);
    let offset = alert["history"][0]["offset"].as_u64().unwrap();
    assert_eq!(answer.header("etag"), format!("\"{offset}\""));

    platform.get(&format!("/v1/tasks/{id}")).is_problem(404, "not-found");
    for unknown in ["ffffffffffffffffffffffffffffffff", "x", "%ff"] {
        platform.get(&format!("/v1/alerts/{unknown}")).is_problem(404, "not-found");
        platform.get(&format!("/v1/tasks/{unknown}")).is_problem(404, "not-found");
    }
    let task = &platform.get("/v1/tasks?limit=1").json()["items"][0];
    let path = format!("/v1/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(platform.get(&path).json()["due"], task["due"]);
}

#[test]
fn evidence_is_told_in_the_order_of_its_days() {
    let platform = Platform::start();
    let fact = |id: u8, feed, kind: &str, on: i32| Evidence {
        fact: FactId([id; 16]),
        feed,
        kind: kind.into(),
        on: Day(on),
        role: sanzao_model::EvidenceRole::Trigger,
    };
    // By id, as findings have them.
    let evidence = vec![
        fact(1, Feed::Registry, "benefit.granted", 20_200),
        fact(2, Feed::Health, "weather.changed", 20_200),
        fact(3, Feed::Police, "registration.cancelled", 20_100),
        fact(4, Feed::Health, "death.certified", 20_200),
        fact(5, Feed::Health, "death.certified", 20_200),
    ];
    let mut found = level("deceased-recipient", Procedure::Review, 1);
    if let LevelState::Known(findings) = &mut found.state {
        findings[0].evidence = evidence;
    }
    platform.stages.levels(vec![found]);
    let alert = platform.get(&format!("/v1/alerts/{}", platform.alert())).json();
    let told: Vec<_> = alert["evidence"].as_array().unwrap().iter().collect();
    let order: Vec<_> = told.iter().map(|fact| fact["fact"].as_str().unwrap()[..2].to_owned()).collect();
    assert_eq!(order, ["03", "04", "05", "02", "01"]);
    let names: Vec<_> = told.iter().map(|fact| fact["kind_name"].as_str().unwrap()).collect();
    let certified = "死亡医学证明";
    assert_eq!(names, ["户口注销", certified, certified, "weather.changed", "救助或福利待遇批准"]);
    assert_eq!(alert["history"][0]["finding"]["evidence"], alert["evidence"]);
}

#[test]
fn history_tells_what_a_new_version_of_the_rule_changed() {
    let platform = Platform::start();
    platform.stages.find("orphan", Procedure::Help, 1..2);
    let mut newer = level("orphan", Procedure::Help, 1);
    (newer.version, newer.title) = (4, "新标题".into());
    platform.stages.levels(vec![newer.clone()]);
    let id = platform.alert();
    let alert = platform.get(&format!("/v1/alerts/{id}")).json();
    assert_eq!((&alert["title"], &alert["version"]), (&json!("新标题"), &json!(4)));
    assert_eq!(platform.get("/v1/alerts").json()["items"][0]["title"], "新标题");
    let (opened, updated) = (&alert["history"][0], &alert["history"][1]);
    assert_eq!((&opened["event"], &opened["state"]), (&json!("opened"), &json!("open")));
    assert_eq!(opened["finding"]["title"], "年度自付费用较高");
    assert_eq!((&updated["event"], &updated["finding"]["title"]), (&json!("updated"), &json!("新标题")));
    assert_eq!(updated["finding"]["due"], alert["due"]);
    assert_eq!(updated.get("state").or(updated.get("state_details")), None);

    platform.stages.levels(vec![Level { state: LevelState::Known(Vec::new()), ..newer }]);
    let alert = platform.get(&format!("/v1/alerts/{id}")).json();
    let cause = alert["state_details"]["cause"].as_str().unwrap();
    assert!(cause.contains("2025-06-11") && cause.contains("「新标题」"), "{cause}");
    assert!(cause.ends_with("可消除此情形的有：办理后消除。"), "{cause}");
}

#[test]
fn while_the_read_model_is_built_nothing_is_said_to_be_missing() {
    let (known, unknown) = (Platform::with_work().alert(), "ffffffffffffffffffffffffffffffff");
    let platform = Platform::with_work();
    platform.stages.be_unready("projection is catching up");
    for path in ["/v1/alerts", "/v1/tasks?limit=1", "/v1/statistics"] {
        platform.get(path).is_problem(503, "unavailable");
    }
    let requests = || {
        [
            platform.get(&format!("/v1/alerts/{unknown}")),
            platform.get(&format!("/v1/tasks/{unknown}")),
            platform.claim(&format!("/v1/alerts/{unknown}"), "k"),
        ]
    };
    let meant_for_another = || platform.act_on(&format!("/v1/alerts/{known}"), "m", "\"999\"", CLAIM);
    for answer in requests().into_iter().chain([meant_for_another()]) {
        answer.is_problem(503, "unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
    platform.get("/v1/alerts/x").is_problem(404, "not-found");
    assert_eq!(platform.get(&format!("/v1/alerts/{known}")).status, 200);
    // Once it has caught up, it knows what there is, whatever trouble comes later.
    platform.stages.be_ready();
    platform.get("/v1/alerts");
    platform.stages.be_unready("intake waits: the broker is away");
    for answer in requests() {
        answer.is_problem(404, "not-found");
    }
    meant_for_another().is_problem(412, "precondition");
}

#[test]
fn an_alert_is_claimed_and_resolved_once() {
    let platform = Platform::with_work();
    let id = platform.alert();
    let path = format!("/v1/alerts/{id}");
    let claimed = platform.claim(&path, "key-1");
    assert_eq!(claimed.status, 200, "{claimed:?}");
    assert_eq!(claimed.json()["state"], "claimed");
    assert_eq!(claimed.json()["state_details"], json!({"by": "operator", "at": "2025-06-12T01:00:00Z"}));
    assert_eq!(claimed.json()["history"][1]["deed"], "claimed");

    let body = r#"{"outcome": "helped", "reason": "已联系本人，转临时救助"}"#;
    let resolved = platform.decide(&path, "key-2", body);
    assert_eq!(resolved.status, 200, "{resolved:?}");
    assert_eq!(resolved.json()["state"], "closed");
    assert_eq!(resolved.json()["state_details"]["outcome"], "helped");
    assert_eq!(resolved.json()["state_details"]["reason"], "已联系本人，转临时救助");
    assert_ne!(resolved.header("etag"), claimed.header("etag"));
    assert_eq!(platform.get(&path).json(), resolved.json());

    // The same keys give the same answers, though the alert has moved on, and nothing more is asked.
    let inbox = platform.stages.inbox();
    let again = platform.claim(&path, "key-1");
    assert_eq!((again.status, &again.text), (200, &claimed.text));
    assert_eq!(again.header("etag"), claimed.header("etag"));
    let again = platform.decide(&path, "key-2", body);
    assert_eq!((again.status, &again.text), (200, &resolved.text));
    assert_eq!(platform.stages.inbox(), inbox);

    platform.claim(&path, "key-2").is_problem(422, "key-reused");
    platform.claim(&path, "key-3").is_problem(409, "wrong-state");
    platform.claim(&path, "key-3").is_problem(409, "wrong-state");
    let rules = platform.get("/v1/statistics").json()["rules"].clone();
    let resolved = rules.as_array().unwrap().iter().find(|count| count["state"] == "closed").unwrap();
    assert_eq!(resolved["count"], 1);
}

#[test]
fn commands_that_are_wrong_are_problems() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    let acts = format!("{path}/acts");
    let inbox = platform.stages.inbox();
    let json = ("content-type", "application/json");
    platform.send("POST", &acts, &[json], Some(CLAIM.as_bytes())).is_problem(400, "idempotency-key");
    for key in ["", "a b", &"x".repeat(129)] {
        platform.claim(&path, key).is_problem(400, "idempotency-key");
    }
    let twice = [json, ("idempotency-key", "a"), ("idempotency-key", "b")];
    platform.send("POST", &acts, &twice, Some(CLAIM.as_bytes())).is_problem(400, "idempotency-key");
    let unversioned = [json, ("idempotency-key", "a")];
    platform
        .send("POST", &acts, &unversioned, Some(CLAIM.as_bytes()))
        .is_problem(428, "precondition-required");
    let task = platform.get("/v1/tasks?limit=1").json()["items"][0]["id"].as_str().unwrap().to_owned();
    for id in [task.as_str(), "ffffffffffffffffffffffffffffffff", "x", "%ff"] {
        platform.claim(&format!("/v1/alerts/{id}"), "k").is_problem(404, "not-found");
    }
    for body in [
        "",
        "{}",
        "[]",
        r#"{"act":"fly"}"#,
        r#"{"act":"claim","reason":"r"}"#,
        r#"{"act":"snooze","until":"tomorrow","reason":"r"}"#,
        r#"{"act":"assign","to":"nobody-here"}"#,
        r#"{"act":"assign","to":"data"}"#,
    ] {
        platform.act(&path, "k", body).is_problem(400, "body");
    }
    for body in [
        r#"{"outcome":"helped"}"#,
        r#"{"outcome":"great","reason":"r"}"#,
        r#"{"outcome":"helped","reason":"r","extra":1}"#,
        r#"{"outcome":"helped","reason":"已联系11010519491231002x本人"}"#,
        r#"{"outcome":"helped","reason":"ID320614193001010016"}"#,
        r#"{"outcome":"helped","reason":"３２０６１４１９３００１０１００１６"}"#,
        r#"{"outcome":"helped","reason":"320614 19300101-0016"}"#,
        r#"{"outcome":"helped","reason":"本人电话138 1234 5678"}"#,
        &format!(r#"{{"outcome":"helped","reason":"{}"}}"#, "长".repeat(2_001)),
    ] {
        platform.decide(&path, "k", body).is_problem(400, "body");
    }
    let text = [("idempotency-key", "k"), ("if-match", "*"), ("content-type", "text/plain")];
    platform.send("POST", &acts, &text, Some(b"{}")).is_problem(415, "media-type");
    let large = " ".repeat(64 * 1024 + 1);
    platform.act(&path, "k", &large).is_problem(413, "too-large");
    assert_eq!(platform.stages.inbox(), inbox, "nothing of all this is a command");

    let body = r#"{"outcome":"no-action","reason":"r"}"#;
    platform.decide(&path, "r1", body).is_problem(409, "wrong-state");
    assert_eq!(platform.claim(&path, "c1").status, 200);
    let body = r#"{"outcome":"no-action","reason":"  "}"#;
    platform.decide(&path, "r2", body).is_problem(422, "reason-missing");
    let longest = format!(r#"{{"outcome":"no-action","reason":"{}"}}"#, "长".repeat(2_000));
    assert_eq!(platform.decide(&path, "r3", &longest).status, 200);
}

#[test]
fn a_command_can_be_meant_for_one_version_only() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    let tag = platform.get(&path).header("etag").to_owned();
    let claim = |key: &str, tag: &str| platform.act_on(&path, key, tag, CLAIM);
    claim("a", "\"999\"").is_problem(412, "precondition");
    let claimed = claim("a", &tag);
    assert_eq!(claimed.status, 200, "{claimed:?}");
    assert_eq!(claim("a", &tag).text, claimed.text, "a retry is meant for the version it was meant for");
    claim("b", &tag).is_problem(412, "precondition");
    assert_eq!(claim("b", "*").status, 200);
}

#[test]
fn what_is_not_projected_in_time_is_answered_later() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    platform.stages.hold(true);
    let pending = platform.claim(&path, "slow");
    assert_eq!((pending.status, &pending.json()["status"]), (202, &json!("pending")));
    assert_eq!(pending.header("retry-after"), "1");
    platform.stages.hold(false);
    let claimed = platform.claim(&path, "slow");
    assert_eq!((claimed.status, &claimed.json()["state"]), (200, &json!("claimed")));
    assert_eq!(claimed.json()["history"].as_array().unwrap().len(), 2);
}

#[test]
fn concurrent_requests_with_one_key_are_one_command() {
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}", platform.alert());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| platform.claim(&path, "one"))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (200, &answers[0].text));
    }
}

#[test]
fn statistics_count_by_rule_and_town() {
    let platform = Platform::with_work();
    let statistics = platform.get("/v1/statistics").json();
    let rule = json!({"rule": "high-yearly-self-pay", "state": "open", "count": 25});
    assert!(statistics["rules"].as_array().unwrap().contains(&rule), "{statistics}");
    let town = json!({"town": "320614100", "state": "open", "count": 11});
    assert!(statistics["towns"].as_array().unwrap().contains(&town), "{statistics}");
    assert_eq!(statistics["unknown"], json!([]));

    // One alert of the first town is claimed: it would be the only one there.
    let id = platform.alert();
    assert_eq!(platform.claim(&format!("/v1/alerts/{id}"), "k").status, 200);
    let statistics = platform.get("/v1/statistics").json();
    let claimed = |table: &str| {
        let counts = statistics[table].as_array().unwrap().iter();
        counts.filter(|count| count["state"] == "claimed").map(|count| count["count"].clone()).collect()
    };
    let (towns, rules): (Vec<_>, Vec<_>) = (claimed("towns"), claimed("rules"));
    assert_eq!((towns, rules), (vec![Value::Null], vec![json!(1)]));
}

#[test]
fn who_supervises_sees_who_has_how_much_within_the_scope() {
    let platform = Platform::with_work();
    let alerts = ids(&platform.get("/v1/alerts?division=320614100").json());
    let tasks = ids(&platform.get("/v1/tasks?division=320614101").json());
    for (number, id) in alerts[..3].iter().enumerate() {
        let claim = platform.act(&format!("/v1/alerts/{id}"), &format!("c{number}"), CLAIM);
        assert_eq!(claim.status, 200);
    }
    let body = r#"{"outcome":"helped","reason":"r"}"#;
    assert_eq!(platform.decide(&format!("/v1/alerts/{}", alerts[0]), "d", body).status, 200);
    let there = Territory::Divisions(vec!["320614101".parse().unwrap()]);
    platform.add_account("ma", &[Role::Caseworker], there);
    // Nobody is given what they would not see.
    let (path, assign) =
        (format!("/v1/tasks/{}", tasks[0]), |to: &str| json!({"act": "assign", "to": to}).to_string());
    platform.act(&path, "e", &assign("li")).is_problem(400, "body");
    platform.act(&path, "f", r#"{"act":"assign"}"#).is_problem(400, "body");
    assert_eq!(platform.act(&path, "a", &assign("ma")).status, 200);
    let workers = |bearer: &str| {
        platform.send("GET", "/v1/statistics", &[("authorization", bearer)], None).json()["workers"].clone()
    };
    let count =
        |worker: &str, state: &str, count: u64| json!({"worker": worker, "state": state, "count": count});
    let (planned, open) =
        (count("ma", "planned", 1), [count("operator", "claimed", 2), count("operator", "closed", 1)]);
    let all = json!([planned, open[0], open[1]]);
    assert_eq!(workers(&platform.bearer("chen")), all);
    assert_eq!(workers(&platform.bearer("operator")), all);
    assert_eq!(workers(&platform.supervisor("sun", &["320614101"])), json!([planned]));
    assert_eq!(workers(&platform.supervisor("qian", &["320614100001"])), json!(open));
    assert_eq!(workers(&platform.supervisor("zhou", &["320614100002"])), json!([]));
    for account in ["li", "wang", "data"] {
        assert_eq!(workers(&platform.bearer(account)), Value::Null, "{account}");
    }
}
