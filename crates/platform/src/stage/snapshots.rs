//! Snapshots of a bureau's ledger: where discovery starts from, and what it leaves for the next start.

use std::cell::RefCell;
use std::collections::BTreeSet;

use sanzao_journal::{Journal, Stream};
use sanzao_ledger::{Damage, Ledger, Manifest, OpenId, Position, Restored, Snapshots};
use sanzao_model::{Bureau, Day, Instant};
use serde::{Deserialize, Serialize};

use super::StageError;
use super::mark::Mark;
use crate::snapshot_stores::{KEPT, SnapshotStores, TakenOver};

/// With fewer records of `facts` than this behind a snapshot on the own disk nothing is gained by asking the bucket for
/// a newer one: reading them takes seconds.
const NEAR_ENOUGH: u64 = 10_000;
/// How long to wait before what could not be written is tried again; each time twice as long, up to an hour.
const FIRST_PAUSE_NS: i64 = 60 * 1_000_000_000;
const LONGEST_PAUSE_NS: i64 = 3_600 * 1_000_000_000;
/// How long an erasure waits at most for a moment in which nothing is left to read.
const ERASED_FOR_NS: i64 = 60 * 1_000_000_000;

/// A snapshot to go on from.
struct Found {
    start: Start,
    written_at: Option<Instant>,
    /// Whether it lay in this process's own folder.
    is_near: bool,
}

/// A bureau's log, to hold snapshots against.
struct Log<'j> {
    bureau: Bureau,
    journal: &'j dyn Journal,
    facts: &'j Stream,
    /// Where it ends now.
    end: u64,
    /// What it said when it did not answer: nothing is known of snapshots then.
    trouble: RefCell<Option<StageError>>,
}

impl Log<'_> {
    /// Whether a snapshot is of this log, and says nothing that is not known here.
    fn is_ours(&self, manifest: &Manifest) -> Result<(), Damage> {
        let foreign = |reason: String| Damage::Foreign(reason);
        let resume: Resume = serde_json::from_value(manifest.position.state.clone())
            .map_err(|error| foreign(format!("another version of the software wrote it ({error})")))?;
        match resume.is_of(self.journal, self.facts) {
            Ok(true) => Ok(()),
            Ok(false) => Err(foreign("it is of another log".to_owned())),
            Err(error) => {
                let told = foreign(error.to_string());
                self.trouble.replace(Some(error));
                Err(told)
            }
        }
    }

    /// Whether one at this offset is recent enough to look no further.
    fn is_near_enough(&self, offset: u64) -> bool {
        self.end.saturating_sub(offset) < NEAR_ENOUGH
    }

    /// The newest of these stores that verifies and is of this log; of one that was chosen that alone.
    fn newest(
        &self,
        stores: &[&Snapshots],
        near: &Snapshots,
        chosen: Option<u64>,
        open_id: OpenId,
    ) -> Result<Option<Found>, Box<dyn std::error::Error>> {
        let is_usable = |manifest: &Manifest| match chosen {
            Some(chosen) if manifest.position.facts_offset != chosen => {
                Err(Damage::Foreign(format!("the one at {chosen} was chosen by `sanzao snapshot restore`")))
            }
            _ => self.is_ours(manifest),
        };
        let restored = Snapshots::restore_newest_of(stores, self.bureau, open_id, &is_usable)?;
        let Restored { ledger, from, place, .. } = restored;
        let Some(manifest) = from else { return Ok(None) };
        let (bureau, position) = (self.bureau, manifest.position.facts_offset);
        tracing::info!(%bureau, position, place, "going on from a snapshot");
        let resume = serde_json::from_value(manifest.position.state)?;
        Ok(Some(Found {
            start: Start { ledger, position, resume },
            written_at: manifest.created_at.parse().ok(),
            is_near: place.as_deref() == Some(&*near.place()),
        }))
    }

    /// The one to go on from: that which was chosen; one of the own disk that is recent enough, which asks nobody; the
    /// newest of disk and bucket.
    fn find(&self, stores: &SnapshotStores, open_id: &dyn Fn() -> OpenId) -> Option<Found> {
        let (bureau, near) = (self.bureau, &*stores.near);
        let look = |stores: &[&Snapshots], chosen| match self.newest(stores, near, chosen, open_id()) {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%bureau, %error, "no snapshot can be read: reading the log from its beginning");
                None
            }
        };
        if let Some(chosen) = near.chosen(bureau).ok().flatten() {
            let found = look(&[near], Some(chosen));
            if found.is_some() {
                return found;
            }
            tracing::warn!(%bureau, chosen, "the snapshot that was chosen cannot be used: taking the newest");
        }
        let listed = near.list(bureau).unwrap_or_default();
        let of_ours =
            listed.iter().filter_map(|it| it.manifest.as_ref().ok()).find(|it| self.is_ours(it).is_ok());
        if of_ours.is_some_and(|it| self.is_near_enough(it.position.facts_offset)) {
            let found = look(&[near], None);
            if found.as_ref().is_some_and(|it| self.is_near_enough(it.start.position)) {
                return found;
            }
        }
        look(&stores.at_a_start(), None)
    }

    /// Rids the folder of what is of another log, which would only be in the way, and of what may hold somebody who was
    /// erased since; whether anything is left.
    fn tidy(&self, near: &Snapshots, now: Instant) -> bool {
        let bureau = self.bureau;
        let tidy = || -> Result<bool, Box<dyn std::error::Error>> {
            let log = named(self.journal.read(self.facts, 0, 1)?.records.first().map(Mark::of));
            for listed in near.list(bureau)? {
                let Ok(manifest) = &listed.manifest else { continue };
                let resume = serde_json::from_value::<Resume>(manifest.position.state.clone());
                let is_lost =
                    || resume.is_ok_and(|it| matches!(it.is_of(self.journal, self.facts), Ok(false)));
                if manifest.position.log != log || is_lost() {
                    tracing::warn!(%bureau, snapshot = listed.name, "of another log, or of what this one has lost: deleted");
                    near.remove(bureau, &listed)?;
                }
            }
            near.prune(bureau, &log, KEPT, now)?;
            Ok(!near.list(bureau)?.is_empty())
        };
        tidy().unwrap_or_else(|error| {
            tracing::warn!(%bureau, %error, "the folder of snapshots cannot be tidied");
            true
        })
    }
}

