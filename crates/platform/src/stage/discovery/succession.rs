//! Standing by, taking over a bureau, and giving it up.

use std::time::Instant;

use sanzao_journal::{Claim, Commit, Journal, Stream, Write};

use super::DiscoveryStage;
use super::part::{Appends, Owner, Part, Standby};
use super::telling::ahead_ms;
use crate::clock;
use crate::stage::freshness::Freshness;
use crate::stage::sent::{Sent, SentByOwner};
use crate::stage::{KEPT_UP, StageError};

impl Owner {
    fn new(standby: Standby, claim: Claim) -> Owner {
        let Standby { rulebook, sent, .. } = standby;
        // Looked at anew: what a standby saw some day may long be otherwise.
        let freshness = Freshness::new(&rulebook.rules, &rulebook.parameters);
        let retired = sent.retired();
        let (inbox_next, told_upto) = (claim.offset() + 1, sent.upto);
        let Sent { mut findings, suspensions, .. } = sent;
        findings.suspend(&suspensions);
        Owner { rulebook, freshness, suspensions, claim, findings, retired, inbox_next, told_upto }
    }

    /// Writes under the claim, and remembers where in `inbox` that was.
    pub(super) fn write(&mut self, journal: &dyn Journal, write: &Write) -> Result<(), StageError> {
        let ranges = journal.write_claimed(&self.claim, write.clone())?;
        let written =
            write.appends.iter().zip(ranges).filter(|((stream, _), _)| *stream == self.claim.stream);
        self.inbox_next = written.map(|(_, range)| range.end).fold(self.inbox_next, u64::max);
        Ok(())
    }
}

impl DiscoveryStage {
    /// Whether it evaluates.
    pub fn is_owner(&self) -> bool {
        matches!(self.part, Part::Owner(_))
    }

    /// Applies what follows in `facts` and reads what the owner has sent and written; false when there was nothing new.
    pub(super) fn keep_up(&mut self) -> Result<bool, StageError> {
        let journal = self.journal.as_ref();
        let Part::Standby(standby) = &mut self.part else { return Ok(false) };
        let mut moved = standby.sent.read_on(journal)?;
        if standby.asks_again() {
            let committed =
                |consumer| journal.committed(consumer, &self.facts).map(Option::unwrap_or_default);
            self.receipted_upto = self.receipted_upto.max(committed("receipts")?);
            // Where nothing differed nothing was sent.
            let evaluated_upto = standby.sent.upto.max(committed("discovery")?);
            standby.prune(evaluated_upto, self.receipted_upto);
        }
        let is_full = standby.is_full();
        if !is_full {
            moved |= self.apply_next()?;
        }
        if !moved && !is_full {
            self.caught_up_at = Some(Instant::now());
        }
        self.keep_snapshot(!moved);
        Ok(moved)
    }

    /// Whether it had nothing left to read a moment ago.
    pub fn is_kept_up(&self) -> bool {
        self.caught_up_at.is_some_and(|at| at.elapsed() < KEPT_UP)
    }

    /// Keeps up with what there is by now, as far as a standby can, so that nothing is claimed that cannot be read.
    ///
    /// # Errors
    /// When the log cannot be read, or holds what this version cannot read.
    pub fn prepare(&mut self, goes_on: &dyn Fn() -> bool) -> Result<(), StageError> {
        let end = self.journal.end(&self.facts)?;
        while goes_on() && self.keep_up()? && self.position < end {}
        Ok(())
    }

    /// Claims `inbox`, and goes on where what was sent to it ends.
    ///
    /// # Errors
    /// When the log cannot be read or written; it is a standby then as before.
    pub fn take_over(&mut self, owner: &str) -> Result<(), StageError> {
        if let Part::Standby(_) = self.part {
            let claim = self.claim(owner)?;
            let log_end = self.journal.end(&self.facts)?;
            self.become_owner(claim, log_end);
        }
        Ok(())
    }

