//! Rows for the subjects of a scope.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{
    Body, Category, Day, Division, HomeCareCategory, HouseholdId, InsuranceScheme, RelationKind, SubjectId,
    UnemploymentEnd, VisitKind,
};

use crate::benefit::Benefit;
use crate::household::Household;
use crate::income::WAGE;
use crate::ledger::Ledger;
use crate::life::{AsOf, Life};
use crate::scope::{Households, Scope};
use crate::set::{FactIndex, PersonIndex};
use crate::spell::SpellKind;
use crate::tables::{
    BenefitRow, DeathSignalRow, DibaoIncomeRow, FactNo, FactRef, HeldFactRow, HouseholdNo, HouseholdRow,
    PersonNo, PersonRow, RelativeRow, SettlementRow, SpellRow, Tables, UnemploymentBenefitRow, VisitRow,
};

/// People are read and written so many at a time, so that their facts are still in the cache when the
/// rows are written.
const PEOPLE_AT_ONCE: usize = 128;

impl Ledger {
    /// What rules may see of a scope on a day.
    pub fn tables(&self, scope: &Scope, day: Day) -> Tables {
        let mut builder = Builder {
            as_of: AsOf::new(self, day),
            tables: Tables { as_of: day, ..Tables::default() },
            person_no: FxHashMap::default(),
            household_no: FxHashMap::default(),
            fact_no: FxHashMap::default(),
            written: FxHashSet::default(),
        };
        builder.subjects(scope);
        builder.tables
    }
}

struct Builder<'l> {
    as_of: AsOf<'l>,
    tables: Tables,
    person_no: FxHashMap<PersonIndex, PersonNo>,
    household_no: FxHashMap<HouseholdId, HouseholdNo>,
    fact_no: FxHashMap<FactIndex, FactNo>,
    /// People whose rows are written.
    written: FxHashSet<PersonIndex>,
}

fn scheme_name(scheme: InsuranceScheme) -> &'static str {
    match scheme {
        InsuranceScheme::Employee => "employee",
        InsuranceScheme::Flexible => "flexible",
        InsuranceScheme::Resident => "resident",
    }
}

fn relation_name(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Parent => "parent",
        RelationKind::Spouse => "spouse",
        RelationKind::Guardian => "guardian",
    }
}

fn end_name(reason: UnemploymentEnd) -> &'static str {
    match reason {
        UnemploymentEnd::Exhausted => "exhausted",
        UnemploymentEnd::ReEmployed => "re-employed",
        UnemploymentEnd::Pension => "pension",
        UnemploymentEnd::Enlisted => "enlisted",
        UnemploymentEnd::Emigrated => "emigrated",
        UnemploymentEnd::Sentenced => "sentenced",
        UnemploymentEnd::RefusedWork => "refused-work",
    }
}

fn category_name(category: Option<Category>) -> Option<&'static str> {
    match category? {
        Category::HomeCare(HomeCareCategory::DisabledElder) => Some("disabled-elder"),
        Category::HomeCare(HomeCareCategory::LowIncome) => Some("low-income"),
        Category::HomeCare(HomeCareCategory::LivingAlone) => Some("living-alone"),
        Category::Other(_) => None,
    }
}

