//! A person on a day: the numbers that are one person, the facts that count, the facts held, the death
//! signals and the registration (domain §3).

use std::cmp::Ordering;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use sanzao_model::{Day, Division, Feed, HouseholdId, NameTag, WithdrawalReason};
use smallvec::{SmallVec, smallvec};

use crate::ledger::Ledger;
use crate::set::{FactEntry, FactIndex, PersonIndex};
use crate::spell::turns_a_spell;
use crate::told::Told;

/// One person, united from one or more numbers.
#[derive(Debug)]
pub(crate) struct Life {
    /// The person's number: the one no correction gave up.
    pub head: PersonIndex,
    /// All numbers, sorted.
    pub numbers: SmallVec<[PersonIndex; 1]>,
    pub birth: Option<Day>,
    /// Facts that name the person as subject and count, the newest last.
    pub facts: Vec<FactIndex>,
    /// Of them, those that start or end a spell.
    pub turns: Vec<FactIndex>,
    /// Facts that name the person as subject and are held.
    pub held: Vec<FactIndex>,
    /// Of the facts that count, the death signals, the earliest first.
    pub deaths: Vec<FactIndex>,
    pub registration: Option<Registration>,
}

/// The newest registration record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registration {
    pub fact: FactIndex,
    /// None after a cancellation other than for death.
    pub place: Option<(HouseholdId, Division)>,
}

impl Life {
    pub fn is(&self, person: PersonIndex) -> bool {
        self.numbers.contains(&person)
    }

    pub fn living(&self) -> bool {
        self.deaths.is_empty()
    }
}

/// What holds on one day; remembers what was asked before.
pub(crate) struct AsOf<'l> {
    pub ledger: &'l Ledger,
    pub day: Day,
    lives: FxHashMap<PersonIndex, Rc<Life>>,
    pub(crate) benefits:
        FxHashMap<(sanzao_model::BenefitId, PersonIndex), Option<Rc<crate::benefit::Benefit>>>,
    pub(crate) own_benefits: FxHashMap<PersonIndex, Rc<Vec<Rc<crate::benefit::Benefit>>>>,
    pub(crate) residents: FxHashMap<HouseholdId, Rc<crate::household::Residents>>,
    pub(crate) belongs: FxHashMap<PersonIndex, (HouseholdId, Option<FactIndex>)>,
    pub(crate) members: FxHashMap<HouseholdId, Rc<crate::household::Household>>,
}

impl<'l> AsOf<'l> {
    pub fn new(ledger: &'l Ledger, day: Day) -> AsOf<'l> {
        AsOf {
            ledger,
            day,
            lives: FxHashMap::default(),
            benefits: FxHashMap::default(),
            own_benefits: FxHashMap::default(),
            residents: FxHashMap::default(),
            belongs: FxHashMap::default(),
            members: FxHashMap::default(),
        }
    }

    pub fn fact(&self, index: FactIndex) -> &'l FactEntry {
        self.ledger.set.fact(index)
    }

    /// Whether a fact counts on the day, held or not.
    pub fn counts(&self, index: FactIndex) -> bool {
        let fact = self.fact(index);
        fact.holds.is_some() && fact.on <= self.day
    }

    pub fn by_age(&self, a: FactIndex, b: FactIndex) -> Ordering {
        self.ledger.set.by_age(a, b)
    }

    /// The person that a number belongs to.
    pub fn life(&mut self, person: PersonIndex) -> Rc<Life> {
        if let Some(life) = self.lives.get(&person) {
            return Rc::clone(life);
        }
        let life = Rc::new(self.read_life(person));
        for number in &life.numbers {
            self.lives.insert(*number, Rc::clone(&life));
        }
        life
    }

    fn read_life(&self, person: PersonIndex) -> Life {
        let (numbers, head) = self.unite(person);
        let mut all: Vec<FactIndex> = numbers
            .iter()
            .flat_map(|number| &self.ledger.people[*number as usize].facts)
            .copied()
            .filter(|fact| self.counts(*fact))
            .collect();
        if numbers.len() > 1 {
            all.sort_unstable();
            all.dedup();
        }
        let known = self.names_police_recorded(&numbers, &all);
        let (mut facts, mut held) = (Vec::with_capacity(all.len()), Vec::new());
        for fact in all {
            match self.says(fact, &numbers, &known) {
                Says::Nothing => {}
                Says::Something => facts.push(fact),
                Says::Held => held.push(fact),
            }
        }
        facts.sort_unstable_by(|a, b| self.by_age(*a, *b));
        held.sort_unstable_by(|a, b| self.by_age(*a, *b));
        let deaths: Vec<_> =
            facts.iter().copied().filter(|fact| self.fact(*fact).told.is_death_signal()).collect();
        let turns = facts.iter().copied().filter(|fact| turns_a_spell(&self.fact(*fact).told)).collect();
        let registration = registration_among(self, &facts, self.day);
        let birth = self.ledger.people[head as usize].birth;
        Life { head, numbers, birth, facts, turns, held, deaths, registration }
    }

