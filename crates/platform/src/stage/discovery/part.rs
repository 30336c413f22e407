//! The part that this process has in a bureau's discovery: owner, standby, or clerk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sanzao_discovery::Findings;
use sanzao_journal::{Claim, NewRecord, Stream};
use sanzao_ledger::Touched;
use sanzao_model::{Level, Suspension};

use super::waiting::Waiting;
use crate::stage::freshness::Freshness;
use crate::stage::rulebook::Rulebook;
use crate::stage::sent::Sent;

/// Records to append, by stream.
pub(super) type Appends = Vec<(Stream, Vec<NewRecord>)>;

/// What a process does with a bureau's facts.
pub(super) enum Part {
    /// Applies them and writes receipts: findings wait for whoever runs the platform next.
    Clerk,
    /// Keeps up with an owner elsewhere and writes nothing.
    Standby(Box<Standby>),
    /// Evaluates, and sends what differs.
    Owner(Box<Owner>),
}

/// Keeps up with the owner: what it would need to take over at once.
pub(super) struct Standby {
    pub rulebook: Arc<Rulebook>,
    pub sent: Sent,
    /// What was touched by records of `facts` for which nothing was sent yet, by their offsets.
    touched: Waiting<Touched>,
    /// The receipts of records of `facts` for which none were written yet, by their offsets.
    receipts: Waiting<Appends>,
    /// The offset of the last record after which everybody has to be evaluated.
    sweep_since: Option<u64>,
    /// When the log was asked last how far the owner is.
    asked_at: Option<Instant>,
}

/// How often the log is asked how far the owner is.
const ASK: Duration = Duration::from_millis(500);

/// People touched, of whom each is remembered; with more of them everybody is evaluated.
const TOUCHED_PEOPLE: usize = 100_000;
/// Bytes of receipts waiting, after which a standby reads no further before its owner has written some: those of about
/// 300,000 events, which an owner that works has written in a few seconds.
const WAITING_BYTES: usize = 32 << 20;

impl Standby {
    pub fn new(rulebook: Arc<Rulebook>, inbox: Stream) -> Standby {
        let sent = Sent::new(inbox, &rulebook.rules);
        Standby::beside(rulebook, sent)
    }

    /// Going on with what is known to have been sent.
    pub fn beside(rulebook: Arc<Rulebook>, sent: Sent) -> Standby {
        Standby {
            rulebook,
            sent,
            touched: Waiting::new(),
            receipts: Waiting::new(),
            sweep_since: None,
            asked_at: None,
        }
    }

    /// Whether it is time to ask the log how far the owner is; then that is noted.
    pub fn asks_again(&mut self) -> bool {
        let is_time = self.asked_at.is_none_or(|at| at.elapsed() >= ASK);
        if is_time {
            self.asked_at = Some(Instant::now());
        }
        is_time
    }

    /// A record of `facts` touched these.
    pub fn note_touched(&mut self, offset: u64, touched: Touched) {
        self.touched.push(offset, touched.len(), touched);
        if self.touched.sum() > TOUCHED_PEOPLE {
            self.touched = Waiting::new();
            self.note_sweep(offset);
        }
    }

    /// A record of `facts` is to be answered by these.
    pub fn note_receipts(&mut self, offset: u64, receipts: Appends) {
        self.receipts.push(offset, size_bytes(&receipts), receipts);
    }

    /// After a record of `facts` everybody has to be evaluated.
    pub fn note_sweep(&mut self, offset: u64) {
        self.sweep_since = self.sweep_since.max(Some(offset));
    }

    /// Forgets what the owner has done.
    pub fn prune(&mut self, sent_upto: u64, receipted_upto: u64) {
        self.touched.forget_before(sent_upto);
        self.receipts.forget_before(receipted_upto);
    }

    /// Whether it has to wait for its owner.
    pub fn is_full(&self) -> bool {
        self.receipts.sum() > WAITING_BYTES
    }

    /// Whether receipts were written for all that it knows.
    pub fn owes_no_receipts(&self) -> bool {
        self.receipts.is_empty()
    }

    /// What is left to do, for who takes over after [`Standby::prune`]: whom to evaluate, what to append, and whether
    /// everybody has to be evaluated.
    pub fn left(&mut self, sent_upto: u64) -> (Touched, Appends, bool) {
        let mut touched = Touched::default();
        self.touched.take().for_each(|one| touched.extend(one));
        let receipts = self.receipts.take().flatten().collect();
        (touched, receipts, self.sweep_since.is_some_and(|offset| offset >= sent_upto))
    }
}

fn size_bytes(appends: &Appends) -> usize {
    appends.iter().flat_map(|(_, records)| records).map(NewRecord::size_bytes).sum()
}

/// Evaluates, under a claim of `inbox`.
pub(super) struct Owner {
    pub rulebook: Arc<Rulebook>,
    pub freshness: Freshness,
    /// The suspensions that casework was told last.
    pub suspensions: Vec<Suspension>,
    pub claim: Claim,
    pub findings: Findings,
    /// What has to be sent of rules that are no more.
    pub retired: Vec<Level>,
    /// The offset of `inbox` behind what this owner has sent last.
    pub inbox_next: u64,
    /// The offset in `facts` up to which it has said what it finds, once all that is pending is written.
    pub told_upto: u64,
}

impl Part {
    /// The owner, where this process is it.
    pub fn owner(&self) -> Option<&Owner> {
        match self {
            Part::Owner(owner) => Some(owner),
            Part::Standby(_) | Part::Clerk => None,
        }
    }

    /// As [`Part::owner`], to change.
    pub fn owner_mut(&mut self) -> Option<&mut Owner> {
        match self {
            Part::Owner(owner) => Some(owner),
            Part::Standby(_) | Part::Clerk => None,
        }
    }
}
