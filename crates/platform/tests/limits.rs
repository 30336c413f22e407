//! Large things on a real Kafka: a message of 50 MB, somebody with 20,000 settlements, a household of 5,000, a feed that
//! is faster than the stages, and a steady thousand events a second. Each says what it took: `make limits` runs all, the
//! long ones (`#[ignore]`) too, and `SANZAO_LIMIT_SECONDS` says how long the steady feed goes on.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and tells figures"
)]

#[path = "support/cluster.rs"]
mod cluster;
mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cluster::*;
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;

const BUREAU: &str = "320614";
const ALL_STAGES: &str = "intake,discovery,casework";

fn number(nth: u32) -> String {
    let first_17 =
        format!("32061419600{}{:02}{:03}", 1 + nth / 28_000 % 9, 1 + nth / 1_000 % 28, nth % 1_000);
    format!("{first_17}{}", check_character(&first_17))
}

fn event(id: &str, kind: &str, data: &Value) -> String {
    let (feed, _) = kind.split_once('.').unwrap();
    json!({
        "specversion": "1.0", "id": id, "source": format!("/{BUREAU}/{feed}"), "type": format!("{kind}.v1"),
        "time": "2026-06-01T08:00:00+08:00", "datacontenttype": "application/json", "data": data,
    })
    .to_string()
}

fn file(folder: &Path, name: &str, lines: impl Iterator<Item = String>) -> PathBuf {
    let path = folder.join(name);
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    lines.for_each(|line| writeln!(out, "{line}").unwrap());
    out.flush().unwrap();
    path
}

/// The most memory that a process had, in MiB.
fn peak_mib(worker: &Worker) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", worker.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

fn sum(worker: &Worker, metric: &str, word: &str) -> f64 {
    worker.metric(metric).iter().filter(|(labels, _)| labels.contains(word)).map(|(_, value)| value).sum()
}

/// Until so many events are in the ledger and nothing waits any more between feed and casework.
fn until_worked_off(worker: &Worker, events: f64) -> Duration {
    until("worked off", || sum(worker, "sanzao_ledger_events", "") >= events && worker.is_ready())
}

#[test]
fn a_message_of_fifty_megabytes_is_refused_and_holds_nobody_up() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &[BUREAU]);
    let worker = cluster.start("worker", ALL_STAGES);
    let before = peak_mib(&worker);
    let huge = event("huge", "health.stay.admitted", &json!({"facility": "x".repeat(50 << 20)}));
    let lines = [huge, event("small", "police.missing.reported", &json!({}))];
    let huge = file(cluster.folder.path(), "huge.jsonl", lines.into_iter());
    cluster.send_file("health", &huge);
    until("refused", || sum(&worker, "sanzao_intake_events_total", "outcome=\"rejected\"") == 2.0);
    println!("a message of 50 MB: refused, memory {before} → {} MiB", peak_mib(&worker));
    assert!(peak_mib(&worker) < before + 700);
    worker.stop();
}

#[test]
fn somebody_with_twenty_thousand_settlements_and_a_household_of_five_thousand() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &[BUREAU]);
    let folder = cluster.folder.path();
    let one = json!({"id_number": number(1), "name": "李一"});
    let settlements = (0..20_000).map(|nth| {
        let day = format!("2026-{:02}-{:02}", 1 + nth / 28 % 6, 1 + nth % 28);
        let data = json!({
            "person": one, "setl_id": format!("s{nth}"), "insutype": "310", "med_type": "outpatient",
            "begin": day, "end": day, "on": day,
            "medfee_sumamt": 12.5, "fund_pay_sumamt": 2.5, "maf_pay": 0, "psn_part_amt": 10,
        });
        event(&format!("s{nth}"), "medical-insurance.settlement.settled", &data)
    });
    let settlements = file(folder, "medical-insurance.jsonl", settlements);
    let residents = (0..5_000).map(|nth| {
        let person = json!({"id_number": number(nth), "name": format!("住{nth}")});
        let data = json!({
            "person": person, "sex": "1", "household_no": "dormitory", "relation_to_head": "other",
            "division_code": "320614100001", "on": "2020-01-01",
        });
        event(&format!("r{nth}"), "police.person.registered", &data)
    });
    let residents = file(folder, "police.jsonl", residents);
    let worker = cluster.start("worker", ALL_STAGES);
    cluster.send_file("police", &residents);
    cluster.send_file("medical-insurance", &settlements);
    let took = until_worked_off(&worker, 25_000.0);
    assert_eq!(sum(&worker, "sanzao_intake_events_total", "outcome=\"rejected\""), 0.0);
    println!(
        "20,000 settlements of one person and a household of 5,000: {took:?}, {} MiB",
        peak_mib(&worker)
    );
    // One more settlement, and one more resident, are not felt.
    let more = event(
        "s-more",
        "medical-insurance.settlement.settled",
        &json!({
            "person": one, "setl_id": "more", "insutype": "310", "med_type": "outpatient",
            "begin": "2026-06-20", "end": "2026-06-20", "on": "2026-06-20",
            "medfee_sumamt": 12.5, "fund_pay_sumamt": 2.5, "maf_pay": 0, "psn_part_amt": 10,
        }),
    );
    cluster.send_file("medical-insurance", &file(folder, "more.jsonl", [more].into_iter()));
    let took = until_worked_off(&worker, 25_001.0);
    println!("one more settlement: {took:?}");
    let verified = cluster.verify();
    assert!(verified.iter().all(|one| one["agree"] == true), "{verified:?}");
    worker.stop();
}

