//! Receivers of messages, and what the tests send them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Stopwatch};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sanzao_exchange::{
    Courier, Deliveries, Endpoint, EndpointId, ExchangeError, Happening, Identities, IdentityFault, ItemNews,
    LogPosition, MessageId, Outbox, PersonIdentity, Question, RequestId, RequestNews, RequestState, ResultId,
    Settings, SignedHeaders, VerificationRequest, WebhookSecret,
};
use sanzao_model::{
    Day, Evidence, EvidenceRole, FactId, Feed, IdNumber, Instant, ItemId, Outcome, PersonId, Place,
};

pub const SECOND: i64 = 1_000_000_000;
pub const DAY: i64 = 86_400 * SECOND;
pub const NOW: Instant = Instant(1_790_000_000 * SECOND);
/// Of nobody: its check character is computed.
pub const NUMBER: &str = "32068419800101001X";
pub const NAME: &str = "张某某";

/// One request that a receiver got.
#[derive(Debug, Clone)]
pub struct Received {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> String {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().unwrap_or_else(|| panic!("{name} is missing")).1.clone();
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    pub fn signed(&self) -> SignedHeaders {
        SignedHeaders {
            id: self.header("webhook-id"),
            timestamp: self.header("webhook-timestamp"),
            signature: self.header("webhook-signature"),
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What a receiver does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    With(u16, &'static str, String),
    /// Nothing, until the receiver is dropped.
    Hang,
    /// A good status, and a body that never ends.
    Endless,
    /// A header that never ends.
    EndlessHeader,
    /// One byte of the status line every so often, for ever.
    Drip,
    NoHttp,
    Close,
    After(Duration, u16),
}

pub struct Receiver {
    pub port: u16,
    scheme: &'static str,
    received: Arc<Mutex<Vec<Received>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Receiver {
    /// A receiver; the request's number, from 0, decides what it does.
    pub fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Receiver {
        Receiver::listen(TcpListener::bind("127.0.0.1:0").unwrap(), None, reply)
    }

    pub fn on_port(port: u16, reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Receiver {
        Receiver::listen(TcpListener::bind(("127.0.0.1", port)).unwrap(), None, reply)
    }

    /// One that speaks TLS by a certificate that `certificates/authority.pem` vouches for.
    pub fn with_tls(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Receiver {
        let chain = vec![CertificateDer::from_pem_slice(&certificate("receiver.pem")).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(&certificate("receiver.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
        Receiver::listen(TcpListener::bind("127.0.0.1:0").unwrap(), Some(Arc::new(config)), reply)
    }

    fn listen(
        listener: TcpListener,
        tls: Option<Arc<ServerConfig>>,
        reply: impl Fn(usize) -> Reply + Send + Sync + 'static,
    ) -> Receiver {
        let port = listener.local_addr().unwrap().port();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let stopped: Arc<AtomicBool> = Arc::default();
        let (kept, stop, reply) = (received.clone(), stopped.clone(), Arc::new(reply));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let thread = thread::spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (kept, stop, reply, tls) = (kept.clone(), stop.clone(), reply.clone(), tls.clone());
                thread::spawn(move || serve(connection.unwrap(), tls, &kept, &stop, &*reply));
            }
        });
        Receiver { port, scheme, received, stopped, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/hooks", self.scheme, self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn ids(&self) -> Vec<String> {
        self.received().iter().map(|received| received.header("webhook-id")).collect()
    }

    /// Waits until it has got so many requests.
    pub fn wait_for(&self, count: usize) {
        until("requests come", || self.received.lock().unwrap().len() >= count);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Polls a condition with a deadline.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Stopwatch::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

pub fn certificate(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    std::fs::read(folder.join(name)).unwrap()
}

fn serve(
    connection: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    kept: &Mutex<Vec<Received>>,
    stop: &AtomicBool,
    reply: &dyn Fn(usize) -> Reply,
) {
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(connection),
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), connection)),
    };
    let Some(received) = read(&mut *stream) else { return };
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(received);
        kept.len() - 1
    };
    let rest = "content-length: 0\r\nconnection: close\r\n\r\n";
    let wait = || thread::sleep(Duration::from_millis(5));
    let written = match reply(number) {
        Reply::Status(status) => stream.write_all(format!("HTTP/1.1 {status} x\r\n{rest}").as_bytes()),
        Reply::With(status, name, value) => {
            stream.write_all(format!("HTTP/1.1 {status} x\r\n{name}: {value}\r\n{rest}").as_bytes())
        }
        Reply::NoHttp => stream.write_all(b"SSH-2.0-x\r\n\r\n"),
        Reply::Close => Ok(()),
        Reply::After(pause, status) => {
            thread::sleep(pause);
            stream.write_all(format!("HTTP/1.1 {status} x\r\n{rest}").as_bytes())
        }
        Reply::Hang => {
            while !stop.load(Ordering::SeqCst) {
                wait();
            }
            Ok(())
        }
        Reply::Endless => {
            let mut written = stream.write_all(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n");
            while written.is_ok() && !stop.load(Ordering::SeqCst) {
                written = stream.write_all(format!("4000\r\n{}\r\n", "x".repeat(0x4000)).as_bytes());
            }
            written
        }
        Reply::EndlessHeader => {
            let mut written = stream.write_all(b"HTTP/1.1 200 x\r\n");
            while written.is_ok() && !stop.load(Ordering::SeqCst) {
                written = stream.write_all(format!("a: {}\r\n", "x".repeat(0x4000)).as_bytes());
            }
            written
        }
        Reply::Drip => {
            let mut written = Ok(());
            for byte in b"HTTP/1.1 200 ".iter().chain(std::iter::repeat(&b'x')) {
                if written.is_err() || stop.load(Ordering::SeqCst) {
                    break;
                }
                written = stream.write_all(&[*byte]);
                thread::sleep(Duration::from_millis(50));
            }
            written
        }
    };
    drop(written);
    drop(stream.flush());
}

fn read(stream: &mut dyn Stream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut some) {
            Ok(count) if count > 0 => bytes.extend(&some[..count]),
            _ => return None,
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.expect("a body has a length").1.parse().unwrap();
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        match stream.read(&mut some) {
            Ok(count) if count > 0 => body.extend(&some[..count]),
            _ => return None,
        }
    }
    Some(Received { line, headers, body })
}

/// Identities as the vault would tell them.
pub struct Vault(pub Mutex<Result<(), IdentityFault>>);

impl Default for Vault {
    fn default() -> Vault {
        Vault(Mutex::new(Ok(())))
    }
}

impl Identities for Vault {
    fn identity(&self, person: PersonId, _: RequestId) -> Result<PersonIdentity, IdentityFault> {
        assert_eq!(person, PersonId([3; 16]));
        (*self.0.lock().unwrap())?;
        Ok(PersonIdentity { id_number: number(), name: NAME.into() })
    }
}

pub fn number() -> IdNumber {
    let stem = &NUMBER[..17];
    let fits = |last: char| IdNumber::parse(&format!("{stem}{last}")).ok();
    "0123456789X".chars().find_map(fits).expect("one check character fits")
}

pub fn secret(byte: u8) -> WebhookSecret {
    WebhookSecret::new(&[byte; 32]).unwrap()
}

pub fn id(name: &str) -> EndpointId {
    name.parse().unwrap()
}

pub fn endpoint(name: &str, department: Feed, url: &str) -> Endpoint {
    Endpoint::new(id(name), department, url, vec![secret(1)]).unwrap()
}

pub fn settings() -> Settings {
    let allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Settings { timeout_seconds: 10, workers: 2, allowed_networks, ..Settings::default() }
}

/// An outbox with its file, its endpoints, and a clock of its own.
pub struct Office {
    folder: tempfile::TempDir,
    pub outbox: Mutex<Outbox>,
    pub endpoints: Vec<Endpoint>,
    pub courier: Courier,
    pub vault: Vault,
    clock: AtomicI64,
}

impl Office {
    pub fn new(endpoints: Vec<Endpoint>) -> Office {
        Office::with(endpoints, settings())
    }

    pub fn with(endpoints: Vec<Endpoint>, settings: Settings) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Mutex::new(Outbox::open(&folder.path().join("outbox.db"), &endpoints).unwrap());
        let courier = Courier::new(settings).unwrap();
        Office { folder, outbox, endpoints, courier, vault: Vault::default(), clock: AtomicI64::new(NOW.0) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("outbox.db")
    }

    pub fn now(&self) -> Instant {
        Instant(self.clock.load(Ordering::SeqCst))
    }

    pub fn set(&self, now: Instant) {
        self.clock.store(now.0, Ordering::SeqCst);
    }

    pub fn pass(&self, nanos: i64) {
        self.clock.fetch_add(nanos, Ordering::SeqCst);
    }

    pub fn deliver(&self) -> Deliveries {
        self.try_deliver().unwrap()
    }

    pub fn try_deliver(&self) -> Result<Deliveries, ExchangeError> {
        self.courier.deliver_due(&self.outbox, &self.endpoints, &self.vault, &|| self.now(), &|| 0)
    }

    pub fn with_outbox<T>(&self, act: impl FnOnce(&mut Outbox) -> T) -> T {
        act(&mut self.outbox.lock().unwrap())
    }

    /// Closes the file and opens it again.
    pub fn restart(self) -> Office {
        let Office { folder, outbox, endpoints, courier, vault, clock } = self;
        drop(outbox);
        let outbox = Mutex::new(Outbox::open(&folder.path().join("outbox.db"), &endpoints).unwrap());
        Office { folder, outbox, endpoints, courier, vault, clock }
    }

    /// Takes in the next record of the log: alerts that were closed, each with one trigger of its own number.
    pub fn close(&self, feed: Feed, items: impl IntoIterator<Item = u8>) -> usize {
        let news: Vec<_> = items.into_iter().map(|item| closed(feed, item, Outcome::Helped)).collect();
        self.take_in(&news, &[])
    }

    pub fn take_in(&self, news: &[ItemNews], requests: &[RequestNews]) -> usize {
        let now = self.now();
        self.with_outbox(|outbox| {
            let next = outbox.position("work", 0).unwrap() + 1;
            let judged = outbox.judge(position(next), news, &place).unwrap();
            outbox.take_in(&judged, requests, now).unwrap()
        })
    }
}

pub fn position(next: u64) -> LogPosition {
    LogPosition { log: "work".into(), partition: 0, next }
}

pub fn place(fact: FactId) -> Option<Place> {
    Some(Place { partition: 0, offset: u64::from(fact.0[0]) })
}

pub fn trigger(feed: Feed, fact: u8) -> Evidence {
    evidence(feed, fact, EvidenceRole::Trigger)
}

pub fn evidence(feed: Feed, fact: u8, role: EvidenceRole) -> Evidence {
    Evidence { fact: FactId([fact; 16]), feed, kind: "custody.started".into(), on: Day(20_000), role }
}

pub fn closed(feed: Feed, item: u8, outcome: Outcome) -> ItemNews {
    ItemNews {
        item: ItemId([item; 16]),
        previous: None,
        on: Day(20_100),
        happening: Happening::Closed { outcome },
        evidence: vec![trigger(feed, item)],
    }
}

/// The message that tells of the first verdict of [`closed`].
pub fn message_of(item: u8) -> MessageId {
    MessageId::of_result(ResultId::of(ItemId([item; 16]), FactId([item; 16]), 1))
}

pub fn request(number: u32) -> VerificationRequest {
    let (item, question) = (ItemId([9; 16]), Question::RegistrationAndLiving);
    VerificationRequest {
        id: RequestId::of(item, question, number),
        item,
        person: PersonId([3; 16]),
        question,
        asked_by: "wang".into(),
        asked_at: NOW,
        deadline: NOW.day_in_china().plus_days(7),
        state: RequestState::Asked,
    }
}
