//! One message, sent: the body built, signed, and posted. Nothing is decided here about what follows.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use sanzao_model::{IdNumber, Instant, PersonId};
use ureq::config::Config;
use ureq::http::{HeaderMap, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::address::may_reach;
use crate::{AttemptOutcome, Endpoint, ExchangeError, Fault, Network, RequestId, Settings, SignedHeaders};

/// Who somebody is, for as long as it takes to send it. `Debug` tells nothing.
#[derive(Clone)]
pub struct PersonIdentity {
    /// The document number.
    pub id_number: IdNumber,
    /// The name.
    pub name: String,
}

impl fmt::Debug for PersonIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonIdentity(…)")
    }
}

/// Tells who people are, while a request about them is sent. Each call is one reveal, to be put on record with the
/// request as its purpose.
pub trait Identities: Sync {
    /// Who somebody is.
    ///
    /// # Errors
    /// See [`IdentityFault`].
    fn identity(&self, person: PersonId, request: RequestId) -> Result<PersonIdentity, IdentityFault>;
}

/// Why nobody says who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// Retry: the vault or its keys cannot be reached. It is asked again, and no attempt is counted.
    #[error("who the person is cannot be looked up at present")]
    Away,
    /// Reject: nobody knows, and nobody will: erased, or never known. The message becomes a dead letter.
    #[error("nobody knows who the person is: erased, or never stated")]
    Unknown,
}

/// Says that a name leads to addresses that are not allowed.
#[derive(Debug, thiserror::Error)]
#[error("the address is not allowed")]
struct RefusedAddress;

/// Looks names up, and passes on allowed addresses alone: what is checked is what is connected to.
#[derive(Debug)]
struct Guarded {
    allowed: Vec<Network>,
    names: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.names.resolve(uri, config, timeout).map_err(|error| match error {
            // As the system says that there is no such name.
            Error::Io(_) => Error::HostNotFound,
            other => other,
        })?;
        let mut kept = self.empty();
        for address in found.iter().filter(|address| may_reach(address.ip(), &self.allowed)) {
            kept.push(*address);
        }
        if kept.is_empty() { Err(Error::Other(Box::new(RefusedAddress))) } else { Ok(kept) }
    }
}

/// The HTTP client: no redirection, no proxy of the environment, one connection a message.
pub(crate) fn agent(settings: &Settings) -> Result<Agent, ExchangeError> {
    let roots = match &settings.trusted_pem {
        None => RootCerts::WebPki,
        Some(pem) => RootCerts::new_with_certs(&certificates(pem)?),
    };
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(settings.timeout_seconds)))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_connections(0)
        .max_response_header_size(64 << 10)
        .user_agent("sanzao")
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build();
    let guarded = Guarded { allowed: settings.allowed_networks.clone(), names: DefaultResolver::default() };
    Ok(Agent::with_parts(config, DefaultConnector::default(), guarded))
}

fn certificates(pem: &[u8]) -> Result<Vec<Certificate<'static>>, ExchangeError> {
    let refused = |detail: String| ExchangeError::Certificates { detail };
    let mut all = Vec::new();
    for item in parse_pem(pem) {
        match item.map_err(|error| refused(error.to_string()))? {
            PemItem::Certificate(certificate) => all.push(certificate),
            _ => return Err(refused("there is something else than certificates in it".to_owned())),
        }
    }
    if all.is_empty() { Err(refused("there is none".to_owned())) } else { Ok(all) }
}

/// Posts a body; gives what came of it, and the seconds of `Retry-After`. What is answered is not read.
pub(crate) fn post(
    agent: &Agent,
    endpoint: &Endpoint,
    headers: &SignedHeaders,
    body: &[u8],
    now: Instant,
) -> (AttemptOutcome, Option<u64>) {
    let request = agent
        .post(endpoint.url())
        .header(header::CONTENT_TYPE, "application/cloudevents+json")
        .header("webhook-id", &headers.id)
        .header("webhook-timestamp", &headers.timestamp)
        .header("webhook-signature", &headers.signature);
    match request.send(body) {
        Ok(answer) => {
            (AttemptOutcome::Status(answer.status().as_u16()), retry_after_seconds(answer.headers(), now))
        }
        Err(error) => (AttemptOutcome::Fault(fault(&error)), None),
    }
}

fn fault(error: &Error) -> Fault {
    match error {
        Error::Timeout(_) => Fault::Timeout,
        Error::HostNotFound => Fault::Name,
        Error::Other(other) if other.is::<RefusedAddress>() => Fault::Address,
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => Fault::Tls,
        Error::Io(error) => io_fault(error),
        Error::ConnectionFailed => Fault::Connection,
        _ => Fault::Protocol,
    }
}

/// rustls tells through the connection what is wrong with a certificate.
fn io_fault(error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Timeout,
        ErrorKind::InvalidData => Fault::Tls,
        _ => Fault::Connection,
    }
}

/// `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which counts from the sender's own clock.
fn retry_after_seconds(headers: &HeaderMap, now: Instant) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u64::MAX));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    u64::try_from(date - now.0.div_euclid(1_000_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after_seconds(&headers, Instant(784_111_717 * 1_000_000_000))
        };
        assert_eq!(of("120"), Some(120));
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(60));
        assert_eq!(of("Sun, 06 Nov 1994 08:47:37 GMT"), None);
        assert_eq!(of("99999999999999999999999"), Some(u64::MAX));
        for wrong in ["", "soon", "-5", "1.5", "+3"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
        assert_eq!(retry_after_seconds(&HeaderMap::new(), Instant(0)), None);
    }
}