    /// Claims `inbox` and learns what was sent and written under earlier claims.
    fn claim(&mut self, owner: &str) -> Result<Claim, StageError> {
        let inbox = self.topics.inbox(self.bureau);
        let before_ms = clock::now_millis();
        let claim = self.journal.claim(&inbox, owner)?;
        let after_ms = clock::now_millis();
        // The log stamps records by its own clock, which all its processes share.
        let stamped =
            self.journal.read(&inbox, claim.offset(), 1)?.records.first().map(|record| record.timestamp_ms);
        self.log_ahead_ms = stamped.map_or(0, |stamped| ahead_ms(stamped, before_ms, after_ms));
        let receipted = self.journal.committed("receipts", &self.facts)?.unwrap_or(0);
        self.receipted_upto = self.receipted_upto.max(receipted);
        if let Part::Standby(standby) = &mut self.part {
            standby.sent.read_upto(self.journal.as_ref(), claim.offset() + 1)?;
        }
        Ok(claim)
    }

    fn become_owner(&mut self, claim: Claim, log_end: u64) {
        let Part::Standby(mut standby) = std::mem::replace(&mut self.part, Part::Clerk) else { return };
        self.sent_upto = standby.sent.upto;
        standby.prune(self.sent_upto, self.receipted_upto);
        let (touched, receipts, sweep) = standby.left(self.sent_upto);
        self.touched = touched;
        // Whom the records between what was sent and where reading began touched is not known any more.
        // What a former owner has begun to send has to be sent to its end: casework waits for that.
        self.sweep_due = sweep || self.started_at > self.sent_upto || standby.sent.is_half;
        self.evaluated_day = standby.sent.day;
        // Most of what a standby has read was sent long ago, and it does not know what.
        self.since_ms = None;
        if let Some(snapshots) = &self.snapshots {
            snapshots.offer(self.first, log_end);
        }
        self.part = Part::Owner(Box::new(Owner::new(*standby, claim)));
        if !receipts.is_empty() {
            let (stream, offset) = (self.facts.clone(), self.position);
            let commit = Commit { consumer: "receipts".into(), stream, offset };
            self.pending.push_back(Write { appends: receipts, commits: vec![commit] });
        }
    }

    /// Stands by again. What was decided and could not be written is forgotten: whoever owns the bureau next decides it.
    pub fn give_up(&mut self) {
        if !self.is_owner() {
            return;
        }
        let Part::Owner(owner) = std::mem::replace(&mut self.part, Part::Clerk) else { return };
        let Owner { rulebook, suspensions, claim, findings, inbox_next, retired, told_upto, .. } = *owner;
        let inbox = self.topics.inbox(self.bureau);
        let last = self.position.saturating_sub(1);
        let owed = self.take_owed(&inbox);
        // What was sent is known as long as nothing waits to be, and rules that are no more have been dealt with.
        let mut sent = Sent::new(inbox, &rulebook.rules);
        if !owed.levels && retired.is_empty() {
            let (upto, day, next) = (told_upto, self.evaluated_day, inbox_next);
            sent = sent.with_own(SentByOwner { findings, suspensions, upto, day, next, claim: claim.number });
        }
        let mut standby = Standby::beside(rulebook, sent);
        if !self.touched.is_empty() {
            standby.note_touched(last, std::mem::take(&mut self.touched));
        }
        if owed.levels || self.sweep_due {
            standby.note_sweep(last);
        }
        if !owed.receipts.is_empty() {
            standby.note_receipts(last, owed.receipts);
        }
        self.sweep_due = false;
        // What is counted at a sweep is an owner's: it is counted anew by who takes over.
        (self.completeness, self.population, self.census) = (None, None, None);
        self.follow.forget();
        self.part = Part::Standby(Box::new(standby));
    }

    /// Takes what could not be written: receipts are kept, levels are evaluated again.
    fn take_owed(&mut self, inbox: &Stream) -> Owed {
        let mut owed = Owed { receipts: self.take_receipts(), levels: false };
        for write in self.pending.drain(..) {
            for (stream, records) in write.appends {
                match stream == *inbox {
                    true => owed.levels = true,
                    false => owed.receipts.push((stream, records)),
                }
            }
        }
        owed
    }
}

/// What an owner had not written yet.
struct Owed {
    receipts: Appends,
    levels: bool,
}
