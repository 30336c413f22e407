//! Cached plans against fresh ones, and one batch in several orders, on random tables.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "random/mod.rs"]
mod random;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use random::{Chance, DENSE};
use sanzao_discovery::{Engine, Parameters, RuleSet};
use sanzao_ledger::tables::*;

fn engine(rules: &RuleSet) -> Engine {
    Engine::new(rules, &Parameters::default_set()).unwrap()
}

fn sizes(seed: u64) -> u32 {
    Chance::new(seed ^ 1).of(&[0, 1, 3, 12, 40, 150])
}

/// What random tables are made of reaches the rules: a comparison of nothing with nothing says nothing.
#[test]
fn random_tables_reach_the_rules() {
    let rules = RuleSet::built_in();
    let mut engine = engine(&rules);
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    for seed in 0..200 {
        let evaluation = engine.evaluate(&random::tables(seed, sizes(seed), &DENSE, true));
        assert_eq!(evaluation.failed, [], "seed {seed}");
        seen.extend(evaluation.findings.iter().map(|found| found.rule));
    }
    let ids = rules.rules().iter().enumerate();
    let unseen: Vec<&str> =
        ids.filter(|(place, _)| !seen.contains(place)).map(|(_, rule)| rule.head.id.0.as_str()).collect();
    assert_eq!(unseen, Vec::<&str>::new(), "these rules never found anything");
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
            fact(&mut r.fact); fact(&mut r.fact_list);
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
