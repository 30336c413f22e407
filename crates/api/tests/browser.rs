//! Browsers, what they are told, and from where they come.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use platform::accounts::fill;
use platform::{Answer, Platform};
use sanzao_access::oidc::{Fetch, FetchError, Fetched, Provider, ProviderSettings};
use sanzao_access::{AccountName, AccountsFile, Quota, Secret};
use sanzao_api::Gate;
use sanzao_audit::Action;
use sanzao_model::{Feed, Procedure};
use ureq::http::Request;

const PASSWORD: &str = "moss under seven bells";

/// A platform whose people sign in with a password, behind TLS unless told otherwise.
struct Site {
    platform: Platform,
    accounts: Arc<AccountsFile>,
}

impl Site {
    fn start(gate: impl FnOnce(Arc<AccountsFile>) -> Gate) -> Site {
        let kept = Mutex::new(None);
        let platform = Platform::start_with(|accounts| {
            for name in ["operator", "li"] {
                let name: AccountName = name.parse().unwrap();
                accounts.change(|all| all.set_password(&name, PASSWORD, &mut fill)).unwrap();
            }
            *kept.lock().unwrap() = Some(Arc::clone(&accounts));
            gate(accounts)
        });
        platform.stages.find("high-yearly-self-pay", Procedure::Help, 0..3);
        Site { platform, accounts: kept.into_inner().unwrap().unwrap() }
    }

    fn secure() -> Site {
        Site::start(|accounts| Gate::new(accounts, true))
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.allow_non_standard_methods(true).build().into();
        let url = format!("http://{}{path}", self.platform.address);
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = match method {
            "POST" => agent.run(request.body(body.as_bytes().to_vec()).unwrap()),
            _ => agent.run(request.body(()).unwrap()),
        };
        let mut response = response.unwrap();
        let bytes = response.body_mut().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), text, bytes }
    }

    fn sign_in(&self, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
        let headers = [&[("content-type", "application/json")][..], more].concat();
        let body = serde_json::json!({ "name": name, "password": password }).to_string();
        self.ask("POST", "/v1/session", &headers, &body)
    }

    /// Cookie and token of forms of somebody who signs in.
    fn session(&self, name: &str) -> (String, String) {
        let answer = self.sign_in(name, PASSWORD, &[]);
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        (cookie, answer.json()["csrf"].as_str().unwrap().to_owned())
    }

    fn claim(&self, headers: &[(&str, &str)], key: &str) -> Answer {
        let path = format!("/v1/alerts/{}/acts", self.platform.alert());
        let own = [("idempotency-key", key), ("if-match", "*"), ("content-type", "application/json")];
        self.ask("POST", &path, &[&own[..], headers].concat(), r#"{"act":"claim"}"#)
    }
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let (secure, plain) = (Site::secure(), Site::start(|accounts| Gate::new(accounts, false)));
    for path in ["/livez", "/metrics", "/openapi.json", "/v1/alerts", "/none"] {
        let origin = [("origin", "https://other.example"), ("access-control-request-method", "GET")];
        for method in ["GET", "OPTIONS"] {
            let answer = secure.ask(method, path, &origin, "");
            let policy = answer.header("content-security-policy");
            for directive in ["default-src", "object-src", "base-uri", "form-action", "frame-ancestors"] {
                assert!(policy.split("; ").any(|said| said == format!("{directive} 'none'")), "{policy}");
            }
            assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("referrer-policy"), "no-referrer");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
            assert_eq!(answer.header("cache-control"), "no-store");
            let shared = answer.headers.keys().any(|name| name.as_str().starts_with("access-control"));
            assert!(!shared, "no other site reads it: {answer:?}");
            assert!(!answer.text.is_empty() && !answer.header("content-type").is_empty(), "{answer:?}");
        }
        assert_eq!(plain.ask("GET", path, &[], "").header("strict-transport-security"), "");
    }
}

