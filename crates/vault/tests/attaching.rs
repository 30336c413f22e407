//! Attachments of people and households: stored sealed and once, opened on record, and gone when they should be.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rusqlite::params;
use sanzao_model::{Feed, HouseholdId, Instant, PersonId, SubjectId};
use sanzao_vault::{
    About, Access, Act, AttachmentError, Content, ErrorClass, MediaType, NewAttachment, NoRandomness, Vault,
    VaultError,
};
use support::files::*;
use support::*;

fn of_person(n: u64) -> SubjectId {
    SubjectId::Person(person(n))
}

fn household(n: u64) -> HouseholdId {
    // The bytes of a person: that the kind is told apart is tested throughout.
    HouseholdId(person(n).0)
}

fn of_household(n: u64) -> SubjectId {
    SubjectId::Household(household(n))
}

fn attach(vault: &mut Vault, holder: SubjectId, new: &NewAttachment) -> Result<(), VaultError> {
    let known = vault.attach(holder, new, &access(7), &mut fill(u64::from(new.id.0[0])))?;
    assert_eq!(known, new.id);
    Ok(())
}

/// Attachment 1 of person 1, 2 and report 3 of household 1, 4 of person 2.
fn with_attachments(folder: &Folder) -> Vault {
    let mut vault = filled(folder, 3);
    attach(&mut vault, of_person(1), &attached(1, 30_000)).unwrap();
    attach(&mut vault, of_household(1), &attached(2, 9_000)).unwrap();
    attach(&mut vault, of_household(1), &reported(3)).unwrap();
    attach(&mut vault, of_person(2), &attached(4, 100)).unwrap();
    vault
}

fn content(vault: &mut Vault, n: u64) -> Option<Content> {
    vault.attachment(id(n), &access(8)).unwrap().map(|attachment| attachment.content)
}

#[test]
fn what_is_attached_is_listed_and_opened_after_a_restart() {
    for suite in suites() {
        let mut folder = Folder::new();
        folder.settings.suite = suite;
        drop(with_attachments(&folder));
        let mut vault = folder.open();
        let listed = vault.attachments_of(of_household(1)).unwrap();
        assert_eq!(listed.iter().map(|meta| meta.id).collect::<Vec<_>>().len(), 2);
        assert!(listed.iter().all(|meta| meta.holder == of_household(1) && meta.at == Instant(7)));
        let reports = listed.iter().filter(|meta| meta.about == About::Report).count();
        assert_eq!(reports, 1);
        let listed = vault.attachments_of(of_person(1)).unwrap();
        let About::File { name, media_type, bytes } = &listed[0].about else { panic!("a file") };
        assert_eq!((name.as_str(), *media_type, *bytes), ("张秀兰家访记录 1.txt", MediaType::Text, 30_000));
        for (n, new) in
            [(1, attached(1, 30_000)), (2, attached(2, 9_000)), (3, reported(3)), (4, attached(4, 100))]
        {
            let opened = vault.attachment(id(n), &access(8)).unwrap().unwrap();
            assert_eq!((opened.meta.id, &opened.content), (id(n), &new.content));
        }
        assert_eq!(vault.attachments_of(of_person(0)).unwrap(), []);
        assert_eq!(content(&mut vault, 9), None);
        let status = vault.status().unwrap();
        assert_eq!((status.people, status.households, status.attachments), (3, 1, 4));
        vault.verify().unwrap();
    }
}

#[test]
fn nothing_of_it_lies_in_the_file_in_clear() {
    let folder = Folder::new();
    drop(with_attachments(&folder));
    let bytes = folder.bytes();
    for clear in ["what was seen", "张秀兰家访记录", "隔壁老人已经三天", "13900000003"] {
        assert!(memchr::memmem::find(&bytes, clear.as_bytes()).is_none(), "{clear}");
    }
}

