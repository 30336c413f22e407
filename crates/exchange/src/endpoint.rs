//! Endpoints: where a department takes messages. Which there are, and their secrets, says the configuration; the
//! outbox knows their state.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use sanzao_model::{Feed, Instant};
use ureq::http::Uri;

use crate::WebhookSecret;

/// An endpoint's name in the configuration: 1 to 40 of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(String);

/// Where a department takes messages. Each has secrets of its own.
#[derive(Debug, Clone)]
pub struct Endpoint {
    id: EndpointId,
    department: Feed,
    url: Uri,
    secrets: Vec<WebhookSecret>,
}

/// Why an endpoint cannot be used. Reject: the configuration must be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Its name is none.
    #[error("an endpoint is named by 1 to 40 of a-z, 0-9 and -")]
    Name,
    /// No address to send to.
    #[error("expected a URL as https://host/path, without user, password and fragment")]
    Form,
    /// It would be sent in clear.
    #[error("expected https; http is for addresses of this machine alone")]
    Clear,
    /// Nothing to sign with.
    #[error("an endpoint needs its current secret, and may have up to three former ones")]
    Secrets,
}

/// Where an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStatus {
    /// Which.
    pub id: EndpointId,
    /// Whose.
    pub department: Feed,
    /// Its address.
    pub url: String,
    /// Whether the configuration names it. What waits for one that it does not name keeps waiting.
    pub is_configured: bool,
    /// Since when it wants no messages (410): nothing is sent until it is enabled again.
    pub gone: Option<Instant>,
    /// It asked to be left alone until then.
    pub paused_until: Option<Instant>,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were delivered, as far as they are still remembered.
    pub delivered: u64,
    /// Dead letters.
    pub dead: u64,
}

impl EndpointId {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EndpointId {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<EndpointId, UrlError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(is_plain);
        if fits { Ok(EndpointId(text.to_owned())) } else { Err(UrlError::Name) }
    }
}

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Endpoint {
    /// An endpoint of a department. The first secret is the current one; a message is signed with each, so that a
    /// receiver can change over.
    ///
    /// # Errors
    /// When nothing can or may be sent there. Whether its addresses may be reached is seen when it is sent.
    pub fn new(
        id: EndpointId,
        department: Feed,
        url: &str,
        secrets: Vec<WebhookSecret>,
    ) -> Result<Endpoint, UrlError> {
        let uri: Uri = url.parse().map_err(|_| UrlError::Form)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(UrlError::Form);
        };
        // `http` drops a fragment unseen.
        if authority.as_str().contains('@') || authority.host().is_empty() || url.contains('#') {
            return Err(UrlError::Form);
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err(UrlError::Clear),
            _ => return Err(UrlError::Form),
        }
        if !(1..=4).contains(&secrets.len()) {
            return Err(UrlError::Secrets);
        }
        Ok(Endpoint { id, department, url: uri, secrets })
    }

    /// Its name.
    pub fn id(&self) -> &EndpointId {
        &self.id
    }

    /// Whose it is.
    pub fn department(&self) -> Feed {
        self.department
    }

    /// Its address.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    pub(crate) fn secrets(&self) -> &[WebhookSecret] {
        &self.secrets
    }
}

/// Whether a host is this machine, by its address: names can lead anywhere.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Result<Endpoint, UrlError> {
        let secret = WebhookSecret::new(&[7; 32]).unwrap();
        Endpoint::new("police".parse().unwrap(), Feed::Police, url, vec![secret])
    }

    #[test]
    fn nothing_leaves_this_machine_in_clear() {
        for good in
            ["https://a.example/hooks", "https://a.example:8443", "http://127.0.0.1:9/x", "http://[::1]:9/"]
        {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        for clear in
            ["http://a.example/", "http://localhost/", "http://10.0.0.1/", "http://127.0.0.1.example/"]
        {
            assert_eq!(endpoint(clear).unwrap_err(), UrlError::Clear, "{clear}");
        }
        for wrong in [
            "",
            "a.example",
            "/hooks",
            "ftp://a.example/",
            "https://u:p@a.example/",
            "https://a.example/#x",
            "https:///x",
        ] {
            assert_eq!(endpoint(wrong).unwrap_err(), UrlError::Form, "{wrong}");
        }
    }

    #[test]
    fn endpoints_have_names_and_secrets() {
        for wrong in ["", "A", "a b", "a/b", &"a".repeat(41)] {
            assert_eq!(wrong.parse::<EndpointId>(), Err(UrlError::Name), "{wrong}");
        }
        let id: EndpointId = "police".parse().unwrap();
        let none = Endpoint::new(id, Feed::Police, "https://a.example/", Vec::new());
        assert_eq!(none.unwrap_err(), UrlError::Secrets);
    }
}
