//! Traces of sampled events on their way from feed to alert: spans, told to a collector by OTLP over HTTP.
//!
//! Must not know: what a stage does, topics, who a person is. It has no clock and draws no randomness of its own: both are
//! arguments. A collector that is slow, dead or refuses costs spans, which are counted, and nothing else.

mod collector;
mod error;
mod joined;
pub mod otlp;
mod queue;
mod sampling;
mod span;
mod trace_parent;
mod traces;

pub use collector::Settings;
pub use error::TracesError;
pub use joined::{Joined, MOST_LINKS};
pub use sampling::{Sampled, Sampler};
pub use span::{Kind, OpenSpan, Value};
pub use trace_parent::{SpanId, TraceId, TraceParent};
pub use traces::{Counts, Process, Traces};
