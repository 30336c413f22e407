//! A provider of identity (OpenID Connect Core 1.0). It says who somebody is; what they may do stands in the accounts.
//!
//! Signatures are verified by `ring`, which TLS brings. `jsonwebtoken` was weighed and left out: of its backends one compiles
//! a second C library and the other an RSA with an open advisory (RUSTSEC-2023-0071), its check of times reads a clock,
//! and what remains, two small formats, would compile DataFusion again with other features of `zeroize` and `syn`.
//! `openidconnect` brings `rsa` as well.

mod claims;
mod demands;
mod discovery;
mod error;
mod fetch;
mod key;
mod key_cache;
mod pending;

use std::sync::{Mutex, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sanzao_model::Instant;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use self::claims::{Claims, Expected, SignedToken};
use self::discovery::Metadata;
use self::key_cache::{KeyCache, Next};
use self::pending::{Pending, PendingLogins};
use crate::secret::Secret;
use crate::{Fill, NoRandomness, OidcIdentity};

pub use demands::Demands;
pub use error::{FetchError, OidcError, TokenFault};
pub use fetch::{Fetch, Fetched, HttpFetch};

/// What a provider knows this program by.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The issuer, exactly as its discovery document has it.
    pub issuer: String,
    /// The id that the provider gave this program.
    pub client_id: String,
    /// The secret, unless this is a public client.
    pub client_secret: Option<Secret>,
    /// Where the browser comes back to, as the provider has it on record.
    pub redirect_uri: String,
    /// The audience of access tokens that are taken as bearer tokens; without one, none are.
    pub audience: Option<String>,
}

/// A provider: signs people in, and verifies what it signed.
pub struct Provider {
    settings: ProviderSettings,
    demands: Demands,
    fetch: Box<dyn Fetch>,
    cache: RwLock<KeyCache>,
    /// Held while the keys are fetched, so that one does it for all.
    fetching: Mutex<()>,
    pending: Mutex<PendingLogins>,
}

/// A sign-in that begins: where the browser is to be sent.
#[derive(Debug)]
pub struct LoginStart {
    /// Where to.
    pub url: String,
    /// A cookie for this sign-in alone (`HttpOnly`, `SameSite=Lax`), so that nobody finishes it in another browser.
    pub browser: Secret,
}

/// With what the browser comes back: the query of the redirection.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Callback {
    /// Which sign-in.
    pub state: Option<String>,
    /// What an ID token is given for.
    pub code: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who says so (RFC 9207).
    pub iss: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

impl Provider {
    /// A provider of which nothing is known yet: nothing is fetched before it is needed.
    ///
    /// # Errors
    /// The issuer or the redirection is no URL of `https`, or of `http` on this machine.
    pub fn new(settings: ProviderSettings, fetch: Box<dyn Fetch>) -> Result<Provider, OidcError> {
        for (name, url) in [("issuer", &settings.issuer), ("redirect_uri", &settings.redirect_uri)] {
            fetch::allowed(url)
                .map_err(|error| OidcError::Settings { detail: format!("{name}: {error}") })?;
        }
        if settings.client_id.is_empty() || settings.audience.as_deref() == Some("") {
            let detail = "client_id and audience must not be empty".to_owned();
            return Err(OidcError::Settings { detail });
        }
        Ok(Provider {
            settings,
            demands: Demands::default(),
            fetch,
            cache: RwLock::new(KeyCache::default()),
            fetching: Mutex::new(()),
            pending: Mutex::new(PendingLogins::default()),
        })
    }

