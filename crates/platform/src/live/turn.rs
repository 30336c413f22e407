//! The turn to do what one process of an installation does: to keep its vault, and to tell departments beside it.
//!
//! Both rest on files of this process, so that nobody takes over by itself: a second process is refused, and one that lost
//! its turn waits until it is given it again.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sanzao_journal::{Lease, Members, Membership};

use super::Guard;
use crate::config::Workers;
use crate::identities::Identities;
use crate::metrics::Status;
use crate::pipeline::Pipeline;

/// How often it is looked whether it still is this process's turn.
const LOOK: Duration = Duration::from_millis(100);
/// How long a start waits beyond a session: one that died has its turn until then, and groups take a moment to share out.
const PATIENCE: Duration = Duration::from_secs(10);
/// Why nothing is done meanwhile.
pub(super) const NOT_OURS: &str =
    "it is not the turn of this process: another one runs stage vault, or the brokers do not answer";

/// Whose turn it is.
pub(super) enum Turn {
    /// Nobody else can have it.
    Ours,
    /// That of a member of a group, who believes it for no longer than a session since the group was heard of last: one
    /// that was stopped and goes on knows at once that it knows nothing.
    Until(Mutex<Instant>),
}

impl Turn {
    /// Whether it is this process's turn now.
    pub fn is_ours(&self) -> bool {
        match self {
            Turn::Ours => true,
            Turn::Until(until) => Instant::now() < *until.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn set(&self, until: Instant) {
        if let Turn::Until(ours) = self {
            *ours.lock().unwrap_or_else(PoisonError::into_inner) = until;
        }
    }
}

/// Who has the turn, and speaks with the group.
pub(super) struct Keeper {
    turn: Arc<Turn>,
    session: Duration,
    held: Option<(Box<dyn Members>, Lease)>,
}

impl Keeper {
    /// Waits for the turn.
    ///
    /// # Errors
    /// When another process has it and keeps it, or the log refuses.
    pub fn wait(pipeline: &Pipeline, workers: &Workers) -> Result<Keeper> {
        let session = Duration::from_secs(workers.session_seconds.into());
        if pipeline.is_exclusive {
            return Ok(Keeper { turn: Arc::new(Turn::Ours), session, held: None });
        }
        // Any topic of one partition does: what is shared out is the turn.
        let membership = Membership {
            group: "vault".to_owned(),
            topic: pipeline.topics.probe().topic,
            fixed_name: workers.fixed_name.then(|| pipeline.topics.node().to_owned()),
            session_timeout: session,
        };
        let mut members = pipeline.journal.join(&membership)?;
        let lease = loop {
            if let Some(lease) = members.next(session + PATIENCE)? {
                break lease;
            }
            ensure!(
                !members.has_settled(),
                "another process of this installation runs stage vault: vault and exchange rest on files of one process; \
                 leave them to that one (--stages), or stop it first and bring its files here"
            );
            tracing::warn!("the brokers do not say whose turn it is to run vault and exchange: waiting");
        };
        let turn = Turn::Until(Mutex::new(Instant::now() + session));
        Ok(Keeper { turn: Arc::new(turn), session, held: Some((members, lease)) })
    }

    /// Whose turn it is, from now on.
    pub fn turn(&self) -> Arc<Turn> {
        Arc::clone(&self.turn)
    }

    /// Goes on listening to the group, in a thread of its own; nobody here uses the vault while it is not this process's
    /// turn.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn listen(self, identities: Arc<Identities>, status: Arc<Status>) -> Result<Option<JoinHandle<()>>> {
        let Keeper { turn, session, held: Some((members, lease)) } = self else { return Ok(None) };
        let run = move || {
            let _guard = Guard { status: Arc::clone(&status), name: "group vault".to_owned() };
            Listener { turn, session, members, lease: Some(lease), identities, status }.run();
        };
        let thread = std::thread::Builder::new().name("group-vault".into());
        Ok(Some(thread.spawn(run).context("the system gives no more threads")?))
    }
}

struct Listener {
    turn: Arc<Turn>,
    session: Duration,
    members: Box<dyn Members>,
    lease: Option<Lease>,
    identities: Arc<Identities>,
    status: Arc<Status>,
}

impl Listener {
    fn run(&mut self) {
        while !self.status.is_stopping() {
            let is_held = self.lease.as_ref().is_some_and(Lease::is_held);
            if is_held && self.turn.is_ours() {
                self.turn.set(Instant::now() + self.session);
                self.status.pause(LOOK);
            } else if is_held {
                // It was stopped for longer than a session: the group has as long to say that the turn is another's.
                self.leave("it stood still for longer than a session");
                self.status.pause(self.session);
                if self.lease.as_ref().is_some_and(Lease::is_held) {
                    self.go_on();
                }
            } else {
                if self.lease.take().is_some() {
                    self.leave("the group has taken it away");
                }
                match self.members.next(LOOK) {
                    Ok(Some(lease)) => {
                        self.lease = Some(lease);
                        self.go_on();
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::error!(group = "vault", %error, "stopping");
                        self.status.stop(Some(format!("group vault: {error}")));
                    }
                }
            }
        }
    }

    fn leave(&self, why: &str) {
        tracing::warn!(why, "vault and exchange wait: it may be another process's turn");
        self.turn.set(Instant::now());
        self.identities.leave_to_others();
    }

    fn go_on(&self) {
        tracing::info!("vault and exchange go on: it is the turn of this process");
        self.turn.set(Instant::now() + self.session);
        self.identities.come_back();
    }
}
