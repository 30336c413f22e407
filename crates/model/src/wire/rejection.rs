//! `sanzao.rejection.v1`: one event that was refused, with its sealed original.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::event::{self, Emitted};
use super::hex::Hex;
use crate::{Feed, Place, RecordError, Rejection, SealedOriginal};

const KIND: &str = "sanzao.rejection.v1";

/// About as many bytes are around the original.
const ENVELOPE_BYTES: usize = 1_024;

/// What it does not have is left out.
#[derive(Serialize, Deserialize)]
struct Data<'a> {
    feed: Feed,
    partition: u32,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Hex>,
    code: Cow<'a, str>,
    pointer: Cow<'a, str>,
    expected: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repairs: Option<Place>,
    /// The sealed original in base64 (RFC 4648 §4, with padding).
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<String>,
}

impl Rejection {
    /// The bytes of the record: a CloudEvent, see `schemas/events/rejection.v1.json`. It has no time: when the
    /// event was received stands in its receipt.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Rejection { feed, partition, offset, .. } = *self;
        let sealed = &self.original.bytes;
        let original = (!sealed.is_empty()).then(|| STANDARD.encode(sealed));
        let size = ENVELOPE_BYTES + original.as_ref().map_or(0, String::len);
        let data = Data {
            feed,
            partition,
            offset,
            event: self.event.map(Hex),
            code: self.code.as_str().into(),
            pointer: self.pointer.as_str().into(),
            expected: self.expected.as_str().into(),
            repairs: self.repairs,
            original,
        };
        Emitted::of(feed, KIND, format!("rejection-{partition}-{offset}"), None, data).to_bytes(size)
    }

    /// Reads the bytes of a record. Fields of later software are passed over.
    ///
    /// # Errors
    /// When they are of another event type or version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Rejection, RecordError> {
        let data: Data<'static> = event::read(bytes, KIND)?;
        let original = STANDARD.decode(data.original.unwrap_or_default());
        let original = original.map_err(|error| RecordError::Decode(error.to_string()))?;
        Ok(Rejection {
            feed: data.feed,
            partition: data.partition,
            offset: data.offset,
            event: data.event.map(|Hex(tag)| tag),
            code: data.code.into_owned(),
            pointer: data.pointer.into_owned(),
            expected: data.expected.into_owned(),
            repairs: data.repairs,
            original: SealedOriginal { bytes: original },
        })
    }
}
