//! What alerts say of one fact, and what its department was told last.

use std::collections::BTreeMap;

use sanzao_model::{Feed, ItemId, Place};
use serde::{Deserialize, Serialize};

use crate::Verdict;
use crate::happening::{Happening, says};

/// A department's record, as it knows it itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose it is.
    pub feed: Feed,
    /// Where it lies in the feed's topic: its receipt names the same place.
    pub place: Place,
    /// Its event type without feed and version, as `pension.started`.
    pub kind: String,
}

/// What a department was told of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The verdict.
    pub verdict: Verdict,
    /// Which one it is on this fact, from 1: a greater number takes the place of a smaller.
    pub number: u32,
}

/// What is said of one fact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What each alert says that was decided on.
    pub voices: BTreeMap<ItemId, Verdict>,
    /// What was told last.
    pub told: Option<Told>,
    /// The record that states it, as far as it was known when somebody last spoke of it.
    pub record: Option<Record>,
}

impl Standing {
    /// Takes in what happened to an alert of which the fact is a trigger; gives what is to be told, if that is new.
    pub fn hear(&mut self, item: ItemId, previous: Option<ItemId>, happening: Happening) -> Option<Told> {
        if let Some(verdict) = says(self.voices.get(&item).copied(), happening) {
            self.voices.insert(item, verdict);
            if let Some(previous) = previous {
                self.voices.remove(&previous);
            }
        }
        self.tell()
    }

    /// Takes back what an alert says: it was decided on again, and the fact is no trigger of it any more.
    pub fn leave(&mut self, item: ItemId) -> Option<Told> {
        self.voices.remove(&item);
        self.tell()
    }

    /// Where nobody says anything any more, what was told stands.
    fn tell(&mut self) -> Option<Told> {
        let verdict = Verdict::together(self.voices.values().copied())?;
        if self.told.is_some_and(|told| told.verdict == verdict) {
            return None;
        }
        let number = self.told.map_or(0, |told| told.number) + 1;
        self.told = Some(Told { verdict, number });
        self.told
    }
}
