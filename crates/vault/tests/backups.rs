//! The drill: keys are backed up, the file is lost, and people can be read again, but nobody who was erased.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use sanzao_model::{Identity, Instant};
use sanzao_vault::{Erased, MasterError, Restored, Stated, Vault, VaultError};
use support::*;

/// The log of `identities`: 20 people in 4 records.
fn log() -> Vec<Vec<Identity>> {
    (0..4).map(|record| (0..5).map(|n| with_contact(record * 5 + n, 1)).collect()).collect()
}

fn read_on(vault: &mut Vault) {
    let from = vault.position(0) as usize;
    for (identities, offset) in log().iter().zip(0..).skip(from) {
        vault.keep(&[Stated { partition: 0, offset, identities }], &mut fill(100 + offset)).unwrap();
    }
}

fn readable(vault: &mut Vault) -> Vec<u64> {
    let mut people = Vec::new();
    for n in 0..20 {
        if let Some(revealed) = vault.reveal(person(n), &access(0)).unwrap() {
            assert_eq!((&revealed.numbers[0].value, &revealed.names[0].value), (&number(n), &name(n)));
            people.push(n);
        }
    }
    people
}

fn but(missing: &[u64]) -> Vec<u64> {
    (0..20).filter(|n| !missing.contains(n)).collect()
}

#[test]
fn drill_the_file_is_lost_and_the_log_is_read_again() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.erase(person(3), &access(1), &[(0, 4)]).unwrap();
    assert_eq!(vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap(), 19);
    assert_eq!(fs::metadata(folder.path("keys")).unwrap().permissions().mode() & 0o777, 0o600);
    drop(vault);
    lose(&folder);

    let mut vault = folder.open();
    let restored = vault.restore_keys(&folder.path("keys"), &[]).unwrap();
    assert_eq!(restored, Restored { keys: 19, ..Restored::default() });
    assert_eq!(vault.status().unwrap().unwiped, 0);
    read_on(&mut vault);
    assert_eq!(readable(&mut vault), but(&[3]));
    vault.verify().unwrap();
}

#[test]
fn drill_a_copy_of_the_file_and_keys_from_later() {
    let folder = Folder::new();
    let mut vault = folder.open();
    for (identities, offset) in log().iter().zip(0..).take(2) {
        vault.keep(&[Stated { partition: 0, offset, identities }], &mut fill(offset)).unwrap();
    }
    drop(vault);
    copy(&folder.file(), &folder.path("copy"));
    let mut vault = folder.open();
    read_on(&mut vault);
    // One whom the copy holds, and one whom it does not.
    vault.erase(person(2), &access(1), &[(0, 4)]).unwrap();
    vault.erase(person(17), &access(1), &[(0, 4)]).unwrap();
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    drop(vault);
    lose(&folder);
    copy(&folder.path("copy"), &folder.file());

    let mut vault = folder.open();
    assert_eq!(vault.position(0), 2);
    assert!(vault.reveal(person(2), &access(1)).unwrap().is_some(), "the copy is from before the erasure");
    let restored = vault.restore_keys(&folder.path("keys"), &[]).unwrap();
    assert_eq!(restored, Restored { keys: 9, present: 9, erased: 0, erased_here: 1 });
    read_on(&mut vault);
    assert_eq!(readable(&mut vault), but(&[2, 17]));
    vault.verify().unwrap();
}

#[test]
fn drill_a_copy_without_keys() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    let copied = folder.path("copy");
    vault.copy_without_keys(&copied).unwrap();
    assert!(vault.copy_without_keys(&copied).is_err(), "there is one already");
    assert_eq!(fs::metadata(&copied).unwrap().permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&copied).unwrap();
    let wrapped: Vec<Vec<u8>> = {
        let raw = folder.raw();
        let mut select = raw.prepare("SELECT wrapped FROM person").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(wrapped.len(), 20);
    assert!(wrapped.iter().all(|key| !contains(&bytes, key)));
    drop(vault);
    lose(&folder);
    copy(&copied, &folder.file());
    let mut vault = folder.open();
    assert_eq!(vault.reveal(person(1), &access(1)), Err(VaultError::KeysMissing { people: 1 }));
    assert_eq!(vault.verify(), Err(VaultError::KeysMissing { people: 20 }));
    let more = [Identity { name: Some("张大山".to_owned()), ..with_contact(1, 5) }];
    let error = vault.keep(&[Stated { partition: 0, offset: 4, identities: &more }], &mut fill(1));
    assert_eq!(error, Err(VaultError::KeysMissing { people: 1 }));
    assert_eq!(vault.restore_keys(&folder.path("keys"), &[]).unwrap().keys, 20);
    keep(&mut vault, 4, &more);
    vault.verify().unwrap();
    assert_eq!(vault.reveal(person(1), &access(1)).unwrap().unwrap().names.len(), 2);
}

