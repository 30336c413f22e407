//! The ledger: the set of facts with its indexes by person, household, benefit and settlement.
//!
//! Indexes say who was ever connected with what; whether a connection counts on a day is decided when
//! it is read.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use sanzao_model::{
    BenefitId, Body, Bureau, Content, Day, EventTag, Fact, FactBatch, Feed, FeedAge, HouseholdId, Instant,
    Mention, PersonId, SettlementId, Statement,
};
use smallvec::SmallVec;

use crate::order::OpenId;
use crate::set::{FactIndex, FactSet, PersonIndex};

/// Somebody named by an event.
#[derive(Debug)]
pub(crate) struct Person {
    pub id: PersonId,
    pub alone: HouseholdId,
    pub birth: Option<Day>,
    /// Facts that name the person in any role.
    pub facts: Vec<FactIndex>,
}

/// A benefit's facts, and everybody ever named by them.
#[derive(Debug, Default)]
pub(crate) struct BenefitEntry {
    pub facts: Vec<FactIndex>,
    pub people: Vec<PersonIndex>,
}

/// All facts of one bureau.
pub struct Ledger {
    pub(crate) bureau: Bureau,
    pub(crate) set: FactSet,
    pub(crate) people: Vec<Person>,
    pub(crate) person_by_id: FxHashMap<PersonId, PersonIndex>,
    pub(crate) benefits: FxHashMap<BenefitId, BenefitEntry>,
    /// People ever registered under a `household_no`.
    pub(crate) households: FxHashMap<HouseholdId, Vec<PersonIndex>>,
    /// The number whose household alone this would be.
    pub(crate) alone: FxHashMap<HouseholdId, PersonIndex>,
    pub(crate) settlements: FxHashMap<SettlementId, SmallVec<[FactIndex; 1]>>,
    pub(crate) applied: BTreeMap<(Feed, u32), u64>,
    pub(crate) newest: BTreeMap<Feed, Instant>,
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// For each statement not applied before: its offset in the feed, its event, and whether the event
    /// id was new (accepted) or not (duplicate).
    pub receipts: Vec<(u64, EventTag, bool)>,
    /// People about whom something changed.
    pub touched: Touched,
}

/// People about whom something changed, by place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched(pub(crate) BTreeSet<PersonIndex>);

impl Touched {
    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many people.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds those of another batch.
    pub fn extend(&mut self, other: Touched) {
        self.0.extend(other.0);
    }
}

impl Ledger {
    /// An empty ledger. `open_id` deciphers `Statement::sealed_id`.
    pub fn new(bureau: Bureau, open_id: OpenId) -> Ledger {
        Ledger {
            bureau,
            set: FactSet::new(open_id),
            people: Vec::new(),
            person_by_id: FxHashMap::default(),
            benefits: FxHashMap::default(),
            households: FxHashMap::default(),
            alone: FxHashMap::default(),
            settlements: FxHashMap::default(),
            applied: BTreeMap::new(),
            newest: BTreeMap::new(),
        }
    }

    /// Applies a batch. Statements whose feed offset was applied before are skipped without a receipt,
    /// so that a batch appended twice by a restarted intake makes no false duplicates.
    pub fn apply(&mut self, batch: &FactBatch) -> Applied {
        let mut applied = Applied::default();
        let from = self.applied.get(&(batch.feed, batch.partition)).copied().unwrap_or(0);
        for statement in batch.statements.iter().filter(|statement| statement.offset >= from) {
            let accepted = self.insert(batch.feed, statement, &mut applied.touched);
            applied.receipts.push((statement.offset, statement.event, accepted));
        }
        let upto = self.applied.entry((batch.feed, batch.partition)).or_default();
        *upto = (*upto).max(batch.upto);
        applied
    }

    /// Takes one statement into the set; whether its event id was new.
    pub(crate) fn insert(&mut self, feed: Feed, statement: &Statement, touched: &mut Touched) -> bool {
        let newest = self.newest.entry(feed).or_insert(statement.time);
        *newest = (*newest).max(statement.time);
        let index = match &statement.content {
            Content::Fact(fact) => Some(self.intern(fact)),
            Content::Retraction { .. } => None,
        };
        let inserted = self.set.insert(statement, index);
        for fact in inserted.changed {
            self.touch(fact, touched);
        }
        inserted.new_event
    }

