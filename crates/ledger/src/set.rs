//! The set of facts: statements, which content an event id has, and what retractions void.

use rustc_hash::FxHashMap;
use sanzao_model::{Body, Content, Day, EventTag, Fact, FactId, Feed, Instant, NameTag, Statement};
use smallvec::SmallVec;

use crate::order::{OpenId, Stamp};

/// Place of a fact in the set.
pub(crate) type FactIndex = u32;
/// Place of a person in the ledger.
pub(crate) type PersonIndex = u32;

/// A fact with its statements.
#[derive(Debug)]
pub(crate) struct FactEntry {
    pub id: FactId,
    pub feed: Feed,
    pub on: Day,
    /// Whom it names as subject, and how.
    pub named: SmallVec<[(PersonIndex, NameTag); 1]>,
    /// Whom it names beside the subject: `related` or the former number.
    pub other: Option<PersonIndex>,
    pub body: Body,
    /// Events that ever stated it.
    stated_by: SmallVec<[EventTag; 1]>,
    /// Its latest statement that no retraction voids; the fact counts only while there is one.
    pub holds: Option<Stamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Fact(FactIndex),
    /// Of the event named.
    Retraction(EventTag),
}

/// One content that an event id came with.
#[derive(Debug, Clone, Copy)]
struct Claim {
    time: Instant,
    content: FactId,
    said: Said,
}

#[derive(Debug)]
struct EventEntry {
    sealed_id: Box<[u8]>,
    /// The content that holds: of several, that of the later time, then the greater content.
    holding: Claim,
    /// Whether more than one content came under this id, for the data office.
    others: Vec<Claim>,
}

/// See the module.
pub(crate) struct FactSet {
    facts: Vec<FactEntry>,
    by_id: FxHashMap<FactId, FactIndex>,
    events: FxHashMap<EventTag, EventEntry>,
    /// Retracting events by the event they name.
    retractions: FxHashMap<EventTag, SmallVec<[EventTag; 1]>>,
    open_id: OpenId,
    /// Sum over all (event, time, content) of a keyed hash of each: the same for the same set.
    set_hash: u128,
}

/// What came of a statement.
pub(crate) struct Inserted {
    /// The event id was not seen before.
    pub new_event: bool,
    /// Facts of which more or fewer statements hold now.
    pub changed: SmallVec<[FactIndex; 2]>,
}

impl FactSet {
    pub fn new(open_id: OpenId) -> FactSet {
        FactSet {
            facts: Vec::new(),
            by_id: FxHashMap::default(),
            events: FxHashMap::default(),
            retractions: FxHashMap::default(),
            open_id,
            set_hash: 0,
        }
    }

    pub fn fact(&self, index: FactIndex) -> &FactEntry {
        &self.facts[index as usize]
    }

    pub fn len(&self) -> usize {
        self.facts.len()
    }

    pub fn events_len(&self) -> usize {
        self.events.len()
    }

    pub fn set_hash(&self) -> u128 {
        self.set_hash
    }

    pub fn find(&self, id: FactId) -> Option<FactIndex> {
        self.by_id.get(&id).copied()
    }

    pub fn event_id(&self, event: EventTag) -> Vec<u8> {
        match self.events.get(&event) {
            Some(entry) => (self.open_id)(event, &entry.sealed_id),
            None => Vec::new(),
        }
    }

    /// The place of a fact, made if it is new; `whom` finds the people it names.
    pub fn intern(
        &mut self,
        fact: &Fact,
        whom: impl FnOnce(&Fact) -> (SmallVec<[(PersonIndex, NameTag); 1]>, Option<PersonIndex>),
    ) -> (FactIndex, bool) {
        if let Some(index) = self.by_id.get(&fact.id) {
            return (*index, false);
        }
        let (named, other) = whom(fact);
        let index = FactIndex::try_from(self.facts.len()).expect("a bureau has fewer than 2^32 facts");
        self.facts.push(FactEntry {
            id: fact.id,
            feed: fact.feed,
            on: fact.on,
            named,
            other,
            body: fact.body.clone(),
            stated_by: SmallVec::new(),
            holds: None,
        });
        self.by_id.insert(fact.id, index);
        (index, true)
    }

