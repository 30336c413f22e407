//! What work events add up to, as SQLite tables that answer the queries of people: lists of alerts and
//! tasks, one item with its history, all changes in their order, what became of a command, counts. The file is a cache: it is rebuilt
//! from topic `work` at will, and thrown away when its schema is another.
//!
//! Must not know: HTTP, rules, how a decision is made, topics.

mod answer;
mod change;
mod cursor;
mod error;
mod feeds;
mod filter;
mod item;
mod lane;
mod list;
mod people;
mod projector;
mod queue;
mod reader;
mod schema;
mod state;
mod statistics;
mod sum;
mod suspension;
mod views;
mod within;

pub use answer::Answer;
pub use change::{ChangePage, ChangePosition, ItemChange};
pub use cursor::{Cursor, CursorError};
pub use error::ReadModelError;
pub use feeds::{
    FEEDS_VERSION, FeedCounts, FeedDay, FeedProjector, FeedReader, FeedTally, Lag, LagBucket, Named,
    ReasonCount, RejectedEvent, RejectionCursor, RejectionFilter, RejectionPage, Repair, RepairOutcome,
    open_feeds,
};
pub use filter::{DivisionFilter, DivisionFilterError, DivisionPrefix, Filter, Scope};
pub use item::{Change, Detail};
pub use list::{Page, Row};
pub use projector::Projector;
pub use queue::Queue;
pub use reader::Reader;
pub use schema::{SCHEMA_VERSION, delete, open};
pub use state::{Kind, StateName};
pub use statistics::{RuleCount, Statistics, TownCount, UnknownCount, WorkerCount};
pub use views::{SCHEMA_VERSION as VIEWS_VERSION, View, ViewBefore, Views};

/// How far the tables reflect topic `work`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The offset in `work` after the last record that is reflected: where to read on.
    pub work: u64,
    /// The offset in `inbox` after the last record whose outcome is reflected.
    pub inbox: u64,
}
