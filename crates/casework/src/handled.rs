//! Handled stays handled (design, invariant 9): what a decision covers, and what is new to it.

use std::cmp::Reverse;
use std::iter::successors;

use rustc_hash::FxHashSet;
use sanzao_model::{Day, FactId, Finding, Item, ItemId, Level, Reopening, SubjectId};

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

/// The decisions on the case of a finding.
struct Decided<'a> {
    /// What covered it so far: it goes on covering it while it is the same case, so that nothing changes where no level
    /// speaks.
    so_far: Option<&'a Item>,
    /// Those that nobody decided on again, the newest first.
    last: Vec<&'a Item>,
}

/// A decision, with the number of that in whose place it stands.
type Place<'a> = (Option<u32>, &'a Item);

impl Casework {
    /// What decisions say of a finding, of which `newest` is the newest item with the same subject and occasion.
    pub(crate) fn verdict<'a>(
        &'a self,
        level: &Level,
        finding: &Finding,
        newest: Option<&'a Item>,
        day: Day,
    ) -> Verdict<'a> {
        self.verdict_of(self.decided(level, finding, None), finding, newest, day)
    }

    /// As [`Casework::verdict`] of what a decision covers on record, where no level speaks of it.
    pub(crate) fn verdict_on_record<'a>(
        &'a self,
        covering: &'a Item,
        level: &Level,
        finding: &Finding,
        day: Day,
    ) -> Verdict<'a> {
        let newest = self.newest(&level.rule, &level.subject, &finding.occasion);
        self.verdict_of(self.decided(level, finding, Some(covering)), finding, newest, day)
    }

    fn verdict_of<'a>(
        &'a self,
        decided: Decided<'a>,
        finding: &Finding,
        newest: Option<&'a Item>,
        day: Day,
    ) -> Verdict<'a> {
        let covers = |item: &&Item| !has_expired(item, day) && self.knew(item, finding);
        if let Some(item) = decided.so_far.filter(covers) {
            return Verdict::Covered(item);
        }
        // Of all that knew it the newest decides, whether it holds still or its day has come.
        match decided.last.iter().find(|item| self.knew(item, finding)) {
            Some(item) if has_expired(item, day) => Verdict::Renews(item),
            Some(item) => Verdict::Covered(item),
            None => self.nearest(&decided, finding, newest).map_or(Verdict::New, Verdict::Renews),
        }
    }

    /// Of decisions none of which knew all of a finding the one of the same place, or else the nearest. One that knew no
    /// more of it than a later one is not asked.
    fn nearest<'a>(
        &'a self,
        decided: &Decided<'a>,
        finding: &Finding,
        newest: Option<&'a Item>,
    ) -> Option<&'a Item> {
        let mut left: Vec<(&Item, Vec<FactId>)> = Vec::new();
        for item in &decided.last {
            let known: Vec<FactId> =
                triggers(finding).filter(|trigger| self.knew_fact(item, *trigger)).collect();
            if !left.iter().any(|(_, later)| known.iter().all(|fact| later.contains(fact))) {
                left.push((item, known));
            }
        }
        let left_one = |wanted: &Item| left.iter().map(|(item, _)| *item).find(|item| item.id == wanted.id);
        let own = newest.and_then(|newest| self.episodes(newest).find_map(left_one));
        let rank = |item: &&Item| {
            let same = item.finding.occasion == finding.occasion;
            (same, shared(&item.finding, finding), self.decisions.number(&item.id))
        };
        own.or_else(|| decided.so_far.and_then(left_one))
            .or_else(|| left.iter().map(|(item, _)| *item).max_by_key(rank))
    }

    /// What decisions say of what a live item shows: whether nothing in it is new any more.
    ///
    /// Decisions on earlier episodes of the item say so at any time. One that was made elsewhere does when they meet,
    /// because something else is found here, or two numbers have become one person: it must not matter whether a level
    /// that has not changed is sent again.
    pub(crate) fn nothing_new<'a>(
        &'a self,
        item: &Item,
        level: &Level,
        finding: &Finding,
        day: Day,
    ) -> Option<&'a Item> {
        // Whoever asked for it wants it looked at, though nothing is new.
        if matches!(item.reopening, Some(Reopening::Asked { .. })) {
            return None;
        }
        // Most levels that are sent again: whatever was decided elsewhere, nothing meets.
        if item.previous.is_none() && level.formerly.is_empty() && item.finding == *finding {
            return None;
        }
        let by = self.decided(level, finding, None).last.into_iter().find(|by| self.knew(by, finding))?;
        let is_own = self.episodes(item).any(|earlier| earlier.id == by.id);
        let is_former = matches!(by.subject, SubjectId::Person(_)) && by.subject != level.subject;
        // Households that share but a minor bill have each a case of their own to look at.
        let can_tell = item.previous.is_some() || triggers(finding).next().is_some();
        let meets = can_tell && (is_former || item.finding != *finding);
        (!has_expired(by, day) && (is_own || meets)).then_some(by)
    }

    /// Whether what was new in an item is not in a finding: then it does not follow there.
    pub(crate) fn leaves_behind(&self, item: &Item, level: &Level, finding: &Finding, day: Day) -> bool {
        let was_asked_for = matches!(item.reopening, Some(Reopening::Asked { .. }));
        let earlier = item.previous.as_ref().and_then(|previous| self.item(previous));
        !was_asked_for
            && earlier.is_some_and(|earlier| {
                !has_expired(earlier, day)
                    && is_same_case(earlier, level, finding)
                    && self.knew(earlier, finding)
            })
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

    /// Decisions on the case of a finding, and those on what raised it again, which knew all that they did. Of a case that
    /// has split, whoever decided on another part only takes the place of the decision before: it does not come before
    /// later ones on this part, nor does an older one come before it.
    ///
    /// `covering` covers the finding on record. It is on the case though it was known by an earlier episode under a number
    /// that the level does not tell of, and so are those on what raised it again.
    fn decided<'a>(&'a self, level: &Level, finding: &Finding, covering: Option<&'a Item>) -> Decided<'a> {
        let number = |item: &Item| self.decisions.number(&item.id);
        let on_it = self.same_case(level, finding, Standing::Handled);
        let on_it: Vec<Place<'_>> = on_it.map(|item| (number(item), item)).collect();
        let mut seen: FxHashSet<ItemId> = on_it.iter().map(|(_, item)| item.id).collect();
        let mut last = self.last_of(on_it, &mut seen, |before, _| before);
        if let Some(covering) = covering.filter(|covering| seen.insert(covering.id)) {
            let own = |item: &Item| is_about(item, finding).then(|| number(item)).flatten();
            let place = self.episodes(covering).find_map(own).or_else(|| number(covering));
            let later = self.last_of(vec![(place, covering)], &mut seen, |before, item| own(item).or(before));
            last.extend(later);
        }
        last.sort_unstable_by_key(|(place, item)| Reverse((*place, number(item))));
        let so_far = self.covering(level, finding).filter(|item| seen.contains(&item.id));
        Decided { so_far, last: last.into_iter().map(|(_, item)| item).collect() }
    }

    /// The last decisions on what raised some again, each in the place that `place` gives it after the one before. All
    /// `seen` are passed over.
    fn last_of<'a>(
        &'a self,
        mut next: Vec<Place<'a>>,
        seen: &mut FxHashSet<ItemId>,
        place: impl Fn(Option<u32>, &Item) -> Option<u32>,
    ) -> Vec<Place<'a>> {
        let mut last = Vec::new();
        while let Some((before, item)) = next.pop() {
            let after = self.decisions.after(&item.id);
            if after.is_empty() {
                last.push((before, item));
            }
            let unseen = after.iter().filter(|id| seen.insert(**id));
            next.extend(unseen.filter_map(|id| self.item(id)).map(|item| (place(before, item), item)));
        }
        last
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
    related && is_about(item, finding)
}

/// As [`is_same_case`] where the subject is known to be the same.
fn is_about(item: &Item, finding: &Finding) -> bool {
    let shares = || !item.procedure.makes_tasks() && shared(&item.finding, finding) > 0;
    item.finding.occasion == finding.occasion || shares()
}

/// Whether the day to look again has come.
pub(crate) fn has_expired(item: &Item, day: Day) -> bool {
    handled(item).and_then(|handled| handled.reopen_on).is_some_and(|reopen_on| reopen_on <= day)
}
