//! What becomes of an owner that was superseded, stands still, is stopped without a broker, or dies amid a write; and of
//! a second process where there can be one only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use sanzao::stage::sent_levels;
use sanzao_journal::{Journal, KafkaJournal, NewRecord, Reader, Stream, Write};
use sanzao_model::{FactsRecord, FindingBatch, InboxRecord, Level, LevelState};

use super::broker::Broker;
use super::cluster::*;
use super::found::*;
use super::proxy::Proxy;
use super::support::*;
use super::trial::*;

/// What every owner says in `facts` carries the number of its claim.
const OWNER: &str = "sanzao-owner";

fn sum_of(worker: &Worker, metric: &str) -> f64 {
    worker.metric(metric).iter().map(|(_, value)| value).sum()
}

/// Whether casework has decided on all there is in `inbox`.
fn is_decided(journal: &KafkaJournal, trial: &Trial) -> bool {
    trial.topics.bureaus().iter().all(|bureau| {
        let inbox = trial.topics.inbox(*bureau);
        let upto = journal.committed("casework", &inbox).ok().flatten().unwrap_or(0);
        upto > 0 && journal.end(&inbox).is_ok_and(|end| upto >= end)
    })
}

/// Works off what departments send, until one process has raised what the clean run has on its first day.
fn worked_off(trial: &mut Trial, name: &str) -> Worker {
    let worker = trial.cluster.start(name, ALL);
    let lines = trial.lines();
    trial.send(&lines);
    trial.until_taken_in();
    let journal = trial.log();
    until("decided on", || is_decided(&journal, trial) && worker.is_ready());
    worker
}

#[test]
fn the_day_of_who_was_superseded_does_not_begin() {
    let Some(mut trial) = Trial::begin("an owner that was superseded says that a day has begun") else {
        return;
    };
    let worker = worked_off(&mut trial, "owner");
    let journal = trial.log();
    for bureau in trial.topics.bureaus() {
        let tick = FactsRecord::Tick { day: "2031-01-01".parse().unwrap() };
        // Every claim has a number above 0.
        let headers = vec![(OWNER.to_owned(), b"0".to_vec())];
        let record = NewRecord { headers, value: tick.to_bytes(), ..NewRecord::default() };
        let appends = vec![(trial.topics.facts(*bureau), vec![record])];
        journal.write(Write { appends, commits: Vec::new() }).unwrap();
    }
    trial.injected("ticks", BUREAUS.len());
    until("passed over", || worker.said().matches("its owner had been superseded").count() >= BUREAUS.len());
    // Had that day begun, the one that everything is held against would not.
    let since = Instant::now();
    trial.recovers(since, &[&worker]);
    trial.held("the day of the log is that of its owner");
    worker.stop();
    trial.end();
}

#[test]
fn claimed_by_somebody_else_it_is_not_claimed_back_at_once() {
    const SESSION: Duration = Duration::from_secs(6);
    let Some(mut trial) = Trial::begin("somebody claims what a worker owns") else { return };
    let mut lines = trial.lines();
    let last = lines.split_off(lines.len() - 20);
    let worker = trial.cluster.start("owner", ALL);
    trial.send(&lines);
    trial.until_taken_in();
    let journal = trial.log();
    until("decided on", || is_decided(&journal, &trial) && worker.is_ready());
    let claims = sum_of(&worker, "sanzao_claims_total");
    for bureau in trial.topics.bureaus() {
        for stream in [trial.topics.inbox(*bureau), trial.topics.work(*bureau)] {
            journal.claim(&stream, "somebody else").unwrap();
        }
    }
    trial.send(&last);
    // The next day makes every owner write.
    trial.next_day();
    until("told", || sum_of(&worker, "sanzao_fenced_total") >= 1.0);
    let fenced = Instant::now();
    assert!(!worker.is_ready(), "who was superseded says that it is ready");
    assert_eq!(sum_of(&worker, "sanzao_claims_total"), claims, "claimed back at once");
    until("claimed back", || sum_of(&worker, "sanzao_claims_total") > claims);
    // It waits for one and a half, which may have begun before it was looked at.
    assert!(fenced.elapsed() > SESSION / 2, "after {:?}", fenced.elapsed());
    trial.injected("claims", 2 * BUREAUS.len());
    trial.held(
        "who was superseded waits for longer than a session, then goes on with what its group leaves it",
    );
    trial.recovers(fenced, &[&worker]);
    worker.stop();
    trial.end();
}

