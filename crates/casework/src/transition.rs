//! The one table of what may happen to an alert or a task: what data and the day do to it stands here, what people ask
//! for in [`order`].

use sanzao_model::{AlertState, Day, Instant, ItemState, Proof, TaskState, Wake};

pub(crate) mod order;
#[cfg(test)]
mod tests;

/// What happens to an item by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input<'a> {
    /// Its occasion is found.
    Found {
        /// On which day.
        on: Day,
        /// How near the day is by which something has to happen.
        nearness: Nearness,
        /// What is new about it.
        news: News,
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
    /// What was decided on is found with new evidence, after the day to look again, or because somebody asked for it.
    Renewed,
    /// Its occasion, a calendar period, has ended: that it is no longer found clears nothing.
    PeriodOver {
        /// On which day.
        on: Day,
        /// Says so in Chinese.
        cause: &'a str,
    },
}

/// How near a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nearness {
    /// Not yet near.
    Far,
    /// Within a week.
    Near,
    /// It has passed.
    Past,
}

/// A task is due, not only planned, from so many days before its day (assumed).
pub(crate) const NEAR_DAYS: i32 = 7;

impl Nearness {
    pub(crate) fn of(due: Day, today: Day) -> Nearness {
        match due.0 - today.0 {
            ..0 => Nearness::Past,
            0..=NEAR_DAYS => Nearness::Near,
            _ => Nearness::Far,
        }
    }
}

/// What is new in what is found, against what an item shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum News {
    /// Nothing that matters.
    #[default]
    None,
    /// It says something else.
    Other,
    /// An amount is greater.
    Higher,
    /// It has a trigger that the item did not know.
    Evidence,
}

/// Data show within so many days that something was done that was reported, or it is to be done again (assumed).
pub(crate) const SEEN_WITHIN_DAYS: i32 = 7;

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// The item stays as it is, whatever was found.
    Nothing,
    /// The item stays where it stands and shows what is found now.
    Show,
    /// The item moves, and shows what is found now, if it is found.
    To(ItemState),
    /// As `To`, of what waited for something.
    Wake(ItemState, Wake),
    /// The item stays as it is, and a new episode of its case is raised.
    Anew,
}

/// Where a new item stands.
pub(crate) fn opening(is_task: bool, on: Day, nearness: Nearness) -> ItemState {
    if is_task { ItemState::Task(task_at(on, nearness)) } else { ItemState::Alert(AlertState::Open) }
}

fn task_at(on: Day, nearness: Nearness) -> TaskState {
    match nearness {
        Nearness::Far => TaskState::Planned,
        Nearness::Near => TaskState::Due,
        Nearness::Past => TaskState::Overdue { on },
    }
}

/// The table of what happens by itself. A closed alert is never moved by its own occasion again: what is new makes
/// another one (domain §5.3).
pub(crate) fn next(state: &ItemState, input: Input<'_>) -> Next {
    match state {
        ItemState::Alert(state) => next_of_alert(state, input),
        ItemState::Task(state) => next_of_task(state, input),
    }
}

fn next_of_alert(state: &AlertState, input: Input<'_>) -> Next {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use Input::{Found, Gone, NothingNew, PeriodOver, Renewed};

    match (state, input) {
        (Open | Claimed { .. }, Found { .. }) => Next::Show,
        (Snoozed { by, at, until, .. }, Found { on, news, .. }) => match news {
            News::Evidence => Next::Wake(claimed(by, *at), Wake::NewEvidence),
            News::Higher => Next::Wake(claimed(by, *at), Wake::Higher),
            News::None | News::Other if on >= *until => Next::Wake(claimed(by, *at), Wake::Day),
            News::None | News::Other => Next::Show,
        },
        // Whoever approves has to approve what was decided on.
        (Decided { decision, .. }, Found { news: News::Evidence, .. }) => {
            Next::Wake(claimed(&decision.by, decision.at), Wake::NewEvidence)
        }
        (Decided { .. }, Found { .. }) => Next::Show,
        (Closed(_) | Appealed { .. }, Found { .. }) => Next::Nothing,
        (Withdrawn { .. }, Found { .. }) => Next::To(ItemState::Alert(Open)),
        (
            Open | Claimed { .. } | Snoozed { .. } | Decided { .. },
            Gone { on, cause } | PeriodOver { on, cause } | NothingNew { on, cause },
        ) => Next::To(ItemState::Alert(Withdrawn { on, cause: cause.into() })),
        (
            Closed(_) | Appealed { .. } | Withdrawn { .. },
            Gone { .. } | PeriodOver { .. } | NothingNew { .. },
        ) => Next::Nothing,
        (Closed(_) | Appealed { .. }, Renewed) => Next::Anew,
        (Open | Claimed { .. } | Snoozed { .. } | Decided { .. } | Withdrawn { .. }, Renewed) => {
            Next::Nothing
        }
    }
}

fn claimed(by: &str, at: Instant) -> ItemState {
    ItemState::Alert(AlertState::Claimed { by: by.into(), at })
}

fn next_of_task(state: &TaskState, input: Input<'_>) -> Next {
    use Input::{Found, Gone, NothingNew, PeriodOver, Renewed};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};

    let to = |state| Next::To(ItemState::Task(state));
    match (state, input) {
        (Planned, Found { nearness: Nearness::Far, .. })
        | (Due, Found { nearness: Nearness::Near, .. })
        | (Overdue { .. }, Found { nearness: Nearness::Past, .. }) => Next::Show,
        (Planned | Due | Overdue { .. } | Missed { .. }, Found { on, nearness, .. }) => {
            to(task_at(on, nearness))
        }
        (Reported(completion), Found { on, nearness, news }) => {
            let again = |wake| Next::Wake(ItemState::Task(task_at(on, nearness)), wake);
            match news {
                News::Other | News::Higher | News::Evidence => again(Wake::MoreToDo),
                News::None if on.0 - completion.on.0 > SEEN_WITHIN_DAYS => again(Wake::NotSeen),
                News::None => Next::Nothing,
            }
        }
        (Done { proof: Proof::Data(_), .. }, Found { on, nearness, .. }) => to(task_at(on, nearness)),
        // No data show it, so none can contradict it.
        (Done { proof: Proof::Word(_), .. } | Cancelled { .. }, Found { .. }) => Next::Nothing,
        (Planned | Due | Overdue { .. }, Gone { on, .. }) => to(Done { on, proof: Proof::Data(None) }),
        (Reported(completion), Gone { on, .. }) => {
            to(Done { on, proof: Proof::Data(Some(completion.clone())) })
        }
        (Planned | Due | Overdue { .. }, PeriodOver { on, .. }) => to(Missed { on }),
        (Reported(completion), PeriodOver { .. }) => {
            to(Done { on: completion.on, proof: Proof::Word(completion.clone()) })
        }
        (Done { .. } | Missed { .. } | Cancelled { .. }, Gone { .. } | PeriodOver { .. }) => Next::Nothing,
        // Nobody decides on a task: nothing about it is ever known from a decision.
        (
            Planned | Due | Overdue { .. } | Reported(_) | Done { .. } | Missed { .. } | Cancelled { .. },
            NothingNew { .. } | Renewed,
        ) => Next::Nothing,
    }
}
