//! Documents at random: valid events of every type, and events with one thing changed.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use sanzao_model::{Day, Feed, Fen};
use serde_json::{Map, Value, json};

use crate::contract::table as tables;
use crate::contract::{Kind, number, plain};
use crate::{book, contract, sample};

/// Stands around the text of a number, which a `Value` would not keep as written.
const MARK: char = '§';

/// A number that is written just so.
fn raw(text: &str) -> Value {
    json!(format!("{MARK}{text}{MARK}"))
}

/// The text of a document, with its numbers as they were to be written.
pub fn written(document: &Value) -> String {
    document.to_string().replace(&format!("\"{MARK}"), "").replace(&format!("{MARK}\""), "")
}

fn day(years: std::ops::RangeInclusive<i16>) -> impl Strategy<Value = Day> {
    let first = Day::new(*years.start(), 1, 1).expect("a day");
    let last = Day::new(*years.end(), 12, 31).expect("a day");
    (first.0..=last.0).prop_map(Day)
}

/// Nobody is born after the events were recorded, which no schema can see.
fn id_number() -> impl Strategy<Value = String> {
    let digits = |day: Day, first: &str, last: &str| {
        let (year, month, day) = day.parts();
        format!("{first}{year:04}{month:02}{day:02}{last}")
    };
    let resident =
        (day(1..=2025), "[0-9]{6}", "[0-9]{3}", any::<bool>()).prop_map(move |(day, a, b, small)| {
            let text = number(&digits(day, &a, &b));
            if small { text.to_lowercase() } else { text }
        });
    let old = (day(1900..=1999), "[0-9]{6}", "[0-9]{3}").prop_map(move |(day, a, b)| {
        let text = digits(day, &a, &b);
        format!("{}{}", &text[..6], &text[8..])
    });
    prop_oneof![4 => resident, 1 => old, 1 => "[A-Za-z]{3}[0-9]{12}"]
}

fn name() -> BoxedStrategy<Value> {
    let odd = ["\u{feff}", "\u{200b}", "\u{3164}", "\u{a8}", " 赵 ", "e\u{301}", "𠀀"].map(str::to_owned);
    let long = "[\\u{4e00}-\\u{9fff}\\u{20000}-\\u{2a6df}]{200}";
    let name = prop_oneof![8 => "[\\u{4e00}-\\u{9fff}·•A-Za-z ]{1,6}[\\u{4e00}-\\u{9fff}]", 1 => long, 1 => select(odd.to_vec())];
    name.prop_map(Value::from).boxed()
}

fn text() -> BoxedStrategy<Value> {
    let text = prop_oneof!["[A-Z]{2}-[0-9]{4}", "\\PC{0,12}[\\u{4e00}-\\u{9fff}\\u{feff}\\u{200b}]\\s{0,2}"];
    text.prop_map(|text: String| json!(text.replace(MARK, "-"))).boxed()
}

/// Whole fen in every way of writing them. Amounts end where sums of two would be too large.
fn money() -> BoxedStrategy<Value> {
    let amount = prop_oneof![0_i64..1_000_000, 0_i64..400_000_000_000_000];
    (amount, 0..6)
        .prop_map(|(fen, form)| {
            let (yuan, rest) = (fen / 100, fen % 100);
            match form {
                0 => raw(&yuan.to_string()),
                1 => raw(&format!("{yuan}.{rest:02}0")),
                2 => raw(&format!("{fen}e-2")),
                3 => raw(&format!("{}E+2", yuan / 100)),
                4 => json!(fen as f64 / 100.0),
                _ => raw(&format!("{yuan}.{rest:02}")),
            }
        })
        .boxed()
}

fn whole(least: i64, most: i64) -> BoxedStrategy<Value> {
    let number = (least..=most, 0..4).prop_map(|(number, form)| match form {
        0 => raw(&format!("{number}.0")),
        1 => raw(&format!("{}e-1", number * 10)),
        _ => json!(number),
    });
    number.boxed()
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    let person = || object(&[("id_number", Kind::Number), ("name", Kind::Name)]);
    match kind {
        Kind::Person => person(),
        Kind::Members => proptest::collection::vec(person(), 1..4).prop_map(Value::from).boxed(),
        Kind::Number => id_number().prop_map(Value::from).boxed(),
        Kind::Name => name(),
        Kind::Text => text(),
        Kind::Date => day(1..=9999).prop_map(|day| json!(day.to_string())).boxed(),
        Kind::Month => day(1..=9999).prop_map(|day| json!(day.month().to_string())).boxed(),
        Kind::Division => "[0-9]{12}".prop_map(Value::from).boxed(),
        Kind::Money(_) => money(),
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer(least, most) => whole(least.into(), most.into()),
        Kind::Choice(names) => select(names).prop_map(Value::from).boxed(),
        Kind::Digits(names) => (select(names), any::<bool>())
            .prop_map(|(name, as_text)| if as_text { json!(name) } else { raw(name) })
            .boxed(),
        Kind::TextOrNumber => prop_oneof![text(), whole(0, 999)].boxed(),
        Kind::Object(fields) => object(fields),
    }
}

