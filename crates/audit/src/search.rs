//! Finding entries, page by page.

use crate::open::opened;
use crate::query::Search;
use crate::record::Record;
use crate::{AuditError, AuditKeys, LogError, Opened, Query};

/// In which order the records are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By rising number.
    OldestFirst,
    /// By falling number.
    NewestFirst,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Entries, in the order of the records.
    pub found: Vec<Opened>,
    /// To be given as `after` for the next page; None when the records are at their end.
    pub next: Option<u64>,
}

/// Looks through records, given in `order`, for at most `limit` entries (at least one). `after` is the number after
/// which, in that order, the page begins: records up to there may be given and are passed over.
///
/// A hit is checked to be genuine; what is passed over is not, which is for [`crate::verify`].
///
/// # Errors
/// [`AuditError::Form`], [`AuditError::Changed`]; those of log and key store.
pub fn search<I>(
    records: I,
    keys: &AuditKeys,
    query: &Query,
    order: Order,
    after: Option<u64>,
    limit: usize,
) -> Result<Page, AuditError>
where
    I: IntoIterator<Item = Result<Vec<u8>, LogError>>,
{
    let search = Search::new(query, keys)?;
    let mut page = Page { found: Vec::new(), next: None };
    if search.is_vain() {
        return Ok(page);
    }
    for bytes in records {
        let bytes = bytes?;
        let record = Record::read(&bytes)?;
        let number = record.fields.number;
        let is_before = after.is_some_and(|after| match order {
            Order::OldestFirst => number <= after,
            Order::NewestFirst => number >= after,
        });
        if is_before || !search.may_match(&record)? {
            continue;
        }
        let opened = opened(&record, keys)?;
        if !search.matches(&opened) {
            continue;
        }
        if !record.is_genuine(&keys.made) {
            return Err(AuditError::Changed { number });
        }
        // One more is there: then the page has a next.
        if page.found.len() >= limit.max(1) {
            page.next = page.found.last().map(|last| last.number);
            return Ok(page);
        }
        page.found.push(opened);
    }
    Ok(page)
}
