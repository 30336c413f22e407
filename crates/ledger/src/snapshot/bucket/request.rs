//! One request to a store that speaks S3: signed, sent, tried again where that may help, and what its refusal
//! means.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use rusty_s3::{Credentials, S3Action};
use sanzao_model::Instant;
use ureq::Agent;
use ureq::http::{Request, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};

use crate::snapshot::error::SnapshotError;

/// Tries of one request, and the pause after the first; each further pause is twice as long: three seconds in all.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long a start waits for a connection, and for an answer, where it can go on without.
const HURRIED_CONNECT: Duration = Duration::from_secs(2);
const HURRIED_ANSWER: Duration = Duration::from_secs(5);
/// What one PUT takes.
const MAX_OBJECT_BYTES: u64 = 5 << 30;
/// How long a signature holds: stores refuse one whose time is further than 15 minutes from theirs.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// The way to a store.
pub(super) struct Sender {
    agent: Agent,
    pub(super) credentials: Credentials,
    now: fn() -> Instant,
    roots: RootCerts,
    tries: u32,
}

/// What a store said to a request that it understood.
#[derive(Debug)]
pub(super) enum Answer {
    /// Done, with this body.
    Done(Bytes),
    /// There is no such object.
    Absent,
    /// A condition of the request does not hold.
    Unmet,
    /// The store does not know of such conditions.
    Unknown,
}

/// Why a try came to nothing.
enum Fault {
    /// It may go through later.
    Passing(String),
    /// It will not.
    Lasting(String),
}

impl Sender {
    /// Follows no redirection, and asks no proxy of the environment.
    pub fn new(roots: RootCerts, credentials: Credentials, now: fn() -> Instant) -> Sender {
        let agent = agent(&roots, Duration::from_secs(10), Duration::from_secs(60));
        Sender { agent, credentials, now, roots, tries: TRIES }
    }

    /// Asks once and gives up soon; what is on its way is waited for.
    pub fn in_a_hurry(self) -> Sender {
        let agent = agent(&self.roots, HURRIED_CONNECT, HURRIED_ANSWER);
        Sender { agent, tries: 1, ..self }
    }

