//! Records as Kafka messages: an empty key is no key, and the claim is a header.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

use crate::{CLAIM_HEADER, NewRecord, Record};

/// The value of the claim header of a claim record. What is appended under a claim has its number instead.
pub(super) const NEW_CLAIM: &[u8] = b"new";

/// The headers of a record to append; None if there are none.
pub(super) fn outgoing_headers(record: &NewRecord, claim: Option<&[u8]>) -> Option<OwnedHeaders> {
    let named = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let claim = claim.map(|value| (CLAIM_HEADER, value));
    named.chain(claim).fold(None, |headers, (key, value)| {
        let headers = headers.unwrap_or_else(OwnedHeaders::new);
        Some(headers.insert(Header { key, value: Some(value) }))
    })
}

/// A message as a record.
pub(super) fn incoming(message: &BorrowedMessage<'_>) -> Record {
    let offset = u64::try_from(message.offset()).unwrap_or(0);
    let mut headers = incoming_headers(message);
    let claim = take_claim(offset, &mut headers);
    Record {
        offset,
        timestamp_ms: message.timestamp().to_millis().unwrap_or(0),
        key: message.key().unwrap_or_default().to_vec(),
        headers,
        value: message.payload().unwrap_or_default().to_vec(),
        claim,
    }
}

fn incoming_headers(message: &BorrowedMessage<'_>) -> Vec<(String, Vec<u8>)> {
    let Some(borrowed) = message.headers() else { return Vec::new() };
    let copy = || borrowed.iter().map(|h| (h.key.to_owned(), h.value.unwrap_or_default().to_vec())).collect();
    // rdkafka panics on a header name that is not UTF-8. A foreign sender must not be able to stop the stream: the
    // record goes on without headers, and whoever needs one rejects it.
    catch_unwind(AssertUnwindSafe(copy)).unwrap_or_else(|_| {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        tracing::warn!(
            topic,
            partition,
            offset,
            "a record has a header name that is not UTF-8; its headers are dropped"
        );
        Vec::new()
    })
}

/// Removes the claim header and returns the claim. A number that no claim before this record can have is none:
/// somebody else's header stays a header.
fn take_claim(offset: u64, headers: &mut Vec<(String, Vec<u8>)>) -> u64 {
    let Some(index) = headers.iter().position(|(name, _)| name == CLAIM_HEADER) else { return 0 };
    let value = headers[index].1.as_slice();
    let number = if value == NEW_CLAIM {
        Some(offset + 1)
    } else {
        let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        number.filter(|number| (1..=offset).contains(number))
    };
    if number.is_some() {
        headers.remove(index);
    }
    number.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(offset: u64, value: &[u8]) -> (u64, usize) {
        let mut headers = vec![("a".to_owned(), vec![1]), (CLAIM_HEADER.to_owned(), value.to_vec())];
        (take_claim(offset, &mut headers), headers.len())
    }

    #[test]
    fn a_claim_header_counts_only_if_its_claim_can_exist() {
        assert_eq!(taken(7, b"new"), (8, 1));
        assert_eq!(taken(7, b"7"), (7, 1));
        assert_eq!(taken(7, b"1"), (1, 1));
        for foreign in [&b"8"[..], b"0", b"-1", b"", b"x", b"\xff", b"99999999999999999999999"] {
            assert_eq!(taken(7, foreign), (0, 2), "{foreign:?}");
        }
        assert_eq!(take_claim(7, &mut Vec::new()), 0);
    }

    #[test]
    fn headers_keep_order_and_repetition_and_the_claim_is_last() {
        let headers = vec![("b".to_owned(), vec![1]), ("a".to_owned(), vec![]), ("b".to_owned(), vec![2])];
        let record = NewRecord { headers, ..NewRecord::default() };
        let out = outgoing_headers(&record, Some(b"5")).unwrap();
        let names: Vec<_> = out.iter().map(|h| (h.key.to_owned(), h.value.unwrap().to_vec())).collect();
        let expected = [("b", vec![1]), ("a", vec![]), ("b", vec![2]), (CLAIM_HEADER, b"5".to_vec())];
        assert_eq!(names, expected.map(|(n, v)| (n.to_owned(), v)));
        assert!(outgoing_headers(&NewRecord::default(), None).is_none());
    }
}
