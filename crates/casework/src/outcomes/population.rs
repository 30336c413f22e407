//! The residents of a day, kept as small as counting needs them: 36 bytes for each.

use rustc_hash::FxHashMap;
use sanzao_model::{Bureau, Day, HouseholdId, PersonId, Resident};

use super::cell::Traits;

/// The residents of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    day: Day,
    /// All traits that somebody has, and how many have them: some hundreds.
    pub(super) traits: Vec<(Traits, u64)>,
    pub(super) people: Vec<Entry>,
    /// Former numbers, with the place of whose they are.
    pub(super) formerly: Vec<(PersonId, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub person: PersonId,
    pub household: HouseholdId,
    /// Place of the person's traits.
    pub traits: u32,
}

impl Population {
    /// The residents of a bureau's ledger on a day.
    pub fn of(bureau: Bureau, day: Day, residents: impl IntoIterator<Item = Resident>) -> Population {
        let mut census = Census::new(bureau, day);
        census.count(residents);
        census.finish()
    }

    /// The day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// How many residents there are.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
}

/// A population that is being counted, some residents at a time.
#[derive(Debug)]
pub struct Census {
    bureau: Bureau,
    places: FxHashMap<Traits, u32>,
    counted: Population,
}

impl Census {
    /// Of a bureau on a day; nobody is counted yet.
    pub fn new(bureau: Bureau, day: Day) -> Census {
        let counted = Population { day, traits: Vec::new(), people: Vec::new(), formerly: Vec::new() };
        Census { bureau, places: FxHashMap::default(), counted }
    }

    /// Counts these as well.
    pub fn count(&mut self, residents: impl IntoIterator<Item = Resident>) {
        let Population { traits, people, formerly, .. } = &mut self.counted;
        for resident in residents {
            let theirs = Traits::of(&resident, self.bureau);
            let place = *self.places.entry(theirs).or_insert_with(|| {
                traits.push((theirs, 0));
                u32::try_from(traits.len() - 1).expect("there are fewer kinds of people than people")
            });
            traits[place as usize].1 += 1;
            formerly.extend(resident.formerly.iter().map(|former| (*former, people.len())));
            people.push(Entry { person: resident.person, household: resident.household, traits: place });
        }
    }

    /// All that were counted.
    pub fn finish(mut self) -> Population {
        self.counted.people.shrink_to_fit();
        self.counted
    }
}
