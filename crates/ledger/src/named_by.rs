//! How complete a feed is: whom of those whom the registry names it names at all.

use sanzao_model::Feed;

use crate::Ledger;

/// Whom of the registry's people each feed names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedBy {
    /// People whom a registry fact names.
    pub registry_people: u64,
    /// Of them, those that a fact of the feed names, in the order of [`Feed::ALL`].
    pub named: Vec<(Feed, u64)>,
}

impl Ledger {
    /// The counts of [`Ledger::completeness`].
    pub fn named_by(&self) -> NamedBy {
        let all = self.completeness();
        let registry_people = all.first().map_or(0, |(_, _, of)| *of as u64);
        let named = all.into_iter().map(|(feed, named, _)| (feed, named as u64)).collect();
        NamedBy { registry_people, named }
    }
}
