//! When to evaluate, whom, and what to send of it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use sanzao_api::Completeness;
use sanzao_casework::outcomes::{Census, Population};
use sanzao_discovery::Evaluation;
use sanzao_journal::{Commit, NewRecord, Write};
use sanzao_ledger::{NamedBy, Scope, Tables, Touched};
use sanzao_model::{Day, FactsRecord, Feed, FindingBatch, InboxRecord, Level, SubjectId, Suspension};
use sanzao_traces::OpenSpan;

use super::DiscoveryStage;
use super::follow::Evaluated;
use crate::stage::StageError;
use crate::stage::evaluation::SWEEP_PEOPLE;
use crate::stage::on_record::{OnRecord, RulesHeard};
use crate::stage::since::stamped;
use crate::stage::traced::traced;

/// Levels of one record of `inbox`.
const LEVELS_PER_RECORD: usize = 1_000;
/// With more events than this waiting for intake, what is known is half-loaded: evaluation waits.
const BACKLOG_EVENTS: u64 = 5_000;
/// Parts of the residents that an idle step counts: some 16,000 people, in about 0.2 s. One that has something to do
/// counts one part, so that who is never idle comes to an end, too.
const PARTS_PER_STEP: usize = 4;

impl DiscoveryStage {
    /// Evaluates what changed since the last time, if now is a time to do so.
    pub(super) fn evaluate(&mut self) -> Result<bool, StageError> {
        let (Some(owner), Some(day)) = (self.part.owner(), self.day) else { return Ok(false) };
        if self.on_record.hash.as_ref() != Some(&owner.rulebook.hash) {
            self.record_rules()?;
            return Ok(true);
        }
        let new_day = self.evaluated_day != Some(day);
        if let Some(owner) = self.part.owner_mut().filter(|owner| !owner.freshness.has_looked()) {
            owner.freshness.look(&self.ledger, day);
        }
        let differs = self.new_suspensions(day).is_some();
        if !(new_day || self.sweep_due || !self.touched.is_empty() || differs) {
            self.count_once(day, PARTS_PER_STEP);
            // What changes nothing, as a duplicate, is judged with that.
            let span = self.follow.found(self.bureau, self.position, &[], false);
            span.into_iter().for_each(OpenSpan::end);
            return Ok(false);
        }
        if !self.loads.is_empty() || self.is_backlog()? {
            return Ok(false);
        }
        if let Some(owner) = self.part.owner_mut().filter(|_| new_day || self.sweep_due) {
            owner.freshness.look(&self.ledger, day);
        }
        let suspensions = self.new_suspensions(day);
        let differs = suspensions.is_some();
        suspensions.into_iter().for_each(|suspensions| self.suspend(suspensions));
        let sweep = new_day || self.sweep_due || self.touched.len() > self.ledger.people_count() / 8;
        if sweep {
            self.count_completeness(day);
            self.count_people(day);
        }
        let levels = if sweep { self.sweep(day)? } else { self.evaluate_touched(day)? };
        if !sweep {
            self.count_once(day, 1);
        }
        // A new day and new rules are told also where nothing differs: `inbox` then says by what it was judged.
        let span = self.follow.found(self.bureau, self.position, &levels, sweep);
        self.queue_levels(day, new_day, self.sweep_due || differs, levels, span.as_ref());
        self.follow.until_written(span);
        self.touched = Touched::default();
        self.evaluated_day = Some(day);
        self.sweep_due = false;
        Ok(true)
    }

    /// The rules that are suspended now, where they are others than casework knows of.
    fn new_suspensions(&self, day: Day) -> Option<Vec<Suspension>> {
        let owner = self.part.owner()?;
        let suspensions = owner.freshness.suspensions(&self.ledger, day);
        (suspensions != owner.suspensions).then_some(suspensions)
    }

    /// Notes which rules are suspended now, if others than casework knows of: nothing of what was held back may be lost,
    /// so that everything is evaluated when a rule comes back.
    fn suspend(&mut self, suspensions: Vec<Suspension>) {
        let Some(owner) = self.part.owner_mut() else { return };
        let is_still = |before: &Suspension| {
            suspensions
                .iter()
                .any(|now| (&now.rule, now.feed, &now.area) == (&before.rule, before.feed, &before.area))
        };
        self.sweep_due |= !owner.suspensions.iter().all(is_still);
        owner.findings.suspend(&suspensions);
        owner.suspensions = suspensions;
    }

    /// What each sweep counts, once before the first one: when findings are as current as they can be. People are counted
    /// in parts over several steps, between which what arrives is worked off: nothing waits for seconds after a take-over.
    fn count_once(&mut self, day: Day, parts: usize) {
        if !self.loads.is_empty() {
            return;
        }
        if self.completeness.is_none() {
            self.count_completeness(day);
        }
        if self.population.is_none() {
            let (census, place) = self.census.get_or_insert_with(|| (Census::new(self.bureau, day), 0));
            for _ in 0..parts {
                let Some((residents, rest)) = self.ledger.residents_from(*place, day) else {
                    let census = self.census.take();
                    self.population = census.map(|(census, _)| Arc::new(census.finish()));
                    return;
                };
                census.count(residents);
                *place = rest;
            }
        }
    }

    /// Of a whole ledger it takes a moment.
    fn count_completeness(&mut self, day: Day) {
        let NamedBy { registry_people, named } = self.ledger.named_by();
        self.completeness = Some(Completeness { day, registry_people, named });
    }

    /// As [`DiscoveryStage::count_completeness`]; of a million people it takes seconds.
    fn count_people(&mut self, day: Day) {
        self.census = None;
        self.population = Some(Arc::new(Population::of(self.bureau, day, self.ledger.residents(day))));
    }

