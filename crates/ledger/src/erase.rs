//! Erasure of a person (design, invariant 7): nothing that names the number is left.
//!
//! A fact whose only subject is the person goes as a whole, with its statements, the events that stated nothing
//! else and retractions of these; so does a relation to the person and a correction that gave the number up,
//! which say nothing without it, and whoever was known by these alone. From a list that names others the person is
//! taken, from a birth certificate the child, and the rest stays. So it does, naming nobody, where it is about a
//! benefit or settlement of which other facts name others: of these the newest counts, and for them no older one may
//! come back. (Of an event id with two contents the older one does, where the newer goes.) When nobody is left whom
//! a benefit or settlement names, all its facts go. Whatever an event states
//! afterwards counts anew. One number is erased: of a person with several each has to be.

use std::collections::BTreeSet;

use sanzao_model::{BenefitId, HouseholdId, PersonId, SettlementId};
use smallvec::SmallVec;

use crate::ledger::{Ledger, Person, Touched};
use crate::scope::Households;
use crate::set::{FactIndex, PersonIndex};
use crate::told::Told;

impl Ledger {
    /// Erases a number; whom that touches, the erased one among them. See the module.
    pub fn erase(&mut self, person: PersonId) -> Touched {
        let Some(place) = self.place_of_number(person) else { return Touched::default() };
        let mut touched = self.all_around(place);
        touched.erased.insert(person);
        let facts = std::mem::take(&mut self.people[place as usize].facts);
        let mut benefits: BTreeSet<BenefitId> = BTreeSet::new();
        let mut settlements: BTreeSet<SettlementId> = BTreeSet::new();
        let (mut changed, mut orphans) = (SmallVec::new(), BTreeSet::new());
        for index in facts {
            self.touch(index, &mut touched);
            let fact = self.set.fact(index);
            benefits.extend(fact.told.benefit());
            settlements.extend(fact.told.settlement());
            let names_others = self.set.named(index).iter().any(|(named, _)| *named != place);
            let may_name_others = fact.told.benefit().is_some() || fact.told.settlement().is_some();
            let rests_on_person = fact.other() == Some(place) && fact.told != Told::BirthCertified;
            if (names_others || may_name_others) && !rests_on_person {
                self.set.strip(index, place);
            } else {
                self.remove_fact(index, place, &mut changed, &mut orphans);
            }
        }
        for benefit in benefits {
            self.leave_benefit(benefit, place, &mut changed, &mut orphans);
        }
        for settlement in settlements {
            self.leave_settlement(settlement, place, &mut changed, &mut orphans);
        }
        self.forget(place);
        touched.people.remove(&place);
        touched.perhaps_renamed.remove(&place);
        for orphan in orphans {
            let Person { id, alone, .. } = &self.people[orphan as usize];
            touched.erased.insert(*id);
            touched.households.insert(*alone);
            touched.people.remove(&orphan);
            self.forget(orphan);
        }
        changed.into_iter().for_each(|fact| self.touch(fact, &mut touched));
        touched
    }

    /// Everybody about whom something else may hold without the person, and the households.
    fn all_around(&self, place: PersonIndex) -> Touched {
        let mut one = Touched::default();
        one.people.insert(place);
        one.perhaps_renamed.insert(place);
        let scope = self.scope(&one);
        let Households::These(households) = scope.households else {
            unreachable!("only a sweep has other households")
        };
        let people: BTreeSet<PersonIndex> =
            scope.people.into_iter().filter(|other| *other != place).collect();
        let perhaps_renamed = people.clone();
        Touched {
            people,
            perhaps_renamed,
            erased: BTreeSet::new(),
            households: households.into_iter().collect(),
        }
    }

    /// Removes a fact from the set and from every index; `erased` is no longer in the first of them.
    fn remove_fact(
        &mut self,
        index: FactIndex,
        erased: PersonIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
        orphans: &mut BTreeSet<PersonIndex>,
    ) {
        let fact = self.set.fact(index);
        let whom: SmallVec<[PersonIndex; 4]> =
            self.set.named(index).iter().map(|(person, _)| *person).chain(fact.other()).collect();
        if let Some(entry) = fact.told.benefit().and_then(|benefit| self.benefits.get_mut(&benefit)) {
            entry.facts.retain(|other| *other != index);
        }
        match &fact.told {
            Told::PersonRegistered { household, .. } | Told::HouseholdMoved { household, .. } => {
                leave(&mut self.households, *household, erased);
            }
            told => {
                if let Some(settlement) = told.settlement() {
                    self.settlements.remove(&self.set, settlement, index);
                }
            }
        }
        for person in whom {
            self.people[person as usize].facts.retain(|other| *other != index);
            // Whom only the removed facts named, the ledger no longer knows.
            if person != erased && self.people[person as usize].facts.is_empty() {
                orphans.insert(person);
            }
        }
        self.set.remove(index, changed);
    }

    /// Takes the person from a benefit, and the benefit away with all its facts where nobody is left.
    fn leave_benefit(
        &mut self,
        benefit: BenefitId,
        erased: PersonIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
        orphans: &mut BTreeSet<PersonIndex>,
    ) {
        let Some(entry) = self.benefits.get_mut(&benefit) else { return };
        entry.people.retain(|person| *person != erased);
        if entry.people.is_empty() {
            let entry = self.benefits.remove(&benefit).unwrap_or_default();
            entry.facts.into_iter().for_each(|fact| self.remove_fact(fact, erased, changed, orphans));
        }
    }

