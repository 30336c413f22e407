//! `schemas/feeds` against the readers: a department that validates with the schemas is told the same as one
//! that sends and waits for the answer.

#[path = "../../crates/intake/tests/contract/mod.rs"]
mod contract;
#[path = "../../crates/intake/tests/sample/mod.rs"]
mod sample;

mod book;
mod documents;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use book::{ENVELOPE, event_types, examples, folder, json_of, names, of_data, text_of};
use contract::table as tables;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{FailurePersistence, FileFailurePersistence};
use sample::{desk, incoming};
use sanzao_model::{Feed, Program};
use serde_json::{Value, json};

/// Codes of what no schema can see: sums, the day of birth against the event's time, which bureaus are served.
const BEYOND_SCHEMA: [&str; 3] = ["sum.disagrees", "id_number.birth-after-event", "envelope.bureau"];

/// The code with which intake refuses a document.
fn refusal(feed: Feed, text: &str) -> Option<String> {
    desk(feed).read(&incoming(text.as_bytes())).err().map(|rejection| rejection.code)
}

fn schema_faults(document: &Value) -> Vec<String> {
    ENVELOPE.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Whether both take a document, which both or neither must.
fn both_take(feed: Feed, text: &str) -> bool {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let code = refusal(feed, text);
    let faults = schema_faults(&document);
    assert!(
        code.is_none() == faults.is_empty(),
        "schema: {faults:?}, intake: {code:?}, of {}",
        text.chars().take(2_000).collect::<String>()
    );
    code.is_none()
}

#[test]
fn every_event_type_has_a_schema_and_every_schema_an_event_type() {
    for feed in Feed::ALL {
        let expected: BTreeSet<_> = event_types(feed).iter().map(|name| format!("{name}.v1.json")).collect();
        let mut found: BTreeSet<_> = names(&folder().join(feed.as_str())).into_iter().collect();
        assert!(found.remove("examples"), "{feed} has no examples");
        assert_eq!(found, expected, "{feed}");
        let tabled: BTreeSet<_> = tables::cases(feed).iter().map(|(name, _)| *name).collect();
        assert_eq!(tabled, event_types(feed).into_iter().collect(), "the table of {feed}");
        for name in event_types(feed) {
            let (schema, _) = of_data(feed, name);
            assert_eq!(schema["$id"], format!("urn:sanzao:feeds:{feed}:{name}:v1"));
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
            let fields = schema["properties"].as_object().expect("fields");
            let described =
                |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_ascii());
            assert!(described(&schema), "{name} is not described");
            for (key, field) in fields {
                assert!(described(field), "{feed} {name}: {key} is not described");
            }
        }
    }
}

#[test]
fn the_schemas_are_schemas() {
    for name in ["common.json", "envelope.json"] {
        let schema = json_of(&folder().join(name));
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
    }
    for feed in Feed::ALL {
        for name in event_types(feed) {
            let (schema, _) = of_data(feed, name);
            assert!(jsonschema::meta::is_valid(&schema), "{feed} {name}");
        }
    }
}

#[test]
fn examples_say_what_their_names_say() {
    let mut counts: BTreeMap<(Feed, String), [usize; 2]> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for example in examples() {
        let (feed, name) = (example.feed, format!("{}/{}/{}", example.feed, example.event, example.name));
        let document: Value = serde_json::from_str(&example.text).unwrap();
        assert_eq!(document["type"], format!("{feed}.{}.v1", example.event), "{name}");
        assert!(ids.insert((feed, document["id"].to_string())), "{name} has the id of another example");
        if example.name.starts_with("beyond-schema-") {
            let code = refusal(feed, &example.text).unwrap_or_else(|| panic!("{name} is accepted"));
            assert!(BEYOND_SCHEMA.contains(&code.as_str()), "{name}: {code}");
            assert_eq!(schema_faults(&document), Vec::<String>::new(), "{name}");
            continue;
        }
        let is_valid = example.name.starts_with("valid-");
        assert!(is_valid || example.name.starts_with("invalid-"), "{name}");
        assert_eq!(both_take(feed, &example.text), is_valid, "{name}: {:?}", schema_faults(&document));
        // What is wrong with the invalid ones is wrong with their data.
        let (_, data) = of_data(feed, &example.event);
        assert_eq!(data.is_valid(&document["data"]), is_valid, "{name}");
        counts.entry((feed, example.event)).or_default()[usize::from(is_valid)] += 1;
    }
    for feed in Feed::ALL {
        for event in event_types(feed) {
            let [invalid, valid] = counts.remove(&(feed, event.to_owned())).unwrap_or_default();
            assert!(valid >= 1 && invalid >= 3, "{feed} {event}: {valid} valid, {invalid} invalid examples");
        }
    }
    assert!(counts.is_empty(), "examples of no event type: {:?}", counts.keys());
}

