//! `TABLES.md`: the contract, as somebody who writes a rule reads it.

use std::fmt::Write;

use sanzao_ledger::tables::Tables;

use crate::{Parameters, batches, functions};

const HEAD: &str = "\
# Tables that rules may read

Generated from the code by a test; `SANZAO_BLESS=1 cargo test -p sanzao-discovery` rewrites it.

A rule is a file `<id>.sql` of a head (`-- key: value` lines, see any rule) and one SELECT over these tables.
They hold, computed once for a batch, the terms of the domain's exact meanings as of the day in `clock`:
facts that count on that day, not retracted, not held, not superseded.

Result columns: `subject` (a `person` or `household` column, as the head says), `occasion` (text), evidence
(a fact column, or `array_agg` of one, whose name begins with `trigger`, `link` or `fact`), `due` (a date, where the
head says `column due`). A `trigger` makes the case: a new one re-opens an alert that was handled. A `link` belongs to the
case and re-opens nothing: small bills, one thing recorded again. A `fact` is context: a list, a registration. Every other column is a value: bigint, int, text, date or boolean; amounts in fen end in
`_fen`. Nothing may be a value that changes from day to day while the finding stays the same (an age in days):
each change is sent.

`why` in the head is the explanation: `{column}` stands for a value, `{occasion}` or `{due}`; amounts are shown in
yuan, words of the wire in Chinese. What stands in `[…]` is left out where a value in it is null.

Numbers of people, households and facts mean something only within a batch: join, group and count by them, and
nothing else; compare each only with one of the same kind. A batch is any selection of people, so that nothing
may depend on who else is in it: every join (except with `clock` and `parameter`, which have one row) and every
EXISTS and IN must be over the number of a person, household or fact, as `b.person = p.person`. `array_agg` gathers
facts, as evidence and for nothing else; a column of a UNION holds numbers of one kind, or null after the first
SELECT.

Not for rules: the clock (`now()` and the like), chance, window functions, LIMIT, ORDER BY, binary fractions,
scalar subqueries that depend on nothing outside (join `clock` or `parameter`), ANY, ALL and LATERAL, functions that
make long texts of nothing (`repeat`, `lpad`, `rpad`), and aggregates other than
count, sum, min, max, bool_and, bool_or, array_agg and words.
";

/// The contract as Markdown.
pub fn tables_md() -> String {
    let mut out = HEAD.to_owned();
    let parameters = Parameters::default_set();
    for table in batches::tables(&Tables::default(), &parameters) {
        writeln!(out, "\n## {}\n\n{}\n", table.name, table.doc).expect("a String takes everything");
        out.push_str("| column | type | |\n|---|---|---|\n");
        for column in &table.columns {
            let null = if column.nullable { ", null" } else { "" };
            writeln!(out, "| `{}` | {}{null} | {} |", column.name, column.kind.as_str(), column.doc)
                .expect("a String takes everything");
        }
    }
    out.push_str("\n## Functions\n\nBeside those of DataFusion that give the same at every time:\n\n");
    for (signature, doc) in functions::DOCS {
        writeln!(out, "- `{signature}`: {doc}").expect("a String takes everything");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_contract() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/TABLES.md");
        let now = tables_md();
        if std::env::var_os("SANZAO_BLESS").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == now,
            "TABLES.md is not what the code says: run with SANZAO_BLESS=1 and read the diff"
        );
    }
}
