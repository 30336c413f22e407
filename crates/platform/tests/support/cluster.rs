//! Several processes of the real binary on a real Kafka: topics of their own, a data directory for each.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::support::{AS_OF, FEEDS, json, key_file, run, sanzao, text};

/// A broker, if the tests were given one; in CI there has to be one.
pub fn broker() -> Option<String> {
    let broker = std::env::var("SANZAO_KAFKA").ok();
    if broker.is_none() {
        eprintln!("A TEST ON KAFKA DID NOT TAKE PLACE: SANZAO_KAFKA names no broker");
        assert!(std::env::var_os("CI").is_none(), "in CI a broker is needed");
    }
    broker
}

/// An installation: what all its processes share.
pub struct Cluster {
    pub folder: tempfile::TempDir,
    pub bureaus: Vec<String>,
    pub prefix: String,
    pub broker: String,
    /// The day as of which everything is judged; empty for today's.
    pub day: String,
    /// Further lines of every configuration, below all sections.
    pub settings: String,
    /// Where processes reach the broker, and the further lines of section `kafka`, where that is not in clear.
    pub secured: Option<(String, String)>,
}

impl Cluster {
    /// With topics that nobody has used before.
    pub fn new(broker: &str, bureaus: &[&str]) -> Cluster {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let nth = MADE.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("c{:x}-{}-{nth}.", now.as_micros(), std::process::id());
        let bureaus = bureaus.iter().map(|code| (*code).to_owned()).collect();
        let (folder, broker) = (tempfile::tempdir().unwrap(), broker.to_owned());
        Cluster {
            folder,
            bureaus,
            prefix,
            broker,
            day: AS_OF.to_owned(),
            settings: String::new(),
            secured: None,
        }
    }

    /// The data directory of a process.
    pub fn data(&self, name: &str) -> PathBuf {
        let data = self.folder.path().join(name);
        std::fs::create_dir_all(&data).unwrap();
        for (key, digits) in [("pseudonym.key", "5a"), ("seal.key", "5b")] {
            key_file(&data.join(key), digits);
        }
        data
    }

    /// What the names of its consumer groups begin with.
    pub fn groups(&self) -> String {
        format!("sanzao-{}", self.prefix.trim_end_matches('.'))
    }

    /// The configuration of a process, which reaches the broker there.
    pub fn config_at(&self, name: &str, broker: &str) -> PathBuf {
        self.config_with(name, broker, "security = \"plaintext\"\n")
    }

