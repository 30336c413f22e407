//! Which subjects a change can concern, and how a sweep goes through everybody.

use std::collections::BTreeSet;

use sanzao_model::{HouseholdId, PersonId, SubjectId};
use smallvec::SmallVec;

use crate::ledger::{Ledger, Touched};
use crate::set::PersonIndex;
use crate::told::Told;

/// Subjects to evaluate together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    pub(crate) people: Vec<PersonIndex>,
    pub(crate) households: Households,
    /// People who were erased, of whom nothing is true.
    pub(crate) erased: Vec<PersonId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Households {
    /// These, whether or not anybody belongs to them on the day.
    These(Vec<HouseholdId>),
    /// Those to which the people of the scope belong on the day, each evaluated in the scope of the
    /// first of those who belong.
    OfThePeople,
}

impl Default for Households {
    fn default() -> Self {
        Households::These(Vec::new())
    }
}

impl Scope {
    /// How many people it decides.
    pub fn people_count(&self) -> usize {
        self.people.len()
    }
}

impl Ledger {
    /// Everybody about whom a rule may now say something else: the touched, those connected with them by
    /// a household number or a benefit, those whose relatives they are, under all their numbers; and
    /// every household they were ever connected with.
    ///
    /// One step is enough: who belongs to a household is decided by the facts of those ever connected
    /// with its key, and a rule about a person sees the person, the household and the relatives. Only
    /// names reach further: where they decide that a fact is held for one person, a benefit or settlement
    /// may say something else about another, who is then as good as touched.
    pub fn scope(&self, touched: &Touched) -> Scope {
        let renamed = self.with_all_numbers(touched.perhaps_renamed.iter().copied());
        let sharing = renamed.iter().flat_map(|person| self.sharing(*person));
        let touching = self.with_all_numbers(sharing.chain(touched.people.iter().copied()));
        let mut households = touched.households.clone();
        let mut people = touching.clone();
        for person in &touching {
            self.connect(*person, &mut people, &mut households);
        }
        for household in &households {
            people.extend(self.ever_connected(*household));
        }
        let people = self.with_all_numbers(people);
        households.extend(people.iter().map(|person| self.people[*person as usize].alone));
        // Who was erased and stated again since is among the people.
        let erased = touched.erased.iter().filter(|person| self.place_of_number(**person).is_none());
        Scope {
            people: people.into_iter().collect(),
            households: Households::These(households.into_iter().collect()),
            erased: erased.copied().collect(),
        }
    }

    /// The scope of one subject, as if it had just been touched.
    pub fn scope_of(&self, subject: SubjectId) -> Scope {
        let mut touched = Touched::default();
        match subject {
            SubjectId::Person(id) => match self.place_of_number(id) {
                Some(person) => drop(touched.people.insert(person)),
                None => drop(touched.erased.insert(id)),
            },
            SubjectId::Household(id) => {
                touched.people.extend(self.alone_as(id));
                touched.households.insert(id);
            }
        }
        self.scope(&touched)
    }

    /// Scopes that together decide everybody, of about so many people each.
    pub fn sweep(&self, people_per_scope: usize) -> impl Iterator<Item = Scope> + '_ {
        let is_there = |person: &PersonIndex| !self.people[*person as usize].is_gone();
        let all: Vec<PersonIndex> = (0..self.people.len() as PersonIndex).filter(is_there).collect();
        let size = people_per_scope.max(1);
        let count = all.len().div_ceil(size);
        (0..count).map(move |part| Scope {
            people: all[part * size..all.len().min((part + 1) * size)].to_vec(),
            households: Households::OfThePeople,
            erased: Vec::new(),
        })
    }

    /// Notes whom and which households a person's facts connect with the person.
    fn connect(
        &self,
        person: PersonIndex,
        people: &mut BTreeSet<PersonIndex>,
        households: &mut BTreeSet<HouseholdId>,
    ) {
        for index in &self.people[person as usize].facts {
            let fact = self.set.fact(*index);
            match &fact.told {
                Told::PersonRegistered { household, .. } | Told::HouseholdMoved { household, .. } => {
                    households.insert(*household);
                }
                Told::RelationRecorded { .. } => {
                    people.extend(self.set.named(*index).iter().map(|(person, _)| *person));
                    people.extend(fact.other());
                }
                told => households.extend(told.benefit().map(sanzao_model::BenefitId::household)),
            }
        }
    }

    /// Those whom facts about the same benefits or settlements name.
    fn sharing(&self, person: PersonIndex) -> impl Iterator<Item = PersonIndex> + '_ {
        self.people[person as usize].facts.iter().flat_map(|index| {
            let told = &self.set.fact(*index).told;
            let benefit = told.benefit().and_then(|benefit| self.benefits.get(&benefit));
            let settlement = match told {
                Told::SettlementSettled { settlement, .. } | Told::SettlementReversed { settlement } => {
                    self.settlements.facts(&self.set, *settlement)
                }
                _ => SmallVec::new(),
            };
            let by_settlement = settlement.into_iter().flat_map(|fact| self.set.named(fact));
            let by_benefit = benefit.into_iter().flat_map(|entry| &entry.people);
            by_benefit.copied().chain(by_settlement.map(|(person, _)| *person))
        })
    }

    fn ever_connected(&self, household: HouseholdId) -> impl Iterator<Item = PersonIndex> + '_ {
        let police = self.households.get(&household);
        let program = self.benefits.get(&sanzao_model::BenefitId(household.0)).map(|entry| &entry.people);
        police.into_iter().flatten().chain(program.into_iter().flatten()).copied()
    }

    /// Adds every number that a correction ever connected.
    fn with_all_numbers(&self, people: impl IntoIterator<Item = PersonIndex>) -> BTreeSet<PersonIndex> {
        let mut all: BTreeSet<PersonIndex> = BTreeSet::new();
        let mut pending: Vec<PersonIndex> = people.into_iter().collect();
        while let Some(person) = pending.pop() {
            if self.people[person as usize].is_gone() || !all.insert(person) {
                continue;
            }
            for index in &self.people[person as usize].facts {
                let fact = self.set.fact(*index);
                if matches!(fact.told, Told::IdentityCorrected) {
                    pending.extend(self.set.named(*index).iter().map(|(person, _)| *person));
                    pending.extend(fact.other());
                }
            }
        }
        all
    }
}
