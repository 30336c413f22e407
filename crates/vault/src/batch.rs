//! The records of topic `identities`.

use sanzao_model::{Identity, IdentityBatch};

use crate::suite::Suite;
use crate::{SealKey, VaultError};

/// Opens a record of topic `identities`.
///
/// # Errors
/// [`VaultError::Sealed`], [`VaultError::Form`].
pub fn open_batch(key: &SealKey, batch: &IdentityBatch) -> Result<Vec<Identity>, VaultError> {
    let context = format!("identities:{}", batch.feed);
    let plain = Suite::Aes256Gcm.open(key.bytes(), context.as_bytes(), &batch.sealed);
    postcard::from_bytes(&plain.ok_or(VaultError::Sealed)?).map_err(|_| VaultError::Form)
}

#[cfg(test)]
mod tests {
    use sanzao_model::{Bureau, Feed, Instant, PersonId};

    use super::*;

    #[test]
    fn opens_with_key_and_feed_only() {
        let identity = Identity {
            person: PersonId([1; 16]),
            number: "11010519491231002X".to_owned(),
            name: Some("赵钱孙".to_owned()),
            phone: None,
            address: None,
            feed: Feed::Health,
            time: Instant(5),
        };
        let key = SealKey::new([2; 32]);
        let plain = postcard::to_stdvec(&[identity.clone()][..]).unwrap();
        let sealed = Suite::Aes256Gcm.seal(key.bytes(), [9; 12], b"identities:health", &plain);
        let mut batch = IdentityBatch { bureau: Bureau(320614), feed: Feed::Health, sealed };
        assert_eq!(open_batch(&key, &batch), Ok(vec![identity]));
        assert_eq!(open_batch(&SealKey::new([3; 32]), &batch), Err(VaultError::Sealed));
        batch.feed = Feed::Police;
        assert_eq!(open_batch(&key, &batch), Err(VaultError::Sealed));
        batch.sealed.truncate(11);
        assert_eq!(open_batch(&key, &batch), Err(VaultError::Sealed));
        batch.sealed = Suite::Aes256Gcm.seal(key.bytes(), [9; 12], b"identities:police", &[7, 7]);
        assert_eq!(open_batch(&key, &batch), Err(VaultError::Form));
    }
}
