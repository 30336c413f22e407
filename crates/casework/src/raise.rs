//! How an item comes to show a finding.

use sanzao_model::{
    AlertState, Day, FeedAge, Finding, Item, ItemState, Level, Reopening, Shown, TaskState, WorkEvent,
};

use crate::casework::{Casework, handled};
use crate::handled::has_expired;
use crate::identity::later_id;
use crate::transition::{Input, Next, next, opening};

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
        let next = next(&item.state, Input::Found { on: self.day, late: due < self.day });
        if next == Next::Nothing {
            return;
        }
        // What comes back was found anew, on feeds as old as they are now.
        let comes_back = matches!(
            item.state,
            ItemState::Alert(AlertState::Withdrawn { .. }) | ItemState::Task(TaskState::Done { .. })
        );
        if comes_back || self.differs(item, finding) {
            events.push(WorkEvent::Updated { id: item.id, shown: self.shown(finding, due) });
        }
        if let Next::To(to) = next {
            events.push(WorkEvent::Moved { id: item.id, to });
        }
    }

    /// An item that was found elsewhere goes on here.
    pub(crate) fn followed(&self, item: &Item, finding: &Finding, events: &mut Vec<WorkEvent>) {
        let due = self.due(item, finding);
        let (id, subject, shown) = (item.id, self.level.subject, self.shown(finding, due));
        events.push(WorkEvent::Followed { id, subject, shown });
        if let Next::To(to) = next(&item.state, Input::Found { on: self.day, late: due < self.day }) {
            events.push(WorkEvent::Moved { id, to });
        }
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
            None => events.push(self.open(finding, renews)),
        }
    }

    fn open(&self, finding: &Finding, renews: Option<&Item>) -> WorkEvent {
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
            reopening: renews.map(|item| self.reopening(item, finding)),
            rule: level.rule.clone(),
            version: level.version,
            procedure: level.procedure,
            periodic: level.periodic,
            title: level.title.clone(),
            subject: level.subject,
            division: level.division,
            finding: finding.clone(),
            due,
            due_working_days: level.due_working_days,
            opened_on: day,
            ages: ages.to_vec(),
            state: opening(level.procedure.makes_tasks(), day, due < day),
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
            || item.due_working_days != level.due_working_days
            || item.division != level.division
    }
}
