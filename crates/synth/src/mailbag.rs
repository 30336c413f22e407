//! What has been sent and not yet delivered, in the order of arrival and in bounded memory: texts are
//! gathered until a run is full; full runs are sorted and put aside in one nameless file (which the system
//! removes, whatever happens); at the end the runs are merged. A district that fits into one run touches no
//! disk. Memory does not grow with the district but for one small buffer a run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{Error, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use jiff::civil::Date;

use crate::Feed;
use crate::moment::Moment;

/// Text and index of one run in memory; with both of them sorted and written, about 70 MiB.
const RUN_BYTES: usize = 48 << 20;
/// What is read at once of each run while merging.
const READ_BYTES: usize = 128 << 10;
/// Arrival, feed, validity and length before each text in the file.
const HEAD: usize = 10;

/// A line and when it arrives, in seconds after the beginning of the window.
struct Entry {
    arrival: u32,
    start: u32,
    length: u32,
    feed: Feed,
    valid: bool,
}

/// A sorted run in the file.
struct Run {
    /// Where the next bytes are read, and how many are left.
    at: u64,
    left: u64,
    buffer: Vec<u8>,
    /// The next line begins here in the buffer.
    next: usize,
}

/// All lines of a district, with the counts that are expected of them.
pub(crate) struct Mailbag {
    start: Date,
    folder: PathBuf,
    run_bytes: usize,
    text: String,
    entries: Vec<Entry>,
    aside: Option<File>,
    runs: Vec<Run>,
    failure: Option<Error>,
    pub duplicates: u64,
    pub rejected: BTreeMap<&'static str, u64>,
}

impl Mailbag {
    /// A bag for a window that begins on `start`; full runs go to a nameless file in `folder`.
    pub(crate) fn new(start: Date, folder: PathBuf) -> Mailbag {
        Mailbag {
            start,
            folder,
            run_bytes: RUN_BYTES,
            text: String::new(),
            entries: Vec::new(),
            aside: None,
            runs: Vec::new(),
            failure: None,
            duplicates: 0,
            rejected: BTreeMap::new(),
        }
    }

    /// Takes a line that arrives at a moment. A full disk is remembered until [`Mailbag::failed`] asks.
    pub(crate) fn post(&mut self, feed: Feed, arrival: Moment, valid: bool, json: &str) {
        let entry_bytes = self.entries.len() * size_of::<Entry>();
        if self.failure.is_none() && self.text.len() + json.len() + entry_bytes > self.run_bytes {
            self.failure = self.put_aside().err();
        }
        if self.failure.is_some() {
            return;
        }
        let arrival = arrival.seconds_after(self.start);
        let (start, length) = (self.text.len() as u32, json.len() as u32);
        self.text.push_str(json);
        self.entries.push(Entry { arrival, start, length, feed, valid });
    }

    /// Why lines could no longer be kept, if so.
    pub(crate) fn failed(&mut self) -> Option<crate::Error> {
        let source = self.failure.take()?;
        Some(crate::Error::Write { path: self.folder.clone(), source })
    }