#[test]
fn the_same_again_stores_once_and_anything_else_is_refused() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    let before = (vault.status().unwrap(), vault.accesses(0, 99).unwrap().len());
    for _ in 0..3 {
        attach(&mut vault, of_person(1), &attached(1, 30_000)).unwrap();
        attach(&mut vault, of_household(1), &reported(3)).unwrap();
    }
    assert_eq!((vault.status().unwrap(), vault.accesses(0, 99).unwrap().len()), before);
    let same_id = |content: Content| NewAttachment { id: id(1), content };
    let renamed = Content::File(file("b.txt", MediaType::Text, text(1, 30_000)).unwrap());
    for (holder, new) in [
        (of_person(2), attached(1, 30_000)),
        (of_household(1), attached(1, 30_000)),
        (of_person(1), attached(1, 29_999)),
        (of_person(1), same_id(renamed)),
        (of_person(1), same_id(reported(3).content)),
    ] {
        let error = attach(&mut vault, holder, &new).unwrap_err();
        assert_eq!(error, VaultError::Attachment(AttachmentError::Taken));
        assert_eq!(error.class(), ErrorClass::Reject);
    }
    assert_eq!((vault.status().unwrap(), vault.accesses(0, 99).unwrap().len()), before);
}

#[test]
fn a_holder_has_room_for_200_mebibytes() {
    let folder = Folder::new();
    let mut vault = folder.open();
    attach(&mut vault, of_household(1), &attached(0, 10 << 20)).unwrap();
    attach(&mut vault, of_household(1), &attached(1, 1_000)).unwrap();
    // As if that one had 190 MiB but for 5,000 bytes: sealing so much takes a minute without optimisation.
    let sql = "UPDATE attachment SET size = ?2 WHERE id = ?1";
    folder.raw().execute(sql, params![id(1).0, (190 << 20) - 5_000]).unwrap();
    let held = (200 << 20) - 5_000;
    let full = |held| Err(VaultError::Attachment(AttachmentError::HolderFull { held }));
    assert_eq!(attach(&mut vault, of_household(1), &attached(2, 5_001)), full(held));
    attach(&mut vault, of_household(1), &attached(2, 5_000)).unwrap();
    assert_eq!(attach(&mut vault, of_household(1), &attached(3, 1)), full(200 << 20));
    assert_eq!(attach(&mut vault, of_household(1), &reported(4)), full(200 << 20));
    attach(&mut vault, of_person(1), &attached(5, 1)).unwrap();
    assert!(vault.discard(id(0), &access(9)).unwrap());
    attach(&mut vault, of_household(1), &attached(6, 1_000_000)).unwrap();
}

/// `cargo test --release -p sanzao-vault --test attaching -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn speed() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 1);
    let timed = |label: &str, start: std::time::Instant| println!("{label}: {:?}", start.elapsed());
    for n in 0..20 {
        let new = attached(n, 10 << 20);
        let start = std::time::Instant::now();
        attach(&mut vault, of_household(1), &new).unwrap();
        timed("attach 10 MiB", start);
    }
    let start = std::time::Instant::now();
    content(&mut vault, 7).unwrap();
    timed("open 10 MiB", start);
    let start = std::time::Instant::now();
    vault.discard(id(5), &access(9)).unwrap();
    timed("discard 10 MiB of 200", start);
    let start = std::time::Instant::now();
    assert!(!vault.forget_holder(household(1), &access(9)).unwrap().compacted);
    timed("forget 190 MiB", start);
    let start = std::time::Instant::now();
    vault.compact().unwrap();
    timed("compact", start);
}

