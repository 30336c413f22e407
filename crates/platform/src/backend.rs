//! What the API asks of the assembly.

use std::collections::HashMap;
use std::sync::Arc;

use sanzao_access::NoRandomness;
use sanzao_api::{
    Backend, BackendError, Completeness, EraseError, Exchange, Health, OutcomeName, Outcomes, PersonErasure,
    RawEvent, ReceiptCursor, ReceiptPage, RegistryError, RegistryEvent, RepairError,
};
use sanzao_audit::{AuditError, Entry, Order, Page, PersonPage, Query, Report};
use sanzao_casework::Calendar;
use sanzao_intake::Pseudonyms;
use sanzao_journal::{ErrorClass, Journal, JournalError, NewRecord, Stream, Write};
use sanzao_model::{Bureau, Command, Day, Feed, IdNumber, InboxRecord, Instant, Item, PersonId, Place};
use sanzao_readmodel::FeedReader;
use sanzao_vault::{Access, Masked, Vault, VaultError};

use crate::accounts;
use crate::audit_log::Audit;
use crate::clock;
use crate::erasure::{Eraser, ErasureFailed};
use crate::exchange::LiveExchange;
use crate::metrics::Status;
use crate::overview::OverviewBoard;
use crate::raw::RawRecords;
use crate::receipt_log::ReceiptLog;
use crate::registry::Registry;
use crate::repair::Repairs;
use crate::stage::{TRACEPARENT, take_trace};
use crate::topics::Topics;

/// Seconds after which a client may try again when the log does not take anything.
pub(crate) const RETRY_AFTER_SECONDS: u32 = 5;

/// The log, the clock and the health of the stages.
pub(crate) struct LiveBackend {
    pub journal: Arc<dyn Journal>,
    pub topics: Topics,
    pub raw: Arc<RawRecords>,
    /// Whether sampled events are followed.
    pub follows: bool,
    pub eraser: Eraser,
    pub bureau: Bureau,
    pub status: Arc<Status>,
    /// What the owner of the bureau tells, where that may be another process.
    pub overview: Option<Arc<OverviewBoard>>,
    pub feeds: FeedReader,
    pub pseudonyms: Pseudonyms,
    pub calendar: Arc<Calendar>,
    pub audit: Arc<Audit>,
    /// Instead of today, for drills.
    pub day: Option<Day>,
    /// Where this process tells and asks departments.
    pub exchange: Option<LiveExchange>,
}

impl LiveBackend {
    fn append(&self, stream: Stream, records: Vec<NewRecord>) -> Result<Vec<u64>, BackendError> {
        let write = Write { appends: vec![(stream, records)], commits: Vec::new() };
        let ranges = self.journal.write(write).map_err(|error| backend_error(&error))?;
        Ok(ranges.into_iter().flatten().collect())
    }
}

pub(crate) fn backend_error(error: &JournalError) -> BackendError {
    match error.class() {
        ErrorClass::Retry => {
            BackendError::Unavailable { reason: error.to_string(), retry_after_seconds: RETRY_AFTER_SECONDS }
        }
        ErrorClass::Reject | ErrorClass::Bug => BackendError::Bug(error.to_string()),
    }
}

impl Backend for LiveBackend {
    fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    fn submit_events(&self, feed: Feed, events: Vec<RawEvent>) -> Result<Vec<u64>, BackendError> {
        let record = |RawEvent { mut headers, value }: RawEvent| {
            let trace = take_trace(&mut headers).filter(|_| self.follows);
            let mut record = self.raw.record(feed, &headers, &value, None);
            // Beside the seal: intake decides by it before it opens anything.
            record
                .headers
                .extend(trace.map(|trace| (TRACEPARENT.to_owned(), trace.to_string().into_bytes())));
            record
        };
        let records = events.into_iter().map(record).collect();
        self.append(self.topics.feed(feed, 0), records)
    }

    fn submit_command(&self, command: Command) -> Result<u64, BackendError> {
        let value = InboxRecord::Command(command).to_bytes();
        let records = vec![NewRecord { value, ..NewRecord::default() }];
        let offsets = self.append(self.topics.inbox(self.bureau), records)?;
        offsets.first().copied().ok_or_else(|| BackendError::Bug("the log gave no offset".into()))
    }