#[test]
fn examples_show_all_fields_and_only_the_required_ones() {
    for feed in Feed::ALL {
        for event in event_types(feed) {
            let shown: Vec<BTreeSet<String>> = examples()
                .iter()
                .filter(|example| (example.feed, example.event.as_str()) == (feed, event))
                .filter(|example| example.name.starts_with("valid-"))
                .map(|example| {
                    let document: Value = serde_json::from_str(&example.text).unwrap();
                    document["data"].as_object().unwrap().keys().cloned().collect()
                })
                .collect();
            for (_, fields) in tables::cases(feed).iter().filter(|(name, _)| *name == event) {
                for object in [contract::full(fields), contract::minimal(fields)] {
                    let keys: BTreeSet<String> = object.as_object().unwrap().keys().cloned().collect();
                    assert!(shown.contains(&keys), "{feed} {event}: no valid example has just {keys:?}");
                }
            }
        }
    }
}

/// Clients write data in Base64 or as a text: intake takes them as what they hold, which the schemas describe.
#[test]
fn packed_data_are_what_they_hold() {
    use base64::Engine;
    for example in examples() {
        let document: Value = serde_json::from_str(&example.text).unwrap();
        let code = refusal(example.feed, &example.text);
        let text = document["data"].to_string();
        let mut packed = document.clone();
        packed["data"] = json!(text);
        assert_eq!(refusal(example.feed, &packed.to_string()), code, "{packed}");
        packed.as_object_mut().unwrap().remove("data");
        packed["data_base64"] = json!(base64::engine::general_purpose::STANDARD.encode(&text));
        assert_eq!(refusal(example.feed, &packed.to_string()), code, "{packed}");
    }
}

/// The event that `adapter.md` shows.
#[test]
fn the_event_of_the_page_for_adapters_is_valid() {
    let page = text_of(&folder().join("../adapter.md"));
    let event = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an event");
    assert!(both_take(Feed::SocialSecurity, event));
}

/// Events that were accepted once stay accepted for ever. New valid examples are added to the file of their
/// feed, with `SANZAO_BLESS=1` by this test; nothing is ever taken out of it.
#[test]
fn what_was_accepted_stays_accepted() {
    let bless = std::env::var_os("SANZAO_BLESS").is_some();
    for feed in Feed::ALL {
        let path = folder().join(format!("compat/{feed}.jsonl"));
        let mut kept = text_of(&path);
        let mut events = BTreeSet::new();
        for (at, line) in kept.lines().enumerate() {
            let place = format!("{}:{}", path.display(), at + 1);
            let document: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{place}: {e}"));
            let faults = schema_faults(&document);
            assert!(
                faults.is_empty(),
                "{place}: the schema refuses what was valid: {faults:?}; make a new version"
            );
            assert_eq!(
                refusal(feed, line),
                None,
                "{place}: intake refuses what was valid; make a new version"
            );
            assert!(events.insert(document.to_string()), "{place} stands twice");
        }
        for example in examples().into_iter().filter(|e| e.feed == feed && e.name.starts_with("valid-")) {
            let text = serde_json::from_str::<Value>(&example.text).unwrap().to_string();
            if !events.contains(&text) {
                assert!(bless, "{} {} is not kept: run with SANZAO_BLESS=1", example.event, example.name);
                kept.push_str(&text);
                kept.push('\n');
            }
        }
        if bless {
            fs::write(&path, kept).unwrap();
        }
    }
}

