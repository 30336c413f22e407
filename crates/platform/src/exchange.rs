//! The exchange with departments, for the API and for the courier: the log of requests, the outbox, and who people are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sanzao_api::{Backend, BackendError, Exchange, RequestError};
use sanzao_audit::{Action, Entry};
use sanzao_exchange::{
    ExchangeError, Identities, IdentityFault, Outbox, PersonIdentity, RequestId, RequestRecord, Requests,
};
use sanzao_model::{IdNumber, PersonId};
use sanzao_vault::Access;

use crate::backend::backend_error;
use crate::clock;
use crate::metrics::Status;
use crate::request_log::RequestLog;
use crate::stage::StageError;

/// Who reads identities to send them: no account is called so.
const COURIER: &str = "system:webhook";

/// What the API sees of the exchange.
pub(crate) struct LiveExchange {
    pub log: Mutex<RequestLog>,
    pub outbox: Arc<Mutex<Outbox>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn log_error(error: StageError) -> BackendError {
    match error {
        StageError::Journal(error) => backend_error(&error),
        error => BackendError::Bug(error.to_string()),
    }
}

impl Exchange for LiveExchange {
    fn requests(&self, look: &mut dyn FnMut(&Requests)) -> Result<(), BackendError> {
        let mut log = lock(&self.log);
        log.catch_up(|_, _| {}).map_err(log_error)?;
        look(log.requests());
        Ok(())
    }

    fn submit(&self, record: &RequestRecord) -> Result<(), RequestError> {
        let mut log = lock(&self.log);
        let appended = log.append(std::slice::from_ref(record)).map_err(|error| backend_error(&error))?;
        let mut outcome = None;
        log.catch_up(|offset, taken| {
            if offset == appended {
                outcome = Some(taken);
            }
        })
        .map_err(log_error)?;
        match outcome {
            Some(taken) => Ok(taken.map(drop)?),
            None => Err(BackendError::Bug("the log does not hold what it took".to_owned()).into()),
        }
    }

    fn with_outbox(
        &self,
        work: &mut dyn FnMut(&mut Outbox) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError> {
        work(&mut lock(&self.outbox))
    }
}

/// Tells the courier who somebody is: each time a reveal, on record before it is told.
pub(crate) struct Revealing {
    pub backend: Arc<dyn Backend>,
    pub status: Arc<Status>,
}

impl Identities for Revealing {
    fn identity(&self, person: PersonId, request: RequestId) -> Result<PersonIdentity, IdentityFault> {
        let (at, purpose) = (clock::now(), format!("核对 {request}"));
        let mut entry = Entry::new(at, COURIER, Action::Reveal);
        (entry.subjects, entry.purpose) = (vec![person], Some(purpose.clone()));
        let away = |what: &str, error: &dyn std::fmt::Display| {
            tracing::warn!(%error, "{what}: a question to a department waits");
            IdentityFault::Away
        };
        self.backend.record(entry).map_err(|error| away("a reveal cannot be put on record", &error))?;
        // Asked before the vault is: what it keeps meanwhile is found.
        let is_keeping = self.status.is_current("vault");
        let access = Access { actor: COURIER.to_owned(), purpose, at };
        let mut revealed = None;
        let asked = self.backend.with_vault(&mut |vault| {
            revealed = vault.reveal(person, &access)?;
            Ok(())
        });
        asked.map_err(|error| away("the vault does not answer", &error))?;
        let newest = revealed.and_then(|it| Some((it.numbers.first()?.clone(), it.names.first()?.clone())));
        let known = newest.and_then(|(number, name)| {
            let id_number = IdNumber::parse(&number.value).ok()?;
            Some(PersonIdentity { id_number, name: name.value })
        });
        match known {
            Some(identity) => Ok(identity),
            None if is_keeping => Err(IdentityFault::Unknown),
            None => Err(away("the vault", &"it is behind, and may come to know the person")),
        }
    }
}
