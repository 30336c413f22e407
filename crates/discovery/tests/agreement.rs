//! Rules against plain loops that say the same, and cached plans against fresh ones, on random tables.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "random/mod.rs"]
mod random;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use random::{Chance, DENSE};
use sanzao_discovery::{Engine, Parameters, RuleSet};
use sanzao_ledger::tables::*;
use sanzao_model::{BenefitId, Day, FactId, SubjectId};

type Key = (String, SubjectId, String);
type Found = BTreeMap<Key, (Option<Day>, BTreeSet<FactId>)>;

/// The catalogue again, in loops.
struct Loops<'a> {
    t: &'a Tables,
    found: Found,
}

impl<'a> Loops<'a> {
    fn add(&mut self, rule: &str, subject: SubjectId, occasion: String, due: Option<Day>, facts: Vec<u32>) {
        if self.t.subjects.contains(&subject) {
            let facts = facts.into_iter().map(|fact| self.t.facts[fact as usize].id).collect();
            let before = self.found.insert((rule.into(), subject, occasion), (due, facts));
            assert!(before.is_none());
        }
    }

    fn run(mut self) -> Found {
        for row in &self.t.person {
            let subject = SubjectId::Person(self.t.people[row.person as usize]);
            self.dead(row, subject);
            if row.living {
                self.money(row, subject);
                self.young(row, subject);
                self.old(row, subject);
                self.overlaps(row, subject);
                let held: Vec<u32> =
                    self.t.held_fact.iter().filter(|h| h.person == row.person).map(|h| h.fact).collect();
                if !held.is_empty() {
                    self.add("name-mismatch", subject, "name".into(), None, held);
                }
            }
        }
        self.households();
        self.found
    }

