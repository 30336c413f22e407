//! Households (domain §3): each person belongs to exactly one.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::benefits::{Benefit, HOUSEHOLD_PROGRAMS, LOW_INCOME_PROGRAMS};
use super::facts::Fact;
use super::view::View;

/// "More than 20 living people": a collective.
const COLLECTIVE_OVER: usize = 20;

impl<'a> View<'a> {
    /// The key of the household of D to which the person belongs.
    ///
    /// "Of the active household programs whose newest `members` list names them, the first (`dibao`, `dibao-edge`,
    /// `rigid-spending`; then the newest grant); else their police household, unless [collective]; else alone."
    /// "The dead belong to a program, active on D, that named them on `died_on`, else to the police household of
    /// that day (a collective's dead are alone, as its living are)."
    pub fn household_by_rank(&self, person: &str) -> String {
        let day = self.died_on.get(person).copied().unwrap_or(self.day);
        let naming = self.household_programs_listing(person, day);
        for program in HOUSEHOLD_PROGRAMS {
            let of_it = naming.iter().filter(|benefit| benefit.program == program);
            if let Some(first) = of_it.max_by_key(|benefit| benefit.grant.newness()) {
                return format!("program:{}", first.id);
            }
        }
        match self.police_household(person, day) {
            Some(number) if self.living_registered_under(number) <= COLLECTIVE_OVER => {
                format!("police:{number}")
            }
            _ => format!("person:{person}"),
        }
    }

    /// The household number under which the person was registered at the end of a day ≤ D.
    pub fn police_household(&self, person: &str, day: Date) -> Option<&'a str> {
        let registration = self.registration(person, day)?;
        Some(registration.text("household_no").expect("a registration has a household"))
    }

    /// "Living people … registered under that `household_no` on D, whatever programs name them."
    fn living_registered_under(&self, household_no: &str) -> usize {
        self.residents.get(household_no).copied().unwrap_or(0)
    }

    /// "Co-residents are the living people of one police household, whatever programs say": the
    /// registrations of those beside somebody living who is registered there.
    pub fn other_co_residents(&self, person: &str) -> Option<Vec<&Fact>> {
        let number = *self.residences.get(person)?;
        if self.living_registered_under(number) == 1 {
            return Some(Vec::new());
        }
        let others = self.residences.iter().filter(|(who, at)| **at == number && **who != person);
        let registration =
            |who: &str| self.registration(who, self.day).expect("who lives there is registered");
        Some(others.map(|(who, _)| registration(who)).collect())
    }

    /// The low-income programs of living members, each by its grant.
    pub fn household_programs(&self, household: &str) -> Vec<(&'a str, &'a Fact)> {
        let benefits = self.members(household).flat_map(|member| self.benefits_of(member));
        let low = benefits.filter(|benefit| LOW_INCOME_PROGRAMS.contains(&benefit.program));
        let by_id: BTreeMap<&str, _> = low.map(|benefit| (benefit.id, benefit)).collect();
        by_id.into_values().map(|benefit| (benefit.program, benefit.grant)).collect()
    }

    /// The active benefits of a program that living members have, each once.
    pub fn household_benefits(&self, household: &str, program: &str) -> Vec<Benefit<'a>> {
        let benefits = self.members(household).flat_map(|member| self.benefits_of_program(member, program));
        let by_id: BTreeMap<&str, Benefit> = benefits.map(|benefit| (benefit.id, benefit)).collect();
        by_id.into_values().collect()
    }

    /// "*Member* means living member, of the household of D." Every household that has one.
    pub fn living_households(&self) -> impl Iterator<Item = &str> {
        let has_member = |household: &&String| self.members(household).next().is_some();
        self.belonging.keys().filter(has_member).map(|household| &**household)
    }

    /// Everybody who belongs to a household: "self-paid sums, births and the lost breadwinner include the dead".
    pub fn all_of(&self, household: &str) -> impl Iterator<Item = &'a str> {
        self.belonging.get(household).into_iter().flatten().copied()
    }

    /// The living members of a household.
    pub fn members(&self, household: &str) -> impl Iterator<Item = &'a str> {
        self.all_of(household).filter(|person| self.is_living(person))
    }

    /// "Low-income household: a living member has an active low-income program."
    pub fn is_low_income(&self, household: &str) -> bool {
        self.members(household).any(|member| self.has_any(member, &LOW_INCOME_PROGRAMS))
    }

    /// The division of a household: that of its first living member who is registered in one.
    pub fn division_of_household(&self, household: &str) -> Option<&'a str> {
        let registered = self.members(household).filter(|member| self.division_of(member).is_some());
        let first = registered.min_by_key(|member| self.reference.place_in_order(member))?;
        self.division_of(first)
    }
}
