//! Tables of text whose columns stand under each other, Chinese among them.

use unicode_width::UnicodeWidthStr;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows as lines, each column as wide as its widest cell. The first row is the heading.
pub(crate) fn aligned(columns: &[Set], rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(columns).zip(&widths).map(|((cell, set), width)| {
            let space = " ".repeat(width - cell.width());
            if *set == Set::Left { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows =
            [vec!["规则".to_owned(), "1".into()], vec!["abcdef".into(), "12".into()], vec!["x".into()]];
        assert_eq!(aligned(&[Set::Left, Set::Right], &rows), ["规则     1", "abcdef  12", "x"]);
    }
}