    fn benefits(&self, person: u32) -> Vec<&'a BenefitRow> {
        let t: &'a Tables = self.t;
        t.benefit.iter().filter(|b| b.person == person).collect()
    }

    fn dead(&mut self, row: &PersonRow, subject: SubjectId) {
        let mut facts: Vec<u32> =
            self.t.death_signal.iter().filter(|d| d.person == row.person).map(|d| d.fact).collect();
        let benefits = self.benefits(row.person);
        if !facts.is_empty() && !benefits.is_empty() {
            facts.extend(benefits.iter().flat_map(|b| [Some(b.fact_grant), b.fact_list]).flatten());
            self.add("deceased-recipient", subject, "death".into(), None, facts);
        }
    }

    fn money(&mut self, row: &PersonRow, subject: SubjectId) {
        let year = self.t.as_of.parts().0;
        let paid: Vec<_> =
            self.t.settlement.iter().filter(|s| s.person == row.person && s.on.parts().0 == year).collect();
        let sum: i64 = paid.iter().map(|s| s.self_paid.0).sum();
        let threshold = if row.low_income { 500_000 } else { 2_000_000 };
        if !paid.is_empty() && sum >= threshold {
            let mut facts: Vec<u32> = paid.iter().map(|s| s.fact).collect();
            facts.extend(row.fact_low_income);
            facts.extend(row.fact_household.filter(|_| row.low_income));
            self.add("high-yearly-self-pay", subject, year.to_string(), None, facts);
        }
        for u in self.t.unemployment_benefit.iter().filter(|u| u.person == row.person) {
            let days = self.t.as_of.0 - u.on.0;
            let working_age = row.age.is_some_and(|age| (16..60).contains(&age));
            let exhausted = u.event == "ended" && u.reason == Some("exhausted");
            if exhausted && working_age && (30..=365).contains(&days) && !row.employed && !row.has_pension {
                self.add("unemployment-benefit-exhausted", subject, u.on.to_string(), None, vec![u.fact]);
            }
        }
    }

    fn young(&mut self, row: &PersonRow, subject: SubjectId) {
        let benefits = self.benefits(row.person);
        let parents: Vec<_> =
            self.t.relative.iter().filter(|r| r.person == row.person && r.kind == "parent").collect();
        let child = row.age.is_some_and(|age| age < 18);
        let all_dead = !parents.is_empty() && parents.iter().all(|r| r.died_on.is_some());
        if child && all_dead && benefits.iter().all(|b| b.program != "orphan") {
            let facts = parents.iter().flat_map(|r| [Some(r.fact), r.fact_death]).flatten().collect();
            self.add("orphan", subject, "orphan".into(), None, facts);
        }
        let grants: Vec<u32> = benefits
            .iter()
            .filter(|b| ["orphan", "unattended-child", "child-in-difficulty"].contains(&b.program))
            .map(|b| b.fact_grant)
            .collect();
        let month = self.t.as_of.month();
        let visited = |v: &VisitRow| v.person == row.person && v.kind == "child" && v.on.month() == month;
        if !grants.is_empty() && !self.t.visit.iter().any(visited) {
            self.add("child-monthly-visit", subject, month.to_string(), Some(month.last_day()), grants);
        }
    }

    fn old(&mut self, row: &PersonRow, subject: SubjectId) {
        let benefits = self.benefits(row.person);
        let has = |program: &str| benefits.iter().any(|b| b.program == program);
        if row.age.is_some_and(|age| age >= 80) && row.in_district && !has("old-age-allowance") {
            let facts = row.fact_registration.into_iter().collect();
            self.add("missed-old-age-allowance", subject, "age-80".into(), None, facts);
        }
        for b in benefits.iter().filter(|b| b.program == "home-care") {
            let due = b.verified_on.plus_months(6);
            if self.t.as_of >= due.plus_days(-30) {
                let facts = [Some(b.fact_grant), b.fact_verification].into_iter().flatten().collect();
                self.add(
                    "home-care-recheck",
                    subject,
                    format!("{}/{}", b.benefit, b.verified_on),
                    Some(due),
                    facts,
                );
            }
        }
        let week = self.t.as_of.iso_week();
        let visits: Vec<u32> = self
            .t
            .visit
            .iter()
            .filter(|v| v.person == row.person && v.kind == "elder" && v.on.iso_week() == week)
            .map(|v| v.fact)
            .collect();
        if has("care-visit") && visits.len() < 4 {
            let grants = benefits.iter().filter(|b| b.program == "care-visit").map(|b| b.fact_grant);
            let facts = grants.chain(visits).collect();
            self.add("elder-weekly-visits", subject, week.to_string(), Some(week.last_day()), facts);
        }
    }

    fn overlaps(&mut self, row: &PersonRow, subject: SubjectId) {
        // Of each program the records of each benefit: its grant, and the list if there is one.
        let mut held: BTreeMap<&str, Vec<Vec<u32>>> = BTreeMap::new();
        for b in self.benefits(row.person) {
            let records = [Some(b.fact_grant), b.fact_list].into_iter().flatten().collect();
            held.entry(b.program).or_default().push(records);
        }
        for n in self.t.injury_nursing.iter().filter(|n| n.person == row.person) {
            held.entry("injury-nursing").or_default().push(vec![n.fact]);
        }
        for (a, b) in [
            ("tekun", "dibao"),
            ("tekun", "disability-living"),
            ("tekun", "disability-nursing"),
            ("disability-nursing", "injury-nursing"),
            ("orphan", "disability-living"),
        ] {
            if let (Some(first), Some(second)) = (held.get(a), held.get(b)) {
                let facts = first.iter().chain(second).flatten().copied().collect();
                self.add("overlapping-benefits", subject, format!("{a}+{b}"), None, facts);
            }
        }
        for (program, benefits) in held {
            if program != "injury-nursing" && benefits.len() > 1 {
                let facts = benefits.concat();
                self.add("overlapping-benefits", subject, format!("{program}+{program}"), None, facts);
            }
        }
    }

    fn households(&mut self) {
        let mut groups: BTreeMap<(u32, BenefitId), Vec<&DibaoIncomeRow>> = BTreeMap::new();
        for row in &self.t.dibao_income {
            groups.entry((row.household, row.benefit)).or_default().push(row);
        }
        for ((household, benefit), rows) in groups {
            let counted: Vec<_> = rows
                .iter()
                .filter(|r| r.source != "wage" || r.months_insured.is_some_and(|months| months >= 6))
                .collect();
            let sum: i64 = counted.iter().map(|r| r.monthly.0).sum();
            let above = sum > i64::from(rows[0].members) * 82_000;
            if above && counted.iter().any(|r| r.is_new) {
                let mut facts: Vec<u32> = counted.iter().map(|r| r.fact).collect();
                facts.push(rows[0].fact_grant);
                facts.extend(rows[0].fact_reference);
                facts.extend(
                    counted.iter().flat_map(|r| [r.fact_then, r.fact_insured, r.fact_household]).flatten(),
                );
                let subject = SubjectId::Household(self.t.households[household as usize]);
                let occasion = format!("{benefit}/{}", rows[0].reference_on);
                self.add("income-above-standard", subject, occasion, None, facts);
            }
        }
    }
}

