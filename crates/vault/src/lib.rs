//! Identities in plain text, and nowhere else: keys, reveal, search, erasure, and what intake sealed.
//!
//! Must not know: rules, HTTP, topics, how an event is read. It has no clock and draws no randomness: both are
//! arguments.

mod access;
mod backup;
mod batch;
mod erase;
mod error;
mod export;
mod file_masters;
#[cfg(test)]
mod full_tests;
mod generations;
mod index;
mod keep;
mod key;
mod master;
mod normal;
mod original;
mod reveal;
mod rewrap;
mod schema;
mod suite;
mod value;
mod vault;

pub use access::{Access, AccessRecord, Act};
pub use backup::Restored;
pub use batch::open_batch;
pub use erase::{Erased, Erasure};
pub use error::{ErrorClass, Fill, NoRandomness, VaultError};
pub use export::PersonExport;
pub use file_masters::FileMasterKeys;
pub use keep::{Kept, Stated};
pub use key::{IndexKey, KeyError, SealKey};
pub use master::{MasterError, MasterId, MasterIdError, MasterKeys, SecretBytes};
pub use original::{Original, open};
pub use reveal::{Found, MOST_FOUND, Masked, Query, Revealed};
pub use rewrap::Rewrapped;
pub use suite::{Suite, SuiteError};
pub use value::{Known, Source};
pub use vault::{Settings, Status, Vault};