#[test]
fn an_old_backup_brings_no_erased_person_back() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    let erased = vault.erase(person(3), &access(1), &[(0, 4)]).unwrap().erased;
    let restored = vault.restore_keys(&folder.path("keys"), &[]).unwrap();
    assert_eq!(restored, Restored { present: 19, erased: 1, ..Restored::default() });
    assert_eq!(vault.reveal(person(3), &access(1)).unwrap(), None);
    drop(vault);

    // The file is lost with its note of the erasure: whoever else knows of it says so.
    lose(&folder);
    let mut vault = folder.open();
    let restored = vault.restore_keys(&folder.path("keys"), &[erased]).unwrap();
    assert_eq!(restored, Restored { keys: 19, erased: 1, ..Restored::default() });
    read_on(&mut vault);
    assert_eq!(readable(&mut vault), but(&[3]));
    // Too late is not too late: what was read before is deleted.
    let late = Erased {
        person: person(4),
        at: Instant(9),
        by: "clerk".to_owned(),
        values: 4,
        before: BTreeMap::from([(0, 4)]),
    };
    let restored = vault.restore_keys(&folder.path("keys"), &[late]).unwrap();
    assert_eq!(restored, Restored { present: 18, erased: 2, erased_here: 1, ..Restored::default() });
    assert_eq!(readable(&mut vault), but(&[3, 4]));
    vault.verify().unwrap();
}

#[test]
fn who_was_stated_again_after_an_erasure_keeps_the_new_key() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.erase(person(3), &access(1), &[(0, 4)]).unwrap();
    keep(&mut vault, 4, &[with_contact(3, 9)]);
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    drop(vault);
    lose(&folder);
    let mut vault = folder.open();
    assert_eq!(vault.restore_keys(&folder.path("keys"), &[]).unwrap().keys, 20);
    read_on(&mut vault);
    assert_eq!(vault.reveal(person(3), &access(1)).unwrap().unwrap().numbers.len(), 0);
    keep(&mut vault, 4, &[with_contact(3, 9)]);
    assert_eq!(readable(&mut vault), but(&[]));
}

#[test]
fn keys_from_before_a_rotation_come_back_with_their_master_key_and_not_without() {
    let mut folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    drop(vault);
    lose(&folder);
    for (masters, expected) in [(NEW.to_owned(), "old is not among"), (OLD.replace('a', "d"), "not the one")]
    {
        folder.masters = masters;
        let mut vault = folder.open();
        let error = vault.restore_keys(&folder.path("keys"), &[]).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(vault.status().unwrap().people, 0);
        drop(vault);
        lose(&folder);
    }
    let unknown = MasterError::Unknown { id: "old".parse().unwrap() };
    assert!(unknown.to_string().contains("add it"));
    folder.masters = OLD.to_owned() + NEW;
    let mut vault = folder.open();
    assert_eq!(vault.restore_keys(&folder.path("keys"), &[]).unwrap().keys, 20);
    assert_eq!(vault.rewrap(100).unwrap().moved, 20);
    read_on(&mut vault);
    assert_eq!(readable(&mut vault), but(&[]));
    drop(vault);

    lose(&folder);
    folder.index = [6; 32];
    let error = folder.open().restore_keys(&folder.path("keys"), &[]).unwrap_err();
    assert!(matches!(error, VaultError::WrongIndexKey { .. }), "{error}");
}

#[test]
fn every_changed_byte_of_a_backup_is_noticed() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.erase(person(3), &access(1), &[]).unwrap();
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    let before = vault.status().unwrap();
    let bytes = fs::read(folder.path("keys")).unwrap();
    let damaged = folder.path("damaged");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&damaged, &changed).unwrap();
        assert!(vault.restore_keys(&damaged, &[]).is_err(), "byte {at}");
        fs::write(&damaged, &bytes[..at]).unwrap();
        assert!(vault.restore_keys(&damaged, &[]).is_err(), "cut at {at}");
    }
    fs::write(&damaged, [&bytes[..], b"x"].concat()).unwrap();
    assert!(vault.restore_keys(&damaged, &[]).is_err());
    assert_eq!(vault.status().unwrap(), before);
    assert!(vault.restore_keys(&folder.path("nothing"), &[]).is_err());
}

#[test]
fn a_backup_that_cannot_be_written_leaves_the_last_one() {
    let folder = Folder::new();
    let mut vault = folder.open();
    read_on(&mut vault);
    vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    let bytes = fs::read(folder.path("keys")).unwrap();
    fs::create_dir(folder.path("keys.part")).unwrap();
    assert!(vault.backup_keys(&folder.path("keys"), Instant(2)).is_err());
    assert_eq!(fs::read(folder.path("keys")).unwrap(), bytes);
}
