//! Evaluates scopes of a ledger on all cores: the ledger is only read, each thread has its own engine.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sanzao_discovery::{Engine, Evaluation, Parameters, RuleSet, Spent};
use sanzao_ledger::tables::Needed;
use sanzao_ledger::{Ledger, Scope, Tables};
use sanzao_model::{Day, RuleId};

use super::StageError;
use crate::sweep::FindingMap;

/// People of one scope of a sweep: enough to make the cost of starting the plans small, few enough to stay
/// in the processor's cache.
pub const SWEEP_PEOPLE: usize = 2_000;

/// Rules ready to run, one engine a thread.
pub struct Evaluator {
    engines: Vec<Engine>,
    rules: Vec<RuleId>,
}

impl Evaluator {
    /// Plans the rules for every thread.
    ///
    /// # Errors
    /// When a rule cannot be planned.
    pub fn new(rules: &RuleSet, parameters: &Parameters) -> Result<Evaluator, StageError> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let engine = || Engine::new(rules, parameters).map_err(|error| StageError::Broken(error.to_string()));
        let engines = (0..threads).map(|_| engine()).collect::<Result<_, _>>()?;
        Ok(Evaluator { engines, rules: rules.rules().iter().map(|rule| rule.head.id.clone()).collect() })
    }

    /// What each rule took since this was asked last.
    pub fn take_spent(&mut self) -> Vec<(RuleId, Spent)> {
        let mut all: Vec<(RuleId, Spent)> =
            self.rules.iter().map(|rule| (rule.clone(), Spent::default())).collect();
        for spent in self.engines.iter_mut().map(Engine::take_spent) {
            all.iter_mut().zip(spent).for_each(|((_, sum), one)| *sum = sum.and(one));
        }
        all
    }

    /// How many rules ran since [`Evaluator::take_spent`] was asked.
    pub fn rules_run(&self) -> usize {
        let ran = |rule: &usize| self.engines.iter().any(|engine| engine.spent()[*rule].batches > 0);
        (0..self.rules.len()).filter(ran).count()
    }

    /// Evaluates each scope and hands over what its rows and rules say, in no order.
    pub fn evaluate(
        &mut self,
        ledger: &Ledger,
        scopes: &[Scope],
        day: Day,
        take: &mut (dyn FnMut(&Scope, &Tables, Evaluation) + Send),
    ) {
        Evaluator::evaluate_all(&mut [self], ledger, scopes, day, &mut |scope, tables, evaluations| {
            evaluations.into_iter().for_each(|evaluation| take(scope, tables, evaluation));
        });
    }

    /// Evaluates each scope with several sets of rules over the same rows, which are computed once, and hands over
    /// what each set says, in the order of the sets.
    pub fn evaluate_all(
        sets: &mut [&mut Evaluator],
        ledger: &Ledger,
        scopes: &[Scope],
        day: Day,
        take: &mut (dyn FnMut(&Scope, &Tables, Vec<Evaluation>) + Send),
    ) {
        let needed = sets
            .iter()
            .filter_map(|set| set.engines.first())
            .fold(Needed::NONE, |all, engine| all.and(engine.needed()));
        let next = AtomicUsize::new(0);
        let take = Mutex::new(take);
        let work = |mut engines: Vec<&mut Engine>| {
            while let Some(scope) = scopes.get(next.fetch_add(1, Ordering::Relaxed)) {
                let tables = ledger.tables_needed(scope, day, needed);
                let evaluations = engines.iter_mut().map(|engine| engine.evaluate(&tables)).collect();
                (take.lock().unwrap_or_else(PoisonError::into_inner))(scope, &tables, evaluations);
            }
        };
        let count = sets.iter().map(|set| set.engines.len()).min().unwrap_or(0);
        let mut threads: Vec<Vec<&mut Engine>> = (0..count).map(|_| Vec::new()).collect();
        for set in sets {
            threads.iter_mut().zip(&mut set.engines).for_each(|(thread, engine)| thread.push(engine));
        }
        if scopes.len() == 1 {
            // Nothing to share: no thread is worth its start.
            threads.into_iter().take(1).for_each(work);
            return;
        }
        std::thread::scope(|scope| {
            let work = &work;
            for engines in threads {
                scope.spawn(move || work(engines));
            }
        });
    }

    /// Adds what an evaluation found to a map, and why rules could not be evaluated to another.
    pub fn collect_known(
        &self,
        evaluation: Evaluation,
        map: &mut FindingMap,
        unknown: &mut BTreeMap<RuleId, String>,
    ) {
        for (rule, reason) in evaluation.failed {
            unknown.entry(self.rules[rule].clone()).or_insert(reason);
        }
        for found in evaluation.findings {
            let key = (self.rules[found.rule].clone(), found.subject, found.finding.occasion.clone());
            map.insert(key, found.finding);
        }
    }

    /// Adds what an evaluation found to a map.
    ///
    /// # Errors
    /// Why a rule could not be evaluated: a map without it would pass for the whole truth.
    pub fn collect(&self, evaluation: Evaluation, map: &mut FindingMap) -> Result<(), String> {
        if let Some((rule, reason)) = evaluation.failed.first() {
            return Err(format!("rule {} could not be evaluated: {reason}", self.rules[*rule]));
        }
        self.collect_known(evaluation, map, &mut BTreeMap::new());
        Ok(())
    }
}
