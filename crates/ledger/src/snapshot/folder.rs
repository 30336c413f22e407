//! A local folder, one process's own, through object_store without async.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use sanzao_model::Bureau;
use tokio::runtime::{Builder, Runtime};

use crate::snapshot::error::SnapshotError;
use crate::snapshot::storage::Object;

/// Objects of bureaus, each bureau's below a folder of its own.
pub(crate) struct Folder {
    objects: Arc<dyn ObjectStore>,
    runtime: Runtime,
    folder: PathBuf,
}

fn failed(name: &str, error: impl std::fmt::Display) -> SnapshotError {
    SnapshotError::Store { name: name.to_owned(), reason: error.to_string() }
}

fn location(bureau: Bureau, name: &str) -> Path {
    Path::from(format!("{bureau}/{name}"))
}

impl Folder {
    /// It is made if it is missing.
    pub fn new(folder: PathBuf) -> Result<Folder, SnapshotError> {
        let shown = folder.display().to_string();
        std::fs::create_dir_all(&folder).map_err(|error| failed(&shown, error))?;
        let objects = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(&shown, error))?;
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| failed(&shown, error))?;
        Ok(Folder { objects: Arc::new(objects), runtime, folder })
    }

    /// What messages call it.
    pub fn place(&self) -> String {
        format!("folder {}", self.folder.display())
    }

    /// Puts an object in place at once, and returns when it would outlive a loss of power. The store
    /// renames a finished file into place, but syncs nothing: that is done here.
    pub fn put(&self, bureau: Bureau, name: &str, bytes: Vec<u8>) -> Result<(), SnapshotError> {
        let location = location(bureau, name);
        let put = self.objects.put(&location, bytes.into());
        self.runtime.block_on(put).map_err(|error| failed(name, error))?;
        self.sync(bureau, name).map_err(|error| failed(name, error))
    }

    /// Like `put`, unless there is an object of the name: false then. Nobody else writes here.
    pub fn put_new(&self, bureau: Bureau, name: &str, bytes: Vec<u8>) -> Result<bool, SnapshotError> {
        if self.get(bureau, name)?.is_some() {
            return Ok(false);
        }
        self.put(bureau, name, bytes).map(|()| true)
    }

    fn sync(&self, bureau: Bureau, name: &str) -> io::Result<()> {
        let bureau = self.folder.join(bureau.to_string());
        File::open(bureau.join(name))?.sync_all()?;
        File::open(&bureau)?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    /// An object's bytes; none where there is no such object.
    pub fn get(&self, bureau: Bureau, name: &str) -> Result<Option<Bytes>, SnapshotError> {
        let location = location(bureau, name);
        let read = async { self.objects.get(&location).await?.bytes().await };
        match self.runtime.block_on(read) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(name, error)),
        }
    }

    /// Removes what a killed process left of objects that it was putting: the store stages them as
    /// `<name>#<number>` and never lists them. For the one who writes, between two writes.
    pub fn remove_unfinished(&self, bureau: Bureau) -> Result<(), SnapshotError> {
        let shown = bureau.to_string();
        let remove = || -> io::Result<()> {
            for file in std::fs::read_dir(self.folder.join(&shown))? {
                let file = file?;
                let name = file.file_name().to_string_lossy().into_owned();
                let is_staged = name.rsplit_once('#').is_some_and(|(_, number)| {
                    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
                });
                if is_staged {
                    std::fs::remove_file(file.path())?;
                }
            }
            Ok(())
        };
        match remove() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&shown, error)),
            _ => Ok(()),
        }
    }

    /// A bureau's objects. Nobody else writes here: when they were put does not matter.
    pub fn list(&self, bureau: Bureau) -> Result<Vec<Object>, SnapshotError> {
        let folder = Path::from(bureau.to_string());
        let listed = self.runtime.block_on(self.objects.list_with_delimiter(Some(&folder)));
        let objects = listed.map_err(|error| failed(folder.as_ref(), error))?.objects;
        let named = objects.into_iter().filter_map(|meta| {
            let name = meta.location.filename()?.to_owned();
            Some(Object { name, bytes: meta.size, modified: None })
        });
        Ok(named.collect())
    }

    pub fn delete(&self, bureau: Bureau, name: &str) -> Result<(), SnapshotError> {
        match self.runtime.block_on(self.objects.delete(&location(bureau, name))) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(name, error)),
        }
    }
}
