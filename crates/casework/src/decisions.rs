//! In which order decisions were made, and which of them came after which on one case.

use rustc_hash::FxHashMap;
use sanzao_model::{Item, ItemId};

/// Decisions in the order of `work`: that of clocks is another one when an owner's clock was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decisions {
    numbers: FxHashMap<ItemId, u32>,
    /// How many there were, those that were taken back too.
    made: u32,
    later: FxHashMap<ItemId, Vec<ItemId>>,
}

impl Decisions {
    /// Somebody has decided on an alert.
    pub(crate) fn add(&mut self, item: &Item) {
        self.numbers.insert(item.id, self.made);
        self.made = self.made.saturating_add(1);
        if let Some(previous) = item.previous {
            self.later.entry(previous).or_default().push(item.id);
        }
    }

    /// A decision is taken back.
    pub(crate) fn remove(&mut self, item: &Item) {
        self.numbers.remove(&item.id);
        let Some(previous) = item.previous else { return };
        if let Some(later) = self.later.get_mut(&previous) {
            later.retain(|id| *id != item.id);
            if later.is_empty() {
                self.later.remove(&previous);
            }
        }
    }

    /// The later the greater.
    pub(crate) fn number(&self, id: &ItemId) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The decisions on alerts that raised a handled one again.
    pub(crate) fn after(&self, id: &ItemId) -> &[ItemId] {
        self.later.get(id).map_or(&[], Vec::as_slice)
    }
}
