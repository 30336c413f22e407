//! What counts on a day: "Only `on` decides what counts on D (`on` ≤ D)".

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::benefits::Benefit;
use super::facts::Fact;
use super::people;

/// The facts that count on a day, and what is asked of them again and again, worked out once.
pub struct View<'a> {
    /// D.
    pub day: Date,
    /// Every fact that counts on D, held ones included.
    pub facts: Vec<&'a Fact>,
    /// The number that stands for the person, by each of their numbers.
    pub standing_numbers: BTreeMap<String, String>,
    /// The names that police recorded, by person.
    pub police_names: BTreeMap<String, BTreeSet<String>>,
    /// Facts that rules see: all but those held for the `person` whom they are about. Facts that name nobody are
    /// never held, and those with `members` are looked at member by member.
    seen: Vec<&'a Fact>,
    /// The active benefits.
    pub active_benefits: Vec<Benefit<'a>>,
    /// The earliest death signal, by person; who is not here is living.
    pub died_on: BTreeMap<String, Date>,
    /// The police households of the living.
    pub residences: BTreeMap<String, String>,
    /// The household of everybody.
    pub households: BTreeMap<String, String>,
}

impl<'a> View<'a> {
    /// The facts with `on` ≤ D, and what follows from them, each line from those above it.
    pub fn new(facts: &'a [Fact], day: Date) -> Self {
        let mut view = Self {
            day,
            facts: facts.iter().filter(|fact| fact.on <= day).collect(),
            standing_numbers: BTreeMap::new(),
            police_names: BTreeMap::new(),
            seen: Vec::new(),
            active_benefits: Vec::new(),
            died_on: BTreeMap::new(),
            residences: BTreeMap::new(),
            households: BTreeMap::new(),
        };
        view.standing_numbers = people::standing_numbers(&view.facts);
        let persons = view.persons();
        view.police_names =
            persons.iter().map(|person| (person.clone(), view.names_in_police_facts(person))).collect();
        view.seen = view.facts.iter().copied().filter(|fact| view.is_seen(fact)).collect();
        view.active_benefits = view.benefits_active_on_the_day();
        view.died_on = persons
            .iter()
            .filter_map(|person| Some((person.clone(), view.earliest_death_signal(person)?)))
            .collect();
        view.residences = persons
            .iter()
            .filter(|person| view.is_living(person))
            .filter_map(|person| Some((person.clone(), view.police_household(person, day)?)))
            .collect();
        view.households =
            persons.iter().map(|person| (person.clone(), view.household_by_rank(person))).collect();
        view
    }

    /// Everybody whom a fact names, by the number that stands for the person.
    pub fn persons(&self) -> BTreeSet<String> {
        self.standing_numbers.values().cloned().collect()
    }

    /// "Numbers connected by `identity.corrected` are one person, joined when read, in every role."
    pub fn person_of(&self, number: &str) -> &str {
        &self.standing_numbers[number]
    }

    /// The facts of a kind whose `person` this is and that are not held for them.
    pub fn facts_of(&self, person: &str, kind: &str) -> Vec<&'a Fact> {
        self.visible(kind)
            .into_iter()
            .filter(|fact| fact.person().is_some_and(|number| self.person_of(number) == person))
            .collect()
    }

    /// The facts of a kind that rules see.
    pub fn visible(&self, kind: &str) -> Vec<&'a Fact> {
        self.seen.iter().copied().filter(|fact| fact.kind == kind).collect()
    }

    /// A fact says nothing when it is held for everybody it names.
    pub fn is_seen(&self, fact: &Fact) -> bool {
        let named: Vec<&str> =
            fact.person().into_iter().chain(fact.members().into_iter().flatten()).collect();
        named.is_empty() || named.iter().any(|number| !self.is_held_for(fact, self.person_of(number)))
    }
}

/// The newest of some facts.
pub fn newest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    facts.into_iter().max_by_key(|fact| fact.newness())
}
