//! What people may ask of an alert.

use sanzao_model::{
    AlertState, Appeal, Approval, Closure, Day, Decision, Deed, ItemState, Notice, NoticeAnswer, Order,
    Outcome, Procedure, RefusalCode,
};

use super::{Answer, Answered, Asked, future, past, written};

/// How far away the day to look again may be.
const REOPEN_WITHIN_MONTHS: i32 = 36;
/// How long an alert may be put off: the longest of the catalogue's windows of help (assumed).
const SNOOZE_WITHIN_MONTHS: i32 = 6;
/// What a family has at least to answer a notice (assumed; domain §4 says "time to answer").
const ANSWER_WORKING_DAYS: u32 = 5;
/// By when an answer is to be given at the latest.
const ANSWER_WITHIN_MONTHS: i32 = 6;
/// What there is to decide on an appeal (assumed).
const APPEAL_WORKING_DAYS: u32 = 10;

pub(super) fn answer(state: &AlertState, order: &Order, asked: &Asked<'_>) -> Answered {
    match order {
        Order::Claim => claim(state, asked),
        Order::Release => release(state, asked),
        Order::Snooze { until, reason } => snooze(state, *until, reason, asked),
        Order::Decide { outcome, reason, reopen_on } => decide(state, *outcome, reason, *reopen_on, asked),
        Order::Notify { sent_on, means, answer_by } => {
            let (by, at) = (asked.by.to_owned(), asked.at);
            let (sent_on, means, answer_by) = (*sent_on, *means, *answer_by);
            notify(state, Notice { by, at, sent_on, means, answer_by, answer: None }, asked)
        }
        Order::Answer { on, agrees, text } => answered(state, *on, *agrees, text, asked),
        Order::Approve { reason } => approve(state, reason, asked),
        Order::SendBack { reason } => send_back(state, reason, asked),
        Order::Appeal { on, text } => appeal(state, *on, text, asked),
        Order::DecideAppeal { outcome, reason } => decide_appeal(state, *outcome, reason, asked),
        Order::Complete { .. } | Order::Cancel { .. } => Err(RefusalCode::NotATask),
        Order::Reopen { .. }
        | Order::Assign { .. }
        | Order::Comment { .. }
        | Order::Attach { .. }
        | Order::Group { .. }
        | Order::SecondOpinion { .. }
        | Order::Undo
        | Order::Report(_) => Ok(Answer::Nothing),
    }
}

fn moves(to: AlertState, what: Deed) -> Answered {
    Ok(Answer::moves(ItemState::Alert(to), what))
}

fn claim(state: &AlertState, asked: &Asked<'_>) -> Answered {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    let claimed = || moves(Claimed { by: asked.by.to_owned(), at: asked.at }, Deed::Claimed);
    match state {
        Open if asked.assignee.is_some_and(|assignee| assignee != asked.by) => {
            Err(RefusalCode::AssignedToAnother)
        }
        Open => claimed(),
        Claimed { by, .. } if by == asked.by => Ok(Answer::Nothing),
        Snoozed { by, .. } if by == asked.by => claimed(),
        // One's own decision, for instance after the family's answer.
        Decided { decision, .. } if decision.by == asked.by => claimed(),
        Claimed { .. } | Snoozed { .. } | Decided { .. } => Err(RefusalCode::ClaimedByAnother),
        Closed(_) | Appealed { .. } | Withdrawn { .. } => Err(RefusalCode::WrongState),
    }
}

/// Whoever works on it; refused where nobody does, or somebody else.
fn own(state: &AlertState, asked: &Asked<'_>) -> Result<(), RefusalCode> {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    match state {
        Claimed { by, .. } | Snoozed { by, .. } if by == asked.by => Ok(()),
        Claimed { .. } | Snoozed { .. } => Err(RefusalCode::ClaimedByAnother),
        Open | Decided { .. } | Closed(_) | Appealed { .. } | Withdrawn { .. } => {
            Err(RefusalCode::WrongState)
        }
    }
}

fn release(state: &AlertState, asked: &Asked<'_>) -> Answered {
    own(state, asked)?;
    moves(AlertState::Open, Deed::Released)
}

fn snooze(state: &AlertState, until: Day, reason: &str, asked: &Asked<'_>) -> Answered {
    own(state, asked)?;
    let until = future(until, asked.today, SNOOZE_WITHIN_MONTHS)?;
    let (by, at, reason) = (asked.by.to_owned(), asked.at, written(reason)?);
    moves(AlertState::Snoozed { by, at, until, reason }, Deed::Snoozed)
}

fn decide(
    state: &AlertState,
    outcome: Outcome,
    reason: &str,
    reopen_on: Option<Day>,
    asked: &Asked<'_>,
) -> Answered {
    own(state, asked)?;
    if matches!(state, AlertState::Snoozed { .. }) {
        return Err(RefusalCode::WrongState);
    }
    let reason = written(reason)?;
    if let Some(day) = reopen_on {
        future(day, asked.today, REOPEN_WITHIN_MONTHS)?;
    }
    let decision = Decision { by: asked.by.to_owned(), at: asked.at, outcome, reason, reopen_on };
    let to = match asked.procedure {
        Procedure::Review => AlertState::Decided { decision: Box::new(decision), notice: None },
        Procedure::Help | Procedure::Entitlement | Procedure::Recheck | Procedure::Quality => {
            let closure = Closure { decision, notice: None, approval: None, appeals: 0 };
            AlertState::Closed(Box::new(closure))
        }
    };
    moves(to, Deed::Decided)
}

