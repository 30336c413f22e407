//! Event ids that only the holder of a key can compare: facts with equal `on` and `time` are ordered by
//! event id (domain §3), and an event id may embed an ID number (design, invariant 7).

use std::fmt;

use aes::Aes256;
use aes::cipher::{InnerIvInit, KeyInit, StreamCipher, StreamCipherCoreWrapper};
use ctr::{Ctr128BE, CtrCore, flavors};
use sanzao_model::EventTag;

use crate::PseudonymKey;
use crate::pseudonym::derived;

/// Enciphers event ids with AES-256 in counter mode. The counter begins at the event's tag, which is a hash
/// of source and id: no two ids share a key stream, and the same id always gives the same bytes.
#[derive(Clone)]
pub struct OrderKey {
    cipher: Aes256,
}

impl OrderKey {
    /// The order key that goes with a pseudonym key.
    pub fn derive(key: &PseudonymKey) -> OrderKey {
        OrderKey { cipher: Aes256::new(&derived(key.bytes(), "sanzao/order-key").into()) }
    }

    fn apply(&self, tag: EventTag, bytes: &mut [u8]) {
        let core = CtrCore::<Aes256, flavors::Ctr128BE>::inner_iv_init(self.cipher.clone(), &tag.0.into());
        let mut stream: Ctr128BE<Aes256> = StreamCipherCoreWrapper::from_core(core);
        stream.apply_keystream(bytes);
    }

    pub(crate) fn seal(&self, tag: EventTag, id: &str) -> Vec<u8> {
        let mut bytes = id.as_bytes().to_vec();
        self.apply(tag, &mut bytes);
        bytes
    }

    /// The event id of a statement, from its `event` and `sealed_id`; byte order is the order of ids. Other
    /// bytes than those of a statement under this key give other bytes.
    pub fn open(&self, tag: EventTag, sealed: &[u8]) -> Vec<u8> {
        let mut bytes = sealed.to_vec();
        self.apply(tag, &mut bytes);
        bytes
    }
}

impl fmt::Debug for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrderKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_only_with_the_tag() {
        let key = OrderKey::derive(&PseudonymKey::new([1; 32]));
        let (tag, id) = (EventTag([9; 16]), "HM-320614194912310029-and-more-than-one-block");
        let sealed = key.seal(tag, id);
        assert_eq!(sealed, key.seal(tag, id));
        assert_ne!(sealed, id.as_bytes());
        assert_eq!(key.open(tag, &sealed), id.as_bytes());
        assert_ne!(key.open(EventTag([8; 16]), &sealed), id.as_bytes());
        assert_ne!(OrderKey::derive(&PseudonymKey::new([2; 32])).open(tag, &sealed), id.as_bytes());
    }
}
