//! What is counted of findings that come and go.

use sanzao_discovery::{Parameters, RuleSet, Source};
use sanzao_model::{Finding, PersonId};

use super::*;
use crate::backtest::Caseworkers;
use crate::backtest::report::{Counts, Frame, Pair, Report, Version};

/// Two rules, of which the draft changes the first.
fn line_up(same_parameters: bool) -> LineUp {
    let current =
        RuleSet::built_in().only(|rule| ["ageing-out", "orphan"].contains(&rule.head.id.0.as_str()));
    let mut sources: Vec<Source> = current.rules().iter().map(|rule| rule.source()).collect();
    sources[0].text.push_str("-- the same, written otherwise\n");
    let draft = RuleSet::load(&sources, &Parameters::default_set()).unwrap();
    LineUp::new(&current, &draft, same_parameters)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn tally(same_parameters: bool, to: &str) -> Tally {
    let steps = Steps::new(day("2026-06-01"), day(to), 7, day("2026-12-31")).unwrap();
    Tally::new(line_up(same_parameters), steps)
}

/// A finding of a rule, by its place in the evaluated set, about a person.
fn found(rule: usize, person: u8, values: &str, town: &str) -> Found {
    let finding = Finding {
        occasion: "x".into(),
        values: values.into(),
        evidence: Vec::new(),
        due: None,
        why: String::new(),
        legal_basis: String::new(),
        clears: String::new(),
    };
    let division = (!town.is_empty()).then(|| format!("{town}200").parse().unwrap());
    Found { rule, subject: SubjectId::Person(PersonId([person; 16])), division, finding }
}

fn all(findings: Vec<Found>) -> Evaluation {
    Evaluation { findings, failed: Vec::new() }
}

fn report(tally: &Tally, caseworkers: Option<&Caseworkers>) -> Report {
    let version = || Version {
        rules: "built in".into(),
        parameters: "built in".into(),
        rules_hash: String::new(),
        parameters_hash: String::new(),
    };
    let frame = Frame {
        bureau: "320614".into(),
        from: tally.steps.first(),
        to: tally.steps.last(),
        days: tally.steps.days().to_vec(),
        facts_upto: 7,
        current: version(),
        draft: version(),
        parameters: Vec::new(),
    };
    Report::new(frame, tally, caseworkers)
}

fn pair(current: u64, draft: u64) -> Pair<u64> {
    Pair { current, draft }
}

const A: &str = "320614100";
const B: &str = "320614101";

#[test]
fn what_is_there_opens_goes_and_differs() {
    let mut tally = tally(true, "2026-06-17");
    // Rule 1 is shared: only the current set is evaluated, and it counts for both.
    tally.take(vec![all(vec![found(0, 1, "{}", A), found(1, 9, "{}", B)]), all(vec![found(0, 1, "{}", A)])]);
    tally.end_day();
    tally.take(vec![
        all(vec![found(0, 2, "{}", A)]),
        all(vec![found(0, 1, "{}", A), found(0, 2, "{\"a\":1}", A)]),
    ]);
    tally.end_day();
    tally.take(vec![
        all(vec![found(0, 2, "{}", A)]),
        all(vec![found(0, 2, "{\"a\":1}", A), found(0, 3, "{}", "")]),
    ]);
    tally.end_day();
    tally.take(vec![all(vec![found(0, 2, "{}", A)]), all(vec![found(0, 2, "{\"a\":1}", A)])]);
    tally.end_day();

    let report = report(&tally, Some(&Caseworkers::All(2)));
    let [changed, shared] = &report.rules[..] else { panic!("two rules") };
    assert_eq!(
        changed.counts,
        Some(Counts {
            at_start: pair(1, 1),
            at_end: pair(1, 1),
            found: pair(2, 3),
            opened: pair(1, 2),
            gone: pair(1, 2),
            only_draft: 1,
            only_current: 0,
            other_values: 1,
            opens_at_once: 0,
            withdrawn_at_once: 0,
        })
    );
    assert_eq!(changed.towns.keys().collect::<Vec<_>>(), [A, UNKNOWN_TOWN]);
    let shared = shared.counts.clone().unwrap();
    assert_eq!((shared.at_start, shared.gone, shared.only_current), (pair(1, 1), pair(1, 1), 0));
    assert_eq!(report.total.found, pair(3, 4));
    let alerts: Vec<_> = report.weeks.iter().map(|week| week.alerts).collect();
    assert_eq!(alerts, [pair(1, 1), pair(0, 1), pair(0, 0)]);
    assert_eq!(report.weeks[0].per_caseworker, Some(Pair { current: 0.5, draft: 0.5 }));
    // 16 days, two caseworkers.
    let Pair { current, draft } = report.per_caseworker_week.unwrap();
    assert!((current - 7.0 / 32.0).abs() < 1e-9 && (draft - 14.0 / 32.0).abs() < 1e-9);
    assert!(!report.same);
}

#[test]
fn the_same_is_said_to_be_the_same() {
    let mut tally = tally(true, "2026-06-08");
    for _ in 0..2 {
        tally.take(vec![all(vec![found(0, 1, "{}", A)]), all(vec![found(0, 1, "{}", A)])]);
        tally.end_day();
    }
    assert!(report(&tally, None).same);
}

#[test]
fn other_parameters_have_an_unchanged_rule_evaluated_again() {
    assert_eq!(line_up(true).sets[1].rules().len(), 1);
    assert_eq!(line_up(false).sets[1].rules().len(), 2);
    let mut tally = tally(false, "2026-06-01");
    tally.take(vec![all(vec![found(1, 1, "{}", A)]), all(Vec::new())]);
    tally.end_day();
    let counts = report(&tally, None).rules[1].counts.clone().unwrap();
    assert_eq!((counts.only_current, counts.withdrawn_at_once), (1, 1));
}

#[test]
fn what_failed_is_unknown_and_not_none() {
    let mut tally = tally(true, "2026-06-15");
    let one = || all(vec![found(0, 1, "{}", A)]);
    tally.take(vec![one(), one()]);
    tally.end_day();
    let failed = || Evaluation { findings: Vec::new(), failed: vec![(0, "divided by zero".into())] };
    // In two of the parts that a day is evaluated in.
    tally.take(vec![one(), failed()]);
    tally.take(vec![all(Vec::new()), failed()]);
    tally.end_day();
    tally.take(vec![one(), one()]);
    tally.end_day();
    let report = report(&tally, None);
    let rule = &report.rules[0];
    assert_eq!((rule.counts.clone(), rule.towns.len()), (None, 0));
    let [unknown] = &rule.unknown[..] else { panic!("one set failed") };
    assert_eq!((unknown.of, &unknown.days[..]), (Of::Draft, &[day("2026-06-08")][..]));
    assert_eq!(report.total, Counts::default(), "nothing of it is summed up");
    assert!(!report.same && report.is_partly_unknown());
    let item = tally.items.values().next().unwrap();
    assert_eq!(item.days, [3, 2], "nothing was gone on the day that is unknown");
    assert_eq!(tally.cells.values().map(|cell| cell.gone).next(), Some([0, 0]));
}

#[test]
fn towns_have_their_own_caseworkers() {
    let mut tally = tally(true, "2026-06-08");
    tally.take(vec![all(Vec::new()), all(Vec::new())]);
    tally.end_day();
    tally.take(vec![
        all(vec![found(1, 1, "{}", A), found(1, 2, "{}", A), found(1, 3, "{}", B)]),
        all(Vec::new()),
    ]);
    tally.end_day();
    let towns = Caseworkers::ByTown([(A.to_owned(), 2)].into());
    let report = report(&tally, Some(&towns));
    let of = |town: &str| report.towns.iter().find(|report| report.town == town).unwrap();
    assert_eq!(of(A).per_caseworker_week, Some(Pair { current: 1.0, draft: 1.0 }));
    assert_eq!((of(B).caseworkers, of(B).per_caseworker_week), (None, None));
    assert_eq!(report.caseworkers, Some(2));
}
