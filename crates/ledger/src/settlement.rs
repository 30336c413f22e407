//! Which settlements count (domain §3).

use sanzao_model::Body;

use crate::life::AsOf;
use crate::set::{FactIndex, PersonIndex};

impl AsOf<'_> {
    /// Whether a settlement counts: the newest with its number, and not reversed, as far as rules see.
    pub fn is_settled(&mut self, index: FactIndex) -> bool {
        let Body::SettlementSettled { settlement, .. } = &self.fact(index).body else { return false };
        if !self.fact(index).shares_settlement {
            return true;
        }
        let same: Vec<FactIndex> =
            self.ledger.settlements.get(settlement).into_iter().flatten().copied().collect();
        for other in same.into_iter().filter(|other| *other != index) {
            if !self.counts(other) || !self.is_seen(other) {
                continue;
            }
            let reversed = matches!(self.fact(other).body, Body::SettlementReversed { .. });
            if reversed || self.by_age(other, index).is_gt() {
                return false;
            }
        }
        true
    }

    /// Whether a fact is not held for the one it names.
    fn is_seen(&mut self, index: FactIndex) -> bool {
        let named: Vec<PersonIndex> = self.fact(index).named.iter().map(|(person, _)| *person).collect();
        named.is_empty() || named.into_iter().any(|person| !self.life(person).held.contains(&index))
    }
}
