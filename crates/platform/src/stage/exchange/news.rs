//! Events of `work` as news of alerts: what is kept of each alert, and which events tell something.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_exchange::{Happening, ItemNews};
use sanzao_model::{
    AlertState, Day, Deed, Evidence, EvidenceRole, ItemId, ItemState, Reopening, WorkEvent, WorkRecord,
};

/// What is known of alerts, of which something may be told.
#[derive(Debug, Default)]
pub(super) struct Items {
    alerts: BTreeMap<ItemId, Alert>,
}

#[derive(Debug)]
struct Alert {
    previous: Option<ItemId>,
    /// The triggers of what it shows.
    evidence: Vec<Evidence>,
    /// A decision on it was told.
    has_spoken: bool,
}

impl Items {
    /// Takes in an event; gives what it tells. What was taken back within its ten seconds tells nothing.
    pub fn take(&mut self, event: &WorkEvent, is_undone: bool) -> Option<ItemNews> {
        match event {
            WorkEvent::Opened(item) if matches!(item.state, ItemState::Alert(_)) => {
                let evidence = triggers(&item.finding.evidence);
                let alert = Alert { previous: item.previous, evidence, has_spoken: false };
                self.alerts.insert(item.id, alert);
                // Who has a closed alert raised again doubts the decision.
                let is_doubted = matches!(item.reopening, Some(Reopening::Asked { .. }));
                let previous = item.previous.filter(|_| is_doubted)?;
                self.news(previous, item.opened_on, Happening::Reopened)
            }
            WorkEvent::Updated { id, shown } | WorkEvent::Followed { id, shown, .. } => {
                if let Some(alert) = self.alerts.get_mut(id) {
                    alert.evidence = triggers(&shown.finding.evidence);
                }
                None
            }
            WorkEvent::Acted { id, act, to } if !is_undone => {
                let happening = happening(act.what, to)?;
                self.news(*id, act.at.day_in_china(), happening)
            }
            _ => None,
        }
    }

    fn news(&mut self, id: ItemId, on: Day, happening: Happening) -> Option<ItemNews> {
        let alert = self.alerts.get_mut(&id)?;
        let is_news = alert.has_spoken || !matches!(happening, Happening::Reopened | Happening::Withdrawn);
        alert.has_spoken |= is_news;
        let (previous, evidence) = (alert.previous, alert.evidence.clone());
        is_news.then_some(ItemNews { item: id, previous, on, happening, evidence })
    }
}

fn triggers(evidence: &[Evidence]) -> Vec<Evidence> {
    evidence.iter().filter(|evidence| evidence.role == EvidenceRole::Trigger).cloned().collect()
}

/// The table of what acts tell: of an act that is taken back what holds again.
fn happening(what: Deed, to: &ItemState) -> Option<Happening> {
    let ItemState::Alert(to) = to else { return None };
    match (what, to) {
        (Deed::Upheld | Deed::Dismissed, AlertState::Closed(closure)) => {
            Some(Happening::AppealDecided { outcome: closure.decision.outcome })
        }
        (_, AlertState::Closed(closure)) => Some(Happening::Closed { outcome: closure.decision.outcome }),
        (_, AlertState::Appealed { .. }) => Some(Happening::Appealed),
        (Deed::Undone, _) => Some(Happening::Reopened),
        _ => None,
    }
}

/// Whether a record holds an act that is told unless it is taken back.
pub(super) fn is_tellable(record: &WorkRecord) -> bool {
    record.events.iter().any(|event| match event {
        WorkEvent::Acted { act, to, .. } => happening(act.what, to).is_some(),
        _ => false,
    })
}

/// The acts that were taken back, by offset and number of the event: those after which the next act on the same item
/// is to take it back.
pub(super) fn undone<'a>(
    records: impl DoubleEndedIterator<Item = (u64, &'a WorkRecord)>,
) -> BTreeSet<(u64, usize)> {
    let (mut next, mut undone) = (BTreeMap::new(), BTreeSet::new());
    for (offset, record) in records.rev() {
        for (number, event) in record.events.iter().enumerate().rev() {
            let WorkEvent::Acted { id, act, .. } = event else { continue };
            if next.insert(*id, act.what) == Some(Deed::Undone) {
                undone.insert((offset, number));
            }
        }
    }
    undone
}
