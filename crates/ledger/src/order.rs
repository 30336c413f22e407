//! *Newest*: by `on`, then by `time` as an instant, then by event id (domain §3).

use std::cmp::Ordering;

use sanzao_model::{EventTag, Instant};

use crate::events::EventIndex;
use crate::set::{FactEntry, FactIndex, FactSet};

/// Deciphers an event id: ids are compared only where `on` and `time` are equal, so that the ledger
/// keeps them enciphered.
pub type OpenId = Box<dyn Fn(EventTag, &[u8]) -> Vec<u8> + Send + Sync>;

/// When and by which event a fact was stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub time: Instant,
    pub event: EventIndex,
}

impl FactSet {
    /// Orders two statements, the newest last.
    pub(crate) fn by_stamp(&self, a: Stamp, b: Stamp) -> Ordering {
        a.time.cmp(&b.time).then_with(|| self.by_event_id(a.event, b.event))
    }

    fn by_event_id(&self, a: EventIndex, b: EventIndex) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        let tag = |event| self.events().tag(event);
        self.event_id(a).cmp(&self.event_id(b)).then_with(|| tag(a).cmp(&tag(b)))
    }

    /// Orders two facts that hold, the newest last.
    pub(crate) fn by_age(&self, a: FactIndex, b: FactIndex) -> Ordering {
        let (left, right): (&FactEntry, &FactEntry) = (self.fact(a), self.fact(b));
        left.on.cmp(&right.on).then_with(|| match (self.stamp(a), self.stamp(b)) {
            (Some(left), Some(right)) => self.by_stamp(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        })
    }
}
