//! Groups that share out the partitions of a topic. Needs a broker in `SANZAO_KAFKA`, as tests/conformance.rs, which
//! says so where there is none.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sanzao_journal::{
    EmbeddedJournal, Journal, JournalError, KafkaConfig, KafkaJournal, Lease, Members, Membership, Topic,
    TopicLayout,
};

const PARTITIONS: u32 = 6;
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who works on whatever the group gives.
struct Worker {
    members: Box<dyn Members>,
    leases: BTreeMap<u32, Lease>,
}

impl Worker {
    fn join(journal: &dyn Journal, topic: &Topic, fixed_name: Option<&str>) -> Worker {
        let membership = Membership {
            group: "workers".into(),
            topic: topic.clone(),
            fixed_name: fixed_name.map(str::to_owned),
            session_timeout: Duration::from_secs(12),
        };
        Worker { members: journal.join(&membership).unwrap(), leases: BTreeMap::new() }
    }

    fn work(&mut self) -> Result<(), JournalError> {
        self.leases.retain(|_, lease| lease.is_held());
        while let Some(lease) = self.members.next(Duration::ZERO)? {
            let before = self.leases.insert(lease.stream().partition, lease);
            assert!(before.is_none(), "given twice");
        }
        Ok(())
    }
}

/// Lets all work until everything is shared out as wanted.
fn until(workers: &mut [&mut Worker], wanted: impl Fn(&[usize]) -> bool) -> Duration {
    let started = Instant::now();
    loop {
        workers.iter_mut().for_each(|worker| worker.work().unwrap());
        let shares: Vec<usize> = workers.iter().map(|worker| worker.leases.len()).collect();
        if wanted(&shares) && shares.iter().sum::<usize>() == PARTITIONS as usize {
            return started.elapsed();
        }
        assert!(started.elapsed() < PATIENCE, "{shares:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn connect(name: &str) -> Option<(KafkaJournal, Topic)> {
    let servers = std::env::var("SANZAO_KAFKA").ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let prefix = format!("g{:x}-{}.{name}", now.as_millis(), std::process::id());
    let journal = KafkaJournal::connect(KafkaConfig::new(&servers, &prefix)).unwrap();
    let topic = Topic::new(prefix).unwrap();
    journal.ensure_topics(&[TopicLayout::forever(topic.clone(), PARTITIONS)]).unwrap();
    Some((journal, topic))
}

#[test]
fn who_joins_gets_a_share_and_who_leaves_gives_it_back() {
    let Some((journal, topic)) = connect("share") else { return };
    let mut first = Worker::join(&journal, &topic, None);
    until(&mut [&mut first], |shares| shares == [6]);
    assert!(first.members.has_settled());
    let kept: Vec<u32> = first.leases.keys().copied().collect();
    let mut second = Worker::join(&journal, &topic, None);
    until(&mut [&mut first, &mut second], |shares| shares == [3, 3]);
    assert!(first.leases.keys().all(|partition| kept.contains(partition)));
    let mut third = Worker::join(&journal, &topic, None);
    until(&mut [&mut first, &mut second, &mut third], |shares| shares == [2, 2, 2]);
    // Leaving waits until nobody works any more; what was left moves at once, not after the session's timeout.
    second.leases.clear();
    drop(second);
    let moved = until(&mut [&mut first, &mut third], |shares| shares == [3, 3]);
    assert!(moved < Duration::from_secs(11), "{moved:?}");
    // What is given back while it is still one's own is given again.
    first.leases.clear();
    until(&mut [&mut first, &mut third], |shares| shares == [3, 3]);
}

#[test]
fn two_of_one_fixed_name_are_one_and_the_later_stays() {
    let Some((journal, topic)) = connect("fixed") else { return };
    let mut first = Worker::join(&journal, &topic, Some("worker-a"));
    until(&mut [&mut first], |shares| shares == [6]);
    let mut second = Worker::join(&journal, &topic, Some("worker-a"));
    let started = Instant::now();
    let refused = loop {
        second.work().unwrap();
        if let Err(error) = first.work() {
            break error;
        }
        assert!(started.elapsed() < PATIENCE, "the first still thinks that it is a member");
    };
    assert!(
        matches!(&refused, JournalError::Refused { detail } if detail.contains("a name of its own")),
        "{refused}"
    );
    first.work().unwrap_err();
    until(&mut [&mut second], |shares| shares == [6]);
    assert!(first.leases.values().all(|lease| !lease.is_held()));
}

#[test]
fn the_embedded_log_is_all_of_its_one_process() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path(), || 0).unwrap();
    let topic = Topic::new("all").unwrap();
    journal.ensure_topics(&[TopicLayout::forever(topic.clone(), PARTITIONS)]).unwrap();
    let mut only = Worker::join(&journal, &topic, None);
    until(&mut [&mut only], |shares| shares == [6]);
    let missing = Membership {
        group: "workers".into(),
        topic: Topic::new("missing").unwrap(),
        fixed_name: None,
        session_timeout: Duration::from_secs(6),
    };
    assert!(matches!(journal.join(&missing), Err(JournalError::UnknownTopic { .. })));
}