fn object(fields: &[(&'static str, Kind)]) -> BoxedStrategy<Value> {
    let field = |(key, kind): &(&'static str, Kind)| {
        let value = value(*kind).prop_map(Some);
        let value = if key.ends_with('?') { prop_oneof![value, Just(None)].boxed() } else { value.boxed() };
        (Just(plain(key)), value)
    };
    let fields: Vec<_> = fields.iter().map(field).collect();
    let kept = |fields: Vec<(&str, Option<Value>)>| {
        let kept = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Value::Object(kept.collect())
    };
    fields.prop_map(kept).boxed()
}

/// A valid event of any type.
pub fn event() -> impl Strategy<Value = (Feed, Value)> {
    let cases = tables::all();
    (0..cases.len()).prop_flat_map(move |at| {
        let (feed, (name, fields)) = cases[at];
        object(fields).prop_map(move |data| {
            let mut event = contract::event(sample::contract(feed), name, &data);
            settle(&mut event);
            (feed, event)
        })
    })
}

/// Makes the amounts of a settlement agree, where they are amounts: no schema can add.
pub fn settle(event: &mut Value) {
    let amount = |event: &Value, key: &str| {
        let value = event.pointer(&format!("/data/{key}"))?;
        let text = written(value);
        Fen::parse_yuan(&text).ok()
    };
    let [fee, fund, part, person] =
        ["medfee_sumamt", "fund_pay_sumamt", "maf_pay", "psn_part_amt"].map(|key| amount(event, key));
    if let (Some(_), Some(fund), Some(person)) = (fee, fund, person) {
        event["data"]["medfee_sumamt"] = raw(&Fen(fund.0 + person.0).yuan());
    }
    if let (Some(fund), Some(part)) = (fund, part) {
        event["data"]["maf_pay"] = raw(&part.min(fund).yuan());
    }
}

/// One change at a place that is chosen by number.
#[derive(Debug, Clone)]
pub enum Change {
    Drop,
    Rename(String),
    Put(Value),
    /// A field more in the object that is there or around it.
    Add(String, Value),
    /// One character of a text in the place of another.
    Spoil(Index, char),
    FullWidth,
    Repeat(usize),
    /// All of one white space.
    Blank(char),
    /// The text around white space.
    Pad(char),
    Longer,
}

const NUMBERS: [&str; 38] = [
    "0",
    "-0",
    "-0.0",
    "0e5",
    "1e2",
    "1E+2",
    "100.0",
    "0.01",
    "0.001",
    "0.005",
    "1.005",
    "12.340",
    "12.345",
    "-1",
    "-0.01",
    "9999999999999.99",
    "1e13",
    "10000000000000",
    "10000000000000.01",
    "1e15",
    "1e300",
    "999",
    "1000",
    "999.5",
    "4",
    "4.0",
    "40e-1",
    "5",
    "0.5",
    "310",
    "310.0",
    "390",
    "3",
    "2",
    "9",
    "10",
    "1e-2",
    "18446744073709551616",
];

/// Texts at the borders of some kind. No time before people are born: no schema can compare the two.
const TEXTS: [&str; 70] = [
    "",
    " ",
    "\u{3000}",
    "\u{85}",
    "\u{feff}",
    "\u{2028}",
    "\u{1680}",
    "\u{180e}",
    "\u{200b}",
    "\u{1c}",
    "\u{b}",
    "2024-02-29",
    "2023-02-29",
    "1900-02-29",
    "2000-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2026-04-31",
    "2026-1-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01\n",
    "2026-00-10",
    "2026-12",
    "2026-13",
    "2026-12\n",
    "0000-01",
    "320614102001",
    "320614102001\n",
    "32061410200",
    "３20614102001",
    "310",
    "390",
    "0310",
    "0",
    "9",
    "3",
    "1.0",
    "dibao",
    "tekun",
    "home-care",
    "death",
    "DEATH",
    "11010519491231002X",
    "11010519491231002x",
    "11010519491231002X ",
    "110105194912310021",
    "110105194913310029",
    "110105190002290023",
    "110105491231002",
    "110105490229002",
    "usa110081010203",
    "USA11008101020",
    "us1110081010203",
    "application/json",
    "text/xml",
    "Application/vnd.x+JSON; charset=UTF-8",
    "/json",
    "a/b/json",
    "a/ json",
    " a/json\u{85};x",
    "a/x+json\n",
    "a/json x",
    "json",
    "2026-06-30t23:59:60Z",
    "2026-03-02T00:00:00.123456789012z",
    "2026-03-02T00:00:00+0800",
    "2026-03-02 00:00:00Z",
    "2026-03-02T24:00:00Z",
    "2026-02-29T00:00:00Z",
];

const SPACES: [char; 9] =
    [' ', '\t', '\u{b}', '\u{85}', '\u{a0}', '\u{2028}', '\u{3000}', '\u{feff}', '\u{200b}'];

fn put() -> impl Strategy<Value = Value> {
    let types: Vec<String> = Feed::ALL
        .iter()
        .flat_map(|feed| book::event_types(*feed).into_iter().map(move |name| format!("{feed}.{name}.v1")))
        .chain(["police.custody.ended.v2".to_owned(), "custody.ended.v1".to_owned()])
        .collect();
    let sources: Vec<String> = Feed::ALL.iter().map(|feed| format!("/320614/{feed}")).collect();
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(Value::from),
        6 => select(&NUMBERS[..]).prop_map(raw),
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => select(vec![json!([]), json!({}), json!([[]]), json!({"x": 1}), json!(["320614102001"])]),
        1 => (any::<i64>(), 0_u32..5).prop_map(|(n, places)| raw(&format!("{n}e-{places}"))),
        1 => id_number().prop_map(Value::from),
        1 => name(),
        1 => select(types).prop_map(Value::from),
        1 => select(sources).prop_map(Value::from),
    ]
}

pub fn change() -> impl Strategy<Value = Change> {
    let mut keys = tables::field_names();
    keys.extend(["remark", "data_base64", "datacontenttype", "subject", "On", "id_number", "name", "data"]);
    let key = select(keys).prop_map(str::to_owned);
    let spoilt = prop_oneof![proptest::char::range(' ', '~'), proptest::char::range('0', '9'), Just('张')];
    prop_oneof![
        2 => Just(Change::Drop),
        1 => key.clone().prop_map(Change::Rename),
        8 => put().prop_map(Change::Put),
        2 => (key, put()).prop_map(|(key, value)| Change::Add(key, value)),
        3 => (any::<Index>(), spoilt).prop_map(|(at, by)| Change::Spoil(at, by)),
        1 => Just(Change::FullWidth),
        1 => select(vec![0, 2, 999, 1_000, 1_001]).prop_map(Change::Repeat),
        1 => select(&SPACES[..]).prop_map(Change::Blank),
        1 => select(&SPACES[..]).prop_map(Change::Pad),
        1 => Just(Change::Longer),
    ]
}

/// The places of a document, as JSON pointers.
pub fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, below)| places(below, &format!("{at}/{key}"), found))
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, below)| places(below, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

fn around<'v>(document: &'v mut Value, place: &str) -> Option<(&'v mut Map<String, Value>, String)> {
    let (above, key) = place.rsplit_once('/')?;
    let Some(Value::Object(fields)) = document.pointer_mut(above) else { return None };
    Some((fields, key.to_owned()))
}

