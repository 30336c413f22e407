//! Starting from a snapshot gives what the whole log gives; a damaged, missing or foreign one costs time only.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../../ledger/tests/ledger/python.rs"]
mod python;
#[path = "../../ledger/tests/ledger/s3_server.rs"]
#[allow(dead_code)]
mod s3_server;
mod support;

use std::path::{Path, PathBuf};

use sanzao::Pipeline;
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use support::*;

const EVERY: u64 = 3_000;

struct Case {
    _folder: tempfile::TempDir,
    data: PathBuf,
    config: PathBuf,
}

impl Case {
    fn new(district_of: u64) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let district = district(folder.path(), 1_500, district_of);
        let data = data_dir(folder.path(), "data");
        let config = folder.path().join("sanzao.toml");
        std::fs::write(&config, format!("data = {:?}\nsnapshot_facts = {EVERY}\n", text(&data))).unwrap();
        let case = Case { data, config, _folder: folder };
        for feed in FEEDS {
            let file = district.join(format!("{feed}.jsonl"));
            case.run(&["ingest", "--data", text(&case.data), "--feed", feed, text(&file)]);
        }
        case
    }

    fn run(&self, arguments: &[&str]) -> String {
        run(&[arguments, &["--config", text(&self.config)]].concat())
    }

    fn findings(&self) -> String {
        self.run(&["findings", "--data", text(&self.data), "--as-of", AS_OF])
    }

    fn drain(&self) -> serde_json::Value {
        let data = text(&self.data);
        json(&self.run(&["run", "--data", data, "--drain", "--day", AS_OF, "--json"]))
    }

    /// Manifests and parts, the oldest first.
    fn snapshots(&self, begins_with: &str) -> Vec<PathBuf> {
        let folder = self.data.join("state/snapshots/320614");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths
            .filter(|path| text(Path::new(path.file_name().unwrap())).starts_with(begins_with))
            .collect();
        paths.sort();
        paths
    }

    /// The offset in `facts` at which discovery starts, and the set that it then has at the end of the log.
    fn start(&self) -> (u64, u128) {
        let config = Config::read(Some(&self.config)).unwrap();
        let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
        let bureau = pipeline.topics.bureaus()[0];
        let mut stage = pipeline.discovery(bureau, None).unwrap();
        let position = stage.position();
        while stage.step().unwrap() {}
        (position, stage.ledger().set_hash())
    }
}

#[test]
fn a_start_from_a_snapshot_is_a_start_from_the_log() {
    let case = Case::new(41);
    let manifests = case.snapshots("manifest-");
    assert_eq!(manifests.len(), 2, "two are kept");
    let (position, set_hash) = case.start();
    assert!(position > 0, "the snapshot was not used");
    let found = case.findings();
    // Nothing was sent before the snapshot: what it holds has to be evaluated all the same.
    let work = case.drain();
    assert!(work["open"].as_u64().unwrap() > 50, "{work}");
    case.run(&["verify", "--data", text(&case.data)]);

    std::fs::remove_dir_all(case.data.join("state")).unwrap();
    assert_eq!(case.start(), (0, set_hash));
    assert!(case.findings() == found);
    let again = case.drain();
    for what in ["open", "withdrawn", "planned", "due", "done", "overdue", "missed"] {
        assert_eq!(again[what], work[what], "{what} differs without snapshots: {again}");
    }
}