#[test]
fn what_cannot_be_read_is_not_claimed_again_and_again() {
    let Some(mut trial) = Trial::begin("records that are none in inbox and facts") else { return };
    let worker = worked_off(&mut trial, "owner");
    let journal = trial.log();
    let (first, second) = (trial.topics.bureaus()[0], trial.topics.bureaus()[1]);
    append(&journal, trial.topics.inbox(first), vec![vec![0; 9]]);
    append(&journal, trial.topics.facts(second), vec![vec![0; 9]]);
    let mut told = String::new();
    until("said where it stands still", || {
        told = worker.reasons();
        told.contains(&format!("casework of {first}")) && told.contains(&format!("discovery of {second}"))
    });
    let claims = sum_of(&worker, "sanzao_claims_total");
    // Longer than it waits before it looks again.
    let until_then = Instant::now() + Duration::from_secs(13);
    while Instant::now() < until_then {
        assert_eq!(sum_of(&worker, "sanzao_claims_total"), claims, "claimed what it cannot read");
        assert!(!worker.is_ready());
        std::thread::sleep(Duration::from_millis(200));
    }
    trial.injected("records", 2);
    trial.held("who stands still claims nothing, and goes on telling why");
    worker.stop();
    trial.end();
}

#[test]
fn a_day_that_the_log_has_passed_is_no_reason_to_stand_still() {
    let Some(mut trial) = Trial::begin("a worker is started with a day that the log has passed") else {
        return;
    };
    let lines = trial.lines();
    let intake = trial.cluster.start("intake", "intake");
    trial.send(&lines);
    trial.until_taken_in();
    intake.stop();
    trial.tick(AS_OF);
    trial.tick(NEXT_DAY);
    let since = Instant::now();
    let worker = trial.cluster.start("late", ALL);
    until("told", || worker.said().contains("the log has reached a later day than --day says"));
    trial.recovers(since, &[&worker]);
    until("ready", || worker.is_ready());
    trial.injected("days_behind", 1);
    worker.stop();
    trial.end();
}

/// The levels of one bureau that are known to find something.
fn found_levels(journal: &dyn Journal, inbox: &Stream) -> Vec<Level> {
    let mut levels = BTreeMap::new();
    let mut reader = Reader::new(journal, inbox.clone(), 0, 0);
    loop {
        let records = reader.read(4 << 20).unwrap();
        if records.is_empty() {
            break;
        }
        for record in records {
            if let InboxRecord::Findings(batch) = InboxRecord::from_bytes(&record.value).unwrap() {
                for level in batch.levels {
                    levels.insert((level.rule.clone(), level.subject), level);
                }
            }
        }
    }
    let finds = |level: &Level| matches!(&level.state, LevelState::Known(found) if !found.is_empty());
    levels.into_values().filter(finds).collect()
}

/// Whether the last batch was sent to its end.
fn is_whole(journal: &dyn Journal, inbox: &Stream) -> bool {
    let (mut reader, mut is_whole) = (Reader::new(journal, inbox.clone(), 0, 0), true);
    loop {
        let records = reader.read(4 << 20).unwrap();
        if records.is_empty() {
            return is_whole;
        }
        for record in records {
            if let InboxRecord::Findings(batch) = InboxRecord::from_bytes(&record.value).unwrap() {
                is_whole = !batch.more;
            }
        }
    }
}

