//! The envelope of an emitted event.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Feed, RecordError};

/// An event in structured mode. `id` is unique per `source`; both, and all else, follow from the content, so that
/// the same record is the same bytes whenever it is written.
#[derive(Serialize)]
pub(super) struct Emitted<'a, T> {
    specversion: &'static str,
    pub(super) id: String,
    pub(super) source: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<&'a str>,
    datacontenttype: &'static str,
    pub(super) data: T,
}

impl<'a, T: Serialize> Emitted<'a, T> {
    /// An event of what the platform says of a feed. The bureau is not in its source: of an event that was refused
    /// nobody may know it.
    pub(super) fn of(feed: Feed, kind: &'static str, id: String, time: Option<&'a str>, data: T) -> Self {
        let source = format!("/sanzao/{feed}");
        Emitted { specversion: "1.0", id, source, kind, time, datacontenttype: "application/json", data }
    }

    /// Its bytes; `size` is about how many.
    pub(super) fn to_bytes(&self, size: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size);
        serde_json::to_writer(&mut bytes, self).expect("emitted events are plain data and memory takes all");
        bytes
    }
}

/// What is looked at before anything else.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

/// The rest. Of the other attributes nothing is needed: they follow from the data.
#[derive(Deserialize)]
struct Body<T> {
    data: T,
}

/// The data of an event of a type.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8], kind: &'static str) -> Result<T, RecordError> {
    // Before these were events they were of another form, which began with a small number.
    if let Some(version) = bytes.first().filter(|byte| **byte < b'\t') {
        return Err(RecordError::Version(*version));
    }
    let decode = |error: serde_json::Error| RecordError::Decode(error.to_string());
    let head: Head<'_> = serde_json::from_slice(bytes).map_err(decode)?;
    if head.kind != kind || head.specversion != "1.0" {
        let found = format!("{} in CloudEvents {}", head.kind, head.specversion);
        return Err(RecordError::EventType { found, known: kind });
    }
    let body: Body<T> = serde_json::from_slice(bytes).map_err(decode)?;
    Ok(body.data)
}
