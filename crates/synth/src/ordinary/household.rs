//! Households of the kinds that an aged district has.

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::id_number::{Issuer, Sex};
use crate::moment::{add_days, age, birthday};
use crate::name::{name, surname};
use crate::person::{Home, Person};
use crate::sender::Sender;
use crate::town::Towns;

/// How somebody lives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Child,
    Employed,
    Flexible,
    /// Farms or keeps house.
    Resident,
    /// Draws an employee's pension.
    Retired,
    /// Draws a resident's pension.
    OldResident,
}

/// A member of a police household.
pub(crate) struct Member {
    pub person: Person,
    pub relation: &'static str,
    pub role: Role,
    /// The number that they had before a correction, and its day.
    pub former: Option<(Person, Date)>,
    pub died_on: Option<Date>,
}

impl Member {
    /// The person as known on a day: under the former number until it was corrected.
    pub(crate) fn on(&self, day: Date) -> &Person {
        match &self.former {
            Some((former, corrected)) if day < *corrected => former,
            _ => &self.person,
        }
    }

    /// Whether they live on a day.
    pub(crate) fn lives(&self, day: Date) -> bool {
        self.died_on.is_none_or(|died| day < died)
    }
}

/// A police household and what it lives on.
pub(crate) struct Household {
    pub unit: u32,
    pub home: Home,
    pub members: Vec<Member>,
    /// Lives on low incomes: nobody has a wage.
    pub poor: bool,
}

/// Ages of the members of a household: `(relation, sex, age)`; the first is the head.
type Plan = Vec<(&'static str, Sex, i16)>;

impl Household {
    /// Makes one household of at most `most` people.
    pub(crate) fn settle(
        sender: &mut Sender<'_>,
        issuer: &mut Issuer,
        towns: &Towns,
        unit: u32,
        most: u32,
    ) -> Household {
        let start = sender.window.start;
        let rng = &mut sender.rng;
        let poor = rng.random_bool(0.0058);
        let mut plan = plan(rng);
        plan.truncate(most as usize);
        let mut members: Vec<Member> = Vec::with_capacity(plan.len());
        for (relation, sex, years) in plan {
            let family = match relation {
                "子" | "女" | "孙子" | "孙女" => {
                    members.first().and_then(|head| surname(&head.person.name))
                }
                _ => None,
            };
            let birth = add_days(birthday(start, -years), -rng.random_range(1..360i64));
            let name = name(rng, sex, family);
            let id = issuer.issue(birth, sex, rng.random_range(0..100));
            let person = Person { id, name, sex, birth };
            let role = role(rng, age(birth, start), poor);
            members.push(Member { person, relation, role, former: None, died_on: None });
        }
        let division_code = towns.pick(rng).village(rng);
        let home = Home { household_no: format!("{unit:09}"), division_code };
        Household { unit, home, members, poor }
    }
}

/// Weights of the kinds of household.
fn plan(rng: &mut ChaCha8Rng) -> Plan {
    let sex = if rng.random_bool(0.5) { Sex::Man } else { Sex::Woman };
    let old = old_age(rng);
    match rng.random_range(0..10_000u32) {
        0..1400 => vec![("户主", sex, old)],
        1400..3200 => vec![("户主", Sex::Man, old), ("配偶", Sex::Woman, younger(rng, old))],
        3200..5000 => {
            let years = rng.random_range(26..60);
            vec![("户主", Sex::Man, years), ("配偶", Sex::Woman, younger(rng, years))]
        }
        5000..7400 => with_children(rng),
        7400..8600 => three_generations(rng, old),
        8600..9498 => vec![("户主", sex, rng.random_range(19..60))],
        9498..9998 => {
            let parent = if sex == Sex::Man { "父亲" } else { "母亲" };
            vec![("户主", Sex::Man, old.min(90) - rng.random_range(22..34)), (parent, sex, old.min(90))]
        }
        _ => elders_home(rng),
    }
}

fn with_children(rng: &mut ChaCha8Rng) -> Plan {
    let years = rng.random_range(25..52);
    let mother = younger(rng, years);
    let mut plan = vec![("户主", Sex::Man, years), ("配偶", Sex::Woman, mother)];
    let children = if rng.random_bool(0.35) { 2 } else { 1 };
    for _ in 0..children {
        let oldest = (mother - 20).clamp(1, 25);
        plan.push(child(rng, oldest, ["子", "女"]));
    }
    plan
}

fn three_generations(rng: &mut ChaCha8Rng, old: i16) -> Plan {
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

/// An elders' home: more than twenty people under one number, a collective household.
fn elders_home(rng: &mut ChaCha8Rng) -> Plan {
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

/// From 60 on, a fifth of them 80 or older.
fn old_age(rng: &mut ChaCha8Rng) -> i16 {
    let share: f64 = rng.random_range(0.0..1.0);
    60 + (42.0 * (1.0 - (1.0 - share).powf(0.4))) as i16
}

fn role(rng: &mut ChaCha8Rng, years: i16, poor: bool) -> Role {
    let roll = rng.random_range(0..100u32);
    match years {
        ..20 => Role::Child,
        20..60 if poor => Role::Resident,
        20..60 if roll < 60 => Role::Employed,
        20..60 if roll < 80 => Role::Flexible,
        20..60 => Role::Resident,
        _ if roll < 35 && !poor => Role::Retired,
        _ => Role::OldResident,
    }
}
