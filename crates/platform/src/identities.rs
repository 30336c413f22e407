//! The vault of this process: opened when it is first needed, and again after it could not be.

mod key_service;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use rand::TryRng;
use sanzao_vault::{
    FileMasterKeys, IndexKey, MasterError, MasterKeys, NoRandomness, Settings, Suite, Vault, VaultError,
};

use crate::config::{Config, KeyService, VaultSuite};
use crate::data_dir::DataDir;
use key_service::TransitKeys;

/// Where master keys come from.
#[derive(Debug, Clone)]
enum Masters {
    File(PathBuf),
    Service(KeyService),
}

/// The vault. Whatever keeps it from opening is told to who asks for it, and keeps nobody else.
pub struct Identities {
    file: PathBuf,
    index_key: IndexKey,
    suite: Suite,
    masters: Masters,
    vault: Mutex<Option<Vault>>,
}

impl Identities {
    /// The vault of a data directory; nothing is opened yet.
    ///
    /// # Errors
    /// When its keys cannot be read or made.
    pub fn new(config: &Config, data: &DataDir) -> Result<Identities> {
        let masters = match (&config.vault.key_service, &config.vault.master_key_file) {
            (Some(_), Some(_)) => {
                anyhow::bail!("[vault] names both master_key_file and key_service: choose one")
            }
            (Some(service), None) => Masters::Service(service.clone()),
            (None, Some(file)) => Masters::File(file.clone()),
            (None, None) => Masters::File(data.vault_master_keys()?),
        };
        let suite = match config.vault.suite {
            VaultSuite::Aes256Gcm => Suite::Aes256Gcm,
            VaultSuite::Sm4Gcm => Suite::Sm4Gcm,
        };
        let index_key = data.vault_index_key()?.parse().context("vault-index.key")?;
        Ok(Identities { file: data.vault(), index_key, suite, masters, vault: Mutex::new(None) })
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
            None => work(held.insert(self.open()?)),
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
        }
        result
    }

    fn open(&self) -> Result<Vault, VaultError> {
        let masters: Arc<dyn MasterKeys> = match &self.masters {
            Masters::File(path) => Arc::new(FileMasterKeys::read(path, self.suite)?),
            Masters::Service(service) => Arc::new(TransitKeys::new(service)?),
        };
        let settings = Settings { suite: self.suite, ..Settings::default() };
        Vault::open(&self.file, masters, &self.index_key, &settings)
    }

    /// Where its file is.
    pub fn file(&self) -> &std::path::Path {
        &self.file
    }

    /// The file of master keys, where they are in one.
    pub fn master_key_file(&self) -> Option<&std::path::Path> {
        match &self.masters {
            Masters::File(path) => Some(path),
            Masters::Service(_) => None,
        }
    }

    /// Closes the file, so that it is opened anew with what its keys are then.
    pub fn close(&self) {
        *self.vault.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
