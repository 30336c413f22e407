//! Benefits: which are active, and whose they are (domain §3, *Benefits*).

use std::collections::BTreeSet;

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

/// An active benefit.
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
    /// "*Active*: granted on or before D and not ended on or before D; suspended ones are active; an ended
    /// `benefit_id` stays ended."
    pub fn benefits_active_on_the_day(&self) -> Vec<Benefit<'a>> {
        let grants = self.visible("registry.benefit.granted");
        let ids: BTreeSet<&str> = grants.iter().filter_map(|grant| grant.text("benefit_id")).collect();
        let benefit = |id: &'a str| {
            let grant = newest(grants.iter().copied().filter(|grant| grant.text("benefit_id") == Some(id)))?;
            Some(Benefit { id, program: grant.text("program")?, grant })
        };
        let ends = self.visible("registry.benefit.ended");
        let is_ended = |id: &str| ends.iter().any(|end| end.text("benefit_id") == Some(id));
        ids.into_iter()
            .filter(|id| !is_ended(id))
            .filter_map(benefit)
            .filter(|benefit| !PAID_ONCE.contains(&benefit.program))
            .collect()
    }

    /// "A person *has* their own benefits and those whose newest `members` list names them."
    pub fn benefits_of(&self, person: &str) -> Vec<Benefit<'a>> {
        let has = |benefit: &Benefit| self.is_named_by(benefit, person);
        self.active_benefits.iter().copied().filter(has).collect()
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
    /// `members` list names them"; with that list, where it is not the grant.
    pub fn ended_benefits(&self, person: &str) -> Vec<(Benefit<'a>, &'a Fact, Option<&'a Fact>)> {
        let mut found = Vec::new();
        for end in self.visible("registry.benefit.ended") {
            let Some(benefit) = end.text("benefit_id").and_then(|id| self.granted(id)) else { continue };
            if self.is_own(&benefit, person) {
                found.push((benefit, end, None));
            } else if let Some(list) = self.newest_list_for(&benefit, person, self.day)
                && self.lists(list, person)
            {
                let beside = Some(list).filter(|list| !std::ptr::eq(*list, benefit.grant));
                found.push((benefit, end, beside));
            }
        }
        found
    }

    /// "`temporary-aid` and `funeral` are paid once": grants to the person, not ended.
    pub fn paid_once(&self, person: &str) -> Vec<Benefit<'a>> {
        let grants = self.visible("registry.benefit.granted");
        let ids: BTreeSet<&str> = grants.iter().filter_map(|grant| grant.text("benefit_id")).collect();
        let ends = self.visible("registry.benefit.ended");
        let is_ended = |id: &str| ends.iter().any(|end| end.text("benefit_id") == Some(id));
        ids.into_iter()
            .filter(|id| !is_ended(id))
            .filter_map(|id| self.granted(id))
            .filter(|benefit| PAID_ONCE.contains(&benefit.program) && self.is_own(benefit, person))
            .collect()
    }

    /// The "newest `members` list (grant or change)", whomever it names; of a benefit for one person the grant.
    pub fn newest_list(&self, benefit: &Benefit<'a>) -> &'a Fact {
        newest(self.lists_of(benefit)).unwrap_or(benefit.grant)
    }

    /// The lists of a benefit. A grant for one person ends what lists before it said: "an older one gives
    /// nothing".
    fn lists_of(&self, benefit: &Benefit) -> Vec<&'a Fact> {
        let mut lists = self.visible("registry.benefit.granted");
        lists.extend(self.visible("registry.benefit.changed"));
        lists.retain(|fact| fact.text("benefit_id") == Some(benefit.id) && fact.members().is_some());
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
        self.benefits_of(person).into_iter().filter(|benefit| benefit.program == program).collect()
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
        let mut changes = self.visible("registry.benefit.changed");
        changes.retain(|change| change.text("benefit_id") == Some(benefit.id));
        changes.retain(|change| change.newness() > benefit.grant.newness());
        let change = newest(changes.into_iter().filter(|change| change.text("category").is_some()));
        (change.unwrap_or(benefit.grant).text("category"), change)
    }

    /// "Verified on (of a benefit): the latest of grant, `verified_on` ≤ D and verifications, whatever their
    /// outcome."
    pub fn verified_on(&self, benefit: &Benefit) -> Date {
        let verifications = self.visible("registry.verification.recorded");
        let days = verifications
            .into_iter()
            .filter(|verification| verification.text("benefit_id") == Some(benefit.id))
            .map(|verification| verification.on);
        let stated = benefit.grant.date("verified_on").filter(|day| *day <= self.day);
        days.chain(stated).fold(benefit.grant.on, Date::max)
    }
}
