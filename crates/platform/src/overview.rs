//! What the owner of a bureau knows and every node of the API shows: a small record in `overview`, the newest of which
//! counts. It is about nobody: counts, small ones of outcomes hidden; how complete feeds are is for who may see feeds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_api::{Completeness, Outcomes};
use sanzao_casework::outcomes::OutcomeTable;
use sanzao_journal::{Journal, Stream};
use sanzao_model::{Day, Feed, Instant};
use serde::{Deserialize, Serialize};

use crate::metrics::Status;
use crate::stage::{OwnersWord, StageError};

/// The version that this software writes.
const VERSION: u8 = 1;
const READ_BYTES: usize = 1 << 20;
/// How long to wait for more, and before what the log refused is tried again.
const WAIT: Duration = Duration::from_secs(1);

/// What is told of a bureau.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overview {
    /// The day of the bureau's log.
    pub day: Day,
    /// When its owner evaluated last, or took it over, by the owner's clock.
    pub evaluated: Instant,
    /// How complete the feeds were at the last sweep.
    pub completeness: Option<Completed>,
    /// What came of alerts and tasks, where the owner keeps up with casework, too.
    pub outcomes: Option<OutcomeTable>,
}

/// How complete the feeds are: see [`Completeness`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Completed {
    day: Day,
    registry_people: u64,
    named: Vec<(Feed, u64)>,
}

impl From<&Completeness> for Completed {
    fn from(of: &Completeness) -> Completed {
        Completed { day: of.day, registry_people: of.registry_people, named: of.named.clone() }
    }
}

impl From<Completed> for Completeness {
    fn from(of: Completed) -> Completeness {
        Completeness { day: of.day, registry_people: of.registry_people, named: of.named }
    }
}

impl Overview {
    /// The bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self).expect("an overview holds nothing that JSON cannot write");
        bytes
    }

    /// Reads the bytes of a record.
    ///
    /// # Errors
    /// When they are of another version, or none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Overview, String> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => serde_json::from_slice(rest).map_err(|error| error.to_string()),
            Some((version, _)) => Err(format!("it has version {version}, this software reads {VERSION}")),
            None => Err("it is empty".to_owned()),
        }
    }
}

/// What the API shows of the newest record.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// When the bureau was evaluated last.
    pub evaluated: Instant,
    /// How complete the feeds were.
    pub completeness: Option<Completeness>,
    /// What came of alerts and tasks.
    pub outcomes: Option<Arc<Outcomes>>,
}

/// The newest record of one bureau.
#[derive(Default)]
pub(crate) struct OverviewBoard {
    shown: Mutex<Option<Shown>>,
}

impl OverviewBoard {
    fn lock(&self) -> MutexGuard<'_, Option<Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was told last.
    pub fn shown(&self) -> Option<Shown> {
        self.lock().clone()
    }

    fn show(&self, overview: Overview) {
        let Overview { evaluated, completeness, outcomes, .. } = overview;
        let outcomes = outcomes.map(|table| Arc::new(Outcomes::from(&table)));
        // An owner that has just taken over has counted nothing yet: what was told before holds.
        let mut shown = self.lock();
        let before = shown.take();
        *shown = Some(Shown {
            evaluated,
            completeness: completeness
                .map(Into::into)
                .or(before.as_ref().and_then(|it| it.completeness.clone())),
            outcomes: outcomes.or(before.and_then(|it| it.outcomes)),
        });
    }
}

/// Reads the records of one bureau.
struct Follower {
    journal: Arc<dyn Journal>,
    stream: Stream,
    next: Option<u64>,
    word: OwnersWord,
    board: Arc<OverviewBoard>,
}

impl Follower {
    /// Reads what follows; whether there was something.
    fn step(&mut self) -> Result<bool, StageError> {
        let from = match self.next {
            Some(next) => next,
            None => self.journal.begin(&self.stream)?,
        };
        let batch = self.journal.read(&self.stream, from, READ_BYTES)?;
        for record in &batch.records {
            if !self.word.admit(record) {
                continue;
            }
            match Overview::from_bytes(&record.value) {
                Ok(overview) => self.board.show(overview),
                Err(error) => {
                    let offset = record.offset;
                    tracing::warn!(stream = %self.stream, offset, error, "what is shown of the bureau stays as it was");
                }
            }
        }
        self.next = Some(batch.next);
        Ok(batch.next != from)
    }
}

/// Follows what is told of a bureau, until everything stops.
///
/// # Errors
/// When the system gives no more threads.
pub(crate) fn follow(
    journal: Arc<dyn Journal>,
    stream: Stream,
    board: Arc<OverviewBoard>,
    status: Arc<Status>,
) -> Result<JoinHandle<()>> {
    let mut follower = Follower { journal, stream, next: None, word: OwnersWord::default(), board };
    let run = move || {
        while !status.is_stopping() {
            let outcome = match follower.step() {
                Ok(false) => follower
                    .journal
                    .wait(&follower.stream, follower.next.unwrap_or(0), WAIT)
                    .map_err(StageError::from),
                moved => moved,
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "what is told of the bureau cannot be read now");
                status.pause(WAIT);
            }
        }
    };
    std::thread::Builder::new().name("overview".into()).spawn(run).context("the system gives no more threads")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_what_was_told_holds_until_it_is_told_anew() {
        let completeness =
            Completeness { day: Day(20_000), registry_people: 40, named: vec![(Feed::Police, 39)] };
        let table = OutcomeTable { day: Day(20_000), everybody: Vec::new(), rules: Vec::new() };
        let overview = Overview {
            day: Day(20_000),
            evaluated: Instant(7),
            completeness: Some(Completed::from(&completeness)),
            outcomes: Some(table),
        };
        let bytes = overview.to_bytes();
        assert_eq!(Overview::from_bytes(&bytes), Ok(overview.clone()));
        assert!(Overview::from_bytes(&[9, b'{']).unwrap_err().contains("version 9"));
        assert!(Overview::from_bytes(&[]).is_err());
        let board = OverviewBoard::default();
        assert!(board.shown().is_none());
        board.show(overview.clone());
        board.show(Overview { evaluated: Instant(9), completeness: None, outcomes: None, ..overview });
        let shown = board.shown().unwrap();
        assert_eq!((shown.evaluated, shown.completeness), (Instant(9), Some(completeness)));
        assert!(shown.outcomes.is_some());
    }
}
