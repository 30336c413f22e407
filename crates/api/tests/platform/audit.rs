//! An audit record of its own for each platform: a real recorder and real keys, over a log in memory that fails when told to.

use std::path::Path;
use std::sync::{Arc, Mutex};

use sanzao_api::BackendError;
use sanzao_audit::{
    AuditError, AuditKey, AuditKeys, AuditLog, Entry, Fill, LogError, NoRandomness, Order, Page, PersonPage,
    Query, Recorder, Report, of_person, open, search, verify,
};
use sanzao_model::PersonId;

#[derive(Default)]
struct Log {
    records: Mutex<Vec<Vec<u8>>>,
    failure: Mutex<Option<String>>,
}

impl Log {
    fn failure(&self) -> Result<(), LogError> {
        let failure = self.failure.lock().unwrap().clone();
        failure.map_or(Ok(()), |detail| Err(LogError::Unavailable { detail }))
    }
}

impl AuditLog for Log {
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError> {
        self.failure()?;
        self.records.lock().unwrap().extend(records);
        Ok(())
    }

    fn last(&self) -> Result<Option<Vec<u8>>, LogError> {
        self.failure()?;
        Ok(self.records.lock().unwrap().last().cloned())
    }
}

pub struct Record {
    log: Arc<Log>,
    keys: Arc<AuditKeys>,
    recorder: Recorder,
}

impl Record {
    pub fn start(folder: &Path) -> Record {
        let keys = AuditKeys::open(&folder.join("audit-keys.db"), &AuditKey::new([7; 32]), "api-1").unwrap();
        let (log, keys) = (Arc::new(Log::default()), Arc::new(keys));
        let fill: Fill = Box::new(|bytes| super::accounts::fill(bytes).map_err(|_| NoRandomness));
        let recorder = Recorder::start(log.clone(), keys.clone(), fill).unwrap();
        Record { log, keys, recorder }
    }

    pub fn record(&self, entry: Entry) -> Result<(), BackendError> {
        let unavailable = |error: AuditError| BackendError::Unavailable {
            reason: error.to_string(),
            retry_after_seconds: 5,
        };
        self.recorder.record(entry).map(|_| ()).map_err(unavailable)
    }

    /// From now on the log takes nothing, and says why; or everything again.
    pub fn fail(&self, failure: Option<String>) {
        *self.log.failure.lock().unwrap() = failure;
    }

    fn records(&self) -> Vec<Vec<u8>> {
        self.log.records.lock().unwrap().clone()
    }

    fn newest_first(&self) -> impl Iterator<Item = Result<Vec<u8>, LogError>> {
        self.records().into_iter().rev().map(Ok)
    }

    pub fn search(&self, query: &Query, after: Option<u64>, limit: usize) -> Result<Page, AuditError> {
        self.log.failure()?;
        search(self.newest_first(), &self.keys, query, Order::NewestFirst, after, limit)
    }

    pub fn of_person(
        &self,
        person: PersonId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<PersonPage, AuditError> {
        self.log.failure()?;
        of_person(self.newest_first(), &self.keys, person, Order::NewestFirst, after, limit)
    }

    pub fn verify(&self) -> Result<Report, AuditError> {
        self.log.failure()?;
        verify(self.records().into_iter().map(Ok), &self.keys)
    }

    /// Overwrites a byte of a record, counted from 1, as somebody with the disk can.
    pub fn damage(&self, number: usize) {
        self.log.records.lock().unwrap()[number - 1][20] ^= 1;
    }

    /// What is on record, as it was recorded. It has no place for what was erased: nobody is forgotten here.
    pub fn entries(&self) -> Vec<Entry> {
        let entry = |record: Vec<u8>| {
            let opened = open(&record, &self.keys).unwrap();
            let concern = opened.concern.known().unwrap().clone();
            Entry {
                at: opened.at,
                actor: opened.actor,
                action: opened.action,
                outcome: opened.outcome,
                item: concern.item,
                subjects: opened.subjects.iter().map(|part| *part.known().unwrap()).collect(),
                purpose: concern.purpose,
                details: concern.details,
                request: opened.circumstances.request,
                from: opened.circumstances.from,
                session: opened.circumstances.session,
            }
        };
        self.records().into_iter().map(entry).collect()
    }
}