#[test]
fn a_session_is_a_cookie_that_this_site_alone_is_sent() {
    let site = Site::secure();
    let answer = site.sign_in("li", PASSWORD, &[]);
    let set = answer.header("set-cookie").to_owned();
    let (cookie, attributes) = set.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Secure");
    let id = cookie.strip_prefix("__Host-sanzao=").unwrap();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "256 bits: {id}");
    assert!(!answer.text.contains(id), "scripts do not read it");
    let who = site.ask("GET", "/v1/session", &[("cookie", cookie)], "");
    assert_eq!((who.status, &who.json()["account"]), (200, &"li".into()));
    // Another cookie of the name beside it, as another host of the domain may set: neither is believed.
    let twice = format!("{cookie}; __Host-sanzao=x");
    site.ask("GET", "/v1/session", &[("cookie", &twice)], "").is_problem(401, "unauthorized");
    site.ask("GET", "/v1/session", &[("cookie", &format!("sanzao={id}"))], "")
        .is_problem(401, "unauthorized");

    let again = site.sign_in("li", PASSWORD, &[("cookie", cookie)]);
    assert!(!again.header("set-cookie").contains(id), "each is new");
    site.ask("GET", "/v1/session", &[("cookie", cookie)], "").is_problem(401, "unauthorized");
}

#[test]
fn another_site_does_nothing_in_somebodys_name() {
    let site = Site::secure();
    let ((cookie, token), (_, others)) = (site.session("operator"), site.session("li"));
    for wrong in [None, Some(""), Some("x"), Some(others.as_str())] {
        let headers: Vec<_> = wrong.map(|wrong| ("x-csrf-token", wrong)).into_iter().collect();
        let headers = [&[("cookie", cookie.as_str())][..], &headers].concat();
        site.claim(&headers, "k").is_problem(403, "csrf");
        site.ask("DELETE", "/v1/session", &headers, "").is_problem(403, "csrf");
    }
    assert_eq!(site.platform.stages.inbox(), 1, "nothing was done");
    assert_eq!(site.claim(&[("cookie", &cookie), ("x-csrf-token", &token)], "k").status, 200);
    // What a form of another site can send without asking first.
    let body = format!(r#"{{"name":"li","password":"{PASSWORD}"}}"#);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        site.ask("POST", "/v1/session", &[("content-type", kind)], &body).is_problem(415, "media-type");
    }
}

#[test]
fn reading_changes_nothing() {
    let site = Site::start(|accounts| Gate::new(accounts, false));
    let document: serde_json::Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let before = site.platform.stages.inbox();
    let id = site.platform.alert();
    let mut read = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_some() && !path.contains("oidc") {
            let path = path.replace("{id}", &id).replace("{feed}", "police");
            let answer = site.platform.get(&path);
            assert!([200, 400, 403, 404, 503].contains(&answer.status), "{path} {answer:?}");
            read += 1;
        }
    }
    assert!(read > 10, "{read}");
    assert_eq!(site.platform.stages.inbox(), before);
    assert!(Feed::ALL.iter().all(|feed| site.platform.stages.feed(*feed).is_empty()));
}

#[test]
fn people_change_their_own_password_and_all_their_sessions_end() {
    let site = Site::secure();
    let ((cookie, token), (other, _), (neighbour, _)) =
        (site.session("li"), site.session("li"), site.session("operator"));
    let set = |current: &str, new: &str, headers: &[(&str, &str)]| {
        let body = serde_json::json!({ "current": current, "new": new }).to_string();
        let headers = [&[("content-type", "application/json")][..], headers].concat();
        site.ask("POST", "/v1/session/password", &headers, &body)
    };
    let own = [("cookie", cookie.as_str()), ("x-csrf-token", token.as_str())];
    let new = "twelve herons over the weir";
    set(PASSWORD, new, &own[..1]).is_problem(403, "csrf");
    let bearer = site.platform.bearer("li");
    set(PASSWORD, new, &[("authorization", &bearer)]).is_problem(403, "forbidden");
    set("moss under six bells", new, &own).is_problem(403, "forbidden");
    for weak in ["short", "li li li li li", "password password"] {
        let told = set(PASSWORD, weak, &own);
        told.is_problem(400, "body");
        assert_eq!(told.json()["pointer"], "/new", "{told:?}");
        assert!(!told.text.contains(weak), "{told:?}");
    }
    for cookie in [&cookie, &other, &neighbour] {
        assert_eq!(site.ask("GET", "/v1/session", &[("cookie", cookie)], "").status, 200, "nothing changed");
    }
    let changed = set(PASSWORD, new, &own);
    assert_eq!((changed.status, changed.text.as_str()), (204, ""));
    for cookie in [&cookie, &other] {
        let out = site.ask("GET", "/v1/session", &[("cookie", cookie)], "");
        out.is_problem(401, "unauthorized");
    }
    assert_eq!(site.ask("GET", "/v1/session", &[("cookie", &neighbour)], "").status, 200);
    site.sign_in("li", PASSWORD, &[]).is_problem(401, "unauthorized");
    assert_eq!(site.sign_in("li", new, &[]).status, 200);
    let recorded = site.platform.stages.audit();
    let changes: Vec<_> = recorded.iter().filter(|entry| entry.action == Action::AccountChange).collect();
    let outcomes: Vec<_> = changes.iter().map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done"], "{changes:?}");
    let refused: Vec<_> = recorded.iter().filter(|entry| entry.action == Action::Refusal).collect();
    let codes: Vec<_> = refused.iter().filter_map(|entry| entry.outcome.code()).collect();
    // Without the form's token, with a token, and with a wrong password: each once. Then two sessions that are over.
    assert_eq!(codes[..3], ["csrf", "forbidden", "forbidden"], "{codes:?}");
    assert_eq!(codes[3..], ["session-password-changed", "session-password-changed"], "{codes:?}");
    assert!(changes.iter().all(|entry| entry.actor == "li" && entry.details["change"] == "password"));
}

