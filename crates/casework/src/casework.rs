//! The state of casework, and the one way it changes.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use sanzao_model::{
    Area, CommandKey, Day, Feed, Item, ItemId, Level, RuleId, Sighting, SubjectId, Suspension, WorkEvent,
    WorkRecord,
};

use crate::calendar::Calendar;
use crate::decisions::Decisions;
use crate::identity::item_id;
use crate::index::{Counts, Index};
use crate::sightings::{Handled, Sightings};
use crate::undo::{Undoable, spoils_undo};

/// All alerts and tasks of one bureau, and what is needed to decide on the next record of `inbox`.
///
/// Equal states decide equally on whatever comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Casework {
    pub(crate) calendar: Calendar,
    pub(crate) items: FxHashMap<ItemId, Box<Item>>,
    pub(crate) index: Index,
    pub(crate) sightings: Sightings,
    pub(crate) decisions: Decisions,
    /// What people have done last to items, which they may take back for a while.
    pub(crate) undoable: FxHashMap<ItemId, Undoable>,
    /// The newest item of a rule, subject and occasion, by the id of the first; none where that has followed elsewhere.
    newest: FxHashMap<ItemId, ItemId>,
    unknown: FxHashMap<RuleId, FxHashMap<SubjectId, String>>,
    /// Levels that wait for the last batch of their cut.
    pub(crate) postponed: BTreeMap<(RuleId, SubjectId), Level>,
    suspensions: BTreeMap<(RuleId, Feed, Area), Suspension>,
    /// Every command ever answered, about 40 bytes each: a bureau's people make some thousands a day, which
    /// is some tens of megabytes a year. To be bounded by age when that matters.
    answered: FxHashMap<CommandKey, [u8; 16]>,
    upto: u64,
    facts_upto: u64,
    day: Option<Day>,
}

/// Why a work record does not fit the state. Each is a bug, or a log of which records are missing: stop,
/// the state that refused is not to be used any more; restore it from the whole of `work`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseworkError {
    /// Bug: the item that changes was never opened.
    #[error("work changes item {0}, which was never opened: read work from its start")]
    NeverOpened(ItemId),
    /// Bug: something is still found of an item that nobody has decided on.
    #[error("work tells what is still found of item {0}, which was never handled: read work from its start")]
    NeverHandled(ItemId),
    /// Bug: an item is opened a second time.
    #[error("work opens item {0} a second time: only one owner may write work")]
    OpenedTwice(ItemId),
}

impl Casework {
    /// Nothing known yet.
    pub fn new(calendar: Calendar) -> Casework {
        Casework { calendar, ..Casework::default() }
    }

    /// The state after all records of `work`, in their order.
    ///
    /// # Errors
    /// See [`CaseworkError`].
    pub fn restore<R: std::borrow::Borrow<WorkRecord>>(
        calendar: Calendar,
        work: impl IntoIterator<Item = R>,
    ) -> Result<Casework, CaseworkError> {
        let mut casework = Casework::new(calendar);
        for record in work {
            casework.apply_record(record.borrow())?;
        }
        Ok(casework)
    }

    /// Takes in one record of `work`. False, and nothing changed, when the state already reflects the
    /// record of `inbox` that it answers: an append that was tried again lies in the log twice.
    ///
    /// # Errors
    /// See [`CaseworkError`]; the state is then of no use.
    pub fn apply_record(&mut self, record: &WorkRecord) -> Result<bool, CaseworkError> {
        if record.upto <= self.upto {
            return Ok(false);
        }
        for event in &record.events {
            self.apply(event)?;
        }
        self.upto = record.upto;
        self.facts_upto = record.facts_upto.unwrap_or(self.facts_upto);
        self.day = self.day.max(record.day);
        if let Some((key, fingerprint)) = record.answers {
            // A key that was used again keeps the fingerprint of its first use.
            self.answered.entry(key).or_insert(fingerprint);
        }
        Ok(true)
    }

