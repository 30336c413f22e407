//! Reading is recorded before anything is shown, and the records notice what happens to them.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sanzao_model::{Feed, Identity, Instant, PersonId};
use sanzao_vault::{Access, Act, ErrorClass, MOST_FOUND, Query, Vault, VaultError};
use support::*;

#[test]
fn a_reveal_needs_a_purpose_and_is_recorded_first() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 3);
    let good = access(9);
    let blank = |text: &str| {
        [
            Access { purpose: text.to_owned(), ..good.clone() },
            Access { actor: text.to_owned(), ..good.clone() },
        ]
    };
    for bad in ["", "  ", "\u{3000}\n", &"x".repeat(501)].into_iter().flat_map(blank) {
        let errors = [
            vault.reveal(person(1), &bad).err(),
            vault.search(Query::Phone(&phone(1)), &bad).err(),
            vault.export(person(1), &bad).err(),
            vault.erase(person(1), &bad, &[]).err(),
        ];
        assert!(errors.iter().all(|error| matches!(error, Some(VaultError::Purpose { .. }))));
    }
    assert_eq!(vault.accesses(0, 10).unwrap(), []);

    let revealed = vault.reveal(person(1), &good).unwrap().unwrap();
    assert_eq!(revealed.numbers[0].value, number(1));
    assert_eq!(revealed.names[0].value, name(1));
    assert_eq!(revealed.phones[0].value, phone(1));
    assert_eq!(revealed.addresses[0].sources[0].feed, Feed::Registry);
    assert_eq!(format!("{revealed:?} {:?}", revealed.names), "Revealed(…) [Known(…)]");
    assert_eq!(vault.reveal(person(99), &good).unwrap(), None);
    let records = vault.accesses(0, 10).unwrap();
    assert_eq!(records.len(), 2, "who is not held is recorded, too");
    let first = &records[0];
    assert_eq!((first.number, first.at, first.act), (1, Instant(9), Act::Reveal));
    assert_eq!((first.actor.as_str(), first.purpose.as_str()), ("clerk-7", "home visit"));
    assert_eq!(first.people, [person(1)]);
    assert_eq!(vault.accesses(1, 10).unwrap(), records[1..]);
    assert_eq!(vault.accesses(0, 1).unwrap(), records[..1]);
    assert_eq!(vault.verify_accesses(), Ok(2));
}

#[test]
fn without_the_record_nothing_is_shown() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 1);
    let other = folder.raw();
    other
        .execute_batch("CREATE TRIGGER no BEFORE INSERT ON access BEGIN SELECT RAISE(ABORT, 'no'); END")
        .unwrap();
    assert!(vault.reveal(person(0), &access(1)).is_err());
    assert!(vault.search(Query::Phone(&phone(0)), &access(1)).is_err());
    assert!(vault.export(person(0), &access(1)).is_err());
    assert!(vault.erase(person(0), &access(1), &[]).is_err());
    other.execute_batch("DROP TRIGGER no").unwrap();
    assert!(vault.reveal(person(0), &access(1)).unwrap().is_some());
    assert_eq!(vault.verify_accesses(), Ok(1));
}

#[test]
fn a_key_service_that_is_away_shows_nothing_and_says_so() {
    let folder = Folder::new();
    drop(filled(&folder, 3));
    let service = Arc::new(Service::new(folder.master_keys()));
    let mut vault = folder.open_with(service.clone()).unwrap();
    service.away.store(true, Ordering::SeqCst);
    let error = vault.reveal(person(1), &access(1)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Retry);
    assert!(error.to_string().contains("away"), "{error}");
    assert!(vault.masked(&[person(1)]).is_err());
    assert_eq!(vault.search(Query::Phone(&phone(1)), &access(1)).unwrap().people, [person(1)]);
    service.away.store(false, Ordering::SeqCst);
    assert!(vault.reveal(person(1), &access(1)).unwrap().is_some());
    drop(vault);
    service.away.store(true, Ordering::SeqCst);
    let error = folder.open_with(service).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Retry);
}

fn find(vault: &mut Vault, query: Query<'_>) -> Vec<PersonId> {
    vault.search(query, &access(1)).unwrap().people
}

