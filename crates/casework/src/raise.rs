//! How an item comes to show a finding.

use std::collections::BTreeMap;

use sanzao_model::{
    AlertState, Day, FeedAge, Finding, Handling, Item, ItemId, ItemState, Level, LevelState, Reopening,
    Shown, WorkEvent,
};

use crate::casework::{Casework, handled};
use crate::handled::has_expired;
use crate::identity::later_id;
use crate::index::{Standing, standing};
use crate::reconcile::no_longer_found;
use crate::transition::{Input, Nearness, News, Next, next, opening};

/// What is said of a subject, and when.
#[derive(Clone, Copy)]
pub(crate) struct Raise<'a> {
    pub casework: &'a Casework,
    pub level: &'a Level,
    pub day: Day,
    pub ages: &'a [FeedAge],
}

impl Raise<'_> {
    /// An item shows the finding, or did before.
    pub(crate) fn seen(&self, item: &Item, finding: &Finding, events: &mut Vec<WorkEvent>) {
        let due = self.due(item, finding);
        let next = next(&item.state, self.found(item, finding, due));
        if next == Next::Nothing {
            return;
        }
        // What comes back was found anew, on feeds as old as they are now.
        let comes_back = standing(item) == Standing::Dormant;
        if comes_back || self.differs(item, finding) {
            events.push(WorkEvent::Updated { id: item.id, shown: self.shown(finding, due) });
        }
        events.extend(moved(item.id, next));
    }

    /// An item that was found elsewhere goes on here.
    pub(crate) fn followed(&self, item: &Item, finding: &Finding, events: &mut Vec<WorkEvent>) {
        let due = self.due(item, finding);
        let (id, subject, shown) = (item.id, self.level.subject, self.shown(finding, due));
        events.push(WorkEvent::Followed { id, subject, shown });
        events.extend(moved(id, next(&item.state, self.found(item, finding, due))));
    }

    fn found(&self, item: &Item, finding: &Finding, due: Day) -> Input<'static> {
        let (on, nearness) = (self.day, Nearness::of(due, self.day));
        Input::Found { on, nearness, news: self.casework.news(item, finding) }
    }

    /// No item shows the finding: one that did before does again, or a new one is opened.
    pub(crate) fn wanted(
        &self,
        finding: &Finding,
        dormant: Option<&Item>,
        renews: Option<&Item>,
        events: &mut Vec<WorkEvent>,
    ) {
        match dormant {
            Some(item) => self.seen(item, finding, events),
            None => events.push(self.open(finding, renews, |item| self.reopening(item, finding))),
        }
    }

    /// Opens an item, which raises `renews` again because of what `why` says of it.
    pub(crate) fn open(
        &self,
        finding: &Finding,
        renews: Option<&Item>,
        why: impl Fn(&Item) -> Reopening,
    ) -> WorkEvent {
        let Raise { casework, level, day, ages } = *self;
        let due = self.first_due(finding);
        let renews = renews.filter(|item| next(&item.state, Input::Renewed) == Next::Anew);
        let episode = renews.map_or(1, |item| item.episode + 1);
        // An item that has followed elsewhere keeps the id that it was given here.
        let mut ids =
            (episode..).map(|number| later_id(&level.rule, &level.subject, &finding.occasion, number));
        let id = ids.find(|id| casework.item(id).is_none()).expect("numbers do not end before items do");
        WorkEvent::Opened(Box::new(Item {
            id,
            episode,
            previous: renews.map(|item| item.id),
            reopening: renews.map(why),
            rule: level.rule.clone(),
            version: level.version,
            procedure: level.procedure,
            periodic: level.periodic,
            title: level.title.clone(),
            sensitivity: level.sensitivity,
            subject: level.subject,
            people: level.people.clone(),
            division: level.division,
            finding: finding.clone(),
            due,
            due_working_days: level.due_working_days,
            opened_on: day,
            ages: ages.to_vec(),
            state: opening(level.procedure.makes_tasks(), day, Nearness::of(due, day)),
            // Whoever people chose for the case has it again.
            handling: Handling {
                assignee: renews.and_then(|item| item.handling.assignee.clone()),
                ..Handling::default()
            },
        }))
    }

    fn reopening(&self, decided: &Item, finding: &Finding) -> Reopening {
        let new = self.casework.new_to(decided, finding);
        let expired = handled(decided).and_then(|handled| handled.reopen_on);
        match expired.filter(|_| has_expired(decided, self.day)) {
            Some(on) => Reopening::Expired { on, new },
            None => Reopening::NewEvidence { new },
        }
    }

    /// The finding's own date, or the rule's working days counted from today.
    fn first_due(&self, finding: &Finding) -> Day {
        let counted = || self.casework.calendar.working_days_after(self.day, self.level.due_working_days);
        finding.due.unwrap_or_else(counted)
    }

    /// When something has to happen first with an item that is found: a finding's own date moves a task. An alert
    /// that waits or is worked on keeps its day; one that comes back has time anew, because nobody could work on it
    /// meanwhile.
    fn due(&self, item: &Item, finding: &Finding) -> Day {
        match &item.state {
            ItemState::Task(_) => finding.due.unwrap_or(item.due),
            ItemState::Alert(AlertState::Withdrawn { .. }) => self.first_due(finding),
            ItemState::Alert(_) => item.due,
        }
    }

    fn shown(&self, finding: &Finding, due: Day) -> Box<Shown> {
        let level = self.level;
        Box::new(Shown {
            finding: finding.clone(),
            version: level.version,
            title: level.title.clone(),
            sensitivity: level.sensitivity,
            people: level.people.clone(),
            due,
            due_working_days: level.due_working_days,
            division: level.division,
            ages: self.ages.to_vec(),
        })
    }

    /// Whether an item shows something else than what is found. Its due day follows from the finding, or from
    /// its coming back.
    fn differs(&self, item: &Item, finding: &Finding) -> bool {
        let level = self.level;
        item.finding != *finding
            || item.version != level.version
            || item.title != level.title
            || item.sensitivity != level.sensitivity
            || item.people != level.people
            || item.due_working_days != level.due_working_days
            || item.division != level.division
    }
}

