//! Work that is shared out: each bureau, and each partition of a feed, to one process of a group at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sanzao_journal::{JournalError, Lease, Members, Stream};

use super::{FAULT_RETRY, Guard, RETRY};
use crate::metrics::Status;
use crate::stage::StageError;
use crate::stages::StageName;

/// How long an owner waits for records before it looks whether it still is one.
const OWNER_WAIT: Duration = Duration::from_millis(100);
/// How long who keeps up with an owner waits before it looks what that one has done. Being given the work ends the wait.
const STANDBY_WAIT: Duration = Duration::from_millis(200);

/// What one process of a group does at a time.
pub(super) trait Work: Send + 'static {
    fn name(&self) -> &StageName;
    /// Whether who does it claims what it writes to, and has a state to bring along.
    fn is_claimed(&self) -> bool {
        true
    }
    /// Whether it is this process's now.
    fn is_owner(&self) -> bool;
    /// Makes it this process's, if that is still wanted once what lies in the log is read; says from what it knows where
    /// to go on.
    fn take_over(&mut self, is_wanted: &dyn Fn() -> bool) -> Result<Option<TakenFrom>, StageError>;
    /// Leaves it to another one.
    fn give_up(&mut self);
    /// Works off what has arrived, or keeps up with who does; false when there was nothing.
    fn step(&mut self) -> Result<bool, StageError>;
    /// Waits for more, as its owner.
    fn wait(&self, timeout: Duration) -> Result<bool, StageError>;
    /// Offset of its input up to which it has come, and where that input ends.
    fn progress(&self) -> Result<Option<(u64, u64)>, StageError>;
    fn observe(&self, status: &Status);
    /// Takes back what only an owner tells.
    fn forget(&self, status: &Status);
}

/// How long who was superseded or stands still waits at most before it claims its work again.
const LONGEST_REST: Duration = Duration::from_secs(300);

/// How often the log is asked where an input ends.
const PROGRESS: Duration = Duration::from_secs(5);

/// Where the state comes from with which work is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TakenFrom {
    /// It was kept up all the time.
    Standby,
    /// A snapshot on this process's disk, and the log since.
    Disk,
    /// A snapshot of another one, and the log since.
    Snapshot,
    /// The log.
    Log,
}

impl TakenFrom {
    pub fn as_str(self) -> &'static str {
        match self {
            TakenFrom::Standby => "standby",
            TakenFrom::Disk => "disk",
            TakenFrom::Snapshot => "snapshot",
            TakenFrom::Log => "log",
        }
    }

    fn labels(self, name: &StageName) -> String {
        format!("{},from=\"{}\"", name.labels(), self.as_str())
    }
}

/// Starts a loop for each piece of work, and one that hears from the group whose turn it is.
///
/// # Errors
/// When the system gives no more threads.
pub(super) fn share<W: Work>(
    name: &str,
    members: Box<dyn Members>,
    works: Vec<(Stream, W)>,
    session: Duration,
    status: &Arc<Status>,
) -> Result<Vec<JoinHandle<()>>> {
    let has_settled = Arc::<AtomicBool>::default();
    let (mut threads, mut desks) = (Vec::new(), BTreeMap::new());
    for (stream, work) in works {
        let (give, leases) = channel();
        desks.insert(stream, give);
        status.register(work.name());
        let (has_settled, status) = (Arc::clone(&has_settled), Arc::clone(status));
        let thread = std::thread::Builder::new().name(work.name().shown().to_owned());
        let desk = Desk {
            work,
            leases,
            lease: None,
            given_at: Instant::now(),
            session,
            rest: None,
            setbacks: 0,
            claimed_at: Instant::now(),
            has_settled,
            status,
            progress_at: None,
            stood_at: None,
        };
        threads.push(thread.spawn(move || desk.run()).context("the system gives no more threads")?);
    }
    let (group, status) = (name.to_owned(), Arc::clone(status));
    let hear = move || {
        let _guard = Guard { status: Arc::clone(&status), name: format!("group {group}") };
        hear(&group, members, &desks, &has_settled, &status);
    };
    let thread = std::thread::Builder::new().name(format!("group-{name}"));
    threads.push(thread.spawn(hear).context("the system gives no more threads")?);
    Ok(threads)
}

