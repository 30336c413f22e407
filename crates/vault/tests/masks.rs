//! What lists show, from memory: never older than what the vault holds.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::HashMap;

use proptest::prelude::*;
use sanzao_model::{Feed, Identity, PersonId, SubjectId};
use sanzao_vault::{Masked, Stated, Vault};
use support::files::*;
use support::*;

fn named(n: u64, name: &str, time: i64) -> Identity {
    Identity { name: Some(name.to_owned()), ..identity(n, Feed::Police, time) }
}

fn mask(name: &str, n: u64) -> Masked {
    Masked { name: Some(name.to_owned()), last_four: number(n)[14..].to_owned() }
}

#[test]
fn lists_are_answered_without_the_vault_once_it_was_asked() {
    let folder = Folder::new();
    let mut vault = folder.open();
    keep(&mut vault, 0, &[named(1, "张三", 1), named(2, "欧阳修", 1)]);
    let masks = vault.masks();
    let list = [person(2), person(9), person(1), person(2)];
    assert_eq!(masks.cached(&list), Err(list.to_vec()));
    let masked = vault.masked(&list).unwrap();
    assert_eq!(masked, HashMap::from([(person(1), mask("张**", 1)), (person(2), mask("欧**", 2))]));
    let (one, two) = (Some(mask("张**", 1)), Some(mask("欧**", 2)));
    assert_eq!(masks.cached(&list), Ok(vec![two.clone(), None, one, two]));
    assert_eq!(vault.masked(&list).unwrap(), masked, "and from memory");
    assert_eq!(masks.cached(&[person(1), person(5)]), Err(vec![person(5)]), "only who is not known");
}

#[test]
fn new_statements_and_erasure_are_seen_at_once_and_others_stay_in_memory() {
    let folder = Folder::new();
    let mut vault = folder.open();
    keep(&mut vault, 0, &[named(1, "张三", 1), named(2, "李四", 1)]);
    let everybody = [person(1), person(2), person(3)];
    vault.masked(&everybody).unwrap();
    let masks = vault.masks();
    let missing = |after: &str, expected: &[PersonId]| {
        assert_eq!(masks.cached(&everybody).err().unwrap_or_default(), expected, "{after}");
    };
    missing("asked", &[]);
    keep(&mut vault, 1, &[named(1, "张三", 1)]);
    missing("stated just so", &[]);
    keep(&mut vault, 2, &[named(1, "王五", 2)]);
    missing("a new name", &[person(1)]);
    assert_eq!(vault.masked(&everybody).unwrap()[&person(1)], mask("王**", 1));
    keep(&mut vault, 3, &[named(1, "张三", 3)]);
    missing("stated later", &[person(1)]);
    assert_eq!(vault.masked(&everybody).unwrap()[&person(1)], mask("张**", 1));
    keep(&mut vault, 4, &[named(3, "赵六", 1)]);
    missing("somebody new", &[person(3)]);
    assert_eq!(vault.masked(&everybody).unwrap()[&person(3)], mask("赵**", 3));
    vault.erase(person(2), &access(1), &[]).unwrap();
    missing("an erasure", &everybody);
    assert_eq!(vault.masked(&everybody).unwrap().get(&person(2)), None);
    missing("asked again", &[]);
    vault.attach(SubjectId::Person(person(2)), &attached(1, 9), &access(1), &mut fill(9)).unwrap();
    assert_eq!(vault.masked(&everybody).unwrap().get(&person(2)), None);
}

#[test]
fn memory_is_bounded() {
    let mut folder = Folder::new();
    folder.settings.masks_in_memory = 10;
    let mut vault = filled(&folder, 40);
    let all: Vec<PersonId> = (0..40).map(person).collect();
    for _ in 0..3 {
        assert_eq!(vault.masked(&all).unwrap().len(), 40, "a list may be longer than the memory");
    }
    let masks = vault.masks();
    let known = all.iter().filter(|person| masks.cached(&[**person]).is_ok()).count();
    assert!((5..=10).contains(&known), "{known}");
}

