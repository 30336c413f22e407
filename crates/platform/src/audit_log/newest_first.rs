//! Reading a topic from its end: which claim is in force at the start of each block is found by going through it once.

use sanzao_audit::LogError;
use sanzao_journal::{ClaimFilter, Journal, JournalError, Record, Stream};

use super::{READ_BYTES, log_error};

/// Offsets of a block.
const BLOCK_OFFSETS: u64 = 4_096;

/// A stretch of the topic.
#[derive(Debug, Clone, Copy)]
struct Block {
    from: u64,
    until: u64,
    /// The filter of what begins here.
    claims: ClaimFilter,
}

/// The blocks that are known, up to some offset.
#[derive(Default)]
pub(super) struct Blocks {
    known: Vec<Block>,
    /// The filter of what follows them.
    claims: Option<ClaimFilter>,
}

impl Blocks {
    /// Goes through what was appended since.
    fn follow(&mut self, journal: &dyn Journal, stream: &Stream) -> Result<(), JournalError> {
        let (begin, end) = (journal.begin(stream)?, journal.end(stream)?);
        self.known.retain(|block| block.until > begin);
        let mut next = self.known.last().map_or(begin, |block| block.until);
        let mut claims = self.claims.unwrap_or(ClaimFilter::new(0));
        while next < end {
            let batch = journal.read(stream, next, READ_BYTES)?;
            if batch.next == next {
                break;
            }
            for record in batch.records {
                self.at(record.offset, claims);
                claims.admit(record.offset, record.claim);
            }
            next = batch.next;
            if let Some(last) = self.known.last_mut() {
                last.until = next;
            }
            self.claims = Some(claims);
        }
        Ok(())
    }

    /// A record stands here: in the last block, or in a new one.
    fn at(&mut self, offset: u64, claims: ClaimFilter) {
        match self.known.last_mut() {
            Some(last) if offset < last.from + BLOCK_OFFSETS => {}
            Some(last) => {
                last.until = offset;
                self.known.push(Block { from: offset, until: offset + 1, claims });
            }
            None => self.known.push(Block { from: offset, until: offset + 1, claims }),
        }
    }

    /// The records that count, newest first.
    pub(super) fn records<'a>(
        &mut self,
        journal: &'a dyn Journal,
        stream: &'a Stream,
    ) -> impl Iterator<Item = Result<Vec<u8>, LogError>> + use<'a> {
        let failed = self.follow(journal, stream).err();
        // What cannot be followed to its end is not told as if it were all.
        let blocks = if failed.is_none() { self.known.clone() } else { Vec::new() };
        let of = move |block: Block| {
            let (records, failed) = match read(journal, stream, block) {
                Ok(records) => (records, None),
                Err(error) => (Vec::new(), Some(Err(log_error(error)))),
            };
            records.into_iter().rev().map(|record| Ok(record.value)).chain(failed)
        };
        let failed = failed.map(|error| Err(log_error(error)));
        failed.into_iter().chain(blocks.into_iter().rev().flat_map(of))
    }
}

fn read(journal: &dyn Journal, stream: &Stream, block: Block) -> Result<Vec<Record>, JournalError> {
    let (mut next, mut claims, mut records) = (block.from, block.claims, Vec::new());
    while next < block.until {
        let batch = journal.read(stream, next, READ_BYTES)?;
        if batch.next == next {
            break;
        }
        next = batch.next;
        let counts =
            |record: &Record| record.offset < block.until && claims.admit(record.offset, record.claim);
        records.extend(batch.records.into_iter().filter(counts));
    }
    Ok(records)
}
