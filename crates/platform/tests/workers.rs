//! Several processes share the bureaus of one installation on a real Kafka: they join, leave, are rolled, crash, are
//! paused and come back, and what is found and raised is what one process finds and raises.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/cluster.rs"]
mod cluster;
#[path = "support/found.rs"]
mod found;
mod support;

use std::time::Duration;

use cluster::*;
use found::*;

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
    assert!(stopped < Duration::from_secs(10), "{stopped:?}");
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
        let took = of_stage("sanzao_takeover_seconds", "");
        assert!(took.len() == BUREAUS.len() && took.iter().all(|took| *took < 1.0), "{stage}: {took:?}");
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
