//! The record of who did what, which nobody can change unseen: entries, their chain, its keys, reading it.
//!
//! Must not know: HTTP, rules, life cycles, what a topic is (it is given a log by [`AuditLog`]), a clock. Time and
//! randomness are arguments.
//!
//! # The record
//!
//! An entry becomes one record of the log. In clear stay its number, node, time, action, actor and outcome, and the
//! hash of the record before: who did what, and when, is told for as long as the log is kept. What concerns a person
//! (whom, which item, what for, details) is sealed under an entry key, which is wrapped once under the audit key of
//! each person concerned. Forgetting a person ([`AuditKeys::forget`]) destroys that key: of entries about them alone
//! nothing of it opens any more, of entries about others as well only that they were among them is gone. An entry
//! that concerns nobody is sealed under a key of its node and year, and so are request, address and session of each.
//!
//! Everything is encrypted before it is hashed: forgetting changes no record, and the chain stays valid.
//!
//! # Who can do what
//!
//! Each record carries the SHA-256 of the one before, and an HMAC under a key made of `audit.key`. The key store keeps
//! the *end mark*, number and hash of the newest record, under another such HMAC.
//!
//! - **Who reads the log**, without keys: who did what and when, what was refused, and about how many people an entry is.
//!   Not about whom, why, from where, nor whether two entries concern the same person.
//! - **Who writes the log**, without keys: can destroy records, not make, change, move or repeat one: every hash after it
//!   could be computed anew, the HMACs cannot. Taking away the newest records is noticed by the end mark.
//! - **Who writes log and key store**, without `audit.key`: can also put back an older copy of both together. Nothing in
//!   them tells it. So keep number and hash of [`verify`]'s report elsewhere from time to time, and compare.
//! - **Who has `audit.key` and the log**: reads requests, addresses and sessions, and what concerns nobody; sees which
//!   entries concern the same person, not whom. With write access can forge the whole chain, unless its end was kept
//!   elsewhere.
//! - **Who has `audit.key` and the key store**: reads everything but what concerns those who were forgotten. A copy of
//!   the key store from before can read them, too: an erasure is complete when the last such copy is destroyed.
//! - **Who runs the process** can leave entries out. No record of one's own making proves the contrary.

mod action;
mod csv_cell;
mod entry;
mod error;
mod export;
mod forget;
mod head;
mod key;
mod key_file;
mod keys;
mod log;
mod open;
mod person_log;
mod query;
mod record;
mod recorder;
mod seal;
mod search;
mod verify;
mod writer;

#[cfg(test)]
mod full_tests;

pub use action::{Action, Outcome};
pub use csv_cell::defused;
pub use entry::{Entry, MOST_SUBJECTS, ROLE, claimed_actor};
pub use error::{AuditError, ErrorClass, Fill, NoRandomness};
pub use export::{CsvTable, write_csv, write_json_lines};
pub use forget::Forgotten;
pub use head::Head;
pub use key::{AuditKey, KeyError};
pub use key_file::VERSION as KEY_FILE_VERSION;
pub use keys::AuditKeys;
pub use log::{AuditLog, LogError};
pub use open::{Circumstances, Concern, Opened, Part, open};
pub use person_log::{PersonAccess, PersonPage, of_person};
pub use query::Query;
pub use recorder::Recorder;
pub use search::{Order, Page, search};
pub use verify::{Break, Fault, Report, verify};
