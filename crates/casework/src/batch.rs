//! What a batch of findings changes.

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{
    AlertState, Day, FindingBatch, Item, ItemId, ItemState, Level, LevelState, Reopening, RuleId, Sighting,
    SubjectId, WorkEvent,
};

use crate::casework::Casework;
use crate::handled::{Verdict, has_expired};
use crate::index::{Standing, is_late, standing};
use crate::raise::{self, Raise};
use crate::reconcile::{Match, no_longer_found};
use crate::suspension::Suspended;
use crate::transition::{Input, Nearness, News, next};

type Key<'a> = (&'a RuleId, &'a SubjectId);

impl Casework {
    /// The events of a batch, and the day when casework looked for what had become overdue or had expired.
    pub(crate) fn decide_findings(&self, batch: &FindingBatch) -> (Vec<WorkEvent>, Option<Day>) {
        let mut events = self.told_of_suspensions(&batch.suspensions);
        if batch.more {
            self.decide_part(batch, &mut events);
            return (events, None);
        }
        if !self.postponed.is_empty() {
            events.push(WorkEvent::TakenUp);
        }
        let levels = last_of_each(self.postponed.values().chain(&batch.levels));
        events.append(&mut self.reconcile(&levels, batch.day, &batch.ages));
        if self.day() >= Some(batch.day) {
            return (events, None);
        }
        let look = Look {
            casework: self,
            batch,
            spoken_of: levels.iter().map(|level| (&level.rule, &level.subject)).collect(),
            suspended: Suspended::new(&batch.suspensions),
        };
        look.for_days(&mut events);
        look.for_expired(&mut events);
        (events, Some(batch.day))
    }

    /// More batches follow: an item that is no longer found here may be found in one of them, and what is found here may
    /// be what an item shows that one of them says is gone. Such levels wait for the last batch; so the order in which the
    /// levels of a cut come does not matter.
    fn decide_part(&self, batch: &FindingBatch, events: &mut Vec<WorkEvent>) {
        let mut now = Vec::new();
        for level in last_of_each(&batch.levels) {
            let key = || (level.rule.clone(), level.subject);
            let waits = if self.postponed.is_empty() { None } else { self.postponed.get(&key()) };
            if waits == Some(level) {
                continue;
            }
            if waits.is_some() || self.has_to_wait(level, batch.day) {
                events.push(WorkEvent::Postponed(Box::new(level.clone())));
            } else {
                now.push(level);
            }
        }
        events.append(&mut self.reconcile(&now, batch.day, &batch.ages));
    }

    fn has_to_wait(&self, level: &Level, day: Day) -> bool {
        let Some(view) = self.view(level, day) else { return false };
        let may_follow_here = view.found.iter().any(|(finding, how)| {
            let mut live = self.same_case(level, finding, Standing::Live);
            matches!(how, Match::Wanted { .. }) && live.any(|item| item.subject != level.subject)
        });
        may_follow_here || view.leaving.iter().any(|leaving| leaving.may_follow(day))
    }

    /// What showed a finding before and shows it again: not when somebody has decided on its case since, and when the day
    /// to look again has come only what was opened on it, because whoever decides then has to see that.
    pub(crate) fn comes_back<'a>(
        &self,
        newest: Option<&'a Item>,
        renews: Option<&Item>,
        day: Day,
    ) -> Option<&'a Item> {
        let dormant = newest.filter(|item| standing(item) == Standing::Dormant)?;
        let goes_on = renews.is_none_or(|decided| {
            let was_told = matches!(dormant.reopening, Some(Reopening::Expired { .. }));
            dormant.previous == Some(decided.id) && (was_told || !has_expired(decided, day))
        });
        goes_on.then_some(dormant)
    }
}

/// Of several levels of one rule and subject the last.
fn last_of_each<'a>(levels: impl IntoIterator<Item = &'a Level>) -> Vec<&'a Level> {
    let levels: Vec<&Level> = levels.into_iter().collect();
    let last: FxHashMap<Key<'_>, usize> =
        levels.iter().enumerate().map(|(at, level)| ((&level.rule, &level.subject), at)).collect();
    let is_last = |(at, level): &(usize, &Level)| last[&(&level.rule, &level.subject)] == *at;
    levels.into_iter().enumerate().filter(is_last).map(|(_, level)| level).collect()
}

