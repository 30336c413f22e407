//! Every fault of a rule is found when it is loaded, with its place and what to do.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "texts/mod.rs"]
mod texts;

use sanzao_discovery::{Parameters, RuleError, RuleSet, RuleSetError, Source};
use texts::rule;

/// Lines of the head that `texts::rule` writes.
const HEAD: usize = 12;

fn errors(source: Source) -> Vec<RuleError> {
    match RuleSet::load(&[source], &Parameters::default_set()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors,
    }
}

/// Rules that must be refused; tells all that are not as expected at once.
#[derive(Default)]
struct Refusals(Vec<String>);

impl Refusals {
    /// Expects one fault at a line of the SQL and column, with the words.
    fn expect(&mut self, sql: &str, line: usize, column: usize, words: &str) {
        let errors = errors(rule("a-rule", sql));
        let told = |error: &RuleError| {
            let place = (error.line.saturating_sub(HEAD), error.column);
            place == (line, column) && error.message.contains(words) && error.file == "a-rule.sql"
        };
        if errors.len() != 1 || !told(&errors[0]) {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            self.0.push(format!("{sql}\n  expected at {}:{column}: {words}\n  got {errors:#?}", line + HEAD));
        }
    }
}

impl Drop for Refusals {
    fn drop(&mut self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

const FROM: &str = "FROM person p CROSS JOIN clock c CROSS JOIN parameter q";

#[test]
fn names_that_do_not_exist() {
    let mut refusals = Refusals::default();
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion\nFROM person p\nWHERE p.aeg > 1",
        3,
        7,
        "aeg",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion\nFROM persons p",
        2,
        6,
        "household, benefit",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion\nFROM person p WHERE aged(p.age)",
        2,
        21,
        "aged",
    );
    refusals.expect(
        &format!("SELECT p.person AS subject, 'x' AS occasion {FROM}\nWHERE q.no_days > 1"),
        2,
        7,
        "no_days",
    );
    refusals.expect("SELECT q.person AS subject, 'x' AS occasion\nFROM person p", 1, 8, "not found in 'q'");
}

#[test]
fn texts_that_are_no_select() {
    let mut refusals = Refusals::default();
    refusals.expect("SELECT p.person AS subject,, 'x' AS occasion FROM person p", 1, 28, "Expected");
    refusals.expect("DELETE FROM person", 1, 1, "one SELECT");
    refusals.expect("CREATE TABLE person2 (a INT)", 1, 1, "one SELECT");
    refusals.expect(
        "CREATE EXTERNAL TABLE x (a INT) STORED AS CSV LOCATION '/etc/passwd'",
        1,
        1,
        "one SELECT",
    );
    refusals.expect("COPY person TO '/tmp/x.csv' STORED AS CSV", 1, 1, "one SELECT");
    refusals.expect("EXPLAIN SELECT 1", 1, 1, "one SELECT");
    refusals.expect("SELECT 1; SELECT 2", 1, 1, "and this file has 2");
    refusals.expect("VALUES (1)", 1, 1, "one SELECT");
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion FROM person p UNION ALL SELECT 1, 'y'",
        1,
        1,
        "WITH",
    );
    refusals.expect("SELECT p.person AS subject, 'x' AS occasion FROM person p ORDER BY 1", 1, 1, "ORDER BY");
    refusals.expect("SELECT p.person AS subject, 'x' AS occasion FROM person p LIMIT 5", 1, 1, "LIMIT");
    refusals.expect("SELECT p.person AS subject, 'x' AS occasion FROM '/etc/passwd' p", 1, 64, "not found");
}

#[test]
fn functions_that_are_not_the_same_at_every_time() {
    for (call, column) in
        [("now()", 54), ("current_date", 54), ("current_timestamp", 54), ("today()", 54), ("uuid()", 54)]
    {
        let sql = format!(
            "SELECT p.person AS subject, 'x' AS occasion, CAST({call} AS VARCHAR) AS t\nFROM person p"
        );
        let errors = errors(rule("a-rule", &sql));
        assert_eq!(errors.len(), 1, "{call}: {errors:?}");
        let told = errors[0].message.contains("join the one-row table clock");
        assert!(told && errors[0].line == HEAD + 1, "{call} {column}: {}", errors[0]);
    }
    Refusals::default().expect(
        "SELECT p.person AS subject, 'x' AS occasion\nFROM person p WHERE random() < 0.5",
        2,
        21,
        "random",
    );
}

