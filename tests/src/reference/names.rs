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
        let Some(police) = self.police_names.get(person) else { return false };
        let of_them = |(number, name): &(String, String)| {
            (self.person_of(number) == person).then(|| police.contains(&**name))
        };
        let mut agreeing = fact.named.iter().filter_map(of_them).peekable();
        !fact.is_of_police() && agreeing.peek().is_some() && agreeing.all(|agrees| !agrees)
    }

    /// "A fact of the person is held": the feeds that sent such facts, each once.
    pub fn feeds_of_held_facts(&self, person: &str) -> BTreeSet<&str> {
        let held = self.facts_naming(person).iter().filter(|fact| self.is_held_for(fact, person));
        held.map(|fact| fact.feed()).collect()
    }
}
