//! The trace of a sampled event: a header that goes along from stage to stage beside `sanzao-since`. It is no content:
//! nothing is decided by it, and a malformed one is none.

use sanzao_journal::{NewRecord, Record};
use sanzao_traces::{OpenSpan, TraceParent};

/// As W3C Trace Context calls it, on records as on requests.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// The record with the header, where its event is followed.
pub(crate) fn traced(record: NewRecord, span: Option<&OpenSpan>) -> NewRecord {
    let mut record = record;
    record.headers.extend(span.map(|span| (TRACEPARENT.to_owned(), span.parent().to_string().into_bytes())));
    record
}

/// The trace that a record between stages goes on with.
pub(crate) fn trace_of(record: &Record) -> Option<TraceParent> {
    TraceParent::parse(record.header(TRACEPARENT)?).filter(|parent| parent.is_sampled)
}

/// What the sender of an event says of its trace, whatever it decided. Of several headers none holds.
pub(crate) fn trace_of_sender(record: &Record) -> Option<TraceParent> {
    let mut named = record.headers.iter().filter(|(name, _)| name == TRACEPARENT);
    let (_, value) = named.next().filter(|_| named.next().is_none())?;
    TraceParent::parse_foreign(value)
}

/// What a sender says of its trace, as it goes along with an event: from headers that came with it, of which it is taken
/// out. Nothing else that a sender writes there may stand in the log in clear.
pub(crate) fn take_trace(headers: &mut Vec<(String, Vec<u8>)>) -> Option<TraceParent> {
    let place = headers.iter().position(|(name, _)| name == TRACEPARENT)?;
    TraceParent::parse_foreign(&headers.remove(place).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn record(value: &[u8]) -> Record {
        let headers = vec![(TRACEPARENT.to_owned(), value.to_vec())];
        Record { offset: 0, timestamp_ms: 0, key: Vec::new(), headers, value: Vec::new(), claim: 0 }
    }

    #[test]
    fn a_sampled_trace_goes_on_and_anything_else_is_nothing() {
        assert!(trace_of(&record(HEADER)).is_some() && trace_of_sender(&record(HEADER)).is_some());
        let unsampled = String::from_utf8_lossy(HEADER).replace("-01", "-00");
        assert!(trace_of(&record(unsampled.as_bytes())).is_none());
        assert!(trace_of_sender(&record(unsampled.as_bytes())).is_some_and(|parent| !parent.is_sampled));
        for wrong in [&b"soon"[..], b"", &HEADER[1..], b"\xff\xff"] {
            assert!(trace_of(&record(wrong)).is_none() && trace_of_sender(&record(wrong)).is_none());
        }
    }

    #[test]
    fn of_two_traces_of_a_sender_none_holds() {
        let mut twice = record(HEADER);
        twice.headers.push((TRACEPARENT.to_owned(), HEADER.to_vec()));
        assert!(trace_of_sender(&twice).is_none());
    }

    #[test]
    fn the_header_of_a_request_is_taken_out_whatever_it_says() {
        for (value, is_trace) in [(HEADER, true), (b"320614199003070012", false)] {
            let mut headers =
                vec![("ce_id".to_owned(), b"1".to_vec()), (TRACEPARENT.to_owned(), value.to_vec())];
            assert_eq!(take_trace(&mut headers).is_some(), is_trace);
            assert_eq!(headers.len(), 1, "{headers:?}");
        }
    }
}
