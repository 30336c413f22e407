//! moto as a store that speaks S3, believed only where botocore would have signed the same.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sanzao_ledger::Snapshots;
use sanzao_ledger::snapshot::{S3Settings, SecretKey};
use sanzao_model::Instant;

use crate::python::{python, scripts};

const BUCKET: &str = "snapshots";

/// The server, which ends with its standard input: with these tests at the latest.
pub struct Server {
    child: Child,
    input: Option<ChildStdin>,
    pub port: u16,
}

impl Server {
    /// With `tls` a certificate and its key.
    pub fn start(tls: Option<[&Path; 2]>) -> Option<Server> {
        let mut command = Command::new(python()?);
        let script = command.arg(scripts().join("s3_server.py")).args(tls.into_iter().flatten());
        let script = script.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the server says its port");
        let input = child.stdin.take();
        Some(Server { child, input, port })
    }

    /// The one that these tests share.
    pub fn shared() -> Option<&'static Server> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        let server = SERVER.get_or_init(|| {
            let server = Server::start(None)?;
            raw(&format!("http://127.0.0.1:{}/{BUCKET}", server.port), "PUT", b"");
            Some(server)
        });
        server.as_ref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

/// The clock of requests.
pub fn now() -> Instant {
    Instant(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64)
}

/// A folder of its own in the shared server's bucket.
pub struct Bucket {
    port: u16,
    prefix: String,
}

impl Bucket {
    pub fn new() -> Option<Bucket> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("of test {}+省", NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Bucket { port: Server::shared()?.port, prefix })
    }

    /// By way of another port of this machine.
    pub fn through(&self, port: u16) -> Bucket {
        Bucket { port, prefix: self.prefix.clone() }
    }

    pub fn settings(&self) -> S3Settings {
        S3Settings {
            endpoint: format!("http://127.0.0.1:{}", self.port).parse().unwrap(),
            region: "cn-east-3".into(),
            bucket: BUCKET.into(),
            prefix: self.prefix.clone(),
            access_key: "SANZAOSNAPSHOTSTESTS".into(),
            secret_key: SecretKey::new("a/secret+of the=tests"),
            certificates: None,
            path_style: true,
        }
    }

    pub fn snapshots(&self) -> Snapshots {
        Snapshots::in_bucket(&self.settings(), now).unwrap()
    }

    fn raw(&self, method: &str, name: &str, body: &[u8]) -> Vec<u8> {
        let mut url: url::Url = format!("http://127.0.0.1:{}/{BUCKET}", self.port).parse().unwrap();
        url.path_segments_mut().unwrap().extend([&self.prefix, "320614", name]);
        raw(&url.as_str().replace('+', "%2B"), method, body)
    }

    /// Names of up to a thousand of the bureau's objects.
    pub fn names(&self) -> Vec<String> {
        let mut url: url::Url = format!("http://127.0.0.1:{}/{BUCKET}", self.port).parse().unwrap();
        let folder = format!("{}/320614/", self.prefix);
        url.query_pairs_mut().append_pair("list-type", "2").append_pair("prefix", &folder);
        let listed = String::from_utf8(raw(url.as_str(), "GET", b"")).unwrap();
        let keys = listed.split("<Key>").skip(1).map(|rest| rest.split_once("</Key>").unwrap().0);
        keys.map(|key| key.strip_prefix(&folder).unwrap().to_owned()).collect()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        self.raw("GET", name, b"")
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        self.raw("PUT", name, bytes);
    }

    pub fn remove(&self, name: &str) {
        self.raw("DELETE", name, b"");
    }
}

/// A request of the test's own, which needs no signature.
fn raw(url: &str, method: &str, body: &[u8]) -> Vec<u8> {
    let request = ureq::http::Request::builder().method(method).uri(url).header("x-of-the-test", "1");
    let answer = match method {
        "PUT" => ureq::run(request.body(body).unwrap()),
        _ => ureq::run(request.body(()).unwrap()),
    };
    let mut bytes = Vec::new();
    answer.unwrap().into_body().into_reader().read_to_end(&mut bytes).unwrap();
    bytes
}
