//! Recording: many threads, logs that fail, restarts, other processes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeSet;
use std::sync::Barrier;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_audit::{
    AuditError, AuditKey, AuditKeys, ErrorClass, Fault, Head, NoRandomness, Recorder, open, verify,
};
use sanzao_model::{Instant, PersonId};
use support::*;

#[test]
fn sixty_four_threads_get_numbers_of_their_own_and_make_one_chain() {
    const THREADS: u64 = 64;
    const EACH: u64 = 500;
    let bench = Bench::new(1);
    let start = Barrier::new(THREADS as usize);
    let work = |thread: u64| {
        start.wait();
        let record = |n| {
            let subjects: &[u8] = if n % 4 == 0 { &[(thread % 20) as u8, 200] } else { &[] };
            bench.recorder.record(entry(thread * EACH + n, subjects)).unwrap()
        };
        (0..EACH).map(record).collect::<Vec<_>>()
    };
    let numbers: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || work(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(numbers.iter().all(|of_one| of_one.is_sorted()), "one after the other");
    let unique: BTreeSet<u64> = numbers.iter().flatten().copied().collect();
    assert_eq!(unique, (1..=THREADS * EACH).collect());
    let report = bench.verify();
    assert!(report.is_whole(), "{:?}", report.broken);
    assert_eq!((report.end.number, report.mark), (THREADS * EACH, report.end));
    // What each thread was told is where its entry lies.
    let records = bench.log.records();
    for (thread, of_one) in numbers.iter().enumerate() {
        for (n, number) in of_one.iter().enumerate().step_by(97) {
            let opened = open(&records[*number as usize - 1], &bench.keys).unwrap();
            assert_eq!((opened.number, opened.at.0), (*number, (thread as u64 * EACH) as i64 + n as i64));
        }
    }
    let batches = bench.log.batches.lock().unwrap().len();
    println!("{batches} appends for {} entries", THREADS * EACH);
    assert!(batches < (THREADS * EACH / 2) as usize, "entries that wait are not appended together");
}

#[test]
fn a_log_that_fails_makes_an_error_and_no_fork() {
    for fail in [Fail::Before, Fail::After, Fail::Prefix(0), Fail::Prefix(1), Fail::Refused] {
        let bench = Bench::new(2);
        bench.recorder.record(entry(1, &[1])).unwrap();
        bench.log.fail(&[fail, fail]);
        *bench.log.last_fails.lock().unwrap() = 1;
        let mut class = ErrorClass::Retry;
        if fail == Fail::Refused {
            class = ErrorClass::Reject;
        }
        assert_eq!(bench.recorder.record(entry(2, &[1])).unwrap_err().class(), class, "{fail:?}");
        // The end of the log cannot be read, then the append fails once more.
        let error = bench.recorder.record(entry(3, &[1])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Retry, "{fail:?}");
        assert_eq!(bench.recorder.record(entry(4, &[1])).unwrap_err().class(), class, "{fail:?}");
        let number = bench.recorder.record(entry(5, &[1])).unwrap();
        let report = bench.verify();
        assert!(report.is_whole(), "{fail:?}: {:?}", report.broken);
        assert_eq!(report.end.number, number);
        let times: Vec<i64> =
            bench.log.records().iter().map(|bytes| open(bytes, &bench.keys).unwrap().at.0).collect();
        let expected: &[i64] = match fail {
            Fail::After | Fail::Prefix(1) => &[1, 2, 4, 5],
            _ => &[1, 5],
        };
        assert_eq!(times, expected, "{fail:?}");
    }
}

/// Threads that try again, over a log that fails in every way, with restarts between.
#[test]
fn whatever_fails_the_chain_holds_and_everything_told_is_there() {
    for seed in 0..12 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut folder = Folder::new();
        let mut told = BTreeSet::new();
        for round in 0..4_u64 {
            let bench = Bench::on(folder, seed * 10 + round);
            let fails: Vec<Fail> = (0..40)
                .map(|_| match rng.random_range(0..6) {
                    0 => Fail::Before,
                    1 => Fail::After,
                    2 => Fail::Prefix(rng.random_range(0..9)),
                    _ => Fail::Not,
                })
                .collect();
            bench.log.fail(&fails);
            *bench.log.last_fails.lock().unwrap() = rng.random_range(0..3);
            let recorder = &bench.recorder;
            let numbers: Vec<(u64, u64)> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8_u64)
                    .map(|thread| {
                        scope.spawn(move || {
                            let record = |n: u64| {
                                let id = (round * 8 + thread) * 20 + n;
                                loop {
                                    match recorder.record(entry(id, &[(id % 7) as u8])) {
                                        Ok(number) => return (number, id),
                                        Err(error) => assert_eq!(error.class(), ErrorClass::Retry, "{error}"),
                                    }
                                }
                            };
                            (0..20).map(record).collect::<Vec<_>>()
                        })
                    })
                    .collect();
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
            });
            told.extend(numbers);
            let report = bench.verify();
            assert!(report.is_whole(), "seed {seed}: {:?}", report.broken);
            assert_eq!(report.mark, report.end);
            folder = bench.stop();
        }
        assert_eq!(told.len(), 4 * 8 * 20);
        let bench = Bench::on(folder, 99);
        let records = bench.log.records();
        for (number, id) in told {
            let opened = open(&records[number as usize - 1], &bench.keys).unwrap();
            assert_eq!((opened.number, opened.at.0), (number, id as i64), "seed {seed}");
        }
    }
}

