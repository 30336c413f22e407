//! Spells (domain §3): times during which something goes on.

use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};

/// A spell that is open on D.
pub struct Spell<'a> {
    /// `on` of its first start.
    pub began: Date,
    /// Its newest start: "its amounts, kind and `expected_until` are those of its newest".
    pub newest: &'a Fact,
    starts: Vec<&'a Fact>,
}

impl<'a> Spell<'a> {
    /// The start with which it began.
    pub fn first(&self) -> &'a Fact {
        let first = self.starts.iter().copied().min_by_key(|start| start.newness());
        first.expect("a spell has a start")
    }

    /// Its newest start as it was at the end of an earlier day, if it had begun.
    pub fn newest_on(&self, day: Date) -> Option<&'a Fact> {
        newest(self.starts.iter().copied().filter(|start| start.on <= day))
    }
}

/// "Starts after the newest end form the open spell; it began with its first start. … No start after the newest
/// end: not active."
fn open_spell<'a>(starts: Vec<&'a Fact>, ends: Vec<&'a Fact>) -> Option<Spell<'a>> {
    let end = newest(ends);
    let starts: Vec<&Fact> =
        starts.into_iter().filter(|start| end.is_none_or(|end| start.newness() > end.newness())).collect();
    let newest = newest(starts.iter().copied())?;
    let began = starts.iter().map(|start| start.on).min()?;
    Some(Spell { began, newest, starts })
}

/// Those of a scheme.
fn of_scheme<'a>(facts: Vec<&'a Fact>, scheme: &str) -> Vec<&'a Fact> {
    facts.into_iter().filter(|fact| fact.text("scheme") == Some(scheme)).collect()
}

impl<'a> View<'a> {
    /// The spell of what has no schemes.
    fn spell_between(&self, person: &str, start: &str, end: &str) -> Option<Spell<'a>> {
        open_spell(self.facts_of(person, start), self.facts_of(person, end))
    }

    /// The open enrolment of an insutype: "enrolment per insutype".
    pub fn enrolment(&self, person: &str, insutype: &str) -> Option<Spell<'a>> {
        let of_it = |kind: &str| {
            let facts = self.facts_of(person, kind).into_iter();
            facts.filter(|fact| fact.text("insutype") == Some(insutype)).collect()
        };
        let (start, stop) = ("medical-insurance.enrolment.started", "medical-insurance.enrolment.stopped");
        open_spell(of_it(start), of_it(stop))
    }

    /// Registered unemployed.
    pub fn registered_unemployment(&self, person: &str) -> Option<Spell<'a>> {
        let (start, end) =
            ("social-security.unemployment.registered", "social-security.unemployment.deregistered");
        self.spell_between(person, start, end)
    }

    /// In custody: "its amounts, kind and `expected_until` are those of its newest".
    pub fn custody(&self, person: &str) -> Option<Spell<'a>> {
        self.spell_between(person, "police.custody.started", "police.custody.ended")
    }

    /// "The newest custody event".
    pub fn newest_custody_event(&self, person: &str) -> Option<&'a Fact> {
        let starts = self.facts_of(person, "police.custody.started");
        newest(starts.into_iter().chain(self.facts_of(person, "police.custody.ended")))
    }

    /// Missing.
    pub fn missing(&self, person: &str) -> Option<Spell<'a>> {
        self.spell_between(person, "police.missing.reported", "police.missing.closed")
    }

    /// Active long-term care.
    pub fn long_term_care(&self, person: &str) -> Option<Spell<'a>> {
        let (start, end) =
            ("medical-insurance.long-term-care.approved", "medical-insurance.long-term-care.ended");
        self.spell_between(person, start, end)
    }

    /// The open employee insurance.
    pub fn employee_insurance(&self, person: &str) -> Option<Spell<'a>> {
        open_spell(
            of_scheme(self.facts_of(person, "social-security.insurance.started"), "employee"),
            of_scheme(self.facts_of(person, "social-security.insurance.stopped"), "employee"),
        )
    }

    /// The active pensions, one for each scheme. "A pension change counts like a start."
    pub fn pensions(&self, person: &str) -> Vec<Spell<'a>> {
        let mut starts = self.facts_of(person, "social-security.pension.started");
        starts.extend(self.facts_of(person, "social-security.pension.changed"));
        let mut schemes: Vec<&str> = starts.iter().filter_map(|start| start.text("scheme")).collect();
        schemes.sort_unstable();
        schemes.dedup();
        let stops = self.facts_of(person, "social-security.pension.stopped");
        let spell =
            |scheme: &str| open_spell(of_scheme(starts.clone(), scheme), of_scheme(stops.clone(), scheme));
        schemes.into_iter().filter_map(spell).collect()
    }

    /// "Unemployment benefit is active while open and D ≤ `until`."
    pub fn unemployment_benefit(&self, person: &str) -> Option<Spell<'a>> {
        let spell = open_spell(
            self.facts_of(person, "social-security.unemployment.benefit-started"),
            self.facts_of(person, "social-security.unemployment.benefit-ended"),
        )?;
        let until = spell.newest.date("until").expect("an unemployment benefit says until when");
        (self.day <= until).then_some(spell)
    }

    /// "The newest unemployment-benefit event", start or end.
    pub fn newest_unemployment_benefit_event(&self, person: &str) -> Option<&'a Fact> {
        let starts = self.facts_of(person, "social-security.unemployment.benefit-started");
        let ends = self.facts_of(person, "social-security.unemployment.benefit-ended");
        newest(starts.into_iter().chain(ends))
    }

    /// Active injury nursing.
    pub fn has_injury_nursing(&self, person: &str) -> bool {
        let starts = self.facts_of(person, "social-security.injury-nursing.started");
        open_spell(starts, self.facts_of(person, "social-security.injury-nursing.stopped")).is_some()
    }
}
