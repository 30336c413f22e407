//! Rule files for tests.

use sanzao_discovery::Source;

/// A file with a good head for findings about persons.
pub fn rule(id: &str, sql: &str) -> Source {
    let text = format!(
        "-- id: {id}\n-- version: 1\n-- procedure: help\n-- subject: person\n-- sensitivity: general\n\
         -- title: 标题\n-- why: 原因\n-- legal-basis: 《某办法》\n-- feeds: registry\n\
         -- due: 10 working days\n-- occasion: event\n-- clears: 消除\n{sql}\n"
    );
    Source { file: format!("{id}.sql"), text }
}
