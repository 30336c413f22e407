//! Tags as text, written faster than through `fmt`: there is one in each of a million receipts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::EventTag;

/// An event's tag: 32 hexadecimal digits.
#[derive(Clone, Copy)]
pub(super) struct Hex(pub(super) EventTag);

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        serializer.serialize_str(str::from_utf8(&text).expect("digits are text"))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hex, D::Error> {
        EventTag::deserialize(deserializer).map(Hex)
    }
}
