//! What can only be seen inside: plans.

use datafusion::physical_plan::displayable;
use sanzao_ledger::tables::{BenefitRow, DeathSignalRow, FactRef};
use sanzao_model::{BenefitId, Day, FactId, Feed, Fen, PersonId};

use super::*;

/// One dead person with a benefit.
fn recipient(number: u8) -> Tables {
    let fact = |byte| FactRef { id: FactId([byte; 16]), feed: Feed::Police, kind: "kind", on: Day(0) };
    let person = PersonId([number; 16]);
    Tables {
        as_of: Day(20_000),
        subjects: vec![SubjectId::Person(person)],
        people: vec![person],
        person_divisions: vec![None],
        facts: vec![fact(number), fact(number + 100)],
        death_signal: vec![DeathSignalRow { person: 0, on: Day(i32::from(number)), feed: "police", fact: 0 }],
        benefit: vec![BenefitRow {
            benefit: BenefitId([1; 16]),
            person: 0,
            household: 0,
            program: "dibao",
            category: None,
            monthly: Fen(1),
            granted_on: Day(0),
            suspended: false,
            verified_on: Day(0),
            fact_grant: 1,
            fact_list: None,
            fact_verification: None,
            listed_on: Day(0),
            fact_newest_list: None,
            fact_category: None,
        }],
        ..Tables::default()
    }
}

fn engine() -> (RuleSet, Engine) {
    let rules = match RuleSet::built_in_with(&Parameters::default_set()) {
        Ok(rules) => rules,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let engine = Engine::new(&rules, &Parameters::default_set()).unwrap();
    (rules, engine)
}

impl Engine {
    fn fill(&self, tables: &Tables) {
        self.slot.set(self.batches(tables));
    }
}

/// The trap that `reset_plan_states` is there for: a plan that runs again as it is has the first batch's build
/// side, or nothing left of it. If this fails, DataFusion has mended it.
#[test]
fn a_plan_that_is_not_reset_is_stale() {
    let (rules, engine) = engine();
    let place = rules.rules().iter().position(|rule| rule.head.id.0 == "deceased-recipient").unwrap();
    let (shape, planned) = engine.rules[place].plan.as_ref().unwrap();
    let died_on = shape.values.iter().find(|(name, _)| name == "died_on").unwrap().1;
    let plan = reset_plan_states(Arc::clone(&planned.plan)).unwrap();
    let run = |number, plan: &Arc<dyn ExecutionPlan>| {
        engine.fill(&recipient(number));
        let results = engine.results(Arc::clone(plan), usize::MAX).unwrap();
        results.first().map(|batch| format!("{:?}", batch.column(died_on)))
    };
    let fresh = |number| run(number, &reset_plan_states(Arc::clone(&planned.plan)).unwrap());
    assert!(fresh(1).is_some() && fresh(2).is_some());
    assert_ne!(fresh(1), fresh(2));
    assert_eq!(run(1, &plan), fresh(1));
    assert_ne!(run(2, &plan), fresh(2), "without a reset the state of the first run is kept");
}

/// And the engine does reset: fails if it does not.
#[test]
fn the_engine_sees_each_batch() {
    let (_, mut engine) = engine();
    for number in [1, 2, 1, 3] {
        let evaluation = engine.evaluate(&recipient(number));
        let [found] = evaluation.findings.as_slice() else { panic!("{evaluation:?}") };
        assert_eq!(found.subject, SubjectId::Person(PersonId([number; 16])));
        assert!(
            found.finding.values.contains(&Day(i32::from(number)).to_string()),
            "{}",
            found.finding.values
        );
        assert_eq!(found.finding.evidence.len(), 2);
    }
}

#[test]
fn plans_keep_nothing_that_cannot_run_twice() {
    let (rules, engine) = engine();
    for (rule, prepared) in rules.rules().iter().zip(&engine.rules) {
        let (_, planned) = prepared.plan.as_ref().unwrap();
        let plan = displayable(planned.plan.as_ref()).indent(false).to_string();
        for operator in ["RepartitionExec", "ScalarSubqueryExec", "DynamicFilter"] {
            assert!(!plan.contains(operator), "{}: {plan}", rule.head.id);
        }
        assert!(!planned.needs.is_empty(), "{} runs for every batch: {plan}", rule.head.id);
    }
}
