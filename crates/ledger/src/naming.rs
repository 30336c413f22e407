//! Which facts name a person in any role (domain §4, `long-silence` and `child-quarterly-comparison`).

use std::rc::Rc;

use sanzao_model::Day;

use crate::life::{AsOf, Life};
use crate::set::FactIndex;
use crate::told::Told;

impl AsOf<'_> {
    /// Facts that count, are not held for the person and name them in any role, each once and in no order.
    pub fn facts_naming(&self, life: &Life) -> Vec<FactIndex> {
        let numbers = life.numbers.iter();
        let mut facts: Vec<FactIndex> =
            numbers.flat_map(|number| &self.ledger.people[*number as usize].facts).copied().collect();
        // Held is only what names a person as its subject, and `life` knows it.
        facts.retain(|fact| self.counts(*fact) && !life.held.contains(fact));
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// The newest fact that names the person; a verification, also of an ended benefit, counts for those who
    /// have the benefit or had it until it ended.
    pub fn last_fact(&mut self, life: &Rc<Life>) -> Option<FactIndex> {
        let mut facts = self.facts_naming(life);
        let of_benefits = self.facts_of_benefits(life).into_iter();
        let verifies =
            |index: &FactIndex| matches!(self.fact(*index).told, Told::VerificationRecorded { .. });
        facts.extend(of_benefits.filter(verifies));
        facts.into_iter().max_by(|a, b| self.by_age(*a, *b))
    }

    /// The facts that began to count from a day on: those that name the person in any role, and those about
    /// benefits that the person has, or had until they ended: the end itself is among them.
    pub fn facts_since(&mut self, life: &Rc<Life>, from: Day) -> Vec<FactIndex> {
        let mut facts = self.facts_naming(life);
        facts.extend(self.facts_of_benefits(life));
        facts.retain(|fact| self.fact(*fact).on >= from && !life.held.contains(fact));
        facts.sort_unstable();
        facts.dedup();
        facts
    }

    /// Facts about benefits, ended or not, of which the person is the one granted to, or on the newest list.
    fn facts_of_benefits(&mut self, life: &Rc<Life>) -> Vec<FactIndex> {
        let mut found = Vec::new();
        for id in self.candidate_benefits(life) {
            let facts = self.benefit_facts(id);
            let grant = self.counting_grant(&facts);
            if grant.and_then(|grant| self.named_by(grant, &facts, life, self.day)).is_some() {
                found.extend(facts);
            }
        }
        found
    }
}
