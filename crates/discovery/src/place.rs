//! Where in a rule file something is.

use datafusion::common::DataFusionError;

/// Line and column, from 1, of a word's first occurrence in the SQL (comments and head aside, in any
/// case); the first line of SQL where there is none.
pub(crate) fn of_word(text: &str, word: &str) -> (usize, usize) {
    let lower = word.to_lowercase();
    let mut first = None;
    for (at, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        if code.trim().is_empty() {
            continue;
        }
        first.get_or_insert(at + 1);
        if let Some(column) = column_of(&code.to_lowercase(), &lower) {
            return (at + 1, column);
        }
    }
    (first.unwrap_or(1), 1)
}

fn column_of(line: &str, word: &str) -> Option<usize> {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).find_map(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part_of_word);
        let after = line[at + word.len()..].chars().next().is_some_and(part_of_word);
        (!before && !after && !word.is_empty()).then(|| line[..at].chars().count() + 1)
    })
}

/// DataFusion's errors with line, column and what to do.
pub(crate) fn of_error(text: &str, error: &DataFusionError, tables: &[&str]) -> Vec<(usize, usize, String)> {
    error.iter().map(|error| of_one(text, error, tables)).collect()
}

fn of_one(text: &str, error: &DataFusionError, tables: &[&str]) -> (usize, usize, String) {
    let message = match error.diagnostic() {
        Some(diagnostic) => {
            let notes = diagnostic.notes.iter().map(|note| &note.message);
            let helps = diagnostic.helps.iter().map(|help| &help.message);
            let all: Vec<_> =
                std::iter::once(&diagnostic.message).chain(notes).chain(helps).cloned().collect();
            all.join("; ")
        }
        None => error.strip_backtrace(),
    };
    let message = if message.contains("table") && message.contains("not found") {
        format!("{message}; the tables are {} (TABLES.md)", tables.join(", "))
    } else {
        message
    };
    let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
    let (line, column) = match span {
        Some(span) => (span.start.line as usize, span.start.column as usize),
        None => written(&message).unwrap_or_else(|| of_word(text, &quoted(&message))),
    };
    (line, column, message)
}

/// The parser writes `at Line: 3, Column: 7`.
fn written(message: &str) -> Option<(usize, usize)> {
    let (_, rest) = message.split_once("Line: ")?;
    let (line, rest) = rest.split_once(", Column: ")?;
    let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// The last part of the first name in quotes, as `x` of 'p.x'.
fn quoted(message: &str) -> String {
    let name = message.split(['\'', '`', '"']).nth(1).unwrap_or_default();
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole_and_outside_comments() {
        let text = "-- title: 年 age\nSELECT ageing, -- age\n  '年' , p.Age\nFROM person p";
        assert_eq!(of_word(text, "age"), (3, 11));
        assert_eq!(of_word(text, "person"), (4, 6));
        assert_eq!(of_word(text, "nowhere"), (2, 1));
        assert_eq!(of_word("", "x"), (1, 1));
    }
}