fn engine(rules: &RuleSet) -> Engine {
    Engine::new(rules, &Parameters::default_set()).unwrap()
}

fn sizes(seed: u64) -> u32 {
    Chance::new(seed ^ 1).of(&[0, 1, 3, 12, 40, 150])
}

#[test]
fn rules_say_what_the_loops_say() {
    let rules = RuleSet::built_in();
    let engine = RefCell::new(engine(&rules));
    let seen: RefCell<BTreeSet<String>> = RefCell::default();
    proptest!(ProptestConfig::with_cases(400), |(seed in any::<u64>())| {
        let tables = random::tables(seed, sizes(seed), &DENSE, true);
        let evaluation = engine.borrow_mut().evaluate(&tables);
        prop_assert_eq!(&evaluation.failed, &[]);
        let found: Found = evaluation.findings.iter().map(|found| {
            let rule = rules.rules()[found.rule].head.id.0.clone();
            let facts = found.finding.evidence.iter().map(|evidence| evidence.fact).collect();
            ((rule, found.subject, found.finding.occasion.clone()), (found.finding.due, facts))
        }).collect();
        prop_assert_eq!(found.len(), evaluation.findings.len());
        seen.borrow_mut().extend(found.keys().map(|key| key.0.clone()));
        prop_assert_eq!(found, Loops { t: &tables, found: Found::new() }.run());
    });
    let seen = seen.into_inner();
    assert_eq!(seen.len(), rules.rules().len(), "a rule never found anything: {seen:?}");
}

#[test]
fn cached_plans_say_what_fresh_plans_say() {
    let rules = RuleSet::built_in();
    let cached = RefCell::new(engine(&rules));
    proptest!(ProptestConfig::with_cases(150), |(seed in any::<u64>())| {
        let tables = random::tables(seed, sizes(seed), &DENSE, true);
        prop_assert_eq!(cached.borrow_mut().evaluate(&tables), engine(&rules).evaluate(&tables));
    });
}

/// The same rows in another order and under other numbers: neither may show (design, invariant 3).
#[test]
fn the_order_and_numbers_of_a_batch_do_not_show() {
    let rules = RuleSet::built_in();
    let engine = RefCell::new(engine(&rules));
    proptest!(ProptestConfig::with_cases(100), |(seed in any::<u64>())| {
        let tables = random::tables(seed, sizes(seed), &DENSE, true);
        prop_assert_eq!(engine.borrow_mut().evaluate(&tables), engine.borrow_mut().evaluate(&turned(tables.clone())));
    });
}