#[test]
fn a_restart_goes_on_at_the_end_of_the_log() {
    let bench = Bench::new(3);
    bench.recorder.record(entry(1, &[1])).unwrap();
    // As after a crash between append and mark: the log is further than the mark.
    let mark = bench.keys.end_mark().unwrap();
    bench.recorder.record(entry(2, &[2])).unwrap();
    bench.keys.accept_end(mark).unwrap();
    let folder = bench.stop();
    let bench = Bench::on(folder, 4);
    assert_eq!(number(bench.keys.end_mark().unwrap()), 2);
    assert_eq!(bench.recorder.record(entry(3, &[1])), Ok(3));
    assert!(bench.verify().is_whole());
}

#[test]
fn who_was_superseded_never_records_again() {
    let bench = Bench::new(5);
    bench.recorder.record(entry(1, &[])).unwrap();
    bench.log.fail(&[Fail::Fenced]);
    for _ in 0..3 {
        assert_eq!(bench.recorder.record(entry(2, &[])), Err(AuditError::Superseded));
    }
    assert_eq!(bench.log.records().len(), 1);
    assert_eq!(AuditError::Superseded.class(), ErrorClass::Reject);
}

/// The second process has the same key, and the log does not fence.
#[test]
fn two_that_record_at_once_are_noticed() {
    let bench = Bench::new(6);
    bench.recorder.record(entry(1, &[])).unwrap();
    let other_keys = AuditKeys::open(&bench.folder.path("other.db"), &audit_key(), NODE).unwrap();
    other_keys.accept_end(bench.keys.end_mark().unwrap()).unwrap();
    let other = Recorder::start(bench.log.clone(), other_keys.into(), fill(7)).unwrap();
    assert_eq!(other.record(entry(2, &[])), Ok(2));
    // The first looks at the end of the log after a failure.
    bench.log.fail(&[Fail::Before]);
    assert_eq!(bench.recorder.record(entry(3, &[])).unwrap_err().class(), ErrorClass::Retry);
    assert_eq!(bench.recorder.record(entry(3, &[])), Err(AuditError::Superseded));
    // And where it does not, verification finds the fork.
    let bench = Bench::new(6);
    bench.recorder.record(entry(1, &[])).unwrap();
    let other_keys = AuditKeys::open(&bench.folder.path("other.db"), &audit_key(), NODE).unwrap();
    other_keys.accept_end(bench.keys.end_mark().unwrap()).unwrap();
    let other = Recorder::start(bench.log.clone(), other_keys.into(), fill(7)).unwrap();
    other.record(entry(2, &[])).unwrap();
    bench.recorder.record(entry(3, &[])).unwrap();
    let mut records = bench.log.records();
    let of = |records: &[Vec<u8>]| verify(given(records), &bench.keys).unwrap().broken.unwrap();
    assert_eq!((of(&records).number, of(&records).fault), (2, Fault::OtherThanMark));
    bench.recorder.record(entry(4, &[])).unwrap();
    records = bench.log.records();
    assert_eq!((of(&records).number, of(&records).fault), (3, Fault::Repeated { found: 2 }));
    // Somebody takes the first away: what follows does not fit the other.
    records.remove(2);
    assert_eq!((of(&records).number, of(&records).fault), (3, Fault::Forked));
}