impl Casework {
    /// What is new in a finding, against what an item shows.
    fn news(&self, item: &Item, finding: &Finding) -> News {
        if item.finding == *finding {
            return News::None;
        }
        if !self.new_to(item, finding).is_empty() {
            return News::Evidence;
        }
        if is_higher(&item.finding.values, &finding.values) {
            return News::Higher;
        }
        if item.finding.values == finding.values { News::None } else { News::Other }
    }

    /// A closed alert is raised again as it is found now.
    pub(crate) fn raised_again(&self, item: &Item, day: Day, why: Reopening) -> Vec<WorkEvent> {
        let (subject, occasion) = (item.subject, item.finding.occasion.clone());
        let kept = self.sightings.kept(&item.id, subject, &occasion);
        let finding = kept.map_or(&item.finding, |sighting| &sighting.finding);
        let level = Level {
            rule: item.rule.clone(),
            version: kept.map_or(item.version, |sighting| sighting.version),
            procedure: item.procedure,
            due_working_days: item.due_working_days,
            periodic: item.periodic,
            title: kept.map_or_else(|| item.title.clone(), |sighting| sighting.title.clone()),
            sensitivity: item.sensitivity,
            subject,
            people: kept.map_or_else(|| item.people.clone(), |sighting| sighting.people.clone()),
            formerly: Vec::new(),
            division: kept.map_or(item.division, |sighting| sighting.division),
            state: LevelState::Known(Vec::new()),
        };
        let raise = Raise { casework: self, level: &level, day, ages: &item.ages };
        vec![no_longer_found(item.id, subject, &occasion), raise.open(finding, Some(item), |_| why.clone())]
    }
}

/// Whether an amount of the values that a rule compared is greater than it was.
fn is_higher(before: &str, now: &str) -> bool {
    let amounts = |text: &str| -> BTreeMap<String, i64> {
        let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        let amount = |(name, value): (String, serde_json::Value)| {
            let fen = value.as_i64().filter(|_| name.ends_with("_fen"))?;
            Some((name, fen))
        };
        values.into_iter().filter_map(amount).collect()
    };
    let before = amounts(before);
    amounts(now).iter().any(|(name, fen)| before.get(name).is_some_and(|before| fen > before))
}

/// That an item moves, if it does.
pub(crate) fn moved(id: ItemId, next: Next) -> Option<WorkEvent> {
    match next {
        Next::To(to) => Some(WorkEvent::Moved { id, to }),
        Next::Wake(to, cause) => Some(WorkEvent::Woken { id, to, cause }),
        Next::Nothing | Next::Show | Next::Anew => None,
    }
}
