//! What domain §2 says of an event, written independently of the generator.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

const PROGRAMS: [&str; 14] = [
    "dibao",
    "tekun",
    "dibao-edge",
    "rigid-spending",
    "temporary-aid",
    "orphan",
    "unattended-child",
    "child-in-difficulty",
    "disability-living",
    "disability-nursing",
    "old-age-allowance",
    "home-care",
    "care-visit",
    "funeral",
];

type Data = Map<String, Value>;

/// Why an event is refused.
pub type Refusal = String;

/// Accepts or refuses one line of a feed.
pub fn check(feed: &str, line: &str) -> Result<Value, Refusal> {
    let event: Value = serde_json::from_str(line).map_err(|_| "not JSON".to_owned())?;
    let text = |key: &str| event[key].as_str().ok_or(format!("no {key}"));
    if text("specversion")? != "1.0" || text("id")?.is_empty() {
        return Err("envelope".into());
    }
    if text("datacontenttype")? != "application/json" || text("source")? != format!("/320614/{feed}") {
        return Err("content type or source".into());
    }
    let day = china_day(text("time")?).ok_or("time")?;
    let kind = text("type")?
        .strip_prefix(&format!("{feed}."))
        .and_then(|rest| rest.strip_suffix(".v1"))
        .ok_or("type")?
        .to_owned();
    let data = event["data"].as_object().ok_or("data")?;
    let (required, optional) = fields(feed, &kind).ok_or("unknown type")?;
    for key in data.keys() {
        if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
            return Err(format!("unknown field {key}"));
        }
    }
    if let Some(missing) = required.iter().find(|key| !data.contains_key(**key)) {
        return Err(format!("missing field {missing}"));
    }
    for (key, value) in data {
        field(&kind, key, value, &day, line)?;
    }
    sums(&kind, data)?;
    grant(&kind, data)?;
    Ok(event)
}

/// The fields of each type: required, optional.
fn fields(feed: &str, kind: &str) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let list = match (feed, kind) {
        (_, "record.retracted") => "retracts reason",
        ("police", "person.registered") => "person sex household_no relation_to_head division_code on",
        ("police", "household.moved") => "person household_no relation_to_head division_code on",
        ("police", "registration.cancelled") => "person reason on",
        ("police", "relation.recorded") => "person related kind on",
        ("police", "custody.started") => "person kind on expected_until?",
        ("police", "custody.ended" | "missing.reported" | "missing.closed") => "person on",
        ("police", "identity.corrected") => "person former_id_number on",
        ("social-security", "insurance.started") => "person scheme wage_base? on",
        ("social-security", "insurance.stopped") => "person scheme reason on",
        ("social-security", "wage.reported") => "person month amount",
        ("social-security", "unemployment.registered" | "unemployment.deregistered") => "person on",
        ("social-security", "unemployment.benefit-started") => "person monthly_amount on until",
        ("social-security", "unemployment.benefit-ended") => "person reason on",
        ("social-security", "pension.started" | "pension.changed") => "person scheme monthly_amount on",
        ("social-security", "pension.stopped") => "person scheme reason on",
        ("social-security", "injury-nursing.started") => "person monthly_amount on",
        ("social-security", "injury-nursing.stopped") => "person on",
        ("social-security", "funeral-grant.paid") => "person amount on",
        ("health", "birth.certified") => "person child on",
        ("health", "stay.admitted") => "person facility icd10? on",
        ("health", "stay.discharged") => "person facility admitted_on on",
        ("health", "diagnosis.recorded") => "person icd10 category on",
        ("health", "ability.assessed") => "person level on",
        ("health", "death.certified") => "person certificate_no on",
        ("medical-insurance", "settlement.settled") => {
            "person setl_id insutype med_type begin end medfee_sumamt fund_pay_sumamt maf_pay psn_part_amt on"
        }
        ("medical-insurance", "enrolment.started" | "enrolment.stopped") => "person insutype on",
        ("medical-insurance", "long-term-care.approved") => "person level mode monthly_amount on",
        ("medical-insurance", "long-term-care.ended") => "person on",
        ("medical-insurance", "settlement.reversed") => "person setl_id on",
        ("registry", "benefit.granted") => {
            "benefit_id program person? members? monthly_amount category? on verified_on?"
        }
        ("registry", "benefit.changed") => "benefit_id monthly_amount? members? category? on",
        ("registry", "benefit.suspended" | "benefit.resumed" | "benefit.ended") => "benefit_id reason on",
        ("registry", "verification.recorded") => "benefit_id outcome on",
        ("registry", "application.refused") => "person program reason on",
        ("registry", "disability.certified") => "person category grade on valid_until",
        ("registry", "contact.recorded") => "person phone? address? on",
        ("registry", "income.assessed") => "members annual_income property_ok on",
        ("registry", "visit.recorded") => "person visit_id kind on",
        ("registry", "cremation.recorded") => "person on",
        _ => return None,
    };
    let (optional, required): (Vec<_>, Vec<_>) = list.split(' ').partition(|key| key.ends_with('?'));
    Some((required, optional.into_iter().map(|key| key.trim_end_matches('?')).collect()))
}