#[test]
fn half_a_batch_of_who_died_is_made_whole() {
    let Some(mut trial) = Trial::begin("an owner of discovery died within a batch of several records") else {
        return;
    };
    let worker = worked_off(&mut trial, "owner");
    trial.recovers(Instant::now(), &[&worker]);
    worker.stop();
    let journal = trial.log();
    let mut taken = 0;
    for bureau in trial.topics.bureaus() {
        let inbox = trial.topics.inbox(*bureau);
        let sent = sent_levels(&journal, &inbox).unwrap().unwrap();
        let gone: Vec<Level> = found_levels(&journal, &inbox)
            .into_iter()
            .map(|level| Level { state: LevelState::Known(Vec::new()), ..level })
            .collect();
        taken += gone.len();
        let batch = FindingBatch {
            upto: sent.upto,
            day: NEXT_DAY.parse().unwrap(),
            new_day: false,
            ages: Vec::new(),
            levels: gone,
            suspensions: Vec::new(),
            more: true,
        };
        let claim = journal.claim(&inbox, "who died").unwrap();
        let value = InboxRecord::Findings(batch).to_bytes();
        let appends = vec![(inbox, vec![NewRecord { value, ..NewRecord::default() }])];
        journal.write_claimed(&claim, Write { appends, commits: Vec::new() }).unwrap();
    }
    assert!(taken > 5, "{taken} levels show too little");
    trial.injected("levels_of_half_a_batch", taken);
    let since = Instant::now();
    let worker = trial.cluster.start("heir", ALL);
    // On the same day, on which nothing else makes it look at everybody.
    until("taken over", || worker.owns("discovery").len() == BUREAUS.len() && worker.is_ready());
    until("made whole", || {
        trial.topics.bureaus().iter().all(|bureau| is_whole(&journal, &trial.topics.inbox(*bureau)))
    });
    until("decided on", || is_decided(&journal, &trial));
    until_found(&trial.cluster, &trial.clean.expected);
    trial.recovered_in(since.elapsed());
    trial.held("whoever goes on sends what is missing, and casework waits for nothing any more");
    worker.stop();
    trial.end();
}

#[test]
fn dies_within_writes() {
    /// More writes of several records than some events have.
    const MOST: u64 = 60;
    let Some(mut trial) = Trial::begin("worker dies with half of a write arrived") else { return };
    trial.cluster.settings = FIXED.to_owned();
    let (config, lines) = (trial.cluster.config("mortal"), trial.lines());
    let journal = trial.log();
    let mut parts = lines.chunks(lines.len().div_ceil(6));
    let mut died = 0;
    for write in 1.. {
        assert!(write < MOST, "there is always one write more");
        if let Some(part) = parts.next() {
            trial.send(part);
        }
        let text = write.to_string();
        let environment = [("SANZAO_DIE_WITHIN", text.as_str())];
        let Ok(mut worker) = trial.cluster.try_start_with("mortal", ALL, &config, &environment) else {
            died += 1;
            continue;
        };
        let is_done = |worker: &Worker| {
            is_taken_in(&journal, &trial.topics) && worker.is_ready() && is_decided(&journal, &trial)
        };
        // One that evaluates looks done for a moment.
        let mut done_since = None;
        until("dead or done", || {
            done_since = is_done(&worker).then(|| done_since.unwrap_or_else(Instant::now));
            worker.is_gone() || done_since.is_some_and(|since| since.elapsed() > Duration::from_secs(1))
        });
        let has_died = worker.is_gone();
        worker.kill();
        if !has_died {
            break;
        }
        died += 1;
    }
    parts.for_each(|part| trial.send(part));
    assert!(died >= 3, "only {died} writes of several records");
    trial.injected("deaths", died);
    let since = Instant::now();
    let worker = trial.cluster.start("mortal", ALL);
    trial.recovers(since, &[&worker]);
    worker.stop();
    trial.end();
}

#[test]
fn a_second_vault_is_refused() {
    let Some(mut trial) = Trial::begin("two processes run stage vault") else { return };
    let first = trial.cluster.start("vault-1", "vault");
    let config = trial.cluster.config("vault-2");
    let second = trial.cluster.try_start_with("vault-2", "vault", &config, &[]);
    let refused = second.err().expect("two vaults");
    assert!(refused.contains("another process of this installation runs stage vault"), "{refused}");
    trial.held("a second one is refused, and told what to do");
    // One that stands still does nothing while it may be another's turn, and goes on when it is its own again.
    first.signal("-STOP");
    std::thread::sleep(Duration::from_secs(8));
    first.signal("-CONT");
    until("it notices", || first.said().contains("vault and exchange wait"));
    until("it goes on", || first.said().contains("vault and exchange go on"));
    trial.held("who stood still waits until the group gives it the turn again");
    let since = Instant::now();
    first.kill();
    let second = trial.cluster.start("vault-2", "vault");
    until("ready", || second.is_ready());
    trial.recovered_in(since.elapsed());
    trial.held("after the first has died it is taken");
    trial.injected("vaults", 2);
    second.stop();
    trial.end();
}

