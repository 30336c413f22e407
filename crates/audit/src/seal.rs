//! AES-256-GCM: 12 bytes of nonce, ciphertext, 16 bytes of tag. Additional data say what it is and of which record.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

/// How much longer than its content a seal is.
pub(crate) const SEAL_BYTES: usize = NONCE_BYTES + 16;
pub(crate) const NONCE_BYTES: usize = 12;

/// A key of 32 bytes that is overwritten when it goes.
#[derive(Clone)]
pub(crate) struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    pub(crate) fn new(bytes: [u8; 32]) -> SecretKey {
        SecretKey(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.0).into())
    }

    /// Nonces of one key must never repeat.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_BYTES], context: &[u8], plain: &[u8]) -> Vec<u8> {
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: context });
        [&nonce[..], &sealed.expect("AES-GCM takes messages of up to 64 GiB")].concat()
    }

    /// None when the key or the context is another, or a byte has changed.
    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: context };
        self.cipher().decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    /// The key that a seal holds.
    pub(crate) fn open_key(&self, context: &[u8], sealed: &[u8]) -> Option<SecretKey> {
        let plain = self.open(context, sealed)?;
        plain.as_slice().try_into().ok().map(SecretKey::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B.
    #[test]
    fn it_is_aes_256_gcm() {
        let bytes = |hex: &str| -> Vec<u8> {
            let digits = hex.as_bytes().chunks(2);
            digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
        };
        let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let key = SecretKey::new(key.try_into().unwrap());
        let nonce = bytes("cafebabefacedbaddecaf888");
        let plain = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let context = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let expected = bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
        );
        let sealed = key.seal(nonce.clone().try_into().unwrap(), &context, &plain);
        assert_eq!(sealed, [nonce, expected].concat());
        assert_eq!(sealed.len(), plain.len() + SEAL_BYTES);
        assert_eq!(*key.open(&context, &sealed).unwrap(), plain);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = SecretKey::new([7; 32]);
        let sealed = key.seal([1; 12], b"context", &[9; 32]);
        assert!(key.open_key(b"context", &sealed).is_some());
        assert!(key.open(b"contex", &sealed).is_none());
        assert!(SecretKey::new([8; 32]).open(b"context", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(key.open(b"context", &damaged).is_none(), "byte {at}");
            assert!(key.open(b"context", &sealed[..at]).is_none(), "cut at {at}");
        }
        assert!(key.open_key(b"", &key.seal([2; 12], b"", &[9; 31])).is_none());
    }
}
