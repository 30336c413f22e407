//! Identifiers of this crate: 16 bytes, shown as 32 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{FactId, IdError, ItemId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::Question;

/// A verification request: hash of item, question and number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub [u8; 16]);

/// A result: hash of item, fact and the number of the verdict on the fact. The same verdict, told again, has the
/// same id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResultId(pub [u8; 16]);

/// What a receiver knows a message by, its `webhook-id`: the same however often it is sent. Without a full stop,
/// which delimits what is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

fn digest(domain: &str, parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new_with_prefix(domain);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id
}

impl RequestId {
    /// The request of an item with a question; `number` tells apart those that ask the same again.
    pub fn of(item: ItemId, question: Question, number: u32) -> RequestId {
        let parts: [&[u8]; 3] = [&item.0, question.as_str().as_bytes(), &number.to_be_bytes()];
        RequestId(digest("sanzao.verification", &parts))
    }
}

impl ResultId {
    /// The result of a verdict on a fact; see [`crate::Told::number`].
    pub fn of(item: ItemId, fact: FactId, number: u32) -> ResultId {
        ResultId(digest("sanzao.result", &[&item.0, &fact.0, &number.to_be_bytes()]))
    }
}

impl MessageId {
    /// The message that tells a result.
    pub fn of_result(id: ResultId) -> MessageId {
        MessageId(format!("result-{id}"))
    }

    /// The message that asks.
    pub fn of_request(id: RequestId) -> MessageId {
        MessageId(format!("verification-{id}"))
    }

    /// The message that takes a question back.
    pub fn of_cancellation(id: RequestId) -> MessageId {
        MessageId(format!("verification-{id}-cancelled"))
    }

    /// As sent and listed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = IdError;

    /// 1 to 100 of `a-z`, `0-9` and `-`.
    fn from_str(text: &str) -> Result<MessageId, IdError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > 100 || !text.bytes().all(is_plain) {
            return Err(IdError { expected: 32 });
        }
        Ok(MessageId(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! hexadecimal {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                // One form of digits in the whole workspace: that of the model.
                text.parse::<ItemId>().map(|id| $name(id.0))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                ItemId(self.0).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                ItemId::deserialize(deserializer).map(|id| $name(id.0))
            }
        }
    };
}

hexadecimal!(RequestId);
hexadecimal!(ResultId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_with_each_part_and_are_the_same_for_ever() {
        let (item, fact) = (ItemId([1; 16]), FactId([2; 16]));
        let id = ResultId::of(item, fact, 1);
        assert_eq!(id, ResultId::of(item, fact, 1));
        for other in [
            ResultId::of(ItemId([2; 16]), fact, 1),
            ResultId::of(item, FactId([1; 16]), 1),
            ResultId::of(item, fact, 2),
        ] {
            assert_ne!(id, other);
        }
        // Known answer, by another implementation of SHA-256: ids that were sent must not change.
        assert_eq!(id.to_string(), "1bcfa456538ca1e6dca0b785838bc671");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn message_ids_have_no_full_stop() {
        let id = MessageId::of_request(RequestId([7; 16]));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        for wrong in ["", "a.b", "A", "a b", &"a".repeat(101)] {
            assert!(wrong.parse::<MessageId>().is_err(), "{wrong}");
        }
    }
}
