//! Rows about who people are, where they are registered, and whose relatives they are.

use std::rc::Rc;

use sanzao_model::RelationKind;

use super::Builder;
use super::words::{cancellation_name, disability_name, relation_name};
use crate::life::Life;
use crate::set::{FactIndex, PersonIndex};
use crate::spell::SpellKind;
use crate::tables::{
    CoResidenceRow, HeldFactRow, PersonNo, PersonRow, RegistrationRow, RelativeEventRow, RelativeRow,
    TableName,
};
use crate::told::Told;

impl Builder<'_> {
    /// Everything about a person.
    pub(super) fn person(&mut self, life: &Rc<Life>) {
        let (id, placed_by) = self.as_of.place_of(life);
        let household = self.as_of.household(id);
        let (person, household_no) = (self.person_no(life), self.household_no(&household));
        let has_pension = self.as_of.pensions(life).next().is_some();
        let low_income = household.low_income.first().map(|(_, grant)| *grant);
        let row = PersonRow {
            person,
            household: household_no,
            living: life.living(),
            died_on: self.as_of.died_on(life),
            age: life.birth.and_then(|birth| self.as_of.day.age_of(birth)),
            in_district: self.is_in_district(life),
            fact_registration: life.registration.map(|at| self.fact_no(at.fact)),
            employed: self.as_of.employed(life),
            has_pension,
            low_income: low_income.is_some(),
            fact_low_income: self.maybe_no(low_income),
            fact_household: self.maybe_no(placed_by),
        };
        self.tables.person.push(row);
        self.benefits(life, person, household_no);
        self.programs_of(&household, person);
        self.events(life, person, household_no);
        self.facts_about(life, person);
        self.registered(life, person);
        self.relatives(life, person);
        self.spells(life, person);
        self.condition(life, person, household_no);
        self.wages(life, person, household_no);
        if self.needs(TableName::HeldFact) {
            for index in &life.held {
                let (fact, entry) = (self.fact_no(*index), self.as_of.fact(*index));
                let (feed, on) = (entry.feed.as_str(), entry.on);
                self.tables.held_fact.push(HeldFactRow { person, feed, on, fact });
            }
        }
    }

    fn is_in_district(&self, life: &Life) -> bool {
        let place = life.registration.and_then(|at| at.place);
        place.is_some_and(|(_, division)| self.as_of.ledger.bureau.contains(division))
    }

    fn registered(&mut self, life: &Life, person: PersonNo) {
        if let Some(at) = life.registration.filter(|_| self.needs(TableName::Registration)) {
            let entry = self.as_of.fact(at.fact);
            let (event, reason) = match entry.told {
                Told::RegistrationCancelled { reason } => ("cancelled", Some(cancellation_name(reason))),
                Told::HouseholdMoved { .. } => ("moved", None),
                _ => ("registered", None),
            };
            let (in_district, fact) = (self.is_in_district(life), self.fact_no(at.fact));
            let row = RegistrationRow { person, event, reason, on: entry.on, in_district, fact };
            self.tables.registration.push(row);
        }
        if self.needs(TableName::CoResidence)
            && let Some(home) = self.as_of.co_residence(life)
        {
            let row = CoResidenceRow {
                person,
                others: home.others as i32,
                fact: self.fact_no(home.registration),
                fact_other: self.maybe_no(home.other),
                other_on: home.other.map(|other| self.as_of.fact(other).on),
            };
            self.tables.co_residence.push(row);
        }
    }

    /// Each relative once for each kind, by the newest record of it.
    fn relatives(&mut self, life: &Life, person: PersonNo) {
        if !self.needed.has_any(&[TableName::Relative, TableName::RelativeEvent]) {
            return;
        }
        let mut seen: Vec<(PersonIndex, RelationKind)> = Vec::new();
        for index in life.facts.iter().rev() {
            let entry = self.as_of.fact(*index);
            let (Told::RelationRecorded { kind, .. }, Some(related)) = (&entry.told, entry.other()) else {
                continue;
            };
            let relative = self.as_of.life(related);
            if seen.contains(&(relative.head, *kind)) {
                continue;
            }
            seen.push((relative.head, *kind));
            if self.needs(TableName::Relative) {
                let row = self.relative(person, &relative, *kind, *index);
                self.tables.relative.push(row);
            }
            if self.needs(TableName::RelativeEvent) {
                self.relative_events(person, &relative, *kind, *index);
            }
        }
    }

    fn relative(
        &mut self,
        person: PersonNo,
        relative: &Life,
        kind: RelationKind,
        relation: FactIndex,
    ) -> RelativeRow {
        let missing = self.as_of.spell(relative, SpellKind::Missing);
        let custody = self.as_of.spell(relative, SpellKind::Custody);
        let certificate = self.as_of.certificate(relative);
        let certificate = certificate.filter(|certificate| self.as_of.day <= certificate.valid_until);
        let custody_until = custody.and_then(|custody| match self.as_of.fact(custody.newest).told {
            Told::CustodyStarted { expected_until, .. } => expected_until.get(),
            _ => None,
        });
        let began = custody.filter(|custody| custody.first != custody.newest);
        RelativeRow {
            person,
            relative: self.person_no(relative),
            kind: relation_name(kind),
            living: relative.living(),
            died_on: self.as_of.died_on(relative),
            fact: self.fact_no(relation),
            fact_death: self.maybe_no(relative.deaths.first().copied()),
            missing_since: missing.map(|spell| spell.began_on),
            fact_missing: self.maybe_no(missing.map(|spell| spell.first)),
            custody_since: custody.map(|spell| spell.began_on),
            custody_until,
            fact_custody: self.maybe_no(custody.map(|spell| spell.newest)),
            fact_custody_began: self.maybe_no(began.map(|spell| spell.first)),
            grade: certificate.map(|certificate| i32::from(certificate.grade)),
            category: certificate.map(|certificate| disability_name(certificate.category)),
            fact_certificate: self.maybe_no(certificate.map(|certificate| certificate.fact)),
        }
    }

    fn relative_events(
        &mut self,
        person: PersonNo,
        relative: &Life,
        kind: RelationKind,
        relation: FactIndex,
    ) {
        for (event, index) in self.as_of.happened(relative) {
            let row = RelativeEventRow {
                person,
                relative: self.person_no(relative),
                kind: relation_name(kind),
                event,
                on: self.as_of.fact(index).on,
                fact: self.fact_no(index),
                fact_relation: self.fact_no(relation),
            };
            self.tables.relative_event.push(row);
        }
    }
}