#[test]
fn a_log_that_does_not_fit_the_end_mark_is_refused() {
    let bench = Bench::new(8);
    for n in 1..=3 {
        bench.recorder.record(entry(n, &[])).unwrap();
    }
    let records = bench.log.records();
    let folder = bench.stop();
    let start = |folder: &Folder| {
        let started = Recorder::start(folder.log(), folder.keys(), fill(9));
        started.map(|_| ()).unwrap_err()
    };
    folder.log().replace(&records[..2]);
    assert_eq!(start(&folder), AuditError::Truncated { mark: 3, found: 2 });
    folder.log().replace(&[]);
    assert_eq!(start(&folder), AuditError::Truncated { mark: 3, found: 0 });
    let mut changed = records.clone();
    let middle = changed[2].len() / 2;
    changed[2][middle] ^= 1;
    folder.log().replace(&changed);
    assert_eq!(start(&folder), AuditError::Foreign);
    folder.log().replace(&[records[0].clone(), b"nothing".to_vec()]);
    assert_eq!(start(&folder), AuditError::Foreign);
    // Genuine, and another third.
    let twin = Bench::new(10);
    for n in 1..=3 {
        twin.recorder.record(entry(n + 7, &[])).unwrap();
    }
    folder.log().replace(&twin.log.records());
    assert_eq!(start(&folder), AuditError::Foreign);
    folder.log().replace(&records);
    assert!(Recorder::start(folder.log(), folder.keys(), fill(9)).is_ok());
}

#[test]
fn an_older_key_store_is_noticed_and_its_log_accepted_only_when_told() {
    let bench = Bench::new(11);
    let recorder = &bench.recorder;
    std::thread::scope(|scope| {
        for thread in 0..40_u64 {
            scope.spawn(move || (0..20).for_each(|n| drop(recorder.record(entry(thread * 20 + n, &[1])))));
        }
    });
    let folder = bench.stop();
    let log = folder.log();
    std::fs::remove_file(folder.path("audit-keys.db")).unwrap();
    let keys = folder.keys();
    let started = Recorder::start(log.clone(), keys.clone(), fill(12)).map(|_| ());
    assert_eq!(started, Err(AuditError::Behind { mark: 0, found: 800 }));
    let report = verify(given(&log.records()), &keys).unwrap();
    assert_eq!((report.is_whole(), report.keys_missing, report.erased), (true, 800, 0));
    keys.accept_end(report.end).unwrap();
    let recorder = Recorder::start(log, keys, fill(12)).unwrap();
    assert_eq!(recorder.record(entry(1, &[1])), Ok(801));
}

