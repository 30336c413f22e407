//! The stages: each reads one topic, hands the records to a crate that decides, and writes the answer.
//!
//! A stage moves on in memory only with what it has written, or keeps what it could not write and tries
//! again first: after a full disk or a dead broker it goes on by itself.

mod casework;
mod discovery;
mod evaluation;
mod exchange;
mod expiry;
mod feed_quality;
mod freshness;
mod incremental;
mod intake;
mod mark;
mod on_record;
mod owners_word;
mod projection;
mod receipts;
mod rulebook;
mod sent;
mod since;
mod snapshots;
mod traced;
mod vault;

pub use casework::{CaseworkStage, casework_on};
pub use discovery::{DiscoveryStage, Evaluate};
pub use evaluation::{Evaluator, SWEEP_PEOPLE};
pub(crate) use exchange::ExchangeStage;
pub use expiry::Expiry;
pub use feed_quality::FeedQualityStage;
pub(crate) use freshness::rhythm_of;
pub use incremental::Incremental;
pub use intake::{Contracts, IntakeStage};
pub use mark::Mark;
pub(crate) use on_record::RulesHeard;
pub use on_record::{OnRecord, OnRecordError};
pub(crate) use owners_word::OwnersWord;
pub use projection::ProjectionStage;
pub use rulebook::Rulebook;
pub use sent::{SentLevels, sent_levels};
pub(crate) use snapshots::Pace;
pub use snapshots::{Resume, SnapshotKeeper, Start};
pub(crate) use traced::{TRACEPARENT, take_trace};
pub use vault::{VaultStage, VaultTrouble};

use sanzao_exchange::ExchangeError;
use sanzao_journal::JournalError;
use sanzao_readmodel::ReadModelError;

/// A standby that had something left to read for so long is behind.
pub(crate) const KEPT_UP: std::time::Duration = std::time::Duration::from_secs(5);

/// Why a stage stopped.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The journal refused; its class says whether to wait.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Bug, or a newer version's record: stop, do not skip.
    #[error("{stream} offset {offset}: {error}")]
    Record {
        /// Where it lies.
        stream: String,
        /// At which offset.
        offset: u64,
        /// What is wrong with it.
        error: String,
    },
    /// The read model could not be read or written.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// The outbox could not be read or written.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The audit record takes nothing now: what was to be recorded does not happen.
    #[error("{0}")]
    Audit(String),
    /// Anything else that waiting does not mend.
    #[error("{0}")]
    Broken(String),
}

impl StageError {
    /// Whether to wait and try again.
    pub fn is_retry(&self) -> bool {
        match self {
            StageError::Journal(error) => error.class() == sanzao_journal::ErrorClass::Retry,
            StageError::ReadModel(error) => {
                matches!(error, ReadModelError::Sqlite(_) | ReadModelError::Remove(_))
            }
            StageError::Exchange(error) => error.class() == sanzao_exchange::ErrorClass::Retry,
            StageError::Audit(_) => true,
            StageError::Record { .. } | StageError::Broken(_) => false,
        }
    }
}
