//! Master keys in a file.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::index::derived;
use crate::key::from_hex;
use crate::{MasterError, MasterId, MasterKeys, SecretBytes, Suite, index};

type NamedKey = (MasterId, Zeroizing<[u8; 32]>);

/// The master keys of a file, read once.
///
/// A line is `id hex64`, the last is the current key; empty lines and those that begin with `#` are skipped. A new
/// key is a new last line with a new id. Only its owner may read or write the file.
pub struct FileMasterKeys {
    suite: Suite,
    keys: Vec<NamedKey>,
}

impl FileMasterKeys {
    /// Reads the file; what is new will be wrapped with `suite`. Keys that the other suite wrapped unwrap as well.
    ///
    /// # Errors
    /// [`MasterError::Refused`] says what to mend, and never shows a line.
    pub fn read(path: &Path, suite: Suite) -> Result<FileMasterKeys, MasterError> {
        let refused = |what: String| MasterError::Refused { detail: format!("{}: {what}", path.display()) };
        let mut file = File::open(path).map_err(|error| refused(error.to_string()))?;
        let mode = file.metadata().map_err(|error| refused(error.to_string()))?.mode();
        if mode & 0o077 != 0 {
            let mode = mode & 0o777;
            return Err(refused(format!("others may read it (mode {mode:04o}): chmod 600 it")));
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(|error| refused(error.to_string()))?;
        let keys = parse(&text).map_err(refused)?;
        Ok(FileMasterKeys { suite, keys })
    }

    fn key(&self, id: &MasterId) -> Result<&[u8; 32], MasterError> {
        let found = self.keys.iter().find(|(known, _)| known == id);
        found.map(|(_, key)| &**key).ok_or_else(|| MasterError::Unknown { id: id.clone() })
    }
}

fn parse(text: &str) -> Result<Vec<NamedKey>, String> {
    let mut keys: Vec<NamedKey> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let expected =
            || format!("line {number}: expected an id, a space and a key of 64 hexadecimal digits");
        let (id, key) = line.split_once([' ', '\t']).ok_or_else(expected)?;
        let id: MasterId = id.parse().map_err(|_| expected())?;
        let key = from_hex(key.trim()).map_err(|_| expected())?;
        if keys.iter().any(|(known, _)| *known == id) {
            return Err(format!("line {number}: a second key with the id {id}"));
        }
        keys.push((id, key));
    }
    if keys.is_empty() { Err("it holds no key".to_owned()) } else { Ok(keys) }
}

/// A key for one suite, of a master key.
fn wrapping_key(master: &[u8; 32], suite: Suite) -> Zeroizing<Vec<u8>> {
    let whole = derived(master, &format!("sanzao/vault/wrap/{suite}"));
    Zeroizing::new(whole[..suite.key_bytes()].to_vec())
}

fn context(id: &MasterId) -> Vec<u8> {
    format!("sanzao/vault/wrap/{id}").into_bytes()
}

impl MasterKeys for FileMasterKeys {
    fn current(&self) -> Result<MasterId, MasterError> {
        Ok(self.keys.last().expect("a file without keys is refused").0.clone())
    }

    /// The nonce is a keyed hash of the key that is wrapped: keys are random, so no two share one.
    fn wrap(&self, id: &MasterId, keys: &[SecretBytes]) -> Result<Vec<Vec<u8>>, MasterError> {
        let master = self.key(id)?;
        let wrapping = wrapping_key(master, self.suite);
        let nonces = index::keyed_state(&*derived(master, "sanzao/vault/wrap-nonce"));
        let wrap = |key: &SecretBytes| {
            let nonce = index::tag(&nonces, &[&**key]);
            let mut wrapped = vec![self.suite.code()];
            wrapped.extend(self.suite.seal(&wrapping, nonce, &context(id), key));
            wrapped
        };
        Ok(keys.iter().map(wrap).collect())
    }