#[test]
fn the_schemas_answer_as_the_table_says() {
    let mut count = [0, 0];
    for (feed, (name, fields)) in tables::all() {
        let contract = sample::contract(feed);
        for (data, answer) in contract::variations(fields) {
            let event = contract::event(contract, name, &data);
            let code = refusal(feed, &event.to_string());
            assert_eq!(code.as_deref(), answer.as_ref().map(|(code, _)| *code), "{event}");
            let is_valid = code.is_none_or(|code| BEYOND_SCHEMA.contains(&code.as_str()));
            let faults = schema_faults(&event);
            assert_eq!(faults.is_empty(), is_valid, "{faults:?}: {event}");
            count[usize::from(is_valid)] += 1;
        }
    }
    assert!(count[0] > 2_000 && count[1] > 300, "{count:?} variations");
}

/// An event of the table with some fields put in place, or, if null, taken out.
fn event_with(feed: Feed, name: &str, fields: &[(&str, Value)]) -> Value {
    let (_, table) = tables::cases(feed).iter().find(|(known, _)| *known == name).expect("in the table");
    let mut data = contract::full(table);
    for (key, value) in fields {
        data[key] = value.clone();
        if value.is_null() {
            data.as_object_mut().expect("an object").remove(*key);
        }
    }
    contract::event(sample::contract(feed), name, &data)
}

#[test]
fn ranges_end_alike() {
    let people = |count: usize| ("members", json!(vec![contract::person("001"); count]));
    for (count, is_valid) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        let event = event_with(Feed::Registry, "benefit.granted", &[people(count)]);
        assert_eq!(both_take(Feed::Registry, &event.to_string()), is_valid, "{count} members");
    }
    for (count, is_valid) in [(200, true), (201, false)] {
        for character in ["张", "𠀀", "a"] {
            let person = json!({"id_number": "11010519491231002X", "name": character.repeat(count)});
            let event = event_with(Feed::Police, "missing.closed", &[("person", person)]);
            assert_eq!(both_take(Feed::Police, &event.to_string()), is_valid, "{count} of {character}");
        }
    }
    for digits in 10..=14 {
        let code = json!("3".repeat(digits));
        let event = event_with(Feed::Police, "household.moved", &[("division_code", code)]);
        assert_eq!(both_take(Feed::Police, &event.to_string()), digits == 12, "{digits} digits");
    }
    for (amount, is_valid) in [
        ("0", true),
        ("-0", true),
        ("-0.01", false),
        ("0.01", true),
        ("0.001", false),
        ("0.009", false),
        ("19.99", true),
        ("1e2", true),
        ("1.000", true),
        ("1.005", false),
        ("9999999999999.99", true),
        ("10000000000000", true),
        ("1e13", true),
        ("10000000000000.01", false),
        ("1e300", false),
    ] {
        let event = event_with(Feed::SocialSecurity, "funeral-grant.paid", &[("amount", json!("AMOUNT"))]);
        let text = event.to_string().replace("\"AMOUNT\"", amount);
        assert_eq!(both_take(Feed::SocialSecurity, &text), is_valid, "{amount}");
    }
}

#[test]
fn grants_take_a_person_or_members_alike() {
    for program in Program::ALL {
        for (has_person, has_members) in [(false, false), (false, true), (true, false), (true, true)] {
            let person = if has_person { contract::person("001") } else { Value::Null };
            let members = if has_members { json!([contract::person("001")]) } else { Value::Null };
            let fields = [("program", json!(program.as_str())), ("person", person), ("members", members)];
            let event = event_with(Feed::Registry, "benefit.granted", &fields);
            let is_valid = has_members == program.is_household() && has_person != has_members;
            assert_eq!(both_take(Feed::Registry, &event.to_string()), is_valid, "{event}");
        }
    }
}

fn retraction() -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": "/320614/police", "type": "police.record.retracted.v1",
        "time": contract::TIME, "data": {"retracts": "e-0", "reason": "录入有误"},
    })
}