    /// Takes in one event.
    ///
    /// # Errors
    /// See [`CaseworkError`]; the state has not changed.
    fn apply(&mut self, event: &WorkEvent) -> Result<(), CaseworkError> {
        if let Some(id) = spoils_undo(event) {
            self.undoable.remove(id);
        }
        match event {
            WorkEvent::Opened(item) => self.open(item)?,
            WorkEvent::Followed { id, .. } => self.follow(id, |item| item.take(event))?,
            WorkEvent::Acted { id, act, to } => self.act(id, act, to, event)?,
            WorkEvent::Assigned { id, act, .. } | WorkEvent::Grouped { id, act, .. } => {
                self.note_undoable(id, act)?;
                self.change(id, |item| item.take(event))?;
            }
            WorkEvent::Updated { id, .. }
            | WorkEvent::Moved { id, .. }
            | WorkEvent::Woken { id, .. }
            | WorkEvent::Escalated { id, .. }
            | WorkEvent::Drawn { id }
            | WorkEvent::Reviewed { id, .. } => self.change(id, |item| item.take(event))?,
            WorkEvent::Commented { id, .. } | WorkEvent::Attached { id, .. } => {
                self.item(id).ok_or(CaseworkError::NeverOpened(*id))?;
            }
            WorkEvent::StillFound { id, subject, occasion, sighting } => {
                self.set_sighting(id, *subject, occasion, sighting.as_deref())?;
            }
            WorkEvent::Unknown { rule, subject, reason } => self.set_unknown(rule, subject, reason),
            WorkEvent::Suspended(suspension) => {
                let Suspension { rule, feed, area, .. } = suspension.clone();
                self.suspensions.insert((rule, feed, area), suspension.clone());
            }
            WorkEvent::Resumed { rule, feed, area } => {
                self.suspensions.remove(&(rule.clone(), *feed, area.clone()));
            }
            WorkEvent::Postponed(level) => {
                self.postponed.insert((level.rule.clone(), level.subject), Level::clone(level));
            }
            WorkEvent::TakenUp => self.postponed.clear(),
            WorkEvent::Refused { .. } => {}
        }
        Ok(())
    }

    fn open(&mut self, item: &Item) -> Result<(), CaseworkError> {
        if self.items.contains_key(&item.id) {
            return Err(CaseworkError::OpenedTwice(item.id));
        }
        self.index.add(item);
        self.newest.insert(place(item), item.id);
        self.items.insert(item.id, Box::new(item.clone()));
        Ok(())
    }

    pub(crate) fn change(
        &mut self,
        id: &ItemId,
        change: impl FnOnce(&mut Item),
    ) -> Result<(), CaseworkError> {
        let item = self.items.get_mut(id).ok_or(CaseworkError::NeverOpened(*id))?;
        self.index.remove(item);
        change(item);
        self.index.add(item);
        Ok(())
    }

    /// As [`Casework::change`], and the item is the newest of where it goes.
    fn follow(&mut self, id: &ItemId, change: impl FnOnce(&mut Item)) -> Result<(), CaseworkError> {
        let item = self.item(id).ok_or(CaseworkError::NeverOpened(*id))?;
        let from = place(item);
        if self.newest.get(&from) == Some(id) {
            self.newest.remove(&from);
        }
        self.change(id, change)?;
        self.newest.insert(place(&self.items[id]), *id);
        Ok(())
    }

    /// Whoever decides on an alert decides on what is found then.
    pub(crate) fn note_decision(&mut self, id: &ItemId) {
        let item = &self.items[id];
        if let Some(handled) = handled(item) {
            self.decisions.add(item);
            let sighting = Sighting {
                finding: item.finding.clone(),
                version: item.version,
                title: item.title.clone(),
                sensitivity: item.sensitivity,
                people: item.people.clone(),
                due_working_days: item.due_working_days,
                division: item.division,
            };
            self.sightings.add(handled, item.subject, &item.finding.occasion, &sighting);
        }
    }

