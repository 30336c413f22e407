//! What has to happen so that items agree with levels.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{
    Day, FeedAge, Finding, Item, ItemId, Level, LevelState, RuleId, Sighting, SubjectId, WorkEvent,
};

use crate::casework::{Casework, handled};
use crate::follow::{Wanted, matched};
use crate::handled::{Verdict, has_expired};
use crate::index::{Standing, standing};
use crate::raise::{Raise, moved};
use crate::transition::{Input, next};

/// What people read when a level is unknown and does not say why.
const NO_REASON_GIVEN: &str = "未说明原因";

/// How items stand to one finding.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Match<'a> {
    /// This item shows it.
    Live(&'a Item),
    /// This decision covers it.
    Covered(&'a Item),
    /// An item is to show it: `dormant`, which did before, if no other follows to it, or a new one, which raises `renews`
    /// again.
    Wanted { dormant: Option<&'a Item>, renews: Option<&'a Item> },
}

/// How items stand to a level.
pub(crate) struct View<'a> {
    level: &'a Level,
    /// Each occasion once.
    pub(crate) found: Vec<(&'a Finding, Match<'a>)>,
    /// Live items that are no longer found there, or without anything new.
    pub(crate) leaving: Vec<Leaving<'a>>,
}

/// A live item that stays only if it follows.
#[derive(Clone, Copy)]
pub(crate) struct Leaving<'a> {
    pub(crate) item: &'a Item,
    /// Whether a decision covers what is still found there.
    covered: bool,
}

impl Leaving<'_> {
    /// Whether it may be found elsewhere: a task whose period has ended is not.
    pub(crate) fn may_follow(&self, day: Day) -> bool {
        !is_period_over(self.item, day)
    }
}

impl Casework {
    /// The fewest events that make items agree with what rules say of subjects on `day`: none where they agree already
    /// (design, invariant 2). Of several levels of one rule and subject there must be but one.
    ///
    /// `ages` are shown with what is found; that they alone have changed makes no event.
    pub(crate) fn reconcile(&self, levels: &[&Level], day: Day, ages: &[FeedAge]) -> Vec<WorkEvent> {
        let views: Vec<Option<View<'_>>> = levels.iter().map(|level| self.view(level, day)).collect();
        let follows = self.follows(views.iter().flatten(), day);
        let following: FxHashSet<ItemId> = follows.values().map(|item| item.id).collect();
        let mut events = Vec::new();
        for (level, view) in levels.iter().zip(&views) {
            events.extend(self.told_of_unknown(level));
            let Some(view) = view else { continue };
            for leaving in view.leaving.iter().filter(|leaving| !following.contains(&leaving.item.id)) {
                leave(*leaving, day, &mut events);
            }
            self.told_of_sightings(view, &mut events);
            let raise = Raise { casework: self, level, day, ages };
            for (finding, how) in &view.found {
                match how {
                    Match::Live(item) => raise.seen(item, finding, &mut events),
                    Match::Covered(_) => {}
                    Match::Wanted { dormant, renews } => {
                        let key = (level.subject, finding.occasion.as_str());
                        match follows.get(&(&level.rule, key)) {
                            Some(item) => raise.followed(item, finding, &mut events),
                            None => raise.wanted(finding, *dormant, *renews, &mut events),
                        }
                    }
                }
            }
        }
        events
    }

    /// None when the level is unknown.
    pub(crate) fn view<'a>(&'a self, level: &'a Level, day: Day) -> Option<View<'a>> {
        let LevelState::Known(findings) = &level.state else { return None };
        let (mut found, mut leaving) = (Vec::new(), Vec::new());
        let mut occasions: FxHashSet<&str> = FxHashSet::default();
        for finding in findings {
            // An occasion is found once.
            if occasions.insert(&finding.occasion) {
                let how = self.how(level, finding, day, &mut leaving);
                found.push((finding, how));
            }
        }
        let live = self.index.live(&level.rule, &level.subject).iter().map(|id| self.items[id].as_ref());
        let gone = live.filter(|item| !occasions.contains(item.finding.occasion.as_str()));
        leaving.splice(0..0, gone.map(|item| Leaving { item, covered: false }));
        Some(View { level, found, leaving })
    }

