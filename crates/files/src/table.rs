//! Tables: rows of cells, with the line or row number that people see.

pub(crate) mod csv;
pub(crate) mod xlsx;

use std::ops::ControlFlow;

use crate::{Cell, Code, FileError};

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Its first line in a text file, its number in a sheet; from 1.
    pub line: u64,
    pub cells: Vec<Cell>,
    /// How serial numbers count days: from 1904, as old Macintosh files do.
    pub is_1904: bool,
}

/// Takes one row; breaks off, or goes on.
pub(crate) type TakeRow<'a> = dyn FnMut(Row) -> Result<ControlFlow<()>, FileError> + 'a;

impl Row {
    /// Nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| matches!(cell, Cell::Empty | Cell::Wrong(Code::CellMerged)))
    }
}
