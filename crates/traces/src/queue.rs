//! Spans that wait to be told. Who adds one never waits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Counts;
use crate::span::Span;

/// Spans that wait; some 500 bytes each. Any more are lost.
pub(crate) const MOST_WAITING: usize = 4_096;
/// Spans of one request.
pub(crate) const MOST_AT_ONCE: usize = 512;
/// How long the first of a request waits for others.
const LINGER: Duration = Duration::from_millis(500);

/// Between whoever ends spans and the thread that tells them.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    sent: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Waiting {
    spans: VecDeque<Span>,
    stage: Stage,
}

#[derive(Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    /// What is left is told, and nothing is added.
    Closing,
    /// Everything was told that will be.
    Ended,
}

impl Waiting {
    fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a span, unless too many wait.
    pub fn push(&self, span: Span) {
        let mut waiting = self.lock();
        if !waiting.is_open() || waiting.spans.len() >= MOST_WAITING {
            drop(waiting);
            self.count_dropped(1);
            return;
        }
        waiting.spans.push_back(span);
        let is_first_or_enough = waiting.spans.len() == 1 || waiting.spans.len() == MOST_AT_ONCE;
        drop(waiting);
        if is_first_or_enough {
            self.changed.notify_all();
        }
    }

    /// Waits for spans, and takes those of one request. None when there will be no more.
    pub fn take(&self) -> Option<Vec<Span>> {
        let mut waiting = self.lock();
        while waiting.spans.is_empty() && waiting.is_open() {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let is_too_few = |waiting: &mut Waiting| waiting.spans.len() < MOST_AT_ONCE && waiting.is_open();
        let lingered = self.changed.wait_timeout_while(waiting, LINGER, is_too_few);
        let (mut waiting, _) = lingered.unwrap_or_else(PoisonError::into_inner);
        let count = waiting.spans.len().min(MOST_AT_ONCE);
        let spans: Vec<Span> = waiting.spans.drain(..count).collect();
        (!spans.is_empty()).then_some(spans)
    }

    /// Waits, but not beyond being closed; whether it is.
    pub fn pause(&self, duration: Duration) -> bool {
        let is_open = |waiting: &mut Waiting| waiting.is_open();
        let paused = self.changed.wait_timeout_while(self.lock(), duration, is_open);
        !paused.unwrap_or_else(PoisonError::into_inner).0.is_open()
    }

    /// Takes no more, and waits until what is left was told, or for so long.
    pub fn close(&self, at_most: Duration) {
        let mut waiting = self.lock();
        if waiting.is_open() {
            waiting.stage = Stage::Closing;
        }
        self.changed.notify_all();
        let has_more = |waiting: &mut Waiting| waiting.stage != Stage::Ended;
        drop(self.changed.wait_timeout_while(waiting, at_most, has_more));
    }

    /// Everything was told that will be.
    pub fn end(&self) {
        self.lock().stage = Stage::Ended;
        self.changed.notify_all();
    }

    pub fn count_sent(&self, spans: u64) {
        self.sent.fetch_add(spans, Ordering::Relaxed);
    }

    pub fn count_dropped(&self, spans: u64) {
        self.dropped.fetch_add(spans, Ordering::Relaxed);
    }

    pub fn counts(&self) -> Counts {
        Counts { sent: self.sent.load(Ordering::Relaxed), dropped: self.dropped.load(Ordering::Relaxed) }
    }
}
