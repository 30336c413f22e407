//! The accounts file: read strictly, written whole or not at all, read again when it changed.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::secret::SecretHash;
use crate::{Accounts, AccountsError};

/// More than that is no accounts file: some ten thousand accounts.
const MAX_BYTES: u64 = 16 << 20;

/// Only its owner reads and writes it.
const MODE: u32 = 0o600;

/// The accounts of a file, as they were when it last was right.
pub struct AccountsFile {
    path: PathBuf,
    current: RwLock<Arc<Accounts>>,
    /// The text that was looked at last, right or wrong; held while the file is read or written.
    seen: Mutex<Seen>,
    by_others: Mutex<Vec<(Arc<Accounts>, Arc<Accounts>)>>,
}

#[derive(Clone, PartialEq, Eq)]
enum Seen {
    Right(SecretHash),
    Wrong(AccountsError),
}

/// What became of looking at the file again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reloaded {
    /// It is as it was.
    Unchanged,
    /// It changed, and the new accounts hold from now on.
    Changed,
    /// It cannot be used; the accounts from before go on holding. Told once for each fault.
    Kept(AccountsError),
    /// It still cannot be used, for the same reason as told before.
    StillKept,
}

impl AccountsFile {
    /// Makes a file of no accounts.
    ///
    /// # Errors
    /// There is one already, or it cannot be written.
    pub fn create(path: &Path) -> Result<AccountsFile, AccountsError> {
        let _lock = lock(path)?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(AccountsError::Exists { path: path.to_owned() });
        }
        write(path, &Accounts::default().to_toml())?;
        AccountsFile::open(path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, others may read it, or it says something else than accounts.
    pub fn open(path: &Path) -> Result<AccountsFile, AccountsError> {
        let text = read(path)?;
        let accounts = parse(path, &text)?;
        Ok(AccountsFile {
            path: path.to_owned(),
            current: RwLock::new(Arc::new(accounts)),
            seen: Mutex::new(Seen::Right(SecretHash::of(&text))),
            by_others: Mutex::default(),
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The accounts that hold.
    pub fn current(&self) -> Arc<Accounts> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again, if it changed. Its text is compared, because a time of change may stay the same.
    pub fn reload(&self) -> Reloaded {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let read = read(&self.path).and_then(|text| {
            let now = Seen::Right(SecretHash::of(&text));
            if *seen == now {
                return Ok(None);
            }
            parse(&self.path, &text).map(|accounts| Some((accounts, now)))
        });
        match read {
            Ok(None) => Reloaded::Unchanged,
            Ok(Some((accounts, now))) => {
                *seen = now;
                self.note(accounts.clone());
                self.hold(accounts);
                Reloaded::Changed
            }
            Err(error) if *seen == Seen::Wrong(error.clone()) => Reloaded::StillKept,
            Err(error) => {
                *seen = Seen::Wrong(error.clone());
                Reloaded::Kept(error)
            }
        }
    }

    /// Changes the accounts as the file has them now, and writes them. Another process that changes them waits.
    ///
    /// # Errors
    /// As `change` says, or the file cannot be read or written; it is as it was.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Accounts) -> Result<T, AccountsError>,
    ) -> Result<T, AccountsError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let _lock = lock(&self.path)?;
        let found = read(&self.path)?;
        let mut accounts = parse(&self.path, &found)?;
        let by_others = *seen != Seen::Right(SecretHash::of(&found));
        let found = accounts.clone();
        let done = change(&mut accounts)?;
        let text = accounts.to_toml();
        if parse(&self.path, &text)? != accounts {
            return Err(AccountsError::Bug { detail: "the accounts would be read as others".to_owned() });
        }
        write(&self.path, &text)?;
        *seen = Seen::Right(SecretHash::of(&text));
        if by_others {
            self.note(found);
        }
        self.hold(accounts);
        Ok(done)
    }

    /// What others than this process made of the accounts, oldest first, each once: as they were, and as they were found.
    pub fn take_changes_by_others(&self) -> Vec<(Arc<Accounts>, Arc<Accounts>)> {
        std::mem::take(&mut self.by_others.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, found: Accounts) {
        let change = (self.current(), Arc::new(found));
        self.by_others.lock().unwrap_or_else(PoisonError::into_inner).push(change);
    }

    fn hold(&self, accounts: Accounts) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(accounts);
    }
}

fn parse(path: &Path, text: &str) -> Result<Accounts, AccountsError> {
    Accounts::parse(text).map_err(|fault| AccountsError::Form { path: path.to_owned(), fault })
}

fn read(path: &Path) -> Result<String, AccountsError> {
    let cannot = |detail: String| AccountsError::CannotRead { path: path.to_owned(), detail };
    let file = File::open(path).map_err(|error| cannot(error.to_string()))?;
    let about = file.metadata().map_err(|error| cannot(error.to_string()))?;
    if !about.is_file() {
        return Err(cannot("it is no file".to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = about.mode() & 0o7777;
        if mode != MODE {
            return Err(AccountsError::Mode { path: path.to_owned(), mode });
        }
    }
    if about.len() > MAX_BYTES {
        return Err(cannot(format!("it has more than {MAX_BYTES} bytes")));
    }
    let mut text = String::new();
    let read = file.take(MAX_BYTES).read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        ErrorKind::InvalidData => cannot("it is not in UTF-8".to_owned()),
        _ => cannot(error.to_string()),
    })?;
    Ok(text)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Held until it is dropped, or its process ends. The file stays: who removed it could meet somebody waiting for it.
fn lock(path: &Path) -> Result<File, AccountsError> {
    let lock = options().truncate(false).open(beside(path, ".lock"));
    let locked = lock.and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| cannot_write(path, &error))
}

/// Writes aside and puts it in the file's place, so that nobody ever reads half of it.
fn write(path: &Path, text: &str) -> Result<(), AccountsError> {
    let aside = beside(path, ".new");
    let written = write_aside(&aside, text).and_then(|()| fs::rename(&aside, path)).and_then(|()| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    });
    written.map_err(|error| {
        // What is left behind is written over the next time.
        let _ = fs::remove_file(&aside);
        cannot_write(path, &error)
    })
}

fn write_aside(aside: &Path, text: &str) -> std::io::Result<()> {
    // One that a killed process left may have another mode.
    match fs::remove_file(aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = options().create_new(true).open(aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(MODE);
    }
    options
}

fn cannot_write(path: &Path, error: &std::io::Error) -> AccountsError {
    AccountsError::CannotWrite { path: path.to_owned(), detail: error.to_string() }
}
