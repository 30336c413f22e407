//! Masks of people who were shown lately, so that a list of fifty asks neither the file nor for keys.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sanzao_model::PersonId;

use crate::Masked;
use crate::generations::Generations;

/// Masks in memory, shared with the [`crate::Vault`] that fills it ([`crate::Vault::masked`]) and forgets whoever is
/// erased or stated anew. It has a lock of its own: lists do not wait while the vault writes.
///
/// A vault knows no more than its process: beside a file that another program has changed masks would be old.
pub struct Masks(Mutex<Generations<PersonId, Option<Masked>>>);

impl Masks {
    /// Remembers at most so many people, with 150 bytes each.
    pub(crate) fn new(most: usize) -> Masks {
        Masks(Mutex::new(Generations::new(most)))
    }

    /// What a list shows of people, in its order; None for who is not held: unknown, or erased.
    ///
    /// # Errors
    /// Those who are not in memory: ask [`crate::Vault::masked`] for them, which remembers them, and then again.
    pub fn cached(&self, people: &[PersonId]) -> Result<Vec<Option<Masked>>, Vec<PersonId>> {
        let mut memory = self.lock();
        let mut masks = Vec::with_capacity(people.len());
        let mut missing = Vec::new();
        for person in people {
            match memory.get(person) {
                Some(mask) => masks.push(mask.clone()),
                None => missing.push(*person),
            }
        }
        if missing.is_empty() { Ok(masks) } else { Err(missing) }
    }

    /// Of one person, if it is in memory.
    pub(crate) fn known(&self, person: &PersonId) -> Option<Option<Masked>> {
        self.lock().get(person).cloned()
    }

    pub(crate) fn remember(&self, person: PersonId, mask: Option<Masked>) {
        self.lock().insert(person, mask);
    }

    pub(crate) fn forget(&self, people: impl Iterator<Item = PersonId>) {
        let mut memory = self.lock();
        people.for_each(|person| memory.remove(&person));
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// No step of it leaves the memory half changed: a panic elsewhere does not make it wrong.
    fn lock(&self) -> MutexGuard<'_, Generations<PersonId, Option<Masked>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Masks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masks(…)")
    }
}
