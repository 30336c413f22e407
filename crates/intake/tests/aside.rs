//! What an event tells beside its statement: who people are, and what is odd about it.

mod contract;
mod sample;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use contract::{number, table};
use sample::{desk, incoming, structured};
use sanzao_intake::{Accepted, PseudonymKey, Pseudonyms};
use sanzao_model::{Bureau, Feed, IdNumber, Identity, IdentityBatch, Warning};
use serde_json::Value;

const MOTHER: &str = "11010519491231002X";

fn read(feed: Feed, name: &str, data: &str) -> Accepted {
    let text = structured(feed, name, data);
    let accepted = desk(feed).read(&incoming(text.as_bytes()));
    accepted.unwrap_or_else(|r| panic!("{data}: {} at {}", r.code, r.pointer))
}

/// Number and name of each, in the order of the numbers.
fn told(accepted: &Accepted) -> Vec<(&str, Option<&str>)> {
    let mut told: Vec<_> =
        accepted.identities.iter().map(|who| (who.number.as_str(), who.name.as_deref())).collect();
    told.sort_unstable();
    told
}

#[test]
fn everybody_with_a_number_is_told() {
    let person = r#"{"id_number":"11010519491231002x","name":" 陈 建国"}"#;
    let other = IdNumber::parse("110105800101001").unwrap();
    let other = other.as_str();
    let one = (MOTHER, Some(" 陈 建国"));
    let member = r#"{"name":"陈小明","id_number":"110105800101001"}"#;
    for (feed, name, data, expected) in [
        (Feed::Police, "missing.closed", format!(r#"{{"person":{person},"on":"2025-01-01"}}"#), vec![one]),
        (
            Feed::Police,
            "identity.corrected",
            format!(r#"{{"person":{person},"former_id_number":"110105800101001","on":"2025-01-01"}}"#),
            vec![one, (other, None)],
        ),
        (
            Feed::Police,
            "relation.recorded",
            format!(r#"{{"person":{person},"related":{member},"kind":"spouse","on":"2025-01-01"}}"#),
            vec![one, (other, Some("陈小明"))],
        ),
        (
            Feed::Health,
            "birth.certified",
            format!(r#"{{"person":{person},"child":{{"name":"陈一"}},"on":"2025-01-01"}}"#),
            vec![one],
        ),
        (
            Feed::Health,
            "birth.certified",
            format!(
                r#"{{"person":{person},"child":{{"name":"陈一","id_number":"{other}"}},"on":"2025-01-01"}}"#
            ),
            vec![one, (other, Some("陈一"))],
        ),
        (
            Feed::Registry,
            "income.assessed",
            format!(
                r#"{{"members":[{member},{person},{member}],"annual_income":1,"property_ok":true,"on":"2025-01-01"}}"#
            ),
            vec![one, (other, Some("陈小明"))],
        ),
        (Feed::Registry, "record.retracted", r#"{"retracts":"e","reason":"r"}"#.to_owned(), vec![]),
    ] {
        let accepted = read(feed, name, &data);
        assert_eq!(told(&accepted), expected, "{name}");
        assert_eq!(accepted.warnings, [], "{name}");
        for who in &accepted.identities {
            let person = Pseudonyms::new(&PseudonymKey::new([1; 32]))
                .person(&IdNumber::parse(&who.number).expect("normalised"));
            assert_eq!((who.person, who.feed), (person, feed), "{name}");
            assert_eq!(who.time, accepted.statement.time);
            assert_eq!((&who.phone, &who.address), (&None, &None));
        }
    }
}

#[test]
fn a_contact_tells_how_somebody_is_reached() {
    let data = r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"phone":"13862812345","address":"海门街道 88 号","on":"2025-01-01"}"#;
    let accepted = read(Feed::Registry, "contact.recorded", data);
    let [who] = &accepted.identities[..] else { panic!("one person") };
    assert_eq!((who.phone.as_deref(), who.address.as_deref()), (Some("13862812345"), Some("海门街道 88 号")));
    assert_eq!(format!("{who:?}"), "Identity(…)");
}

/// Every number and every name beside a number in `data`, wherever the contract has them.
fn numbers(value: &Value, found: &mut Vec<(String, Option<String>)>) {
    match value {
        Value::Object(fields) => {
            let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
            found.extend(text("id_number").map(|number| (number, text("name"))));
            found.extend(text("former_id_number").map(|number| (number, None)));
            fields.values().for_each(|value| numbers(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

#[test]
fn no_event_type_forgets_anybody() {
    for (feed, (name, fields)) in table::all() {
        let data = contract::full(fields);
        let accepted = read(feed, name, &data.to_string());
        let mut expected = Vec::new();
        numbers(&data, &mut expected);
        for (number, _) in &mut expected {
            *number = IdNumber::parse(number).expect("valid").as_str().to_owned();
        }
        expected.sort();
        expected.dedup();
        let told: Vec<_> = told(&accepted)
            .into_iter()
            .map(|(number, name)| (number.to_owned(), name.map(str::to_owned)))
            .collect();
        assert_eq!(told, expected, "{feed} {name}");
    }
}

#[test]
fn unknown_codes_are_warnings_and_join_all_the_same() {
    let registered = |number: &str, division: &str| {
        let data = format!(
            r#"{{"person":{{"id_number":"{number}","name":"陈建国"}},"sex":"1","household_no":"1","relation_to_head":"户主","division_code":"{division}","on":"2019-04-02"}}"#
        );
        read(Feed::Police, "person.registered", &data).warnings
    };
    let odd = number("32999919491231002");
    let (prefix, division) = (Warning::UnknownNumberPrefix, Warning::UnknownDivision);
    assert_eq!(registered(MOTHER, "320614102001"), []);
    assert_eq!(registered(&odd, "320614102001"), [prefix]);
    assert_eq!(registered(MOTHER, "329999102001"), [division]);
    assert_eq!(registered(&odd, "000000000000"), [prefix, division]);
    // Upgraded from 15 digits, and once however often.
    let member = |number: &str| format!(r#"{{"id_number":"{number}","name":"陈建国"}}"#);
    let list = [member("329999491231002"), member(&odd), member("usa110081010203")].join(",");
    let data = format!(r#"{{"members":[{list}],"annual_income":1,"property_ok":true,"on":"2025-01-01"}}"#);
    assert_eq!(read(Feed::Registry, "income.assessed", &data).warnings, [prefix]);
    for permit in ["81000019491231002", "82000019491231002", "83000019491231002", "91115619861122001"] {
        assert_eq!(registered(&number(permit), "320684117001"), [], "{permit}");
    }
    for code in ["322425", "320625", "329026", "320684", "320614"] {
        assert_eq!(
            registered(&number(&format!("{code}19491231002")), &format!("{code}000000")),
            [],
            "{code}"
        );
    }
}

fn opened(batch: &IdentityBatch, context: &str) -> Option<Vec<Identity>> {
    let (nonce, sealed) = batch.sealed.split_first_chunk::<12>().expect("a nonce");
    let payload = Payload { msg: sealed, aad: context.as_bytes() };
    let plain = Aes256Gcm::new(&[2; 32].into()).decrypt(&Nonce::from(*nonce), payload).ok()?;
    Some(postcard::from_bytes(&plain).expect("identities"))
}

#[test]
fn identities_leave_sealed_and_the_same_way_each_time() {
    let people = |name: &str| {
        let data = format!(r#"{{"person":{{"id_number":"{MOTHER}","name":"{name}"}},"on":"2025-01-01"}}"#);
        read(Feed::Police, "missing.closed", &data).identities
    };
    let seal = |feed, bureau, name| desk(feed).seal_identities(Bureau(bureau), people(name));
    let batch = seal(Feed::Police, 320614, "陈建国");
    assert_eq!((batch.bureau, batch.feed), (Bureau(320614), Feed::Police));
    assert_eq!(batch, seal(Feed::Police, 320614, "陈建国"));
    assert_eq!(opened(&batch, "identities:police"), Some(people("陈建国")));
    assert_eq!(opened(&batch, "identities:health"), None);
    let clear = [MOTHER.as_bytes(), "陈建国".as_bytes()];
    let bytes = batch.to_bytes();
    assert!(!clear.iter().any(|text| bytes.windows(text.len()).any(|part| part == *text)));
    let others = [
        seal(Feed::Police, 110105, "陈建国"),
        seal(Feed::Police, 320614, "陈建"),
        seal(Feed::Health, 320614, "陈建国"),
    ];
    for other in others {
        assert_ne!(other.sealed[..12], batch.sealed[..12], "one nonce for two contents");
    }
}
