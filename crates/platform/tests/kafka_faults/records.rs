//! Records between stages that are none: whoever reads them says so and stands still, for one bureau alone.

use std::time::{Duration, Instant};

use sanzao_journal::Stream;

use super::cluster::*;
use super::found::*;
use super::trial::*;

const SHARED: &str = "discovery,casework";

/// What workers say of a bureau at which a stage stands still because of what lies in the log.
fn told(workers: &[&Worker], stages: &[&str], bureau: &str) -> Option<String> {
    let reasons: String = workers.iter().map(|worker| worker.reasons()).collect();
    let names = |stage: &&str| reasons.contains(&format!("{stage} of {bureau}"));
    (stages.iter().any(names) && reasons.contains("offset")).then_some(reasons)
}

fn is_down(workers: &[&Worker]) -> bool {
    let of_broken = |labels: &str| labels.contains(BUREAUS[0]);
    let down = |worker: &&Worker| {
        worker.metric("sanzao_stage_up").iter().any(|(labels, up)| of_broken(labels) && *up == 0.0)
    };
    workers.iter().any(down)
}

/// Noise among the records of a bureau, half of the events before it, half of them behind it.
fn garbage_in(fault: &'static str, stages: &[&str], stream: impl Fn(&Trial) -> Stream, is_restarted: bool) {
    /// Longer than until a stage that stands still tries again.
    const AGAIN: Duration = Duration::from_secs(12);
    let Some(mut trial) = Trial::begin(fault) else { return };
    let first = trial.cluster.start("first", ALL);
    let second = trial.cluster.start("second", SHARED);
    let lines = trial.lines();
    let (before, after) = lines.split_at(lines.len() / 2);
    trial.send(before);
    trial.until_taken_in();
    let journal = trial.log();
    until("something worked on", || {
        let has_work = |bureau: &sanzao_model::Bureau| {
            let mut records = 0;
            read_all(&journal, trial.topics.work(*bureau), |_| records += 1);
            records > 0
        };
        trial.topics.bureaus().iter().all(has_work)
    });
    let noise = (0..100).map(|_| trial.numbers.below(256) as u8).collect();
    append(&journal, stream(&trial), vec![noise]);
    let injected = Instant::now();
    trial.send(after);
    until("said why it stands still", || told(&[&first, &second], stages, BUREAUS[0]).is_some());
    trial.injected("ms_until_told", injected.elapsed().as_millis() as u64);
    trial.injected("records", 1);
    assert!(is_down(&[&first, &second]));
    trial.held("it says where it stands still and why, in /readyz and metrics");
    trial.until_taken_in();
    trial.next_day();
    let prefix = trial.cluster.prefix.clone();
    let whole = || items_in(&journal, &prefix, 1, BUREAUS[1]);
    let expected: Items = trial.clean.expected.items.clone();
    let expected: Items = expected.into_iter().filter(|(case, _)| case.starts_with(BUREAUS[1])).collect();
    until("the other bureau is as in the clean run", || whole() == expected);
    trial.held(format!("the {} open cases of the other bureau are as in the clean run", expected.len()));
    first.stop();
    second.stop();
    if is_restarted {
        // Nobody goes on behind it, as if it had never been, or writes what rests on half of the log.
        let work = trial.topics.work(trial.topics.bureaus()[0]);
        let written = |trial: &Trial| {
            let mut records = 0;
            read_all(&trial.log(), work.clone(), |_| records += 1);
            records
        };
        let before = written(&trial);
        let first = trial.cluster.start("first", ALL);
        let second = trial.cluster.start("second", SHARED);
        until("said again", || told(&[&first, &second], stages, BUREAUS[0]).is_some());
        std::thread::sleep(AGAIN);
        let again = told(&[&first, &second], stages, BUREAUS[0]);
        assert!(again.is_some(), "{}{}", first.reasons(), second.reasons());
        assert_eq!(written(&trial), before, "work was written by who could not read");
        assert!(whole() == expected);
        trial.held("restarted, it stands there still, and has written nothing");
        first.stop();
        second.stop();
    }
    trial.end();
}

#[test]
fn garbage_in_the_facts_of_one_bureau() {
    let facts = |trial: &Trial| trial.topics.facts(trial.topics.bureaus()[0]);
    garbage_in("a record that is none in the facts of one bureau", &["discovery"], facts, false);
}

#[test]
#[ignore = "takes long: make faults"]
fn garbage_in_the_inbox_of_one_bureau() {
    let inbox = |trial: &Trial| trial.topics.inbox(trial.topics.bureaus()[0]);
    garbage_in("a record that is none in the inbox of one bureau", &["discovery", "casework"], inbox, true);
}

#[test]
#[ignore = "takes long: make faults"]
fn garbage_in_the_work_of_one_bureau() {
    let work = |trial: &Trial| trial.topics.work(trial.topics.bureaus()[0]);
    garbage_in("a record that is none in the work of one bureau", &["casework"], work, true);
}
