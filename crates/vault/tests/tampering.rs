//! Somebody with the file and without the keys changes bytes: an error, never a wrong plain text.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeSet;
use std::fs;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rusqlite::params;
use sanzao_model::Feed;
use sanzao_vault::{Known, Revealed, Suite, VaultError};
use support::*;

fn filled_twice(folder: &Folder) {
    let mut vault = filled(folder, 3);
    let mut again = with_contact(1, 90);
    again.feed = Feed::Police;
    keep(&mut vault, 5, &[again]);
    vault.reveal(person(1), &access(1)).unwrap();
}

#[test]
fn every_changed_byte_of_a_persons_rows_is_noticed() {
    for suite in suites() {
        let mut folder = Folder::new();
        folder.settings.suite = suite;
        filled_twice(&folder);
        let mut changes = 0;
        let step = if suite == Suite::Aes256Gcm { 1 } else { 7 };
        for (table, column, key) in [
            ("value", "tag", "person = ?1 AND kind = 2"),
            ("value", "sealed", "person = ?1 AND kind = 2"),
            ("value", "blind", "person = ?1 AND kind = 2"),
            ("value", "sources", "person = ?1 AND kind = 2"),
            ("value", "mac", "person = ?1 AND kind = 2"),
            ("value", "sealed", "person = ?1 AND kind = 4"),
            ("person", "wrapped", "id = ?1"),
        ] {
            let sql = format!("SELECT {column} FROM {table} WHERE {key}");
            let bytes: Vec<u8> = folder.raw().query_row(&sql, [person(1).0], |row| row.get(0)).unwrap();
            let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {key}");
            for at in (0..bytes.len()).step_by(step) {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << (at % 8);
                assert_eq!(folder.raw().execute(&sql, params![person(1).0, changed]).unwrap(), 1);
                let mut vault = folder.open();
                let error = vault.reveal(person(1), &access(2)).unwrap_err();
                assert!(matches!(error, VaultError::Damaged { .. }), "{column}, byte {at}: {error}");
                assert!(vault.masked(&[person(1)]).is_err());
                assert!(vault.verify().is_err());
                assert!(vault.reveal(person(2), &access(2)).unwrap().is_some());
                drop(vault);
                folder.raw().execute(&sql, params![person(1).0, bytes]).unwrap();
                changes += 1;
            }
        }
        assert!(changes > 200 / step, "{suite}: only {changes} bytes");
        folder.open().verify().unwrap();
    }
}

#[test]
fn rows_and_keys_cannot_change_places() {
    for change in [
        "UPDATE value SET person = ?2 WHERE person = ?1 AND kind = 3",
        "UPDATE value SET kind = 4 WHERE person = ?2 AND kind = 2 AND ?1 = ?1",
        "UPDATE value SET sealed = (SELECT sealed FROM value WHERE person = ?1 AND kind = 3)
         WHERE person = ?2 AND kind = 3",
        "UPDATE value SET blind = (SELECT blind FROM value WHERE person = ?1 AND kind = 2)
         WHERE person = ?2 AND kind = 2",
        "UPDATE person SET wrapped = (SELECT wrapped FROM person WHERE id = ?1) WHERE id = ?2",
        "UPDATE person SET suite = 2 WHERE id = ?2 AND ?1 = ?1",
        "UPDATE value SET kind = 9 WHERE person = ?2 AND kind = 2 AND ?1 = ?1",
    ] {
        let folder = Folder::new();
        filled_twice(&folder);
        folder.raw().execute(change, params![person(0).0, person(2).0]).unwrap();
        let mut vault = folder.open();
        let error = vault.reveal(person(2), &access(1)).unwrap_err();
        assert!(matches!(error, VaultError::Damaged { .. }), "{change}: {error}");
    }
    for change in [
        "UPDATE position SET next = next + 1",
        "UPDATE position SET partition = 1",
        "UPDATE meta SET value = zeroblob(16) WHERE name = 'index-check'",
        "UPDATE master SET probe = zeroblob(60)",
        "UPDATE master SET name = 'new'",
        "DELETE FROM meta",
    ] {
        let folder = Folder::new();
        filled_twice(&folder);
        folder.raw().execute(change, []).unwrap();
        assert!(folder.try_open().is_err(), "{change}");
    }
}

/// Everything that a vault tells of three people.
fn told(folder: &Folder) -> Result<Vec<(u64, Revealed)>, VaultError> {
    let mut vault = folder.try_open()?;
    let mut all = Vec::new();
    for n in 0..3 {
        all.extend(vault.reveal(person(n), &access(1))?.map(|revealed| (n, revealed)));
    }
    Ok(all)
}

#[test]
fn a_damaged_file_tells_nothing_wrong() {
    let folder = Folder::new();
    filled_twice(&folder);
    let good: BTreeSet<String> = told(&folder).unwrap().iter().flat_map(lines).collect();
    assert_eq!(good.len(), 3 * 4 + 4);
    let bytes = fs::read(folder.file()).unwrap();
    let (mut errors, mut harmless) = (0, 0);
    for seed in 0..600 {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut changed = bytes.clone();
        for _ in 0..rng.random_range(1..4) {
            changed[rng.random_range(0..bytes.len())] ^= rng.random_range(1..=255_u8);
        }
        if rng.random_bool(0.1) {
            changed.truncate(rng.random_range(0..bytes.len()));
        }
        lose(&folder);
        fs::write(folder.file(), &changed).unwrap();
        match told(&folder) {
            Err(_) => errors += 1,
            Ok(all) => {
                harmless += 1;
                let lines: BTreeSet<String> = all.iter().flat_map(lines).collect();
                assert!(lines.is_subset(&good), "seed {seed} tells what was never kept");
            }
        }
    }
    println!("{errors} errors, {harmless} without effect or with rows that are gone");
    assert!(errors > 50 && harmless > 50);
}

fn lines((n, revealed): &(u64, Revealed)) -> Vec<String> {
    let lists = [&revealed.numbers, &revealed.names, &revealed.phones, &revealed.addresses];
    let mut lines = Vec::new();
    for (kind, list) in lists.into_iter().enumerate() {
        for Known { value, sources } in list {
            lines.extend(sources.iter().map(|source| format!("{n} {kind} {value} {source:?}")));
        }
    }
    lines
}
