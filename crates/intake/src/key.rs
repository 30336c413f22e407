//! The secrets that intake is given.

use std::fmt;
use std::str::FromStr;

/// Why a text is no key. Reject: whoever configures the key must mend it; the text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of 64 hexadecimal digits")]
pub struct KeyError;

fn digit(byte: u8) -> Result<u8, KeyError> {
    char::from(byte).to_digit(16).map(|value| value as u8).ok_or(KeyError)
}

fn bytes_of(text: &str) -> Result<[u8; 32], KeyError> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return Err(KeyError);
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The key of these bytes, which the caller drew at random.
            pub fn new(bytes: [u8; 32]) -> $name {
                $name(bytes)
            }

            /// 64 lower-case hexadecimal digits, to be kept where only its holder reads.
            pub fn to_hex(&self) -> String {
                self.0.iter().map(|byte| format!("{byte:02x}")).collect()
            }

            pub(crate) fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = KeyError;

            /// Exactly 64 hexadecimal digits.
            fn from_str(text: &str) -> Result<$name, KeyError> {
                bytes_of(text).map($name)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

key!(
    /// Makes pseudonyms. Who holds it can undo them by trying every number: it is kept apart from the data.
    PseudonymKey
);
key!(
    /// Seals the originals of refused events for the vault.
    SealKey
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_there_and_back_and_nothing_shown() {
        let key: PseudonymKey = "00ff".repeat(16).to_uppercase().parse().unwrap();
        assert_eq!(key.to_hex(), "00ff".repeat(16));
        assert_eq!(format!("{key:?}"), "PseudonymKey(…)");
        for text in ["", "00", &"0g".repeat(32), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(text.parse::<SealKey>(), Err(KeyError), "{text}");
        }
    }
}
