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
        "household, registration",
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
    refusals.expect(
        "SELECT q.person AS subject, 'x' AS occasion\nFROM person p",
        1,
        8,
        "no column `person` in `q`",
    );
}

#[test]
fn texts_that_are_no_select() {
    let mut refusals = Refusals::default();
    refusals.expect("SELECT p.person AS subject,, 'x' AS occasion FROM person p", 1, 28, "expected");
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
    refusals.expect("SELECT 1; SELECT 2", 1, 9, "and this file has 2");
    refusals.expect("VALUES (1)", 1, 1, "one SELECT");
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion FROM person p UNION ALL SELECT 1, 'y'",
        1,
        59,
        "WITH",
    );
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion FROM person p ORDER BY 1",
        1,
        59,
        "ORDER BY",
    );
    refusals.expect("SELECT p.person AS subject, 'x' AS occasion FROM person p LIMIT 5", 1, 59, "LIMIT");
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion FROM '/etc/passwd' p",
        1,
        64,
        "there is no table",
    );
}

#[test]
fn functions_that_are_not_the_same_at_every_time() {
    let mut refusals = Refusals::default();
    for call in ["now()", "current_date", "current_timestamp", "today()", "uuid()", "NOW()", "current_time"] {
        let select = "SELECT p.person AS subject, 'now() today()' AS occasion, p.age AS today, -- uuid()";
        let sql = format!("{select}\n  '年' AS year,\n '年',  CAST({call} AS VARCHAR) AS now\nFROM person p");
        refusals.expect(&sql, 3, 13, "join the one-row table clock");
    }
    refusals.expect(
        "SELECT p.person AS subject, 'x' AS occasion\nFROM person p WHERE random() < 0.5",
        2,
        21,
        "random",
    );
}

#[test]
fn functions_that_make_texts_of_nothing() {
    let mut refusals = Refusals::default();
    for (call, name) in [("repeat('x', 9)", "repeat"), ("lpad('x', 9)", "lpad"), ("rpad('x', 9)", "rpad")] {
        refusals.expect(
            &format!("SELECT p.person AS subject, 'x' AS occasion,\n  {call} AS t\nFROM person p"),
            2,
            3,
            name,
        );
    }
}

#[test]
fn what_depends_on_the_order_of_rows() {
    let mut refusals = Refusals::default();
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    let group = "FROM person p JOIN benefit b ON b.person = p.person GROUP BY p.person";
    refusals.expect(&format!("{select},\n  first_value(b.program) AS program\n{group}"), 2, 3, "first_value");
    refusals.expect(&format!("{select},\n  string_agg(b.program, ',') AS program\n{group}"), 2, 3, "words");
    refusals.expect(&format!("{select},\n  avg(b.monthly_fen) AS mean\n{group}"), 2, 3, "avg");
    refusals.expect(&format!("{select},\n  mean(b.monthly_fen) AS mean\n{group}"), 2, 3, "avg");
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
        37,
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
        17,
        "DISTINCT ON",
    );
    for (call, line, column) in [
        // Gathered values, and facts in the order of rows.
        ("CAST(array_agg(b.program) AS VARCHAR) AS x", 2, 18),
        ("array_agg(b.monthly_fen) AS facts", 2, 13),
        ("CAST(array_agg(b.fact_grant) AS VARCHAR) AS x", 2, 47),
        ("array_agg(b.fact_grant) IS NULL AS x", 2, 38),
        ("array_agg(b.fact_grant) = array_agg(b.fact_list) AS x", 2, 55),
    ] {
        refusals.expect(&format!("{select},\n  {call}\n{group}"), line, column, "in the order of rows");
    }
    let element = errors(rule("a-rule", &format!("{select}, array_agg(b.fact_grant)[1] AS fact {group}")));
    assert!(!element.is_empty(), "an element of a list is taken by chance");
    let lists = "WITH l AS (SELECT person, array_agg(fact_grant) AS facts FROM benefit GROUP BY person)\n";
    let of_lists = "FROM l JOIN person p ON p.person = l.person";
    refusals.expect(&format!("{lists}{select}, l.facts AS x {of_lists}"), 2, 57, "a value must be");
    refusals.expect(&format!("{lists}{select}\n{of_lists} GROUP BY p.person,\n l.facts"), 4, 2, "evidence");
    refusals.expect(&format!("{lists}{select}\n{of_lists} AND\n l.facts = l.facts"), 4, 2, "evidence");
    refusals.expect(
        &format!("{lists}SELECT DISTINCT {}, l.facts {of_lists}", &select[7..]),
        2,
        8,
        "evidence",
    );
}

