//! Secrets by which messages are signed: `whsec_` and base64, as Standard Webhooks 1.0.0 writes them.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const PREFIX: &str = "whsec_";

/// 24 to 64 bytes, as the specification asks.
const MIN_BYTES: usize = 24;
const MAX_BYTES: usize = 64;

/// A secret shared with one endpoint. `Debug` tells nothing, and it is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

/// Why a text is no secret. Reject: the configuration must be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no webhook secret: expected whsec_ and the base64 of 24 to 64 random bytes")]
pub struct SecretError;

impl WebhookSecret {
    /// A secret of random bytes from a source that is fit for keys.
    ///
    /// # Errors
    /// With fewer than 24 bytes, or more than 64.
    pub fn new(random: &[u8]) -> Result<WebhookSecret, SecretError> {
        if !(MIN_BYTES..=MAX_BYTES).contains(&random.len()) {
            return Err(SecretError);
        }
        Ok(WebhookSecret(Zeroizing::new(random.to_vec())))
    }

    /// As it is handed to the receiver.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(&*self.0)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for WebhookSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<WebhookSecret, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| SecretError)?);
        WebhookSecret::new(&bytes)
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}
