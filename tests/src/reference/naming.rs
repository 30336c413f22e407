//! Which facts name somebody in any role (domain §4, `long-silence` and `child-quarterly-comparison`).

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::benefits::{Benefit, CHILD_PROGRAMS};
use super::facts::Fact;
use super::view::{View, newest};

impl<'a> View<'a> {
    /// "No fact … not held, of any feed, in any role, names the person; a verification, also of an ended benefit,
    /// counts for those it names": the newest of those that do.
    pub fn newest_fact_naming(&self, person: &str) -> Option<&'a Fact> {
        let verifications =
            self.visible("registry.verification.recorded").into_iter().filter(|verification| {
                let id = verification.text("benefit_id").expect("a verification has a benefit");
                self.granted(id).is_some_and(|benefit| self.is_named_by(&benefit, person))
            });
        newest(self.facts.iter().copied().filter(|fact| self.names(fact, person)).chain(verifications))
    }

    /// "Every fact about the child that began to count in [the quarter]": that names the child in any role, or is
    /// about a benefit, "joined to people by the register of benefits", active or not; for who has an active child
    /// program.
    pub fn facts_of_the_quarter(&self, person: &str) -> Vec<&'a Fact> {
        if !self.has_any(person, &CHILD_PROGRAMS) {
            return Vec::new();
        }
        let is_about_benefit = |fact: &'a Fact| {
            let benefit = fact.text("benefit_id").and_then(|id| self.granted(id));
            benefit.is_some_and(|benefit| self.is_named_by(&benefit, person))
                && self.is_seen(fact)
                && !self.is_held_for(fact, person)
        };
        let first = first_of_quarter(self.day);
        let of_it = self.facts.iter().copied().filter(|fact| fact.on >= first);
        of_it.filter(|fact| self.names(fact, person) || is_about_benefit(fact)).collect()
    }

    /// Whether some fact of a feed names the person and is not held for them.
    pub fn is_named_by_feed(&self, person: &str, feed: &str) -> bool {
        self.facts.iter().any(|fact| fact.feed() == feed && self.names(fact, person))
    }

    /// Whether a fact names the person as `person`, `related`, on `members`, as the child or by the former number,
    /// and is not held for them.
    fn names(&self, fact: &Fact, person: &str) -> bool {
        let is_of = |number: &str| self.standing_numbers.get(number).is_some_and(|of| of == person);
        let named = fact.named.iter().any(|(number, _)| is_of(number)) && !self.is_held_for(fact, person);
        // "Police facts, `child` … are never held."
        let beside = [fact.text("former_id_number"), fact.child()];
        named || beside.into_iter().flatten().any(is_of)
    }

    /// The benefit of an id, ended or not, by the grant that counts.
    pub fn granted(&self, id: &'a str) -> Option<Benefit<'a>> {
        let grants = self.visible("registry.benefit.granted").into_iter();
        let grant = newest(grants.filter(|grant| grant.text("benefit_id") == Some(id)))?;
        Some(Benefit { id, program: grant.text("program")?, grant })
    }
}

fn first_of_quarter(day: Date) -> Date {
    let months = i32::from((day.month() - 1) % 3);
    date(day.year(), day.month(), 1) - months.months()
}