    fn with_vault(
        &self,
        work: &mut dyn FnMut(&mut Vault) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        self.eraser.identities.with(work)
    }

    fn masks(&self, people: &[PersonId]) -> HashMap<PersonId, Masked> {
        let masked = self.eraser.identities.masked(people);
        masked.unwrap_or_else(|error| {
            tracing::debug!(%error, "people are shown without masks");
            HashMap::new()
        })
    }

    fn tell_registry(
        &self,
        key: [u8; 16],
        item: &Item,
        event: &RegistryEvent,
        access: &Access,
    ) -> Result<(), RegistryError> {
        let registry = Registry {
            journal: self.journal.as_ref(),
            topics: &self.topics,
            bureau: self.bureau,
            raw: &self.raw,
            identities: &self.eraser.identities,
            pseudonyms: &self.pseudonyms,
        };
        registry.tell(key, item, event, access)
    }

    fn record(&self, entry: Entry) -> Result<(), BackendError> {
        self.audit.record(entry)
    }

    fn audit_search(&self, query: &Query, after: Option<u64>, limit: usize) -> Result<Page, AuditError> {
        let (records, keys) = (self.audit.newest_first(), self.audit.keys());
        sanzao_audit::search(records, keys, query, Order::NewestFirst, after, limit)
    }

    fn audit_of_person(
        &self,
        person: PersonId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<PersonPage, AuditError> {
        let (records, keys) = (self.audit.newest_first(), self.audit.keys());
        sanzao_audit::of_person(records, keys, person, Order::NewestFirst, after, limit)
    }

    fn audit_verify(&self) -> Result<Report, AuditError> {
        sanzao_audit::verify(self.audit.records(), self.audit.keys())
    }

    fn person_of(&self, number: &IdNumber) -> Result<PersonId, BackendError> {
        Ok(self.pseudonyms.person(number))
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        self.exchange.as_ref().map(|exchange| exchange as &dyn Exchange)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        accounts::fill(bytes)
    }

    fn erase(&self, person: PersonId, access: &Access) -> Result<PersonErasure, EraseError> {
        let erased = self.eraser.erase(person, access).map_err(|error| match error {
            ErasureFailed::Vault(error) => EraseError::Vault(error),
            ErasureFailed::Log(error) => EraseError::Log(backend_error(&error)),
        })?;
        self.audit.forget(person, access.at).map_err(EraseError::Log)?;
        Ok(erased)
    }

    fn bureau(&self) -> Option<Bureau> {
        Some(self.bureau)
    }

    fn receipts(
        &self,
        feed: Feed,
        after: ReceiptCursor,
        limit: usize,
        outcome: Option<OutcomeName>,
    ) -> Result<Option<ReceiptPage>, BackendError> {
        let (journal, stream) = (self.journal.as_ref(), self.topics.receipts(feed));
        ReceiptLog { journal, stream, bureau: self.bureau }.page(after, limit, outcome)
    }

    fn repair(
        &self,
        feed: Feed,
        rejected: Place,
        event: RawEvent,
        actor: &str,
    ) -> Result<Place, RepairError> {
        let (journal, topics) = (self.journal.as_ref(), &self.topics);
        let repairs = Repairs { journal, topics, bureau: self.bureau, feeds: &self.feeds, raw: &self.raw };
        repairs.submit(feed, rejected, event, actor)
    }

    fn completeness(&self) -> Option<Completeness> {
        match &self.overview {
            Some(overview) => overview.shown()?.completeness,
            None => self.status.completeness(self.bureau),
        }
    }

    fn outcomes(&self) -> Option<Arc<Outcomes>> {
        match &self.overview {
            Some(overview) => overview.shown()?.outcomes,
            None => self.status.outcomes(self.bureau).outcomes(),
        }
    }

    /// Where a drill evaluates as of another day, people work on that day, too.
    fn now(&self) -> Instant {
        self.day.map_or_else(clock::now, clock::now_on)
    }

    fn health(&self) -> Health {
        let evaluated = self.overview.as_ref().and_then(|overview| Some(overview.shown()?.evaluated));
        Health { reasons: self.status.reasons(), evaluated }
    }

    fn has_projected(&self) -> bool {
        self.status.has_caught_up("projection")
    }

    fn metrics(&self) -> String {
        self.status.text()
    }
}
