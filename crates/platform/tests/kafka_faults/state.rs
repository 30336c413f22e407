//! What happens to what a worker keeps on its disk, which the log can always make anew.

use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use sanzao_ledger::snapshot::FORMAT;

use super::cluster::*;
use super::support::*;
use super::trial::*;

/// All that a worker with an API has under `state/`: tables, counts of feeds, snapshots.
const WITH_API: &str = "intake,discovery,casework,api";

/// With an API of the first bureau, and snapshots as often as that.
fn with_api(trial: &mut Trial, snapshot_facts: u32) {
    let accounts = accounts(trial.cluster.folder.path());
    trial.cluster.settings =
        format!("snapshot_facts = {snapshot_facts}\n{FIXED}[api]\nbureau = {:?}\n{accounts}", BUREAUS[0]);
}

/// What people see of all there is, page by page.
fn shown(worker: &Worker) -> String {
    let mut shown = String::new();
    for path in [
        "/v1/statistics",
        "/v1/feeds",
        "/v1/alerts?limit=500",
        "/v1/tasks?limit=500",
        "/v1/changes?limit=500",
    ] {
        let (status, text) = worker.ask(path, TOKEN).unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        shown.push_str(&format!("{path}\n{text}\n"));
    }
    shown
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_under(&path));
        } else if std::fs::metadata(&path).unwrap().len() > 0 {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[derive(Clone, Copy)]
enum Damage {
    Flipped,
    Cut,
}

fn damage(file: &Path, how: Damage, numbers: &mut Numbers) {
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
    let length = opened.metadata().unwrap().len();
    match how {
        Damage::Cut => opened.set_len(numbers.below(length)).unwrap(),
        Damage::Flipped => {
            for _ in 0..=numbers.below(3) {
                let (at, mut byte) = (numbers.below(length), [0]);
                opened.read_exact_at(&mut byte, at).unwrap();
                opened.write_all_at(&[byte[0] ^ (1 << numbers.below(8))], at).unwrap();
            }
        }
    }
}

#[test]
#[ignore = "takes long: make faults"]
fn torn_and_flipped() {
    let Some(mut trial) = Trial::begin("torn and bit-flipped state") else { return };
    with_api(&mut trial, 60);
    let config = trial.cluster.config("one");
    let start = |trial: &Trial| {
        let worker = trial.cluster.start_with("one", WITH_API, &config, &[]);
        until("ready", || worker.is_ready());
        worker
    };
    let worker = start(&trial);
    let lines = trial.lines();
    trial.send(&lines);
    trial.recovers(Instant::now(), &[&worker]);
    until("ready", || worker.is_ready());
    let healthy = shown(&worker);
    worker.stop();
    let state = trial.cluster.folder.path().join("one/state");
    let (mut flipped, mut cut, mut longest) = (0, 0, std::time::Duration::ZERO);
    let mut rounds: Vec<(Damage, Option<String>)> = vec![(Damage::Flipped, None), (Damage::Cut, None)];
    for file in ["readmodel.db", "feeds.db", "snapshots"] {
        rounds.push((Damage::Flipped, Some(file.to_owned())));
        rounds.push((Damage::Cut, Some(file.to_owned())));
    }
    for (how, only) in rounds {
        let mut damaged = Vec::new();
        for file in files_under(&state) {
            let name = file.strip_prefix(&state).unwrap().display().to_string();
            if only.as_ref().is_none_or(|only| name.starts_with(only)) {
                damage(&file, how, &mut trial.numbers);
                damaged.push(name);
            }
        }
        assert!(!damaged.is_empty(), "nothing of {only:?} under {}", state.display());
        match how {
            Damage::Flipped => flipped += damaged.len(),
            Damage::Cut => cut += damaged.len(),
        }
        let since = Instant::now();
        let worker = start(&trial);
        longest = longest.max(since.elapsed());
        let said = worker.said();
        let is_damaged = |part: &str| damaged.iter().any(|name| name.starts_with(part));
        for (part, word) in [
            ("readmodel.db", "making the read model anew"),
            ("feeds.db", "counting feeds anew"),
            ("snapshots", "snapshot"),
        ] {
            let warned = said.lines().any(|line| line.contains("WARN") && line.contains(word));
            assert!(warned || !is_damaged(part), "no warning of {damaged:?}: {said}");
        }
        assert_eq!(shown(&worker), healthy, "{damaged:?}: {said}");
        worker.stop();
    }
    trial.injected("files_flipped", flipped);
    trial.injected("files_cut", cut);
    trial.recovered_in(longest);
    trial.held("each start warns, recovers by itself and shows what was there before");
    super::found::until_found(&trial.cluster, &trial.clean.expected);
    trial.end();
}

#[test]
fn snapshot_of_a_newer_format_beside_a_good_one() {
    let Some(mut trial) = Trial::begin("a snapshot of a newer format beside a good one") else { return };
    // Who stood by before it was given anything would have it from there.
    trial.cluster.settings = format!("snapshot_facts = 60\n{FIXED}standby_bureaus = 0\n");
    let worker = trial.cluster.start("one", ALL);
    let lines = trial.lines();
    trial.send(&lines);
    trial.until_taken_in();
    until("snapshots written", || {
        let offsets = worker.metric("sanzao_snapshot_offset");
        worker.is_ready() && offsets.len() == BUREAUS.len() && offsets.iter().all(|(_, offset)| *offset > 0.0)
    });
    worker.stop();
    let mut newer = 0;
    for bureau in BUREAUS {
        let is_manifest = |file: &PathBuf| {
            text(file).contains(bureau)
                && file.file_name().unwrap().to_string_lossy().starts_with("manifest-")
        };
        let files = files_under(&trial.cluster.folder.path().join("one/state/snapshots"));
        let newest = files.into_iter().rfind(is_manifest).expect("a snapshot of each bureau");
        let known = std::fs::read_to_string(&newest).unwrap();
        let of_future = known.replacen(&format!("\"format\": {FORMAT}"), "\"format\": 99", 1);
        assert_ne!(known, of_future);
        std::fs::write(newest.with_file_name("manifest-00000000009999999999.json"), of_future).unwrap();
        newer += 1;
    }
    trial.injected("snapshots", newer);
    let since = Instant::now();
    let worker = trial.cluster.start("one", ALL);
    trial.recovers(since, &[&worker]);
    let skipped =
        worker.said().lines().filter(|line| line.contains("snapshot skipped") && line.contains("99")).count();
    assert_eq!(skipped, newer, "{}", worker.said());
    let takeovers = worker.metric("sanzao_takeovers_total");
    let from_disk =
        |(labels, _): &&(String, f64)| labels.contains("discovery") && labels.contains("from=\"disk\"");
    let from_disk: f64 = takeovers.iter().filter(from_disk).map(|(_, times)| times).sum();
    assert_eq!(from_disk, BUREAUS.len() as f64, "{takeovers:?}");
    trial.held("it is skipped with a warning, and the good one is used");
    worker.stop();
    trial.end();
}

/// A small file system of its own; none where mounting is not permitted.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<SmallDisk> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs", text(at)]).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(SmallDisk(at.to_owned()));
        }
        eprintln!("THE FAULT OF A FULL DISK DID NOT TAKE PLACE: mounting a tmpfs is not permitted");
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        assert!(std::env::var_os("CI").is_none() || !is_root, "in CI root has to be able to mount");
        None
    }

    /// Takes all the room there is.
    fn fill(&self) -> u64 {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("filling")).unwrap();
        let (block, mut filled) = (vec![0xff; 4 << 10], 0);
        while let Ok(written @ 1..) = file.write(&block) {
            filled += written as u64;
        }
        filled
    }

    fn free(&self) {
        std::fs::remove_file(self.0.join("filling")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").args(["-l", text(&self.0)]).status();
    }
}

#[test]
fn disk_full() {
    let Some(mut trial) = Trial::begin("full disk, then freed") else { return };
    with_api(&mut trial, 60);
    let data = trial.cluster.folder.path().join("one");
    std::fs::create_dir_all(&data).unwrap();
    let Some(disk) = SmallDisk::mount(&data) else { return };
    let worker = trial.cluster.start("one", WITH_API);
    let lines = trial.lines();
    let (before, during) = lines.split_at(lines.len() / 3);
    trial.send(before);
    trial.until_taken_in();
    let filled = disk.fill();
    trial.send(during);
    let mut told = String::new();
    until("said why it is not ready", || {
        // What it frees by itself meanwhile is taken, too.
        told = worker.reasons();
        told.contains("projection waits") && told.contains("full")
    });
    // Facts flow all the same: they lie in the log.
    trial.until_taken_in();
    trial.injected("bytes_filled", filled);
    trial.held("/readyz says that the disk is full; facts are taken in meanwhile");
    disk.free();
    let freed = Instant::now();
    trial.recovers(freed, &[&worker]);
    until("ready", || worker.is_ready());
    trial.held("ready again by itself");
    worker.stop();
    drop(disk);
    trial.end();
}
