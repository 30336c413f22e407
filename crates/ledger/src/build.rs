//! Rows for the subjects of a scope.

mod benefit;
mod event;
mod money;
mod person;
mod spell;
mod words;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{Day, Division, HouseholdId, PersonId, SubjectId};

use crate::household::Household;
use crate::ledger::Ledger;
use crate::life::{AsOf, Life};
use crate::scope::{Households, Scope};
use crate::set::{FactIndex, PersonIndex};
use crate::tables::{FactNo, FactRef, HouseholdNo, Needed, PersonNo, TableName, Tables};

/// People are read and written so many at a time, so that their facts are still in the cache when the
/// rows are written.
const PEOPLE_AT_ONCE: usize = 128;

impl Ledger {
    /// What rules may see of a scope on a day.
    pub fn tables(&self, scope: &Scope, day: Day) -> Tables {
        self.tables_needed(scope, day, Needed::ALL)
    }

    /// The same, with rows only of those tables that somebody reads; people and households always have theirs.
    pub fn tables_needed(&self, scope: &Scope, day: Day, needed: Needed) -> Tables {
        let mut builder = Builder {
            as_of: AsOf::new(self, day),
            needed,
            tables: Tables { as_of: day, ..Tables::default() },
            person_no: FxHashMap::default(),
            household_no: FxHashMap::default(),
            fact_no: FxHashMap::default(),
            written: FxHashSet::default(),
        };
        builder.subjects(scope);
        builder.tables.formerly.sort_unstable();
        builder.tables
    }
}

struct Builder<'l> {
    as_of: AsOf<'l>,
    needed: Needed,
    tables: Tables,
    person_no: FxHashMap<PersonIndex, PersonNo>,
    household_no: FxHashMap<HouseholdId, HouseholdNo>,
    fact_no: FxHashMap<FactIndex, FactNo>,
    /// People whose rows are written.
    written: FxHashSet<PersonIndex>,
}

impl Builder<'_> {
    /// Notes the subjects, and writes the rows of everybody whom they need: themselves, and all who
    /// belong to their households.
    fn subjects(&mut self, scope: &Scope) {
        let ledger = self.as_of.ledger;
        let ids = scope.people.iter().map(|person| SubjectId::Person(ledger.people[*person as usize].id));
        self.tables.subjects.extend(ids);
        self.tables.subjects.extend(scope.erased.iter().map(|person| SubjectId::Person(*person)));
        for people in scope.people.chunks(PEOPLE_AT_ONCE) {
            let subjects = self.as_of.distinct_lives(people.iter().copied());
            if scope.households == Households::OfThePeople {
                let households = self.households_of(&subjects, people);
                self.households(&households);
            }
            self.people(&subjects);
        }
        if let Households::These(households) = &scope.households {
            self.households(households);
        }
    }

    fn households(&mut self, households: &[HouseholdId]) {
        for id in households {
            self.tables.subjects.push(SubjectId::Household(*id));
            let household = self.as_of.household(*id);
            if !household.living.is_empty() {
                self.household(&household);
            }
            self.people(&household.living);
            self.people(&household.dead);
        }
    }

    /// Writes the rows of these people, unless they are written already.
    fn people(&mut self, lives: &[Rc<Life>]) {
        for life in lives {
            if self.written.insert(life.head) {
                self.person(life);
            }
        }
    }

    /// The households of these people of which the first who belongs is among these numbers (sorted), so
    /// that each household is written once.
    fn households_of(&mut self, lives: &[Rc<Life>], people: &[PersonIndex]) -> Vec<HouseholdId> {
        let mut found: Vec<HouseholdId> = Vec::new();
        for life in lives.iter().filter(|life| people.binary_search(&life.head).is_ok()) {
            let id = self.as_of.household_of(life);
            let household = self.as_of.household(id);
            let first = household.living.iter().chain(&household.dead).map(|life| life.head).min();
            if first == Some(life.head) {
                found.push(id);
            }
        }
        found
    }

    fn fact_no(&mut self, index: FactIndex) -> FactNo {
        let facts = &mut self.tables.facts;
        let set = &self.as_of.ledger.set;
        *self.fact_no.entry(index).or_insert_with(|| {
            let fact = set.fact(index);
            facts.push(FactRef { id: fact.id, feed: fact.feed, kind: set.kind(index), on: fact.on });
            facts.len() as FactNo - 1
        })
    }

    fn maybe_no(&mut self, index: Option<FactIndex>) -> Option<FactNo> {
        index.map(|index| self.fact_no(index))
    }

    fn person_no(&mut self, life: &Life) -> PersonNo {
        let tables = &mut self.tables;
        let people = &self.as_of.ledger.people;
        *self.person_no.entry(life.head).or_insert_with(|| {
            let id = people[life.head as usize].id;
            tables.people.push(id);
            tables.person_divisions.push(division_of(life));
            if life.numbers.len() > 1 {
                let mut others: Vec<PersonId> =
                    life.numbers.iter().map(|no| people[*no as usize].id).collect();
                others.retain(|other| *other != id);
                others.sort_unstable();
                tables.formerly.push((id, others));
            }
            tables.people.len() as PersonNo - 1
        })
    }

    fn household_no(&mut self, household: &Household) -> HouseholdNo {
        let ledger = self.as_of.ledger;
        let tables = &mut self.tables;
        *self.household_no.entry(household.id).or_insert_with(|| {
            let located = household.living.iter().filter(|life| division_of(life).is_some());
            let first = located.min_by_key(|life| ledger.people[life.head as usize].id);
            tables.households.push(household.id);
            tables.household_divisions.push(first.and_then(|life| division_of(life)));
            let members = household.living.iter().map(|life| ledger.people[life.head as usize].id);
            let mut members: Box<[PersonId]> = members.collect();
            members.sort_unstable();
            tables.household_members.push(members);
            tables.households.len() as HouseholdNo - 1
        })
    }

    fn needs(&self, table: TableName) -> bool {
        self.needed.has(table)
    }
}

fn division_of(life: &Life) -> Option<Division> {
    life.registration.and_then(|at| at.place).map(|(_, division)| division)
}
