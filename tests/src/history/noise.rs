//! What real deliveries do to events: sent again, under the same or another id, with the same or another content,
//! retracted and stated anew.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::cast;
use super::records;
use super::world::{World, feed_of};
use crate::document;

/// Does one such thing to an event sent before.
pub fn disturb(world: &mut World) {
    let at = world.below(world.events.len());
    let event = world.events[at].clone();
    match world.below(16) {
        0..=3 => restated(world, &event),
        4 => sent_again(world, &event),
        5 | 6 => id_with_other_content(world, &event),
        7 => id_with_content_of_another(world, &event),
        8 | 9 => stated_otherwise(world, &event),
        10..=12 => retracted(world, &event),
        13 => retracted_at_its_time(world, &event),
        14 => world.events.push(event),
        _ => records::random(world),
    }
}

fn text(event: &Value, field: &str) -> String {
    event[field].as_str().expect("a context attribute of text").to_owned()
}

fn kind(event: &Value) -> String {
    text(event, "type").trim_end_matches(".v1").to_owned()
}

fn is_retraction(event: &Value) -> bool {
    event["data"].get("retracts").is_some()
}

/// The same fact under another id, its numbers and amounts perhaps in another notation.
fn restated(world: &mut World, event: &Value) {
    let data = written_anew(world, "", &event["data"]);
    world.send(&kind(event), data);
}

/// The same id and content at another time.
fn sent_again(world: &mut World, event: &Value) {
    let time = world.time();
    world.send_as(&text(event, "id"), &time, &kind(event), event["data"].clone());
}

/// One id with two contents. At one time they differ by `on` only, so that it is plain which is the greater.
fn id_with_other_content(world: &mut World, event: &Value) {
    let (id, time) = (text(event, "id"), if world.one_in(3) { text(event, "time") } else { world.time() });
    let data = if world.one_in(2) { with_other_day(world, event) } else { altered(world, event) };
    send_unless_unclear(world, &id, &time, &kind(event), data);
}

/// One id with two contents of different types.
fn id_with_content_of_another(world: &mut World, event: &Value) {
    let source = text(event, "source");
    let others = world.events.iter().enumerate().filter(|(_, other)| other["source"] == *source);
    let others: Vec<usize> = others.map(|(at, _)| at).collect();
    let (other, time) = (world.pick(&others), world.time());
    let other = world.events[other].clone();
    send_unless_unclear(world, &text(event, "id"), &time, &kind(&other), other["data"].clone());
}

fn send_unless_unclear(world: &mut World, id: &str, time: &str, kind: &str, data: Value) {
    let instant: Timestamp = time.parse().expect("a time of ours");
    let without_day = |data: &Value| {
        let mut data = data.clone();
        data.as_object_mut().expect("data is an object").remove("on");
        data
    };
    let is_clear = world.events.iter().all(|event| {
        let is_other_time = || text(event, "time").parse::<Timestamp>().expect("a time of ours") != instant;
        let is_other_id = event["id"] != *id || feed_of(&self::kind(event)) != feed_of(kind);
        let is_alike = || self::kind(event) == kind && without_day(&event["data"]) == without_day(&data);
        is_other_id || is_other_time() || is_alike()
    });
    if is_clear {
        world.send_as(id, time, kind, data);
    }
}

/// Another content under another id: a new version of the same grant, settlement, wage, …
fn stated_otherwise(world: &mut World, event: &Value) {
    let data = altered(world, event);
    world.send(&kind(event), data);
}

/// Retracted before, at or after the time of the event; sometimes the retraction names a retraction or nothing.
fn retracted(world: &mut World, event: &Value) {
    let kind = format!("{}.record.retracted", feed_of(&kind(event)));
    let id = if world.one_in(20) { "unheard-of".to_owned() } else { text(event, "id") };
    world.send(&kind, json!({"retracts": id, "reason": "wrong record"}));
    if world.one_in(3) && !is_retraction(event) {
        restated(world, event);
    }
}

/// Retracted at the very time of the event, while another statement of the fact has it too.
fn retracted_at_its_time(world: &mut World, event: &Value) {
    let (kind, time) = (kind(event), text(event, "time"));
    let id = world.unused_id(feed_of(&kind));
    world.send_as(&id, &time, &kind, event["data"].clone());
    let id = world.unused_id(feed_of(&kind));
    let data = json!({"retracts": text(event, "id"), "reason": "wrong record"});
    world.send_as(&id, &time, &format!("{}.record.retracted", feed_of(&kind)), data);
}

/// Equal content in another notation.
fn written_anew(world: &mut World, field: &str, value: &Value) -> Value {
    match value {
        Value::String(number) if field == "id_number" || field == "former_id_number" => {
            Value::from(cast::written_number(&mut world.dice, &document::normalise(number)))
        }
        Value::Number(amount) if !["grade", "level"].contains(&field) && world.one_in(2) => {
            let yuan = amount.as_f64().expect("an amount is a number");
            let is_whole = yuan.fract() == 0.0 && amount.is_f64();
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
            if is_whole { Value::from(yuan as i64) } else { Value::from(yuan) }
        }
        Value::Array(list) => list.iter().map(|item| written_anew(world, "", item)).collect(),
        Value::Object(fields) => {
            let anew = |(name, value): (&String, &Value)| (name.clone(), written_anew(world, name, value));
            Value::Object(fields.iter().map(anew).collect())
        }
        other => other.clone(),
    }
}

/// The same with another `on`, where it has one that can be changed alone.
fn with_other_day(world: &mut World, event: &Value) -> Value {
    let mut data = event["data"].clone();
    if data.get("on").is_some() && data.get("setl_id").is_none() {
        let mut on = world.day();
        if let Some(until) = data.get("until").and_then(Value::as_str) {
            on = on.min(until.parse::<Date>().expect("a date of ours"));
        }
        data["on"] = Value::from(on.to_string());
    }
    data
}

/// One thing in it is different.
fn altered(world: &mut World, event: &Value) -> Value {
    let mut data = event["data"].clone();
    match world.below(4) {
        0 if data.get("members").is_some() => {
            let members = world.some_people();
            data["members"] = world.list(members);
            data
        }
        1 if data.get("person").is_some() => {
            let number = document::normalise(data["person"]["id_number"].as_str().expect("a number of ours"));
            let who = world.cast.iter().position(|human| human.number == number).expect("one of the cast");
            data["person"] = world.person(who);
            data
        }
        2 | 3 if data.get("psn_part_amt").is_some() => {
            let own = world.pick(&[0, 4_999_99, 5_000_00, 15_000_00, 20_000_00]);
            let fund = world.pick(&[0, 1, 800_00]);
            data["psn_part_amt"] = world.yuan(own);
            data["fund_pay_sumamt"] = world.yuan(fund);
            data["maf_pay"] = world.yuan(0);
            data["medfee_sumamt"] = world.yuan(own + fund);
            data
        }
        2 | 3 if data.get("monthly_amount").is_some() => {
            data["monthly_amount"] = world.monthly();
            data
        }
        2 | 3 if data.get("month").is_some() => {
            data["amount"] = world.monthly();
            data
        }
        _ => with_other_day(world, event),
    }
}
