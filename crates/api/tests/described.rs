//! Answers are as the description says: every property is described, and no schema refuses what is sent.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Platform, level, residents};
use sanzao_model::{Level, LevelState, Procedure};
use serde_json::{Value, json};

/// Why a value does not agree with a schema, as far as the keywords go that the description uses.
fn disagreement(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    let schema = resolved(document, schema);
    let wrong = |what: &str| Some(format!("{what}: {value} against {schema}"));
    let agrees = |schema: &&Value| disagreement(document, schema, value).is_none();
    if let Some(parts) = schema["allOf"].as_array()
        && let Some(part) = parts.iter().find_map(|part| disagreement(document, part, value))
    {
        return Some(part);
    }
    if let Some(choices) = schema["oneOf"].as_array()
        && choices.iter().filter(agrees).count() != 1
    {
        return wrong("not one of");
    }
    if !schema["type"].is_null() && !types(value).iter().any(|name| lists(&schema["type"], name)) {
        return wrong("another type");
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return wrong("another word");
    }
    if let Some(items) = value.as_array() {
        return items.iter().find_map(|item| disagreement(document, &schema["items"], item));
    }
    let required = schema["required"].as_array().into_iter().flatten();
    if value.is_object() && required.map(|name| name.as_str().unwrap()).any(|name| value.get(name).is_none())
    {
        return wrong("something is missing");
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.filter_map(|(name, of)| disagreement(document, of, value.get(name)?)).next()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => schema,
    }
}

fn lists(names: &Value, name: &str) -> bool {
    names == name || names.as_array().is_some_and(|names| names.iter().any(|one| one == name))
}

fn types(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Null => &["null"],
        Value::Bool(_) => &["boolean"],
        Value::Number(number) if number.is_f64() => &["number"],
        Value::Number(_) => &["integer", "number"],
        Value::String(_) => &["string"],
        Value::Array(_) => &["array"],
        Value::Object(_) => &["object"],
    }
}

/// Properties of an object that its schema does not describe.
fn undescribed(document: &Value, schema: &Value, value: &Value, found: &mut Vec<String>) {
    let mut parts = vec![resolved(document, schema)];
    let mut described: Vec<(&str, &Value)> = Vec::new();
    while let Some(part) = parts.pop() {
        described
            .extend(part["properties"].as_object().into_iter().flatten().map(|(name, of)| (&name[..], of)));
        let more = part["allOf"].as_array().into_iter().flatten();
        parts.extend(more.map(|part| resolved(document, part)));
    }
    for item in value.as_array().into_iter().flatten() {
        undescribed(document, &resolved(document, schema)["items"], item, found);
    }
    // An object without properties is free.
    for (name, inner) in value.as_object().into_iter().flatten().filter(|_| !described.is_empty()) {
        match described.iter().find(|(described, _)| described == name) {
            Some((_, of)) => undescribed(document, of, inner, found),
            None => found.push(name.clone()),
        }
    }
}

