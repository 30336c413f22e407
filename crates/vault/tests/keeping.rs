//! What is kept is a set of statements, whatever the order and however often.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha20Rng;
use sanzao_model::{Feed, Identity, Instant, PersonId};
use sanzao_vault::{
    ErrorClass, Fill, Kept, Known, NoRandomness, Revealed, Settings, Stated, Suite, Vault, VaultError,
};
use support::*;

/// Statements about few people in few words, so that they meet.
fn statements(rng: &mut ChaCha20Rng) -> Vec<Identity> {
    let count = rng.random_range(1..60);
    let few = |rng: &mut ChaCha20Rng, words: &[&str]| {
        let at = rng.random_range(0..words.len() + 1);
        words.get(at).map(|word| (*word).to_owned())
    };
    (0..count)
        .map(|_| {
            let n = rng.random_range(0..6);
            Identity {
                person: person(n),
                number: number(n),
                name: few(rng, &["张三", "张 三", "李四", ""]),
                phone: few(rng, &["13800000001", "+86 13800000001"]),
                address: few(rng, &["街 1", "街 2"]),
                feed: Feed::ALL[rng.random_range(0..5)],
                time: Instant(rng.random_range(-3..20)),
            }
        })
        .collect()
}

/// By person and kind: value, feed, first, last. Said anew here, not with the vault's code.
type Model = BTreeMap<PersonId, BTreeMap<(u8, String, Feed), (i64, i64)>>;

fn model(statements: &[Identity]) -> Model {
    let mut model = Model::new();
    for stated in statements {
        let values = [
            (0, Some(stated.number.clone())),
            (1, stated.name.clone()),
            (2, stated.phone.clone()),
            (3, stated.address.clone()),
        ];
        for (kind, value) in values {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            let time = stated.time.0;
            let of = model.entry(stated.person).or_default();
            let times = of.entry((kind, value, stated.feed)).or_insert((time, time));
            *times = (times.0.min(time), times.1.max(time));
        }
    }
    model
}

fn held(vault: &mut Vault) -> Model {
    let mut model = Model::new();
    for n in 0..6 {
        let Some(Revealed { numbers, names, phones, addresses }) =
            vault.reveal(person(n), &access(0)).unwrap()
        else {
            continue;
        };
        let of = model.entry(person(n)).or_default();
        for (list, kind) in [numbers, names, phones, addresses].into_iter().zip(0..) {
            assert!(list.windows(2).all(|pair| pair[0].last() >= pair[1].last()), "newest first");
            for Known { value, sources } in list {
                for source in sources {
                    of.insert((kind, value.clone(), source.feed), (source.first.0, source.last.0));
                }
            }
        }
    }
    model
}

#[test]
fn any_order_and_any_repetition_keep_the_same() {
    for seed in 0..60 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut all = statements(&mut rng);
        let expected = model(&all);
        let mut folder = Folder::new();
        folder.settings.suite = suites()[seed as usize % 2];
        // With next to no memory, too.
        let memory = [1, 8, 1000][seed as usize % 3];
        (folder.settings.keys_in_memory, folder.settings.values_in_memory) = (memory, memory);
        let repeated: Vec<Identity> = all.iter().filter(|_| rng.random_bool(0.4)).cloned().collect();
        all.extend(repeated);
        all.shuffle(&mut rng);
        let mut vault = folder.open();
        let mut random = fill(seed);
        let random: &mut Fill<'_> = &mut random;
        let mut offset = 0;
        while !all.is_empty() {
            let rest = all.split_off(rng.random_range(1..=all.len().min(9)));
            let (one, two) = all.split_at(all.len() / 2);
            let records = [(one, offset), (two, offset + 1)];
            let records = records.map(|(identities, offset)| Stated { partition: 0, offset, identities });
            vault.keep(&records, random).unwrap();
            offset += 2;
            all = rest;
            if rng.random_bool(0.2) {
                drop(vault);
                vault = folder.open();
            }
            assert_eq!(vault.position(0), offset);
        }
        assert_eq!(held(&mut vault), expected, "seed {seed}");
        vault.verify().unwrap();
        let status = vault.status().unwrap();
        assert_eq!(status.people, expected.len() as u64);
    }
}

