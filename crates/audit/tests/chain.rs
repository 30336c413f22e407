//! Whatever somebody does to the log, it is found, and at the right place.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::FileFailurePersistence;
use sanzao_audit::{AuditError, AuditKey, AuditKeys, Break, Fault, Head, LogError, Recorder, open, verify};
use support::*;

/// What somebody without the key does to a log.
#[derive(Debug, Clone)]
enum Attack {
    Flip { at: Index, byte: Index, bit: u8 },
    Drop(Index),
    Swap(Index, Index),
    Duplicate { from: Index, to: Index },
    InsertBytes { at: Index, bytes: Vec<u8> },
    InsertForeign(Index),
    CutRecord { at: Index, keep: Index },
    CutEnd(Index),
    Lengthen { at: Index, bytes: Vec<u8> },
}

fn attack() -> impl Strategy<Value = Attack> {
    let index = any::<Index>;
    prop_oneof![
        3 => (index(), index(), 0..8_u8).prop_map(|(at, byte, bit)| Attack::Flip { at, byte, bit }),
        1 => index().prop_map(Attack::Drop),
        1 => (index(), index()).prop_map(|(one, other)| Attack::Swap(one, other)),
        1 => (index(), index()).prop_map(|(from, to)| Attack::Duplicate { from, to }),
        1 => (index(), vec(any::<u8>(), 0..200)).prop_map(|(at, bytes)| Attack::InsertBytes { at, bytes }),
        1 => index().prop_map(Attack::InsertForeign),
        1 => (index(), index()).prop_map(|(at, keep)| Attack::CutRecord { at, keep }),
        1 => index().prop_map(Attack::CutEnd),
        1 => (index(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Attack::Lengthen { at, bytes }),
    ]
}

/// Does it, and says where the chain breaks then, counted from 0; None where nothing was changed.
fn done(attack: &Attack, records: &mut Vec<Vec<u8>>, foreign: &[u8]) -> Option<usize> {
    let len = records.len();
    match attack {
        Attack::Flip { at, byte, bit } => {
            let at = at.index(len);
            let byte = byte.index(records[at].len());
            records[at][byte] ^= 1 << bit;
            Some(at)
        }
        Attack::Drop(at) => {
            records.remove(at.index(len));
            Some(at.index(len))
        }
        Attack::Swap(one, other) => {
            let (one, other) = (one.index(len), other.index(len));
            records.swap(one, other);
            (one != other).then_some(one.min(other))
        }
        Attack::Duplicate { from, to } => {
            let (from, to) = (from.index(len), to.index(len + 1));
            records.insert(to, records[from].clone());
            // Before itself or right behind itself it stands where it belongs, and the other one does not.
            Some(if to == from { from + 1 } else { to })
        }
        Attack::InsertBytes { at, bytes } => {
            records.insert(at.index(len + 1), bytes.clone());
            Some(at.index(len + 1))
        }
        Attack::InsertForeign(at) => {
            records.insert(at.index(len + 1), foreign.to_vec());
            Some(at.index(len + 1))
        }
        Attack::CutRecord { at, keep } => {
            let at = at.index(len);
            let keep = keep.index(records[at].len());
            records[at].truncate(keep);
            Some(at)
        }
        Attack::CutEnd(keep) => {
            records.truncate(keep.index(len));
            Some(keep.index(len))
        }
        Attack::Lengthen { at, bytes } => {
            let at = at.index(len);
            records[at].extend(bytes);
            Some(at)
        }
    }
}

/// A genuine record of the same node and number under another key.
fn foreign_record() -> Vec<u8> {
    let folder = Folder::new();
    let keys = AuditKeys::open(&folder.path("keys"), &AuditKey::new([1; 32]), NODE).unwrap();
    let log = folder.log();
    Recorder::start(log.clone(), keys.into(), fill(1)).unwrap().record(entry(1, &[1])).unwrap();
    log.records().remove(0)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn every_attack_is_found_where_it_was_made(
        length in 1..12_u64,
        attacks in vec(attack(), 30),
        seed in any::<u64>(),
    ) {
        let bench = Bench::new(seed);
        for n in 1..=length {
            bench.recorder.record(entry(n, &[(n % 3) as u8, 7][..(n % 3) as usize])).unwrap();
        }
        let (records, foreign) = (bench.log.records(), foreign_record());
        prop_assert!(bench.verify().is_whole());
        for attack in attacks {
            let mut changed = records.clone();
            let expected = done(&attack, &mut changed, &foreign);
            let report = verify(given(&changed), &bench.keys).unwrap();
            let found = report.broken.map(|found| found.number as usize - 1);
            prop_assert_eq!(found, expected, "{:?}: {:?}", attack, report.broken);
            prop_assert_eq!(report.end.number, expected.map_or(length, |at| at as u64));
        }
    }
}

fn chain_of(length: u64) -> Bench {
    let bench = Bench::new(length);
    for n in 1..=length {
        bench.recorder.record(entry(n, &[1])).unwrap();
    }
    bench
}

#[test]
fn every_bit_of_a_record_counts() {
    let bench = chain_of(2);
    let records = bench.log.records();
    for at in 0..records[0].len() * 8 {
        let mut changed = records.clone();
        changed[0][at / 8] ^= 1 << (at % 8);
        let broken = verify(given(&changed), &bench.keys).unwrap().broken.expect("a flipped bit");
        assert_eq!(broken.number, 1, "bit {at}");
        assert!(open(&changed[0], &bench.keys).is_err(), "bit {at}");
    }
}

#[test]
fn the_report_says_in_words_what_happened() {
    let bench = chain_of(5);
    let records = bench.log.records();
    let broken =
        |records: &[Vec<u8>]| -> Break { verify(given(records), &bench.keys).unwrap().broken.unwrap() };
    let without = |gone: &[usize]| -> Vec<Vec<u8>> {
        let kept = records.iter().enumerate().filter(|(at, _)| !gone.contains(at));
        kept.map(|(_, record)| record.clone()).collect()
    };
    let missing = broken(&without(&[1, 2]));
    assert_eq!(missing, Break { number: 2, fault: Fault::Missing { found: 4 } });
    assert!(missing.to_string().contains("records 2 to 3 are missing"), "{missing}");
    let truncated = broken(&without(&[3, 4]));
    assert_eq!(truncated, Break { number: 4, fault: Fault::Truncated { mark: 5 } });
    assert!(truncated.to_string().contains("records 4 to 5 are missing at the end"), "{truncated}");
    assert_eq!(broken(&[]).fault, Fault::Truncated { mark: 5 });
    let mut repeated = records.clone();
    repeated.insert(3, records[2].clone());
    assert_eq!(broken(&repeated), Break { number: 4, fault: Fault::Repeated { found: 3 } });
    assert!(broken(&repeated).to_string().contains("record 3 once more"));
    let mut cut = records.clone();
    cut[0].clear();
    assert_eq!(broken(&cut).fault, Fault::Form);

    let folder = Folder::new();
    let other = AuditKeys::open(&folder.path("keys"), &audit_key(), "api-2").unwrap();
    let other = verify(given(&records), &other).unwrap();
    assert_eq!(other.broken, Some(Break { number: 1, fault: Fault::OtherNode }));
}

/// Log and key store put back together: nothing in them tells, but what was kept elsewhere does.
#[test]
fn an_older_copy_of_both_is_told_by_the_end_that_was_kept_elsewhere() {
    let bench = chain_of(3);
    let (older, mark) = (bench.log.records(), bench.keys.end_mark().unwrap());
    bench.recorder.record(entry(4, &[])).unwrap();
    let kept: Head = bench.verify().end;
    bench.keys.accept_end(mark).unwrap();
    let report = verify(given(&older), &bench.keys).unwrap();
    assert!(report.is_whole());
    assert!(report.end.number < kept.number);
    assert!(kept.to_string().starts_with("4:") && kept.to_string().len() == 66);
}

#[test]
fn counts_are_by_action_and_a_log_that_cannot_be_read_is_an_error() {
    let bench = chain_of(3);
    let mut claim = entry(4, &[]);
    claim.action = sanzao_audit::Action::Command { order: "claim".to_owned() };
    bench.recorder.record(claim).unwrap();
    let actions: Vec<(String, u64)> = bench.verify().actions.into_iter().collect();
    assert_eq!(actions, [("command:claim".to_owned(), 1), ("read-case".to_owned(), 3)]);
    let unavailable = LogError::Unavailable { detail: "away".to_owned() };
    let records = given(&bench.log.records()).take(2).chain([Err(unavailable.clone())]).collect::<Vec<_>>();
    assert_eq!(verify(records, &bench.keys), Err(AuditError::Log(unavailable)));
}
