//! The one table of what may happen to a verification request.

use sanzao_model::{Day, Feed, Instant};
use serde::{Deserialize, Serialize};

use crate::{Answer, AnswerError, RequestState, VerificationRequest};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestCommand {
    /// A receiver of the department took it.
    Deliver {
        /// When.
        at: Instant,
    },
    /// The department answers.
    Answer {
        /// The department whose account it is.
        feed: Feed,
        /// The account.
        by: String,
        /// When.
        at: Instant,
        /// What it says.
        answer: Answer,
    },
    /// A day begins.
    Day {
        /// Which.
        today: Day,
    },
    /// The bureau needs no answer any more.
    Cancel {
        /// The account.
        by: String,
        /// When.
        at: Instant,
    },
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestNext {
    /// It stays where it stands: this was so already, or changes nothing.
    Nothing,
    /// It moves.
    To(RequestState),
    /// The command is refused.
    Refuse(RequestRefusal),
}

/// Why a command is refused. Reject: it would be refused again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// Nobody asked.
    #[error("there is no such request")]
    Unknown,
    /// Another answer was given, which counts.
    #[error("the request was answered already; ask again to hear something else")]
    AlreadyAnswered,
    /// Nobody waits for the answer.
    #[error("the request was cancelled; no answer is needed")]
    Cancelled,
    /// It is another department's to answer.
    #[error("the request was put to {asked}, whose account must answer")]
    AnotherDepartment {
        /// Who was asked.
        asked: Feed,
    },
    /// The answer does not fit the question.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl VerificationRequest {
    /// What follows of a command; changes nothing.
    pub fn next(&self, command: &RequestCommand) -> RequestNext {
        match command {
            RequestCommand::Deliver { at } => deliver(&self.state, *at),
            RequestCommand::Day { today } => begin_day(&self.state, self.deadline, *today),
            RequestCommand::Cancel { by, at } => cancel(&self.state, by, *at),
            RequestCommand::Answer { feed, by, at, answer } => {
                if *feed != self.feed() {
                    return RequestNext::Refuse(RequestRefusal::AnotherDepartment { asked: self.feed() });
                }
                match answer.fits(self.question, at.day_in_china()) {
                    Err(error) => RequestNext::Refuse(error.into()),
                    Ok(()) => take_answer(&self.state, self.deadline, by, *at, answer),
                }
            }
        }
    }

    /// Carries out a command; true when the request moved.
    ///
    /// # Errors
    /// When it is refused: the request is as it was.
    pub fn step(&mut self, command: &RequestCommand) -> Result<bool, RequestRefusal> {
        match self.next(command) {
            RequestNext::Nothing => Ok(false),
            RequestNext::To(state) => {
                self.state = state;
                Ok(true)
            }
            RequestNext::Refuse(refusal) => Err(refusal),
        }
    }
}

fn deliver(state: &RequestState, at: Instant) -> RequestNext {
    use RequestState::{Answered, Asked, Cancelled, Delivered, Overdue};
    match state {
        Asked => RequestNext::To(Delivered { at }),
        Overdue { since, delivered: None } => RequestNext::To(Overdue { since: *since, delivered: Some(at) }),
        // Several endpoints of a department, or the same message again.
        Delivered { .. } | Overdue { delivered: Some(_), .. } => RequestNext::Nothing,
        Answered { .. } | Cancelled { .. } => RequestNext::Nothing,
    }
}

fn begin_day(state: &RequestState, deadline: Day, today: Day) -> RequestNext {
    use RequestState::{Answered, Asked, Cancelled, Delivered, Overdue};
    let is_past = today > deadline;
    match state {
        Asked if is_past => RequestNext::To(Overdue { since: today, delivered: None }),
        Delivered { at } if is_past => RequestNext::To(Overdue { since: today, delivered: Some(*at) }),
        Asked | Delivered { .. } => RequestNext::Nothing,
        Overdue { .. } | Answered { .. } | Cancelled { .. } => RequestNext::Nothing,
    }
}

fn cancel(state: &RequestState, by: &str, at: Instant) -> RequestNext {
    use RequestState::{Answered, Asked, Cancelled, Delivered, Overdue};
    match state {
        Asked | Delivered { .. } | Overdue { .. } => RequestNext::To(Cancelled { by: by.into(), at }),
        Answered { .. } => RequestNext::Refuse(RequestRefusal::AlreadyAnswered),
        Cancelled { .. } => RequestNext::Nothing,
    }
}

fn take_answer(state: &RequestState, deadline: Day, by: &str, at: Instant, answer: &Answer) -> RequestNext {
    use RequestState::{Answered, Asked, Cancelled, Delivered, Overdue};
    match state {
        // Who answers has it, whatever became of the delivery. On the last day it is in time, in every state.
        Asked | Delivered { .. } | Overdue { .. } => {
            let late = at.day_in_china() > deadline;
            RequestNext::To(Answered { answer: answer.clone(), by: by.into(), at, late })
        }
        // Sent again after an answer of ours that was lost.
        Answered { answer: known, .. } if known == answer => RequestNext::Nothing,
        Answered { .. } => RequestNext::Refuse(RequestRefusal::AlreadyAnswered),
        Cancelled { .. } => RequestNext::Refuse(RequestRefusal::Cancelled),
    }
}
