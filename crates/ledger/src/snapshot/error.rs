//! What can go wrong with snapshots.

/// Why a snapshot could not be written, copied, listed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The store did not answer. Retry: nothing is lost, the log is the truth.
    #[error("snapshot store failed at {name}: {reason}")]
    Store {
        /// The object or folder.
        name: String,
        /// What the store said.
        reason: String,
    },
    /// The store will not do it. Reject: what the reason says has to be mended first.
    #[error("snapshot store refused {name}: {reason}")]
    Refused {
        /// The object or folder.
        name: String,
        /// What the store said, and what to do.
        reason: String,
    },
    /// A bucket cannot be used with these settings; nothing was sent. Reject: they must be mended.
    #[error("settings of the snapshot bucket: {0}")]
    Settings(String),
    /// A bucket has another snapshot at the same offset: of another log, or by another version of the software.
    /// Reject; one at a later offset can be written.
    #[error("{name} is there already and says something else: if it is of another log, use another prefix")]
    Taken {
        /// The manifest.
        name: String,
    },
    /// What is to be copied is not whole. Reject: copy an older one.
    #[error("the snapshot cannot be copied: {0}")]
    Damaged(#[from] Damage),
    /// Rows could not be laid out as Parquet. Bug.
    #[error("statements cannot be written as parquet: {0}")]
    Encode(String),
    /// The position given holds something that JSON does not give back as it was. Bug of the caller.
    #[error("the position of a snapshot does not survive json: {0}")]
    Position(String),
}

/// Why a snapshot is not used. Reject: it will never verify; an older one, or the log, stands in for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// An object of it is not there, or could not be read.
    #[error("{name} cannot be read: {reason}")]
    Missing {
        /// Which.
        name: String,
        /// What the store said.
        reason: String,
    },
    /// An object is not as long as the manifest says: torn.
    #[error("{name} has {found} bytes, its manifest says {expected}")]
    Length {
        /// Which.
        name: String,
        /// By the manifest.
        expected: u64,
        /// In the store.
        found: u64,
    },
    /// An object is not what was written.
    #[error("{name} does not match its checksum")]
    Checksum {
        /// Which.
        name: String,
    },
    /// The manifest is no manifest, or not of this bureau.
    #[error("manifest cannot be used: {0}")]
    Manifest(String),
    /// Written by another version of the software, in which statements have other bytes.
    #[error("snapshot has format {found}, this software reads format {readable}")]
    Format {
        /// Of the snapshot.
        found: u32,
        /// Of this software.
        readable: u32,
    },
    /// Nobody here can go on from it: it is of another log, or says what this software does not know.
    #[error("it cannot be gone on from: {0}")]
    Foreign(String),
    /// A part matches its checksum and yet does not hold statements. Bug of the writer.
    #[error("{name} does not hold statements: {reason}")]
    Rows {
        /// Which.
        name: String,
        /// What was found.
        reason: String,
    },
    /// The statements are not those of the ledger that was written: some are lost or doubled.
    #[error("{rows} statements have set hash {found}, the manifest says {expected_rows} with {expected}")]
    SetHash {
        /// How many statements were read.
        rows: u64,
        /// How many the manifest says.
        expected_rows: u64,
        /// Of the statements read.
        found: String,
        /// By the manifest.
        expected: String,
    },
}
