//! Levels: what is sent, and that it adds up.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "random/mod.rs"]
mod random;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use random::{Chance, DENSE};
use sanzao_discovery::{Engine, Evaluation, Findings, Found, Parameters, RuleSet};
use sanzao_ledger::tables::Tables;
use sanzao_model::{Finding, HouseholdId, Level, LevelState, PersonId, RuleId, SubjectId};

const PERSON: SubjectId = SubjectId::Person(PersonId([1; 16]));

/// What casework knows after the levels that were sent.
type Known = BTreeMap<(RuleId, SubjectId), LevelState>;

fn receive(known: &mut Known, levels: &[Level]) {
    for level in levels {
        let key = (level.rule.clone(), level.subject);
        match &level.state {
            LevelState::Known(findings) if findings.is_empty() => drop(known.remove(&key)),
            state => drop(known.insert(key, state.clone())),
        }
    }
}

fn batch(subjects: Vec<SubjectId>) -> Tables {
    Tables { subjects, people: vec![PersonId([1; 16])], person_divisions: vec![None], ..Tables::default() }
}

fn place(rules: &RuleSet, id: &str) -> usize {
    rules.rules().iter().position(|rule| rule.head.id.0 == id).unwrap()
}

fn found(rule: usize, occasion: &str, values: &str) -> Found {
    let finding = Finding {
        occasion: occasion.into(),
        values: values.into(),
        evidence: Vec::new(),
        due: None,
        why: String::new(),
        legal_basis: "《某办法》".into(),
        clears: "办理后消除".into(),
    };
    Found { rule, subject: PERSON, division: None, finding }
}

fn known(findings: Vec<Found>) -> Evaluation {
    Evaluation { findings, failed: Vec::new() }
}

