//! What happens to workers: they die and their writes fail at every numbered moment, they come and go, and two of one
//! name race.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sanzao_journal::{Journal, KafkaJournal};

use super::cluster::*;
use super::found::NEXT_DAY;
use super::support::*;
use super::trial::*;

/// Of how many parts what is sent consists, so that there is something to do at each moment.
const PARTS: usize = 40;
/// More moments than a start and some events have.
const MOST_MOMENTS: u64 = 400;
/// Each how many-th moment is tried where not all are.
const FEW: u64 = 9;

/// For how long nothing may be left to do before a worker has had all its moments.
const QUIET: Duration = Duration::from_millis(1_000);

/// What is done by who something happens to, who does the rest meanwhile, and more moments than a start has at which
/// there is nothing to do.
const SPLITS: [(&str, &str, u64); 4] = [
    ("intake,discovery,casework", "", 24),
    ("intake", "discovery,casework", 8),
    ("discovery", "intake,casework", 14),
    ("casework", "intake,discovery", 8),
];

/// Starts a worker with a mishap at each of these moments, one after the other, until one has nothing left to do and
/// nothing has happened to it; the number of the moment that there was no more.
struct Moments<'a> {
    trial: &'a Trial,
    config: PathBuf,
    variable: &'static str,
    stages: &'static str,
    parts: std::slice::Chunks<'a, Line>,
}

enum Ended {
    Died,
    Failed,
    Nothing,
}

impl Moments<'_> {
    /// What becomes of a worker to which something is to happen at a moment.
    fn at(&mut self, journal: &KafkaJournal, moment: u64) -> Ended {
        let trial = self.trial;
        if let Some(part) = self.parts.next() {
            trial.send(part);
        }
        let environment = [(self.variable, moment.to_string())];
        let environment = [(environment[0].0, environment[0].1.as_str())];
        let started = trial.cluster.try_start_with("mortal", self.stages, &self.config, &environment);
        let Ok(mut worker) = started else { return Ended::Died };
        let deadline = Instant::now() + 2 * PATIENCE;
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < QUIET {
            if worker.child.try_wait().unwrap().is_some() {
                return Ended::Died;
            }
            if !is_taken_in(journal, &trial.topics) || !worker.is_ready() || !is_worked_off(journal, trial) {
                quiet_since = Instant::now();
            }
            assert!(Instant::now() < deadline, "moment {moment} of {}: {}", self.stages, worker.reasons());
            std::thread::sleep(Duration::from_millis(20));
        }
        let has_failed = worker.said().contains("a write fails because");
        // Stopped it would give up what it has for good; killed it comes back to it.
        worker.kill();
        if has_failed { Ended::Failed } else { Ended::Nothing }
    }
}

/// Whether casework has read all there is to read.
fn is_worked_off(journal: &KafkaJournal, trial: &Trial) -> bool {
    trial.topics.bureaus().iter().all(|bureau| {
        let read = |consumer: &str, stream| {
            let end = journal.end(&stream).unwrap_or(u64::MAX);
            end == 0 || journal.committed(consumer, &stream).ok().flatten().is_some_and(|upto| upto >= end)
        };
        read("casework", trial.topics.inbox(*bureau))
    })
}

/// Tries each `step`-th moment, from a seeded one on, of a worker that does all and of such as do one thing each.
fn at_moments(fault: &'static str, variable: &'static str, step: u64) {
    let Some(mut trial) = Trial::begin(fault) else { return };
    trial.cluster.settings = FIXED.to_owned();
    let (config, lines) = (trial.cluster.config("mortal"), trial.lines());
    let first = 1 + trial.numbers.below(step);
    let journal = trial.log();
    let mut counts = Vec::new();
    let splits = if step == 1 { SPLITS.len() } else { 1 };
    for (nth, (stages, rest, least)) in SPLITS.into_iter().take(splits).enumerate() {
        let share = lines.len().div_ceil(splits);
        let lines = &lines[nth * share..lines.len().min((nth + 1) * share)];
        let others = (!rest.is_empty()).then(|| trial.cluster.start("others", rest));
        let parts = lines.chunks(lines.len().div_ceil(PARTS / step.min(4) as usize));
        let mut moments = Moments { trial: &trial, config: config.clone(), variable, stages, parts };
        let (mut happened, mut moment) = (0, first);
        while let Ended::Died | Ended::Failed = moments.at(&journal, moment) {
            happened += 1;
            moment += step;
            assert!(moment < MOST_MOMENTS, "there is always one moment more");
        }
        let left: Vec<Line> = moments.parts.flatten().cloned().collect();
        trial.send(&left);
        counts.push((stages, happened, least));
        drop(others);
    }
    for (stages, happened, least) in counts {
        trial.injected(stages, happened);
        assert!(happened * step >= least, "only {happened} moments of {stages}");
    }
    let last = Instant::now();
    let worker = trial.cluster.start("mortal", ALL);
    trial.recovers(last, &[&worker]);
    worker.stop();
    trial.end();
}

#[test]
fn dies_at_seeded_moments() {
    at_moments("worker dies at seeded moments between reading and its last effect", "SANZAO_DIE_AT", FEW);
}

#[test]
#[ignore = "takes long: make faults"]
fn dies_at_every_moment() {
    at_moments("worker dies at every moment between reading and its last effect", "SANZAO_DIE_AT", 1);
}

