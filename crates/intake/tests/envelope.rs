//! The envelope: what is accepted in each mode, and every way of being wrong.

mod sample;

use sample::{desk, incoming};
use sanzao_intake::{Accepted, Incoming, OrderKey, PseudonymKey, Pseudonyms};
use sanzao_model::{Bureau, Feed, Rejection};
use serde_json::{Value, json};

const DATA: &str = r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"on":"2026-01-01"}"#;

fn event() -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": "/320614/police", "type": "police.custody.ended.v1",
        "time": "2026-01-07T09:12:33+08:00", "data": serde_json::from_str::<Value>(DATA).expect("JSON"),
    })
}

fn with(key: &str, value: Value) -> Value {
    let mut event = event();
    event[key] = value;
    event
}

fn without(key: &str) -> Value {
    let mut event = event();
    event.as_object_mut().expect("an object").remove(key);
    event
}

fn without_data(key: &str, value: Value) -> Value {
    let mut event = without("data");
    event[key] = value;
    event
}

fn base64(text: &str) -> Value {
    without_data("data_base64", json!(text))
}

fn read_structured(event: &Value) -> Result<Accepted, Box<Rejection>> {
    desk(Feed::Police).read(&incoming(event.to_string().as_bytes()))
}

fn read(headers: &[(&str, &str)], value: &str) -> Result<Accepted, Box<Rejection>> {
    let headers: Vec<_> = headers.iter().map(|(k, v)| (k.to_string(), v.as_bytes().to_vec())).collect();
    let incoming = Incoming { headers: &headers, value: value.as_bytes(), partition: 3, offset: 9 };
    desk(Feed::Police).read(&incoming)
}

const HEADERS: [(&str, &str); 6] = [
    ("ce_specversion", "1.0"),
    ("ce_id", "e-1"),
    ("ce_source", "/320614/police"),
    ("ce_type", "police.custody.ended.v1"),
    ("ce_time", "2026-01-07T09:12:33+08:00"),
    ("content-type", "application/json"),
];

fn told(answer: Result<Accepted, Box<Rejection>>) -> (String, String) {
    let rejection = answer.expect_err("must be refused");
    (rejection.code, rejection.pointer)
}

fn pair(code: &str, pointer: &str) -> (String, String) {
    (code.to_owned(), pointer.to_owned())
}

#[test]
fn the_plain_event_is_accepted() {
    let accepted = read_structured(&event()).unwrap();
    assert_eq!(accepted.bureau, Bureau(320614));
    let statement = accepted.statement;
    let key = PseudonymKey::new([1; 32]);
    assert_eq!(statement.event, Pseudonyms::new(&key).event("/320614/police", "e-1"));
    assert_eq!(statement.time, "2026-01-07T01:12:33Z".parse().unwrap());
    assert_eq!(OrderKey::derive(&key).open(statement.event, &statement.sealed_id), b"e-1");
    assert_ne!(statement.sealed_id, b"e-1");
}

