//! Events by their tags: who sent them, their enciphered ids, and what each of them claims.

use std::num::NonZeroU32;

use rustc_hash::FxHashMap;
use sanzao_model::{EventTag, Feed, Instant};

use crate::places::Places;
use crate::set::FactIndex;

/// Place of an event, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct EventIndex(NonZeroU32);

/// Place of a retraction's content.
pub(crate) type RetractionIndex = u32;

/// What a claim says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Fact(FactIndex),
    Retraction(RetractionIndex),
}

/// One content that an event id came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub time: Instant,
    pub said: Said,
}

#[derive(Debug)]
pub(crate) struct Event {
    pub tag: EventTag,
    /// The content that holds: of several, that of the later time, then the greater content.
    pub holding: Claim,
    /// Where its enciphered id begins among the ids: four bytes of length, then the id.
    id_at: u32,
    pub feed: Feed,
}

/// All events of a ledger.
#[derive(Default)]
pub(crate) struct Events {
    events: Vec<Event>,
    by_tag: Places,
    sealed_ids: Vec<u8>,
    /// The claims that do not hold, of the few events that have more than one.
    others: FxHashMap<EventIndex, Vec<Claim>>,
    /// How many were removed.
    gone: usize,
}

const LENGTH_BYTES: usize = 4;

impl EventIndex {
    fn at(place: u32) -> EventIndex {
        let counted = place.checked_add(1).and_then(NonZeroU32::new);
        EventIndex(counted.expect("a bureau has fewer than 2^32 events"))
    }

    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl Events {
    pub fn len(&self) -> usize {
        self.events.len() - self.gone
    }

    pub fn reserve(&mut self, count: usize) {
        self.events.reserve(count);
        let events = &self.events;
        self.by_tag.reserve(count, |place| &events[place as usize].tag.0);
    }

    pub fn find(&self, tag: EventTag) -> Option<EventIndex> {
        self.by_tag.find(&tag.0, |place| &self.events[place as usize].tag.0).map(EventIndex::at)
    }

    pub fn event(&self, index: EventIndex) -> &Event {
        &self.events[index.place()]
    }

    pub fn sealed_id(&self, index: EventIndex) -> &[u8] {
        let (length, rest) = self.sealed_ids[self.event(index).id_at as usize..].split_at(LENGTH_BYTES);
        let length = length.try_into().map(u32::from_le_bytes).expect("four bytes were split off");
        &rest[..length as usize]
    }

    /// Enters an event whose tag is not yet known.
    pub fn push(&mut self, tag: EventTag, feed: Feed, sealed_id: &[u8], holding: Claim) -> EventIndex {
        let place = u32::try_from(self.events.len()).expect("a bureau has fewer than 2^32 events");
        let id_at =
            u32::try_from(self.sealed_ids.len()).expect("event ids have fewer than 2^32 bytes in all");
        let length = u32::try_from(sealed_id.len()).expect("an event id is shorter than its record");
        self.sealed_ids.extend_from_slice(&length.to_le_bytes());
        self.sealed_ids.extend_from_slice(sealed_id);
        self.events.push(Event { tag, holding, id_at, feed });
        let events = &self.events;
        self.by_tag.insert(&tag.0, place, |place| &events[place as usize].tag.0);
        EventIndex::at(place)
    }

    /// All claims of an event, the one that holds first.
    pub fn claims(&self, index: EventIndex) -> impl Iterator<Item = Claim> + '_ {
        let others = self.others.get(&index).into_iter().flatten();
        std::iter::once(self.event(index).holding).chain(others.copied())
    }

    /// Adds a claim; whether it is to hold from now on, in place of the one that held.
    pub fn add(&mut self, index: EventIndex, claim: Claim, holds: bool) {
        let event = &mut self.events[index.place()];
        let other = if holds { std::mem::replace(&mut event.holding, claim) } else { claim };
        self.others.entry(index).or_default().push(other);
    }

    /// Takes claims out of an event, and the event with its last one; of those left the one that is to hold is
    /// found by `greatest`. Returns what was taken, and whether the event is no more.
    pub fn remove(
        &mut self,
        index: EventIndex,
        is_out: impl Fn(Claim) -> bool,
        greatest: impl Fn(&[Claim]) -> Claim,
    ) -> (Vec<Claim>, bool) {
        let (out, left): (Vec<Claim>, Vec<Claim>) = self.claims(index).partition(|claim| is_out(*claim));
        if out.is_empty() {
            return (out, false);
        }
        self.others.remove(&index);
        if left.is_empty() {
            self.forget(index);
            return (out, true);
        }
        let holding = greatest(&left);
        self.events[index.place()].holding = holding;
        let others: Vec<Claim> = left.into_iter().filter(|claim| *claim != holding).collect();
        if !others.is_empty() {
            self.others.insert(index, others);
        }
        (out, false)
    }

    /// Overwrites all that is known of an event; its place stays empty.
    fn forget(&mut self, index: EventIndex) {
        let tag = self.event(index).tag;
        let events = &self.events;
        self.by_tag.remove(&tag.0, |place| &events[place as usize].tag.0);
        let (at, length) = (self.event(index).id_at as usize + LENGTH_BYTES, self.sealed_id(index).len());
        self.sealed_ids[at..at + length].fill(0);
        self.events[index.place()].tag = EventTag::default();
        self.gone += 1;
    }
}
