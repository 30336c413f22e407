//! What of an installation lies on this machine: disk, keys, files.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Diagnosis;
use crate::config::Config;
use crate::own_use;

/// With less than this a load or a snapshot may not fit.
const LITTLE_BYTES: u64 = 10 << 30;
/// With less than this intake is about to stop.
const NONE_BYTES: u64 = 1 << 30;
/// How an SQLite file begins.
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

pub(super) fn look(config: &Config) -> Vec<Diagnosis> {
    let mut findings = vec![disk(&config.data)];
    let needed = ["pseudonym.key", "seal.key", "audit.key"];
    findings.extend(needed.into_iter().map(|name| key(&config.data, name, true)));
    findings.extend(
        ["vault-index.key", "vault-master.key"].into_iter().map(|name| key(&config.data, name, false)),
    );
    let files = [
        ("journal.db", sanzao_journal::FILE_VERSION),
        ("vault.db", sanzao_vault::FILE_VERSION),
        ("exchange.db", sanzao_exchange::FILE_VERSION),
        ("audit-keys.db", sanzao_audit::KEY_FILE_VERSION),
        ("views.db", sanzao_readmodel::VIEWS_VERSION),
        ("state/readmodel.db", sanzao_readmodel::SCHEMA_VERSION),
        ("state/feeds.db", sanzao_readmodel::FEEDS_VERSION),
    ];
    findings.extend(files.into_iter().filter_map(|(name, version)| file(&config.data, name, version)));
    findings
}

fn disk(data: &Path) -> Diagnosis {
    let Some(free) = own_use::free_bytes(data) else {
        let told = format!("{} is not there", data.display());
        return Diagnosis::wrong(
            "disk",
            told,
            "name the data directory with --data; `sanzao run` makes a new one",
        );
    };
    let told = format!("{} MB free where {} lies", free >> 20, data.display());
    match free {
        free if free < NONE_BYTES => Diagnosis::wrong("disk", told, "make room: without it intake waits"),
        free if free < LITTLE_BYTES => {
            Diagnosis::warning("disk", told, "make room before the next load or snapshot")
        }
        _ => Diagnosis::well("disk", told),
    }
}

fn key(data: &Path, name: &str, is_needed: bool) -> Diagnosis {
    let metadata = match std::fs::metadata(data.join(name)) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound && !is_needed => {
            return Diagnosis::well(
                name,
                "not here: of a process with the vault alone, or elsewhere by configuration",
            );
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let advice = "copy it from the other processes or its backup; of a new installation the first start makes it";
            return Diagnosis::warning(name, "missing", advice);
        }
        Err(error) => return Diagnosis::wrong(name, error.to_string(), "see what it says"),
    };
    let mode = metadata.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Diagnosis::well(name, "there, its owner's alone"),
        _ => Diagnosis::wrong(name, format!("others may read it (mode {mode:04o})"), "chmod 600 it"),
    }
}

/// Whether a file of state is one of SQLite's, in whole pages, and of a version that is read here.
fn file(data: &Path, name: &str, version: i32) -> Option<Diagnosis> {
    let path = data.join(name);
    let mut head = [0_u8; 64];
    let read = File::open(&path).and_then(|mut file| {
        file.read_exact(&mut head)?;
        file.metadata()
    });
    let is_cache = name.starts_with("state/");
    let advice = match is_cache {
        true => "stop the process and delete it: it is made anew from the log",
        false => "restore it from its backup",
    };
    let metadata = match read {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        // A new database is empty until something is written.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return None,
        Err(error) => return Some(Diagnosis::wrong(name, error.to_string(), advice)),
    };
    if &head[..16] != SQLITE {
        return Some(Diagnosis::wrong(name, "no database: its beginning is damaged", advice));
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        page => u64::from(page),
    };
    if page == 0 || metadata.len() % page != 0 {
        return Some(Diagnosis::wrong(name, "cut short: it does not end with a page", advice));
    }
    // The user version, by SQLite's file format. An older one is brought over by the next start, or has not yet been
    // moved here from the log of writes.
    let found = i32::from_be_bytes([head[60], head[61], head[62], head[63]]);
    if found > version {
        let told = format!("version {found}, and this software reads version {version}");
        return Some(match is_cache {
            true => Diagnosis::warning(name, told, "nothing: the next start makes it anew from the log"),
            false => Diagnosis::wrong(
                name,
                told,
                "run the version that wrote it, or put back a backup from before it",
            ),
        });
    }
    Some(Diagnosis::well(name, format!("{} MB", metadata.len() >> 20)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(finding: &Diagnosis) -> String {
        match &finding.state {
            super::super::State::Well(told) => format!("well: {told}"),
            super::super::State::Warning(told, advice) => format!("warning: {told}; {advice}"),
            super::super::State::Wrong(told, advice) => format!("wrong: {told}; {advice}"),
        }
    }

    #[test]
    fn keys_that_others_may_read_are_wrong() {
        let dir = tempfile::tempdir().unwrap();
        assert!(says(&key(dir.path(), "seal.key", true)).starts_with("warning: missing"));
        assert!(says(&key(dir.path(), "vault-index.key", false)).starts_with("well: not here"));
        let path = dir.path().join("seal.key");
        std::fs::write(&path, "5b").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert_eq!(
            says(&key(dir.path(), "seal.key", true)),
            "wrong: others may read it (mode 0640); chmod 600 it"
        );
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert!(says(&key(dir.path(), "seal.key", true)).starts_with("well"));
    }

    #[test]
    fn a_damaged_or_torn_database_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert!(file(dir.path(), "vault.db", 2).is_none());
        let path = dir.path().join("vault.db");
        let mut bytes = vec![0_u8; 8192];
        bytes[..16].copy_from_slice(SQLITE);
        bytes[16..18].copy_from_slice(&4096_u16.to_be_bytes());
        std::fs::write(&path, &bytes).unwrap();
        assert!(says(&file(dir.path(), "vault.db", 2).unwrap()).starts_with("well"));
        bytes[63] = 3;
        std::fs::write(&path, &bytes).unwrap();
        assert!(says(&file(dir.path(), "vault.db", 2).unwrap()).contains("run the version that wrote it"));
        assert!(says(&file(dir.path(), "vault.db", 3).unwrap()).starts_with("well"));
        std::fs::write(&path, &bytes[..5000]).unwrap();
        assert!(says(&file(dir.path(), "vault.db", 2).unwrap()).contains("cut short"));
        bytes[3] = 0;
        std::fs::write(&path, &bytes).unwrap();
        assert!(says(&file(dir.path(), "vault.db", 2).unwrap()).contains("restore it from its backup"));
    }
}
