//! What a provider says of itself (OpenID Connect Discovery 1.0), and its keys.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fetch::allowed;
use super::key::Key;
use super::{Fetch, OidcError};

/// What is used of a discovery document.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    jwks_uri: String,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// A key that cannot be used makes no set unusable.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

/// More are no keys of one provider.
const MOST_KEYS: usize = 100;

/// The provider's keys by id.
pub(crate) type Keys = HashMap<String, Key>;

/// Fetches both.
pub(crate) fn fetch(fetch: &dyn Fetch, issuer: &str) -> Result<(Metadata, Keys), OidcError> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let metadata: Metadata = document(fetch, &format!("{base}/.well-known/openid-configuration"))?;
    metadata.check(issuer)?;
    let set: KeySet = document(fetch, &metadata.jwks_uri)?;
    let keys: Keys = set.keys.iter().take(MOST_KEYS).filter_map(Key::parse).collect();
    Ok((metadata, keys))
}

fn document<T: DeserializeOwned>(fetch: &dyn Fetch, url: &str) -> Result<T, OidcError> {
    let answer = fetch.get(url)?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body)
            .map_err(|error| OidcError::Settings { detail: format!("{url} is not as expected: {error}") }),
        // A path that there is not, as against a provider that is not well.
        status @ 300..=499 => {
            Err(OidcError::Settings { detail: format!("{url} answered {status}: is the issuer right?") })
        }
        status => Err(OidcError::Away { detail: format!("{url} answered {status}") }),
    }
}

impl Metadata {
    fn check(&self, issuer: &str) -> Result<(), OidcError> {
        let wrong = |detail: String| Err(OidcError::Settings { detail });
        // Discovery 1.0 §4.3: exactly the same.
        if self.issuer != issuer {
            return wrong("its discovery document names another issuer: configure that one".to_owned());
        }
        for url in [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri] {
            if let Err(error) = allowed(url) {
                return wrong(format!("its discovery document: {error}"));
            }
        }
        match &self.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|method| method == "S256") => {
                wrong("it does not take PKCE with S256: have it enabled there".to_owned())
            }
            _ => Ok(()),
        }
    }
}
