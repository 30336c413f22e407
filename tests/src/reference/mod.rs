//! The meaning of domain §2–4, read to the letter: what every rule says of every person and household on a day.
//!
//! Plain and slow: for each question all facts are gone through. Each function quotes the sentence it stands for.

mod benefits;
mod conditions;
mod facts;
mod households;
mod income;
mod money;
mod names;
mod naming;
mod people;
mod rows;
mod rules;
mod spells;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use facts::Fact;
use view::View;

/// Everything that is known: the facts that a set of events states.
pub struct Reference {
    facts: Vec<Fact>,
}

/// One finding of one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// Id of the rule, as in the catalogue.
    pub rule: String,
    /// Whom it is about.
    pub subject: Subject,
    /// Period, benefit, death, …: the same rule, subject and occasion is the same alert for ever.
    pub occasion: String,
}

/// Whom a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A person, by the normalised number that stands for them.
    Person(String),
    /// A household, by its key: `program:<benefit_id>`, `police:<household_no>` or `person:<ID number>`.
    Household(String),
}

impl Reference {
    /// Reads CloudEvents that intake would accept, in any order. Panics on one that it would not.
    pub fn new(events: &[Value]) -> Self {
        Self { facts: facts::facts(events) }
    }

    /// Every finding that is true on a day.
    pub fn findings(&self, as_of: Date) -> BTreeSet<Finding> {
        rules::findings(&View::new(&self.facts, as_of))
    }

    /// The household key of everybody named by a fact that counts on the day, the dead included, by the number
    /// that stands for the person.
    pub fn households(&self, as_of: Date) -> BTreeMap<String, String> {
        View::new(&self.facts, as_of).households
    }

    /// For each feed, of the people whom the registry names, how many the feed names too, whatever the dates.
    pub fn completeness(&self) -> Vec<(String, usize, usize)> {
        let view = View::new(&self.facts, Date::MAX);
        let named = |feed: &str| {
            let people = view.persons().into_iter().filter(|person| view.is_named_by_feed(person, feed));
            people.collect::<BTreeSet<String>>()
        };
        let registry = named("registry");
        ["police", "social-security", "health", "medical-insurance", "registry"]
            .map(|feed| (feed.to_owned(), named(feed).intersection(&registry).count(), registry.len()))
            .into()
    }

    /// How many distinct facts hold, whatever their date.
    pub fn fact_count(&self) -> usize {
        self.facts.len()
    }
}
