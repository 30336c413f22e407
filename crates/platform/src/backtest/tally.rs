//! Counts what two sets find, day by day: who, where and when, and nothing else of a finding.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use sanzao_discovery::{Evaluation, Found};
use sanzao_model::{Day, Division, SubjectId};

use super::line_up::LineUp;
use super::{Of, Steps};

/// The town of somebody who is registered nowhere that is known.
pub(crate) const UNKNOWN_TOWN: &str = "unknown";

/// An item: by rule, subject and occasion it is the same for ever.
type Key = (usize, SubjectId, Box<str>);

/// One item, in both sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    pub(crate) division: Option<Division>,
    /// Days on which it was found, of each set.
    pub(crate) days: [u32; 2],
    /// First and last step on which one of them found it.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Found on some day by both, with other values or another day when it is due.
    pub(crate) has_other_values: bool,
    /// Whether it was found on the last day on which its rule could be evaluated.
    pub(crate) here: [bool; 2],
    /// What is found today: a hash of its values.
    today: [Option<u64>; 2],
}

impl Track {
    /// Whether both sets found it as often, and with the same values.
    pub(crate) fn is_same(&self) -> bool {
        self.days[0] == self.days[1] && !self.has_other_values
    }
}

/// What happened with a rule in a town.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Found on the first day.
    pub(crate) at_start: [u64; 2],
    /// Found on a day and not the one before, by week.
    pub(crate) opened: [BTreeMap<usize, u64>; 2],
    /// Found on a day and not on the one after.
    pub(crate) gone: [u64; 2],
}

/// A rule that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) days: Vec<Day>,
    /// Of the first time.
    pub(crate) reason: String,
}

/// Everything counted so far.
pub struct Tally {
    pub(crate) line_up: LineUp,
    pub(crate) steps: Steps,
    pub(crate) items: HashMap<Key, Track>,
    pub(crate) cells: BTreeMap<(usize, String), Cell>,
    pub(crate) failures: BTreeMap<(usize, Of), Failure>,
    /// Rules that failed today.
    failed: Vec<(usize, Of)>,
    /// Days that are done.
    done: usize,
}

impl Tally {
    /// Nothing yet.
    pub fn new(line_up: LineUp, steps: Steps) -> Tally {
        Tally {
            line_up,
            steps,
            items: HashMap::new(),
            cells: BTreeMap::new(),
            failures: BTreeMap::new(),
            failed: Vec::new(),
            done: 0,
        }
    }

    /// Takes what the current set and the draft say of some people on the day that is evaluated.
    pub fn take(&mut self, evaluations: Vec<Evaluation>) {
        for (of, evaluation) in Of::BOTH.into_iter().zip(evaluations) {
            for found in &evaluation.findings {
                let rule = self.line_up.place(of, found.rule);
                self.note(rule, of, found);
                if self.line_up.entries[rule].is_shared {
                    self.note(rule, Of::Draft, found);
                }
            }
            for (rule, reason) in evaluation.failed {
                let rule = self.line_up.place(of, rule);
                self.fail(rule, of, &reason);
                if self.line_up.entries[rule].is_shared {
                    self.fail(rule, Of::Draft, &reason);
                }
            }
        }
    }

    fn note(&mut self, rule: usize, of: Of, found: &Found) {
        let mut values = DefaultHasher::new();
        (&found.finding.values, found.finding.due).hash(&mut values);
        let key = (rule, found.subject, found.finding.occasion.as_str().into());
        let item = self.items.entry(key).or_insert_with(|| Track { first: self.done, ..Track::default() });
        item.division = found.division;
        item.today[of.place()] = Some(values.finish());
    }

    fn fail(&mut self, rule: usize, of: Of, reason: &str) {
        if self.failed.contains(&(rule, of)) {
            return;
        }
        self.failed.push((rule, of));
        let failure = || Failure { days: Vec::new(), reason: reason.to_owned() };
        self.failures.entry((rule, of)).or_insert_with(failure).days.push(self.steps.days()[self.done]);
    }

    /// Everybody has been evaluated as of the day: what is new, and what is gone. Of a rule that failed nothing is
    /// either (design, invariant 2).
    pub fn end_day(&mut self) {
        let day = self.steps.days()[self.done];
        let week = self.steps.week_of(day);
        for ((rule, ..), item) in &mut self.items {
            if let [Some(one), Some(other)] = item.today {
                item.has_other_values |= one != other;
            }
            for of in Of::BOTH {
                let side = of.place();
                let found = item.today[side].take().is_some();
                if self.failed.contains(&(*rule, of)) {
                    continue;
                }
                if found {
                    item.days[side] += 1;
                    item.last = self.done;
                }
                let was_here = std::mem::replace(&mut item.here[side], found);
                if found == was_here {
                    continue;
                }
                let cell = self.cells.entry((*rule, town(item.division))).or_default();
                match (found, week) {
                    (true, None) => cell.at_start[side] += 1,
                    (true, Some(week)) => *cell.opened[side].entry(week).or_default() += 1,
                    (false, _) => cell.gone[side] += 1,
                }
            }
        }
        self.failed.clear();
        self.done += 1;
    }

    /// Whether a rule failed on some day in one of the sets: then nothing is said about what they differ in.
    pub(crate) fn is_unknown(&self, rule: usize) -> bool {
        Of::BOTH.into_iter().any(|of| self.failures.contains_key(&(rule, of)))
    }
}

/// The town of a division: its first nine digits.
pub(crate) fn town(division: Option<Division>) -> String {
    division.map_or_else(|| UNKNOWN_TOWN.to_owned(), |division| division.to_string()[..9].to_owned())
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
