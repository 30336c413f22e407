//! What the CloudEvents SDKs really send over HTTP, byte for byte, and what becomes of it: the answer, then intake's.
//! How it was captured: `crates/intake/tests/clients/README.md`.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use platform::Platform;
use sanzao_intake::{Contract, Desk, Incoming, PseudonymKey, SealKey};
use sanzao_model::{Bureau, Content, FactId, Feed};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../intake/tests/clients")
}

fn contract(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}

/// Requests as `<sdk>-<version>/<request>`, with their bytes.
fn requests() -> BTreeMap<String, Vec<u8>> {
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap().to_owned();
    let mut requests = BTreeMap::new();
    for sdk in fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for request in fs::read_dir(&sdk).unwrap().map(|entry| entry.unwrap().path()) {
            if request.extension().is_some_and(|extension| extension == "http") {
                let name = format!("{}/{}", name(&sdk), name(&request.with_extension("")));
                requests.insert(name, fs::read(request).unwrap());
            }
        }
    }
    requests
}

/// Status and body of the answer. Only the token is added: whoever captured the requests had none.
fn replay(platform: &Platform, request: &[u8]) -> (u16, serde_json::Value) {
    let line = request.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
    let token = format!("authorization: Bearer {}\r\n", platform.sender);
    let mut stream = TcpStream::connect(platform.address).unwrap();
    stream.write_all(&[&request[..line], token.as_bytes(), &request[line..]].concat()).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).unwrap();
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        if body.len() >= length.parse().unwrap() {
            return (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap());
        }
        assert!(read > 0, "cut off: {text}");
    }
}

/// What intake says of all that lies in the log, and the facts by the ids of their events.
fn judged(platform: &Platform) -> Vec<Result<FactId, String>> {
    let mut answers = Vec::new();
    for feed in Feed::ALL {
        let (key, seal) = (PseudonymKey::new([1; 32]), SealKey::new([2; 32]));
        let desk = Desk::new(contract(feed), &key, &seal, [Bureau(320614)]);
        for event in platform.stages.feed(feed) {
            let incoming = Incoming { headers: &event.headers, value: &event.value, partition: 0, offset: 0 };
            answers.push(match desk.read(&incoming) {
                Ok(accepted) => match accepted.statement.content {
                    Content::Fact(fact) => Ok(fact.id),
                    Content::Retraction { .. } => panic!("no case retracts"),
                },
                Err(rejection) => {
                    Err(format!("{} {}: {}", rejection.code, rejection.pointer, rejection.expected))
                }
            });
        }
    }
    answers
}

#[test]
fn what_the_sdks_send_gets_the_answer_that_is_written_down() {
    let mut told = String::new();
    let mut facts: BTreeMap<String, BTreeSet<FactId>> = BTreeMap::new();
    for (name, request) in requests() {
        let platform = Platform::start();
        let (status, body) = replay(&platform, &request);
        let judged = judged(&platform);
        let answer = match &judged[..] {
            [] => body["detail"].as_str().unwrap().to_owned(),
            [Ok(fact)] => {
                let case = name.rsplit_once("ary-").or(name.rsplit_once("ured-")).expect("a mode").1;
                facts.entry(case.to_owned()).or_default().insert(*fact);
                "accepted".to_owned()
            }
            [Err(refusal)] => refusal.clone(),
            many => {
                assert!(many.iter().all(Result::is_ok), "{name}: {many:?}");
                format!("accepted: {}", many.len())
            }
        };
        assert_eq!(status == 202, !judged.is_empty(), "{name}");
        told += &format!("{name} {status} {answer}\n");
    }
    for (case, facts) in facts {
        assert_eq!(facts.len(), 1, "{case} is not the same fact from every SDK in every mode");
    }
    let file = folder().join("expected-http.txt");
    if std::env::var_os("SANZAO_BLESS").is_some() {
        fs::write(&file, &told).unwrap();
    }
    assert_eq!(told, fs::read_to_string(file).unwrap(), "SANZAO_BLESS=1 writes it anew");
}
