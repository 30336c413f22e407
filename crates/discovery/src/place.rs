//! Where in a rule file something is.

use datafusion::common::{DataFusionError, Span};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::wording::worded;

/// A mark of a place that is known.
pub(crate) fn mark(span: Span) -> String {
    format!("{}:{}", span.start.line, span.start.column)
}

/// A mark of a call: of a function the plan tells its name, and the text may have one of its aliases.
pub(crate) fn mark_call(name: &str, aliases: &[String]) -> String {
    let names: Vec<&str> = std::iter::once(name).chain(aliases.iter().map(String::as_str)).collect();
    format!("{}()", names.join("|"))
}

/// A mark of a text in quotes.
pub(crate) fn mark_text(text: &str) -> String {
    format!("'{text}'")
}

/// Line and column, from 1, of a mark in the SQL:
///
/// - `7:16`: that place;
/// - `now|current_timestamp()`: where one of the functions is called first;
/// - `AS age`, `person p`: the last word, first where it stands behind the one before (or behind AS) and
///   outside parentheses;
/// - `'dibao'`: the text in quotes;
/// - `;`, `(`: the sign, of parentheses the last that is not closed;
/// - `LIMIT`: the word.
///
/// Words are whole, in any case, outside comments and texts. The first word of SQL where there is none.
pub(crate) fn of_word(text: &str, mark: &str) -> (usize, usize) {
    if let Some(place) = known(mark) {
        return place;
    }
    if let Some(place) = of_sign(text, mark) {
        return place;
    }
    let words = words(text);
    let (names, call) = match mark.strip_suffix("()") {
        Some(names) => (names, true),
        None => (mark, false),
    };
    let (before, last) = names.rsplit_once(' ').unwrap_or(("", names));
    let rank = |word: &Word| match (call, before) {
        (true, _) => (u8::from(!word.is_call()), false),
        (false, "") => (0, false),
        (false, before) if before.eq_ignore_ascii_case(&word.before) => (0, word.depth > 0),
        _ => (if word.before == "as" { 1 } else { 2 }, word.depth > 0),
    };
    let named = |word: &&Word| last.split('|').any(|name| name.to_lowercase() == word.text);
    let found = words.iter().filter(named).min_by_key(|word| rank(word)).or(words.first());
    found.map_or((1, 1), |word| (word.line, word.column))
}

fn tokens(text: &str) -> Vec<TokenWithSpan> {
    Tokenizer::new(&GenericDialect {}, text).tokenize_with_location().unwrap_or_default()
}

/// Where a text in quotes or a sign stands.
fn of_sign(text: &str, mark: &str) -> Option<(usize, usize)> {
    let quoted = mark.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let mut open = Vec::new();
    for token in tokens(text) {
        let start = (token.span.start.line as usize, token.span.start.column as usize);
        match token.token {
            Token::SingleQuotedString(written) if quoted == Some(written.as_str()) => return Some(start),
            Token::SemiColon if mark == ";" => return Some(start),
            Token::LParen => open.push(start),
            Token::RParen => drop(open.pop()),
            _ => {}
        }
    }
    open.pop().filter(|_| mark == "(")
}

