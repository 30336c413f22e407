//! The state of casework, and the one way it changes.

use rustc_hash::FxHashMap;
use sanzao_model::{CommandKey, Day, Item, ItemId, RuleId, SubjectId, WorkEvent, WorkRecord};

use crate::calendar::Calendar;
use crate::index::{Counts, Index};

/// All alerts and tasks of one bureau, and what is needed to decide on the next record of `inbox`.
///
/// Equal states decide equally on whatever comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Casework {
    pub(crate) calendar: Calendar,
    pub(crate) items: FxHashMap<ItemId, Box<Item>>,
    pub(crate) index: Index,
    unknown: FxHashMap<RuleId, FxHashMap<SubjectId, String>>,
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
        match event {
            WorkEvent::Opened(item) => {
                if self.items.contains_key(&item.id) {
                    return Err(CaseworkError::OpenedTwice(item.id));
                }
                self.index.add(item);
                self.items.insert(item.id, item.clone());
            }
            WorkEvent::Updated { id, finding, version, title, due, division, ages } => {
                self.change(id, |item| {
                    item.finding = Clone::clone(finding);
                    item.version = *version;
                    item.title.clone_from(title);
                    item.due = *due;
                    item.division = *division;
                    item.ages.clone_from(ages);
                })?;
            }
            WorkEvent::Moved { id, to } => self.change(id, |item| item.state = to.clone())?,
            WorkEvent::Unknown { rule, subject, reason } => self.set_unknown(rule, subject, reason),
            WorkEvent::Refused { .. } => {}
        }
        Ok(())
    }

    fn change(&mut self, id: &ItemId, change: impl FnOnce(&mut Item)) -> Result<(), CaseworkError> {
        let item = self.items.get_mut(id).ok_or(CaseworkError::NeverOpened(*id))?;
        self.index.remove(item);
        change(item);
        self.index.add(item);
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
