//! Finds the mapping's columns among the headings of a file, and says so before anything is taken where it cannot.

use std::collections::BTreeSet;

use crate::table::Row;
use crate::{Cell, Code, FileError, Mapping};

/// Where the mapping's columns stand.
#[derive(Debug)]
pub(crate) struct Places {
    /// The place of each column of the mapping.
    places: Vec<usize>,
    width: usize,
    /// Columns without a heading.
    unnamed: Vec<usize>,
    is_padded: bool,
}

impl Places {
    /// Reads the row of the headings. Rows of sheets end where their cells do, those of text files must not
    /// (`is_padded`).
    pub fn find(mapping: &Mapping, row: &Row, is_padded: bool) -> Result<Places, FileError> {
        let headings: Vec<Option<String>> = row.cells.iter().map(heading).collect();
        let fault = |detail: String| FileError::Headings { line: row.line, detail };
        let place = |wanted: &String| headings.iter().position(|heading| heading.as_ref() == Some(wanted));
        // Without one that is known it may be a row of people: none of it is repeated.
        if !mapping.columns.iter().any(|wanted| place(wanted).is_some()) {
            let detail = "holds none of the mapping's headings: is it the row of the headings (heading_row), \
                          the right sheet, and the right encoding (--encoding)?";
            return Err(fault(detail.into()));
        }
        if let Some(wrong) =
            row.cells.iter().position(|cell| matches!(cell, Cell::Wrong(code) if *code != Code::CellMerged))
        {
            return Err(fault(format!("the heading of column {} cannot be read", wrong + 1)));
        }
        let (mut seen, mut twice, mut unmapped) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for heading in headings.iter().flatten() {
            if !seen.insert(heading) {
                twice.insert(format!("{heading:?}"));
            } else if !mapping.columns.contains(heading) && !mapping.ignore.contains(heading) {
                unmapped.push(format!("{heading:?}"));
            }
        }
        let missing: Vec<String> = mapping
            .columns
            .iter()
            .filter(|wanted| place(wanted).is_none())
            .map(|wanted| format!("{wanted:?}"))
            .collect();
        let faults: Vec<String> = [
            ("missing headings", missing),
            ("headings that stand twice", twice.into_iter().collect()),
            ("headings that the mapping neither uses nor lists under `ignore`", unmapped),
        ]
        .into_iter()
        .filter(|(_, which)| !which.is_empty())
        .map(|(what, which)| format!("{what}: {}", which.join(", ")))
        .collect();
        if !faults.is_empty() {
            return Err(fault(faults.join("; ")));
        }
        let places = mapping.columns.iter().filter_map(place).collect();
        let unnamed = (0..headings.len()).filter(|at| headings[*at].is_none()).collect();
        Ok(Places { places, width: headings.len(), unnamed, is_padded })
    }

    /// Whether a row has the cells that the headings promise.
    pub fn check(&self, row: &Row) -> Result<(), Code> {
        let has_width = row.cells.len() == self.width || (self.is_padded && row.cells.len() < self.width);
        let stands_alone = |at: usize| {
            !matches!(row.cells.get(at), None | Some(Cell::Empty | Cell::Wrong(Code::CellMerged)))
        };
        if self.is_padded && (self.width..row.cells.len()).any(stands_alone) {
            return Err(Code::RowUnnamed);
        }
        if !has_width && !self.is_padded {
            return Err(Code::RowWidth);
        }
        if self.unnamed.iter().any(|at| stands_alone(*at)) {
            return Err(Code::RowUnnamed);
        }
        Ok(())
    }

    /// Puts a cell into a column of the mapping.
    pub fn put(&self, row: &mut Row, column: usize, cell: Cell) {
        let place = self.places[column];
        if row.cells.len() <= place {
            row.cells.resize(place + 1, Cell::Empty);
        }
        row.cells[place] = cell;
    }

    /// A row's cell in a column of the mapping.
    pub fn cell<'r>(&self, row: &'r Row, column: usize) -> &'r Cell {
        row.cells.get(self.places[column]).unwrap_or(&Cell::Empty)
    }
}

/// The text of a heading, which spreadsheets break into lines.
fn heading(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Text(text) => Some(text.replace(['\r', '\n'], "")),
        Cell::Number(text) => Some(text.clone()),
        Cell::Date(moment) => Some(moment.day.to_string()),
        Cell::Empty | Cell::Wrong(_) => None,
    }
}