fn known(mark: &str) -> Option<(usize, usize)> {
    let (line, column) = mark.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

/// A word of the SQL, with what is around it.
struct Word {
    text: String,
    line: usize,
    column: usize,
    /// In how many parentheses it stands.
    depth: usize,
    /// The word or sign before and after it.
    before: String,
    after: Token,
}

impl Word {
    fn is_call(&self) -> bool {
        let bare = self.text.starts_with("current_") || self.text.starts_with("local");
        (bare || self.after == Token::LParen) && self.before != "as" && self.before != "."
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut tokens =
        tokens(text).into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).peekable();
    let (mut words, mut depth, mut before) = (Vec::new(), 0_usize, String::new());
    while let Some(token) = tokens.next() {
        let start = token.span.start;
        let text = match token.token {
            Token::Word(word) => word.value.to_lowercase(),
            sign => {
                match sign {
                    Token::LParen => depth += 1,
                    Token::RParen => depth = depth.saturating_sub(1),
                    _ => {}
                }
                before = sign.to_string();
                continue;
            }
        };
        let after = tokens.peek().map_or(Token::EOF, |next| next.token.clone());
        let (line, column) = (start.line as usize, start.column as usize);
        words.push(Word { text: text.clone(), line, column, depth, before, after });
        before = text;
    }
    words
}

/// DataFusion's errors with line, column and what to do.
pub(crate) fn of_error(text: &str, error: &DataFusionError, tables: &[&str]) -> Vec<(usize, usize, String)> {
    error.iter().map(|error| of_one(text, error, tables)).collect()
}

fn of_one(text: &str, error: &DataFusionError, tables: &[&str]) -> (usize, usize, String) {
    let message = match error.diagnostic() {
        // What it says without its diagnostic names the operation.
        Some(diagnostic) if !diagnostic.message.contains("incompatible types") => {
            let notes = diagnostic.notes.iter().map(|note| &note.message);
            let helps = diagnostic.helps.iter().map(|help| &help.message);
            let all: Vec<_> =
                std::iter::once(&diagnostic.message).chain(notes).chain(helps).cloned().collect();
            all.join("; ")
        }
        _ => error.strip_backtrace(),
    };
    if let Some(first) = other_statement(text, &message) {
        return first;
    }
    let diagnostic = error.diagnostic();
    let noted = diagnostic.and_then(|diagnostic| diagnostic.notes.iter().find_map(|note| note.span));
    let (line, column) = match diagnostic.and_then(|diagnostic| diagnostic.span).or(noted) {
        Some(span) => (span.start.line as usize, span.start.column as usize),
        None => written(&message).unwrap_or_else(|| of_word(text, &meant(&message))),
    };
    let said = worded(&message);
    let said = if said.starts_with("there is no table") {
        format!("{said}; the tables are {} (TABLES.md)", tables.join(", "))
    } else {
        said
    };
    (line, column, said)
}

/// What cannot be read as SQL and does not begin as a SELECT: that says more than where reading ended.
fn other_statement(text: &str, message: &str) -> Option<(usize, usize, String)> {
    let words = words(text);
    let first = words.first()?;
    let is_select = ["select", "with"].contains(&first.text.as_str());
    let is_unread = ["ParserError", "Expected: "].iter().any(|word| message.contains(word));
    let name = first.text.to_uppercase();
    let said = format!("a rule is one SELECT (or WITH … SELECT), and this begins with {name}");
    (!is_select && is_unread).then_some((first.line, first.column, said))
}

/// A mark of what a message without a place is about.
fn meant(message: &str) -> String {
    let about = [
        ("statements, with `;`", ";"),
        ("Expected: ), found: EOF", "("),
        ("ORDER BY and LIMIT", "ORDER|LIMIT|FETCH|OFFSET"),
        ("UNION", "UNION|INTERSECT|EXCEPT"),
        ("WHERE clause", "WHERE"),
    ];
    if let Some((_, mark)) = about.iter().find(|(words, _)| message.contains(words)) {
        return (*mark).to_owned();
    }
    match message.split_once("Cannot cast string ").and_then(|(_, rest)| rest.split_once(" to value")) {
        Some((text, _)) => text.to_owned(),
        None => quoted(message),
    }
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
    fn words_are_found_whole_and_outside_comments_and_texts() {
        let text = "-- title: 年 age\nSELECT ageing, -- age\n  '-- age' , p.Age\nFROM person p";
        assert_eq!(of_word(text, "age"), (3, 16));
        assert_eq!(of_word(text, "person"), (4, 6));
        assert_eq!(of_word(text, "nowhere"), (2, 1));
        assert_eq!(of_word(text, "3:7"), (3, 7));
        assert_eq!(of_word("", "x"), (1, 1));
    }

    #[test]
    fn of_several_words_the_one_that_is_meant() {
        let text =
            "SELECT p.today, (SELECT 1 AS n) AS today,\n 年, today() AS now, p.n AS n, current_timestamp";
        assert_eq!(of_word(text, "current_date|today()"), (2, 5));
        assert_eq!(of_word(text, "now|current_timestamp()"), (2, 31));
        assert_eq!(of_word(text, "AS today"), (1, 36));
        assert_eq!(of_word(text, "AS n"), (2, 28));
        assert_eq!(of_word("SELECT o.o FROM person p JOIN person o", "person o"), (1, 38));
        assert_eq!(of_word("SELECT o.o FROM person AS o", "person o"), (1, 27));
    }
}