#[test]
fn each_opening_is_on_record_first_and_without_a_record_nothing_is_shown() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    let before = vault.accesses(0, 99).unwrap().len() as u64;
    assert_eq!(before, 4, "four were attached");
    vault.attachment(id(1), &access(20)).unwrap();
    vault.attachment(id(3), &access(21)).unwrap();
    vault.attachment(id(9), &access(22)).unwrap();
    vault.discard(id(4), &access(23)).unwrap();
    vault.forget_holder(household(1), &access(24)).unwrap();
    vault.attachments_of(of_person(1)).unwrap();
    let records = vault.accesses(before, 99).unwrap();
    let told: Vec<_> =
        records.iter().map(|r| (r.at.0, r.act, r.people.clone(), r.household, r.attachment)).collect();
    assert_eq!(
        told,
        [
            (20, Act::ReadAttachment, vec![person(1)], None, Some(id(1))),
            (21, Act::ReadAttachment, vec![], Some(household(1)), Some(id(3))),
            (22, Act::ReadAttachment, vec![], None, Some(id(9))),
            (23, Act::Discard, vec![person(2)], None, Some(id(4))),
            (24, Act::ForgetHousehold, vec![], Some(household(1)), None),
        ]
    );
    assert_eq!(vault.verify_accesses(), Ok(before + 5));
    let nobody = Access { actor: String::new(), ..access(1) };
    let count = |vault: &Vault| vault.accesses(0, 99).unwrap().len();
    let all = count(&vault);
    assert!(matches!(vault.attachment(id(1), &nobody), Err(VaultError::Purpose { .. })));
    assert!(matches!(vault.discard(id(1), &nobody), Err(VaultError::Purpose { .. })));
    assert!(vault.attach(of_person(1), &attached(8, 9), &nobody, &mut fill(1)).is_err());
    assert!(vault.forget_holder(household(1), &nobody).is_err());
    assert_eq!(count(&vault), all);
    drop(vault);
    // Who changes what a record is about is found out.
    for (change, number) in [
        ("UPDATE access SET household = NULL WHERE number = 6", 6),
        ("UPDATE access SET attachment = zeroblob(16) WHERE number = 6", 6),
        ("UPDATE access SET household = attachment, attachment = household WHERE number = 6", 6),
        ("UPDATE access SET attachment = NULL WHERE number = 6", 6),
        ("UPDATE access SET attachment = household, household = NULL WHERE number = 9", 9),
        ("UPDATE access SET household = attachment, attachment = NULL WHERE number = 7", 7),
    ] {
        copy(&folder.file(), &folder.path("kept"));
        folder.raw().execute_batch("DROP TRIGGER access_is_final").unwrap();
        assert_eq!(folder.raw().execute(change, []).unwrap(), 1);
        assert_eq!(folder.open().verify_accesses(), Err(VaultError::AccessChain { number }), "{change}");
        copy(&folder.path("kept"), &folder.file());
    }
    assert_eq!(folder.open().verify_accesses(), Ok(9));
}

/// Everything sealed of a holder: pieces of its bodies as pages hold them, names and its wrapped key.
fn secrets(folder: &Folder, holder: SubjectId) -> Vec<Vec<u8>> {
    let raw = folder.raw();
    let (table, code, bytes) = match holder {
        SubjectId::Person(person) => ("person", 1, person.0),
        SubjectId::Household(household) => ("household", 2, household.0),
    };
    let sql = format!("SELECT wrapped FROM {table} WHERE id = ?1");
    let mut found: Vec<Vec<u8>> = vec![raw.query_row(&sql, [bytes], |row| row.get(0)).unwrap()];
    let sql = "SELECT name, body FROM attachment WHERE holder_kind = ?1 AND holder = ?2";
    let mut select = raw.prepare(sql).unwrap();
    let mut rows = select.query(params![code, bytes]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        found.push(row.get(0).unwrap());
        let body: Vec<u8> = row.get(1).unwrap();
        found.extend(body.chunks(100).filter(|part| part.len() >= 12).map(<[u8]>::to_vec));
    }
    found
}

/// How many of the pieces are there: those that lie across two pages are not.
fn present(folder: &Folder, secrets: &[Vec<u8>]) -> usize {
    let bytes = folder.bytes();
    secrets.iter().filter(|secret| contains(&bytes, secret)).count()
}

#[test]
fn erasing_a_person_destroys_their_attachments_to_the_last_byte() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    let secrets = secrets(&folder, of_person(1));
    assert!(secrets.len() > 300 && present(&folder, &secrets) > secrets.len() * 9 / 10);
    let erasure = vault.erase(person(1), &access(9), &[]).unwrap();
    assert_eq!(present(&folder, &secrets), 0);
    assert_eq!((erasure.files, erasure.reports, erasure.numbers, erasure.erased.values), (1, 0, 1, 4));
    assert_eq!(vault.attachments_of(of_person(1)).unwrap(), []);
    assert_eq!(content(&mut vault, 1), None);
    assert!(content(&mut vault, 2).is_some() && content(&mut vault, 4).is_some(), "others keep theirs");
    // What comes later is new, under a new key.
    attach(&mut vault, of_person(1), &attached(1, 50)).unwrap();
    assert!(content(&mut vault, 1).is_some());
    assert!(vault.masked(&[person(1)]).unwrap().is_empty(), "a file is nobody's name");
    vault.verify().unwrap();
}

