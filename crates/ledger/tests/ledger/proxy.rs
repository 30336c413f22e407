//! A small proxy before the store, which goes away, is busy, or loses what is said.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of requests.
#[derive(Debug, Clone, Copy)]
pub enum Mode {
    Pass,
    /// Every connection is closed.
    Away,
    /// So many requests are answered 503.
    Busy(u32),
    /// Requests of which the first line holds both are cut off.
    Cut(&'static str, &'static str),
    /// So many requests of which the first line holds both are answered 404.
    Hidden(&'static str, &'static str, u32),
    /// Conditions are answered 501, as by stores that do not know them.
    NoConditions,
    /// Of requests of which the first line holds both, so many are done, and the answer is lost.
    Mute(&'static str, &'static str, u32),
}

/// One request a connection.
pub struct Proxy {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    mode: Mode,
    /// Methods and paths.
    asked: Vec<String>,
}

impl Proxy {
    /// Before a port of this machine. It ends with the process.
    pub fn before(upstream: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { mode: Mode::Pass, asked: Vec::new() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // Who is cut off may close first.
                std::thread::spawn(move || drop(serve(connection, upstream, &state)));
            }
        });
        Proxy { port, state }
    }

    pub fn set(&self, mode: Mode) {
        self.state.lock().unwrap().mode = mode;
    }

    /// What was asked since the last call, without queries.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

/// What is done with one request.
enum Fate {
    Forward,
    ForwardMute,
    Cut,
    /// Status and code.
    Answer([&'static str; 2]),
}

const BUSY: [&str; 2] = ["503 Slow Down", "SlowDown"];
const ABSENT: [&str; 2] = ["404 Not Found", "NoSuchKey"];
const UNKNOWN: [&str; 2] = ["501 Not Implemented", "NotImplemented"];

impl State {
    fn fate(&mut self, line: &str, has_condition: bool) -> Fate {
        let takes = |one: &str, other: &str| line.contains(one) && line.contains(other);
        match &mut self.mode {
            Mode::Away => Fate::Cut,
            Mode::Busy(left) if *left > 0 => {
                *left -= 1;
                Fate::Answer(BUSY)
            }
            Mode::Cut(one, other) if takes(one, other) => Fate::Cut,
            Mode::Hidden(one, other, left) if *left > 0 && takes(one, other) => {
                *left -= 1;
                Fate::Answer(ABSENT)
            }
            Mode::NoConditions if has_condition => Fate::Answer(UNKNOWN),
            Mode::Mute(one, other, left) if *left > 0 && takes(one, other) => {
                *left -= 1;
                Fate::ForwardMute
            }
            _ => Fate::Forward,
        }
    }
}

fn serve(mut client: TcpStream, upstream: u16, state: &Mutex<State>) -> std::io::Result<()> {
    let (head, body) = read_request(&mut client)?;
    let line = head.lines().next().unwrap_or_default().to_owned();
    let has_condition = head.to_ascii_lowercase().contains("\r\nif-none-match:");
    let fate = {
        let mut state = state.lock().unwrap();
        state.asked.push(line.split('?').next().unwrap_or_default().to_owned());
        state.fate(&line, has_condition)
    };
    match fate {
        Fate::Cut => client.shutdown(Shutdown::Both),
        Fate::Answer([status, code]) => {
            let body = format!("<Error><Code>{code}</Code></Error>");
            write!(client, "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        }
        Fate::Forward | Fate::ForwardMute => {
            let mut server = TcpStream::connect(("127.0.0.1", upstream))?;
            let (line, rest) = head.split_once("\r\n").unwrap_or_default();
            write!(server, "{line}\r\nconnection: close\r\n{rest}")?;
            server.write_all(&body)?;
            let mut answer = Vec::new();
            server.read_to_end(&mut answer)?;
            if matches!(fate, Fate::Forward) { client.write_all(&answer) } else { Ok(()) }
        }
    }
}

/// The head with its empty line, and as much as it says follows.
fn read_request(client: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut block) = (Vec::new(), [0; 64 << 10]);
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let lower = head.to_ascii_lowercase();
            let length = lower.split_once("content-length:").map_or(0, |(_, rest)| {
                rest.lines().next().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            });
            if bytes.len() - end >= length {
                return Ok((head, bytes.split_off(end)));
            }
        }
        match client.read(&mut block)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend(&block[..read]),
        }
    }
}
