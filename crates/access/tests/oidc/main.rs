//! Sign-in and tokens, against a real provider of identity.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod browser;
mod server;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::Rng;
use sanzao_access::oidc::{
    Callback, Demands, Fetch, FetchError, Fetched, HttpFetch, LoginStart, OidcError, Provider, TokenFault,
};
use sanzao_access::{ErrorClass, NoRandomness, OidcIdentity, Secret};
use sanzao_model::Instant;
use url::Url;

use browser::Browser;
use server::{AUDIENCE, Server};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600;

fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    rand::rng().fill_bytes(bytes);
    Ok(())
}

fn now() -> Instant {
    Instant(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64)
}

fn later(seconds: i64) -> Instant {
    Instant(now().0 + seconds * SECOND)
}

/// The real way, of which is told what went over it.
#[derive(Clone, Default)]
struct Watched {
    gets: Arc<AtomicUsize>,
    /// The last answer to a form.
    answer: Arc<Mutex<Vec<u8>>>,
}

struct WatchedFetch(HttpFetch, Watched);

impl Fetch for WatchedFetch {
    fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        self.1.gets.fetch_add(1, Ordering::SeqCst);
        self.0.get(url)
    }

    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
    ) -> Result<Fetched, FetchError> {
        let answer = self.0.post_form(url, form, basic)?;
        self.1.answer.lock().unwrap().clone_from(&answer.body);
        Ok(answer)
    }
}

impl Watched {
    fn gets(&self) -> usize {
        self.gets.load(Ordering::SeqCst)
    }

    fn id_token(&self) -> String {
        let answer: serde_json::Value = serde_json::from_slice(&self.answer.lock().unwrap()).unwrap();
        answer["id_token"].as_str().unwrap().to_owned()
    }
}

fn watched(server: &Server, algorithm: &str) -> (Provider, Watched) {
    let watched = Watched::default();
    let fetch = WatchedFetch(HttpFetch::new(None).unwrap(), watched.clone());
    (Provider::new(server.settings(algorithm), Box::new(fetch)).unwrap(), watched)
}

fn provider(server: &Server, algorithm: &str) -> Provider {
    watched(server, algorithm).0
}

fn sign_in(provider: &Provider, login: &str) -> (LoginStart, Callback) {
    let start = provider.begin(now(), &mut fill).unwrap();
    let callback = Browser::default().sign_in(&start.url, login);
    (start, callback)
}

/// The address to sign in at, with one thing changed.
fn altered(url: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(url).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    assert!(pairs.iter().any(|(key, _)| key == name));
    url.query_pairs_mut().clear().extend_pairs(
        pairs.iter().map(|(key, old)| (key.as_str(), if key == name { value } else { old.as_str() })),
    );
    url.into()
}

fn token_fault(fault: TokenFault) -> OidcError {
    OidcError::Token(fault)
}

#[test]
fn somebody_signs_in_with_each_algorithm() {
    let Some(server) = Server::start() else { return };
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let provider = provider(&server, algorithm);
        let (start, callback) = sign_in(&provider, "wang.li");
        let identity = provider.finish(&callback, start.browser.expose(), now());
        let expected = OidcIdentity { issuer: server.issuer.clone(), sub: "wang.li".to_owned() };
        assert_eq!(identity, Ok(expected), "{algorithm}");
    }
}

#[test]
fn a_sign_in_is_finished_once_and_where_it_began() {
    let Some(server) = Server::start() else { return };
    let provider = provider(&server, "RS256");
    let (start, callback) = sign_in(&provider, "a");
    let browser = start.browser.expose();
    assert!(provider.finish(&callback, browser, now()).is_ok());
    assert_eq!(provider.finish(&callback, browser, now()), Err(OidcError::State), "replayed");

    let (start, callback) = sign_in(&provider, "a");
    let (other, _) = sign_in(&provider, "b");
    assert_eq!(
        provider.finish(&callback, other.browser.expose(), now()),
        Err(OidcError::State),
        "another browser"
    );
    assert_eq!(provider.finish(&callback, start.browser.expose(), now()), Err(OidcError::State), "used up");

    let (start, callback) = sign_in(&provider, "a");
    assert_eq!(
        provider.finish(&callback, start.browser.expose(), later(601)),
        Err(OidcError::State),
        "too long"
    );
    let unknown = Callback { state: Some("x".to_owned()), ..callback };
    assert_eq!(provider.finish(&unknown, start.browser.expose(), now()), Err(OidcError::State));
    assert_eq!(provider.finish(&Callback::default(), start.browser.expose(), now()), Err(OidcError::State));
}

