//! Forgetting people: what is gone, what stays, and that the chain holds.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_audit::{Forgotten, Opened, Order, Part, Query, open, search};
use sanzao_model::{Instant, PersonId};
use support::*;

fn opened(bench: &Bench) -> Vec<Opened> {
    bench.log.records().iter().map(|record| open(record, &bench.keys).unwrap()).collect()
}

#[test]
fn of_two_the_other_one_keeps_the_entry() {
    let bench = Bench::new(1);
    bench.recorder.record(entry(1, &[1, 2])).unwrap();
    bench.recorder.record(entry(2, &[1])).unwrap();
    bench.recorder.record(entry(3, &[])).unwrap();
    bench.recorder.record(entry(4, &[2])).unwrap();
    let before = bench.log.records();
    assert!(bench.keys.forget(person(1), Instant(9)).unwrap().key);
    let after = opened(&bench);
    let subjects: BTreeSet<_> = after[0].subjects.iter().map(|part| part.known().copied()).collect();
    assert_eq!(subjects, BTreeSet::from([None, Some(person(2))]));
    assert!(after[0].subjects.contains(&Part::Erased));
    let concern = after[0].concern.known().unwrap();
    assert_eq!((concern.item, concern.purpose.as_deref()), (Some(item(1)), Some("purpose 1")));
    assert_eq!((&after[1].subjects[..], &after[1].concern), (&[Part::Erased][..], &Part::Erased));
    // For accountability the rest stays.
    assert_eq!((after[1].actor.as_str(), after[1].at), ("account-2", Instant(2)));
    assert_eq!(after[1].circumstances.request.as_deref(), Some("request-2"));
    assert!(after[2].concern.known().is_some() && after[3].concern.known().is_some());
    let report = bench.verify();
    assert_eq!((report.is_whole(), report.erased, report.partly_erased), (true, 1, 1));
    // And then the other one, after a restart.
    let bench = Bench::on(bench.stop(), 2);
    bench.keys.forget(person(2), Instant(9)).unwrap();
    assert!(opened(&bench)[0].subjects.iter().all(|part| *part == Part::Erased));
    assert_eq!(opened(&bench)[0].concern, Part::Erased);
    let report = bench.verify();
    assert_eq!((report.is_whole(), report.erased, report.partly_erased), (true, 3, 0));
    assert_eq!((report.keys_missing, bench.log.records()), (0, before));
}

#[test]
fn nothing_of_a_person_stands_in_the_log_in_clear() {
    let bench = Bench::new(3);
    bench.recorder.record(entry(1, &[1, 2])).unwrap();
    bench.recorder.record(entry(1, &[])).unwrap();
    for record in bench.log.records() {
        for part in
            [&person(1).0[..], &person(2).0, &item(1).0, b"purpose", b"caseworker", b"request", b"10.0"]
        {
            assert!(!contains(&record, part), "{part:?}");
        }
        assert!(contains(&record, b"account-1") && contains(&record, b"read-case"));
    }
}

#[test]
fn the_same_person_is_another_in_records_after_the_erasure() {
    let bench = Bench::new(4);
    bench.recorder.record(entry(1, &[1])).unwrap();
    bench.keys.forget(person(1), Instant(9)).unwrap();
    bench.recorder.record(entry(2, &[1])).unwrap();
    let query = Query { person: Some(person(1)), ..Query::default() };
    let found =
        search(given(&bench.log.records()), &bench.keys, &query, Order::OldestFirst, None, 9).unwrap();
    assert_eq!(found.found.iter().map(|entry| entry.number).collect::<Vec<_>>(), [2]);
    let once_more = bench.keys.forget(person(1), Instant(10)).unwrap();
    assert!(once_more.key);
    let nothing = Forgotten { key: false, compacted: false };
    assert_eq!(bench.keys.forget(person(1), Instant(11)), Ok(nothing));
    assert_eq!(bench.keys.forget(person(99), Instant(11)), Ok(nothing));
    assert_eq!(bench.verify().erased, 2);
}

/// After an older key store was put back, keys are made in places that other keys had.
#[test]
fn keys_that_were_lost_are_told_from_keys_that_were_destroyed() {
    let bench = Bench::new(6);
    bench.recorder.record(entry(1, &[1])).unwrap();
    bench.keys.forget(person(1), Instant(1)).unwrap();
    let folder = bench.stop();
    let copy = std::fs::read(folder.path("audit-keys.db")).unwrap();
    let bench = Bench::on(folder, 7);
    bench.recorder.record(entry(2, &[2])).unwrap();
    bench.recorder.record(entry(3, &[2, 3])).unwrap();
    let folder = bench.stop();
    std::fs::write(folder.path("audit-keys.db"), copy).unwrap();
    let bench = Bench::on(folder, 8);
    bench.recorder.record(entry(4, &[4])).unwrap();
    let opened = opened(&bench);
    assert_eq!((&opened[0].concern, &opened[1].concern), (&Part::Erased, &Part::KeyMissing));
    assert_eq!(opened[2].subjects, [Part::KeyMissing, Part::KeyMissing]);
    assert_eq!(opened[3].subjects, [Part::Known(person(4))]);
    let report = bench.verify();
    assert_eq!((report.is_whole(), report.erased, report.keys_missing), (true, 1, 2));
}

