//! Signing in at a provider of identities, to the end: who comes back with its word has a session, and with any other none.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use platform::{Answer, Platform};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use sanzao_access::oidc::{Fetch, FetchError, Fetched, Provider, ProviderSettings};
use sanzao_access::{OidcIdentity, Secret};
use sanzao_api::Gate;
use sanzao_audit::Action;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn key_pair() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

/// A provider that says of one key that it is its own, and hands out the ID token that a test gives it.
struct Told {
    key: Arc<EcdsaKeyPair>,
    id_token: Arc<Mutex<String>>,
}

impl Fetch for Told {
    fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        let body = if url.ends_with("openid-configuration") {
            json!({"issuer": ISSUER, "authorization_endpoint": "https://id.example/auth",
                "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys"})
        } else {
            json!({"keys": [
                {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k", "x": x, "y": y}
            ]})
        };
        Ok(Fetched { status: 200, body: body.to_string().into_bytes() })
    }

    fn post_form(
        &self,
        _: &str,
        _: &[(&str, &str)],
        _: Option<(&str, &Secret)>,
    ) -> Result<Fetched, FetchError> {
        let body =
            json!({"access_token": "a", "token_type": "Bearer", "id_token": *self.id_token.lock().unwrap()});
        Ok(Fetched { status: 200, body: body.to_string().into_bytes() })
    }
}

struct Site {
    platform: Platform,
    key: Arc<EcdsaKeyPair>,
    id_token: Arc<Mutex<String>>,
}

/// What a browser takes along to the provider.
struct Begun {
    cookie: String,
    state: String,
    nonce: String,
}

impl Site {
    fn start() -> Site {
        let (key, id_token) = (Arc::new(key_pair()), Arc::new(Mutex::new(String::new())));
        let settings = ProviderSettings {
            issuer: ISSUER.into(),
            client_id: "sanzao".into(),
            client_secret: None,
            redirect_uri: "https://sanzao.example/v1/session/oidc/callback".into(),
            audience: None,
        };
        let told = Told { key: Arc::clone(&key), id_token: Arc::clone(&id_token) };
        let provider = Provider::new(settings, Box::new(told)).unwrap();
        let platform = Platform::start_with(|accounts| {
            let li = OidcIdentity { issuer: ISSUER.into(), sub: "li at the provider".into() };
            accounts.change(|all| all.link(&"li".parse().unwrap(), li)).unwrap();
            Gate::new(accounts, true).with_provider(provider)
        });
        Site { platform, key, id_token }
    }

    fn ask(&self, path: &str, cookie: &str) -> Answer {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.build().into();
        let request = agent.get(format!("http://{}{path}", self.platform.address)).header("cookie", cookie);
        let mut response = request.call().unwrap();
        let bytes = response.body_mut().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), text, bytes }
    }

    fn begin(&self) -> Begun {
        let answer = self.ask("/v1/session/oidc", "");
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location").to_owned();
        let of = |name: &str| {
            let (_, rest) = location.split_once(&format!("{name}=")).unwrap();
            rest.split('&').next().unwrap().to_owned()
        };
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Begun { cookie, state: of("state"), nonce: of("nonce") }
    }

    fn claims(&self, begun: &Begun) -> Value {
        let now = self.platform.stages.now_in_seconds();
        json!({"iss": ISSUER, "sub": "li at the provider", "aud": "sanzao", "iat": now, "exp": now + 300,
            "nonce": begun.nonce})
    }

    /// Comes back with an ID token of these claims, signed with a key.
    fn come_back(&self, begun: &Begun, claims: &Value, key: &EcdsaKeyPair) -> Answer {
        let header = encoded(r#"{"alg":"ES256","kid":"k"}"#);
        let signed = format!("{header}.{}", encoded(claims.to_string()));
        let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        *self.id_token.lock().unwrap() = format!("{signed}.{}", encoded(signature));
        self.ask(&format!("/v1/session/oidc/callback?code=c&state={}", begun.state), &begun.cookie)
    }
}

#[test]
fn who_comes_back_with_the_providers_word_has_a_session() {
    let site = Site::start();
    let begun = site.begin();
    let answer = site.come_back(&begun, &site.claims(&begun), &site.key);
    assert_eq!((answer.status, &answer.json()["account"]), (200, &"li".into()), "{answer:?}");
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-sanzao=")).unwrap();
    assert!(session.ends_with("Path=/; HttpOnly; SameSite=Strict; Secure"), "{session}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-sanzao-signing-in=;")), "{cookies:?}");
    let who = site.ask("/v1/session", session.split(';').next().unwrap());
    assert_eq!((who.status, &who.json()["account"]), (200, &"li".into()));
    let logins: Vec<_> = site.platform.stages.audit();
    let logins: Vec<_> = logins.iter().filter(|entry| entry.action == Action::Login).collect();
    assert_eq!(logins.len(), 1);
    assert_eq!((logins[0].actor.as_str(), logins[0].outcome.as_str()), ("li", "done"));
    // What was used is used up.
    site.come_back(&begun, &site.claims(&begun), &site.key).is_problem(401, "unauthorized");
}

#[test]
fn who_comes_back_with_another_word_has_none() {
    let site = Site::start();
    let other = key_pair();
    let changed = |name: &str, value: Value| {
        let begun = site.begin();
        let mut claims = site.claims(&begun);
        claims[name] = value;
        site.come_back(&begun, &claims, &site.key)
    };
    let begun = site.begin();
    // All holds but the signature.
    let forged = site.come_back(&begun, &site.claims(&begun), &other);
    let now = site.platform.stages.now_in_seconds();
    let answers = [
        forged,
        changed("nonce", "another".into()),
        changed("aud", "another".into()),
        changed("iss", "https://other.example".into()),
        changed("exp", (now - 600).into()),
        changed("sub", "nobody here".into()),
    ];
    for answer in answers {
        answer.is_problem(401, "unauthorized");
        assert!(
            !answer
                .headers
                .get_all("set-cookie")
                .iter()
                .any(|it| { it.to_str().unwrap().starts_with("__Host-sanzao=") })
        );
    }
    let (one, mut two) = (site.begin(), site.begin());
    two.cookie = one.cookie;
    site.come_back(&two, &site.claims(&two), &site.key).is_problem(401, "unauthorized");
    let logins = site.platform.stages.audit();
    assert!(logins.iter().all(|entry| entry.outcome.as_str() == "refused"), "{logins:?}");
    assert!(logins.len() >= 6, "each is on record");
}
