//! A second review by somebody who does not know the decision.

use sanzao_access::Permission;
use sanzao_model::{AlertState, Closure, Decision, Handling, ItemState, Outcome, Second, WorkEvent};
use sanzao_readmodel::{Detail, ItemChange, Row};

use crate::caller::Caller;

/// What stands in place of a reason that is not told.
const NOT_TOLD: &str = "（待第二次审查，暂不显示）";

/// An alert that was drawn for a second review, without what was decided, for whoever may review it: those who
/// supervise, but for who decided or approved.
pub(crate) fn blind(mut detail: Detail, caller: &Caller) -> Detail {
    if !is_blind(&detail.item.state, &detail.item.handling, caller) {
        return detail;
    }
    hide(&mut detail.item.state);
    for change in &mut detail.history {
        match &mut change.event {
            WorkEvent::Acted { to, act, .. } => {
                hide(to);
                act.reason = String::new();
            }
            WorkEvent::Commented { comment, .. } => comment.text = NOT_TOLD.to_owned(),
            _ => {}
        }
    }
    detail
}

/// The same in a list.
pub(crate) fn blind_row(mut row: Row, caller: &Caller) -> Row {
    if is_blind(&row.state, &row.handling, caller) {
        hide(&mut row.state);
    }
    row
}

/// The same of what has happened, told to whoever may review it now.
pub(crate) fn blind_change(mut change: ItemChange, caller: &Caller) -> ItemChange {
    if is_blind(&change.item.state, &change.item.handling, caller) {
        hide(&mut change.item.state);
    }
    change
}

fn is_blind(state: &ItemState, handling: &Handling, caller: &Caller) -> bool {
    let Some(closure) = state.closure() else { return false };
    let is_own = closure.decision.by == caller.name()
        || closure.approval.as_ref().is_some_and(|approval| approval.by == caller.name());
    handling.second == Some(Second::Drawn) && caller.account.may(Permission::Supervise) && !is_own
}

fn hide(state: &mut ItemState) {
    match state {
        ItemState::Alert(AlertState::Decided { decision, notice }) => {
            hide_decision(decision);
            *notice = None;
        }
        ItemState::Alert(AlertState::Closed(closure)) => hide_closure(closure),
        ItemState::Alert(AlertState::Appealed { closure, appeal }) => {
            hide_closure(closure);
            NOT_TOLD.clone_into(&mut appeal.text);
        }
        _ => {}
    }
}

fn hide_closure(closure: &mut Closure) {
    hide_decision(&mut closure.decision);
    (closure.notice, closure.approval) = (None, None);
}

/// The outcome of what is not told is always the same: whoever reviews knows that it says nothing.
fn hide_decision(decision: &mut Decision) {
    decision.outcome = Outcome::NoAction;
    NOT_TOLD.clone_into(&mut decision.reason);
    decision.reopen_on = None;
}