#[test]
fn what_the_provider_says_belongs_to_the_sign_in() {
    let Some(server) = Server::start() else { return };
    let provider = provider(&server, "RS256");
    let with = |name: &str, value: &str| {
        let start = provider.begin(now(), &mut fill).unwrap();
        let callback = Browser::default().sign_in(&altered(&start.url, name, value), "a");
        provider.finish(&callback, start.browser.expose(), now()).unwrap_err()
    };
    assert_eq!(with("nonce", "another"), token_fault(TokenFault::Nonce));
    let denied = with("code_challenge", &BASE64_URL_SAFE_NO_PAD.encode([7; 32]));
    assert_eq!(denied, OidcError::Denied { reason: "invalid_grant".to_owned() }, "PKCE");
    assert_eq!(with("scope", "nothing").class(), ErrorClass::Reject, "no ID token without openid");

    let changed = |change: &dyn Fn(&mut Callback)| {
        let (start, mut callback) = sign_in(&provider, "a");
        change(&mut callback);
        provider.finish(&callback, start.browser.expose(), now()).unwrap_err()
    };
    assert_eq!(changed(&|callback| callback.iss = None), token_fault(TokenFault::Issuer));
    let elsewhere = |callback: &mut Callback| callback.iss = Some("https://evil.example".to_owned());
    assert_eq!(changed(&elsewhere), token_fault(TokenFault::Issuer));
    let code = |callback: &mut Callback| callback.code = Some("guessed".to_owned());
    assert_eq!(changed(&code), OidcError::Denied { reason: "invalid_grant".to_owned() });
    let refused = |callback: &mut Callback| callback.error = Some("access_denied\n<b>".to_owned());
    assert_eq!(changed(&refused), OidcError::Denied { reason: "access_deniedb".to_owned() });

    // The code of somebody else, slipped into a sign-in of one's own.
    let (start, own) = sign_in(&provider, "a");
    let (_, others) = sign_in(&provider, "b");
    let mixed = Callback { code: others.code, ..own };
    let told = provider.finish(&mixed, start.browser.expose(), now());
    assert_eq!(told, Err(OidcError::Denied { reason: "invalid_grant".to_owned() }));
}

#[test]
fn times_of_an_id_token_hold() {
    let Some(server) = Server::start() else { return };
    let provider = provider(&server, "ES256");
    for (seconds, expected) in [(-55, None), (-70, Some(TokenFault::NotYet))] {
        let start = provider.begin(later(seconds), &mut fill).unwrap();
        let callback = Browser::default().sign_in(&start.url, "a");
        let told = provider.finish(&callback, start.browser.expose(), later(seconds));
        assert_eq!(told.err(), expected.map(token_fault), "{seconds} s");
    }
}

#[test]
fn a_program_is_known_by_its_access_token() {
    let Some(server) = Server::start() else { return };
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let provider = provider(&server, algorithm);
        let token = server.access_token(algorithm, AUDIENCE);
        let identity = provider.verify_bearer(&token, now()).unwrap();
        assert_eq!(identity.sub, format!("sanzao-{algorithm}"));
        let other = server.access_token(algorithm, "https://other.example/api");
        assert_eq!(
            provider.verify_bearer(&other, now()),
            Err(token_fault(TokenFault::Audience)),
            "{algorithm}"
        );
    }
    let provider = provider(&server, "RS256");
    let opaque = server.access_token("RS256", "https://sanzao.example/opaque");
    assert_eq!(provider.verify_bearer(&opaque, now()), Err(token_fault(TokenFault::Form)));
    let none = Provider::new(
        sanzao_access::oidc::ProviderSettings { audience: None, ..server.settings("RS256") },
        Box::new(HttpFetch::new(None).unwrap()),
    );
    let token = server.access_token("RS256", AUDIENCE);
    assert_eq!(none.unwrap().verify_bearer(&token, now()), Err(OidcError::NoBearer));
}