    /// Sorts what is in memory and appends it to the file as another run.
    fn put_aside(&mut self) -> Result<(), Error> {
        self.entries.sort_by_key(|entry| entry.arrival);
        let file = match &mut self.aside {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        let at = self.runs.last().map_or(0, |run| run.at + run.left);
        let (mut block, mut left) = (Vec::with_capacity(READ_BYTES + 1024), 0);
        for entry in &self.entries {
            block.extend_from_slice(&entry.arrival.to_le_bytes());
            block.extend_from_slice(&[entry.feed as u8, u8::from(entry.valid)]);
            block.extend_from_slice(&entry.length.to_le_bytes());
            let start = entry.start as usize;
            block.extend_from_slice(&self.text.as_bytes()[start..start + entry.length as usize]);
            if block.len() >= READ_BYTES {
                left += block.len() as u64;
                file.write_all(&block)?;
                block.clear();
            }
        }
        left += block.len() as u64;
        file.write_all(&block)?;
        self.runs.push(Run { at, left, buffer: Vec::new(), next: 0 });
        self.text.clear();
        self.entries.clear();
        Ok(())
    }

    /// Hands over every line in the order of arrival, those of one second in the order they were posted.
    pub(crate) fn deliver<E: From<crate::Error>>(
        mut self,
        mut line: impl FnMut(Feed, bool, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(failure) = self.failed() {
            return Err(failure.into());
        }
        if self.runs.is_empty() {
            self.entries.sort_by_key(|entry| entry.arrival);
            for entry in &self.entries {
                let start = entry.start as usize;
                line(entry.feed, entry.valid, &self.text[start..start + entry.length as usize])?;
            }
            return Ok(());
        }
        let folder = self.folder.clone();
        let broken = |source| E::from(crate::Error::Write { path: folder.clone(), source });
        self.put_aside().map_err(broken)?;
        (self.text, self.entries) = (String::new(), Vec::new());
        let mut file = self.aside.expect("a run was put aside");
        let mut heap = BinaryHeap::with_capacity(self.runs.len());
        for (at, run) in self.runs.iter_mut().enumerate() {
            if let Some(arrival) = run.peek(&mut file).map_err(broken)? {
                heap.push(Reverse((arrival, at)));
            }
        }
        while let Some(mut first) = heap.peek_mut() {
            let Reverse((_, at)) = *first;
            let run = &mut self.runs[at];
            let (feed, valid, text) = run.take();
            line(feed, valid, text)?;
            match run.peek(&mut file).map_err(broken)? {
                Some(arrival) => *first = Reverse((arrival, at)),
                None => drop(std::collections::binary_heap::PeekMut::pop(first)),
            }
        }
        Ok(())
    }
}

impl Run {
    /// The arrival of the next line, which is wholly in the buffer afterwards; none at the end.
    fn peek(&mut self, file: &mut File) -> Result<Option<u32>, Error> {
        if self.buffer.len() - self.next < HEAD {
            self.refill(file)?;
        }
        if self.buffer.len() == self.next {
            self.buffer = Vec::new();
            self.next = 0;
            return Ok(None);
        }
        if self.buffer.len() - self.next < HEAD + self.length() {
            self.refill(file)?;
        }
        Ok(Some(u32::from_le_bytes(self.bytes(0))))
    }

    fn refill(&mut self, file: &mut File) -> Result<(), Error> {
        self.buffer.drain(..self.next);
        self.next = 0;
        let more = (READ_BYTES as u64).min(self.left) as usize;
        let kept = self.buffer.len();
        self.buffer.resize(kept + more, 0);
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut self.buffer[kept..])?;
        self.at += more as u64;
        self.left -= more as u64;
        Ok(())
    }

    fn bytes(&self, offset: usize) -> [u8; 4] {
        let at = self.next + offset;
        self.buffer[at..at + 4].try_into().expect("four bytes are four bytes")
    }

    fn length(&self) -> usize {
        u32::from_le_bytes(self.bytes(HEAD - 4)) as usize
    }

    /// The line that `peek` found.
    fn take(&mut self) -> (Feed, bool, &str) {
        let (start, length) = (self.next + HEAD, self.length());
        let feed = Feed::ALL[usize::from(self.buffer[self.next + 4])];
        let valid = self.buffer[self.next + 5] == 1;
        self.next = start + length;
        let text = str::from_utf8(&self.buffer[start..start + length]).expect("texts were put aside");
        (feed, valid, text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn delivered(run_bytes: usize) -> Vec<(Feed, bool, String)> {
        let mut bag = Mailbag::new(date(2026, 1, 1), std::env::temp_dir());
        bag.run_bytes = run_bytes;
        for number in 0..20_000i64 {
            let arrival = Moment { day: bag.start, second: 0 }.plus(number * 7_919 % 400);
            let feed = Feed::ALL[number as usize % 5];
            let text = format!("{number} {}", "𠮷".repeat(number as usize % 90));
            bag.post(feed, arrival, number % 3 > 0, &text);
        }
        assert_eq!(bag.runs.is_empty(), run_bytes == RUN_BYTES);
        let mut lines = Vec::new();
        bag.deliver(|feed, valid, text| {
            lines.push((feed, valid, text.to_owned()));
            Ok::<(), crate::Error>(())
        })
        .unwrap();
        lines
    }

    #[test]
    fn merged_runs_are_what_memory_would_have_given() {
        let memory = delivered(RUN_BYTES);
        assert_eq!(memory.len(), 20_000);
        assert!(memory == delivered(100_000), "runs were merged in another order");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said() {
        let mut bag = Mailbag::new(date(2026, 1, 1), "/nowhere/at/all".into());
        bag.run_bytes = 10;
        for _ in 0..3 {
            bag.post(Feed::Police, Moment { day: bag.start, second: 0 }, true, "a text");
        }
        assert!(matches!(bag.failed(), Some(crate::Error::Write { .. })));
    }
}
