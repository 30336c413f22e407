//! Whatever bytes come, there is an answer; and no answer repeats a personal value (design, invariant 7).

mod sample;

use proptest::prelude::*;
use sample::{contract, desk, events, incoming};
use sanzao_intake::Incoming;
use sanzao_model::{Content, FactBatch, FactsRecord, Feed, Instant, Rejection};
use serde_json::Value;

/// What must not come out again: names, numbers, phones and addresses, none part of any message.
const PERSONAL: [&str; 10] = [
    "欧阳钱孙李",
    "320684195503071234",
    "320684550307123",
    "13862812345",
    "海门街道人民路88号",
    "阿依古丽·买买提",
    "OSMAN/MAMAT~1",
    "usa110081010203",
    "32068419550307１２３４",
    "x@欧.cn",
];

fn feed() -> impl Strategy<Value = Feed> {
    proptest::sample::select(Feed::ALL.to_vec())
}

fn personal() -> impl Strategy<Value = String> {
    let lone = proptest::sample::select(PERSONAL.to_vec()).prop_map(str::to_owned);
    prop_oneof![lone.clone(), lone.prop_map(|text| format!("{text}\u{3000}\"\\"))]
}

/// A value with something personal somewhere in it.
fn spoilt() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => personal().prop_map(Value::from),
        1 => proptest::num::f64::ANY.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let key = prop_oneof![personal(), Just("id_number".to_owned()), Just("name".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// One change at a place that is chosen by number.
#[derive(Debug, Clone)]
enum Change {
    Replace(Value),
    Insert(String, Value),
    Rename(String),
    Remove,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        spoilt().prop_map(Change::Replace),
        (personal(), spoilt()).prop_map(|(key, value)| Change::Insert(key, value)),
        personal().prop_map(Change::Rename),
        Just(Change::Remove),
    ]
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Applies a change to the node of this number, counted from the top.
fn apply(value: &mut Value, mut at: usize, change: &Change) {
    if at == 0 {
        match (change, value) {
            (Change::Replace(new), value) => *value = new.clone(),
            (Change::Insert(key, new), Value::Object(fields)) => {
                drop(fields.insert(key.clone(), new.clone()))
            }
            (Change::Insert(_, new), Value::Array(items)) => items.push(new.clone()),
            (Change::Rename(key), Value::Object(fields)) if !fields.is_empty() => {
                let first = fields.keys().next().expect("not empty").clone();
                let moved = fields.remove(&first).expect("there");
                fields.insert(key.clone(), moved);
            }
            (Change::Remove, Value::Object(fields)) if !fields.is_empty() => {
                let last = fields.keys().next_back().expect("not empty").clone();
                fields.remove(&last);
            }
            (_, value) => *value = Value::Null,
        }
        return;
    }
    at -= 1;
    let below: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        _ => return,
    };
    for child in below {
        let size = count(child);
        if at < size {
            return apply(child, at, change);
        }
        at -= size;
    }
}

fn told(rejection: &Rejection) -> String {
    let mut shown = rejection.clone();
    shown.original.bytes.clear();
    format!("{shown:?}")
}

fn check(feed: Feed, headers: &[(String, Vec<u8>)], value: &[u8]) -> bool {
    let incoming = Incoming { headers, value, partition: 0, offset: 0 };
    let answer = desk(feed).read(&incoming);
    let hides = |bytes: &[u8]| {
        for text in PERSONAL {
            let found = bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!found, "{text} comes out again");
        }
    };
    match answer {
        Ok(accepted) => {
            let statements = vec![accepted.statement.clone()];
            let received = Instant(0);
            let batch = FactBatch { feed, partition: 0, upto: 1, received, statements, notes: Vec::new() };
            hides(&FactsRecord::Facts(batch).to_bytes());
            hides(format!("{accepted:?}").as_bytes());
            true
        }
        Err(rejection) => {
            hides(told(&rejection).as_bytes());
            hides(&rejection.to_bytes());
            assert_eq!(rejection.feed, feed);
            assert!(!rejection.code.is_empty() && !rejection.expected.is_empty());
            false
        }
    }
}

