//! What departments send that they should not, or not so, or not at all.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sanzao_journal::{Journal, NewRecord, Reader, Write};
use sanzao_model::Feed;
use serde_json::{Value, json};

use super::cluster::*;
use super::support::*;
use super::trial::*;

#[test]
fn duplicated_shuffled_and_late() {
    let Some(mut trial) = Trial::begin("duplicates, shuffled and late lines") else { return };
    let first = trial.cluster.start("first", ALL);
    let second = trial.cluster.start("second", ALL);
    let mut lines = Vec::new();
    let clean = trial.lines();
    for line in &clean {
        for _ in 0..=trial.numbers.below(3) {
            lines.push(line.clone());
        }
    }
    trial.numbers.shuffle(&mut lines);
    trial.injected("lines", clean.len());
    trial.injected("duplicates", lines.len() - clean.len());
    let flow = trial.flow(lines, Duration::from_secs(5));
    flow.join();
    trial.recovers(Instant::now(), &[&first, &second]);
    until("all ready", || first.is_ready() && second.is_ready());
    trial.end();
}

/// Bytes of which no event consists.
fn garbage(numbers: &mut Numbers) -> NewRecord {
    let mut random = |length: u64| -> Vec<u8> { (0..length).map(|_| numbers.below(256) as u8).collect() };
    let noise = random(40);
    let kind = noise[0] % 12;
    let text = |text: String| NewRecord { value: text.into_bytes(), ..NewRecord::default() };
    let binary = |value: &[u8], headers: &[(&str, &[u8])]| NewRecord {
        value: value.to_vec(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect(),
        key: noise.clone(),
    };
    match kind {
        0 => NewRecord { value: random(2_000), ..NewRecord::default() },
        1 => NewRecord::default(),
        2 => {
            NewRecord { value: [b"{\"specversion\":\"".as_slice(), &noise].concat(), ..NewRecord::default() }
        }
        3 => text("[".repeat(20_000)),
        4 => text(format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000))),
        5 => text(format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{0}\",\"source\":\"/320614/registry\",\"type\":\"registry.benefit.granted.v1\",\
             \"time\":\"2026-01-02T09:00:00+08:00\",\"data\":{{\"monthly_amount\":1e{0}}}}}",
            9_999 + u64::from(noise[1])
        )),
        6 => text("9".repeat(1_000 + usize::from(noise[1]))),
        // Binary mode: no id, an id that is no text, a version that there is not, a content that is none.
        7 => binary(b"{}", &[("ce_specversion", b"1.0"), ("ce_type", b"registry.benefit.granted.v1")]),
        8 => binary(&noise, &[("ce_id", &noise), ("ce_specversion", b"1.0"), ("content-type", &noise)]),
        9 => binary(b"{}", &[("ce_id", b"x"), ("ce_specversion", b"9.9"), ("ce_source", b"nobody")]),
        10 => text("null".into()),
        _ => text(
            json!({"specversion": "1.0", "id": "\u{0}", "source": "/320614/police", "type": "x",
            "time": "0000-00-00T99:99:99Z", "data": [null, true, {"": ""}]})
            .to_string(),
        ),
    }
}

