//! Keys of 32 bytes, as text of 64 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

/// Why a text is no key. Reject: whoever configures the key must mend it; the text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of 64 hexadecimal digits")]
pub struct KeyError;

/// Exactly 64 hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8).ok_or(KeyError);
    let text = text.as_bytes();
    if text.len() != 64 {
        return Err(KeyError);
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

/// The same 32 bytes as intake's seal key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> SealKey {
        SealKey(Zeroizing::new(bytes))
    }

    /// 64 lower-case hexadecimal digits, to be kept where only its holder reads.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for SealKey {
    type Err = KeyError;

    /// Exactly 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<SealKey, KeyError> {
        from_hex(text).map(SealKey)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// The key of the blind indexes and of all that the vault authenticates. It is nobody else's, the pseudonym key
/// least of all: who holds it and the file can try out numbers and names.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexKey(Zeroizing<[u8; 32]>);

impl IndexKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> IndexKey {
        IndexKey(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for IndexKey {
    type Err = KeyError;

    /// Exactly 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<IndexKey, KeyError> {
        from_hex(text).map(IndexKey)
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_there_and_back_and_nothing_shown() {
        let key: SealKey = "0A".repeat(32).parse().unwrap();
        assert_eq!(key, SealKey::new([10; 32]));
        assert_eq!(key.to_hex(), "0a".repeat(32));
        assert_eq!(format!("{key:?}"), "SealKey(…)");
        assert_eq!("0x".repeat(32).parse::<SealKey>(), Err(KeyError));
        assert_eq!("0".repeat(63).parse::<SealKey>(), Err(KeyError));
        assert_eq!("0a".repeat(32).parse(), Ok(IndexKey::new([10; 32])));
        assert_eq!(format!("{:?}", IndexKey::new([10; 32])), "IndexKey(…)");
    }
}
