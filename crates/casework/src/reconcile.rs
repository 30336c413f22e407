//! What has to happen so that items agree with a level.

use sanzao_model::{
    AlertState, Day, FeedAge, Finding, Item, ItemId, ItemState, Level, LevelState, TaskState, WorkEvent,
};

use crate::casework::Casework;
use crate::identity::item_id;
use crate::transition::{Input, Next, next, opening};

/// What people read when a level is unknown and does not say why.
const NO_REASON_GIVEN: &str = "未说明原因";

impl Casework {
    /// The fewest events that make the items of a rule and subject agree with what the rule says of the
    /// subject on `day`: none where they agree already (design, invariant 2).
    ///
    /// `ages` are shown with what is found; that they alone have changed makes no event.
    pub fn reconcile(&self, level: &Level, day: Day, ages: &[FeedAge]) -> Vec<WorkEvent> {
        let was_unknown = self.unknown(&level.rule, &level.subject);
        let unknown = |reason: &str| WorkEvent::Unknown {
            rule: level.rule.clone(),
            subject: level.subject,
            reason: reason.into(),
        };
        let findings = match &level.state {
            LevelState::Unknown { reason } => {
                let reason = if reason.is_empty() { NO_REASON_GIVEN } else { reason };
                return if was_unknown == Some(reason) { Vec::new() } else { vec![unknown(reason)] };
            }
            LevelState::Known(findings) => findings,
        };
        let mut events: Vec<WorkEvent> = was_unknown.iter().map(|_| unknown("")).collect();
        let found: Vec<ItemId> =
            findings.iter().map(|finding| item_id(&level.rule, &level.subject, &finding.occasion)).collect();
        for id in self.index.live(&level.rule, &level.subject) {
            if !found.contains(id) {
                gone(&self.items[id], day, &mut events);
            }
        }
        for (at, (finding, id)) in findings.iter().zip(&found).enumerate() {
            if found[..at].contains(id) {
                continue; // An occasion is found once.
            }
            match self.item(id) {
                Some(item) => self.seen(item, finding, level, day, ages, &mut events),
                None => events.push(self.open(*id, finding, level, day, ages)),
            }
        }
        events
    }

    fn open(&self, id: ItemId, finding: &Finding, level: &Level, day: Day, ages: &[FeedAge]) -> WorkEvent {
        let due = self.first_due(finding, level, day);
        WorkEvent::Opened(Box::new(Item {
            id,
            rule: level.rule.clone(),
            version: level.version,
            procedure: level.procedure,
            periodic: level.periodic,
            title: level.title.clone(),
            subject: level.subject,
            division: level.division,
            finding: finding.clone(),
            due,
            opened_on: day,
            ages: ages.to_vec(),
            state: opening(level.procedure.makes_tasks(), day, due < day),
        }))
    }

    /// The finding's own date, or the rule's working days counted from `day`.
    fn first_due(&self, finding: &Finding, level: &Level, day: Day) -> Day {
        finding.due.unwrap_or_else(|| self.calendar.working_days_after(day, level.due_working_days))
    }

    /// When something has to happen first with an item that is found on `day`: a finding's own date moves a
    /// task. An alert that waits or is worked on keeps its day; one that comes back has time anew, because
    /// nobody could work on it meanwhile.
    fn due(&self, item: &Item, finding: &Finding, level: &Level, day: Day) -> Day {
        match &item.state {
            ItemState::Task(_) => finding.due.unwrap_or(item.due),
            ItemState::Alert(AlertState::Withdrawn { .. }) => self.first_due(finding, level, day),
            ItemState::Alert(_) => item.due,
        }
    }

    /// The occasion of an item is found.
    fn seen(
        &self,
        item: &Item,
        finding: &Finding,
        level: &Level,
        day: Day,
        ages: &[FeedAge],
        events: &mut Vec<WorkEvent>,
    ) {
        let due = self.due(item, finding, level, day);
        let next = next(&item.state, Input::Found { on: day, late: due < day });
        if next == Next::Nothing {
            return;
        }
        // What comes back was found anew, on feeds as old as they are now.
        let comes_back = matches!(
            item.state,
            ItemState::Alert(AlertState::Withdrawn { .. }) | ItemState::Task(TaskState::Done { .. })
        );
        if comes_back || differs(item, finding, level) {
            events.push(WorkEvent::Updated {
                id: item.id,
                finding: Box::new(finding.clone()),
                version: level.version,
                title: level.title.clone(),
                due,
                division: level.division,
                ages: ages.to_vec(),
            });
        }
        if let Next::To(to) = next {
            events.push(WorkEvent::Moved { id: item.id, to });
        }
    }
}

/// Whether an item shows something else than what is found. Its due day follows from the finding, or from
/// its coming back.
fn differs(item: &Item, finding: &Finding, level: &Level) -> bool {
    item.finding != *finding
        || item.version != level.version
        || item.title != level.title
        || item.division != level.division
}

/// The occasion of an item is no longer found.
fn gone(item: &Item, day: Day, events: &mut Vec<WorkEvent>) {
    let cause = cause(item, day);
    let input = if item.periodic && item.due < day {
        Input::PeriodOver { on: day, cause: &cause }
    } else {
        Input::Gone { on: day, cause: &cause }
    };
    if let Next::To(to) = next(&item.state, input) {
        events.push(WorkEvent::Moved { id: item.id, to });
    }
}

/// Why an item is withdrawn, as people read it. What changed, nobody here can tell: a record, the rule or its
/// parameters, or only the day. So it claims no more than what holds in each of these cases.
fn cause(item: &Item, day: Day) -> String {
    let title = &item.title;
    let mut cause =
        format!("截至{day}，按现行规则、各部门的记录和当日日期，「{title}」所述情形已不成立，系统自动撤回。");
    let clears = item.finding.clears.trim().trim_end_matches('。');
    if !clears.is_empty() {
        cause += &format!("可消除此情形的有：{clears}。");
    }
    cause
}
