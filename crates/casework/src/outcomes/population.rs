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
        let (mut traits, mut people, mut formerly) = (Vec::new(), Vec::new(), Vec::new());
        let mut places: FxHashMap<Traits, u32> = FxHashMap::default();
        for resident in residents {
            let theirs = Traits::of(&resident, bureau);
            let place = *places.entry(theirs).or_insert_with(|| {
                traits.push((theirs, 0));
                u32::try_from(traits.len() - 1).expect("there are fewer kinds of people than people")
            });
            traits[place as usize].1 += 1;
            formerly.extend(resident.formerly.iter().map(|former| (*former, people.len())));
            people.push(Entry { person: resident.person, household: resident.household, traits: place });
        }
        people.shrink_to_fit();
        Population { day, traits, people, formerly }
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
