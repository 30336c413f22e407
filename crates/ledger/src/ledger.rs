//! The ledger: the set of facts with its indexes by person, household, benefit and settlement.
//!
//! Indexes say who was ever connected with what; whether a connection counts on a day is decided when
//! it is read.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use sanzao_model::{
    BenefitId, Body, Bureau, Content, Day, EventTag, Fact, FactBatch, Feed, FeedAge, HouseholdId, Instant,
    Mention, PersonId, Statement,
};
use smallvec::SmallVec;

use crate::forgotten::Forgotten;
use crate::order::OpenId;
use crate::places::Places;
use crate::set::{FIRST_THAT_IS_NOBODY, FactIndex, FactSet, Inserted, PersonIndex, Whoever};
use crate::settlement::Settlements;
use crate::told::Told;

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
    pub(crate) person_by_id: Places,
    pub(crate) benefits: FxHashMap<BenefitId, BenefitEntry>,
    /// People ever registered under a `household_no`.
    pub(crate) households: FxHashMap<HouseholdId, Vec<PersonIndex>>,
    /// The numbers by the households that they would be alone.
    pub(crate) person_by_alone: Places,
    pub(crate) settlements: Settlements,
    pub(crate) applied: BTreeMap<(Feed, u32), u64>,
    pub(crate) newest: BTreeMap<Feed, Instant>,
    /// People who were erased: their places stay empty.
    pub(crate) erased: usize,
    pub(crate) forgotten: Forgotten,
}

/// What a batch did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// For each statement not applied before: its offset in the feed, its event, and whether the event
    /// id was new (accepted) or not (duplicate).
    pub receipts: Vec<(u64, EventTag, bool)>,
    /// Of the statements not applied before those whose event id was seen before with another content, by offset
    /// in the feed: duplicates of which the receipt should warn.
    pub conflicts: Vec<(u64, EventTag)>,
    /// People about whom something changed.
    pub touched: Touched,
}

/// People about whom something changed, by place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Touched {
    pub(crate) people: BTreeSet<PersonIndex>,
    /// Of them, those about whom police facts changed: with the names that police recorded, what is held
    /// for them may change, and so what a list or a settlement says about others.
    pub(crate) perhaps_renamed: BTreeSet<PersonIndex>,
    /// People who were erased: nothing is true of them any more.
    pub(crate) erased: BTreeSet<PersonId>,
    /// Households with which they were connected.
    pub(crate) households: BTreeSet<HouseholdId>,
}

impl Person {
    /// Whether the person was erased.
    pub fn is_gone(&self) -> bool {
        self.id == PersonId::default()
    }
}

impl Touched {
    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.erased.is_empty()
    }

    /// How many people.
    pub fn len(&self) -> usize {
        self.people.len() + self.erased.len()
    }

    /// Adds those of another batch.
    pub fn extend(&mut self, other: Touched) {
        self.people.extend(other.people);
        self.perhaps_renamed.extend(other.perhaps_renamed);
        self.erased.extend(other.erased);
        self.households.extend(other.households);
    }
}

impl Ledger {
    /// An empty ledger. `open_id` deciphers `Statement::sealed_id`.
    pub fn new(bureau: Bureau, open_id: OpenId) -> Ledger {
        Ledger {
            bureau,
            set: FactSet::new(open_id),
            people: Vec::new(),
            person_by_id: Places::default(),
            benefits: FxHashMap::default(),
            households: FxHashMap::default(),
            person_by_alone: Places::default(),
            settlements: Settlements::default(),
            applied: BTreeMap::new(),
            newest: BTreeMap::new(),
            erased: 0,
            forgotten: Forgotten::default(),
        }
    }

    /// Applies a batch. Statements whose feed offset was applied before are skipped without a receipt,
    /// so that a batch appended twice by a restarted intake makes no false duplicates. Of what was received before
    /// somebody was erased nothing is taken that names them; its receipt says what it would have said.
    pub fn apply(&mut self, batch: &FactBatch) -> Applied {
        let mut applied = Applied::default();
        let of = (batch.feed, batch.partition);
        let from = self.applied.get(&of).copied().unwrap_or(0);
        for statement in batch.statements.iter().filter(|statement| statement.offset >= from) {
            let Some(remembered) = self.remembered(of, statement) else {
                self.hear_of(batch.feed, statement.time);
                let is_new = self.set.events().find(statement.event).is_none();
                applied.receipts.push((statement.offset, statement.event, is_new));
                continue;
            };
            let inserted = self.insert(batch.feed, &remembered, &mut applied.touched);
            applied.receipts.push((statement.offset, statement.event, inserted.new_event));
            if inserted.conflicts {
                applied.conflicts.push((statement.offset, statement.event));
            }
        }
        let upto = self.applied.entry(of).or_default();
        *upto = (*upto).max(batch.upto);
        let upto = *upto;
        self.passed(of, upto);
        applied
    }

