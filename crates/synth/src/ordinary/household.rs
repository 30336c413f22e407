//! Households of ordinary people, and what their members are.

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::figures;
use super::plan::{Kind, plan};
use crate::id_number::{Issuer, Sex};
use crate::moment::{add_days, add_months, age, birthday, month_start};
use crate::name::{foreign_name, name, surname};
use crate::person::{Home, Person};
use crate::sender::Sender;
use crate::town::Towns;

/// How somebody lives at the beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Or a student.
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

/// A certificate of disability.
#[derive(Clone, Copy)]
pub(crate) struct Disability {
    pub category: &'static str,
    pub grade: u8,
}

/// A member of a police household.
pub(crate) struct Member {
    pub person: Person,
    pub relation: &'static str,
    pub role: Role,
    /// The number that they had before a correction, and its day.
    pub former: Option<(Person, Date)>,
    pub died_on: Option<Date>,
    pub disability: Option<Disability>,
    /// A level of ability (GB/T 42195) that was assessed.
    pub ability: Option<u8>,
}

impl Member {
    pub(super) fn new(person: Person, relation: &'static str, role: Role) -> Member {
        Member { person, relation, role, former: None, died_on: None, disability: None, ability: None }
    }

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

    /// Full years on a day.
    pub(super) fn age(&self, day: Date) -> i16 {
        age(self.person.birth, day)
    }

    /// The first month of a pension: after the 60th birthday, women who were employed after the 55th.
    pub(super) fn retires(&self) -> Date {
        let employee = matches!(self.role, Role::Employed | Role::Retired);
        let years = if employee && self.person.sex == Sex::Woman { 55 } else { 60 };
        month_start(add_months(birthday(self.person.birth, years), 1))
    }
}

/// A police household and what it lives on.
pub(crate) struct Household {
    pub unit: u32,
    pub home: Home,
    /// The town's name.
    pub town: &'static str,
    pub kind: Kind,
    pub members: Vec<Member>,
    /// Parents of a grandchild who live elsewhere: known to the police by relation alone.
    pub elsewhere: Vec<Member>,
    /// Lives on low incomes: nobody has a wage.
    pub poor: bool,
}

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
        let mut plan = plan(rng);
        let poor = matches!(plan.kind, Kind::Family | Kind::Grandparents) && rng.random_bool(figures::POOR);
        plan.people.truncate(most as usize);
        let mut members: Vec<Member> = Vec::with_capacity(plan.people.len());
        for (relation, sex, years) in plan.people {
            let family = match relation {
                "子" | "女" | "孙子" | "孙女" => {
                    members.first().and_then(|head| surname(&head.person.name))
                }
                _ => None,
            };
            let birth = add_days(birthday(start, -years), -rng.random_range(1..360i64));
            let foreign = years >= 20 && rng.random_bool(figures::FOREIGN_DOCUMENT);
            let person = if foreign {
                let (form, unit) = (rng.random_range(0..5), unit * 200 + members.len() as u32);
                let name = if form == 0 { name(rng, sex, None) } else { foreign_name(rng) };
                Person { id: issuer.foreign(form, birth, sex, unit), name, sex, birth }
            } else {
                let name = name(rng, sex, family);
                Person { id: issuer.issue(birth, sex, rng.random_range(0..100)), name, sex, birth }
            };
            let role = role(rng, sex, age(birth, start), plan.kind, poor);
            members.push(Member::new(person, relation, role));
        }
        let elsewhere = match members.get(2).filter(|_| plan.kind == Kind::Grandparents) {
            Some(child) => parents_elsewhere(rng, issuer, &child.person),
            None => Vec::new(),
        };
        let town = towns.pick(rng);
        let home = Home { household_no: format!("{unit:09}"), division_code: town.village(rng) };
        Household { unit, home, town: town.name, kind: plan.kind, members, elsewhere, poor }
    }

    /// Whether rules see its people alone as households.
    pub(super) fn collective(&self) -> bool {
        matches!(self.kind, Kind::EldersHome | Kind::Dormitory)
    }
}

fn parents_elsewhere(rng: &mut ChaCha8Rng, issuer: &mut Issuer, child: &Person) -> Vec<Member> {
    let mut parents = Vec::with_capacity(2);
    for sex in [Sex::Man, Sex::Woman] {
        let birth = add_days(child.birth, -365 * rng.random_range(22..31i64));
        let family = surname(&child.name).filter(|_| sex == Sex::Man);
        let name = name(rng, sex, family);
        let id = issuer.issue(birth, sex, rng.random_range(0..100));
        parents.push(Member::new(Person { id, name, sex, birth }, "父母", Role::Resident));
    }
    parents
}

fn role(rng: &mut ChaCha8Rng, sex: Sex, years: i16, kind: Kind, poor: bool) -> Role {
    let roll = rng.random_range(0..100u32);
    match years {
        ..20 => Role::Child,
        20..22 if roll < 50 && kind == Kind::Family => Role::Child,
        20..60 if poor => Role::Resident,
        20..60 if kind == Kind::Dormitory => Role::Employed,
        55..60 if roll < 40 && sex == Sex::Woman => Role::Retired,
        20..60 if roll < 52 => Role::Employed,
        20..60 if roll < 75 => Role::Flexible,
        20..60 => Role::Resident,
        _ if roll < 37 && !poor => Role::Retired,
        _ => Role::OldResident,
    }
}
