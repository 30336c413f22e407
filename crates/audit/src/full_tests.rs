//! A disk that is full: nothing is half done, and everything goes on once there is space.

use std::path::Path;
use std::sync::{Arc, Mutex};

use sanzao_model::{Instant, PersonId};

use crate::{
    Action, AuditError, AuditKey, AuditKeys, AuditLog, Entry, ErrorClass, Fill, LogError, Recorder, open,
    verify,
};

#[derive(Default)]
struct Memory(Mutex<Vec<Vec<u8>>>);

impl Memory {
    fn records(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap().clone()
    }
}

impl AuditLog for Memory {
    fn append(&self, records: Vec<Vec<u8>>) -> Result<(), LogError> {
        self.0.lock().unwrap().extend(records);
        Ok(())
    }

    fn last(&self) -> Result<Option<Vec<u8>>, LogError> {
        Ok(self.records().pop())
    }
}

fn fill() -> Fill {
    let mut next = 0_u64;
    Box::new(move |bytes| {
        next += 1;
        bytes.iter_mut().zip(next.to_le_bytes().iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    })
}

fn keys(folder: &Path) -> Arc<AuditKeys> {
    AuditKeys::open(&folder.join("audit-keys.db"), &AuditKey::new([1; 32]), "node").unwrap().into()
}

fn limit_pages(keys: &AuditKeys, pages: u32) {
    keys.store().db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
}

fn entry(people: impl Iterator<Item = u16>) -> Entry {
    let person = |n: u16| PersonId([n.to_be_bytes(); 8].concat().try_into().unwrap());
    Entry { subjects: people.map(person).collect(), ..Entry::new(Instant(1), "li", Action::Reveal) }
}

#[test]
fn without_space_for_keys_nothing_is_recorded_until_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, log) = (keys(folder.path()), Arc::new(Memory::default()));
    let recorder = Recorder::start(log.clone(), keys.clone(), fill()).unwrap();
    recorder.record(entry(0..20)).unwrap();
    let pages = keys.store().db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    limit_pages(&keys, pages);
    let count =
        || -> u32 { keys.store().db.query_row("SELECT count(*) FROM key", [], |row| row.get(0)).unwrap() };
    for _ in 0..3 {
        let error = recorder.record(entry(10..900)).unwrap_err();
        assert!(matches!(error, AuditError::Full { .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::Retry);
        assert_eq!((count(), log.records().len()), (20, 1), "a part of a failed call is there");
    }
    // What needs no new key goes on.
    assert_eq!(recorder.record(entry(0..20)), Ok(2));
    limit_pages(&keys, 1_000_000);
    assert_eq!(recorder.record(entry(10..900)), Ok(3));
    assert_eq!(count(), 900);
    let report = verify(log.records().into_iter().map(Ok), &keys).unwrap();
    assert_eq!((report.is_whole(), report.end), (true, keys.end_mark().unwrap()));
}

/// The record is in the log and the mark is not stored: nobody is told that it is done, and it is not lost.
#[test]
fn a_mark_that_cannot_be_stored_is_stored_first_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, log) = (keys(folder.path()), Arc::new(Memory::default()));
    let recorder = Recorder::start(log.clone(), keys.clone(), fill()).unwrap();
    recorder.record(entry(0..1)).unwrap();
    keys.store().db.execute_batch("PRAGMA query_only = ON").unwrap();
    for _ in 0..3 {
        recorder.record(entry(0..1)).unwrap_err();
        assert_eq!(log.records().len(), 2, "nothing more is appended before the mark is stored");
    }
    keys.store().db.execute_batch("PRAGMA query_only = OFF").unwrap();
    assert_eq!(recorder.record(entry(0..1)), Ok(3));
    assert!(verify(log.records().into_iter().map(Ok), &keys).unwrap().is_whole());
    assert!(open(&log.records()[1], &keys).is_ok());
}

#[test]
fn memory_of_keys_is_bounded_and_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let (keys, log) = (keys(folder.path()), Arc::new(Memory::default()));
    let recorder = Recorder::start(log.clone(), keys.clone(), fill()).unwrap();
    recorder.record(entry(0..100)).unwrap();
    let before = open(&log.records()[0], &keys).unwrap();
    keys.store().forget_memory();
    assert_eq!(open(&log.records()[0], &keys).unwrap(), before);
    recorder.record(entry(0..100)).unwrap();
    let count: u32 = keys.store().db.query_row("SELECT count(*) FROM key", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 100);
}
