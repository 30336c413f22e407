//! A collector of traces: it takes what is OTLP over HTTP, and keeps it as it came.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sanzao_traces::otlp::{OneValue, WireSpan, decode};

/// A span, and who told it.
#[derive(Debug, Clone)]
pub struct Told {
    /// `service.instance.id`.
    pub by: String,
    pub span: WireSpan,
}

impl Told {
    pub fn trace(&self) -> String {
        hex(&self.span.trace_id)
    }

    pub fn id(&self) -> String {
        hex(&self.span.span_id)
    }

    pub fn parent(&self) -> String {
        hex(&self.span.parent_span_id)
    }

    /// What is said about it, as text.
    pub fn says(&self) -> BTreeMap<String, String> {
        let text = |value: &OneValue| match value {
            OneValue::Text(text) => text.clone(),
            OneValue::Number(number) => number.to_string(),
            OneValue::Flag(flag) => flag.to_string(),
            OneValue::List(list) => format!("{list:?}"),
        };
        let all = self.span.attributes.iter();
        all.map(|one| (one.key.clone(), text(one.value.as_ref().unwrap().value.as_ref().unwrap()))).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// It runs until the test ends.
pub struct Collector {
    pub endpoint: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    pub fn start() -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || take(&connection.unwrap(), &kept));
            }
        });
        Collector { endpoint, bodies }
    }

    /// One that takes connections and never answers; it is there as long as what is given.
    pub fn silent() -> (String, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        (format!("http://{}", listener.local_addr().unwrap()), listener)
    }

    /// Everything that it was sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().unwrap().concat()
    }

    pub fn spans(&self) -> Vec<Told> {
        let bodies = self.bodies.lock().unwrap();
        let mut all = Vec::new();
        for body in bodies.iter() {
            for of in decode(body).expect("it is OTLP").resource_spans {
                let attributes = of.resource.unwrap().attributes;
                let name = attributes.iter().find(|one| one.key == "service.instance.id").unwrap();
                let Some(OneValue::Text(by)) = name.value.clone().unwrap().value else { panic!("{name:?}") };
                let spans = of.scope_spans.into_iter().flat_map(|scope| scope.spans);
                all.extend(spans.map(|span| Told { by: by.clone(), span }));
            }
        }
        all
    }

    /// The spans of a trace by name.
    pub fn trace(&self, id: &str) -> BTreeMap<String, Told> {
        let of_trace = self.spans().into_iter().filter(|told| told.trace() == id);
        of_trace.map(|told| (told.span.name.clone(), told)).collect()
    }
}

/// Requests of one connection, until it ends.
fn take(connection: &TcpStream, kept: &Mutex<Vec<Vec<u8>>>) {
    let mut reader = BufReader::new(connection);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line.trim() != "" {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        if length == 0 || reader.read_exact(&mut body).is_err() {
            return;
        }
        kept.lock().unwrap().push(body);
        let mut answering = connection;
        if answering.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}
