//! What became of commands.

use rusqlite::OptionalExtension;
use sanzao_model::{CommandKey, RefusalCode};

use crate::ReadModelError;
use crate::reader::{Reader, stored};

/// What became of the first command that a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Fingerprint of that command's content. Any other content under the same key is refused.
    pub fingerprint: [u8; 16],
    /// Why it was refused; none when it was carried out.
    pub refusal: Option<RefusalCode>,
    /// Offset in `work` of the answer.
    pub work: u64,
}

impl Reader {
    /// What became of a command; none while it is not answered.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn answer(&self, key: &CommandKey) -> Result<Option<Answer>, ReadModelError> {
        self.ask(|tables| {
            let found: Option<([u8; 16], Option<String>, i64)> = tables
                .prepare_cached("SELECT fingerprint, refusal, work FROM command WHERE key = ?1")?
                .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((fingerprint, refusal, work)) = found else { return Ok(None) };
            let refusal = refusal.map(|text| stored(&text)).transpose()?;
            Ok(Some(Answer { fingerprint, refusal, work: work.cast_unsigned() }))
        })
    }
}
