//! Spans: what somebody did for a sampled event, from when until when.

use std::sync::Arc;

use crate::traces::Office;
use crate::{SpanId, TraceParent};

/// What a span is to others (OpenTelemetry's span kinds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work within one process.
    Internal = 1,
    /// Work on what was read from a topic.
    Consumer = 5,
}

/// What an attribute says. Never who somebody is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A count, an offset, milliseconds: as the attribute's name says.
    Number(i64),
    /// A code or a word.
    Text(String),
    /// Some of them.
    Texts(Vec<String>),
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Value {
        Value::from(number as u64)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Value {
        Value::Texts(texts)
    }
}

/// A span that is complete.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub me: TraceParent,
    pub parent: Option<SpanId>,
    /// Whether the parent is of another stage, and maybe of another process.
    pub is_parent_remote: bool,
    pub links: Vec<TraceParent>,
    pub links_left_out: u32,
    pub name: &'static str,
    pub kind: Kind,
    /// Nanoseconds since 1970-01-01 UTC.
    pub began: u64,
    /// The same.
    pub ended: u64,
    pub attributes: Vec<(&'static str, Value)>,
}

/// A span that goes on. One that is dropped before it has ended is never told.
pub struct OpenSpan {
    pub(crate) span: Span,
    pub(crate) office: Arc<Office>,
}

impl OpenSpan {
    /// What goes along, for whoever goes on with what was done.
    pub fn parent(&self) -> TraceParent {
        self.span.me
    }

    /// Says something about it: counts, codes, offsets, ids of rules. Never a number, a name or an id of anybody, nor an id
    /// that a sender gave.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.span.attributes.push((name, value.into()));
    }

    /// A part of it, which lasted from and until then: nanoseconds since 1970-01-01 UTC.
    pub fn part(&self, name: &'static str, began: u64, ended: u64, attributes: Vec<(&'static str, Value)>) {
        let span = Span {
            me: TraceParent { span: self.office.span_id(), ..self.span.me },
            parent: Some(self.span.me.span),
            is_parent_remote: false,
            links: Vec::new(),
            links_left_out: 0,
            name,
            kind: Kind::Internal,
            began,
            ended,
            attributes,
        };
        self.office.queue.push(span);
    }

    /// It ends now, and is told.
    pub fn end(self) {
        let OpenSpan { mut span, office } = self;
        span.ended = (office.now)();
        office.queue.push(span);
    }
}