fn field(kind: &str, key: &str, value: &Value, day: &str, line: &str) -> Result<(), Refusal> {
    match key {
        "child" => child(value, day),
        "level" if kind == "ability.assessed" => whole(value, 0..=4),
        "grade" => whole(value, 1..=4),
        "person" | "related" => person(value, day),
        "members" => {
            let members = value.as_array().filter(|list| !list.is_empty()).ok_or("empty members")?;
            members.iter().try_for_each(|member| person(member, day))
        }
        "former_id_number" => id_number(value.as_str().ok_or("id")?, day).map(drop),
        "on" | "begin" | "end" | "until" | "verified_on" | "admitted_on" | "valid_until"
        | "expected_until" => {
            let text = value.as_str().ok_or("date")?;
            let parsed: jiff::civil::Date = text.parse().map_err(|_| "impossible date")?;
            if parsed.to_string() == text { Ok(()) } else { Err("date format".into()) }
        }
        "month" => {
            let month = format!("{}-01", value.as_str().ok_or("month")?);
            month.parse::<jiff::civil::Date>().map(drop).map_err(|_| "month".into())
        }
        "amount" | "monthly_amount" | "wage_base" | "annual_income" | "medfee_sumamt" | "fund_pay_sumamt"
        | "maf_pay" | "psn_part_amt" => fen(key, line).map(drop),
        "property_ok" => value.as_bool().map(drop).ok_or("property_ok".into()),
        _ => code(kind, key, value.as_str().ok_or(format!("{key} is no text"))?),
    }
}

fn whole(value: &Value, allowed: RangeInclusive<u64>) -> Result<(), Refusal> {
    value.as_u64().filter(|number| allowed.contains(number)).map(drop).ok_or(format!("{value}"))
}

fn code(kind: &str, key: &str, value: &str) -> Result<(), Refusal> {
    let allowed: &[&str] = match key {
        "kind" if kind == "custody.started" => {
            &["detention", "arrest", "imprisonment", "compulsory-rehabilitation"]
        }
        "category" if kind == "diagnosis.recorded" => {
            &["major-illness", "severe-mental-disorder", "tuberculosis", "chronic", "other"]
        }
        "category" if kind == "disability.certified" => {
            &["visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"]
        }
        "reason" if kind == "registration.cancelled" => {
            &["death", "moved-out", "enlisted", "emigrated", "duplicate"]
        }
        "reason" if kind == "unemployment.benefit-ended" => {
            &["exhausted", "re-employed", "pension", "enlisted", "emigrated", "sentenced", "refused-work"]
        }
        "program" => &PROGRAMS,
        "mode" => &["home", "institution"],
        "sex" => &["1", "2", "0", "9"],
        "insutype" => &["310", "390"],
        "scheme" => &["employee", "flexible", "resident"],
        "med_type" => &["inpatient", "outpatient", "special"],
        "outcome" => &["continues", "changed", "ended"],
        "kind" => &["parent", "spouse", "guardian", "child", "elder"],
        "division_code" if value.len() == 12 => return Ok(()),
        "division_code" => return Err("division code".into()),
        _ if value.is_empty() => return Err(format!("empty {key}")),
        _ => return Ok(()),
    };
    if allowed.contains(&value) { Ok(()) } else { Err(format!("{key} {value}")) }
}

