//! Who was erased, as `facts` says it: for a vault that does not know it, and for who reads raw events again.

use std::collections::BTreeMap;

use sanzao_journal::{Journal, JournalError, Record, Stream};
use sanzao_ledger::Received;
use sanzao_model::{FactsRecord, Feed, Instant, PersonId};
use sanzao_vault::{Erased, feed_place};

use crate::received;
use crate::topics::Topics;

const READ_BYTES: usize = 8 << 20;

/// The erasures of one person.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    /// When the last one was appended, in milliseconds since 1970.
    pub at_ms: i64,
    /// How far feeds had been received then.
    pub received: BTreeMap<(Feed, u32), u64>,
}

impl Heard {
    fn add(&mut self, record: &Record) {
        self.at_ms = self.at_ms.max(record.timestamp_ms);
        for Received { feed, partition, upto } in received::at(record) {
            let most = self.received.entry((feed, partition)).or_default();
            *most = upto.max(*most);
        }
    }
}

/// Everybody of whom an erasure was read.
pub(crate) struct ErasuresHeard {
    /// Where each bureau's facts were read up to.
    read_upto: Vec<(Stream, u64)>,
    people: BTreeMap<PersonId, Heard>,
}

impl ErasuresHeard {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn new(journal: &dyn Journal, topics: &Topics) -> Result<ErasuresHeard, JournalError> {
        let streams = topics.bureaus().iter().map(|bureau| topics.facts(*bureau));
        let read_upto = streams.map(|stream| Ok((stream.clone(), journal.begin(&stream)?)));
        Ok(ErasuresHeard { read_upto: read_upto.collect::<Result<_, _>>()?, people: BTreeMap::new() })
    }

    /// Reads on to the end of the log; of whom an erasure was new.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn read_on(&mut self, journal: &dyn Journal) -> Result<Vec<PersonId>, JournalError> {
        let mut news = Vec::new();
        let people = &mut self.people;
        for (stream, position) in &mut self.read_upto {
            *position = each_from(journal, stream, *position, |record| {
                if record.is_claim() {
                    return;
                }
                if let Ok(FactsRecord::Erased { person }) = FactsRecord::from_bytes(&record.value) {
                    people.entry(person).or_default().add(record);
                    news.push(person);
                }
            })?;
        }
        news.sort_unstable();
        news.dedup();
        Ok(news)
    }

    /// What was read of somebody.
    pub fn of(&self, person: PersonId) -> Option<&Heard> {
        self.people.get(&person)
    }
}

/// Everybody whom the log says to forget, the last time of each. What `identities` held at that time is covered, as
/// far as it is left, and what had been received; what was stated later is not.
///
/// # Errors
/// When the log does not answer.
pub(crate) fn erasures_in_log(journal: &dyn Journal, topics: &Topics) -> Result<Vec<Erased>, JournalError> {
    let mut heard = ErasuresHeard::new(journal, topics)?;
    if heard.read_on(journal)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut appended: BTreeMap<u32, Vec<(i64, u64)>> = BTreeMap::new();
    for bureau in topics.bureaus() {
        let stream = topics.identities(*bureau);
        let records = appended.entry(stream.partition).or_default();
        each_from(journal, &stream, journal.begin(&stream)?, |record| {
            records.push((record.timestamp_ms, record.offset));
        })?;
    }
    let before = |at: i64| {
        let upto = move |records: &Vec<(i64, u64)>| {
            records.iter().rev().find(|(appended, _)| *appended <= at).map_or(0, |(_, offset)| offset + 1)
        };
        appended.iter().map(move |(partition, records)| (*partition, upto(records)))
    };
    let erased = heard.people.into_iter().map(|(person, Heard { at_ms, received })| {
        let received = received.into_iter();
        let received = received.map(|((feed, partition), upto)| (feed_place(feed, partition), upto));
        Erased {
            person,
            at: Instant::from_millis(at_ms),
            by: "log".into(),
            values: 0,
            before: before(at_ms).chain(received).collect(),
        }
    });
    Ok(erased.collect())
}

fn each_from(
    journal: &dyn Journal,
    stream: &Stream,
    from: u64,
    mut take: impl FnMut(&Record),
) -> Result<u64, JournalError> {
    let mut position = from;
    loop {
        let batch = journal.read(stream, position, READ_BYTES)?;
        if batch.next == position {
            return Ok(position);
        }
        position = batch.next;
        batch.records.iter().for_each(&mut take);
    }
}
