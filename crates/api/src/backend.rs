//! What the API asks of the assembly: the log, the clock and the health of the stages.

use std::collections::HashMap;
use std::sync::Arc;

use sanzao_access::NoRandomness;
use sanzao_audit::{AuditError, Entry, Page, PersonPage, Query, Report};
use sanzao_casework::Calendar;
use sanzao_model::{Bureau, Command, Feed, IdNumber, Instant, Item, PersonId, Place};
use sanzao_vault::{Access, Erasure, Masked, Vault, VaultError};

use crate::completion::RegistryEvent;
use crate::exchange::Exchange;
use crate::feed::Completeness;
use crate::outcomes::Outcomes;
use crate::problem::{Problem, ProblemType};
use crate::receipt::{OutcomeName, ReceiptCursor, ReceiptPage};
use crate::rejection::RepairError;

/// An event as a department sent it, to be appended to its feed's topic untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawEvent {
    /// As CloudEvents' Kafka binding names them: `content-type`, and in binary mode `ce_id`, `ce_source`, …; and
    /// `traceparent`, as the request had it.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The structured event, or in binary mode its data.
    pub value: Vec<u8>,
}

/// Whether the platform answers with what is current.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Why it does not (catching up, broker away, disk full), without personal data; ready when empty.
    pub reasons: Vec<String>,
    /// When the bureau was last evaluated, where another process may do that, whose state is not among the reasons.
    pub evaluated: Option<Instant>,
}

/// Why the log did not take something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// Retry: the disk is full, the broker is away, or too much waits already.
    #[error("{reason}")]
    Unavailable {
        /// What is the matter, without personal data.
        reason: String,
        /// When to try again, in seconds.
        retry_after_seconds: u32,
    },
    /// Bug: something that should not happen; it is logged and not told to the client.
    #[error("{0}")]
    Bug(String),
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonErasure {
    /// In the vault.
    pub erasure: Erasure,
    /// The offset of the record of `facts` that has every ledger forget the person.
    pub facts_offset: u64,
    /// What it could not destroy.
    pub remains: Vec<Remains>,
}

/// Something that an erasure leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remains {
    /// Where, as a topic or a file.
    pub place: String,
    /// What, in words.
    pub what: String,
    /// Until when, in words.
    pub until: String,
}

/// Why a person was not erased, or not everywhere: ask again, nothing is done twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EraseError {
    /// As the vault says.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// As the log says.
    #[error(transparent)]
    Log(#[from] BackendError),
}

/// Why the registry was not told: ask again, nothing is done twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// As the vault says.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// As the log says.
    #[error(transparent)]
    Log(#[from] BackendError),
    /// Reject: the vault knows no number or name of the person.
    #[error("nobody is held under this pseudonym: tell the registry by its own means")]
    NobodyKnown,
    /// Reject: it is the number of another benefit.
    #[error("this is not the number of the benefit that the task is about: look it up in the registry")]
    OtherBenefit,
}