#[test]
fn more_can_be_asked_of_a_sign_in_and_of_a_token() {
    let Some(server) = Server::start() else { return };
    let demanding = |demands: Demands| provider(&server, "RS256").demanding(demands);
    let fresh = demanding(Demands { max_age_seconds: Some(300), ..Demands::default() });
    let (start, callback) = sign_in(&fresh, "a");
    assert_eq!(fresh.finish(&callback, start.browser.expose(), now()).unwrap().sub, "a");
    let (start, callback) = sign_in(&fresh, "a");
    let late = fresh.finish(&callback, start.browser.expose(), later(361));
    assert_eq!(late, Err(token_fault(TokenFault::TooOld)));
    // Who does not ask for the time is not told it.
    let (start, callback) = sign_in(&provider(&server, "RS256"), "a");
    assert!(!start.url.contains("max_age") && callback.code.is_some());

    // This provider says of nobody how they signed in.
    let strong = demanding(Demands { acr: vec!["urn:two".to_owned()], ..Demands::default() });
    let (start, callback) = sign_in(&strong, "a");
    assert!(start.url.contains("acr_values=urn%3Atwo"), "{}", start.url);
    let weak = strong.finish(&callback, start.browser.expose(), now());
    assert_eq!(weak, Err(token_fault(TokenFault::Strength)));
    let program = server.access_token("RS256", AUDIENCE);
    assert!(strong.verify_bearer(&program, now()).is_ok(), "a program signs in nowhere");

    let meant = demanding(Demands { scope: Some("sanzao".to_owned()), ..Demands::default() });
    assert_eq!(meant.verify_bearer(&program, now()), Err(token_fault(TokenFault::Scope)));
    let token = server.access_token_for("RS256", AUDIENCE, "sanzao");
    assert!(meant.verify_bearer(&token, now()).is_ok());
}

#[test]
fn an_access_token_holds_for_its_time() {
    let Some(server) = Server::start() else { return };
    let provider = provider(&server, "RS256");
    let token = server.access_token("RS256", AUDIENCE);
    let week = 7 * 24 * HOUR;
    for (seconds, expected) in [
        (week + 55, None),
        (week + 65, Some(TokenFault::Expired)),
        (-55, None),
        (-70, Some(TokenFault::NotYet)),
    ] {
        let told = provider.verify_bearer(&token, later(seconds));
        assert_eq!(told.err(), expected.map(token_fault), "{seconds} s");
    }
}

fn part(value: &serde_json::Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decoded(part: &str) -> serde_json::Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_forged_token_is_refused() {
    let Some(server) = Server::start() else { return };
    let (provider, watched) = watched(&server, "RS256");
    let token = server.access_token("RS256", AUDIENCE);
    assert!(provider.verify_bearer(&token, now()).is_ok());
    let parts: Vec<&str> = token.split('.').collect();
    let told = |token: &str| match provider.verify_bearer(token, now()) {
        Err(OidcError::Token(fault)) => fault,
        other => panic!("{other:?}"),
    };

    let mut claims = decoded(parts[1]);
    claims["sub"] = "somebody-else".into();
    assert_eq!(told(&format!("{}.{}.{}", parts[0], part(&claims), parts[2])), TokenFault::Signature);
    let mut signature = BASE64_URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    for at in [0, signature.len() / 2, signature.len() - 1] {
        signature[at] ^= 1;
        let altered = BASE64_URL_SAFE_NO_PAD.encode(&signature);
        assert_eq!(told(&format!("{}.{}.{altered}", parts[0], parts[1])), TokenFault::Signature);
        signature[at] ^= 1;
    }
    assert_eq!(told(&format!("{}.{}.", parts[0], parts[1])), TokenFault::Signature);

    let header = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut header = decoded(parts[0]);
        change(&mut header);
        part(&header)
    };
    for algorithm in ["none", "None", "HS256", "RS1", "RS512"] {
        let forged = header(&|header| header["alg"] = algorithm.into());
        assert_eq!(told(&format!("{forged}.{}.", parts[1])), TokenFault::Algorithm, "{algorithm}");
        assert_eq!(
            told(&format!("{forged}.{}.{}", parts[1], parts[2])),
            TokenFault::Algorithm,
            "{algorithm}"
        );
    }
    // The key that everybody knows, taken for a shared secret.
    let forged = format!("{}.{}", header(&|header| header["alg"] = "HS256".into()), parts[1]);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public_modulus(&server));
    let signed = BASE64_URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, forged.as_bytes()));
    assert_eq!(told(&format!("{forged}.{signed}")), TokenFault::Algorithm);
    // A key of the provider, for another algorithm than it is meant for.
    let forged = header(&|header| header["alg"] = "PS256".into());
    assert_eq!(told(&format!("{forged}.{}.{}", parts[1], parts[2])), TokenFault::Algorithm);
    let forged = header(&|header| header["kid"] = "ES256-1".into());
    assert_eq!(told(&format!("{forged}.{}.{}", parts[1], parts[2])), TokenFault::Algorithm);
    let unknown = header(&|header| header["kid"] = "nobody's".into());
    let nameless = header(&|header| {
        header.as_object_mut().unwrap().remove("kid");
    });
    for forged in [unknown, nameless] {
        assert_eq!(told(&format!("{forged}.{}.{}", parts[1], parts[2])), TokenFault::UnknownKey);
    }
    let critical = header(&|header| header["crit"] = serde_json::json!(["exp"]));
    assert_eq!(told(&format!("{critical}.{}.{}", parts[1], parts[2])), TokenFault::Form);
    let plain = header(&|header| header["typ"] = "JWT".into());
    assert_eq!(told(&format!("{plain}.{}.{}", parts[1], parts[2])), TokenFault::Type);
    for text in ["", ".", "..", "a.b.c", &format!("{token}.x"), &"a.".repeat(20_000), &format!("{token}=")] {
        assert_eq!(told(text), TokenFault::Form);
    }

    // What the provider signed for another purpose: whose sign-in it was sees it.
    let (start, callback) = sign_in(&provider, "a");
    provider.finish(&callback, start.browser.expose(), now()).unwrap();
    assert_eq!(told(&watched.id_token()), TokenFault::Type);
}

