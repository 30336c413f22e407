//! The collector: where it is, and how spans get there.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::TracesError;
use crate::otlp::{self, Origin};
use crate::queue::Queue;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait before the same is sent again; twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Bytes of an answer that are read: it says how many spans were refused, if any.
const ANSWER_BYTES: u64 = 64 << 10;

/// Where spans go, and how many events are followed.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://host:4318`, without `/v1/traces`; `http` for addresses of this machine alone.
    pub endpoint: String,
    /// Of so many events from 0 to 1 that came without a trace of their own, one is followed.
    pub ratio: f64,
    /// A PEM file of the authorities to trust instead of those that browsers trust.
    pub certificates: Option<PathBuf>,
    /// A trial: spans may go to other machines in clear.
    pub is_trial: bool,
}

/// A collector that speaks OTLP over HTTP.
pub(crate) struct Collector {
    agent: Agent,
    url: String,
}

/// What became of a request.
enum Outcome {
    /// It has taken all but so many spans.
    Taken { refused: u64 },
    /// It will not take them.
    Refused(String),
    /// It may take them later.
    Away(String),
}

impl Collector {
    /// Nothing is sent yet. It follows no redirection, and asks no proxy of the environment.
    pub fn new(settings: &Settings) -> Result<Collector, TracesError> {
        let url = url(&settings.endpoint, settings.is_trial)?;
        let roots = settings.certificates.as_deref().map_or(Ok(RootCerts::WebPki), roots)?;
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent("sanzao")
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Ok(Collector { agent: config.into(), url })
    }

    fn post(&self, body: &[u8]) -> Outcome {
        let request = self.agent.post(&self.url).header("content-type", "application/x-protobuf");
        let mut answer = match request.send(body) {
            Ok(answer) => answer,
            Err(error) => return Outcome::Away(error.to_string()),
        };
        match answer.status().as_u16() {
            // An answer that is cut off or is none of OTLP says nothing of spans that were refused.
            200..=299 => {
                let body = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec();
                Outcome::Taken { refused: otlp::refused(&body.unwrap_or_default()) }
            }
            // Those that OTLP says to try again.
            status @ (429 | 502 | 503 | 504) => Outcome::Away(format!("it answers {status}")),
            status => Outcome::Refused(format!("it answers {status}")),
        }
    }
}

/// Tells spans as they come, until there will be no more.
pub(crate) fn deliver(queue: &Queue, collector: &Collector, origin: &Origin) {
    let mut is_away = false;
    while let Some(spans) = queue.take() {
        let (body, mut pause) = (otlp::encode(origin, &spans), FIRST_PAUSE);
        let count = spans.len() as u64;
        drop(spans);
        loop {
            let trouble = match collector.post(&body) {
                Outcome::Taken { refused } => {
                    let refused = refused.min(count);
                    queue.count_sent(count - refused);
                    queue.count_dropped(refused);
                    if std::mem::take(&mut is_away) {
                        tracing::info!("traces go to their collector again");
                    }
                    break;
                }
                Outcome::Refused(trouble) => {
                    queue.count_dropped(count);
                    tell(&mut is_away, &trouble);
                    queue.pause(FIRST_PAUSE);
                    break;
                }
                Outcome::Away(trouble) => trouble,
            };
            tell(&mut is_away, &trouble);
            if queue.pause(pause) {
                queue.count_dropped(count);
                break;
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
    queue.end();
}

/// Once, until it is well again.
fn tell(is_away: &mut bool, trouble: &str) {
    if !std::mem::replace(is_away, true) {
        tracing::warn!(trouble, "the collector takes no traces: spans are lost, and nothing else");
    }
}

fn url(endpoint: &str, is_trial: bool) -> Result<String, TracesError> {
    let wrong = |expected| TracesError::Endpoint { endpoint: endpoint.to_owned(), expected };
    let uri: Uri = endpoint.parse().map_err(|_| wrong("expected https://host:4318"))?;
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || uri.query().is_some() || endpoint.contains('#') {
        return Err(wrong("expected https://host:4318, without user, password, ? and #"));
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_trial || leads_to_this_machine(&uri) => {}
        Some("http") => return Err(wrong("expected https; http is for addresses of this machine alone")),
        _ => return Err(wrong("expected https://host:4318")),
    }
    Ok(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
}

/// By its address: names can lead anywhere.
fn leads_to_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

fn roots(path: &Path) -> Result<RootCerts, TracesError> {
    let wrong = |detail: String| TracesError::Certificates { path: path.to_owned(), detail };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut found: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&pem) {
        match item.map_err(|error| wrong(error.to_string()))? {
            PemItem::Certificate(certificate) => found.push(certificate),
            _ => return Err(wrong("there is something else than certificates in it".into())),
        }
    }
    if found.is_empty() {
        return Err(wrong("there is none".into()));
    }
    Ok(RootCerts::new_with_certs(&found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_this_machine_in_clear() {
        for good in [
            "https://otel.example:4318",
            "https://otel.example/otlp/",
            "http://127.0.0.1:4318",
            "http://[::1]:4318",
        ] {
            let url = url(good, false).unwrap();
            assert!(url.ends_with("/v1/traces") && !url.contains("//v1"), "{url}");
        }
        let wrong = [
            "http://otel.example:4318",
            "http://localhost:4318",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "http://127.0.0.1@otel.example",
            "grpc://127.0.0.1:4317",
            "127.0.0.1:4318",
            "https://a:b@otel.example",
            "https://otel.example/?x",
            "",
        ];
        for wrong in wrong {
            assert!(url(wrong, false).is_err(), "{wrong}");
        }
        assert!(url("http://collector:4318", true).is_ok(), "a trial may");
    }

    #[test]
    fn certificates_are_a_pem_file() {
        for wrong in ["/nowhere", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            assert!(roots(Path::new(wrong)).is_err(), "{wrong}");
        }
    }
}
