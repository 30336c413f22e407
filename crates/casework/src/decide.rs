//! One record of `inbox` in, one record of `work` out.

use sanzao_model::{
    Act, Command, Day, InboxRecord, Instant, Item, Order, RefusalCode, WorkEvent, WorkRecord,
};

use crate::arrange;
use crate::calendar::Calendar;
use crate::casework::Casework;
use crate::draw::is_drawn;
use crate::report;
use crate::transition::order::{Answer, Asked, answer};

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
    /// Commands: see [`crate::transition::order`] and [`crate::arrange`]. A command that was answered before makes no
    /// event; its key on another command is refused.
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
                events: self.decide_command(offset_after, command),
            },
        }
    }

    fn decide_command(&self, offset_after: u64, command: &Command) -> Vec<WorkEvent> {
        match self.answered(&command.key) {
            Some(fingerprint) if fingerprint == command.fingerprint => Vec::new(),
            Some(_) => vec![WorkEvent::Refused { id: command.item, code: RefusalCode::KeyReused }],
            None => self
                .carried_out(offset_after, command)
                .unwrap_or_else(|code| vec![WorkEvent::Refused { id: command.item, code }]),
        }
    }

    fn carried_out(&self, offset_after: u64, command: &Command) -> Result<Vec<WorkEvent>, RefusalCode> {
        let today = self.day().unwrap_or_else(|| command.at.day_in_china());
        let item = match (self.item(&command.item), &command.order) {
            (Some(_), Order::Report(_)) => return Err(RefusalCode::WrongState),
            (Some(item), _) => item,
            (None, Order::Report(report)) => {
                return Ok(vec![report::opened(command, report, today, &self.calendar)]);
            }
            (None, _) => return Err(RefusalCode::UnknownItem),
        };
        let asked = Asked {
            by: &command.actor,
            at: command.at,
            today,
            procedure: item.procedure,
            assignee: item.handling.assignee.as_deref(),
            calendar: &self.calendar,
        };
        if let Some(arranged) = self.arranged(item, &command.order, &asked) {
            return arranged;
        }
        match answer(&item.state, &command.order, &asked) {
            Answer::Nothing => Ok(Vec::new()),
            Answer::Refuse(code) => Err(code),
            Answer::Moves { to, what, reason } => {
                let closes = item.state.closure().is_none() && to.closure().is_some();
                let act = Box::new(Act { by: command.actor.clone(), at: command.at, what, reason });
                let mut events = vec![WorkEvent::Acted { id: item.id, act, to }];
                if closes && item.handling.second.is_none() && is_drawn(&item.id, offset_after) {
                    events.push(WorkEvent::Drawn { id: item.id });
                }
                Ok(events)
            }
        }
    }
}

/// Why an order on an item would be refused, as far as the item itself tells; none for orders that hang on more than that.
/// For who wants to know before: what counts is what [`Casework::decide`] says.
pub fn refusal(item: &Item, order: &Order, by: &str, at: Instant, today: Day) -> Option<RefusalCode> {
    let calendar = Calendar::default();
    let (procedure, assignee) = (item.procedure, item.handling.assignee.as_deref());
    let asked = Asked { by, at, today, procedure, assignee, calendar: &calendar };
    match order {
        Order::Assign { to } => arrange::assigned(item, to.as_deref(), &asked).err(),
        Order::Comment { text } if text.trim().is_empty() => Some(RefusalCode::ReasonMissing),
        Order::Group { with } if *with == Some(item.id) => Some(RefusalCode::WrongState),
        _ => match answer(&item.state, order, &asked) {
            Answer::Refuse(code) => Some(code),
            Answer::Nothing | Answer::Moves { .. } => None,
        },
    }
}
