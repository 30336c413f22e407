//! How much was sent, and whether it is worked off.
#![allow(dead_code)]

use std::path::Path;
use std::time::Duration;

use sanzao::topics::Topics;
use sanzao_journal::{Journal, KafkaConfig, KafkaJournal};
use sanzao_model::Feed;

use super::cluster::*;
use super::support::FEEDS;

/// What takes minutes.
pub const LONG: Duration = Duration::from_secs(1_800);

/// Events in the files of a district.
pub fn lines(district: &Path) -> u64 {
    let lines = |feed: &&str| std::fs::read(district.join(format!("{feed}.jsonl"))).unwrap();
    FEEDS.iter().map(|feed| lines(feed).iter().filter(|byte| **byte == b'\n').count() as u64).sum()
}

/// How many messages of departments were taken in, by the log alone, which is asked over one connection.
pub fn taken_in(cluster: &Cluster) -> impl Fn() -> u64 {
    let journal = KafkaJournal::connect(KafkaConfig::new(&cluster.broker, cluster.groups())).unwrap();
    let bureaus = cluster.bureaus.iter().map(|code| code.parse().unwrap()).collect();
    let topics = Topics::new(bureaus, 1).with_prefix(&cluster.prefix);
    move || {
        let of = |feed| journal.committed("intake", &topics.feed(feed, 0)).ok().flatten().unwrap_or(0);
        Feed::ALL.into_iter().map(of).sum()
    }
}

/// Until so many were.
pub fn until_taken_in(cluster: &Cluster, events: u64) {
    let taken_in = taken_in(cluster);
    until_within(LONG, "taken in", || taken_in() >= events);
}

/// Until all that was sent is taken in, and nothing waits any more at any stage.
pub fn until_worked_off(cluster: &Cluster, events: u64, workers: &[&Worker]) {
    until_taken_in(cluster, events);
    until_within(LONG, "worked off", || {
        workers.iter().all(|it| it.is_ready() && it.sum("sanzao_stage_lag_records", "") == 0.0)
    });
}