#[test]
fn who_signs_out_or_is_disabled_is_out_at_once() {
    let site = Site::secure();
    let ((cookie, token), (other, _)) = (site.session("operator"), site.session("operator"));
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", token.as_str())];
    let mut stream = stream(&site, &cookie);
    assert!(stream.read_line(&mut String::new()).unwrap() > 0, "it is open");
    let out = site.ask("DELETE", "/v1/session", &headers, "");
    assert_eq!(out.status, 204);
    assert_eq!(
        out.header("set-cookie"),
        "__Host-sanzao=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
    );
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    let begin = Instant::now();
    site.platform.stages.find("deceased-recipient", Procedure::Review, 0..2);
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest);
    assert!(!rest.contains("alert.opened"), "{rest}");
    assert!(begin.elapsed() < Duration::from_secs(5), "the stream ends: {:?}", begin.elapsed());
    site.ask("GET", "/v1/alerts", &headers, "").is_problem(401, "unauthorized");
    assert_eq!(site.ask("GET", "/v1/alerts", &[("cookie", &other)], "").status, 200, "the others stay");

    let name = "operator".parse().unwrap();
    site.accounts.change(|accounts| accounts.set_disabled(&name, true)).unwrap();
    site.ask("GET", "/v1/alerts", &[("cookie", &other)], "").is_problem(401, "unauthorized");
    site.platform.get("/v1/alerts").is_problem(401, "unauthorized");
    site.sign_in("operator", PASSWORD, &[]).is_problem(401, "unauthorized");
}