    /// Takes one statement into the set and notes whom it touches.
    fn insert(&mut self, feed: Feed, statement: &Statement, touched: &mut Touched) -> Inserted {
        let inserted = self.take(feed, statement);
        for fact in &inserted.changed {
            self.touch(*fact, touched);
        }
        inserted
    }

    /// Takes one statement into the set.
    pub(crate) fn take(&mut self, feed: Feed, statement: &Statement) -> Inserted {
        self.hear_of(feed, statement.time);
        let (index, new_fact) = match &statement.content {
            Content::Fact(fact) => {
                let (index, new) = self.intern(fact);
                (Some(index), new)
            }
            Content::Retraction { .. } => (None, false),
        };
        let mut inserted = self.set.insert(feed, statement, index);
        // Whom a fact names the ledger knows from then on, even if it is retracted already.
        if let Some(index) = index.filter(|index| new_fact && !inserted.changed.contains(index)) {
            inserted.changed.push(index);
        }
        inserted
    }

    fn hear_of(&mut self, feed: Feed, time: Instant) {
        let newest = self.newest.entry(feed).or_insert(time);
        *newest = (*newest).max(time);
    }

    /// The place of a fact, and whether it is new, or names somebody again who was erased from it.
    fn intern(&mut self, fact: &Fact) -> (FactIndex, bool) {
        let (people, by_id, by_alone) = (&mut self.people, &mut self.person_by_id, &mut self.person_by_alone);
        let (index, new) = self.set.intern(fact, |fact| whom(people, by_id, by_alone, fact));
        if new {
            self.index(index, true);
            return (index, true);
        }
        let (known, named) = (self.set.fact(index), self.set.named(index).len());
        let names_child = matches!(fact.body, Body::BirthCertified { child: Some(_) });
        let is_whole = named >= fact.subject.named().len() && (known.other().is_some() || !names_child);
        if is_whole {
            return (index, false);
        }
        let whoever = whom(&mut self.people, &mut self.person_by_id, &mut self.person_by_alone, fact);
        self.set.restore(index, whoever);
        self.index(index, false);
        (index, true)
    }

    /// Enters a fact in every index, a new one or one that names somebody again.
    fn index(&mut self, index: FactIndex, is_new: bool) {
        let fact = self.set.fact(index);
        let named = self.set.named(index);
        let mut whom: SmallVec<[PersonIndex; 4]> = named.iter().map(|(person, _)| *person).collect();
        whom.extend(fact.other());
        whom.sort_unstable();
        whom.dedup();
        for person in &whom {
            let facts = &mut self.people[*person as usize].facts;
            // It is there already where the fact is stated again for somebody else.
            if is_new || !facts.contains(&index) {
                // Doubling would leave a third of all this empty.
                if facts.len() == facts.capacity() {
                    facts.reserve_exact(2 + facts.len() / 4);
                }
                facts.push(index);
            }
        }
        let note = |list: &mut Vec<PersonIndex>| {
            list.extend(whom.iter().filter(|person| !list.contains(person)).copied().collect::<Vec<_>>());
        };
        if let Some(benefit) = fact.told.benefit() {
            let entry = self.benefits.entry(benefit).or_default();
            if is_new {
                entry.facts.push(index);
            }
            note(&mut entry.people);
        }
        match &fact.told {
            Told::PersonRegistered { household, .. } | Told::HouseholdMoved { household, .. } => {
                note(self.households.entry(*household).or_default());
            }
            Told::SettlementSettled { settlement, .. } | Told::SettlementReversed { settlement }
                if is_new =>
            {
                let same = self.settlements.note(&self.set, *settlement, index);
                same.into_iter().for_each(|fact| self.set.note_shared_settlement(fact));
            }
            _ => {}
        }
    }

