//! Events, the statements they make, and the facts that hold (domain §3, *Facts*).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::names;
use crate::document;

/// Fields of `data` that are money.
const MONEY: [&str; 8] = [
    "amount",
    "annual_income",
    "fund_pay_sumamt",
    "maf_pay",
    "medfee_sumamt",
    "monthly_amount",
    "psn_part_amt",
    "wage_base",
];

/// What an event says, with the time and id of its latest statement that no retraction voids.
#[derive(Debug)]
pub struct Fact {
    /// `<feed>.<event>`, without the version.
    pub kind: String,
    /// The day from which it counts.
    pub on: Date,
    time: Timestamp,
    event_id: String,
    data: Value,
    /// "An event is one fact for each person it names": the numbers of `person`, `related` and `members`, and their
    /// names in the form in which they are compared.
    pub named: Vec<(String, String)>,
}

/// One event, reduced to what its identity rests on.
struct Statement {
    source: String,
    id: String,
    time: Timestamp,
    kind: String,
    data: Value,
    content: String,
}

/// A retraction, with the content of the event that it names.
struct Retraction<'a> {
    source: &'a str,
    names: &'a str,
    content: Option<&'a str>,
    time: Timestamp,
}

impl Fact {
    /// "*Newest* means by `on`, then by `time` as an instant, then by event id": the greatest of these.
    pub fn newness(&self) -> (Date, Timestamp, &str) {
        (self.on, self.time, &self.event_id)
    }

    /// The department that says it.
    pub fn feed(&self) -> &str {
        self.kind.split('.').next().expect("a split has a first part")
    }

    /// Whether police say it.
    pub fn is_of_police(&self) -> bool {
        self.feed() == "police"
    }

    /// A field of text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.data.get(field)?.as_str()
    }

    /// A field of money, in fen.
    pub fn fen(&self, field: &str) -> i64 {
        self.data[field].as_i64().expect("an amount that this kind of fact always has")
    }

    /// A field that is a whole number.
    pub fn number(&self, field: &str) -> i64 {
        self.data[field].as_i64().expect("a whole number that this kind of fact always has")
    }

    /// A field that is true or false.
    pub fn flag(&self, field: &str) -> bool {
        self.data[field].as_bool().expect("a flag that this kind of fact always has")
    }

    /// A field that is a date.
    pub fn date(&self, field: &str) -> Option<Date> {
        Some(self.text(field)?.parse().expect("a date of a valid event"))
    }

    /// The number of its `person`.
    pub fn person(&self) -> Option<&str> {
        self.data.get("person")?.get("id_number")?.as_str()
    }

    /// The number of its `related`.
    pub fn related(&self) -> Option<&str> {
        self.data.get("related")?.get("id_number")?.as_str()
    }

    /// The number of its `child`, where it has one.
    pub fn child(&self) -> Option<&str> {
        self.data.get("child")?.get("id_number")?.as_str()
    }

    /// The numbers in its `members` list, if it has one.
    pub fn members(&self) -> Option<Vec<&str>> {
        let list = self.data.get("members")?.as_array()?;
        Some(list.iter().filter_map(|member| member["id_number"].as_str()).collect())
    }
}

/// The facts that a set of events states: a function of the set, never of its order.
pub fn facts(events: &[Value]) -> Vec<Fact> {
    let statements = one_content_for_each_id(events.iter().map(statement).collect());
    let retractions: Vec<Retraction> = statements
        .iter()
        .filter(|stated| is_retraction(stated))
        .map(|stated| retraction(stated, &statements))
        .collect();
    let mut facts: BTreeMap<&str, Fact> = BTreeMap::new();
    for stated in &statements {
        // "Retractions cannot be retracted or held": they are no facts themselves.
        if is_retraction(stated) || retractions.iter().any(|retraction| retraction.voids(stated)) {
            continue;
        }
        // "It has the `time` and id of its latest statement that no retraction voids."
        let fact = fact(stated);
        let latest = facts.get(&*stated.content);
        if latest.is_none_or(|latest| (latest.time, &latest.event_id) < (fact.time, &fact.event_id)) {
            facts.insert(&stated.content, fact);
        }
    }
    facts.into_values().collect()
}

