//! What counts on a day: "Only `on` decides what counts on D (`on` ≤ D)".

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::Reference;
use super::benefits::Benefit;
use super::facts::Fact;
use super::people;

/// The facts that count on a day, and what is asked of them again and again, worked out once: by whom they name,
/// by benefit, by settlement, by household.
pub struct View<'a> {
    /// D.
    pub day: Date,
    /// Where the numbers of the rules come from, and who is the first of a household.
    pub reference: &'a Reference,
    /// Every fact that counts on D, held ones included.
    pub facts: Vec<&'a Fact>,
    /// The number that stands for the person, by each of their numbers.
    pub standing_numbers: HashMap<&'a str, &'a str>,
    /// Everybody whom a fact names, by the number that stands for the person.
    pub persons: BTreeSet<&'a str>,
    /// The names that police recorded, by person; whoever is not here has none.
    pub police_names: HashMap<&'a str, BTreeSet<&'a str>>,
    /// Facts that name somebody as `person`, `related` or on `members`, held ones included.
    naming: HashMap<&'a str, Vec<&'a Fact>>,
    /// Facts that tell of somebody as the child or by the former number.
    beside: HashMap<&'a str, Vec<&'a Fact>>,
    /// Facts that are not held for their `person`, by that person and their kind.
    of_person: HashMap<(&'a str, &'a str), Vec<&'a Fact>>,
    /// Facts that rules see, by benefit.
    of_benefit: HashMap<&'a str, Vec<&'a Fact>>,
    /// Facts that rules see, by settlement.
    of_settlement: HashMap<&'a str, Vec<&'a Fact>>,
    /// The benefits of which a grant or list names the person, whatever came after.
    pub benefits_ever: HashMap<&'a str, BTreeSet<&'a str>>,
    /// Every benefit, ended or not, by the grant that counts.
    pub granted: HashMap<&'a str, Benefit<'a>>,
    /// The active benefits of everybody who has one.
    pub had: HashMap<&'a str, Vec<Benefit<'a>>>,
    /// The earliest death signal, by person; who is not here is living.
    pub died_on: HashMap<&'a str, Date>,
    /// The police households of the living.
    pub residences: HashMap<&'a str, &'a str>,
    /// How many living people are registered in a police household.
    pub residents: HashMap<&'a str, usize>,
    /// The household of everybody.
    pub households: BTreeMap<&'a str, String>,
    /// Everybody who belongs to a household, the dead too.
    pub belonging: BTreeMap<String, Vec<&'a str>>,
}

impl<'a> View<'a> {
    /// The facts with `on` ≤ D, and what follows from them, each line from those above it.
    pub fn new(reference: &'a Reference, day: Date) -> Self {
        let facts: Vec<&Fact> = reference.facts.iter().filter(|fact| fact.on <= day).collect();
        let standing_numbers = people::standing_numbers(&facts);
        let persons: BTreeSet<&str> = standing_numbers.values().copied().collect();
        let mut view = Self {
            day,
            reference,
            facts,
            standing_numbers,
            persons,
            police_names: HashMap::new(),
            naming: HashMap::new(),
            beside: HashMap::new(),
            of_person: HashMap::new(),
            of_benefit: HashMap::new(),
            of_settlement: HashMap::new(),
            benefits_ever: HashMap::new(),
            granted: HashMap::new(),
            had: HashMap::new(),
            died_on: HashMap::new(),
            residences: HashMap::new(),
            residents: HashMap::new(),
            households: BTreeMap::new(),
            belonging: BTreeMap::new(),
        };
        view.note_names();
        view.note_facts();
        view.note_benefits();
        view.note_households();
        view
    }

    fn note_names(&mut self) {
        for fact in self.facts.clone() {
            for (number, name) in &fact.named {
                let person = self.standing_numbers[&**number];
                let naming = self.naming.entry(person).or_default();
                if naming.last().is_none_or(|last| !std::ptr::eq(*last, fact)) {
                    naming.push(fact);
                }
                // "Names that police recorded are those in any police fact, as `person` or `related`, over all
                // numbers of the person."
                if fact.is_of_police() {
                    self.police_names.entry(person).or_default().insert(name);
                }
            }
            for number in [fact.text("former_id_number"), fact.child()].into_iter().flatten() {
                if let Some(person) = self.standing_numbers.get(number) {
                    self.beside.entry(person).or_default().push(fact);
                }
            }
        }
    }

    fn note_facts(&mut self) {
        for fact in self.facts.clone() {
            if !self.is_seen(fact) {
                continue;
            }
            if let Some(number) = fact.person() {
                let key = (self.standing_numbers[number], &*fact.kind);
                self.of_person.entry(key).or_default().push(fact);
            }
            if let Some(id) = fact.text("benefit_id") {
                self.of_benefit.entry(id).or_default().push(fact);
            }
            if let Some(id) = fact.text("setl_id") {
                self.of_settlement.entry(id).or_default().push(fact);
            }
        }
    }

    fn note_benefits(&mut self) {
        self.granted = self.benefits_granted();
        self.benefits_ever = self.benefits_ever_naming();
        for person in self.persons.clone() {
            let benefits = self.active_benefits_of(person);
            if !benefits.is_empty() {
                self.had.insert(person, benefits);
            }
        }
    }

    fn note_households(&mut self) {
        for person in self.persons.clone() {
            if let Some(day) = self.earliest_death_signal(person) {
                self.died_on.insert(person, day);
            } else if let Some(number) = self.police_household(person, self.day) {
                self.residences.insert(person, number);
                *self.residents.entry(number).or_default() += 1;
            }
        }
        for person in self.persons.clone() {
            let household = self.household_by_rank(person);
            self.belonging.entry(household.clone()).or_default().push(person);
            self.households.insert(person, household);
        }
    }

    /// "Numbers connected by `identity.corrected` are one person, joined when read, in every role."
    pub fn person_of(&self, number: &str) -> &'a str {
        self.standing_numbers[number]
    }

    /// The facts of a kind whose `person` this is and that are not held for them.
    pub fn facts_of(&self, person: &str, kind: &str) -> Vec<&'a Fact> {
        self.of_person.get(&(person, kind)).cloned().unwrap_or_default()
    }

    /// The facts that name the person as `person`, `related` or on `members`, held ones too.
    pub fn facts_naming(&self, person: &str) -> &[&'a Fact] {
        self.naming.get(person).map_or(&[], |facts| facts)
    }

    /// The facts that tell of the person as the child or by the former number.
    pub fn facts_beside(&self, person: &str) -> &[&'a Fact] {
        self.beside.get(person).map_or(&[], |facts| facts)
    }

    /// The facts about a benefit.
    pub fn facts_of_benefit(&self, id: &str) -> &[&'a Fact] {
        self.of_benefit.get(id).map_or(&[], |facts| facts)
    }

    /// The ids of all benefits of which something is said.
    pub fn benefit_ids(&self) -> impl Iterator<Item = &'a str> {
        self.of_benefit.keys().copied()
    }

    /// The facts about a settlement.
    pub fn facts_of_settlement(&self, id: &str) -> &[&'a Fact] {
        self.of_settlement.get(id).map_or(&[], |facts| facts)
    }

    /// A fact says nothing when it is held for everybody it names.
    pub fn is_seen(&self, fact: &Fact) -> bool {
        let mut named = fact.person().into_iter().chain(fact.members().into_iter().flatten()).peekable();
        named.peek().is_none() || named.any(|number| !self.is_held_for(fact, self.person_of(number)))
    }
}

/// The newest of some facts.
pub fn newest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    facts.into_iter().max_by_key(|fact| fact.newness())
}
