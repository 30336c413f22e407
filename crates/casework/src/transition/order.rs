//! What people may ask of an item, by where it stands.

mod alert;
mod task;

use sanzao_model::{Day, Deed, Instant, ItemState, Order, Procedure, RefusalCode};

use crate::calendar::Calendar;

/// Who asks, when, and of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The account.
    pub by: &'a str,
    /// When.
    pub at: Instant,
    /// The day of casework.
    pub today: Day,
    /// What the item starts.
    pub procedure: Procedure,
    /// Whose the item is.
    pub assignee: Option<&'a str>,
    /// Working days.
    pub calendar: &'a Calendar,
}

/// What follows from an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is so already.
    Nothing,
    /// The item moves.
    Moves {
        /// To where.
        to: ItemState,
        /// What was done.
        what: Deed,
        /// Why, where it does not stand with the state.
        reason: String,
    },
    /// It cannot be done.
    Refuse(RefusalCode),
}

impl Answer {
    fn moves(to: ItemState, what: Deed) -> Answer {
        Answer::Moves { to, what, reason: String::new() }
    }
}

/// The table of what people ask for. An alert is claimed before it is decided on, by the same account: somebody has
/// looked at it. Orders that do not move an item are none of this table's ([`crate::arrange`]).
pub(crate) fn answer(state: &ItemState, order: &Order, asked: &Asked<'_>) -> Answer {
    let answered = match state {
        ItemState::Alert(state) => alert::answer(state, order, asked),
        ItemState::Task(state) => task::answer(state, order, asked),
    };
    answered.unwrap_or_else(Answer::Refuse)
}

type Answered = Result<Answer, RefusalCode>;

/// What somebody wrote, without space around it.
fn written(text: &str) -> Result<String, RefusalCode> {
    let text = text.trim();
    if text.is_empty() { Err(RefusalCode::ReasonMissing) } else { Ok(text.to_owned()) }
}

/// A day that is not later than today, nor before another.
fn past(day: Day, first: Day, today: Day) -> Result<Day, RefusalCode> {
    if (first..=today).contains(&day) { Ok(day) } else { Err(RefusalCode::DayOutOfRange) }
}

/// A day later than today, within so many months.
fn future(day: Day, today: Day, within_months: i32) -> Result<Day, RefusalCode> {
    let fits = day > today && day <= today.plus_months(within_months);
    if fits { Ok(day) } else { Err(RefusalCode::DayOutOfRange) }
}
