//! Several processes share the bureaus of one installation on a real Kafka: they join, leave, are rolled, crash, are
//! paused and come back, and what is found and raised is what one process finds and raises.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/bucket.rs"]
mod bucket;
#[path = "support/cluster.rs"]
mod cluster;
#[path = "support/found.rs"]
mod found;
#[path = "../../ledger/tests/ledger/python.rs"]
mod python;
#[path = "../../ledger/tests/ledger/s3_server.rs"]
#[allow(dead_code)]
mod s3_server;
mod support;

use std::time::Duration;

use cluster::*;
use found::*;
use support::*;

const BUREAUS: [&str; 6] = ["320614", "320602", "320611", "320681", "320682", "320685"];
const WORK: &str = "discovery,casework";

#[test]
fn bureaus_move_when_workers_join_leave_crash_and_are_paused() {
    let Some(broker) = broker() else { return };
    let mut cluster = Cluster::new(&broker, &BUREAUS);
    let districts = districts(cluster.folder.path(), &BUREAUS, 150, 71);
    let expected = in_one_process(cluster.folder.path(), &BUREAUS, &districts);
    assert!(expected.items.len() > 50, "{} items show too little", expected.items.len());

    let intake = cluster.start("intake", "intake");
    let first = cluster.start("first", WORK);
    until_shared(&cluster, &[&first], &[6]);
    cluster.send(&districts[0]);
    let second = cluster.start("second", WORK);
    until_shared(&cluster, &[&first, &second], &[3, 3]);
    cluster.send(&districts[1]);
    let third = cluster.start("third", WORK);
    until_shared(&cluster, &[&first, &second, &third], &[2, 2, 2]);
    until("all ready", || [&intake, &first, &second, &third].iter().all(|worker| worker.is_ready()));

    // One leaves: its bureaus go to those who have kept up with them, at once.
    cluster.send(&districts[2]);
    let stopped = second.stop();
    assert!(stopped < Duration::from_secs(15), "{stopped:?}");
    until_shared(&cluster, &[&first, &third], &[3, 3]);
    cluster.send(&districts[3]);

    // One dies while it works.
    third.kill();
    cluster.send(&districts[4]);
    until_shared(&cluster, &[&first], &[6]);
    for stage in ["discovery", "casework"] {
        let is_of_stage = |labels: &str| labels.starts_with(&format!("stage=\"{stage}\""));
        let of_stage = |metric: &str, word: &str| -> Vec<f64> {
            let values = first.metric(metric).into_iter();
            values.filter(|(l, _)| is_of_stage(l) && l.contains(word)).map(|(_, value)| value).collect()
        };
        // `make limits` measures it; here everything else runs beside.
        let took = of_stage("sanzao_takeover_seconds", "");
        assert!(took.len() == BUREAUS.len() && took.iter().all(|took| *took < 5.0), "{stage}: {took:?}");
        // Three of who died, and one of who had left.
        let kept_up: f64 = of_stage("sanzao_takeovers_total", "from=\"standby\"").iter().sum();
        assert!(kept_up >= 4.0, "{stage}: {kept_up}");
    }

    // One stops in its tracks until others have its bureaus, and goes on as if it had them.
    let fourth = cluster.start("fourth", WORK);
    until_shared(&cluster, &[&first, &fourth], &[3, 3]);
    first.signal("-STOP");
    until("taken over from who is paused", || {
        fourth.owns("discovery").len() == 6 && fourth.owns("casework").len() == 6
    });
    cluster.send(&districts[5]);
    first.signal("-CONT");
    until_shared(&cluster, &[&first, &fourth], &[3, 3]);

    // Rolled one by one, with a new day.
    cluster.day = NEXT_DAY.to_owned();
    first.stop();
    let first = cluster.start("first", WORK);
    until_shared(&cluster, &[&first, &fourth], &[3, 3]);
    fourth.stop();
    let fourth = cluster.start("fourth", WORK);
    until_shared(&cluster, &[&first, &fourth], &[3, 3]);
    until_found(&cluster, &expected);
    first.stop();
    fourth.stop();
    intake.stop();
    assert_eq!(items_of(&cluster), expected.items);
}

/// How many bureaus were taken over, and from where their state came.
fn taken_over(worker: &Worker, stage: &str, from: &str) -> f64 {
    let labels = [format!("stage=\"{stage}\""), format!("from=\"{from}\"")];
    let takeovers = worker.metric("sanzao_takeovers_total").into_iter();
    let of = takeovers.filter(|(told, _)| labels.iter().all(|label| told.contains(label)));
    of.map(|(_, times)| times).sum()
}