/// Passes on what the group gives, until everything stops; then leaves it.
fn hear(
    group: &str,
    mut members: Box<dyn Members>,
    desks: &BTreeMap<Stream, Sender<Lease>>,
    has_settled: &AtomicBool,
    status: &Status,
) {
    while !status.is_stopping() {
        match members.next(OWNER_WAIT) {
            Ok(Some(lease)) => {
                // A desk that is gone has stopped everything already.
                if let Some(desk) = desks.get(lease.stream()) {
                    let _ = desk.send(lease);
                }
            }
            Ok(None) => has_settled.store(members.has_settled(), Ordering::Release),
            Err(error) => {
                tracing::error!(group, %error, "stopping");
                status.stop(Some(format!("group {group}: {error}")));
            }
        }
    }
}

/// Until when this process claims nothing, and why.
struct Rest {
    until: Instant,
    why: Setback,
}

/// What keeps a process from its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setback {
    /// Another one has claimed it. While this one waits, the group has time to tell it if the work is another's: two
    /// that both believe to have it would claim it from one another for ever.
    Superseded,
    /// What waiting does not mend: somebody has to.
    Fault,
}

/// What came of a turn.
enum Progress {
    /// It did something.
    Moved,
    /// There was nothing to do; and whether that is known to be all.
    Idle { is_ready: bool },
    /// It waits after a setback, and what was told of that stays true.
    Rests,
}

/// Where one piece of work is done.
struct Desk<W> {
    work: W,
    leases: Receiver<Lease>,
    lease: Option<Lease>,
    given_at: Instant,
    /// After so long without a sign the group takes a member's work away.
    session: Duration,
    rest: Option<Rest>,
    /// How often it was superseded or came to a stand since the group has given it the work, or since it went well for long.
    setbacks: u32,
    claimed_at: Instant,
    has_settled: Arc<AtomicBool>,
    status: Arc<Status>,
    progress_at: Option<Instant>,
    /// Where it stood when that was looked at last.
    stood_at: Option<u64>,
}

impl<W: Work> Desk<W> {
    fn run(mut self) {
        let name = self.work.name().clone();
        // What is counted is there from the start, or the first time would not be seen.
        self.status.add("sanzao_stage_retries_total", name.labels(), 0.0);
        if self.work.is_claimed() {
            self.status.add("sanzao_fenced_total", name.labels(), 0.0);
            self.status.add("sanzao_claims_total", name.labels(), 0.0);
            for from in [TakenFrom::Standby, TakenFrom::Disk, TakenFrom::Snapshot, TakenFrom::Log] {
                self.status.add("sanzao_takeovers_total", &from.labels(&name), 0.0);
            }
        }
        let _guard = Guard { status: Arc::clone(&self.status), name: name.to_string() };
        while !self.status.is_stopping() {
            self.mind_lease();
            match self.turn() {
                Ok(Progress::Moved) => self.status.runs(name.shown(), false),
                Ok(Progress::Idle { is_ready }) => self.status.runs(name.shown(), is_ready),
                Ok(Progress::Rests) => {}
                Err(error) => self.wait_out(&name, &error),
            }
            let held = f64::from(u8::from(self.lease.is_some() && self.work.is_owner()));
            self.status.set("sanzao_lease_held", name.labels(), held);
            self.work.observe(&self.status);
            self.tell_progress(&name);
        }
        self.work.give_up();
    }

    /// How far behind it is, from time to time.
    fn tell_progress(&mut self, name: &StageName) {
        if self.progress_at.is_some_and(|at| at.elapsed() < PROGRESS) {
            return;
        }
        self.progress_at = Some(Instant::now());
        // What the log does not answer now is told the next time.
        let Ok(Some((position, end))) = self.work.progress() else { return };
        let (lag, labels) = (end.saturating_sub(position) as f64, name.labels());
        let (told, other) = match self.work.is_owner() {
            true => ("sanzao_stage_lag_records", "sanzao_standby_lag_records"),
            false => ("sanzao_standby_lag_records", "sanzao_stage_lag_records"),
        };
        self.status.unset(other, labels);
        self.status.set(told, labels, lag);
        if self.work.is_owner() {
            let passed = self.stood_at.map_or(0, |before| position.saturating_sub(before));
            self.status.add("sanzao_stage_records_total", labels, passed as f64);
        }
        self.stood_at = Some(position);
    }

    fn give_up(&mut self) {
        self.work.give_up();
        self.work.forget(&self.status);
        let labels = self.work.name().labels().to_owned();
        self.status.unset("sanzao_stage_lag_records", &labels);
        (self.progress_at, self.stood_at) = (None, None);
    }

    /// Stops when it is somebody else's turn, and notes that it is this one's.
    fn mind_lease(&mut self) {
        if self.lease.as_ref().is_some_and(|lease| !lease.is_held()) {
            tracing::info!(stage = %self.work.name(), "given up: the group has given it to another process");
            self.give_up();
            self.lease = None;
        }
        if self.lease.is_none() {
            self.given(self.leases.try_recv().ok());
        }
    }

