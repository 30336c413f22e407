//! How new the records of each feed are, by where people are registered.

use std::collections::BTreeMap;

use sanzao_model::{Area, Day, Feed, Instant, RecordKind};

use crate::ledger::Ledger;
use crate::life::AsOf;
use crate::order::Stamp;
use crate::set::{FactIndex, PersonIndex};
use crate::told::Told;

/// People are read so many at a time: what is remembered of them does not grow with the district.
const PEOPLE_AT_ONCE: usize = 2_000;

impl Ledger {
    /// For each area the newest `time` of each feed's facts that name somebody who is registered there on a day, whether
    /// or not they count yet; times after the day aside. Facts about a benefit alone name nobody.
    pub fn newest_in(&self, areas: &[Area], day: Day) -> Vec<BTreeMap<Feed, Instant>> {
        let mut newest = vec![BTreeMap::new(); areas.len()];
        let everybody: Vec<PersonIndex> = (0..self.people.len() as PersonIndex).collect();
        for people in everybody.chunks(PEOPLE_AT_ONCE) {
            let mut as_of = AsOf::new(self, day);
            for person in people.iter().filter(|person| !self.people[**person as usize].is_gone()) {
                let life = as_of.life(*person);
                let division = life.registration.and_then(|at| at.place).map(|(_, division)| division);
                for (area, newest) in areas.iter().zip(&mut newest) {
                    if area.contains(division) {
                        self.note_newest(*person, day, newest);
                    }
                }
            }
        }
        newest
    }

    /// Whether a record of a kind was ever seen that holds, of whatever day.
    pub fn has_seen(&self, kind: &RecordKind) -> bool {
        let facts = self.set.facts().iter().enumerate();
        let mut of_feed = facts.filter(|(_, fact)| fact.feed == kind.feed && fact.holds.is_some());
        of_feed.any(|(index, fact)| match (&fact.told, kind.program) {
            (Told::BenefitGranted { program, .. }, Some(asked)) => *program == asked,
            _ => kind.program.is_none() && self.set.kind(index as FactIndex) == kind.kind,
        })
    }

    /// The newest `time` of each feed's facts that is not after a day: a record that says to be of the future tells nothing
    /// of how late its feed is.
    pub fn newest_upto(&self, day: Day) -> BTreeMap<Feed, Instant> {
        let mut newest = BTreeMap::new();
        for index in 0..self.set.len() as FactIndex {
            self.note(index, day, &mut newest);
        }
        newest
    }

    fn note_newest(&self, person: PersonIndex, day: Day, newest: &mut BTreeMap<Feed, Instant>) {
        self.people[person as usize].facts.iter().for_each(|index| self.note(*index, day, newest));
    }

    fn note(&self, index: FactIndex, day: Day, newest: &mut BTreeMap<Feed, Instant>) {
        if let Some(Stamp { time, .. }) =
            self.set.stamp(index).filter(|stamp| stamp.time.day_in_china() <= day)
        {
            let known = newest.entry(self.set.fact(index).feed).or_insert(time);
            *known = time.max(*known);
        }
    }
}
