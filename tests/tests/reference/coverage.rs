//! Random histories must reach every rule both ways: events that make a finding true, and events that keep one
//! from being true. Found by leaving out one event at a time.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_tests::document;
use sanzao_tests::history::{Size, history};
use sanzao_tests::reference::{Finding, RULES, Reference};
use serde_json::Value;

/// Events left out of each history, one at a time.
const LEFT_OUT: usize = 40;

/// How often something was seen, by rule and, for events, by type.
#[derive(Default)]
struct Coverage {
    findings: BTreeMap<String, usize>,
    making: BTreeMap<(String, String), usize>,
    preventing: BTreeMap<(String, String), usize>,
}

impl Coverage {
    fn look_at(&mut self, seed: u64, size: Size) {
        let history = history(seed, size);
        let reference = Reference::new(&history.events);
        let before: Vec<BTreeSet<Finding>> =
            history.days.iter().map(|day| reference.findings(*day)).collect();
        for finding in before.iter().flatten() {
            *self.findings.entry(finding.rule.clone()).or_default() += 1;
        }
        let step = history.events.len().div_ceil(LEFT_OUT);
        for left_out in (0..history.events.len()).step_by(step) {
            let mut events = history.events.clone();
            let event = events.remove(left_out);
            let kind = event["type"].as_str().unwrap().trim_end_matches(".v1").to_owned();
            let without = Reference::new(&events);
            let (mut making, mut preventing) = (BTreeSet::new(), BTreeSet::new());
            for (day, before) in history.days.iter().zip(&before) {
                let after = without.findings(*day);
                making.extend(before.difference(&after).map(|finding| finding.rule.clone()));
                preventing.extend(after.difference(before).map(|finding| finding.rule.clone()));
            }
            for rule in making {
                *self.making.entry((rule, kind.clone())).or_default() += 1;
            }
            for rule in preventing {
                *self.preventing.entry((rule, kind.clone())).or_default() += 1;
            }
        }
    }

    fn print(&self) {
        for rule in RULES {
            let findings = self.findings.get(rule).copied().unwrap_or_default();
            let (making, preventing) = (by_rule(&self.making, rule), by_rule(&self.preventing, rule));
            println!("{rule}: {findings} findings, {making} events make, {preventing} prevent");
        }
        for (what, counts) in [("makes", &self.making), ("prevents", &self.preventing)] {
            for ((rule, kind), count) in counts {
                println!("{count:5} {kind} {what} {rule}");
            }
        }
    }
}

fn by_rule(counts: &BTreeMap<(String, String), usize>, rule: &str) -> usize {
    counts.iter().filter(|((of, _), _)| of == rule).map(|(_, count)| count).sum()
}

#[test]
fn histories_reach_every_rule_both_ways() {
    let mut coverage = Coverage::default();
    for seed in 0..240 {
        coverage.look_at(seed, Size::SMALL);
    }
    for seed in 0..12 {
        coverage.look_at(seed, Size::MEDIUM);
    }
    for seed in 0..3 {
        coverage.look_at(seed, Size::LARGE);
    }
    coverage.print();
    for rule in RULES {
        let findings = coverage.findings.get(rule).copied().unwrap_or_default();
        assert!(findings >= 40, "{rule}: {findings} findings are too few");
        let (making, preventing) = (by_rule(&coverage.making, rule), by_rule(&coverage.preventing, rule));
        assert!(making >= 5, "{rule}: {making} events that make it true are too few");
        assert!(preventing >= 3, "{rule}: {preventing} events that prevent it are too few");
    }
}

#[test]
fn a_seed_gives_the_same_history_for_ever() {
    let (one, other) = (history(7, Size::MEDIUM), history(7, Size::MEDIUM));
    assert_eq!(one.events, other.events);
    assert_eq!(one.days, other.days);
    assert_ne!(one.events, history(8, Size::MEDIUM).events);
}

#[test]
fn the_order_of_events_says_nothing() {
    for seed in 0..20 {
        let mut history = history(seed, Size::MEDIUM);
        let (today, before) = (history.days[0], Reference::new(&history.events));
        history.events.reverse();
        let after = Reference::new(&history.events);
        assert_eq!(before.findings(today), after.findings(today), "seed {seed}");
    }
}

/// Sums agree, births are before the event, benefits go until after they began, lists are not empty.
#[test]
fn events_are_valid() {
    for seed in 0..40 {
        for event in history(seed, Size::MEDIUM).events {
            let data = &event["data"];
            let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
            let fen = |field: &str| (data[field].as_f64().unwrap() * 100.0).round();
            if data.get("setl_id").is_some() && data.get("medfee_sumamt").is_some() {
                assert_eq!(
                    fen("medfee_sumamt"),
                    fen("fund_pay_sumamt") + fen("psn_part_amt"),
                    "seed {seed}: {event}"
                );
                assert!(fen("maf_pay") <= fen("fund_pay_sumamt"), "seed {seed}: {event}");
            }
            if data.get("until").is_some() {
                assert!(text("on") <= text("until"), "seed {seed}: {event}");
            }
            let list = data["members"].as_array().cloned().unwrap_or_default();
            assert!(data.get("members").is_none() || !list.is_empty(), "seed {seed}: {event}");
            let named = [&data["person"], &data["related"]];
            for person in list.iter().chain(named.into_iter().filter(|person| !person.is_null())) {
                let number = document::normalise(person["id_number"].as_str().unwrap());
                assert!([15, 18].contains(&number.len()), "seed {seed}: {event}");
                let born_on = document::birth(&number).map(|day| day.to_string()).unwrap_or_default();
                assert!(*born_on < event["time"].as_str().unwrap()[..10], "seed {seed}: {event}");
                assert!(!person["name"].as_str().unwrap().is_empty(), "seed {seed}: {event}");
            }
            let source: &Value = &event["source"];
            assert!(
                event["type"].as_str().unwrap().starts_with(&source.as_str().unwrap()[8..]),
                "seed {seed}"
            );
        }
    }
}

/// Police households of more than 20 living people occur, and of not quite so many.
#[test]
fn crowds_are_collectives_on_both_sides_of_the_limit() {
    let (mut alone, mut together) = (0, 0);
    for seed in 0..20 {
        let history = history(seed, Size::CROWD);
        let reference = Reference::new(&history.events);
        for day in &history.days {
            let households = reference.households(*day);
            let keys: Vec<&String> = households.values().collect();
            let largest =
                keys.iter().map(|key| keys.iter().filter(|other| **other == *key).count()).max().unwrap_or(0);
            alone += usize::from(keys.iter().filter(|key| key.starts_with("person:")).count() > 20);
            together += usize::from(largest > 15);
        }
    }
    println!("collectives on {alone} days, large households on {together}");
    assert!(alone >= 10 && together >= 10, "collectives on {alone} days, large households on {together}");
}

/// A town is large enough to compare every rule on every day of a year, and a day of it takes little time.
#[test]
fn a_town_has_findings_of_every_rule() {
    let town = history(1, Size::TOWN);
    let reference = Reference::new(&town.events);
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let began = std::time::Instant::now();
    for day in &town.days {
        for finding in reference.findings(*day) {
            *found.entry(finding.rule).or_default() += 1;
        }
    }
    let each = began.elapsed() / u32::try_from(town.days.len()).unwrap();
    println!(
        "{} events, {each:?} a day, findings of {} days: {found:#?}",
        town.events.len(),
        town.days.len()
    );
    for rule in RULES {
        assert!(found.get(rule).is_some_and(|count| *count >= 20), "{rule}: {:?}", found.get(rule));
    }
}
