//! The office where spans are begun, and from where they go.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::collector::{Collector, Settings, deliver};
use crate::otlp::Origin;
use crate::queue::Queue;
use crate::span::Span;
use crate::{Joined, Kind, OpenSpan, Sampler, SpanId, TraceId, TraceParent, TracesError};

/// Who tells the spans.
#[derive(Debug, Clone)]
pub struct Process {
    /// What the process is called: no other one that runs now is called so.
    pub name: String,
    /// Of the program.
    pub version: &'static str,
    /// The stages that run in it.
    pub stages: Vec<String>,
}

/// What became of the spans so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// The collector has taken so many.
    pub sent: u64,
    /// So many were lost: the queue was full, or the collector refused them.
    pub dropped: u64,
}

/// Where spans are begun; where nothing is followed, none are, and nothing is made.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Office>>);

pub(crate) struct Office {
    pub queue: Queue,
    pub now: fn() -> u64,
    random: Mutex<StdRng>,
    ratio: f64,
}

impl Office {
    fn draw<const N: usize>(&self) -> [u8; N] {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; N];
        // Zeros are no id.
        while bytes == [0; N] {
            random.fill_bytes(&mut bytes);
        }
        bytes
    }

    pub fn span_id(&self) -> SpanId {
        SpanId(self.draw())
    }
}

impl Traces {
    /// Follows nothing.
    pub fn off() -> Traces {
        Traces::default()
    }

    /// Follows events, and tells their spans from a thread of its own. `now` gives nanoseconds since 1970-01-01 UTC; ids are
    /// drawn from `seed`, which no other process may have.
    ///
    /// # Errors
    /// When the settings are no good, or the system gives no thread.
    pub fn start(
        settings: &Settings,
        process: &Process,
        now: fn() -> u64,
        seed: [u8; 32],
    ) -> Result<Traces, TracesError> {
        if !(0.0..=1.0).contains(&settings.ratio) {
            return Err(TracesError::Ratio(settings.ratio));
        }
        let collector = Collector::new(settings)?;
        let office = Arc::new(Office {
            queue: Queue::default(),
            now,
            random: Mutex::new(StdRng::from_seed(seed)),
            ratio: settings.ratio,
        });
        let (origin, of_thread) = (Origin::of(process), Arc::clone(&office));
        let thread = std::thread::Builder::new().name("traces".into());
        thread.spawn(move || deliver(&of_thread.queue, &collector, &origin))?;
        Ok(Traces(Some(office)))
    }

    /// Whether anything is followed.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Draws events, for one stage.
    pub fn sampler(&self) -> Option<Sampler> {
        let office = self.0.as_ref()?;
        Some(Sampler::new(office.ratio, u64::from_le_bytes(office.draw())))
    }

    /// Now, in nanoseconds since 1970-01-01 UTC; 0 where nothing is followed.
    pub fn now(&self) -> u64 {
        self.0.as_ref().map_or(0, |office| (office.now)())
    }

    /// Begins a trace, or goes on with those that are joined.
    pub fn begin(&self, name: &'static str, began: u64, joined: Joined) -> Option<OpenSpan> {
        let office = Arc::clone(self.0.as_ref()?);
        let Joined { known, left_out } = joined;
        let mut known = known.into_iter();
        let parent = known.next();
        let trace = parent.map_or_else(|| TraceId(office.draw()), |parent| parent.trace);
        let span = Span {
            me: TraceParent { trace, span: office.span_id(), is_sampled: true },
            parent: parent.map(|parent| parent.span),
            is_parent_remote: parent.is_some(),
            links: known.collect(),
            links_left_out: left_out,
            name,
            kind: Kind::Consumer,
            began,
            ended: began,
            attributes: Vec::new(),
        };
        Some(OpenSpan { span, office })
    }

    /// Goes on with the traces that are joined; nothing where there is none.
    pub fn go_on(&self, name: &'static str, began: u64, joined: impl Into<Joined>) -> Option<OpenSpan> {
        let joined = joined.into();
        if joined.is_empty() { None } else { self.begin(name, began, joined) }
    }

    /// What became of the spans so far; nothing where none are told.
    pub fn counts(&self) -> Option<Counts> {
        self.0.as_ref().map(|office| office.queue.counts())
    }

    /// Tells what is left, and waits for that so long at most. Spans that end later are lost.
    pub fn close(&self, at_most: Duration) {
        if let Some(office) = &self.0 {
            office.queue.close(at_most);
        }
    }
}
