//! Who is who, how old, alive or dead, registered where, and whose child (domain §3, *People*).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};
use crate::document;

/// "320614 or a former code (322425, 320625, 329026, 320684)".
const DISTRICT: [&str; 5] = ["320614", "322425", "320625", "329026", "320684"];

/// One correction: the fact, the number given up, and the number that the person has instead.
type Correction<'a> = (&'a Fact, &'a str, &'a str);

/// "Numbers connected by `identity.corrected` (on ≤ D) are one person": for each number the one that stands for
/// the person.
pub fn standing_numbers<'a>(facts: &[&'a Fact]) -> HashMap<&'a str, &'a str> {
    let corrections: Vec<Correction> = facts
        .iter()
        .filter(|fact| fact.kind == "police.identity.corrected")
        .map(|fact| (*fact, fact.text("former_id_number"), fact.person()))
        .map(|(fact, former, number)| {
            (fact, former.expect("a correction has both"), number.expect("and a person"))
        })
        .collect();
    let named = facts.iter().flat_map(|fact| &fact.named);
    let mut standing: HashMap<&str, &str> = named.map(|(number, _)| (&**number, &**number)).collect();
    let mut connected: HashMap<&str, Vec<&str>> = HashMap::new();
    for (_, former, number) in &corrections {
        connected.entry(former).or_default().push(number);
        connected.entry(number).or_default().push(former);
    }
    let given_up: HashSet<&str> = corrections.iter().map(|(_, former, _)| *former).collect();
    let mut joined: HashSet<&str> = HashSet::new();
    for first in connected.keys() {
        if joined.contains(first) {
            continue;
        }
        let (mut group, mut next) = (BTreeSet::new(), vec![*first]);
        while let Some(number) = next.pop() {
            if group.insert(number) {
                next.extend(&connected[number]);
            }
        }
        let number = standing_number(&group, &given_up, &corrections);
        standing.extend(group.iter().map(|one| (*one, number)));
        joined.extend(group);
    }
    standing
}

/// "The person's number is the one no correction gave up; if there is not exactly one, the `person` of the newest
/// correction."
fn standing_number<'a>(
    all: &BTreeSet<&'a str>,
    given_up: &HashSet<&str>,
    corrections: &[Correction<'a>],
) -> &'a str {
    let kept: Vec<&str> = all.iter().copied().filter(|number| !given_up.contains(number)).collect();
    if let [number] = kept[..] {
        return number;
    }
    let of_these = corrections.iter().filter(|(_, former, _)| all.contains(former)).map(|(fact, _, _)| *fact);
    let newest = newest(of_these).expect("several numbers are one person by a correction only");
    newest.person().expect("a correction has a person")
}

/// "*In the district*: division code prefix 320614 or a former code."
pub fn is_in_district(division_code: &str) -> bool {
    DISTRICT.iter().any(|prefix| division_code.starts_with(prefix))
}

impl<'a> View<'a> {
    /// "Age: full years; a birthday counts from that day (29 February: from 1 March in common years)." Without a
    /// birth date "there is no age".
    pub fn age(&self, person: &str) -> Option<i16> {
        let birth = document::birth(person)?;
        let years = self.day.year() - birth.year();
        let had_birthday = (self.day.month(), self.day.day()) >= (birth.month(), birth.day());
        Some(if had_birthday { years } else { years - 1 })
    }

    /// "Death signal: police cancellation for death, health death certificate, registry cremation, social-security
    /// funeral grant; `died_on` is the earliest `on`."
    pub fn earliest_death_signal(&self, person: &str) -> Option<Date> {
        self.death_signals(person).into_iter().map(|fact| fact.on).min()
    }

    /// Every death signal.
    pub fn death_signals(&self, person: &str) -> Vec<&'a Fact> {
        let cancellations = self.facts_of(person, "police.registration.cancelled");
        let police = cancellations.into_iter().filter(|fact| fact.text("reason") == Some("death"));
        police
            .chain(self.facts_of(person, "health.death.certified"))
            .chain(self.facts_of(person, "registry.cremation.recorded"))
            .chain(self.facts_of(person, "social-security.funeral-grant.paid"))
            .collect()
    }

    /// "*Living* = none."
    pub fn is_living(&self, person: &str) -> bool {
        !self.died_on.contains_key(person)
    }

    /// "Registered: the newest of `person.registered`, `household.moved` and a cancellation other than for death;
    /// after such a cancellation the person is in no police household." As it was at the end of a day ≤ D.
    pub fn registration(&self, person: &str, day: Date) -> Option<&'a Fact> {
        let record = self.registration_record(person, day);
        record.filter(|fact| fact.kind != "police.registration.cancelled")
    }

    /// "The newest registration record".
    pub fn newest_registration_record(&self, person: &str) -> Option<&'a Fact> {
        self.registration_record(person, self.day)
    }

    fn registration_record(&self, person: &str, day: Date) -> Option<&'a Fact> {
        let cancellations = self.facts_of(person, "police.registration.cancelled");
        let records = cancellations
            .into_iter()
            .filter(|fact| fact.text("reason") != Some("death"))
            .chain(self.facts_of(person, "police.person.registered"))
            .chain(self.facts_of(person, "police.household.moved"))
            .filter(|fact| fact.on <= day);
        newest(records)
    }

    /// "*In the district*: division code prefix 320614 or a former code."
    pub fn is_registered_in_district(&self, person: &str) -> bool {
        self.division_of(person).is_some_and(is_in_district)
    }

    /// The division in which the person is registered: that of the newest registration record, none after a
    /// cancellation other than for death.
    pub fn division_of(&self, person: &str) -> Option<&'a str> {
        let registration = self.registration(person, self.day)?;
        Some(registration.text("division_code").expect("a registration has a division"))
    }

    /// "Parents are recorded by police relations of kind `parent`"; "*related is the kind of person*".
    pub fn parents(&self, person: &str) -> BTreeSet<&'a str> {
        self.facts_of(person, "police.relation.recorded")
            .into_iter()
            .filter(|fact| fact.text("kind") == Some("parent"))
            .map(|fact| self.person_of(fact.related().expect("a relation has a related person")))
            .collect()
    }

    /// Recorded relatives, each once for each kind, by the newest record of it.
    pub fn relatives(&self, person: &str) -> Vec<(&'a str, &'a str, &'a Fact)> {
        let mut newest_of: BTreeMap<(&str, &str), &'a Fact> = BTreeMap::new();
        for record in self.facts_of(person, "police.relation.recorded") {
            let relative = self.person_of(record.related().expect("a relation has a related person"));
            let kind = record.text("kind").expect("a relation has a kind");
            let known = newest_of.entry((relative, kind)).or_insert(record);
            if known.newness() < record.newness() {
                *known = record;
            }
        }
        newest_of.into_iter().map(|((relative, kind), record)| (relative, kind, record)).collect()
    }
}
