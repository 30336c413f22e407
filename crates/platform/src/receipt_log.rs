//! Receipts as they lie in the log, a page at a time.

use sanzao_api::{BackendError, OutcomeName, ReceiptCursor, ReceiptPage};
use sanzao_journal::{Journal, JournalError, Record, Stream};
use sanzao_model::{Bureau, ReceiptBatch};

use crate::backend::backend_error;

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;

/// Receipts looked at for one page: of a rare outcome a page is given sooner than full.
const LOOKED_AT: usize = 100_000;

/// A feed's receipts for one bureau.
pub(crate) struct ReceiptLog<'a> {
    pub journal: &'a dyn Journal,
    pub stream: Stream,
    pub bureau: Bureau,
}

/// A page that is being filled.
struct Filling {
    page: ReceiptPage,
    limit: usize,
    outcome: Option<OutcomeName>,
    looked_at: usize,
}

impl ReceiptLog<'_> {
    /// See [`sanzao_api::Backend::receipts`].
    pub fn page(
        &self,
        after: ReceiptCursor,
        limit: usize,
        outcome: Option<OutcomeName>,
    ) -> Result<Option<ReceiptPage>, BackendError> {
        let refused = |error: JournalError| backend_error(&error);
        let end = self.journal.end(&self.stream).map_err(refused)?;
        if after.record > end {
            return Ok(None);
        }
        let begin = self.journal.begin(&self.stream).map_err(refused)?;
        let next = if after.record < begin { ReceiptCursor { record: begin, seen: 0 } } else { after };
        let page = ReceiptPage { receipts: Vec::new(), next, more: false };
        let mut filling = Filling { page, limit, outcome, looked_at: 0 };
        while !filling.is_done() {
            let batch =
                self.journal.read(&self.stream, filling.page.next.record, READ_BYTES).map_err(refused)?;
            if batch.next == filling.page.next.record {
                break;
            }
            for record in &batch.records {
                if filling.is_done() {
                    break;
                }
                self.take(record, &mut filling)?;
            }
            if !filling.is_done() {
                filling.page.next = ReceiptCursor { record: batch.next, seen: 0 };
            }
        }
        filling.page.more = filling.page.next.record < end;
        Ok(Some(filling.page))
    }

    /// Takes what follows in a record, and moves on behind what it took.
    fn take(&self, record: &Record, filling: &mut Filling) -> Result<(), BackendError> {
        let next = &mut filling.page.next;
        if record.offset > next.record {
            *next = ReceiptCursor { record: record.offset, seen: 0 };
        }
        // Discovery names its bureau; what was rejected is of none.
        let is_ours = record.key.is_empty() || record.key == self.bureau.to_string().as_bytes();
        if is_ours && !record.is_claim() {
            let decoded = ReceiptBatch::from_bytes(&record.value).map_err(|error| {
                BackendError::Bug(format!("{} offset {}: {error}", self.stream, record.offset))
            })?;
            let all = decoded.receipts.len() as u64;
            for receipt in decoded.receipts.into_iter().skip(usize::try_from(next.seen).unwrap_or(usize::MAX))
            {
                next.seen += 1;
                filling.looked_at += 1;
                if filling.outcome.is_none_or(|outcome| outcome == OutcomeName::of(&receipt.outcome)) {
                    filling.page.receipts.push(receipt);
                }
                if filling.page.receipts.len() >= filling.limit {
                    break;
                }
            }
            if next.seen < all {
                return Ok(());
            }
        }
        *next = ReceiptCursor { record: record.offset + 1, seen: 0 };
        Ok(())
    }
}

impl Filling {
    fn is_done(&self) -> bool {
        self.page.receipts.len() >= self.limit || self.looked_at >= LOOKED_AT
    }
}
