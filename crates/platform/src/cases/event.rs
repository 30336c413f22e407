//! The CloudEvent that a line of a case stands for.

use std::collections::BTreeMap;

use sanzao_model::Day;
use serde_json::{Map, Value, json};
use toml::Table;

use super::listed;

/// A line of a case, and what it is read with.
pub(super) struct Told<'a> {
    pub(super) label: &'a str,
    pub(super) event: &'a Table,
    pub(super) defaults: &'a Table,
    pub(super) people: &'a BTreeMap<String, Value>,
    pub(super) as_of: Day,
}

/// The event; or what is wrong with the line. Whether a department may say so is for intake to judge.
pub(super) fn event_of(told: &Told<'_>) -> Result<Value, String> {
    let kind = told.event.get("type").and_then(toml::Value::as_str);
    let kind = kind.ok_or("it has no `type`, as \"police.person.registered\"")?;
    let Some(default) = told.defaults.get(kind).and_then(toml::Value::as_table) else {
        return Err(unknown_type(kind, told.defaults));
    };
    let mut data: Map<String, Value> =
        default.iter().map(|(field, value)| (field.clone(), json_of(value))).collect();
    let (mut time, mut id) = (None, told.label.to_owned());
    for (field, value) in told.event {
        match field.as_str() {
            "type" => {}
            "time" => time = json_of(value).as_str().map(str::to_owned),
            "id" => id = value.as_str().ok_or("`id` is a text")?.to_owned(),
            _ => drop(data.insert(field.clone(), json_of(value))),
        }
    }
    name_people(&mut data, told.people)?;
    sum_up(kind, &mut data);
    let on = data.get("on").and_then(Value::as_str).map(str::to_owned);
    let month = data.get("month").and_then(Value::as_str).map(|month| format!("{month}-28"));
    let day = on.or(month).unwrap_or_else(|| told.as_of.to_string());
    let feed = kind.split('.').next().unwrap_or_default();
    Ok(json!({
        "specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": time.unwrap_or_else(|| format!("{day}T08:00:00+08:00")), "data": data,
    }))
}

fn unknown_type(kind: &str, defaults: &Table) -> String {
    let feed = kind.split('.').next().unwrap_or_default();
    let same: Vec<&String> = defaults.keys().filter(|known| known.split('.').next() == Some(feed)).collect();
    let known = if same.is_empty() { listed(defaults.keys()) } else { listed(same.into_iter()) };
    format!("there is no event type `{kind}` in defaults.toml (it goes without `.v1`); it knows {known}")
}

/// The total of a settlement, which its parts give.
fn sum_up(kind: &str, data: &mut Map<String, Value>) {
    let part = |field: &str| data.get(field).and_then(Value::as_f64);
    let (Some(fund), Some(own)) = (part("fund_pay_sumamt"), part("psn_part_amt")) else { return };
    if kind == "medical-insurance.settlement.settled" && !data.contains_key("medfee_sumamt") {
        data.insert("medfee_sumamt".into(), json!(((fund + own) * 100.0).round() / 100.0));
    }
}

/// Replaces labels by the people they stand for.
fn name_people(data: &mut Map<String, Value>, people: &BTreeMap<String, Value>) -> Result<(), String> {
    let known = |label: &str| {
        let missing = || format!("there is no person `{label}`; [people] has {}", listed(people.keys()));
        people.get(label).cloned().ok_or_else(missing)
    };
    let of = |label: &Value| match label {
        Value::String(label) => known(label),
        // A person by another name.
        Value::Object(fields) if fields.contains_key("of") => {
            let mut person = known(fields["of"].as_str().unwrap_or_default())?;
            person["name"] = fields.get("name").cloned().ok_or("`{ of = …, name = … }` needs a name")?;
            Ok(person)
        }
        other => Ok(other.clone()),
    };
    for field in ["person", "related", "child"] {
        if let Some(value) = data.get_mut(field) {
            *value = of(value)?;
        }
    }
    for member in data.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
        *member = of(member)?;
    }
    if let Some(former) = data.get_mut("former_id_number") {
        let person = of(former)?;
        *former = person.get("id_number").cloned().unwrap_or(person);
    }
    Ok(())
}

/// Dates may stand without quotes: an event has them as texts.
fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(date) => json!(date.to_string()),
        toml::Value::Array(items) => items.iter().map(json_of).collect(),
        toml::Value::Table(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), json_of(value))).collect())
        }
    }
}
