//! Tables as text by subject, with batch-local numbers replaced by what they stand for: comparable between
//! ledgers, scopes and orders.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_ledger::Ledger;
use sanzao_ledger::tables::{FactNo, HouseholdNo, PersonNo, Tables};
use sanzao_model::{Day, SubjectId};

/// Rows by the subject that they say something about.
pub type Rows = BTreeMap<SubjectId, Vec<String>>;

struct Reader<'t> {
    tables: &'t Tables,
    rows: Rows,
}

impl Reader<'_> {
    fn fact(&self, fact: FactNo) -> String {
        format!("{:?}", self.tables.facts[fact as usize])
    }

    fn maybe(&self, fact: Option<FactNo>) -> String {
        fact.map(|fact| self.fact(fact)).unwrap_or_default()
    }

    fn add(&mut self, person: Option<PersonNo>, household: Option<HouseholdNo>, row: String) {
        if let Some(person) = person {
            let subject = SubjectId::Person(self.tables.people[person as usize]);
            self.rows.entry(subject).or_default().push(row.clone());
        }
        if let Some(household) = household {
            let subject = SubjectId::Household(self.tables.households[household as usize]);
            self.rows.entry(subject).or_default().push(row);
        }
    }

    fn people(&mut self) {
        let tables = self.tables;
        for row in &tables.person {
            let text = format!(
                "person {:?} {:?} living {} {:?} age {:?} in district {} {} employed {} pension {} low {} {} in it by {} at {:?}",
                tables.people[row.person as usize],
                tables.households[row.household as usize],
                row.living,
                row.died_on,
                row.age,
                row.in_district,
                self.maybe(row.fact_registration),
                row.employed,
                row.has_pension,
                row.low_income,
                self.maybe(row.fact_low_income),
                self.maybe(row.fact_household),
                tables.person_divisions[row.person as usize],
            );
            self.add(Some(row.person), Some(row.household), text);
        }
        for row in &tables.household {
            let at = tables.household_divisions[row.household as usize];
            let text = format!("household members {} low {} at {at:?}", row.members, row.low_income);
            self.add(None, Some(row.household), text);
        }
        for row in &tables.relative {
            let (relative, facts) =
                (tables.people[row.relative as usize], (self.fact(row.fact), self.maybe(row.fact_death)));
            let more = [row.fact_missing, row.fact_custody, row.fact_custody_began, row.fact_certificate];
            let more = more.map(|fact| self.maybe(fact));
            let state = (row.missing_since, row.custody_since, row.custody_until, row.grade, row.category);
            let text = format!(
                "relative {relative:?} {} living {} {:?} {facts:?} {state:?} {more:?}",
                row.kind, row.living, row.died_on
            );
            self.add(Some(row.person), None, text);
        }
    }

    fn events(&mut self) {
        let tables = self.tables;
        for row in &tables.death_signal {
            let text = format!("death {:?} {} {}", row.on, row.feed, self.fact(row.fact));
            self.add(Some(row.person), None, text);
        }
        for row in &tables.settlement {
            let text = format!(
                "settlement {:?} {:?} {:?} {} {:?} {}",
                row.settlement,
                row.begin,
                row.on,
                row.inpatient,
                row.self_paid,
                self.fact(row.fact)
            );
            self.add(Some(row.person), Some(row.household), text);
        }
        for row in &tables.visit {
            let text = format!("visit {} {:?} {}", row.kind, row.on, self.fact(row.fact));
            self.add(Some(row.person), None, text);
        }
        for row in &tables.held_fact {
            let text = format!("held {} {:?} {}", row.feed, row.on, self.fact(row.fact));
            self.add(Some(row.person), None, text);
        }
    }

    fn spells(&mut self) {
        let tables = self.tables;
        for row in &tables.benefit {
            let facts =
                (self.fact(row.fact_grant), self.maybe(row.fact_list), self.maybe(row.fact_verification));
            let when = (row.granted_on, row.verified_on, row.suspended, row.listed_on);
            let facts = (facts, self.maybe(row.fact_newest_list), self.maybe(row.fact_category));
            let what = (&row.benefit, row.program, row.category, row.monthly);
            self.add(Some(row.person), Some(row.household), format!("benefit {what:?} {when:?} {facts:?}"));
        }
        for row in &tables.unemployment_benefit {
            let what = (row.event, row.reason, row.on, row.active);
            self.add(Some(row.person), None, format!("unemployment {what:?} {}", self.fact(row.fact)));
        }
        let pensions = tables.pension.iter().map(|row| ("pension", row));
        for (table, row) in pensions.chain(tables.injury_nursing.iter().map(|row| ("nursing", row))) {
            let what = (row.scheme, row.began_on, row.monthly);
            self.add(Some(row.person), None, format!("{table} {what:?} {}", self.fact(row.fact)));
        }
        for row in &tables.dibao_income {
            let facts = [
                Some(row.fact_grant),
                row.fact_reference,
                Some(row.fact),
                row.fact_then,
                row.fact_insured,
                row.fact_household,
            ];
            let facts = facts.map(|fact| self.maybe(fact));
            let who = (&row.benefit, tables.people[row.person as usize], row.members, row.reference_on);
            let what = (row.source, row.monthly, row.monthly_then, row.is_new, row.months_insured);
            self.add(None, Some(row.household), format!("income {who:?} {what:?} {facts:?}"));
        }
    }
}