impl Builder<'_> {
    /// Notes the subjects, and writes the rows of everybody whom they need: themselves, and all who
    /// belong to their households.
    fn subjects(&mut self, scope: &Scope) {
        let ledger = self.as_of.ledger;
        let ids = scope.people.iter().map(|person| SubjectId::Person(ledger.people[*person as usize].id));
        self.tables.subjects.extend(ids);
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
        let fact = self.as_of.ledger.set.fact(index);
        *self.fact_no.entry(index).or_insert_with(|| {
            facts.push(FactRef { id: fact.id, feed: fact.feed, kind: fact.body.kind(), on: fact.on });
            facts.len() as FactNo - 1
        })
    }

    /// The list by which somebody has a benefit, where it is not the grant.
    fn list_no(&mut self, benefit: &Benefit) -> Option<FactNo> {
        (benefit.named_by != benefit.grant).then(|| self.fact_no(benefit.named_by))
    }

    fn person_no(&mut self, life: &Life) -> PersonNo {
        let tables = &mut self.tables;
        let id = self.as_of.ledger.people[life.head as usize].id;
        *self.person_no.entry(life.head).or_insert_with(|| {
            tables.people.push(id);
            tables.person_divisions.push(division_of(life));
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
            tables.households.len() as HouseholdNo - 1
        })
    }

    fn household(&mut self, household: &Household) {
        let no = self.household_no(household);
        let members = household.living.len() as i32;
        let low_income = household.low_income.is_some();
        self.tables.household.push(HouseholdRow { household: no, members, low_income });
        for dibao in self.as_of.dibao_of(household) {
            let reference = self.as_of.reference(&dibao, household);
            let (fact_grant, fact_reference) =
                (self.fact_no(dibao.grant), reference.fact.map(|fact| self.fact_no(fact)));
            for life in &household.living {
                let (person, insured) = (self.person_no(life), self.as_of.months_insured(life));
                let fact_household = self.as_of.place_of(life).1.map(|fact| self.fact_no(fact));
                for income in self.as_of.incomes(life, reference.on) {
                    let fact = self.fact_no(income.fact);
                    let fact_then = income.then.map(|(_, fact)| self.fact_no(fact));
                    let insured_by = insured.filter(|_| income.source == WAGE).map(|(_, fact)| fact);
                    let fact_insured = insured_by.map(|fact| self.fact_no(fact));
                    self.tables.dibao_income.push(DibaoIncomeRow {
                        household: no,
                        benefit: dibao.id.to_string(),
                        fact_grant,
                        members,
                        reference_on: reference.on,
                        fact_reference,
                        person,
                        source: income.source,
                        monthly: income.monthly,
                        monthly_then: income.then.map(|(amount, _)| amount),
                        fact_then,
                        is_new: income.is_new,
                        months_insured: insured.map(|(months, _)| months),
                        fact_insured,
                        fact,
                        fact_household,
                    });
                }
            }
        }
    }

    fn person(&mut self, life: &Rc<Life>) {
        let (id, placed_by) = self.as_of.place_of(life);
        let household = self.as_of.household(id);
        let (person, household_no) = (self.person_no(life), self.household_no(&household));
        let place = life.registration.and_then(|at| at.place);
        let has_pension = self.as_of.pensions(life).next().is_some();
        let row = PersonRow {
            person,
            household: household_no,
            living: life.living(),
            died_on: self.as_of.died_on(life),
            age: life.birth.and_then(|birth| self.as_of.day.age_of(birth)),
            in_district: place.is_some_and(|(_, division)| self.as_of.ledger.bureau.contains(division)),
            fact_registration: life.registration.map(|at| self.fact_no(at.fact)),
            employed: self.as_of.employed(life),
            has_pension,
            low_income: household.low_income.is_some(),
            fact_low_income: household.low_income.map(|grant| self.fact_no(grant)),
            fact_household: placed_by.map(|fact| self.fact_no(fact)),
        };
        self.tables.person.push(row);
        self.benefits(life, person, household_no);
        self.events(life, person, household_no);
        self.relatives(life, person);
        self.spells(life, person);
        for index in &life.held {
            let fact = self.fact_no(*index);
            let entry = self.as_of.fact(*index);
            self.tables.held_fact.push(HeldFactRow { person, feed: entry.feed.as_str(), on: entry.on, fact });
        }
    }

    fn benefits(&mut self, life: &Rc<Life>, person: PersonNo, household: HouseholdNo) {
        for benefit in self.as_of.benefits_of(life).iter() {
            let fact_grant = self.fact_no(benefit.grant);
            let fact_list = self.list_no(benefit);
            let fact_verification = benefit.verification.map(|fact| self.fact_no(fact));
            self.tables.benefit.push(BenefitRow {
                benefit: benefit.id.to_string(),
                person,
                household,
                program: benefit.program.as_str(),
                category: category_name(benefit.category),
                monthly: benefit.monthly,
                granted_on: self.as_of.fact(benefit.grant).on,
                suspended: benefit.suspended,
                verified_on: benefit.verified_on,
                fact_grant,
                fact_list,
                fact_verification,
            });
        }
    }

    /// Rows of single events: deaths, settlements, visits.
    fn events(&mut self, life: &Life, person: PersonNo, household: HouseholdNo) {
        for index in &life.facts {
            let entry = self.as_of.fact(*index);
            match &entry.body {
                body if body.is_death_signal() => {
                    let fact = self.fact_no(*index);
                    let feed = entry.feed.as_str();
                    self.tables.death_signal.push(DeathSignalRow { person, on: entry.on, feed, fact });
                }
                Body::SettlementSettled { inpatient, self_paid, .. } if self.as_of.is_settled(*index) => {
                    let fact = self.fact_no(*index);
                    let (on, inpatient, self_paid) = (entry.on, *inpatient, *self_paid);
                    let row = SettlementRow { person, household, on, inpatient, self_paid, fact };
                    self.tables.settlement.push(row);
                }
                Body::VisitRecorded { kind, .. } => {
                    let kind = match kind {
                        VisitKind::Child => "child",
                        VisitKind::Elder => "elder",
                    };
                    let fact = self.fact_no(*index);
                    self.tables.visit.push(VisitRow { person, kind, on: entry.on, fact });
                }
                _ => {}
            }
        }
    }

    /// Each relative once for each kind, by the newest record of it.
    fn relatives(&mut self, life: &Life, person: PersonNo) {
        let mut seen: Vec<(PersonIndex, RelationKind)> = Vec::new();
        for index in life.facts.iter().rev() {
            let entry = self.as_of.fact(*index);
            let (Body::RelationRecorded { kind, .. }, Some(related)) = (&entry.body, entry.other) else {
                continue;
            };
            let relative = self.as_of.life(related);
            if seen.contains(&(relative.head, *kind)) {
                continue;
            }
            seen.push((relative.head, *kind));
            let row = RelativeRow {
                person,
                relative: self.person_no(&relative),
                kind: relation_name(*kind),
                living: relative.living(),
                died_on: self.as_of.died_on(&relative),
                fact: self.fact_no(*index),
                fact_death: relative.deaths.first().map(|fact| self.fact_no(*fact)),
            };
            self.tables.relative.push(row);
        }
    }

    fn spells(&mut self, life: &Life, person: PersonNo) {
        let pensions: Vec<_> = self.as_of.pensions(life).collect();
        for (scheme, spell) in pensions {
            let (scheme, fact) = (scheme_name(scheme), self.fact_no(spell.newest));
            let row = SpellRow { person, scheme, began_on: spell.began_on, monthly: spell.monthly, fact };
            self.tables.pension.push(row);
        }
        if let Some(spell) = self.as_of.spell(life, SpellKind::InjuryNursing) {
            let fact = self.fact_no(spell.newest);
            let row = SpellRow { person, scheme: "", began_on: spell.began_on, monthly: spell.monthly, fact };
            self.tables.injury_nursing.push(row);
        }
        if let Some((index, reason)) = self.as_of.newest_unemployment_event(life) {
            let fact = self.fact_no(index);
            self.tables.unemployment_benefit.push(UnemploymentBenefitRow {
                person,
                event: if reason.is_some() { "ended" } else { "started" },
                reason: reason.map(end_name),
                on: self.as_of.fact(index).on,
                active: self.as_of.spell(life, SpellKind::UnemploymentBenefit).is_some(),
                fact,
            });
        }
    }
}

fn division_of(life: &Life) -> Option<Division> {
    life.registration.and_then(|at| at.place).map(|(_, division)| division)
}

impl AsOf<'_> {
    /// Whether a settlement counts: the newest with its number, and not reversed, as far as rules see.
    fn is_settled(&mut self, index: FactIndex) -> bool {
        let Body::SettlementSettled { settlement, .. } = &self.fact(index).body else { return false };
        if !self.fact(index).shares_settlement {
            return true;
        }
        let same: Vec<FactIndex> =
            self.ledger.settlements.get(settlement).into_iter().flatten().copied().collect();
        for other in same.into_iter().filter(|other| *other != index) {
            if !self.counts(other) || !self.is_seen(other) {
                continue;
            }
            let reversed = matches!(self.fact(other).body, Body::SettlementReversed { .. });
            if reversed || self.by_age(other, index).is_gt() {
                return false;
            }
        }
        true
    }

    /// Whether a fact is not held for the one it names.
    fn is_seen(&mut self, index: FactIndex) -> bool {
        let named: Vec<PersonIndex> = self.fact(index).named.iter().map(|(person, _)| *person).collect();
        named.is_empty() || named.into_iter().any(|person| !self.life(person).held.contains(&index))
    }
}
