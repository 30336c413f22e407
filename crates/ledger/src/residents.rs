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
        let mut next = 0;
        let some = std::iter::from_fn(move || {
            let (residents, rest) = self.residents_from(next, day)?;
            next = rest;
            Some(residents)
        });
        some.flatten()
    }

    /// As [`Ledger::residents`], a part at a time: some of them, from a place on, and the place of the rest; none where
    /// all were told. The first place is 0. Who changes between two parts may be told as they were: of somebody whose number
    /// is corrected it depends on the places of their numbers whether they are told once, twice or not at all, and who is
    /// erased and stated again is told twice.
    pub fn residents_from(&self, place: usize, day: Day) -> Option<(Vec<Resident>, usize)> {
        let rest = self.people.len().min(place.saturating_add(NUMBERS_AT_ONCE));
        if place >= rest {
            return None;
        }
        let mut as_of = AsOf::new(self, day);
        let numbers = place as PersonIndex..rest as PersonIndex;
        Some((numbers.filter_map(|number| as_of.resident(number)).collect(), rest))
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
