//! In which order decisions were made, and which of them came after which on one case.

use rustc_hash::FxHashMap;
use sanzao_model::{Item, ItemId};

/// Decisions in the order of `work`: that of clocks is another one when an owner's clock was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Decisions {
    numbers: FxHashMap<ItemId, u32>,
    later: FxHashMap<ItemId, Vec<ItemId>>,
}

impl Decisions {
    /// Somebody has decided on an alert.
    pub(crate) fn add(&mut self, item: &Item) {
        let number = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.insert(item.id, number);
        if let Some(previous) = item.previous {
            self.later.entry(previous).or_default().push(item.id);
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
