//! Receipts of accepted and duplicate events, packed a micro-batch to a record.

use std::collections::BTreeMap;

use sanzao_journal::{NewRecord, Stream};
use sanzao_ledger::Applied;
use sanzao_model::{CLOUD_EVENT, FactBatch, Feed, Receipt, ReceiptBatch, ReceiptOutcome, Warning};

use crate::topics::Topics;

/// Receipts of one record: some hundred bytes each.
const RECEIPTS_PER_RECORD: usize = 10_000;

/// Receipts waiting to be written, by feed.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    by_feed: BTreeMap<Feed, Vec<NewRecord>>,
    /// Events accepted so far.
    pub accepted: u64,
    /// Duplicates so far.
    pub duplicate: u64,
}

impl Receipts {
    /// Notes what the ledger said of a batch.
    pub fn note(&mut self, batch: &FactBatch, applied: &Applied) {
        let note = |offset: &u64| {
            let at = batch.notes.binary_search_by_key(offset, |note| note.offset).ok()?;
            Some(&batch.notes[at])
        };
        let warnings = |offset: &u64| {
            let mut warnings = note(offset).map_or(Vec::new(), |note| note.warnings.clone());
            if applied.conflicts.binary_search_by_key(offset, |(at, _)| *at).is_ok() {
                warnings.push(Warning::IdReused);
            }
            warnings
        };
        let receipt = |(offset, event, accepted): &(u64, sanzao_model::EventTag, bool)| Receipt {
            feed: batch.feed,
            partition: batch.partition,
            offset: *offset,
            event: Some(*event),
            received: batch.received,
            repairs: note(offset).and_then(|note| note.repairs),
            warnings: warnings(offset),
            outcome: if *accepted { ReceiptOutcome::Accepted } else { ReceiptOutcome::Duplicate },
        };
        let receipts: Vec<Receipt> = applied.receipts.iter().map(receipt).collect();
        let accepted = applied.receipts.iter().filter(|(_, _, accepted)| *accepted).count() as u64;
        self.accepted += accepted;
        self.duplicate += receipts.len() as u64 - accepted;
        self.by_feed.entry(batch.feed).or_default().extend(packed(receipts));
    }

    /// Takes what is to be appended.
    pub fn take(&mut self, topics: &Topics) -> Vec<(Stream, Vec<NewRecord>)> {
        let waiting = std::mem::take(&mut self.by_feed);
        let some = waiting.into_iter().filter(|(_, records)| !records.is_empty());
        some.map(|(feed, records)| (topics.receipts(feed), records)).collect()
    }
}

/// Receipts as records, each far smaller than a record may be.
pub(crate) fn packed(receipts: Vec<Receipt>) -> impl Iterator<Item = NewRecord> {
    let mut waiting = receipts.into_iter();
    std::iter::from_fn(move || {
        let receipts: Vec<Receipt> = waiting.by_ref().take(RECEIPTS_PER_RECORD).collect();
        let value = (!receipts.is_empty()).then(|| ReceiptBatch { receipts }.to_bytes())?;
        Some(cloud_event(value))
    })
}

/// The record of an event that others read, with the header by which they know it.
pub(crate) fn cloud_event(value: Vec<u8>) -> NewRecord {
    let headers = vec![("content-type".to_owned(), CLOUD_EVENT.into())];
    NewRecord { key: Vec::new(), headers, value }
}
