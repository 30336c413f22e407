//! `sanzao.receipts.v1`: what became of the events of a micro-batch.

use serde::de::Error;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::event::{self, Emitted};
use super::hex::Hex;
use crate::{Feed, Instant, Place, Receipt, ReceiptBatch, ReceiptOutcome, RecordError, Warning};

const KIND: &str = "sanzao.receipts.v1";

/// About as many bytes have a receipt of an accepted event, and what is around them.
const RECEIPT_BYTES: usize = 160;
const ENVELOPE_BYTES: usize = 320;

#[derive(Serialize)]
struct Written<'a> {
    feed: Feed,
    receipts: Receipts<'a>,
}

struct Receipts<'a>(&'a [Receipt]);

/// A receipt on its way out. What it does not have is left out.
#[derive(Serialize)]
struct WrittenReceipt<'a> {
    partition: u32,
    offset: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Hex>,
    received: &'a str,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Codes::is_empty")]
    warnings: Codes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repairs: Option<Place>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Accepted,
    Duplicate,
    Rejected,
}

struct Codes<'a>(&'a [Warning]);

#[derive(Deserialize)]
struct Read {
    feed: Feed,
    receipts: Vec<ReadReceipt>,
}

#[derive(Deserialize)]
struct ReadReceipt {
    partition: u32,
    offset: u64,
    event: Option<Hex>,
    received: String,
    outcome: Outcome,
    code: Option<String>,
    pointer: Option<String>,
    expected: Option<String>,
    #[serde(default)]
    warnings: Vec<String>,
    repairs: Option<Place>,
}

impl Codes<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Codes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|warning| warning.as_str()))
    }
}

impl Serialize for Receipts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        // Those of one micro-batch were received together: the time is written out once.
        let mut last: Option<(Instant, String)> = None;
        for receipt in self.0 {
            let time = receipt.received;
            let (_, received) = match last.take().filter(|(known, _)| *known == time) {
                Some(known) => last.insert(known),
                None => last.insert((time, time.to_string())),
            };
            list.serialize_element(&WrittenReceipt::of(receipt, received))?;
        }
        list.end()
    }
}

impl<'a> WrittenReceipt<'a> {
    fn of(receipt: &'a Receipt, received: &'a str) -> WrittenReceipt<'a> {
        let refused = match &receipt.outcome {
            ReceiptOutcome::Rejected { code, pointer, expected } => Some([code, pointer, expected]),
            ReceiptOutcome::Accepted | ReceiptOutcome::Duplicate => None,
        };
        let of_refused = |at: usize| refused.map(|texts| texts[at].as_str());
        WrittenReceipt {
            partition: receipt.partition,
            offset: receipt.offset,
            event: receipt.event.map(Hex),
            received,
            outcome: match receipt.outcome {
                ReceiptOutcome::Accepted => Outcome::Accepted,
                ReceiptOutcome::Duplicate => Outcome::Duplicate,
                ReceiptOutcome::Rejected { .. } => Outcome::Rejected,
            },
            code: of_refused(0),
            pointer: of_refused(1),
            expected: of_refused(2),
            warnings: Codes(&receipt.warnings),
            repairs: receipt.repairs,
        }
    }
}

impl ReadReceipt {
    fn into_receipt(self, feed: Feed) -> Result<Receipt, serde_json::Error> {
        let outcome = match (self.outcome, self.code, self.pointer, self.expected) {
            (Outcome::Accepted, ..) => ReceiptOutcome::Accepted,
            (Outcome::Duplicate, ..) => ReceiptOutcome::Duplicate,
            (Outcome::Rejected, Some(code), Some(pointer), Some(expected)) => {
                ReceiptOutcome::Rejected { code, pointer, expected }
            }
            (Outcome::Rejected, ..) => {
                return Err(Error::custom(
                    "a receipt of a rejected event without code, pointer and expected",
                ));
            }
        };
        let known = |code: &String| Warning::ALL.into_iter().find(|warning| warning.as_str() == *code);
        Ok(Receipt {
            feed,
            partition: self.partition,
            offset: self.offset,
            event: self.event.map(|Hex(tag)| tag),
            received: self.received.parse().map_err(Error::custom)?,
            repairs: self.repairs,
            warnings: self.warnings.iter().filter_map(known).collect(),
            outcome,
        })
    }
}

impl ReceiptBatch {
    /// The bytes of the record: a CloudEvent, see `schemas/events/receipts.v1.json`.
    ///
    /// # Panics
    /// Without a receipt, or with receipts of several feeds: a record is of one feed's events.
    pub fn to_bytes(&self) -> Vec<u8> {
        let receipts = &self.receipts[..];
        let (first, last) = receipts.first().zip(receipts.last()).expect("a batch has a receipt at least");
        let feed = first.feed;
        assert!(receipts.iter().all(|receipt| receipt.feed == feed), "a batch is of one feed");
        let newest = receipts.iter().map(|receipt| receipt.received).max().unwrap_or(first.received);
        let (partition, from, to) = (first.partition, first.offset, last.offset);
        let id = format!("receipts-{partition}-{from}-{to}-{}", receipts.len());
        let data = Written { feed, receipts: Receipts(receipts) };
        Emitted::of(feed, KIND, id, Some(&newest.to_string()), data)
            .to_bytes(ENVELOPE_BYTES + receipts.len() * RECEIPT_BYTES)
    }

    /// Reads the bytes of a record. Fields and warnings of later software are passed over.
    ///
    /// # Errors
    /// When they are of another event type or version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<ReceiptBatch, RecordError> {
        let Read { feed, receipts } = event::read(bytes, KIND)?;
        let receipts = receipts.into_iter().map(|receipt| receipt.into_receipt(feed));
        let receipts = receipts.collect::<Result<_, _>>().map_err(|e| RecordError::Decode(e.to_string()))?;
        Ok(ReceiptBatch { receipts })
    }
}