#[test]
fn says_what_was_new_and_keeps_positions_by_partition() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let first = [with_contact(1, 5), identity(2, Feed::Police, 6)];
    let kept = keep(&mut vault, 7, &first);
    assert_eq!(kept, Kept { new_people: 2, new_values: 6, ..Kept::default() });
    assert_eq!(keep(&mut vault, 7, &first), Kept { known: 6, ..Kept::default() });
    let later = [with_contact(1, 9), identity(2, Feed::Health, 6)];
    assert_eq!(keep(&mut vault, 8, &later), Kept { restated: 6, ..Kept::default() });
    let (mut fill, none) = (fill(1), [].as_slice());
    let record = |partition, offset| Stated { partition, offset, identities: none };
    vault.keep(&[record(3, 41), record(3, 40)], &mut fill).unwrap();
    drop(vault);
    let mut vault = folder.open();
    assert_eq!(vault.status().unwrap().positions, [(0, 9), (3, 42)]);
    assert_eq!((vault.position(0), vault.position(3), vault.position(4)), (9, 42, 0));
    assert_eq!(keep(&mut vault, 8, &later), Kept { known: 6, ..Kept::default() });
}

#[test]
fn known_values_need_no_key_and_new_ones_one_call() {
    let folder = Folder::new();
    let service = Arc::new(Service::new(folder.master_keys()));
    let mut vault = folder.open_with(service.clone()).unwrap();
    let people: Vec<Identity> = (0..50).map(|n| identity(n, Feed::Police, 1)).collect();
    keep(&mut vault, 0, &people);
    drop(vault);
    let mut vault = folder.open_with(service.clone()).unwrap();
    let calls = service.calls.load(Ordering::SeqCst);
    service.away.store(true, Ordering::SeqCst);
    let later: Vec<Identity> = (0..50).map(|n| identity(n, Feed::Health, 2)).collect();
    assert_eq!(keep(&mut vault, 1, &later).restated, 100);
    assert_eq!(service.calls.load(Ordering::SeqCst), calls, "keys were asked for");

    let contacts: Vec<Identity> = (0..60).map(|n| with_contact(n, 3)).collect();
    let mut random = fill(1);
    let records = [Stated { partition: 0, offset: 2, identities: &contacts }];
    let error = vault.keep(&records, &mut random).unwrap_err();
    assert!(matches!(error, VaultError::Master(_)) && error.class() == ErrorClass::Retry, "{error}");
    assert_eq!(vault.position(0), 2, "the position moved without its content");
    service.away.store(false, Ordering::SeqCst);
    let before = service.calls.load(Ordering::SeqCst);
    assert_eq!(vault.keep(&records, &mut random).unwrap().new_people, 10);
    // One unwrap, the current id, one wrap.
    assert_eq!(service.calls.load(Ordering::SeqCst) - before, 3);
}

#[test]
fn without_randomness_nothing_is_kept() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let identities = [identity(1, Feed::Police, 1)];
    let records = [Stated { partition: 0, offset: 0, identities: &identities }];
    // For the key, and for the nonces of two values.
    for calls in 0..3 {
        let mut left = calls;
        let mut dry = |bytes: &mut [u8]| {
            bytes.fill(7);
            left -= 1;
            if left < 0 { Err(NoRandomness) } else { Ok(()) }
        };
        let error = vault.keep(&records, &mut dry).unwrap_err();
        assert_eq!((error.class(), vault.position(0)), (ErrorClass::Retry, 0));
        assert_eq!(vault.status().unwrap().people, 0, "after {calls} calls");
    }
}

#[test]
fn both_suites_stand_side_by_side() {
    let mut folder = Folder::new();
    let mut vault = folder.open();
    keep(&mut vault, 0, &[identity(1, Feed::Police, 1)]);
    drop(vault);
    folder.settings.suite = Suite::Sm4Gcm;
    let mut vault = folder.open();
    keep(&mut vault, 1, &[identity(2, Feed::Police, 1), with_contact(1, 2)]);
    let suites = |person: PersonId| -> u8 {
        let sql = "SELECT suite FROM person WHERE id = ?1";
        folder.raw().query_row(sql, [person.0], |row| row.get(0)).unwrap()
    };
    assert_eq!([suites(person(1)), suites(person(2))], [1, 2]);
    drop(vault);
    folder.settings = Settings { keys_in_memory: 1, ..Settings::default() };
    let mut vault = folder.open();
    for n in [1, 2] {
        let revealed = vault.reveal(person(n), &access(0)).unwrap().unwrap();
        assert_eq!(revealed.numbers[0].value, number(n));
    }
    vault.verify().unwrap();
}