/// What the assembly gives to the API; in tests, a small log in memory. The methods that submit may block
/// until the log is durable; the others answer at once.
pub trait Backend: Send + Sync + 'static {
    /// On which days offices are open.
    fn calendar(&self) -> &Calendar;

    /// Appends events to a feed's topic, all or none, and gives the offset of each once they are durable.
    ///
    /// # Errors
    /// See [`BackendError`].
    fn submit_events(&self, feed: Feed, events: Vec<RawEvent>) -> Result<Vec<u64>, BackendError>;

    /// Appends a command to `inbox` and gives its offset once it is durable.
    ///
    /// # Errors
    /// See [`BackendError`].
    fn submit_command(&self, command: Command) -> Result<u64, BackendError>;

    /// Works with the vault, waiting for its turn. A node without one says that it cannot be opened.
    ///
    /// # Errors
    /// As the vault and the work say.
    fn with_vault(
        &self,
        work: &mut dyn FnMut(&mut Vault) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let _ = work;
        Err(no_vault())
    }

    /// People as lists show them, as far as the vault knows them and answers.
    fn masks(&self, people: &[PersonId]) -> HashMap<PersonId, Masked> {
        let mut masks = HashMap::new();
        let asked = self.with_vault(&mut |vault| {
            masks = vault.masked(people)?;
            Ok(())
        });
        if let Err(error) = asked {
            tracing::debug!(%error, "people are shown without masks");
        }
        masks
    }

    /// Erases a person from the vault and from every ledger.
    ///
    /// # Errors
    /// See [`EraseError`].
    fn erase(&self, person: PersonId, access: &Access) -> Result<PersonErasure, EraseError> {
        let _ = (person, access);
        Err(no_vault().into())
    }

    /// Tells the registry of a task that was done, once for each key, as an event of its feed.
    ///
    /// # Errors
    /// See [`RegistryError`].
    fn tell_registry(
        &self,
        key: [u8; 16],
        item: &Item,
        event: &RegistryEvent,
        access: &Access,
    ) -> Result<(), RegistryError> {
        let _ = (key, item, event, access);
        Err(no_vault().into())
    }

    /// The pseudonym of whoever has a document number. A node that makes none says so.
    ///
    /// # Errors
    /// See [`BackendError`].
    fn person_of(&self, number: &IdNumber) -> Result<PersonId, BackendError> {
        let _ = number;
        let reason = "this node makes no pseudonyms: say who it is by the pseudonym".to_owned();
        Err(BackendError::Unavailable { reason, retry_after_seconds: 60 })
    }

    /// Receipts of a feed from a place in its log on, at most `limit`, of one outcome or all; none when the place is
    /// beyond the end. With an outcome it may give fewer than there are, so that nobody waits for a long search.
    ///
    /// # Errors
    /// See [`BackendError`].
    fn receipts(
        &self,
        feed: Feed,
        after: ReceiptCursor,
        limit: usize,
        outcome: Option<OutcomeName>,
    ) -> Result<Option<ReceiptPage>, BackendError>;

    /// Appends the repaired event to the feed's topic, marked as a repair of the one that was rejected at a place,
    /// and gives its own place once it is durable. `actor` is on record.
    ///
    /// # Errors
    /// See [`RepairError`].
    fn repair(&self, feed: Feed, rejected: Place, event: RawEvent, actor: &str)
    -> Result<Place, RepairError>;

    /// How many of the people whom the registry names each feed names, if that has been counted.
    fn completeness(&self) -> Option<Completeness> {
        None
    }

    /// What came of alerts and tasks, as it was counted last.
    fn outcomes(&self) -> Option<Arc<Outcomes>> {
        None
    }

    /// The time.
    fn now(&self) -> Instant;

    /// Puts something on the audit record, and returns when it is durable.
    ///
    /// # Errors
    /// See [`BackendError`]: what was to be recorded must not happen then.
    fn record(&self, entry: Entry) -> Result<(), BackendError>;

    /// What is on the audit record of this node, newest first: at most `limit` entries, of numbers under `after` where it is
    /// given.
    ///
    /// # Errors
    /// As the record says.
    fn audit_search(&self, query: &Query, after: Option<u64>, limit: usize) -> Result<Page, AuditError> {
        let _ = (query, after, limit);
        Err(no_record())
    }

    /// What is on the audit record of this node about a person, newest first, in words for that person.
    ///
    /// # Errors
    /// As the record says.
    fn audit_of_person(
        &self,
        person: PersonId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<PersonPage, AuditError> {
        let _ = (person, after, limit);
        Err(no_record())
    }

    /// Whether the audit record of this node is whole.
    ///
    /// # Errors
    /// As the record says; that it is not whole is no error.
    fn audit_verify(&self) -> Result<Report, AuditError> {
        Err(no_record())
    }

    /// The exchange with departments, where this node has one.
    fn exchange(&self) -> Option<&dyn Exchange> {
        None
    }

    /// Randomness, for secrets.
    ///
    /// # Errors
    /// There is none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;

    /// Whose work this is, where it is one bureau's.
    fn bureau(&self) -> Option<Bureau> {
        None
    }

    /// Whether the stages are well.
    fn health(&self) -> Health;

    /// Whether the read model has reflected all of `work` at some moment since the process began. Before
    /// that, what it does not hold may exist. Who does not know it of the read model alone may leave it
    /// out: then it is so once all stages are well.
    fn has_projected(&self) -> bool {
        self.health().reasons.is_empty()
    }

    /// The metrics of the stages, as Prometheus text, each line ended.
    fn metrics(&self) -> String;
}

fn no_record() -> AuditError {
    AuditError::CannotOpen { path: "audit-keys.db".into(), detail: "this node reads no audit record".into() }
}

fn no_vault() -> VaultError {
    VaultError::CannotOpen { path: "vault.db".into(), detail: "this node keeps no identities".into() }
}

impl From<EraseError> for Problem {
    fn from(error: EraseError) -> Problem {
        match error {
            EraseError::Vault(error) => error.into(),
            EraseError::Log(error) => error.into(),
        }
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Problem {
        match error {
            RegistryError::Vault(error) => error.into(),
            RegistryError::Log(error) => error.into(),
            RegistryError::NobodyKnown => Problem::new(ProblemType::Vault, error.to_string()),
            RegistryError::OtherBenefit => {
                Problem::new(ProblemType::Body, error.to_string()).at("/benefit_id".into())
            }
        }
    }
}
