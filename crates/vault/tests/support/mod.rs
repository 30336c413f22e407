//! A folder with a vault's file and its keys, and people to keep in it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod files;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_model::{Feed, IdNumber, Identity, Instant, PersonId};
use sanzao_vault::{
    Access, FileMasterKeys, Fill, IndexKey, MasterError, MasterId, MasterKeys, NoRandomness, SecretBytes,
    Settings, Stated, Suite, Vault, VaultError,
};

pub const OLD: &str = "old aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
pub const NEW: &str = "new bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n";

pub fn fill(seed: u64) -> impl FnMut(&mut [u8]) -> Result<(), NoRandomness> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    move |bytes: &mut [u8]| {
        rng.fill_bytes(bytes);
        Ok(())
    }
}

pub struct Folder {
    folder: tempfile::TempDir,
    pub masters: String,
    pub index: [u8; 32],
    pub settings: Settings,
}

impl Folder {
    pub fn new() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        Folder { folder, masters: OLD.to_owned(), index: [5; 32], settings: Settings::default() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self) -> PathBuf {
        self.path("vault.db")
    }

    pub fn master_keys(&self) -> FileMasterKeys {
        let path = self.path("master.key");
        fs::write(&path, &self.masters).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        FileMasterKeys::read(&path, self.settings.suite).unwrap()
    }

    pub fn try_open(&self) -> Result<Vault, VaultError> {
        self.open_with(Arc::new(self.master_keys()))
    }

    pub fn open_with(&self, masters: Arc<dyn MasterKeys>) -> Result<Vault, VaultError> {
        Vault::open(&self.file(), masters, &IndexKey::new(self.index), &self.settings)
    }

    pub fn open(&self) -> Vault {
        self.try_open().unwrap()
    }

    /// A connection of its own, as somebody with the file has it.
    pub fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.file()).unwrap()
    }

    /// All bytes of the file and what SQLite keeps beside it.
    pub fn bytes(&self) -> Vec<u8> {
        let files = ["vault.db", "vault.db-wal", "vault.db-journal"].map(|name| self.path(name));
        files.iter().flat_map(|path| fs::read(path).unwrap_or_default()).collect()
    }
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    assert!(part.len() >= 12, "too short to be found by nothing but chance");
    memchr::memmem::find(bytes, part).is_some()
}

/// Empties a folder's vault as a lost disk does.
pub fn lose(folder: &Folder) {
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = fs::remove_file(folder.path(name));
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

pub fn person(n: u64) -> PersonId {
    let spread = |n: u64| n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&spread(n).to_be_bytes());
    id[8..].copy_from_slice(&spread(spread(n)).to_be_bytes());
    PersonId(id)
}

/// A valid document number of its own for each of some ten thousand people.
pub fn number(n: u64) -> String {
    let short = format!("{:06}491231{:03}", 110_000 + n / 1000, n % 1000);
    IdNumber::parse(&short).unwrap().as_str().to_owned()
}

pub fn name(n: u64) -> String {
    format!("张秀兰第{n}")
}

pub fn phone(n: u64) -> String {
    format!("138{n:08}")
}

pub fn identity(n: u64, feed: Feed, time: i64) -> Identity {
    Identity {
        person: person(n),
        number: number(n),
        name: Some(name(n)),
        phone: None,
        address: None,
        feed,
        time: Instant(time),
    }
}

pub fn with_contact(n: u64, time: i64) -> Identity {
    let address = format!("海门街道人民路 {n} 号三单元");
    Identity { phone: Some(phone(n)), address: Some(address), ..identity(n, Feed::Registry, time) }
}

pub fn access(at: i64) -> Access {
    Access { actor: "clerk-7".to_owned(), purpose: "home visit".to_owned(), at: Instant(at) }
}

/// Keeps identities as one record.
pub fn keep(vault: &mut Vault, offset: u64, identities: &[Identity]) -> sanzao_vault::Kept {
    let mut fill = fill(offset);
    let fill: &mut Fill<'_> = &mut fill;
    vault.keep(&[Stated { partition: 0, offset, identities }], fill).unwrap()
}

/// A vault with people 0 to `count`, each with a contact, in records of 100.
pub fn filled(folder: &Folder, count: u64) -> Vault {
    let mut vault = folder.open();
    let all: Vec<Identity> = (0..count).map(|n| with_contact(n, 10 + n as i64)).collect();
    for (offset, identities) in all.chunks(100).enumerate() {
        keep(&mut vault, offset as u64, identities);
    }
    vault
}

/// A key service: another process that may be away.
pub struct Service {
    inner: FileMasterKeys,
    pub away: AtomicBool,
    pub calls: AtomicUsize,
}

impl Service {
    pub fn new(inner: FileMasterKeys) -> Service {
        Service { inner, away: AtomicBool::new(false), calls: AtomicUsize::new(0) }
    }

    fn answer<T>(
        &self,
        ask: impl FnOnce(&FileMasterKeys) -> Result<T, MasterError>,
    ) -> Result<T, MasterError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(MasterError::Away { detail: "connection refused".to_owned() });
        }
        ask(&self.inner)
    }
}

impl MasterKeys for Service {
    fn current(&self) -> Result<MasterId, MasterError> {
        self.answer(FileMasterKeys::current)
    }

    fn wrap(&self, id: &MasterId, keys: &[SecretBytes]) -> Result<Vec<Vec<u8>>, MasterError> {
        assert!(!keys.is_empty());
        self.answer(|inner| inner.wrap(id, keys))
    }

    fn unwrap(&self, id: &MasterId, wrapped: &[&[u8]]) -> Result<Vec<SecretBytes>, MasterError> {
        assert!(!wrapped.is_empty());
        self.answer(|inner| inner.unwrap(id, wrapped))
    }
}

pub fn suites() -> [Suite; 2] {
    [Suite::Aes256Gcm, Suite::Sm4Gcm]
}