    /// Numbers connected by corrections are one person; its number is the one that no correction gave
    /// up, or, if there is not exactly one, the `person` of the newest correction.
    fn unite(&self, person: PersonIndex) -> (SmallVec<[PersonIndex; 1]>, PersonIndex) {
        let mut numbers: SmallVec<[PersonIndex; 1]> = smallvec![person];
        let mut corrections: SmallVec<[FactIndex; 2]> = SmallVec::new();
        let mut next = 0;
        while next < numbers.len() {
            let number = numbers[next];
            next += 1;
            for index in &self.ledger.people[number as usize].facts {
                let fact = self.fact(*index);
                if !matches!(fact.told, Told::IdentityCorrected) || !self.counts(*index) {
                    continue;
                }
                if !corrections.contains(index) {
                    corrections.push(*index);
                }
                let named = self.ledger.set.named(*index).iter().map(|(person, _)| *person);
                for other in named.chain(fact.other()) {
                    if !numbers.contains(&other) {
                        numbers.push(other);
                    }
                }
            }
        }
        numbers.sort_unstable();
        let given_up =
            |number: PersonIndex| corrections.iter().any(|index| self.fact(*index).other() == Some(number));
        let mut kept = numbers.iter().copied().filter(|number| !given_up(*number));
        let head = match (kept.next(), kept.next()) {
            (Some(only), None) => only,
            _ => {
                let newest = corrections.iter().copied().max_by(|a, b| self.by_age(*a, *b));
                newest
                    .and_then(|fact| self.ledger.set.named(fact).first())
                    .map_or(person, |(person, _)| *person)
            }
        };
        (numbers, head)
    }

    fn names_police_recorded(&self, numbers: &[PersonIndex], facts: &[FactIndex]) -> SmallVec<[NameTag; 2]> {
        let mut known = SmallVec::new();
        for index in facts {
            let fact = self.fact(*index);
            if fact.feed != Feed::Police {
                continue;
            }
            let subjects =
                self.ledger.set.named(*index).iter().filter(|(person, _)| numbers.contains(person));
            let mut names: SmallVec<[NameTag; 2]> = subjects.map(|(_, name)| *name).collect();
            if let Told::RelationRecorded { name, .. } = &fact.told
                && fact.other().is_some_and(|other| numbers.contains(&other))
            {
                names.push(*name);
            }
            known.extend(names);
        }
        known.sort_unstable();
        known.dedup();
        known
    }

    /// What a fact says about a person as its subject.
    fn says(&self, index: FactIndex, numbers: &[PersonIndex], known: &[NameTag]) -> Says {
        let fact = self.fact(index);
        let mut names =
            self.ledger.set.named(index).iter().filter(|(person, _)| numbers.contains(person)).peekable();
        if names.peek().is_none() {
            return Says::Nothing;
        }
        let exempt = fact.feed == Feed::Police || known.is_empty();
        if exempt || names.any(|(_, name)| known.contains(name)) { Says::Something } else { Says::Held }
    }
}

enum Says {
    Nothing,
    Something,
    Held,
}

/// The newest registration record on or before a day.
pub(crate) fn registration_among(as_of: &AsOf<'_>, facts: &[FactIndex], day: Day) -> Option<Registration> {
    facts.iter().rev().find_map(|index| {
        let fact = as_of.fact(*index);
        if fact.on > day {
            return None;
        }
        let place = match &fact.told {
            Told::PersonRegistered { household, division, .. }
            | Told::HouseholdMoved { household, division } => {
                Some((*household, as_of.ledger.set.kept().division(*division)))
            }
            Told::RegistrationCancelled { reason } if *reason != WithdrawalReason::Death => None,
            _ => return None,
        };
        Some(Registration { fact: *index, place })
    })
}
