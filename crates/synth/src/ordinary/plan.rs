//! Which people live in a household: kinds in the proportions of an aged district.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::id_number::Sex;

/// What a household is, where that decides how its people live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Family,
    /// Grandparents with a grandchild whose parents live elsewhere.
    Grandparents,
    /// More than twenty people under one number each.
    EldersHome,
    Dormitory,
}

/// A kind and its people: relation to the head, sex and age; the first is the head.
pub(crate) struct Plan {
    pub kind: Kind,
    pub people: Vec<(&'static str, Sex, i16)>,
}

/// Weights of the kinds, in ten-thousandths of all households.
pub(super) fn plan(rng: &mut ChaCha8Rng) -> Plan {
    let sex = if rng.random_bool(0.5) { Sex::Man } else { Sex::Woman };
    let old = old_age(rng);
    let mut kind = Kind::Family;
    let people = match rng.random_range(0..10_000u32) {
        0..1_060 => {
            let sex = if rng.random_bool(0.68) { Sex::Woman } else { Sex::Man };
            vec![("户主", sex, lone(rng, old))]
        }
        1_060..2_820 => vec![("户主", Sex::Man, old), ("配偶", Sex::Woman, younger(rng, old).max(60))],
        2_820..4_620 => {
            let years = rng.random_range(28..60);
            vec![("户主", Sex::Man, years), ("配偶", Sex::Woman, younger(rng, years))]
        }
        4_620..6_420 => with_children(rng),
        6_420..7_060 => three_generations(rng, old),
        7_060..8_940 => vec![("户主", sex, rng.random_range(19..60))],
        8_940..9_520 => {
            let widow = rng.random_bool(0.78);
            let (parent, of) = if widow { ("母亲", Sex::Woman) } else { ("父亲", Sex::Man) };
            vec![("户主", sex, old.min(92) - rng.random_range(22..34)), (parent, of, old.min(92))]
        }
        9_520..9_760 => one_parent(rng),
        9_760..9_940 => {
            kind = Kind::Grandparents;
            grandparents(rng)
        }
        9_940..9_992 => with_old_parent(rng, old),
        9_992..9_997 => {
            kind = Kind::Dormitory;
            dormitory(rng)
        }
        _ => {
            kind = Kind::EldersHome;
            elders_home(rng)
        }
    };
    Plan { kind, people }
}

fn with_children(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Sex, i16)> {
    let years = rng.random_range(32..57);
    let mother = younger(rng, years);
    let mut plan = vec![("户主", Sex::Man, years), ("配偶", Sex::Woman, mother)];
    let children = if rng.random_bool(0.35) { 2 } else { 1 };
    for _ in 0..children {
        plan.push(child(rng, (mother - 21).clamp(1, 25), ["子", "女"]));
    }
    plan
}

fn one_parent(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Sex, i16)> {
    let sex = if rng.random_bool(0.3) { Sex::Man } else { Sex::Woman };
    let years = rng.random_range(26..52);
    vec![("户主", sex, years), child(rng, (years - 22).clamp(1, 22), ["子", "女"])]
}

fn three_generations(rng: &mut ChaCha8Rng, old: i16) -> Vec<(&'static str, Sex, i16)> {
    let old = old.min(88);
    let years = old - rng.random_range(24..34);
    let mut plan = vec![
        ("户主", Sex::Man, old),
        ("配偶", Sex::Woman, younger(rng, old)),
        ("子", Sex::Man, years),
        ("儿媳", Sex::Woman, younger(rng, years)),
    ];
    plan.push(child(rng, (years - 24).clamp(1, 25), ["孙子", "孙女"]));
    plan
}

fn grandparents(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Sex, i16)> {
    let old = rng.random_range(54..76);
    let mut plan = vec![("户主", Sex::Man, old), ("配偶", Sex::Woman, younger(rng, old))];
    plan.push(child(rng, (old - 47).clamp(2, 16), ["孙子", "孙女"]));
    plan
}

fn with_old_parent(rng: &mut ChaCha8Rng, old: i16) -> Vec<(&'static str, Sex, i16)> {
    let old = old.clamp(64, 92);
    let years = old - rng.random_range(24..34);
    vec![("户主", Sex::Man, years), ("配偶", Sex::Woman, younger(rng, years)), ("母亲", Sex::Woman, old)]
}

/// A collective household of a factory.
fn dormitory(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Sex, i16)> {
    (0..rng.random_range(25..110u32))
        .map(|_| {
            let sex = if rng.random_bool(0.6) { Sex::Man } else { Sex::Woman };
            ("集体户", sex, rng.random_range(20..46))
        })
        .collect()
}

/// A collective household of an elders' home.
fn elders_home(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Sex, i16)> {
    (0..rng.random_range(24..40u32))
        .map(|_| {
            let sex = if rng.random_bool(0.45) { Sex::Man } else { Sex::Woman };
            ("集体户", sex, old_age(rng).max(65))
        })
        .collect()
}

fn child(rng: &mut ChaCha8Rng, oldest: i16, relations: [&'static str; 2]) -> (&'static str, Sex, i16) {
    let years = rng.random_range(0..=oldest);
    if rng.random_bool(0.52) { (relations[0], Sex::Man, years) } else { (relations[1], Sex::Woman, years) }
}

fn younger(rng: &mut ChaCha8Rng, years: i16) -> i16 {
    (years - rng.random_range(-1..6)).max(20)
}

/// From 60 on: three quarters of them 65 or older, a fifth 80 or older, one in five hundred near a hundred.
fn old_age(rng: &mut ChaCha8Rng) -> i16 {
    if rng.random_bool(0.002) {
        return rng.random_range(97..104);
    }
    let share: f64 = rng.random_range(0.0..1.0);
    60 + (36.0 * (1.0 - (1.0 - share).powf(0.55))) as i16
}

/// The oldest mostly live with their children.
fn lone(rng: &mut ChaCha8Rng, years: i16) -> i16 {
    if years >= 80 && rng.random_bool(0.85) { rng.random_range(60..77) } else { years }
}