/// Thousands of people in a random order: rows move between pages, and leave copies.
#[test]
fn the_bytes_are_gone_from_the_key_store() {
    let mut compacted = 0;
    for seed in 0..2 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let bench = Bench::new(seed);
        let mut people: Vec<PersonId> = (0..2_000).map(|_| PersonId(rng.random())).collect();
        people.shuffle(&mut rng);
        for part in people.chunks(40) {
            let mut entry = entry(1, &[]);
            entry.subjects = part.to_vec();
            bench.recorder.record(entry).unwrap();
        }
        for person in people.iter().take(12) {
            let wrapped: Vec<u8> = {
                let db = rusqlite::Connection::open(bench.folder.path("audit-keys.db")).unwrap();
                let sql = "SELECT wrapped FROM key WHERE person = ?1";
                db.query_row(sql, [person.0], |row| row.get(0)).unwrap()
            };
            let before = bench.folder.key_bytes();
            assert!(contains(&before, &wrapped) && contains(&before, &person.0));
            compacted += u32::from(bench.keys.forget(*person, Instant(1)).unwrap().compacted);
            let after = bench.folder.key_bytes();
            assert!(!contains(&after, &wrapped) && !contains(&after, &person.0), "seed {seed}");
        }
        assert!(bench.verify().is_whole());
    }
    println!("written anew {compacted} times");
}

/// As SQLite leaves them when it moves rows between pages.
#[test]
fn copies_in_gaps_of_the_file_are_found_and_the_file_is_written_anew() {
    let bench = Bench::new(9);
    bench.recorder.record(entry(1, &[1, 2])).unwrap();
    let db = rusqlite::Connection::open(bench.folder.path("audit-keys.db")).unwrap();
    let wrapped = |n: u8| -> Vec<u8> {
        let sql = "SELECT wrapped FROM key WHERE person = ?1";
        db.query_row(sql, [person(n).0], |row| row.get(0)).unwrap()
    };
    let of = [wrapped(1), wrapped(2)];
    assert!(!bench.keys.forget(person(2), Instant(1)).unwrap().compacted, "there is nothing to be rid of");
    assert!(!contains(&bench.folder.key_bytes(), &of[1]));
    db.execute_batch(
        "PRAGMA secure_delete = OFF;
         CREATE TABLE gap AS SELECT wrapped FROM key;
         DROP TABLE gap;",
    )
    .unwrap();
    assert!(bench.keys.forget(person(1), Instant(1)).unwrap().compacted);
    assert!(!contains(&bench.folder.key_bytes(), &of[0]));
}

#[test]
fn what_a_crash_left_unwiped_is_wiped_at_the_next_start() {
    let bench = Bench::new(5);
    bench.recorder.record(entry(1, &[1])).unwrap();
    bench.keys.forget(person(1), Instant(1)).unwrap();
    let folder = bench.stop();
    let db = rusqlite::Connection::open(folder.path("audit-keys.db")).unwrap();
    db.execute("UPDATE forgotten SET wiped = 0", []).unwrap();
    drop(folder.keys());
    let unwiped: u32 =
        db.query_row("SELECT count(*) FROM forgotten WHERE wiped = 0", [], |row| row.get(0)).unwrap();
    assert_eq!(unwiped, 0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn whoever_is_forgotten_the_chain_holds(
        subjects in vec(btree_set(0..8_u8, 0..4), 1..20),
        gone in btree_set(0..8_u8, 0..8),
        seed in any::<u64>(),
    ) {
        let bench = Bench::new(seed);
        for (of, n) in subjects.iter().zip(1..) {
            bench.recorder.record(entry(n, &of.iter().copied().collect::<Vec<_>>())).unwrap();
        }
        let end = bench.verify().end;
        for n in &gone {
            bench.keys.forget(person(*n), Instant(1)).unwrap();
        }
        let report = bench.verify();
        prop_assert!(report.is_whole());
        prop_assert_eq!(report.end, end);
        let erased = |of: &&BTreeSet<u8>| !of.is_empty() && of.is_subset(&gone);
        prop_assert_eq!(report.erased, subjects.iter().filter(erased).count() as u64);
        let partly = |of: &&BTreeSet<u8>| !of.is_subset(&gone) && !of.is_disjoint(&gone);
        prop_assert_eq!(report.partly_erased, subjects.iter().filter(partly).count() as u64);
        for (of, opened) in subjects.iter().zip(opened(&bench)) {
            let left: BTreeSet<PersonId> = of.difference(&gone).map(|n| person(*n)).collect();
            let told: BTreeSet<PersonId> = opened.subjects.iter().filter_map(Part::known).copied().collect();
            prop_assert_eq!(&told, &left);
            prop_assert_eq!(opened.subjects.len(), of.len());
            prop_assert_eq!(opened.concern.known().is_some(), of.is_empty() || !left.is_empty());
        }
    }
}
