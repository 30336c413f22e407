//! What `deploy/metrics.md` promises of every metric is what processes at work tell: its name, kind and labels.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/cluster.rs"]
mod cluster;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cluster::*;
use sanzao_exchange::WebhookSecret;
use support::*;

/// Told once something has happened that does not happen here: an event with a warning, a decision of which a department
/// is told, and a message that was tried.
const NOT_HERE: [&str; 3] =
    ["sanzao_feed_warnings_total", "sanzao_exchange_results_total", "sanzao_exchange_deliveries_total"];

/// A metric as it is promised.
struct Promised {
    kind: String,
    /// Its labels, and whether each is always there.
    labels: BTreeMap<String, bool>,
}

fn promised() -> BTreeMap<String, Promised> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/metrics.md");
    let table = std::fs::read_to_string(table).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `sanzao_"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // What is in brackets are values.
        let mut depth = 0;
        let names: String = cells[3]
            .chars()
            .filter(|sign| {
                depth += i32::from(*sign == '(') - i32::from(*sign == ')');
                depth == 0 && *sign != ')'
            })
            .collect();
        let labels = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let labels = labels.map(|name| (name.trim_end_matches('?').trim().to_owned(), !name.ends_with('?')));
        let promised = Promised { kind: cells[2].to_owned(), labels: labels.collect() };
        (cells[1].trim_matches('`').to_owned(), promised)
    };
    rows.map(row).collect()
}

/// Names of the labels of a series.
fn labels(series: &str) -> BTreeSet<&str> {
    let Some((_, labels)) = series.split_once('{') else { return BTreeSet::new() };
    let mut names = BTreeSet::new();
    let mut rest = labels.trim_end_matches('}');
    while let Some((name, value)) = rest.split_once("=\"") {
        names.insert(name.trim_start_matches(','));
        rest = value.split_once('"').unwrap().1;
    }
    names
}

/// What processes tell is as promised; which metrics they tell.
fn told(promised: &BTreeMap<String, Promised>, texts: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in texts.iter().flat_map(|text| text.lines()) {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let promise = promised.get(name).unwrap_or_else(|| panic!("{name} is in no table"));
            assert_eq!(kind, promise.kind, "{name}");
        }
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        value.parse::<f64>().unwrap_or_else(|_| panic!("no number: {line}"));
        let written = series.split('{').next().unwrap();
        let parts = ["_bucket", "_sum", "_count"].iter().filter_map(|part| written.strip_suffix(part));
        let of_histogram = |name: &&str| promised.get(*name).is_some_and(|it| it.kind == "histogram");
        let name = parts.into_iter().find(of_histogram).unwrap_or(written);
        let promise = promised.get(name).unwrap_or_else(|| panic!("{name} is in no table: {line}"));
        let mut labels = labels(series);
        labels.remove("le");
        for label in &labels {
            assert!(promise.labels.contains_key(*label), "{name} has no label {label} in the table: {line}");
        }
        for (label, _) in promise.labels.iter().filter(|(_, is_always)| **is_always) {
            assert!(labels.contains(label.as_str()), "{name} lacks {label}: {line}");
        }
        found.insert(name.to_owned());
    }
    found
}

#[test]
fn every_metric_is_told_as_promised() {
    let Some(broker) = broker() else { return };
    let mut cluster = Cluster::new(&broker, &["320614"]);
    let folder = cluster.folder.path().to_owned();
    let secret = folder.join("secret");
    key_file(&secret, "5c");
    std::fs::write(&secret, format!("{}\n", &*WebhookSecret::new(&[7; 32]).unwrap().expose())).unwrap();
    // Neither a collector nor a receiver of webhooks is there.
    cluster.settings = format!(
        "snapshot_facts = 500\n[api]\n{}[traces]\nendpoint = \"http://127.0.0.1:1\"\nratio = 1.0\n\
         [[webhook]]\ndepartment = \"registry\"\nurl = \"http://127.0.0.1:1/hooks\"\nsecret_file = {:?}\n\
         allowed_networks = [\"127.0.0.0/8\"]\n",
        accounts(&folder),
        text(&secret)
    );
    let owner = cluster.start("owner", "intake,discovery,casework,vault,exchange,api");
    until("owned", || owner.owns("casework").len() == 1 && owner.owns("discovery").len() == 1);
    let standby = cluster.start("standby", "discovery,casework");
    cluster.send(&district(&folder, 400, 79));
    let promised = promised();
    assert!(promised.len() > 40, "{} rows", promised.len());
    let texts =
        || [&owner, &standby].map(|worker| worker.get("/metrics").map_or(String::new(), |(_, text)| text));
    let missing = || {
        let told = told(&promised, &texts());
        let left = promised.keys().filter(|name| !told.contains(*name) && !NOT_HERE.contains(&name.as_str()));
        left.cloned().collect::<Vec<String>>()
    };
    let mut last = Vec::new();
    let deadline = std::time::Instant::now() + 2 * PATIENCE;
    while std::time::Instant::now() < deadline {
        last = missing();
        if last.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert_eq!(last, Vec::<String>::new(), "never told");
    owner.stop();
    standby.stop();
}
