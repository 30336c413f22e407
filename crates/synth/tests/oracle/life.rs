//! A person: life, age, registration, relatives, spells, work, certificates.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Fact, World, date, since};

/// What begins and what ends a spell.
pub struct Kinds {
    starts: &'static [&'static str],
    end: &'static str,
    /// The field that tells spells of one kind apart.
    key: &'static str,
}

pub const INSURANCE: Kinds =
    Kinds { starts: &["insurance.started"], end: "insurance.stopped", key: "scheme" };
pub const PENSION: Kinds =
    Kinds { starts: &["pension.started", "pension.changed"], end: "pension.stopped", key: "scheme" };
pub const ENROLMENT: Kinds =
    Kinds { starts: &["enrolment.started"], end: "enrolment.stopped", key: "insutype" };
pub const UNEMPLOYMENT: Kinds =
    Kinds { starts: &["unemployment.registered"], end: "unemployment.deregistered", key: "" };
pub const DOLE: Kinds =
    Kinds { starts: &["unemployment.benefit-started"], end: "unemployment.benefit-ended", key: "" };
pub const CUSTODY: Kinds = Kinds { starts: &["custody.started"], end: "custody.ended", key: "" };
pub const MISSING: Kinds = Kinds { starts: &["missing.reported"], end: "missing.closed", key: "" };
pub const NURSING: Kinds =
    Kinds { starts: &["injury-nursing.started"], end: "injury-nursing.stopped", key: "" };
pub const LONG_TERM_CARE: Kinds =
    Kinds { starts: &["long-term-care.approved"], end: "long-term-care.ended", key: "" };

/// A spell that is open on a day.
pub struct Spell<'a> {
    pub began: Date,
    pub newest: &'a Fact,
}

impl World {
    /// The earliest death signal.
    pub fn died_on(&self, person: &str) -> Option<Date> {
        let cancelled = self.of(person, &["registration.cancelled"]);
        let police = cancelled.into_iter().filter(|fact| fact.data["reason"] == "death");
        let others = self.of(person, &["death.certified", "cremation.recorded", "funeral-grant.paid"]);
        police.chain(others).map(|fact| fact.on).min()
    }

    pub fn living(&self, person: &str) -> bool {
        self.died_on(person).is_none()
    }

    /// Full years; somebody born on 29 February has their birthday on 1 March in common years.
    pub fn age(&self, person: &str) -> i16 {
        let birth: Date =
            format!("{}-{}-{}", &person[6..10], &person[10..12], &person[12..14]).parse().unwrap();
        let had = (self.day.month(), self.day.day()) >= (birth.month(), birth.day());
        self.day.year() - birth.year() - i16::from(!had)
    }

    pub fn working_age(&self, person: &str) -> bool {
        (16..60).contains(&self.age(person))
    }

    /// The newest registration record up to a day.
    pub fn registration(&self, person: &str, day: Date) -> Option<&Fact> {
        let mut records =
            self.of(person, &["person.registered", "household.moved", "registration.cancelled"]);
        records.retain(|fact| fact.on <= day && fact.data["reason"] != "death");
        records.pop()
    }

    pub fn in_district(record: &Fact) -> bool {
        let code = record.data["division_code"].as_str().unwrap_or("");
        ["320614", "322425", "320625", "329026", "320684"].iter().any(|prefix| code.starts_with(prefix))
    }

    pub fn parents(&self, person: &str) -> Vec<&str> {
        let relations = self.of(person, &["relation.recorded"]).into_iter();
        let mut parents: Vec<&str> = relations
            .filter(|fact| fact.data["kind"] == "parent")
            .map(|fact| self.who(fact.data["related"]["id_number"].as_str().unwrap()))
            .collect();
        parents.sort_unstable();
        parents.dedup();
        parents
    }

    /// The open spell of a kind on a day, of one scheme or insutype if asked for.
    pub fn spell(&self, person: &str, kinds: &Kinds, key: &str, day: Date) -> Option<Spell<'_>> {
        let mut facts = self.of(person, &[kinds.starts, &[kinds.end]].concat());
        facts.retain(|fact| fact.on <= day && (key.is_empty() || fact.data[kinds.key] == key));
        let end = facts.iter().rposition(|fact| fact.kind == kinds.end).map_or(0, |at| at + 1);
        let open = &facts[end..];
        Some(Spell { began: open.first()?.on, newest: open.last()? })
    }

    /// The open spell on D, of kinds that have no schemes.
    pub fn now(&self, person: &str, kinds: &Kinds) -> Option<Spell<'_>> {
        self.spell(person, kinds, "", self.day)
    }

    pub fn employed(&self, person: &str) -> bool {
        self.spell(person, &INSURANCE, "employee", self.day).is_some()
            || self.wage(person, self.month(2), self.day).is_some()
    }

    /// The newest certificate.
    pub fn certificate(&self, person: &str) -> Option<&Fact> {
        self.of(person, &["disability.certified"]).pop()
    }

    /// The newest certificate if it is valid.
    pub fn valid_certificate(&self, person: &str) -> Option<&Fact> {
        self.certificate(person).filter(|newest| self.day <= date(&newest.data["valid_until"]))
    }

    pub fn ability(&self, person: &str) -> Option<u64> {
        self.of(person, &["ability.assessed"]).pop().and_then(|newest| newest.data["level"].as_u64())
    }

    /// Whether somebody is away or unable as `unattended-child` asks of a parent.
    pub fn unable(&self, person: &str) -> bool {
        let missing = self.now(person, &MISSING).is_some_and(|spell| since(spell.began, self.day) >= 180);
        let custody = self.now(person, &CUSTODY).is_some_and(|spell| {
            let expected = &spell.newest.data["expected_until"];
            since(spell.began, self.day) >= 180
                || expected.is_string() && since(spell.began, date(expected)) >= 180
        });
        let disabled = self.valid_certificate(person).is_some_and(|certificate| {
            let grade = certificate.data["grade"].as_u64().unwrap();
            let category = certificate.data["category"].as_str().unwrap();
            grade <= 2 || grade == 3 && ["intellectual", "mental"].contains(&category)
        });
        !self.living(person) || missing || custody || disabled
    }

    /// The first day of D's month, or of one so many months before it.
    pub fn month(&self, before: i64) -> Date {
        self.day.first_of_month() - before.months()
    }
}