#[test]
fn forgetting_a_household_destroys_what_it_holds_and_nothing_else() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    vault.backup_keys(&folder.path("keys"), Instant(3)).unwrap();
    let secrets = secrets(&folder, of_household(1));
    assert!(present(&folder, &secrets) > secrets.len() * 9 / 10);
    let forgotten = vault.forget_holder(household(1), &access(9)).unwrap();
    assert_eq!(present(&folder, &secrets), 0);
    assert!(forgotten.key);
    assert_eq!((forgotten.files, forgotten.reports, forgotten.key_backups.len()), (1, 1, 1));
    assert_eq!((content(&mut vault, 2), content(&mut vault, 3)), (None, None));
    assert!(content(&mut vault, 1).is_some(), "the person of the same bytes is somebody else");
    let again = vault.forget_holder(household(1), &access(9)).unwrap();
    assert!(!again.key && again.files + again.reports == 0);
    assert!(!vault.forget_holder(household(5), &access(9)).unwrap().key);
    assert_eq!(vault.status().unwrap().unwiped, 0);
    vault.verify().unwrap();
}

/// A page that was moved may leave a copy: here a whole one, in pages that are free and were not overwritten.
#[test]
fn a_stray_copy_of_one_page_is_found_and_written_over() {
    for (from, compacted) in [(1, true), (9_000, true), (26_000, true), (0, false)] {
        let folder = Folder::new();
        let mut vault = with_attachments(&folder);
        let secrets = secrets(&folder, of_person(1));
        if from > 0 {
            let raw = folder.raw();
            let sql = "PRAGMA secure_delete = OFF;
                       CREATE TABLE stray AS SELECT substr(body, ?1, 1200) FROM attachment WHERE id = ?2";
            let (set, make) = sql.split_once(';').unwrap();
            raw.query_row(set, [], |_| Ok(())).unwrap();
            raw.execute(make, params![from, id(1).0]).unwrap();
            raw.execute_batch("DROP TABLE stray").unwrap();
        }
        assert_eq!(vault.erase(person(1), &access(9), &[]).unwrap().compacted, compacted, "from {from}");
        assert_eq!(present(&folder, &secrets), 0, "from {from}");
    }
}

#[test]
fn what_is_discarded_is_gone_and_the_rest_stays() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    let kept = present(&folder, &secrets(&folder, of_household(1)));
    let secrets: Vec<_> = secrets(&folder, of_person(1)).split_off(1);
    assert!(present(&folder, &secrets) > secrets.len() * 9 / 10);
    assert!(vault.discard(id(1), &access(9)).unwrap());
    assert!(!vault.discard(id(1), &access(9)).unwrap());
    assert_eq!(present(&folder, &secrets), 0);
    assert_eq!(present(&folder, &self::secrets(&folder, of_household(1))), kept);
    assert!(vault.reveal(person(1), &access(9)).unwrap().is_some());
    vault.verify().unwrap();
}

