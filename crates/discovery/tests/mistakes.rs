//! The mistakes that people make in rules, and what they are told: `RULES.md` has the table, `SANZAO_BLESS=1` rewrites
//! it. Read each message as somebody who knows SQL and no Rust.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "texts/mod.rs"]
mod texts;

use std::fmt::Write;

use sanzao_discovery::{Parameters, RuleSet, Source};
use texts::rule;

const BEGIN: &str = "<!-- mistakes: written by a test -->\n";
const END: &str = "<!-- end of mistakes -->";

/// A rule that is fine; each mistake replaces a part of it.
const GOOD: &str = "SELECT p.person AS subject,
       'x' AS occasion,
       p.age AS age,
       b.fact_grant AS trigger_grant
FROM person p
JOIN benefit b ON b.person = p.person
CROSS JOIN clock c
CROSS JOIN parameter q
WHERE p.age >= q.old_age_allowance_from_years
  AND b.granted_on < c.as_of";

/// What is written instead of what, in the head or the SELECT.
const MISTAKES: &[(&str, &str)] = &[
    // Names.
    ("p.age >= q", "p.aeg >= q"),
    ("FROM person p", "FROM persons p"),
    ("p.age >= q", "x.age >= q"),
    ("p.age >= q", "age >= q.old_age_allowance_from_years AND person > q"),
    ("old_age_allowance_from_years", "old_age_years"),
    ("p.age AS age", "year_of(p.died_on) AS age"),
    // The form of SQL.
    ("'x' AS occasion,", "'x' AS occasion,,"),
    ("FROM person p", "FORM person p"),
    ("WHERE p.age", "WERE p.age"),
    ("'x' AS occasion", "'x AS occasion"),
    ("'x' AS occasion", "\"x\" AS occasion"),
    ("p.age >= q", "(p.age >= q"),
    ("AND b.granted_on < c.as_of", "AND b.granted_on < c.as_of; SELECT 1"),
    ("SELECT p.person AS", "DELETE p.person AS"),
    ("b.granted_on < c.as_of", "b.granted_on < c.as_of ORDER BY p.age"),
    ("b.granted_on < c.as_of", "b.granted_on < c.as_of LIMIT 10"),
    ("b.granted_on < c.as_of", "b.granted_on < c.as_of UNION SELECT 1, 2, 3, 4"),
    ("b.granted_on < c.as_of", "b.granted_on < ?"),
    // Kinds of values.
    ("p.age >= q", "p.age >= 'eighty' OR p.age >= q"),
    ("b.granted_on < c.as_of", "b.granted_on < b.program"),
    ("b.granted_on < c.as_of", "b.granted_on = 30"),
    ("b.granted_on < c.as_of", "b.program IN (1, 2)"),
    ("b.granted_on < c.as_of", "b.program LIKE 5"),
    ("b.granted_on < c.as_of", "b.granted_on < CAST('July' AS DATE)"),
    ("b.granted_on < c.as_of", "p.living = 1"),
    ("b.granted_on < c.as_of", "b.granted_on < '2026/01/01'"),
    ("b.granted_on < c.as_of", "b.program = dibao"),
    ("b.granted_on < c.as_of", "p.age = 'abc'"),
    ("b.granted_on < c.as_of", "p.age"),
    ("p.age AS age", "p.age / 2.0 AS age"),
    ("p.age AS age", "add_days(c.as_of) AS age"),
    ("p.age AS age", "count(*) AS age"),
    ("p.age AS age", "sum(b.monthly_fen) OVER () AS age"),
    ("b.granted_on < c.as_of", "sum(b.monthly_fen) > 1"),
    // The day and chance.
    ("b.granted_on < c.as_of", "b.granted_on < current_date"),
    ("b.granted_on < c.as_of", "b.granted_on < now()"),
    ("b.granted_on < c.as_of", "random() < 0.5"),
    ("p.age AS age", "avg(b.monthly_fen) AS age"),
    // Joins.
    ("JOIN benefit b ON b.person = p.person", "CROSS JOIN benefit b"),
    ("ON b.person = p.person", "ON b.household = p.person"),
    ("b.granted_on < c.as_of", "EXISTS (SELECT 1 FROM visit)"),
    ("b.granted_on < c.as_of", "p.person = 7"),
    ("b.granted_on < c.as_of", "p.age > (SELECT max(q.old_age_allowance_from_years) FROM parameter q)"),
    // Columns of the result.
    ("p.person AS subject", "p.person AS person"),
    ("p.person AS subject", "p.household AS subject"),
    ("'x' AS occasion,", ""),
    ("'x' AS occasion", "b.granted_on AS occasion"),
    ("b.fact_grant AS trigger_grant", "p.age AS trigger_age"),
    ("b.fact_grant AS trigger_grant", "b.fact_grant AS grant_fact"),
    ("b.fact_grant AS trigger_grant", "c.as_of AS due"),
    ("p.age AS age", "p.age AS age_fen"),
    ("p.age AS age", "p.age AS age, b.granted_on AS age"),
    // The head.
    ("-- why: 原因", "-- why: 年龄{ages}"),
    ("-- why: 原因", "-- why: 年龄{age"),
    ("-- why: 原因", "-- why: [年龄{age}"),
    ("-- title: 标题\n", ""),
    ("-- title: 标题", "-- titel: 标题"),
    ("-- title: 标题", "-- title： 标题"),
    ("-- title: 标题", "-- title:"),
    ("-- title: 标题", "标题"),
    ("-- id: a-rule", "-- id: another"),
    ("-- version: 1", "-- version: 1.1"),
    ("-- procedure: help", "-- procedure: alert"),
    ("-- subject: person", "-- subject: child"),
    ("-- subject: person", "-- subject: household"),
    ("-- sensitivity: general", "-- sensitivity: secret"),
    ("-- feeds: registry", "-- feeds: registry, schools"),
    ("-- due: 10 working days", "-- due: 10 days"),
    ("-- due: 10 working days", "-- due: column due"),
    ("-- occasion: event", "-- occasion: once"),
];

