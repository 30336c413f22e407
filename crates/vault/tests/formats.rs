//! A file that an older program wrote is taken on as it stands. `samples/format-1.*` were written by the program that
//! knew format 1: people 0 to 4, of whom 3 was erased, with a reveal, a search, an export and a backup of keys.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::{Path, PathBuf};

use sanzao_model::{Feed, SubjectId};
use sanzao_vault::{Act, Query, Vault, VaultError};
use support::files::*;
use support::*;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name)
}

fn version(folder: &Folder) -> i32 {
    folder.raw().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn people(vault: &mut Vault) -> Vec<u64> {
    let mut held = Vec::new();
    for n in 0..5 {
        if let Some(revealed) = vault.reveal(person(n), &access(9)).unwrap() {
            assert_eq!((&revealed.numbers[0].value, &revealed.phones[0].value), (&number(n), &phone(n)));
            held.push(n);
        }
    }
    held
}

#[test]
fn format_1_is_migrated_in_place_and_loses_nothing() {
    let folder = Folder::new();
    copy(&sample("format-1.db"), &folder.file());
    assert_eq!(version(&folder), 1);
    let mut vault = folder.open();
    assert_eq!(version(&folder), 2);
    vault.verify().unwrap();
    assert_eq!(vault.verify_accesses(), Ok(4), "the chain of the old records holds");
    let acts: Vec<_> = vault.accesses(0, 9).unwrap().iter().map(|record| record.act).collect();
    assert_eq!(acts, [Act::Erase, Act::Reveal, Act::SearchName, Act::Export]);
    assert_eq!((vault.position(0), vault.erasures().len()), (1, 1));
    assert_eq!(people(&mut vault), [0, 1, 2, 4]);
    assert_eq!(vault.search(Query::Phone(&phone(2)), &access(9)).unwrap().people, [person(2)]);
    // And it goes on.
    assert_eq!(keep(&mut vault, 0, &[with_contact(3, 13)]).erased, 1);
    keep(&mut vault, 1, &[identity(7, Feed::Health, 5)]);
    let new = attached(1, 5_000);
    vault.attach(SubjectId::Person(person(2)), &new, &access(9), &mut fill(1)).unwrap();
    drop(vault);
    let mut vault = folder.open();
    assert_eq!(vault.attachment(new.id, &access(9)).unwrap().unwrap().content, new.content);
    vault.erase(person(2), &access(9), &[]).unwrap();
    vault.verify().unwrap();
}

#[test]
fn old_and_new_files_have_the_same_tables() {
    let schema = |folder: &Folder| {
        let raw = folder.raw();
        let mut select = raw.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<Vec<(String, Option<String>)>, _>>().unwrap()
    };
    let (old, new) = (Folder::new(), Folder::new());
    copy(&sample("format-1.db"), &old.file());
    drop((old.open(), new.open()));
    assert_eq!(schema(&old), schema(&new));
    assert!(schema(&new).len() > 15);
}

#[test]
fn a_backup_of_keys_from_before_still_brings_them_back() {
    let folder = Folder::new();
    copy(&sample("format-1.db"), &folder.file());
    folder.raw().execute("DELETE FROM person WHERE 1", []).unwrap();
    let mut vault = folder.open();
    assert_eq!(vault.reveal(person(1), &access(1)), Err(VaultError::KeysMissing { people: 1 }));
    let restored = vault.restore_keys(&sample("format-1.keys"), &[]).unwrap();
    assert_eq!((restored.keys, restored.erased), (4, 0));
    assert_eq!(people(&mut vault), [0, 1, 2, 4]);
}

#[test]
fn a_wrong_key_or_a_newer_format_changes_nothing() {
    let mut folder = Folder::new();
    copy(&sample("format-1.db"), &folder.file());
    folder.index = [6; 32];
    let error = folder.try_open().err().unwrap();
    assert!(matches!(error, VaultError::WrongIndexKey { .. }), "{error}");
    assert_eq!(version(&folder), 1, "the program that wrote it can still open it");
    folder.index = [5; 32];
    folder.raw().execute_batch("PRAGMA user_version = 3").unwrap();
    let error = folder.try_open().err().unwrap();
    assert!(error.to_string().contains("format 3"), "{error}");
    assert_eq!(version(&folder), 3);
}
