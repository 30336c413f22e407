//! How fast entries are recorded, over an SQLite file in WAL mode that is synced with each append, and how fast a chain
//! is verified and searched: `cargo run --release -p sanzao-audit --example audit_speed [RECORDS [PEOPLE]]`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example prints and may stop where it stands"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant as Clock;

use cpu_time::ProcessTime;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rusqlite::{Connection, OptionalExtension};
use sanzao_audit::{
    Action, AuditKey, AuditKeys, AuditLog, Entry, LogError, Order, Query, Recorder, search, verify,
};
use sanzao_model::{Instant, ItemId, PersonId};

const THREADS: u64 = 64;

struct SqliteLog {
    db: Mutex<Connection>,
    batches: Mutex<u64>,
}

impl AuditLog for SqliteLog {
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError> {
        let mut db = self.db.lock().unwrap();
        let transaction = db.transaction().unwrap();
        for record in &records {
            let mut insert = transaction.prepare_cached("INSERT INTO log (value) VALUES (?1)").unwrap();
            insert.execute([record]).unwrap();
        }
        transaction.commit().unwrap();
        *self.batches.lock().unwrap() += 1;
        Ok(())
    }

    fn last(&self) -> Result<Option<Vec<u8>>, LogError> {
        let sql = "SELECT value FROM log ORDER BY at DESC LIMIT 1";
        Ok(self.db.lock().unwrap().query_row(sql, [], |row| row.get(0)).optional().unwrap())
    }
}

fn person(n: u64) -> PersonId {
    PersonId(ChaCha20Rng::seed_from_u64(n).random())
}

fn entry(n: u64, people: u64) -> Entry {
    Entry {
        item: Some(ItemId([n as u8; 16])),
        subjects: vec![person(n.wrapping_mul(0x9e37_79b9) % people)],
        purpose: Some("looking after the case".to_owned()),
        details: BTreeMap::from([("role".to_owned(), "caseworker".to_owned())]),
        request: Some(format!("request-{n:016x}")),
        from: Some("10.20.30.40".to_owned()),
        session: Some("0123456789abcdef".to_owned()),
        ..Entry::new(Instant(n as i64 * 1_000_000_000), format!("account-{}", n % 300), Action::ReadCase)
    }
}

fn main() {
    let argument = |at, or| std::env::args().nth(at).map_or(or, |text| text.parse().unwrap());
    let (count, people): (u64, u64) = (argument(1, 1_000_000), argument(2, 50_000));
    let folder = tempfile::tempdir_in(".").unwrap();
    let db = Connection::open(folder.path().join("log.db")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE log (at INTEGER PRIMARY KEY, value BLOB NOT NULL);",
    )
    .unwrap();
    let log = Arc::new(SqliteLog { db: Mutex::new(db), batches: Mutex::default() });
    let keys =
        AuditKeys::open(&folder.path().join("audit-keys.db"), &AuditKey::new([1; 32]), "node").unwrap();
    let keys = Arc::new(keys);
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let fill = Box::new(move |bytes: &mut [u8]| {
        rng.fill_bytes(bytes);
        Ok(())
    });
    let recorder = Recorder::start(log.clone(), keys.clone(), fill).unwrap();

    let begun = Clock::now();
    for n in 0..200 {
        recorder.record(entry(n, people)).unwrap();
    }
    println!("one thread: {:.1} ms an entry", begun.elapsed().as_secs_f64() * 1e3 / 200.0);
    let cpu = ProcessTime::now();
    let (begun, batches) = (Clock::now(), *log.batches.lock().unwrap());
    let each = count / THREADS;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let recorder = &recorder;
            scope.spawn(move || {
                (0..each).for_each(|n| assert!(recorder.record(entry(thread * each + n, people)).is_ok()))
            });
        }
    });
    let seconds = begun.elapsed().as_secs_f64();
    let batches = *log.batches.lock().unwrap() - batches;
    println!(
        "{THREADS} threads: {:.0} entries/s, {:.0} µs of CPU an entry, {:.0} a batch",
        (each * THREADS) as f64 / seconds,
        cpu.elapsed().as_secs_f64() * 1e6 / (each * THREADS) as f64,
        (each * THREADS) as f64 / batches as f64
    );
    drop(recorder);
    read(&log, &keys);
}

fn read(log: &SqliteLog, keys: &AuditKeys) {
    let db = log.db.lock().unwrap();
    let mut select = db.prepare("SELECT value FROM log ORDER BY at").unwrap();
    let records: Vec<Vec<u8>> = select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = records.len();
    let bytes: usize = records.iter().map(Vec::len).sum();
    println!("{count} records of {} bytes", bytes / count);
    let per_million = |begun: ProcessTime| begun.elapsed().as_secs_f64() * 1e6 / count as f64;
    let begun = ProcessTime::now();
    assert!(verify(records.iter().cloned().map(Ok), keys).unwrap().is_whole());
    println!("verify: {:.2} s of CPU a million", per_million(begun));
    let queries = [
        ("by actor", Query { actor: Some("nobody".to_owned()), ..Query::default() }),
        ("by person", Query { person: Some(person(17)), ..Query::default() }),
        (
            "by item",
            Query { item: Some(ItemId([255; 16])), actor: Some("account-1".to_owned()), ..Query::default() },
        ),
        ("by item alone", Query { item: Some(ItemId([255; 16])), ..Query::default() }),
    ];
    for (name, query) in queries {
        let begun = ProcessTime::now();
        let page =
            search(records.iter().cloned().map(Ok), keys, &query, Order::OldestFirst, None, count).unwrap();
        println!("search {name}: {:.2} s of CPU a million, {} found", per_million(begun), page.found.len());
    }
    let begun = ProcessTime::now();
    let mut rows = select.query([]).unwrap();
    let records = std::iter::from_fn(|| rows.next().unwrap().map(|row| Ok(row.get(0).unwrap())));
    let query = Query { person: Some(person(17)), ..Query::default() };
    search(records, keys, &query, Order::OldestFirst, None, count).unwrap();
    println!("search by person, out of the file: {:.2} s of CPU a million", per_million(begun));
}
