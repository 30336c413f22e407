//! Outcomes: what came of the alerts and tasks of each rule and version, and how people of each age band, sex, town
//! and disability fare, those who are not flagged too (domain §5.8).
//!
//! Two things are counted. *Items* are alerts and tasks: by them a rule that wastes people's time is seen. *People*
//! are the residents of the day: by them it is seen whom a rule passes over. Somebody is flagged by a rule when an
//! item of it is about them or about their household, whatever became of it. Of several items of a rule and version
//! that flag somebody the newest says where they stand, so that everybody stands in one place and the numbers of a
//! line add up. Items about nobody who is a resident (the dead, households that are no more) are among the items only.
//!
//! What is published comes out of [`Outcomes::published`] alone, with small counts hidden (`hiding.rs`).

mod cell;
mod count;
mod hiding;
mod population;
mod published;
mod standing;

pub use cell::{AgeBand, Cell, Town};
pub use count::Outcomes;
pub use population::{Census, Population};
pub use published::{OutcomeTable, Row, RuleTable, per_thousand};
pub use standing::Standing;
