//! What the owner of a bureau tells as such: days, by the log's clock, rules, and what others show of the bureau.

use sanzao_journal::{NewRecord, Write};
use sanzao_model::{Day, FactsRecord};

use super::DiscoveryStage;
use crate::clock;
use crate::stage::StageError;
use crate::stage::owners_word::said_under;

impl DiscoveryStage {
    /// The day of the last tick.
    pub fn day(&self) -> Option<Day> {
        self.day
    }

    /// By how many milliseconds the log's clock was ahead of this machine's when that was looked at last.
    pub fn log_ahead_ms(&self) -> i64 {
        self.log_ahead_ms
    }

    /// Looks by how much the log's clock is ahead: clocks are set, and processes are stopped and go on.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn look_at_clock(&mut self) -> Result<(), StageError> {
        let (probe, before_ms) = (self.topics.probe(), clock::now_millis());
        let appends = vec![(probe.clone(), vec![NewRecord::default()])];
        let ranges = self.journal.write(Write { appends, commits: Vec::new() })?;
        let after_ms = clock::now_millis();
        let Some(offset) = ranges.first().map(|range| range.start) else { return Ok(()) };
        if let Some(record) = self.journal.read(&probe, offset, 1)?.records.first() {
            self.log_ahead_ms = ahead_ms(record.timestamp_ms, before_ms, after_ms);
        }
        Ok(())
    }

    /// Tells the log that a day has begun.
    ///
    /// # Errors
    /// When the log cannot be written, or another process owns the bureau.
    pub fn tick(&self, day: Day) -> Result<(), StageError> {
        self.say(&[FactsRecord::Tick { day }])
    }

    /// Says what those who do not own the bureau show of it.
    ///
    /// # Errors
    /// When the log cannot be written, or another process owns the bureau.
    pub fn publish(&self, overview: Vec<u8>) -> Result<(), StageError> {
        let Some(owner) = self.part.owner() else { return Ok(()) };
        let mut record = said_under(self.word.of(owner.claim.number), overview);
        record.key = self.bureau.to_string().into_bytes();
        let appends = vec![(self.topics.overview(self.bureau), vec![record])];
        self.journal.write_claimed(&owner.claim, Write { appends, commits: Vec::new() })?;
        Ok(())
    }

    /// Says something in `facts`, as their owner: one that was superseded must not, and its word does not count.
    pub(super) fn say(&self, records: &[FactsRecord]) -> Result<(), StageError> {
        let Some(owner) = self.part.owner() else { return Ok(()) };
        let number = self.word.of(owner.claim.number);
        let records = records.iter().map(|record| said_under(number, record.to_bytes()));
        let appends = vec![(self.facts.clone(), records.collect())];
        self.journal.write_claimed(&owner.claim, Write { appends, commits: Vec::new() })?;
        Ok(())
    }
}

/// By how much the log's clock is ahead, which stamped a record between two times of this machine's: as little as that
/// allows, for between them lies however long it took.
pub(super) fn ahead_ms(stamped_ms: i64, before_ms: i64, after_ms: i64) -> i64 {
    let (least, most) = (stamped_ms - after_ms.max(before_ms), stamped_ms - before_ms.min(after_ms));
    0_i64.clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::ahead_ms;

    #[test]
    fn a_process_that_was_stopped_meanwhile_has_no_wrong_clock() {
        assert_eq!(ahead_ms(1_000, 900, 1_100), 0);
        assert_eq!(ahead_ms(1_000, 900, 900_000), 0);
        assert_eq!(ahead_ms(90_000_000, 1_000, 1_200), 90_000_000 - 1_200);
        assert_eq!(ahead_ms(1_000, 90_000_000, 90_000_200), 1_000 - 90_000_000);
        // Set back while it waited.
        assert_eq!(ahead_ms(1_000, 5_000, 500), 0);
    }
}