#[test]
fn poison_among_good_events() {
    const GARBAGE: u64 = 4_000;
    let Some(mut trial) = Trial::begin("poison in all feeds") else { return };
    let first = trial.cluster.start("first", ALL);
    let second = trial.cluster.start("second", ALL);
    let good = trial.lines();
    let rejected_of_good = rejected_of(&trial);
    let journal = trial.log();
    let per_chunk = GARBAGE as usize / good.len().div_ceil(50);
    let (mut sent, mut chunks) = (0_u64, 0);
    for chunk in good.chunks(50) {
        let bad =
            (0..per_chunk).map(|_| (Feed::ALL[trial.numbers.below(5) as usize], garbage(&mut trial.numbers)));
        let mut appends: Vec<_> =
            bad.map(|(feed, record)| (trial.topics.feed(feed, 0), vec![record])).collect();
        sent += appends.len() as u64;
        for line in chunk {
            let record = NewRecord { value: line.text.clone(), ..NewRecord::default() };
            let place = trial.numbers.below(appends.len() as u64 + 1) as usize;
            appends.insert(place, (trial.topics.feed(line.feed, 0), vec![record]));
        }
        journal.write(Write { appends, commits: Vec::new() }).unwrap();
        chunks += 1;
    }
    // Values that are none at all, which our own client does not send.
    for feed in FEEDS {
        let topic = format!("{}feed.{feed}", trial.cluster.prefix);
        let mut kcat = Command::new("kcat")
            .args(["-P", "-b", &trial.cluster.broker, "-t", &topic, "-Z", "-K", ":"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut kcat.stdin.take().unwrap(), b"key:\n").unwrap();
        assert!(kcat.wait().unwrap().success());
        sent += 1;
    }
    assert!(chunks > 10);
    trial.injected("garbage", sent);
    trial.injected("good", good.len());
    trial.recovers(Instant::now(), &[&first, &second]);
    until("all ready", || first.is_ready() && second.is_ready());
    assert_eq!(
        rejections(&trial).len() as u64,
        sent + rejected_of_good,
        "each is rejected, and nothing else"
    );
    trial.held("each is rejected with a reason, and nothing else is");
    first.stop();
    second.stop();
    trial.end();
}

/// Lines of the districts that intake rejects in the clean run.
fn rejected_of(trial: &Trial) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "count");
    let config = folder.path().join("count.toml");
    std::fs::write(&config, format!("data = {:?}\nbureaus = {BUREAUS:?}\n", text(&data))).unwrap();
    let mut rejected = 0;
    for district in &trial.clean.districts {
        for feed in FEEDS {
            let file = district.join(format!("{feed}.jsonl"));
            let told = run(&["ingest", "--config", text(&config), "--feed", feed, "--json", text(&file)]);
            rejected += json(told.lines().last().unwrap())["rejected"].as_u64().unwrap();
        }
    }
    rejected
}

/// What intake has rejected.
fn rejections(trial: &Trial) -> Vec<Value> {
    let journal = trial.log();
    let mut all = Vec::new();
    for feed in Feed::ALL {
        let mut reader = Reader::new(&journal, trial.topics.rejected(feed), 0, 0);
        loop {
            let records = reader.read(4 << 20).unwrap();
            if records.is_empty() {
                break;
            }
            all.extend(records.iter().map(|it| serde_json::from_slice::<Value>(&it.value).unwrap()));
        }
    }
    all
}

#[test]
#[ignore = "takes long: make faults"]
fn schemas_of_other_versions() {
    let Some(mut trial) = Trial::begin("events of unknown types, versions and fields among the good ones")
    else {
        return;
    };
    let first = trial.cluster.start("first", ALL);
    let mut lines = Vec::new();
    let (mut newer, mut unknown, mut fields, mut attributes) = (0, 0, 0, 0);
    for line in trial.lines() {
        let Ok(mut event) = serde_json::from_slice::<Value>(&line.text) else {
            lines.push(line);
            continue;
        };
        let other = |event: &Value, kind: String, id: &str| {
            let mut other = event.clone();
            other["type"] = kind.into();
            other["id"] = format!("{id}-{}", event["id"].as_str().unwrap_or_default()).into();
            Line { feed: line.feed, text: other.to_string().into_bytes() }
        };
        let kind = event["type"].as_str().unwrap_or_default().to_owned();
        match trial.numbers.below(6) {
            0 if kind.ends_with(".v1") => {
                lines.push(other(&event, kind.replace(".v1", ".v2"), "newer"));
                newer += 1;
            }
            1 => {
                lines.push(other(&event, format!("{}.divined.v1", line.feed), "unknown"));
                unknown += 1;
            }
            // One more attribute is let by, one more field of the content is not: nobody knows what it would mean.
            2 => {
                event["traceparent"] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into();
                attributes += 1;
                lines.push(Line { feed: line.feed, text: event.to_string().into_bytes() });
                continue;
            }
            3 if event["data"].is_object() => {
                event["data"]["added_by_a_later_version"] = json!({"nested": [1, 2, 3]});
                lines.push(other(&event, kind, "field"));
                fields += 1;
            }
            _ => {}
        }
        lines.push(line);
    }
    trial.injected("newer_versions", newer);
    trial.injected("unknown_types", unknown);
    trial.injected("unknown_fields", fields);
    trial.injected("unknown_attributes", attributes);
    let rejected_of_good = rejected_of(&trial);
    trial.send(&lines);
    trial.recovers(Instant::now(), &[&first]);
    let rejected = rejections(&trial);
    assert_eq!(rejected.len() as u64, rejected_of_good + newer + unknown + fields);
    trial.held("newer and unknown ones are rejected, unknown attributes are let by, nothing else is touched");
    first.stop();
    trial.end();
}