    /// Notes everybody for whom a fact may matter directly.
    pub(crate) fn touch(&self, index: FactIndex, touched: &mut Touched) {
        let fact = self.set.fact(index);
        let named = self.set.named(index).iter().map(|(person, _)| *person).chain(fact.other());
        touched.people.extend(named.clone());
        if fact.feed == Feed::Police {
            touched.perhaps_renamed.extend(named);
        }
        if let Some(entry) = fact.told.benefit().and_then(|benefit| self.benefits.get(&benefit)) {
            touched.people.extend(&entry.people);
        }
        if let Told::SettlementSettled { settlement, .. } | Told::SettlementReversed { settlement } =
            &fact.told
        {
            for other in self.settlements.facts(&self.set, *settlement) {
                touched.people.extend(self.set.named(other).iter().map(|(person, _)| *person));
            }
        }
    }

    /// The place of a number.
    pub(crate) fn place_of_number(&self, person: PersonId) -> Option<PersonIndex> {
        self.person_by_id.find(&person.0, |place| &self.people[place as usize].id.0)
    }

    /// The number whose household alone this would be.
    pub(crate) fn alone_as(&self, household: HouseholdId) -> Option<PersonIndex> {
        self.person_by_alone.find(&household.0, |place| &self.people[place as usize].alone.0)
    }

    /// Makes room for what a snapshot holds.
    pub(crate) fn reserve(&mut self, facts: usize, events: usize, people: usize) {
        self.set.reserve(facts, events);
        self.people.reserve(people);
        let known = &self.people;
        self.person_by_id.reserve(people, |place| &known[place as usize].id.0);
        self.person_by_alone.reserve(people, |place| &known[place as usize].alone.0);
    }

    /// Takes the key to event ids out of a ledger that is given up.
    pub(crate) fn into_open_id(self) -> OpenId {
        self.set.into_open_id()
    }

    /// The offset in a feed's topic up to which its events are in the set.
    pub fn applied_upto(&self, feed: Feed, partition: u32) -> u64 {
        self.applied.get(&(feed, partition)).copied().unwrap_or(0)
    }

    /// The newest record of each feed that sent any; of no day yet, so that no age is counted.
    pub fn ages(&self) -> Vec<FeedAge> {
        let age = |(feed, newest): (&Feed, &Instant)| FeedAge { feed: *feed, newest: *newest, age_days: 0 };
        self.newest.iter().map(age).collect()
    }

    /// How many different facts, and how many events, the set knows.
    pub fn counts(&self) -> (usize, usize) {
        (self.set.len(), self.set.events().len())
    }

    /// How many numbers the set names.
    pub fn people_count(&self) -> usize {
        self.people.len() - self.erased
    }

    /// A hash of the set of statements, the same whatever their order.
    pub fn set_hash(&self) -> u128 {
        self.set.set_hash()
    }
}

/// Whom a fact names as subject, and whom beside.
fn whom(people: &mut Vec<Person>, by_id: &mut Places, by_alone: &mut Places, fact: &Fact) -> Whoever {
    let mut place = |who: &Mention| person_index(people, by_id, by_alone, who);
    let named = fact.subject.named().iter().map(|named| (place(&named.who), named.name)).collect();
    let other = match &fact.body {
        Body::RelationRecorded { related, .. } => Some(place(&related.who)),
        Body::IdentityCorrected { former } => Some(place(former)),
        Body::BirthCertified { child: Some(child) } => Some(place(child)),
        _ => None,
    };
    Whoever { named, other }
}

fn person_index(
    people: &mut Vec<Person>,
    by_id: &mut Places,
    by_alone: &mut Places,
    who: &Mention,
) -> PersonIndex {
    if let Some(known) = by_id.find(&who.person.0, |place| &people[place as usize].id.0) {
        return known;
    }
    let index = PersonIndex::try_from(people.len()).ok().filter(|index| *index < FIRST_THAT_IS_NOBODY);
    let index = index.expect("a bureau names fewer than 2^32 - 2 people");
    people.push(Person { id: who.person, alone: who.alone, birth: who.birth, facts: Vec::new() });
    by_id.insert(&who.person.0, index, |place| &people[place as usize].id.0);
    by_alone.insert(&who.alone.0, index, |place| &people[place as usize].alone.0);
    index
}
