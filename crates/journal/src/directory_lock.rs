//! One process per data directory.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::JournalError;

/// A data directory locked for its process until this is dropped; [`crate::EmbeddedJournal::open`] takes it by itself,
/// an installation on Kafka for the keys and the state that lie there.
///
/// Holds `journal.lock` locked; the system releases it when the process ends, however it ends. The process id in
/// the file is for people only.
#[derive(Debug)]
pub struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks a directory, creating it if it is missing.
    ///
    /// # Errors
    /// [`JournalError::Locked`] if another process, or this one, holds it; [`JournalError::CannotOpen`].
    pub fn acquire(directory: &Path) -> Result<Self, JournalError> {
        let cannot_open = |e: std::io::Error| JournalError::CannotOpen {
            path: directory.to_owned(),
            detail: format!("{e}; the data directory must exist or be possible to create, and be writable"),
        };
        fs::create_dir_all(directory).map_err(cannot_open)?;
        let path = directory.join("journal.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(cannot_open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked {
                    directory: directory.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(e)) => return Err(cannot_open(e)),
        }
        // A full disk must not keep the journal shut: the lock holds without the process id, too.
        let written = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        if let Err(error) = written {
            tracing::warn!(%error, "the process id could not be written to journal.lock");
        }
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut pid));
    match (read, pid.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => format!("process {pid}"),
        _ => "another process".to_owned(),
    }
}