    /// Tells somebody of rules and parameters before they hold: where that fails, they do not.
    pub(crate) fn tell_of_rules(&mut self, heard: RulesHeard) {
        self.heard = Some(heard);
    }

    /// Puts on record by which rules and parameters findings are made from here on.
    fn record_rules(&mut self) -> Result<(), StageError> {
        let Some(owner) = self.part.owner() else { return Ok(()) };
        let rulebook = &owner.rulebook;
        if let Some(heard) = &self.heard {
            let (rules, parameters) = (rulebook.rules.files(), rulebook.parameters_toml.clone());
            heard(&self.on_record, &OnRecord { hash: Some(rulebook.hash.clone()), rules, parameters })?;
        }
        self.say(&[
            FactsRecord::Parameters { toml: rulebook.parameters_toml.clone() },
            FactsRecord::Rules { hash: rulebook.hash.clone(), files: rulebook.rules.files() },
        ])
    }

    /// Whether so much waits for intake that the ledger is half-loaded.
    fn is_backlog(&self) -> Result<bool, StageError> {
        let mut waiting = 0;
        for feed in Feed::ALL {
            for partition in 0..self.topics.feed_partitions() {
                let stream = self.topics.feed(feed, partition);
                let read = match self.journal.committed("intake", &stream)? {
                    Some(read) => read,
                    None => self.journal.begin(&stream)?,
                };
                waiting += self.journal.end(&stream)?.saturating_sub(read);
            }
        }
        Ok(waiting > BACKLOG_EVENTS)
    }

    fn evaluate_touched(&mut self, day: Day) -> Result<Vec<Level>, StageError> {
        let scope = self.ledger.scope(&self.touched);
        Ok(self.evaluate_scopes(&[scope], day)?.0)
    }

    fn sweep(&mut self, day: Day) -> Result<Vec<Level>, StageError> {
        let scopes: Vec<Scope> = self.ledger.sweep(SWEEP_PEOPLE).collect();
        let (mut levels, swept) = self.evaluate_scopes(&scopes, day)?;
        if let Some(owner) = self.part.owner_mut() {
            // Households that are no more were in no scope: nothing is found about them.
            let held = owner.findings.all().into_iter().map(|level| level.subject);
            let gone: BTreeSet<SubjectId> = held.filter(|subject| !swept.contains(subject)).collect();
            let tables = Tables { as_of: day, subjects: gone.into_iter().collect(), ..Tables::default() };
            levels.extend(owner.findings.update(&tables, &Evaluation::default()));
            levels.append(&mut owner.retired);
        }
        Ok(levels)
    }

    /// The levels that differ from those sent before, by rule and subject, and all subjects decided.
    fn evaluate_scopes(
        &mut self,
        scopes: &[Scope],
        day: Day,
    ) -> Result<(Vec<Level>, HashSet<SubjectId>), StageError> {
        let (mut levels, mut decided) = (Vec::new(), HashSet::new());
        let Some(owner) = self.part.owner_mut() else { return Ok((levels, decided)) };
        let (ledger, findings) = (&self.ledger, &mut owner.findings);
        let began = self.follow.now();
        let rules = owner.rulebook.with_evaluator(|evaluator| {
            evaluator.evaluate(ledger, scopes, day, &mut |_, tables, evaluation| {
                levels.extend(findings.update(tables, &evaluation));
                decided.extend(tables.subjects.iter().copied());
            });
            evaluator.rules_run()
        })?;
        levels.sort_by(|a, b| (&a.rule, a.subject).cmp(&(&b.rule, b.subject)));
        let people = scopes.iter().map(|scope| scope.people_count() as u64).sum::<u64>();
        self.evaluations.0 += 1;
        self.evaluations.1 += people;
        if self.follow.is_following() {
            let (ended, scopes) = (self.follow.now(), scopes.len());
            self.follow.note_evaluated(Evaluated { began, ended, people, scopes, rules });
        }
        Ok((levels, decided))
    }

    /// `anyway` makes a record also where no level differs.
    fn queue_levels(
        &mut self,
        day: Day,
        new_day: bool,
        anyway: bool,
        levels: Vec<Level>,
        span: Option<&OpenSpan>,
    ) {
        // Receipts up to here are written; said again each day, so that no broker forgets it.
        let commits = ["discovery", "receipts"].map(|consumer| Commit {
            consumer: consumer.into(),
            stream: self.facts.clone(),
            offset: self.position,
        });
        let mut records = Vec::new();
        let chunks = levels.len().div_ceil(LEVELS_PER_RECORD).max(usize::from(new_day || anyway));
        let mut levels = levels.into_iter();
        for chunk in 0..chunks {
            let batch = FindingBatch {
                upto: self.position,
                day,
                new_day,
                ages: self.ledger.ages().into_iter().map(|age| age.on(day)).collect(),
                levels: levels.by_ref().take(LEVELS_PER_RECORD).collect(),
                suspensions: self.part.owner().map_or(Vec::new(), |owner| owner.suspensions.clone()),
                more: chunk + 1 < chunks,
            };
            let value = InboxRecord::Findings(batch).to_bytes();
            let record = stamped(NewRecord { value, ..NewRecord::default() }, self.since_ms);
            records.push(traced(record, span));
        }
        self.since_ms = None;
        let inbox = self.topics.inbox(self.bureau);
        let appends = if records.is_empty() { Vec::new() } else { vec![(inbox, records)] };
        self.pending.push_back(Write { appends, commits: commits.into() });
        if let Some(owner) = self.part.owner_mut() {
            owner.told_upto = self.position;
        }
    }
}
