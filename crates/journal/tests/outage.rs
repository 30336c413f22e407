//! A real broker is killed while it is written to, and comes back. Runs where `SANZAO_KAFKA` is set and
//! deploy/kafka/kafka.sh can start a broker of its own (Java 17, Maven or fetched jars).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sanzao_journal::{
    Commit, ErrorClass, Journal, JournalError, KafkaConfig, KafkaJournal, NewRecord, Stream, Topic,
    TopicLayout, Write,
};

struct Broker {
    directory: tempfile::TempDir,
    port: u16,
}

impl Broker {
    fn script(&self, arguments: &[&str]) -> Output {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kafka/kafka.sh");
        let mut command = Command::new(script);
        command.args(arguments).arg("--dir").arg(self.directory.path());
        command.env("PATH", self.path_without_ps());
        command.output().unwrap()
    }

    /// Small images have no `ps`: the script must do without.
    fn path_without_ps(&self) -> String {
        let bin = self.directory.path().join("bin");
        if !bin.exists() {
            fs::create_dir(&bin).unwrap();
            fs::write(bin.join("ps"), "#!/bin/sh\nexit 127\n").unwrap();
            fs::set_permissions(bin.join("ps"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
    }

    fn start(&self) {
        let output = self.script(&["start", "--port", &self.port.to_string()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let status = self.script(&["status"]);
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    }

    /// As a power cut, as far as the process is concerned.
    fn kill(&self) {
        let pid = fs::read_to_string(self.directory.path().join("kafka.pid")).unwrap();
        assert!(Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.script(&["stop"]);
    }
}

/// Five ports in a row: those of the broker's listeners and the controller's.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let is_free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if port < 65_000 && (port + 1..port + 5).all(is_free) {
            return port;
        }
    }
}

/// Repeats until it works. Only errors that say "retry" may come.
fn insist<T>(what: &str, mut attempt: impl FnMut() -> Result<T, JournalError>) -> T {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(error) => {
                assert_eq!(error.class(), ErrorClass::Retry, "{what}: {error}");
                assert!(Instant::now() < deadline, "{what} did not recover: {error}");
            }
        }
    }
}

const PARTS: usize = 300;

fn write(stream: &Stream, number: u32) -> Write {
    let record = |part| NewRecord { value: format!("{number}:{part}").into_bytes(), ..NewRecord::default() };
    Write::append(stream.clone(), (0..PARTS).map(record).collect())
}

#[test]
fn a_killed_broker_costs_time_and_repeats_and_nothing_else() {
    if std::env::var_os("SANZAO_KAFKA").is_none() {
        writeln!(
            std::io::stderr(),
            "*** the test of a broker outage did not run: SANZAO_KAFKA is not set ***"
        )
        .unwrap();
        return;
    }
    let broker = Broker { directory: tempfile::tempdir().unwrap(), port: free_port() };
    broker.start();
    let mut config = KafkaConfig::new(format!("127.0.0.1:{}", broker.port), "outage");
    config.timeout = Duration::from_secs(5);
    let journal = insist("connect", || KafkaJournal::connect(config.clone()));
    let stream = Stream::new(Topic::new("outage").unwrap(), 0);
    insist("layout", || journal.ensure_topics(&[TopicLayout::forever(stream.topic.clone(), 1)]));
    let commit = |offset| Write::commit(Commit { consumer: "c".to_owned(), stream: stream.clone(), offset });
    insist("first write", || journal.write(write(&stream, 0)));
    insist("first commit", || journal.write(commit(1)));
    assert!(!insist("first read", || journal.read(&stream, 0, 1 << 20)).records.is_empty());

    let (written, back) = (AtomicU32::new(0), AtomicBool::new(false));
    let appends = thread::scope(|scope| {
        // Writes before, during and after the outage.
        let writer = scope.spawn(|| {
            let mut after = 0;
            (1..).find(|number| {
                insist("write", || journal.write(write(&stream, *number)));
                written.store(*number, Ordering::SeqCst);
                after += u32::from(back.load(Ordering::SeqCst));
                after == 5
            })
        });
        while written.load(Ordering::SeqCst) < 8 {
            thread::yield_now();
        }
        broker.kill();
        broken_calls_say_retry(&journal, &stream, &commit(2));
        broker.start();
        back.store(true, Ordering::SeqCst);
        writer.join().unwrap().unwrap()
    });
    insist("commit", || journal.write(commit(7)));
    assert_eq!(insist("committed", || journal.committed("c", &stream)), Some(7));
    check_log(&journal, &stream, appends);
}

fn broken_calls_say_retry(journal: &KafkaJournal, stream: &Stream, commit: &Write) {
    type Call<'a> = &'a dyn Fn() -> Result<(), JournalError>;
    let calls: [(&str, Call<'_>); 5] = [
        ("write", &|| journal.write(write(stream, 0)).map(drop)),
        ("commit", &|| journal.write(commit.clone()).map(drop)),
        ("committed", &|| journal.committed("c", stream).map(drop)),
        ("end", &|| journal.end(stream).map(drop)),
        ("layout", &|| journal.ensure_topics(&[TopicLayout::forever(stream.topic.clone(), 1)])),
    ];
    for (what, call) in calls {
        let start = Instant::now();
        let error = call().unwrap_err();
        println!("{what} during the outage, after {:.1?}: {error}", start.elapsed());
        assert!(matches!(error, JournalError::Unavailable { .. }), "{what}: {error}");
        assert!(start.elapsed() < Duration::from_secs(40), "{what} took {:?}", start.elapsed());
    }
}

/// Every append is there, in order, whole in the end; what failed attempts left is a beginning of it.
fn check_log(journal: &KafkaJournal, stream: &Stream, appends: u32) {
    let (mut next, mut values) = (0, Vec::new());
    loop {
        let batch = insist("read", || journal.read(stream, next, 1 << 20));
        if batch.next == next {
            break;
        }
        next = batch.next;
        values.extend(batch.records.into_iter().map(|r| String::from_utf8(r.value).unwrap()));
    }
    let mut values = values.iter().map(|value| {
        let (number, part) = value.split_once(':').unwrap();
        (number.parse::<u32>().unwrap(), part.parse::<usize>().unwrap())
    });
    let mut whole = Vec::new();
    let mut last = values.next().unwrap();
    assert_eq!(last.1, 0);
    for (number, part) in values {
        let goes_on = number == last.0 && part == last.1 + 1;
        assert!(goes_on || part == 0, "{number}:{part} follows {}:{}", last.0, last.1);
        if part == PARTS - 1 {
            whole.push(number);
        }
        last = (number, part);
    }
    whole.dedup();
    whole.retain(|number| *number != 0);
    assert_eq!(whole, (1..=appends).collect::<Vec<_>>());
}
