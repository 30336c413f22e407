//! Rules that fail, and what the engine makes of them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "random/mod.rs"]
mod random;
#[path = "texts/mod.rs"]
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use random::DENSE;
use sanzao_discovery::{Engine, Evaluation, Found, Parameters, RuleSet, Source};
use sanzao_model::SubjectId;
use texts::rule;

const GOOD: &str =
    "SELECT p.person AS subject, 'old' AS occasion, p.age AS age FROM person p WHERE p.age > 50";

fn evaluate(sources: &[Source], parameters: &Parameters) -> Evaluation {
    let rules = RuleSet::load(sources, &Parameters::default_set()).unwrap();
    let mut engine = Engine::new(&rules, parameters).unwrap();
    engine.evaluate(&random::tables(3, 60, &DENSE, false))
}

#[test]
fn a_rule_that_fails_is_alone() {
    let parameters = Parameters::default_set();
    let alone = evaluate(&[rule("good", GOOD)], &parameters);
    assert!(!alone.findings.is_empty());
    for (sql, words) in [
        // The cast of a word to a number fails when it runs.
        (
            "SELECT p.person AS subject, 'x' AS occasion, CAST(b.program AS BIGINT) AS n
          FROM person p JOIN benefit b ON b.person = p.person",
            "cast",
        ),
        ("SELECT p.person AS subject, 'x' AS occasion, 1 / (p.age - p.age) AS n FROM person p", "zero"),
        (
            "SELECT p.person AS subject, CAST(add_months(c.as_of, 200000) AS VARCHAR) AS occasion
          FROM person p CROSS JOIN clock c",
            "years 1 to 9999",
        ),
        ("SELECT b.person AS subject, 'x' AS occasion, b.program AS program FROM benefit b", "twice"),
        ("SELECT p.person AS subject, '' AS occasion FROM person p", "no occasion"),
        (
            "SELECT p.person AS subject, replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', '长') AS occasion
          FROM person p",
            "more than 200 bytes",
        ),
        (
            "SELECT p.person AS subject, 'x' AS occasion, replace(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'),
          'a', 'aaaaaaaaaa'), 'a', '长长') AS t FROM person p",
            "more than 4000",
        ),
        (
            "SELECT p.person AS subject, 'x' AS occasion, CAST(p.age * 0 + 100000000 AS DATE) AS d FROM person p",
            "outside the years",
        ),
        (
            "SELECT p.person AS subject, CASE WHEN p.age > 200 THEN 'x' END AS occasion FROM person p",
            "no occasion",
        ),
        (
            "SELECT b.person AS subject, 'x' AS occasion FROM person p LEFT JOIN benefit b
          ON b.person = p.person AND b.program = 'none'",
            "no subject",
        ),
    ] {
        let both = evaluate(&[rule("bad", sql), rule("good", GOOD)], &parameters);
        let [(0, reason)] = both.failed.as_slice() else { panic!("{sql}: {:?}", both.failed) };
        assert!(reason.to_lowercase().contains(words), "{sql}: {reason}");
        assert!(both.findings.iter().all(|found| found.rule == 1));
        let same = both.findings.iter().zip(&alone.findings).all(|(a, b)| a.finding == b.finding);
        assert!(same && both.findings.len() == alone.findings.len());
    }
}

#[test]
fn a_missing_parameter_makes_its_rules_unknown_and_no_other() {
    let text = Parameters::DEFAULT_TOML.replace("high_self_pay_fen", "high_self_paid_fen");
    let rules = RuleSet::built_in();
    let mut engine = Engine::new(&rules, &Parameters::parse(&text).unwrap()).unwrap();
    let evaluation = engine.evaluate(&random::tables(3, 60, &DENSE, false));
    let [(place, reason)] = evaluation.failed.as_slice() else { panic!("{:?}", evaluation.failed) };
    assert_eq!(rules.rules()[*place].head.id.0, "high-yearly-self-pay");
    assert!(reason.contains("high_self_pay_fen"), "{reason}");
    assert!(!evaluation.findings.is_empty());
}

#[test]
fn parameters_are_what_rules_compare_with() {
    let rules = RuleSet::built_in();
    let tables = random::tables(3, 400, &DENSE, false);
    let count = |parameters: &Parameters| {
        let evaluation = Engine::new(&rules, parameters).unwrap().evaluate(&tables);
        let rule = |id: &str| rules.rules().iter().position(|rule| rule.head.id.0 == id).unwrap();
        let of = |id: &str| evaluation.findings.iter().filter(|found| found.rule == rule(id)).count();
        (of("missed-old-age-allowance"), of("income-above-standard"))
    };
    let before = count(&Parameters::default_set());
    let text = Parameters::DEFAULT_TOML.replace("value = 80\n", "value = 0\n").replace("82_000", "8_200_000");
    let after = count(&Parameters::parse(&text).unwrap());
    assert!(before.0 < after.0 && before.1 > after.1, "{before:?} {after:?}");
}

