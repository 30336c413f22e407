//! Writing batches: keys first, then records, then the end mark; and what follows when one of them fails.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sanzao_model::PersonId;

use crate::head::Head;
use crate::keys::PersonKey;
use crate::record::{self, Record};
use crate::{AuditError, AuditKeys, AuditLog, Entry, Fill, LogError};

/// The most entries that are appended at once. The end mark is never more behind the log than that.
pub(crate) const BATCH: usize = 512;

/// What the writer knows of the end of the log.
enum End {
    /// The log ends here, and the end mark says so.
    Known(Head),
    /// The log ends at one of these: an append or the mark failed. The first is the oldest.
    Unsure(Vec<Head>),
    /// Never again, and why.
    Closed(AuditError),
}

/// The one that appends to the record of a node.
pub(crate) struct Writer {
    log: Arc<dyn AuditLog>,
    keys: Arc<AuditKeys>,
    fill: Fill,
    end: End,
}

/// The newest record of the log, which this node must have made.
fn end_of(log: &dyn AuditLog, keys: &AuditKeys) -> Result<Head, AuditError> {
    let Some(bytes) = log.last()? else { return Ok(Head::START) };
    let record = Record::read(&bytes).map_err(|_| AuditError::Foreign)?;
    if record.fields.node == keys.node() && record.is_genuine(&keys.made) {
        Ok(record.head())
    } else {
        Err(AuditError::Foreign)
    }
}

impl Writer {
    /// Goes on at the end of the log, if it fits the end mark.
    pub(crate) fn start(
        log: Arc<dyn AuditLog>,
        keys: Arc<AuditKeys>,
        fill: Fill,
    ) -> Result<Writer, AuditError> {
        let mark = keys.end_mark()?;
        let found = end_of(&*log, &keys)?;
        if found.number < mark.number {
            return Err(AuditError::Truncated { mark: mark.number, found: found.number });
        }
        if found.number == mark.number && found != mark {
            return Err(AuditError::Foreign);
        }
        // Further than by one batch no crash leaves it behind.
        if found.number > mark.number + BATCH as u64 {
            return Err(AuditError::Behind { mark: mark.number, found: found.number });
        }
        if found != mark {
            keys.store_mark(found)?;
        }
        Ok(Writer { log, keys, fill, end: End::Known(found) })
    }

    /// Records entries, all or none as far as their callers are told, and returns their numbers: the first is given.
    pub(crate) fn write(&mut self, entries: &[Entry]) -> Result<u64, AuditError> {
        let before = self.settle()?;
        let (records, heads) = self.encode(entries, before)?;
        let Some(end) = heads.last().copied() else {
            return Err(AuditError::bug("an empty batch"));
        };
        match self.log.append(records) {
            Ok(()) => {}
            Err(LogError::Fenced) => return Err(self.close(AuditError::Superseded)),
            Err(error) => {
                self.end = End::Unsure([&[before][..], &heads].concat());
                return Err(error.into());
            }
        }
        // Until the mark is stored nobody is told that this is done: then it is never further behind than a batch.
        self.end = End::Unsure(vec![end]);
        self.keys.store_mark(end)?;
        self.end = End::Known(end);
        Ok(before.number + 1)
    }

    /// Where the chain goes on. After a failure the log itself says.
    fn settle(&mut self) -> Result<Head, AuditError> {
        let possible = match &self.end {
            End::Known(head) => return Ok(*head),
            End::Closed(error) => return Err(error.clone()),
            End::Unsure(possible) => possible,
        };
        let first = possible.first().map_or(0, |head| head.number);
        let found = match end_of(&*self.log, &self.keys) {
            Ok(found) => found,
            Err(AuditError::Log(LogError::Fenced)) => return Err(self.close(AuditError::Superseded)),
            Err(AuditError::Foreign) => return Err(self.close(AuditError::Foreign)),
            Err(error) => return Err(error),
        };
        if !possible.contains(&found) {
            let error = match found.number < first {
                true => AuditError::Truncated { mark: first, found: found.number },
                // Somebody else with the same key goes on here.
                false => AuditError::Superseded,
            };
            return Err(self.close(error));
        }
        self.keys.store_mark(found)?;
        self.end = End::Known(found);
        Ok(found)
    }

    fn close(&mut self, error: AuditError) -> AuditError {
        self.end = End::Closed(error.clone());
        error
    }

    fn encode(&mut self, entries: &[Entry], before: Head) -> Result<(Vec<Vec<u8>>, Vec<Head>), AuditError> {
        let people: BTreeSet<PersonId> = entries.iter().flat_map(|entry| entry.subjects.clone()).collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        let keys = self.keys.keys_of(&people, &mut self.fill)?;
        let keys: HashMap<PersonId, PersonKey> = people.into_iter().zip(keys).collect();
        let (mut records, mut heads, mut head) = (Vec::new(), Vec::new(), before);
        for entry in entries {
            let subjects: BTreeSet<PersonId> = entry.subjects.iter().copied().collect();
            let mut of: Vec<PersonKey> = subjects.iter().map(|person| keys[person].clone()).collect();
            // Not in the order of the pseudonyms: that would be left of them.
            of.sort_by_key(|key| key.handle.tag);
            let node = self.keys.node();
            let (record, next) = record::encode(entry, head, &self.keys.made, node, &of, &mut self.fill)?;
            head = next;
            records.push(record);
            heads.push(next);
        }
        Ok((records, heads))
    }
}
