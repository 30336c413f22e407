//! Spans and their collector over HTTP: one that takes them, one that refuses, one that comes back, and one that never
//! answers, which costs nobody any time.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sanzao_traces::otlp::{ExportRequest, WireSpan, decode};
use sanzao_traces::{Counts, Joined, Process, Settings, TraceParent, Traces, TracesError};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64
}

fn traces(port: u16, ratio: f64) -> Traces {
    let endpoint = format!("http://127.0.0.1:{port}");
    let settings = Settings { endpoint, ratio, certificates: None, is_trial: false };
    let process =
        Process { name: "worker-1".into(), version: "0.1.0", stages: vec!["intake".into(), "api".into()] };
    Traces::start(&settings, &process, now, [7; 32]).unwrap()
}

/// A collector that answers each request in turn by these, and the last one from then on; gives what it is sent.
fn collector(answers: &'static [&'static str]) -> (u16, Receiver<ExportRequest>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, (tell, told)) = (listener.local_addr().unwrap().port(), channel());
    std::thread::spawn(move || {
        let mut answers = answers.iter();
        let mut answer = *answers.next().unwrap();
        for connection in listener.incoming() {
            let Some(body) = read(&mut connection.as_ref().unwrap()) else { continue };
            let rest = format!("HTTP/1.1 {answer}\r\nconnection: close\r\n\r\n");
            // Who has the answer may look at once at what was told.
            let is_heard = tell.send(decode(&body).unwrap()).is_ok();
            let _ = connection.unwrap().write_all(rest.as_bytes());
            answer = answers.next().copied().unwrap_or(answer);
            if !is_heard {
                break;
            }
        }
    });
    (port, told)
}

const OK: &str = "200 x\r\ncontent-length: 0";

/// The body of a request to where OTLP goes.
fn read(connection: &mut &TcpStream) -> Option<Vec<u8>> {
    let mut reader = BufReader::new(connection);
    let (mut line, mut length, mut head) = (String::new(), 0, String::new());
    while reader.read_line(&mut line).ok()? > 0 && line.trim() != "" {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&std::mem::take(&mut line).to_lowercase());
    }
    let is_otlp =
        head.starts_with("post /v1/traces ") && head.contains("content-type: application/x-protobuf");
    assert!(is_otlp, "{head}");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn spans(request: &ExportRequest) -> &[WireSpan] {
    &request.resource_spans[0].scope_spans[0].spans
}

fn end_one(traces: &Traces) {
    traces.begin("intake", traces.now(), Joined::default()).unwrap().end();
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "not {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_trace_goes_on_from_stage_to_stage() {
    let (port, told) = collector(&[OK]);
    let traces = traces(port, 1.0);
    let first = traces.begin("intake", traces.now(), Joined::default()).unwrap();
    let header = first.parent().to_string();
    let parent = TraceParent::parse(header.as_bytes()).unwrap();
    let mut joined = Joined::from(parent);
    let other = traces.begin("intake", traces.now(), Joined::default()).unwrap().parent();
    joined.add(other);
    let mut second = traces.go_on("discovery", traces.now(), joined).unwrap();
    second.set("sanzao.people", 3u64);
    first.end();
    second.part("rules", traces.now(), traces.now(), vec![("sanzao.rules", 2u64.into())]);
    second.end();
    assert!(traces.go_on("discovery", 0, Joined::default()).is_none(), "nothing was sampled");
    traces.close(Duration::from_secs(5));
    let request = told.recv_timeout(Duration::from_secs(5)).unwrap();
    let resource = request.resource_spans[0].resource.as_ref().unwrap();
    let names: Vec<&str> = resource.attributes.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(names, ["service.name", "service.instance.id", "service.version", "sanzao.stages"]);
    let [intake, rules, discovery] = spans(&request) else { panic!("{request:?}") };
    assert_eq!([&intake.name, &rules.name, &discovery.name], ["intake", "rules", "discovery"]);
    assert!(intake.trace_id == discovery.trace_id && intake.trace_id == rules.trace_id);
    assert_eq!((&discovery.parent_span_id, &rules.parent_span_id), (&intake.span_id, &discovery.span_id));
    assert!(intake.parent_span_id.is_empty() && discovery.links.len() == 1);
    assert!(discovery.end_time_unix_nano >= discovery.start_time_unix_nano);
    assert_eq!(traces.counts(), Some(Counts { sent: 3, dropped: 0 }));
    // Who comes too late is counted.
    end_one(&traces);
    assert_eq!(traces.counts().unwrap().dropped, 1);
}

#[test]
fn what_is_refused_is_counted_and_what_failed_for_now_is_sent_again() {
    let partial = "200 x\r\ncontent-length: 4\r\nconnection: close\r\n\r\n\x0a\x02\x08\x01";
    let answers = vec!["400 x\r\ncontent-length: 0", "503 x\r\ncontent-length: 0", partial, OK];
    let (port, told) = collector(answers.leak());
    let traces = traces(port, 1.0);
    end_one(&traces);
    until("refused", || traces.counts().unwrap() == Counts { sent: 0, dropped: 1 });
    end_one(&traces);
    end_one(&traces);
    until("sent", || traces.counts().unwrap() == Counts { sent: 1, dropped: 2 });
    end_one(&traces);
    traces.close(Duration::from_secs(5));
    assert_eq!(traces.counts(), Some(Counts { sent: 2, dropped: 2 }));
    let counts: Vec<usize> = told.try_iter().map(|request| spans(&request).len()).collect();
    assert_eq!(counts, [1, 2, 2, 1], "the second was sent twice");
}

#[test]
fn a_collector_that_never_answers_keeps_nobody_waiting() {
    // It takes connections, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let traces = traces(listener.local_addr().unwrap().port(), 1.0);
    let started = Instant::now();
    for _ in 0..20_000 {
        end_one(&traces);
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let counts = traces.counts().unwrap();
    assert!(counts.sent == 0 && counts.dropped > 10_000, "{counts:?}");
    let started = Instant::now();
    traces.close(Duration::from_secs(1));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn one_that_is_not_there_either() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let traces = traces(port, 1.0);
    end_one(&traces);
    let started = Instant::now();
    traces.close(Duration::from_secs(5));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(traces.counts(), Some(Counts { sent: 0, dropped: 1 }));
}

#[test]
fn where_nothing_is_followed_nothing_is_made() {
    let traces = Traces::off();
    assert!(!traces.is_on() && traces.sampler().is_none() && traces.counts().is_none());
    assert!(traces.begin("intake", traces.now(), Joined::default()).is_none());
    traces.close(Duration::from_secs(60));
    let endpoint = "http://127.0.0.1:1".to_owned();
    let wrong = Settings { endpoint, ratio: 1.5, certificates: None, is_trial: false };
    let process = Process { name: "a".into(), version: "0", stages: Vec::new() };
    assert!(matches!(Traces::start(&wrong, &process, now, [0; 32]), Err(TracesError::Ratio(_))));
}