fn spoil(text: &mut String, at: &Index, by: char) {
    let mut chars: Vec<char> = text.chars().collect();
    if !chars.is_empty() && !text.starts_with(MARK) {
        let at = at.index(chars.len());
        chars[at] = by;
        *text = chars.into_iter().collect();
    }
}

/// Applies a change at a place. What does not fit there changes nothing.
pub fn apply(document: &mut Value, place: &str, change: &Change) {
    // Another bureau is not served, and at another time somebody is not born: no schema sees either.
    let is_fixed = ["/source", "/time"].contains(&place);
    match change {
        Change::Drop => {
            if let Some((fields, key)) = around(document, place) {
                fields.remove(&key);
            }
        }
        Change::Rename(new) => {
            if let Some((fields, key)) = around(document, place) {
                let value = fields.remove(&key).expect("the place is there");
                fields.insert(new.clone(), value);
            }
        }
        Change::Add(key, new) => {
            if let Some(Value::Object(fields)) = document.pointer_mut(place) {
                fields.insert(key.clone(), new.clone());
            } else if let Some((fields, _)) = around(document, place) {
                fields.insert(key.clone(), new.clone());
            }
        }
        Change::Put(new) => *document.pointer_mut(place).expect("the place is there") = new.clone(),
        Change::Spoil(..) if is_fixed => {}
        _ => reshape(document.pointer_mut(place).expect("the place is there"), change),
    }
}

fn reshape(value: &mut Value, change: &Change) {
    match (value, change) {
        (Value::Array(items), Change::Repeat(times)) => {
            *items = items.first().map(|item| vec![item.clone(); *times]).unwrap_or_default();
        }
        (Value::String(text), _) if text.starts_with(MARK) => {}
        (Value::String(text), Change::Spoil(at, by)) => spoil(text, at, *by),
        (Value::String(text), Change::FullWidth) => {
            let wide = |c: char| {
                if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).expect("a digit") } else { c }
            };
            *text = text.chars().map(wide).collect();
        }
        (Value::String(text), Change::Blank(space)) => *text = space.to_string(),
        (Value::String(text), Change::Pad(space)) => *text = format!("{space}{text}{space}"),
        (Value::String(text), Change::Longer) => *text = text.repeat(201).chars().take(257).collect(),
        _ => {}
    }
}
