//! What people may ask of a task.

use sanzao_model::{Completion, Day, Deed, ItemState, Order, Proof, RefusalCode, TaskState};

use super::{Answer, Answered, Asked, past, written};

/// How long ago something may have been done that is recorded today (assumed).
const DONE_WITHIN_MONTHS: i32 = 12;

pub(super) fn answer(state: &TaskState, order: &Order, asked: &Asked<'_>) -> Answered {
    match order {
        Order::Complete { on, seen, is_sent } => complete(state, *on, seen, *is_sent, asked),
        Order::Cancel { reason } => cancel(state, reason, asked),
        Order::Claim
        | Order::Release
        | Order::Snooze { .. }
        | Order::Decide { .. }
        | Order::Notify { .. }
        | Order::Answer { .. }
        | Order::Approve { .. }
        | Order::SendBack { .. }
        | Order::Appeal { .. }
        | Order::DecideAppeal { .. }
        | Order::Reopen { .. }
        | Order::SecondOpinion { .. } => Err(RefusalCode::NotAnAlert),
        Order::Assign { .. }
        | Order::Comment { .. }
        | Order::Attach { .. }
        | Order::Group { .. }
        | Order::Undo
        | Order::Report(_) => Ok(Answer::Nothing),
    }
}

fn complete(state: &TaskState, on: Day, seen: &str, is_sent: bool, asked: &Asked<'_>) -> Answered {
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let seen = written(seen)?;
    let on = past(on, asked.today.plus_months(-DONE_WITHIN_MONTHS), asked.today)?;
    let completion = Completion { by: asked.by.to_owned(), at: asked.at, on, seen };
    let to = match state {
        Planned | Due | Overdue { .. } | Reported(_) if is_sent => Reported(completion),
        Planned | Due | Overdue { .. } => Done { on, proof: Proof::Word(completion) },
        // No record clears a period that has ended.
        Missed { .. } => Done { on, proof: Proof::Word(completion) },
        Reported(_) | Done { .. } | Cancelled { .. } => return Err(RefusalCode::WrongState),
    };
    Ok(Answer::moves(ItemState::Task(to), Deed::Completed))
}

fn cancel(state: &TaskState, reason: &str, asked: &Asked<'_>) -> Answered {
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let reason = written(reason)?;
    match state {
        Planned | Due | Overdue { .. } | Reported(_) | Missed { .. } => {
            let to = Cancelled { by: asked.by.to_owned(), at: asked.at, reason };
            Ok(Answer::moves(ItemState::Task(to), Deed::Cancelled))
        }
        Done { .. } | Cancelled { .. } => Err(RefusalCode::WrongState),
    }
}
