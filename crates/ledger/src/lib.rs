//! The set of facts of one bureau, in memory: what holds of people, households and benefits on a day.
//!
//! Must not know: SQL, topics.
//!
//! [`Ledger::apply`] takes statements in any order and any number of times; [`Ledger::tables`] says what
//! the set means on a day. Everything that is derived (retractions, keys, held names, united numbers,
//! households) is a function of the set, never of the order of arrival (design, invariant 1).

mod about;
mod benefit;
mod build;
mod completeness;
mod condition;
mod erase;
mod events;
mod forgotten;
mod freshness;
mod household;
mod income;
mod ledger;
mod life;
mod named_by;
mod naming;
mod order;
mod places;
mod residents;
mod scope;
mod set;
mod settlement;
pub mod snapshot;
mod spell;
mod statements;
pub mod tables;
mod told;

pub use crate::about::{AboutFact, AboutStatement, Role};
pub use crate::forgotten::{Erasures, Pending, Received};
pub use crate::ledger::{Applied, Ledger, Touched};
pub use crate::named_by::NamedBy;
pub use crate::order::OpenId;
pub use crate::scope::Scope;
pub use crate::snapshot::{
    Damage, Listed, Manifest, Position, Restored, S3Settings, SecretKey, SnapshotError, Snapshots,
};
pub use crate::tables::Tables;
