//! Back-tests: a draft set of rules beside the current one over past days. What is counted, and how it is told; the
//! command that reads the log is `command/backtest.rs`.
//!
//! Each day is evaluated as of that day with what is known now. Of findings only who, where and when is kept.

mod caseworkers;
mod changes;
mod chart;
mod line_up;
mod page;
mod report;
mod steps;
mod table;
mod tally;

pub use caseworkers::Caseworkers;
pub(crate) use changes::write_changes;
pub use line_up::{LineUp, ParameterChange, Status, parameter_changes};
pub use page::page;
pub use report::{Frame, Report, Version};
pub use steps::{Steps, StepsError};
pub use table::lines;
pub use tally::Tally;

/// One of the two sets that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// The set in force.
    Current,
    /// The set that is tried.
    Draft,
}

impl Of {
    /// Both, in the order of every pair.
    pub const BOTH: [Of; 2] = [Of::Current, Of::Draft];

    pub(crate) fn place(self) -> usize {
        match self {
            Of::Current => 0,
            Of::Draft => 1,
        }
    }
}