/// All lists back to front.
fn turned(mut t: Tables) -> Tables {
    let (people, households, facts) =
        (t.people.len() as u32, t.households.len() as u32, t.facts.len() as u32);
    let person = |number: &mut u32| *number = people - 1 - *number;
    let household = |number: &mut u32| *number = households - 1 - *number;
    let fact = |number: &mut u32| *number = facts - 1 - *number;
    macro_rules! turn {
        ($($table:ident: $row:ident => { $($change:stmt;)* })*) => {$(
            t.$table.reverse();
            for $row in &mut t.$table { $($change)* }
        )*};
    }
    turn! {
        person: r => {
            person(&mut r.person); household(&mut r.household);
            r.fact_registration.iter_mut().for_each(fact); r.fact_low_income.iter_mut().for_each(fact);
            r.fact_household.iter_mut().for_each(fact);
        }
        household: r => { household(&mut r.household); }
        benefit: r => {
            person(&mut r.person); household(&mut r.household);
            fact(&mut r.fact_grant); r.fact_list.iter_mut().for_each(fact);
            r.fact_verification.iter_mut().for_each(fact); r.fact_newest_list.iter_mut().for_each(fact);
            r.fact_category.iter_mut().for_each(fact);
        }
        relative: r => {
            person(&mut r.person); person(&mut r.relative);
            fact(&mut r.fact); r.fact_death.iter_mut().for_each(fact);
            r.fact_missing.iter_mut().for_each(fact); r.fact_custody.iter_mut().for_each(fact);
            r.fact_custody_began.iter_mut().for_each(fact); r.fact_certificate.iter_mut().for_each(fact);
        }
        registration: r => { person(&mut r.person); fact(&mut r.fact); }
        co_residence: r => {
            person(&mut r.person); fact(&mut r.fact); r.fact_other.iter_mut().for_each(fact);
        }
        relative_event: r => {
            person(&mut r.person); person(&mut r.relative);
            fact(&mut r.fact); fact(&mut r.fact_relation);
        }
        household_program: r => { person(&mut r.person); fact(&mut r.fact_grant); }
        ended_benefit: r => {
            person(&mut r.person); household(&mut r.household);
            fact(&mut r.fact); r.fact_list.iter_mut().for_each(fact);
        }
        once_paid: r => { person(&mut r.person); fact(&mut r.fact); }
        refusal: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        event: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        diagnosis: r => { person(&mut r.person); fact(&mut r.fact); }
        stay: r => {
            person(&mut r.person); fact(&mut r.fact); r.fact_discharge.iter_mut().for_each(fact);
        }
        birth: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        activity_after_death: r => { person(&mut r.person); fact(&mut r.fact); }
        last_fact: r => { person(&mut r.person); fact(&mut r.fact); }
        quarter_fact: r => { person(&mut r.person); fact(&mut r.fact); }
        enrolment: r => { person(&mut r.person); fact(&mut r.fact); }
        unemployment: r => { person(&mut r.person); fact(&mut r.fact); }
        missing: r => { person(&mut r.person); fact(&mut r.fact); }
        custody: r => {
            person(&mut r.person); fact(&mut r.fact); r.fact_began.iter_mut().for_each(fact);
        }
        long_term_care: r => { person(&mut r.person); fact(&mut r.fact); }
        certificate: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        ability: r => { person(&mut r.person); fact(&mut r.fact); }
        income: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        wage: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        income_assessment: r => {
            person(&mut r.person); household(&mut r.household); fact(&mut r.fact);
        }
        death_signal: r => { person(&mut r.person); fact(&mut r.fact); }
        unemployment_benefit: r => { person(&mut r.person); fact(&mut r.fact); }
        settlement: r => { person(&mut r.person); household(&mut r.household); fact(&mut r.fact); }
        visit: r => { person(&mut r.person); fact(&mut r.fact); }
        held_fact: r => { person(&mut r.person); fact(&mut r.fact); }
        pension: r => { person(&mut r.person); fact(&mut r.fact); }
        injury_nursing: r => { person(&mut r.person); fact(&mut r.fact); }
        dibao_income: r => {
            household(&mut r.household); person(&mut r.person);
            fact(&mut r.fact); fact(&mut r.fact_grant); r.fact_reference.iter_mut().for_each(fact);
            r.fact_then.iter_mut().for_each(fact); r.fact_insured.iter_mut().for_each(fact);
            r.fact_household.iter_mut().for_each(fact);
        }
    }
    t.people.reverse();
    t.person_divisions.reverse();
    t.households.reverse();
    t.household_divisions.reverse();
    t.facts.reverse();
    t.subjects.reverse();
    t
}
