//! One record of `inbox` in, one record of `work` out.

use rustc_hash::FxHashMap;
use sanzao_model::{
    Command, Day, FindingBatch, InboxRecord, Level, Order, RefusalCode, RuleId, SubjectId, WorkEvent,
    WorkRecord,
};

use crate::casework::Casework;
use crate::transition::{Input, Next, next};

impl Casework {
    /// What a record of `inbox` changes; `offset_after` is the offset after it. Nothing has changed until
    /// the answer is applied, which is when it is safe in `work`.
    ///
    /// Findings: every level is reconciled (where a batch has several of one rule and subject, the last),
    /// and with the last batch of a new day due tasks whose day has passed become overdue, unless their
    /// rule is unknown. New is a day after the last one looked at, whatever the batch says: a batch that
    /// said so may have been lost with its owner.
    ///
    /// Commands: an alert is claimed, then resolved by whoever claimed it, with a reason. Claiming twice is
    /// claiming once. A command that was answered before makes no event; its key on another command is
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

    fn decide_findings(&self, batch: &FindingBatch) -> (Vec<WorkEvent>, Option<Day>) {
        let levels: FxHashMap<(&RuleId, &SubjectId), &Level> =
            batch.levels.iter().map(|level| ((&level.rule, &level.subject), level)).collect();
        let mut events = Vec::new();
        for level in &batch.levels {
            if std::ptr::eq(levels[&(&level.rule, &level.subject)], level) {
                events.append(&mut self.reconcile(level, batch.day, &batch.ages));
            }
        }
        if batch.more || self.day() >= Some(batch.day) {
            return (events, None);
        }
        for id in self.index.due_before(batch.day) {
            let item = &self.items[&id];
            // What the batch speaks of is reconciled above; of the unknown nobody can say it was not done.
            let spoken_of = levels.contains_key(&(&item.rule, &item.subject));
            if spoken_of || self.unknown(&item.rule, &item.subject).is_some() {
                continue;
            }
            if let Next::To(to) = next(&item.state, Input::Found { on: batch.day, late: true }) {
                events.push(WorkEvent::Moved { id, to });
            }
        }
        (events, Some(batch.day))
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
            Order::Resolve { outcome, reason } => Input::Resolve { by, at, outcome: *outcome, reason },
        };
        match next(&item.state, input) {
            Next::To(to) => Some(WorkEvent::Moved { id: item.id, to }),
            Next::Refuse(code) => refused(code),
            Next::Nothing | Next::Show => None,
        }
    }
}
