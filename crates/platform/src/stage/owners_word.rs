//! What the owner of a bureau says in `facts`, beside what intake says there: under which claim, so that the word of one
//! that was superseded does not count.
//!
//! Intake appends to `facts` under no claim, so that the claim in force cannot be that of `facts`: it is the one of
//! `inbox`, in a header. An owner that is superseded is told before it writes; this is for the one that was stopped
//! between being told and writing.

use sanzao_journal::{NewRecord, Record};

/// The number of the claim of `inbox`, in digits.
const OWNER: &str = "sanzao-owner";

/// The record as the owner says it.
pub(crate) fn said_under(claim: u64, value: Vec<u8>) -> NewRecord {
    let headers = vec![(OWNER.to_owned(), claim.to_string().into_bytes())];
    NewRecord { headers, value, ..NewRecord::default() }
}

/// Whose word counts at one offset of `facts`: that of the newest owner that has said something before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnersWord {
    /// The highest claim under which something was said.
    pub claim: u64,
}

impl OwnersWord {
    /// Under which number the owner of a claim speaks: its own, but where `inbox` was made anew, or lost its end, and
    /// `facts` remember higher ones.
    pub fn of(&self, claim: u64) -> u64 {
        claim.max(self.claim)
    }

    /// Takes the next record; true if it says something that counts. What nobody says as owner always does.
    pub fn admit(&mut self, record: &Record) -> bool {
        if record.is_claim() {
            return false;
        }
        let said = record.header(OWNER).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        match said {
            Some(claim) if claim < self.claim => {
                let offset = record.offset;
                tracing::warn!(offset, claim, "passed over: its owner had been superseded");
                false
            }
            Some(claim) => {
                self.claim = claim;
                true
            }
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(said: NewRecord, offset: u64) -> Record {
        let NewRecord { key, headers, value } = said;
        Record { offset, timestamp_ms: 0, key, headers, value, claim: 0 }
    }

    #[test]
    fn the_word_of_who_was_superseded_does_not_count() {
        let mut word = OwnersWord::default();
        let mut admits = |said: NewRecord, offset| word.admit(&record(said, offset));
        assert!(admits(said_under(5, b"a".to_vec()), 0));
        assert!(admits(said_under(5, b"b".to_vec()), 1));
        assert!(admits(said_under(9, b"c".to_vec()), 2));
        assert!(!admits(said_under(5, b"late".to_vec()), 3));
        assert!(admits(NewRecord { value: b"facts".to_vec(), ..NewRecord::default() }, 4));
        assert!(admits(said_under(9, b"d".to_vec()), 5));
        assert_eq!(word.claim, 9);
        assert_eq!((word.of(12), word.of(3)), (12, 9), "an inbox that was made anew silences nobody");
        let foreign = vec![(OWNER.to_owned(), b"me".to_vec())];
        assert!(word.admit(&record(NewRecord { headers: foreign, ..NewRecord::default() }, 6)));
        let claim = Record { claim: 8, ..record(NewRecord::default(), 7) };
        assert!(!word.admit(&claim));
    }
}
