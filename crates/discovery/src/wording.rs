//! What DataFusion says of a mistake, in words of whoever writes SQL.

use datafusion::arrow::datatypes::DataType;

/// Types as rules and `TABLES.md` call them, by their names in messages.
const TYPES: [(&str, &str); 14] = [
    ("LargeUtf8", "text"),
    ("Utf8View", "text"),
    ("Utf8", "text"),
    ("String", "text"),
    ("UInt32", "the number of a person, household or fact"),
    ("Int64", "bigint"),
    ("Int32", "int"),
    ("Date32", "date"),
    ("Boolean", "boolean"),
    ("Float64", "double"),
    ("Float32", "real"),
    ("Decimal128", "decimal"),
    ("Interval", "interval"),
    ("Timestamp", "timestamp"),
];

/// What somebody who writes a rule would call a type.
pub(crate) fn type_name(found: &DataType) -> String {
    if matches!(found, DataType::List(_)) {
        return "a list".into();
    }
    named_type(&found.to_string())
}

fn named_type(name: &str) -> String {
    let known = TYPES.iter().find(|(inner, _)| name.starts_with(inner));
    known.map_or_else(|| name.to_lowercase(), |(_, word)| (*word).to_owned())
}

/// The message of an error, said so that whoever wrote the rule can act on it.
pub(crate) fn worded(message: &str) -> String {
    // Only what lies at the bottom is about the rule.
    let bottom = message.rsplit("caused by\n").next().unwrap_or(message);
    let said = bare(bottom);
    let words = [parsed, columns, functions, grouped, kinds, casts];
    words.iter().find_map(|word| word(&said)).unwrap_or(said)
}

/// Without the names of the parts of the software that it went through.
fn bare(message: &str) -> String {
    let layers = [
        "SQL error: ",
        "Error during planning: ",
        "Schema error: ",
        "Arrow error: ",
        "Cast error: ",
        "Internal error: ",
    ];
    let mut rest = message.trim();
    while let Some(inner) = layers.iter().find_map(|layer| rest.strip_prefix(layer)) {
        rest = inner;
    }
    for error in ["ParserError(\"", "TokenizerError(\""] {
        if let Some(inner) = rest.strip_prefix(error) {
            rest = inner.strip_suffix("\")").unwrap_or(inner);
        }
    }
    // The place is told beside the message.
    let rest = rest.split(" at Line: ").next().unwrap_or(rest);
    rest.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\\"", "\"")
}

/// What stands between two texts.
fn between<'a>(message: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

fn parsed(said: &str) -> Option<String> {
    if said.starts_with("Unterminated string literal") {
        return Some(
            "the text that begins here is not closed: a `'` is missing (two of them inside a text mean one)"
                .into(),
        );
    }
    let (expected, found) = said.strip_prefix("Expected: ")?.split_once(", found: ")?;
    let found = match found.trim() {
        "EOF" => "the end of the file".to_owned(),
        word => format!("`{word}`"),
    };
    Some(match expected {
        "end of statement" => format!(
            "the SELECT cannot go on with {found}: is a word before it misspelt (FROM, JOIN, WHERE, AND, GROUP BY), or \
             is a comma missing?"
        ),
        ")" => format!("expected `)`, and found {found}: a `(` before it is not closed"),
        "an expression" => {
            format!("expected a column, a value or an expression, and found {found}: is a comma too many?")
        }
        other => format!("expected {other}, and found {found}"),
    })
}

fn columns(said: &str) -> Option<String> {
    if let Some(name) = said.strip_prefix("table '").and_then(|rest| rest.split_once("' not found")) {
        return Some(format!("there is no table `{}`{}", name.0.rsplit('.').next()?, name.1));
    }
    let helps: Vec<&str> = said.split("; possible column ").skip(1).collect();
    let name = between(said, "column '", "'")?;
    if said.contains("is ambiguous") {
        return Some(format!("`{name}` is a column of several tables here: write {}", helps.join(" or ")));
    }
    if !said.contains("not found") {
        return None;
    }
    let meant =
        if helps.is_empty() { String::new() } else { format!("; did you mean {}?", helps.join(" or ")) };
    Some(match between(said, "not found in '", "'") {
        Some(of) => format!(
            "there is no column `{name}` in `{of}`{meant} (TABLES.md lists tables and columns, parameters.toml the \
             numbers of `parameter`; FROM and JOIN say what `{of}` is)"
        ),
        None => format!(
            "there is no column `{name}`{meant} (a text stands in single quotes, as '{name}'; TABLES.md lists tables \
             and columns)"
        ),
    })
}

