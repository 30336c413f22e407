//! What only the vault and intake itself may read, encrypted: refused events, identities, raw feeds. All with
//! AES-256-GCM under the seal key: 12 bytes of nonce, ciphertext, 16 bytes of tag. Additional data say what it is.

use aes_gcm::aead::{Aead, AeadInOut, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use sanzao_model::{Bureau, Feed, Identity, IdentityBatch, Place, SealedOriginal};
use sha2::Sha256;

use crate::SealKey;
use crate::pseudonym::{derived, keyed_state};

pub(crate) type Headers = Vec<(String, Vec<u8>)>;

fn cipher_of(key: &SealKey) -> Aes256Gcm {
    Aes256Gcm::new(&(*key.bytes()).into())
}

fn sealed(cipher: &Aes256Gcm, nonce: [u8; 12], context: &str, plain: &[u8]) -> Vec<u8> {
    let payload = Payload { msg: plain, aad: context.as_bytes() };
    let sealed = cipher.encrypt(&Nonce::from(nonce), payload);
    [&nonce[..], &sealed.expect("AES-GCM takes messages of up to 64 GiB")].concat()
}

/// Seals what leaves the desk of one feed: originals of refused events (additional data `rejected:<feed>`) and
/// identities (`identities:<feed>`).
pub(crate) struct Sealer {
    cipher: Aes256Gcm,
    nonces: Hmac<Sha256>,
    feed: Feed,
}

impl Sealer {
    pub(crate) fn new(key: &SealKey, feed: Feed) -> Sealer {
        let nonces = keyed_state(&derived(key.bytes(), "sanzao/seal-nonce"));
        Sealer { cipher: cipher_of(key), nonces, feed }
    }

    /// The nonce is a keyed hash of what is sealed and where, so that a replay seals the same bytes and no two
    /// contents share one.
    fn seal(&self, context: &str, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let hash = self.nonces.clone().chain_update(context).chain_update(place).chain_update(plain);
        let hash = hash.finalize().into_bytes();
        let nonce = *hash.first_chunk().expect("a hash of 32 bytes has 12");
        sealed(&self.cipher, nonce, context, plain)
    }

    pub(crate) fn original(
        &self,
        Place { partition, offset }: Place,
        headers: &[(String, Vec<u8>)],
        value: &[u8],
    ) -> SealedOriginal {
        let plain = postcard::to_stdvec(&(headers, value)).expect("postcard writes lists of bytes");
        let place = [&partition.to_be_bytes()[..], &offset.to_be_bytes()].concat();
        SealedOriginal { bytes: self.seal(&format!("rejected:{}", self.feed), &place, &plain) }
    }

    pub(crate) fn identities(&self, bureau: Bureau, identities: &[Identity]) -> IdentityBatch {
        let plain = postcard::to_stdvec(identities).expect("postcard writes identities");
        let context = format!("identities:{}", self.feed);
        let sealed = self.seal(&context, &bureau.0.to_be_bytes(), &plain);
        IdentityBatch { bureau, feed: self.feed, sealed }
    }
}

/// The only header that a sealed record of a feed has in clear.
const SEALED: &str = "sanzao-sealed";
/// Of which rejected event a record is the repaired one: `<partition>:<offset>`. It counts inside a sealed record
/// alone, where nobody but the platform can have put it.
const REPAIRS: &str = "sanzao-repairs";

/// Bytes as a whole: postcard writes a list of bytes in the same form, one by one.
struct Bytes<'a>(&'a [u8]);

impl serde::Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Seals events before they are appended to a feed's topic, so that the log holds no personal data in clear.
/// Additional data are `feed:<feed>`; where the record will lie is not known yet and not bound in.
pub struct RawSealer {
    cipher: Aes256Gcm,
    context: String,
}

impl std::fmt::Debug for RawSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawSealer(…)")
    }
}

/// An event as its sender gave it, out of its sealed record. Personal data: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub value: Vec<u8>,
    /// The rejected event that it repairs.
    pub repairs: Option<Place>,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unsealed(…)")
    }
}

/// Whether a record says that it is sealed.
pub(crate) fn is_sealed(headers: &[(String, Vec<u8>)]) -> bool {
    headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(SEALED))
}

impl RawSealer {
    /// The sealer of one feed.
    pub fn new(key: &SealKey, feed: Feed) -> RawSealer {
        RawSealer { cipher: cipher_of(key), context: format!("feed:{feed}") }
    }

    /// Headers and value of the record that holds an event. The nonce is drawn at random for each event and never
    /// used twice.
    pub fn seal(&self, nonce: [u8; 12], headers: &[(String, Vec<u8>)], value: &[u8]) -> (Headers, Vec<u8>) {
        let mut bytes = Vec::with_capacity(value.len() + 64);
        bytes.extend(nonce);
        let mut bytes =
            postcard::to_extend(&(headers, Bytes(value)), bytes).expect("postcard writes lists of bytes");
        let nonce = Nonce::from(nonce);
        let tag =
            self.cipher.encrypt_inout_detached(&nonce, self.context.as_bytes(), bytes[12..].as_mut().into());
        bytes.extend(tag.expect("AES-GCM takes messages of up to 64 GiB"));
        (vec![(SEALED.to_owned(), b"1".to_vec())], bytes)
    }

    /// The same for an event that mends a rejected one of the same feed.
    pub fn seal_repair(
        &self,
        nonce: [u8; 12],
        headers: &[(String, Vec<u8>)],
        value: &[u8],
        repairs: Place,
    ) -> (Headers, Vec<u8>) {
        let place = format!("{}:{}", repairs.partition, repairs.offset).into_bytes();
        let headers = [headers, &[(REPAIRS.to_owned(), place)]].concat();
        self.seal(nonce, &headers, value)
    }

    /// A record's event as its sender gave it, sealed or not. None when it is sealed and does not open.
    pub fn original(&self, headers: &[(String, Vec<u8>)], value: &[u8]) -> Option<Unsealed> {
        if is_sealed(headers) {
            return self.open(value);
        }
        Some(Unsealed { headers: headers.to_vec(), value: value.to_vec(), repairs: None })
    }

    /// None when the bytes were not sealed with this key for this feed, or are damaged.
    pub(crate) fn open(&self, bytes: &[u8]) -> Option<Unsealed> {
        let (nonce, sealed) = bytes.split_first_chunk::<12>()?;
        let payload = Payload { msg: sealed, aad: self.context.as_bytes() };
        let plain = self.cipher.decrypt(&Nonce::from(*nonce), payload).ok()?;
        let (mut headers, value): (Headers, &[u8]) = postcard::from_bytes(&plain).ok()?;
        let place = headers.iter().rposition(|(name, _)| name.eq_ignore_ascii_case(REPAIRS));
        let repairs = place.and_then(|at| place_of(&headers[at].1));
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(REPAIRS));
        Some(Unsealed { headers, value: value.to_vec(), repairs })
    }
}

fn place_of(text: &[u8]) -> Option<Place> {
    let (partition, offset) = std::str::from_utf8(text).ok()?.split_once(':')?;
    Some(Place { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
}