    /// Takes a statement whose fact, if it states one, is at `index`.
    pub fn insert(&mut self, statement: &Statement, index: Option<FactIndex>) -> Inserted {
        let said = match (&statement.content, index) {
            (Content::Retraction { retracts, .. }, _) => Said::Retraction(*retracts),
            (Content::Fact(_), index) => Said::Fact(index.expect("facts are interned before insertion")),
        };
        let claim = Claim { time: statement.time, content: statement.content.id(), said };
        let mut changed = SmallVec::new();
        let Some((new_event, before)) = self.record(statement, claim) else {
            return Inserted { new_event: false, changed };
        };
        if let Content::Retraction { retracts, .. } = &statement.content {
            let by = self.retractions.entry(*retracts).or_default();
            if !by.contains(&statement.event) {
                by.push(statement.event);
            }
        }
        if let Said::Fact(index) = said {
            let stated_by = &mut self.facts[index as usize].stated_by;
            if !stated_by.contains(&statement.event) {
                stated_by.push(statement.event);
            }
        }
        for claim in before.iter().chain([&claim]) {
            self.recount_claim(claim, &mut changed);
        }
        Inserted { new_event, changed }
    }

    /// Notes which content the event id has now. Nothing when this very claim was there; otherwise
    /// whether the id is new, and the claim that held before.
    fn record(&mut self, statement: &Statement, claim: Claim) -> Option<(bool, Option<Claim>)> {
        let same = |other: &Claim| other.time == claim.time && other.content == claim.content;
        let outcome = match self.events.get_mut(&statement.event) {
            None => {
                let sealed_id = statement.sealed_id.clone().into_boxed_slice();
                self.events
                    .insert(statement.event, EventEntry { sealed_id, holding: claim, others: Vec::new() });
                (true, None)
            }
            Some(entry) => {
                if same(&entry.holding) || entry.others.iter().any(same) {
                    return None;
                }
                let before = entry.holding;
                if (claim.time, claim.content) > (before.time, before.content) {
                    entry.holding = claim;
                    entry.others.push(before);
                } else {
                    entry.others.push(claim);
                }
                (false, Some(before))
            }
        };
        self.set_hash = self.set_hash.wrapping_add(claim_hash(statement.event, &claim));
        Some(outcome)
    }

    /// Counts anew the fact that a change of this claim can have touched.
    fn recount_claim(&mut self, claim: &Claim, changed: &mut SmallVec<[FactIndex; 2]>) {
        let touched = match claim.said {
            Said::Fact(index) => Some(index),
            Said::Retraction(target) => self.fact_said_by(target),
        };
        let Some(index) = touched else { return };
        let holds = self.count(index);
        let entry = &mut self.facts[index as usize];
        if entry.holds != holds {
            entry.holds = holds;
            if !changed.contains(&index) {
                changed.push(index);
            }
        }
    }

    fn fact_said_by(&self, event: EventTag) -> Option<FactIndex> {
        match self.events.get(&event)?.holding.said {
            Said::Fact(index) => Some(index),
            Said::Retraction(_) => None,
        }
    }

    /// The latest time of the retractions in force that name an event.
    fn retracted_at(&self, event: EventTag) -> Option<Instant> {
        let by = self.retractions.get(&event)?;
        let in_force = by.iter().filter_map(|retraction| {
            let holding = self.events.get(retraction)?.holding;
            (holding.said == Said::Retraction(event)).then_some(holding.time)
        });
        in_force.max()
    }

    /// A fact's latest statement that holds (domain §3): a retraction voids the event it names, whatever
    /// its time, and every other statement of the same fact with a time up to its own.
    fn count(&self, index: FactIndex) -> Option<Stamp> {
        let states = |event: &&EventTag| self.fact_said_by(**event) == Some(index);
        let stating: SmallVec<[EventTag; 4]> =
            self.fact(index).stated_by.iter().filter(states).copied().collect();
        let cutoff = stating.iter().filter_map(|event| self.retracted_at(*event)).max();
        let valid = stating.iter().filter_map(|event| {
            let time = self.events.get(event)?.holding.time;
            let void = self.retracted_at(*event).is_some() || cutoff.is_some_and(|cutoff| time <= cutoff);
            (!void).then_some(Stamp { time, event: *event })
        });
        valid.max_by(|a, b| self.by_stamp(*a, *b))
    }
}

/// Spreads a claim over 128 bits; event tag and content id are keyed hashes already.
fn claim_hash(event: EventTag, claim: &Claim) -> u128 {
    let event = u128::from_le_bytes(event.0);
    let content = u128::from_le_bytes(claim.content.0);
    let time = (claim.time.0 as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    (event ^ content.rotate_left(43) ^ time).wrapping_mul(0xda94_2042_e4dd_58b5_a3b1_9ac6_1fbf_8ba9 | 1)
}
