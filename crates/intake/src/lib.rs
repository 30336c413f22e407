//! What the five departments' feeds share: a CloudEvent goes in, a statement about pseudonyms or a
//! rejection comes out. Reads the envelope, validates, makes content canonical, puts pseudonyms in place of
//! numbers and names, seals what was refused and who the people are. Pure: the same bytes and keys give the same answer.
//!
//! Must not know: any one department (each `feed-*` crate brings its [`Contract`]), topics, a clock, I/O.
//!
//! The way through: [`Desk::read`] → envelope → [`Fields`] of `data`, read by the contract's event type →
//! [`Draft`] → statement. Every reason to refuse is a [`Code`]. Beside the statement stand identities for the vault and
//! warnings for the receipt.

mod aside;
mod canonical;
mod contract;
mod desk;
mod division_code;
mod envelope;
mod fault;
mod fields;
mod header;
mod json;
mod key;
mod name;
mod order;
mod pseudonym;
mod recent;
mod seal;
mod time;

pub use contract::{Contract, Draft, EventType};
pub use desk::{Accepted, Desk, Incoming};
pub use fault::{Code, Fault};
pub use fields::Fields;
pub use key::{KeyError, PseudonymKey, SealKey};
pub use name::normalised;
pub use order::OrderKey;
pub use pseudonym::Pseudonyms;
pub use recent::Recent;
pub use seal::{RawSealer, Unsealed};