/// An attachment that is moved to another row, holder, type, name or time does not open.
#[test]
fn a_changed_row_is_noticed() {
    let folder = Folder::new();
    drop(with_attachments(&folder));
    let mut changes = vec![
        "UPDATE attachment SET holder = (SELECT holder FROM attachment WHERE size = 100) WHERE id = ?1"
            .to_owned(),
        "UPDATE attachment SET holder_kind = 2 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET holder_kind = 3 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET media = 3 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET media = 0 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET media = 9 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET at = at + 1 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET size = 1 WHERE id = ?1".to_owned(),
        "UPDATE attachment SET body = name WHERE id = ?1".to_owned(),
        "UPDATE attachment SET name = substr(body, 1, 60) WHERE id = ?1".to_owned(),
        "UPDATE attachment SET body = (SELECT body FROM attachment WHERE size = 100) WHERE id = ?1"
            .to_owned(),
        "UPDATE attachment SET name = (SELECT name FROM attachment WHERE size = 100) WHERE id = ?1"
            .to_owned(),
    ];
    let flip = |column: &str, at: usize| {
        let byte = format!("substr({column}, {at}, 1)");
        let other = format!("CASE {byte} WHEN x'00' THEN x'01' ELSE x'00' END");
        format!(
            "UPDATE attachment SET {column} = CAST(substr({column}, 1, {at} - 1) || {other} || substr({column}, {at} + 1) AS BLOB)
             WHERE id = ?1"
        )
    };
    changes.extend([1, 13, 30].map(|at| flip("name", at)));
    changes.extend([1, 12, 13, 5_000, 30_028].map(|at| flip("body", at)));
    copy(&folder.file(), &folder.path("kept"));
    for change in changes {
        assert_eq!(folder.raw().execute(&change, [id(1).0]).unwrap(), 1);
        let mut vault = folder.open();
        let error = vault.attachment(id(1), &access(1)).unwrap_err();
        assert!(matches!(error, VaultError::Damaged { .. }), "{change}: {error}");
        assert!(vault.verify().is_err(), "{change}");
        assert!(attach(&mut vault, of_person(1), &attached(1, 30_000)).is_err(), "{change}");
        assert!(content(&mut vault, 3).is_some());
        drop(vault);
        lose(&folder);
        copy(&folder.path("kept"), &folder.file());
    }
    folder.open().verify().unwrap();
    folder.raw().execute("UPDATE household SET wrapped = (SELECT wrapped FROM person LIMIT 1)", []).unwrap();
    let error = folder.open().attachment(id(2), &access(1)).unwrap_err();
    assert!(matches!(error, VaultError::Damaged { .. }), "{error}");
}

#[test]
fn a_file_without_keys_tells_nothing_until_they_are_back() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    assert_eq!(vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap(), 4);
    let wrapped = secrets(&folder, of_household(1)).swap_remove(0);
    vault.copy_without_keys(&folder.path("copy")).unwrap();
    assert!(!contains(&std::fs::read(folder.path("copy")).unwrap(), &wrapped));
    drop(vault);
    lose(&folder);
    copy(&folder.path("copy"), &folder.file());
    let mut vault = folder.open();
    let missing = VaultError::KeysMissing { people: 1 };
    assert_eq!(vault.attachment(id(2), &access(1)), Err(missing.clone()));
    assert_eq!(vault.attachments_of(of_person(1)), Err(missing.clone()));
    assert_eq!(attach(&mut vault, of_household(1), &attached(8, 9)), Err(missing));
    assert_eq!(vault.verify(), Err(VaultError::KeysMissing { people: 3 }));
    let restored = vault.restore_keys(&folder.path("keys"), &[]).unwrap();
    assert_eq!((restored.keys, restored.erased_here), (4, 0));
    assert_eq!(content(&mut vault, 2), Some(attached(2, 9_000).content));
    vault.verify().unwrap();
}

#[test]
fn no_backup_brings_back_who_was_forgotten() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    vault.backup_keys(&folder.path("early"), Instant(1)).unwrap();
    vault.copy_without_keys(&folder.path("copy")).unwrap();
    vault.erase(person(1), &access(9), &[]).unwrap();
    vault.forget_holder(household(1), &access(9)).unwrap();
    let restored = vault.restore_keys(&folder.path("early"), &[]).unwrap();
    assert_eq!((restored.keys, restored.present, restored.erased), (0, 2, 2));
    // A new key, made afterwards, is one that may come back.
    attach(&mut vault, of_household(1), &attached(6, 600)).unwrap();
    vault.forget_holder(household(2), &access(1)).unwrap();
    vault.backup_keys(&folder.path("late"), Instant(1)).unwrap();
    drop(vault);
    let newest = folder.path("newest");
    copy(&folder.file(), &newest);
    // An older copy of the file learns from the newer keys who was forgotten.
    lose(&folder);
    copy(&folder.path("copy"), &folder.file());
    let mut vault = folder.open();
    let restored = vault.restore_keys(&folder.path("late"), &[]).unwrap();
    assert_eq!(restored.erased_here, 2);
    assert_eq!((content(&mut vault, 1), content(&mut vault, 2), content(&mut vault, 3)), (None, None, None));
    assert!(content(&mut vault, 4).is_some());
    vault.verify().unwrap();
    drop(vault);
    // The newest copy keeps what came after.
    lose(&folder);
    copy(&newest, &folder.file());
    folder.raw().execute("DELETE FROM household", []).unwrap();
    let mut vault = folder.open();
    assert_eq!(vault.restore_keys(&folder.path("early"), &[]).unwrap().keys, 0);
    assert_eq!(vault.restore_keys(&folder.path("late"), &[]).unwrap().keys, 1);
    assert_eq!(content(&mut vault, 6), Some(attached(6, 600).content));
    drop(vault);
    folder.raw().execute("UPDATE forgotten SET at = at - 1", []).unwrap();
    assert!(folder.try_open().is_err(), "a note cannot be changed");
}

