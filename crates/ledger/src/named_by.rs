//! How complete a feed is: whom of those whom the registry names it names at all.

use sanzao_model::Feed;

use crate::Ledger;

/// Whom of the registry's people each feed names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedBy {
    /// Document numbers that a registry fact names, in any role.
    pub registry_people: u64,
    /// Of them, those that a fact of the feed names, in the order of [`Feed::ALL`].
    pub named: Vec<(Feed, u64)>,
}

impl Ledger {
    /// Counts every number that ever was named, retracted facts and former numbers included.
    pub fn named_by(&self) -> NamedBy {
        let mut counts = NamedBy { registry_people: 0, named: Feed::ALL.map(|feed| (feed, 0)).to_vec() };
        for person in &self.people {
            let mut names = [false; Feed::ALL.len()];
            for fact in &person.facts {
                names[self.set.fact(*fact).feed as usize] = true;
            }
            if names[Feed::Registry as usize] {
                counts.registry_people += 1;
                for (feed, named) in &mut counts.named {
                    *named += u64::from(names[*feed as usize]);
                }
            }
        }
        counts
    }
}
