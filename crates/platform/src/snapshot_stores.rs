//! Where snapshots lie: in this process's own folder, and, where a bucket is configured, there too, for all.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sanzao_ledger::{Manifest, S3Settings, SecretKey, SnapshotError, Snapshots};
use sanzao_model::{Bureau, Instant};

use crate::clock;
use crate::config::{Bucket, Config};
use crate::data_dir::DataDir;

/// How long to wait before what could not be uploaded is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// The stores of an installation, as one process has them.
#[derive(Clone)]
pub(crate) struct SnapshotStores {
    /// Its own folder.
    pub near: Arc<Snapshots>,
    /// The bucket.
    pub far: Option<Arc<Snapshots>>,
    /// The same for a start, which has the folder and the log without it: asked once, for seconds.
    far_in_a_hurry: Option<Arc<Snapshots>>,
    uploads: Option<Arc<Mutex<Sender<Upload>>>>,
}

/// Where a log ended when somebody took it over.
#[derive(Clone, Copy)]
pub(crate) struct TakenOver {
    /// The offset after its last record.
    pub log_end: u64,
    /// When that was: what is written later may rest on more.
    pub at: Instant,
}

/// A snapshot of the folder that is to be in the bucket, too.
struct Upload {
    bureau: Bureau,
    /// Of which log.
    log: String,
    /// At a take-over: what the log has lost goes.
    taken_over: Option<TakenOver>,
    /// None where there is nothing to copy, and only what is too old is to go.
    manifest: Option<Manifest>,
}

/// Snapshots kept: the newest, and one to fall back on.
pub(crate) const KEPT: usize = 2;

impl SnapshotStores {
    /// Opens them; a bucket is asked nothing yet.
    ///
    /// # Errors
    /// When the folder cannot be made, or the settings of the bucket cannot be right.
    pub fn open(config: &Config, data: &DataDir) -> Result<SnapshotStores> {
        let near = Arc::new(Snapshots::in_folder(data.state()?.join("snapshots"))?);
        let Some(bucket) = &config.snapshots.bucket else {
            return Ok(SnapshotStores { near, far: None, far_in_a_hurry: None, uploads: None });
        };
        let open = || settings(bucket).and_then(|settings| Ok(Snapshots::in_bucket(&settings, clock::now)?));
        let far = Arc::new(open().context("[snapshots.bucket]")?);
        let far_in_a_hurry = Some(Arc::new(open()?.in_a_hurry()));
        let (send, receive) = channel();
        let (from, to) = (Arc::clone(&near), Arc::clone(&far));
        let thread = std::thread::Builder::new().name("snapshots".into());
        thread.spawn(move || upload(&from, &to, &receive)).context("the system gives no more threads")?;
        Ok(SnapshotStores { near, far: Some(far), far_in_a_hurry, uploads: Some(Arc::new(Mutex::new(send))) })
    }

    /// All of them, the nearest first.
    pub fn all(&self) -> Vec<&Snapshots> {
        [Some(&self.near), self.far.as_ref()].into_iter().flatten().map(Arc::as_ref).collect()
    }

    /// Where a start looks, the nearest first.
    pub fn at_a_start(&self) -> Vec<&Snapshots> {
        [Some(&self.near), self.far_in_a_hurry.as_ref()].into_iter().flatten().map(Arc::as_ref).collect()
    }

    /// Has the newest snapshot of the folder copied to the bucket, where it may not be yet, and deleted there what may
    /// hold somebody who was erased since. For who has just taken over.
    pub fn offer(&self, bureau: Bureau, log: String, taken_over: TakenOver) {
        if self.far.is_some() {
            let listed = self.near.list(bureau).unwrap_or_default().into_iter();
            let manifest = listed
                .filter_map(|listed| listed.manifest.ok())
                .find(|manifest| manifest.position.log == log);
            self.send(Upload { bureau, log, taken_over: Some(taken_over), manifest });
        }
    }

    /// Has a snapshot of the folder copied to the bucket, beside everything else.
    pub fn upload(&self, manifest: Manifest) {
        let (bureau, log) = (manifest.bureau, manifest.position.log.clone());
        self.send(Upload { bureau, log, taken_over: None, manifest: Some(manifest) });
    }

