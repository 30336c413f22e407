//! Benefits: which are active, and whose they are (domain §3, *Benefits*).

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};

/// "`temporary-aid` and `funeral` are paid once and never active."
const PAID_ONCE: [&str; 2] = ["temporary-aid", "funeral"];
/// "Household programs … are granted to `members`, the others to one `person`."
pub const HOUSEHOLD_PROGRAMS: [&str; 3] = ["dibao", "dibao-edge", "rigid-spending"];
/// "Low-income programs."
pub const LOW_INCOME_PROGRAMS: [&str; 4] = ["dibao", "tekun", "dibao-edge", "rigid-spending"];
/// "Child programs."
pub const CHILD_PROGRAMS: [&str; 3] = ["orphan", "unattended-child", "child-in-difficulty"];

const GRANTED: &str = "registry.benefit.granted";
const CHANGED: &str = "registry.benefit.changed";
const ENDED: &str = "registry.benefit.ended";
/// What is recorded of a benefit when it was verified.
pub const VERIFIED: &str = "registry.verification.recorded";

/// A benefit.
#[derive(Clone, Copy)]
pub struct Benefit<'a> {
    /// Its `benefit_id`.
    pub id: &'a str,
    /// What it is.
    pub program: &'a str,
    /// "The grant that counts (the newest with that `benefit_id`; an older one gives nothing)".
    pub grant: &'a Fact,
}

