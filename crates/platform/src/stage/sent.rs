//! What discovery has sent to casework so far, read back from `inbox`.

use std::collections::BTreeMap;

use sanzao_discovery::{Findings, RuleSet};
use sanzao_journal::{Journal, Reader, Record, Stream};
use sanzao_model::{Day, FindingBatch, InboxRecord, Level, LevelState, RuleId, SubjectId, Suspension};

use super::StageError;
use crate::sweep::FindingMap;

const READ_BYTES: usize = 4 << 20;

/// What was sent so far, read on as more is sent.
pub(crate) struct Sent {
    inbox: Stream,
    /// The offset of `inbox` to read next, and the claim in force there.
    next: (u64, u64),
    /// The last level of each rule and subject.
    pub findings: Findings,
    /// The last level, where it finds something, of rules that are no more.
    retired: BTreeMap<(RuleId, SubjectId), Level>,
    /// The suspensions that casework was told last.
    pub suspensions: Vec<Suspension>,
    /// The offset in `facts` up to which it reflects them.
    pub upto: u64,
    /// The day of which casework was told last.
    pub day: Option<Day>,
    /// A batch of several records began, and its last one was not sent yet.
    pub is_half: bool,
}

/// What an owner knows of what it has sent.
pub(crate) struct SentByOwner {
    pub findings: Findings,
    pub suspensions: Vec<Suspension>,
    /// The offset in `facts` that it reflects.
    pub upto: u64,
    pub day: Option<Day>,
    /// The offset of `inbox` behind it.
    pub next: u64,
    /// The number of the claim it was sent under.
    pub claim: u64,
}

impl Sent {
    /// Nothing was read yet.
    pub fn new(inbox: Stream, rules: &RuleSet) -> Sent {
        Sent {
            inbox,
            next: (0, 0),
            findings: Findings::new(rules),
            retired: BTreeMap::new(),
            suspensions: Vec::new(),
            upto: 0,
            day: None,
            is_half: false,
        }
    }

    /// With what this process itself has sent last, under a claim, which does not have to be read back.
    pub fn with_own(self, own: SentByOwner) -> Sent {
        let SentByOwner { findings, suspensions, upto, day, next, claim } = own;
        Sent { findings, suspensions, upto, day, next: (next, claim), ..self }
    }

    /// Reads what was sent before an offset of `inbox`; true if there was something to read.
    pub fn read_upto(&mut self, journal: &dyn Journal, upto: u64) -> Result<bool, StageError> {
        let (from, claim) = (self.next.0.max(journal.begin(&self.inbox)?), self.next.1);
        let mut reader = Reader::new(journal, self.inbox.clone(), from, claim);
        while reader.position() < upto {
            let records = reader.read(READ_BYTES)?;
            // All or none: what comes behind a record that cannot be read must not be taken without it.
            let batches: Vec<FindingBatch> = records
                .iter()
                .filter_map(|record| self.findings_of(record).transpose())
                .collect::<Result<_, _>>()?;
            self.next = (reader.position(), reader.claim());
            batches.into_iter().for_each(|batch| self.take(batch));
            if records.is_empty() {
                break;
            }
        }
        Ok(self.next.0 != from)
    }

    /// Reads what was sent so far, and no more than that.
    pub fn read_on(&mut self, journal: &dyn Journal) -> Result<bool, StageError> {
        let end = journal.end(&self.inbox)?;
        if end <= self.next.0 { Ok(false) } else { self.read_upto(journal, end) }
    }

    fn findings_of(&self, record: &Record) -> Result<Option<FindingBatch>, StageError> {
        match InboxRecord::from_bytes(&record.value) {
            Ok(InboxRecord::Findings(batch)) => Ok(Some(batch)),
            Ok(InboxRecord::Command(_)) => Ok(None),
            Err(error) => Err(StageError::Record {
                stream: self.inbox.to_string(),
                offset: record.offset,
                error: error.to_string(),
            }),
        }
    }

    fn take(&mut self, batch: FindingBatch) {
        // A batch of several records was sent when its last one was.
        self.is_half = batch.more;
        if !batch.more {
            self.upto = self.upto.max(batch.upto);
            self.day = self.day.max(Some(batch.day));
            self.suspensions = batch.suspensions;
        }
        for level in batch.levels {
            if self.findings.note_sent(&level) {
                continue;
            }
            let key = (level.rule.clone(), level.subject);
            match level.state == LevelState::Known(Vec::new()) {
                true => drop(self.retired.remove(&key)),
                false => drop(self.retired.insert(key, level)),
            }
        }
    }

    /// What has to be sent of rules that are no more: that they find nothing.
    pub fn retired(&self) -> Vec<Level> {
        let none = |level: &Level| Level { state: LevelState::Known(Vec::new()), ..level.clone() };
        self.retired.values().map(none).collect()
    }
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