fn public_modulus(server: &Server) -> Vec<u8> {
    let mut answer = browser::agent().get(format!("{}/jwks", server.issuer)).call().unwrap();
    let set: serde_json::Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == "RS256-1").unwrap();
    BASE64_URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap()
}

/// The document of discovery, and the keys.
const FETCHES: usize = 2;

#[test]
fn new_keys_are_fetched_once_a_minute_at_most() {
    let Some(server) = Server::start() else { return };
    let (provider, watched) = watched(&server, "RS256");
    let begin = now();
    let at = |seconds: i64| Instant(begin.0 + seconds * SECOND);
    let old = server.access_token("RS256", AUDIENCE);
    assert!(provider.verify_bearer(&old, at(0)).is_ok());
    assert_eq!(watched.gets(), FETCHES);
    server.rotate();
    let new = server.access_token("RS256", AUDIENCE);
    for _ in 0..50 {
        assert_eq!(provider.verify_bearer(&new, at(59)), Err(token_fault(TokenFault::UnknownKey)));
    }
    assert_eq!(watched.gets(), FETCHES, "whoever sends unknown keys does not reach the provider");
    assert!(provider.verify_bearer(&old, at(59)).is_ok());
    assert!(provider.verify_bearer(&new, at(60)).is_ok());
    assert_eq!(watched.gets(), 2 * FETCHES);
    assert_eq!(provider.verify_bearer(&old, at(61)), Err(token_fault(TokenFault::UnknownKey)), "taken back");
    assert_eq!(watched.gets(), 2 * FETCHES);

    // A key that the provider takes back does not hold for longer than an hour, though nobody sends another.
    server.rotate();
    assert!(provider.verify_bearer(&new, at(HOUR)).is_ok());
    assert_eq!(provider.verify_bearer(&new, at(60 + HOUR)), Err(token_fault(TokenFault::UnknownKey)));
}

#[test]
fn one_fetches_for_all() {
    let Some(server) = Server::start() else { return };
    let (provider, watched) = watched(&server, "RS256");
    let token = server.access_token("RS256", AUDIENCE);
    // One time for all: with its own, a thread that is late would ask before what another has fetched.
    let at = now();
    std::thread::scope(|scope| {
        let verify = || provider.verify_bearer(&token, at);
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(verify)).collect();
        threads.into_iter().for_each(|thread| assert!(thread.join().unwrap().is_ok()));
    });
    assert_eq!(watched.gets(), FETCHES);
}

