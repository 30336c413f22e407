//! Facts held because their name is not the one that police have (domain §3, *Held facts*).

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::facts::Fact;
use super::view::View;

/// "Compared after NFKC, without spaces, `·•・` unified."
pub fn comparable(name: &str) -> String {
    let unified = |letter: char| if "•・".contains(letter) { '·' } else { letter };
    name.nfkc().filter(|letter| !letter.is_whitespace()).map(unified).collect()
}

impl View<'_> {
    /// "Where police have recorded names for a number, a fact from another feed with none of these names is *held*
    /// for that person"; "police facts, … retractions and events that name nobody are never held."
    pub fn is_held_for(&self, fact: &Fact, person: &str) -> bool {
        if fact.feed() == "police" {
            return false;
        }
        let police = &self.police_names[person];
        let given = self.names_given_by(fact, person);
        !police.is_empty() && !given.is_empty() && given.is_disjoint(police)
    }

    /// "Names that police recorded are those in any police fact, as `person` or `related`, over all numbers of the
    /// person."
    pub fn names_in_police_facts(&self, person: &str) -> BTreeSet<String> {
        let police = self.facts.iter().filter(|fact| fact.feed() == "police");
        police.flat_map(|fact| self.names_given_by(fact, person)).collect()
    }

    fn names_given_by(&self, fact: &Fact, person: &str) -> BTreeSet<String> {
        let named = fact.named.iter();
        named.filter(|(number, _)| self.person_of(number) == person).map(|(_, name)| name.clone()).collect()
    }

    /// "A fact of the person is held."
    pub fn has_held_fact(&self, person: &str) -> bool {
        self.facts.iter().any(|fact| self.is_held_for(fact, person))
    }
}
