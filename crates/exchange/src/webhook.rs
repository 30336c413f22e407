//! Signatures of webhooks, by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sanzao_model::Instant;
use sha2::Sha256;

use crate::{MessageId, WebhookSecret};

/// How far the time of a message may be from the receiver's, into either direction: what the libraries of the
/// specification take.
pub const SIGNATURE_TOLERANCE_SECONDS: u64 = 300;

/// What the scheme of a symmetric signature is called.
const SCHEME: &str = "v1,";

/// The three headers of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `webhook-id`: the same however often the message is sent.
    pub id: String,
    /// `webhook-timestamp`: when this attempt was made, in seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one for each secret, with spaces between.
    pub signature: String,
}

/// Why a message is not believed. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookFault {
    /// No time, or one too far from now: it may be an old message played again.
    #[error("webhook-timestamp is not within 300 seconds of the receiver's clock: check both clocks")]
    Timestamp,
    /// No signature is by one of the secrets.
    #[error("no signature of webhook-signature fits: check that the secret is that of this endpoint")]
    Signature,
}

fn seconds(at: Instant) -> i64 {
    at.0.div_euclid(1_000_000_000)
}

fn mac(secret: &WebhookSecret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

/// Signs a message with each secret: while a secret is changed, the new one and the former.
pub fn sign(secrets: &[WebhookSecret], id: &MessageId, at: Instant, body: &[u8]) -> SignedHeaders {
    let (id, timestamp) = (id.as_str().to_owned(), seconds(at).to_string());
    let one = |secret: &WebhookSecret| {
        let tag = mac(secret, &id, &timestamp, body).finalize().into_bytes();
        format!("{SCHEME}{}", STANDARD.encode(tag))
    };
    let signature = secrets.iter().map(one).collect::<Vec<_>>().join(" ");
    SignedHeaders { id, timestamp, signature }
}

/// Whether a message is by somebody who has one of the secrets, and of now. Signatures are compared in constant time;
/// those of other schemes are passed over.
///
/// # Errors
/// When it is not to be believed.
pub fn verify(
    secrets: &[WebhookSecret],
    headers: &SignedHeaders,
    body: &[u8],
    now: Instant,
) -> Result<(), WebhookFault> {
    let timestamp: i64 = headers.timestamp.parse().map_err(|_| WebhookFault::Timestamp)?;
    if seconds(now).abs_diff(timestamp) > SIGNATURE_TOLERANCE_SECONDS {
        return Err(WebhookFault::Timestamp);
    }
    let fits = |encoded: &str| {
        let Ok(tag) = STANDARD.decode(encoded) else { return false };
        let mut macs = secrets.iter().map(|secret| mac(secret, &headers.id, &headers.timestamp, body));
        macs.any(|mac| mac.verify_slice(&tag).is_ok())
    };
    let mut signatures = headers.signature.split(' ').filter_map(|one| one.strip_prefix(SCHEME));
    if signatures.any(fits) { Ok(()) } else { Err(WebhookFault::Signature) }
}
