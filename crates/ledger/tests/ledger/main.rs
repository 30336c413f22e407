//! What the ledger promises: its tables are a function of the set of statements, a scope holds everything
//! that a change concerns, and snapshots give the same ledger or none.

#![allow(clippy::unwrap_used)]

mod analysis;
mod bucket;
mod erase;
mod order;
mod place;
mod proxy;
mod python;
mod residents;
mod rows;
mod s3_server;
mod scope;
mod snapshot;
mod world;