#[test]
fn answers_are_as_described() {
    let document: Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let platform = Platform::with_work();
    platform.stages.count(residents(300));
    let mut changed = level("high-yearly-self-pay", Procedure::Help, 0);
    (changed.version, changed.division) = (4, None);
    platform.stages.levels(vec![changed.clone()]);
    let updated = platform.get("/v1/alerts?division=none").json()["items"][0]["id"].clone();
    let updated = updated.as_str().unwrap();
    let path = format!("/v1/alerts/{updated}");
    assert_eq!(platform.claim(&path, "c").status, 200);
    let body = r#"{"outcome":"helped","reason":"已办"}"#;
    assert_eq!(platform.decide(&path, "r", body).status, 200);
    let none = LevelState::Known(Vec::new());
    let gone = Level { state: none, ..level("high-yearly-self-pay", Procedure::Help, 1) };
    platform.stages.levels(vec![gone]);
    let withdrawn = platform.get("/v1/alerts?state=withdrawn").json()["items"][0]["id"].clone();
    let task = platform.get("/v1/tasks?limit=1").json()["items"][0]["id"].clone();

    let asked = format!("/v1/tasks/{}/verification", task.as_str().unwrap());
    let ask = r#"{"questions":["registration-and-living","ability-and-stay"],"deadline":"2025-06-19"}"#;
    let requests = platform.send_by("operator", "POST", &asked, Some(ask)).json();
    let request = &requests["items"][0]["id"];
    let answer = format!("/v1/verifications/{}/answer", requests["items"][1]["id"].as_str().unwrap());
    let unknown = platform.send_by("sender", "POST", &answer, Some(r#"{"code":"person-unknown"}"#));
    assert_eq!(unknown.status, 200, "{unknown:?}");
    platform.stages.exchange.forget_everybody();

    let detail =
        |path: &str, id: &Value| (format!("{path}/{{id}}"), format!("{path}/{}", id.as_str().unwrap()));
    let [operator, audit, security] = ["operator", "audit", "security"].map(|name| platform.bearer(name));
    let plain = |path: &str| (path.to_owned(), path.to_owned());
    let mut events = std::collections::BTreeSet::new();
    for (described, path) in [
        ("/v1/alerts/{id}".to_owned(), path.clone()),
        detail("/v1/alerts", &withdrawn),
        detail("/v1/tasks", &task),
        ("/v1/alerts".to_owned(), "/v1/alerts?limit=20".to_owned()),
        plain("/v1/tasks"),
        plain("/v1/changes"),
        plain("/v1/statistics"),
        plain("/v1/outcomes"),
        plain("/readyz"),
        plain("/v1/feeds"),
        ("/v1/feeds/{feed}".to_owned(), "/v1/feeds/police".to_owned()),
        ("/v1/feeds/{feed}/receipts".to_owned(), "/v1/feeds/police/receipts".to_owned()),
        ("/v1/feeds/{feed}/rejections".to_owned(), "/v1/feeds/police/rejections".to_owned()),
        plain("/v1/audit"),
        ("/v1/people/{person}/accesses".to_owned(), format!("/v1/people/{}/accesses", "0".repeat(32))),
        plain("/v1/accounts"),
        ("/v1/tasks/{id}/verification".to_owned(), asked),
        plain("/v1/verifications"),
        detail("/v1/verifications", request),
        plain("/v1/webhooks"),
        plain("/v1/webhooks/dead"),
    ] {
        let bearer = match path.split('/').nth(2).filter(|_| !path.ends_with("/accesses")) {
            Some("accounts") => &security,
            Some("audit") | None => &audit,
            Some(_) => &operator,
        };
        let answer = platform.send_as(bearer, "GET", &path, None).json();
        let content = &document["paths"][&described]["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        assert_eq!(disagreement(&document, schema, &answer), None, "{path}");
        let mut found = Vec::new();
        undescribed(&document, schema, &answer, &mut found);
        assert!(found.is_empty(), "{path} {found:?}");
        let history = answer["history"].as_array().into_iter().flatten();
        events.extend(history.map(|entry| entry["event"].as_str().unwrap().to_owned()));
    }
    assert_eq!(events.into_iter().collect::<Vec<_>>(), ["acted", "moved", "opened", "updated"]);
}

#[test]
fn answers_to_what_people_send_are_as_described() {
    let document: Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let platform = Platform::with_work();
    let check = |method: &str, described: &str, answer: &platform::Answer| {
        let responses = &document["paths"][described][method]["responses"];
        let content = &responses[answer.status.to_string()]["content"];
        let schema = &content["application/json"]["schema"];
        assert!(answer.status < 300 && schema.is_object(), "{described} {answer:?}");
        let mut found = Vec::new();
        undescribed(&document, schema, &answer.json(), &mut found);
        assert!(found.is_empty(), "{described} {found:?}");
        assert_eq!(disagreement(&document, schema, &answer.json()), None, "{described}");
    };
    let send = |method: &str, path: &str, media_type: &str, body: &str| {
        let headers = [("content-type", media_type), ("idempotency-key", path)];
        platform.send(method, path, &headers, Some(body.as_bytes()))
    };
    let json = "application/json";
    let (alert, task) = (platform.alert(), "ffffffffffffffffffffffffffffffff");
    let group = json!({"act": {"act": "group", "with": alert}, "items": [task, alert], "preview": false});
    check("post", "/v1/acts", &send("POST", "/v1/acts", json, &group.to_string()));
    let task = platform.get("/v1/tasks?limit=1").json()["items"][0]["id"].clone();
    let group = json!({"act": {"act": "group", "with": alert}, "items": [task], "preview": false});
    let headers = [("content-type", json), ("idempotency-key", "card")];
    assert_eq!(platform.send("POST", "/v1/acts", &headers, Some(group.to_string().as_bytes())).status, 200);
    check("get", "/v1/cards/{id}", &platform.get(&format!("/v1/cards/{alert}")));

    let report = json!({"source": "hotline", "about": {"unknown": true}, "division": "320614100001",
        "on": "2025-06-12", "said": "有人需要帮助"});
    let opened = send("POST", "/v1/reports", json, &report.to_string());
    check("post", "/v1/reports", &opened);
    let reveal = format!("{}/report/reveal", opened.header("location"));
    let told = send("POST", &reveal, json, r#"{"purpose":"核实"}"#);
    check("post", "/v1/alerts/{id}/report/reveal", &told);
    let kept = send("POST", &format!("/v1/alerts/{alert}/attachments?name=a"), "text/plain", "走访");
    check("post", "/v1/alerts/{id}/attachments", &kept);
    let files = platform.get(&format!("/v1/alerts/{alert}/attachments"));
    check("get", "/v1/alerts/{id}/attachments", &files);
    check(
        "put",
        "/v1/views/{name}",
        &send("PUT", "/v1/views/a", json, r#"{"list":"alerts","query":"limit=1"}"#),
    );
    check("get", "/v1/views/{name}", &platform.get("/v1/views/a"));
    check("get", "/v1/views", &platform.get("/v1/views"));
    check("get", "/v1/alerts/{id}", &platform.get(&format!("/v1/alerts/{alert}")));
}

#[test]
fn the_check_can_fail() {
    let standing =
        json!({"type": "object", "required": ["state"], "properties": {"state": {"type": "string"}}});
    let entry =
        json!({"type": "object", "required": ["offset"], "properties": {"offset": {"type": "integer"}}});
    let flattened = json!({"allOf": [{"oneOf": [{"type": "null"}, standing]}, entry]});
    let document = json!({});
    assert!(disagreement(&document, &flattened, &json!({"offset": 1})).is_some());
    assert_eq!(disagreement(&document, &entry, &json!({"offset": 1})), None);
    for wrong in [json!({}), json!({"offset": "1"}), json!(null), json!([])] {
        assert!(disagreement(&document, &entry, &wrong).is_some(), "{wrong}");
    }
    let mut found = Vec::new();
    undescribed(&document, &entry, &json!({"offset": 1, "state": "open"}), &mut found);
    assert_eq!(found, ["state"]);
}
