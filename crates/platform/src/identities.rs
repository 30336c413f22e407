//! The vault of this process: opened when it is first needed, and again after it could not be.

mod key_service;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Context, Result};
use rand::TryRng;
use sanzao_model::PersonId;
use sanzao_vault::{
    FileMasterKeys, IndexKey, Masked, Masks, MasterError, MasterKeys, NoRandomness, Settings, Suite, Vault,
    VaultError,
};

use crate::config::{Config, KeyService, VaultSuite};
use crate::data_dir::DataDir;
use key_service::TransitKeys;

/// Where master keys come from.
#[derive(Debug, Clone)]
enum Masters {
    /// A file in the data directory.
    Own,
    File(PathBuf),
    Service(KeyService),
}

/// The vault. Whatever keeps it from opening is told to who asks for it, and keeps nobody else.
pub struct Identities {
    data: DataDir,
    /// A vault has kept identities of this log: keys that are missing now are lost, not new.
    was_kept: bool,
    suite: Suite,
    masters: Masters,
    /// Another process keeps them: no file is made or opened here.
    is_elsewhere: AtomicBool,
    vault: Mutex<Option<Vault>>,
    /// What lists show, of the vault that is open.
    masks: RwLock<Option<Arc<Masks>>>,
}

impl Identities {
    /// The vault of a data directory; nothing is opened or made yet. `was_kept` says that a vault has kept identities
    /// of this log before.
    ///
    /// # Errors
    /// When the configuration names master keys twice.
    pub fn new(config: &Config, data: &DataDir, was_kept: bool) -> Result<Identities> {
        let masters = match (&config.vault.key_service, &config.vault.master_key_file) {
            (Some(_), Some(_)) => {
                anyhow::bail!("[vault] names both master_key_file and key_service: choose one")
            }
            (Some(service), None) => Masters::Service(service.clone()),
            (None, Some(file)) => Masters::File(file.clone()),
            (None, None) => Masters::Own,
        };
        let suite = match config.vault.suite {
            VaultSuite::Aes256Gcm => Suite::Aes256Gcm,
            VaultSuite::Sm4Gcm => Suite::Sm4Gcm,
        };
        Ok(Identities {
            data: data.clone(),
            was_kept,
            suite,
            masters,
            is_elsewhere: AtomicBool::new(false),
            vault: Mutex::new(None),
            masks: RwLock::new(None),
        })
    }

    /// From now on whoever asks is told to ask another process: a second file would know and forget other people.
    pub fn leave_to_others(&self) {
        self.is_elsewhere.store(true, Ordering::SeqCst);
        self.close();
    }

    /// This process keeps them again.
    pub(crate) fn come_back(&self) {
        self.is_elsewhere.store(false, Ordering::SeqCst);
    }

    /// Works with the vault, which is opened if it is not. After an error that says that the file or a key is not
    /// what it should be, it is closed, so that the next call sees what was mended.
    ///
    /// # Errors
    /// As opening and the work say.
    pub fn with<T>(&self, work: impl FnOnce(&mut Vault) -> Result<T, VaultError>) -> Result<T, VaultError> {
        let mut held = self.vault.lock().unwrap_or_else(PoisonError::into_inner);
        let result = match held.as_mut() {
            Some(vault) => work(vault),
            None => {
                let vault = held.insert(self.open()?);
                self.hold_masks(Some(vault.masks()));
                work(vault)
            }
        };
        let is_broken = |error: &VaultError| {
            matches!(
                error,
                VaultError::Master(_)
                    | VaultError::Damaged { .. }
                    | VaultError::KeysMissing { .. }
                    | VaultError::CannotOpen { .. }
            )
        };
        if result.as_ref().err().is_some_and(is_broken) {
            *held = None;
            self.hold_masks(None);
        }
        result
    }

    fn hold_masks(&self, masks: Option<Arc<Masks>>) {
        *self.masks.write().unwrap_or_else(PoisonError::into_inner) = masks;
    }

    /// People as lists show them, from memory where they were asked for before.
    ///
    /// # Errors
    /// As opening the vault and reading it say.
    pub fn masked(&self, people: &[PersonId]) -> Result<HashMap<PersonId, Masked>, VaultError> {
        let held = self.masks.read().unwrap_or_else(PoisonError::into_inner).clone();
        let cached = held.map(|masks| masks.cached(people));
        match cached {
            Some(Ok(found)) => {
                let known = people.iter().zip(found).filter_map(|(person, mask)| Some((*person, mask?)));
                Ok(known.collect())
            }
            Some(Err(_)) | None => self.with(|vault| vault.masked(people)),
        }
    }

    /// Its keys are read here, not at the start: without them facts flow.
    fn open(&self) -> Result<Vault, VaultError> {
        let path = self.data.vault();
        if self.is_elsewhere.load(Ordering::SeqCst) {
            let detail = "another process keeps identities: ask the one that runs stage vault".to_owned();
            return Err(VaultError::CannotOpen { path, detail });
        }
        let is_new = !self.was_kept && !path.exists();
        let cannot = |error: anyhow::Error| VaultError::CannotOpen {
            path: path.clone(),
            detail: format!("{error:#}"),
        };
        let index_key = self.data.vault_index_key(is_new).map_err(cannot)?;
        let index_key: IndexKey = index_key.parse().context("vault-index.key").map_err(cannot)?;
        let masters: Arc<dyn MasterKeys> = match &self.masters {
            Masters::Own => {
                let path = self.data.vault_master_keys(is_new).map_err(cannot)?;
                Arc::new(FileMasterKeys::read(&path, self.suite)?)
            }
            Masters::File(path) => Arc::new(FileMasterKeys::read(path, self.suite)?),
            Masters::Service(service) => Arc::new(TransitKeys::new(service)?),
        };
        let settings = Settings { suite: self.suite, ..Settings::default() };
        Vault::open(&path, masters, &index_key, &settings)
    }

    /// The file of master keys, where they are in one.
    pub fn master_key_file(&self) -> Option<PathBuf> {
        match &self.masters {
            Masters::Own => Some(self.data.vault_master_key_file()),
            Masters::File(path) => Some(path.clone()),
            Masters::Service(_) => None,
        }
    }

    /// Closes the file, so that it is opened anew with what its keys are then.
    pub fn close(&self) {
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.hold_masks(None);
    }
}

/// Randomness of the system, for keys.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    rand::rngs::SysRng.try_fill_bytes(bytes).map_err(|_| NoRandomness)
}

/// What a wrong answer of a key service or a token file is.
fn refused(detail: impl Into<String>) -> MasterError {
    MasterError::Refused { detail: detail.into() }
}
