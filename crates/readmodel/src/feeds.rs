//! Quality of feeds: what departments sent, how late, and what was wrong with it. Counted from receipts and facts
//! into a file of its own, so that neither waits for the other's writer and each is made anew alone.
//!
//! Nothing here is personal: counts, places in the log, codes and pointers.

mod counts;
mod lag;
mod projector;
mod reader;
mod rejection;
mod schema;
mod tally;

pub use counts::{FeedCounts, FeedDay, Named, ReasonCount};
pub use lag::{Lag, LagBucket};
pub use projector::FeedProjector;
pub use reader::FeedReader;
pub use rejection::{RejectedEvent, RejectionCursor, RejectionFilter, RejectionPage, Repair, RepairOutcome};
pub use schema::{SCHEMA_VERSION as FEEDS_VERSION, open_feeds};
pub use tally::FeedTally;
