//! What the fuzz targets share: intake must answer any bytes, and accept nothing that the schemas refuse.

mod contract;
mod mutation;
mod schemas;

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine;
use sanzao_intake::{Desk, Incoming, PseudonymKey, SealKey};
use sanzao_model::{Bureau, Feed};
use serde_json::Value;

pub use mutation::mutate;

static DESKS: LazyLock<HashMap<&str, Desk>> = LazyLock::new(|| {
    let desk = |feed: Feed| {
        let keys = (PseudonymKey::new([7; 32]), SealKey::new([8; 32]));
        (feed.as_str(), Desk::new(contract::of(feed), &keys.0, &keys.1, [Bureau(320_614)]))
    };
    Feed::ALL.into_iter().map(desk).collect()
});

fn accepts(feed: Feed, headers: &[(String, Vec<u8>)], value: &[u8]) -> bool {
    DESKS[feed.as_str()].read(&Incoming { headers, value, partition: 0, offset: 0 }).is_ok()
}

/// What intake accepts is JSON. An extension attribute may be a number beyond binary fractions, as 1e400, of which a
/// validator that reads them has no opinion.
fn document(text: &[u8]) -> Option<Value> {
    match serde_json::from_slice(text) {
        Ok(document) => Some(unpacked(document)),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(error) => panic!("intake accepts what is no JSON: {error}"),
    }
}

/// SDKs send data as base64, and as a text that holds the object; intake takes both, and the schemas speak of the
/// object.
fn unpacked(mut document: Value) -> Value {
    if let Value::String(text) = &document {
        return serde_json::from_str(text).unwrap_or(document);
    }
    let Some(fields) = document.as_object_mut() else { return document };
    if let Some(Value::String(packed)) = fields.get("data_base64")
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(packed)
        && let Ok(data) = serde_json::from_slice(&bytes)
    {
        fields.remove("data_base64");
        fields.insert("data".to_owned(), data);
    }
    if let Some(Value::String(text)) = fields.get("data")
        && let Ok(data) = serde_json::from_str::<Value>(text)
    {
        fields.insert("data".to_owned(), data);
    }
    document
}

/// An event in structured mode: what intake accepts, the schema of envelopes accepts.
pub fn judge(feed: Feed, event: &[u8]) {
    if accepts(feed, &[], event) {
        let Some(document) = document(event) else { return };
        if let Err(error) = schemas::ENVELOPE.validate(&document) {
            panic!("intake accepts what the schema refuses: {error} at {}", error.instance_path());
        }
    }
}

/// A message with headers: the same, of its data.
pub fn judge_message(message: &[u8]) {
    let (head, body) = match message.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&message[..end], &message[end + 2..]),
        None => (message, &b""[..]),
    };
    let headers: Vec<(String, Vec<u8>)> = head
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let value = line[colon + 1..].strip_prefix(b" ").unwrap_or(&line[colon + 1..]);
            Some((String::from_utf8_lossy(&line[..colon]).into_owned(), value.to_vec()))
        })
        .collect();
    for feed in Feed::ALL {
        if !accepts(feed, &headers, body) {
            continue;
        }
        let Some(document) = document(body) else { return };
        let kind = headers
            .iter()
            .find(|(name, _)| matches!(name.to_ascii_lowercase().as_str(), "ce-type" | "ce_type"));
        let valid = match kind {
            Some((_, kind)) => {
                let kind = String::from_utf8_lossy(kind);
                let event = kind.strip_prefix(&format!("{feed}.")).and_then(|rest| rest.strip_suffix(".v1"));
                // A header may be percent-encoded; then the type is not read here.
                event.is_none_or(|event| {
                    schemas::of_data(feed, event).is_none_or(|schema| schema.is_valid(&document))
                })
            }
            None => schemas::ENVELOPE.is_valid(&document),
        };
        assert!(valid, "intake accepts what the schema refuses, on {feed}");
    }
}