#[test]
fn keys_hold_for_a_day_while_the_provider_is_away() {
    let Some(server) = Server::start() else { return };
    let (provider, watched) = watched(&server, "RS256");
    let settings = server.settings("RS256");
    let port = server.port();
    let token = server.access_token("RS256", AUDIENCE);
    let begin = now();
    let at = |seconds: i64| Instant(begin.0 + seconds * SECOND);
    assert!(provider.verify_bearer(&token, at(0)).is_ok());
    let (start, callback) = sign_in(&provider, "a");
    server.stop();

    let away = provider.finish(&callback, start.browser.expose(), at(1)).unwrap_err();
    assert_eq!(away.class(), ErrorClass::Retry, "{away}");
    let before = watched.gets();
    for seconds in [2 * HOUR, 2 * HOUR + 30, 2 * HOUR + 59] {
        assert!(provider.verify_bearer(&token, at(seconds)).is_ok(), "{seconds}");
    }
    assert_eq!(watched.gets(), before + 1, "it is asked once a minute at most");
    assert!(provider.verify_bearer(&token, at(24 * HOUR - 1)).is_ok());
    let gone = provider.verify_bearer(&token, at(24 * HOUR)).unwrap_err();
    assert_eq!(gone.class(), ErrorClass::Retry, "{gone}");
    assert!(provider.begin(at(24 * HOUR + 61), &mut fill).is_err());

    let never = Provider::new(settings, Box::new(HttpFetch::new(None).unwrap())).unwrap();
    let away = never.verify_bearer(&token, at(0)).unwrap_err();
    assert!(matches!(away, OidcError::Away { .. }), "{away}");
    assert_eq!(never.verify_bearer(&token, at(30)), Err(away), "told again without asking");

    // It comes back, with other keys.
    let Some(server) = Server::start_with(port, &[]) else { return };
    assert!(provider.verify_bearer(&server.access_token("RS256", AUDIENCE), at(24 * HOUR + 200)).is_ok());
    assert!(never.verify_bearer(&server.access_token("RS256", AUDIENCE), at(100)).is_ok());
}

#[test]
fn a_wrong_configuration_is_told() {
    let Some(server) = Server::start() else { return };
    let with = |change: &dyn Fn(&mut sanzao_access::oidc::ProviderSettings)| {
        let mut settings = server.settings("RS256");
        change(&mut settings);
        Provider::new(settings, Box::new(HttpFetch::new(None).unwrap()))
    };
    let refused = |change: &dyn Fn(&mut sanzao_access::oidc::ProviderSettings)| {
        let error = with(change).err().expect("it is refused");
        assert_eq!(error.class(), ErrorClass::Reject);
        error.to_string()
    };
    assert!(refused(&|settings| settings.issuer = "http://id.example".into()).contains("issuer"));
    assert!(refused(&|settings| settings.redirect_uri = "http://id.example".into()).contains("redirect_uri"));
    assert!(refused(&|settings| settings.client_id = String::new()).contains("client_id"));

    let begin = |change: &dyn Fn(&mut sanzao_access::oidc::ProviderSettings)| {
        with(change).unwrap().begin(now(), &mut fill).unwrap_err().to_string()
    };
    let slash = |settings: &mut sanzao_access::oidc::ProviderSettings| settings.issuer.push('/');
    assert!(begin(&slash).contains("another issuer"), "exactly the same");
    assert!(begin(&|settings| settings.issuer.push_str("/realm")).contains("404"));

    // A wrong secret shows when somebody signs in.
    let provider = with(&|settings| settings.client_secret = Some(Secret::new("wrong".into()))).unwrap();
    let (start, callback) = sign_in(&provider, "a");
    let told = provider.finish(&callback, start.browser.expose(), now());
    assert_eq!(told, Err(OidcError::Denied { reason: "invalid_client".to_owned() }));
    assert!(provider.begin(now(), &mut |_: &mut [u8]| Err(NoRandomness)).is_err());
}

#[test]
fn tls_is_trusted_only_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    let Some(server) = Server::start_with(0, &[&key, &certificate]) else { return };
    let begin = |pem: Option<&[u8]>| {
        let fetch = HttpFetch::new(pem).unwrap();
        Provider::new(server.settings("RS256"), Box::new(fetch)).unwrap().begin(now(), &mut fill)
    };
    assert!(begin(Some(made.cert.pem().as_bytes())).unwrap().url.starts_with(&server.issuer));
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    for pem in [None, Some(other.cert.pem())] {
        let error = begin(pem.as_ref().map(String::as_bytes)).unwrap_err();
        assert!(matches!(error, OidcError::Away { .. }), "{error}");
    }
}
