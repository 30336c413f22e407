//! Raw events into a feed.

use std::collections::BTreeMap;

use anyhow::Result;
use sanzao_journal::{NewRecord, Stream, Write};
use sanzao_model::Feed;

use super::resume::Progress;
use crate::pipeline::Pipeline;

/// Raw events are appended in pieces of about this size: one write to disk each.
const APPEND_BYTES: usize = 4 << 20;

/// Appends the events of one file, leaving out those that an interrupted run has appended.
pub(super) struct Appender<'p> {
    pipeline: &'p Pipeline,
    feed: Feed,
    stream: Stream,
    progress: Option<Progress>,
    /// Events so far, appended by whatever run.
    events: u64,
    waiting: Vec<NewRecord>,
    waiting_lines: Vec<u64>,
    waiting_bytes: usize,
    /// The line number by offset in the feed.
    lines: BTreeMap<u64, u64>,
    /// Where this run began to append, if another one was before it.
    pub resumed_at: Option<u64>,
}

impl<'p> Appender<'p> {
    pub fn new(pipeline: &'p Pipeline, feed: Feed, progress: Option<Progress>) -> Appender<'p> {
        let stream = pipeline.topics.feed(feed, 0);
        let (waiting, waiting_lines, lines) = (Vec::new(), Vec::new(), BTreeMap::new());
        Appender {
            pipeline,
            feed,
            stream,
            progress,
            events: 0,
            waiting,
            waiting_lines,
            waiting_bytes: 0,
            lines,
            resumed_at: None,
        }
    }

    /// Appends an event, sooner or later.
    pub fn push(&mut self, line: u64, value: Vec<u8>) -> Result<()> {
        let event = self.events;
        self.events += 1;
        if let Some(offset) = self.progress.as_ref().and_then(|progress| progress.offset_of(event)) {
            self.lines.insert(offset, line);
            return Ok(());
        }
        if event > 0 && self.progress.as_ref().is_some_and(|progress| progress.ends_at(event)) {
            self.resumed_at = Some(line);
        }
        self.waiting_bytes += value.len();
        self.waiting.push(self.pipeline.raw().record(self.feed, &[], &value, None));
        self.waiting_lines.push(line);
        if self.waiting_bytes >= APPEND_BYTES { self.flush() } else { Ok(()) }
    }

    /// Appends what waits, and remembers how far that is, both or neither.
    fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let commits = match &mut self.progress {
            Some(progress) => progress.commits(self.events, self.pipeline.journal.end(&self.stream)?),
            None => Vec::new(),
        };
        let appends = vec![(self.stream.clone(), std::mem::take(&mut self.waiting))];
        let ranges = self.pipeline.journal.write(Write { appends, commits })?;
        let offsets = ranges.into_iter().flatten();
        self.lines.extend(offsets.zip(std::mem::take(&mut self.waiting_lines)));
        self.waiting_bytes = 0;
        Ok(())
    }

    /// Appends the rest; gives the line number by offset in the feed.
    pub fn finish(mut self) -> Result<BTreeMap<u64, u64>> {
        self.flush()?;
        Ok(self.lines)
    }
}
