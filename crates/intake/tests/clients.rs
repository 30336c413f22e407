//! What the CloudEvents SDKs really send over Kafka, and what intake answers: `clients/README.md`. What they send
//! over HTTP is replayed in `crates/api/tests/clients.rs`.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sample::desk;
use sanzao_intake::{Accepted, Incoming};
use sanzao_model::{Feed, Rejection};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// Records as `<sdk>-<version>/<record>`, with their bytes.
fn records() -> BTreeMap<String, Vec<u8>> {
    let mut records = BTreeMap::new();
    for sdk in fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for record in fs::read_dir(&sdk).unwrap().map(|entry| entry.unwrap().path()) {
            if record.extension().is_some_and(|extension| extension == "kafka") {
                let name = format!("{}/{}", name_of(&sdk), name_of(&record.with_extension("")));
                records.insert(name, fs::read(record).unwrap());
            }
        }
    }
    records
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// Lines of headers, an empty line, the value.
fn read(record: &[u8]) -> Result<Accepted, Box<Rejection>> {
    let end = record.windows(2).position(|pair| pair == b"\n\n").expect("an empty line behind the headers");
    let header = |line: &[u8]| {
        let at = line.iter().position(|byte| *byte == b':').expect("a header");
        (String::from_utf8(line[..at].to_vec()).unwrap(), line[at + 1..].trim_ascii().to_vec())
    };
    let lines = record[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let headers: Vec<_> = lines.map(header).collect();
    let value = &record[end + 2..];
    let text = String::from_utf8_lossy(record).replace("\\/", "/");
    let feed = Feed::ALL.into_iter().find(|feed| text.contains(&format!("/320614/{feed}"))).unwrap();
    desk(feed).read(&Incoming { headers: &headers, value, partition: 0, offset: 0 })
}

#[test]
fn what_the_sdks_send_gets_the_answer_that_is_written_down() {
    let mut told = String::new();
    let mut facts: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    let mut sdks = BTreeSet::new();
    for (name, record) in records() {
        let answer = match read(&record) {
            Ok(accepted) => {
                let case = name.rsplit_once("ary-").or(name.rsplit_once("ured-")).expect("a mode").1;
                facts.entry(case.to_owned()).or_default().insert(accepted.statement.content.id());
                assert_eq!(accepted.warnings, [], "{name}");
                let names = accepted.identities.iter().filter_map(|who| who.name.as_deref());
                assert!(
                    names.into_iter().all(|name| ["陈𠮷国", "阿依古丽·买买提"].contains(&name)),
                    "{name}"
                );
                "accepted".to_owned()
            }
            Err(rejection) => format!("{} {}: {}", rejection.code, rejection.pointer, rejection.expected),
        };
        sdks.insert(name.split('/').next().unwrap().to_owned());
        told += &format!("{name} {answer}\n");
    }
    assert_eq!(sdks.len(), 5, "{sdks:?}");
    for (case, facts) in facts {
        assert_eq!(facts.len(), 1, "{case} is not the same fact from every SDK in every mode");
    }
    let file = folder().join("expected-kafka.txt");
    if std::env::var_os("SANZAO_BLESS").is_some() {
        fs::write(&file, &told).unwrap();
    }
    assert_eq!(told, fs::read_to_string(file).unwrap(), "SANZAO_BLESS=1 writes it anew");
}
