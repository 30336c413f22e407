//! `schemas/asyncapi.json` against AsyncAPI 3.0.0 and against the topics that there are.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part")]
mod emitted;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use emitted::{examples, json_of, schemas, text_of};
use jsonschema::Validator;
use sanzao_model::Feed;
use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| json_of(&schemas().join("asyncapi.json")));

/// The official schema: see `asyncapi/NOTICE`.
static OFFICIAL: LazyLock<Validator> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("asyncapi/3.0.0.json");
    jsonschema::options().build(&json_of(&path)).expect("the official schema is a schema")
});

#[test]
fn the_description_is_asyncapi() {
    assert_eq!(DOCUMENT["asyncapi"], "3.0.0");
    assert_eq!(emitted::faults(&OFFICIAL, &DOCUMENT), Vec::<String>::new());
    for (pointer, value) in [
        ("/operations/sendReceipts/action", "publish"),
        ("/components/parameters/feed/enum", "police"),
        ("/channels/facts/bindings/kafka/partitions", "one"),
        ("/channels/work/servers", "kafka"),
        ("/servers/api/security", "token"),
    ] {
        let mut wrong = DOCUMENT.clone();
        *wrong.pointer_mut(pointer).unwrap() = value.into();
        assert!(!OFFICIAL.is_valid(&wrong), "{pointer} may be {value:?}");
    }
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    found.extend(value.get("$ref").and_then(Value::as_str));
    let children = value.as_object().into_iter().flat_map(|entries| entries.values());
    children.chain(value.as_array().into_iter().flatten()).for_each(|child| references(child, found));
}

#[test]
fn every_reference_leads_somewhere() {
    let mut found = Vec::new();
    references(&DOCUMENT, &mut found);
    assert!(found.len() > 40, "{}", found.len());
    let mut files = BTreeSet::new();
    for reference in found {
        match reference.strip_prefix('#') {
            Some(pointer) => assert!(DOCUMENT.pointer(pointer).is_some(), "{reference} leads nowhere"),
            None => {
                let schema = json_of(&schemas().join(reference));
                assert!(schema["$id"].is_string(), "{reference} is no schema");
                files.insert(reference);
            }
        }
    }
    assert_eq!(files.into_iter().collect::<Vec<_>>(), ["./events/envelope.json", "./feeds/envelope.json"]);
}

/// The topics that the platform makes, as its layout writes them: `facts`, `feed.{feed}`. Of each node it has one topic,
/// `audit.{}`, and the name that a node has when none is given.
fn topics() -> BTreeSet<String> {
    let layout = text_of(&schemas().join("../crates/platform/src/topics.rs"));
    let code =
        layout.lines().filter(|line| !line.trim_start().starts_with("//") && !line.contains(" node: \""));
    code.map(|line| line.replace("audit.{}", "audit.{node}"))
        .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .filter(|text| {
            let name = text.strip_suffix(".{feed}").or(text.strip_suffix(".{node}")).unwrap_or(text);
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
        .collect()
}

#[test]
fn every_topic_is_described_and_nothing_else() {
    let channels = DOCUMENT["channels"].as_object().unwrap();
    let on_kafka = |channel: &&Value| channel["servers"][0]["$ref"] == "#/servers/kafka";
    let described: BTreeSet<String> = channels
        .values()
        .filter(on_kafka)
        .map(|channel| {
            let address = channel["address"].as_str().unwrap();
            for name in ["feed", "node"] {
                let is_told = channel["parameters"][name].is_object();
                assert_eq!(address.contains(&format!("{{{name}}}")), is_told, "{address}");
            }
            assert!(channel["bindings"]["kafka"]["partitions"].is_u64(), "{address}");
            address.to_owned()
        })
        .collect();
    assert_eq!(described, topics());
    assert_eq!(described.len(), 12);
    let feeds = DOCUMENT["components"]["parameters"]["feed"]["enum"].as_array().unwrap();
    assert!(feeds.iter().map(|feed| feed.as_str().unwrap()).eq(Feed::ALL.map(Feed::as_str)));
}

#[test]
fn every_channel_is_used_and_every_message_sent() {
    let channels = DOCUMENT["channels"].as_object().unwrap();
    let mut used = BTreeSet::new();
    for (name, operation) in DOCUMENT["operations"].as_object().unwrap() {
        let channel = operation["channel"]["$ref"].as_str().unwrap();
        for message in operation["messages"].as_array().unwrap() {
            let message = message["$ref"].as_str().unwrap();
            assert!(message.starts_with(&format!("{channel}/messages/")), "{name}");
            let target = DOCUMENT.pointer(&message[1..]).unwrap()["$ref"].as_str().unwrap();
            used.insert(target.to_owned());
        }
        used.insert(channel.to_owned());
    }
    let messages = DOCUMENT["components"]["messages"].as_object().unwrap();
    let all = channels.keys().map(|name| format!("#/channels/{name}"));
    let all = all.chain(messages.keys().map(|name| format!("#/components/messages/{name}")));
    assert_eq!(used, all.collect());
    for (name, message) in messages {
        let is_internal = message["contentType"] == "application/vnd.sanzao.record";
        assert_eq!(is_internal, message["payload"].is_null(), "{name}");
        assert_eq!(is_internal, message["summary"].as_str().unwrap().contains("Internal:"), "{name}");
    }
}

/// A schema with references to files in the place of our ids, which are URNs.
fn by_id(schema: &Value) -> Value {
    match schema {
        Value::Object(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, value)| match value.as_str().filter(|_| key == "$ref") {
                    Some(file) if file.starts_with("./") => {
                        (key.clone(), json_of(&schemas().join(file))["$id"].clone())
                    }
                    _ => (key.clone(), by_id(value)),
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(by_id).collect(),
        other => other.clone(),
    }
}

#[test]
fn messages_take_their_events_and_no_others() {
    let registry = jsonschema::Registry::new().extend(
        emitted::all().into_iter().map(|(_, schema)| (schema["$id"].as_str().unwrap().to_owned(), schema)),
    );
    let registry = registry.unwrap().prepare().unwrap();
    let validator = |message: &str| {
        let schema = &DOCUMENT["components"]["messages"][message]["payload"]["schema"];
        jsonschema::options().with_registry(&registry).build(&by_id(schema)).unwrap()
    };
    let messages = ["receipts", "rejection", "result", "change"].map(|name| (name, validator(name)));
    for example in examples().iter().filter(|example| example.name.starts_with("valid-")) {
        // A verification request is in no topic: it says who somebody is, and goes out as a webhook alone.
        let own = if example.event.contains('.') { "change" } else { example.event.as_str() };
        for (name, validator) in &messages {
            assert_eq!(validator.is_valid(&example.document), *name == own, "{name}: {}", example.name);
        }
    }
}