#[test]
fn what_depends_on_the_numbers_of_a_batch() {
    let mut refusals = Refusals::default();
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    let group = "FROM person p JOIN benefit b ON b.person = p.person\nGROUP BY p.person";
    let number = "`person` is the number";
    for (call, line, column, words) in [
        ("min(b.fact_grant) AS fact", 2, 7, "fact_grant"),
        ("array_agg(b.household) AS facts", 2, 13, "household"),
        // What is grouped by has no place in the plan: its column or clause has.
        ("CAST(p.person AS BIGINT) AS n", 2, 31, number),
        ("count(*) + p.person AS n", 2, 26, number),
    ] {
        refusals.expect(&format!("{select},\n  {call}\n{group}"), line, column, words);
    }
    refusals.expect(&format!("{select}\n{group}\nHAVING p.person > 2"), 4, 1, number);
    refusals.expect(&format!("{select},\n CAST(p.person AS BIGINT) AS n FROM person p"), 2, 7, number);
    for (condition, column, words) in [
        ("p.person = 2", 7, "compare it only with that of another person"),
        ("2 <> p.person", 12, "compare it only with that of another person"),
        ("p.living AND p.household IS DISTINCT FROM p.age", 20, "another household"),
        ("p.fact_registration = p.person", 7, "another fact"),
        ("person IN (2, 3)", 7, number),
        ("p.person BETWEEN 1 AND 2", 7, number),
        ("coalesce(p.person, 1) = 1", 16, number),
        ("p.person::bigint % 2 = 0", 7, number),
        ("CASE p.person WHEN 1 THEN true END", 12, number),
        ("CASE WHEN p.living THEN p.person END IS NULL", 31, number),
        ("p.person = CAST(p.age AS INT UNSIGNED)", 7, "another person"),
        ("p.person IN (SELECT b.household FROM benefit b)", 27, "another person"),
        ("p.age IN (SELECT b.person FROM benefit b)", 24, number),
        ("p.fact_registration IN (SELECT b.fact_grant FROM benefit b)", 38, "use EXISTS"),
        ("EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.household)", 45, "another person"),
        ("p.person = ANY (SELECT b.person FROM benefit b)", 30, "ANY and ALL"),
    ] {
        refusals.expect(&format!("{select}\nFROM person p\nWHERE {condition}"), 3, column, words);
    }
    for (join, column, words) in [
        ("ON o.person < p.person", 27, number),
        ("ON o.person = p.household", 27, "another person"),
        ("ON o.person = p.person AND o.household = p.person", 51, "another household"),
    ] {
        refusals.expect(
            &format!("{select}\nFROM person p JOIN\n        person o       {join}"),
            3,
            column,
            words,
        );
    }
    refusals.expect(
        &format!(
            "WITH h AS (SELECT household AS person FROM benefit) {select}\nFROM person p JOIN h USING (person)"
        ),
        2,
        29,
        "another person",
    );
}

#[test]
fn numbers_that_lost_their_kind() {
    let mut refusals = Refusals::default();
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    for union in ["UNION ALL", "UNION", "UNION BY NAME"] {
        for value in ["max(u.n) AS n", "array_agg(u.n) AS facts", "count(u.n) AS n"] {
            let sql = format!(
                "WITH u AS (SELECT person AS own, person AS n FROM person\n {union}\n\
                 SELECT person AS own, household AS n FROM benefit)\n\
                 {select}, {value} FROM u JOIN person p ON p.person = u.own GROUP BY p.person"
            );
            let (line, column) = if union == "UNION BY NAME" { (2, 2) } else { (3, 23) };
            refusals.expect(&sql, line, column, "numbers of one kind");
        }
    }
    for (made, column) in [
        ("CAST(p.age AS INT UNSIGNED) AS fact", 8),
        ("arrow_cast(p.age, 'UInt32') AS fact", 14),
        ("with_metadata(arrow_cast(p.age, 'UInt32'), 'number', 'fact') AS fact", 28),
    ] {
        refusals.expect(&format!("{select},\n  {made} FROM person p"), 2, column, "INT UNSIGNED");
    }
    refusals.expect(
        &format!(
            "{select} FROM person p
WHERE p.person = with_metadata(arrow_cast(p.age, 'UInt32'), 'number', 'person')"
        ),
        2,
        7,
        "another person",
    );
}

