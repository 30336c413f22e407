//! The meaning of domain §2–4, read to the letter: what every rule says of every person and household on a day.
//!
//! Plain: each function quotes the sentence it stands for. Facts are looked up by person, benefit and household,
//! which are worked out once for a day (`view`), and nothing else is done for speed.

mod benefits;
mod conditions;
mod facts;
mod households;
mod income;
mod money;
mod names;
mod naming;
mod numbers;
mod people;
mod rows;
mod rules;
mod spells;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use facts::Fact;
pub use numbers::{At, Numbers};
pub use rules::RULES;
use view::View;

/// Puts people in an order, by their numbers.
type Order = Box<dyn Fn(&str) -> String + Send + Sync>;

/// Everything that is known: the facts that a set of events states, and the numbers of the rules.
pub struct Reference {
    facts: Vec<Fact>,
    numbers: Numbers,
    order: Order,
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
        Self { facts: facts::facts(events), numbers: Numbers::default(), order: Box::new(str::to_owned) }
    }

    /// The same with other numbers.
    #[must_use]
    pub fn with_numbers(mut self, numbers: Numbers) -> Self {
        self.numbers = numbers;
        self
    }

    /// The same with another order of people, which says who is the first of a household: its division is theirs.
    /// The domain does not say who that is; the product goes by the pseudonym.
    #[must_use]
    pub fn with_order(mut self, order: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.order = Box::new(order);
        self
    }

    fn place_in_order(&self, number: &str) -> String {
        (self.order)(number)
    }

    /// Every finding that is true on a day.
    pub fn findings(&self, as_of: Date) -> BTreeSet<Finding> {
        rules::findings(&View::new(self, as_of))
    }

    /// The household key of everybody named by a fact that counts on the day, the dead included, by the number
    /// that stands for the person.
    pub fn households(&self, as_of: Date) -> BTreeMap<String, String> {
        let households = View::new(self, as_of).households;
        households.into_iter().map(|(person, household)| (person.to_owned(), household)).collect()
    }

    /// For each feed, of the people whom the registry names, how many the feed names too, whatever the dates.
    pub fn completeness(&self) -> Vec<(String, usize, usize)> {
        let view = View::new(self, Date::MAX);
        let named = |feed: &str| {
            let people = view.persons.iter().filter(|person| view.is_named_by_feed(person, feed));
            people.collect::<BTreeSet<_>>()
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
