//! Erasure: nothing is left to read, not even in the bytes of the file, and nothing comes back.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_model::{Feed, Identity, Instant, PersonId};
use sanzao_vault::{Act, Query, Stated, VaultError, feed_place};
use support::*;

/// Everything that must be gone: the wrapped key, and tag, seal and blind index of each value.
fn secrets(folder: &Folder, person: PersonId) -> Vec<Vec<u8>> {
    let raw = folder.raw();
    let mut found: Vec<Vec<u8>> = Vec::new();
    let sql = "SELECT wrapped FROM person WHERE id = ?1";
    found.push(raw.query_row(sql, [person.0], |row| row.get(0)).unwrap());
    let mut select = raw.prepare("SELECT tag, sealed, blind FROM value WHERE person = ?1").unwrap();
    let mut rows = select.query([person.0]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        found.extend([row.get(0).unwrap(), row.get(1).unwrap()]);
        found.extend(row.get::<_, Option<Vec<u8>>>(2).unwrap());
    }
    found
}

#[test]
fn the_bytes_are_gone_and_the_report_says_what_went_and_what_remains() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 50);
    vault.search(Query::IdNumber(&number(7)), &access(1)).unwrap();
    vault.reveal(person(7), &access(2)).unwrap();
    vault.backup_keys(&folder.path("keys"), Instant(3)).unwrap();
    let secrets = secrets(&folder, person(7));
    assert_eq!(secrets.len(), 1 + 4 + 4 + 3);
    let before = folder.bytes();
    assert!(secrets.iter().all(|secret| contains(&before, secret)));

    let erasure = vault.erase(person(7), &access(5), &[(0, 9), (4, 3)]).unwrap();
    let after = folder.bytes();
    for (secret, at) in secrets.iter().zip(0..) {
        assert!(!contains(&after, secret), "secret {at} is in the file");
    }
    assert!(erasure.key);
    let counts = [erasure.numbers, erasure.names, erasure.phones, erasure.addresses];
    assert_eq!((counts, erasure.erased.values), ([1; 4], 4));
    assert_eq!((erasure.accesses, erasure.key_backups), (3, vec![Instant(3)]));
    assert_eq!((erasure.erased.at, erasure.erased.by.as_str()), (Instant(5), "clerk-7"));
    assert_eq!(erasure.erased.before.into_iter().collect::<Vec<_>>(), [(0, 9), (4, 3)]);

    assert_eq!(vault.reveal(person(7), &access(6)).unwrap(), None);
    assert!(vault.masked(&[person(7)]).unwrap().is_empty());
    for query in [Query::IdNumber(&number(7)), Query::Name(&name(7)), Query::Phone(&phone(7))] {
        assert_eq!(vault.search(query, &access(6)).unwrap().people, []);
    }
    let export = vault.export(person(7), &access(7)).unwrap();
    assert!(export.identity.is_none() && export.erased.is_some());
    assert!(export.accesses.iter().any(|record| record.act == Act::Erase));
    assert!(vault.reveal(person(8), &access(6)).unwrap().is_some());
    let status = vault.status().unwrap();
    assert_eq!((status.people, status.values, status.erased, status.unwiped), (49, 196, 1, 0));
    vault.verify().unwrap();
}

/// Thousands of people in a random order: rows move between pages, and leave copies.
#[test]
fn no_copy_stays_in_gaps_between_rows() {
    let mut compacted = 0;
    for seed in 0..2 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut folder = Folder::new();
        folder.settings.suite = suites()[seed as usize % 2];
        let mut vault = folder.open();
        let mut order: Vec<u64> = (0..1500).collect();
        order.shuffle(&mut rng);
        for (offset, part) in order.chunks(50).enumerate() {
            let identities: Vec<Identity> = part.iter().map(|n| with_contact(*n, 1)).collect();
            keep(&mut vault, offset as u64, &identities);
        }
        for _ in 0..8 {
            let n = rng.random_range(0..1500);
            if vault.reveal(person(n), &access(1)).unwrap().is_none() {
                continue;
            }
            let secrets = secrets(&folder, person(n));
            compacted += u32::from(vault.erase(person(n), &access(1), &[]).unwrap().compacted);
            let after = folder.bytes();
            assert!(secrets.iter().all(|secret| !contains(&after, secret)), "seed {seed}, person {n}");
        }
        vault.verify().unwrap();
    }
    println!("written anew {compacted} times");
}

