//! Which rules are suspended because a feed that they depend on is late (domain §5.5).
//!
//! How often a feed is expected is a number like any other, `rhythm_<feed>_days`: it may be adjusted for a division and
//! from a day on. What is expected of a smaller area is so besides what is expected of the larger one.

use std::collections::BTreeMap;

use sanzao_discovery::{Parameters, RuleSet};
use sanzao_ledger::Ledger;
use sanzao_model::{Area, Day, Feed, FeedAge, Instant, RecordKind, RuleId, Suspension};

/// What is expected of the feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The rules that depend on each feed.
    rules: BTreeMap<Feed, Vec<RuleId>>,
    parameters: Parameters,
    /// Where feeds are looked at beside everywhere, and what was newest there when somebody last looked.
    areas: Vec<Area>,
    newest: Vec<BTreeMap<Feed, Instant>>,
    /// What was newest everywhere when somebody last looked, of feeds with a record that says to be of the future.
    everywhere: BTreeMap<Feed, Instant>,
    /// Kinds of record that rules need and nobody has seen when somebody last looked.
    unseen: Vec<(RuleId, RecordKind)>,
    has_looked: bool,
}

/// Column of table `parameter` that says how often a feed is expected.
pub(crate) fn rhythm_of(feed: Feed) -> String {
    format!("rhythm_{}_days", feed.as_str().replace('-', "_"))
}

impl Freshness {
    /// Of the feeds that these rules depend on.
    pub fn new(rules: &RuleSet, parameters: &Parameters) -> Freshness {
        let mut by_feed: BTreeMap<Feed, Vec<RuleId>> = BTreeMap::new();
        for rule in rules.rules() {
            for feed in &rule.head.feeds {
                by_feed.entry(*feed).or_default().push(rule.head.id.clone());
            }
        }
        let names: Vec<String> = Feed::ALL.map(rhythm_of).into();
        let rhythms = parameters.iter().filter(|parameter| names.contains(&parameter.name));
        let mut areas: Vec<Area> =
            rhythms.flat_map(|parameter| &parameter.values).map(|value| value.area.clone()).collect();
        areas.sort();
        areas.dedup();
        areas.retain(|area| *area != Area::everywhere());
        let needs = rules.rules().iter().map(|rule| &rule.head);
        let unseen = needs.flat_map(|head| head.needs.iter().map(|kind| (head.id.clone(), kind.clone())));
        Freshness {
            rules: by_feed,
            parameters: parameters.clone(),
            areas,
            newest: Vec::new(),
            everywhere: BTreeMap::new(),
            unseen: unseen.collect(),
            has_looked: false,
        }
    }

    /// Looks anew at what only a pass over everybody tells: the feeds of each area for which a number was adjusted, and
    /// kinds of record that were not seen so far. What was seen once is not forgotten.
    pub fn look(&mut self, ledger: &Ledger, day: Day) {
        self.newest = if self.areas.is_empty() { Vec::new() } else { ledger.newest_in(&self.areas, day) };
        let is_ahead = ledger.ages().iter().any(|age| age.newest.day_in_china() > day);
        self.everywhere = if is_ahead { ledger.newest_upto(day) } else { BTreeMap::new() };
        self.unseen.retain(|(_, kind)| !ledger.has_seen(kind));
        self.has_looked = true;
    }

    /// Whether somebody has looked already.
    pub fn has_looked(&self) -> bool {
        self.has_looked
    }

    /// The rules that are suspended on a day, sorted.
    pub fn suspensions(&self, ledger: &Ledger, day: Day) -> Vec<Suspension> {
        let everywhere: BTreeMap<Feed, Instant> =
            ledger.ages().into_iter().filter_map(|age| self.not_ahead(age, day)).collect();
        let areas = self.areas.iter().zip(&self.newest);
        let all = Area::everywhere();
        let looked_at = [(&all, &everywhere)].into_iter().chain(areas);
        let mut suspensions = Vec::new();
        for (area, newest) in looked_at {
            for (feed, rules) in &self.rules {
                let Some(rhythm_days) = self.rhythm(*feed, area, day) else { continue };
                let newest = newest.get(feed).map(|time| time.day_in_china());
                if newest.is_some_and(|newest| day.0 - newest.0 <= rhythm_days) {
                    continue;
                }
                let rhythm_days = rhythm_days.unsigned_abs();
                let suspended = |rule: &RuleId| Suspension {
                    rule: rule.clone(),
                    feed: *feed,
                    area: area.clone(),
                    newest,
                    rhythm_days,
                };
                suspensions.extend(rules.iter().map(suspended));
            }
        }
        for (rule, kind) in &self.unseen {
            let Some(rhythm_days) = self.rhythm(kind.feed, &all, day) else { continue };
            let (rule, feed, area) = (rule.clone(), kind.feed, all.clone());
            let rhythm_days = rhythm_days.unsigned_abs();
            suspensions.push(Suspension { rule, feed, area, newest: None, rhythm_days });
        }
        suspensions.sort();
        suspensions.dedup_by(|a, b| (&a.rule, a.feed, &a.area) == (&b.rule, b.feed, &b.area));
        suspensions
    }

    /// The newest record of a feed; where it says to be of the future, the newest that does not.
    fn not_ahead(&self, age: FeedAge, day: Day) -> Option<(Feed, Instant)> {
        if age.newest.day_in_china() <= day {
            return Some((age.feed, age.newest));
        }
        self.everywhere.get(&age.feed).map(|newest| (age.feed, *newest))
    }

    /// Within how many days a feed is expected in an area; none where nothing is.
    fn rhythm(&self, feed: Feed, area: &Area, day: Day) -> Option<i32> {
        let name = rhythm_of(feed);
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name)?;
        let holds = parameter
            .values
            .iter()
            .filter(|value| value.area == *area && value.from.is_none_or(|from| from <= day));
        let days = holds.max_by_key(|value| value.from)?.value;
        i32::try_from(days).ok().filter(|days| *days > 0)
    }
}
