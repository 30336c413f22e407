//! The store that snapshots lie in: a local folder, or a bucket.

use bytes::Bytes;
use sanzao_model::{Bureau, Instant};

use crate::snapshot::bucket::Bucketed;
use crate::snapshot::error::SnapshotError;
use crate::snapshot::folder::Folder;

/// An object in the store.
pub(crate) struct Object {
    /// Its name below the bureau's folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was put, where the store tells.
    pub modified: Option<Instant>,
}

/// Objects of bureaus, each bureau's below a folder of its own.
pub(crate) enum Storage {
    /// One process's own.
    Folder(Folder),
    /// Others may write there too.
    Bucket(Box<Bucketed>),
}

impl Storage {
    /// What messages call it.
    pub fn place(&self) -> String {
        match self {
            Storage::Folder(folder) => folder.place(),
            Storage::Bucket(bucket) => bucket.place(),
        }
    }

    /// Puts an object in place at once, and returns when it is durable.
    pub fn put(&self, bureau: Bureau, name: &str, bytes: Vec<u8>) -> Result<(), SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.put(bureau, name, bytes),
            Storage::Bucket(bucket) => bucket.put(bureau, name, &bytes),
        }
    }

    /// Like `put`, unless there is an object of the name: false then.
    pub fn put_new(&self, bureau: Bureau, name: &str, bytes: Vec<u8>) -> Result<bool, SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.put_new(bureau, name, bytes),
            Storage::Bucket(bucket) => bucket.put_new(bureau, name, &bytes),
        }
    }

    /// An object's bytes; none where there is no such object.
    pub fn get(&self, bureau: Bureau, name: &str) -> Result<Option<Bytes>, SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.get(bureau, name),
            Storage::Bucket(bucket) => bucket.get(bureau, name),
        }
    }

    /// A bureau's objects.
    pub fn list(&self, bureau: Bureau) -> Result<Vec<Object>, SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.list(bureau),
            Storage::Bucket(bucket) => bucket.list(bureau),
        }
    }

    /// Removes an object, if it is there.
    pub fn delete(&self, bureau: Bureau, name: &str) -> Result<(), SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.delete(bureau, name),
            Storage::Bucket(bucket) => bucket.delete(bureau, name),
        }
    }

    /// Removes what a killed process left of objects that it was putting. For the one who writes, between two
    /// writes. A bucket shows nothing of an object before it is whole.
    pub fn remove_unfinished(&self, bureau: Bureau) -> Result<(), SnapshotError> {
        match self {
            Storage::Folder(folder) => folder.remove_unfinished(bureau),
            Storage::Bucket(_) => Ok(()),
        }
    }
}
