//! A department's receiver of webhooks.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sanzao_exchange::{SignedHeaders, WebhookSecret, verify};
use serde_json::Value;

pub const SECRET: [u8; 32] = [7; 32];

/// What a receiver got and believed.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: String,
    pub body: Value,
}

/// A department's receiver: it takes what is signed with its secret, and nothing else.
pub struct Receiver {
    received: Arc<Mutex<Vec<Received>>>,
    stop: Arc<AtomicBool>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    pub fn start(port: u16) -> Receiver {
        // Somebody's connection may have it for a moment.
        let deadline = Instant::now() + Duration::from_secs(20);
        let listener = loop {
            match TcpListener::bind(("127.0.0.1", port)) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "port {port}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let (received, stop) = (Arc::<Mutex<Vec<Received>>>::default(), Arc::<AtomicBool>::default());
        let (kept, stopping) = (Arc::clone(&received), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    break;
                }
                let mut connection = connection.unwrap();
                let Some(message) = read(&mut connection) else { continue };
                kept.lock().unwrap().push(message);
                let _ =
                    connection.write_all(b"HTTP/1.1 204 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Receiver { received, stop, port, thread: Some(thread) }
    }

    pub fn of_type(&self, kind: &str) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|message| message.body["type"] == kind).cloned().collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// One request; none of whoever only looked whether somebody listens.
fn read(connection: &mut TcpStream) -> Option<Received> {
    let mut reader = BufReader::new(connection);
    let (mut headers, mut line) = (Vec::new(), String::new());
    while reader.read_line(&mut line).ok()? > 0 && line.trim() != "" {
        headers.extend(
            line.trim().split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())),
        );
        line.clear();
    }
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut body = vec![0; header("content-length")?.parse().unwrap()];
    reader.read_exact(&mut body).ok()?;
    let signed = SignedHeaders {
        id: header("webhook-id")?,
        timestamp: header("webhook-timestamp")?,
        signature: header("webhook-signature")?,
    };
    let secret = WebhookSecret::new(&SECRET).unwrap();
    verify(&[secret], &signed, &body, sanzao::clock::now()).expect("the signature is that of the secret");
    Some(Received { id: signed.id, body: serde_json::from_slice(&body).unwrap() })
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
