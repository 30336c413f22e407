//! What has been sent and not yet delivered: texts in large chunks, and an index that is sorted by arrival.

use std::collections::BTreeMap;

use crate::moment::Moment;
use crate::{Feed, Line};

const CHUNK: usize = 4 << 20;

struct Entry {
    arrival: Moment,
    start: u32,
    chunk: u16,
    length: u16,
    feed: Feed,
    valid: bool,
}

/// All lines of a district, with the counts that are expected of them.
#[derive(Default)]
pub(crate) struct Mailbag {
    chunks: Vec<String>,
    entries: Vec<Entry>,
    pub duplicates: u64,
    pub rejected: BTreeMap<&'static str, u64>,
}

impl Mailbag {
    /// Takes a line that arrives at a moment.
    pub(crate) fn post(&mut self, feed: Feed, arrival: Moment, valid: bool, json: &str) {
        if self.chunks.last().is_none_or(|chunk| chunk.len() + json.len() > CHUNK) {
            self.chunks.push(String::with_capacity(CHUNK));
        }
        let at = self.chunks.len() - 1;
        let chunk = &mut self.chunks[at];
        let entry = Entry {
            arrival,
            start: chunk.len() as u32,
            chunk: u16::try_from(at).expect("a district of two million people fills fewer chunks"),
            length: u16::try_from(json.len()).expect("an event of one household is short"),
            feed,
            valid,
        };
        chunk.push_str(json);
        self.entries.push(entry);
    }

    /// Hands over every line in the order of arrival, those of one second in the order they were posted.
    pub(crate) fn deliver<E>(mut self, mut line: impl FnMut(Line) -> Result<(), E>) -> Result<(), E> {
        self.entries.sort_by_key(|entry| entry.arrival);
        for entry in &self.entries {
            let start = entry.start as usize;
            let json = self.chunks[entry.chunk as usize][start..start + entry.length as usize].to_owned();
            line(Line { feed: entry.feed, json, valid: entry.valid })?;
        }
        Ok(())
    }
}
