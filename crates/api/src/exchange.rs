//! What the API asks of the exchange with departments: the log of requests, and the outbox.

use sanzao_exchange::{
    AnswerError, ErrorClass, ExchangeError, Outbox, RequestRecord, RequestRefusal, Requests,
};

use crate::backend::{Backend, BackendError};
use crate::problem::{Problem, ProblemType};

/// Why a record of the log of requests did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// As the log says.
    #[error(transparent)]
    Log(#[from] BackendError),
    /// Reject: where the request stands does not allow it.
    #[error(transparent)]
    Refused(#[from] RequestRefusal),
}

/// The exchange with departments, as the assembly gives it; in tests, a log in memory and a real outbox. The methods may
/// block until the log is durable.
pub trait Exchange: Send + Sync {
    /// Looks at the requests, as the log has them now.
    ///
    /// # Errors
    /// See [`BackendError`].
    fn requests(&self, look: &mut dyn FnMut(&Requests)) -> Result<(), BackendError>;

    /// Appends a record to the log of requests, and returns when it is durable and was taken in.
    ///
    /// # Errors
    /// See [`RequestError`].
    fn submit(&self, record: &RequestRecord) -> Result<(), RequestError>;

    /// Works with the outbox, waiting for its turn.
    ///
    /// # Errors
    /// As the work says.
    fn with_outbox(
        &self,
        work: &mut dyn FnMut(&mut Outbox) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError>;
}

/// The exchange of this node.
///
/// # Errors
/// When it has none.
pub(crate) fn exchange(backend: &dyn Backend) -> Result<&dyn Exchange, Problem> {
    let missing = || Problem::new(ProblemType::Unavailable, "this node exchanges nothing with departments");
    backend.exchange().ok_or_else(missing)
}

/// What a look at the requests gives.
///
/// # Errors
/// When the log does not answer.
pub(crate) fn of_requests<T>(backend: &dyn Backend, look: impl FnOnce(&Requests) -> T) -> Result<T, Problem> {
    let (mut look, mut seen) = (Some(look), None);
    exchange(backend)?.requests(&mut |requests| seen = look.take().map(|look| look(requests)))?;
    seen.ok_or_else(|| Problem::internal("the requests were not looked at"))
}

/// What work with the outbox gives.
///
/// # Errors
/// As the work says.
pub(crate) fn in_outbox<T>(
    backend: &dyn Backend,
    work: impl FnOnce(&mut Outbox) -> Result<T, ExchangeError>,
) -> Result<T, Problem> {
    let (mut work, mut done) = (Some(work), None);
    exchange(backend)?.with_outbox(&mut |outbox| {
        done = work.take().map(|work| work(outbox)).transpose()?;
        Ok(())
    })?;
    done.ok_or_else(|| Problem::internal("the outbox was not asked"))
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Problem {
        match error {
            RequestError::Log(error) => error.into(),
            RequestError::Refused(refusal) => refusal.into(),
        }
    }
}

impl From<RequestRefusal> for Problem {
    fn from(refusal: RequestRefusal) -> Problem {
        let kind = match &refusal {
            RequestRefusal::Unknown | RequestRefusal::AnotherDepartment { .. } => {
                return Problem::not_found("request");
            }
            RequestRefusal::AlreadyAnswered | RequestRefusal::Cancelled => ProblemType::WrongState,
            RequestRefusal::Answer(AnswerError::LaterDay { .. }) => ProblemType::Day,
            RequestRefusal::Answer(AnswerError::Form { .. } | AnswerError::Points { .. }) => {
                ProblemType::Body
            }
        };
        Problem::new(kind, refusal.to_string())
    }
}

impl From<ExchangeError> for Problem {
    fn from(error: ExchangeError) -> Problem {
        match &error {
            ExchangeError::NoDeadLetter { .. } | ExchangeError::NoEndpoint { .. } => {
                Problem::new(ProblemType::NotFound, error.to_string())
            }
            _ if error.class() == ErrorClass::Retry => {
                tracing::error!(%error, "the outbox does not answer");
                Problem::new(ProblemType::Unavailable, "the outbox cannot be used now: try again")
                    .retry_after(5)
            }
            _ => Problem::internal(error),
        }
    }
}