#[derive(Debug, Clone)]
enum Step {
    Keep(u64, usize, i64),
    Erase(u64),
    Look(Vec<u64>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u64..8, 0_usize..4, 0_i64..9).prop_map(|(n, name, time)| Step::Keep(n, name, time)),
        1 => (0_u64..8).prop_map(Step::Erase),
        4 => prop::collection::vec(0_u64..9, 1..8).prop_map(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever happened, memory says what a vault without one says.
    #[test]
    fn memory_never_lags(steps in prop::collection::vec(step(), 1..40), memory in 1_usize..12) {
        let mut folder = Folder::new();
        folder.settings.masks_in_memory = memory;
        let mut vault = folder.open();
        for (step, offset) in steps.into_iter().zip(0..) {
            match step {
                Step::Keep(n, name, time) => {
                    let identities = [named(n, ["张三", "李四", "王五", "赵六"][name], time)];
                    vault.keep(&[Stated { partition: 0, offset, identities: &identities }], &mut fill(offset)).unwrap();
                }
                Step::Erase(n) => _ = vault.erase(person(n), &access(1), &[]).unwrap(),
                Step::Look(list) => {
                    let list: Vec<PersonId> = list.into_iter().map(person).collect();
                    let told = vault.masked(&list).unwrap();
                    if let Ok(cached) = vault.masks().cached(&list) {
                        for (person, mask) in list.iter().zip(cached) {
                            prop_assert_eq!(mask.as_ref(), told.get(person));
                        }
                    }
                    for person in list {
                        prop_assert_eq!(told.get(&person).cloned(), fresh(&mut vault, person));
                    }
                }
            }
        }
    }
}

/// As it was revealed, masked by hand.
fn fresh(vault: &mut Vault, person: PersonId) -> Option<Masked> {
    let revealed = vault.reveal(person, &access(1)).unwrap()?;
    let name = format!("{}**", revealed.names[0].value.chars().next().unwrap());
    let number = &revealed.numbers[0].value;
    Some(Masked { name: Some(name), last_four: number[number.len() - 4..].to_owned() })
}

/// `cargo test --release -p sanzao-vault --test masks -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn speed() {
    use rand::{RngExt, SeedableRng};
    let mut folder = Folder::new();
    folder.settings.keys_in_memory = 100_000;
    let mut vault = folder.open();
    let people = 1_000_000;
    let mut random = fill(1);
    let start = std::time::Instant::now();
    for part in 0..people / 10_000 {
        let numbered = |n| Identity { number: number(n % 10_000), ..identity(n, Feed::Police, 1) };
        let identities: Vec<Identity> = (part * 10_000..(part + 1) * 10_000).map(numbered).collect();
        vault.keep(&[Stated { partition: 0, offset: part, identities: &identities }], &mut random).unwrap();
    }
    println!("kept {people} people: {:?}", start.elapsed());
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let mut lists = |from: u64| -> Vec<Vec<PersonId>> {
        (0..2_000).map(|_| (0..50).map(|_| person(from + rng.random_range(0..40_000))).collect()).collect()
    };
    let report = |label: &str, mut times: Vec<std::time::Duration>| {
        times.sort();
        let at = |part: f64| times[(times.len() as f64 * part) as usize];
        println!("{label}: p50 {:?}, p99 {:?}", at(0.5), at(0.99));
        at(0.5)
    };
    let timed = |vault: &mut Vault, lists: &[Vec<PersonId>]| -> Vec<std::time::Duration> {
        let time = |list: &Vec<PersonId>| {
            let start = std::time::Instant::now();
            std::hint::black_box(vault.masked(list).unwrap());
            start.elapsed()
        };
        lists.iter().map(time).collect()
    };
    let cold = lists(500_000);
    report("50 masks, most of them new to memory", timed(&mut vault, &cold));
    report("50 masks through the vault, in memory", timed(&mut vault, &cold));
    let masks = vault.masks();
    let known = |list: &Vec<PersonId>| {
        let start = std::time::Instant::now();
        std::hint::black_box(masks.cached(list).unwrap());
        start.elapsed()
    };
    let cached = report("50 masks in memory", cold.iter().map(known).collect());
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope
                .spawn(|| cold.iter().for_each(|list| _ = std::hint::black_box(masks.cached(list).unwrap())));
        }
    });
    println!("two threads: {:.0} lists/s", 4_000.0 / start.elapsed().as_secs_f64());
    assert!(cached < std::time::Duration::from_micros(20), "{cached:?}");
    drop(vault);
    folder.settings.masks_in_memory = 2;
    let mut vault = folder.open();
    report("50 masks, without keys and masks in memory", timed(&mut vault, &cold));
    report("50 masks, with keys in memory and without masks", timed(&mut vault, &cold));
}