/// Who has neither stood by nor kept anything on its disk goes on from what somebody else has put into the bucket; and,
/// where there is no bucket, from the log.
#[test]
fn a_new_machine_goes_on_from_the_bucket_or_from_the_log() {
    let Some(broker) = broker() else { return };
    let Some(bucket) = s3_server::Bucket::new() else { return };
    let bureaus = &BUREAUS[..2];
    let mut cluster = Cluster::new(&broker, bureaus);
    let folder = cluster.folder.path().to_owned();
    let districts = districts(&folder, bureaus, 150, 73);
    let expected = in_one_process(&folder, bureaus, &districts);
    // Who stood by before it was given anything would not have to ask for it.
    let alone = "[workers]\nstandby_bureaus = 0\n";
    cluster.settings = format!("snapshot_facts = 300\n{alone}{}", bucket::section(&folder, &bucket));
    let first = cluster.start("first", "intake,discovery,casework");
    districts.iter().for_each(|district| cluster.send(district));
    let listed = || {
        let list = run(&["snapshot", "list", "--dev", "--config", text(&cluster.config("reader")), "--json"]);
        let of_bucket = list.lines().map(json).filter(|one| text_of(&one["place"]).starts_with("bucket"));
        of_bucket.map(|one| text_of(&one["bureau"]).to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    until("in the bucket", || first.is_ready() && listed().len() == bureaus.len());
    first.kill();

    // A bucket is asked once at a start, and for seconds: on a busy machine that may be too short.
    let mut second = cluster.start("second", "intake,discovery,casework");
    until_shared(&cluster, &[&second], &[2]);
    for name in ["third", "fourth"] {
        if second.said().contains("cannot be listed") {
            second.kill();
            second = cluster.start(name, "intake,discovery,casework");
            until_shared(&cluster, &[&second], &[2]);
        }
    }
    assert_eq!(taken_over(&second, "discovery", "snapshot"), 2.0, "{}", second.said());
    let said = second.said();
    let from_bucket =
        |line: &&str| line.contains("going on from a snapshot") && line.contains("place=\"bucket");
    assert_eq!(said.lines().filter(from_bucket).count(), 2, "{said}");
    second.kill();
    cluster.settings = alone.to_owned();
    cluster.day = NEXT_DAY.to_owned();
    let last = cluster.start("last", "intake,discovery,casework");
    until_shared(&cluster, &[&last], &[2]);
    assert_eq!(taken_over(&last, "discovery", "log"), 2.0, "{}", last.said());
    until_found(&cluster, &expected);
    last.stop();
}

fn text_of(value: &serde_json::Value) -> &str {
    value.as_str().unwrap()
}

/// Workers join their groups, and share bureaus, as a user over TLS, without `--dev`.
#[test]
fn workers_share_bureaus_over_tls_as_a_user() {
    let Some(broker) = broker() else { return };
    let told = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is what kafka.sh env says"));
    let bureaus = &BUREAUS[..2];
    let mut cluster = Cluster::new(&broker, bureaus);
    let folder = cluster.folder.path().to_owned();
    let districts = districts(&folder, bureaus, 100, 74);
    let expected = in_one_process(&folder, bureaus, &districts);
    let security = format!(
        "ca_file = {:?}\n[kafka.sasl]\nusername = {:?}\npassword_file = {:?}\n",
        told("SANZAO_KAFKA_CA"),
        told("SANZAO_KAFKA_USER"),
        told("SANZAO_KAFKA_PASSWORD_FILE")
    );
    cluster.secured = Some((told("SANZAO_KAFKA_SASL"), security));
    run(&["topics", "apply", "--config", text(&cluster.config("reader"))]);
    let first = cluster.start("first", "intake,discovery,casework");
    let second = cluster.start("second", WORK);
    until_shared(&cluster, &[&first, &second], &[1, 1]);
    districts.iter().for_each(|district| cluster.send(district));
    until("all ready", || first.is_ready() && second.is_ready());
    second.kill();
    cluster.day = NEXT_DAY.to_owned();
    until_shared(&cluster, &[&first], &[2]);
    let second = cluster.start("second", WORK);
    until_shared(&cluster, &[&first, &second], &[1, 1]);
    first.stop();
    let first = cluster.start("first", "intake,discovery,casework");
    until_shared(&cluster, &[&first, &second], &[1, 1]);
    until_found(&cluster, &expected);
    first.stop();
    second.stop();
}
