//! Changes of one place in a JSON document: bytes at random would hardly ever leave it JSON.

use libfuzzer_sys::fuzzer_mutate;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// Every third time bytes at random, else one place of the document.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
    if rng.random_ratio(1, 3) {
        return fuzzer_mutate(data, size, max_size);
    }
    let Ok(mut document) = serde_json::from_slice::<Value>(&data[..size]) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..rng.random_range(1..=2) {
        let mut place = rng.random_range(0..count(&document));
        change(&mut document, &mut place, &mut rng);
    }
    let text = written(&document);
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// Stands around numbers to be written just so.
const MARK: char = '§';

fn written(document: &Value) -> String {
    document.to_string().replace(&format!("\"{MARK}"), "").replace(&format!("{MARK}\""), "")
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

fn change(value: &mut Value, place: &mut usize, rng: &mut ChaCha8Rng) -> bool {
    if *place == 0 {
        replace(value, rng);
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| change(item, place, rng)),
        Value::Object(fields) => fields.iter_mut().any(|(_, field)| change(field, place, rng)),
        _ => false,
    }
}

fn replace(value: &mut Value, rng: &mut ChaCha8Rng) {
    match value {
        Value::Object(fields) if !fields.is_empty() && rng.random_ratio(3, 4) => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = keys[rng.random_range(0..keys.len())].clone();
            match rng.random_range(0..3) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert(KEYS[rng.random_range(0..KEYS.len())].to_owned(), interesting(rng))),
                _ => {
                    let moved = fields.remove(&key).unwrap_or_default();
                    fields.insert(KEYS[rng.random_range(0..KEYS.len())].to_owned(), moved);
                }
            }
        }
        Value::Array(items) if !items.is_empty() && rng.random_ratio(3, 4) => {
            let index = rng.random_range(0..items.len());
            match rng.random_range(0..2) {
                0 => drop(items.remove(index)),
                _ => items.push(items[index].clone()),
            }
        }
        Value::String(text) if rng.random_ratio(1, 2) => *text = edited(text, rng),
        _ => *value = interesting(rng),
    }
}

fn edited(text: &str, rng: &mut ChaCha8Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = if chars.is_empty() { 0 } else { rng.random_range(0..chars.len()) };
    let new = ODD[rng.random_range(0..ODD.len())];
    match rng.random_range(0..4) {
        0 => chars.insert(at, new),
        1 if !chars.is_empty() => drop(chars.remove(at)),
        2 if !chars.is_empty() => chars[at] = new,
        _ => chars.extend(std::iter::repeat_n(new, rng.random_range(1..300))),
    }
    chars.into_iter().collect()
}

fn interesting(rng: &mut ChaCha8Rng) -> Value {
    match rng.random_range(0..6) {
        0 => json!(TEXTS[rng.random_range(0..TEXTS.len())]),
        1 => json!(format!("{MARK}{}{MARK}", NUMBERS[rng.random_range(0..NUMBERS.len())])),
        2 => json!(rng.next_u32()),
        3 => Value::Null,
        4 => json!(rng.random_bool(0.5)),
        _ => [
            json!([]),
            json!({}),
            json!({"id_number": TEXTS[0], "name": "张三"}),
            json!([{"id_number": TEXTS[0], "name": "李四"}]),
        ][rng.random_range(0..4)]
        .clone(),
    }
}

const ODD: &[char] = &[
    '0', '9', 'x', 'X', '-', ' ', '\u{85}', '\u{feff}', '\u{3000}', '\u{0}', '１', '𠮷', '·', '"', '\\', '/',
    '+', 'T', 'Z', ':',
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "0.01",
    "0.010",
    "0.001",
    "1e2",
    "1E-2",
    "1e-400",
    "1e400",
    "99999999999999.99",
    "10000000000000",
    "10000000000000.01",
    "4",
    "4.0",
    "5",
    "-1",
    "3.5",
    "18446744073709551616",
    "0.1e1",
];

const TEXTS: &[&str] = &[
    "11010519491231002X",
    "11010519491231002x",
    "110105491231002",
    "usa110081010203",
    "2024-02-29",
    "2023-02-29",
    "0001-01-01",
    "9999-12-31",
    "2026-13-01",
    "2026-06",
    "2026-6",
    "2026-06-30T08:00:00+08:00",
    "2026-06-30T23:59:60Z",
    "2016-12-31T23:59:60Z",
    "2026-06-30 08:00:00Z",
    "2026-06-30t08:00:00z",
    "320614100000",
    "/320614/police",
    "/320614/registry",
    "/320614/health",
    "1.0",
    "",
    " ",
    "310",
    "dibao",
    "tekun",
    "home-care",
    "death",
    "orphan",
    "parent",
    "major-illness",
    "eyJhIjoxfQ==",
];

const KEYS: &[&str] = &[
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "data",
    "data_base64",
    "datacontenttype",
    "subject",
    "traceparent",
    "person",
    "members",
    "id_number",
    "name",
    "on",
    "reason",
    "program",
    "benefit_id",
    "monthly_amount",
    "category",
    "verified_on",
    "expected_until",
    "until",
    "scheme",
    "wage_base",
    "icd10",
    "child",
    "kind",
    "level",
    "grade",
    "valid_until",
    "phone",
    "address",
    "retracts",
    "amount",
    "month",
    "household_no",
    "division_code",
    "related",
    "former_id_number",
];