#[test]
fn records_from_before_bring_nobody_back_and_later_ones_do() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let (one, two) = (identity(1, Feed::Police, 5), identity(2, Feed::Police, 5));
    keep(&mut vault, 3, &[one.clone(), two.clone()]);
    // Partition 0 is read to 4; its end is 6, and partition 1 was never read.
    vault.erase(person(1), &access(1), &[(0, 6), (1, 2)]).unwrap();
    drop(vault);
    let mut vault = folder.open();
    for (partition, offset) in [(0, 3), (0, 4), (0, 5), (1, 0), (1, 1)] {
        let records = [Stated { partition, offset, identities: &[one.clone(), two.clone()] }];
        let kept = vault.keep(&records, &mut fill(1)).unwrap();
        assert_eq!((kept.erased, kept.new_people), (1, 0), "record {partition}/{offset}");
        assert_eq!(vault.reveal(person(1), &access(1)).unwrap(), None);
    }
    assert_eq!((vault.position(0), vault.position(1)), (6, 2));
    let kept = keep(&mut vault, 6, std::slice::from_ref(&one));
    assert_eq!((kept.erased, kept.new_people, kept.new_values), (0, 1, 2));
    assert!(vault.reveal(person(1), &access(1)).unwrap().is_some());
    // And again: both erasures count.
    let erasure = vault.erase(person(1), &access(2), &[]).unwrap();
    assert_eq!((erasure.erased.values, erasure.numbers), (4, 1));
    assert_eq!(erasure.erased.before.into_iter().collect::<Vec<_>>(), [(0, 7), (1, 2)]);
    assert_eq!(keep(&mut vault, 6, std::slice::from_ref(&one)).erased, 1);
    assert_eq!(vault.erasures().len(), 1);
    // What memory knew of the values and the key is forgotten, too.
    assert_eq!(keep(&mut vault, 7, std::slice::from_ref(&one)).new_values, 2);
    assert!(vault.reveal(person(1), &access(3)).unwrap().is_some());
    vault.verify().unwrap();
}

#[test]
fn erasing_twice_or_somebody_unknown_is_no_error() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 2);
    let first = vault.erase(person(1), &access(1), &[]).unwrap();
    let second = vault.erase(person(1), &access(2), &[]).unwrap();
    assert!(first.key && !second.key && !second.compacted);
    assert_eq!((first.erased.values, second.erased.values), (4, 4));
    let unknown = vault.erase(person(9), &access(3), &[(0, 5)]).unwrap();
    assert!(!unknown.key && !unknown.compacted);
    assert_eq!(keep(&mut vault, 4, &[identity(9, Feed::Police, 1)]).erased, 1);
    assert_eq!(vault.verify_accesses(), Ok(3));
}

#[test]
fn an_erasure_that_was_not_wiped_is_when_it_is_asked_for_again() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 3);
    vault.erase(person(1), &access(1), &[]).unwrap();
    vault.erase(person(2), &access(1), &[]).unwrap();
    // As after a crash between the two steps.
    folder.raw().execute_batch("UPDATE erased SET wiped = 0").unwrap();
    assert_eq!(vault.status().unwrap().unwiped, 2);
    assert!(vault.erase(person(1), &access(2), &[]).unwrap().compacted);
    assert_eq!(vault.status().unwrap().unwiped, 0, "writing the file anew wipes all");
}

#[test]
fn a_note_of_erasure_cannot_be_changed() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 2);
    vault.erase(person(1), &access(1), &[]).unwrap();
    drop(vault);
    let bytes: Vec<u8> = folder.raw().query_row("SELECT body FROM erased", [], |row| row.get(0)).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        folder.raw().execute("UPDATE erased SET body = ?1", [changed]).unwrap();
        let error = folder.try_open().err().unwrap();
        assert!(matches!(error, VaultError::Damaged { .. }), "byte {at}: {error}");
    }
}

/// Intake may state it later: what had been received before stays forgotten, in the file and in a backup of its keys.
#[test]
fn what_a_feed_had_received_before_an_erasure_is_known() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let ends = [(0, 4), (feed_place(Feed::Health, 2), 7)];
    vault.erase(person(3), &access(1), &ends).unwrap();
    for at in 0..2 {
        let asked = |who, feed, partition, offset| {
            vault.was_received_before_erasure(person(who), feed, partition, offset)
        };
        assert!(asked(3, Feed::Health, 2, 6), "{at}");
        assert!(!asked(3, Feed::Health, 2, 7) && !asked(3, Feed::Health, 0, 6));
        assert!(!asked(3, Feed::Police, 2, 6) && !asked(4, Feed::Health, 2, 6));
        drop(vault);
        vault = folder.open();
    }
    // Feeds are no partitions of identities.
    for feed in Feed::ALL {
        assert!(!vault.erasures()[0].before.contains_key(&2) && feed_place(feed, 2) != 2);
    }
}
