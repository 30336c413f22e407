//! Prints what rules cost: planning per rule, and µs of wall-clock per person by size of batch.
#![allow(clippy::print_stdout, reason = "it prints")]

#[path = "../tests/random/mod.rs"]
mod random;

use std::time::{Duration, Instant};

use sanzao_discovery::{Engine, Findings, Parameters, RuleSet, Source};

fn main() {
    let parameters = Parameters::default_set();
    let rules = RuleSet::built_in();
    let started = Instant::now();
    for _ in 0..10 {
        let engine = Engine::new(&rules, &parameters).expect("the built-in rules can be planned");
        drop(engine);
    }
    let per_rule = started.elapsed() / 10 / rules.rules().len() as u32;
    println!("planning: {per_rule:?} a rule");
    for (rates, words) in [(&random::LIKELY, "a district's"), (&random::DENSE, "much of everything")] {
        for people in [1, 10, 100, 1_000, 10_000] {
            batch(&rules, &parameters, people, rates, words);
        }
    }
    for rule in rules.rules() {
        one_rule(rule.source(), &parameters);
    }
}

fn time(mut work: impl FnMut(), most: Duration) -> f64 {
    work();
    let (started, mut runs) = (Instant::now(), 0);
    while started.elapsed() < most {
        work();
        runs += 1;
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(runs)
}

fn batch(rules: &RuleSet, parameters: &Parameters, people: u32, rates: &random::Rates, words: &str) {
    let tables = random::tables(5, people, rates, false);
    let mut engine = Engine::new(rules, parameters).expect("the built-in rules can be planned");
    let evaluation = engine.evaluate(&tables);
    let micros = time(|| drop(engine.evaluate(&tables)), Duration::from_secs(2));
    let mut findings = Findings::new(rules);
    findings.update(&tables, &evaluation);
    let update = time(|| drop(findings.update(&tables, &evaluation)), Duration::from_millis(500));
    println!(
        "{words}, {people} people, {} findings: {micros:.0} µs a batch, {:.2} µs a person; levels {:.2} µs a person",
        evaluation.findings.len(),
        micros / f64::from(people),
        update / f64::from(people),
    );
}

fn one_rule(source: Source, parameters: &Parameters) {
    let name = source.file.clone();
    let rules = RuleSet::load(&[source], parameters).expect("it was loaded before");
    let mut engine = Engine::new(&rules, parameters).expect("the built-in rules can be planned");
    let mut line = format!("{name}:");
    for people in [100, 10_000] {
        let tables = random::tables(5, people, &random::LIKELY, false);
        let micros = time(|| drop(engine.evaluate(&tables)), Duration::from_millis(300));
        line += &format!(" {people} people {micros:.0} µs");
    }
    println!("{line}");
}
