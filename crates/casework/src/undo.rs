//! Taking back what one has just done, as an event that compensates it.

use sanzao_model::{Act, Deed, Instant, Item, ItemId, ItemState, RefusalCode, TaskState, WorkEvent};

use crate::casework::{Casework, CaseworkError, handled};

/// For so long somebody may take back what they did, in nanoseconds.
const UNDO_WITHIN_NANOSECONDS: i64 = 10_000_000_000;

/// What somebody did last to an item, and how it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undoable {
    by: String,
    at: Instant,
    state: ItemState,
    assignee: Option<String>,
    card: Option<ItemId>,
}

/// The item of which something happened, so that nobody can take back any more what they did to it before. What
/// belongs to the act itself spoils nothing.
pub(crate) fn spoils_undo(event: &WorkEvent) -> Option<&ItemId> {
    match event {
        WorkEvent::Updated { id, .. }
        | WorkEvent::Followed { id, .. }
        | WorkEvent::Moved { id, .. }
        | WorkEvent::Woken { id, .. }
        | WorkEvent::StillFound { id, .. }
        | WorkEvent::Escalated { id, .. }
        | WorkEvent::Reviewed { id, .. } => Some(id),
        WorkEvent::Opened(item) => item.previous.as_ref(),
        WorkEvent::Acted { .. }
        | WorkEvent::Assigned { .. }
        | WorkEvent::Drawn { .. }
        | WorkEvent::Grouped { .. }
        | WorkEvent::Commented { .. }
        | WorkEvent::Attached { .. }
        | WorkEvent::Unknown { .. }
        | WorkEvent::Refused { .. }
        | WorkEvent::Suspended(_)
        | WorkEvent::Resumed { .. }
        | WorkEvent::Postponed(_)
        | WorkEvent::TakenUp => None,
    }
}

/// Whether a record of what was completed may have gone out: it waits for data to show it, or its period had ended, where
/// it is done at once.
fn may_be_out(before: &ItemState, to: &ItemState) -> bool {
    matches!(to, ItemState::Task(TaskState::Reported(_)))
        || matches!(before, ItemState::Task(TaskState::Missed { .. }))
}

impl Casework {
    /// Somebody moves an item.
    pub(crate) fn act(
        &mut self,
        id: &ItemId,
        act: &Act,
        to: &ItemState,
        event: &WorkEvent,
    ) -> Result<(), CaseworkError> {
        match act.what {
            // What went out to others cannot be taken back here.
            Deed::Completed if self.items.get(id).is_some_and(|item| may_be_out(&item.state, to)) => {
                self.undoable.remove(id);
            }
            Deed::Undone => {
                self.undoable.remove(id);
                if self.item(id).is_some() && to.closure().is_none() {
                    self.forget_decision(id);
                }
            }
            _ => self.note_undoable(id, act)?,
        }
        // Where only the decision changes, it goes on covering what it covered.
        let was_handled = self.item(id).is_some_and(|item| handled(item).is_some());
        self.change(id, |item| item.take(event))?;
        if !was_handled {
            self.note_decision(id);
        }
        Ok(())
    }

    /// Remembers how an item was before an act. What one command does to it is taken back as one.
    pub(crate) fn note_undoable(&mut self, id: &ItemId, act: &Act) -> Result<(), CaseworkError> {
        if act.what == Deed::Undone {
            return Ok(());
        }
        let item = self.items.get(id).ok_or(CaseworkError::NeverOpened(*id))?;
        let is_one_act = |before: &Undoable| before.by == act.by && before.at == act.at;
        if !self.undoable.get(id).is_some_and(is_one_act) {
            let (assignee, card) = (item.handling.assignee.clone(), item.handling.card);
            let (by, at, state) = (act.by.clone(), act.at, item.state.clone());
            self.undoable.insert(*id, Undoable { by, at, state, assignee, card });
        }
        Ok(())
    }

    /// What follows from taking back.
    pub(crate) fn undone(&self, item: &Item, by: &str, at: Instant) -> Result<Vec<WorkEvent>, RefusalCode> {
        let undoable = self.undoable.get(&item.id).ok_or(RefusalCode::NothingToUndo)?;
        if undoable.by != by {
            return Err(RefusalCode::NothingToUndo);
        }
        if at.0.saturating_sub(undoable.at.0) > UNDO_WITHIN_NANOSECONDS {
            return Err(RefusalCode::TooLateToUndo);
        }
        let act = || Box::new(Act { by: by.into(), at, what: Deed::Undone, reason: String::new() });
        let mut events = vec![WorkEvent::Acted { id: item.id, act: act(), to: undoable.state.clone() }];
        if undoable.assignee != item.handling.assignee {
            let to = undoable.assignee.clone();
            events.push(WorkEvent::Assigned { id: item.id, act: act(), to });
        }
        if undoable.card != item.handling.card {
            events.push(WorkEvent::Grouped { id: item.id, act: act(), card: undoable.card });
        }
        Ok(events)
    }
}
