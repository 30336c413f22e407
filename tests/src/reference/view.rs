//! What counts on a day: "Only `on` decides what counts on D (`on` ≤ D)".

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::facts::Fact;
use super::people::{self, United};

/// The facts that count on a day, and who is who by then.
pub struct View<'a> {
    /// D.
    pub day: Date,
    /// Every fact that counts on D, held ones included.
    pub facts: Vec<&'a Fact>,
    united: Vec<United>,
}

impl<'a> View<'a> {
    /// The facts with `on` ≤ D.
    pub fn new(facts: &'a [Fact], day: Date) -> Self {
        let facts: Vec<&Fact> = facts.iter().filter(|fact| fact.on <= day).collect();
        let united = people::united(&facts);
        Self { day, facts, united }
    }

    /// Everybody whom a fact names, by the number that stands for the person.
    pub fn persons(&self) -> BTreeSet<String> {
        self.united.iter().map(|person| person.number.clone()).collect()
    }

    /// "Numbers connected by `identity.corrected` are one person, joined when read, in every role."
    pub fn person_of(&self, number: &str) -> &str {
        let person = self.united.iter().find(|person| person.all.contains(number));
        &person.expect("every number that a fact names belongs to a person").number
    }

    /// The facts of a kind whose `person` this is and that are not held for them.
    pub fn facts_of(&self, person: &str, kind: &str) -> Vec<&'a Fact> {
        self.visible(kind)
            .into_iter()
            .filter(|fact| fact.person().is_some_and(|number| self.person_of(number) == person))
            .collect()
    }

    /// The facts of a kind that rules see: all but those held for the `person` whom they are about. Facts that
    /// name nobody are never held, and those with `members` are looked at member by member.
    pub fn visible(&self, kind: &str) -> Vec<&'a Fact> {
        let seen =
            |fact: &&Fact| fact.person().is_none_or(|number| !self.is_held_for(fact, self.person_of(number)));
        self.facts.iter().copied().filter(|fact| fact.kind == kind).filter(seen).collect()
    }
}

/// The newest of some facts.
pub fn newest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    facts.into_iter().max_by_key(|fact| fact.newness())
}
