//! The manifest of a snapshot: what it consists of, where in `facts` it stands, and what it must sum to.

use sanzao_model::{Bureau, Feed, FeedAge, Instant};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::forgotten::Erasures;
use crate::snapshot::Position;
use crate::snapshot::error::{Damage, SnapshotError};

/// The format that this software writes and reads: another one whenever a manifest tells other things, or a statement has
/// other bytes than before, which a test of `rows` holds, or the bytes of one kind of fact would be read as those of
/// another.
pub const FORMAT: u32 = 3;

/// What a snapshot consists of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout.
    pub format: u32,
    /// Whose ledger.
    pub bureau: Bureau,
    /// When it was written, RFC 3339.
    pub created_at: String,
    /// Where it stands.
    pub position: Position,
    /// The offsets up to which the feeds' events are in the set.
    pub applied: Vec<AppliedUpto>,
    /// The newest record of each feed, times in nanoseconds since 1970.
    pub newest: Vec<FeedAge>,
    /// Statements: rows of all parts.
    pub statements: u64,
    /// Different facts.
    pub facts: u64,
    /// Different events.
    pub events: u64,
    /// Different numbers named.
    pub people: u64,
    /// Hash of the set of statements, 32 hexadecimal digits.
    pub set_hash: String,
    /// The files, in the order in which they are read.
    pub parts: Vec<Part>,
    /// The erasures that it reflects.
    pub erasures: Erasures,
}

/// The offset up to which a partition of a feed's topic is in the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliedUpto {
    /// The feed.
    pub feed: Feed,
    /// Partition of its topic.
    pub partition: u32,
    /// The offset after the last event applied.
    pub upto: u64,
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name below the bureau's folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Statements in it.
    pub rows: u64,
    /// SHA-256 over its bytes, hexadecimal.
    pub sha256: String,
}

/// The object in the store: the manifest beside a checksum of its compact JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    sha256: String,
    manifest: Manifest,
}

impl Manifest {
    /// Its name below the bureau's folder.
    pub fn name(&self) -> String {
        format!("manifest-{:020}.json", self.position.facts_offset)
    }

    /// The offset that a manifest's name tells; none for other names.
    pub(crate) fn offset_in(name: &str) -> Option<u64> {
        let digits = name.strip_prefix("manifest-")?.strip_suffix(".json")?;
        (digits.len() == 20).then(|| digits.parse().ok()).flatten()
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, SnapshotError> {
        let broken = |error: serde_json::Error| SnapshotError::Position(error.to_string());
        let compact = serde_json::to_vec(self).map_err(broken)?;
        let sealed = Sealed { sha256: sha256_hex(&compact), manifest: self.clone() };
        let bytes = serde_json::to_vec_pretty(&sealed).map_err(broken)?;
        let again =
            Manifest::from_bytes(&bytes).map_err(|damage| SnapshotError::Position(damage.to_string()))?;
        if again == *self {
            Ok(bytes)
        } else {
            Err(SnapshotError::Position("it reads back differently".into()))
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Manifest, Damage> {
        #[derive(Deserialize)]
        struct Versioned {
            manifest: Version,
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let broken = |error: serde_json::Error| Damage::Manifest(error.to_string());
        let Versioned { manifest: Version { format } } = serde_json::from_slice(bytes).map_err(broken)?;
        if format != FORMAT {
            return Err(Damage::Format { found: format, readable: FORMAT });
        }
        let Sealed { sha256, manifest } = serde_json::from_slice(bytes).map_err(broken)?;
        let compact = serde_json::to_vec(&manifest).map_err(broken)?;
        if sha256_hex(&compact) != sha256 {
            return Err(Damage::Checksum { name: manifest.name() });
        }
        match manifest.parts.iter().find(|part| !part.is_named_plainly()) {
            Some(part) => Err(Damage::Manifest(format!("{:?} is no name of a part", part.name))),
            None => Ok(manifest),
        }
    }

    /// The offset in `facts` after the last erasure that it reflects; 0 where it reflects none.
    pub fn erased_upto(&self) -> u64 {
        self.erasures.upto
    }

    /// Whether it says the same of the same parts, at whatever time it was written.
    pub(crate) fn says_the_same(&self, other: &Manifest) -> bool {
        Manifest { created_at: other.created_at.clone(), ..self.clone() } == *other
    }

    /// Whether the statements read are those that were written.
    pub(crate) fn sums_to(&self, rows: u64, set_hash: u128) -> Result<(), Damage> {
        let found = set_hash_hex(set_hash);
        if rows == self.statements && found == self.set_hash {
            return Ok(());
        }
        let (expected_rows, expected) = (self.statements, self.set_hash.clone());
        Err(Damage::SetHash { rows, expected_rows, found, expected })
    }
}

impl Part {
    /// The offset in `facts` that a part's name tells; none for other names.
    pub(crate) fn offset_in(name: &str) -> Option<u64> {
        let (digits, _) = name.strip_prefix("statements-")?.split_once('-')?;
        (digits.len() == 20).then(|| digits.parse().ok()).flatten()
    }

    /// Names are put into paths, here and in other stores.
    fn is_named_plainly(&self) -> bool {
        let middle = self.name.strip_prefix("statements-").and_then(|rest| rest.strip_suffix(".parquet"));
        middle.is_some_and(|middle| middle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    }

    /// Whether the bytes are those that were written.
    pub(crate) fn check(&self, bytes: &[u8]) -> Result<(), Damage> {
        let found = bytes.len() as u64;
        if found != self.bytes {
            return Err(Damage::Length { name: self.name.clone(), expected: self.bytes, found });
        }
        if sha256_hex(bytes) != self.sha256 {
            return Err(Damage::Checksum { name: self.name.clone() });
        }
        Ok(())
    }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn set_hash_hex(set_hash: u128) -> String {
    format!("{set_hash:032x}")
}

/// RFC 3339, in UTC.
pub(crate) fn written_at(now: Instant) -> String {
    now.to_string()
}