#[test]
fn a_key_made_before_a_crash_is_used_after_it() {
    let bench = Bench::new(13);
    bench.log.fail(&[Fail::Before]);
    bench.recorder.record(entry(1, &[1])).unwrap_err();
    let folder = bench.stop();
    let keys_of = |folder: &Folder| -> Vec<Vec<u8>> {
        let db = rusqlite::Connection::open(folder.path("audit-keys.db")).unwrap();
        let mut select = db.prepare("SELECT wrapped FROM key WHERE person = ?1").unwrap();
        let rows = select.query_map([person(1).0], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let made = keys_of(&folder);
    assert_eq!(made.len(), 1, "the key is durable before the record");
    let bench = Bench::on(folder, 14);
    assert_eq!(bench.recorder.record(entry(2, &[1])), Ok(1));
    let opened = open(&bench.log.records()[0], &bench.keys).unwrap();
    assert_eq!(opened.subjects[0].known(), Some(&person(1)));
    assert_eq!(keys_of(&bench.folder), made);
}

#[test]
fn time_that_goes_backwards_is_recorded_as_it_is() {
    let bench = Bench::new(15);
    for at in [5, 9, 3, 3, i64::MIN, i64::MAX] {
        let mut entry = entry(1, &[1]);
        entry.at = Instant(at);
        bench.recorder.record(entry).unwrap();
    }
    let times: Vec<i64> =
        bench.log.records().iter().map(|bytes| open(bytes, &bench.keys).unwrap().at.0).collect();
    assert_eq!(times, [5, 9, 3, 3, i64::MIN, i64::MAX]);
    let report = bench.verify();
    assert_eq!((report.is_whole(), report.backwards), (true, 2));
}

#[test]
fn without_randomness_nothing_is_recorded_and_then_it_goes_on() {
    let folder = Folder::new();
    let mut calls = 0;
    let mut good = fill(16);
    let fails_at_first = Box::new(move |bytes: &mut [u8]| {
        calls += 1;
        if calls < 9 { Err(NoRandomness) } else { good(bytes) }
    });
    let recorder = Recorder::start(folder.log(), folder.keys(), fails_at_first).unwrap();
    let mut failed = 0;
    while let Err(error) = recorder.record(entry(1, &[1])) {
        assert_eq!(error, AuditError::NoRandomness(NoRandomness));
        failed += 1;
    }
    assert_eq!((failed, folder.log().records().len()), (8, 1));
}

#[test]
fn a_key_store_is_of_one_key_node_and_process() {
    let folder = Folder::new();
    let keys = folder.keys();
    assert_eq!(keys.end_mark(), Ok(Head::START));
    assert!(matches!(folder.try_keys().err(), Some(AuditError::Locked { .. })));
    drop(keys);
    let path = folder.path("audit-keys.db");
    let other = AuditKey::new([8; 32]);
    assert!(matches!(AuditKeys::open(&path, &other, NODE).err(), Some(AuditError::WrongKey { .. })));
    let error = AuditKeys::open(&path, &audit_key(), "api-2").err().unwrap();
    assert!(matches!(error, AuditError::CannotOpen { .. }), "{error}");
    std::fs::write(folder.path("text.db"), "no database, but a text that is long enough").unwrap();
    assert!(AuditKeys::open(&folder.path("text.db"), &audit_key(), NODE).is_err());
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_end_mark_and_a_key_that_were_changed_are_noticed() {
    let bench = Bench::new(17);
    bench.recorder.record(entry(1, &[1, 2])).unwrap();
    let folder = bench.stop();
    let sql = |text: &str| {
        let db = rusqlite::Connection::open(folder.path("audit-keys.db")).unwrap();
        assert!(db.execute(text, []).unwrap() > 0, "{text}");
    };
    // A person's key under another's pseudonym does not open.
    let swap = format!("UPDATE key SET person = x'{}' WHERE person = x'{}'", PersonId([9; 16]), person(1));
    sql(&swap);
    let recorder = Recorder::start(folder.log(), folder.keys(), fill(1)).unwrap();
    let mut about = entry(2, &[]);
    about.subjects = vec![PersonId([9; 16])];
    assert!(matches!(recorder.record(about), Err(AuditError::Damaged { .. })));
    drop(recorder);
    sql("UPDATE meta SET value = zeroblob(72) WHERE name = 'mark'");
    assert!(matches!(folder.try_keys().err(), Some(AuditError::Damaged { .. })));
}
