//! Evaluates scopes of a ledger on all cores: the ledger is only read, each thread has its own engine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use sanzao_discovery::{Engine, Evaluation, Parameters, RuleSet};
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

    /// Evaluates each scope and hands over what its rows and rules say, in no order.
    pub fn evaluate(
        &mut self,
        ledger: &Ledger,
        scopes: &[Scope],
        day: Day,
        take: &mut (dyn FnMut(&Scope, &Tables, Evaluation) + Send),
    ) {
        let next = AtomicUsize::new(0);
        let take = Mutex::new(take);
        let work = |engine: &mut Engine| {
            while let Some(scope) = scopes.get(next.fetch_add(1, Ordering::Relaxed)) {
                let tables = ledger.tables_needed(scope, day, engine.needed());
                let evaluation = engine.evaluate(&tables);
                (take.lock().unwrap_or_else(PoisonError::into_inner))(scope, &tables, evaluation);
            }
        };
        match self.engines.as_mut_slice() {
            [engine, ..] if scopes.len() == 1 => work(engine),
            engines => std::thread::scope(|threads| {
                for engine in engines {
                    threads.spawn(|| work(engine));
                }
            }),
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
        for found in evaluation.findings {
            let key = (self.rules[found.rule].clone(), found.subject, found.finding.occasion.clone());
            map.insert(key, found.finding);
        }
        Ok(())
    }
}
