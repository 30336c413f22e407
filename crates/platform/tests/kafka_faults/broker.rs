//! What happens to the broker, and to the network before it.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::cluster::*;
use super::proxy::Proxy;
use super::support::*;
use super::trial::*;

/// A broker of one test, which may be killed.
pub struct Broker {
    folder: tempfile::TempDir,
    pub port: u16,
    proxy_port: Option<u16>,
}

impl Broker {
    pub fn start(proxy_port: Option<u16>) -> Broker {
        let broker = Broker { folder: tempfile::tempdir().unwrap(), port: free_ports(), proxy_port };
        broker.start_again();
        broker
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn script(&self, word: &str) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kafka/kafka.sh");
        let mut command = Command::new(script);
        command.args([word, "--dir", text(self.folder.path()), "--port", &self.port.to_string()]);
        if let Some(port) = self.proxy_port {
            command.args(["--proxy-port", &port.to_string()]);
        }
        // Its output goes to a file: a pipe would be held open by the broker.
        let said = self.folder.path().join("said");
        let file = std::fs::File::create(&said).unwrap();
        let status = command.stdout(file.try_clone().unwrap()).stderr(file).status().unwrap();
        assert!(status.success(), "kafka.sh {word}: {}", std::fs::read_to_string(&said).unwrap());
    }

    fn start_again(&self) {
        self.script("start");
    }

    /// Ends it without a word.
    fn kill(&self) {
        let Ok(pid) = std::fs::read_to_string(self.folder.path().join("kafka.pid")) else { return };
        let _ = Command::new("kill").args(["-9", pid.trim()]).status();
        until("the broker gone", || {
            !PathBuf::from(format!("/proc/{}/cmdline", pid.trim())).exists() || is_zombie(pid.trim())
        });
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn is_zombie(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

/// A port with several free ones behind it.
fn free_ports() -> u16 {
    loop {
        let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
        if first < 65_000 && (first..first + 6).all(is_free) {
            return first;
        }
    }
}

#[test]
#[ignore = "takes long: make faults"]
fn broker_killed_and_started_again_twice() {
    if broker().is_none() {
        return;
    }
    let broker = Broker::start(None);
    let mut trial = Trial::on("broker killed (-9) while events flow", &broker.address());
    let first = trial.cluster.start("first", ALL);
    let second = trial.cluster.start("second", ALL);
    let lines = trial.lines();
    let flow = trial.flow(lines, Duration::from_secs(40));
    let mut away = Duration::ZERO;
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(500 + trial.numbers.below(2_500)));
        broker.kill();
        let since = Instant::now();
        std::thread::sleep(Duration::from_millis(trial.numbers.below(3_000)));
        broker.start_again();
        away += since.elapsed();
    }
    let back = Instant::now();
    trial.injected("kills", 2);
    trial.injected("seconds_away", away.as_secs());
    let again = flow.join();
    trial.injected("writes_of_departments_repeated", again);
    let quiet = trial.settled(&[&first, &second]);
    trial.recovers(back + quiet, &[&first, &second]);
    until("all ready", || [&first, &second].iter().all(|worker| worker.is_ready()));
    trial.held("the same processes are ready again");
    first.stop();
    second.stop();
    trial.end();
}

#[test]
#[ignore = "takes long: make faults"]
fn network_cut_and_slow() {
    if broker().is_none() {
        return;
    }
    let port = std::sync::Arc::new(std::sync::atomic::AtomicU16::new(0));
    let target = std::sync::Arc::clone(&port);
    let proxy = Proxy::to(move || target.load(std::sync::atomic::Ordering::SeqCst));
    let broker = Broker::start(Some(proxy.port));
    port.store(broker.port + 5, std::sync::atomic::Ordering::SeqCst);
    let mut trial = Trial::on("network to the broker cut and slow", &broker.address());
    let through = format!("127.0.0.1:{}", proxy.port);
    let first = trial.cluster.start_with("first", ALL, &trial.cluster.config_at("first", &through), &[]);
    let mut lines = trial.lines();
    let slowly = lines.split_off(lines.len() * 3 / 4);
    let flow = trial.flow(lines, Duration::from_secs(90));
    // Shorter than a session, then longer; the other worker, which reaches the broker, takes over meanwhile.
    let short = Duration::from_millis(1_000 + trial.numbers.below(2_000));
    let long = Duration::from_millis(8_000 + trial.numbers.below(2_000));
    let second = trial.cluster.start("second", "discovery,casework");
    for cut in [short, long] {
        std::thread::sleep(Duration::from_millis(500 + trial.numbers.below(1_000)));
        proxy.cut();
        std::thread::sleep(cut);
        if cut == long {
            until("taken over from who is cut off", || second.owns("discovery").len() == BUREAUS.len());
            assert!(!first.is_ready(), "it says that it is ready while it reaches no broker");
        }
        proxy.mend();
    }
    // Nobody is told that nothing goes through: time-outs have to tell.
    let silent = Duration::from_millis(9_000 + trial.numbers.below(2_000));
    until("shared again", || first.owns("discovery").len() == 1);
    proxy.silence(true);
    let since = Instant::now();
    until("taken over from whom nothing is heard", || second.owns("discovery").len() == BUREAUS.len());
    std::thread::sleep(silent.saturating_sub(since.elapsed()));
    proxy.silence(false);
    trial.injected("silent_ms", silent.as_millis() as u64);
    assert!(!flow.is_over(), "events did not flow all the time");
    flow.join();
    trial.until_taken_in();
    let carried = proxy.carried();
    proxy.slow(Duration::from_millis(200), 50_000);
    trial.send(&slowly);
    let since = Instant::now();
    trial.until_taken_in();
    trial.injected("cut_ms", vec![short.as_millis() as u64, long.as_millis() as u64]);
    trial.injected("slow", "200 ms and 50 KB/s each way");
    trial.injected("slow_bytes", proxy.carried() - carried);
    let slow_for = since.elapsed();
    proxy.slow(Duration::ZERO, 0);
    let last = Instant::now();
    let quiet = trial.settled(&[&first, &second]);
    trial.recovers(last + quiet, &[&first, &second]);
    until("all ready", || [&first, &second].iter().all(|worker| worker.is_ready()));
    trial.held(format!("taken in over the slow network {} s after the last event", slow_for.as_secs()));
    trial.held("not ready while cut off, ready again by itself");
    first.stop();
    second.stop();
    trial.end();
}
