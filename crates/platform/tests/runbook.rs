//! Procedures of `deploy/runbook.md`, step by step on a real Kafka: add a worker, replace a disk, replay a feed. Restoring
//! from a bucket is in tests/snapshots.rs, a rolling upgrade in tests/workers.rs, keys in tests/vault.rs.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/cluster.rs"]
mod cluster;
mod support;

use cluster::*;
use support::*;

const WORK: &str = "intake,discovery,casework";

fn doctor(cluster: &Cluster, name: &str) -> String {
    let config = cluster.config(name);
    let output = sanzao().args(["doctor", "--dev", "--config", text(&config)]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && !told.contains("BAD"), "{told}");
    told
}

fn events(worker: &Worker) -> f64 {
    worker.metric("sanzao_intake_events_total").iter().map(|(_, count)| count).sum()
}

fn until_settled(cluster: &Cluster, workers: &[&Worker], findings: &str) {
    until("all ready", || workers.iter().all(|worker| worker.is_ready()));
    until("everything is found", || cluster.findings() == findings);
    until("what is found was sent", || {
        let verified = cluster.verify();
        !verified.is_empty() && verified.iter().all(|one| one["agree"] == true && !one["sent"].is_null())
    });
}

#[test]
fn its_steps_lead_where_they_say() {
    let Some(broker) = broker() else { return };
    let cluster = Cluster::new(&broker, &["320614", "320602"]);
    let folder = cluster.folder.path().to_owned();
    let district = district(&folder, 150, 91);
    let data = data_dir(&folder, "one");
    let config = folder.join("one.toml");
    std::fs::write(&config, format!("data = {:?}\nbureaus = [\"320614\", \"320602\"]\n", text(&data)))
        .unwrap();
    for feed in FEEDS {
        let file = district.join(format!("{feed}.jsonl"));
        run(&["ingest", "--config", text(&config), "--feed", feed, text(&file)]);
    }
    let findings = run(&["findings", "--config", text(&config), "--as-of", AS_OF]);

    let first = cluster.start("first", WORK);
    cluster.send(&district);
    until_settled(&cluster, &[&first], &findings);

    // Add a worker.
    let told = doctor(&cluster, "second");
    assert!(told.contains("ok   topics") && told.contains("ok   clocks"), "{told}");
    let second = cluster.start("second", WORK);
    until("a bureau has moved", || first.owns("discovery").len() == 1 && second.owns("discovery").len() == 1);

    // Replace its disk: only the keys come back, and with them a new name, because its audit record's keys are gone.
    second.stop();
    until("its bureau has moved", || first.owns("discovery").len() == 2);
    std::fs::remove_dir_all(folder.join("second")).unwrap();
    doctor(&cluster, "third");
    let second = cluster.start("third", WORK);
    until("a bureau has moved again", || {
        second.owns("discovery").len() == 1 && second.owns("casework").len() == 1
    });
    until_settled(&cluster, &[&first, &second], &findings);

    // Replay a feed, while everything runs.
    let before = events(&first) + events(&second);
    let config = cluster.config("reader");
    let shown = run(&["topics", "tail", "feed.registry", "--dev", "--config", text(&config), "--limit", "1"]);
    assert!(json(&shown)["appended"].is_string(), "{shown}");
    let sent = run(&["topics", "replay", "registry", "--dev", "--config", text(&config), "--json"]);
    let sent = json(&sent)["sent"].as_f64().unwrap();
    assert!(sent > 100.0, "{sent}");
    until("taken in again", || events(&first) + events(&second) >= before + sent);
    until_settled(&cluster, &[&first, &second], &findings);
    first.stop();
    second.stop();
}
