//! Rules that say nothing new of an area, because a feed is late there (domain §5.5).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sanzao_model::{Area, Division, Feed, RuleId, Suspension, WorkEvent};

use crate::casework::Casework;

impl Casework {
    /// What differs from the suspensions known so far. That the newest record of a late feed is another one makes no
    /// event: the rule stays suspended.
    pub(crate) fn told_of_suspensions(&self, all: &[Suspension]) -> Vec<WorkEvent> {
        let key = |of: &Suspension| (of.rule.clone(), of.feed, of.area.clone());
        let now: BTreeMap<(RuleId, Feed, Area), &Suspension> = all.iter().map(|of| (key(of), of)).collect();
        let before: BTreeMap<(RuleId, Feed, Area), &Suspension> =
            self.suspensions().map(|of| (key(of), of)).collect();
        let resumed = before.keys().filter(|key| !now.contains_key(key));
        let resumed = resumed.map(|(rule, feed, area)| WorkEvent::Resumed {
            rule: rule.clone(),
            feed: *feed,
            area: area.clone(),
        });
        let is_known =
            |of: &Suspension| before.get(&key(of)).is_some_and(|before| before.rhythm_days == of.rhythm_days);
        let suspended = now.values().filter(|of| !is_known(of));
        resumed.chain(suspended.map(|of| WorkEvent::Suspended(Suspension::clone(of)))).collect()
    }
}

/// Suspensions by rule.
pub(crate) struct Suspended<'a>(FxHashMap<&'a RuleId, Vec<&'a Area>>);

impl<'a> Suspended<'a> {
    pub(crate) fn new(all: &'a [Suspension]) -> Suspended<'a> {
        let mut areas: FxHashMap<&RuleId, Vec<&Area>> = FxHashMap::default();
        for of in all {
            areas.entry(&of.rule).or_default().push(&of.area);
        }
        Suspended(areas)
    }

    /// Whether what a rule said last of somebody who is registered there may not be so any more.
    pub(crate) fn holds_back(&self, rule: &RuleId, division: Option<Division>) -> bool {
        self.0.get(rule).is_some_and(|areas| areas.iter().any(|area| area.contains(division)))
    }
}
