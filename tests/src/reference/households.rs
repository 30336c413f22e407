//! Households (domain §3): each person belongs to exactly one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::benefits::{HOUSEHOLD_PROGRAMS, LOW_INCOME_PROGRAMS};
use super::facts::Fact;
use super::view::View;

/// "More than 20 living people": a collective.
const COLLECTIVE_OVER: usize = 20;

impl View<'_> {
    /// The key of the household of D to which the person belongs.
    ///
    /// "Of the active household programs whose newest `members` list names them, the first (`dibao`, `dibao-edge`,
    /// `rigid-spending`; then the newest grant); else their police household, unless [collective]; else alone."
    /// "The dead belong to a program, active on D, that named them on `died_on`, else to the police household of
    /// that day (a collective's dead are alone, as its living are)."
    pub fn household_by_rank(&self, person: &str) -> String {
        let day = self.died_on.get(person).copied().unwrap_or(self.day);
        for program in HOUSEHOLD_PROGRAMS {
            let naming = self
                .active_benefits
                .iter()
                .filter(|benefit| benefit.program == program && self.is_listed(benefit, person, day));
            if let Some(first) = naming.max_by_key(|benefit| benefit.grant.newness()) {
                return format!("program:{}", first.id);
            }
        }
        match self.police_household(person, day) {
            Some(number) if self.living_registered_under(&number) <= COLLECTIVE_OVER => {
                format!("police:{number}")
            }
            _ => format!("person:{person}"),
        }
    }

    /// The household number under which the person was registered at the end of a day ≤ D.
    pub fn police_household(&self, person: &str, day: Date) -> Option<String> {
        let registration = self.registration(person, day)?;
        Some(registration.text("household_no").expect("a registration has a household").to_owned())
    }

    /// "Living people … registered under that `household_no` on D, whatever programs name them."
    fn living_registered_under(&self, household_no: &str) -> usize {
        self.residences.values().filter(|number| *number == household_no).count()
    }

    /// "Co-residents are the living people of one police household, whatever programs say": the
    /// registrations of those beside somebody living who is registered there.
    pub fn other_co_residents(&self, person: &str) -> Option<Vec<&Fact>> {
        let number = self.residences.get(person)?;
        let others = self.residences.iter().filter(|(who, at)| *at == number && *who != person);
        let registration = |(who, _): (&String, &String)| self.registration(who, self.day);
        Some(others.map(|other| registration(other).expect("who lives there is registered")).collect())
    }

    /// The low-income programs of living members, each by its grant.
    pub fn household_programs(&self, household: &str) -> Vec<(String, &Fact)> {
        let members = self.members(household);
        let benefits = members.iter().flat_map(|member| self.benefits_of(member));
        let low = benefits.filter(|benefit| LOW_INCOME_PROGRAMS.contains(&benefit.program));
        let by_id: BTreeMap<&str, _> = low.map(|benefit| (benefit.id, benefit)).collect();
        by_id.into_values().map(|benefit| (benefit.program.to_owned(), benefit.grant)).collect()
    }

    /// "*Member* means living member, of the household of D." Every household that has one.
    pub fn living_households(&self) -> BTreeSet<String> {
        let living = self.households.iter().filter(|(person, _)| self.is_living(person));
        living.map(|(_, household)| household.clone()).collect()
    }

    /// The living members of a household.
    pub fn members(&self, household: &str) -> Vec<String> {
        let of_it = self.households.iter().filter(|(_, key)| *key == household);
        of_it.map(|(person, _)| person.clone()).filter(|person| self.is_living(person)).collect()
    }

    /// "Low-income household: a living member has an active low-income program."
    pub fn is_low_income(&self, household: &str) -> bool {
        self.members(household).iter().any(|member| self.has_any(member, &LOW_INCOME_PROGRAMS))
    }
}