/// The decision that waits for approval.
fn decided(state: &AlertState) -> Result<(&Decision, Option<&Notice>), RefusalCode> {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    match state {
        Decided { decision, notice } => Ok((decision, notice.as_deref())),
        Open | Claimed { .. } | Snoozed { .. } | Closed(_) | Appealed { .. } | Withdrawn { .. } => {
            Err(RefusalCode::WrongState)
        }
    }
}

fn notify(state: &AlertState, new: Notice, asked: &Asked<'_>) -> Answered {
    let (decision, notice) = decided(state)?;
    if notice.is_some() {
        return Err(RefusalCode::WrongState);
    }
    past(new.sent_on, decision.at.day_in_china(), asked.today)?;
    let first = asked.calendar.working_days_after(new.sent_on, ANSWER_WORKING_DAYS);
    let last = new.sent_on.plus_months(ANSWER_WITHIN_MONTHS);
    if !(first..=last).contains(&new.answer_by) {
        return Err(RefusalCode::DayOutOfRange);
    }
    moves(pending(decision, new), Deed::Notified)
}

fn answered(state: &AlertState, on: Day, agrees: bool, text: &str, asked: &Asked<'_>) -> Answered {
    let (decision, notice) = decided(state)?;
    let notice = notice.ok_or(RefusalCode::NoticeMissing)?;
    if notice.answer.is_some() {
        return Err(RefusalCode::WrongState);
    }
    let on = past(on, notice.sent_on, asked.today)?;
    let answer = NoticeAnswer { by: asked.by.to_owned(), at: asked.at, on, agrees, text: written(text)? };
    moves(pending(decision, Notice { answer: Some(answer), ..notice.clone() }), Deed::Answered)
}

fn pending(decision: &Decision, notice: Notice) -> AlertState {
    AlertState::Decided { decision: Box::new(decision.clone()), notice: Some(Box::new(notice)) }
}

/// Whether a family is told of a decision on a review before it holds: unless nothing changes for them.
fn needs_notice(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Helped | Outcome::NotEligible => true,
        Outcome::WrongData | Outcome::NoAction => false,
    }
}

fn approve(state: &AlertState, reason: &str, asked: &Asked<'_>) -> Answered {
    let (decision, notice) = decided(state)?;
    if decision.by == asked.by {
        return Err(RefusalCode::SecondPersonNeeded);
    }
    match notice {
        None if needs_notice(decision.outcome) => return Err(RefusalCode::NoticeMissing),
        Some(notice) if notice.answer.is_none() && asked.today <= notice.answer_by => {
            return Err(RefusalCode::AnswerPending);
        }
        _ => {}
    }
    let approval = Approval { by: asked.by.to_owned(), at: asked.at, reason: written(reason)? };
    let (decision, notice) = (decision.clone(), notice.cloned());
    let closure = Closure { decision, notice, approval: Some(approval), appeals: 0 };
    moves(AlertState::Closed(Box::new(closure)), Deed::Approved)
}

fn send_back(state: &AlertState, reason: &str, asked: &Asked<'_>) -> Answered {
    let (decision, _) = decided(state)?;
    if decision.by == asked.by {
        return Err(RefusalCode::SecondPersonNeeded);
    }
    let reason = written(reason)?;
    let to = ItemState::Alert(AlertState::Claimed { by: decision.by.clone(), at: asked.at });
    Ok(Answer::Moves { to, what: Deed::SentBack, reason })
}

fn appeal(state: &AlertState, on: Day, text: &str, asked: &Asked<'_>) -> Answered {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    match state {
        Closed(closure) => {
            let on = past(on, closure.decision.at.day_in_china(), asked.today)?;
            let due = asked.calendar.working_days_after(asked.today, APPEAL_WORKING_DAYS);
            let appeal = Appeal { by: asked.by.to_owned(), at: asked.at, on, text: written(text)?, due };
            moves(Appealed { closure: closure.clone(), appeal: Box::new(appeal) }, Deed::Appealed)
        }
        Open | Claimed { .. } | Snoozed { .. } | Decided { .. } | Appealed { .. } | Withdrawn { .. } => {
            Err(RefusalCode::WrongState)
        }
    }
}

fn decide_appeal(state: &AlertState, outcome: Option<Outcome>, reason: &str, asked: &Asked<'_>) -> Answered {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    let closure = match state {
        Appealed { closure, .. } => closure,
        Open | Claimed { .. } | Snoozed { .. } | Decided { .. } | Closed(_) | Withdrawn { .. } => {
            return Err(RefusalCode::WrongState);
        }
    };
    let approver = closure.approval.as_ref().map(|approval| approval.by.as_str());
    if closure.decision.by == asked.by || approver == Some(asked.by) {
        return Err(RefusalCode::SecondPersonNeeded);
    }
    let reason = written(reason)?;
    let (mut closure, what) = (closure.clone(), outcome.map_or(Deed::Dismissed, |_| Deed::Upheld));
    closure.appeals += 1;
    if let Some(outcome) = outcome {
        let (by, at, reopen_on) = (asked.by.to_owned(), asked.at, closure.decision.reopen_on);
        closure.decision = Decision { by, at, outcome, reason: reason.clone(), reopen_on };
    }
    Ok(Answer::Moves { to: ItemState::Alert(Closed(closure)), what, reason })
}
