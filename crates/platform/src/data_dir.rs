//! A data directory: `journal.db`, `vault.db`, `exchange.db`, the keys, and `state/`, which may be deleted at any time.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rand::TryRng;

use crate::config::Config;

/// A folder with journal, keys and state.
#[derive(Debug, Clone)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// Makes the folder if it is missing, for its owner alone: raw feeds hold names and numbers.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(root: &Path) -> Result<DataDir> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root)
            .with_context(|| format!("cannot make the data directory {}", root.display()))?;
        Ok(DataDir { root: root.to_owned() })
    }

    /// The folder of a configuration, which must be there.
    ///
    /// # Errors
    /// When it holds no journal, or, where Kafka is the journal, no key.
    pub fn existing(config: &Config) -> Result<DataDir> {
        let root = &config.data;
        let (file, what) =
            if config.kafka.is_some() { ("pseudonym.key", "keys") } else { ("journal.db", "journal") };
        if !root.join(file).exists() {
            bail!(
                "{} holds no {what}: name a data directory with --data that `sanzao ingest`, `run` or `demo` has made",
                root.display()
            );
        }
        Ok(DataDir { root: root.clone() })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// State that is only a cache of the log.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn state(&self) -> Result<PathBuf> {
        let path = self.root.join("state");
        let make = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        make.with_context(|| format!("cannot make {}", path.display()))?;
        Ok(path)
    }

    /// The key of pseudonyms, 64 hexadecimal digits in `pseudonym.key`; made when missing.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn pseudonym_key(&self) -> Result<String> {
        self.key("pseudonym.key")
    }

    /// Makes sure that no key is missing: new ones beside a log that is there already would give the same people
    /// other pseudonyms.
    ///
    /// # Errors
    /// Names the key that is missing.
    pub fn require_keys(&self) -> Result<()> {
        for name in ["pseudonym.key", "seal.key"] {
            let path = self.root.join(name);
            if !path.exists() {
                bail!(
                    "{} is missing, and the log was written with it: restore it from its backup",
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// The key that seals refused originals, in `seal.key`; made when missing.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn seal_key(&self) -> Result<String> {
        self.key("seal.key")
    }

    /// The key of the vault's blind indexes, in `vault-index.key`; of a new vault made when missing.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is missing beside a vault.
    pub fn vault_index_key(&self, is_new: bool) -> Result<String> {
        self.require_of_vault(&self.root.join("vault-index.key"), is_new)?;
        self.key("vault-index.key")
    }

    /// The outbox: what was delivered, no log can tell.
    pub fn outbox(&self) -> PathBuf {
        self.root.join("exchange.db")
    }

    /// The vault's file.
    pub fn vault(&self) -> PathBuf {
        self.root.join("vault.db")
    }

    /// The file of the vault's master keys, unless the configuration names another.
    pub fn vault_master_key_file(&self) -> PathBuf {
        self.root.join("vault-master.key")
    }

    /// The same file; of a new vault with a first key when it is missing.
    ///
    /// # Errors
    /// When it cannot be made, or is missing beside a vault.
    pub fn vault_master_keys(&self, is_new: bool) -> Result<PathBuf> {
        let path = self.vault_master_key_file();
        self.require_of_vault(&path, is_new)?;
        if !path.exists() {
            self.make_file(&path, &format!("1 {}\n", random_key()?))?;
        }
        Ok(path)
    }

    /// With a new key nothing that the vault, its copies and its backups hold could be read or found.
    fn require_of_vault(&self, path: &Path, is_new: bool) -> Result<()> {
        if !is_new && !path.exists() {
            bail!("{} is missing, and the vault was written with it: put it back", path.display());
        }
        Ok(())
    }

    /// The key of the audit record, in `audit.key`; of a new record made when missing.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is missing beside a record.
    pub fn audit_key(&self, is_new: bool) -> Result<String> {
        let path = self.root.join("audit.key");
        if !is_new && !path.exists() {
            bail!("{} is missing, and the audit record was written with it: put it back", path.display());
        }
        self.key("audit.key")
    }

    /// The keys under which people stand on the audit record.
    pub fn audit_keys(&self) -> PathBuf {
        self.root.join("audit-keys.db")
    }

    /// Lists that people have saved; no log has them.
    pub fn views(&self) -> PathBuf {
        self.root.join("views.db")
    }

    /// The accounts, unless the configuration names another file.
    pub fn accounts(&self) -> PathBuf {
        self.root.join("accounts.toml")
    }

    fn key(&self, name: &str) -> Result<String> {
        let path = self.root.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let text = text.trim().to_owned();
                let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
                if !hex {
                    bail!("{} must hold 64 hexadecimal digits; restore it from its backup", path.display());
                }
                Ok(text.to_ascii_lowercase())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => self.make_key(&path),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes a new key aside and links it into place, so that a crash leaves none or a whole one, and
    /// of two processes one wins.
    fn make_key(&self, path: &Path) -> Result<String> {
        self.make_file(path, &format!("{}\n", random_key()?))?;
        let kept =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(kept.trim().to_owned())
    }

    fn make_file(&self, path: &Path, text: &str) -> Result<()> {
        let aside = path.with_extension(format!("new-{}", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            match std::fs::hard_link(&aside, path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            std::fs::remove_file(&aside)?;
            File::open(&self.root)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// 32 bytes from the system, as 64 hexadecimal digits.
pub(crate) fn random_key() -> Result<String> {
    let mut key = [0_u8; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut key).context("the system gives no random numbers")?;
    Ok(key.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("data");
        let state = DataDir::create(&root).unwrap().state().unwrap();
        for made in [root, state] {
            assert_eq!(std::fs::metadata(&made).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::create(dir.path()).unwrap();
        let key = data.pseudonym_key().unwrap();
        assert_eq!(key.len(), 64);
        assert_eq!(data.pseudonym_key().unwrap(), key);
        assert_ne!(data.seal_key().unwrap(), key);
        assert!(data.vault_index_key(false).is_err() && data.vault_master_keys(false).is_err());
        assert!(!dir.path().join("vault-index.key").exists());
        assert_eq!(data.vault_index_key(true).unwrap(), data.vault_index_key(false).unwrap());
        std::fs::write(dir.path().join("pseudonym.key"), "short").unwrap();
        assert!(data.pseudonym_key().unwrap_err().to_string().contains("64 hexadecimal digits"));
    }
}
