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

/// An event as it is kept, in 32 bytes.
#[derive(Debug)]
struct Row {
    tag: EventTag,
    time: Instant,
    /// What the claim that holds says: a fact, or, with the highest bit, a retraction.
    said: u32,
    /// Where its enciphered id begins after the first of its block: two bytes of feed and length, then the id.
    id_at: u32,
}

/// All events of a ledger.
#[derive(Default)]
pub(crate) struct Events {
    events: Vec<Row>,
    by_tag: Places,
    sealed_ids: Vec<u8>,
    /// Where the ids of each block of events begin: with a place of four bytes an event, all ids together may
    /// have more than four bytes can count.
    blocks: Vec<usize>,
    /// The claims that do not hold, of the few events that have more than one.
    others: FxHashMap<EventIndex, Vec<Claim>>,
    /// How many were removed.
    gone: usize,
}

/// Feed and length of an event's id: three bits and thirteen.
const HEAD_BYTES: usize = 2;
const LENGTH_BITS: u32 = 13;

/// Events of a block: 2^16, whose ids have at most 2^29 bytes.
const BLOCK_BITS: u32 = 16;

const RETRACTION: u32 = 1 << 31;

impl Said {
    fn packed(self) -> u32 {
        match self {
            Said::Fact(index) => index,
            Said::Retraction(index) => index | RETRACTION,
        }
    }

    fn unpacked(packed: u32) -> Said {
        if packed & RETRACTION == 0 { Said::Fact(packed) } else { Said::Retraction(packed & !RETRACTION) }
    }
}

impl Row {
    fn holding(&self) -> Claim {
        Claim { time: self.time, said: Said::unpacked(self.said) }
    }

    fn hold(&mut self, claim: Claim) {
        (self.time, self.said) = (claim.time, claim.said.packed());
    }
}

impl EventIndex {
    /// The event at a place; of places with the highest bit there are none.
    pub fn at(place: u32) -> EventIndex {
        let counted = place.checked_add(1).and_then(NonZeroU32::new);
        EventIndex(counted.expect("a bureau has fewer than 2^32 events"))
    }

    /// Its place.
    pub fn number(self) -> u32 {
        self.0.get() - 1
    }

    fn place(self) -> usize {
        self.number() as usize
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

    /// Which feed sent it.
    pub fn feed(&self, index: EventIndex) -> Feed {
        Feed::ALL[usize::from(self.head(self.id_at(index)) >> LENGTH_BITS)]
    }

    /// Its tag.
    pub fn tag(&self, index: EventIndex) -> EventTag {
        self.events[index.place()].tag
    }

    /// The content that holds: of several, that of the later time, then the greater content.
    pub fn holding(&self, index: EventIndex) -> Claim {
        self.events[index.place()].holding()
    }

    fn id_at(&self, index: EventIndex) -> usize {
        let place = index.place();
        self.blocks[place >> BLOCK_BITS] + self.events[place].id_at as usize
    }

    fn head(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.sealed_ids[at], self.sealed_ids[at + 1]])
    }

    fn id_range(&self, index: EventIndex) -> std::ops::Range<usize> {
        let at = self.id_at(index);
        let from = at + HEAD_BYTES;
        from..from + usize::from(self.head(at) & ((1 << LENGTH_BITS) - 1))
    }

    pub fn sealed_id(&self, index: EventIndex) -> &[u8] {
        &self.sealed_ids[self.id_range(index)]
    }

    /// Enters an event whose tag is not yet known.
    pub fn push(&mut self, tag: EventTag, feed: Feed, sealed_id: &[u8], holding: Claim) -> EventIndex {
        let place = u32::try_from(self.events.len()).ok().filter(|place| *place < 1 << 31);
        let place = place.expect("a bureau has fewer than 2^31 events");
        let block = (place >> BLOCK_BITS) as usize;
        if self.blocks.len() == block {
            self.blocks.push(self.sealed_ids.len());
        }
        let id_at = u32::try_from(self.sealed_ids.len() - self.blocks[block]);
        let id_at = id_at.expect("the ids of a block have fewer than 2^32 bytes");
        let length = u16::try_from(sealed_id.len()).ok().filter(|length| *length < 1 << LENGTH_BITS);
        let length = length.expect("intake takes no event id of more than 256 bytes");
        self.sealed_ids.extend_from_slice(&((feed as u16) << LENGTH_BITS | length).to_le_bytes());
        self.sealed_ids.extend_from_slice(sealed_id);
        self.events.push(Row { tag, time: holding.time, said: holding.said.packed(), id_at });
        let events = &self.events;
        self.by_tag.insert(&tag.0, place, |place| &events[place as usize].tag.0);
        EventIndex::at(place)
    }

    /// All claims of an event, the one that holds first.
    pub fn claims(&self, index: EventIndex) -> impl Iterator<Item = Claim> + '_ {
        let others = self.others.get(&index).into_iter().flatten();
        std::iter::once(self.holding(index)).chain(others.copied())
    }

    /// Adds a claim; whether it is to hold from now on, in place of the one that held.
    pub fn add(&mut self, index: EventIndex, claim: Claim, holds: bool) {
        let row = &mut self.events[index.place()];
        let before = row.holding();
        if holds {
            row.hold(claim);
        }
        let other = if holds { before } else { claim };
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
        self.events[index.place()].hold(holding);
        let others: Vec<Claim> = left.into_iter().filter(|claim| *claim != holding).collect();
        if !others.is_empty() {
            self.others.insert(index, others);
        }
        (out, false)
    }

    /// Overwrites all that is known of an event; its place stays empty.
    fn forget(&mut self, index: EventIndex) {
        let events = &self.events;
        self.by_tag.remove(&events[index.place()].tag.0, |place| &events[place as usize].tag.0);
        let id = self.id_range(index);
        self.sealed_ids[id].fill(0);
        self.events[index.place()].tag = EventTag::default();
        self.gone += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of more than one block, some as long as intake takes them.
    #[test]
    fn events_have_their_ids() {
        let mut events = Events::default();
        let tag = |number: u32| EventTag(std::array::from_fn(|at| number.to_le_bytes()[at % 4]));
        let id =
            |number: u32| vec![number.to_le_bytes()[0]; if number.is_multiple_of(1000) { 256 } else { 3 }];
        let feed = |number: u32| Feed::ALL[number as usize % Feed::ALL.len()];
        let claim = |number: u32| Claim { time: Instant(0), said: Said::Fact(number) };
        let count = (2 << BLOCK_BITS) + 5;
        for number in 0..count {
            events.push(tag(number), feed(number), &id(number), claim(number));
        }
        assert_eq!(events.blocks.len(), 3);
        for number in 0..count {
            let index = events.find(tag(number)).unwrap();
            assert_eq!((events.feed(index), events.sealed_id(index)), (feed(number), &*id(number)));
        }
    }
}
