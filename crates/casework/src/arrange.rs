//! What people arrange about an item beside where it stands.

use sanzao_model::{
    Act, AlertState, Attachment, Comment, Deed, Item, ItemState, Order, RefusalCode, Reopening, Second,
    SecondOpinion, TaskState, WorkEvent,
};

use crate::casework::Casework;
use crate::transition::order::Asked;

type Arranged = Result<Vec<WorkEvent>, RefusalCode>;

impl Casework {
    /// What follows from an order that moves no item; none where the order is of another kind.
    pub(crate) fn arranged(&self, item: &Item, order: &Order, asked: &Asked<'_>) -> Option<Arranged> {
        let (by, at) = (asked.by.to_owned(), asked.at);
        Some(match order {
            Order::Assign { to } => assigned(item, to.as_deref(), asked),
            Order::Comment { text } => written(text).map(|text| {
                let comment = Box::new(Comment { by, at, text });
                vec![WorkEvent::Commented { id: item.id, comment }]
            }),
            Order::Attach { file, media_type, bytes } => {
                let (file, media_type, bytes) = (*file, media_type.clone(), *bytes);
                let attachment = Box::new(Attachment { file, by, at, media_type, bytes });
                Ok(vec![WorkEvent::Attached { id: item.id, attachment }])
            }
            Order::Group { with } => {
                match with.map(|with| self.item(&with).ok_or(RefusalCode::UnknownItem)) {
                    None => Ok(ungrouped(item, asked)),
                    Some(Ok(with)) => grouped(item, with, asked),
                    Some(Err(code)) => Err(code),
                }
            }
            Order::SecondOpinion { outcome, reason } => {
                let opinion = written(reason).map(|reason| SecondOpinion {
                    by,
                    at,
                    outcome: *outcome,
                    reason,
                    agrees: false,
                });
                opinion.and_then(|opinion| reviewed(item, opinion))
            }
            Order::Undo => self.undone(item, asked.by, asked.at),
            Order::Reopen { reason } => written(reason).and_then(|reason| self.reopened(item, reason, asked)),
            _ => return None,
        })
    }

    /// A closed alert whose case is still found is raised again, as a new episode.
    fn reopened(&self, item: &Item, reason: String, asked: &Asked<'_>) -> Arranged {
        if item.procedure.makes_tasks() {
            return Err(RefusalCode::NotAnAlert);
        }
        if !matches!(item.state, ItemState::Alert(AlertState::Closed(_))) {
            return Err(RefusalCode::WrongState);
        }
        let occasion = item.finding.occasion.as_str();
        if !self.still_found(&item.id).any(|place| place == (item.subject, occasion)) {
            return Err(RefusalCode::NoLongerFound);
        }
        let asked_for = Reopening::Asked { by: asked.by.to_owned(), reason };
        Ok(self.raised_again(item, asked.today, asked_for))
    }
}

fn written(text: &str) -> Result<String, RefusalCode> {
    let text = text.trim();
    if text.is_empty() { Err(RefusalCode::ReasonMissing) } else { Ok(text.to_owned()) }
}

fn act(asked: &Asked<'_>, what: Deed) -> Box<Act> {
    Box::new(Act { by: asked.by.to_owned(), at: asked.at, what, reason: String::new() })
}

/// Whoever works on it loses it to whom it is given; a decision that waits for approval stays its author's.
pub(crate) fn assigned(item: &Item, to: Option<&str>, asked: &Asked<'_>) -> Arranged {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let holder = match &item.state {
        ItemState::Alert(Claimed { by, .. } | Snoozed { by, .. }) => Some(by.as_str()),
        ItemState::Alert(Open | Appealed { .. }) => None,
        ItemState::Task(Planned | Due | Overdue { .. } | Reported(_)) => None,
        ItemState::Alert(Decided { .. } | Closed(_) | Withdrawn { .. })
        | ItemState::Task(Done { .. } | Missed { .. } | Cancelled { .. }) => {
            return Err(RefusalCode::WrongState);
        }
    };
    // To themselves people give what is nobody's. What somebody has, those who supervise take from them first.
    if to == Some(asked.by) {
        if holder.is_some_and(|holder| holder != asked.by) {
            return Err(RefusalCode::ClaimedByAnother);
        }
        if item.handling.assignee.as_deref().is_some_and(|assignee| assignee != asked.by) {
            return Err(RefusalCode::AssignedToAnother);
        }
    }
    let mut events = Vec::new();
    if item.handling.assignee.as_deref() != to {
        let to = to.map(str::to_owned);
        events.push(WorkEvent::Assigned { id: item.id, act: act(asked, Deed::Assigned), to });
    }
    if holder.is_some() && holder != to {
        let to = ItemState::Alert(Open);
        events.push(WorkEvent::Acted { id: item.id, act: act(asked, Deed::Released), to });
    }
    Ok(events)
}

/// The card has the id of the item by which it was begun, which stands on it, too.
fn grouped(item: &Item, with: &Item, asked: &Asked<'_>) -> Arranged {
    if item.id == with.id {
        return Err(RefusalCode::WrongState);
    }
    let card = with.handling.card.unwrap_or(with.id);
    let mut events = Vec::new();
    for on_it in [with, item] {
        if on_it.handling.card != Some(card) {
            let act = act(asked, Deed::Grouped);
            events.push(WorkEvent::Grouped { id: on_it.id, act, card: Some(card) });
        }
    }
    Ok(events)
}

fn ungrouped(item: &Item, asked: &Asked<'_>) -> Vec<WorkEvent> {
    let event = WorkEvent::Grouped { id: item.id, act: act(asked, Deed::Ungrouped), card: None };
    item.handling.card.map(|_| event).into_iter().collect()
}

/// Whoever decided or approved cannot look at it as if they had not.
fn reviewed(item: &Item, mut opinion: SecondOpinion) -> Arranged {
    if item.procedure.makes_tasks() {
        return Err(RefusalCode::NotAnAlert);
    }
    let closure = match (item.state.closure(), &item.handling.second) {
        (Some(closure), Some(Second::Drawn)) => closure,
        _ => return Err(RefusalCode::WrongState),
    };
    let approver = closure.approval.as_ref().map(|approval| &approval.by);
    if closure.decision.by == opinion.by || approver == Some(&opinion.by) {
        return Err(RefusalCode::SecondPersonNeeded);
    }
    opinion.agrees = closure.decision.outcome == opinion.outcome;
    Ok(vec![WorkEvent::Reviewed { id: item.id, opinion: Box::new(opinion) }])
}
