//! By what every bureau of this process is judged, and engines that are ready to.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use sanzao_discovery::{Parameters, RuleSet, Spent};
use sanzao_model::RuleId;

use super::StageError;
use super::evaluation::Evaluator;

/// Rules and parameters, as they hold and as they are put on record.
pub struct Rulebook {
    /// The rules.
    pub rules: RuleSet,
    /// The parameters.
    pub parameters: Parameters,
    /// The parameters, as they are put on record.
    pub parameters_toml: String,
    /// Hash of both, as it is put on record.
    pub hash: String,
    pool: Mutex<Pool>,
    returned: Condvar,
    spent: Mutex<BTreeMap<RuleId, Spent>>,
}

/// Evaluators that wait to be used. There are never more than processors: each uses all of them for whatever is large.
#[derive(Default)]
struct Pool {
    spare: Vec<Evaluator>,
    made: usize,
}

impl Rulebook {
    /// Of rules and parameters that were read.
    pub fn new(rules: RuleSet, parameters: Parameters, parameters_toml: String) -> Rulebook {
        let hash = format!("{} {}", rules.hash(), parameters.hash());
        Rulebook {
            rules,
            parameters,
            parameters_toml,
            hash,
            pool: Mutex::default(),
            returned: Condvar::new(),
            spent: Mutex::default(),
        }
    }

    /// Plans the rules for who evaluates first: that takes a part of a second, which nobody who takes over has.
    ///
    /// # Errors
    /// When a rule cannot be planned.
    pub fn keep_ready(&self) -> Result<(), StageError> {
        self.with_evaluator(|_| ())
    }

    /// Lends an evaluator, once there is one.
    ///
    /// # Errors
    /// When a rule cannot be planned.
    pub fn with_evaluator<T>(&self, work: impl FnOnce(&mut Evaluator) -> T) -> Result<T, StageError> {
        let lent = match self.take() {
            Some(evaluator) => Ok(evaluator),
            None => Evaluator::new(&self.rules, &self.parameters),
        };
        let mut lent = Lent { rulebook: self, evaluator: lent.map_err(|error| self.lost(error)).map(Some)? };
        let evaluator = lent.evaluator.as_mut().expect("it is lent until this ends");
        let outcome = work(evaluator);
        let mut sum = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for (rule, spent) in evaluator.take_spent() {
            let known = sum.entry(rule).or_default();
            *known = known.and(spent);
        }
        drop(sum);
        Ok(outcome)
    }

    /// What each rule took since the process began.
    pub fn spent(&self) -> BTreeMap<RuleId, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One that waits, or none where one more is to be made.
    fn take(&self) -> Option<Evaluator> {
        let most = std::thread::available_parallelism().map_or(1, usize::from);
        let mut pool = self.lock();
        loop {
            if let Some(evaluator) = pool.spare.pop() {
                return Some(evaluator);
            }
            if pool.made < most {
                pool.made += 1;
                return None;
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lost<E>(&self, error: E) -> E {
        self.lock().made -= 1;
        self.returned.notify_one();
        error
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An evaluator that goes back, unless whoever had it panicked.
struct Lent<'a> {
    rulebook: &'a Rulebook,
    evaluator: Option<Evaluator>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let whole = self.evaluator.take().filter(|_| !std::thread::panicking());
        match whole {
            Some(evaluator) => self.rulebook.lock().spare.push(evaluator),
            None => self.rulebook.lock().made -= 1,
        }
        self.rulebook.returned.notify_one();
    }
}
