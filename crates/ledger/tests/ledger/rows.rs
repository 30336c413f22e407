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
            let text = format!(
                "relative {relative:?} {} living {} {:?} {facts:?}",
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
                "settlement {:?} {} {:?} {}",
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
            let when = (row.granted_on, row.verified_on, row.suspended);
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

/// The rows of all subjects that the tables speak of, context included.
pub fn all_rows(tables: &Tables) -> Rows {
    let mut reader = Reader { tables, rows: Rows::new() };
    reader.people();
    reader.events();
    reader.spells();
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