impl Reader<'_> {
    /// Rows of a person that tell one fact, and values beside it.
    fn of_person(&mut self, table: &str, person: PersonNo, values: impl std::fmt::Debug, fact: FactNo) {
        let text = format!("{table} {values:?} {}", self.fact(fact));
        self.add(Some(person), None, text);
    }

    fn of_both(
        &mut self,
        table: &str,
        (person, household): (PersonNo, HouseholdNo),
        values: impl std::fmt::Debug,
        fact: FactNo,
    ) {
        let text = format!("{table} {values:?} {}", self.fact(fact));
        self.add(Some(person), Some(household), text);
    }

    fn more_people(&mut self) {
        let t = self.tables;
        for r in &t.registration {
            self.of_person("registration", r.person, (r.event, r.reason, r.on, r.in_district), r.fact);
        }
        for r in &t.co_residence {
            let values = (r.others, self.maybe(r.fact_other), r.other_on);
            self.of_person("co_residence", r.person, values, r.fact);
        }
        for r in &t.relative_event {
            let who = t.people[r.relative as usize];
            let values = (who, r.kind, r.event, r.on, self.fact(r.fact_relation));
            self.of_person("relative_event", r.person, values, r.fact);
        }
        for r in &t.household_program {
            self.of_person("household_program", r.person, (r.program, r.granted_on), r.fact_grant);
        }
        for r in &t.ended_benefit {
            let values = (r.benefit, r.program, r.ended_on, self.fact(r.fact_list));
            self.of_both("ended_benefit", (r.person, r.household), values, r.fact);
        }
        for r in &t.once_paid {
            self.of_person("once_paid", r.person, (r.benefit, r.program, r.on, r.amount), r.fact);
        }
        for r in &t.refusal {
            self.of_both("refusal", (r.person, r.household), (r.program, r.on), r.fact);
        }
    }

    fn more_events(&mut self) {
        let t = self.tables;
        for r in &t.event {
            self.of_both("event", (r.person, r.household), (r.event, r.on), r.fact);
        }
        for r in &t.diagnosis {
            self.of_person("diagnosis", r.person, (r.category, r.on), r.fact);
        }
        for r in &t.stay {
            let values = (r.admitted_on, r.discharged, self.maybe(r.fact_discharge));
            self.of_person("stay", r.person, values, r.fact);
        }
        for r in &t.birth {
            self.of_both("birth", (r.person, r.household), r.on, r.fact);
        }
        for r in &t.activity_after_death {
            self.of_person("activity_after_death", r.person, (r.activity, r.began_on), r.fact);
        }
        for r in &t.last_fact {
            self.of_person("last_fact", r.person, (r.feed, r.on), r.fact);
        }
        for r in &t.quarter_fact {
            self.of_person("quarter_fact", r.person, (r.feed, r.on), r.fact);
        }
    }

    fn more_spells(&mut self) {
        let t = self.tables;
        for r in &t.enrolment {
            self.of_person("enrolment", r.person, (r.insutype, r.began_on), r.fact);
        }
        for r in &t.unemployment {
            self.of_person("registered_unemployed", r.person, r.began_on, r.fact);
        }
        for r in &t.missing {
            self.of_person("missing", r.person, r.began_on, r.fact);
        }
        for r in &t.custody {
            let values = (r.event, r.on, r.kind, r.began_on, r.expected_until, self.maybe(r.fact_began));
            self.of_person("custody", r.person, values, r.fact);
        }
        for r in &t.long_term_care {
            let values = (r.mode, r.began_on, r.approved_on, r.monthly);
            self.of_person("long_term_care", r.person, values, r.fact);
        }
        for r in &t.certificate {
            let values = (r.category, r.grade, r.on, r.valid_until, r.valid);
            self.of_both("certificate", (r.person, r.household), values, r.fact);
        }
        for r in &t.ability {
            self.of_person("ability", r.person, (r.level, r.on), r.fact);
        }
        for r in &t.income {
            let values = (t.people[r.person as usize], r.source, r.monthly);
            let text = format!("known_income {values:?} {}", self.fact(r.fact));
            self.add(None, Some(r.household), text);
        }
        for r in &t.wage {
            self.of_both("wage", (r.person, r.household), (r.month_start, r.amount), r.fact);
        }
        for r in &t.income_assessment {
            let values = (r.on, r.annual, r.property_ok);
            self.of_both("income_assessment", (r.person, r.household), values, r.fact);
        }
    }
}

