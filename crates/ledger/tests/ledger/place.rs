//! The two kinds of store that snapshots lie in, and a way to their objects behind the ledger's back.

use std::fs;

use sanzao_ledger::Snapshots;

use crate::s3_server::Bucket;

pub enum Place {
    Folder(tempfile::TempDir),
    Bucket(Bucket),
}

impl Place {
    pub fn folder() -> Place {
        Place::Folder(tempfile::tempdir().unwrap())
    }

    /// One of each kind; without Python, which is told, a folder alone.
    pub fn every() -> Vec<Place> {
        [Some(Place::folder()), Bucket::new().map(Place::Bucket)].into_iter().flatten().collect()
    }

    pub fn snapshots(&self) -> Snapshots {
        match self {
            Place::Folder(folder) => Snapshots::in_folder(folder.path().join("deep/down")).unwrap(),
            Place::Bucket(bucket) => bucket.snapshots(),
        }
    }

    /// Names of the bureau's objects that begin so, sorted.
    pub fn names(&self, start: &str) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Place::Folder(folder) => match fs::read_dir(folder.path().join("deep/down/320614")) {
                Ok(files) => files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect(),
                Err(_) => Vec::new(),
            },
            Place::Bucket(bucket) => bucket.names(),
        };
        names.retain(|name| name.starts_with(start));
        names.sort();
        names
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        match self {
            Place::Folder(folder) => fs::read(folder.path().join("deep/down/320614").join(name)).unwrap(),
            Place::Bucket(bucket) => bucket.read(name),
        }
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        match self {
            Place::Folder(folder) => {
                fs::write(folder.path().join("deep/down/320614").join(name), bytes).unwrap();
            }
            Place::Bucket(bucket) => bucket.write(name, bytes),
        }
    }

    pub fn remove(&self, name: &str) {
        match self {
            Place::Folder(folder) => {
                fs::remove_file(folder.path().join("deep/down/320614").join(name)).unwrap();
            }
            Place::Bucket(bucket) => bucket.remove(name),
        }
    }
}