/// The event with its attributes as headers.
fn binary(event: &Value) -> (Vec<(String, Vec<u8>)>, Vec<u8>) {
    let fields = event.as_object().into_iter().flatten();
    let attributes = fields.filter(|(key, _)| *key != "data");
    let headers = attributes.map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let key = if key == "datacontenttype" { "content-type".to_owned() } else { format!("ce_{key}") };
        (key, text.into_bytes())
    });
    let data = event.get("data").map(|data| data.to_string().into_bytes()).unwrap_or_default();
    (headers.collect(), data)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_answer_repeats_anything_personal(
        which in any::<proptest::sample::Index>(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), change()), 1..3),
        other_feed in proptest::option::weighted(0.1, feed()),
    ) {
        let events = events();
        let (feed, text) = which.get(&events);
        let mut event: Value = serde_json::from_str(text).unwrap();
        for (at, change) in &changes {
            let place = at.index(count(&event));
            apply(&mut event, place, change);
        }
        let feed = other_feed.unwrap_or(*feed);
        let one = check(feed, &[], event.to_string().as_bytes());
        let (headers, data) = binary(&event);
        let other = check(feed, &headers, &data);
        // Attributes are texts in headers, whatever they were; in `data` the modes agree.
        if event.as_object().is_some_and(|e| e.iter().all(|(key, value)| key == "data" || value.is_string())) {
            prop_assert_eq!(one, other, "{}", event);
        }
    }

    #[test]
    fn any_bytes_get_an_answer(
        feed in feed(),
        value in proptest::collection::vec(any::<u8>(), 0..200),
        header in "(ce[_-])?(id|source|type|time|specversion|content-type)|sanzao-(sealed|repairs)|\\PC{0,6}",
        header_value in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        check(feed, &[], &value);
        let headers = [(header, header_value), ("ce_id".to_owned(), b"1".to_vec())];
        check(feed, &headers, &value);
        check(feed, &[("content-type".to_owned(), b"application/cloudevents+json".to_vec())], &value);
    }

    #[test]
    fn any_damage_to_an_event_gets_an_answer(
        which in any::<proptest::sample::Index>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let events = events();
        let (feed, text) = which.get(&events);
        let mut bytes = text.clone().into_bytes();
        for (at, byte, kind) in damage {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 if at < bytes.len() => bytes[at] = b"{}[]\",:\\0-e."[usize::from(byte) % 12],
                _ => bytes.truncate(at),
            }
        }
        check(*feed, &[], &bytes);
    }

    #[test]
    fn the_same_event_gets_the_same_answer(which in any::<proptest::sample::Index>(), offset in any::<u64>()) {
        let events = events();
        let (feed, text) = which.get(&events);
        let at = |offset| desk(*feed).read(&Incoming { offset, ..incoming(text.as_bytes()) }).unwrap();
        let (one, mut other) = (at(offset), at(0));
        other.statement.offset = offset;
        prop_assert_eq!(one, other);
    }
}

#[test]
fn the_samples_are_valid() {
    for (feed, text) in events() {
        let accepted = desk(feed).read(&incoming(text.as_bytes()));
        let accepted = accepted.unwrap_or_else(|r| panic!("{text}: {}", told(&r)));
        if let Content::Fact(fact) = accepted.statement.content {
            assert_eq!(fact.feed, feed);
        }
        assert_eq!(contract(feed).feed, feed);
    }
}

#[test]
fn long_and_deep_events_get_an_answer_soon() {
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert!(!check(Feed::Police, &[], &deep));
    let keys: Vec<_> = (0..50_000).map(|i| format!("\"k{i}\":{i}")).collect();
    assert!(!check(Feed::Police, &[], format!("{{{}}}", keys.join(",")).as_bytes()));
    // A tree of this would take hundreds of megabytes: it is left out, and the event is still named.
    let bomb = vec!["{}"; 3_000_000].join(",");
    let bomb = sample::structured(Feed::Police, "person.registered", &format!("{{\"person\":[{bomb}]}}"));
    let rejection = desk(Feed::Police).read(&incoming(bomb.as_bytes())).unwrap_err();
    assert_eq!((rejection.code.as_str(), rejection.event.is_some()), ("json.size", true));
    let twice = sample::structured(Feed::Police, "missing.closed", "{\"on\":1,\"on\":2}");
    let rejection = desk(Feed::Police).read(&incoming(twice.as_bytes())).unwrap_err();
    assert_eq!((rejection.code.as_str(), rejection.event.is_some()), ("json.duplicate-key", true));
    let list_of = |people: usize| {
        let member = r#"{"id_number":"11010519491231002X","name":"陈建国"}"#;
        let data = format!(
            r#"{{"benefit_id":"B","program":"dibao","members":[{}],"monthly_amount":1,"on":"2025-01-01"}}"#,
            vec![member; people].join(",")
        );
        sample::structured(Feed::Registry, "benefit.granted", &data)
    };
    assert!(check(Feed::Registry, &[], list_of(1_000).as_bytes()));
    assert!(!check(Feed::Registry, &[], list_of(1_001).as_bytes()));
    assert!(!check(Feed::Registry, &[], list_of(20_000).as_bytes()));
}
