//! Whether the record is whole and nobody changed it.

use std::collections::BTreeMap;
use std::fmt;

use sanzao_model::Instant;

use crate::head::Head;
use crate::open::parts;
use crate::record::Record;
use crate::{AuditError, AuditKeys, LogError, Part};

/// What does not fit at the place where a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Bytes that are no record.
    Form,
    /// A record that was changed, or made without the key.
    Changed,
    /// A genuine record of another node.
    OtherNode,
    /// A genuine record whose number is too great: those between are missing.
    Missing {
        /// The number that was found.
        found: u64,
    },
    /// A genuine record that was there before.
    Repeated {
        /// The number that was found.
        found: u64,
    },
    /// A genuine record that follows another one than that before it.
    Forked,
    /// The record of the end mark's number is another one.
    OtherThanMark,
    /// The newest records are missing.
    Truncated {
        /// The last number ever recorded.
        mark: u64,
    },
}

/// The first place where a chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// The number that the record at this place should have; all before are whole.
    pub number: u64,
    /// What does not fit.
    pub fault: Fault,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number;
        match self.fault {
            Fault::Form => write!(f, "at number {number} stands no record: it was overwritten or cut"),
            Fault::Changed => {
                write!(
                    f,
                    "record {number} was changed, or made by somebody without the key, after it was written"
                )
            }
            Fault::OtherNode => {
                write!(f, "at number {number} stands a record of another node: logs were mixed up")
            }
            Fault::Missing { found } => {
                write!(f, "records {number} to {} are missing: they were removed or moved", found - 1)
            }
            Fault::Repeated { found } => {
                write!(f, "at number {number} stands record {found} once more: it was copied or moved there")
            }
            Fault::Forked => write!(
                f,
                "record {number} follows another record than the one before it: two processes recorded at once, or \
                 somebody with the key made one of them"
            ),
            Fault::OtherThanMark => write!(
                f,
                "record {number} is not the one that the key store remembers: log and key store are of different \
                 times, or somebody with the key made it"
            ),
            Fault::Truncated { mark } => {
                write!(
                    f,
                    "records {number} to {mark} are missing at the end: they were removed, or the log is an older copy"
                )
            }
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The end of what is whole. Keep it elsewhere: a later log must contain this record.
    pub end: Head,
    /// The first place where the chain breaks. What comes after it was not looked at.
    pub broken: Option<Break>,
    /// The end mark as it was before the records were read.
    pub mark: Head,
    /// Records by action; `command:<order>` for each order.
    pub actions: BTreeMap<String, u64>,
    /// Records of which nothing that concerns people opens any more, because all were forgotten.
    pub erased: u64,
    /// Records of which somebody, but not everybody, was forgotten.
    pub partly_erased: u64,
    /// Records that need a key which the key store neither has nor has forgotten: restore its newest copy.
    pub keys_missing: u64,
    /// Records that are older than the one before, by the clocks of their time.
    pub backwards: u64,
}

impl Report {
    /// True when every record is there as it was written.
    pub fn is_whole(&self) -> bool {
        self.broken.is_none()
    }
}

/// Reads all records of a node from the first on, by rising place in the log.
///
/// What was recorded while it reads may be among them or not. A broken chain is no error but in the report.
///
/// # Errors
/// Those of log and key store.
pub fn verify<I>(records: I, keys: &AuditKeys) -> Result<Report, AuditError>
where
    I: IntoIterator<Item = Result<Vec<u8>, LogError>>,
{
    let mark = keys.end_mark()?;
    let mut report = Report {
        end: Head::START,
        broken: None,
        mark,
        actions: BTreeMap::new(),
        erased: 0,
        partly_erased: 0,
        keys_missing: 0,
        backwards: 0,
    };
    let mut newest = None;
    for bytes in records {
        let bytes = bytes?;
        let number = report.end.number + 1;
        let fault = match Record::read(&bytes) {
            Ok(record) => match fault_of(&record, &report, keys) {
                None => count(&record, &mut report, &mut newest, keys)?,
                fault => fault,
            },
            Err(_) => Some(Fault::Form),
        };
        if let Some(fault) = fault {
            report.broken = Some(Break { number, fault });
            return Ok(report);
        }
    }
    if report.end.number < mark.number {
        let fault = Fault::Truncated { mark: mark.number };
        report.broken = Some(Break { number: report.end.number + 1, fault });
    }
    Ok(report)
}

fn fault_of(record: &Record<'_>, report: &Report, keys: &AuditKeys) -> Option<Fault> {
    let fields = &record.fields;
    let expected = report.end.number + 1;
    // Keys are made for a node: a record of another is not genuine by this one's.
    if fields.node != keys.node() {
        return Some(Fault::OtherNode);
    }
    if !record.is_genuine(&keys.made) {
        return Some(Fault::Changed);
    }
    if fields.number > expected {
        return Some(Fault::Missing { found: fields.number });
    }
    if fields.number < expected {
        return Some(Fault::Repeated { found: fields.number });
    }
    if fields.previous != report.end.hash {
        return Some(Fault::Forked);
    }
    let is_mark = fields.number == report.mark.number;
    (is_mark && record.head() != report.mark).then_some(Fault::OtherThanMark)
}

/// Takes a record that fits; a fault after all when what it seals does not open.
fn count(
    record: &Record<'_>,
    report: &mut Report,
    newest: &mut Option<Instant>,
    keys: &AuditKeys,
) -> Result<Option<Fault>, AuditError> {
    let subjects = match parts(record, keys) {
        Ok(parts) => parts.subjects,
        Err(AuditError::Changed { .. }) => return Ok(Some(Fault::Changed)),
        Err(error) => return Err(error),
    };
    let erased = subjects.iter().filter(|subject| **subject == Part::Erased).count();
    if erased > 0 && erased == subjects.len() {
        report.erased += 1;
    } else if erased > 0 {
        report.partly_erased += 1;
    }
    report.keys_missing += u64::from(subjects.contains(&Part::KeyMissing));
    report.backwards += u64::from(newest.is_some_and(|newest| record.at() < newest));
    *newest = Some(record.at());
    // By name: an action that only a later version knows is no fault.
    let action = match record.fields.order {
        Some(order) => format!("{}:{order}", record.fields.action),
        None => record.fields.action.to_owned(),
    };
    *report.actions.entry(action).or_default() += 1;
    report.end = record.head();
    Ok(None)
}
