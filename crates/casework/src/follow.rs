//! Which item that is no longer found where it was follows its case to where it is found.

use std::cmp::Reverse;

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{AlertState, FactId, Finding, Item, ItemId, ItemState, Level, RuleId, SubjectId};

use crate::evidence::{shared, ties};
use crate::handled::is_same_case;
use crate::identity::item_id;

/// A finding that no item shows and no decision covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub level: &'a Level,
    pub finding: &'a Finding,
}

/// Which item follows to each of `wanted`, by place there: the best of those that fit and `suit`, and each to one
/// only. The order of what is given does not matter.
pub(crate) fn matched<'a>(
    leaving: &[&'a Item],
    wanted: &[Wanted<'_>],
    suits: impl Fn(&Item, &Wanted<'_>) -> bool,
) -> FxHashMap<usize, &'a Item> {
    let near = Near::new(leaving);
    let mut pairs = Vec::new();
    for (at, wanted) in wanted.iter().enumerate() {
        for item in near.to(wanted) {
            let same_case =
                item.rule == wanted.level.rule && is_same_case(item, wanted.level, wanted.finding);
            if same_case && suits(item, wanted) {
                pairs.push((rank(item, wanted), at, item));
            }
        }
    }
    pairs.sort_unstable_by_key(|(rank, ..)| *rank);
    let mut follows = FxHashMap::default();
    let mut gone: FxHashSet<ItemId> = FxHashSet::default();
    for (_, at, item) in pairs {
        if !gone.contains(&item.id) && !follows.contains_key(&at) {
            gone.insert(item.id);
            follows.insert(at, item);
        }
    }
    follows
}

/// The least is the best.
type Rank = (Reverse<(bool, bool, usize)>, ItemId, ItemId);

fn rank(item: &Item, wanted: &Wanted<'_>) -> Rank {
    let Wanted { level, finding } = wanted;
    let same_occasion = item.finding.occasion == finding.occasion;
    let is_claimed = !matches!(item.state, ItemState::Alert(AlertState::Open));
    let fit = (same_occasion, is_claimed, shared(&item.finding, finding));
    (Reverse(fit), item.id, item_id(&level.rule, &level.subject, &finding.occasion))
}

/// Leaving items by what may lead from a finding to them.
struct Near<'a> {
    people: FxHashMap<(&'a RuleId, SubjectId), Vec<&'a Item>>,
    facts: FxHashMap<FactId, Vec<&'a Item>>,
}

impl<'a> Near<'a> {
    fn new(leaving: &[&'a Item]) -> Near<'a> {
        let mut near = Near { people: FxHashMap::default(), facts: FxHashMap::default() };
        for item in leaving {
            match item.subject {
                SubjectId::Person(_) => {
                    near.people.entry((&item.rule, item.subject)).or_default().push(item);
                }
                SubjectId::Household(_) => {
                    for fact in ties(&item.finding) {
                        near.facts.entry(fact).or_default().push(item);
                    }
                }
            }
        }
        near
    }

    /// Each once.
    fn to(&self, wanted: &Wanted<'_>) -> Vec<&'a Item> {
        let Wanted { level, finding } = wanted;
        let mut found: Vec<&Item> = match level.subject {
            SubjectId::Person(_) => {
                let numbers = level.formerly.iter().map(|person| SubjectId::Person(*person));
                let of = |subject| self.people.get(&(&level.rule, subject));
                numbers.chain([level.subject]).filter_map(of).flatten().copied().collect()
            }
            SubjectId::Household(_) => {
                ties(finding).filter_map(|fact| self.facts.get(&fact)).flatten().copied().collect()
            }
        };
        found.sort_unstable_by_key(|item| item.id);
        found.dedup_by_key(|item| item.id);
        found
    }
}