fn person(value: &Value, day: &str) -> Result<(), Refusal> {
    let fields = value.as_object().ok_or("person")?;
    if fields.len() != 2 || fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err("person without name".into());
    }
    id_number(fields.get("id_number").and_then(Value::as_str).ok_or("id")?, day).map(drop)
}

fn child(value: &Value, day: &str) -> Result<(), Refusal> {
    let fields = value.as_object().ok_or("child")?;
    if fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err("child without name".into());
    }
    match (fields.len(), fields.get("id_number")) {
        (1, None) => Ok(()),
        (2, Some(id)) => id_number(id.as_str().ok_or("id")?, day).map(drop),
        _ => Err("child".into()),
    }
}

/// The normalised number.
pub fn id_number(text: &str, day: &str) -> Result<String, Refusal> {
    let text = text.to_uppercase();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !text.is_ascii() {
        return Err("full-width digits".into());
    }
    // The 2017 form of the foreigners' card tells no birth date.
    if text.len() == 15 && text[..3].bytes().all(|byte| byte.is_ascii_uppercase()) && digits(&text[3..]) {
        return Ok(text);
    }
    let normal = match text.len() {
        15 if digits(&text) => {
            let longer = format!("{}19{}", &text[..6], &text[6..]);
            format!("{longer}{}", check_character(&longer))
        }
        18 if digits(&text[..17]) => text,
        _ => return Err("length or characters".into()),
    };
    let born = format!("{}-{}-{}", &normal[6..10], &normal[10..12], &normal[12..14]);
    born.parse::<jiff::civil::Date>().map_err(|_| "impossible birth date")?;
    if normal[17..] != check_character(&normal[..17]).to_string() {
        return Err("check character".into());
    }
    if *born > *day { Err("born after the event".into()) } else { Ok(normal) }
}

/// ISO 7064 MOD 11-2 by its recursive definition (the generator uses the table of weights).
pub fn check_character(digits: &str) -> char {
    let product = digits.bytes().fold(0, |product, digit| (product + u32::from(digit - b'0')) * 2 % 11);
    char::from_digit((12 - product) % 11, 11).map_or('X', |c| if c == 'a' { 'X' } else { c })
}

/// The amount in the text of the line, which floating point would hide.
fn fen(key: &str, line: &str) -> Result<u64, Refusal> {
    let mark = format!("\"{key}\":");
    let start = line.rfind(&mark).ok_or("amount")? + mark.len();
    let text = &line[start..start + line[start..].find([',', '}']).ok_or("amount")?];
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 2 {
        return Err("more than two decimals".into());
    }
    format!("{whole}{part:0<2}").parse().map_err(|_| format!("amount {text}"))
}

fn sums(kind: &str, data: &Data) -> Result<(), Refusal> {
    if kind != "settlement.settled" {
        return Ok(());
    }
    let line = Value::Object(data.clone()).to_string();
    let of = |key| fen(key, &line);
    let (all, fund, aid, own) =
        (of("medfee_sumamt")?, of("fund_pay_sumamt")?, of("maf_pay")?, of("psn_part_amt")?);
    if all == fund + own && aid <= fund { Ok(()) } else { Err("sums disagree".into()) }
}

fn grant(kind: &str, data: &Data) -> Result<(), Refusal> {
    if kind != "benefit.granted" {
        return Ok(());
    }
    let household =
        ["dibao", "dibao-edge", "rigid-spending"].contains(&data["program"].as_str().unwrap_or(""));
    match (data.contains_key("person"), data.contains_key("members")) {
        (false, true) if household => Ok(()),
        (true, false) if !household => Ok(()),
        _ => Err("person or members".into()),
    }
}

/// The day in China of an RFC 3339 time.
pub fn china_day(time: &str) -> Option<String> {
    let instant: jiff::Timestamp = time.parse().ok()?;
    let china = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    Some(instant.to_zoned(china).date().to_string())
}