    fn unwrap(&self, id: &MasterId, wrapped: &[&[u8]]) -> Result<Vec<SecretBytes>, MasterError> {
        let master = self.key(id)?;
        let does_not_open = || MasterError::DoesNotOpen { id: id.clone() };
        let [aes, sm4] = [Suite::Aes256Gcm, Suite::Sm4Gcm].map(|suite| wrapping_key(master, suite));
        let unwrap = |wrapped: &&[u8]| {
            let (code, sealed) = wrapped.split_first().ok_or_else(does_not_open)?;
            let suite = Suite::of_code(*code).ok_or_else(does_not_open)?;
            let key = if suite == Suite::Aes256Gcm { &aes } else { &sm4 };
            suite.open(key, &context(id), sealed).ok_or_else(does_not_open)
        };
        wrapped.iter().map(unwrap).collect()
    }
}

impl fmt::Debug for FileMasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileMasterKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn read(text: &str, mode: u32, suite: Suite) -> Result<FileMasterKeys, MasterError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        FileMasterKeys::read(&path, suite)
    }

    fn line(id: &str, digit: &str) -> String {
        format!("{id} {}\n", digit.repeat(64))
    }

    #[test]
    fn says_what_is_wrong_with_the_file_and_shows_no_key() {
        let two = line("2026", "a") + &line("2026", "b");
        for (text, mode, expected) in [
            (line("2026", "a"), 0o640, "chmod 600"),
            (String::new(), 0o600, "no key"),
            ("# nothing\n\n".to_owned(), 0o600, "no key"),
            ("2026\n".to_owned(), 0o600, "line 1"),
            (format!("\n2026 {}\n", "a".repeat(63)), 0o600, "line 2"),
            (line("a,b", "a"), 0o600, "line 1"),
            (two, 0o600, "a second key with the id 2026"),
        ] {
            let error = read(&text, mode, Suite::Aes256Gcm).unwrap_err();
            assert_eq!(error.class(), crate::ErrorClass::Reject);
            let shown = error.to_string();
            assert!(shown.contains(expected) && !shown.contains("aaaa"), "{shown}");
        }
        let missing = FileMasterKeys::read(Path::new("/nowhere/master.key"), Suite::Aes256Gcm).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/master.key"));
    }

    #[test]
    fn the_last_key_wraps_and_all_unwrap_with_either_suite() {
        let text = line("old", "a") + "# since 2026\n" + &line("new", "b");
        let keys: Vec<SecretBytes> = vec![vec![1; 32].into(), vec![2; 16].into()];
        let [aes, sm4] = [Suite::Aes256Gcm, Suite::Sm4Gcm].map(|suite| read(&text, 0o600, suite).unwrap());
        let (old, new): (MasterId, MasterId) = ("old".parse().unwrap(), "new".parse().unwrap());
        assert_eq!(aes.current().unwrap(), new);
        for wrapping in [&aes, &sm4] {
            let wrapped = wrapping.wrap(&old, &keys).unwrap();
            let parts: Vec<&[u8]> = wrapped.iter().map(Vec::as_slice).collect();
            assert_eq!(aes.unwrap(&old, &parts).unwrap(), keys);
            assert_eq!(sm4.unwrap(&old, &parts).unwrap(), keys);
            assert_eq!(aes.unwrap(&new, &parts), Err(MasterError::DoesNotOpen { id: new.clone() }));
            for at in 0..wrapped[0].len() {
                let mut damaged = wrapped[0].clone();
                damaged[at] ^= 1;
                assert!(aes.unwrap(&old, &[&damaged]).is_err(), "byte {at}");
                assert!(aes.unwrap(&old, &[&wrapped[0][..at]]).is_err(), "cut at {at}");
            }
        }
        let unknown: MasterId = "other".parse().unwrap();
        assert_eq!(aes.wrap(&unknown, &keys), Err(MasterError::Unknown { id: unknown }));
    }
}
