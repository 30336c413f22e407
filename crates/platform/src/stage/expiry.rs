//! Expiry: raw events, rejections and sealed identities are forgotten after a time, once they have been read.

use std::sync::Arc;

use sanzao_journal::{Journal, Stream};
use sanzao_model::{Feed, Instant};

use super::StageError;
use crate::topics::Topics;

/// Forgets what identifies people.
pub struct Expiry {
    journal: Arc<dyn Journal>,
    topics: Topics,
    raw_days: u32,
}

impl Expiry {
    /// Forgets what is older than so many days; 0 for never.
    pub fn new(journal: Arc<dyn Journal>, topics: Topics, raw_days: u32) -> Expiry {
        Expiry { journal, topics, raw_days }
    }

    /// Forgets what has become too old; returns how many records.
    ///
    /// # Errors
    /// When the log does not answer; what is due stays due.
    pub fn run(&self, now: Instant) -> Result<u64, StageError> {
        if self.raw_days == 0 {
            return Ok(0);
        }
        const MILLIS_A_DAY: i64 = 86_400_000;
        let before_ms = now.0 / 1_000_000 - i64::from(self.raw_days) * MILLIS_A_DAY;
        let mut forgotten = 0;
        for feed in Feed::ALL {
            for partition in 0..self.topics.feed_partitions() {
                let stream = self.topics.feed(feed, partition);
                // What intake has not read stays, however old.
                let read = self.journal.committed("intake", &stream)?.unwrap_or(0);
                forgotten += self.expire(&stream, before_ms, read)?;
            }
            let rejected = self.topics.rejected(feed);
            forgotten += self.expire(&rejected, before_ms, self.journal.end(&rejected)?)?;
        }
        for bureau in self.topics.bureaus() {
            let identities = self.topics.identities(*bureau);
            let read = self.journal.committed("vault", &identities)?.unwrap_or(0);
            forgotten += self.expire(&identities, before_ms, read)?;
        }
        Ok(forgotten)
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