    fn send(&self, upload: Upload) {
        if let Some(uploads) = &self.uploads {
            // The other end is gone when the process ends: then the next one uploads a later snapshot.
            let _ = uploads.lock().unwrap_or_else(PoisonError::into_inner).send(upload);
        }
    }

    /// Deletes from the folder what it has of bureaus other than these: nobody here would ever take an erasure out of it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn keep_only(&self, data: &DataDir, bureaus: &[Bureau]) -> Result<()> {
        let folder = data.state()?.join("snapshots");
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let Some(bureau) = name.parse().ok().map(Bureau).filter(|bureau| bureau.to_string() == name)
            else {
                continue;
            };
            if !bureaus.contains(&bureau) {
                self.near.remove_all(bureau)?;
                tracing::info!(%bureau, "snapshots of a bureau that is not kept here are deleted");
            }
        }
        Ok(())
    }
}

/// Copies what is newest, bureau by bureau, until nobody is left who writes any.
fn upload(from: &Snapshots, to: &Snapshots, uploads: &Receiver<Upload>) {
    let mut waiting: Vec<Upload> = Vec::new();
    loop {
        let next = match waiting.is_empty() {
            true => uploads.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => uploads.recv_timeout(RETRY),
        };
        match next {
            Ok(newer) => {
                waiting.retain(|older| older.bureau != newer.bureau);
                waiting.push(newer);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        waiting.retain(|upload| !is_done(from, to, upload));
    }
}

/// Deletes what a log has lost, or the newest of it would stand in the way of all that are to come.
fn remove_lost(to: &Snapshots, Upload { bureau, log, taken_over, .. }: &Upload) -> Result<(), SnapshotError> {
    let Some(TakenOver { log_end, at }) = taken_over else { return Ok(()) };
    let is_lost = |manifest: &Manifest| {
        let is_older = manifest.created_at.parse().is_ok_and(|written: Instant| written < *at);
        manifest.position.log == *log && manifest.position.facts_offset > *log_end && is_older
    };
    for listed in to.list(*bureau)? {
        if listed.manifest.as_ref().is_ok_and(is_lost) {
            tracing::warn!(%bureau, snapshot = listed.name, place = to.place(), "the log ends before it: deleted");
            to.remove(*bureau, &listed)?;
        }
    }
    Ok(())
}

/// Tries an upload; whether it is over, be it because it would never come to anything.
fn is_done(from: &Snapshots, to: &Snapshots, upload: &Upload) -> bool {
    let Upload { bureau, log, manifest, .. } = upload;
    let (offset, place) = (manifest.as_ref().map(|it| it.position.facts_offset), to.place());
    let removed = remove_lost(to, upload);
    let copied = manifest.as_ref().map(|manifest| from.copy(manifest, to)).transpose();
    // What is not copied is no reason to keep what somebody was erased from.
    let pruned = removed.and_then(|()| to.prune(*bureau, log, KEPT, clock::now()));
    match copied.and_then(|copied| pruned.map(|_| copied)) {
        Ok(Some(copied)) => {
            tracing::info!(%bureau, offset, bytes = copied.bytes, place, "snapshot copied");
            true
        }
        Ok(None) => true,
        // The next snapshot has another offset, and is whole.
        Err(error @ (SnapshotError::Taken { .. } | SnapshotError::Damaged(_))) => {
            tracing::warn!(%bureau, offset, %error, place, "snapshot not copied; the next one will be");
            true
        }
        Err(error) => {
            tracing::warn!(%bureau, offset, %error, place, "snapshot not copied; trying again");
            false
        }
    }
}

fn settings(bucket: &Bucket) -> Result<S3Settings> {
    Ok(S3Settings {
        endpoint: bucket.endpoint.parse().with_context(|| format!("endpoint {:?}", bucket.endpoint))?,
        region: bucket.region.clone(),
        bucket: bucket.bucket.clone(),
        prefix: bucket.prefix.clone(),
        access_key: bucket.access_key.clone(),
        secret_key: SecretKey::new(secret(&bucket.secret_key_file)?),
        certificates: bucket.certificates.clone(),
        path_style: bucket.path_style,
    })
}

fn secret(path: &Path) -> Result<String> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        metadata.permissions().mode() & 0o077 == 0,
        "{} may be read by others than its owner: chmod 600 it",
        path.display()
    );
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = text.trim();
    ensure!(!key.is_empty(), "{} holds no key", path.display());
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use sanzao_ledger::{Ledger, Position};

    use super::*;

    #[test]
    fn what_will_never_be_copied_is_given_up_and_all_else_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let bureau = Bureau(320614);
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        let (near, far) = (Snapshots::in_folder(&from).unwrap(), Snapshots::in_folder(&to).unwrap());
        let ledger = Ledger::new(bureau, Box::new(|_, sealed| sealed.to_vec()));
        let position = Position { facts_offset: 3, log: String::new(), state: serde_json::Value::Null };
        let mut manifest = near.write(&ledger, position, Instant(0)).unwrap();
        let done = |manifest: Option<&Manifest>| {
            is_done(
                &near,
                &far,
                &Upload { bureau, log: String::new(), taken_over: None, manifest: manifest.cloned() },
            )
        };
        std::fs::write(to.join("320614"), "a file").unwrap();
        assert!(!done(Some(&manifest)), "the store may be well again");
        std::fs::remove_file(to.join("320614")).unwrap();
        assert!(done(Some(&manifest)) && done(None));
        assert_eq!(far.list(bureau).unwrap().len(), 1);
        // Deleted here meanwhile, or damaged.
        let name = "statements-00000000000000000003-00000-0123456789abcdef.parquet".to_owned();
        let part = sanzao_ledger::snapshot::Part { name, bytes: 1, rows: 1, sha256: String::new() };
        manifest.parts.push(part);
        assert!(done(Some(&manifest)));
    }

    #[test]
    fn what_a_log_has_lost_goes_when_somebody_takes_over() {
        let folder = tempfile::tempdir().unwrap();
        let bureau = Bureau(320614);
        let [near, far] = ["from", "to"].map(|name| Snapshots::in_folder(folder.path().join(name)).unwrap());
        let ledger = Ledger::new(bureau, Box::new(|_, sealed| sealed.to_vec()));
        for (log, facts_offset, written) in [("a", 3, 1), ("a", 9, 5), ("b", 12, 1)] {
            let position = Position { facts_offset, log: log.into(), state: serde_json::Value::Null };
            far.write(&ledger, position, Instant(written)).unwrap();
        }
        let offsets = || far.list(bureau).unwrap().iter().map(|it| it.facts_offset).collect::<Vec<_>>();
        let offered = |log_end, at| Upload {
            bureau,
            log: "a".into(),
            taken_over: Some(TakenOver { log_end, at: Instant(at) }),
            manifest: None,
        };
        assert!(is_done(&near, &far, &offered(9, 10)));
        assert!(is_done(&near, &far, &offered(8, 5)));
        assert_eq!(offsets(), [12, 9, 3], "what was written since may rest on more");
        assert!(is_done(&near, &far, &offered(8, 10)));
        assert_eq!(offsets(), [12, 3], "one of the log that ends before it, and none of another");
    }

    #[test]
    fn nothing_is_left_of_bureaus_that_are_not_kept_here() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let data = DataDir::create(folder.path()).unwrap();
        let stores = SnapshotStores::open(&config, &data).unwrap();
        for bureau in [Bureau(320614), Bureau(110101)] {
            let ledger = Ledger::new(bureau, Box::new(|_, sealed| sealed.to_vec()));
            let position = Position { facts_offset: 3, log: String::new(), state: serde_json::Value::Null };
            stores.near.write(&ledger, position, Instant(0)).unwrap();
        }
        stores.keep_only(&data, &[Bureau(320614)]).unwrap();
        assert_eq!(stores.near.list(Bureau(320614)).unwrap().len(), 1);
        assert!(stores.near.list(Bureau(110101)).unwrap().is_empty());
        stores.keep_only(&data, &[]).unwrap();
        assert!(stores.near.list(Bureau(320614)).unwrap().is_empty());
    }
}
