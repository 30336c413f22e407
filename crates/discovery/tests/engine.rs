//! Rules that fail, and what the engine makes of them.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "random/mod.rs"]
mod random;
#[path = "texts/mod.rs"]
mod texts;

use random::DENSE;
use sanzao_discovery::{Engine, Evaluation, Parameters, RuleSet, Source};
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
