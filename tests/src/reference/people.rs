//! Who is who, how old, alive or dead, registered where, and whose child (domain §3, *People*).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};
use crate::document;

/// "320614 or a former code (322425, 320625, 329026, 320684)".
const DISTRICT: [&str; 5] = ["320614", "322425", "320625", "329026", "320684"];

/// "Numbers connected by `identity.corrected` (on ≤ D) are one person": for each number the one that stands for
/// the person.
pub fn standing_numbers(facts: &[&Fact]) -> BTreeMap<String, String> {
    let corrections: Vec<(&Fact, &str, &str)> = facts
        .iter()
        .filter(|fact| fact.kind == "police.identity.corrected")
        .map(|fact| (*fact, fact.text("former_id_number"), fact.person()))
        .map(|(fact, former, number)| {
            (fact, former.expect("a correction has both"), number.expect("and a person"))
        })
        .collect();
    let mut numbers: BTreeSet<&str> =
        facts.iter().flat_map(|fact| &fact.named).map(|(number, _)| &**number).collect();
    numbers.extend(corrections.iter().map(|(_, former, _)| *former));
    let mut groups: Vec<BTreeSet<&str>> =
        numbers.into_iter().map(|number| BTreeSet::from([number])).collect();
    for (_, former, number) in &corrections {
        let (connected, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.contains(former) || group.contains(number));
        groups = others;
        groups.push(connected.into_iter().flatten().collect());
    }
    let standing = |all: BTreeSet<&str>| {
        let number = standing_number(&all, &corrections);
        all.into_iter().map(|one| (one.to_owned(), number.clone())).collect::<Vec<_>>()
    };
    groups.into_iter().flat_map(standing).collect()
}

/// "The person's number is the one no correction gave up; if there is not exactly one, the `person` of the newest
/// correction."
fn standing_number(all: &BTreeSet<&str>, corrections: &[(&Fact, &str, &str)]) -> String {
    let given_up = |number: &str| corrections.iter().any(|(_, former, _)| *former == number);
    let kept: Vec<&str> = all.iter().copied().filter(|number| !given_up(number)).collect();
    if let [number] = kept[..] {
        return number.to_owned();
    }
    let of_these = corrections.iter().filter(|(_, former, _)| all.contains(former)).map(|(fact, _, _)| *fact);
    let newest = newest(of_these).expect("several numbers are one person by a correction only");
    newest.person().expect("a correction has a person").to_owned()
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

    /// "Working age: 16 ≤ age < 60."
    pub fn is_of_working_age(&self, person: &str) -> bool {
        self.age(person).is_some_and(|age| (16..60).contains(&age))
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
        let registration = self.registration(person, self.day);
        let code =
            registration.map(|fact| fact.text("division_code").expect("a registration has a division"));
        code.is_some_and(|code| DISTRICT.iter().any(|prefix| code.starts_with(prefix)))
    }

    /// "Parents are recorded by police relations of kind `parent`"; "*related is the kind of person*".
    pub fn parents(&self, person: &str) -> BTreeSet<String> {
        self.facts_of(person, "police.relation.recorded")
            .into_iter()
            .filter(|fact| fact.text("kind") == Some("parent"))
            .map(|fact| self.person_of(fact.related().expect("a relation has a related person")).to_owned())
            .collect()
    }

    /// Recorded relatives, each once for each kind, by the newest record of it.
    pub fn relatives(&self, person: &str) -> Vec<(String, String, &'a Fact)> {
        let mut newest_of: BTreeMap<(String, String), &'a Fact> = BTreeMap::new();
        for record in self.facts_of(person, "police.relation.recorded") {
            let relative =
                self.person_of(record.related().expect("a relation has a related person")).to_owned();
            let kind = record.text("kind").expect("a relation has a kind").to_owned();
            let known = newest_of.entry((relative, kind)).or_insert(record);
            if known.newness() < record.newness() {
                *known = record;
            }
        }
        newest_of.into_iter().map(|((relative, kind), record)| (relative, kind, record)).collect()
    }
}
