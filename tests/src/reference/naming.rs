//! Which facts name somebody in any role (domain §4, `long-silence` and `child-quarterly-comparison`).

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::benefits::{CHILD_PROGRAMS, VERIFIED};
use super::facts::Fact;
use super::view::{View, newest};

impl<'a> View<'a> {
    /// "No fact … not held, of any feed, in any role, names the person; a verification, also of an ended benefit,
    /// counts for those it names": the newest of those that do.
    pub fn newest_fact_naming(&self, person: &str) -> Option<&'a Fact> {
        let verifications = self.facts_of_benefits_ever(person).filter(|fact| fact.kind == VERIFIED);
        newest(self.facts_that_name(person).chain(verifications))
    }

    /// "Every fact about the child that began to count in [the quarter]": that names the child in any role, or is
    /// about a benefit, "joined to people by the register of benefits", active or not; for who has an active child
    /// program.
    pub fn facts_of_the_quarter(&self, person: &str) -> Vec<&'a Fact> {
        if !self.has_any(person, &CHILD_PROGRAMS) {
            return Vec::new();
        }
        let first = first_of_quarter(self.day);
        let mut found: Vec<&Fact> = self.facts_that_name(person).collect();
        let about = self.facts_of_benefits_ever(person).filter(|fact| !self.is_held_for(fact, person));
        for fact in about {
            if !found.iter().any(|known| std::ptr::eq(*known, fact)) {
                found.push(fact);
            }
        }
        found.retain(|fact| fact.on >= first);
        found
    }

    /// Whether some fact of a feed names the person and is not held for them.
    pub fn is_named_by_feed(&self, person: &str, feed: &str) -> bool {
        self.facts_that_name(person).any(|fact| fact.feed() == feed)
    }

    /// The facts that name the person as `person`, `related`, on `members`, as the child or by the former number,
    /// and are not held for them. "Police facts, `child` … are never held."
    fn facts_that_name(&self, person: &str) -> impl Iterator<Item = &'a Fact> {
        let named = self.facts_naming(person).iter().filter(|fact| !self.is_held_for(fact, person));
        let is_named = move |fact: &Fact| {
            let names = fact.named.iter().any(|(number, _)| self.person_of(number) == person);
            names && !self.is_held_for(fact, person)
        };
        let beside = self.facts_beside(person).iter().filter(move |fact| !is_named(fact));
        named.chain(beside).copied()
    }

    /// The facts about benefits, ended or not, that are the person's own or whose newest list names them.
    fn facts_of_benefits_ever(&self, person: &str) -> impl Iterator<Item = &'a Fact> {
        let mut benefits = self.benefits_ever_of(person);
        benefits.retain(|benefit| self.is_named_by(benefit, person));
        benefits.into_iter().flat_map(|benefit| self.facts_of_benefit(benefit.id)).copied()
    }
}

fn first_of_quarter(day: Date) -> Date {
    let months = i32::from((day.month() - 1) % 3);
    date(day.year(), day.month(), 1) - months.months()
}