/// Line, column and message of each fault.
fn told(from: &str, to: &str) -> Vec<(usize, usize, String)> {
    let good = rule("a-rule", GOOD);
    assert!(good.text.contains(from), "{from}");
    let text = good.text.replacen(from, to, 1);
    let errors =
        RuleSet::load(&[Source { text, ..good }], &Parameters::default_set()).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.line, error.column, error.message)).collect()
}

/// As a cell of a table in Markdown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ↵ ")
}

fn table() -> String {
    let mut out = String::from("\n| instead of | is written | what `rules check` says |\n|---|---|---|\n");
    for (from, to) in MISTAKES {
        let faults = told(from, to);
        let messages: Vec<String> = faults
            .iter()
            .map(|(line, column, message)| format!("{line}:{column}: {}", cell(message)))
            .collect();
        let to = if to.is_empty() { "nothing".to_owned() } else { format!("`{}`", cell(to)) };
        writeln!(out, "| `{}` | {to} | {} |", cell(from.trim_end()), messages.join("<br>")).unwrap();
    }
    out.push('\n');
    out
}

#[test]
fn the_document_says_what_is_said() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/RULES.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let right = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("SANZAO_BLESS").is_some() {
        std::fs::write(path, &right).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        right,
        "SANZAO_BLESS=1 rewrites RULES.md: read the diff"
    );
}

#[test]
fn every_message_is_for_people_who_know_sql() {
    let good = rule("a-rule", GOOD);
    assert!(
        RuleSet::load(std::slice::from_ref(&good), &Parameters::default_set()).is_ok(),
        "only the mistakes are wrong"
    );
    let inner = [
        "ParserError",
        "Schema error",
        "SchemaError",
        "Error during planning",
        "Internal",
        "Utf8",
        "Int64",
        "Int32",
        "Date32",
        "UInt32",
        "Float64",
        "Boolean",
        "Some(",
        "Execution error",
        "Arrow error",
        "Expr",
        "TypeSignature",
        "DataFusion",
        "Optimizer",
        "User-defined",
        "coercion",
        "rust",
    ];
    let mut bad = Vec::new();
    for (from, to) in MISTAKES {
        let faults = told(from, to);
        if faults.is_empty() {
            bad.push(format!("{to}\n  is taken for a rule"));
        }
        for (line, column, message) in faults {
            if inner.iter().any(|word| message.contains(word)) || message.contains('\n') || message.len() < 20
            {
                bad.push(format!("{to}\n  {line}:{column}: {message}"));
            }
        }
    }
    assert!(bad.is_empty(), "nobody who writes a rule can act on these:\n{}", bad.join("\n"));
}