#[test]
fn structured_mode_refuses() {
    for (event, answer) in [
        (without("specversion"), pair("envelope.missing", "/specversion")),
        (without("id"), pair("envelope.missing", "/id")),
        (without("source"), pair("envelope.missing", "/source")),
        (without("type"), pair("envelope.missing", "/type")),
        (without("time"), pair("envelope.missing", "/time")),
        (with("time", Value::Null), pair("envelope.missing", "/time")),
        (with("id", json!(1)), pair("envelope.attribute", "/id")),
        (with("source", json!(["/320614/police"])), pair("envelope.attribute", "/source")),
        (with("datacontenttype", json!(1)), pair("envelope.attribute", "/datacontenttype")),
        (with("ext", json!({"a": 1})), pair("envelope.attribute", "")),
        (with("ext", json!([])), pair("envelope.attribute", "")),
        (with("specversion", json!("0.3")), pair("envelope.specversion", "/specversion")),
        (with("id", json!("")), pair("envelope.id", "/id")),
        (with("source", json!("320614/police")), pair("envelope.source", "/source")),
        (with("source", json!("/32061/police")), pair("envelope.source", "/source")),
        (with("source", json!("/３20614/police")), pair("envelope.source", "/source")),
        (with("source", json!("/320614/police/")), pair("envelope.source", "/source")),
        (with("source", json!("/320614/Police")), pair("envelope.source", "/source")),
        (with("source", json!("/320614/health")), pair("envelope.feed", "/source")),
        (with("source", json!("/320681/police")), pair("envelope.bureau", "/source")),
        (with("time", json!("2026-01-07T09:12:33")), pair("envelope.time", "/time")),
        (with("time", json!("2026-01-07 09:12:33+08:00")), pair("envelope.time", "/time")),
        (with("datacontenttype", json!("text/xml")), pair("envelope.content-type", "/datacontenttype")),
        (with("datacontenttype", json!("json")), pair("envelope.content-type", "/datacontenttype")),
        (with("type", json!("police.custody.ended")), pair("type.unknown", "/type")),
        (with("type", json!("police.custody.ended.v2")), pair("type.unknown", "/type")),
        (with("type", json!("policecustody.ended.v1")), pair("type.unknown", "/type")),
        (with("type", json!("health.death.certified.v1")), pair("type.unknown", "/type")),
        (with("type", json!("")), pair("type.unknown", "/type")),
        (with("data_base64", json!("e30=")), pair("data.base64", "/data_base64")),
        (base64("e30"), pair("data.base64", "/data_base64")),
        (base64("e30=\n"), pair("data.base64", "/data_base64")),
        (base64("{}"), pair("data.base64", "/data_base64")),
        (without_data("data_base64", json!({})), pair("data.base64", "/data_base64")),
        (base64(""), pair("json.syntax", "/data_base64")),
        (base64("bm8="), pair("json.syntax", "/data_base64")),
        (base64("W10="), pair("data.type", "/data")),
        (base64("e30="), pair("field.missing", "/data/person")),
        (without_data("data_base64", Value::Null), pair("data.missing", "/data")),
        (without("data"), pair("data.missing", "/data")),
        (with("data", Value::Null), pair("data.type", "/data")),
        (with("data", json!([])), pair("data.type", "/data")),
        (with("data", json!("{}")), pair("field.missing", "/data/person")),
        (with("data", json!("")), pair("data.type", "/data")),
        (with("data", json!("[]")), pair("data.type", "/data")),
        (with("data", json!("{")), pair("data.type", "/data")),
        (with("data", json!(json!(DATA).to_string())), pair("data.type", "/data")),
        (with("data", json!("{\"a\":1,\"a\":1}")), pair("json.duplicate-key", "/data")),
        (json!([event()]), pair("envelope.object", "")),
    ] {
        assert_eq!(told(read_structured(&event)), answer, "{event}");
    }
}

#[test]
fn structured_mode_tolerates() {
    let plain = read_structured(&event()).unwrap();
    for event in [
        with("datacontenttype", json!("application/json")),
        with("datacontenttype", json!("Application/vnd.x+JSON; charset=UTF-8")),
        with("datacontenttype", Value::Null),
        with("subject", json!("x")),
        with("traceparent", json!("00-ab-cd-01")),
        with("number", json!(1)),
        with("odd_Name", json!(true)),
        with("nothing", Value::Null),
    ] {
        assert_eq!(read_structured(&event).as_ref(), Ok(&plain), "{event}");
    }
    let other = read_structured(&with("source", json!("/110105/police"))).unwrap();
    assert_eq!(other.bureau, Bureau(110105));
    assert_ne!(other.statement.content.id(), plain.statement.content.id());
}