#[test]
fn what_depends_on_the_order_or_numbers_of_a_batch() {
    let mut refusals = Refusals::default();
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    let group = "FROM person p JOIN benefit b ON b.person = p.person GROUP BY p.person";
    refusals.expect(&format!("{select},\n  first_value(b.program) AS program\n{group}"), 2, 3, "first_value");
    refusals.expect(&format!("{select},\n  string_agg(b.program, ',') AS program\n{group}"), 2, 3, "words");
    refusals.expect(&format!("{select},\n  avg(b.monthly_fen) AS mean\n{group}"), 2, 3, "avg");
    refusals.expect(&format!("{select},\n  min(b.fact_grant) AS fact\n{group}"), 2, 9, "fact_grant");
    refusals.expect(&format!("{select},\n  array_agg(b.household) AS facts\n{group}"), 2, 15, "household");
    refusals.expect(
        &format!("{select}, CAST(p.person AS BIGINT) AS n FROM person p"),
        1,
        10,
        "`person` is the number",
    );
    refusals.expect(
        &format!("{select}\nFROM person p JOIN person o ON o.person < p.person"),
        1,
        10,
        "`person` is the number",
    );
    refusals.expect(
        &format!("{select},\n  row_number() OVER (ORDER BY p.age) AS n\nFROM person p"),
        2,
        16,
        "window",
    );
    refusals.expect(&format!("{select},\n  CAST(p.age AS DOUBLE) AS ratio FROM person p"), 2, 28, "fen");
    refusals.expect(
        &format!("{select}\nFROM person p WHERE p.age > (SELECT q.child_below_years FROM parameter q)"),
        2,
        62,
        "join the one-row table clock",
    );
    refusals.expect(
        &format!("{select}\nFROM person p WHERE p.person IN (SELECT b.person FROM benefit b LIMIT 3)"),
        2,
        65,
        "LIMIT",
    );
    refusals.expect(
        "SELECT DISTINCT ON (p.age) p.person AS subject, 'x' AS occasion FROM person p",
        1,
        8,
        "DISTINCT ON",
    );
}

#[test]
fn result_columns() {
    let mut refusals = Refusals::default();
    refusals.expect("SELECT 'x' AS occasion FROM person p", 1, 1, "no column `subject`");
    refusals.expect("SELECT p.person AS subject FROM person p", 1, 1, "no column `occasion`");
    refusals.expect(
        "SELECT p.household AS subject, 'x' AS occasion FROM person p",
        1,
        23,
        "must be a `person` column",
    );
    refusals.expect(
        "SELECT p.age AS subject, 'x' AS occasion FROM person p",
        1,
        17,
        "must be a `person` column",
    );
    refusals.expect("SELECT p.person AS subject, 1 AS occasion FROM person p", 1, 34, "must be text");
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion, p.household AS home FROM person p",
        1,
        61,
        "outside the batch",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion, p.age AS income_fen FROM person p",
        1,
        55,
        "bigint",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion, p.age AS factor FROM person p",
        1,
        55,
        "evidence",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion, p.person AS fact FROM person p",
        1,
        58,
        "evidence",
    );
    refusals.expect(
        &format!("SELECT p.person AS subject, 'x' AS occasion, c.as_of AS due {FROM}"),
        1,
        57,
        "column due",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion, p.living, r.living FROM person p JOIN relative r
          ON r.person = p.person",
        1,
        48,
        "twice",
    );
}

#[test]
fn heads_and_the_explanation() {
    let good = rule("a-rule", "SELECT p.person AS subject, 'x' AS occasion, p.age AS age FROM person p");
    assert_eq!(errors(good.clone()), []);
    let nothing = errors(rule("a-rule", ""));
    assert!(nothing.len() == 1 && nothing[0].message.contains("has 0"), "{nothing:?}");
    for (from, to, line, words) in [
        ("原因", "年龄{ages}", 7, "`{ages}` in `why`"),
        ("原因", "到{due}", 7, "`{due}` in `why`"),
        ("原因", "年龄{age", 7, "not closed"),
        ("-- due: 10 working days", "-- due: column due", 13, "no column `due`"),
        ("-- id: a-rule", "-- id: another", 1, "the file's name"),
        ("-- title: 标题\n", "", 1, "no `title`"),
    ] {
        let text = good.text.replacen(from, to, 1);
        let errors = errors(Source { text, ..good.clone() });
        assert!(
            errors.len() == 1 && errors[0].line == line && errors[0].message.contains(words),
            "{to}: {errors:?}"
        );
    }
}

#[test]
fn all_faults_of_all_files_and_none_of_the_good() {
    let good = rule("good", "SELECT p.person AS subject, 'x' AS occasion FROM person p");
    let bad = rule("bad", "SELECT p.person AS subject FROM person p");
    let sources =
        [bad.clone(), good.clone(), bad, Source { file: "worse.sql".into(), text: "SELECT".into() }];
    let errors = RuleSet::load(&sources, &Parameters::default_set()).unwrap_err();
    assert!(errors.iter().all(|error| error.file != "good.sql"));
    assert!(errors.iter().any(|error| error.message.contains("two files of this name")));
    assert!(errors.iter().filter(|error| error.file == "worse.sql").count() > 5);
    assert!(errors.is_sorted());
}

#[test]
fn a_directory_replaces_the_set() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let parameters = Parameters::default_set();
    let set = RuleSet::from_dir(folder.as_ref(), &parameters).unwrap();
    assert_eq!(set, RuleSet::built_in(), "every file in rules/ is built in");
    let missing = RuleSet::from_dir("/nowhere/at/all".as_ref(), &parameters);
    assert!(matches!(missing, Err(RuleSetError::Read { .. })));
}

#[test]
fn the_hash_is_of_the_set_and_not_of_its_order() {
    let parameters = Parameters::default_set();
    let a = rule("a-rule", "SELECT p.person AS subject, 'x' AS occasion FROM person p");
    let b = rule("b-rule", "SELECT p.person AS subject, 'y' AS occasion FROM person p");
    let hash = |sources: &[Source]| RuleSet::load(sources, &parameters).unwrap().hash().to_owned();
    assert_eq!(hash(&[a.clone(), b.clone()]), hash(&[b.clone(), a.clone()]));
    let changed = Source { text: a.text.replace("消除", "办结"), ..a.clone() };
    assert_ne!(hash(&[a, b.clone()]), hash(&[changed, b]));
}
