//! Everybody living on a day, as outcomes are counted.

use sanzao_model::{Day, Resident, Sex};

use crate::ledger::Ledger;
use crate::life::{AsOf, Life};
use crate::set::PersonIndex;
use crate::told::Told;

/// What was read is forgotten after so many numbers: all of it together would be as large as the ledger. Those of a
/// household lie near each other, so that few are read twice.
const NUMBERS_AT_ONCE: usize = 4_096;

impl Ledger {
    /// Every living person of whom something is known on the day, each once, wherever they live: whom police have
    /// registered nowhere, too. A number of which nothing counts, because it was retracted or is yet to come, is
    /// nobody.
    pub fn residents(&self, day: Day) -> impl Iterator<Item = Resident> + '_ {
        let all = 0..self.people.len() as PersonIndex;
        all.clone().step_by(NUMBERS_AT_ONCE).flat_map(move |first| {
            let mut as_of = AsOf::new(self, day);
            let numbers = first..all.end.min(first + NUMBERS_AT_ONCE as PersonIndex);
            numbers.filter_map(|number| as_of.resident(number)).collect::<Vec<_>>()
        })
    }
}

impl AsOf<'_> {
    /// The person of a number, if it is the one that they go by.
    fn resident(&mut self, number: PersonIndex) -> Option<Resident> {
        let people = &self.ledger.people;
        if people[number as usize].is_gone() {
            return None;
        }
        let life = self.life(number);
        if life.head != number || !life.living() || !self.is_known(&life) {
            return None;
        }
        let others = life.numbers.iter().filter(|other| **other != number);
        let age = life.birth.and_then(|birth| self.day.age_of(birth));
        let certificate = self.certificate(&life);
        Some(Resident {
            person: people[number as usize].id,
            formerly: others.map(|other| people[*other as usize].id).collect(),
            age: age.and_then(|age| u16::try_from(age).ok()),
            sex: self.sex(&life),
            division: life.registration.and_then(|at| at.place).map(|(_, division)| division),
            disabled: certificate.is_some_and(|certificate| self.day <= certificate.valid_until),
            household: self.household_of(&life),
        })
    }

    /// Whether any fact that counts names the person, in any role.
    fn is_known(&self, life: &Life) -> bool {
        let people = &self.ledger.people;
        !life.facts.is_empty()
            || life
                .numbers
                .iter()
                .any(|number| people[*number as usize].facts.iter().any(|fact| self.counts(*fact)))
    }

    /// By the newest registration.
    fn sex(&self, life: &Life) -> Sex {
        let registered = life.facts.iter().rev().find_map(|index| match self.fact(*index).told {
            Told::PersonRegistered { sex, .. } => Some(sex),
            _ => None,
        });
        registered.unwrap_or(Sex::Unknown)
    }
}
