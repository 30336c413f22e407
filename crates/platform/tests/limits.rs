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
#[path = "support/worked_off.rs"]
mod worked_off;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cluster::*;
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;
use worked_off::*;

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

/// Until so many events are in the ledger and nothing waits any more between feed and casework.
fn until_in_the_ledger(worker: &Worker, events: f64) -> Duration {
    until("worked off", || worker.sum("sanzao_ledger_events", "") >= events && worker.is_ready())
}

#[test]
fn a_message_of_fifty_megabytes_is_refused_and_holds_nobody_up() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &[BUREAU]);
    let worker = cluster.start("worker", ALL_STAGES);
    let before = worker.peak_mib();
    let huge = event("huge", "health.stay.admitted", &json!({"facility": "x".repeat(50 << 20)}));
    let dead = json!({"id_number": number(1), "name": "李一"});
    let died = json!({"person": dead, "certificate_no": "c1", "on": "2026-05-09"});
    let lines = [huge, event("small", "health.death.certified", &died)];
    let huge = file(cluster.folder.path(), "huge.jsonl", lines.into_iter());
    cluster.send_file("health", &huge);
    let told = |outcome: &str| worker.sum("sanzao_intake_events_total", &format!("outcome=\"{outcome}\""));
    until("refused, and what follows taken", || told("rejected") == 1.0 && told("valid") == 1.0);
    until("applied", || worker.sum("sanzao_ledger_events", "") == 1.0);
    println!("a message of 50 MB: refused, memory {before} → {} MiB", worker.peak_mib());
    assert!(worker.peak_mib() < before + 700);
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
    let took = until_in_the_ledger(&worker, 25_000.0);
    assert_eq!(worker.sum("sanzao_intake_events_total", "outcome=\"rejected\""), 0.0);
    println!(
        "20,000 settlements of one person and a household of 5,000: {took:?}, {} MiB",
        worker.peak_mib()
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
    let resident = json!({
        "person": json!({"id_number": number(5_001), "name": "住五"}), "sex": "1", "household_no": "dormitory",
        "relation_to_head": "other", "division_code": "320614100001", "on": "2026-05-01",
    });
    let resident = event("r-more", "police.person.registered", &resident);
    cluster.send_file("medical-insurance", &file(folder, "more.jsonl", [more].into_iter()));
    cluster.send_file("police", &file(folder, "more.jsonl", [resident].into_iter()));
    let took = until_in_the_ledger(&worker, 25_002.0);
    println!("one more settlement, and one more resident: {took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
    let verified = cluster.verify();
    assert!(verified.iter().all(|one| one["agree"] == true), "{verified:?}");
    worker.stop();
}

/// All at once, as from a feed that is many times faster: the worker takes what it can, and its memory stays bounded.
#[test]
#[ignore = "takes minutes: make limits"]
fn a_feed_that_is_faster_than_the_stages_takes_no_more_memory() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &[BUREAU]);
    let district = district(cluster.folder.path(), 20_000, 77);
    let small = cluster.start("small", ALL_STAGES);
    // While it stands, everything arrives.
    small.signal("-STOP");
    cluster.send(&district);
    let started = Instant::now();
    small.signal("-CONT");
    let events = lines(&district);
    until_worked_off(&cluster, events, &[&small]);
    until("found", || small.is_ready() && cluster.verify().iter().all(|one| one["agree"] == true));
    let rate = events as f64 / started.elapsed().as_secs_f64();
    println!("{events} events at once: {rate:.0} a second on Kafka, {} MiB at most", small.peak_mib());
    let facts = small.sum("sanzao_ledger_events", "");
    assert!((small.peak_mib() as f64) < 500.0 + facts / 4_000.0, "{} MiB", small.peak_mib());
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
    // About 11 events for each of the people.
    let district = district(cluster.folder.path(), 10_000.max(seconds as u32 * 200), 78);
    let later = hold_back(&district, seconds * 1_000);
    let worker = cluster.start("worker", "intake,discovery,casework,vault,exchange,api");
    cluster.send(&district);
    let events = lines(&district);
    until_worked_off(&cluster, events, &[&worker]);
    let (before, steps_before) = (counted(&worker), steps(&worker));
    let mut senders = FEEDS.map(|feed| Sender::start(&broker, &format!("{}feed.{feed}", cluster.prefix)));
    let started = Instant::now();
    for (tick, chunk) in (1..).zip(later.chunks(10)) {
        for (feed, line) in chunk {
            writeln!(senders[*feed].pipe, "{line}").unwrap();
        }
        senders.iter_mut().for_each(|sender| sender.pipe.flush().unwrap());
        let due = started + Duration::from_millis(10 * tick);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    senders.into_iter().for_each(Sender::end);
    let sent = started.elapsed();
    assert!(
        sent < Duration::from_secs(seconds + 1 + seconds / 50),
        "it took {sent:?} to send for {seconds} s"
    );
    until_worked_off(&cluster, events + seconds * 1_000, &[&worker]);
    let counts = since(&before, &counted(&worker));
    assert!(!counts.is_empty(), "nothing was found in the district");
    let all = counts.last().unwrap().1;
    assert!(all > 100.0, "{all} records of work came of it: the figure would say nothing");
    println!(
        "{} events in {sent:?}; {all} records of work, from feed to the API's tables p50 {:.3} s, p90 {:.3} s, p99 {:.3} s, \
         by counts up to each bound {counts:?}; {} MiB",
        seconds * 1000,
        quantile(&counts, 0.5),
        quantile(&counts, 0.9),
        quantile(&counts, 0.99),
        worker.peak_mib()
    );
    for (stage, after) in steps(&worker) {
        let counts = since(steps_before.get(&stage).unwrap_or(&Vec::new()), &after);
        let Some((_, all)) = counts.last().filter(|(_, all)| *all > 0.0) else { continue };
        let (p50, p99) = (quantile(&counts, 0.5), quantile(&counts, 0.99));
        println!("  {stage}: {all} steps, p50 {p50:.4} s, p99 {p99:.4} s");
    }
    worker.stop();
}