#[test]
fn a_department_is_silent() {
    const SILENT: Feed = Feed::MedicalInsurance;
    let Some(mut trial) = Trial::begin("one department silent for 60 days") else { return };
    let first = trial.cluster.start("first", ALL);
    let second = trial.cluster.start("second", ALL);
    let is_held_back = |line: &Line| {
        let time = serde_json::from_slice::<Value>(&line.text).ok().map(|event| event["time"].clone());
        let time = time.and_then(|time| time.as_str().map(str::to_owned));
        line.feed == SILENT && time.is_none_or(|time| time.as_str() >= "2026-05-01")
    };
    let (later, sent): (Vec<Line>, Vec<Line>) = trial.lines().into_iter().partition(is_held_back);
    assert!(later.len() > 20, "{} lines show too little", later.len());
    trial.injected("lines_held_back", later.len());
    trial.send(&sent);
    trial.until_taken_in();
    // What was never seen before is looked for anew when a day begins.
    trial.next_day();
    let mut rules = std::collections::BTreeSet::new();
    let depend = rules_on(SILENT.as_str());
    until("its rules suspended, and no others", || {
        let verified = trial.cluster.verify();
        rules = verified.iter().flat_map(suspended).collect();
        rules.iter().all(|rule| depend.contains(rule))
            && verified.iter().all(|one| !suspended(one).is_empty() && one["agree"] == true)
    });
    trial.injected("rules_suspended", rules.len());
    trial.held("its rules are suspended, no others");
    trial.send(&later);
    trial.recovers(Instant::now(), &[&first, &second]);
    until("no rule suspended", || trial.cluster.verify().iter().all(|one| suspended(one).is_empty()));
    trial.held("none is once it has caught up");
    first.stop();
    second.stop();
    trial.end();
}

fn suspended(verified: &Value) -> Vec<String> {
    let rules = verified["suspended"].as_array().cloned().unwrap_or_default();
    rules.iter().map(|rule| rule.as_str().unwrap().to_owned()).collect()
}

/// The rules that say under `feeds` that they depend on a feed.
fn rules_on(feed: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery/rules");
    let mut rules = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let depends = text.lines().any(|line| {
            let line = line.trim_start_matches("--").trim();
            line.starts_with("feeds") && line.contains(feed)
        });
        if depends {
            rules.push(path.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(!rules.is_empty(), "no rule depends on {feed}");
    rules
}

#[test]
#[ignore = "takes long: make faults"]
fn whole_topics_again() {
    let Some(mut trial) = Trial::begin("whole topics replayed") else { return };
    let first = trial.cluster.start("first", ALL);
    let lines = trial.lines();
    trial.send(&lines);
    trial.until_taken_in();
    // Every feed is sent again whole.
    let again = trial.lines();
    trial.send(&again);
    trial.until_taken_in();
    trial.injected("events_sent_again", again.len());
    // Whoever knows nothing of what was read reads everything again: all positions are lost.
    first.stop();
    let config = trial.cluster.config("second");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "group_prefix = \"forgotten\"\n").unwrap();
    let forgotten = trial.cluster.groups().replacen("sanzao", "forgotten", 1);
    let since = Instant::now();
    let second = trial.cluster.start_with("second", ALL, &config, &[]);
    let journal = sanzao_journal::KafkaJournal::connect(sanzao_journal::KafkaConfig::new(
        &trial.cluster.broker,
        &forgotten,
    ))
    .unwrap();
    until("all read again", || is_taken_in(&journal, &trial.topics));
    trial.injected("positions_lost", "all");
    trial.recovers(since, &[&second]);
    until("ready", || second.is_ready());
    second.stop();
    trial.end();
}