    fn how<'a>(
        &'a self,
        level: &Level,
        finding: &Finding,
        day: Day,
        leaving: &mut Vec<Leaving<'a>>,
    ) -> Match<'a> {
        let newest = self.newest(&level.rule, &level.subject, &finding.occasion);
        if let Some(item) = newest.filter(|item| standing(item) == Standing::Live) {
            return match self.nothing_new(item, level, finding, day) {
                Some(by) => {
                    leaving.push(Leaving { item, covered: true });
                    Match::Covered(by)
                }
                None => Match::Live(item),
            };
        }
        let renews = match self.verdict(level, finding, newest, day) {
            Verdict::Covered(by) => return Match::Covered(by),
            Verdict::Renews(decided) => Some(decided),
            Verdict::New => None,
        };
        Match::Wanted { dormant: self.comes_back(newest, renews, day), renews }
    }

    /// Which leaving items follow to what is wanted.
    fn follows<'a>(&self, views: impl Iterator<Item = &'a View<'a>>, day: Day) -> Follows<'a> {
        let (mut leaving, mut wanted) = (Vec::new(), Vec::new());
        for view in views {
            let may_follow = view.leaving.iter().filter(|leaving| leaving.may_follow(day));
            leaving.extend(may_follow.map(|leaving| leaving.item));
            // What was covered until its day came is raised again as what it is, whether a level speaks of it or not.
            let expires = |finding| self.covering(view.level, finding).is_some_and(|by| has_expired(by, day));
            let of_view = view
                .found
                .iter()
                .filter(|(finding, how)| matches!(how, Match::Wanted { .. }) && !expires(finding));
            wanted.extend(of_view.map(|(finding, _)| Wanted { level: view.level, finding }));
        }
        // What is found there may not be anything new to an item, though it is new.
        let suits =
            |item: &Item, wanted: &Wanted<'_>| !self.leaves_behind(item, wanted.level, wanted.finding, day);
        let follows = matched(&leaving, &wanted, suits).into_iter();
        follows
            .map(|(at, item)| {
                let Wanted { level, finding } = wanted[at];
                ((&level.rule, (level.subject, finding.occasion.as_str())), item)
            })
            .collect()
    }

    fn told_of_unknown(&self, level: &Level) -> Option<WorkEvent> {
        let was = self.unknown(&level.rule, &level.subject);
        let is = match &level.state {
            LevelState::Known(_) => None,
            LevelState::Unknown { reason } if reason.is_empty() => Some(NO_REASON_GIVEN),
            LevelState::Unknown { reason } => Some(reason.as_str()),
        };
        (was != is).then(|| WorkEvent::Unknown {
            rule: level.rule.clone(),
            subject: level.subject,
            reason: is.unwrap_or_default().into(),
        })
    }

    /// Where what is covered is not what it was before. Of a decision that does not expire it is enough to know that it
    /// covers something.
    fn told_of_sightings(&self, view: &View<'_>, events: &mut Vec<WorkEvent>) {
        let level = view.level;
        let covered = view.found.iter().filter_map(|(finding, how)| match how {
            Match::Covered(by) => Some((finding.occasion.as_str(), (*finding, *by))),
            Match::Live(_) | Match::Wanted { .. } => None,
        });
        let covered: BTreeMap<&str, (&Finding, &Item)> = covered.collect();
        let none = BTreeMap::new();
        let before = self.sightings.of(&level.rule, &level.subject).unwrap_or(&none);
        for (occasion, id) in before {
            if covered.get(occasion.as_str()).is_none_or(|(_, by)| by.id != *id) {
                events.push(no_longer_found(*id, level.subject, occasion));
            }
        }
        for (occasion, (finding, by)) in covered {
            let sighting = Sighting {
                finding: finding.clone(),
                version: level.version,
                title: level.title.clone(),
                sensitivity: level.sensitivity,
                people: level.people.clone(),
                due_working_days: level.due_working_days,
                division: level.division,
            };
            let expires = handled(by).is_some_and(|handled| handled.reopen_on.is_some());
            let same = before.get(occasion) == Some(&by.id)
                && (!expires || self.sightings.kept(&by.id, level.subject, occasion) == Some(&sighting));
            if !same {
                let (subject, occasion, sighting) =
                    (level.subject, occasion.to_owned(), Some(Box::new(sighting)));
                events.push(WorkEvent::StillFound { id: by.id, subject, occasion, sighting });
            }
        }
    }
}

/// Which item follows to which rule, subject and occasion.
type Follows<'a> = FxHashMap<(&'a RuleId, (SubjectId, &'a str)), &'a Item>;

/// That a handled alert does not cover something any more.
pub(crate) fn no_longer_found(id: ItemId, subject: SubjectId, occasion: &str) -> WorkEvent {
    WorkEvent::StillFound { id, subject, occasion: occasion.into(), sighting: None }
}

/// The occasion of an item is no longer found, or nothing new in it.
fn leave(leaving: Leaving<'_>, day: Day, events: &mut Vec<WorkEvent>) {
    let Leaving { item, covered } = leaving;
    let (gone, nothing_new) = (cause_gone(item, day), cause_nothing_new(item, day));
    let input = if covered {
        Input::NothingNew { on: day, cause: &nothing_new }
    } else if is_period_over(item, day) {
        Input::PeriodOver { on: day, cause: &gone }
    } else {
        Input::Gone { on: day, cause: &gone }
    };
    events.extend(moved(item.id, next(&item.state, input)));
}

/// Whether a task's period has ended: nothing clears it.
fn is_period_over(item: &Item, day: Day) -> bool {
    item.periodic && item.due < day
}

/// Why an item is withdrawn, as people read it. What changed, nobody here can tell: a record, the rule or its
/// parameters, or only the day. So it claims no more than what holds in each of these cases.
fn cause_gone(item: &Item, day: Day) -> String {
    let title = &item.title;
    let mut cause =
        format!("截至{day}，按现行规则、各部门的记录和当日日期，「{title}」所述情形已不成立，系统自动撤回。");
    let clears = item.finding.clears.trim().trim_end_matches('。');
    if !clears.is_empty() {
        cause += &format!("可消除此情形的有：{clears}。");
    }
    cause
}

fn cause_nothing_new(item: &Item, day: Day) -> String {
    let title = &item.title;
    format!(
        "截至{day}，使「{title}」再次提出的新记录已不成立，其余记录在上一次办结时已经知悉，系统自动撤回，以上一次办结的结果为准。"
    )
}
