//! Expiry: raw events, rejections and sealed identities are forgotten after a time, once they have been read.

use std::sync::Arc;

use sanzao_journal::{Journal, Stream};
use sanzao_model::{Feed, Instant};

use super::StageError;
use crate::identities::Identities;
use crate::topics::Topics;

/// Who has to have read something before it is forgotten.
#[derive(Debug, Clone, Copy)]
enum ReadBy {
    Intake,
    Vault,
    /// Repairs go by the feed.
    Nobody,
}

/// Forgets what identifies people.
pub struct Expiry {
    journal: Arc<dyn Journal>,
    topics: Topics,
    identities: Arc<Identities>,
    raw_days: u32,
}

impl Expiry {
    /// Forgets what is older than so many days; 0 for never.
    pub fn new(
        journal: Arc<dyn Journal>,
        topics: Topics,
        identities: Arc<Identities>,
        raw_days: u32,
    ) -> Expiry {
        Expiry { journal, topics, identities, raw_days }
    }

    /// Forgets what has become too old; returns how many records.
    ///
    /// # Errors
    /// When the log does not answer for some stream, the first such error: the others were looked at all the same, and
    /// what is due stays due.
    pub fn run(&self, now: Instant) -> Result<u64, StageError> {
        if self.raw_days == 0 {
            return Ok(0);
        }
        const MILLIS_A_DAY: i64 = 86_400_000;
        let before_ms = now.0 / 1_000_000 - i64::from(self.raw_days) * MILLIS_A_DAY;
        let mut forgotten = Ok(0);
        for (stream, reader) in self.streams() {
            let expired =
                self.read_upto(&stream, reader).and_then(|upto| self.expire(&stream, before_ms, upto));
            forgotten = match (forgotten, expired) {
                (Ok(sum), Ok(records)) => Ok(sum + records),
                (Err(error), _) | (Ok(_), Err(error)) => Err(error),
            };
        }
        forgotten
    }

    fn streams(&self) -> Vec<(Stream, ReadBy)> {
        let mut all = Vec::new();
        for feed in Feed::ALL {
            let partitions = 0..self.topics.feed_partitions();
            all.extend(partitions.map(|partition| (self.topics.feed(feed, partition), ReadBy::Intake)));
            all.push((self.topics.rejected(feed), ReadBy::Nobody));
        }
        let identities = self.topics.bureaus().iter().map(|bureau| self.topics.identities(*bureau));
        all.extend(identities.map(|stream| (stream, ReadBy::Vault)));
        all
    }

    /// What has not been read stays, however old.
    fn read_upto(&self, stream: &Stream, reader: ReadBy) -> Result<u64, StageError> {
        let committed = |consumer| self.journal.committed(consumer, stream).map(|read| read.unwrap_or(0));
        match reader {
            ReadBy::Nobody => Ok(self.journal.end(stream)?),
            ReadBy::Intake => Ok(committed("intake")?),
            ReadBy::Vault => {
                // A file put back from a copy, or made anew, has read less than its predecessor; one that cannot be
                // opened reads later.
                let in_file = self.identities.with(|vault| Ok(vault.position(stream.partition)));
                Ok(in_file.unwrap_or(0).min(committed("vault")?))
            }
        }
    }

    fn expire(&self, stream: &Stream, before_ms: i64, upto: u64) -> Result<u64, StageError> {
        let begin = self.journal.begin(stream)?;
        // A commit may be older than what is left of a stream.
        if upto <= begin {
            return Ok(0);
        }
        Ok(self.journal.expire(stream, before_ms, upto)?.saturating_sub(begin))
    }
}
