//! Snapshots of a bureau's ledger: where discovery starts from, and what it leaves for the next start.

use std::collections::BTreeSet;

use sanzao_journal::{Journal, Stream};
use sanzao_ledger::{Ledger, OpenId, Position, Restored, Snapshots};
use sanzao_model::{Bureau, Day, Instant};
use serde::{Deserialize, Serialize};

use super::StageError;
use super::mark::Mark;

/// Snapshots kept: the newest, and one to fall back on.
const KEPT: usize = 2;

/// Where the newest snapshot that verifies leaves discovery.
fn newest(
    snapshots: &Snapshots,
    bureau: Bureau,
    open_id: OpenId,
) -> Result<Option<Start>, Box<dyn std::error::Error>> {
    let Restored { ledger, from, .. } = snapshots.restore(bureau, open_id)?;
    let Some(manifest) = from else { return Ok(None) };
    let resume = serde_json::from_value(manifest.position.state)?;
    Ok(Some(Start { ledger, position: manifest.position.facts_offset, resume }))
}

/// What discovery knows beside its ledger, at one offset in `facts`.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// The day of the last tick.
    pub day: Option<Day>,
    /// The day of which casework was told last.
    pub evaluated_day: Option<Day>,
    /// Hash of the rules and parameters last put on record.
    pub rules: Option<String>,
    /// Loads that are open.
    pub loads: BTreeSet<String>,
    /// The last record that the ledger reflects.
    pub last: Option<Mark>,
}

impl Resume {
    /// Whether this log is the one it was known of.
    fn is_of(&self, journal: &dyn Journal, facts: &Stream) -> Result<bool, StageError> {
        self.last.map_or(Ok(false), |last| last.is_in(journal, facts))
    }
}

/// Where discovery starts.
pub struct Start {
    /// Reflects `facts` up to `position`.
    pub ledger: Ledger,
    /// The offset in `facts` to go on from.
    pub position: u64,
    /// What was known there.
    pub resume: Resume,
}

impl Start {
    /// Before the first record.
    pub fn at_the_beginning(bureau: Bureau, open_id: OpenId) -> Start {
        Start { ledger: Ledger::new(bureau, open_id), position: 0, resume: Resume::default() }
    }
}

/// Writes a snapshot whenever so many events have been added to a ledger.
pub struct SnapshotKeeper {
    snapshots: Snapshots,
    bureau: Bureau,
    every: u64,
    now: fn() -> Instant,
    /// Events in the ledger at the last snapshot, or try of one.
    events: u64,
    /// Somebody was erased from the ledger since: the next one comes at once and replaces all others.
    has_erased: bool,
    /// The offset of the newest snapshot.
    pub offset: Option<u64>,
    /// How often a snapshot could not be written since the process began.
    pub failures: u64,
}

impl SnapshotKeeper {
    /// Goes on from the newest snapshot that verifies and is of this log; where there is none, from the
    /// log's beginning. `every` is in events, 0 for no further snapshots.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn restore(
        snapshots: Snapshots,
        every: u64,
        now: fn() -> Instant,
        bureau: Bureau,
        open_id: &dyn Fn() -> OpenId,
        (journal, facts): (&dyn Journal, &Stream),
    ) -> Result<(SnapshotKeeper, Start), StageError> {
        let mut start = Start::at_the_beginning(bureau, open_id());
        let mut offset = None;
        match newest(&snapshots, bureau, open_id()) {
            Ok(None) => {}
            Ok(Some(found)) if found.resume.is_of(journal, facts)? => {
                offset = Some(found.position);
                start = found;
            }
            Ok(Some(_)) => {
                tracing::warn!(%bureau, "snapshot of another log: reading this one from its beginning")
            }
            Err(error) => {
                tracing::warn!(%bureau, %error, "no snapshot can be read: reading the log from its beginning")
            }
        }
        let events = start.ledger.counts().1 as u64;
        Ok((
            SnapshotKeeper { snapshots, bureau, every, now, events, has_erased: false, offset, failures: 0 },
            start,
        ))
    }

    /// Notes that somebody was erased from the ledger.
    pub fn erased(&mut self) {
        self.has_erased = true;
    }

    /// Whether enough was added since the last one, or somebody is to be forgotten who may be in it.
    pub fn is_due(&self, ledger: &Ledger) -> bool {
        (self.has_erased && self.offset.is_some())
            || self.every > 0 && ledger.counts().1 as u64 >= self.events + self.every
    }

    /// Writes a snapshot and deletes old ones. What fails is told and tried again later: nothing is lost,
    /// the log is the truth.
    pub fn write(&mut self, ledger: &Ledger, position: u64, resume: &Resume) {
        self.events = ledger.counts().1 as u64;
        let (bureau, kept) = (self.bureau, if self.has_erased { 1 } else { KEPT });
        let write = || {
            let state = serde_json::to_value(resume)?;
            self.snapshots.write(ledger, Position { facts_offset: position, state }, (self.now)())?;
            self.snapshots.prune(bureau, kept)?;
            Ok(())
        };
        let written: Result<(), Box<dyn std::error::Error>> = write();
        match written {
            Ok(()) => {
                tracing::info!(%bureau, position, events = self.events, "snapshot written");
                self.offset = Some(position);
                self.has_erased = false;
            }
            Err(error) => {
                tracing::warn!(%bureau, %error, "no snapshot could be written: a restart will take longer");
                self.failures += 1;
            }
        }
    }
}
