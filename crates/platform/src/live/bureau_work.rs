//! A bureau's discovery and casework, as work that is shared out.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sanzao_journal::JournalError;
use sanzao_model::{Bureau, Day};

use super::publisher::Publisher;
use super::recorded;
use super::work::{TakenFrom, Work};
use crate::audit_log::Audit;
use crate::clock;
use crate::metrics::Status;
use crate::pipeline::Pipeline;
use crate::stage::{CaseworkStage, DiscoveryStage, KEPT_UP, StageError};
use crate::stages::StageName;

/// How often an owner looks which day it is.
const DAY_CHECK: Duration = Duration::from_secs(20);
/// For how long a bureau is somebody else's before its snapshots here are deleted: nobody takes erasures out of them. Long
/// enough for that one to have written some of its own, which it does each day.
const UNKEPT: Duration = Duration::from_secs(48 * 3600);
/// How often an owner looks by how much the log's clock differs from its own, beside each time a day begins.
const CLOCK_CHECK: Duration = Duration::from_secs(3600);
/// A clock that differs by more than this from that of the log is wrong.
const CLOCK_TOLERANCE_MS: i64 = 60_000;

/// What every worker of bureaus knows.
#[derive(Clone)]
pub(super) struct Office {
    pub pipeline: Arc<Pipeline>,
    pub audit: Arc<Audit>,
    pub status: Arc<Status>,
    /// Names the process in its claims.
    pub owner: String,
    /// Evaluate as of this day; without it, as of today's.
    pub day: Option<Day>,
}

/// A bureau's ledger and findings.
pub(super) struct DiscoveryWork {
    name: StageName,
    bureau: Bureau,
    office: Office,
    stands_by: bool,
    stage: Option<DiscoveryStage>,
    /// When it looked last whether a day has begun, and when by which clock days begin.
    looked_at: Option<Instant>,
    clock_at: Option<Instant>,
    /// The day of the log that was told to be later than the one that was asked for.
    warned_of: Option<Day>,
    publisher: Publisher,
    /// Evaluations of which the time of rules was told.
    told_evaluations: Cell<u64>,
    /// Since when it neither owns the bureau nor stands by for it; none once its snapshots are deleted.
    unkept_since: Option<Instant>,
}

impl DiscoveryWork {
    pub fn new(office: Office, bureau: Bureau, stands_by: bool) -> DiscoveryWork {
        let name = StageName::of_bureau("discovery", bureau);
        DiscoveryWork {
            name,
            bureau,
            office,
            stands_by,
            stage: None,
            looked_at: None,
            clock_at: None,
            warned_of: None,
            publisher: Publisher::default(),
            told_evaluations: Cell::default(),
            unkept_since: Some(Instant::now()),
        }
    }

    /// The stage, restored where it is not there yet.
    fn stage(&mut self) -> Result<&mut DiscoveryStage, StageError> {
        if self.stage.is_none() {
            let mut stage = self.office.pipeline.standby(self.bureau)?;
            stage.tell_of_rules(recorded::rules_heard(Arc::clone(&self.office.audit)));
            self.stage = Some(stage);
        }
        Ok(self.stage.as_mut().expect("it was restored above"))
    }

    /// Deletes the snapshots of a bureau that is kept elsewhere.
    fn leave_nothing(&mut self) {
        if self.unkept_since.is_none_or(|since| since.elapsed() < UNKEPT) {
            return;
        }
        // While the log does not answer nobody knows whose it is.
        let pipeline = &self.office.pipeline;
        if pipeline.journal.end(&pipeline.topics.facts(self.bureau)).is_err() {
            self.unkept_since = Some(Instant::now());
            return;
        }
        self.unkept_since = None;
        match self.office.pipeline.snapshots().remove_all(self.bureau) {
            Ok(0) => {}
            Ok(objects) => {
                tracing::info!(bureau = %self.bureau, objects, "kept elsewhere: its snapshots here are deleted")
            }
            Err(error) => {
                tracing::warn!(bureau = %self.bureau, %error, "kept elsewhere, and its snapshots here are not deleted");
                self.unkept_since = Some(Instant::now());
            }
        }
    }

