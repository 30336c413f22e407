//! Runs the real binary on a data directory.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub const FEEDS: [&str; 5] = ["police", "social-security", "health", "medical-insurance", "registry"];
pub const AS_OF: &str = "2026-06-30";

pub fn sanzao() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanzao"));
    command.stdin(Stdio::null());
    command
}

/// Runs to the end and gives standard output; panics with standard error unless it succeeded.
pub fn run(arguments: &[&str]) -> String {
    let output: Output = sanzao().args(arguments).output().expect("the binary starts");
    assert!(
        output.status.success(),
        "sanzao {arguments:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the output is text")
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A district of some people as files of events.
pub fn district(folder: &Path, people: u32, seed: u64) -> PathBuf {
    let out = folder.join("district");
    let (people, seed) = (people.to_string(), seed.to_string());
    run(&["synth", "--people", &people, "--months", "12", "--seed", &seed, "--out", text(&out)]);
    out
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are text")
}

/// The same pseudonyms everywhere, so that outputs can be compared byte for byte.
pub fn data_dir(folder: &Path, name: &str) -> PathBuf {
    let data = folder.join(name);
    std::fs::create_dir_all(&data).unwrap();
    key_file(&data.join("pseudonym.key"), "5a");
    data
}

/// A key of one byte over and over, its owner's alone.
pub fn key_file(path: &Path, digits: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, digits.repeat(32)).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub fn ingest(data: &Path, feed: &str, file: &Path) -> serde_json::Value {
    let output = run(&["ingest", "--data", text(data), "--feed", feed, "--json", text(file)]);
    json(output.lines().last().expect("the totals are the last line"))
}

pub fn ingest_all(data: &Path, district: &Path, feeds: &[&str]) -> Vec<serde_json::Value> {
    feeds.iter().map(|feed| ingest(data, feed, &district.join(format!("{feed}.jsonl")))).collect()
}

pub fn findings(data: &Path) -> String {
    run(&["findings", "--data", text(data), "--as-of", AS_OF])
}

/// Works everything off; the counts of alerts and tasks by state.
pub fn drain(data: &Path) -> serde_json::Value {
    json(&run(&["run", "--data", text(data), "--drain", "--day", AS_OF, "--json"]))
}

/// The same, expecting no feed.
pub fn drain_expecting_nothing(data: &Path) -> serde_json::Value {
    let folder = data.parent().expect("data lies in a folder");
    let config = folder.join("expects-nothing.toml");
    std::fs::write(&config, expects_nothing(folder)).expect("the folder takes a file");
    let arguments =
        ["run", "--config", text(&config), "--data", text(data), "--drain", "--day", AS_OF, "--json"];
    json(&run(&arguments))
}

/// A line of a configuration: no feed is expected, for tests that do without some of them.
pub fn expects_nothing(folder: &Path) -> String {
    let mut toml = sanzao_discovery::Parameters::DEFAULT_TOML.to_owned();
    for feed in FEEDS {
        let name = format!("name = \"rhythm_{}_days\"\nvalue = ", feed.replace('-', "_"));
        let (before, after) = toml.split_once(&name).expect("the table says how often a feed is expected");
        let (_, rest) = after.split_once('\n').expect("more follows");
        toml = format!("{before}{name}0\n{rest}");
    }
    let file = folder.join("parameters.toml");
    std::fs::write(&file, toml).expect("the folder takes a file");
    format!("parameters = {:?}\n", text(&file))
}

/// Small, well-mixed numbers from a seed; tests print the seed with every failure.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// Of an account that may do what people of the bureau may, in `accounts.toml` beside this file. It opens nothing else.
pub const TOKEN: &str =
    "sz_16e24fabd33625c3_5374826da5716d022192222c6de6fd46e691adce04a38bf34aecd7c4781fb536";
/// Of one that sends for all departments.
pub const SENDER: &str =
    "sz_eea32e778760c74e_f7a03e3aafed13ff6689f3a7bd696402783c767d47a29170440acd423fe3eeae";

/// Accounts with these tokens, in a folder: the line of the configuration under `[api]`.
pub fn accounts(folder: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("accounts-of-the-test.toml");
    std::fs::write(&path, include_str!("accounts.toml")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    format!("accounts = {:?}\n", text(&path))
}

/// The token with which a path is asked.
pub fn token_for(path: &str) -> &'static str {
    if path.starts_with("/v1/events") { SENDER } else { TOKEN }
}