    fn intern(&mut self, fact: &Fact) -> FactIndex {
        let (people, by_id, alone) = (&mut self.people, &mut self.person_by_id, &mut self.alone);
        let (index, new) = self.set.intern(fact, |fact| {
            let mut place = |who: &Mention| person_index(people, by_id, alone, who);
            let named = fact.subject.named().iter().map(|named| (place(&named.who), named.name)).collect();
            let other = match &fact.body {
                Body::RelationRecorded { related, .. } => Some(place(&related.who)),
                Body::IdentityCorrected { former } => Some(place(former)),
                _ => None,
            };
            (named, other)
        });
        if new {
            self.index(index);
        }
        index
    }

    /// Enters a new fact in every index.
    fn index(&mut self, index: FactIndex) {
        let fact = self.set.fact(index);
        let mut whom: SmallVec<[PersonIndex; 4]> = fact.named.iter().map(|(person, _)| *person).collect();
        whom.extend(fact.other);
        whom.sort_unstable();
        whom.dedup();
        for person in &whom {
            self.people[*person as usize].facts.push(index);
        }
        let note = |list: &mut Vec<PersonIndex>| {
            list.extend(whom.iter().filter(|person| !list.contains(person)).copied().collect::<Vec<_>>());
        };
        if let Some(benefit) = fact.body.benefit() {
            let entry = self.benefits.entry(benefit).or_default();
            entry.facts.push(index);
            note(&mut entry.people);
        }
        match &fact.body {
            Body::PersonRegistered { household, .. } | Body::HouseholdMoved { household, .. } => {
                note(self.households.entry(*household).or_default());
            }
            Body::SettlementSettled { settlement, .. } | Body::SettlementReversed { settlement } => {
                self.settlements.entry(*settlement).or_default().push(index);
            }
            _ => {}
        }
    }

    /// Notes everybody for whom a fact may matter directly.
    fn touch(&self, index: FactIndex, touched: &mut Touched) {
        let fact = self.set.fact(index);
        touched.0.extend(fact.named.iter().map(|(person, _)| *person));
        touched.0.extend(fact.other);
        if let Some(entry) = fact.body.benefit().and_then(|benefit| self.benefits.get(&benefit)) {
            touched.0.extend(&entry.people);
        }
        if let Body::SettlementSettled { settlement, .. } | Body::SettlementReversed { settlement } =
            &fact.body
        {
            let others = self.settlements.get(settlement).into_iter().flatten();
            for other in others {
                touched.0.extend(self.set.fact(*other).named.iter().map(|(person, _)| *person));
            }
        }
    }

    /// The offset in a feed's topic up to which its events are in the set.
    pub fn applied_upto(&self, feed: Feed, partition: u32) -> u64 {
        self.applied.get(&(feed, partition)).copied().unwrap_or(0)
    }

    /// The newest record of each feed that sent any.
    pub fn ages(&self) -> Vec<FeedAge> {
        self.newest.iter().map(|(feed, newest)| FeedAge { feed: *feed, newest: *newest }).collect()
    }

    /// How many different facts, and how many events, the set knows.
    pub fn counts(&self) -> (usize, usize) {
        (self.set.len(), self.set.events_len())
    }

    /// How many numbers the set names.
    pub fn people_count(&self) -> usize {
        self.people.len()
    }

    /// A hash of the set of statements, the same whatever their order.
    pub fn set_hash(&self) -> u128 {
        self.set.set_hash()
    }
}

fn person_index(
    people: &mut Vec<Person>,
    by_id: &mut FxHashMap<PersonId, PersonIndex>,
    alone: &mut FxHashMap<HouseholdId, PersonIndex>,
    who: &Mention,
) -> PersonIndex {
    *by_id.entry(who.person).or_insert_with(|| {
        let index = PersonIndex::try_from(people.len()).expect("a bureau names fewer than 2^32 people");
        alone.insert(who.alone, index);
        people.push(Person { id: who.person, alone: who.alone, birth: who.birth, facts: Vec::new() });
        index
    })
}
