//! What becomes of findings and commands: the life of alerts and tasks, as pure functions.
//!
//! [`Casework::decide`] turns one record of `inbox` into one record of `work` and changes nothing;
//! [`Casework::apply_record`] is the only way its state changes, so that a fold over `work` restores it.
//!
//! [`outcomes`] counts what came of them.
//!
//! Must not know: async, SQL, transport, a clock.

mod arrange;
mod batch;
mod calendar;
mod casework;
mod decide;
mod decisions;
mod draw;
mod evidence;
mod follow;
mod handled;
mod identity;
mod index;
mod notices;
pub mod outcomes;
mod raise;
mod reconcile;
mod report;
mod sightings;
mod suspension;
mod transition;
mod undo;

pub use calendar::{Calendar, Notice};
pub use casework::{Casework, CaseworkError};
pub use decide::refusal;
pub use identity::item_id;
pub use index::Counts;
pub use notices::CalendarError;
pub use report::REPORT_RULE;
