//! The end of a chain.

use std::fmt;

/// The newest record of a chain: its number and hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// Its number, counted from 1; 0 before the first.
    pub number: u64,
    /// SHA-256 of its bytes; zeros before the first.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first record.
    pub const START: Head = Head { number: 0, hash: [0; 32] };

    pub(crate) fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.number.to_be_bytes());
        bytes[8..].copy_from_slice(&self.hash);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Head> {
        let (number, hash) = bytes.split_first_chunk::<8>()?;
        Some(Head { number: u64::from_be_bytes(*number), hash: hash.try_into().ok()? })
    }
}

impl fmt::Display for Head {
    /// Number and hash, as it is kept elsewhere: `17:9f86…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({self})")
    }
}