/// What snapshots call a log, by its first record.
fn named(first: Option<Mark>) -> String {
    first.map_or(String::new(), |first| first.to_string())
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
    /// The first record of the log.
    pub first: Option<Mark>,
    /// The last record that the ledger reflects.
    pub last: Option<Mark>,
    /// The highest claim under which an owner has said something; 0 where none has.
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
    /// Events in the ledger at the last snapshot.
    events: u64,
    /// When that was, or when this process began to look.
    since: Instant,
    /// Since when somebody is erased from the ledger of whom there was no snapshot yet: it comes soon, and replaces all
    /// that do not reflect it.
    erased_since: Option<Instant>,
    /// Whether the folder may hold any.
    has_any: bool,
    /// Before which moment it is not tried again, and how long it then waits.
    retry_at: Option<(Instant, i64)>,
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
        let end = journal.end(facts)?;
        let log = Log { bureau, journal, facts, end, trouble: RefCell::default() };
        let found = log.find(&stores, open_id);
        if let Some(error) = log.trouble.take() {
            return Err(error);
        }
        let has_any = log.tidy(&stores.near, now());
        let mut start = Start::at_the_beginning(bureau, open_id());
        let (mut offset, mut since, mut was_near) = (None, now(), false);
        if let Some(Found { start: found, written_at, is_near }) = found {
            (offset, was_near) = (Some(found.position), is_near);
            since = written_at.map_or(since, |at: Instant| at.min(since));
            start = found;
        }
        let events = start.ledger.counts().1 as u64;
        let keeper = SnapshotKeeper {
            stores,
            bureau,
            pace,
            now,
            events,
            since,
            erased_since: None,
            has_any,
            retry_at: None,
            was_near,
            offset,
            failures: 0,
        };
        Ok((keeper, start))
    }

    /// Notes that somebody was erased from the ledger.
    pub fn erased(&mut self) {
        self.erased_since.get_or_insert((self.now)());
    }

    /// Whoever takes the bureau over sees to it that all find its newest snapshot. The first record of the log tells of
    /// which, and where it ends what it may have lost.
    pub(crate) fn offer(&self, first: Option<Mark>, log_end: u64) {
        self.stores.offer(self.bureau, named(first), TakenOver { log_end, at: (self.now)() });
    }

    /// Seconds since the newest snapshot, or since this process began to look.
    pub fn age_seconds(&self) -> f64 {
        (self.now)().0.saturating_sub(self.since.0) as f64 / 1e9
    }

    /// Whether enough was added since the last one, or somebody is to be forgotten who may be in it: as soon as nothing
    /// is left to read, because a log that is read from its beginning may hold many erasures.
    pub fn is_due(&self, ledger: &Ledger, is_owner: bool, has_read_all: bool) -> bool {
        let now = (self.now)();
        if self.retry_at.is_some_and(|(at, _)| now < at) {
            return false;
        }
        let may_hold_erased =
            self.has_any || self.offset.is_some() || (is_owner && self.stores.far.is_some());
        let waited = |since: Instant| now.0.saturating_sub(since.0) >= ERASED_FOR_NS;
        let forgets = self.erased_since.is_some_and(|since| has_read_all || waited(since));
        let events = ledger.counts().1 as u64;
        let Pace { events: every, hours } = self.pace;
        let by_time = hours > 0 && events > self.events && self.age_seconds() >= f64::from(hours) * 3600.0;
        (forgets && may_hold_erased) || every > 0 && events >= self.events + every || by_time
    }

    /// Writes a snapshot and deletes old ones; `is_owner` also has it copied to where all find it. What fails is told
    /// and tried again later: nothing is lost, the log is the truth.
    pub fn write(&mut self, ledger: &Ledger, position: u64, resume: &Resume, is_owner: bool) {
        let (bureau, now) = (self.bureau, (self.now)());
        let write = || {
            let state = serde_json::to_value(resume)?;
            let position = Position { facts_offset: position, log: named(resume.first), state };
            let manifest = self.stores.near.write(ledger, position, now)?;
            // What was chosen once is not gone back to.
            self.stores.near.choose(bureau, None)?;
            self.stores.near.prune(bureau, &manifest.position.log, KEPT, now)?;
            Ok(manifest)
        };
        let written: Result<Manifest, Box<dyn std::error::Error>> = write();
        match written {
            Ok(manifest) => {
                (self.events, self.since) = (ledger.counts().1 as u64, now);
                tracing::info!(%bureau, position, events = self.events, "snapshot written");
                if is_owner {
                    self.stores.upload(manifest);
                }
                (self.offset, self.has_any) = (Some(position), true);
                (self.erased_since, self.retry_at) = (None, None);
            }
            Err(error) => {
                let pause =
                    self.retry_at.map_or(FIRST_PAUSE_NS, |(_, pause)| LONGEST_PAUSE_NS.min(2 * pause));
                self.retry_at = Some((Instant(now.0.saturating_add(pause)), pause));
                let seconds = pause / 1_000_000_000;
                tracing::warn!(%bureau, %error, seconds, "no snapshot could be written: trying again after these seconds");
                self.failures += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;
    use crate::config::Config;
    use crate::data_dir::DataDir;

    static NOW: AtomicI64 = AtomicI64::new(1_000_000_000_000_000_000);

    fn now() -> Instant {
        Instant(NOW.load(Ordering::SeqCst))
    }

    fn pass(seconds: i64) {
        NOW.fetch_add(seconds * 1_000_000_000, Ordering::SeqCst);
    }

    /// On a full disk, or where a file stands in the way.
    #[test]
    fn what_cannot_be_written_is_tried_again_at_growing_intervals() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let stores = SnapshotStores::open(&config, &DataDir::create(folder.path()).unwrap()).unwrap();
        let bureau = Bureau(320614);
        let in_the_way = folder.path().join("state/snapshots/320614");
        std::fs::write(&in_the_way, "a file").unwrap();
        let mut keeper = SnapshotKeeper {
            stores,
            bureau,
            pace: Pace { events: 0, hours: 1 },
            now,
            events: 0,
            since: now(),
            erased_since: None,
            has_any: true,
            retry_at: None,
            was_near: false,
            offset: None,
            failures: 0,
        };
        let ledger = Ledger::new(bureau, Box::new(|_, sealed| sealed.to_vec()));
        let began = now();
        assert!(!keeper.is_due(&ledger, false, true));
        keeper.erased();
        assert!(!keeper.is_due(&ledger, false, false), "there is more to read");
        assert!(keeper.is_due(&ledger, false, true));
        for seconds in [60, 120, 240] {
            keeper.write(&ledger, 7, &Resume::default(), false);
            pass(seconds - 1);
            assert!(!keeper.is_due(&ledger, false, true), "tried again within {seconds} s");
            pass(1);
            assert!(keeper.is_due(&ledger, false, true));
        }
        assert_eq!((keeper.failures, keeper.since, keeper.offset), (3, began, None));
        assert!(keeper.is_due(&ledger, false, false), "it has waited long enough for a quiet moment");
        std::fs::remove_file(&in_the_way).unwrap();
        keeper.write(&ledger, 7, &Resume::default(), false);
        assert_eq!((keeper.failures, keeper.since, keeper.offset), (3, now(), Some(7)));
        assert!(!keeper.is_due(&ledger, false, true));
        // The next failure begins with the shortest pause again.
        keeper.erased();
        std::fs::remove_dir_all(&in_the_way).unwrap();
        std::fs::write(&in_the_way, "a file").unwrap();
        keeper.write(&ledger, 8, &Resume::default(), false);
        pass(60);
        assert!(keeper.is_due(&ledger, false, true));
    }
}