/// The rows of all subjects that the tables speak of, context included.
pub fn all_rows(tables: &Tables) -> Rows {
    let mut reader = Reader { tables, rows: Rows::new() };
    reader.people();
    reader.events();
    reader.spells();
    reader.more_people();
    reader.more_events();
    reader.more_spells();
    for rows in reader.rows.values_mut() {
        rows.sort();
    }
    reader.rows
}

/// The rows of the subjects that the tables decide; a subject without rows has none.
pub fn decided(tables: &Tables) -> Rows {
    let mut rows = all_rows(tables);
    assert_eq!(tables.subjects.iter().collect::<BTreeSet<_>>().len(), tables.subjects.len(), "decided twice");
    tables.subjects.iter().map(|subject| (*subject, rows.remove(subject).unwrap_or_default())).collect()
}

/// What the ledger says of everybody on a day, by a sweep in scopes of so many people. Subjects without
/// rows are left out: in a sweep they are not named.
pub fn swept(ledger: &Ledger, day: Day, people_per_scope: usize) -> Rows {
    let mut rows = Rows::new();
    let mut context: Vec<Rows> = Vec::new();
    let mut seen = BTreeSet::new();
    for scope in ledger.sweep(people_per_scope) {
        let tables = ledger.tables(&scope, day);
        for (subject, found) in decided(&tables) {
            assert!(seen.insert(subject), "{subject:?} is decided in two scopes of a sweep");
            rows.insert(subject, found);
        }
        context.push(all_rows(&tables));
    }
    // What a scope sees of people beside its own is what the others decide of them.
    for (subject, found) in context.into_iter().flatten() {
        if matches!(subject, SubjectId::Person(_)) {
            assert_eq!(rows.get(&subject), Some(&found), "{subject:?} as context differs from itself");
        }
    }
    rows.retain(|_, found| !found.is_empty());
    rows
}
