//! A town of two thousand people, every rule, every day of a year: the product against the plain reading of the domain,
//! with numbers that change by division and day, and with what was known half-way.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::ToSpan;
use jiff::civil::Date;
use plain::{batches, expected, key, ledger, sweep, without_ties};
use sanzao::stage::Evaluator;
use sanzao_discovery::{Parameters, RuleSet};
use sanzao_intake::Pseudonyms;
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{Day, FactBatch, IdNumber};
use sanzao_tests::history::{Size, history};
use sanzao_tests::reference::{Numbers, Reference};
use serde_json::Value;

const DAYS: i64 = 366;

/// What the year brings: name, division, on which of its days (none where it always held), value.
const ADJUSTED: [(&str, &str, Option<i64>, i64); 7] = [
    ("dibao_standard_fen", "", Some(180), 95_000),
    ("dibao_standard_fen", "320614101", None, 60_000),
    ("high_self_pay_fen", "320614", Some(60), 1_500_000),
    ("high_self_pay_fen", "320614101", Some(240), 2_500_000),
    ("old_age_allowance_from_years", "320684", None, 75),
    ("long_unemployed_days", "", Some(150), 30),
    ("exit_self_pay_fen", "3206141", Some(59), 50_000),
];

/// The same numbers for both sides.
fn numbers(first: Date) -> (Parameters, Numbers) {
    let mut toml = Parameters::DEFAULT_TOML.to_owned();
    let mut numbers = Numbers::default();
    for (name, division, on, value) in ADJUSTED {
        let from = on.map(|on| first + on.days());
        numbers = numbers.with(name, division, from.unwrap_or(Date::MIN), value);
        let place = toml.find(&format!("name = \"{name}\"")).unwrap();
        let end = toml[place..].find("\n[[parameter]]").map_or(toml.len(), |end| place + end + 1);
        let from = from.map_or(String::new(), |day| format!("from = {day}\n"));
        let division = match division {
            "" => String::new(),
            code => format!("division = \"{code}\"\n"),
        };
        let entry = format!("[[parameter.adjusted]]\n{from}{division}value = {value}\nsource = \"test\"\n\n");
        toml.insert_str(end, &entry);
    }
    (Parameters::parse(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}")), numbers)
}

/// By pseudonym, as the product has it.
fn order(number: &str) -> String {
    let pseudonyms = Pseudonyms::new(&key());
    IdNumber::parse(number)
        .map_or_else(|_| number.to_owned(), |number| pseudonyms.person(&number).to_string())
}

fn reference(events: &[Value], numbers: &Numbers) -> Reference {
    Reference::new(events).with_numbers(numbers.clone()).with_order(order)
}

fn known(batches: &[FactBatch]) -> Ledger {
    let mut ledger = ledger();
    batches.iter().for_each(|batch| drop(ledger.apply(batch)));
    ledger
}

/// Compares one day, and counts findings by rule.
fn compare(
    ledger: &Ledger,
    scopes: &[Scope],
    reference: &Reference,
    evaluator: &mut Evaluator,
    day: Date,
) -> BTreeMap<String, usize> {
    let found = sweep(evaluator, ledger, scopes, Day::from(day));
    let found: BTreeSet<_> =
        found.keys().map(|(rule, subject, occasion)| (rule.0.clone(), *subject, occasion.clone())).collect();
    let expected = expected(reference, day);
    let missing: Vec<_> = expected.difference(&found).take(5).collect();
    let extra: Vec<_> = found.difference(&expected).take(5).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{day}: missing {missing:?}, extra {extra:?}");
    let mut counts = BTreeMap::new();
    for (rule, ..) in found {
        *counts.entry(rule).or_default() += 1;
    }
    counts
}

/// `SANZAO_YEAR_STEP=7` looks at one day a week, `SANZAO_SEED` at another town.
#[test]
fn every_rule_on_every_day_of_a_year() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (step, seed) = (number("SANZAO_YEAR_STEP", 1), number("SANZAO_SEED", 11));
    let history = history(seed, Size::TOWN);
    // The days at which something begins or ends lie around the middle of the year.
    let first = history.days[history.days.len() / 2] - (DAYS / 2).days();
    let (parameters, numbers) = numbers(first);
    let rules = RuleSet::built_in_with(&parameters).unwrap();
    let events = without_ties(history.events);
    let batches = batches(&events);
    // What had been appended half-way, in the order of arrival: what the platform knew then.
    let half = events.len() / 2;
    let (whole, early) = (known(&batches), known(&batches[..half]));
    let (all, then) = (reference(&events, &numbers), reference(&events[..half], &numbers));
    let days: Vec<Date> = (0..DAYS).step_by(step as usize).map(|day| first + day.days()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut evaluator = Evaluator::new(&rules, &parameters).unwrap();
        let (of_all, of_early): (Vec<Scope>, Vec<Scope>) =
            (whole.sweep(10_000).collect(), early.sweep(10_000).collect());
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        while let Some(day) = days.get(next.fetch_add(1, Ordering::Relaxed)) {
            let of_day = compare(&whole, &of_all, &all, &mut evaluator, *day);
            of_day.into_iter().for_each(|(rule, count)| *counts.entry(rule).or_default() += count);
            if day.day() % 8 == 1 {
                compare(&early, &of_early, &then, &mut evaluator, *day);
            }
        }
        counts
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    std::thread::scope(|threads| {
        let threads: Vec<_> = (0..2).map(|_| threads.spawn(work)).collect();
        for thread in threads {
            for (rule, count) in thread.join().unwrap_or_else(|_| panic!("seed {seed}")) {
                *counts.entry(rule).or_default() += count;
            }
        }
    });
    println!("seed {seed}, {} days of {} events: {counts:#?}", days.len(), events.len());
    let silent: Vec<&str> = rules.rules().iter().map(|rule| rule.head.id.0.as_str()).collect();
    let silent: Vec<&str> = silent.into_iter().filter(|rule| !counts.contains_key(*rule)).collect();
    assert_eq!(silent, Vec::<&str>::new(), "rules that never found anything in a year");
}