#[test]
fn the_mode_is_that_of_the_content_type() {
    let text = event().to_string();
    let cloud = [("Content-Type", "application/CloudEvents+json; charset=utf-8")];
    assert!(read(&cloud, &text).is_ok());
    // The binding allows the attributes to be repeated as headers; the body counts.
    assert!(read(&[cloud[0], ("ce_id", "other"), ("ce_id", "twice")], &text).is_ok());
    // Clients call a structured event JSON, or send a header without a value.
    for content_type in ["application/json", "application/json; charset=utf-8", "", " "] {
        assert!(read(&[("content-type", content_type)], &text).is_ok(), "{content_type}");
    }
    for content_type in
        ["application/cloudevents-batch+json", "application/cloudevents+avro", "text/plain", "json"]
    {
        let answer = told(read(&[("content-type", content_type)], &text));
        assert_eq!(answer, pair("envelope.content-type", ""), "{content_type}");
    }
    assert_eq!(told(read(&[cloud[0], cloud[0]], &text)), pair("envelope.header", "/datacontenttype"));
    assert_eq!(told(read(&[], "{}")), pair("envelope.missing", "/specversion"));
    assert_eq!(told(read(&[], DATA)), pair("envelope.missing", "/specversion"));
    assert_eq!(told(read(&[], "")), pair("json.syntax", ""));
    assert_eq!(told(read(&cloud, "{")), pair("json.syntax", ""));
}

#[test]
fn binary_mode_says_the_same() {
    let plain = read(&HEADERS, DATA).unwrap();
    let mut structured = read_structured(&event()).unwrap();
    structured.statement.offset = 9;
    assert_eq!(plain, structured);
    assert_eq!(read(&HEADERS[..5], DATA).as_ref(), Ok(&plain), "without a content type");
    let upper = HEADERS.map(|(key, value)| (key.to_uppercase(), value));
    assert_eq!(read(&upper.each_ref().map(|(key, value)| (key.as_str(), *value)), DATA).as_ref(), Ok(&plain));
    let http = HEADERS.map(|(key, value)| (key.replace('_', "-"), value));
    assert_eq!(read(&http.each_ref().map(|(key, value)| (key.as_str(), *value)), DATA).as_ref(), Ok(&plain));
}

#[test]
fn binary_mode_refuses() {
    for key in ["specversion", "id", "source", "type", "time"] {
        let header = format!("ce_{key}");
        let left: Vec<_> = HEADERS.into_iter().filter(|(name, _)| *name != header).collect();
        let pointer = format!("/{key}");
        assert_eq!(told(read(&left, DATA)), pair("envelope.missing", &pointer));
        let twice = [&HEADERS[..], &[(header.as_str(), "x")]].concat();
        assert_eq!(told(read(&twice, DATA)), pair("envelope.header", &pointer));
    }
    let xml = [&HEADERS[..5], &[("content-type", "application/xml")]].concat();
    assert_eq!(told(read(&xml, DATA)), pair("envelope.content-type", "/datacontenttype"));
    assert_eq!(told(read(&HEADERS, "")), pair("data.missing", "/data"));
    assert_eq!(told(read(&HEADERS, "null")), pair("data.type", "/data"));
    let broken = read(&HEADERS, "{\"person\"").unwrap_err();
    assert_eq!((broken.code.as_str(), broken.pointer.as_str()), ("json.syntax", ""));
    let event = Pseudonyms::new(&PseudonymKey::new([1; 32])).event("/320614/police", "e-1");
    assert_eq!((broken.event, broken.partition, broken.offset), (Some(event), 3, 9));
    assert_eq!(broken.feed, Feed::Police);
}

#[test]
fn birth_is_compared_with_the_day_in_china() {
    let mut event = event();
    event["data"]["person"]["id_number"] = json!("110105202603010010");
    let number = event["data"]["person"]["id_number"].as_str().unwrap()[..17].to_owned();
    let valid = "0123456789X".chars().find_map(|check| {
        let text = format!("{number}{check}");
        sanzao_model::IdNumber::parse(&text).is_ok().then_some(text)
    });
    event["data"]["person"]["id_number"] = json!(valid.unwrap());
    let birth = pair("id_number.birth-after-event", "/data/person/id_number");
    for (time, accepted) in [
        ("2026-03-01T00:00:00+08:00", true),
        ("2026-02-28T16:00:00Z", true),
        ("2026-02-28T15:59:59.999Z", false),
        ("2026-03-01T00:00:00+09:00", false),
    ] {
        event["time"] = json!(time);
        match read_structured(&event) {
            Ok(_) => assert!(accepted, "{time}"),
            Err(rejection) => {
                assert!(!accepted, "{time}");
                assert_eq!((rejection.code, rejection.pointer), birth);
            }
        }
    }
}

