//! Another master key.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use sanzao_vault::{ErrorClass, MasterError, Rewrapped, Suite, VaultError};
use support::*;

fn in_use(vault: &sanzao_vault::Vault) -> Vec<(String, u64)> {
    vault.masters_in_use().unwrap().into_iter().map(|(id, count)| (id.to_string(), count)).collect()
}

fn owned(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect()
}

#[test]
fn keys_move_in_steps_over_restarts_and_the_old_master_key_may_go() {
    let mut folder = Folder::new();
    drop(filled(&folder, 25));
    let wrapped: Vec<Vec<u8>> = {
        let raw = folder.raw();
        let mut select = raw.prepare("SELECT wrapped FROM person").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    folder.masters = OLD.to_owned() + NEW;
    let mut vault = folder.open();
    keep(&mut vault, 50, &[with_contact(30, 1)]);
    assert_eq!(in_use(&vault), owned(&[("new", 1), ("old", 25)]));
    assert_eq!(vault.rewrap(10).unwrap(), Rewrapped { moved: 10, left: 15 });
    drop(vault);
    let mut vault = folder.open();
    assert_eq!(in_use(&vault), owned(&[("new", 11), ("old", 15)]));
    assert_eq!(vault.rewrap(10).unwrap(), Rewrapped { moved: 10, left: 5 });
    vault.verify().unwrap();
    assert_eq!(vault.rewrap(10).unwrap(), Rewrapped { moved: 5, left: 0 });
    assert_eq!(vault.rewrap(10).unwrap(), Rewrapped { moved: 0, left: 0 });
    assert_eq!(in_use(&vault), owned(&[("new", 26)]));
    drop(vault);
    let bytes = folder.bytes();
    assert!(wrapped.iter().all(|old| !contains(&bytes, old)), "something needs the old key");

    folder.masters = NEW.to_owned();
    let mut vault = folder.open();
    vault.verify().unwrap();
    for n in (0..25).chain([30]) {
        let revealed = vault.reveal(person(n), &access(1)).unwrap().unwrap();
        assert_eq!(revealed.numbers[0].value, number(n));
    }
}

#[test]
fn the_old_master_key_is_named_until_the_end() {
    let mut folder = Folder::new();
    drop(filled(&folder, 3));
    folder.masters = OLD.to_owned() + NEW;
    let mut vault = folder.open();
    vault.rewrap(2).unwrap();
    drop(vault);
    folder.masters = NEW.to_owned();
    let error = folder.try_open().err().unwrap();
    assert!(
        matches!(&error, VaultError::Master(MasterError::Unknown { id }) if id.as_str() == "old"),
        "{error}"
    );
    folder.masters = OLD.to_owned() + NEW;
    folder.open().rewrap(2).unwrap();
    folder.masters = NEW.to_owned();
    folder.open().verify().unwrap();
}

#[test]
fn the_other_suite_can_wrap_and_a_service_that_goes_away_leaves_it_half_way() {
    let mut folder = Folder::new();
    drop(filled(&folder, 5));
    folder.masters = OLD.to_owned() + NEW;
    folder.settings.suite = Suite::Sm4Gcm;
    let service = Arc::new(Service::new(folder.master_keys()));
    let mut vault = folder.open_with(service.clone()).unwrap();
    vault.rewrap(2).unwrap();
    service.away.store(true, Ordering::SeqCst);
    assert_eq!(vault.rewrap(2).unwrap_err().class(), ErrorClass::Retry);
    service.away.store(false, Ordering::SeqCst);
    assert_eq!(vault.rewrap(9).unwrap(), Rewrapped { moved: 3, left: 0 });
    vault.verify().unwrap();
    let first: Vec<u8> =
        folder.raw().query_row("SELECT wrapped FROM person LIMIT 1", [], |row| row.get(0)).unwrap();
    assert_eq!(first[0], 2, "wrapped by SM4");
}