impl<'a> View<'a> {
    /// "The grant that counts (the newest with that `benefit_id`; an older one gives nothing)", of every benefit.
    pub fn benefits_granted(&self) -> HashMap<&'a str, Benefit<'a>> {
        let benefit = |id: &'a str| {
            let facts = self.facts_of_benefit(id).iter().copied();
            let grant = newest(facts.filter(|fact| fact.kind == GRANTED))?;
            Some((id, Benefit { id, program: grant.text("program")?, grant }))
        };
        self.benefit_ids().filter_map(benefit).collect()
    }

    /// The benefits of which a grant or list names somebody, by person.
    pub fn benefits_ever_naming(&self) -> HashMap<&'a str, BTreeSet<&'a str>> {
        let mut found: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for id in self.granted.keys() {
            let facts = self.facts_of_benefit(id).iter();
            for fact in facts.filter(|fact| fact.kind == GRANTED || fact.kind == CHANGED) {
                for number in fact.person().into_iter().chain(fact.members().into_iter().flatten()) {
                    found.entry(self.person_of(number)).or_default().insert(id);
                }
            }
        }
        found
    }

    /// Those of them that count, ended or not.
    pub fn benefits_ever_of(&self, person: &str) -> Vec<Benefit<'a>> {
        let ids = self.benefits_ever.get(person).into_iter().flatten();
        ids.filter_map(|id| self.granted.get(id)).copied().collect()
    }

    /// "*Active*: granted on or before D and not ended on or before D; suspended ones are active; an ended
    /// `benefit_id` stays ended." "`temporary-aid` and `funeral` are paid once and never active."
    fn is_active(&self, benefit: &Benefit) -> bool {
        !self.is_ended(benefit) && !PAID_ONCE.contains(&benefit.program)
    }

    fn is_ended(&self, benefit: &Benefit) -> bool {
        self.facts_of_benefit(benefit.id).iter().any(|fact| fact.kind == ENDED)
    }

    /// "A person *has* their own benefits and those whose newest `members` list names them."
    pub fn active_benefits_of(&self, person: &str) -> Vec<Benefit<'a>> {
        let mut benefits = self.benefits_ever_of(person);
        benefits.retain(|benefit| self.is_active(benefit) && self.is_named_by(benefit, person));
        benefits
    }

    /// The active benefits that the person has.
    pub fn benefits_of(&self, person: &str) -> &[Benefit<'a>] {
        self.had.get(person).map_or(&[], |benefits| benefits)
    }

    /// The active household programs of which a list of a day ≤ D, the newest then, names the person.
    pub fn household_programs_listing(&self, person: &str, day: Date) -> Vec<Benefit<'a>> {
        let mut benefits = self.benefits_ever_of(person);
        benefits.retain(|benefit| {
            HOUSEHOLD_PROGRAMS.contains(&benefit.program)
                && self.is_active(benefit)
                && self.is_listed(benefit, person, day)
        });
        benefits
    }

    /// Whether the benefit is the person's own or its newest list names them.
    pub fn is_named_by(&self, benefit: &Benefit, person: &str) -> bool {
        self.is_own(benefit, person) || self.is_listed(benefit, person, self.day)
    }

    /// Whether the benefit is granted to the person alone.
    fn is_own(&self, benefit: &Benefit, person: &str) -> bool {
        benefit.grant.person().is_some_and(|number| self.person_of(number) == person)
    }

    /// Each end of a benefit, of any program, that the person had: "their own benefits and those whose newest
    /// `members` list names them"; with that list, or the grant.
    pub fn ended_benefits(&self, person: &str) -> Vec<(Benefit<'a>, &'a Fact, &'a Fact)> {
        let mut found = Vec::new();
        for benefit in self.benefits_ever_of(person) {
            let list = match self.is_own(&benefit, person) {
                true => benefit.grant,
                false => match self.newest_list_for(&benefit, person, self.day) {
                    Some(list) if self.lists(list, person) => list,
                    _ => continue,
                },
            };
            let facts = self.facts_of_benefit(benefit.id).iter();
            found.extend(facts.filter(|fact| fact.kind == ENDED).map(|end| (benefit, *end, list)));
        }
        found
    }

    /// "`temporary-aid` and `funeral` are paid once": grants to the person, not ended.
    pub fn paid_once(&self, person: &str) -> Vec<Benefit<'a>> {
        let mut benefits = self.benefits_ever_of(person);
        benefits.retain(|benefit| {
            PAID_ONCE.contains(&benefit.program) && self.is_own(benefit, person) && !self.is_ended(benefit)
        });
        benefits
    }

    /// The "newest `members` list (grant or change)", whomever it names; of a benefit for one person the grant.
    pub fn newest_list(&self, benefit: &Benefit<'a>) -> &'a Fact {
        newest(self.lists_of(benefit)).unwrap_or(benefit.grant)
    }

    /// The lists of a benefit. A grant for one person ends what lists before it said: "an older one gives
    /// nothing".
    fn lists_of(&self, benefit: &Benefit) -> Vec<&'a Fact> {
        let mut lists = self.facts_of_benefit(benefit.id).to_vec();
        lists.retain(|fact| fact.kind == GRANTED || fact.kind == CHANGED);
        lists.retain(|fact| fact.members().is_some());
        lists.retain(|list| benefit.grant.person().is_none() || list.newness() > benefit.grant.newness());
        lists
    }

    /// The newest list of a day ≤ D that is not held for the person.
    fn newest_list_for(&self, benefit: &Benefit, person: &str, day: Date) -> Option<&'a Fact> {
        let mut lists = self.lists_of(benefit);
        lists.retain(|list| list.on <= day && !self.is_held_for(list, person));
        newest(lists)
    }

    /// The person's active benefits of one program.
    pub fn benefits_of_program(&self, person: &str, program: &str) -> Vec<Benefit<'a>> {
        self.benefits_of(person).iter().copied().filter(|benefit| benefit.program == program).collect()
    }

    /// Whether the person has an active benefit of one of these programs.
    pub fn has_any(&self, person: &str, programs: &[&str]) -> bool {
        self.benefits_of(person).iter().any(|benefit| programs.contains(&benefit.program))
    }

    /// Whether the newest `members` list (grant or change) of a day ≤ D names the person. A list that is held for
    /// them "says nothing about that person (an earlier list keeps holding for them …); the others are not
    /// affected". A grant for one person ends what lists before it said: "an older one gives nothing".
    pub fn is_listed(&self, benefit: &Benefit, person: &str, day: Date) -> bool {
        self.newest_list_for(benefit, person, day).is_some_and(|list| self.lists(list, person))
    }

    /// Whether a `members` list names the person, by any of their numbers.
    pub fn lists(&self, list: &Fact, person: &str) -> bool {
        let members = list.members().unwrap_or_default();
        members.into_iter().any(|number| self.person_of(number) == person)
    }

    /// "Category … the newest given by the grant that counts … or a later change": what it is, and the change that
    /// gave it, if one did.
    pub fn newest_category(&self, benefit: &Benefit<'a>) -> (Option<&'a str>, Option<&'a Fact>) {
        let changes = self
            .facts_of_benefit(benefit.id)
            .iter()
            .copied()
            .filter(|fact| fact.kind == CHANGED && fact.newness() > benefit.grant.newness());
        let change = newest(changes.filter(|change| change.text("category").is_some()));
        (change.unwrap_or(benefit.grant).text("category"), change)
    }

    /// "Verified on (of a benefit): the latest of grant, `verified_on` ≤ D and verifications, whatever their
    /// outcome."
    pub fn verified_on(&self, benefit: &Benefit) -> Date {
        let facts = self.facts_of_benefit(benefit.id).iter();
        let days = facts.filter(|fact| fact.kind == VERIFIED).map(|verification| verification.on);
        let stated = benefit.grant.date("verified_on").filter(|day| *day <= self.day);
        days.chain(stated).fold(benefit.grant.on, Date::max)
    }
}
