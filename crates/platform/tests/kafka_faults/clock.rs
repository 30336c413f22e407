//! Clocks of workers that are wrong: days begin by the log's.

use std::time::{Duration, Instant};

use sanzao_journal::Reader;
use sanzao_model::FactsRecord;

use super::cluster::*;
use super::found::*;
use super::support::*;
use super::trial::*;

const DAY_SECONDS: f64 = 86_400.0;

#[test]
fn clocks_a_day_off() {
    let Some(mut trial) = Trial::begin("workers' clocks a day ahead and a day behind") else { return };
    until_no_day_begins_soon();
    let today = sanzao::clock::today().to_string();
    // Nobody names the day: it is today's, on which all feeds would be late.
    let folder = trial.cluster.folder.path().to_owned();
    let settings = expects_nothing(&folder);
    let expected = in_one_process_on(&folder, &BUREAUS, &trial.clean.districts, &settings, &[&today]);
    assert!(expected.items.len() > 15, "{} items show too little", expected.items.len());
    trial.cluster.settings = settings;
    trial.cluster.day = String::new();
    let start = |trial: &Trial, name: &str, stages: &str, days: i32| {
        let ahead = (days * 86_400).to_string();
        let environment = [("SANZAO_CLOCK_AHEAD_SECONDS", ahead.as_str())];
        trial.cluster.start_with(name, stages, &trial.cluster.config(name), &environment)
    };
    let intakes = [start(&trial, "in-ahead", "intake", 1), start(&trial, "in-behind", "intake", -1)];
    let lines = trial.lines();
    trial.send(&lines);
    trial.until_taken_in();
    let since = Instant::now();
    let ahead = start(&trial, "ahead", "discovery,casework", 1);
    until_shared(&trial.cluster, &[&ahead], &[2]);
    let behind = start(&trial, "behind", "discovery,casework", -1);
    until_shared(&trial.cluster, &[&ahead, &behind], &[1, 1]);
    until_raised(&trial.cluster, &expected.items);
    trial.recovered_in(since.elapsed());
    trial.injected("workers_ahead", 2);
    trial.injected("workers_behind", 2);
    // Each goes on without the other.
    ahead.stop();
    until_shared(&trial.cluster, &[&behind], &[2]);
    let clocks = behind.metric("sanzao_clock_ahead_seconds");
    assert!(
        !clocks.is_empty() && clocks.iter().all(|(_, ahead)| (ahead + DAY_SECONDS).abs() < 60.0),
        "{clocks:?}"
    );
    assert!(behind.said().contains("the log's clock is ahead of this machine's"), "{}", behind.said());
    std::thread::sleep(Duration::from_millis(trial.numbers.below(1_000)));
    let mut days = std::collections::BTreeSet::new();
    let journal = trial.log();
    for bureau in trial.topics.bureaus() {
        let mut reader = Reader::new(&journal, trial.topics.facts(*bureau), 0, 0);
        loop {
            let records = reader.read(4 << 20).unwrap();
            if records.is_empty() {
                break;
            }
            for record in records {
                if let FactsRecord::Tick { day } = FactsRecord::from_bytes(&record.value).unwrap() {
                    days.insert(day.to_string());
                }
            }
        }
    }
    assert_eq!(sanzao::clock::today().to_string(), today, "a day began during the test: run it again");
    assert_eq!(
        days.into_iter().collect::<Vec<_>>(),
        std::slice::from_ref(&today),
        "another day than the log's began"
    );
    trial.held("days are those of the log's clock; each says by how much its own is off");
    assert!(trial.cluster.findings_on(&today) == expected.findings);
    until_raised(&trial.cluster, &expected.items);
    trial.held(format!("findings of the clean run; its {} open cases, none twice", expected.items.len()));
    drop(intakes);
    trial.end();
}

/// Who stands by sees days begin by the log alone; what it knew of feeds on the first of them holds no more on the last.
#[test]
fn taken_over_on_a_later_day() {
    const LATER: &str = "2026-09-15";
    let Some(mut trial) = Trial::begin("owner killed 76 days after its standby began") else { return };
    let owner = trial.cluster.start("owner", ALL);
    let lines = trial.lines();
    trial.send(&lines);
    trial.until_taken_in();
    until("owned", || owner.is_ready() && owner.owns("discovery").len() == BUREAUS.len());
    trial.next_day();
    // It would begin no day before this one, and is told of none that it begins: the log says which it is.
    trial.cluster.day = LATER.to_owned();
    let standby = trial.cluster.start("standby", "discovery,casework");
    until("standing by", || standby.is_ready() && trial.owners(&[&owner, &standby]).is_some());
    trial.tick(LATER);
    let suspended = |verified: &serde_json::Value| verified["suspended"].as_array().map_or(0, Vec::len);
    let agree_on_it = |trial: &Trial| {
        let verified = trial.cluster.verify();
        verified.len() == BUREAUS.len()
            && verified.iter().all(|one| {
                one["agree"] == true && one["day"] == LATER && !one["sent"].is_null() && suspended(one) > 0
            })
    };
    until("the later day evaluated, with rules suspended as feeds are late", || agree_on_it(&trial));
    owner.kill();
    let killed = Instant::now();
    until_shared(&trial.cluster, &[&standby], &[BUREAUS.len()]);
    trial.recovered_in(killed.elapsed());
    trial.injected("days_between", 76);
    until("the same after the take-over", || {
        agree_on_it(&trial) && standby.metric("sanzao_lease_held").len() >= 4
    });
    trial.held("what is sent is what a sweep finds on that day, its rules suspended as before");
    standby.stop();
    trial.end();
}

/// A day that begins during the test would be another cause of what it looks for.
fn until_no_day_begins_soon() {
    const TEST_MILLIS: i64 = 300_000;
    let day_at = |ahead_ms| sanzao::clock::day_at(sanzao::clock::now_millis() + ahead_ms);
    while day_at(TEST_MILLIS) != day_at(0) {
        std::thread::sleep(Duration::from_secs(1));
    }
}
