//! A log in a file, that fails when told to; keys in a folder; entries.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_audit::{
    Action, AuditError, AuditKey, AuditKeys, AuditLog, Entry, Fill, Head, LogError, Recorder, Report, verify,
};
use sanzao_model::{Instant, ItemId, PersonId};

pub const NODE: &str = "api-1";

/// What the next appends do instead of what they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fail {
    /// Nothing is written, and it says so.
    Before,
    /// Everything is written, and nobody learns of it.
    After,
    /// So many records are written, and nobody learns of it.
    Prefix(usize),
    /// Refused for good, nothing is written.
    Refused,
    /// Somebody else has taken over.
    Fenced,
    /// It works.
    Not,
}

/// Records in a file: four bytes of length, then the record. Synced with each append.
pub struct FileLog {
    pub path: PathBuf,
    pub fails: Mutex<VecDeque<Fail>>,
    /// How often the next calls of `last` fail.
    pub last_fails: Mutex<u32>,
    /// Sizes of the batches so far.
    pub batches: Mutex<Vec<usize>>,
    file: Mutex<File>,
}

impl FileLog {
    pub fn open(path: &Path) -> FileLog {
        let file = OpenOptions::new().create(true).append(true).read(true).open(path).unwrap();
        FileLog {
            path: path.to_owned(),
            fails: Mutex::default(),
            last_fails: Mutex::default(),
            batches: Mutex::default(),
            file: Mutex::new(file),
        }
    }

    pub fn fail(&self, fails: &[Fail]) {
        self.fails.lock().unwrap().extend(fails);
    }

    fn write(&self, records: &[Vec<u8>]) {
        let mut file = self.file.lock().unwrap();
        let mut bytes = Vec::new();
        for record in records {
            bytes.extend((record.len() as u32).to_be_bytes());
            bytes.extend(record);
        }
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
    }

    pub fn records(&self) -> Vec<Vec<u8>> {
        let mut file = self.file.lock().unwrap();
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_end(&mut bytes).unwrap();
        let (mut rest, mut records) = (bytes.as_slice(), Vec::new());
        while let Some((size, after)) = rest.split_first_chunk::<4>() {
            let (record, after) = after.split_at(u32::from_be_bytes(*size) as usize);
            records.push(record.to_vec());
            rest = after;
        }
        records
    }

    /// Makes the log hold exactly these.
    pub fn replace(&self, records: &[Vec<u8>]) {
        self.file.lock().unwrap().set_len(0).unwrap();
        self.write(records);
    }
}

impl AuditLog for FileLog {
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError> {
        let unavailable = || LogError::Unavailable { detail: "told to fail".to_owned() };
        self.batches.lock().unwrap().push(records.len());
        let fail = self.fails.lock().unwrap().pop_front().unwrap_or(Fail::Not);
        let written = match fail {
            Fail::Before | Fail::Refused | Fail::Fenced => 0,
            Fail::Prefix(most) => most.min(records.len()),
            Fail::After | Fail::Not => records.len(),
        };
        self.write(&records[..written]);
        match fail {
            Fail::Not => Ok(()),
            Fail::Fenced => Err(LogError::Fenced),
            Fail::Refused => Err(LogError::Refused { detail: "told to refuse".to_owned() }),
            Fail::Before | Fail::After | Fail::Prefix(_) => Err(unavailable()),
        }
    }

    fn last(&self) -> Result<Option<Vec<u8>>, LogError> {
        let mut fails = self.last_fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err(LogError::Unavailable { detail: "told to fail".to_owned() });
        }
        Ok(self.records().pop())
    }
}

/// A folder with a log and a key store.
pub struct Folder(tempfile::TempDir);

pub fn audit_key() -> AuditKey {
    AuditKey::new([7; 32])
}

pub fn fill(seed: u64) -> Fill {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    Box::new(move |bytes| {
        rng.fill_bytes(bytes);
        Ok(())
    })
}

impl Folder {
    pub fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn log(&self) -> Arc<FileLog> {
        Arc::new(FileLog::open(&self.path("log")))
    }

    pub fn try_keys(&self) -> Result<AuditKeys, AuditError> {
        AuditKeys::open(&self.path("audit-keys.db"), &audit_key(), NODE)
    }

    pub fn keys(&self) -> Arc<AuditKeys> {
        Arc::new(self.try_keys().unwrap())
    }

    /// All bytes of the key store and what SQLite keeps beside it.
    pub fn key_bytes(&self) -> Vec<u8> {
        let files = ["audit-keys.db", "audit-keys.db-wal"].map(|name| std::fs::read(self.path(name)));
        files.into_iter().flatten().flatten().collect()
    }
}

/// A recorder on a new folder.
pub struct Bench {
    pub recorder: Recorder,
    pub log: Arc<FileLog>,
    pub keys: Arc<AuditKeys>,
    pub folder: Folder,
}

impl Bench {
    pub fn new(seed: u64) -> Bench {
        Bench::on(Folder::new(), seed)
    }

    pub fn on(folder: Folder, seed: u64) -> Bench {
        let (log, keys) = (folder.log(), folder.keys());
        let recorder = Recorder::start(log.clone(), keys.clone(), fill(seed)).unwrap();
        Bench { recorder, log, keys, folder }
    }

    pub fn verify(&self) -> Report {
        verify(given(&self.log.records()), &self.keys).unwrap()
    }

    /// What it is on, after it ended.
    pub fn stop(self) -> Folder {
        let Bench { recorder, log, keys, folder } = self;
        drop((recorder, log, keys));
        folder
    }
}

pub fn given(records: &[Vec<u8>]) -> impl DoubleEndedIterator<Item = Result<Vec<u8>, LogError>> {
    records.iter().cloned().map(Ok)
}

pub fn person(n: u8) -> PersonId {
    PersonId([n, 0xe5, n, 0x5e, n, 0xaa, n, 1, n, 2, n, 3, n, 4, n, 5])
}

pub fn item(n: u8) -> ItemId {
    ItemId([n; 16])
}

/// Something of everything.
pub fn entry(n: u64, subjects: &[u8]) -> Entry {
    Entry {
        item: Some(item(n as u8)),
        subjects: subjects.iter().copied().map(person).collect(),
        purpose: Some(format!("purpose {n}")),
        details: BTreeMap::from([("role".to_owned(), "caseworker".to_owned())]),
        request: Some(format!("request-{n}")),
        from: Some("10.0.0.1".to_owned()),
        session: Some("5e55".to_owned()),
        ..Entry::new(Instant(n as i64), format!("account-{}", n % 3), Action::ReadCase)
    }
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Numbers as they are, hashes aside.
pub fn number(head: Head) -> u64 {
    head.number
}
