//! Holds a department's contract against a table of its event types and fields, written down from domain §2:
//! every form that is right is accepted, and every way of being wrong is refused with its code and pointer.

#![allow(dead_code, reason = "each department uses a part of it")]

pub mod table;

use std::collections::BTreeSet;

use sanzao_intake::{Accepted, Contract, Desk, Incoming, PseudonymKey, Pseudonyms, SealKey};
use sanzao_model::{Bureau, Content, Fact, IdNumber, Mention, Named, Rejection};
use serde_json::{Map, Value, json};

/// When every event of these tests was recorded: 10:00 on 1 March 2026 in China.
pub const TIME: &str = "2026-03-01T10:00:00+08:00";

/// What a field takes. A key with `?` at its end is optional.
#[derive(Clone, Copy)]
pub enum Kind {
    Person,
    Members,
    Number,
    Name,
    Text,
    Date,
    Month,
    Division,
    Money(f64),
    Flag,
    Integer(u8, u8),
    Choice(&'static [&'static str]),
    /// One of some texts of digits, also written as numbers.
    Digits(&'static [&'static str]),
    /// Any text, or a number from 0 to 999.
    TextOrNumber,
    Object(&'static [(&'static str, Kind)]),
}

/// An event type and its fields.
pub type Case = (&'static str, &'static [(&'static str, Kind)]);

fn key() -> PseudonymKey {
    PseudonymKey::new([1; 32])
}

pub fn pseudonyms() -> Pseudonyms {
    Pseudonyms::new(&key())
}

pub fn desk(contract: Contract) -> Desk {
    Desk::new(contract, &key(), &SealKey::new([2; 32]), [Bureau(320614)])
}

pub fn event(contract: Contract, name: &str, data: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": "e-1", "source": format!("/320614/{}", contract.feed),
        "type": format!("{}.{name}.v1", contract.feed), "time": TIME, "data": data,
    })
}

/// Sends an event in structured mode and in binary mode; both must say the same.
pub fn read(contract: Contract, name: &str, data: &Value) -> Result<Accepted, Box<Rejection>> {
    let desk = desk(contract);
    let whole = event(contract, name, data);
    let value = whole.to_string().into_bytes();
    let structured = desk.read(&Incoming { headers: &[], value: &value, partition: 0, offset: 5 });
    let attribute = |key: &str| whole[key].as_str().expect("a text").as_bytes().to_vec();
    let mut headers: Vec<_> = ["specversion", "id", "source", "type", "time"]
        .map(|key| (format!("ce_{key}"), attribute(key)))
        .into();
    headers.push(("content-type".into(), b"application/json; charset=utf-8".to_vec()));
    let value = data.to_string().into_bytes();
    let binary = desk.read(&Incoming { headers: &headers, value: &value, partition: 0, offset: 5 });
    match (&structured, &binary) {
        (Ok(one), Ok(other)) => assert_eq!(one, other, "{name}"),
        (Err(one), Err(other)) => {
            let told = |r: &Rejection| (r.event, r.code.clone(), r.pointer.clone(), r.expected.clone());
            assert_eq!(told(one), told(other), "{name}");
            assert!(one.event.is_some(), "{name}: the rejection names no event");
        }
        _ => panic!("{name}: structured {structured:?}, binary {binary:?}"),
    }
    structured
}

/// The fact of an event that must be accepted.
pub fn fact(contract: Contract, name: &str, data: Value) -> Fact {
    match read(contract, name, &data) {
        Ok(Accepted { statement, .. }) => match statement.content {
            Content::Fact(fact) => fact,
            other => panic!("{name}: no fact: {other:?}"),
        },
        Err(rejection) => panic!("{name}: {data} refused: {}", reason(&rejection)),
    }
}

/// Code and pointer of an event that must be refused.
pub fn refusal(contract: Contract, name: &str, data: Value) -> (String, String) {
    match read(contract, name, &data) {
        Ok(_) => panic!("{name}: {data} accepted"),
        Err(rejection) => (rejection.code, rejection.pointer),
    }
}

fn reason(rejection: &Rejection) -> String {
    format!("{} at {}: expected {}", rejection.code, rejection.pointer, rejection.expected)
}

/// A valid number of 18 characters from its first 17.
pub fn number(digits: &str) -> String {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", "10X98765432".chars().nth(sum as usize % 11).expect("below 11"))
}

/// Somebody whose number ends so.
pub fn person(suffix: &str) -> Value {
    json!({"id_number": number(&format!("32068419800101{suffix}")), "name": format!("赵{suffix}")})
}

/// What a fact keeps of somebody.
pub fn named(person: &Value) -> Named {
    let name = pseudonyms().name(person["name"].as_str().expect("a name")).expect("not blank");
    Named { who: mention(&person["id_number"]), name }
}

pub fn mention(number: &Value) -> Mention {
    pseudonyms().mention(&IdNumber::parse(number.as_str().expect("a number")).expect("valid"))
}

fn valid(kind: Kind) -> Value {
    match kind {
        Kind::Person => person("001"),
        Kind::Members => json!([person("001"), person("002")]),
        Kind::Number => json!(number("32068419790101001")),
        Kind::Name => json!("王五"),
        Kind::Text => json!("A-1 文"),
        Kind::Date => json!("2026-02-28"),
        Kind::Month => json!("2026-02"),
        Kind::Division => json!("320614102001"),
        Kind::Money(amount) => json!(amount),
        Kind::Flag => json!(true),
        Kind::Integer(least, _) => json!(least),
        Kind::Choice(names) | Kind::Digits(names) => json!(names[0]),
        Kind::TextOrNumber => json!("III"),
        Kind::Object(fields) => full(fields),
    }
}

/// Other values that are right.
fn also_valid(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Person => vec![json!({"name": " 赵 ", "id_number": "320684800101001"})],
        Kind::Members => vec![json!([person("001"), person("001")]), json!([person("003")])],
        Kind::Number => vec![json!("usa110081010203")],
        Kind::Money(_) => vec![],
        Kind::Flag => vec![json!(false)],
        Kind::Integer(least, most) => {
            (least..=most).map(|n| json!(n)).chain([json!(f64::from(most))]).collect()
        }
        Kind::Choice(names) => names.iter().map(|name| json!(name)).collect(),
        Kind::Digits(names) => {
            names.iter().flat_map(|n| [json!(n), json!(n.parse::<u16>().expect("digits"))]).collect()
        }
        Kind::TextOrNumber => vec![json!(0), json!(999), json!("3")],
        Kind::Object(fields) => vec![minimal(fields)],
        _ => vec![],
    }
}

