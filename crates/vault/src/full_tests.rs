//! A disk that is full: nothing is half done, and everything goes on once there is space.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sanzao_model::{Feed, HouseholdId, Identity, Instant, PersonId, SubjectId};

use crate::{
    Access, AttachmentId, Content, ErrorClass, File, FileMasterKeys, IndexKey, MediaType, NewAttachment,
    NoRandomness, Settings, Stated, Suite, Vault, VaultError,
};

fn open(folder: &Path) -> Vault {
    let path = folder.join("master.key");
    std::fs::write(&path, format!("one {}\n", "a".repeat(64))).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let masters = FileMasterKeys::read(&path, Suite::Aes256Gcm).unwrap();
    let index = IndexKey::new([1; 32]);
    Vault::open(&folder.join("vault.db"), Arc::new(masters), &index, &Settings::default()).unwrap()
}

fn limit_pages(vault: &Vault, pages: u32) {
    vault.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
}

/// What is used besides is filled up.
fn fill_up(vault: &Vault) {
    let pages: u32 = vault.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    limit_pages(vault, pages);
}

fn people(from: u8, to: u8) -> Vec<Identity> {
    let person = |n| Identity {
        person: PersonId([n; 16]),
        number: format!("number {n}"),
        name: Some("张".repeat(60)),
        phone: None,
        address: Some("街".repeat(900)),
        feed: Feed::Police,
        time: Instant(1),
    };
    (from..to).map(person).collect()
}

fn keep(vault: &mut Vault, offset: u64, identities: &[Identity]) -> Result<crate::Kept, VaultError> {
    let mut next = offset as u8;
    let mut fill = |bytes: &mut [u8]| -> Result<(), NoRandomness> {
        next = next.wrapping_add(1);
        bytes.fill(next);
        Ok(())
    };
    vault.keep(&[Stated { partition: 0, offset, identities }], &mut fill)
}

#[test]
fn a_full_disk_keeps_nothing_shows_nothing_and_erases_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path());
    keep(&mut vault, 0, &people(0, 20)).unwrap();
    fill_up(&vault);
    let before = vault.status().unwrap();
    for _ in 0..3 {
        let error = keep(&mut vault, 1, &people(10, 60)).unwrap_err();
        assert!(matches!(error, VaultError::Full { .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::Retry);
        assert_eq!(vault.status().unwrap(), before, "a part of a failed call is there");
    }
    let at = Instant(1);
    let access = |purpose: &str| Access { actor: "clerk".to_owned(), purpose: purpose.to_owned(), at };
    let long = access(&"because ".repeat(60));
    let mut shown = 0;
    let error = loop {
        match vault.reveal(PersonId([1; 16]), &long) {
            Ok(_) => shown += 1,
            Err(error) => break error,
        }
        assert!(shown < 1000, "the disk is never full");
    };
    assert!(matches!(error, VaultError::Full { .. }), "{error}");
    assert_eq!(vault.verify_accesses(), Ok(shown));
    assert!(vault.erase(PersonId([2; 16]), &long, &[]).is_err());
    assert_eq!(vault.status().unwrap().people, 20);

    limit_pages(&vault, 1_000_000);
    assert_eq!(keep(&mut vault, 1, &people(10, 60)).unwrap().new_people, 40);
    vault.erase(PersonId([2; 16]), &access("asked for"), &[]).unwrap();
    assert_eq!(vault.reveal(PersonId([2; 16]), &access("to see")).unwrap(), None);
    assert_eq!(vault.verify_accesses(), Ok(shown + 2));
    drop(vault);
    let mut vault = open(folder.path());
    vault.verify().unwrap();
    assert_eq!((vault.status().unwrap().people, vault.position(0)), (59, 2));
}

#[test]
fn a_full_disk_attaches_nothing_and_destroys_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path());
    let access = Access { actor: "clerk".to_owned(), purpose: "home visit".to_owned(), at: Instant(1) };
    let holder = SubjectId::Household(HouseholdId([7; 16]));
    let attachment = |n: u8| {
        let file = File::new("a".parse().unwrap(), MediaType::Text, vec![b'a'; 100_000]).unwrap();
        NewAttachment { id: AttachmentId([n; 16]), content: Content::File(file) }
    };
    let mut fill = |bytes: &mut [u8]| -> Result<(), NoRandomness> {
        bytes.fill(3);
        Ok(())
    };
    // The master key has a row then.
    keep(&mut vault, 0, &people(1, 2)).unwrap();
    fill_up(&vault);
    let before = vault.status().unwrap();
    for _ in 0..3 {
        let error = vault.attach(holder, &attachment(1), &access, &mut fill).unwrap_err();
        assert!(matches!(error, VaultError::Full { .. }), "{error}");
        assert_eq!(vault.status().unwrap(), before, "a part of a failed call is there");
    }
    limit_pages(&vault, 1_000_000);
    vault.attach(holder, &attachment(1), &access, &mut fill).unwrap();
    fill_up(&vault);
    // Long purposes use up what is left in pages.
    let long = Access { purpose: "because ".repeat(60), ..access.clone() };
    while vault.reveal(PersonId([1; 16]), &long).is_ok() {}
    let before = vault.status().unwrap();
    let shown = vault.attachment(AttachmentId([1; 16]), &long);
    assert!(matches!(shown, Err(VaultError::Full { .. })), "shown without a record");
    assert_eq!(vault.status().unwrap(), before);
    limit_pages(&vault, 1_000_000);
    let shown = vault.attachment(AttachmentId([1; 16]), &long).unwrap().unwrap();
    assert_eq!(shown.content, attachment(1).content);
    vault.forget_holder(HouseholdId([7; 16]), &access).unwrap();
    vault.verify().unwrap();
    assert_eq!(vault.status().unwrap().attachments, 0);
}