    /// The decision on an alert is taken back, before anything but its own place was covered by it.
    pub(crate) fn forget_decision(&mut self, id: &ItemId) {
        let item = &self.items[id];
        if let Some(handled) = handled(item) {
            self.decisions.remove(item);
            self.sightings.remove(handled, item.subject, &item.finding.occasion);
        }
    }

    fn set_sighting(
        &mut self,
        id: &ItemId,
        subject: SubjectId,
        occasion: &str,
        sighting: Option<&Sighting>,
    ) -> Result<(), CaseworkError> {
        let item = self.items.get(id).ok_or(CaseworkError::NeverOpened(*id))?;
        let handled = handled(item).ok_or(CaseworkError::NeverHandled(*id))?;
        match sighting {
            Some(sighting) => self.sightings.add(handled, subject, occasion, sighting),
            None => self.sightings.remove(handled, subject, occasion),
        }
        Ok(())
    }

    fn set_unknown(&mut self, rule: &RuleId, subject: &SubjectId, reason: &str) {
        if !reason.is_empty() {
            let subjects = self.unknown.entry(rule.clone()).or_default();
            subjects.insert(*subject, reason.into());
        } else if let Some(subjects) = self.unknown.get_mut(rule) {
            subjects.remove(subject);
        }
    }

    /// One item.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.get(id).map(Box::as_ref)
    }

    /// The newest item of a rule, subject and occasion.
    pub(crate) fn newest(&self, rule: &RuleId, subject: &SubjectId, occasion: &str) -> Option<&Item> {
        self.item(self.newest.get(&item_id(rule, subject, occasion))?)
    }

    /// All items, in no order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.values().map(Box::as_ref)
    }

    /// How many items stand where.
    pub fn counts(&self) -> Counts {
        self.index.counts()
    }

    /// Why a rule is unknown for a subject; none when it is known.
    pub fn unknown(&self, rule: &RuleId, subject: &SubjectId) -> Option<&str> {
        self.unknown.get(rule)?.get(subject).map(String::as_str)
    }

    /// All that is unknown, with the reason, in no order.
    pub fn unknowns(&self) -> impl Iterator<Item = (&RuleId, &SubjectId, &str)> {
        self.unknown.iter().flat_map(|(rule, subjects)| {
            subjects.iter().map(move |(subject, reason)| (rule, subject, reason.as_str()))
        })
    }

    /// Where a handled alert's case is still found, in order; nowhere when it is not handled.
    pub fn still_found(&self, id: &ItemId) -> impl Iterator<Item = (SubjectId, &str)> {
        self.sightings.at(id).map(|(subject, occasion, _)| (subject, occasion))
    }

    /// What is suspended, in order.
    pub fn suspensions(&self) -> impl ExactSizeIterator<Item = &Suspension> {
        self.suspensions.values()
    }

    /// The fingerprint of the command that a key was first used for.
    pub fn answered(&self, key: &CommandKey) -> Option<[u8; 16]> {
        self.answered.get(key).copied()
    }

    /// The offset in `inbox` after the last record that the state reflects: where to read on.
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// The offset in `facts` after the last record that the findings taken in reflect.
    pub fn facts_upto(&self) -> u64 {
        self.facts_upto
    }

    /// The last day on which casework looked for what had become overdue.
    pub fn day(&self) -> Option<Day> {
        self.day
    }
}

/// Where an item stands among those of its rule: the id of the first item of its subject and occasion.
fn place(item: &Item) -> ItemId {
    item_id(&item.rule, &item.subject, &item.finding.occasion)
}

/// An alert that somebody has decided on; none where nobody has.
pub(crate) fn handled(item: &Item) -> Option<Handled<'_>> {
    let closure = item.state.closure()?;
    Some(Handled { id: item.id, rule: &item.rule, reopen_on: closure.decision.reopen_on })
}
