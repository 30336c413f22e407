//! Where snapshots lie: in this process's own folder, and, where a bucket is configured, there too, for all.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sanzao_ledger::{Manifest, S3Settings, SecretKey, Snapshots};
use sanzao_model::Bureau;

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
    uploads: Option<Arc<Mutex<Sender<Upload>>>>,
}

/// A snapshot of the folder that is to be in the bucket, too.
struct Upload {
    manifest: Manifest,
    /// Snapshots that the bucket keeps of this bureau.
    keep: usize,
}

impl SnapshotStores {
    /// Opens them; a bucket is asked nothing yet.
    ///
    /// # Errors
    /// When the folder cannot be made, or the settings of the bucket cannot be right.
    pub fn open(config: &Config, data: &DataDir) -> Result<SnapshotStores> {
        let near = Arc::new(Snapshots::in_folder(data.state()?.join("snapshots"))?);
        let Some(bucket) = &config.snapshots.bucket else {
            return Ok(SnapshotStores { near, far: None, uploads: None });
        };
        let far = settings(bucket).and_then(|settings| Ok(Snapshots::in_bucket(&settings, clock::now)?));
        let far = Arc::new(far.context("[snapshots.bucket]")?);
        let (send, receive) = channel();
        let (from, to) = (Arc::clone(&near), Arc::clone(&far));
        let thread = std::thread::Builder::new().name("snapshots".into());
        thread.spawn(move || upload(&from, &to, &receive)).context("the system gives no more threads")?;
        Ok(SnapshotStores { near, far: Some(far), uploads: Some(Arc::new(Mutex::new(send))) })
    }

    /// All of them, the nearest first.
    pub fn all(&self) -> Vec<&Snapshots> {
        [Some(&self.near), self.far.as_ref()].into_iter().flatten().map(Arc::as_ref).collect()
    }

    /// Has the newest snapshot of the folder copied to the bucket, where it may not be yet.
    pub fn offer(&self, bureau: Bureau, keep: usize) {
        if self.far.is_none() {
            return;
        }
        let listed = self.near.list(bureau).unwrap_or_default();
        if let Some(manifest) = listed.into_iter().find_map(|listed| listed.manifest.ok()) {
            self.upload(manifest, keep);
        }
    }

    /// Has a snapshot of the folder copied to the bucket, beside everything else.
    pub fn upload(&self, manifest: Manifest, keep: usize) {
        if let Some(uploads) = &self.uploads {
            // The other end is gone when the process ends: then the next one uploads a later snapshot.
            let _ = uploads.lock().unwrap_or_else(PoisonError::into_inner).send(Upload { manifest, keep });
        }
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
                waiting.retain(|older| older.manifest.bureau != newer.manifest.bureau);
                waiting.push(newer);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        waiting.retain(|upload| {
            let Upload { manifest, keep } = upload;
            let (bureau, offset) = (manifest.bureau, manifest.position.facts_offset);
            let copied = from.copy(manifest, to).and_then(|copied| to.prune(bureau, *keep).map(|_| copied));
            match &copied {
                Ok(copied) => tracing::info!(%bureau, offset, bytes = copied.bytes, place = to.place(), "snapshot copied"),
                Err(error) => tracing::warn!(%bureau, offset, %error, place = to.place(), "snapshot not copied; trying again"),
            }
            copied.is_err()
        });
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