#[test]
fn what_depends_on_who_else_is_in_the_batch() {
    let mut refusals = Refusals::default();
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    for (condition, column) in [
        ("EXISTS (SELECT 1 FROM benefit WHERE program = 'dibao')", 43),
        ("NOT EXISTS (SELECT 1 FROM benefit b WHERE p.living)", 33),
        ("EXISTS (SELECT 1 FROM benefit b WHERE b.program = 'dibao' OR b.person = p.person)", 45),
        ("EXISTS (SELECT 1 FROM benefit b JOIN clock c ON b.granted_on = c.as_of)", 55),
        ("'dibao' IN (SELECT b.program FROM benefit b)", 26),
        ("p.age NOT IN (SELECT h.members FROM household h WHERE p.living)", 28),
        ("(SELECT count(b.program) FROM benefit b WHERE p.age > 3) > 1", 21),
    ] {
        let sql = format!("{select}\nFROM person p\nWHERE {condition}");
        refusals.expect(&sql, 3, column, "about anybody in the batch");
    }
    for (join, line, column, name) in [
        ("CROSS JOIN\n benefit b", 3, 10, "`b`"),
        ("JOIN benefit b\n ON b.program = 'dibao'", 2, 28, "`b`"),
        (", benefit b", 2, 25, "`b`"),
        ("LEFT JOIN benefit AS b ON b.granted_on = p.died_on", 2, 36, "`b`"),
        ("JOIN benefit ON p.living", 2, 20, "`benefit`"),
        ("JOIN (SELECT count(*) AS n FROM benefit) x ON x.n > 3", 2, 56, "`x`"),
        ("JOIN benefit b ON b.person = p.person\nJOIN person o ON o.age = p.age", 3, 13, "`o`"),
        ("JOIN person o ON o.fact_registration IS NOT DISTINCT FROM p.fact_registration", 2, 27, "`o`"),
    ] {
        let sql = format!("{select}\nFROM person p {join}");
        refusals.expect(&sql, line, column, &format!("{name} is joined by no number"));
    }
    refusals.expect(
        &format!("{select} FROM person p CROSS JOIN LATERAL (SELECT count(*) AS n FROM visit v) x"),
        1,
        114,
        "joined by no number",
    );
}

#[test]
fn what_rests_on_the_subject_alone_is_allowed() {
    let select = "SELECT p.person AS subject, 'x' AS occasion";
    for rest in [
        "FROM person p, benefit b, clock c WHERE b.person = p.person AND b.granted_on = c.as_of
         GROUP BY p.person",
        "FROM person p JOIN benefit b USING (person) GROUP BY p.person",
        "FROM person p WHERE p.person IN (SELECT b.person FROM benefit b WHERE b.suspended)",
        "FROM person p WHERE EXISTS (SELECT 1 FROM person o JOIN benefit b ON b.person = o.person
         WHERE o.household = p.household AND o.person <> p.person)",
        "FROM person p WHERE (SELECT count(*) FROM visit v WHERE v.person = p.person) > 2",
        "FROM person p WHERE EXISTS (SELECT 1 FROM clock c WHERE c.as_of > p.died_on)",
        "FROM person p JOIN (SELECT household, count(*) AS n FROM person GROUP BY household) h
         ON h.household = p.household WHERE h.n > 3",
        ", array_agg(b.fact) AS facts FROM person p JOIN (SELECT person, fact_grant AS fact FROM benefit
         UNION ALL SELECT person, NULL FROM visit UNION SELECT person, fact FROM visit) b ON b.person = p.person
         GROUP BY p.person",
        ", l.facts AS facts FROM person p JOIN (SELECT person, array_agg(fact) AS facts FROM visit
         GROUP BY person) l ON l.person = p.person",
        "FROM person p LEFT ANTI JOIN benefit b ON b.person = p.person",
        "FROM (SELECT person FROM benefit EXCEPT SELECT person FROM visit) p",
    ] {
        assert_eq!(errors(rule("a-rule", &format!("{select} {rest}"))), [], "{rest}");
    }
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
