//! What intake sealed, the vault opens, and nobody else.

use sanzao_intake::{Desk, Incoming, PseudonymKey};
use sanzao_model::{Bureau, Feed, SealedOriginal};
use sanzao_vault::{SealKey, VaultError, open};

type Headers = Vec<(String, Vec<u8>)>;

const NAME: &str = "赵钱孙";

/// Headers and body of an event that is refused, and what intake sealed of them.
fn refused(offset: u64) -> (Headers, Vec<u8>, SealedOriginal) {
    let (pseudonyms, seal) = (PseudonymKey::new([1; 32]), sanzao_intake::SealKey::new([2; 32]));
    let desk = Desk::new(sanzao_feed_police::CONTRACT, &pseudonyms, &seal, [Bureau(320614)]);
    let headers = vec![("ce_id".to_owned(), b"1".to_vec()), ("odd".to_owned(), vec![0, 255])];
    let value = format!("{{\"person\":\"{NAME}\"").into_bytes();
    let incoming = Incoming { headers: &headers, value: &value, partition: 0, offset };
    let original = desk.read(&incoming).expect_err("broken JSON").original;
    (headers, value, original)
}

#[test]
fn opens_with_key_and_feed_only() {
    let (headers, value, sealed) = refused(7);
    let clear = NAME.as_bytes();
    assert!(!sealed.bytes.windows(clear.len()).any(|part| part == clear));
    let key = SealKey::new([2; 32]);
    let original = open(&key, &sealed, Feed::Police).unwrap();
    assert_eq!((&original.headers, &original.value), (&headers, &value));
    assert_eq!(format!("{original:?}"), "Original(…)");
    assert_eq!(open(&key, &sealed, Feed::Health), Err(VaultError::Sealed));
    assert_eq!(open(&SealKey::new([3; 32]), &sealed, Feed::Police), Err(VaultError::Sealed));
}

#[test]
fn notices_every_change() {
    let (_, _, sealed) = refused(7);
    let key = SealKey::new([2; 32]);
    for at in 0..sealed.bytes.len() {
        let mut damaged = sealed.clone();
        damaged.bytes[at] ^= 1;
        assert_eq!(open(&key, &damaged, Feed::Police), Err(VaultError::Sealed), "byte {at}");
        damaged.bytes.truncate(at);
        assert_eq!(open(&key, &damaged, Feed::Police), Err(VaultError::Sealed), "cut at {at}");
    }
}

#[test]
fn seals_the_same_place_alike_and_another_place_otherwise() {
    assert_eq!(refused(7).2, refused(7).2);
    assert_ne!(refused(7).2.bytes[..12], refused(8).2.bytes[..12]);
}
