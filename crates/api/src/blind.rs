//! A second review by somebody who does not know the decision.

use sanzao_access::Permission;
use sanzao_model::{AlertState, Closure, Decision, Deed, Handling, ItemState, Outcome, Second, WorkEvent};
use sanzao_readmodel::{ChangePage, Detail, Kind, ReadModelError, Reader, Row};

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
    detail.history.retain(|change| !tells(&change.event));
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

/// The same of what has happened: it is told as far as the caller may know it now.
pub(crate) struct BlindTo {
    name: String,
    supervises: bool,
}

impl BlindTo {
    pub(crate) fn of(caller: &Caller) -> BlindTo {
        BlindTo { name: caller.name().to_owned(), supervises: caller.account.may(Permission::Supervise) }
    }

    fn is_blind(&self, state: &ItemState, handling: &Handling) -> bool {
        let Some(closure) = state.closure() else { return false };
        let is_own = closure.decision.by == self.name
            || closure.approval.as_ref().is_some_and(|approval| approval.by == self.name);
        handling.second == Some(Second::Drawn) && self.supervises && !is_own
    }

    /// A page of changes without what is not to be known yet.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub(crate) fn changes(
        &self,
        reader: &Reader,
        mut page: ChangePage,
    ) -> Result<ChangePage, ReadModelError> {
        if !self.supervises {
            return Ok(page);
        }
        let mut told = Vec::with_capacity(page.changes.len());
        for mut change in std::mem::take(&mut page.changes) {
            let may_tell =
                matches!(&change.item.state, ItemState::Alert(state) if *state != AlertState::Open);
            if may_tell
                && let Some(now) = reader.item(Kind::Alert, &change.item.id, None)?
                && self.is_blind(&now.item.state, &now.item.handling)
            {
                if tells(&change.event) {
                    continue;
                }
                hide(&mut change.item.state);
            }
            told.push(change);
        }
        page.changes = told;
        Ok(page)
    }
}

/// Which of these there are tells the outcome as well.
fn tells(event: &WorkEvent) -> bool {
    match event {
        WorkEvent::Acted { act, .. } => {
            matches!(act.what, Deed::Notified | Deed::Answered | Deed::SentBack | Deed::Approved)
        }
        _ => false,
    }
}

fn is_blind(state: &ItemState, handling: &Handling, caller: &Caller) -> bool {
    BlindTo::of(caller).is_blind(state, handling)
}

fn hide(state: &mut ItemState) {
    match state {
        ItemState::Alert(AlertState::Decided { decision, notice }) => {
            hide_decision(decision);
            *notice = None;
        }
        ItemState::Alert(AlertState::Snoozed { reason, .. }) => NOT_TOLD.clone_into(reason),
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