    /// Takes a settlement away with all its facts where none of them names anybody.
    fn leave_settlement(
        &mut self,
        settlement: SettlementId,
        erased: PersonIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
        orphans: &mut BTreeSet<PersonIndex>,
    ) {
        let facts = self.settlements.facts(&self.set, settlement);
        if facts.iter().all(|fact| self.set.named(*fact).is_empty()) {
            facts.into_iter().for_each(|fact| self.remove_fact(fact, erased, changed, orphans));
        }
    }

    /// Overwrites the number itself; its place stays empty.
    fn forget(&mut self, place: PersonIndex) {
        let people = &self.people;
        let person = &people[place as usize];
        self.person_by_id.remove(&person.id.0, |place| &people[place as usize].id.0);
        self.person_by_alone.remove(&person.alone.0, |place| &people[place as usize].alone.0);
        let person = &mut self.people[place as usize];
        (person.id, person.alone, person.birth) = (PersonId::default(), HouseholdId::default(), None);
        person.facts = Vec::new();
        self.erased += 1;
    }
}

/// Takes somebody from those ever registered in a household.
fn leave(
    households: &mut rustc_hash::FxHashMap<HouseholdId, Vec<PersonIndex>>,
    household: HouseholdId,
    erased: PersonIndex,
) {
    if let Some(people) = households.get_mut(&household) {
        people.retain(|person| *person != erased);
        if people.is_empty() {
            households.remove(&household);
        }
    }
}

#[cfg(test)]
mod tests {
    use sanzao_model::{
        Body, Bureau, Content, Day, EventTag, Fact, FactBatch, FactId, Feed, Fen, Instant, Mention, NameTag,
        Named, Program, RelationKind, Sex, Statement, Subject,
    };

    use super::*;

    fn named(number: u8) -> Named {
        let (person, alone) = (PersonId([number; 16]), HouseholdId([number + 100; 16]));
        Named { who: Mention { person, alone, birth: None }, name: NameTag([number; 8]) }
    }

    /// One person in every role.
    fn bodies(who: Named) -> Vec<(Subject, Body)> {
        let (one, other) = (Subject::Person(who), Subject::Person(named(7)));
        let household = HouseholdId([50; 16]);
        let registered =
            Body::PersonRegistered { household, division: "320614102001".parse().unwrap(), sex: Sex::Female };
        let benefit = BenefitId([60; 16]);
        let (program, monthly) = (Program::Dibao, Fen(1));
        let granted = Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None };
        vec![
            (one.clone(), registered.clone()),
            (other.clone(), registered),
            (one.clone(), Body::RelationRecorded { related: named(7), kind: RelationKind::Spouse }),
            (other.clone(), Body::RelationRecorded { related: who, kind: RelationKind::Parent }),
            (other.clone(), Body::IdentityCorrected { former: who.who }),
            (one, Body::IdentityCorrected { former: named(8).who }),
            (other, Body::BirthCertified { child: Some(who.who) }),
            (Subject::Members(vec![named(7), who, named(8), named(9)]), granted),
        ]
    }

    /// Everything that is in memory, as text: pseudonyms are in it in hexadecimal digits.
    fn everything(ledger: &Ledger) -> String {
        let facts = format!("{:?} {:?}", ledger.set.facts(), ledger.benefits);
        format!("{facts} {:?} {:?}", ledger.people, ledger.households)
    }

    #[test]
    fn nothing_of_the_number_is_left_in_memory() {
        let mut ledger = Ledger::new(Bureau(320614), Box::new(|_, sealed| sealed.to_vec()));
        let who = named(3);
        for (at, (subject, body)) in bodies(who).into_iter().enumerate() {
            let (id, event) = (FactId([200 + at as u8; 16]), EventTag([220 + at as u8; 16]));
            let content = Content::Fact(Fact { id, feed: Feed::Police, on: Day(at as i32), subject, body });
            let offset = at as u64;
            let statement = Statement { event, sealed_id: vec![1], time: Instant(0), offset, content };
            let statements = vec![statement];
            let upto = offset + 1;
            let batch = FactBatch {
                feed: Feed::Police,
                partition: 0,
                upto,
                received: Instant(0),
                statements,
                notes: Vec::new(),
            };
            ledger.apply(&batch);
        }
        let (person, alone) = (who.who.person.to_string(), who.who.alone.to_string());
        assert!(everything(&ledger).contains(&person) && everything(&ledger).contains(&alone));
        let before = ledger.people_count();
        ledger.erase(who.who.person);
        assert!(!everything(&ledger).contains(&person) && !everything(&ledger).contains(&alone));
        assert_eq!(ledger.people_count(), before - 1);
        // The birth and the list stay for the others.
        assert_eq!(ledger.statements_about(named(9).who.person).len(), 1);
        assert_eq!(ledger.counts(), (3, 3));
        assert!(ledger.erase(who.who.person).is_empty());
    }
}