/// All that a broker can give at once: the worker takes what it can, and its memory stays bounded.
#[test]
#[ignore = "takes minutes: make limits"]
fn a_feed_that_is_faster_than_the_stages_takes_no_more_memory() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &[BUREAU]);
    let district = district(cluster.folder.path(), 20_000, 77);
    let small = cluster.start("small", ALL_STAGES);
    let started = Instant::now();
    cluster.send(&district);
    let events: usize = FEEDS
        .iter()
        .map(|feed| std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap().lines().count())
        .sum();
    until("taken in", || sum(&small, "sanzao_intake_events_total", "") >= events as f64);
    until("found", || small.is_ready() && cluster.verify().iter().all(|one| one["agree"] == true));
    let rate = events as f64 / started.elapsed().as_secs_f64();
    println!("{events} events at once: {rate:.0} a second on Kafka, {} MiB at most", peak_mib(&small));
    let facts = sum(&small, "sanzao_ledger_events", "");
    assert!((peak_mib(&small) as f64) < 500.0 + facts / 4_000.0, "{} MiB", peak_mib(&small));
    small.stop();
}

/// A thousand events a second, and how long each took from its feed to the tables of the API.
#[test]
#[ignore = "takes minutes: make limits"]
fn a_thousand_events_a_second() {
    let Some(broker) = broker() else { return };
    let seconds: u64 = std::env::var("SANZAO_LIMIT_SECONDS").map_or(60, |text| text.parse().unwrap());
    let mut cluster = Cluster::new(&broker, &[BUREAU]);
    cluster.settings = format!("[api]\n{}", accounts(cluster.folder.path()));
    let district = district(cluster.folder.path(), 20_000, 78);
    let worker = cluster.start("worker", "intake,discovery,casework,vault,exchange,api");
    // The district as it was, then its last events once more, one after the other.
    cluster.send(&district);
    until("the district is in", || worker.is_ready() && sum(&worker, "sanzao_stage_lag_records", "") == 0.0);
    let before = (counted(&worker, "+Inf"), counted(&worker, "0.1"));
    let topic = format!("{}feed.social-security", cluster.prefix);
    let mut kcat = Command::new("kcat")
        .args(["-P", "-b", &broker, "-t", &topic, "-X", "linger.ms=1"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = kcat.stdin.take().unwrap();
    let started = Instant::now();
    for tick in 0..seconds * 100 {
        for nth in 0..10 {
            let nth = tick * 10 + nth;
            let person =
                json!({"id_number": number((nth % 5_000) as u32), "name": format!("住{}", nth % 5_000)});
            let month = format!("2026-{:02}", 1 + nth / 5_000 % 6);
            let data = json!({"person": person, "month": month, "amount": 1000 + nth % 9_000});
            writeln!(pipe, "{}", event(&format!("w{nth}"), "social-security.wage.reported", &data)).unwrap();
        }
        pipe.flush().unwrap();
        let due = started + Duration::from_millis(10 * (tick + 1));
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    drop(pipe);
    kcat.wait().unwrap();
    let sent = started.elapsed();
    until("caught up", || worker.is_ready() && sum(&worker, "sanzao_stage_lag_records", "") == 0.0);
    let all = counted(&worker, "+Inf") - before.0;
    let quick = counted(&worker, "0.1") - before.1;
    assert!(all > 0.0, "nothing came of it: the figure would say nothing");
    println!(
        "{} events in {sent:?}; {all} records of work, {:.2} % within 100 ms; {:?}; {} MiB",
        seconds * 1000,
        100.0 * quick / all,
        worker.metric("sanzao_event_to_alert_seconds_bucket"),
        peak_mib(&worker)
    );
    worker.stop();
}

/// How many took no longer than a bound.
fn counted(worker: &Worker, bound: &str) -> f64 {
    sum(worker, "sanzao_event_to_alert_seconds_bucket", &format!("le=\"{bound}\""))
}