    /// Tells other processes what this one has counted; there are none where the log is of one.
    fn tell_others(&mut self) -> Result<(), StageError> {
        let Some(stage) = self.stage.as_ref().filter(|_| !self.office.pipeline.is_exclusive) else {
            return Ok(());
        };
        let table = self.office.status.outcomes(self.bureau).table();
        let Some(overview) = self.publisher.due(stage, table) else { return Ok(()) };
        match stage.publish(overview) {
            Err(error @ StageError::Journal(JournalError::Fenced { .. })) => Err(error),
            // What is only shown holds nobody up.
            Err(error) => {
                tracing::warn!(bureau = %self.bureau, %error, "what others show of it stays as it was");
                self.publisher.failed();
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tells the log of each new day.
    fn keep_day(&mut self) -> Result<(), StageError> {
        if self.looked_at.is_some_and(|at| at.elapsed() < DAY_CHECK) {
            return Ok(());
        }
        let Some(stage) = &mut self.stage else { return Ok(()) };
        if let Some(asked) = self.office.day {
            if stage.day().is_none_or(|day| day < asked) {
                stage.tick(asked)?;
            } else if self.warned_of != stage.day() && stage.day() > Some(asked) {
                self.warned_of = stage.day();
                let reached = self.warned_of.map(tracing::field::display);
                tracing::warn!(bureau = %self.bureau, %asked, reached, "the log has reached a later day than --day says: it goes on by its own");
            }
        } else {
            let has_begun = |stage: &DiscoveryStage| {
                let today = clock::day_at(clock::now_millis() + stage.log_ahead_ms());
                stage.day().is_none_or(|day| day < today).then_some(today)
            };
            // A clock may have been set since, and what takes a day for begun must not go by the old difference.
            let is_old = self.clock_at.is_none_or(|at| at.elapsed() >= CLOCK_CHECK);
            if !self.office.pipeline.is_exclusive && (is_old || has_begun(stage).is_some()) {
                if let Err(error) = stage.look_at_clock() {
                    tracing::warn!(bureau = %self.bureau, %error, "the log's clock cannot be looked at: no day begins until it can");
                    self.looked_at = Some(Instant::now());
                    return Ok(());
                }
                self.clock_at = Some(Instant::now());
                tell_of_clock(stage);
            }
            if let Some(today) = has_begun(stage) {
                stage.tick(today)?;
            }
        }
        self.looked_at = Some(Instant::now());
        Ok(())
    }
}

fn tell_of_clock(stage: &DiscoveryStage) {
    let ahead_ms = stage.log_ahead_ms();
    if ahead_ms.abs() > CLOCK_TOLERANCE_MS {
        tracing::error!(
            seconds = ahead_ms / 1000,
            "the log's clock is ahead of this machine's by so much: days begin by the log's; set this one right"
        );
    }
}

impl Work for DiscoveryWork {
    fn name(&self) -> &StageName {
        &self.name
    }

    fn is_owner(&self) -> bool {
        self.stage.as_ref().is_some_and(DiscoveryStage::is_owner)
    }

    fn take_over(&mut self, is_wanted: &dyn Fn() -> bool) -> Result<Option<TakenFrom>, StageError> {
        let owner = self.office.owner.clone();
        let was_kept_up = self.stage.as_ref().is_some_and(DiscoveryStage::is_kept_up);
        let stage = self.stage()?;
        let from = match stage.snapshots() {
            _ if was_kept_up => TakenFrom::Standby,
            _ if stage.started_at() == 0 => TakenFrom::Log,
            Some(snapshots) if snapshots.was_near => TakenFrom::Disk,
            _ => TakenFrom::Snapshot,
        };
        stage.prepare(is_wanted)?;
        if !is_wanted() {
            return Ok(None);
        }
        stage.take_over(&owner)?;
        tell_of_clock(stage);
        (self.looked_at, self.clock_at) = (None, Some(Instant::now()));
        Ok(Some(from))
    }

    fn give_up(&mut self) {
        self.publisher.forget();
        match &mut self.stage {
            Some(stage) if self.stands_by => stage.give_up(),
            stage => (*stage, self.unkept_since) = (None, Some(Instant::now())),
        }
    }

    fn step(&mut self) -> Result<bool, StageError> {
        if self.is_owner() {
            self.keep_day()?;
        } else if !self.stands_by {
            self.leave_nothing();
            return Ok(false);
        }
        let has_moved = self.stage()?.step()?;
        if !has_moved && self.is_owner() {
            self.tell_others()?;
        }
        Ok(has_moved)
    }

    fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        self.stage.as_ref().map_or(Ok(false), |stage| stage.wait(timeout))
    }

    fn progress(&self) -> Result<Option<(u64, u64)>, StageError> {
        let Some(stage) = &self.stage else { return Ok(None) };
        let end = self.office.pipeline.journal.end(&self.office.pipeline.topics.facts(self.bureau))?;
        Ok(Some((stage.position(), end)))
    }

    fn forget(&self, status: &Status) {
        status.forget(self.bureau);
    }

    fn observe(&self, status: &Status) {
        let Some(stage) = &self.stage else { return };
        let labels = format!("bureau=\"{}\"", self.bureau);
        let set = |name: &'static str, value: f64| status.set(name, &labels, value);
        let (facts, events) = stage.ledger().counts();
        status.set("sanzao_stage_offset", self.name.labels(), stage.position() as f64);
        set("sanzao_ledger_facts", facts as f64);
        set("sanzao_ledger_events", events as f64);
        set("sanzao_ledger_people", stage.ledger().people_count() as f64);
        if let Some(snapshots) = stage.snapshots() {
            set("sanzao_snapshot_offset", snapshots.offset.unwrap_or(0) as f64);
            set("sanzao_snapshot_age_seconds", snapshots.age_seconds());
            set("sanzao_snapshot_failures_total", snapshots.failures as f64);
        }
        if !stage.is_owner() {
            return;
        }
        if self.told_evaluations.replace(stage.evaluations.0) != stage.evaluations.0 {
            for (rule, spent) in self.office.pipeline.rulebook().spent() {
                let labels = format!("rule=\"{rule}\"");
                status.set("sanzao_rule_seconds_total", &labels, spent.time.as_secs_f64());
                status.set("sanzao_rule_batches_total", &labels, spent.batches as f64);
                status.set("sanzao_rule_failures_total", &labels, spent.failures as f64);
            }
        }
        set("sanzao_evaluations_total", stage.evaluations.0 as f64);
        set("sanzao_evaluated_people_total", stage.evaluations.1 as f64);
        set("sanzao_clock_ahead_seconds", -stage.log_ahead_ms() as f64 / 1e3);
        for age in stage.ledger().ages() {
            let labels = format!("{labels},feed=\"{}\"", age.feed);
            status.set("sanzao_feed_newest_timestamp_seconds", &labels, age.newest.0 as f64 / 1e9);
        }
        status.set_loads(self.bureau, stage.open_loads().iter().cloned());
        status.set_suspended(self.bureau, stage.suspensions());
        status.set_completeness(self.bureau, stage.completeness.clone());
        status.outcomes(self.bureau).set_population(stage.population.clone());
        let today = clock::today();
        status.set_ahead(self.bureau, stage.day().filter(|day| *day > today));
    }
}

/// A bureau's alerts and tasks.
pub(super) struct CaseworkWork {
    name: StageName,
    bureau: Bureau,
    office: Office,
    stands_by: bool,
    stage: CaseworkStage,
    caught_up_at: Option<Instant>,
}

impl CaseworkWork {
    pub fn new(office: Office, bureau: Bureau, stands_by: bool) -> CaseworkWork {
        let (name, stage) =
            (StageName::of_bureau("casework", bureau), office.pipeline.casework_standby(bureau));
        CaseworkWork { name, bureau, office, stands_by, stage, caught_up_at: None }
    }
}

impl CaseworkWork {
    fn is_kept_up(&self) -> bool {
        self.caught_up_at.is_some_and(|at| at.elapsed() < KEPT_UP)
    }
}

impl Work for CaseworkWork {
    fn name(&self) -> &StageName {
        &self.name
    }

    fn is_owner(&self) -> bool {
        self.stage.is_owner()
    }

    fn take_over(&mut self, is_wanted: &dyn Fn() -> bool) -> Result<Option<TakenFrom>, StageError> {
        let from = if self.is_kept_up() { TakenFrom::Standby } else { TakenFrom::Log };
        self.stage.prepare(is_wanted)?;
        if !is_wanted() {
            return Ok(None);
        }
        self.stage.take_over(&self.office.owner)?;
        Ok(Some(from))
    }

    fn give_up(&mut self) {
        self.stage.give_up();
        if !self.stands_by {
            self.stage = self.office.pipeline.casework_standby(self.bureau);
            self.caught_up_at = None;
        }
    }

    fn step(&mut self) -> Result<bool, StageError> {
        if !self.stage.is_owner() && !self.stands_by {
            return Ok(false);
        }
        let moved = self.stage.step()?;
        if !moved {
            self.caught_up_at = Some(Instant::now());
        }
        Ok(moved)
    }

    fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        self.stage.wait(timeout)
    }

    fn progress(&self) -> Result<Option<(u64, u64)>, StageError> {
        let (stream, position) = self.stage.input();
        Ok(Some((position, self.office.pipeline.journal.end(stream)?)))
    }

    fn forget(&self, status: &Status) {
        status.forget(self.bureau);
    }

    fn observe(&self, status: &Status) {
        status.set("sanzao_stage_offset", self.name.labels(), self.stage.state().upto() as f64);
        // Discovery's owner counts the residents, and this process may be that of one and keep up with the other.
        if self.stage.is_owner() || self.is_kept_up() {
            status.outcomes(self.bureau).count(self.stage.state());
        }
        if !self.stage.is_owner() {
            return;
        }
        for (state, count) in self.stage.state().counts().by_state() {
            let labels = format!("bureau=\"{}\",state=\"{state}\"", self.bureau);
            status.set("sanzao_items", &labels, count as f64);
        }
    }
}
