//! Several processes share the bureaus of one installation on a real Kafka: they join, leave, are rolled, crash, are
//! paused and come back, and what is found and raised is what one process finds and raises.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/cluster.rs"]
mod cluster;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cluster::*;
use sanzao::stage::casework_on;
use sanzao_journal::{EmbeddedJournal, Journal, KafkaConfig, KafkaJournal, Stream, Topic};
use support::*;

const BUREAUS: [&str; 6] = ["320614", "320602", "320611", "320681", "320682", "320685"];
/// A new day looks anew at what was never seen before: rules that need such a record say nothing until then.
const NEXT_DAY: &str = "2026-07-01";
const WORK: &str = "discovery,casework";

/// A district of some people for each bureau.
fn districts(folder: &Path, people: u32, seed: u64) -> Vec<PathBuf> {
    let district = |(nth, bureau): (usize, &&str)| {
        let of = folder.join(format!("of-{bureau}"));
        std::fs::create_dir_all(&of).unwrap();
        let made = district(&of, people, seed + nth as u64);
        moved_to(&made, bureau, &of.join("moved"));
        of.join("moved")
    };
    BUREAUS.iter().enumerate().map(district).collect()
}

/// What one process on the embedded journal makes of them: findings, and items that are alive.
fn in_one_process(folder: &Path, districts: &[PathBuf]) -> (String, Items) {
    let data = data_dir(folder, "one");
    let config = folder.join("one.toml");
    std::fs::write(&config, format!("data = {:?}\nbureaus = {BUREAUS:?}\n", text(&data))).unwrap();
    for district in districts {
        for feed in FEEDS {
            let file = district.join(format!("{feed}.jsonl"));
            run(&["ingest", "--config", text(&config), "--feed", feed, text(&file)]);
        }
    }
    for day in [AS_OF, NEXT_DAY] {
        run(&["run", "--config", text(&config), "--drain", "--day", day]);
    }
    let findings = run(&["findings", "--config", text(&config), "--as-of", NEXT_DAY]);
    (findings, live_items(&EmbeddedJournal::open(&data, || 0).unwrap(), ""))
}

/// State by case, of the items on which somebody has to work. What was raised on half of the records and cleared by the
/// other half is none of them, and an item that moved with its household has the id of where it began.
type Items = BTreeMap<String, String>;

/// What casework has, by the log alone; the same case twice is an error.
fn live_items(journal: &dyn Journal, prefix: &str) -> Items {
    let topic = Topic::new(format!("{prefix}work")).unwrap();
    let mut items = Items::new();
    for (partition, bureau) in BUREAUS.iter().enumerate() {
        let work = Stream::new(topic.clone(), partition as u32);
        let casework = casework_on(journal, &work, None).unwrap();
        let is_open = |state: &str| ["open", "planned", "due", "overdue"].contains(&state);
        for item in casework.items().filter(|item| is_open(item.state.as_str())) {
            let case = format!("{bureau} {} {:?} {}", item.rule, item.subject, item.finding.occasion);
            let other = items.insert(case.clone(), item.state.as_str().to_owned());
            assert!(other.is_none(), "{case} is there twice");
        }
    }
    items
}

fn items_of(cluster: &Cluster, broker: &str) -> Items {
    let group = format!("{}reader", cluster.prefix);
    live_items(&KafkaJournal::connect(KafkaConfig::new(broker, group)).unwrap(), &cluster.prefix)
}

/// Who owns how many bureaus at both stages, once every bureau has exactly one owner.
fn until_shared(workers: &[&Worker], wanted: &[usize]) {
    until(&format!("shared out as {wanted:?}"), || {
        ["discovery", "casework"].iter().all(|stage| {
            let owned: Vec<Vec<String>> = workers.iter().map(|worker| worker.owns(stage)).collect();
            let mut all: Vec<&String> = owned.iter().flatten().collect();
            all.sort();
            all.dedup();
            let shares: Vec<usize> = owned.iter().map(Vec::len).collect();
            all.len() == BUREAUS.len() && shares == wanted
        })
    });
}

/// Everything that was sent is found, as one process finds it.
fn until_found(cluster: &Cluster, broker: &str, expected: &(String, Items)) {
    let (findings, items) = expected;
    until("everything found", || cluster.findings() == *findings);
    until("what is found was sent", || {
        let verified = cluster.verify();
        verified.len() == BUREAUS.len()
            && verified.iter().all(|one| one["agree"] == true && !one["sent"].is_null())
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = items_of(cluster, broker);
        if now == *items {
            return;
        }
        let only = |a: &Items, b: &Items| -> Vec<String> {
            a.iter()
                .filter(|(case, state)| b.get(*case) != Some(*state))
                .map(|one| format!("{one:?}"))
                .collect()
        };
        assert!(
            Instant::now() < deadline,
            "lost: {:#?}\nraised without cause: {:#?}",
            only(items, &now),
            only(&now, items)
        );
    }
}

#[test]
fn bureaus_move_when_workers_join_leave_crash_and_are_paused() {
    let Some(broker) = broker() else { return };
    let mut cluster = Cluster::new(&broker, &BUREAUS);
    let districts = districts(cluster.folder.path(), 150, 71);
    let expected = in_one_process(cluster.folder.path(), &districts);
    assert!(expected.1.len() > 50, "{} items show too little", expected.1.len());

    let intake = cluster.start("intake", "intake");
    let first = cluster.start("first", WORK);
    until_shared(&[&first], &[6]);
    cluster.send(&districts[0]);
    let second = cluster.start("second", WORK);
    until_shared(&[&first, &second], &[3, 3]);
    cluster.send(&districts[1]);
    let third = cluster.start("third", WORK);
    until_shared(&[&first, &second, &third], &[2, 2, 2]);
    until("all ready", || [&intake, &first, &second, &third].iter().all(|worker| worker.is_ready()));

    // One leaves: its bureaus go to those who have kept up with them, at once.
    cluster.send(&districts[2]);
    let stopped = second.stop();
    assert!(stopped < Duration::from_secs(10), "{stopped:?}");
    until_shared(&[&first, &third], &[3, 3]);
    cluster.send(&districts[3]);

    // One dies while it works.
    third.kill();
    cluster.send(&districts[4]);
    until_shared(&[&first], &[6]);
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
    until_shared(&[&first, &fourth], &[3, 3]);
    first.signal("-STOP");
    until("taken over from who is paused", || {
        fourth.owns("discovery").len() == 6 && fourth.owns("casework").len() == 6
    });
    cluster.send(&districts[5]);
    first.signal("-CONT");
    until_shared(&[&first, &fourth], &[3, 3]);

    // Rolled one by one, with a new day.
    cluster.day = NEXT_DAY.to_owned();
    first.stop();
    let first = cluster.start("first", WORK);
    until_shared(&[&first, &fourth], &[3, 3]);
    fourth.stop();
    let fourth = cluster.start("fourth", WORK);
    until_shared(&[&first, &fourth], &[3, 3]);
    until_found(&cluster, &broker, &expected);
    first.stop();
    fourth.stop();
    intake.stop();
    assert_eq!(items_of(&cluster, &broker), expected.1);
}
