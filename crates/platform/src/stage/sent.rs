//! What discovery has sent to casework so far, read back from `inbox`.

use std::collections::BTreeMap;

use sanzao_discovery::{Findings, RuleSet};
use sanzao_journal::{Journal, Reader, Stream};
use sanzao_model::{InboxRecord, Level, LevelState, RuleId, SubjectId, Suspension};

use super::StageError;
use crate::sweep::FindingMap;

const READ_BYTES: usize = 4 << 20;

/// What was sent before.
pub(crate) struct Sent {
    /// The last level of each rule and subject.
    pub findings: Findings,
    /// What has to be sent of rules that are no more: that they find nothing.
    pub retired: Vec<Level>,
    /// The suspensions that casework was told last.
    pub suspensions: Vec<Suspension>,
    /// The offset in `facts` up to which it reflects them.
    pub upto: u64,
}

/// What was sent before: the levels of `inbox` up to an offset.
pub(crate) fn sent_findings(
    journal: &dyn Journal,
    inbox: &Stream,
    upto: u64,
    rules: &RuleSet,
) -> Result<Sent, StageError> {
    let (mut facts_upto, mut suspensions) = (0, Vec::new());
    let mut findings = Findings::new(rules);
    let mut retired: BTreeMap<(RuleId, SubjectId), Level> = BTreeMap::new();
    let mut reader = Reader::new(journal, inbox.clone(), journal.begin(inbox)?, 0);
    while reader.position() <= upto {
        let records = reader.read(READ_BYTES)?;
        if records.is_empty() {
            break;
        }
        for record in records {
            let decoded = InboxRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
                stream: inbox.to_string(),
                offset: record.offset,
                error: error.to_string(),
            })?;
            let InboxRecord::Findings(batch) = decoded else { continue };
            // A batch of several records was sent when its last one was.
            if !batch.more {
                facts_upto = facts_upto.max(batch.upto);
                suspensions = batch.suspensions;
            }
            for level in batch.levels {
                if !findings.note_sent(&level) {
                    retired.insert((level.rule.clone(), level.subject), level);
                }
            }
        }
    }
    let none = LevelState::Known(Vec::new());
    let retired = retired.into_values().filter(|level| level.state != none);
    let retired = retired.map(|level| Level { state: none.clone(), ..level }).collect();
    Ok(Sent { findings, retired, suspensions, upto: facts_upto })
}

/// What casework was last sent.
pub struct SentLevels {
    /// The findings of every rule and subject.
    pub findings: FindingMap,
    /// The rules that were suspended somewhere: what they find there was held back.
    pub suspensions: Vec<Suspension>,
    /// The offset in `facts` that it reflects.
    pub upto: u64,
}

/// What casework was last sent for every rule and subject; none where nothing was sent.
///
/// # Errors
/// When the log cannot be read.
pub fn sent_levels(journal: &dyn Journal, inbox: &Stream) -> Result<Option<SentLevels>, StageError> {
    // A batch of several records was sent when its last one was.
    let (mut unfinished, mut suspensions, mut upto) = (Vec::new(), Vec::new(), None);
    let mut levels: BTreeMap<(RuleId, SubjectId), Level> = BTreeMap::new();
    let mut reader = Reader::new(journal, inbox.clone(), journal.begin(inbox)?, 0);
    loop {
        let records = reader.read(READ_BYTES)?;
        if records.is_empty() {
            break;
        }
        for record in records {
            let decoded = InboxRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
                stream: inbox.to_string(),
                offset: record.offset,
                error: error.to_string(),
            })?;
            let InboxRecord::Findings(batch) = decoded else { continue };
            unfinished.extend(batch.levels);
            if batch.more {
                continue;
            }
            upto = upto.max(Some(batch.upto));
            suspensions = batch.suspensions;
            for level in unfinished.drain(..) {
                let key = (level.rule.clone(), level.subject);
                // Unknown changes nothing: what was known before stays.
                if matches!(level.state, LevelState::Known(_)) {
                    levels.insert(key, level);
                }
            }
        }
    }
    let mut map = FindingMap::new();
    for ((rule, subject), level) in levels {
        if let LevelState::Known(findings) = level.state {
            for finding in findings {
                map.insert((rule.clone(), subject, finding.occasion.clone()), finding);
            }
        }
    }
    Ok(upto.map(|upto| SentLevels { findings: map, suspensions, upto }))
}
