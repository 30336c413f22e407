//! The set of facts: statements, which content an event id has, and what retractions void.

mod entry;
mod holding;
mod removal;

use rustc_hash::FxHashMap;
use sanzao_model::{
    Body, Content, EventTag, Fact, FactId, Feed, Instant, Mention, NameTag, Statement, Subject,
};
use smallvec::SmallVec;

pub(crate) use self::entry::{FIRST_THAT_IS_NOBODY, FactEntry, NamedList, Whoever};
use self::entry::{LISTED, MaybePerson, NOBODY, StatedBy, Stating, Whom, list_no};
use crate::events::{Claim, EventIndex, Events, RetractionIndex, Said};
use crate::order::{OpenId, Stamp};
use crate::places::Places;
use crate::told::Kept;

/// So that the highest bit tells retractions from facts.
const MAX_FACTS: FactIndex = (1 << 31) - 1;

/// Place of a fact in the set.
pub(crate) type FactIndex = u32;
/// Place of a person in the ledger.
pub(crate) type PersonIndex = u32;

/// The content of a retraction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retraction {
    pub id: FactId,
    pub retracts: EventTag,
}

/// See the module.
pub(crate) struct FactSet {
    facts: Vec<FactEntry>,
    /// The subjects of facts that name several.
    lists: Vec<Box<[Whom]>>,
    /// The events of facts that several stated.
    many_events: Vec<Vec<EventIndex>>,
    kept: Kept,
    by_id: Places,
    events: Events,
    retractions: Vec<Retraction>,
    retraction_by_id: FxHashMap<FactId, RetractionIndex>,
    /// Events that ever retracted the event they are listed under.
    retracted_by: FxHashMap<EventTag, SmallVec<[EventIndex; 4]>>,
    open_id: OpenId,
    /// Sum over all (event, time, content) of a keyed hash of each: the same for the same set.
    set_hash: u128,
    /// Facts that were removed: their places stay empty.
    gone: usize,
}

/// What came of a statement.
pub(crate) struct Inserted {
    /// The event id was not seen before.
    pub new_event: bool,
    /// The event id was seen before with another content.
    pub conflicts: bool,
    /// Facts of which more or fewer statements hold now.
    pub changed: SmallVec<[FactIndex; 2]>,
}

impl FactSet {
    pub fn new(open_id: OpenId) -> FactSet {
        FactSet {
            facts: Vec::new(),
            lists: Vec::new(),
            many_events: Vec::new(),
            kept: Kept::default(),
            by_id: Places::default(),
            events: Events::default(),
            retractions: Vec::new(),
            retraction_by_id: FxHashMap::default(),
            retracted_by: FxHashMap::default(),
            open_id,
            set_hash: 0,
            gone: 0,
        }
    }

    pub fn reserve(&mut self, facts: usize, events: usize) {
        self.facts.reserve(facts);
        let known = &self.facts;
        self.by_id.reserve(facts, |place| &known[place as usize].id.0);
        self.events.reserve(events);
    }

    pub fn into_open_id(self) -> OpenId {
        self.open_id
    }

    pub fn fact(&self, index: FactIndex) -> &FactEntry {
        &self.facts[index as usize]
    }

    /// Whom a fact names as subject, and how.
    pub fn named(&self, index: FactIndex) -> &[Whom] {
        self.named_by(self.fact(index))
    }

    /// The same of an entry.
    pub fn named_by<'s>(&'s self, entry: &'s FactEntry) -> &'s [Whom] {
        match &entry.whom {
            (NOBODY, _) => &[],
            (LISTED, place) => &self.lists[list_no(*place)],
            one => std::slice::from_ref(one),
        }
    }

    /// Events that ever stated a fact.
    pub fn stated_by(&self, index: FactIndex) -> &[EventIndex] {
        let StatedBy(one) = &self.fact(index).stated_by;
        match self.fact(index).stated_by.read() {
            Stating::Nothing | Stating::One => one.as_slice(),
            Stating::Several(place) => &self.many_events[place],
        }
    }

