//! The way to a provider.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use url::{Host, Url, form_urlencoded};

use super::FetchError;
use crate::secret::Secret;

/// The way to a provider: the seam at which tests take it away.
pub trait Fetch: Send + Sync {
    /// Reads a document.
    ///
    /// # Errors
    /// There was no answer. One of any status is one.
    fn get(&self, url: &str) -> Result<Fetched, FetchError>;

    /// Sends a form, with a name and a secret in the head if there are any.
    ///
    /// # Errors
    /// There was no answer.
    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
    ) -> Result<Fetched, FetchError>;
}

/// An answer.
#[derive(Debug)]
pub struct Fetched {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

/// Over HTTP with TLS. Follows no redirection, and asks no proxy.
pub struct HttpFetch {
    agent: Agent,
}

const TIMEOUT: Duration = Duration::from_secs(10);

/// Key sets and tokens are a few kilobytes.
const MAX_BODY_BYTES: u64 = 256 << 10;

/// A URL that may be fetched: of `https`, or of `http` on this machine.
pub(crate) fn allowed(text: &str) -> Result<Url, FetchError> {
    let url = Url::parse(text).map_err(|_| FetchError::Url)?;
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_safe = url.scheme() == "https" && url.host().is_some() || url.scheme() == "http" && is_here;
    if is_plain && is_safe { Ok(url) } else { Err(FetchError::Url) }
}

impl HttpFetch {
    /// Trusts the authorities that browsers trust; or instead those of a PEM file, as of a network of its own.
    ///
    /// # Errors
    /// The file holds no certificates.
    pub fn new(trusted_pem: Option<&[u8]>) -> Result<HttpFetch, FetchError> {
        let roots = match trusted_pem {
            None => RootCerts::WebPki,
            Some(pem) => RootCerts::new_with_certs(&certificates(pem)?),
        };
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Ok(HttpFetch { agent: config.new_agent() })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, FetchError> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(FetchError::Certificates { detail: ureq::Error::to_string(&error) })),
    };
    let found: Vec<_> = parse_pem(pem).filter_map(certificate).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err(FetchError::Certificates { detail: "there is no certificate in it".to_owned() });
    }
    Ok(found)
}

fn answered(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Fetched, FetchError> {
    let no_answer = |error: ureq::Error| FetchError::NoAnswer { detail: error.to_string() };
    let mut answer = answer.map_err(no_answer)?;
    let body = answer.body_mut().with_config().limit(MAX_BODY_BYTES).read_to_vec().map_err(no_answer)?;
    Ok(Fetched { status: answer.status().as_u16(), body })
}

impl Fetch for HttpFetch {
    fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = allowed(url)?;
        answered(self.agent.get(url.as_str()).header("accept", "application/json").call())
    }

    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
    ) -> Result<Fetched, FetchError> {
        let url = allowed(url)?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = self
            .agent
            .post(url.as_str())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some((name, secret)) = basic {
            // RFC 6749 §2.3.1: both are encoded as in a form first.
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encoded(name), encoded(secret.expose()));
            request = request.header("authorization", format!("Basic {}", BASE64_STANDARD.encode(pair)));
        }
        answered(request.send(body))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for url in [
            "https://id.example",
            "https://id.example:8443/realm?x=1",
            "http://127.0.0.1:8080/",
            "http://[::1]/",
            "http://localhost:1/",
            "http://127.9.9.9/",
        ] {
            assert!(allowed(url).is_ok(), "{url}");
        }
        for url in [
            "http://id.example",
            "http://127.0.0.1.example/",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user@id.example/",
            "https://id.example/#x",
            "https:",
            "",
        ] {
            assert_eq!(allowed(url).err(), Some(FetchError::Url), "{url}");
        }
        assert!(HttpFetch::new(Some(b"no certificate")).is_err());
        assert!(HttpFetch::new(None).is_ok());
    }

    /// Answers once, with these bytes, and says what it was asked.
    fn answering(bytes: Vec<u8>) -> (String, std::thread::JoinHandle<String>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap();
            // Who does not read on closes.
            let _ = stream.write_all(&bytes);
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        (url, asked)
    }

    #[test]
    fn no_redirection_is_followed_and_no_flood_read() {
        let fetch = HttpFetch::new(None).unwrap();
        let answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (url, asked) = answering(answer.to_vec());
        assert_eq!(fetch.get(&url).unwrap().status, 302);
        assert!(asked.join().unwrap().starts_with("GET /x HTTP/1.1"));
        let mut flood = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        flood.resize(1 << 20, b' ');
        let (url, asked) = answering(flood);
        assert!(matches!(fetch.get(&url), Err(FetchError::NoAnswer { .. })));
        asked.join().unwrap();
        let secret = Secret::new("s".to_owned());
        let (url, asked) = answering(b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_vec());
        assert_eq!(fetch.post_form(&url, &[("a", "b c&d")], Some(("n", &secret))).unwrap().status, 500);
        let asked = asked.join().unwrap();
        assert!(asked.contains("authorization: Basic bjpz\r\n"), "{asked}");
        assert!(fetch.get("http://id.example/").is_err_and(|error| error == FetchError::Url));
    }
}