/// "One event id with two contents: the later `time` holds, then the greater content." An id is unique per source.
fn one_content_for_each_id(statements: Vec<Statement>) -> Vec<Statement> {
    let mut held: BTreeMap<(String, String), Statement> = BTreeMap::new();
    for stated in statements {
        let key = (stated.source.clone(), stated.id.clone());
        let present = held.get(&key);
        if present.is_none_or(|present| (present.time, &present.content) < (stated.time, &stated.content)) {
            held.insert(key, stated);
        }
    }
    held.into_values().collect()
}

fn is_retraction(stated: &Statement) -> bool {
    stated.kind.ends_with(".record.retracted")
}

fn retraction<'a>(stated: &'a Statement, all: &'a [Statement]) -> Retraction<'a> {
    let names = stated.data["retracts"].as_str().expect("a retraction names an event");
    let named = all.iter().find(|other| other.source == stated.source && other.id == names);
    Retraction {
        source: &stated.source,
        names,
        content: named.map(|named| &*named.content),
        time: stated.time,
    }
}

impl Retraction<'_> {
    /// "A retraction … voids the event it names, whatever that event's `time`, and every other statement of the
    /// same fact with a `time` up to its own; stated again later, the fact holds again." It names an event of its
    /// source.
    fn voids(&self, stated: &Statement) -> bool {
        let names_it = stated.source == self.source && stated.id == self.names;
        let is_same_fact = self.content == Some(&stated.content);
        names_it || is_same_fact && stated.time <= self.time
    }
}

fn statement(event: &Value) -> Statement {
    let text = |field: &str| event[field].as_str().expect("a context attribute of a valid event").to_owned();
    let kind = text("type").strip_suffix(".v1").expect("a type of version 1").to_owned();
    let data = normalised("", &event["data"]);
    let content = format!("{} {kind} {}", text("source"), canonical(&data));
    let time = text("time").parse().expect("an instant in RFC 3339");
    Statement { source: text("source"), id: text("id"), time, kind, data, content }
}

fn fact(stated: &Statement) -> Fact {
    let field = |name: &str| stated.data.get(name).and_then(Value::as_str);
    // "`wage.reported` {month, amount}: its `on` is the month's first day."
    let on = match field("month") {
        Some(month) => format!("{month}-01"),
        None => field("on").expect("a fact has an effective date").to_owned(),
    };
    Fact {
        kind: stated.kind.clone(),
        on: on.parse().expect("a date of a valid event"),
        time: stated.time,
        event_id: stated.id.clone(),
        named: named(&stated.data),
        data: stated.data.clone(),
    }
}

fn named(data: &Value) -> Vec<(String, String)> {
    let one = ["person", "related"].into_iter().filter_map(|role| data.get(role));
    let many = data.get("members").and_then(Value::as_array).into_iter().flatten();
    one.chain(many)
        .map(|named| (named["id_number"].as_str(), named["name"].as_str()))
        .map(|(number, name)| (number.expect("a person has a number"), name.expect("a person has a name")))
        .map(|(number, name)| (number.to_owned(), names::comparable(name)))
        .collect()
}

/// "`data`, with ID numbers normalised, names as written, money as fen"; "somebody listed twice is once on the
/// list", whose order says nothing.
fn normalised(field: &str, value: &Value) -> Value {
    match value {
        Value::String(number) if field == "id_number" || field == "former_id_number" => {
            Value::from(document::normalise(number))
        }
        Value::Number(amount) if MONEY.contains(&field) => Value::from(fen(&amount.to_string())),
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(|item| normalised("", item)).collect();
            list.sort_by_key(canonical);
            list.dedup();
            Value::Array(list)
        }
        Value::Object(fields) => {
            let normal = |(name, value): (&String, &Value)| (name.clone(), normalised(name, value));
            Value::Object(fields.iter().map(normal).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// "A JSON number of yuan … parsed from its text into integer fen."
fn fen(yuan: &str) -> i64 {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    let part = format!("{part:0<2}");
    assert!(part[2..].bytes().all(|byte| byte == b'0'), "an amount must be whole fen: {yuan}");
    let digits = format!("{whole}{}", &part[..2]);
    digits.parse().expect("an amount is a decimal number")
}

/// One text for equal content, whatever the order of the fields.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(name, value)| format!("{name:?}:{}", canonical(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