#[test]
fn stopped_while_the_broker_is_away() {
    /// With some seconds for a machine that does much else.
    const BOUND: Duration = Duration::from_secs(18);
    if broker().is_none() {
        return;
    }
    let port = Arc::new(AtomicU16::new(0));
    let target = Arc::clone(&port);
    let proxy = Proxy::to(move || target.load(Ordering::SeqCst));
    let broker = Broker::start(Some(proxy.port));
    port.store(broker.port + 5, Ordering::SeqCst);
    let mut trial = Trial::on("stopped while the broker is away", &broker.address());
    let through = format!("127.0.0.1:{}", proxy.port);
    let config = trial.cluster.config_at("cut-off", &through);
    let mut cut_off = trial.cluster.start_with("cut-off", "intake,discovery,casework,vault", &config, &[]);
    let lines = trial.lines();
    let flow = trial.flow(lines, Duration::from_secs(6));
    std::thread::sleep(Duration::from_millis(1_500 + trial.numbers.below(2_000)));
    proxy.cut();
    std::thread::sleep(Duration::from_millis(trial.numbers.below(1_000)));
    let asked = Instant::now();
    cut_off.signal("-TERM");
    let deadline = asked + 2 * BOUND;
    let status = loop {
        if let Some(status) = cut_off.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = asked.elapsed();
    assert!(took < BOUND, "{took:?}");
    let said = cut_off.said();
    assert!(
        status.success() || status.code() == Some(1) && said.contains("nothing is lost"),
        "{status}: {said}"
    );
    trial.injected("ms_until_ended", took.as_millis() as u64);
    flow.join();
    let since = Instant::now();
    let worker = trial.cluster.start("heir", ALL);
    trial.recovers(since, &[&worker]);
    trial.held(format!("it ended with {status} within {} s, and nothing is lost", BOUND.as_secs()));
    worker.stop();
    trial.end();
}

#[test]
fn an_api_alone_tells_what_others_have_counted() {
    let Some(mut trial) = Trial::begin("an API with no other stage in its process") else { return };
    let since = Instant::now();
    let worker = worked_off(&mut trial, "owner");
    trial.recovers(since, &[&worker]);
    let config = trial.cluster.config("api");
    let line = accounts(trial.cluster.folder.path());
    let mut text = std::fs::read_to_string(&config).unwrap();
    text.push_str(&format!("[api]\n{line}bureau = {:?}\n", BUREAUS[0]));
    std::fs::write(&config, text).unwrap();
    let api = trial.cluster.start_with("api", "api", &config, &[]);
    let answer = |path: &str| api.ask(path, TOKEN).unwrap();
    let mut outcomes = serde_json::Value::Null;
    until("outcomes told", || {
        let (status, text) = answer("/v1/outcomes");
        outcomes = json(&text);
        status == 200 && outcomes["day"] == NEXT_DAY
    });
    assert!(outcomes["rules"].as_array().is_some_and(|rules| !rules.is_empty()), "{outcomes}");
    for row in outcomes["everybody"].as_array().unwrap() {
        let shown = row["residents"]["count"].as_u64();
        assert!(shown.is_none_or(|count| count == 0 || count >= 5), "{row}");
    }
    until("completeness told", || {
        let (status, text) = answer("/v1/feeds");
        status == 200 && text.contains("registry_people")
    });
    until("ready", || api.is_ready());
    let (_, ready) = api.get("/readyz").unwrap();
    assert!(json(&ready)["evaluated"].is_string(), "{ready}");
    trial.held("outcomes, completeness, and when the bureau was evaluated are told");
    api.stop();
    worker.stop();
    trial.end();
}
