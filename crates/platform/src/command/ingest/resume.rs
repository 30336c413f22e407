//! How far an ingest has come, so that the same one goes on there after an interruption.
//!
//! Positions are committed with the events they count, both or neither, under a name made of a keyed hash of the
//! file's content and of how it is read: another content is another name, and begins anew. What an ingest appends is
//! a function of both, so that the number of events alone says where to go on. One that has ended sets its positions
//! back to nothing: the same file again is then looked at again, and found to be duplicates.

use anyhow::Result;
use sanzao_journal::{Commit, Journal, Stream};
use sanzao_model::Feed;

use super::source::{Looked, Source};
use crate::pipeline::Pipeline;

/// The names of one file's positions.
pub(super) struct Place {
    /// Of this content.
    content: String,
    /// Of whatever content the path holds.
    path: String,
    feed: Stream,
    receipts: Stream,
}

/// Where an interrupted run, or several, left off.
pub(super) struct Progress {
    place: String,
    path: Commit,
    feed: Stream,
    receipts: Stream,
    /// Receipts of its events are not before this.
    pub receipts_from: u64,
    /// Events that lie in the feed already.
    events: u64,
    /// First event and its offset, of each run that appended; offsets of a run are without gaps only within one.
    parts: Vec<(u64, u64)>,
    /// Whether the part of this run has begun.
    has_begun: bool,
    /// The path held another content when an ingest of it was interrupted.
    pub is_changed: bool,
}

/// Of a file that can be read again.
pub(super) fn place(
    pipeline: &Pipeline,
    feed: Feed,
    load: &str,
    index: usize,
    source: &Source,
    looked: Option<&Looked>,
) -> Option<Place> {
    let looked = looked?;
    let content = format!("{feed}\n{index}\n{}\n{}", looked.digest, source.recipe);
    let tag = pipeline.pseudonyms().event("ingest-content", &content).to_string();
    Some(Place {
        content: format!("ingest-{}", &tag[..16]),
        path: format!("{load}-{index}"),
        feed: pipeline.topics.feed(feed, 0),
        receipts: pipeline.topics.receipts(feed),
    })
}

impl Place {
    /// What is committed.
    pub fn progress(&self, pipeline: &Pipeline) -> Result<Progress> {
        let journal = pipeline.journal.as_ref();
        let at = |name: &str| Ok::<_, anyhow::Error>(journal.committed(name, &self.feed)?.unwrap_or(0));
        let count = at(&part_count(&self.content))?;
        let part =
            |index| Ok((at(&part_event(&self.content, index))?, at(&part_offset(&self.content, index))?));
        let events = at(&self.content)?;
        let receipts_from = match journal.committed(&self.content, &self.receipts)?.filter(|_| events > 0) {
            Some(position) => position,
            None => journal.end(&self.receipts)?,
        };
        let check = self.check();
        let known = at(&self.path)?;
        Ok(Progress {
            place: self.content.clone(),
            path: Commit { consumer: self.path.clone(), stream: self.feed.clone(), offset: check },
            feed: self.feed.clone(),
            receipts: self.receipts.clone(),
            receipts_from,
            events,
            parts: (0..count).map(part).collect::<Result<_>>()?,
            has_begun: false,
            is_changed: known != 0 && known != check,
        })
    }

    /// Tells contents of one path apart: a number, as positions are.
    fn check(&self) -> u64 {
        let digits = self.content.get(self.content.len() - 12..).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or(0).max(1)
    }

    /// Sets everything back.
    pub fn forget(&self, pipeline: &Pipeline) -> Result<Vec<Commit>> {
        let names = [self.content.clone(), self.path.clone(), part_count(&self.content)];
        let mut commits = Vec::new();
        for consumer in names {
            if is_set(pipeline.journal.as_ref(), &consumer, &self.feed)? {
                commits.push(Commit { consumer, stream: self.feed.clone(), offset: 0 });
            }
        }
        Ok(commits)
    }
}

fn is_set(journal: &dyn Journal, consumer: &str, stream: &Stream) -> Result<bool> {
    Ok(journal.committed(consumer, stream)?.is_some_and(|position| position > 0))
}

fn part_count(place: &str) -> String {
    format!("{place}-parts")
}

fn part_event(place: &str, index: u64) -> String {
    format!("{place}-part-{index}-event")
}

fn part_offset(place: &str, index: u64) -> String {
    format!("{place}-part-{index}-offset")
}

impl Progress {
    /// Whether some events lie there already.
    pub fn is_resumed(&self) -> bool {
        self.events > 0
    }

    /// Where an event lies in the feed, if a run before this one has put it there.
    pub fn offset_of(&self, event: u64) -> Option<u64> {
        if event >= self.events || self.has_begun {
            return None;
        }
        let (first, offset) = self.parts.iter().rev().find(|(first, _)| *first <= event)?;
        Some(offset + (event - first))
    }

    /// Whether this is the first event that is not there yet, behind some that are.
    pub fn ends_at(&self, event: u64) -> bool {
        !self.has_begun && event == self.events
    }

    /// What to commit with events up to `upto`, the first of which gets the offset `end`.
    pub fn commits(&mut self, upto: u64, end: u64) -> Vec<Commit> {
        let commit = |consumer: String, offset| Commit { consumer, stream: self.feed.clone(), offset };
        let mut commits = vec![commit(self.place.clone(), upto)];
        if !self.has_begun {
            let index = self.parts.len() as u64;
            commits.extend([
                commit(part_count(&self.place), index + 1),
                commit(part_event(&self.place, index), self.events),
                commit(part_offset(&self.place, index), end),
                Commit {
                    consumer: self.place.clone(),
                    stream: self.receipts.clone(),
                    offset: self.receipts_from,
                },
                self.path.clone(),
            ]);
        }
        self.has_begun = true;
        commits
    }
}