#[test]
fn a_damaged_snapshot_is_skipped_and_a_foreign_one_not_believed() {
    let case = Case::new(42);
    let (newest, set_hash) = case.start();
    let parts = case.snapshots("statements-");
    let mut bytes = std::fs::read(parts.last().unwrap()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(parts.last().unwrap(), bytes).unwrap();
    let verified = sanzao().args(["verify", "--config", text(&case.config)]).output().unwrap();
    let told = String::from_utf8(verified.stdout).unwrap();
    assert!(!verified.status.success() && told.contains("does not match its checksum"), "{told}");
    let (older, hash) = case.start();
    assert!(0 < older && older < newest, "{older} after {newest}");
    assert_eq!(hash, set_hash);
    for manifest in case.snapshots("manifest-") {
        std::fs::write(manifest, "torn").unwrap();
    }
    assert_eq!(case.start(), (0, set_hash));

    let other = Case::new(43);
    let (_, set_hash) = other.start();
    std::fs::remove_dir_all(other.data.join("state")).unwrap();
    std::fs::rename(Case::new(44).data.join("state"), other.data.join("state")).unwrap();
    assert_eq!(other.start(), (0, set_hash), "a snapshot of another log was used");
}

/// A snapshot that cannot be written does not stop anything.
#[test]
fn without_room_for_snapshots_nothing_is_lost() {
    let case = Case::new(45);
    let found = case.findings();
    std::fs::remove_dir_all(case.data.join("state/snapshots")).unwrap();
    std::fs::create_dir_all(case.data.join("state/snapshots")).unwrap();
    // A file stands where the bureau's folder would be.
    std::fs::write(case.data.join("state/snapshots/320614"), "in the way").unwrap();
    assert!(case.findings() == found);
}

impl Case {
    /// With a bucket beside the folder.
    fn with_bucket(district_of: u64, bucket: &s3_server::Bucket) -> Case {
        use std::os::unix::fs::PermissionsExt;
        let case = Case::new(district_of);
        let settings = bucket.settings();
        let secret = case._folder.path().join("bucket-secret");
        std::fs::write(&secret, "a/secret+of the=tests\n").unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let section = format!(
            "[api]\nlisten = \"127.0.0.1:0\"\n{}[snapshots.bucket]\nendpoint = {:?}\nregion = {:?}\nbucket = {:?}\n\
             prefix = {:?}\naccess_key = {:?}\nsecret_key_file = {:?}\npath_style = true\n",
            accounts(case._folder.path()),
            settings.endpoint.as_str(),
            settings.region,
            settings.bucket,
            settings.prefix,
            settings.access_key,
            text(&secret)
        );
        let before = std::fs::read_to_string(&case.config).unwrap();
        std::fs::write(&case.config, before + &section).unwrap();
        case
    }

    /// Offsets of the snapshots that are listed, and whether each is in the bucket.
    fn listed(&self) -> Vec<(u64, bool)> {
        let lines = self.run(&["snapshot", "list", "--json"]);
        let lines = lines.lines().map(json);
        lines
            .map(|one| {
                (one["offset"].as_u64().unwrap(), one["place"].as_str().unwrap().starts_with("bucket"))
            })
            .collect()
    }
}

#[test]
fn a_new_disk_starts_from_the_bucket() {
    let Some(bucket) = s3_server::Bucket::new() else { return };
    let case = Case::with_bucket(46, &bucket);
    let (position, set_hash) = case.start();
    assert!(case.listed().iter().all(|(_, in_bucket)| !in_bucket), "nobody has run who owns the bureau");
    let mut live = sanzao()
        .args(["run", "--config", text(&case.config), "--day", AS_OF])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !case.listed().contains(&(position, true)) {
        assert!(std::time::Instant::now() < deadline, "not in the bucket: {:?}", case.listed());
    }
    live.kill().unwrap();
    live.wait().unwrap();

    // Without a folder it goes on from the bucket, by itself or after it was copied.
    std::fs::remove_dir_all(case.data.join("state")).unwrap();
    assert_eq!(case.start(), (position, set_hash));
    std::fs::remove_dir_all(case.data.join("state")).unwrap();
    case.run(&["snapshot", "restore"]);
    assert_eq!(case.listed(), [(position, false), (position, true)]);
    let verified = case.run(&["snapshot", "verify"]);
    assert_eq!(verified.matches(", holds").count(), 2, "{verified}");

    // What is damaged there is said, and not restored.
    let manifest = bucket.names().into_iter().find(|name| name.starts_with("manifest-")).unwrap();
    let mut bytes = bucket.read(&manifest);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    bucket.write(&manifest, &bytes);
    let verified = sanzao().args(["snapshot", "verify", "--config", text(&case.config)]).output().unwrap();
    let told = String::from_utf8(verified.stdout).unwrap();
    assert!(!verified.status.success() && told.contains("CANNOT BE USED"), "{told}");
    std::fs::remove_dir_all(case.data.join("state")).unwrap();
    let restored = sanzao().args(["snapshot", "restore", "--config", text(&case.config)]).output().unwrap();
    let told = String::from_utf8(restored.stderr).unwrap();
    assert!(!restored.status.success() && told.contains("has no snapshot of bureau 320614"), "{told}");
    assert_eq!(case.start(), (0, set_hash), "the log alone does it");
}