/// Takes so many lines out of the files of a district, from all over it, and gives them mixed with the numbers of their
/// feeds.
fn hold_back(district: &Path, count: u64) -> Vec<(usize, String)> {
    let of_feed = |(feed, name): (usize, &&str)| -> Vec<(usize, String)> {
        let text = std::fs::read_to_string(district.join(format!("{name}.jsonl"))).unwrap();
        text.lines().map(|line| (feed, line.to_owned())).collect()
    };
    let mut all: Vec<(usize, String)> = FEEDS.iter().enumerate().flat_map(of_feed).collect();
    Numbers(78).shuffle(&mut all);
    let sent = all.split_off(count as usize);
    for (nth, name) in FEEDS.iter().enumerate() {
        let of_feed = sent.iter().filter(|(feed, _)| *feed == nth);
        file(district, &format!("{name}.jsonl"), of_feed.map(|(_, line)| line.clone()));
    }
    all
}

/// Sends each line as a message, at once.
struct Sender {
    kcat: std::process::Child,
    pipe: std::process::ChildStdin,
}

impl Sender {
    fn start(broker: &str, topic: &str) -> Sender {
        let mut kcat = Command::new("kcat")
            .args(["-P", "-b", broker, "-t", topic, "-X", "linger.ms=1"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("kcat is needed to feed Kafka: install it");
        let pipe = kcat.stdin.take().unwrap();
        Sender { kcat, pipe }
    }

    fn end(self) {
        let Sender { mut kcat, pipe } = self;
        drop(pipe);
        assert!(kcat.wait().unwrap().success());
    }
}

/// How many took no longer than each bound in seconds, the last of them infinite.
type Counts = Vec<(f64, f64)>;

/// From feed to the API's tables.
fn counted(worker: &Worker) -> Counts {
    let buckets = worker.metric("sanzao_event_to_alert_seconds_bucket").into_iter();
    buckets.map(|(labels, count)| (bound(&labels), count)).collect()
}

/// Each step of each stage.
fn steps(worker: &Worker) -> BTreeMap<String, Counts> {
    let mut steps = BTreeMap::<String, Counts>::new();
    for (labels, count) in worker.metric("sanzao_stage_step_seconds_bucket") {
        let stage = labels.split_once(",le=").unwrap().0.to_owned();
        steps.entry(stage).or_default().push((bound(&labels), count));
    }
    steps
}

fn bound(labels: &str) -> f64 {
    labels.split_once("le=\"").unwrap().1.trim_end_matches('"').parse().unwrap_or(f64::INFINITY)
}

fn since(before: &Counts, after: &Counts) -> Counts {
    let was = |at: usize| before.get(at).map_or(0.0, |(_, count)| *count);
    after.iter().enumerate().map(|(at, (bound, count))| (*bound, count - was(at))).collect()
}

/// As Prometheus tells it: what lies within a bucket is spread over it evenly.
fn quantile(counts: &[(f64, f64)], part: f64) -> f64 {
    let rank = part * counts.last().unwrap().1;
    let at = counts.iter().position(|(_, count)| *count >= rank).unwrap();
    let (from, below) = if at == 0 { (0.0, 0.0) } else { counts[at - 1] };
    let (to, upto) = counts[at];
    from + (to - from) * (rank - below) / (upto - below)
}
