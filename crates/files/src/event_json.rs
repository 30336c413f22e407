//! The CloudEvent that rows make, as JSON.

use sha2::{Digest, Sha256};

use crate::json::Json;
use crate::mapping::EventMapping;
use crate::row_event::Made;

/// An event in structured mode.
pub(crate) struct Written {
    pub id: String,
    pub json: String,
}

/// Writes it.
pub(crate) fn written(event: &EventMapping, source: &str, time: &str, made: Made) -> Written {
    let Made { id, fields, lists, .. } = made;
    let mut data = Json::object();
    fields.into_iter().for_each(|(path, value)| data.put(&path, value));
    let lists = event.lists.iter().zip(lists).filter_map(|((path, _), items)| Some((path, items?)));
    lists.for_each(|(path, items)| data.put(path, Json::List(items)));
    let mut data_json = String::new();
    data.write(&mut data_json);
    let id = id.unwrap_or_else(|| content_id(&event.kind, time, &data_json));
    let mut envelope = Json::object();
    let texts =
        [("specversion", "1.0"), ("id", &id), ("source", source), ("type", &event.kind), ("time", time)];
    texts.into_iter().for_each(|(name, text)| envelope.put(name, Json::Text(text.to_owned())));
    envelope.put("data", Json::Literal(data_json));
    let mut json = String::new();
    envelope.write(&mut json);
    Written { id, json }
}

/// The id of an event without a template: the same content at the same time is the same event.
fn content_id(kind: &str, time: &str, data: &str) -> String {
    let hash = hash(&[kind, "\n", time, "\n", data]);
    hash.iter().fold("row-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// Half of a SHA-256 is enough to tell ids and contents of one file apart.
pub(crate) fn hash(parts: &[&str]) -> [u8; 16] {
    let whole: [u8; 32] =
        parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.as_bytes())).finalize().into();
    *whole.first_chunk().expect("a hash of 32 bytes has 16")
}