#[test]
fn household_keys_move_to_another_master_key() {
    let mut folder = Folder::new();
    drop(with_attachments(&folder));
    let old = secrets(&folder, of_household(1)).swap_remove(0);
    folder.masters = OLD.to_owned() + NEW;
    let mut vault = folder.open();
    let counts = |vault: &Vault| {
        let masters = vault.masters_in_use().unwrap();
        masters.into_iter().map(|(id, count)| (id.to_string(), count)).collect::<Vec<_>>()
    };
    assert_eq!(counts(&vault), [("old".to_owned(), 4)]);
    let moved = vault.rewrap(9).unwrap();
    assert_eq!((moved.moved, moved.left), (3, 1));
    drop(vault);
    folder.masters = NEW.to_owned();
    assert!(folder.try_open().is_err(), "a household needs the old key");
    folder.masters = OLD.to_owned() + NEW;
    let mut vault = folder.open();
    let moved = vault.rewrap(9).unwrap();
    assert_eq!((moved.moved, moved.left), (1, 0));
    assert_eq!(counts(&vault), [("new".to_owned(), 4)]);
    drop(vault);
    assert!(!contains(&folder.bytes(), &old));
    folder.masters = NEW.to_owned();
    let mut vault = folder.open();
    vault.verify().unwrap();
    assert_eq!(content(&mut vault, 3), Some(reported(3).content));
}

#[test]
fn an_export_lists_attachments_and_does_not_tell_who_reported() {
    let folder = Folder::new();
    let mut vault = with_attachments(&folder);
    attach(&mut vault, of_person(1), &reported(5)).unwrap();
    let export = vault.export(person(1), &access(9)).unwrap();
    let mut ids: Vec<_> = export.attachments.iter().map(|meta| meta.id).collect();
    ids.sort();
    let mut expected = [id(1), id(5)];
    expected.sort();
    assert_eq!(ids, expected);
    let written = serde_json::to_string(&export).unwrap();
    assert!(written.contains("张秀兰家访记录 1.txt") && written.contains("\"kind\":\"report\""));
    assert!(!written.contains("李大山") && !written.contains("隔壁老人"));
    assert_eq!(export.accesses.iter().filter(|record| record.act == Act::Attach).count(), 2);
    let (first, second) = (person(1), PersonId([9; 16]));
    assert_eq!(vault.export(second, &access(9)).unwrap().attachments, []);
    assert_ne!(first, second);
}

#[test]
fn without_a_key_service_or_randomness_nothing_is_half_done() {
    use std::sync::Arc;
    use std::sync::atomic::Ordering;
    let folder = Folder::new();
    let service = Arc::new(Service::new(folder.master_keys()));
    let mut vault = folder.open_with(service.clone()).unwrap();
    keep(&mut vault, 0, &[identity(1, Feed::Police, 1)]);
    service.away.store(true, Ordering::SeqCst);
    let error = attach(&mut vault, of_household(1), &attached(1, 10)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Retry);
    service.away.store(false, Ordering::SeqCst);
    for failing in 0..3 {
        let mut calls = 0;
        let mut fill = |bytes: &mut [u8]| {
            calls += 1;
            bytes.fill(calls);
            if calls > failing { Err(NoRandomness) } else { Ok(()) }
        };
        let error = vault.attach(of_household(1), &attached(1, 10), &access(1), &mut fill);
        assert_eq!(error, Err(VaultError::NoRandomness(NoRandomness)));
    }
    let status = vault.status().unwrap();
    assert_eq!((status.households, status.attachments, status.accesses), (0, 0, 0));
    attach(&mut vault, of_household(1), &attached(1, 10)).unwrap();
    vault.verify().unwrap();
}