#[test]
fn values_are_one_form_of_json() {
    let sql = "SELECT p.person AS subject, 'x' AS occasion, 7 AS z, '\"\\' || chr(10) AS a, p.living AS m,
               CAST(NULL AS BIGINT) AS n_fen, c.as_of AS d FROM person p CROSS JOIN clock c WHERE p.living";
    let evaluation = evaluate(&[rule("forms", sql)], &Parameters::default_set());
    let values = &evaluation.findings[0].finding.values;
    let day: String = random::tables(3, 60, &DENSE, false).as_of.to_string();
    assert_eq!(*values, format!(r#"{{"a":"\"\\\n","d":"{day}","m":true,"n_fen":null,"z":7}}"#));
}

#[test]
fn numbers_are_those_of_the_place_and_the_day() {
    let sql = "SELECT p.person AS subject, 'x' AS occasion, q.dibao_standard_fen AS standard_fen
               FROM person p CROSS JOIN parameter q WHERE p.living";
    let tables = random::tables(3, 400, &DENSE, false);
    let divisions: BTreeSet<String> = tables
        .person_divisions
        .iter()
        .flatten()
        .map(|division| division.to_string()[..9].to_owned())
        .collect();
    let (first, second) = (divisions.first().unwrap(), divisions.last().unwrap());
    assert_ne!(first, second, "the batch is of several towns");
    let (today, tomorrow) = (tables.as_of, tables.as_of.plus_days(1));
    let adjusted = format!(
        "value = 82_000\nunit = \"fen\"\nchinese = \"标准\"\nsource = \"assumed\"
         [[parameter.adjusted]]\ndivision = \"{first}\"\nfrom = \"{today}\"\nvalue = 1\nsource = \"x\"
         [[parameter.adjusted]]\ndivision = \"{second}\"\nfrom = \"{tomorrow}\"\nvalue = 2\nsource = \"x\""
    );
    let name = "[[parameter]]\nname = \"dibao_standard_fen\"\n";
    let parameters = Parameters::parse(&format!("{name}{adjusted}")).unwrap();
    let rules = RuleSet::load(&[rule("numbers", sql)], &parameters).unwrap();
    let evaluation = Engine::new(&rules, &parameters).unwrap().evaluate(&tables);
    let mut seen = BTreeMap::new();
    for found in &evaluation.findings {
        let town = found.division.map(|division| division.to_string()[..9].to_owned());
        let expected = if town.as_ref() == Some(first) { 1 } else { 82_000 };
        assert_eq!(found.finding.values, format!(r#"{{"standard_fen":{expected}}}"#), "{town:?}");
        *seen.entry(expected).or_insert(0) += 1;
    }
    assert!(seen.len() == 2, "both numbers are met: {seen:?}");
    let living = tables.person.iter().filter(|row| row.living).map(|row| tables.people[row.person as usize]);
    let decided = living.filter(|person| tables.subjects.contains(&SubjectId::Person(*person)));
    assert_eq!(evaluation.findings.len(), decided.count(), "nobody is lost between the parts");
    let by_rule = |found: &Found| (found.rule, found.subject, found.finding.occasion.clone());
    assert!(evaluation.findings.is_sorted_by_key(by_rule));
}

#[test]
fn a_rule_that_finds_far_too_much_is_unknown() {
    // Everybody beside every settlement of the household, each of them an occasion.
    let sql =
        "SELECT p.person AS subject, CAST(s.on_day AS VARCHAR) || t.settlement || u.settlement AS occasion
               FROM person p JOIN settlement s ON s.household = p.household
               JOIN settlement t ON t.household = p.household JOIN settlement u ON u.household = p.household";
    let household = "SELECT p.person AS subject, 'x' AS occasion FROM person p";
    let parameters = Parameters::default_set();
    let rules = RuleSet::load(&[rule("few", household), rule("many", sql)], &parameters).unwrap();
    let tables = random::tables(3, 400, &DENSE, true);
    let mut engine = Engine::new(&rules, &parameters).unwrap();
    let evaluation = engine.evaluate(&tables);
    let [(1, reason)] = evaluation.failed.as_slice() else { panic!("{:?}", evaluation.failed) };
    assert!(reason.contains("rows for one batch") || reason.contains("twice"), "{reason}");
    assert!(!evaluation.findings.is_empty());
}

#[test]
fn a_rule_that_takes_too_long_is_unknown() {
    let parameters = Parameters::default_set();
    let rules = RuleSet::load(&[rule("good", GOOD)], &parameters).unwrap();
    let tables = random::tables(3, 60, &DENSE, false);
    let engine = Engine::new(&rules, &parameters).unwrap();
    let mut engine = engine.with_most_time(Duration::ZERO);
    let evaluation = engine.evaluate(&tables);
    let [(0, reason)] = evaluation.failed.as_slice() else { panic!("{:?}", evaluation.failed) };
    assert!(reason.contains("took more than 0 ms"), "{reason}");
    assert!(engine.with_most_time(Duration::from_secs(20)).evaluate(&tables).failed.is_empty());
}
