//! What has to be found and raised: what one process on the embedded journal makes of the same events.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use sanzao::stage::casework_on;
use sanzao_journal::{EmbeddedJournal, Journal, KafkaConfig, KafkaJournal, Reader, Stream, Topic};
use sanzao_model::{WorkEvent, WorkRecord};

use super::cluster::*;
use super::support::*;

/// A new day looks anew at what was never seen before: rules that need such a record say nothing until then.
pub const NEXT_DAY: &str = "2026-07-01";

/// A district of some people for each bureau.
pub fn districts(folder: &Path, bureaus: &[&str], people: u32, seed: u64) -> Vec<PathBuf> {
    let district = |(nth, bureau): (usize, &&str)| {
        let of = folder.join(format!("of-{bureau}"));
        std::fs::create_dir_all(&of).unwrap();
        let made = district(&of, people, seed + nth as u64);
        moved_to(&made, bureau, &of.join("moved"));
        of.join("moved")
    };
    bureaus.iter().enumerate().map(district).collect()
}

/// Findings, and items that are alive.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub findings: String,
    pub items: Items,
}

/// What one process on the embedded journal makes of them.
pub fn in_one_process(folder: &Path, bureaus: &[&str], districts: &[PathBuf]) -> Expected {
    in_one_process_on(folder, bureaus, districts, "", &[AS_OF, NEXT_DAY])
}

/// The same on other days, with further lines of its configuration.
pub fn in_one_process_on(
    folder: &Path,
    bureaus: &[&str],
    districts: &[PathBuf],
    settings: &str,
    days: &[&str],
) -> Expected {
    let data = data_dir(folder, "one");
    let config = folder.join("one.toml");
    std::fs::write(&config, format!("data = {:?}\nbureaus = {bureaus:?}\n{settings}", text(&data))).unwrap();
    for district in districts {
        for feed in FEEDS {
            let file = district.join(format!("{feed}.jsonl"));
            run(&["ingest", "--config", text(&config), "--feed", feed, text(&file)]);
        }
    }
    for day in days {
        run(&["run", "--config", text(&config), "--drain", "--day", day]);
    }
    let last = days[days.len() - 1];
    let findings = run(&["findings", "--config", text(&config), "--as-of", last]);
    Expected { findings, items: live_items(&EmbeddedJournal::open(&data, || 0).unwrap(), "", bureaus) }
}

/// State by case, of the items on which somebody has to work. What was raised on half of the records and cleared by the
/// other half is none of them, and an item that moved with its household has the id of where it began.
pub type Items = BTreeMap<String, String>;

/// What casework has, by the log alone; the same case twice is an error, and so is an item that was opened twice.
pub fn live_items(journal: &dyn Journal, prefix: &str, bureaus: &[impl AsRef<str>]) -> Items {
    let of_bureau = |(partition, bureau)| items_in(journal, prefix, partition, bureau);
    bureaus.iter().map(AsRef::as_ref).enumerate().flat_map(of_bureau).collect()
}

/// The same of one bureau.
pub fn items_in(journal: &dyn Journal, prefix: &str, partition: usize, bureau: &str) -> Items {
    let work = Stream::new(Topic::new(format!("{prefix}work")).unwrap(), partition as u32);
    let casework = casework_on(journal, &work, None).unwrap();
    let is_open = |state: &str| ["open", "planned", "due", "overdue"].contains(&state);
    let mut items = Items::new();
    for item in casework.items().filter(|item| is_open(item.state.as_str())) {
        let case = format!("{bureau} {} {:?} {}", item.rule, item.subject, item.finding.occasion);
        let other = items.insert(case.clone(), item.state.as_str().to_owned());
        assert!(other.is_none(), "{case} is there twice");
    }
    opened_once(journal, &work);
    items
}

/// Read as every reader does: an append that was tried again lies in the log twice, with one place in `inbox`.
fn opened_once(journal: &dyn Journal, work: &Stream) {
    let mut reader = Reader::new(journal, work.clone(), 0, 0);
    let (mut opened, mut upto) = (BTreeSet::new(), 0);
    loop {
        let records = reader.read(4 << 20).unwrap();
        if records.is_empty() {
            return;
        }
        for record in records.iter().map(|record| WorkRecord::from_bytes(&record.value).unwrap()) {
            if record.upto <= upto {
                continue;
            }
            upto = record.upto;
            for event in record.events {
                if let WorkEvent::Opened(item) = event {
                    assert!(opened.insert(item.id), "item {} was raised twice in {work}", item.id);
                }
            }
        }
    }
}

/// The cluster's log, with the positions of its stages.
pub fn log_of(cluster: &Cluster) -> KafkaJournal {
    KafkaJournal::connect(KafkaConfig::new(&cluster.broker, cluster.groups())).unwrap()
}

pub fn items_of(cluster: &Cluster) -> Items {
    live_items(&log_of(cluster), &cluster.prefix, &cluster.bureaus)
}

/// Who owns how many bureaus at both stages, once every bureau has exactly one owner.
pub fn until_shared(cluster: &Cluster, workers: &[&Worker], wanted: &[usize]) {
    until(&format!("shared out as {wanted:?}"), || {
        ["discovery", "casework"].iter().all(|stage| {
            let owned: Vec<Vec<String>> = workers.iter().map(|worker| worker.owns(stage)).collect();
            let mut all: Vec<&String> = owned.iter().flatten().collect();
            all.sort();
            all.dedup();
            let shares: Vec<usize> = owned.iter().map(Vec::len).collect();
            all.len() == cluster.bureaus.len() && shares == wanted
        })
    });
}

/// Everything that was sent is found, as one process finds it.
pub fn until_found(cluster: &Cluster, expected: &Expected) {
    until("everything found", || cluster.findings() == expected.findings);
    until_raised(cluster, &expected.items);
    until("what is found was sent", || {
        let verified = cluster.verify();
        verified.len() == cluster.bureaus.len()
            && verified.iter().all(|one| one["agree"] == true && !one["sent"].is_null())
    });
}

/// Each case is raised, once, and no other one is.
pub fn until_raised(cluster: &Cluster, items: &Items) {
    let journal = log_of(cluster);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let now = live_items(&journal, &cluster.prefix, &cluster.bureaus);
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
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
