//! Settlements by their numbers, and which of them count (domain §3).

use rustc_hash::FxHashMap;
use sanzao_model::SettlementId;
use smallvec::SmallVec;

use crate::life::AsOf;
use crate::places::Places;
use crate::set::{FactIndex, FactSet, PersonIndex};
use crate::told::Told;

/// The facts of each settlement: mostly one, by whose own number it is found.
#[derive(Default)]
pub(crate) struct Settlements {
    first: Places,
    /// Of those with several all their facts.
    shared: FxHashMap<SettlementId, Vec<FactIndex>>,
}

fn number_of(set: &FactSet, index: FactIndex) -> &[u8; 16] {
    match &set.fact(index).told {
        Told::SettlementSettled { settlement, .. } | Told::SettlementReversed { settlement } => &settlement.0,
        _ => unreachable!("only facts of settlements are noted"),
    }
}

impl Told {
    /// The settlement it is about.
    pub fn settlement(&self) -> Option<SettlementId> {
        match self {
            Told::SettlementSettled { settlement, .. } | Told::SettlementReversed { settlement } => {
                Some(*settlement)
            }
            _ => None,
        }
    }
}

impl Settlements {
    /// The facts of a settlement.
    pub fn facts(&self, set: &FactSet, settlement: SettlementId) -> SmallVec<[FactIndex; 2]> {
        match self.shared.get(&settlement) {
            Some(shared) => shared.iter().copied().collect(),
            None => self.first.find(&settlement.0, |place| number_of(set, place)).into_iter().collect(),
        }
    }

    /// Notes a fact; all that share its settlement, where there are others.
    pub fn note(&mut self, set: &FactSet, settlement: SettlementId, index: FactIndex) -> Vec<FactIndex> {
        let Some(first) = self.first.find(&settlement.0, |place| number_of(set, place)) else {
            self.first.insert(&settlement.0, index, |place| number_of(set, place));
            return Vec::new();
        };
        let shared = self.shared.entry(settlement).or_insert_with(|| vec![first]);
        shared.push(index);
        shared.clone()
    }

    /// Forgets a fact that is still in the set.
    pub fn remove(&mut self, set: &FactSet, settlement: SettlementId, index: FactIndex) {
        let left: Vec<FactIndex> =
            self.facts(set, settlement).into_iter().filter(|other| *other != index).collect();
        self.first.remove(&settlement.0, |place| number_of(set, place));
        self.shared.remove(&settlement);
        if let Some(first) = left.first() {
            self.first.insert(&settlement.0, *first, |place| number_of(set, place));
        }
        if left.len() > 1 {
            self.shared.insert(settlement, left);
        }
    }
}

impl AsOf<'_> {
    /// Whether a settlement counts: the newest with its number, and not reversed, as far as rules see.
    pub fn is_settled(&mut self, index: FactIndex) -> bool {
        let Told::SettlementSettled { settlement, .. } = &self.fact(index).told else { return false };
        if !self.fact(index).shares_settlement {
            return true;
        }
        let same = self.ledger.settlements.facts(&self.ledger.set, *settlement);
        for other in same.into_iter().filter(|other| *other != index) {
            if !self.counts(other) || !self.is_seen(other) {
                continue;
            }
            let reversed = matches!(self.fact(other).told, Told::SettlementReversed { .. });
            if reversed || self.by_age(other, index).is_gt() {
                return false;
            }
        }
        true
    }

    /// Whether a fact is not held for the one it names.
    fn is_seen(&mut self, index: FactIndex) -> bool {
        let named: Vec<PersonIndex> =
            self.ledger.set.named(index).iter().map(|(person, _)| *person).collect();
        named.is_empty() || named.into_iter().any(|person| !self.life(person).held.contains(&index))
    }
}
