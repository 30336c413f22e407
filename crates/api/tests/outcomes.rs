//! Outcomes over HTTP: counted by rule and group, small counts hidden, and said so while nothing was counted.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Platform, residents};
use serde_json::{Value, json};

fn group<'v>(groups: &'v Value, dimension: &str, name: &str) -> &'v Value {
    let mut groups = groups.as_array().unwrap().iter();
    groups.find(|group| group["dimension"] == dimension && group["group"] == name).unwrap()
}

#[test]
fn what_is_small_is_hidden() {
    let platform = Platform::with_work();
    let answer = platform.get("/v1/outcomes");
    answer.is_problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "60");
    assert!(answer.text.contains("/readyz"), "{}", answer.text);

    let id = platform.get("/v1/alerts?rule=high-yearly-self-pay").json()["items"][0]["id"].clone();
    let path = format!("/v1/alerts/{}", id.as_str().unwrap());
    assert_eq!(platform.claim(&path, "c").status, 200);
    let body = r#"{"outcome":"helped","reason":"已办"}"#;
    assert_eq!(platform.decide(&path, "r", body).status, 200);
    platform.stages.count(residents(300));
    let outcomes = platform.get("/v1/outcomes").json();
    assert_eq!(outcomes["day"], "2025-06-11");
    let everybody = group(&outcomes["everybody"], "sex", "female");
    assert_eq!(everybody["residents"], json!({"count": 100, "hidden": false}));
    assert_eq!(everybody["not_flagged"], json!({"count": 91, "hidden": false, "per_1000": 910.0}));
    let rules = outcomes["rules"].as_array().unwrap();
    let names: Vec<_> = rules.iter().map(|rule| (&rule["rule"], &rule["version"])).collect();
    let [deceased, self_pay, home_care] = &rules[..] else { panic!("{names:?}") };
    assert_eq!(names[0], (&json!("deceased-recipient"), &json!(3)));

    let hidden = json!({"count": null, "hidden": true});
    assert_eq!(self_pay["items"], json!({"count": 25, "hidden": false}));
    let standings = self_pay["standings"].as_array().unwrap();
    let standing = |name: &str| standings.iter().find(|of| of["standing"] == name).unwrap();
    // One was helped: the 24 that are open would tell.
    for name in ["open", "helped"] {
        assert_eq!(
            (&standing(name)["count"], &standing(name)["hidden"]),
            (&hidden["count"], &hidden["hidden"])
        );
    }
    assert_eq!(standing("claimed")["count"], 0);
    let women = group(&self_pay["groups"], "sex", "female");
    assert_eq!(women["flagged"], json!({"count": 9, "hidden": false, "per_1000": 90.0}));
    assert_eq!(home_care["standings"][0]["standing"], "due");
    assert_eq!(group(&deceased["groups"], "sex", "female")["flagged"]["count"], Value::Null);
    assert_eq!(group(&deceased["groups"], "all", "all")["flagged"]["count"], 5);
}

#[test]
fn who_sees_a_part_of_the_bureau_is_told_of_no_other() {
    let platform = Platform::with_work();
    platform.stages.count(residents(300));
    for (account, status) in [("operator", 200), ("data", 200), ("li", 403), ("wang", 403)] {
        let answer = platform.send_as(&platform.bearer(account), "GET", "/v1/outcomes", None);
        assert_eq!(answer.status, status, "{account} {answer:?}");
    }
}
