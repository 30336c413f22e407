//! Snapshots of a bureau's ledger: where discovery starts from, and what it leaves for the next start.

use std::collections::BTreeSet;

use sanzao_journal::{Journal, Stream};
use sanzao_ledger::{Ledger, Manifest, OpenId, Position, Restored, Snapshots};
use sanzao_model::{Bureau, Day, Instant};
use serde::{Deserialize, Serialize};

use super::StageError;
use super::mark::Mark;
use crate::snapshot_stores::SnapshotStores;

/// Snapshots kept: the newest, and one to fall back on.
const KEPT: usize = 2;

/// A snapshot to go on from.
struct Found {
    start: Start,
    written_at: Option<Instant>,
    /// Whether it lay in this process's own folder.
    is_near: bool,
}

/// Where the newest snapshot that verifies leaves discovery, and when it was written.
fn newest(
    stores: &SnapshotStores,
    bureau: Bureau,
    open_id: OpenId,
) -> Result<Option<Found>, Box<dyn std::error::Error>> {
    let restored = Snapshots::restore_newest(&stores.all(), bureau, open_id)?;
    let Restored { ledger, from, place, .. } = restored;
    let Some(manifest) = from else { return Ok(None) };
    let written_at = manifest.created_at.parse().ok();
    let position = manifest.position.facts_offset;
    let is_near = place.as_deref() == Some(&*stores.near.place());
    tracing::info!(%bureau, position, place, "going on from a snapshot");
    let resume = serde_json::from_value(manifest.position.state)?;
    Ok(Some(Found { start: Start { ledger, position, resume }, written_at, is_near }))
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
    /// The highest claim under which an owner has said something; 0 where none has.
    #[serde(default)]
    pub owner: u64,
}

impl Resume {
    /// Whether this log is the one it was known of.
    pub(crate) fn is_of(&self, journal: &dyn Journal, facts: &Stream) -> Result<bool, StageError> {
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

/// When snapshots are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Whenever so many events have been added; 0 for never.
    pub events: u64,
    /// Whenever so many hours have passed and something was added; 0 for never.
    pub hours: u32,
}

/// Writes a snapshot whenever it is time.
pub struct SnapshotKeeper {
    stores: SnapshotStores,
    bureau: Bureau,
    pace: Pace,
    now: fn() -> Instant,
    /// Events in the ledger at the last snapshot, or try of one.
    events: u64,
    /// When that was, or when this process began to look.
    since: Instant,
    /// Somebody was erased from the ledger since: the next one comes at once and replaces all others.
    has_erased: bool,
    /// Whether the ledger was restored from this process's own folder.
    pub was_near: bool,
    /// The offset of the newest snapshot.
    pub offset: Option<u64>,
    /// How often a snapshot could not be written since the process began.
    pub failures: u64,
}

impl SnapshotKeeper {
    /// Goes on from the newest snapshot that verifies and is of this log; where there is none, from the
    /// log's beginning.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn restore(
        stores: SnapshotStores,
        pace: Pace,
        now: fn() -> Instant,
        bureau: Bureau,
        open_id: &dyn Fn() -> OpenId,
        (journal, facts): (&dyn Journal, &Stream),
    ) -> Result<(SnapshotKeeper, Start), StageError> {
        let mut start = Start::at_the_beginning(bureau, open_id());
        let (mut offset, mut since, mut was_near) = (None, now(), false);
        match newest(&stores, bureau, open_id()) {
            Ok(None) => {}
            Ok(Some(Found { start: found, written_at, is_near }))
                if found.resume.is_of(journal, facts)? =>
            {
                (offset, was_near) = (Some(found.position), is_near);
                since = written_at.map_or(since, |at: Instant| at.min(since));
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
        let keeper = SnapshotKeeper {
            stores,
            bureau,
            pace,
            now,
            events,
            since,
            has_erased: false,
            was_near,
            offset,
            failures: 0,
        };
        Ok((keeper, start))
    }

    /// Notes that somebody was erased from the ledger.
    pub fn erased(&mut self) {
        self.has_erased = true;
    }

    /// Whoever owns the bureau sees to it that all find its newest snapshot.
    pub fn offer(&self) {
        self.stores.offer(self.bureau, KEPT);
    }

    /// Seconds since the newest snapshot, or since this process began to look.
    pub fn age_seconds(&self) -> f64 {
        (self.now)().0.saturating_sub(self.since.0) as f64 / 1e9
    }

    /// Whether enough was added since the last one, or somebody is to be forgotten who may be in it.
    pub fn is_due(&self, ledger: &Ledger) -> bool {
        let events = ledger.counts().1 as u64;
        let Pace { events: every, hours } = self.pace;
        let by_time = hours > 0 && events > self.events && self.age_seconds() >= f64::from(hours) * 3600.0;
        (self.has_erased && self.offset.is_some()) || every > 0 && events >= self.events + every || by_time
    }

    /// Writes a snapshot and deletes old ones; `is_owner` also has it copied to where all find it. What fails is told
    /// and tried again later: nothing is lost, the log is the truth.
    pub fn write(&mut self, ledger: &Ledger, position: u64, resume: &Resume, is_owner: bool) {
        (self.events, self.since) = (ledger.counts().1 as u64, (self.now)());
        let (bureau, kept) = (self.bureau, if self.has_erased { 1 } else { KEPT });
        let write = || {
            let state = serde_json::to_value(resume)?;
            let position = Position { facts_offset: position, state };
            let manifest = self.stores.near.write(ledger, position, self.since)?;
            self.stores.near.prune(bureau, kept)?;
            Ok(manifest)
        };
        let written: Result<Manifest, Box<dyn std::error::Error>> = write();
        match written {
            Ok(manifest) => {
                tracing::info!(%bureau, position, events = self.events, "snapshot written");
                if is_owner {
                    self.stores.upload(manifest, kept);
                }
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
