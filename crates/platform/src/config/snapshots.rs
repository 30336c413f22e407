//! `[snapshots]`: when snapshots of ledgers are written, and where copies of them lie.

use std::path::PathBuf;

use serde::Deserialize;

/// `[snapshots]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotsSection {
    /// After so many hours a snapshot is written of whatever was added, be it little; 0 for none by time.
    pub hours: u32,
    /// Where all processes find each other's.
    pub bucket: Option<Bucket>,
}

impl Default for SnapshotsSection {
    fn default() -> SnapshotsSection {
        SnapshotsSection { hours: 24, bucket: None }
    }
}

/// `[snapshots.bucket]`: a store that speaks S3.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// `https://host`, without the bucket; `http` for addresses of this machine alone.
    pub endpoint: String,
    /// The region that requests are signed for.
    #[serde(default = "default_region")]
    pub region: String,
    /// The bucket, which has to be there.
    pub bucket: String,
    /// A folder in it.
    #[serde(default)]
    pub prefix: String,
    /// Who asks.
    pub access_key: String,
    /// A file, its owner's alone, with the key that requests are signed with.
    pub secret_key_file: PathBuf,
    /// A file of certificates in PEM that are trusted for it, instead of the public ones.
    pub certificates: Option<PathBuf>,
    /// The bucket's name in the path, as MinIO needs it, rather than in the host.
    #[serde(default)]
    pub path_style: bool,
}

fn default_region() -> String {
    "us-east-1".into()
}