/// A stream of changes, open for at most ten seconds.
fn stream(site: &Site, cookie: &str) -> impl BufRead {
    let mut connection = TcpStream::connect(site.platform.address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!(
        "GET /v1/changes?after=latest HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nconnection: close\r\ncookie: \
         {cookie}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).unwrap();
    BufReader::new(connection)
}

#[test]
fn what_an_address_may_try_is_counted_before_the_proxy() {
    let proxied =
        Site::start(|accounts| Gate::new(accounts, true).with_proxies(vec!["127.0.0.1".parse().unwrap()]));
    let from = |site: &Site, address: &str, name: &str, password: &str| {
        site.sign_in(name, password, &[("x-forwarded-for", address)])
    };
    for nth in 0..20 {
        // What stands before the last address is made up by whoever asks.
        let claimed = format!("10.0.0.{nth}, 203.0.113.9");
        from(&proxied, &claimed, &format!("name{nth}"), "x").is_problem(401, "unauthorized");
    }
    let refused = from(&proxied, "203.0.113.9", "li", PASSWORD);
    refused.is_problem(429, "too-many-requests");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(from(&proxied, "192.0.2.7", "li", PASSWORD).status, 200, "others are not held up");

    let direct = Site::secure();
    for nth in 0..20 {
        from(&direct, &format!("10.0.0.{nth}"), &format!("name{nth}"), "x").is_problem(401, "unauthorized");
    }
    from(&direct, "192.0.2.7", "li", PASSWORD).is_problem(429, "too-many-requests");
}

#[test]
fn an_account_asks_so_often_and_no_oftener() {
    let site =
        Site::start(|accounts| Gate::new(accounts, true).with_quota(Quota { burst: 3, per_minute: 6 }));
    let (cookie, _) = site.session("li");
    for _ in 0..3 {
        assert_eq!(site.ask("GET", "/v1/alerts", &[("cookie", &cookie)], "").status, 200);
    }
    let refused = site.ask("GET", "/v1/alerts", &[("cookie", &cookie)], "");
    refused.is_problem(429, "too-many-requests");
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(site.platform.get("/v1/alerts").status, 200, "others are not held up");
}

/// What a provider of identities says of itself.
struct Described;

impl Fetch for Described {
    fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let body = if url.ends_with("openid-configuration") {
            r#"{"issuer":"https://id.example","authorization_endpoint":"https://id.example/auth",
                "token_endpoint":"https://id.example/token","jwks_uri":"https://id.example/keys"}"#
        } else {
            r#"{"keys":[]}"#
        };
        Ok(Fetched { status: 200, body: body.as_bytes().to_vec() })
    }

    fn post_form(
        &self,
        _: &str,
        _: &[(&str, &str)],
        _: Option<(&str, &Secret)>,
    ) -> Result<Fetched, FetchError> {
        Ok(Fetched { status: 400, body: br#"{"error":"invalid_grant"}"#.to_vec() })
    }
}

#[test]
fn a_sign_in_at_a_provider_begins_here_and_ends_in_the_same_browser() {
    let settings = ProviderSettings {
        issuer: "https://id.example".into(),
        client_id: "sanzao".into(),
        client_secret: None,
        redirect_uri: "https://sanzao.example/v1/session/oidc/callback".into(),
        audience: None,
    };
    let provider = Provider::new(settings, Box::new(Described)).unwrap();
    let site = Site::start(|accounts| Gate::new(accounts, true).with_provider(provider));
    for elsewhere in ["cross-site", "same-site"] {
        let answer = site.ask("GET", "/v1/session/oidc", &[("sec-fetch-site", elsewhere)], "");
        answer.is_problem(403, "csrf");
        assert_eq!(answer.header("set-cookie"), "");
    }
    for here in [&[][..], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")]] {
        let answer = site.ask("GET", "/v1/session/oidc", here, "");
        assert_eq!(answer.status, 303, "{answer:?}");
        assert!(answer.header("location").starts_with("https://id.example/auth?"));
        let (cookie, attributes) = answer.header("set-cookie").split_once("; ").unwrap();
        assert!(cookie.starts_with("__Host-sanzao-signing-in="), "{cookie}");
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600");
    }
    let path = "/v1/session/oidc/callback?code=c&state=s";
    for cookie in ["", "sanzao-signing-in=x", "__Host-sanzao-signing-in=x"] {
        site.ask("GET", path, &[("cookie", cookie)], "").is_problem(401, "unauthorized");
    }
}

/// The status of each answer to some bytes, until the connection is closed or nothing more comes.
fn answers(site: &Site, bytes: &str) -> Vec<String> {
    let mut connection = TcpStream::connect(site.platform.address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    connection.write_all(bytes.as_bytes()).unwrap();
    let mut text = String::new();
    let _ = connection.read_to_string(&mut text);
    let lines = text.split("HTTP/1.1 ").skip(1);
    lines.map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_request_ends_where_it_says() {
    let site = Site::secure();
    let hidden = "GET /hidden HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let post = |headers: &str, body: &str| {
        format!(
            "POST /v1/session HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{headers}\r\n{body}"
        )
    };
    let chunks = post("transfer-encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}"));
    assert_eq!(
        answers(&site, &chunks),
        ["400", "404"],
        "what follows the last chunk is a request of its own"
    );
    // Of two lengths the chunks count (RFC 9112 §6.3), and nothing else is taken from that connection.
    for length in ["5", "0", "1000"] {
        let both = format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n");
        assert_eq!(answers(&site, &post(&both, &format!("0\r\n\r\n{hidden}"))), ["400"], "{length}");
    }
    let length = hidden.len();
    let inside = post(&format!("content-length: {length}\r\n"), hidden);
    assert_eq!(answers(&site, &inside), ["400"]);
    for refused in [
        post("content-length: 5\r\ncontent-length: 6\r\n", hidden),
        post("content-length: +5\r\n", hidden),
        post("transfer-encoding: chunked, identity\r\n", hidden),
        post("transfer-encoding: chunked\r\n", &format!("-1\r\n\r\n{hidden}")),
        post("content-length : 5\r\n", hidden),
    ] {
        let answers = answers(&site, &refused);
        assert!(answers == ["400"] || answers == ["413"], "{answers:?} {refused}");
    }
    let trace = "TRACE /livez HTTP/1.1\r\nhost: x\r\ncookie: secret\r\nconnection: close\r\n\r\n";
    assert_eq!(answers(&site, trace), ["405"]);
}