#[test]
fn data_may_come_in_base64() {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(DATA);
    let plain = read_structured(&event()).unwrap();
    assert_eq!(read_structured(&base64(&text)).as_ref(), Ok(&plain));
    let mut typed = base64(&text);
    typed["datacontenttype"] = json!("application/json; charset=utf-8");
    assert_eq!(read_structured(&typed).as_ref(), Ok(&plain));
    typed["datacontenttype"] = json!("application/octet-stream");
    assert_eq!(told(read_structured(&typed)), pair("envelope.content-type", "/datacontenttype"));
}

/// Some clients write an object that they are given as a text, or with a type of JSON that they do not know, twice.
#[test]
fn data_may_be_a_text_that_holds_them() {
    let plain = read_structured(&event()).unwrap();
    assert_eq!(read_structured(&with("data", json!(DATA))).as_ref(), Ok(&plain));
    let mut binary = read(&HEADERS, &json!(DATA).to_string()).unwrap();
    binary.statement.offset = 0;
    assert_eq!(binary, plain);
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, json!(DATA).to_string());
    assert_eq!(read_structured(&base64(&encoded)).as_ref(), Ok(&plain));
}

/// A sender who reads only the receipt must find the header to mend.
#[test]
fn what_is_wrong_with_a_header_names_the_header() {
    let replaced = |name: &str, value: &'static str| -> Vec<(String, &'static str)> {
        HEADERS
            .iter()
            .map(|(key, old)| ((*key).to_owned(), if *key == name { value } else { *old }))
            .collect()
    };
    for prefix in ["ce_", "ce-"] {
        for (name, value) in [
            ("ce_specversion", "0.3"),
            ("ce_id", ""),
            ("ce_source", "/320614/health"),
            ("ce_type", "police.custody.ended"),
            ("ce_time", "yesterday"),
            ("content-type", "application/xml"),
        ] {
            let renamed: Vec<_> = replaced(name, value)
                .into_iter()
                .map(|(key, value)| (key.replace("ce_", prefix), value))
                .collect();
            let name = name.replace("ce_", prefix);
            let by_ref = |headers: &[(String, &'static str)]| {
                let headers: Vec<_> = headers.iter().map(|(key, value)| (key.as_str(), *value)).collect();
                read(&headers, DATA).expect_err("must be refused").expected
            };
            let marked = match name.strip_prefix("ce_") {
                Some(attribute) => format!("(header {name}, over HTTP ce-{attribute})"),
                None => format!("(header {name})"),
            };
            assert!(by_ref(&renamed).ends_with(&marked), "{}", by_ref(&renamed));
            let twice = [&renamed[..], &[(name.clone(), "x")]].concat();
            assert!(by_ref(&twice).ends_with(&marked), "{}", by_ref(&twice));
            if name != "content-type" {
                let left: Vec<_> = renamed.into_iter().filter(|(key, _)| *key != name).collect();
                assert!(by_ref(&left).ends_with(&marked), "{}", by_ref(&left));
            }
        }
    }
    for content_type in ["application/cloudevents-batch+json", "application/cloudevents+avro", "text/plain"] {
        let expected = read(&[("content-type", content_type)], "[]").unwrap_err().expected;
        assert!(expected.contains("header content-type"), "{content_type}: {expected}");
    }
    // In structured mode no header is to blame.
    assert_eq!(read_structured(&with("specversion", json!("0.3"))).unwrap_err().expected, "1.0");
}