#[test]
fn nothing_stands_in_clear_and_files_are_for_their_owner() {
    for suite in suites() {
        let mut folder = Folder::new();
        folder.settings.suite = suite;
        let _vault = filled(&folder, 3);
        let bytes = folder.bytes();
        for clear in [number(1), name(1), phone(1), "海门街道人民路".to_owned()] {
            assert!(memchr::memmem::find(&bytes, clear.as_bytes()).is_none(), "{clear}");
        }
        for file in ["vault.db", "vault.db-wal", "vault.db.lock"] {
            let mode = std::fs::metadata(folder.path(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }
}

#[test]
fn one_process_opens_it_with_its_keys() {
    let mut folder = Folder::new();
    let vault = filled(&folder, 2);
    let error = folder.try_open().err().unwrap();
    assert!(matches!(error, VaultError::Locked { .. }), "{error}");
    drop(vault);

    folder.index = [6; 32];
    let error = folder.try_open().err().unwrap();
    assert!(matches!(error, VaultError::WrongIndexKey { .. }), "{error}");
    folder.index = [5; 32];
    folder.masters = NEW.to_owned();
    let error = folder.try_open().err().unwrap();
    assert!(error.to_string().contains("old is not among the master keys"), "{error}");
    folder.masters = OLD.replace('a', "c");
    let error = folder.try_open().err().unwrap();
    assert!(matches!(&error, VaultError::WrongMaster { id } if id.as_str() == "old"), "{error}");
    folder.masters = OLD.to_owned();
    folder.open().verify().unwrap();

    std::fs::write(folder.file(), "no database at all, and longer than its head".repeat(99)).unwrap();
    let error = folder.try_open().err().unwrap();
    assert!(matches!(error, VaultError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("restore"), "{error}");
    lose(&folder);
    folder.raw().execute_batch("CREATE TABLE other (x)").unwrap();
    let error = folder.try_open().err().unwrap();
    assert!(matches!(error, VaultError::CannotOpen { .. }), "{error}");
}

#[test]
fn a_master_key_that_wraps_nothing_may_be_another_one() {
    let mut folder = Folder::new();
    let mut vault = folder.open();
    keep(&mut vault, 0, &[identity(1, Feed::Police, 1)]);
    vault.erase(person(1), &access(1), &[]).unwrap();
    drop(vault);
    folder.masters = OLD.replace('a', "c");
    let mut vault = folder.open();
    keep(&mut vault, 1, &[identity(1, Feed::Police, 1)]);
    assert!(vault.reveal(person(1), &access(1)).unwrap().is_some());
}

/// `cargo test --release -p sanzao-vault --test keeping -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn speed() {
    let folder = Folder::new();
    let mut vault = folder.open();
    let people = 200_000;
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut random = fill(1);
    let mut offset = 0;
    let mut round = |label: &str, vault: &mut Vault, all: &[Identity]| {
        let (start, cpu) = (std::time::Instant::now(), cpu_time::ProcessTime::now());
        for identities in all.chunks(2000) {
            vault.keep(&[Stated { partition: 0, offset, identities }], &mut random).unwrap();
            offset += 1;
        }
        let rate = all.len() as f64 / start.elapsed().as_secs_f64();
        let cpu = cpu.elapsed().as_secs_f64() * 1e6 / all.len() as f64;
        println!("{label}: {rate:.0} identities/s, {cpu:.1} µs of CPU each");
    };
    let mut all: Vec<Identity> = (0..people).map(|n| identity(n, Feed::Police, 1)).collect();
    all.shuffle(&mut rng);
    round("new people", &mut vault, &all);
    round("known, in memory or not", &mut vault, &all);
    round("known, the last 40,000 again", &mut vault, &[&all[160_000..], &all[160_000..]].concat());
    all.shuffle(&mut rng);
    all.iter_mut().for_each(|identity| identity.time = Instant(2 + i64::from(rng.next_u32() % 9)));
    round("known, stated later", &mut vault, &all);
    let start = std::time::Instant::now();
    let status = vault.status().unwrap();
    println!("status of {} people, {} values: {:?}", status.people, status.values, start.elapsed());
    let start = std::time::Instant::now();
    let erasure = vault.erase(person(77), &access(1), &[]).unwrap();
    println!("erase: {:?}, compacted {}", start.elapsed(), erasure.compacted);
    let start = std::time::Instant::now();
    vault.compact().unwrap();
    let size = std::fs::metadata(folder.file()).unwrap().len();
    println!("compact: {:?}, {} MB", start.elapsed(), size / 1_000_000);
    let start = std::time::Instant::now();
    let people: Vec<PersonId> = (1000..1050).map(person).collect();
    vault.masked(&people).unwrap();
    println!("50 masks: {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let kept = vault.backup_keys(&folder.path("keys"), Instant(1)).unwrap();
    println!("backup of {kept} keys: {:?}", start.elapsed());
}
