//! Handled stays handled (design, invariant 9): what a decision covers, and what is new to it.

use std::cmp::Reverse;
use std::iter::successors;

use sanzao_model::{Day, FactId, Finding, Item, ItemId, Level, SubjectId};

use crate::casework::{Casework, handled};
use crate::evidence::{shared, ties, triggers};
use crate::index::{Standing, standing};

/// What decisions say of a finding.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict<'a> {
    /// This handled alert knew all that makes the case.
    Covered(&'a Item),
    /// This handled alert is of the same case, but did not know all of it, or has expired.
    Renews(&'a Item),
    /// Nobody has decided on such a case.
    New,
}

impl Casework {
    /// What decisions say of a finding, of which `newest` is the newest item with the same subject and occasion.
    pub(crate) fn verdict<'a>(
        &'a self,
        level: &Level,
        finding: &Finding,
        newest: Option<&'a Item>,
        day: Day,
    ) -> Verdict<'a> {
        let decided = |item: &&Item| handled(item).is_some() && is_same_case(item, level, finding);
        let own = newest.and_then(|newest| self.episodes(newest).find(decided));
        // What covered it so far goes on covering it, until it expires: so that nothing changes where no level speaks.
        let so_far = self.covering(level, finding);
        for item in so_far.into_iter().chain(own) {
            if has_expired(item, day) {
                return Verdict::Renews(item);
            }
            if self.knew(item, finding) {
                return Verdict::Covered(item);
            }
        }
        let others = self.decided_elsewhere(level, finding, own);
        let rank = |item: &&Item| {
            let same = item.finding.occasion == finding.occasion;
            (same, shared(&item.finding, finding), Reverse(item.id))
        };
        let covers = |item: &&Item| !has_expired(item, day) && self.knew(item, finding);
        if let Some(by) = others.iter().copied().filter(covers).max_by_key(rank) {
            return Verdict::Covered(by);
        }
        // Of a case on which several have decided, that is raised again whose day came, or else the nearest.
        let expired = |item: &&Item| has_expired(item, day) && self.knew(item, finding);
        let expired = others.iter().copied().filter(expired).max_by_key(rank);
        let nearest = || others.iter().copied().max_by_key(rank);
        own.or(so_far).or(expired).or_else(nearest).map_or(Verdict::New, Verdict::Renews)
    }

    /// What an item's own earlier decision says of a finding: whether what was new in the item is gone.
    pub(crate) fn nothing_new<'a>(
        &'a self,
        item: &Item,
        level: &Level,
        finding: &Finding,
        day: Day,
    ) -> Option<&'a Item> {
        let earlier = self.item(item.previous.as_ref()?)?;
        let holds = !has_expired(earlier, day) && is_same_case(earlier, level, finding);
        (holds && self.knew(earlier, finding)).then_some(earlier)
    }

    /// The triggers of a finding that a decision did not know, sorted.
    pub(crate) fn new_to(&self, decided: &Item, finding: &Finding) -> Vec<FactId> {
        let mut new: Vec<FactId> =
            triggers(finding).filter(|trigger| !self.knew_fact(decided, *trigger)).collect();
        new.sort_unstable();
        new.dedup();
        new
    }

    /// An item and the handled ones that it raised again, the newest first.
    fn episodes<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a Item> {
        successors(Some(item), |item| self.item(item.previous.as_ref()?))
    }

    /// Whether a decision, or one before it on the same case, knew all triggers of a finding. Where a finding has none,
    /// nothing in it is new.
    fn knew(&self, decided: &Item, finding: &Finding) -> bool {
        triggers(finding).all(|trigger| self.knew_fact(decided, trigger))
    }

    fn knew_fact(&self, decided: &Item, fact: FactId) -> bool {
        self.episodes(decided).any(|item| ties(&item.finding).any(|known| known == fact))
    }

    /// The handled alert that covers a subject and occasion now.
    pub(crate) fn covering(&self, level: &Level, finding: &Finding) -> Option<&Item> {
        let id: &ItemId = self.sightings.of(&level.rule, &level.subject)?.get(&finding.occasion)?;
        self.item(id)
    }

    /// Decisions on the same case under another subject or occasion; of several on one case the newest.
    fn decided_elsewhere<'a>(
        &'a self,
        level: &Level,
        finding: &Finding,
        own: Option<&Item>,
    ) -> Vec<&'a Item> {
        let mut found: Vec<&Item> = self
            .same_case(level, finding, Standing::Handled)
            .filter(|item| own.is_none_or(|own| self.episodes(own).all(|known| known.id != item.id)))
            .collect();
        let raised_again: Vec<ItemId> =
            found.iter().flat_map(|item| self.episodes(item).skip(1)).map(|item| item.id).collect();
        found.retain(|item| !raised_again.contains(&item.id));
        found
    }

    /// Live or handled items of the same case, each once: of a person, under any of their numbers, or of the household
    /// and any other that shares facts of the case. People do not share a case because they share facts: the death of a
    /// parent is one of each child.
    pub(crate) fn same_case<'a>(
        &'a self,
        level: &Level,
        finding: &Finding,
        which: Standing,
    ) -> impl Iterator<Item = &'a Item> {
        let of = |subject| match which {
            Standing::Live => self.index.live(&level.rule, &subject),
            Standing::Handled => self.index.handled(&level.rule, &subject),
            Standing::Dormant => &[],
        };
        let mut ids = of(level.subject).to_vec();
        match level.subject {
            SubjectId::Person(_) => {
                ids.extend(level.formerly.iter().flat_map(|person| of(SubjectId::Person(*person))));
            }
            SubjectId::Household(_) => ids.extend(ties(finding).flat_map(|fact| self.index.by_fact(fact))),
        }
        ids.sort_unstable();
        ids.dedup();
        let items: Vec<&Item> = ids.iter().filter_map(|id| self.item(id)).collect();
        let fits = move |item: &&Item| {
            item.rule == level.rule && standing(item) == which && is_same_case(item, level, finding)
        };
        items.into_iter().filter(fits)
    }
}

/// Whether an item of the same rule is about the case of a finding. A task is done when
/// its occasion is over, so it is known by its occasion only.
pub(crate) fn is_same_case(item: &Item, level: &Level, finding: &Finding) -> bool {
    let same_occasion = item.finding.occasion == finding.occasion;
    let related = match (level.subject, item.subject) {
        (SubjectId::Person(own), SubjectId::Person(person)) => {
            own == person || level.formerly.contains(&person)
        }
        (SubjectId::Household(own), SubjectId::Household(household)) => {
            (own == household && same_occasion) || shared(&item.finding, finding) > 0
        }
        _ => false,
    };
    let shares = || !item.procedure.makes_tasks() && shared(&item.finding, finding) > 0;
    related && (same_occasion || shares())
}

/// Whether the day to look again has come.
pub(crate) fn has_expired(item: &Item, day: Day) -> bool {
    handled(item).and_then(|handled| handled.reopen_on).is_some_and(|reopen_on| reopen_on <= day)
}
