//! Starting from a snapshot gives what the whole log gives; a damaged, missing or foreign one costs time only.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "support/bucket.rs"]
mod bucket;
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
use sanzao_journal::{NewRecord, Write};
use sanzao_model::FactsRecord;
use sha2::Digest;
use support::*;

const EVERY: u64 = 3_000;

struct Case {
    _folder: tempfile::TempDir,
    data: PathBuf,
    config: PathBuf,
    district: PathBuf,
}

impl Case {
    fn new(district_of: u64) -> Case {
        let case = Case::empty(district_of);
        FEEDS.iter().for_each(|feed| case.ingest(feed));
        case
    }

    fn empty(district_of: u64) -> Case {
        let folder = tempfile::tempdir().unwrap();
        let district = district(folder.path(), 1_500, district_of);
        let data = data_dir(folder.path(), "data");
        let config = folder.path().join("sanzao.toml");
        std::fs::write(&config, format!("data = {:?}\nsnapshot_facts = {EVERY}\n", text(&data))).unwrap();
        Case { data, config, district, _folder: folder }
    }

    fn ingest(&self, feed: &str) {
        let file = self.district.join(format!("{feed}.jsonl"));
        self.run(&["ingest", "--data", text(&self.data), "--feed", feed, text(&file)]);
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

/// Who was superseded may write what it was about to say. From the log it is known that another one had spoken by then,
/// and from a snapshot, too.
#[test]
fn the_late_word_of_an_owner_that_was_superseded_counts_from_no_snapshot() {
    let case = Case::empty(3);
    case.ingest(FEEDS[0]);
    for day in [AS_OF, "2026-07-01"] {
        case.run(&["run", "--data", text(&case.data), "--drain", "--day", day]);
    }
    FEEDS[1..].iter().for_each(|feed| case.ingest(feed));
    let config = Config::read(Some(&case.config)).unwrap();
    let days = || {
        let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
        let mut stage = pipeline.discovery(pipeline.topics.bureaus()[0], None).unwrap();
        stage.catch_up().unwrap();
        (stage.started_at(), stage.day().unwrap().to_string())
    };
    let said = |claim: u64, day: &str| {
        let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
        let facts = pipeline.topics.facts(pipeline.topics.bureaus()[0]);
        let value = FactsRecord::Tick { day: day.parse().unwrap() }.to_bytes();
        let headers = vec![("sanzao-owner".to_owned(), claim.to_string().into_bytes())];
        let record = NewRecord { headers, value, ..NewRecord::default() };
        pipeline.journal.write(Write::append(facts, vec![record])).unwrap();
    };
    let (started_at, day) = days();
    let newest = json(&std::fs::read_to_string(case.snapshots("manifest-").last().unwrap()).unwrap());
    let position = &newest["manifest"]["position"];
    assert_eq!(position["facts_offset"], started_at);
    assert!(position["state"]["owner"].as_u64().unwrap() > 1, "no snapshot was written since an owner spoke");
    assert_eq!(day, "2026-07-01");
    said(1, "2027-01-01");
    assert_eq!(days(), (started_at, "2026-07-01".to_owned()), "a superseded owner made a day begin");
    // The same of the newest owner there ever was counts.
    said(1_000, "2027-01-01");
    assert_eq!(days(), (started_at, "2027-01-01".to_owned()));
}

/// One that is of another log, and one of a later version, are newer than all that are good.
#[test]
fn what_is_foreign_and_newest_hides_nothing_older() {
    let case = Case::new(41);
    let (position, set_hash) = case.start();
    let newest = case.snapshots("manifest-").pop().unwrap();
    let forge = |offset: u64, change: &dyn Fn(&mut serde_json::Value)| {
        let mut sealed = json(&std::fs::read_to_string(&newest).unwrap());
        sealed["manifest"]["position"]["facts_offset"] = offset.into();
        change(&mut sealed["manifest"]);
        let manifest: sanzao_ledger::Manifest = serde_json::from_value(sealed["manifest"].clone()).unwrap();
        let digest = sha2::Sha256::digest(serde_json::to_vec(&manifest).unwrap());
        sealed["sha256"] = digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        let path = newest.with_file_name(format!("manifest-{offset:020}.json"));
        std::fs::write(&path, sealed.to_string()).unwrap();
        path
    };
    let foreign = forge(position + 70, &|manifest| {
        manifest["position"]["state"]["last"]["appended_ms"] = 1.into();
    });
    let later = forge(position + 80, &|manifest| {
        manifest["position"]["state"]["a_new_field"] = 1.into();
    });
    assert_eq!(case.start(), (position, set_hash));
    assert!(!foreign.exists(), "what is of another log is only in the way");
    assert!(later.exists(), "what a later version wrote is not ours to delete");
}

/// Somebody was erased, and the process died before it had deleted the snapshot from before.
#[test]
fn what_is_older_than_an_erasure_goes_at_the_next_start() {
    let case = Case::new(41);
    let older: Vec<(PathBuf, Vec<u8>)> = [case.snapshots("manifest-"), case.snapshots("statements-")]
        .concat()
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    let config = Config::read(Some(&case.config)).unwrap();
    let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
    let bureau = pipeline.topics.bureaus()[0];
    let person = sanzao_model::PersonId([7; 16]);
    pipeline.append_facts(bureau, &FactsRecord::Erased { person }).unwrap();
    let mut stage = pipeline.discovery(bureau, None).unwrap();
    while stage.step().unwrap() {}
    let position = stage.position();
    drop((stage, pipeline));
    let only =
        |manifests: &[PathBuf]| manifests.len() == 1 && text(&manifests[0]).contains(&position.to_string());
    assert!(only(&case.snapshots("manifest-")), "{:?}", case.snapshots("manifest-"));
    older.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    assert_eq!(case.snapshots("manifest-").len(), 3);
    case.start();
    assert!(only(&case.snapshots("manifest-")), "{:?}", case.snapshots("manifest-"));
    assert!(case.snapshots("statements-").iter().all(|path| text(path).contains(&position.to_string())));
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
        let case = Case::new(district_of);
        let folder = case._folder.path();
        let section = format!(
            "[api]\nlisten = \"127.0.0.1:0\"\n{}{}",
            accounts(folder),
            bucket::section(folder, bucket)
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
    // A bucket is asked once at a start, and for seconds: on a busy machine that may be too short.
    let started = (0..4).map(|_| {
        let _ = std::fs::remove_dir_all(case.data.join("state"));
        case.start()
    });
    assert_eq!(started.into_iter().find(|(from, _)| *from > 0), Some((position, set_hash)));
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

/// Uploads what the folder has, by running for a while.
fn uploaded(case: &Case, position: u64) {
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
    // The folder is the running process's own.
    let restored = sanzao().args(["snapshot", "restore", "--config", text(&case.config)]).output().unwrap();
    let told = String::from_utf8(restored.stderr).unwrap();
    assert!(!restored.status.success() && told.contains("stop the process first"), "{told}");
    live.kill().unwrap();
    live.wait().unwrap();
}

#[test]
fn what_is_restored_by_its_offset_is_gone_on_from() {
    let Some(bucket) = s3_server::Bucket::new() else { return };
    let case = Case::with_bucket(46, &bucket);
    let (older, set_hash) = case.start();
    uploaded(&case, older);
    // More facts, and a newer snapshot of them here.
    let config = Config::read(Some(&case.config)).unwrap();
    let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
    let bureau = pipeline.topics.bureaus()[0];
    let person = sanzao_model::PersonId([7; 16]);
    pipeline.append_facts(bureau, &FactsRecord::Erased { person }).unwrap();
    drop(pipeline);
    assert_eq!(case.start().0, older);
    let (newer, _) = case.start();
    assert!(newer > older);
    case.run(&["snapshot", "restore", "--bureau", "320614", "--offset", &older.to_string()]);
    assert_eq!(case.listed().into_iter().filter(|(_, far)| !far).collect::<Vec<_>>(), [(older, false)]);
    assert_eq!(case.start(), (older, set_hash), "another one was gone on from");
    // What it leads to is a snapshot like any other, and the next start takes the newest again.
    assert_eq!(case.start(), (newer, set_hash));
}

/// A bucket that does not answer holds up nothing that disk and log can do.
#[test]
fn a_bucket_that_is_away_holds_up_no_start() {
    let case = Case::new(46);
    let (position, set_hash) = case.start();
    // It takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let secret = case._folder.path().join("bucket-secret");
    std::fs::write(&secret, "a secret\n").unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let section = format!(
        "[snapshots.bucket]\nendpoint = \"http://{}\"\nbucket = \"b\"\naccess_key = \"k\"\nsecret_key_file = {:?}\n\
         path_style = true\n",
        silent.local_addr().unwrap(),
        text(&secret)
    );
    let before = std::fs::read_to_string(&case.config).unwrap();
    std::fs::write(&case.config, before + &section).unwrap();
    let asked = || {
        silent.set_nonblocking(true).unwrap();
        silent.accept().is_ok()
    };
    assert_eq!(case.start(), (position, set_hash));
    assert!(!asked(), "the disk has what is needed");
    std::fs::remove_dir_all(case.data.join("state")).unwrap();
    let since = std::time::Instant::now();
    assert_eq!(case.start(), (0, set_hash));
    assert!(since.elapsed() < std::time::Duration::from_secs(20), "{:?}", since.elapsed());
    assert!(asked(), "without a disk it may have had one");
}
