//! Repairs: a rejected event is sent again, corrected, under its original source, marked as the repair of the one
//! that was rejected.

use std::borrow::Cow;

use sanzao_api::{BackendError, RawEvent, RepairError};
use sanzao_journal::{Journal, Write};
use sanzao_model::{Bureau, Feed, Place};
use sanzao_readmodel::{FeedReader, ReadModelError};
use serde::Deserialize;

use crate::backend::{RETRY_AFTER_SECONDS, backend_error};
use crate::raw::RawRecords;
use crate::topics::Topics;

/// Reads `<partition>:<offset>`.
pub(crate) fn place(text: &str) -> Option<Place> {
    let (partition, offset) = text.split_once(':')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(partition) || !digits(offset) {
        return None;
    }
    Some(Place { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
}

/// Takes repairs of one bureau's feeds.
pub(crate) struct Repairs<'a> {
    pub journal: &'a dyn Journal,
    pub topics: &'a Topics,
    pub bureau: Bureau,
    pub feeds: &'a FeedReader,
    pub raw: &'a RawRecords,
}

impl Repairs<'_> {
    /// Appends a repaired event; see [`sanzao_api::Backend::repair`]. Tried twice at once it may lie in the topic
    /// twice: the second is a duplicate.
    pub fn submit(
        &self,
        feed: Feed,
        rejected: Place,
        event: RawEvent,
        actor: &str,
    ) -> Result<Place, RepairError> {
        // Asked first: what is counted between the two questions is found.
        let is_current = self.is_current(feed)?;
        let Some(found) = self.feeds.rejection(feed, rejected).map_err(read_error)? else {
            return Err(if is_current { RepairError::NoSuchRejection } else { RepairError::NotKnownYet });
        };
        if let Some(repair) = found.repair.filter(|repair| repair.outcome.is_in()) {
            return Err(RepairError::AlreadyRepaired { by: repair.place });
        }
        let source = source(&event.headers, &event.value).ok_or(RepairError::NoEvent)?;
        let expected = self.expected_source(feed, rejected)?;
        if source != expected {
            return Err(RepairError::OtherSource { expected });
        }
        let record = self.raw.record(feed, &event.headers, &event.value, Some(rejected));
        let stream = self.topics.feed(feed, rejected.partition);
        let written = self.journal.write(Write::append(stream, vec![record]));
        let ranges = written.map_err(|error| RepairError::Backend(backend_error(&error)))?;
        let offset = ranges.into_iter().flatten().next();
        let offset = offset.ok_or_else(|| BackendError::Bug("the log gave no offset".into()))?;
        let Place { partition, offset: of } = rejected;
        tracing::info!(actor, %feed, partition, rejected = of, repaired = offset, "a rejected event was repaired");
        Ok(Place { partition, offset })
    }

    /// Whether every receipt of the feed has been counted.
    fn is_current(&self, feed: Feed) -> Result<bool, RepairError> {
        let receipts = self.topics.receipts(feed);
        let end = self.journal.end(&receipts).map_err(|error| RepairError::Backend(backend_error(&error)))?;
        let counted = self.feeds.position(&receipts.to_string()).map_err(read_error)?;
        Ok(counted.unwrap_or(0) >= end)
    }

    /// The source of the rejected event. Where that cannot be read any more, or was no source of the feed here (and
    /// perhaps the very reason to reject it), the one that this bureau's events of the feed have.
    fn expected_source(&self, feed: Feed, rejected: Place) -> Result<String, RepairError> {
        let stream = self.topics.feed(feed, rejected.partition);
        let failed = |error| RepairError::Backend(backend_error(&error));
        let batch = if rejected.offset < self.journal.begin(&stream).map_err(failed)? {
            None
        } else {
            Some(self.journal.read(&stream, rejected.offset, 1).map_err(failed)?)
        };
        let record = batch.and_then(|batch| batch.records.into_iter().next());
        let record = record.filter(|record| record.offset == rejected.offset);
        let original = record.and_then(|record| self.raw.original(feed, &record));
        let original = original.and_then(|original| source(&original.headers, &original.value));
        let known = |bureau: &Bureau| format!("/{bureau}/{feed}");
        let served = original.filter(|source| self.topics.bureaus().iter().any(|of| known(of) == *source));
        Ok(served.unwrap_or_else(|| known(&self.bureau)))
    }
}

/// The one `source` of an event, in structured or binary mode.
fn source(headers: &[(String, Vec<u8>)], value: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        source: Cow<'a, str>,
    }
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    let content_type = headers.iter().find(|(name, _)| is(name, "content-type"));
    let structured = content_type.is_some_and(|(_, value)| value.starts_with(b"application/cloudevents"));
    let mut named = headers.iter().filter(|(name, _)| is(name, "ce_source") || is(name, "ce-source"));
    match (structured, named.next(), named.next()) {
        (false, Some((_, source)), None) => String::from_utf8(source.clone()).ok(),
        (false, Some(_), Some(_)) => None,
        _ => Some(serde_json::from_slice::<Envelope<'_>>(value).ok()?.source.into_owned()),
    }
}

fn read_error(error: ReadModelError) -> RepairError {
    RepairError::Backend(match error {
        ReadModelError::Sqlite(_) | ReadModelError::Damaged(_) => BackendError::Unavailable {
            reason: "the counts of feeds cannot be read now: try again".into(),
            retry_after_seconds: RETRY_AFTER_SECONDS,
        },
        error => BackendError::Bug(error.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        all.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_place_is_read_or_not_there() {
        assert_eq!(place("2:17"), Some(Place { partition: 2, offset: 17 }));
        for wrong in ["", ":", "1", "1:", ":1", "+1:1", "1:-1", "1:1:1", "99999999999:1", "一:1"] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_source_is_read_in_either_mode() {
        let json = br#"{"source":"\/320614\/police","data":{"source":"no"}}"#;
        let structured = [("content-type", "application/cloudevents+json")];
        assert_eq!(source(&headers(&structured), json).as_deref(), Some("/320614/police"));
        assert_eq!(source(&[], json).as_deref(), Some("/320614/police"));
        assert_eq!(source(&headers(&[("CE_source", "/a")]), b"{}").as_deref(), Some("/a"));
        assert_eq!(source(&headers(&[("ce_source", "/a"), ("ce_source", "/a")]), b"{}"), None);
        assert_eq!(source(&[], br#"{"source":"a","source":"b"}"#), None);
        assert_eq!(source(&[], b"{"), None);
    }
}
