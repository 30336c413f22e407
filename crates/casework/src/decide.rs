//! One record of `inbox` in, one record of `work` out.

use sanzao_model::{Command, InboxRecord, Order, RefusalCode, WorkEvent, WorkRecord};

use crate::casework::Casework;
use crate::transition::{Input, Next, next};

impl Casework {
    /// What a record of `inbox` changes; `offset_after` is the offset after it. Nothing has changed until
    /// the answer is applied, which is when it is safe in `work`.
    ///
    /// Findings: every level is reconciled (where a batch has several of one rule and subject, the last; where
    /// more batches follow, some wait for the last of them), and with the last batch of a new day due tasks whose
    /// day has passed become overdue, and what is still found of decisions that expire is raised again, unless their
    /// rule is unknown or suspended there. New is a day after the last one looked at, whatever the batch says: a batch
    /// that said so may have been lost with its owner.
    ///
    /// Commands: an alert is claimed, then resolved by whoever claimed it, with a reason and perhaps a day to look
    /// again. Claiming twice is claiming once. A command that was answered before makes no event; its key on another command is
    /// refused.
    pub fn decide(&self, offset_after: u64, record: &InboxRecord) -> WorkRecord {
        match record {
            InboxRecord::Findings(batch) => {
                let (events, looked_at) = self.decide_findings(batch);
                WorkRecord {
                    upto: offset_after,
                    facts_upto: Some(batch.upto),
                    day: looked_at,
                    answers: None,
                    events,
                }
            }
            InboxRecord::Command(command) => WorkRecord {
                upto: offset_after,
                facts_upto: None,
                day: None,
                answers: Some((command.key, command.fingerprint)),
                events: self.decide_command(command).into_iter().collect(),
            },
        }
    }

    fn decide_command(&self, command: &Command) -> Option<WorkEvent> {
        let refused = |code| Some(WorkEvent::Refused { id: command.item, code });
        if let Some(fingerprint) = self.answered(&command.key) {
            return if fingerprint == command.fingerprint { None } else { refused(RefusalCode::KeyReused) };
        }
        let Some(item) = self.item(&command.item) else {
            return refused(RefusalCode::UnknownItem);
        };
        let (by, at) = (command.actor.as_str(), command.at);
        let input = match &command.order {
            Order::Claim => Input::Claim { by, at },
            Order::Resolve { outcome, reason, reopen_on } => {
                let (outcome, reopen_on) = (*outcome, *reopen_on);
                let today = self.day().unwrap_or_else(|| at.day_in_china());
                Input::Resolve { by, at, outcome, reason, reopen_on, today }
            }
        };
        match next(&item.state, input) {
            Next::To(to) => Some(WorkEvent::Moved { id: item.id, to }),
            Next::Refuse(code) => refused(code),
            Next::Nothing | Next::Show | Next::Anew => None,
        }
    }
}