/// Which item an event moves.
fn moves(event: &WorkEvent) -> Option<ItemId> {
    match event {
        WorkEvent::Moved { id, .. } | WorkEvent::Woken { id, .. } | WorkEvent::Followed { id, .. } => {
            Some(*id)
        }
        _ => None,
    }
}

/// What a new day brings to the items of which no level speaks.
struct Look<'a> {
    casework: &'a Casework,
    batch: &'a FindingBatch,
    spoken_of: FxHashSet<Key<'a>>,
    suspended: Suspended<'a>,
}

impl Look<'_> {
    /// What the batch speaks of is reconciled already; of the unknown nobody can say that it is so still.
    fn is_silent(&self, rule: &RuleId, subject: &SubjectId) -> bool {
        !self.spoken_of.contains(&(rule, subject)) && self.casework.unknown(rule, subject).is_none()
    }

    /// Items whose day has come: tasks become due, then overdue, unless nobody can say that they were not done; what was
    /// put off is taken up; and what nobody has begun in time is brought to whoever supervises. Only items that the batch
    /// does not move: it knows better.
    fn for_days(&self, events: &mut Vec<WorkEvent>) {
        let day = self.batch.day;
        let moved: FxHashSet<ItemId> = events.iter().filter_map(moves).collect();
        for id in self.casework.index.to_look_at(day) {
            let item = &self.casework.items[&id];
            if moved.contains(&id) {
                continue;
            }
            let mut state = &item.state;
            let is_told = !self.suspended.holds_back(&item.rule, item.division);
            let nearness = Nearness::of(item.due, day);
            // Whoever put it off did so until that day, whatever is known then.
            let is_put_off = matches!(state, ItemState::Alert(AlertState::Snoozed { .. }));
            let then = if is_put_off || is_told && self.is_silent(&item.rule, &item.subject) {
                raise::moved(id, next(state, Input::Found { on: day, nearness, news: News::None }))
            } else {
                None
            };
            if let Some(WorkEvent::Moved { to, .. } | WorkEvent::Woken { to, .. }) = &then {
                state = to;
            }
            let is_late = item.handling.escalated_on.is_none() && is_late(state, item.due, day);
            events.extend(then.clone());
            if is_late {
                events.push(WorkEvent::Escalated { id, on: day });
            }
        }
    }

    /// Handled alerts whose day to look again has come, of what is still found.
    fn for_expired(&self, events: &mut Vec<WorkEvent>) {
        let casework = self.casework;
        for id in casework.sightings.expired(self.batch.day) {
            let decided = &casework.items[&id];
            for (subject, occasion, sighting) in casework.sightings.at(&id) {
                let Some(sighting) = sighting else { continue };
                let is_told = !self.suspended.holds_back(&decided.rule, sighting.division);
                if is_told && self.is_silent(&decided.rule, &subject) {
                    events.push(no_longer_found(id, subject, occasion));
                    self.expires(decided, subject, sighting, events);
                }
            }
        }
    }

    /// What an expired decision covered is raised again, unless somebody has decided on it since.
    fn expires(&self, decided: &Item, subject: SubjectId, sighting: &Sighting, events: &mut Vec<WorkEvent>) {
        let (casework, day, finding) = (self.casework, self.batch.day, &sighting.finding);
        let number = match decided.subject {
            SubjectId::Person(person) if decided.subject != subject => Some(person),
            _ => None,
        };
        let level = Level {
            rule: decided.rule.clone(),
            version: sighting.version,
            procedure: decided.procedure,
            due_working_days: sighting.due_working_days,
            periodic: decided.periodic,
            title: sighting.title.clone(),
            sensitivity: sighting.sensitivity,
            subject,
            people: sighting.people.clone(),
            formerly: number.into_iter().collect(),
            division: sighting.division,
            state: LevelState::Known(Vec::new()),
        };
        let renews = match casework.verdict_on_record(decided, &level, finding, day) {
            Verdict::Covered(by) => {
                let (occasion, sighting) = (finding.occasion.clone(), Some(Box::new(sighting.clone())));
                events.push(WorkEvent::StillFound { id: by.id, subject, occasion, sighting });
                return;
            }
            Verdict::Renews(decided) => decided,
            Verdict::New => decided,
        };
        let newest = casework.newest(&decided.rule, &subject, &finding.occasion);
        let raise = Raise { casework, level: &level, day, ages: &self.batch.ages };
        raise.wanted(finding, casework.comes_back(newest, Some(renews), day), Some(renews), events);
    }
}
