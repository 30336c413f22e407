//! A cell of a table that is opened in a spreadsheet, where a text may not become a formula.

use std::borrow::Cow;

/// The text of a cell of which no spreadsheet makes a formula: one that begins with `=`, `+`, `-`, `@`, their full-width
/// forms, a tab or a line break gets a leading apostrophe (OWASP, "CSV Injection").
///
/// It quotes nothing: that is for the CSV writer, which takes what this returns. Apply it to every text that somebody
/// typed or sent, names and reasons above all, and not to numbers of our own: `-5` is shown as `'-5`. Who reads the file
/// with another program takes the apostrophe away again. [`crate::CsvTable`] applies it to each cell.
pub fn defused(cell: &str) -> Cow<'_, str> {
    const BEGINS_FORMULA: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    if cell.starts_with(BEGINS_FORMULA) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_formula_is_made_a_text() {
        for cell in [
            "=1+1",
            "=HYPERLINK(\"http://x\",\"y\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "＋1",
            "－1",
            "＠a",
        ] {
            assert_eq!(defused(cell), format!("'{cell}"));
        }
    }

    #[test]
    fn anything_else_stays() {
        for cell in ["", "张三", "1-2", "a=b", "'=1", " text", "13812345678", "2026-01-01", "\"=1"] {
            assert!(matches!(defused(cell), Cow::Borrowed(kept) if kept == cell), "{cell}");
        }
    }
}
