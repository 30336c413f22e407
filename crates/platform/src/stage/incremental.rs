//! Replays `facts` in steps, evaluating only whom each step touches, and keeps everything found: what
//! `verify` compares with a sweep.

use std::collections::BTreeMap;

use sanzao_journal::{Journal, Stream};
use sanzao_ledger::{Ledger, Touched};
use sanzao_model::{Day, FactsRecord, Finding, RuleId, SubjectId};

use super::StageError;
use super::evaluation::Evaluator;
use crate::received;
use crate::sweep::FindingMap;

const READ_BYTES: usize = 1 << 20;

/// A ledger and the findings about it, kept up step by step.
pub struct Incremental {
    ledger: Ledger,
    evaluator: Evaluator,
    day: Day,
    found: BTreeMap<SubjectId, BTreeMap<(RuleId, String), Finding>>,
}

impl Incremental {
    /// Starts with an empty ledger; all evaluation is as of one day.
    pub fn new(ledger: Ledger, evaluator: Evaluator, day: Day) -> Incremental {
        Incremental { ledger, evaluator, day, found: BTreeMap::new() }
    }

    /// Applies `facts` up to an offset, evaluating after every so many bytes of it.
    ///
    /// # Errors
    /// When the log cannot be read or a rule fails.
    pub fn replay(
        &mut self,
        journal: &dyn Journal,
        facts: &Stream,
        upto: u64,
        told: &dyn Fn(u64),
    ) -> Result<(), StageError> {
        let mut position = journal.begin(facts)?;
        let mut touched = Touched::default();
        while position < upto {
            let batch = journal.read(facts, position, READ_BYTES)?;
            for record in batch.records.iter().filter(|record| record.offset < upto && !record.is_claim()) {
                match decode(facts, record.offset, &record.value)? {
                    FactsRecord::Facts(batch) => touched.extend(self.ledger.apply(&batch).touched),
                    FactsRecord::Erased { person } => {
                        let received = received::at(record);
                        touched.extend(self.ledger.erase_received(person, record.offset, &received));
                    }
                    _ => {}
                }
            }
            if batch.next == position {
                break;
            }
            position = batch.next;
            told(position.min(upto));
            self.evaluate(&std::mem::take(&mut touched))?;
        }
        Ok(())
    }

    fn evaluate(&mut self, touched: &Touched) -> Result<(), StageError> {
        let scope = self.ledger.scope(touched);
        let mut results = Vec::new();
        self.evaluator.evaluate(&self.ledger, &[scope], self.day, &mut |_, tables, evaluation| {
            results.push((tables.subjects.clone(), evaluation));
        });
        for (subjects, evaluation) in results {
            for subject in &subjects {
                self.found.remove(subject);
            }
            let mut map = FindingMap::new();
            self.evaluator.collect(evaluation, &mut map).map_err(StageError::Broken)?;
            for ((rule, subject, occasion), finding) in map {
                self.found.entry(subject).or_default().insert((rule, occasion), finding);
            }
        }
        Ok(())
    }

    /// Everything found.
    pub fn into_map(self) -> FindingMap {
        let mut map = FindingMap::new();
        for (subject, findings) in self.found {
            for ((rule, occasion), finding) in findings {
                map.insert((rule, subject, occasion), finding);
            }
        }
        map
    }
}

fn decode(facts: &Stream, offset: u64, value: &[u8]) -> Result<FactsRecord, StageError> {
    FactsRecord::from_bytes(value).map_err(|error| StageError::Record {
        stream: facts.to_string(),
        offset,
        error: error.to_string(),
    })
}
