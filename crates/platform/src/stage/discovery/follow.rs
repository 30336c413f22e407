//! The traces of sampled events while discovery has them in hand: from when their facts are applied until what was found
//! is written.

use sanzao_journal::Record;
use sanzao_model::{Bureau, Level};
use sanzao_traces::{Joined, OpenSpan, Traces};

use crate::stage::traced::trace_of;

/// Rules that a span names at most.
const MOST_RULES: usize = 32;

/// What an evaluation was, for its span.
#[derive(Default)]
pub(super) struct Evaluated {
    /// Nanoseconds since 1970-01-01 UTC.
    pub began: u64,
    pub ended: u64,
    /// People and scopes that were looked at.
    pub people: u64,
    pub scopes: usize,
    /// Rules that ran, because of what was touched.
    pub rules: usize,
}

/// Events that are followed.
#[derive(Default)]
pub(super) struct Follow {
    traces: Traces,
    /// Of what was applied and not evaluated yet; since when, and how many records of facts.
    joined: Joined,
    began: u64,
    records: usize,
    evaluated: Evaluated,
    /// What was found of them waits to be written.
    unwritten: Vec<OpenSpan>,
}

impl Follow {
    pub fn new(traces: Traces) -> Follow {
        Follow { traces, ..Follow::default() }
    }

    /// As [`Traces::now`].
    pub fn now(&self) -> u64 {
        self.traces.now()
    }

    /// Whether the evaluation that comes is to be looked at.
    pub fn is_following(&self) -> bool {
        !self.joined.is_empty()
    }

    /// Facts were read, at that time, and are applied.
    pub fn note_applied(&mut self, record: &Record, read_at: u64) {
        let Some(parent) = trace_of(record).filter(|_| self.traces.is_on()) else { return };
        if self.joined.is_empty() {
            (self.began, self.records) = (read_at, 0);
        }
        self.records += 1;
        self.joined.add(parent);
    }

    pub fn note_evaluated(&mut self, evaluated: Evaluated) {
        self.evaluated = evaluated;
    }

    /// The span of what was found: its records go along with it. Where nothing was evaluated, it has no part.
    pub fn found(&mut self, bureau: Bureau, upto: u64, levels: &[Level], is_sweep: bool) -> Option<OpenSpan> {
        let joined = std::mem::take(&mut self.joined);
        let evaluated = std::mem::take(&mut self.evaluated);
        let mut span = self.traces.go_on("discovery", self.began, joined)?;
        let mut rules: Vec<String> = levels.iter().map(|level| level.rule.0.clone()).collect();
        rules.sort();
        rules.dedup();
        rules.truncate(MOST_RULES);
        span.set("sanzao.bureau", bureau.to_string());
        span.set("sanzao.facts.upto", upto);
        span.set("sanzao.facts.records", self.records);
        span.set("sanzao.levels", levels.len());
        let attributes = vec![
            ("sanzao.people", evaluated.people.into()),
            ("sanzao.scopes", evaluated.scopes.into()),
            ("sanzao.sweep", is_sweep.into()),
            ("sanzao.rules.run", evaluated.rules.into()),
            ("sanzao.rules.differing", rules.into()),
        ];
        if evaluated.ended > 0 {
            span.part("rules", evaluated.began, evaluated.ended, attributes);
        }
        Some(span)
    }

    /// What was found is queued.
    pub fn until_written(&mut self, span: Option<OpenSpan>) {
        self.unwritten.extend(span);
    }

    /// All that was queued is written.
    pub fn written(&mut self) {
        self.unwritten.drain(..).for_each(OpenSpan::end);
    }

    /// Somebody else goes on.
    pub fn forget(&mut self) {
        *self = Follow::new(std::mem::take(&mut self.traces));
    }
}
