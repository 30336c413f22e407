use axum::http::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::*;

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let line = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    };
    lines.iter().map(line).collect()
}

#[test]
fn the_content_type_says_the_mode() {
    let of = |content_type| {
        mode(&headers(&[("content-type", content_type), ("ce-source", "/320614/police")])).ok()
    };
    assert_eq!(of("application/cloudevents+json"), Some(Mode::Structured));
    assert_eq!(of("Application/CloudEvents+JSON ; charset=utf-8"), Some(Mode::Structured));
    assert_eq!(of("application/cloudevents-batch+json"), Some(Mode::Batch));
    assert_eq!(of("application/json; charset=utf-8"), Some(Mode::Binary));
    assert_eq!(of("application/vnd.hm+json"), Some(Mode::Binary));
    assert_eq!(mode(&headers(&[("ce-source", "/320614/police")])).ok(), Some(Mode::Binary));
    assert_eq!(of("application/cloudevents+avro"), None);
    assert_eq!(of("text/csv"), None);
    assert_eq!(mode(&headers(&[("content-type", "application/json")])).ok(), None);
    assert_eq!(mode(&HeaderMap::new()).ok(), None);
}

#[test]
fn a_batch_is_cut_without_touching_its_events() {
    let body = r#" [ {"source":"/320614/police", "data" : 1.50 },{"id":"2","source":"\/320614\/health"}] "#;
    let events = events(Mode::Batch, &HeaderMap::new(), body.as_bytes()).unwrap();
    let seen: Vec<_> = events.iter().map(|event| (event.feed, event.event.value.as_slice())).collect();
    assert_eq!(seen[0], (Feed::Police, br#"{"source":"/320614/police", "data" : 1.50 }"#.as_slice()));
    assert_eq!(seen[1], (Feed::Health, br#"{"id":"2","source":"\/320614\/health"}"#.as_slice()));
    assert_eq!(events[0].event.headers, [("content-type".to_owned(), STRUCTURED.into())]);
}

#[test]
fn an_event_without_a_feed_is_refused() {
    for body in [
        r#"{"id":"1"}"#,
        r#"{"source":"/320614/police","source":"/320614/health"}"#,
        r#"{"source":"320614/police"}"#,
        r#"{"source":"/320614/police/"}"#,
        r#"{"source":"/320614/Police"}"#,
        r#"{"source":7}"#,
        r#"{"source":"/320614/police"} {}"#,
        r#"{"source":"/320614/police""#,
        "[]",
        "",
    ] {
        assert!(events(Mode::Structured, &HeaderMap::new(), body.as_bytes()).is_err(), "{body}");
        let batch = format!("[{body}]");
        assert!(
            events(Mode::Batch, &HeaderMap::new(), batch.as_bytes()).is_err() || body.is_empty(),
            "{batch}"
        );
    }
}

#[test]
fn attributes_in_headers_are_decoded_once() {
    let headers = headers(&[
        ("ce-source", "/320614/medical-insurance"),
        ("ce-id", "\"%E6%B5%B7%E9%97%A8 \\\"1\\\"%2541\""),
        ("content-type", "application/json"),
        ("authorization", "Bearer secret"),
    ]);
    let SourcedEvent { feed, event, .. } = binary(&headers, b"{}").unwrap();
    assert_eq!((feed, event.value.as_slice()), (Feed::MedicalInsurance, b"{}".as_slice()));
    let mut kept = event.headers;
    kept.sort();
    let expected = [
        ("ce_id", "海门 \"1\"%41"),
        ("ce_source", "/320614/medical-insurance"),
        ("content-type", "application/json"),
    ];
    assert_eq!(kept, expected.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
}

#[test]
fn odd_extensions_are_left_out() {
    let mut map = headers(&[("ce-source", "/320614/police"), ("ce-id", "1"), ("ce-remark", "%ff")]);
    for value in ["a", "b"] {
        map.append("ce-trace", HeaderValue::from_static(value));
    }
    let event = binary(&map, b"{}").unwrap().event;
    let mut kept: Vec<&str> = event.headers.iter().map(|(name, _)| name.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["ce_id", "ce_source"]);
}

#[test]
fn ambiguous_headers_are_refused() {
    let source = ("ce-source", "/320614/police");
    for lines in [
        vec![source, ("ce-id", "%ff")],
        vec![source, ("ce-id", "\"\\\"")],
        vec![source, ("ce-source", "/320614/health")],
        vec![("ce-source", "/320614")],
        vec![("ce-id", "1")],
    ] {
        let mut map = HeaderMap::new();
        for (name, value) in &lines {
            map.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        assert!(binary(&map, b"{}").is_err(), "{lines:?}");
    }
}

proptest! {
    #[test]
    fn any_header_is_decoded_or_refused(value: Vec<u8>, text in "[ -~]*") {
        let _ = attribute_value(&value);
        let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        prop_assert_eq!(attribute_value(encoded.as_bytes()), Some(text));
    }

    #[test]
    fn any_body_is_cut_or_refused(body: Vec<u8>) {
        let _ = events(Mode::Structured, &HeaderMap::new(), &body);
        let _ = events(Mode::Batch, &HeaderMap::new(), &body);
    }
}