type Wrong = (Value, &'static str, String);

fn wrong_texts(code: &'static str, texts: &[&str]) -> Vec<Wrong> {
    let not_text = [json!(7), json!(true), json!(["x"]), json!({"x": 1})];
    let types = not_text.into_iter().map(|value| (value, "field.type", String::new()));
    types.chain(texts.iter().map(|text| (json!(text), code, String::new()))).collect()
}

fn wrong_numbers() -> Vec<Wrong> {
    let mut wrong = wrong_texts("id_number.length", &["", "123", "3206841980010100111"]);
    let wide: String = number("32068419800101001").replace('0', "０");
    for (text, code) in [
        (wide.as_str(), "id_number.characters"),
        ("32068419800101001A", "id_number.characters"),
        ("320684198013010019", "id_number.date"),
        ("320684800230001", "id_number.date"),
        (&number("32068420260302001"), "id_number.birth-after-event"),
    ] {
        wrong.push((json!(text), code, String::new()));
    }
    let mut check = number("32068419800101001");
    let last = check.pop().expect("18 characters");
    check.push(if last == '1' { '2' } else { '1' });
    wrong.push((json!(check), "id_number.check", String::new()));
    wrong
}

fn below(wrong: Vec<Wrong>, place: &str, put: impl Fn(Value) -> Value) -> Vec<Wrong> {
    wrong.into_iter().map(|(value, code, at)| (put(value), code, format!("{place}{at}"))).collect()
}

fn wrong(kind: Kind) -> Vec<Wrong> {
    let mut list = match kind {
        Kind::Person => wrong_object(&[("id_number", Kind::Number), ("name", Kind::Name)]),
        Kind::Members => {
            let mut list = below(wrong(Kind::Person), "/1", |value| json!([person("001"), value]));
            list.push((json!([]), "list.empty", String::new()));
            list.push((person("001"), "field.type", String::new()));
            list
        }
        Kind::Number => wrong_numbers(),
        Kind::Name | Kind::Text => wrong_texts("field.value", &["", " \u{3000}\n"]),
        Kind::Date => wrong_texts(
            "date.form",
            &["", "2026-02-29", "2026-2-28", "20260228", "2026/02/28", "2026-02-28T00:00:00Z", " 2026-02-28"],
        ),
        Kind::Month => {
            wrong_texts("month.form", &["", "2026-13", "2026-1", "202601", "2026-01-01", "2026/01"])
        }
        Kind::Division => wrong_texts("division.form", &["", "320614", "3206141020011", "３20614102001"]),
        Kind::Choice(_) => wrong_texts("field.value", &["", "nonsense", "DEATH"]),
        Kind::Flag => wrong_flags(),
        Kind::Money(_) => wrong_money(),
        Kind::Integer(least, most) => wrong_integers(least, most),
        Kind::Digits(_) | Kind::TextOrNumber => wrong_codes(matches!(kind, Kind::Digits(_))),
        Kind::Object(fields) => wrong_object(fields),
    };
    list.push((Value::Null, "field.type", String::new()));
    list
}

fn of(code: &'static str, values: &[Value]) -> Vec<Wrong> {
    values.iter().map(|value| (value.clone(), code, String::new())).collect()
}

fn wrong_flags() -> Vec<Wrong> {
    of("field.type", &[json!(1), json!("true"), json!([]), json!({})])
}

fn wrong_money() -> Vec<Wrong> {
    let mut list = of("field.type", &[json!("12.00"), json!(true), json!([1]), json!({})]);
    list.extend(of("money.negative", &[json!(-1), json!(-0.01)]));
    list.extend(of("money.part-of-fen", &[json!(1.005), json!(0.001)]));
    list.extend(of("money.too-large", &[json!(1e15), json!(100_000_000_000_000_i64)]));
    list
}

fn wrong_integers(least: u8, most: u8) -> Vec<Wrong> {
    let mut list = of("field.type", &[json!(least.to_string()), json!(false), json!([least]), json!({})]);
    list.extend(of(
        "field.value",
        &[json!(f64::from(least) + 0.5), json!(most + 1), json!(i32::from(least) - 1)],
    ));
    list.extend(of("field.value", &[json!(u64::MAX), json!(256 + u32::from(least)), json!(1e300)]));
    list
}

fn wrong_codes(few: bool) -> Vec<Wrong> {
    let mut list = of("field.type", &[json!(true), json!(["1"]), json!({"x": 1})]);
    list.extend(of("field.value", &[json!(""), json!(" "), json!(1000), json!(-1), json!(1.5)]));
    if few {
        list.extend(of("field.value", &[json!("3"), json!("01"), json!("male"), json!(3)]));
    }
    list
}

fn wrong_object(fields: &[(&'static str, Kind)]) -> Vec<Wrong> {
    let mut list = of("field.type", &[json!("x"), json!(1), json!(true), json!([full(fields)])]);
    list.extend(variations(fields).into_iter().filter_map(|(value, answer)| {
        let (code, pointer) = answer?;
        Some((value, code, pointer))
    }));
    list
}

pub fn plain(key: &'static str) -> &'static str {
    key.trim_end_matches('?')
}

/// All fields.
pub fn full(fields: &[(&'static str, Kind)]) -> Value {
    Value::Object(fields.iter().map(|(key, kind)| (plain(key).to_owned(), valid(*kind))).collect())
}

/// Only what is required.
pub fn minimal(fields: &[(&'static str, Kind)]) -> Value {
    let required = fields.iter().filter(|(key, _)| !key.ends_with('?'));
    Value::Object(required.map(|(key, kind)| (plain(key).to_owned(), valid(*kind))).collect())
}

/// Every variation of an object, with none or the code and the pointer below the object.
pub fn variations(fields: &[(&'static str, Kind)]) -> Vec<(Value, Option<(&'static str, String)>)> {
    let Value::Object(full) = full(fields) else { unreachable!("made as an object") };
    let with = |key: &str, value: Value| -> Value {
        let mut object: Map<_, _> = full.clone();
        object.insert(key.to_owned(), value);
        Value::Object(object)
    };
    let mut list = vec![(Value::Object(full.clone()), None), (minimal(fields), None)];
    list.push((with("remark", json!("x")), Some(("field.unknown", String::new()))));
    for (key, kind) in fields {
        let name = plain(key);
        list.push((with(&name.to_uppercase(), json!("x")), Some(("field.unknown", String::new()))));
        let mut without = full.clone();
        without.remove(name);
        let missing = (!key.ends_with('?')).then(|| ("field.missing", format!("/{name}")));
        list.push((Value::Object(without), missing));
        list.extend(also_valid(*kind).into_iter().map(|value| (with(name, value), None)));
        for (value, code, at) in wrong(*kind) {
            list.push((with(name, value), Some((code, format!("/{name}{at}")))));
        }
    }
    list
}

/// Runs the whole table, which must be that of all event types; the retraction has a check of its own.
pub fn check(contract: Contract) {
    let cases: Vec<Case> = table::cases(contract.feed).to_vec();
    let cases: Vec<Case> = cases.into_iter().filter(|(name, _)| *name != "record.retracted").collect();
    let told: BTreeSet<_> = contract.events.iter().map(|event| event.name).collect();
    let expected: BTreeSet<_> = cases.iter().map(|(name, _)| *name).collect();
    assert_eq!(told, expected, "the event types of {}", contract.feed);
    assert_eq!(told.len(), contract.events.len(), "an event type stands twice");
    let mut count = 0;
    for (name, fields) in &cases {
        for (data, answer) in variations(fields) {
            let found = match read(contract, name, &data) {
                Ok(accepted) => {
                    assert_eq!(accepted.bureau, Bureau(320614));
                    assert_eq!(accepted.statement.offset, 5);
                    None
                }
                Err(rejection) => Some((rejection.code, rejection.pointer)),
            };
            let answer = answer.map(|(code, at)| (code.to_owned(), format!("/data{at}")));
            assert_eq!(found, answer, "{name}: {data}");
            count += 1;
        }
    }
    assert!(count > 10 * cases.len(), "only {count} variations");
}

/// `record.retracted` belongs to every feed.
pub fn check_retraction(contract: Contract) {
    let name = "record.retracted";
    for (data, answer) in variations(&[("retracts", Kind::Text), ("reason", Kind::Text)]) {
        let found = read(contract, name, &data);
        let told = found.as_ref().err().map(|r| (r.code.clone(), r.pointer.clone()));
        let answer = answer.map(|(code, at)| (code.to_owned(), format!("/data{at}")));
        assert_eq!(told, answer, "{data}");
        if let Ok(accepted) = found {
            let Content::Retraction { retracts, .. } = accepted.statement.content else {
                panic!("no retraction")
            };
            let source = format!("/320614/{}", contract.feed);
            assert_eq!(retracts, pseudonyms().event(&source, data["retracts"].as_str().expect("a text")));
        }
    }
}
