//! How far feeds had been received when somebody was erased, and from where in a feed an identity comes: headers by which
//! ledger and vault know what intake, in another process, had in its hands at that time and appends late. Records from
//! before there were such headers have none: of them nothing is late.

use sanzao_journal::{Journal, JournalError, NewRecord, Record};
use sanzao_ledger::Received;
use sanzao_model::Feed;

use crate::topics::Topics;

/// Of an erasure: `<feed>:<partition>:<offset>` for each partition that holds something, with spaces between.
const RECEIVED: &str = "sanzao-received";
/// Of identities: the partition, and the offset of each in it, in the order of the batch, as far from the one before.
const EVENTS: &str = "sanzao-events";

/// How far each feed has been received now.
///
/// # Errors
/// When the log does not answer.
pub(crate) fn now(journal: &dyn Journal, topics: &Topics) -> Result<Vec<Received>, JournalError> {
    let mut received = Vec::new();
    for feed in Feed::ALL {
        for partition in 0..topics.feed_partitions() {
            let upto = journal.end(&topics.feed(feed, partition))?;
            received.extend((upto > 0).then_some(Received { feed, partition, upto }));
        }
    }
    Ok(received)
}

/// The record of an erasure, with how far feeds had been received.
pub(crate) fn stamped(record: NewRecord, received: &[Received]) -> NewRecord {
    let places =
        received.iter().map(|Received { feed, partition, upto }| format!("{feed}:{partition}:{upto}"));
    with_header(record, RECEIVED, places.collect::<Vec<_>>().join(" "))
}

/// What the record of an erasure says.
pub(crate) fn at(record: &Record) -> Vec<Received> {
    let text = record.header(RECEIVED).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    let place = |text: &str| {
        let mut parts = text.split(':');
        let (feed, partition, upto) = (parts.next()?, parts.next()?, parts.next()?);
        let (feed, partition) = (feed.parse().ok()?, partition.parse().ok()?);
        Some(Received { feed, partition, upto: upto.parse().ok()? })
    };
    text.split(' ').filter_map(place).collect()
}

/// A record of identities, with the offsets of the events that state them; these do not fall.
pub(crate) fn with_events(record: NewRecord, partition: u32, offsets: &[u64]) -> NewRecord {
    let mut text = partition.to_string();
    let mut before = 0;
    for offset in offsets {
        text += &format!(" {}", offset.saturating_sub(before));
        before = *offset;
    }
    with_header(record, EVENTS, text)
}

/// The partition and the offsets that a record of identities says.
pub(crate) fn events(record: &Record) -> Option<(u32, Vec<u64>)> {
    let mut numbers = std::str::from_utf8(record.header(EVENTS)?).ok()?.split(' ');
    let partition = numbers.next()?.parse().ok()?;
    let mut offset = 0_u64;
    let offsets = numbers.map(|further| {
        offset = offset.checked_add(further.parse().ok()?)?;
        Some(offset)
    });
    Some((partition, offsets.collect::<Option<_>>()?))
}

fn with_header(record: NewRecord, name: &str, text: String) -> NewRecord {
    let mut record = record;
    record.headers.push((name.to_owned(), text.into_bytes()));
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(NewRecord { key, headers, value }: NewRecord) -> Record {
        Record { offset: 0, timestamp_ms: 0, key, headers, value, claim: 0 }
    }

    #[test]
    fn what_is_written_is_read_and_older_records_say_nothing() {
        let received = [
            Received { feed: Feed::Police, partition: 0, upto: 12 },
            Received { feed: Feed::MedicalInsurance, partition: 11, upto: u64::MAX },
        ];
        assert_eq!(at(&read(stamped(NewRecord::default(), &received))), received);
        assert_eq!(at(&read(stamped(NewRecord::default(), &[]))), []);
        assert_eq!(at(&read(NewRecord::default())), []);
        let of = |offsets: &[u64]| events(&read(with_events(NewRecord::default(), 3, offsets)));
        assert_eq!(of(&[7, 7, 9, 1 << 40]), Some((3, vec![7, 7, 9, 1 << 40])));
        assert_eq!(of(&[]), Some((3, vec![])));
        assert_eq!(events(&read(NewRecord::default())), None);
    }
}
