//! The size of a city on a real Kafka: three workers share six bureaus and one dies, and ten million events, after which
//! the worker dies and comes back. `make limits` runs both and prints what they took; `SANZAO_SCALE_PEOPLE` says how many
//! people all bureaus have together.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and tells figures"
)]

#[path = "support/cluster.rs"]
mod cluster;
#[path = "support/found.rs"]
mod found;
mod support;
#[path = "support/worked_off.rs"]
mod worked_off;

use std::time::Instant;

use cluster::*;
use found::*;
use support::*;
use worked_off::*;

const BUREAUS: [&str; 6] = ["320614", "320602", "320611", "320681", "320682", "320685"];
const ALL: &str = "intake,discovery,casework";

fn people(default: u32) -> u32 {
    std::env::var("SANZAO_SCALE_PEOPLE").map_or(default, |text| text.parse().unwrap())
}

#[test]
#[ignore = "takes minutes: make limits"]
fn three_workers_share_six_bureaus_and_one_dies_amid_the_work() {
    let Some(broker) = broker() else { return };
    let mut cluster = Cluster::new(&broker, &BUREAUS);
    let each = people(600_000) / BUREAUS.len() as u32;
    let districts = districts(cluster.folder.path(), &BUREAUS, each, 91);
    let events: u64 = districts.iter().map(|district| lines(district)).sum();
    let started = Instant::now();
    let expected = in_one_process(cluster.folder.path(), &BUREAUS, &districts);
    println!(
        "{events} events of {} bureaus of {each} people; one process, embedded journal: {:?}, {} findings, {} open cases",
        BUREAUS.len(),
        started.elapsed(),
        expected.findings.lines().count(),
        expected.items.len()
    );
    let workers = ["first", "second", "third"].map(|name| cluster.start(name, ALL));
    until_shared(&cluster, &workers.each_ref(), &[2, 2, 2]);
    let started = Instant::now();
    districts.iter().for_each(|district| cluster.send(district));
    println!("sent in {:?}", started.elapsed());
    until_taken_in(&cluster, events / 2);
    let [first, second, third] = workers;
    let owned = second.owns("discovery");
    second.kill();
    assert!(taken_in(&cluster)() < events, "nothing was left to do when it was killed");
    let killed = Instant::now();
    until_within(LONG, "its bureaus taken over", || {
        let left: Vec<String> = [&first, &third].iter().flat_map(|it| it.owns("discovery")).collect();
        owned.iter().all(|bureau| left.contains(bureau))
    });
    println!("{} bureaus of who was killed owned by others after {:?}", owned.len(), killed.elapsed());
    for worker in [&first, &third] {
        let took = worker.metric("sanzao_takeover_seconds");
        println!("  {}: {took:?}", worker.name);
        assert!(took.iter().all(|(_, seconds)| *seconds < 2.0), "{took:?}");
    }
    until_worked_off(&cluster, events, &[&first, &third]);
    let took = started.elapsed();
    println!(
        "worked off after {took:?}: {:.0} events a second on Kafka with one worker killed; at most {} and {} MiB",
        events as f64 / took.as_secs_f64(),
        first.peak_mib(),
        third.peak_mib()
    );
    // As one process did: another day, to which they are rolled one by one.
    cluster.day = NEXT_DAY.to_owned();
    first.stop();
    let first = cluster.start("first", ALL);
    until_within(LONG, "rolled", || first.is_ready() && first.owns("casework").len() == 3);
    third.stop();
    let third = cluster.start("third", ALL);
    until_within(LONG, "rolled", || third.is_ready() && third.owns("casework").len() == 3);
    until_worked_off(&cluster, events, &[&first, &third]);
    assert!(cluster.findings() == expected.findings, "findings differ from those of one process");
    until_raised(&cluster, &expected.items);
    // What was sent, with its values and evidence, is what these findings are.
    let verified = cluster.verify();
    assert!(
        verified.len() == BUREAUS.len()
            && verified.iter().all(|one| one["agree"] == true && !one["sent"].is_null()),
        "{verified:?}"
    );
    println!("{} bytes of findings identical to those of one process", expected.findings.len());
    first.stop();
    third.stop();
}

#[test]
#[ignore = "takes minutes: make limits"]
fn ten_million_events_and_the_worker_dies() {
    let Some(broker) = broker() else { return };
    let mut cluster = Cluster::new(&broker, &BUREAUS[..1]);
    cluster.settings = format!("[workers]\nfixed_name = true\n[api]\n{}", accounts(cluster.folder.path()));
    let people = people(1_000_000);
    let district = district(cluster.folder.path(), people, 92);
    let events = lines(&district);
    let stages = format!("{ALL},api");
    let worker = cluster.start("worker", &stages);
    let started = Instant::now();
    cluster.send(&district);
    std::fs::remove_dir_all(&district).unwrap();
    until_worked_off(&cluster, events, &[&worker]);
    let took = started.elapsed();
    assert!(people < 1_000_000 || events >= 10_000_000, "only {events} events");
    println!(
        "{events} events of {people} people: {took:?}, {:.0} a second on Kafka; {} MiB, at most {}",
        events as f64 / took.as_secs_f64(),
        worker.resident_mib(),
        worker.peak_mib()
    );
    println!("  {:?} {:?}", worker.metric("sanzao_ledger_events"), worker.metric("sanzao_ledger_people"));
    let page = |worker: &Worker| {
        let (status, page) = worker.ask("/v1/alerts?state=open&limit=3", TOKEN)?;
        let ids: Vec<String> =
            json(&page)["items"].as_array()?.iter().map(|it| it["id"].to_string()).collect();
        (status == 200 && ids.len() == 3).then_some(ids)
    };
    let before = page(&worker).expect("it lists alerts");
    worker.kill();
    let started = Instant::now();
    let worker = cluster.start("worker", &stages);
    let answers = started.elapsed();
    until_within(LONG, "the same alerts listed", || page(&worker).as_ref() == Some(&before));
    let first_page = started.elapsed();
    until_within(LONG, "ready again", || worker.is_ready() && worker.owns("casework").len() == 1);
    println!(
        "killed and started again: listening after {answers:?}, a page of alerts after {first_page:?}, ready after {:?}; \
         {} MiB, at most {}",
        started.elapsed(),
        worker.resident_mib(),
        worker.peak_mib()
    );
    // Counted anew beside its work, or told before it died.
    until_within(LONG, "outcomes told", || worker.ask("/v1/outcomes", TOKEN).is_some_and(|it| it.0 == 200));
    println!("outcomes told after {:?}", started.elapsed());
    for line in worker.said().lines().filter(|line| line.contains("taken over") || line.contains("snapshot"))
    {
        println!("  {line}");
    }
    worker.stop();
}