#[test]
fn only_differences_are_sent() {
    let rules = RuleSet::built_in();
    let orphan = place(&rules, "orphan");
    let mut findings = Findings::new(&rules);
    let tables = batch(vec![PERSON]);
    let one = known(vec![found(orphan, "orphan", "{}")]);
    let levels = findings.update(&tables, &one);
    assert_eq!(levels.len(), 1);
    assert_eq!(
        (levels[0].rule.0.as_str(), levels[0].due_working_days, levels[0].periodic),
        ("orphan", 3, false)
    );
    assert!(matches!(&levels[0].state, LevelState::Known(findings) if findings.len() == 1));
    assert_eq!(findings.update(&tables, &one), []);
    let changed = known(vec![found(orphan, "orphan", r#"{"age":1}"#)]);
    assert_eq!(findings.update(&tables, &changed).len(), 1);
    // Not a subject of the batch: nothing is said of it.
    assert_eq!(findings.update(&batch(vec![]), &known(vec![])), []);
    let gone = findings.update(&tables, &known(vec![]));
    assert!(matches!(gone.as_slice(), [Level { state: LevelState::Known(none), .. }] if none.is_empty()));
    assert_eq!(findings.update(&tables, &known(vec![])), []);
    assert_eq!(findings, Findings::new(&rules), "nothing is held of what is none");
}

#[test]
fn where_somebody_is_registered_is_part_of_the_level() {
    let rules = RuleSet::built_in();
    let mut findings = Findings::new(&rules);
    let mut tables = batch(vec![PERSON]);
    let mut one = found(place(&rules, "orphan"), "orphan", "{}");
    findings.update(&tables, &known(vec![one.clone()]));
    one.division = "320614102001".parse().ok();
    tables.person_divisions = vec![one.division];
    let levels = findings.update(&tables, &known(vec![one.clone()]));
    assert!(levels.len() == 1 && levels[0].division == one.division);
}

#[test]
fn unknown_is_said_once_and_known_again_always() {
    let rules = RuleSet::built_in();
    let orphan = place(&rules, "orphan");
    let household = SubjectId::Household(HouseholdId([1; 16]));
    let tables = batch(vec![PERSON, household]);
    let one = known(vec![found(orphan, "orphan", "{}")]);
    let failed = Evaluation { findings: Vec::new(), failed: vec![(orphan, "broken".into())] };
    for before in [&known(vec![]), &one] {
        let mut findings = Findings::new(&rules);
        findings.update(&tables, before);
        let levels = findings.update(&tables, &failed);
        let [level] = levels.as_slice() else {
            panic!("only people are unknown to a rule about them: {levels:?}")
        };
        assert_eq!(level.state, LevelState::Unknown { reason: "broken".into() });
        assert_eq!(findings.update(&tables, &failed), []);
        let again = findings.update(&tables, before);
        assert_eq!(again.len(), 1, "even if it is what it was");
        assert!(matches!(&again[0].state, LevelState::Known(list) if list.len() == before.findings.len()));
        assert_eq!(findings.update(&tables, before), []);
    }
}

#[test]
fn another_rule_set_takes_back_what_only_the_old_one_found() {
    let parameters = Parameters::default_set();
    let rules = RuleSet::built_in();
    let sources: Vec<_> = rules.rules().iter().map(|rule| rule.source()).collect();
    let without: Vec<_> = sources.iter().filter(|source| source.file != "orphan.sql").cloned().collect();
    let fewer = RuleSet::load(&without, &parameters).unwrap();
    let mut findings = Findings::new(&rules);
    let (orphan, name) = (place(&rules, "orphan"), place(&rules, "name-mismatch"));
    let tables = batch(vec![PERSON]);
    let (first, second) = (found(name, "name", "{}"), found(orphan, "orphan", "{}"));
    findings.update(&tables, &known(vec![first.clone(), second]));
    let levels = findings.adopt(&fewer);
    let [level] = levels.as_slice() else { panic!("{levels:?}") };
    assert_eq!((level.rule.0.as_str(), &level.state), ("orphan", &LevelState::Known(Vec::new())));
    let same = Found { rule: place(&fewer, "name-mismatch"), ..first };
    assert_eq!(findings.update(&tables, &known(vec![same])), []);

    // A new version of a rule says itself again.
    let mut newer = without;
    let source = newer.iter_mut().find(|source| source.file == "name-mismatch.sql").unwrap();
    let head = source.text.find("-- version: ").unwrap();
    let line = source.text[head..].lines().next().unwrap().to_owned();
    source.text = source.text.replace(&line, "-- version: 99");
    let newer = RuleSet::load(&newer, &parameters).unwrap();
    assert_eq!(findings.adopt(&newer), []);
    let same = found(place(&newer, "name-mismatch"), "name", "{}");
    let levels = findings.update(&tables, &known(vec![same]));
    assert!(levels.len() == 1 && levels[0].version == 99);
}

/// Batches in any order over the same tables hold the same levels as one sweep, and what was sent adds up to
/// what is true.
#[test]
fn incremental_is_sweep() {
    let rules = RuleSet::built_in();
    let engine = RefCell::new(Engine::new(&rules, &Parameters::default_set()).unwrap());
    proptest!(ProptestConfig::with_cases(60), |(seed in any::<u64>())| {
        let mut engine = engine.borrow_mut();
        let mut chance = Chance::new(seed ^ 9);
        let mut incremental = Findings::new(&rules);
        let mut received = Known::new();
        let mut tables = Tables::default();
        let size = chance.of(&[1, 8, 60]);
        // Ids of people depend on the seed, so that the same people come again with other rows.
        for round in 0..3 {
            tables = random::tables(seed, size, &DENSE, false);
            if round < 2 {
                let other = random::tables(seed ^ round, size, &DENSE, false);
                tables = Tables { people: tables.people, households: tables.households, ..other };
                tables.households.resize(tables.household_divisions.len(), HouseholdId([9; 16]));
                tables.subjects = tables.people.iter().map(|id| SubjectId::Person(*id)).collect();
            }
            let all = tables.subjects.clone();
            for part in all.chunks(1 + chance.below(20) as usize) {
                tables.subjects = part.to_vec();
                let evaluation = engine.evaluate(&tables);
                receive(&mut received, &incremental.update(&tables, &evaluation));
            }
            tables.subjects = all;
        }
        let mut sweep = Findings::new(&rules);
        let evaluation = engine.evaluate(&tables);
        let mut expected = Known::new();
        receive(&mut expected, &sweep.update(&tables, &evaluation));
        prop_assert_eq!(incremental.lines(), sweep.lines());
        prop_assert_eq!(&incremental, &sweep);
        prop_assert_eq!(received, expected);
        let findings: usize = evaluation.lines(&rules).len();
        prop_assert_eq!(findings, evaluation.findings.len());
    });
}

#[test]
fn the_state_is_kept_in_snapshots() {
    let rules = RuleSet::built_in();
    let mut findings = Findings::new(&rules);
    findings.update(&batch(vec![PERSON]), &known(vec![found(place(&rules, "orphan"), "orphan", "{}")]));
    let bytes = postcard::to_stdvec(&findings).unwrap();
    assert_eq!(postcard::from_bytes::<Findings>(&bytes).unwrap(), findings);
}
