//! Households: of the living, of the dead, and who lives under one police number.

use jiff::civil::Date;

use super::benefit::Benefit;
use super::{HOUSEHOLD, LOW, World};

/// More living people than this under one number are alone as households.
const COLLECTIVE: usize = 20;

impl World {
    /// The police household number of the newest registration up to a day.
    fn police_number(&self, person: &str, day: Date) -> Option<&str> {
        self.registration(person, day).and_then(|record| record.data["household_no"].as_str())
    }

    /// Living people under a police household number on D.
    fn under(&self, number: &str) -> Vec<&str> {
        let people = self.everybody().into_iter();
        people
            .filter(|person| self.living(person) && self.police_number(person, self.day) == Some(number))
            .collect()
    }

    /// Other living people of the person's police household; none if the person is in none.
    pub fn co_residents(&self, person: &str) -> Option<Vec<&str>> {
        let mut others = self.under(self.police_number(person, self.day)?);
        others.retain(|other| *other != person);
        Some(others)
    }

    /// The key of a person's household; of the dead, as of the day they died.
    pub fn household(&self, person: &str) -> String {
        let day = self.died_on(person).unwrap_or(self.day);
        for program in HOUSEHOLD {
            let named = self.benefits().into_iter().filter(|benefit| {
                benefit.program() == program && self.active(*benefit) && self.names(*benefit, person, day)
            });
            if let Some(newest) = named.max_by(|a, b| a.grant.order.cmp(&b.grant.order)) {
                return format!("program:{}", newest.id);
            }
        }
        match self.police_number(person, day) {
            Some(number) if self.under(number).len() <= COLLECTIVE => format!("police:{number}"),
            _ => format!("person:{person}"),
        }
    }

    /// Living members.
    pub fn members(&self, household: &str) -> Vec<&str> {
        let mut people = self.with_dead(household);
        people.retain(|person| self.living(person));
        people
    }

    /// Members and the dead of a household.
    pub fn with_dead(&self, household: &str) -> Vec<&str> {
        let people = self.everybody().into_iter();
        people.filter(|person| self.household(person) == household).collect()
    }

    /// Whether a living member of a household has one of these programs.
    pub fn member_has(&self, household: &str, programs: &[&str]) -> bool {
        self.members(household).iter().any(|member| self.has_any(member, programs))
    }

    pub fn low_income(&self, household: &str) -> bool {
        self.member_has(household, &LOW)
    }

    /// The benefit that a household's key names, if it is active and of a program.
    pub fn own_program<'a>(&'a self, household: &str, program: &str) -> Option<Benefit<'a>> {
        let benefit = self.benefit(household.strip_prefix("program:")?)?;
        (self.active(benefit) && benefit.program() == program).then_some(benefit)
    }
}
