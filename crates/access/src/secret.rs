//! Secrets of 256 random bits: handed out once, kept as their hash.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Fill, NoRandomness};

/// A text that only its holder should have. Its memory is cleared when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret that somebody configured.
    pub fn new(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// The text, to be handed to its holder and to nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// 256 random bits as 64 hexadecimal digits.
    pub(crate) fn random(fill: &mut Fill<'_>) -> Result<Secret, NoRandomness> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(&mut *bytes)?;
        Ok(Secret::new(hex(&*bytes)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 of a secret. A plain hash is enough where nobody can guess 256 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SecretHash([u8; 32]);

impl SecretHash {
    pub(crate) fn of(text: &str) -> SecretHash {
        SecretHash(Sha256::digest(text.as_bytes()).into())
    }

    /// Compares all bytes, so that time tells nothing.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        self.0.ct_eq(&SecretHash::of(text).0).into()
    }

    pub(crate) fn to_hex(self) -> String {
        hex(&self.0)
    }

    /// Exactly 64 lower-case hexadecimal digits.
    pub(crate) fn from_hex(text: &str) -> Option<SecretHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let text = text.as_bytes();
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(SecretHash(bytes))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Whether two secret texts are the same; how long it takes tells at most their lengths.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_there_and_back_and_nothing_shown() {
        // FIPS 180-4, the example of one block.
        let hash = SecretHash::of("abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_hex(), text);
        assert_eq!(SecretHash::from_hex(text), Some(hash));
        assert!(hash.is_of("abc") && !hash.is_of("abd") && !hash.is_of(""));
        assert_eq!(SecretHash::from_hex(&text.to_uppercase()), None);
        assert_eq!(SecretHash::from_hex(&text[1..]), None);
        assert_eq!(format!("{hash:?} {:?}", Secret::new("x".into())), "SecretHash(…) Secret(…)");
        assert!(same("a", "a") && !same("a", "b") && !same("a", "ab"));
        assert!(Secret::random(&mut |_: &mut [u8]| Err(NoRandomness)).is_err());
    }
}
