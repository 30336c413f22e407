//! The two ciphers.

use std::fmt;
use std::str::FromStr;

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, AeadCore, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm, Nonce};
use sm4::Sm4;
use zeroize::Zeroizing;

/// What seals values and wraps keys: configuration for what is new. A person keeps the suite of their key, so that
/// both stand side by side after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Suite {
    /// AES-256 in Galois/Counter Mode; keys of 32 bytes.
    #[default]
    Aes256Gcm,
    /// SM4 (GB/T 32907) in Galois/Counter Mode, as RFC 8998 has it; keys of 16 bytes.
    Sm4Gcm,
}

/// Why a text is no suite. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected aes-256-gcm or sm4-gcm")]
pub struct SuiteError;

const NONCE_BYTES: usize = 12;

impl Suite {
    /// Its name in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Suite::Aes256Gcm => "aes-256-gcm",
            Suite::Sm4Gcm => "sm4-gcm",
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Suite::Aes256Gcm => 1,
            Suite::Sm4Gcm => 2,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Suite> {
        [Suite::Aes256Gcm, Suite::Sm4Gcm].into_iter().find(|suite| suite.code() == code)
    }

    pub(crate) fn key_bytes(self) -> usize {
        match self {
            Suite::Aes256Gcm => 32,
            Suite::Sm4Gcm => 16,
        }
    }

    /// Nonce, ciphertext, tag. The key has [`Suite::key_bytes`].
    pub(crate) fn seal(self, key: &[u8], nonce: [u8; NONCE_BYTES], context: &[u8], plain: &[u8]) -> Vec<u8> {
        let sealed = match self {
            Suite::Aes256Gcm => encrypt::<Aes256Gcm>(key, nonce, context, plain),
            Suite::Sm4Gcm => encrypt::<AesGcm<Sm4, U12>>(key, nonce, context, plain),
        };
        [&nonce[..], &sealed].concat()
    }

    /// None when the key or the context is another, or a byte has changed.
    pub(crate) fn open(self, key: &[u8], context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let plain = match self {
            Suite::Aes256Gcm => decrypt::<Aes256Gcm>(key, *nonce, context, sealed),
            Suite::Sm4Gcm => decrypt::<AesGcm<Sm4, U12>>(key, *nonce, context, sealed),
        };
        plain.map(Zeroizing::new)
    }
}

fn encrypt<C>(key: &[u8], nonce: [u8; NONCE_BYTES], context: &[u8], plain: &[u8]) -> Vec<u8>
where
    C: Aead + AeadCore<NonceSize = U12> + KeyInit,
{
    let cipher = C::new_from_slice(key).expect("a key has the length that its suite asks for");
    let payload = Payload { msg: plain, aad: context };
    cipher.encrypt(&Nonce::from(nonce), payload).expect("GCM takes messages of up to 64 GiB")
}

fn decrypt<C>(key: &[u8], nonce: [u8; NONCE_BYTES], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>>
where
    C: Aead + AeadCore<NonceSize = U12> + KeyInit,
{
    let cipher = C::new_from_slice(key).ok()?;
    cipher.decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: context }).ok()
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = SuiteError;

    fn from_str(text: &str) -> Result<Suite, SuiteError> {
        [Suite::Aes256Gcm, Suite::Sm4Gcm].into_iter().find(|suite| suite.as_str() == text).ok_or(SuiteError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_is_that_of_rfc_8998() {
        let nonce: [u8; 12] = bytes("00001234567800000000ABCD").try_into().unwrap();
        let key = bytes("0123456789ABCDEFFEDCBA9876543210");
        let plain = bytes(
            "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD
             EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA",
        );
        let context = bytes("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
        let expected = bytes(
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735
             D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D
             83DE3541E4C2B58177E065A9BF7B62EC",
        );
        let sealed = Suite::Sm4Gcm.seal(&key, nonce, &context, &plain);
        assert_eq!(sealed, [&nonce[..], &expected].concat());
        assert_eq!(*Suite::Sm4Gcm.open(&key, &context, &sealed).unwrap(), plain);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            let key = vec![7; suite.key_bytes()];
            let sealed = suite.seal(&key, [1; 12], b"context", b"plain");
            assert!(suite.open(&key, b"context", &sealed).is_some());
            assert!(suite.open(&key, b"contex", &sealed).is_none());
            assert!(suite.open(&vec![8; suite.key_bytes()], b"context", &sealed).is_none());
            assert!(suite.open(&[7; 24], b"context", &sealed).is_none());
            for at in 0..sealed.len() {
                let mut damaged = sealed.clone();
                damaged[at] ^= 1;
                assert!(suite.open(&key, b"context", &damaged).is_none(), "{suite}: byte {at}");
                assert!(suite.open(&key, b"context", &sealed[..at]).is_none(), "{suite}: cut at {at}");
            }
            assert_eq!(suite.as_str().parse(), Ok(suite));
            assert_eq!(Suite::of_code(suite.code()), Some(suite));
        }
    }
}
