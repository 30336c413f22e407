//! What is still found of what was handled.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use sanzao_model::{Day, ItemId, RuleId, Sighting, SubjectId};

/// Where a handled alert's case is found.
type Where = (SubjectId, String);

/// Which handled alert covers what is found where. Every subject and occasion that is found has either a live item, or
/// one handled alert that covers it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sightings {
    /// What is found is kept only where the decision expires: it is raised again then, though nobody says it anew.
    by_item: FxHashMap<ItemId, BTreeMap<Where, Option<Box<Sighting>>>>,
    by_subject: FxHashMap<RuleId, FxHashMap<SubjectId, BTreeMap<String, ItemId>>>,
    /// Decisions that expire, of which something is found.
    expiring: BTreeSet<(Day, ItemId)>,
}

/// A handled alert.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handled<'a> {
    pub id: ItemId,
    pub rule: &'a RuleId,
    pub reopen_on: Option<Day>,
}

impl Sightings {
    pub(crate) fn add(
        &mut self,
        handled: Handled<'_>,
        subject: SubjectId,
        occasion: &str,
        sighting: &Sighting,
    ) {
        let kept = handled.reopen_on.map(|_| Box::new(sighting.clone()));
        self.by_item.entry(handled.id).or_default().insert((subject, occasion.into()), kept);
        let subjects = self.by_subject.entry(handled.rule.clone()).or_default();
        subjects.entry(subject).or_default().insert(occasion.into(), handled.id);
        self.expiring.extend(handled.reopen_on.map(|day| (day, handled.id)));
    }

    pub(crate) fn remove(&mut self, handled: Handled<'_>, subject: SubjectId, occasion: &str) {
        if let Some(found) = self.by_item.get_mut(&handled.id) {
            found.remove(&(subject, occasion.to_owned()));
            if found.is_empty() {
                self.by_item.remove(&handled.id);
                if let Some(day) = handled.reopen_on {
                    self.expiring.remove(&(day, handled.id));
                }
            }
        }
        let Some(subjects) = self.by_subject.get_mut(handled.rule) else { return };
        let Some(occasions) = subjects.get_mut(&subject) else { return };
        if occasions.get(occasion) == Some(&handled.id) {
            occasions.remove(occasion);
        }
        if occasions.is_empty() {
            subjects.remove(&subject);
        }
    }

    /// What is found of a subject and covered, with the handled alert that covers it, by occasion.
    pub(crate) fn of(&self, rule: &RuleId, subject: &SubjectId) -> Option<&BTreeMap<String, ItemId>> {
        self.by_subject.get(rule)?.get(subject)
    }

    /// Where a handled alert's case is found, in order.
    pub(crate) fn at(&self, id: &ItemId) -> impl Iterator<Item = (SubjectId, &str, Option<&Sighting>)> {
        let found = self.by_item.get(id).into_iter().flatten();
        found.map(|((subject, occasion), kept)| (*subject, occasion.as_str(), kept.as_deref()))
    }

    /// What is kept of what is found somewhere.
    pub(crate) fn kept(&self, id: &ItemId, subject: SubjectId, occasion: &str) -> Option<&Sighting> {
        self.by_item.get(id)?.get(&(subject, occasion.to_owned()))?.as_deref()
    }

    /// Handled alerts whose decisions have expired on a day and whose case is found.
    pub(crate) fn expired(&self, day: Day) -> impl Iterator<Item = ItemId> {
        self.expiring.range(..(day.plus_days(1), ItemId::default())).map(|(_, id)| *id)
    }
}