    /// Sends a request about an object, or a folder, of this name; signed anew for each try.
    pub fn send<'a, A: S3Action<'a>>(
        &self,
        name: &str,
        action: &A,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, SnapshotError> {
        let mut pause = FIRST_PAUSE;
        for tries in 1.. {
            let url = action.sign_with_time(SIGNED_FOR, &timestamp((self.now)()));
            let mut request = Request::builder().method(A::METHOD.to_str()).uri(url.as_str());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let reason = match request.body(body).map_err(|_| no_address()).and_then(|it| self.attempt(it)) {
                Ok(answer) => return Ok(answer),
                Err(Fault::Lasting(reason)) => {
                    return Err(SnapshotError::Refused { name: name.to_owned(), reason });
                }
                Err(Fault::Passing(reason)) => reason,
            };
            if tries == self.tries {
                let reason = format!("{reason} (tried {tries} times)");
                return Err(SnapshotError::Store { name: name.to_owned(), reason });
            }
            tracing::debug!(name, reason, "snapshot store is asked again");
            std::thread::sleep(pause);
            pause *= 2;
        }
        unreachable!("the last try returns")
    }

    fn attempt(&self, request: Request<&[u8]>) -> Result<Answer, Fault> {
        let is_put = request.method() == "PUT";
        let answered = if is_put { self.agent.run(request) } else { self.agent.run(request.map(|_| ())) };
        let mut answer = answered.map_err(|error| fault_of(&error))?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(MAX_OBJECT_BYTES).read_to_vec();
        // What was read halfway is not what was sent.
        let body = body.map_err(|error| fault_of(&error))?;
        if status.is_success() {
            return Ok(Answer::Done(body.into()));
        }
        refusal(status, &String::from_utf8_lossy(&body))
    }
}

fn agent(roots: &RootCerts, connect: Duration, answer: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_resolve(Some(connect))
        .timeout_connect(Some(connect))
        .timeout_recv_response(Some(answer))
        // A part of 50 MB over a slow line.
        .timeout_send_body(Some(Duration::from_secs(600)))
        .timeout_recv_body(Some(Duration::from_secs(600)))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .user_agent("sanzao")
        .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
        .build();
    config.into()
}

fn timestamp(now: Instant) -> Timestamp {
    Timestamp::from_nanosecond(now.0.into())
        .expect("64 bits of nanoseconds are within the years of a timestamp")
}

/// No message holds the URL, which is signed.
fn fault_of(error: &ureq::Error) -> Fault {
    use std::io::ErrorKind::InvalidData;
    match error {
        ureq::Error::HostNotFound => {
            Fault::Passing("its host has no address: check the endpoint and the name service".into())
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => {
            Fault::Lasting(untrusted(error))
        }
        // rustls tells through the connection what is wrong with a certificate.
        ureq::Error::Io(io) if io.kind() == InvalidData => Fault::Lasting(untrusted(error)),
        ureq::Error::BodyExceedsLimit(bytes) => Fault::Lasting(format!("it has more than {bytes} bytes")),
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => no_address(),
        other => Fault::Passing(other.to_string()),
    }
}

fn no_address() -> Fault {
    Fault::Lasting("endpoint, bucket and prefix make no address: mend these settings".into())
}

fn untrusted(error: &ureq::Error) -> String {
    format!("its certificate is not trusted: check the endpoint and the certificates setting ({error})")
}

/// What an answer other than success means. <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn refusal(status: StatusCode, body: &str) -> Result<Answer, Fault> {
    let (code, message) =
        (element(body, "Code").unwrap_or_default(), element(body, "Message").unwrap_or_default());
    let told = if code.is_empty() { status.to_string() } else { format!("{} {code}", status.as_u16()) };
    let lasting = |what: &str| Err(Fault::Lasting(format!("{what} ({told})")));
    match (status.as_u16(), code) {
        (_, "NoSuchBucket") => lasting("there is no such bucket: create it, or mend the bucket setting"),
        (_, "InvalidAccessKeyId") => {
            lasting("the store does not know the access key: mend the access key setting")
        }
        (_, "SignatureDoesNotMatch") => {
            lasting("the secret key does not belong to the access key: mend the secret key setting")
        }
        // A signed URL that is too old, or of the future, is told in several ways.
        (_, "RequestTimeTooSkewed" | "RequestExpired" | "ExpiredPresignRequest" | "RequestNotReadyYet") => {
            lasting(CLOCK)
        }
        (403, _) if message.contains("expired") || message.contains("not yet valid") => lasting(CLOCK),
        (_, "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError" | "InvalidRegion") => {
            lasting("the store takes no such signature: mend the region setting")
        }
        (301 | 307 | 308, _) => lasting("the bucket is elsewhere: mend the endpoint and region settings"),
        (401 | 403, _) => {
            lasting("the access key may not do this: allow it to list, read, write and delete in the bucket")
        }
        (404, _) => Ok(Answer::Absent),
        (412, _) => Ok(Answer::Unmet),
        (501, _) | (_, "NotImplemented") => Ok(Answer::Unknown),
        (408 | 429, _) | (409, "ConditionalRequestConflict" | "OperationAborted") => {
            Err(Fault::Passing(told))
        }
        (400, "RequestTimeout" | "SlowDown") => Err(Fault::Passing(told)),
        _ if status.is_server_error() => Err(Fault::Passing(told)),
        _ => lasting("the store refused the request: check the endpoint and the bucket"),
    }
}

const CLOCK: &str = "the clock here and the store's differ: set both by a time service";

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once("</").map(|(text, _)| text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(status: u16, code: &str, message: &str) -> Result<Answer, (bool, String)> {
        let body =
            format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
        refusal(StatusCode::from_u16(status).unwrap(), &body).map_err(|fault| match fault {
            Fault::Passing(reason) => (true, reason),
            Fault::Lasting(reason) => (false, reason),
        })
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (status, code, message, part) in [
            (404, "NoSuchBucket", "", "create it"),
            (403, "InvalidAccessKeyId", "", "access key setting"),
            (403, "SignatureDoesNotMatch", "", "secret key setting"),
            (403, "RequestTimeTooSkewed", "", "clock"),
            (403, "AccessDenied", "Request has expired", "clock"),
            (403, "AccessDenied", "Request is not yet valid", "clock"),
            (403, "AccessDenied", "Access Denied.", "allow it"),
            (400, "AuthorizationHeaderMalformed", "", "region"),
            (301, "PermanentRedirect", "", "elsewhere"),
            (400, "InvalidArgument", "", "refused"),
        ] {
            let (is_passing, reason) = told(status, code, message).unwrap_err();
            assert!(!is_passing && reason.contains(part) && reason.contains(code), "{reason}");
        }
        for (status, code) in [
            (503, "SlowDown"),
            (500, "InternalError"),
            (429, ""),
            (408, ""),
            (409, "ConditionalRequestConflict"),
        ] {
            assert!(told(status, code, "").unwrap_err().0, "{code}");
        }
        assert!(matches!(told(404, "NoSuchKey", ""), Ok(Answer::Absent)));
        assert!(matches!(told(412, "PreconditionFailed", ""), Ok(Answer::Unmet)));
        for code in ["NotImplemented", ""] {
            assert!(matches!(told(501, code, ""), Ok(Answer::Unknown)));
        }
    }
}