    /// Asks more of a sign-in, and of access tokens, than that they hold.
    #[must_use]
    pub fn demanding(self, demands: Demands) -> Provider {
        Provider { demands, ..self }
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Begins a sign-in: authorization code with PKCE (RFC 7636, S256), state and nonce.
    ///
    /// # Errors
    /// The provider is away, or there is no randomness.
    pub fn begin(&self, now: Instant, fill: &mut Fill<'_>) -> Result<LoginStart, OidcError> {
        let metadata = self.metadata(now)?;
        let mut random = || Secret::random(fill);
        let (state, browser) = (random()?, random()?);
        let pending = Pending::new(&browser, random()?, random()?, now);
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(pending.verifier.expose().as_bytes()));
        let mut url = Url::parse(&metadata.authorization_endpoint)
            .map_err(|_| OidcError::bug("a URL that was checked is none"))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", "openid")
            .append_pair("state", state.expose())
            .append_pair("nonce", pending.nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(self.demands.parameters());
        self.lock_pending().insert(&state, pending, now);
        Ok(LoginStart { url: url.into(), browser })
    }

    /// Ends a sign-in: who it is that came back. `browser` is the cookie of [`LoginStart`]. Each works once.
    ///
    /// # Errors
    /// It is no sign-in of this browser, the provider refused, or what it says does not hold.
    pub fn finish(
        &self,
        callback: &Callback,
        browser: &str,
        now: Instant,
    ) -> Result<OidcIdentity, OidcError> {
        let state = callback.state.as_deref().ok_or(OidcError::State)?;
        let pending = self.lock_pending().take(state, now).ok_or(OidcError::State)?;
        if !pending.is_of(browser) {
            return Err(OidcError::State);
        }
        let metadata = self.metadata(now)?;
        let names_itself = metadata.authorization_response_iss_parameter_supported;
        match callback.iss.as_deref() {
            Some(issuer) if issuer != self.settings.issuer => return Err(TokenFault::Issuer.into()),
            None if names_itself => return Err(TokenFault::Issuer.into()),
            _ => {}
        }
        if let Some(error) = &callback.error {
            return Err(OidcError::denied(error));
        }
        let code = callback.code.as_deref().ok_or_else(|| OidcError::denied("no code"))?;
        let id_token = self.exchange(&metadata, code, &pending.verifier)?;
        let claims = self.verify(&SignedToken::parse(&id_token)?, now)?;
        let expected = Expected { issuer: &self.settings.issuer, audience: &self.settings.client_id, now };
        claims.check_id_token(&expected, &pending.nonce)?;
        self.demands.of_sign_in(&claims, now)?;
        Ok(self.identity(claims))
    }

    /// Who it is whose access token this is (RFC 9068).
    ///
    /// # Errors
    /// What it says does not hold, or the provider's keys are not known.
    pub fn verify_bearer(&self, token: &str, now: Instant) -> Result<OidcIdentity, OidcError> {
        let audience = self.settings.audience.as_deref().ok_or(OidcError::NoBearer)?;
        let token = SignedToken::parse(token)?;
        token.check_access_type()?;
        let claims = self.verify(&token, now)?;
        claims.check(&Expected { issuer: &self.settings.issuer, audience, now })?;
        self.demands.of_access(&claims)?;
        Ok(self.identity(claims))
    }

    fn identity(&self, claims: Claims) -> OidcIdentity {
        OidcIdentity { issuer: self.settings.issuer.clone(), sub: claims.sub }
    }

    /// What a token says, if the provider signed it.
    fn verify(&self, token: &SignedToken<'_>, now: Instant) -> Result<Claims, OidcError> {
        let found = self.known(now, |cache| cache.look(&token.kid, now))?;
        let key = found.ok_or(TokenFault::UnknownKey)?;
        key.verify(token.algorithm, token.message, &token.signature)?;
        Ok(token.claims()?)
    }

    fn metadata(&self, now: Instant) -> Result<Metadata, OidcError> {
        let found = self.known(now, |cache| cache.look_metadata(now))?;
        found.ok_or_else(|| OidcError::bug("known keys without their provider"))
    }

    /// Looks something up in what is known of the provider; fetches that first when it must or should.
    fn known<T>(&self, now: Instant, look: impl Fn(&KeyCache) -> Next<T>) -> Result<Option<T>, OidcError> {
        let look = || look(&self.cache.read().unwrap_or_else(PoisonError::into_inner));
        match look() {
            Next::Use(found) => return Ok(found),
            Next::Away(error) => return Err(error),
            // Somebody else is at it: what is known is good enough meanwhile.
            Next::Should(found) => match self.fetching.try_lock() {
                Ok(_fetching) => self.refresh(now)?,
                Err(_) => return Ok(Some(found)),
            },
            Next::Must => {
                let _fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
                // Whoever held it may have fetched.
                if matches!(look(), Next::Must) {
                    self.refresh(now)?;
                }
            }
        }
        match look() {
            Next::Use(found) => Ok(found),
            Next::Should(found) => Ok(Some(found)),
            Next::Away(error) => Err(error),
            Next::Must => Err(OidcError::bug("keys that were just fetched are old")),
        }
    }

    /// Fetches the discovery document and the keys. When the provider is away, what is known stays.
    fn refresh(&self, now: Instant) -> Result<(), OidcError> {
        let fetched = discovery::fetch(&*self.fetch, &self.settings.issuer);
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok((metadata, keys)) => cache.put(metadata, keys, now),
            Err(error) => cache.failed(error, now),
        }
        Ok(())
    }

    /// The ID token for a code.
    fn exchange(&self, metadata: &Metadata, code: &str, verifier: &Secret) -> Result<String, OidcError> {
        let settings = &self.settings;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &settings.redirect_uri),
            ("code_verifier", verifier.expose()),
        ];
        let basic = settings.client_secret.as_ref().map(|secret| (settings.client_id.as_str(), secret));
        if basic.is_none() {
            form.push(("client_id", &settings.client_id));
        }
        let answer = self.fetch.post_form(&metadata.token_endpoint, &form, basic)?;
        match answer.status {
            200 => {
                let answer: Result<TokenAnswer, _> = serde_json::from_slice(&answer.body);
                answer
                    .map(|answer| answer.id_token)
                    .map_err(|_| OidcError::denied("an answer without id_token"))
            }
            400..=499 => {
                let refusal: Result<TokenRefusal, _> = serde_json::from_slice(&answer.body);
                Err(OidcError::denied(refusal.as_ref().map_or("no reason", |refusal| &refusal.error)))
            }
            status => Err(OidcError::Away { detail: format!("the token endpoint answered {status}") }),
        }
    }

    fn lock_pending(&self) -> std::sync::MutexGuard<'_, PendingLogins> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<NoRandomness> for OidcError {
    fn from(_: NoRandomness) -> OidcError {
        OidcError::NoRandomness
    }
}
