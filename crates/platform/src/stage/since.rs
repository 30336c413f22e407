//! Since when what a record says lay in its feed: a header that goes along from stage to stage, for who measures how long
//! the whole way takes. It is no content: nothing is decided by it.

use sanzao_journal::{NewRecord, Record};

/// Milliseconds since 1970-01-01 UTC by the log's clock, in digits: of the oldest event that had a part in it.
const SINCE: &str = "sanzao-since";

/// The record with the header, where anything is known.
pub(crate) fn stamped(record: NewRecord, since_ms: Option<i64>) -> NewRecord {
    let mut record = record;
    record.headers.extend(since_ms.map(|since| (SINCE.to_owned(), since.to_string().into_bytes())));
    record
}

/// What a record says.
pub(crate) fn since_ms(record: &Record) -> Option<i64> {
    std::str::from_utf8(record.header(SINCE)?).ok()?.parse().ok()
}

/// The older of two.
pub(crate) fn older(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stamped_is_read_and_anything_else_is_nothing() {
        let read = |record: NewRecord| {
            let NewRecord { key, headers, value } = record;
            since_ms(&Record { offset: 0, timestamp_ms: 0, key, headers, value, claim: 0 })
        };
        assert_eq!(read(stamped(NewRecord::default(), Some(1_781_000_000_000))), Some(1_781_000_000_000));
        assert_eq!(read(stamped(NewRecord::default(), None)), None);
        let foreign = vec![(SINCE.to_owned(), b"soon".to_vec())];
        assert_eq!(read(NewRecord { headers: foreign, ..NewRecord::default() }), None);
        assert_eq!(older(Some(3), Some(2)), Some(2));
        assert_eq!(older(None, Some(2)), Some(2));
    }
}