    /// What is kept once for many facts.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// What a fact says, given whom it names beside the subject.
    pub fn body(&self, index: FactIndex, other: Option<Mention>) -> Body {
        let entry = self.fact(index);
        self.kept.body(entry.id, entry.told, other)
    }

    /// Its event type without feed and version.
    pub fn kind(&self, index: FactIndex) -> &'static str {
        self.body(index, None).kind()
    }

    /// The time of a fact's latest statement that holds, and its event.
    pub fn stamp(&self, index: FactIndex) -> Option<Stamp> {
        let event = self.fact(index).holds?;
        Some(Stamp { time: self.events.holding(event).time, event })
    }

    pub fn note_shared_settlement(&mut self, index: FactIndex) {
        self.facts[index as usize].shares_settlement = true;
    }

    pub fn retraction(&self, index: RetractionIndex) -> Retraction {
        self.retractions[index as usize]
    }

    pub fn len(&self) -> usize {
        self.facts.len() - self.gone
    }

    /// All facts with their places, those removed too: these hold no more and name nobody.
    pub fn facts(&self) -> &[FactEntry] {
        &self.facts
    }

    pub fn events(&self) -> &Events {
        &self.events
    }

    pub fn set_hash(&self) -> u128 {
        self.set_hash
    }

    /// An event's id in plain text.
    pub fn event_id(&self, event: EventIndex) -> Vec<u8> {
        (self.open_id)(self.events.tag(event), self.events.sealed_id(event))
    }

    /// Every claim of every event, once: those that state facts in the order of the facts, then the
    /// retractions.
    pub fn claims(&self) -> impl Iterator<Item = (EventIndex, Claim)> + '_ {
        let of_facts = (0..self.facts.len() as FactIndex)
            .flat_map(|index| self.stated_by(index).iter().map(move |event| (*event, Said::Fact(index))));
        let retractions = self.retractions.iter().enumerate();
        let of_retractions = retractions.flat_map(|(index, retraction)| {
            let by = self.retracted_by.get(&retraction.retracts).into_iter().flatten();
            by.map(move |event| (*event, Said::Retraction(index as RetractionIndex)))
        });
        of_facts.chain(of_retractions).flat_map(|(event, said)| {
            let claims = self.events.claims(event);
            claims.filter(move |claim| claim.said == said).map(move |claim| (event, claim))
        })
    }

    /// The place of a fact, made if it is new; `whom` finds the people it names.
    pub fn intern(&mut self, fact: &Fact, whom: impl FnOnce(&Fact) -> Whoever) -> (FactIndex, bool) {
        if let Some(index) = self.by_id.find(&fact.id.0, |place| &self.facts[place as usize].id.0) {
            return (index, false);
        }
        let Whoever { named, other } = whom(fact);
        let index = FactIndex::try_from(self.facts.len()).ok().filter(|index| *index <= MAX_FACTS);
        let index = index.expect("a bureau has fewer than 2^31 facts");
        let entry = FactEntry {
            id: fact.id,
            told: self.kept.told(fact.id, &fact.body),
            whom: self.whom(named),
            on: fact.on,
            other: MaybePerson::of(other),
            stated_by: StatedBy::NOTHING,
            holds: None,
            feed: fact.feed,
            is_list: matches!(fact.subject, Subject::Members(_)),
            shares_settlement: false,
        };
        self.facts.push(entry);
        let facts = &self.facts;
        self.by_id.insert(&fact.id.0, index, |place| &facts[place as usize].id.0);
        (index, true)
    }

    /// Whom a fact names, as it is kept.
    fn whom(&mut self, named: NamedList) -> Whom {
        match named.as_slice() {
            [] => (NOBODY, NameTag::default()),
            [one] => *one,
            _ => {
                self.lists.push(named.into_boxed_slice());
                let place = (self.lists.len() - 1) as u64;
                (LISTED, NameTag(place.to_le_bytes()))
            }
        }
    }

    fn note_stated(&mut self, index: FactIndex, event: EventIndex, is_new: bool) {
        let known = self.fact(index).stated_by;
        match (known.read(), known.0) {
            (Stating::Several(place), _) => {
                let events = &mut self.many_events[place];
                if is_new || !events.contains(&event) {
                    events.push(event);
                }
            }
            (_, None) => self.facts[index as usize].stated_by = StatedBy(Some(event)),
            (_, Some(one)) if one == event => {}
            (_, Some(one)) => {
                self.many_events.push(vec![one, event]);
                self.facts[index as usize].stated_by = StatedBy::several(self.many_events.len() - 1);
            }
        }
    }

    fn intern_retraction(&mut self, id: FactId, retracts: EventTag) -> RetractionIndex {
        *self.retraction_by_id.entry(id).or_insert_with(|| {
            let index = RetractionIndex::try_from(self.retractions.len()).ok();
            self.retractions.push(Retraction { id, retracts });
            index.filter(|index| *index <= MAX_FACTS).expect("a bureau has fewer than 2^31 retractions")
        })
    }

    /// Takes a statement whose fact, if it states one, is at `index`.
    pub fn insert(&mut self, feed: Feed, statement: &Statement, index: Option<FactIndex>) -> Inserted {
        let said = match (&statement.content, index) {
            (Content::Retraction { id, retracts }, _) => {
                Said::Retraction(self.intern_retraction(*id, *retracts))
            }
            (Content::Fact(_), index) => Said::Fact(index.expect("facts are interned before insertion")),
        };
        let claim = Claim { time: statement.time, said };
        let mut changed = SmallVec::new();
        let conflicts = self.has_other_content(statement.event, said);
        let Some((event, before)) = self.record(feed, statement, claim) else {
            return Inserted { new_event: false, conflicts, changed };
        };
        match (said, &statement.content) {
            (Said::Retraction(_), Content::Retraction { retracts, .. }) => {
                let by = self.retracted_by.entry(*retracts).or_default();
                if !by.contains(&event) {
                    by.push(event);
                }
            }
            (Said::Fact(index), _) => self.note_stated(index, event, before.is_none()),
            (Said::Retraction(_), Content::Fact(_)) => unreachable!("only a retraction says a retraction"),
        }
        match said {
            Said::Fact(index) if before.is_none() => self.count_one_more(index, event, &mut changed),
            _ => {
                for claim in before.iter().chain([&claim]) {
                    self.recount_claim(claim, event, &mut changed);
                }
            }
        }
        Inserted { new_event: before.is_none(), conflicts, changed }
    }

    fn has_other_content(&self, event: EventTag, said: Said) -> bool {
        let known = self.events.find(event);
        known.is_some_and(|event| self.events.claims(event).any(|claim| claim.said != said))
    }

    /// Notes which content the event id has now. Nothing when this very claim was there; otherwise the
    /// event, and the claim that held before if the id is not new.
    fn record(
        &mut self,
        feed: Feed,
        statement: &Statement,
        claim: Claim,
    ) -> Option<(EventIndex, Option<Claim>)> {
        let outcome = match self.events.find(statement.event) {
            None => (self.events.push(statement.event, feed, &statement.sealed_id, claim), None),
            Some(event) => {
                if self.events.claims(event).any(|other| other == claim) {
                    return None;
                }
                let before = self.events.holding(event);
                let newer = (claim.time, self.content(claim)) > (before.time, self.content(before));
                self.events.add(event, claim, newer);
                (event, Some(before))
            }
        };
        let hash = claim_hash(statement.event, claim.time, statement.content.id());
        self.set_hash = self.set_hash.wrapping_add(hash);
        Some(outcome)
    }

    fn content(&self, claim: Claim) -> FactId {
        match claim.said {
            Said::Fact(index) => self.fact(index).id,
            Said::Retraction(index) => self.retraction(index).id,
        }
    }
}

/// Spreads a claim over 128 bits; event tag and content id are keyed hashes already. The hash of a set is
/// the wrapping sum over its claims.
pub(crate) fn claim_hash(event: EventTag, time: Instant, content: FactId) -> u128 {
    let event = u128::from_le_bytes(event.0);
    let content = u128::from_le_bytes(content.0);
    let time = (time.0 as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    (event ^ content.rotate_left(43) ^ time).wrapping_mul(0xda94_2042_e4dd_58b5_a3b1_9ac6_1fbf_8ba9 | 1)
}
