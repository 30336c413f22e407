//! Identities in plain text, and nowhere else: keys, reveal, search, erasure, and what intake sealed; what was
//! attached to their cases.
//!
//! Must not know: rules, HTTP, topics, how an event is read. It has no clock and draws no randomness: both are
//! arguments.

mod access;
mod attach;
mod attachment;
mod backup;
mod batch;
mod erase;
mod error;
mod export;
mod file_masters;
mod forget;
#[cfg(test)]
mod full_tests;
mod generations;
mod holder;
mod index;
mod keep;
mod key;
mod masks;
mod master;
mod media;
mod normal;
mod original;
mod pdf;
mod restore;
mod reveal;
mod rewrap;
mod schema;
mod suite;
mod value;
mod vault;
mod wipe;

pub use access::{Access, AccessRecord, Act};
pub use attachment::{
    About, Attachment, AttachmentId, AttachmentIdError, AttachmentMeta, Content, File, FileName,
    MOST_FILE_BYTES, MOST_HOLDER_BYTES, MediaType, NewAttachment, Report,
};
pub use batch::open_batch;
pub use erase::{Erased, Erasure, feed_place};
pub use error::{AttachmentError, ErrorClass, Fill, NoRandomness, VaultError};
pub use export::PersonExport;
pub use file_masters::FileMasterKeys;
pub use forget::Forgotten;
pub use keep::{Kept, Stated};
pub use key::{IndexKey, KeyError, SealKey};
pub use masks::Masks;
pub use master::{MasterError, MasterId, MasterIdError, MasterKeys, SecretBytes};
pub use original::{Original, open};
pub use restore::Restored;
pub use reveal::{Found, MOST_FOUND, Masked, Query, Revealed};
pub use rewrap::Rewrapped;
pub use schema::VERSION as FILE_VERSION;
pub use suite::{Suite, SuiteError};
pub use value::{Known, Source};
pub use vault::{Settings, Status, Vault};