#[test]
fn finds_by_number_name_and_phone_however_they_are_written() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let mut one = with_contact(1, 1);
    one.name = Some("阿依古丽 · 买买提".to_owned());
    one.phone = Some("+86 138-1234-5678".to_owned());
    let mut other = with_contact(2, 1);
    other.name = Some("阿依古丽•买买提".to_owned());
    keep(&mut vault, 0, &[one, other]);
    let mut both = [person(1), person(2)];
    both.sort();
    for name in ["阿依古丽·买买提", "阿依古丽买买提", " 阿依古丽\u{3000}买买提"] {
        assert_eq!(find(&mut vault, Query::Name(name)), both, "{name}");
    }
    assert_eq!(find(&mut vault, Query::Name("阿依古丽")), [], "a part of a name");
    for phone in ["13812345678", "+8613812345678", "138 1234 5678"] {
        assert_eq!(find(&mut vault, Query::Phone(phone)), [person(1)], "{phone}");
    }
    let number = number(1);
    assert_eq!(find(&mut vault, Query::IdNumber(&number)), [person(1)]);
    assert_eq!(find(&mut vault, Query::IdNumber(&number.to_lowercase())), [person(1)]);
    let old_form = format!("{}{}", &number[..6], &number[8..17]);
    assert_eq!(find(&mut vault, Query::IdNumber(&old_form)), [person(1)]);
    assert_eq!(find(&mut vault, Query::IdNumber(&support::number(3))), []);
    assert_eq!(find(&mut vault, Query::Name(&number)), [], "a number is no name");
    for bad in [Query::IdNumber("12345"), Query::Name(" · "), Query::Phone("none")] {
        assert_eq!(vault.search(bad, &access(1)), Err(VaultError::Query));
    }

    let records = vault.accesses(0, 100).unwrap();
    let names: Vec<_> = records.iter().filter(|record| record.act == Act::SearchName).collect();
    assert_eq!((names[0].query.as_ref(), &names[0].people[..]), (names[1].query.as_ref(), &both[..]));
    assert_ne!(names[0].query, names[3].query);
    assert_eq!(vault.verify_accesses(), Ok(records.len() as u64));
    let shown = serde_json::to_string(&records).unwrap();
    assert!(!shown.contains(&number) && !shown.contains("阿依"));
}

#[test]
fn a_search_has_an_end() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let alike = |n| Identity { name: Some("张伟".to_owned()), ..identity(n, Feed::Police, 1) };
    for (offset, count) in [(0, MOST_FOUND as u64), (1, MOST_FOUND as u64 + 1)] {
        keep(&mut vault, offset, &(0..count).map(alike).collect::<Vec<_>>());
        let found = vault.search(Query::Name("张伟"), &access(1)).unwrap();
        assert_eq!((found.people.len(), found.more), (MOST_FOUND, offset == 1));
    }
    assert_eq!(vault.verify_accesses(), Ok(2));
}

#[test]
fn who_may_see_few_finds_them_among_many_and_learns_of_nobody_else() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let alike = |n| Identity { name: Some("张伟".to_owned()), ..identity(n, Feed::Police, 1) };
    keep(&mut vault, 0, &(0..2_500).map(alike).collect::<Vec<_>>());
    let everybody = |count: u64| (0..count).map(person).collect::<HashSet<_>>();
    let mut search = |mine: HashSet<PersonId>| {
        let seen = &mut |page: &[PersonId]| {
            assert!(page.len() <= 1_000);
            page.iter().copied().filter(|person| mine.contains(person)).collect()
        };
        vault.search_among(Query::Name("张伟"), &access(1), seen).unwrap()
    };
    let mut ids: Vec<_> = everybody(2_500).into_iter().collect();
    ids.sort();
    let few = [ids[3], ids[1_500], ids[2_499]];
    let found = search(few.into_iter().collect());
    assert_eq!((&found.people[..], found.more), (&few[..], false));
    let found = search(ids[..201].iter().copied().collect());
    assert_eq!((&found.people[..], found.more), (&ids[..200], true));
    let last = vault.accesses(0, 10).unwrap();
    assert_eq!(last[0].people, few, "nobody else is on record as found");
}

#[test]
fn a_mask_is_of_the_newest_name_and_leaves_no_record() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let named =
        |name: &str, time| Identity { name: Some(name.to_owned()), ..identity(1, Feed::Police, time) };
    keep(&mut vault, 0, &[named("李秀兰", 3), named("张秀兰", 5), named("王秀兰", 4)]);
    keep(&mut vault, 1, &[Identity { name: None, ..identity(2, Feed::Health, 1) }]);
    let masked = vault.masked(&[person(2), person(1), person(3)]).unwrap();
    assert_eq!(masked.len(), 2);
    assert_eq!(masked[&person(1)].name.as_deref(), Some("张**"));
    assert_eq!(masked[&person(1)].last_four, number(1)[14..]);
    assert_eq!(masked[&person(2)].name, None);
    assert_eq!(vault.accesses(0, 9).unwrap(), []);
}

