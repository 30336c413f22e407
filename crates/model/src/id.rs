//! Identifiers: 16 bytes, shown and exchanged as 32 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no identifier. Reject: the text will never become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} lower-case hexadecimal digits")]
pub struct IdError {
    /// How many digits the identifier has.
    pub expected: usize,
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], IdError> {
    let expected = IdError { expected: 2 * N };
    let bytes = text.as_bytes();
    if bytes.len() != 2 * N {
        return Err(expected);
    }
    let mut out = [0; N];
    for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        match (hex_digit(pair[0]), hex_digit(pair[1])) {
            (Some(high), Some(low)) => *slot = high << 4 | low,
            _ => return Err(expected),
        }
    }
    Ok(out)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $bytes]);

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
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_hex(text).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; $bytes]>::deserialize(deserializer).map($name)
                }
            }
        }
    };
}

identifier!(
    /// A person's pseudonym: the first 16 bytes of HMAC-SHA-256 over the normalised ID number.
    PersonId, 16
);
identifier!(
    /// A household's pseudonym: the first 16 bytes of HMAC-SHA-256 over its key,
    /// `program:<benefit_id>`, `police:<household_no>` or `person:<ID number>` (domain §3).
    HouseholdId, 16
);
identifier!(
    /// A benefit's pseudonym. It equals the [`HouseholdId`] of the household that the benefit would make.
    BenefitId, 16
);
identifier!(
    /// A fact: keyed hash of source, type and canonical content.
    FactId, 16
);
identifier!(
    /// A sender's event: keyed hash of source and event id.
    EventTag, 16
);
identifier!(
    /// A settlement: keyed hash of source and `setl_id`.
    SettlementId, 16
);
identifier!(
    /// A visit: keyed hash of source and `visit_id`.
    VisitId, 16
);
identifier!(
    /// A hospital: keyed hash of source and `facility`.
    FacilityId, 16
);
identifier!(
    /// An alert or a task: hash of rule, subject at opening, and occasion.
    ItemId, 16
);
identifier!(
    /// A file that the vault keeps.
    AttachmentId, 16
);
identifier!(
    /// A normalised name: the first 8 bytes of a keyed hash. The same name has the same tag for
    /// everybody, because names are compared over all numbers of one person.
    NameTag, 8
);

impl BenefitId {
    /// The household that this benefit makes when its program is a household program.
    pub fn household(self) -> HouseholdId {
        HouseholdId(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_there_and_back() {
        let id = PersonId([0x0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff]);
        assert_eq!(id.to_string().parse::<PersonId>(), Ok(id));
        assert!("0F".repeat(16).parse::<PersonId>().is_err());
        assert!("0f".parse::<PersonId>().is_err());
    }
}