#[test]
fn the_envelope_is_read_alike() {
    let long = |count: usize, text: &str| json!(text.repeat(count));
    for (key, value, is_valid) in [
        ("id", long(256, "a"), true),
        ("id", long(257, "a"), false),
        ("id", long(85, "张"), true),
        ("id", long(86, "张"), false), // 258 bytes: only the format sees it
        ("id", json!(" "), true),
        ("id", json!(""), false),
        ("id", json!(1), false),
        ("id", Value::Null, false),
        ("specversion", json!("1.1"), false),
        ("source", json!("/320614/police/"), false),
        ("source", json!("/32061/police"), false),
        ("source", json!("/320614/Police"), false),
        ("source", json!("/320614/health"), false),
        ("source", json!("/３20614/police"), false),
        ("source", json!("320614/police"), false),
        ("type", json!("police.record.retracted"), false),
        ("type", json!("police.record.retracted.v2"), false),
        ("type", json!("health.record.retracted.v1"), false),
        ("time", json!("1678-01-01T00:00:00Z"), true),
        ("time", json!("2261-12-31T23:59:59Z"), true),
        ("time", json!("1677-01-01T00:00:00Z"), false),
        ("time", json!("2263-01-01T00:00:00Z"), false),
        ("time", json!("2016-12-31T23:59:60Z"), true),
        ("time", json!("2017-01-01T07:59:60.5+08:00"), true),
        ("time", json!("2024-02-29t00:00:00.1234567899-00:30"), true),
        ("time", json!("2023-02-29T00:00:00Z"), false),
        ("time", json!("2024-02-29T00:00:00"), false),
        ("time", json!("2024-02-29T00:00Z"), false),
        ("time", json!("2024-02-29T00:00:00.Z"), false),
        ("time", json!("2024-02-29T00:00:61Z"), false),
        ("time", json!("2024-02-29T00:00:00+24:00"), false),
        ("time", Value::Null, false),
        ("datacontenttype", json!("application/json"), true),
        ("datacontenttype", json!("Application/vnd.x+JSON ; charset=UTF-8"), true),
        ("datacontenttype", Value::Null, true),
        ("datacontenttype", json!("text/xml"), false),
        ("datacontenttype", json!("json"), false),
        ("datacontenttype", json!("application/jsonl"), false),
        ("datacontenttype", json!(""), false),
        ("data_base64", Value::Null, true),
        ("data_base64", json!("e30="), false),
        ("data", json!([]), false),
        ("data", Value::Null, false),
        ("traceparent", json!("00-ab-cd-01"), true),
        ("number", json!(1.5), true),
        ("odd_Name", json!(true), true),
        ("nothing", Value::Null, true),
        ("list", json!([]), false),
        ("object", json!({}), false),
    ] {
        let mut event = retraction();
        event[key] = value;
        assert_eq!(both_take(Feed::Police, &event.to_string()), is_valid, "{event}");
    }
    for key in ["specversion", "id", "source", "type", "time", "data"] {
        let mut event = retraction();
        event.as_object_mut().unwrap().remove(key);
        assert!(!both_take(Feed::Police, &event.to_string()), "{event}");
    }
}

/// `PROPTEST_CASES` asks for more; a seed that fails is printed and kept beside this file.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |_| default.cases);
    let failure_persistence: Option<Box<dyn FailurePersistence>> =
        Some(Box::new(FileFailurePersistence::WithSource("regressions")));
    ProptestConfig { cases, failure_persistence, ..default }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn valid_events_are_valid_for_both((feed, event) in documents::event()) {
        prop_assert!(both_take(feed, &documents::written(&event)), "{}", event);
    }
}

proptest! {
    #![proptest_config(config(6_000))]

    // What no schema can see does not arise: nobody is born after the events' time, amounts of a settlement are
    // made to agree, and all sources are of a bureau that is served.
    #[test]
    fn changed_events_are_valid_for_both_or_neither(
        (feed, event) in documents::event(),
        at in any::<Index>(),
        change in documents::change(),
    ) {
        let mut places: Vec<String> = Vec::new();
        documents::places(&event, "", &mut places);
        let mut event = event;
        documents::apply(&mut event, at.get::<String>(&places), &change);
        documents::settle(&mut event);
        let text = documents::written(&event);
        let code = refusal(feed, &text);
        prop_assert!(!code.is_some_and(|code| BEYOND_SCHEMA.contains(&code.as_str())), "{}", text);
        both_take(feed, &text);
    }
}