fn functions(said: &str) -> Option<String> {
    if let Some(name) = between(said, "Invalid function '", "'") {
        return Some(format!(
            "there is no function `{name}` for rules: TABLES.md lists those that there are beside those of SQL"
        ));
    }
    let name = between(said, "to satisfy a call to '", "'")
        .or_else(|| between(said, "Function '", "' failed to match"))?;
    let takes = said.split_once("Candidate functions: ").map(|(_, all)| all);
    let takes = takes.filter(|all| !all.contains("UserDefined") && !all.contains("Any(")).map(in_sql_types);
    let takes = takes.map_or_else(String::new, |takes| format!(": it takes {takes}"));
    Some(format!("the arguments of {name}() are too many, too few, or of another type{takes}"))
}

/// `add_days(Date32, Int64)` as `add_days(date, bigint)`.
fn in_sql_types(signatures: &str) -> String {
    TYPES.iter().fold(signatures.to_owned(), |text, (inner, word)| text.replace(inner, word))
}

fn grouped(said: &str) -> Option<String> {
    if said.contains("Aggregate functions are not allowed in the WHERE clause") {
        return Some("an aggregate (count, sum, …) cannot stand in WHERE: put the condition into HAVING, after GROUP BY".into());
    }
    if said.contains("must appear in GROUP BY") || said.contains("must be part of GROUP BY") {
        let name = between(said, "'", "'").unwrap_or("a column");
        return Some(format!(
            "`{name}` stands beside an aggregate (count, sum, …), and a group may have several of it: add it to GROUP BY"
        ));
    }
    let twice = said
        .strip_prefix("Schema contains qualified field name ")
        .and_then(|rest| rest.split_once(' '))
        .map(|(name, _)| name)
        .or_else(|| between(said, "duplicate unqualified field name ", " "))
        .or_else(|| between(said, "duplicate qualified field name ", " "));
    if let Some(name) = twice {
        let name = name.rsplit('.').next()?.trim_matches('"');
        return Some(format!("column `{name}` is there twice: rename one with AS"));
    }
    said.starts_with("Projections require unique expression names")
        .then(|| "two columns of the SELECT have the same name: rename one with AS".into())
}

fn kinds(said: &str) -> Option<String> {
    if let Some((_, operation)) = said.split_once("Cannot infer common argument type for ") {
        let written = operation.split_once("operation ").map_or(operation, |(_, written)| written);
        return Some(format!(
            "`{}` cannot be: compare each with one of its own type (a condition is a comparison, a boolean column, or \
             these joined by AND and OR)",
            in_sql_types(written)
        ));
    }
    let types = between(said, "common type to coerce ", " in ")?;
    let types: Vec<String> = types.split(" and ").map(named_type).collect();
    Some(format!("{} cannot be compared: CAST one of them", types.join(" and ")))
}

fn casts(said: &str) -> Option<String> {
    let text = between(said, "Cannot cast string '", "'")?;
    let (_, kind) = said.split_once("to value of ")?;
    Some(no_value(text, &named_type(kind.trim_end_matches(" type"))))
}

/// A text where a value is needed.
pub(crate) fn no_value(text: &str, kind: &str) -> String {
    if kind == "date" {
        format!("the text '{text}' is no date: a date is written as '2026-01-31'")
    } else {
        format!("the text '{text}' is no {kind}: a number is written without quotes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_of_the_software_are_left_out() {
        for (message, words) in [
            (
                "SQL error: ParserError(\"Expected: ), found: EOF\")",
                "expected `)`, and found the end of the file",
            ),
            (
                "Optimizer rule 'x' failed\ncaused by\nArrow error: Cast error: Cannot cast string 'a' to value of Int32 type",
                "the text 'a' is no int",
            ),
            (
                "type_coercion\ncaused by\nError during planning: There isn't a common type to coerce Utf8 and Int64 in LIKE expression",
                "text and bigint cannot be compared",
            ),
            (
                "Error during planning: Cannot infer common argument type for comparison operation Boolean = Int64",
                "`boolean = bigint` cannot be",
            ),
            ("column 'a' not found in 'p'; possible column p.b", "no column `a` in `p`; did you mean p.b?"),
            ("something new", "something new"),
        ] {
            assert!(worded(message).contains(words), "{message}: {}", worded(message));
        }
    }
}