#[test]
fn an_export_holds_everything_about_one_person_and_nobody_else() {
    let folder = Folder::new();
    let mut vault = filled(&folder, 3);
    keep(&mut vault, 8, &[Identity { name: Some("张大山".to_owned()), ..identity(1, Feed::Police, 77) }]);
    keep(&mut vault, 9, &[Identity { phone: Some(phone(1)), ..identity(2, Feed::Registry, 1) }]);
    vault.reveal(person(1), &access(1)).unwrap();
    vault.reveal(person(2), &access(2)).unwrap();
    assert_eq!(vault.search(Query::Phone(&phone(1)), &access(3)).unwrap().people.len(), 2);
    let export = vault.export(person(1), &access(4)).unwrap();
    let identity = export.identity.as_ref().unwrap();
    assert_eq!(identity.names.len(), 2);
    assert_eq!((identity.names[0].value.as_str(), identity.names[0].last()), ("张大山", Instant(77)));
    assert_eq!((identity.phones.len(), identity.addresses.len()), (1, 1));
    assert_eq!(identity.numbers[0].sources.len(), 2);
    let acts: Vec<_> = export.accesses.iter().map(|record| (record.number, record.act)).collect();
    assert_eq!(acts, [(1, Act::Reveal), (3, Act::SearchPhone), (4, Act::Export)]);
    let json = serde_json::to_string(&export).unwrap();
    assert!(json.contains(&number(1)) && json.contains("home visit"));
    assert!(!json.contains(&person(2).to_string()), "another person is named");
    assert_eq!(format!("{export:?}"), "PersonExport(…)");
    assert!(export.erased.is_none());
    let nobody = vault.export(person(50), &access(5)).unwrap();
    assert_eq!((nobody.identity, nobody.accesses.len()), (None, 1));
}

/// Somebody with the file changes the records of access.
fn after(change: &str) -> (u64, Result<u64, VaultError>) {
    let folder = Folder::new();
    let mut vault = filled(&folder, 3);
    for n in 0..3 {
        vault.reveal(person(n), &access(n as i64)).unwrap();
    }
    vault.search(Query::Phone(&phone(1)), &access(4)).unwrap();
    let triggers = ["access_stays", "access_is_final", "access_of_stays", "access_of_is_final"];
    let raw = folder.raw();
    assert!(raw.execute_batch("DELETE FROM access WHERE number = 2").is_err(), "append only");
    triggers.iter().for_each(|name| raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap());
    raw.execute_batch(change).unwrap();
    let while_open = vault.verify_accesses();
    drop(vault);
    let reopened = folder.try_open().and_then(|vault| vault.verify_accesses());
    assert_eq!(while_open.is_ok(), reopened.is_ok(), "{change}");
    (4, while_open)
}

#[test]
fn changed_and_removed_records_of_access_are_noticed() {
    let (count, unchanged) = after("SELECT 1");
    assert_eq!(unchanged, Ok(count));
    for (change, number) in [
        ("DELETE FROM access WHERE number = 2", 2),
        ("DELETE FROM access WHERE number = 1", 1),
        ("DELETE FROM access WHERE number = 4; DELETE FROM access_of WHERE access = 4", 4),
        ("DELETE FROM access; DELETE FROM access_of", 1),
        ("UPDATE access SET actor = 'clerk-8' WHERE number = 3", 3),
        ("UPDATE access SET purpose = 'home visi' WHERE number = 3", 3),
        ("UPDATE access SET at = at + 1 WHERE number = 3", 3),
        ("UPDATE access SET act = 5 WHERE number = 3", 3),
        ("UPDATE access SET act = 99 WHERE number = 3", 3),
        ("UPDATE access SET query = NULL WHERE number = 4", 4),
        ("UPDATE access SET number = 9 WHERE number = 4", 4),
        ("DELETE FROM access_of WHERE access = 2", 2),
        ("UPDATE access_of SET person = zeroblob(16) WHERE access = 2", 2),
        ("INSERT INTO access_of VALUES (zeroblob(16), 3)", 3),
        ("INSERT INTO access_of VALUES (zeroblob(16), 7)", 7),
        ("UPDATE access SET household = zeroblob(16) WHERE number = 3", 3),
        ("UPDATE access SET attachment = zeroblob(16) WHERE number = 3", 3),
        (
            "INSERT INTO access SELECT 5, at, actor, purpose, act, query, hash, household, attachment
             FROM access WHERE number = 1",
            5,
        ),
    ] {
        assert_eq!(after(change).1, Err(VaultError::AccessChain { number }), "{change}");
    }
    for change in [
        "UPDATE meta SET value = zeroblob(56) WHERE name = 'access-head'",
        "DELETE FROM meta WHERE name = 'access-head'",
        "DELETE FROM meta WHERE name = 'access-head'; DELETE FROM access; DELETE FROM access_of",
    ] {
        assert!(after(change).1.is_err(), "{change}");
    }
}