    fn given(&mut self, lease: Option<Lease>) {
        if let Some(lease) = lease.filter(Lease::is_held) {
            (self.lease, self.given_at) = (Some(lease), Instant::now());
            (self.rest, self.setbacks) = (None, 0);
        }
    }

    /// One step.
    fn turn(&mut self) -> Result<Progress, StageError> {
        self.rest.take_if(|rest| rest.until <= Instant::now());
        match self.rest.as_ref().map(|rest| rest.why) {
            Some(Setback::Superseded) if self.work.step()? => return Ok(Progress::Rests),
            Some(_) => {
                self.status.pause(STANDBY_WAIT);
                return Ok(Progress::Rests);
            }
            None => {}
        }
        if self.lease.is_some() && !self.work.is_owner() {
            self.take_over()?;
        }
        let started = Instant::now();
        if self.work.step()? {
            if self.work.is_owner() {
                let took = started.elapsed().as_secs_f64();
                self.status.took("sanzao_stage_step_seconds", self.work.name().labels(), took);
            }
            return Ok(Progress::Moved);
        }
        if self.lease.is_some() {
            self.work.wait(OWNER_WAIT)?;
            return Ok(Progress::Idle { is_ready: true });
        }
        let given = self.leases.recv_timeout(STANDBY_WAIT).ok();
        self.given(given);
        Ok(Progress::Idle { is_ready: self.lease.is_none() && self.has_settled.load(Ordering::Acquire) })
    }

    fn take_over(&mut self) -> Result<(), StageError> {
        let (lease, status) = (&self.lease, &self.status);
        let is_wanted = || !status.is_stopping() && lease.as_ref().is_some_and(Lease::is_held);
        // To read may take long, and the group may have given it to another one by then.
        let Some(from) = self.work.take_over(&is_wanted)? else { return Ok(()) };
        self.claimed_at = Instant::now();
        let (name, took) = (self.work.name(), self.given_at.elapsed());
        tracing::info!(stage = %name, from = from.as_str(), took_ms = took.as_millis() as u64, "taken over");
        if !self.work.is_claimed() {
            return Ok(());
        }
        self.status.set("sanzao_takeover_seconds", name.labels(), took.as_secs_f64());
        self.status.add("sanzao_takeovers_total", &from.labels(name), 1.0);
        self.status.add("sanzao_claims_total", name.labels(), 1.0);
        Ok(())
    }

    /// Leaves the work alone for a while, each time for twice as long: what was claimed in vain is not claimed at once
    /// again.
    fn rest(&mut self, why: Setback) {
        let least = match why {
            Setback::Superseded => self.session + self.session / 2,
            Setback::Fault => FAULT_RETRY,
        };
        if self.claimed_at.elapsed() > 2 * LONGEST_REST {
            self.setbacks = 0;
        }
        let pause = (least * 2_u32.pow(self.setbacks.min(16))).min(LONGEST_REST.max(least));
        // What is looked at without a claim costs nothing to look at again.
        self.setbacks += u32::from(self.work.is_owner());
        self.rest = Some(Rest { until: Instant::now() + pause, why });
        self.give_up();
    }

    /// What the log refuses for now is tried again. Who was superseded leaves the work to who did that. Anything else
    /// stops the process if it is alone, because to go on would lose or double something; of several, others go on
    /// with all else.
    fn wait_out(&mut self, name: &StageName, error: &StageError) {
        let labels = name.labels();
        if error.is_retry() {
            tracing::warn!(stage = %name, %error, "waiting, then trying again");
            self.status.add("sanzao_stage_retries_total", labels, 1.0);
            self.status.waits(name.shown(), error.to_string());
            self.status.pause(RETRY);
        } else if let StageError::Journal(JournalError::Fenced { .. }) = error {
            tracing::warn!(stage = %name, %error, "superseded by another process");
            self.status.waits(name.shown(), error.to_string());
            self.status.add("sanzao_fenced_total", labels, 1.0);
            self.rest(Setback::Superseded);
        } else if self.status.is_alone() {
            tracing::error!(stage = %name, %error, "stopping");
            self.status.stop(Some(format!("{name}: {error}")));
        } else {
            if self.status.waits(name.shown(), error.to_string()) {
                tracing::error!(stage = %name, %error, "it stands still, all else goes on");
            }
            self.rest(Setback::Fault);
        }
    }
}
