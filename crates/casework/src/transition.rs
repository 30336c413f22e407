//! The one table of what may happen to an alert or a task.

use sanzao_model::{AlertState, Day, Instant, ItemState, Outcome, RefusalCode, TaskState};

#[cfg(test)]
mod tests;

/// What happens to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input<'a> {
    /// Its occasion is found.
    Found {
        /// On which day.
        on: Day,
        /// Whether its due day has passed.
        late: bool,
    },
    /// Its occasion is no longer found.
    Gone {
        /// On which day.
        on: Day,
        /// Says so in Chinese.
        cause: &'a str,
    },
    /// Its occasion is found, but with nothing that an earlier decision did not know: what was new in it is gone.
    NothingNew {
        /// On which day.
        on: Day,
        /// Says so in Chinese.
        cause: &'a str,
    },
    /// What was decided on is found with new evidence, or after the day to look again.
    Renewed,
    /// Its occasion, a calendar period, has ended: that it is no longer found clears nothing.
    PeriodOver {
        /// On which day.
        on: Day,
        /// Says so in Chinese.
        cause: &'a str,
    },
    /// Somebody wants to work on it.
    Claim {
        /// The account.
        by: &'a str,
        /// When.
        at: Instant,
    },
    /// Somebody decides.
    Resolve {
        /// The account.
        by: &'a str,
        /// When.
        at: Instant,
        /// What came of it.
        outcome: Outcome,
        /// Why.
        reason: &'a str,
        /// When to look again.
        reopen_on: Option<Day>,
        /// The day of casework.
        today: Day,
    },
}

/// How far away the day to look again may be.
const REOPEN_WITHIN_MONTHS: i32 = 36;

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// The item stays as it is, whatever was found.
    Nothing,
    /// The item stays where it stands and shows what is found now.
    Show,
    /// The item moves, and shows what is found now, if it is found.
    To(ItemState),
    /// The item stays as it is, and a new episode of its case is raised.
    Anew,
    /// The command is refused.
    Refuse(RefusalCode),
}

/// Where a new item stands.
pub(crate) fn opening(is_task: bool, on: Day, late: bool) -> ItemState {
    match (is_task, late) {
        (false, _) => ItemState::Alert(AlertState::Open),
        (true, false) => ItemState::Task(TaskState::Due),
        (true, true) => ItemState::Task(TaskState::Overdue { on }),
    }
}

/// The table. An alert is claimed before it is resolved, by the same account: somebody has looked at it.
/// A resolved alert is never moved by its own occasion again: what is new makes another one (domain §5.3). A task
/// clears by data only.
pub(crate) fn next(state: &ItemState, input: Input<'_>) -> Next {
    use AlertState::{Claimed, Open, Resolved, Withdrawn};
    use Input::{Claim, Found, Gone, NothingNew, PeriodOver, Renewed, Resolve};
    use ItemState::{Alert, Task};
    use RefusalCode::{ClaimedByAnother, NotAnAlert, ReasonMissing, WrongState};
    use TaskState::{Done, Due, Overdue};

    match (state, input) {
        (Alert(Open | Claimed { .. }), Found { .. }) => Next::Show,
        (
            Alert(Open | Claimed { .. }),
            Gone { on, cause } | PeriodOver { on, cause } | NothingNew { on, cause },
        ) => Next::To(Alert(Withdrawn { on, cause: cause.into() })),
        (Alert(Open), Claim { by, at }) => Next::To(Alert(Claimed { by: by.into(), at })),
        (Alert(Open), Resolve { .. }) => Next::Refuse(WrongState),
        (Alert(Claimed { by: holder, .. }), Claim { by, .. }) if holder == by => Next::Nothing,
        (Alert(Claimed { .. }), Claim { .. }) => Next::Refuse(ClaimedByAnother),
        (Alert(Claimed { by: holder, .. }), Resolve { by, .. }) if holder != by => {
            Next::Refuse(ClaimedByAnother)
        }
        (Alert(Claimed { .. }), Resolve { reason, .. }) if reason.trim().is_empty() => {
            Next::Refuse(ReasonMissing)
        }
        (Alert(Claimed { .. }), Resolve { by, at, outcome, reason, reopen_on, today }) => {
            resolve(by, at, outcome, reason, reopen_on, today)
        }
        (Alert(Resolved { .. }), Renewed) => Next::Anew,
        (Alert(Withdrawn { .. }), Found { .. }) => Next::To(Alert(Open)),
        (Alert(Resolved { .. }), Found { .. }) => Next::Nothing,
        (Alert(Resolved { .. } | Withdrawn { .. }), Gone { .. } | PeriodOver { .. } | NothingNew { .. }) => {
            Next::Nothing
        }
        (Alert(Open | Claimed { .. } | Withdrawn { .. }), Renewed) => Next::Nothing,
        (Alert(Resolved { .. } | Withdrawn { .. }), Claim { .. } | Resolve { .. }) => {
            Next::Refuse(WrongState)
        }

        (Task(Due), Found { late: false, .. }) => Next::Show,
        (Task(Done { .. } | Overdue { .. }), Found { late: false, .. }) => Next::To(Task(Due)),
        (Task(Due | Done { .. }), Found { late: true, on }) => Next::To(Task(Overdue { on })),
        (Task(Overdue { .. }), Found { late: true, .. }) => Next::Show,
        (Task(Due | Overdue { .. }), Gone { on, .. }) => Next::To(Task(Done { on })),
        (Task(Due), PeriodOver { on, .. }) => Next::To(Task(Overdue { on })),
        (Task(Overdue { .. }), PeriodOver { .. }) => Next::Nothing,
        (Task(Done { .. }), Gone { .. } | PeriodOver { .. }) => Next::Nothing,
        // Nobody decides on a task: nothing about it is ever known from a decision.
        (Task(Due | Done { .. } | Overdue { .. }), NothingNew { .. } | Renewed) => Next::Nothing,
        (Task(Due | Done { .. } | Overdue { .. }), Claim { .. } | Resolve { .. }) => Next::Refuse(NotAnAlert),
    }
}

fn resolve(
    by: &str,
    at: Instant,
    outcome: Outcome,
    reason: &str,
    reopen_on: Option<Day>,
    today: Day,
) -> Next {
    let last = today.plus_months(REOPEN_WITHIN_MONTHS);
    if reopen_on.is_some_and(|day| day <= today || day > last) {
        return Next::Refuse(RefusalCode::ReopenDayOutOfRange);
    }
    let (by, reason) = (by.to_owned(), reason.trim().to_owned());
    Next::To(ItemState::Alert(AlertState::Resolved { by, at, outcome, reason, reopen_on }))
}