    fn config_with(&self, name: &str, broker: &str, security: &str) -> PathBuf {
        let (data, prefix) = (self.data(name), &self.prefix);
        let settings = format!(
            "data = {:?}\nbureaus = {:?}\n{}\n[kafka]\nbootstrap_servers = {broker:?}\ntopic_prefix = {prefix:?}\n{security}",
            text(&data),
            self.bureaus,
            self.settings
        );
        let config = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&config, settings).unwrap();
        config
    }

    pub fn config(&self, name: &str) -> PathBuf {
        match &self.secured {
            Some((broker, security)) => self.config_with(name, broker, security),
            None => self.config_at(name, &self.broker),
        }
    }

    /// Starts a process, and waits until it serves.
    pub fn start(&self, name: &str, stages: &str) -> Worker {
        self.start_with(name, stages, &self.config(name), &[])
    }

    pub fn start_with(
        &self,
        name: &str,
        stages: &str,
        config: &Path,
        environment: &[(&str, &str)],
    ) -> Worker {
        self.try_start_with(name, stages, config, environment).unwrap_or_else(|said| panic!("{name}: {said}"))
    }

    pub fn command(&self, name: &str, stages: &str, config: &Path) -> Command {
        let mut command = sanzao();
        command.args(["run", "--config", text(config), "--name", name, "--stages", stages]);
        // Without it nothing is said in clear.
        if self.secured.is_none() {
            command.arg("--dev");
        }
        if !self.day.is_empty() {
            command.args(["--day", &self.day]);
        }
        command.args(["--listen", "127.0.0.1:0"]);
        command
    }

    /// The same; one that ends before it serves has left what it said.
    pub fn try_start_with(
        &self,
        name: &str,
        stages: &str,
        config: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Worker, String> {
        let log = config.with_extension("log");
        let mut child = self
            .command(name, stages, config)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match line.trim().strip_prefix("serving on http://").map(str::to_owned) {
            Some(address) => Ok(Worker { name: name.to_owned(), child, address, log }),
            None => {
                let status = child.wait().unwrap();
                Err(format!("{status}: {line}{}", std::fs::read_to_string(&log).unwrap()))
            }
        }
    }

    /// Sends each line of files of events as one message, as a department's own client would.
    pub fn send(&self, district: &Path) {
        for feed in FEEDS {
            self.send_file(feed, &district.join(format!("{feed}.jsonl")));
        }
    }

    pub fn send_file(&self, feed: &str, file: &Path) {
        let topic = format!("{}feed.{feed}", self.prefix);
        let output = Command::new("kcat")
            .args([
                "-P",
                "-b",
                &self.broker,
                "-t",
                &topic,
                "-X",
                "message.max.bytes=68157440",
                "-l",
                text(file),
            ])
            .output();
        let output = output.expect("kcat is needed to feed Kafka: install it");
        assert!(output.status.success(), "kcat: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// All findings by a full sweep over what lies in the log.
    pub fn findings(&self) -> String {
        self.findings_on(&self.day)
    }

    pub fn findings_on(&self, day: &str) -> String {
        run(&["findings", "--dev", "--config", text(&self.config("reader")), "--as-of", day])
    }

    /// Whether sweep, incremental replay and what casework was sent agree, bureau by bureau.
    pub fn verify(&self) -> Vec<serde_json::Value> {
        let output = sanzao()
            .args(["verify", "--dev", "--config", text(&self.config("reader")), "--json"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(json).collect()
    }
}

/// A running process.
pub struct Worker {
    pub name: String,
    pub child: Child,
    pub address: String,
    pub log: PathBuf,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.name, std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

impl Worker {
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        self.ask(path, "")
    }

    /// The answer to whoever shows a token.
    pub fn ask(&self, path: &str, token: &str) -> Option<(u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let mut request = agent.get(format!("http://{}{path}", self.address));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.call().ok()?;
        Some((answer.status().as_u16(), answer.body_mut().read_to_string().ok()?))
    }

    /// The answer to a request that has to succeed.
    pub fn post(&self, path: &str, token: &str, body: &serde_json::Value) -> serde_json::Value {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let key = format!("{:x}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos());
        let mut answer = agent
            .post(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("if-match", "*")
            .header("idempotency-key", key)
            .send(body.to_string())
            .unwrap();
        let (status, text) = (answer.status(), answer.body_mut().read_to_string().unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        json(&text)
    }

    pub fn is_ready(&self) -> bool {
        self.get("/readyz").is_some_and(|(status, _)| status == 200)
    }

    /// Why it is not ready; empty when it is, or does not answer.
    pub fn reasons(&self) -> String {
        self.get("/readyz")
            .filter(|(status, _)| *status != 200)
            .map(|(_, reasons)| reasons)
            .unwrap_or_default()
    }

    /// What it has said since it was started.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The values of a metric, by labels.
    pub fn metric(&self, name: &str) -> Vec<(String, f64)> {
        let text = self.get("/metrics").map(|(_, text)| text).unwrap_or_default();
        let lines =
            text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('{')?.rsplit_once("} "));
        lines.map(|(labels, value)| (labels.to_owned(), value.parse().unwrap())).collect()
    }

    /// The bureaus that it owns at a stage.
    pub fn owns(&self, stage: &str) -> Vec<String> {
        let held = self.metric("sanzao_lease_held").into_iter().filter(|(_, held)| *held == 1.0);
        let of_stage = held.filter_map(|(labels, _)| {
            let rest = labels.strip_prefix(&format!("stage=\"{stage}\",bureau=\""))?;
            Some(rest.trim_end_matches('"').to_owned())
        });
        of_stage.collect()
    }

    /// The sum of a metric's values whose labels hold this.
    pub fn sum(&self, metric: &str, word: &str) -> f64 {
        let values = self.metric(metric).into_iter();
        values.filter(|(labels, _)| labels.contains(word)).map(|(_, value)| value).sum()
    }

    /// The most memory that it had, in MiB.
    pub fn peak_mib(&self) -> u64 {
        self.memory_mib("VmHWM:")
    }

    /// The memory that it has, in MiB.
    pub fn resident_mib(&self) -> u64 {
        self.memory_mib("VmRSS:")
    }

    fn memory_mib(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let size = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
        size.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
    }

    /// Whether it has ended.
    pub fn is_gone(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Duration {
        let started = Instant::now();
        let status = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        assert!(self.child.wait().unwrap().success(), "{} did not end well", self.name);
        started.elapsed()
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the process in its tracks, or lets it go on.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }
}

pub const PATIENCE: Duration = Duration::from_secs(120);

/// Tries until it is so; how long that took.
pub fn until(what: &str, is_so: impl FnMut() -> bool) -> Duration {
    until_within(PATIENCE, what, is_so)
}

/// The same with another patience.
pub fn until_within(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < patience, "not {what} after {patience:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    started.elapsed()
}

/// The same district as another bureau receives it: its own code in `source` and in division codes.
pub fn moved_to(district: &Path, bureau: &str, out: &Path) {
    std::fs::create_dir_all(out).unwrap();
    for feed in FEEDS {
        let file = format!("{feed}.jsonl");
        let text = std::fs::read_to_string(district.join(&file)).unwrap();
        let text = text
            .replace("\"/320614/", &format!("\"/{bureau}/"))
            .replace("\"division_code\":\"320614", &format!("\"division_code\":\"{bureau}"));
        std::fs::write(out.join(file), text).unwrap();
    }
}