#[test]
#[ignore = "takes long: make faults"]
fn seeded_writes_fail() {
    at_moments("seeded writes fail, or succeed and are never acknowledged", "SANZAO_FAIL_AT", FEW);
}

#[test]
#[ignore = "takes long: make faults"]
fn every_write_fails() {
    at_moments("every write fails, or succeeds and is never acknowledged", "SANZAO_FAIL_AT", 1);
}

#[test]
#[ignore = "takes long: make faults"]
fn shared_out_anew_twenty_times() {
    const CHANGES: u64 = 20;
    let Some(mut trial) = Trial::begin("20 rebalances amid batches") else { return };
    let lines = trial.lines();
    let flow = trial.flow(lines, Duration::from_secs(150));
    let mut workers: Vec<Worker> = vec![trial.cluster.start("w0", ALL)];
    let (mut joined, mut left, mut killed) = (0, 0, 0);
    for change in 1..=CHANGES {
        std::thread::sleep(Duration::from_millis(trial.numbers.below(1_500)));
        let grows = workers.len() < 2 || (workers.len() < 4 && trial.numbers.below(2) == 0);
        if grows {
            workers.push(trial.cluster.start(&format!("w{change}"), ALL));
            joined += 1;
            continue;
        }
        let worker = workers.remove(trial.numbers.below(workers.len() as u64) as usize);
        if trial.numbers.below(4) == 0 {
            worker.kill();
            killed += 1;
        } else {
            worker.stop();
            left += 1;
        }
    }
    let last = Instant::now();
    let amid = !flow.is_over();
    flow.join();
    for (what, count) in [("joined", joined), ("left", left), ("killed", killed)] {
        trial.injected(what, count);
    }
    assert!(amid, "events had ended before the changes had");
    trial.recovers(last, &workers.iter().collect::<Vec<_>>());
    until("all ready", || workers.iter().all(Worker::is_ready));
    trial.end();
}

#[test]
#[ignore = "takes long: make faults"]
fn two_of_one_name_race() {
    let Some(mut trial) = Trial::begin("two processes of one identity race") else { return };
    trial.cluster.settings = FIXED.to_owned();
    let mut lines = trial.lines();
    let last_lines = lines.split_off(lines.len() * 9 / 10);
    let flow = trial.flow(lines, Duration::from_secs(10));
    let config = trial.cluster.config("one");
    let mut first = trial.cluster.start_with("one", ALL, &config, &[]);
    // The same data directory: refused before anything is done.
    let output = trial.cluster.command("one", ALL, &config).output().unwrap();
    assert!(!output.status.success());
    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(refused.contains("is in use by process"), "{refused}");
    trial.held("the same data directory twice is refused");
    std::thread::sleep(Duration::from_millis(trial.numbers.below(1_500)));
    // Another directory under its name: refused, because what is on the audit record there has keys elsewhere.
    let other = trial.cluster.config("other");
    let output = trial.cluster.command("one", ALL, &other).output().unwrap();
    assert!(!output.status.success());
    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(refused.contains("audit-keys.db is missing"), "{refused}");
    trial.held("so is its name with another data directory");
    // A copy of the machine: the group puts the first one out, which says so and stops.
    let folder = trial.cluster.folder.path();
    for file in ["audit-keys.db", "audit-keys.db-wal"] {
        if folder.join("one").join(file).exists() {
            std::fs::copy(folder.join("one").join(file), folder.join("other").join(file)).unwrap();
        }
    }
    for entry in std::fs::read_dir(folder.join("one")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "key") {
            std::fs::copy(&path, folder.join("other").join(path.file_name().unwrap())).unwrap();
        }
    }
    let other = trial.cluster.start_with("one", ALL, &other, &[]);
    until("the one that was there first put out", || {
        first.said().contains("this process is out of its group") || first.is_gone()
    });
    until("it has ended", || first.is_gone());
    let said = first.said();
    assert!(said.contains("give each worker a name of its own"), "{said}");
    trial.held("the one that was there first says why and stops");
    // Beside the group: a drain claims what a worker owns, which claims it back.
    let drain = trial.cluster.config("drain");
    let mut drains = 0;
    while drains < 3 {
        let arguments = [
            "run",
            "--dev",
            "--config",
            text(&drain),
            "--drain",
            "--day",
            AS_OF,
            "--name",
            "drain",
            "--json",
        ];
        let output = sanzao().args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() || said.contains("superseded"), "{said}");
        drains += 1;
    }
    trial.injected("processes_of_one_name", 2);
    trial.injected("drains_beside_it", drains);
    flow.join();
    // It hears that it was superseded when it writes next, and claims anew what the group has given it.
    let last = Instant::now();
    trial.send(&last_lines);
    trial.until_taken_in();
    until("all owned again by the one that is left", || {
        other.owns("discovery").len() == 2 && other.owns("casework").len() == 2 && other.is_ready()
    });
    let fenced: f64 = other.metric("sanzao_fenced_total").iter().map(|(_, times)| times).sum();
    assert!(fenced > 0.0, "nobody has superseded it");
    trial.held("who was superseded by a drain claims anew and goes on");
    // A day that was asked for does not go on by itself.
    other.stop();
    trial.cluster.day = NEXT_DAY.to_owned();
    let one = trial.cluster.start("one-more", ALL);
    trial.recovers(last, &[&one]);
    one.stop();
    trial.end();
}
